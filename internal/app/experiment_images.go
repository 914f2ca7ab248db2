package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"

	"github.com/safelight-dev/safelight/colour"
	"github.com/safelight-dev/safelight/cube"
	"github.com/safelight-dev/safelight/internal/blob"
	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/pixels"
)

// delivered is a bad image as it was delivered, with its reference, and what was measured of it then.
type delivered struct {
	row                  store.CheckRow
	check                measure.Check
	reference, candidate []byte
}

// triedImage is what a test has seen of one image, for whoever looks at its proof.
type triedImage struct {
	Path      string            `json:"path"`
	Reference string            `json:"reference"` // SHA-256
	Delivered string            `json:"delivered"` // SHA-256
	Made      string            `json:"made,omitempty"`
	Deviates  float64           `json:"deviates,omitempty"` // ΔE00 p95, reference to delivered
	Remains   float64           `json:"remains,omitempty"`  // ΔE00 p95, replay to delivered
	Recorded  float64           `json:"recorded,omitempty"`
	Measured  float64           `json:"measured,omitempty"`
	Breaches  []pipeline.Breach `json:"breaches,omitempty"` // of the delivered image
	Replayed  []pipeline.Breach `json:"replayed,omitempty"` // of the replay
	Speaks    *bool             `json:"speaks,omitempty"`   // for the hypothesis
	Problem   string            `json:"problem,omitempty"`  // why it could not be tried
}

// sample gives the worst of the bad images, each once, whose bytes are still there: in their place, or kept as evidence, in
// quarantine or as versions. Gone is how many are not.
func (t trial) sample(ctx context.Context) (list []delivered, gone int, err error) {
	rows, err := t.badChecks(ctx, versions*t.request.Images())
	if err != nil {
		return nil, 0, err
	}
	p := t.config.Watch.Pipelines[t.c.Incident.Opened.Pipeline]
	seen := map[string]bool{}
	for _, row := range rows {
		if seen[row.Path] || len(list) == t.request.Images() {
			continue
		}
		d, err := t.delivered(p, row)
		if errors.Is(err, errReplaced) {
			gone++ // this version proves nothing any more; another one may
			continue
		}
		if err != nil {
			return nil, 0, fmt.Errorf("on %s: %w", row.Path, err)
		}
		seen[row.Path] = true
		list = append(list, d)
	}
	return list, gone, nil
}

// badChecks gives the checks that the incident is about, the worst or else the latest first.
func (t trial) badChecks(ctx context.Context, limit int) ([]store.CheckRow, error) {
	if !t.metadata {
		return t.worst(ctx, t.c.Incident, limit)
	}
	q := store.CheckQuery{Pipeline: t.c.Incident.Opened.Pipeline, Since: begin(t.c.Incident), Until: t.end(t.c.Incident)}
	var bad []store.CheckRow
	for before := int64(0); len(bad) < limit; {
		rows, err := t.store.Checks(ctx, q, before, checkBatch)
		if err != nil || len(rows) == 0 {
			return bad, err
		}
		for _, row := range rows {
			var c measure.Check
			if err := json.Unmarshal(row.JSON, &c); err == nil && c.Metadata != nil && len(c.Metadata.Breaches) > 0 {
				bad = append(bad, row)
			}
		}
		before = rows[len(rows)-1].ID
	}
	return bad, nil
}

// delivered reads both images of a check.
func (t trial) delivered(p pipeline.Pipeline, row store.CheckRow) (d delivered, err error) {
	d.row = row
	if err := json.Unmarshal(row.JSON, &d.check); err != nil {
		return d, fmt.Errorf("read the check: %w", err)
	}
	if d.reference, err = t.version(filepath.Join(p.Reference, filepath.FromSlash(referencePath(row))), row.Reference); err != nil {
		return d, err
	}
	d.candidate, err = t.version(filepath.Join(p.Delivered, filepath.FromSlash(row.Path)), row.Candidate)
	return d, err
}

