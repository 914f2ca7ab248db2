package app

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/safelight-dev/safelight/colour"
	"github.com/safelight-dev/safelight/cube"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/pixels"
)

// Replay is a falsification test of the hypothesis that one colour table made
// the deviation: it applies the table to the reference images and compares the
// result with what was really delivered.
type Replay struct {
	Hypothesis string `json:"hypothesis"`
	LUT        string `json:"lut"` // path among the evidence of the incident
	// Sample is how many of the worst images are replayed; 0 means [replaySample].
	Sample int `json:"sample,omitempty"`
}

// replaySample is enough that one odd image does not decide.
const replaySample = 40

// maxSample bounds what one request replays.
const maxSample = 1000

// The verdict compares two distances: replay to delivered, and reference to
// delivered. A table that explains the deviation leaves almost nothing of it.
const (
	explainedShare = 0.35 // of the median deviation may remain for "confirmed"
	refutedShare   = 0.75 // remains at least for "refuted"
)

// ReplayLUT runs the test and records its result with its numbers.
func (a *App) ReplayLUT(ctx context.Context, by people.Actor, id string, r Replay) (postmortem.Result, error) {
	if err := by.Require(people.Analyse); err != nil {
		return "", err
	}
	c, err := a.Case(ctx, id)
	if err != nil {
		return "", err
	}
	lut, err := a.evidenceLUT(c.Analysis, r.LUT)
	if err != nil {
		return "", err
	}
	if r.Sample <= 0 {
		r.Sample = replaySample
	}
	r.Sample = min(r.Sample, maxSample)
	remains, deviates, err := a.replayWorst(ctx, lut, c.Incident, r.Sample)
	if err != nil {
		return "", fmt.Errorf("replay %s: %w", r.LUT, err)
	}
	result := verdict(remains, deviates)
	return result, a.Do(ctx, by, id, postmortem.RecordTest{TestFields: postmortem.TestFields{
		Hypothesis: r.Hypothesis, Method: a.say("replay.method"), Result: result,
		Numbers: []postmortem.Number{
			{Name: a.say("replay.images"), Value: float64(len(remains))},
			{Name: a.say("replay.deviation"), Value: round(median(deviates)), Unit: "ΔE00"},
			{Name: a.say("replay.remainder"), Value: round(median(remains)), Unit: "ΔE00"},
		},
		Evidence: []string{r.LUT},
	}})
}

// say speaks the language of the documents.
func (a *App) say(key phrase.Key) string { return phrase.Say(a.config.Language, key) }

func round(v float64) float64 { return math.Round(v*100) / 100 }

func verdict(remains, deviates []float64) postmortem.Result {
	if len(remains) < 3 || median(deviates) == 0 {
		return postmortem.Inconclusive
	}
	switch share := median(remains) / median(deviates); {
	case share <= explainedShare:
		return postmortem.Confirmed
	case share >= refutedShare:
		return postmortem.Refuted
	}
	return postmortem.Inconclusive
}

func (a *App) evidenceLUT(s postmortem.State, path string) (*cube.LUT, error) {
	for _, e := range s.Evidence {
		if e.Path != path {
			continue
		}
		f, err := a.Blob(context.Background(), e.SHA256)
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
	return nil, fmt.Errorf("find %s among the evidence: %w", path, journal.ErrNotFound)
}

// replayWorst replays the table on up to n of the worst images, each once.
func (a *App) replayWorst(ctx context.Context, lut *cube.LUT, inc incident.State, n int) (remains, deviates []float64, err error) {
	name := inc.Opened.Pipeline
	query := store.CheckQuery{Pipeline: name, Since: begin(inc), Over: store.OverDeltaE | store.OverPalette}
	rows, err := a.store.WorstChecks(ctx, query, versions*n)
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{}
	for _, row := range rows {
		if seen[row.Path] || len(remains) == n {
			continue
		}
		remain, deviation, err := a.replayOne(lut, a.config.Watch.Pipelines[name], row)
		if errors.Is(err, errReplaced) {
			continue // it proves nothing any more
		}
		if err != nil {
			return nil, nil, fmt.Errorf("on %s: %w", row.Path, err)
		}
		seen[row.Path] = true
		remains, deviates = append(remains, remain), append(deviates, deviation)
	}
	return remains, deviates, nil
}

// replayOne measures what remains after replaying, and the deviation without.
func (a *App) replayOne(lut *cube.LUT, p pipeline.Pipeline, row store.CheckRow) (remain, deviation float64, err error) {
	reference, candidate, err := measuredPair(p, row)
	if err != nil {
		return 0, 0, err
	}
	limits := a.engine.Pixels()
	limits.Name = row.Path
	ref, err := pixels.DecodeBytes(reference, limits)
	if err != nil {
		return 0, 0, fmt.Errorf("decode the reference: %w", err)
	}
	delivered, err := pixels.DecodeBytes(candidate, limits)
	if err != nil {
		return 0, 0, fmt.Errorf("decode the delivered image: %w", err)
	}
	if ref.Depth != 8 || delivered.Depth != 8 || ref.Width != delivered.Width || ref.Height != delivered.Height {
		return 0, 0, fmt.Errorf("replay needs 8-bit images of equal size: %w", journal.ErrInvalid)
	}
	deviation = p95(ref, delivered)
	for y := range ref.Height {
		lut.ApplyRow8(ref.Row8(y), ref.Row8(y))
	}
	return p95(ref, delivered), deviation, nil
}

// p95 is the 95th percentile of ΔE00 between two 8-bit images of one size.
func p95(a, b *pixels.Image) float64 {
	d := colour.NewDifference(0)
	row := make([]float32, a.Width)
	for y := range a.Height {
		colour.DeltaERow8(row, a.Row8(y), b.Row8(y))
		d.AddRow(y, row)
	}
	return d.Stats().P95
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
