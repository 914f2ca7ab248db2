package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/telemetry"
	"github.com/safelight-dev/safelight/internal/watch"
)

// sweep remembers which version of each delivered file has been measured. The
// walk writes it while results are read from it.
type sweep struct {
	mu      sync.Mutex
	seen    map[string]stamp
	failing map[string]string // why files could not be read, so that it is told once
	odd     []oddImage        // the last that could not be compared with their references; they leave no check

	unlisted  []looked // findings that the store would not take
	listing   complaint
	checkedTo store.FindingPlace // up to where it was asked whether the images that are listed are still there
}

// oddImage is an image that was read and could not be compared with its reference, such as one of another size.
type oddImage struct {
	path, reference string
	at              time.Time
}

// maxOdd bounds the images of which it is remembered that they could not be compared.
const maxOdd = 100

// maxFailing bounds the files of which it is remembered why they could not be read.
const maxFailing = 10_000

// sweepDesk is where sweeps begin. The sweep of a whole folder and that of
// what has just been delivered may go on at a time: the memory of the pipeline
// gives each version to one of them.
type sweepDesk struct {
	whole, early sync.Mutex // one sweep of a kind at a time

	mu       sync.Mutex
	memories map[string]*sweep // by pipeline
}

// checkBatch is how many checks are stored in one transaction.
const checkBatch = 500

// batchAge is how long a check waits for others at most: notices and rules must hear of it in time.
const batchAge = 20 * time.Second

// Sweep measures what has been delivered to a pipeline since the last sweep.
// After a restart it goes on where the recorded checks end.
func (a *App) Sweep(ctx context.Context, name string) (measure.Summary, error) {
	a.sweeping.whole.Lock()
	defer a.sweeping.whole.Unlock()
	return a.sweep(ctx, name, nil)
}

// sweepPaths measures what has just been delivered.
func (a *App) sweepPaths(ctx context.Context, name string, paths []string) error {
	a.sweeping.early.Lock()
	defer a.sweeping.early.Unlock()
	_, err := a.sweep(ctx, name, paths)
	return err
}

// sweep measures what has changed of some paths; nil are all.
func (a *App) sweep(ctx context.Context, name string, paths []string) (measure.Summary, error) {
	p, ok := a.config.Watch.Pipelines[name]
	if !ok {
		return measure.Summary{}, fmt.Errorf("sweep pipeline %q: no such pipeline is configured: %w", name, journal.ErrInvalid)
	}
	if a.unread(name) {
		return measure.Summary{}, nil
	}
	s, err := a.sweepOf(ctx, name)
	if err != nil {
		return measure.Summary{}, err
	}
	r := recorder{app: a, pipeline: name, class: p.Class, memory: s, held: &waiting{hold: a.HoldAll}}
	meter, err := a.engine.PipelineMeter(name, false)
	if err != nil {
		return measure.Summary{}, err
	}
	o := a.engine.Scan(p.Reference, p.Delivered, meter)
	o.Changed, o.Paths = s.changed, paths
	err = watch.Scan(ctx, o, func(result watch.Result) error { return r.add(ctx, result) })
	if err = errors.Join(err, r.flush(ctx)); err != nil {
		// The walk was ahead of what has been recorded: the next sweep must not
		// take for measured what it only saw.
		a.sweeping.forget(name)
		if absent(p.Reference) || absent(p.Delivered) {
			return r.summary, fmt.Errorf("sweep pipeline %s: %s: make the folder, or name another under pipelines.%s in safelight.yaml: %w",
				name, journal.Sentence(err), name, journal.ErrInvalid)
		}
		return r.summary, fmt.Errorf("sweep pipeline %s: %w", name, err)
	}
	r.summary.Finish(p.Class, meter.Budget)
	if err := a.keepVersions(ctx, name); err != nil {
		a.log.Error("good versions are not kept", "error", err) // what is measured is measured all the same
	}
	if paths == nil {
		a.forgetGone(ctx, name, s)
	}
	return r.summary, nil
}

func absent(dir string) bool {
	_, err := os.Stat(dir)
	return errors.Is(err, fs.ErrNotExist)
}

// sweepOf gives the memory of a pipeline, at first from the recorded checks.
func (a *App) sweepOf(ctx context.Context, name string) (*sweep, error) {
	a.sweeping.mu.Lock()
	defer a.sweeping.mu.Unlock()
	if s, ok := a.sweeping.memories[name]; ok {
		return s, nil
	}
	s := &sweep{seen: map[string]stamp{}}
	err := a.store.EachStamp(ctx, name, func(path string, v store.FileVersion) {
		s.seen[path] = stamp{v.Bytes, v.Modified, v.Changed}
	})
	if err != nil {
		return nil, err
	}
	if err := a.forgetHeld(ctx, name, s); err != nil {
		return nil, err
	}
	if a.sweeping.memories == nil {
		a.sweeping.memories = map[string]*sweep{}
	}
	a.sweeping.memories[name] = s
	return s, nil
}

