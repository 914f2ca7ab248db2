package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/cube"
	"github.com/safelight-dev/safelight/internal/blob"
	"github.com/safelight-dev/safelight/internal/gate"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

const (
	// caughtStream holds what was measured when.
	caughtStream       = "caught"
	typeCaughtMeasured = "caught.measured"
	// DefaultControls is how many good images today's guards are tried on.
	DefaultControls = 200
	// maxTables bounds the colour tables of one incident's evidence that are tried.
	maxTables = 20
	// caughtLook is how often a server looks whether a day is over since it was measured.
	caughtLook = time.Hour
)

func caughtTypes() []journal.Type { return []journal.Type{{Name: typeCaughtMeasured, Version: 1}} }

// CaughtOptions say what today's guards are tried on besides the incidents.
type CaughtOptions struct {
	Controls int // good images that the pipelines have delivered
	// Base and Change are folders, or revisions, of changes that are good; both or none.
	Base, Change string
	Lang         phrase.Lang
}

// Caught measures whether today's gate, guards and incident tests would have caught the incidents of the past, and how many good changes they
// would have stopped. It changes nothing.
func (a *App) Caught(ctx context.Context, o CaughtOptions) (prevention.Caught, error) {
	c := catching{App: a, lang: o.Lang, meters: map[gate.Rule]classMeter{}, found: prevention.Caught{At: a.now().UTC(), Cases: []prevention.CaughtCase{}}}
	if err := c.load(); err != nil {
		return c.found, err
	}
	list, err := a.Incidents(ctx)
	if err != nil {
		return c.found, err
	}
	slices.SortFunc(list, func(x, y incident.State) int { return x.DetectedAt.Compare(y.DetectedAt) })
	for _, inc := range list {
		if err := c.incident(ctx, inc.ID); err != nil {
			return c.found, fmt.Errorf("try today's guards on %s: %w", inc.ID, err)
		}
	}
	if err := c.goodImages(ctx, o.Controls); err != nil {
		return c.found, err
	}
	if o.Base != "" {
		err = c.goodChanges(ctx, o)
	}
	return c.found, err
}

// Caught measures beside a server, by a configuration.
func (r *Reader) Caught(ctx context.Context, config Config, o CaughtOptions) (prevention.Caught, error) {
	a := r.app
	var err error
	if a.blobs, err = blob.Open(filepath.Join(StateDir(a.dir), "blobs")); err != nil {
		return prevention.Caught{}, err
	}
	a.config, a.engine = config, NewEngine(a.dir, config)
	defer a.engine.Close()
	return a.Caught(ctx, o)
}

// catching is one measurement.
type catching struct {
	*App
	lang     phrase.Lang
	baseline gate.Baseline
	tests    []trying
	meters   map[gate.Rule]classMeter
	found    prevention.Caught
}

// load reads today's guards.
func (c *catching) load() error {
	var err error
	if c.baseline, err = c.engine.baseline(""); err != nil {
		return err
	}
	tests, err := LoadTests(c.dir, "")
	if err != nil {
		return err
	}
	for _, t := range tests {
		one, err := c.engine.try(t)
		if err != nil {
			return err
		}
		c.tests = append(c.tests, one)
	}
	return nil
}

// incident tries the guards on what is kept of an incident.
func (c *catching) incident(ctx context.Context, id string) error {
	known, err := c.Case(ctx, id)
	if err != nil {
		return err
	}
	one := prevention.CaughtCase{Incident: id, Severity: known.Incident.Severity, Pipeline: known.Incident.Opened.Pipeline}
	pairs, err := c.specimens(ctx, known)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		if err := c.image(one.Pipeline, p, one.Add); err != nil {
			return err
		}
		one.Images++
	}
	if err := c.tables(ctx, known, &one); err != nil {
		return err
	}
	c.found.Cases = append(c.found.Cases, one)
	return nil
}