// version reads a file that a check names by its digest, in its place or among the blobs.
func (a *App) version(path, digest string) ([]byte, error) {
	data, err := measured(path, digest)
	if !errors.Is(err, errReplaced) {
		return data, err
	}
	d, err := blob.Parse(digest)
	if err != nil {
		return nil, err
	}
	f, err := a.blobs.Open(d)
	if errors.Is(err, journal.ErrNotFound) {
		return nil, errReplaced
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// replay tries a way to make the images again.
type replay struct {
	trial
	meter    *measure.Meter
	images   []triedImage
	outcome  experiment.Reproduction
	breaches experiment.Ballot
	failed   int
	problem  string // of the first that failed
}

// replayEach makes each image of the sample again and compares it with what was delivered.
func (t trial) replayEach(ctx context.Context, method string, remake func(delivered) (made []byte, m *pixels.Image, err error)) (finding, error) {
	list, gone, err := t.sample(ctx)
	if err != nil {
		return finding{}, err
	}
	o, err := t.engine.PipelineMeter(t.c.Incident.Opened.Pipeline, false)
	if err != nil {
		return finding{}, err
	}
	r := replay{trial: t, meter: measure.NewMeter(o)}
	left := 0
	for i, d := range list {
		if t.late() {
			left = len(list) - i
			break
		}
		made, m, err := remake(d)
		if ctx.Err() != nil {
			return finding{}, ctx.Err()
		}
		r.compare(d, made, m, err)
	}
	return r.finding(method, len(list), gone, left), nil
}

// compare holds one replay against what was delivered.
func (r *replay) compare(d delivered, made []byte, m *pixels.Image, err error) {
	tried := triedImage{Path: d.row.Path, Reference: d.row.Reference, Delivered: d.row.Candidate}
	if made != nil {
		tried.Made = digestHex(made)
	}
	if err == nil {
		err = r.judge(&tried, d, made, m)
	}
	if err != nil {
		tried.Problem = journal.Sentence(err)
		if r.failed++; r.problem == "" {
			r.problem = tried.Problem
		}
	}
	r.images = append(r.images, tried)
}

func (r *replay) judge(tried *triedImage, d delivered, made []byte, m *pixels.Image) error {
	if r.metadata {
		if made == nil {
			return fmt.Errorf("a colour table says nothing of metadata: %w", journal.ErrInvalid)
		}
		tried.Breaches, tried.Replayed = breaches(d.check.Metadata), r.inspect(d, made)
		same := !slices.ContainsFunc(tried.Breaches, func(b pipeline.Breach) bool { return !slices.Contains(tried.Replayed, b) })
		tried.Speaks = &same
		if r.breaches.Of++; same {
			r.breaches.For++
		}
		return nil
	}
	reference, err := r.decode(d.reference, referencePath(d.row))
	if err != nil {
		return fmt.Errorf("decode the reference: %w", err)
	}
	was, err := r.decode(d.candidate, d.row.Path)
	if err != nil {
		return fmt.Errorf("decode the delivered image: %w", err)
	}
	if tried.Deviates, err = deviation(reference, was); err != nil {
		return err
	}
	if tried.Remains, err = deviation(m, was); err != nil {
		return err
	}
	r.outcome.Deviates, r.outcome.Remains = append(r.outcome.Deviates, tried.Deviates), append(r.outcome.Remains, tried.Remains)
	return nil
}

func breaches(m *measure.Metadata) (kinds []pipeline.Breach) {
	if m == nil {
		return nil
	}
	for _, b := range m.Breaches {
		kinds = append(kinds, b.Kind)
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// inspect tells what the replay breaks of the metadata policy.
func (r *replay) inspect(d delivered, made []byte) []pipeline.Breach {
	return breaches(r.meter.Inspect(
		measure.Source{Path: referencePath(d.row), SHA256: d.row.Reference, Bytes: int64(len(d.reference)), Data: d.reference},
		measure.Source{Path: d.row.Path, SHA256: digestHex(made), Bytes: int64(len(made)), Data: made},
	))
}

func (t trial) decode(data []byte, name string) (*pixels.Image, error) {
	limits := t.engine.Pixels()
	limits.Name = name
	return pixels.DecodeBytes(data, limits)
}

// deviation is the 95th percentile of ΔE00 between two images of one size.
func deviation(a, b *pixels.Image) (float64, error) {
	if a.Width != b.Width || a.Height != b.Height {
		return 0, fmt.Errorf("compare %d×%d with %d×%d pixels: a replay needs images of one size: %w", a.Width, a.Height, b.Width, b.Height, journal.ErrInvalid)
	}
	a, b, _, err := measure.Fitted(a, b, "")
	if err != nil {
		return 0, err
	}
	d := colour.NewDifference(0)
	row := make([]float32, a.Width)
	for y := range a.Height {
		if a.Depth == 8 {
			colour.DeltaERow8(row, a.Row8(y), b.Row8(y))
		} else {
			colour.DeltaERow16(row, a.Row16(y), b.Row16(y))
		}
		d.AddRow(y, row)
	}
	return d.Stats().P95, nil
}

// finding sums up.
func (r *replay) finding(method string, found, gone, left int) finding {
	f := finding{method: method, proof: r.images, numbers: []postmortem.Number{{Name: r.say("test.images"), Value: float64(len(r.images) - r.failed)}}}
	if r.metadata {
		f.verdict = r.breaches.OfImages()
		f.numbers = append(f.numbers, postmortem.Number{Name: r.say("test.same-breaches"), Value: float64(r.breaches.For)})
	} else {
		f.verdict = r.outcome.Verdict()
		f.numbers = append(f.numbers,
			postmortem.Number{Name: r.say("test.deviation"), Value: round(experiment.Median(r.outcome.Deviates)), Unit: "ΔE00"},
			postmortem.Number{Name: r.say("test.remainder"), Value: round(experiment.Median(r.outcome.Remains)), Unit: "ΔE00"})
	}
	if r.failed > 0 {
		f.numbers = append(f.numbers, postmortem.Number{Name: r.say("test.failed"), Value: float64(r.failed)})
		f.text = r.say("test.failed.first", r.problem)
	}
	if left > 0 {
		f.numbers = append(f.numbers, postmortem.Number{Name: r.say("test.left"), Value: float64(left)})
	}
	switch {
	case f.verdict != experiment.Inconclusive:
	case found == 0 && gone > 0:
		f.missing = r.say("test.missing.gone", gone)
	case found < 3:
		f.missing = r.say("test.missing.few", found)
	case r.failed > found/2:
		f.missing = r.say("test.missing.failed", r.problem)
	default:
		f.missing = r.say("test.missing.between")
	}
	return f
}

// replayLUT applies a colour table of the evidence to the references.
func (t trial) replayLUT(ctx context.Context) (finding, error) {
	lut, err := t.evidenceLUT(t.c.Analysis, t.request.LUT)
	if err != nil {
		return finding{}, err
	}
	f, err := t.replayEach(ctx, t.say("test.method.lut", t.request.LUT), func(d delivered) ([]byte, *pixels.Image, error) {
		m, err := t.decode(d.reference, referencePath(d.row))
		if err != nil {
			return nil, nil, fmt.Errorf("decode the reference: %w", err)
		}
		if m.Depth != 8 {
			return nil, nil, fmt.Errorf("the reference has %d bits a channel: a colour table is replayed on 8: %w", m.Depth, journal.ErrInvalid)
		}
		for y := range m.Height {
			lut.ApplyRow8(m.Row8(y), m.Row8(y))
		}
		return nil, m, nil
	})
	f.names = []string{t.request.LUT}
	return f, err
}

func (a *App) evidenceLUT(s postmortem.State, path string) (*cube.LUT, error) {
	f, err := a.evidence(s, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lut, err := cube.Read(f)
	if err != nil {
		return nil, fmt.Errorf("read the colour table %s: %w", path, err)
	}
	return lut, nil
}

// evidence opens a file of the evidence by its path.
func (a *App) evidence(s postmortem.State, path string) (io.ReadCloser, error) {
	for _, e := range s.Evidence {
		if e.Path == path {
			return a.Blob(context.Background(), e.SHA256)
		}
	}
	return nil, fmt.Errorf("find %s among the evidence: %w", path, journal.ErrNotFound)
}

// remeasure measures the delivered images again. The hypothesis is that they were never bad: that the measurement was.
func (t trial) remeasure(ctx context.Context) (finding, error) {
	gauge, err := t.gauge()
	if err != nil {
		return finding{}, err
	}
	list, gone, err := t.sample(ctx)
	if err != nil {
		return finding{}, err
	}
	m := measurement{trial: t}
	left := 0
	for i, d := range list {
		if t.late() {
			left = len(list) - i
			break
		}
		m.take(d, func() (gauged, error) { return gauge(ctx, d) })
		if ctx.Err() != nil {
			return finding{}, ctx.Err()
		}
	}
	return m.finding(len(list), gone, left), nil
}

// gauged is what was measured again of an image.
type gauged struct {
	good        bool
	deltaE      float64 // ΔE00 p95; NaN where the program says none
	otherMethod bool    // it was measured then by another method of ours
}

// gauge is what measures: this version, or a program of the house.
func (t trial) gauge() (func(context.Context, delivered) (gauged, error), error) {
	if t.request.Program != "" {
		return t.gaugeByProgram()
	}
	o, err := t.engine.PipelineMeter(t.c.Incident.Opened.Pipeline, false)
	if err != nil {
		return nil, err
	}
	meter := measure.NewMeter(o)
	return func(_ context.Context, d delivered) (gauged, error) {
		check, err := t.measure(meter, d)
		return gauged{len(check.Findings) == 0, check.DeltaE00.P95, check.Methods["deltaE00"] != d.check.Methods["deltaE00"]}, err
	}, nil
}

// measurement sums up what was measured again.
type measurement struct {
	trial
	images        []triedImage
	ballot        experiment.Ballot
	recorded, now []float64
	otherMethods  int
	failed        int
	problem       string // of the first that failed
}

func (m *measurement) take(d delivered, gauge func() (gauged, error)) {
	tried := triedImage{Path: d.row.Path, Reference: d.row.Reference, Delivered: d.row.Candidate}
	g, err := gauge()
	if err != nil {
		tried.Problem = journal.Sentence(err)
		if m.failed++; m.problem == "" {
			m.problem = tried.Problem
		}
		m.images = append(m.images, tried)
		return
	}
	tried.Speaks, tried.Recorded, tried.Measured = &g.good, finite(d.row.DeltaEP95), finite(g.deltaE)
	m.recorded = append(m.recorded, tried.Recorded)
	if !math.IsNaN(g.deltaE) {
		m.now = append(m.now, g.deltaE)
	}
	if m.ballot.Of++; g.good {
		m.ballot.For++
	}
	if g.otherMethod {
		m.otherMethods++
	}
	m.images = append(m.images, tried)
}

func (m *measurement) finding(found, gone, left int) finding {
	number := func(key phrase.Key, v float64, unit string) postmortem.Number {
		return postmortem.Number{Name: m.say(key), Value: v, Unit: unit}
	}
	f := finding{
		verdict: m.ballot.OfImages(), method: m.say("test.method.remeasure", cmp.Or(m.request.Program, measure.MethodDeltaE00)), proof: m.images,
		numbers: []postmortem.Number{
			number("test.images", float64(m.ballot.Of), ""), number("test.good-now", float64(m.ballot.For), ""),
			number("test.recorded", round(experiment.Median(m.recorded)), "ΔE00"),
		},
	}
	if len(m.now) > 0 {
		f.numbers = append(f.numbers, number("test.measured", round(experiment.Median(m.now)), "ΔE00"))
	}
	if m.request.Program == "" {
		f.numbers = append(f.numbers, number("test.other-method", float64(m.otherMethods), ""))
	}
	if m.failed > 0 {
		f.numbers, f.text = append(f.numbers, number("test.failed", float64(m.failed), "")), m.say("test.failed.first", m.problem)
	}
	if left > 0 {
		f.numbers = append(f.numbers, number("test.left", float64(left), ""))
	}
	if f.verdict == experiment.Inconclusive {
		switch f.missing = m.say("test.missing.between"); {
		case found == 0 && gone > 0:
			f.missing = m.say("test.missing.gone", gone)
		case m.ballot.Of < 3 && m.problem != "":
			f.missing = m.say("test.missing.failed", m.problem)
		case m.ballot.Of < 3:
			f.missing = m.say("test.missing.few", m.ballot.Of)
		}
	}
	return f
}

// finite is 0 for what was not measured.
func finite(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}

func (t trial) measure(meter *measure.Meter, d delivered) (measure.Check, error) {
	reference, err := t.decode(d.reference, referencePath(d.row))
	if err != nil {
		return measure.Check{}, fmt.Errorf("decode the reference: %w", err)
	}
	candidate, err := t.decode(d.candidate, d.row.Path)
	if err != nil {
		return measure.Check{}, fmt.Errorf("decode the delivered image: %w", err)
	}
	source := func(path, digest string, data []byte, m *pixels.Image) measure.Source {
		return measure.Source{Path: path, SHA256: digest, Bytes: int64(len(data)), Data: data, Image: m}
	}
	return meter.Measure(source(referencePath(d.row), d.row.Reference, d.reference, reference), source(d.row.Path, d.row.Candidate, d.candidate, candidate))
}