func (d *sweepDesk) forget(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.memories, name)
}

// changed tells whether a file is new, and remembers it.
func (s *sweep) changed(path string, info fs.FileInfo) bool {
	now := stampOf(info)
	s.mu.Lock()
	defer s.mu.Unlock()
	was, known := s.seen[path]
	s.seen[path] = now
	return !known || !was.fits(now)
}

// unread forgets a file that could not be read, so that the next sweep tries again, and tells whether this is news.
func (s *sweep) unread(path, why string) (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.seen, path)
	if s.failing[path] == why {
		return false
	}
	if s.failing == nil || len(s.failing) >= maxFailing {
		s.failing = map[string]string{}
	}
	s.failing[path] = why
	return true
}

func (s *sweep) wasRead(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.failing, path)
}

// judged remembers of an image whether it could be compared.
func (s *sweep) judged(result watch.Result, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.odd = slices.DeleteFunc(s.odd, func(o oddImage) bool { return o.path == result.Path })
	if reference := result.Check.Reference.Path; result.Err != nil && reference != "" {
		s.odd = append(s.odd[max(0, len(s.odd)-maxOdd+1):], oddImage{result.Path, reference, at})
	}
}

// oddSince gives the images that could not be compared since a time, the first first.
func (s *sweep) oddSince(since time.Time) []oddImage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.odd), func(o oddImage) bool { return o.at.Before(since) })
}

func (s *sweep) modified(path string) int64 { return s.stamp(path).mod }

func (s *sweep) stamp(path string) stamp {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[path]
}

// recorder turns results into counters and stored checks.
type recorder struct {
	app      *App
	pipeline string
	class    pipeline.Class
	memory   *sweep
	held     *waiting
	runs     *pipeline.Runs // of the pipeline; nil until one is asked for
	rows     []store.CheckRow
	found    []looked
	summary  measure.Summary
}

func (r *recorder) add(ctx context.Context, result watch.Result) error {
	if err := r.judgeConsents(ctx, &result); err != nil {
		return err
	}
	r.countMetadata(result)
	r.note(result, nil)
	if err := r.quarantine(ctx, result); err != nil {
		return err
	}
	if result.Unread() {
		if !r.memory.unread(result.Path, result.Err.Error()) {
			return nil
		}
	} else {
		r.memory.wasRead(result.Path)
		r.memory.judged(result, r.app.now())
	}
	if result.Err != nil {
		r.summary.AddBroken(result.Metadata)
		r.app.log.Warn("an image could not be measured", "pipeline", r.pipeline, "error", result.Err)
		r.app.meter.Observe(telemetry.Observation{Pipeline: r.pipeline, Class: string(r.class), Failed: true})
		return r.flushFull(ctx)
	}
	r.summary.Add(result.Check)
	r.app.meter.Observe(observation(r.pipeline, r.class, result.Check))
	row, err := r.row(ctx, result)
	if err != nil {
		return err
	}
	r.rows = append(r.rows, row)
	return r.flushFull(ctx)
}

func (r *recorder) flushFull(ctx context.Context) error {
	old := len(r.rows) > 0 && r.app.now().Sub(r.rows[0].At) >= batchAge
	if len(r.rows) < checkBatch && len(r.found) < checkBatch && !old {
		return nil
	}
	return r.flush(ctx)
}

func (r *recorder) flush(ctx context.Context) error {
	err := r.held.settle()
	r.list(ctx)
	if err == nil {
		err = r.app.store.AddChecks(ctx, r.rows, r.app.qualityNotices(r.pipeline, r.rows)...)
	}
	r.rows = r.rows[:0]
	return err
}

func observation(name string, class pipeline.Class, c measure.Check) telemetry.Observation {
	over := c.Overs()
	o := telemetry.Observation{
		Pipeline: name, Class: string(class), DeltaE00P95: c.DeltaE00.P95,
		// A brand colour or a place beyond its limit is a colour difference over
		// its threshold too: the design counts all in one series.
		DeltaEOver: over.DeltaE || over.Local || over.Palette, PaletteOver: over.Palette, SSIMUnder: over.SSIM || over.MSSSIM, LPIPSOver: over.LPIPS,
	}
	if c.SSIM != nil {
		o.HasSSIM, o.SSIM = true, *c.SSIM
	}
	if c.LPIPS != nil {
		o.HasLPIPS, o.LPIPS = true, c.LPIPS.Distance
	}
	return o
}

