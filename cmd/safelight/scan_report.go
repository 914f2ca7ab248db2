package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/grade"
	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/report"
	"github.com/safelight-dev/safelight/internal/watch"
)

// sampleSize is the number of references that are tried for planting defects, and
// goodSize the number of those that are within their budget once coded. Each
// takes some hundred measurements of one image.
const (
	sampleSize = 12
	goodSize   = 6
	// plantTime, or a quarter of the scan's own time, is when no further reference is begun.
	plantTime = 5 * time.Second
)

// writeReports writes the page and the contact sheet that were asked for, and says
// what screening let pass.
func (c *cli) writeReports(ctx context.Context, run *scanRun) error {
	r := report.Report{
		Lang: c.lang(), Version: thisBuild().Version, Class: run.meter.Class, Budget: run.meter.Budget,
		Reference: run.reference, Candidate: run.candidate, At: run.started.UTC(), Took: time.Since(run.started).Round(time.Millisecond),
		Summary: run.summary, Broken: run.broken, Metadata: run.named,
	}
	for _, f := range run.summary.Budget {
		r.Over = append(r.Over, f.In(r.Lang))
	}
	switch {
	case run.screen && run.summary.Screened > 0:
		r.Screening = c.plant(ctx, run)
	case run.screen:
		fmt.Fprintln(c.stderr, phrase.Say(c.lang(), "cli.scan.unscreened"))
	}
	if run.html == "" && run.sheet == "" {
		return nil
	}
	pairs := grade.NewAccumulator()
	var transparent bool
	r.Worst, r.Methods, transparent = c.worst(run, pairs)
	if len(r.Worst) > 0 {
		r.Diagnosis = together(r.Lang, pairs.Fit(), transparent)
	}
	if err := c.writeReport(run.html, func(b *bytes.Buffer) error { return report.Write(b, r) }); err != nil {
		return err
	}
	return c.writeReport(run.sheet, func(b *bytes.Buffer) error { return report.WriteSheet(b, r.Worst) })
}

// together says what the pairs show together. Pixels that are not opaque do not count in a fit, so that it may find
// pictures identical that are not: transparent tells that such pixels differ.
func together(l phrase.Lang, fit grade.Fit, transparent bool) []string {
	if fit.Verdict == grade.Identical && transparent {
		return []string{phrase.Say(l, "diagnose.opaque")}
	}
	return append(verdictText(l, fit), phrase.Say(l, phrase.Key("diagnose.next."+string(fit.Verdict))))
}

func (c *cli) writeReport(path string, write func(*bytes.Buffer) error) error {
	if path == "" {
		return nil
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	if err := app.WriteFile(path, b.Bytes()); err != nil {
		return err
	}
	fmt.Fprintln(c.stderr, phrase.Say(c.lang(), "cli.scan.wrote", path))
	return nil
}

// plant measures what screening misses, on references from all over the scan.
// A reference that cannot be read was reported by the scan.
func (c *cli) plant(ctx context.Context, run *scanRun) *measure.ScreenQuality {
	q := measure.NewScreenQuality()
	enough := max(time.Since(run.started)/4, plantTime)
	for begun := time.Now(); len(run.sample) > 0; run.sample = run.sample[1:] {
		path := run.sample[0]
		if q.Good == goodSize || ctx.Err() != nil || time.Since(begun) > enough {
			break
		}
		data, err := run.options.ReadReference(path)
		if err == nil {
			err = q.Add(run.meter, data, run.engine.Pixels())
		}
		if err != nil {
			fmt.Fprintln(c.stderr, phrase.Say(c.lang(), "cli.scan.broken", c.words(err)))
		}
	}
	planted, missed := 0, 0
	for _, d := range q.Defects {
		planted, missed = planted+d.Planted, missed+d.Missed
	}
	fmt.Fprintln(c.stderr, phrase.Say(c.lang(), "cli.scan.screened", q.Denominator, run.summary.Screened, missed, planted))
	return &q
}

// worst measures the worst images again, in whole, draws them and takes them
// into a diagnosis; transparent tells that pixels that do not count in it differ. One that has gone in the meantime is left out and said.
func (c *cli) worst(run *scanRun, pairs *grade.Accumulator) (entries []report.Entry, methods map[string]string, transparent bool) {
	meter := measure.NewMeter(run.meter)
	for _, one := range run.summary.Worst {
		if one.P95 == 0 && !one.Over {
			break
		}
		e, differs, err := c.entry(run, meter, pairs, one)
		if err != nil {
			fmt.Fprintln(c.stderr, phrase.Say(c.lang(), "cli.scan.lost", one.Path, c.words(err)))
			continue
		}
		methods = e.Check.Methods
		if e.Check.DeltaE00.Max == 0 && !differs && onlyMetadata(e.Check.Findings) {
			continue // the picture is its reference, and what was found stands with the metadata
		}
		entries, transparent = append(entries, e), transparent || differs
	}
	return entries, methods, transparent
}

// onlyMetadata tells whether all that was found is in the metadata.
func onlyMetadata(findings []measure.Finding) bool {
	return !slices.ContainsFunc(findings, func(f measure.Finding) bool { return !strings.HasPrefix(f.Metric, measure.MetricMetadata+".") })
}

func (c *cli) entry(run *scanRun, meter *measure.Meter, pairs *grade.Accumulator, one measure.WorstOne) (e report.Entry, transparent bool, err error) {
	check, a, b, err := run.options.Look(meter, one.Ref, one.Path)
	if err != nil {
		return e, false, err
	}
	fit := run.meter.Budget.Fit
	pictures, err := report.Thumbnails(a, b, fit)
	if err != nil {
		return e, false, err
	}
	if a, b, _, err = measure.Fitted(a, b, fit); err == nil {
		var t transparency
		t, err = samplePair(pairs, a, b, one.Path)
		transparent = t.alpha || t.shown
	}
	check.Reference.Path, check.Candidate.Path = one.Ref, one.Path
	return report.Entry{Check: check, Pictures: pictures, Findings: sentences(run.lang, check.Findings)}, transparent, err
}

// sentences says findings.
func sentences(l phrase.Lang, findings []measure.Finding) []string {
	var list []string
	for _, f := range findings {
		list = append(list, f.In(l))
	}
	return list
}

// heatmap writes the heat map of an image over budget, where that is wanted,
// under the image's own name with .png added.
func (run *scanRun) heatmap(r watch.Result) error {
	if run.heatmaps == "" || len(r.Check.Findings) == 0 {
		return nil
	}
	var png bytes.Buffer
	if err := r.Heatmap(&png, run.meter.Budget.Fit); err != nil {
		return err
	}
	name := filepath.FromSlash(r.Path)
	path := filepath.Join(run.heatmaps, name+".png")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the folder of heat maps: %w", err)
	}
	return app.WriteFile(path, png.Bytes())
}
