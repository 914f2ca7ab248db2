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
	"github.com/safelight-dev/safelight/pixels"
)

// runCheck measures one image against its reference.
func runCheck(c *cli, _ context.Context, args []string) error {
	f := newFlags("check REF CANDIDATE [--class C] [--full] [--fit FILTER] [--heatmap FILE] [--json]")
	dir := f.String("dir", ".", "folder with safelight.yaml, if there is one")
	class := f.String("class", string(pipeline.Product), "asset class whose budget applies")
	heatmap := f.String("heatmap", "", "write the ΔE00 of each pixel as a PNG")
	full := f.Bool("full", false, "measure every metric, also those that the class does not limit")
	fit := f.String("fit", "", "resample a reference of another size: area or lanczos3; the class's policy if empty")
	asJSON := f.Bool("json", false, "print the check as JSON")
	files, err := f.parse(args, 2, 2)
	if err != nil {
		return err
	}
	config, err := app.LoadWatch(*dir)
	if err != nil {
		return err
	}
	engine := app.NewEngine(*dir, config)
	defer engine.Close()
	meter, err := meterOptions(engine, *class, *fit, *full)
	if err != nil {
		return err
	}
	check, err := watch.Compare(files[0], files[1], engine.Pixels(), measure.NewMeter(meter))
	if err != nil {
		return err
	}
	if *heatmap != "" {
		if err := writeHeatmap(*heatmap, files, engine, meter.Budget.Fit); err != nil {
			return err
		}
	}
	if *asJSON {
		err = printJSON(c.stdout, check)
	} else {
		c.printCheck(check)
	}
	if err == nil && len(check.Findings) > 0 {
		return errFailed
	}
	return err
}

// meterOptions says how images of a class are measured, with the policy for
// other sizes that the command line states.
func meterOptions(e *app.Engine, class, fit string, full bool) (measure.Options, error) {
	o, err := e.Meter(pipeline.Class(class), full)
	if fit != "" {
		o.Budget.Fit = pixels.Filter(fit)
		if err == nil && o.Budget.Fit != pixels.Area && o.Budget.Fit != pixels.Lanczos {
			err = usageError{fmt.Sprintf("fit %q is unknown", fit), "use --fit " + string(pixels.Area) + " or --fit " + string(pixels.Lanczos)}
		}
	}
	return o, err
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
	d := check.DeltaE00
	fmt.Fprintf(c.stdout, "ΔE00   p95 %.2f  p50 %.2f  p99 %.2f  max %.2f  %s %.2f\n", d.P95, d.P50, d.P99, d.Max, phrase.Say(l, "cli.mean"), d.Mean)
	if check.SSIM != nil {
		fmt.Fprintf(c.stdout, "SSIM   %.4f\n", *check.SSIM)
	}
	c.printMore(check)
	for _, s := range check.Palette {
		if s.Coverage > 0 {
			fmt.Fprintf(c.stdout, "%-6s %s ΔE00 %.2f, %.1f %%\n", phrase.Say(l, "cli.palette"), s.Name, s.DeltaE00, 100*s.Coverage)
		}
	}
	for _, n := range check.NotMeasured {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.not-measured", n.Metric, n.Reason, n.Remedy))
	}
	for _, w := range check.Warnings {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.warning", w))
	}
	for _, finding := range check.Findings {
		fmt.Fprintln(c.stdout, findingText(l, finding))
	}
	if len(check.Findings) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.within-budget"))
	}
}

// printMore prints the metrics that only some checks have.
func (c *cli) printMore(check measure.Check) {
	if check.MSSSIM != nil {
		fmt.Fprintf(c.stdout, "MS-SSIM %.4f\n", *check.MSSSIM)
	}
	if s := check.SSIMRGB; s != nil {
		fmt.Fprintf(c.stdout, "SSIM   R %.4f  G %.4f  B %.4f\n", s.R, s.G, s.B)
	}
	if p := check.PSNR; p != nil {
		fmt.Fprintf(c.stdout, "PSNR   %.2f dB  R %.2f  G %.2f  B %.2f\n", p.Overall, p.R, p.G, p.B)
	}
	if p := check.LPIPS; p != nil {
		fmt.Fprintf(c.stdout, "LPIPS  %.4f  (%s, %d×%d)\n", p.Distance, p.Net, p.Width, p.Height)
	}
	for _, b := range check.Backgrounds {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.background", b.Colour, phrase.Decimal(c.lang(), b.DeltaE00P95, 2)))
	}
	if f := check.Fit; f != nil {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.fit", f.ReferenceWidth, f.ReferenceHeight, string(f.Filter)))
	}
}

// findingText says a finding in one line: metric, value, limit, class.
func findingText(l phrase.Lang, f measure.Finding) string {
	switch {
	case f.Text != "":
		return phrase.Say(l, "cli.finding.text", f.Metric, f.Text, string(f.Class))
	case f.Metric == measure.MetricSSIM || f.Metric == measure.MetricMSSSIM:
		return phrase.Say(l, "cli.finding.below", f.Metric, phrase.Decimal(l, f.Value, 4), phrase.Decimal(l, f.Limit, 4), string(f.Class))
	}
	return phrase.Say(l, "cli.finding.above", f.Metric, phrase.Decimal(l, f.Value, 2), phrase.Decimal(l, f.Limit, 2), string(f.Class))
}