func (r *recorder) row(ctx context.Context, result watch.Result) (store.CheckRow, error) {
	c := result.Check
	text, err := json.Marshal(c)
	if err != nil {
		return store.CheckRow{}, fmt.Errorf("encode the check of %s: %w", c.Candidate.Path, err)
	}
	row := store.CheckRow{
		Pipeline: r.pipeline, Class: string(r.class), Path: c.Candidate.Path,
		Reference: c.Reference.SHA256, Candidate: c.Candidate.SHA256,
		DeltaEP95: c.DeltaE00.P95, PaletteWorst: c.WorstPalette(), SSIM: math.NaN(),
		Bytes: c.Bytes.Candidate, At: r.app.now(), JSON: text,
	}
	version := r.memory.stamp(result.Path)
	row.Modified, row.Changed = version.mod, version.changed
	run, err := r.made(ctx, version, result.Path)
	if err != nil {
		return row, err
	}
	row.Run, row.LUT = run.ID, run.LUT
	if c.SSIM != nil {
		row.SSIM = *c.SSIM
	}
	if c.Metadata != nil {
		row.Software, row.Model = versionName(c.Metadata.Provenance.Software), versionName(c.Metadata.Provenance.Model)
	}
	if row.Traits, err = traitsOf(c); err != nil {
		return row, err
	}
	over := c.Overs()
	for _, o := range []struct {
		is   bool
		flag store.Over
	}{{over.DeltaE || over.Local, store.OverDeltaE}, {over.Palette, store.OverPalette}, {over.SSIM || over.MSSSIM, store.OverSSIM}, {over.LPIPS, store.OverLPIPS}, {over.Format, store.OverFormat}} {
		if o.is {
			row.Over |= o.flag
		}
	}
	return row, nil
}

// versionName bounds what an image says of what made it, which anybody may write.
func versionName(s string) string {
	const most = 100
	if s = strings.TrimSpace(strings.ToValidUTF8(s, "")); len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}

// sweepAll sweeps every pipeline; one that cannot be read does not stop the others.
func (a *App) sweepAll(ctx context.Context) error {
	var errs []error
	for _, name := range a.Pipelines() {
		_, err := a.Sweep(ctx, name)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (a *App) appendSeries(ctx context.Context) error { return a.AppendSeries(ctx, a.now()) }

// AppendSeries puts the counters into the series as of a moment.
func (a *App) AppendSeries(ctx context.Context, at time.Time) error {
	return a.series.Append(ctx, at, a.meter.Samples())
}

func (a *App) evaluate(ctx context.Context) error {
	_, err := a.Evaluate(ctx, a.now())
	return err
}

// Evaluate evaluates the rules as of a moment; what fires goes the way of all
// alerts. It gives the alerts that changed.
func (a *App) Evaluate(ctx context.Context, at time.Time) ([]telemetry.Alert, error) {
	a.evaluating.Lock()
	defer a.evaluating.Unlock()
	alerts, err := a.series.Evaluate(ctx, at)
	if err != nil {
		return alerts, err
	}
	told, err := a.ruleAlerts(ctx, at)
	return alerts, errors.Join(err, a.takeAlerts(ctx, told, at))
}

// ruleAlerts tells what our own rules say now: the alerts that fire, and the
// end of those that fired and do not any more, also where they ended while
// this program did not run.
func (a *App) ruleAlerts(ctx context.Context, at time.Time) ([]alert.Alert, error) {
	known, err := a.store.AlertsFrom(ctx, alert.FromRules)
	if err != nil {
		return nil, err
	}
	before := map[string]store.AlertRow{}
	for _, row := range known {
		before[row.Fingerprint] = row
	}
	var told []alert.Alert
	for _, active := range a.series.Active() {
		if active.State != telemetry.Firing {
			continue
		}
		now := ruleAlert(active)
		row, ok := before[now.Fingerprint]
		delete(before, now.Fingerprint)
		if !ok || !row.StartsAt.Equal(now.StartsAt) || !maps.Equal(row.Annotations, now.Annotations) {
			told = append(told, now)
		}
	}
	unread := a.unreadRules()
	for _, row := range known {
		if _, ended := before[row.Fingerprint]; ended && !unread(row.Name()) {
			row.EndsAt = at
			told = append(told, row.Alert)
		}
	}
	return told, nil
}

// unreadRules tells of a rule's name whether nobody knows what its rule says:
// while a rule file is broken that the start left out, what it told last holds.
func (a *App) unreadRules() func(name string) bool {
	if !a.RulesLoaded().LeftOut {
		return func(string) bool { return false }
	}
	loaded := map[string]bool{}
	for _, r := range a.series.Rules() {
		loaded[r.Rule] = true
	}
	return func(name string) bool { return !loaded[name] }
}

// ruleAlert gives an alert of our own rules. It has no end until the rules tell it.
func ruleAlert(a telemetry.Alert) alert.Alert {
	return alert.Alert{
		Source: alert.FromRules, Fingerprint: a.Fingerprint, Labels: a.Labels, Annotations: a.Annotations, StartsAt: a.ActiveAt,
	}
}

// watches tells whether a rule looks at a series.
func (a *App) watches(rule, series string) bool {
	for _, r := range a.series.Rules() {
		if r.Rule == rule && strings.Contains(r.Expr, series) {
			return true
		}
	}
	return false
}