// image tries the gate, and the tests that guard it, on an image.
func (c *catching) image(name string, p pair, fails func(guard, text string)) error {
	if rule, ok := c.rule(name, p); ok {
		r, err := c.gate(name, p, rule)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(r.Findings, func(f gate.Finding) bool { return f.Level == gate.Fail }); i >= 0 {
			fails("gate", p.path+": "+r.Findings[i].Text)
		}
	}
	for _, t := range c.tests {
		if !slices.ContainsFunc(t.References, func(r prevention.Reference) bool { return r.Name() == p.path && r.SHA256 == digestHex(p.reference) }) || t.Images == "" {
			continue
		}
		run, err := t.onPair(p)
		if err != nil {
			return err
		}
		if !run.Passed() {
			fails("test "+t.Name, run.Violations[0].String())
		}
	}
	return nil
}

// rule tells by which rule CI judges an image, and whether it looks at it at all: as configured for where the pipeline's images lie in the
// repository, and by the pipeline's own budget and policy where they lie elsewhere or no rules are written.
func (c *catching) rule(name string, p pair) (gate.Rule, bool) {
	own := gate.Rule{Pipeline: name}
	if _, ok := c.config.Watch.Pipelines[name]; !ok {
		return own, false
	}
	at, inside := c.inRepository(name, p)
	switch {
	case !inside:
		return own, true
	case len(c.config.Gate.Classes) == 0:
		return own, !c.config.Gate.Ignored(at)
	}
	rule, ok := c.config.Gate.RuleOf(at, "")
	return gate.Rule{Pipeline: rule.Pipeline, Class: rule.Class}, ok
}

// inRepository is the path of a pipeline's image in the repository, if it lies there.
func (c *catching) inRepository(name string, p pair) (at string, inside bool) {
	dir, err := filepath.Abs(c.dir)
	if err != nil {
		return p.path, false
	}
	folder, err := filepath.Rel(dir, c.config.Watch.Pipelines[name].Delivered)
	if err != nil || !filepath.IsLocal(folder) {
		return p.path, false
	}
	return path.Join(filepath.ToSlash(folder), p.path), true
}

// gate judges an image as CI would today.
func (c *catching) gate(name string, p pair, rule gate.Rule) (gate.Result, error) {
	m, err := c.meter(rule)
	if err != nil {
		return gate.Result{}, err
	}
	at, _ := c.inRepository(name, p)
	o := gate.Outcome{Path: at, Change: gate.Changed, Class: m.class, SHA256: digestHex(p.delivered)}
	check, err := c.measure(m.Meter, p)
	if err != nil {
		o.Fault = journal.Sentence(err)
		o.Metadata = inspectPair(m.Meter, p)
	} else {
		o.Check = &check
	}
	return c.config.Gate.Judge(o, c.baseline, c.now(), c.lang), nil
}

// classMeter measures by the budget of a class.
type classMeter struct {
	*measure.Meter
	class pipeline.Class
}

func (c *catching) meter(r gate.Rule) (classMeter, error) {
	if m, ok := c.meters[r]; ok {
		return m, nil
	}
	o, err := c.engine.Meter(r.Class, false)
	if r.Pipeline != "" {
		o, err = c.engine.PipelineMeter(r.Pipeline, false)
	}
	if err != nil {
		return classMeter{}, err
	}
	c.meters[r] = classMeter{measure.NewMeter(o), o.Class}
	return c.meters[r], nil
}

func (c *catching) measure(m *measure.Meter, p pair) (measure.Check, error) {
	decoded := func(data []byte, name string) (measure.Source, error) {
		image, err := trial{App: c.App}.decode(data, name)
		return measure.Source{Path: name, SHA256: digestHex(data), Bytes: int64(len(data)), Data: data, Image: image}, err
	}
	reference, err := decoded(p.reference, p.referencePath)
	if err != nil {
		return measure.Check{}, err
	}
	delivered, err := decoded(p.delivered, p.path)
	if err != nil {
		return measure.Check{}, err
	}
	return m.Measure(reference, delivered)
}

// keptTable is a colour table of the evidence.
type keptTable struct {
	name string
	data []byte
	lut  *cube.LUT
}

