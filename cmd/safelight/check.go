package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/watch"
)

// runCheck measures one image against its reference.
func runCheck(c *cli, _ context.Context, args []string) error {
	f := newFlags("check REF CANDIDATE [--class C] [--heatmap FILE] [--json]")
	dir := f.String("dir", ".", "folder with safelight.yaml, if there is one")
	class := f.String("class", string(pipeline.Product), "asset class whose budget applies")
	heatmap := f.String("heatmap", "", "write the ΔE00 of each pixel as a PNG")
	asJSON := f.Bool("json", false, "print the check as JSON")
	files, err := f.parse(args, 2, 2)
	if err != nil {
		return err
	}
	config, err := app.LoadWatch(*dir)
	if err != nil {
		return err
	}
	meter, err := newMeter(config, pipeline.Class(*class))
	if err != nil {
		return err
	}
	check, err := watch.Compare(files[0], files[1], config.Limits.Pixels(), meter)
	if err != nil {
		return err
	}
	if *heatmap != "" {
		if err := writeHeatmap(*heatmap, files, config); err != nil {
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

// newMeter gives a meter for a class of the configuration.
func newMeter(config app.Config, class pipeline.Class) (*measure.Meter, error) {
	budget, ok := config.Watch.Classes[class]
	if !ok {
		return nil, fmt.Errorf("find the budget of class %q: no such class is configured: %w", class, journal.ErrInvalid)
	}
	swatches, err := config.Watch.Swatches()
	if err != nil {
		return nil, err
	}
	return measure.NewMeter(class, budget, swatches), nil
}

func writeHeatmap(path string, files []string, config app.Config) error {
	if err := notAnInput(path, files); err != nil {
		return err
	}
	var png bytes.Buffer
	if err := watch.Heatmap(&png, files[0], files[1], config.Limits.Pixels()); err != nil {
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
	for _, s := range check.Palette {
		if s.Coverage > 0 {
			fmt.Fprintf(c.stdout, "%-6s %s ΔE00 %.2f, %.1f %%\n", phrase.Say(l, "cli.palette"), s.Name, s.DeltaE00, 100*s.Coverage)
		}
	}
	for _, n := range check.NotMeasured {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.not-measured", n.Metric, n.Reason))
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

// findingText says a finding in one line: metric, value, limit, class.
func findingText(l phrase.Lang, f measure.Finding) string {
	switch {
	case f.Text != "":
		return phrase.Say(l, "cli.finding.text", f.Metric, f.Text, string(f.Class))
	case f.Metric == measure.MetricSSIM:
		return phrase.Say(l, "cli.finding.below", f.Metric, phrase.Decimal(l, f.Value, 4), phrase.Decimal(l, f.Limit, 4), string(f.Class))
	}
	return phrase.Say(l, "cli.finding.above", f.Metric, phrase.Decimal(l, f.Value, 2), phrase.Decimal(l, f.Limit, 2), string(f.Class))
}
