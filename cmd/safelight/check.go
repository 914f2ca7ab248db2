package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/watch"
	"github.com/safelight-dev/safelight/iqa"
	"github.com/safelight-dev/safelight/pixels"
)

// checkFlags are the flags of check and its two files.
type checkFlags struct {
	dir, class, heatmap, fit string
	full, asJSON             bool
	files                    []string
}

func parseCheck(args []string) (s checkFlags, err error) {
	f := newFlags("check REF CANDIDATE [--class C] [--full] [--fit FILTER] [--heatmap FILE] [--json]")
	f.StringVar(&s.dir, "dir", ".", "flag.dir")
	f.StringVar(&s.class, "class", string(pipeline.Product), "flag.class")
	f.StringVar(&s.heatmap, "heatmap", "", "flag.heatmap")
	f.BoolVar(&s.full, "full", false, "flag.full")
	f.StringVar(&s.fit, "fit", "", "flag.fit")
	f.BoolVar(&s.asJSON, "json", false, "flag.json")
	if s.files, err = f.parse(args, 2, 2); err != nil {
		return s, err
	}
	return s, named(s.heatmap, "picture.extension.png", "", ".png")
}

// runCheck measures one image against its reference.
func runCheck(c *cli, _ context.Context, args []string) error {
	s, err := parseCheck(args)
	if err != nil {
		return err
	}
	config, err := app.LoadWatch(s.dir)
	if err != nil {
		return err
	}
	engine := app.NewEngine(s.dir, config)
	defer engine.Close()
	meter, err := engine.Meter(pipeline.Class(s.class), s.full)
	if err == nil {
		err = fitBy(&meter, s.fit)
	}
	if err != nil {
		return err
	}
	check, err := watch.Compare(s.files[0], s.files[1], engine.Pixels(), measure.NewMeter(meter))
	if err != nil {
		return err
	}
	if s.heatmap != "" {
		if err := writeHeatmap(s.heatmap, s.files, engine, meter.Budget.Fit); err != nil {
			return err
		}
	}
	if s.asJSON {
		err = printJSON(c.stdout, check)
	} else {
		c.printCheck(check)
	}
	if err == nil && len(check.Findings) > 0 {
		return errFailed
	}
	return err
}

// fitBy sets the filter that --fit names, where it does.
func fitBy(o *measure.Options, fit string) error {
	if fit == "" {
		return nil
	}
	o.Budget.Fit = pixels.Filter(fit)
	if o.Budget.Fit != pixels.Area && o.Budget.Fit != pixels.Lanczos {
		return usageError{says: phrase.Of("cli.fit.unknown", fit), hint: phrase.Of("misuse.fit", string(pixels.Area), string(pixels.Lanczos))}
	}
	return nil
}

func writeHeatmap(path string, files []string, e *app.Engine, fit pixels.Filter) error {
	if err := notAnInput(path, files); err != nil {
		return err
	}
	var png bytes.Buffer
	if err := watch.Heatmap(&png, files[0], files[1], e.Pixels(), fit); err != nil {
		return err
	}
	return app.WriteFile(path, png.Bytes())
}

// printCheck prints a check for people: a line a metric, then the verdict.
func (c *cli) printCheck(check measure.Check) {
	l := c.lang()
	d := func(v float64) string { return phrase.Decimal(l, v, 2) }
	e := check.DeltaE00
	fmt.Fprintf(c.stdout, "ΔE00   p95 %s  p50 %s  p99 %s  max %s  %s %s\n", d(e.P95), d(e.P50), d(e.P99), d(e.Max), phrase.Say(l, "cli.mean"), d(e.Mean))
	if e.Local.Value > 0 {
		fmt.Fprintf(c.stdout, "       %s\n", e.Local.In(l))
	}
	if check.SSIM != nil {
		fmt.Fprintf(c.stdout, "SSIM   %s\n", phrase.Decimal(l, *check.SSIM, 4))
	}
	c.printMore(check)
	for _, s := range check.Palette {
		if s.Coverage > 0 {
			fmt.Fprintf(c.stdout, "%-6s %s ΔE00 %s, %s %%\n", phrase.Say(l, "cli.palette"), s.Name, d(s.DeltaE00), phrase.Decimal(l, 100*s.Coverage, 1))
		}
	}
	for _, n := range check.NotMeasured {
		if n.Wanted() {
			fmt.Fprintln(c.stdout, n.In(l))
		}
	}
	for _, w := range check.WarningsIn(l) {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.warning", w))
	}
	for _, finding := range check.Findings {
		fmt.Fprintln(c.stdout, finding.In(l))
	}
	if len(check.Findings) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.within-budget"))
	}
}

// printMore prints the metrics that only some checks have.
func (c *cli) printMore(check measure.Check) {
	l := c.lang()
	d := func(v float64, decimals int) string { return phrase.Decimal(l, v, decimals) }
	if check.MSSSIM != nil {
		fmt.Fprintf(c.stdout, "MS-SSIM %s\n", d(*check.MSSSIM, 4))
	}
	if s := check.SSIMRGB; s != nil {
		fmt.Fprintf(c.stdout, "SSIM   R %s  G %s  B %s\n", d(s.R, 4), d(s.G, 4), d(s.B, 4))
	}
	if p := check.PSNR; p != nil {
		db := func(v iqa.Decibel) string { return d(float64(v), 2) }
		fmt.Fprintf(c.stdout, "PSNR   %s dB  R %s  G %s  B %s\n", db(p.Overall), db(p.R), db(p.G), db(p.B))
	}
	if p := check.LPIPS; p != nil {
		fmt.Fprintf(c.stdout, "LPIPS  %s  (%s, %d×%d)\n", d(p.Distance, 4), p.Net, p.Width, p.Height)
	}
	for _, b := range check.Backgrounds {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.background", b.Colour, d(b.DeltaE00P95, 2)))
	}
	if f := check.Fit; f != nil {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.fit", f.ReferenceWidth, f.ReferenceHeight, string(f.Filter)))
	}
}