// tables tries the incident's own tests, and the guard of tables, on the tables of its evidence. Where a test tells which of them were bad, the
// guard is tried from a good one to a bad one, and from the fix to each of the good changes that the test was accepted on, which are controls.
func (c *catching) tables(ctx context.Context, known web.Case, one *prevention.CaughtCase) error {
	list, err := c.tablesOf(known.Analysis)
	if err != nil {
		return err
	}
	one.Tables = len(list)
	guarded, bad := "", map[string]bool{}
	for _, t := range c.tests {
		if t.LUT == "" || t.Incident != one.Incident {
			continue
		}
		guarded = t.LUT
		for _, tab := range list {
			run, err := c.onTable(ctx, t, tab)
			if err != nil {
				return err
			}
			if !run.Passed() {
				bad[tab.name] = true
				one.Add("test "+t.Name, run.Violations[0].String())
			}
		}
	}
	for i, x := range list {
		for _, y := range list[:i] {
			if guarded != "" && bad[x.name] == bad[y.name] {
				continue
			}
			if err := c.guardTable(guarded, x, y, one.Add); err != nil {
				return err
			}
		}
	}
	return c.goodTables(known.Prevention, guarded, list)
}

// goodTables counts the good changes of tables that tests were accepted on.
func (c *catching) goodTables(s prevention.State, guarded string, list []keptTable) error {
	of := func(sha256 string) (keptTable, bool) {
		i := slices.IndexFunc(list, func(t keptTable) bool { return digestHex(t.data) == sha256 })
		if i < 0 {
			return keptTable{}, false
		}
		return list[i], true
	}
	for _, t := range s.Tests {
		fix, ok := of(t.Fix.SHA256)
		if !ok {
			continue
		}
		for _, run := range t.Controls {
			control, ok := of(run.SHA256)
			if !ok {
				continue
			}
			try := func(fails func(guard, text string)) error { return c.guardTable(guarded, control, fix, fails) }
			if err := c.good(control.name, try); err != nil {
				return err
			}
		}
	}
	return nil
}

// tablesOf reads the colour tables of the evidence. What cannot be read is none.
func (c *catching) tablesOf(s postmortem.State) (list []keptTable, err error) {
	for _, e := range s.Evidence {
		if e.Kind != postmortem.LUT || len(list) == maxTables {
			continue
		}
		data, err := c.blobBytes(e.SHA256)
		if errors.Is(err, journal.ErrNotFound) {
			continue // erased
		}
		if err != nil {
			return nil, err
		}
		if lut, err := cube.Read(bytes.NewReader(data)); err == nil {
			list = append(list, keptTable{e.Path, data, lut})
		}
	}
	return list, nil
}

func (c *catching) onTable(ctx context.Context, t trying, tab keptTable) (prevention.Run, error) {
	s, err := TableSubject(tab.name, tab.data)
	if err != nil {
		return prevention.Run{}, err
	}
	return t.on(ctx, s)
}

// guardTable compares two tables as the guard of tables would where one came after the other.
func (c *catching) guardTable(guarded string, x, y keptTable, fails func(guard, text string)) error {
	if guarded == "" {
		guarded = x.name
	}
	limit, ok := c.config.Guards.Table(guarded)
	if !ok {
		return nil
	}
	swatches, err := c.config.Watch.Swatches()
	if err != nil {
		return err
	}
	d, err := cube.Compare(y.lut, x.lut, cube.CompareOptions{Swatches: swatches})
	if err != nil {
		return fmt.Errorf("compare %s with %s: %w", x.name, y.name, err)
	}
	if list := limit.Judge(driftOf(d), c.lang); len(list) > 0 {
		fails("guards.luts", x.name+": "+list[0].Text)
	}
	return nil
}

