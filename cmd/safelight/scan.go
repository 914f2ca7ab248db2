package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/watch"
	"github.com/safelight-dev/safelight/internal/web"
)

// scanFlags are the flags of scan.
type scanFlags struct {
	dir, reference, candidate, pipeline, class string
	asJSON, asCSV, declare                     bool
	workers                                    int
	write                                      writeFlags
}

// runScan measures all images below two folders.
func runScan(c *cli, ctx context.Context, args []string) error {
	s, config, err := parseScan(args)
	if err != nil {
		return err
	}
	class := pipeline.Class(s.class)
	if _, err := newMeter(config, class); err != nil {
		return err
	}
	o := watch.Options{
		Reference: s.reference, Candidate: s.candidate, Workers: s.workers, Limits: config.Limits.Pixels(),
		NewMeter: func() *measure.Meter { m, _ := newMeter(config, class); return m }, // tried above
	}
	var summary measure.Summary
	out := s.writer(c)
	if err := c.scanAll(ctx, o, out, &summary); err != nil {
		return err
	}
	summary.Finish(class, config.Watch.Classes[class])
	if err := out.end(summary); err != nil {
		return err
	}
	if summary.Good() {
		return nil
	}
	if s.declare && (summary.Failed > 0 || len(summary.Budget) > 0) {
		if err := c.declareScan(ctx, s, summary); err != nil {
			return err
		}
	}
	return errFailed
}

// scanAll measures with a progress bar, hands each result to out and sums them up.
func (c *cli) scanAll(ctx context.Context, o watch.Options, out scanWriter, summary *measure.Summary) error {
	total, err := watch.Count(ctx, o)
	if err != nil {
		return err
	}
	bar := newProgress(c, total)
	defer bar.end()
	return watch.Scan(ctx, o, func(r watch.Result) error {
		bar.step(r.Err != nil || len(r.Check.Findings) > 0)
		if r.Err != nil {
			summary.Broken++
			bar.note(phrase.Say(c.lang(), "cli.scan.broken", sentence(r.Err)))
			return out.broken(r)
		}
		summary.Add(r.Check)
		return out.check(r)
	})
}

// declareScan declares an incident of what a batch scan found: a rule is for
// flows, a batch is over budget or not.
func (c *cli) declareScan(ctx context.Context, s scanFlags, m measure.Summary) error {
	aside := *c
	aside.stdout = c.stderr // results of the scan alone go to standard output
	return aside.write(ctx, s.write, func(w writer) (string, error) {
		return w.declare(ctx, web.Declaration{
			Pipeline: s.pipeline, Severity: pipeline.S2,
			Title: phrase.Say(c.lang(), "cli.scan.declared", m.Failed, m.Checked),
		})
	})
}

func parseScan(args []string) (scanFlags, app.Config, error) {
	var s scanFlags
	f := newWriteFlags("scan --reference DIR --candidate DIR [--class C] | --pipeline NAME [--declare] [--json | --csv]")
	s.write = f
	f.StringVar(&s.reference, "reference", "", "folder of references")
	f.StringVar(&s.candidate, "candidate", "", "folder of delivered images")
	f.StringVar(&s.pipeline, "pipeline", "", "a pipeline of the configuration, instead of two folders")
	f.StringVar(&s.class, "class", string(pipeline.Product), "asset class whose budget applies")
	f.BoolVar(&s.asCSV, "csv", false, "print one row an image")
	f.BoolVar(&s.declare, "declare", false, "declare an S2 incident when the pipeline is over budget")
	f.IntVar(&s.workers, "workers", 0, "images measured at once; 0 means one per core")
	if _, err := f.parse(args, 0, 0); err != nil {
		return s, app.Config{}, err
	}
	s.dir, s.asJSON = *f.dir, *f.asJSON
	if s.declare && s.pipeline == "" {
		return s, app.Config{}, usageError{"scan: an incident is declared of a pipeline", "usage: safelight " + f.usage}
	}
	config, err := app.LoadWatch(s.dir)
	if err != nil {
		return s, config, err
	}
	if s.pipeline != "" {
		p, ok := config.Watch.Pipelines[s.pipeline]
		if !ok {
			return s, config, fmt.Errorf("scan pipeline %q: no such pipeline in safelight.yaml: %w", s.pipeline, journal.ErrInvalid)
		}
		s.reference, s.candidate, s.class = p.Reference, p.Delivered, string(p.Class)
	}
	if s.reference == "" || s.candidate == "" {
		return s, config, usageError{"scan: name both folders or a pipeline", "usage: safelight " + f.usage}
	}
	return s, config, nil
}