// goodImages tries the guards on good images of all pipelines, an even share of each.
func (c *catching) goodImages(ctx context.Context, n int) error {
	names := c.pipelines()
	for i, name := range names {
		good, err := c.goodPairs(ctx, name, (n-c.found.Controls)/(len(names)-i))
		if err != nil {
			return err
		}
		for _, p := range good {
			if err := c.good(name+" "+p.path, func(fails func(guard, text string)) error { return c.image(name, p, fails) }); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *catching) pipelines() []string {
	var names []string
	for name := range c.config.Watch.Pipelines {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// good counts a good change, and the alarm where a guard fails on it.
func (c *catching) good(subject string, try func(fails func(guard, text string)) error) error {
	c.found.Controls++
	alarmed := false
	return try(func(guard, text string) {
		if !alarmed {
			alarmed = true
			c.found.Alarm(prevention.FalseAlarm{Subject: subject, Guard: guard, Text: text})
		}
	})
}

// goodChanges runs gate and guards on a change that is good.
func (c *catching) goodChanges(ctx context.Context, o CaughtOptions) error {
	g, err := c.engine.Gate(ctx, GateOptions{Base: o.Base, Change: o.Change, Class: pipeline.Product, Lang: o.Lang, Now: c.now(), Guards: true})
	if err != nil {
		return err
	}
	for _, r := range g.Results {
		err := c.good(r.Path, func(fails func(guard, text string)) error {
			for _, f := range r.Findings {
				if f.Level == gate.Fail {
					fails("gate", f.Text)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// guardControls is how many good images a guard must let pass before it is a proof.
const guardControls = 20

// seenToCatch gives the guards that catch an incident now and let pass what is good, where a proof may be the name of one.
func (a *App) seenToCatch(ctx context.Context, id, proof string) ([]string, error) {
	if proof != "gate" && proof != "guards.luts" {
		return nil, nil
	}
	c := catching{App: a, lang: a.config.Language, meters: map[gate.Rule]classMeter{}}
	if err := c.load(); err != nil {
		return nil, err
	}
	if err := c.incident(ctx, id); err != nil {
		return nil, fmt.Errorf("try %s on %s: %w", proof, id, err)
	}
	if err := c.goodImages(ctx, guardControls); err != nil {
		return nil, fmt.Errorf("try %s on good images: %w", proof, err)
	}
	var guards []string
	for _, b := range c.found.Cases[0].By {
		alarms := slices.ContainsFunc(c.found.FalseAlarms, func(f prevention.FalseAlarm) bool { return f.Guard == b.Guard })
		if !alarms && c.found.Controls >= prevention.MinControls {
			guards = append(guards, b.Guard)
		}
	}
	return guards, nil
}

// measureCaught measures once a day what the KPIs say of it, and not while something burns: it takes a core for seconds.
func (a *App) measureCaught(ctx context.Context) error {
	last, err := a.LastCaught(ctx)
	if err != nil || last != nil && a.now().Sub(last.At) < aDay {
		return err
	}
	list, err := a.Incidents(ctx)
	burns := func(s incident.State) bool { return s.Closed == nil && s.Resolved == nil && s.Contained == nil }
	if err != nil || len(list) == 0 || slices.ContainsFunc(list, burns) {
		return err
	}
	return a.RecordCaught(ctx, DefaultControls)
}

// RecordCaught measures on so many good images, and keeps the outcome in the journal.
func (a *App) RecordCaught(ctx context.Context, controls int) error {
	c, err := a.Caught(ctx, CaughtOptions{Controls: controls, Lang: a.config.Language})
	if err != nil {
		return fmt.Errorf("measure what today's guards would have caught: %w", err)
	}
	return a.store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Append(journal.Change{Events: []journal.Draft{{
			Stream: caughtStream, Type: typeCaughtMeasured, Version: 1, OccurredAt: a.now(), Actor: string(monitor.ID), Data: c,
		}}})
		return err
	})
}

// LastCaught gives what was measured last, nil where nothing was.
func (a *App) LastCaught(ctx context.Context) (*prevention.Caught, error) {
	entries, err := a.stream(ctx, caughtStream)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	c, err := journal.Decode[prevention.Caught](entries[len(entries)-1])
	return &c, err
}