// scanWriter prints results as they come.
type scanWriter interface {
	check(watch.Result) error
	broken(watch.Result) error
	end(measure.Summary) error
}

func (s scanFlags) writer(c *cli) scanWriter {
	switch {
	case s.asJSON:
		return jsonScan{json.NewEncoder(c.stdout)}
	case s.asCSV:
		w := csv.NewWriter(c.stdout)
		w.Write([]string{"path", "deltaE00P95", "deltaE00Mean", "deltaE00Max", "ssim", "palette", "bytes", "findings", "error"}) // its error is kept and checked at the end
		return csvScan{w}
	}
	return &tableScan{c: c, lang: c.lang()}
}

type jsonScan struct{ enc *json.Encoder }

func (s jsonScan) check(r watch.Result) error { return s.enc.Encode(r.Check) }

func (s jsonScan) broken(r watch.Result) error {
	return s.enc.Encode(struct {
		Path  string `json:"path"`
		Error string `json:"error"`
	}{r.Path, sentence(r.Err)})
}

func (s jsonScan) end(summary measure.Summary) error {
	return s.enc.Encode(struct {
		Summary measure.Summary `json:"summary"`
	}{summary})
}

type csvScan struct{ w *csv.Writer }

func (s csvScan) check(r watch.Result) error {
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }
	d, ssim := r.Check.DeltaE00, ""
	if r.Check.SSIM != nil {
		ssim = strconv.FormatFloat(*r.Check.SSIM, 'f', 6, 64)
	}
	return s.w.Write([]string{r.Path, number(d.P95), number(d.Mean), number(d.Max), ssim, number(r.Check.WorstPalette()),
		strconv.FormatInt(r.Check.Bytes.Candidate, 10), strconv.Itoa(len(r.Check.Findings)), ""})
}

func (s csvScan) broken(r watch.Result) error {
	return s.w.Write([]string{r.Path, "", "", "", "", "", "", "", sentence(r.Err)})
}

func (s csvScan) end(measure.Summary) error {
	s.w.Flush()
	return s.w.Error()
}

// tableScan prints the images over budget as they come and the summary last.
type tableScan struct {
	c    *cli
	lang phrase.Lang
}

func (s *tableScan) check(r watch.Result) error {
	for _, f := range r.Check.Findings {
		if _, err := fmt.Fprintf(s.c.stdout, "%s: %s\n", r.Path, findingText(s.lang, f)); err != nil {
			return err
		}
	}
	return nil
}

func (s *tableScan) broken(watch.Result) error { return nil } // said on standard error

func (s *tableScan) end(m measure.Summary) error {
	w, l := s.c.stdout, s.lang
	fmt.Fprintln(w, phrase.Say(l, "cli.scan.summary", m.Checked, m.Failed, m.Broken))
	if m.Checked == 0 {
		return nil // figures of nothing would read as perfect
	}
	fmt.Fprintln(w, phrase.Say(l, "cli.scan.over", m.OverDeltaE, m.OverPalette, m.UnderSSIM))
	fmt.Fprintln(w, phrase.Say(l, "cli.scan.figures", phrase.Decimal(l, m.MedianP95, 2), phrase.Decimal(l, m.AverageSize/1000, 1)))
	for _, b := range m.Budget {
		fmt.Fprintln(w, findingText(l, b))
	}
	for i, one := range m.Worst {
		if i == 5 || one.P95 == 0 {
			break
		}
		fmt.Fprintln(w, phrase.Say(l, "cli.scan.worst", one.Path, phrase.Decimal(l, one.P95, 2), phrase.Decimal(l, one.Palette, 2)))
	}
	return nil
}
