package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/gate"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/report"
)

// mostDrawn is how many images a report shows; the rest is listed.
const mostDrawn = 50

const gateUsage = "gate --base DIR|REV [--change DIR|REV] | --manifest FILE.csv [--class C] [--format text|json|junit|sarif|github|gitlab [--output FILE]] [--html FILE] [--dir D]"

// gateFlags are the flags of gate.
type gateFlags struct {
	scanFlags
	base, change, manifest, format, output, html, summary, baseline string
	writeBaseline, guards                                           bool
}

// register declares the flags that gate and pre-merge have in common, and gives that for JSON.
func (g *gateFlags) register(f flags) (asJSON *bool) {
	f.StringVar(&g.dir, "dir", ".", "flag.dir")
	f.StringVar(&g.change, "change", ".", "flag.gate.change")
	f.StringVar(&g.class, "class", string(pipeline.Product), "flag.class")
	f.StringVar(&g.format, "format", string(gate.Text), "flag.gate.format")
	f.StringVar(&g.output, "output", "", "flag.gate.output")
	f.StringVar(&g.html, "html", "", "flag.gate.html")
	f.StringVar(&g.summary, "summary", "", "flag.gate.summary")
	f.StringVar(&g.baseline, "baseline", "", "flag.gate.baseline")
	f.BoolVar(&g.writeBaseline, "write-baseline", false, "flag.gate.write-baseline")
	f.StringVar(&g.cache, "cache", "", "flag.scan.cache")
	f.BoolVar(&g.noCache, "no-cache", false, "flag.scan.no-cache")
	f.IntVar(&g.workers, "workers", 0, "flag.scan.workers")
	f.Func("memory", "flag.scan.memory", func(text string) error { return g.memory.UnmarshalText([]byte(text)) })
	return f.Bool("json", false, "flag.json")
}

func parseGate(args []string) (gateFlags, app.Config, error) {
	var g gateFlags
	f := newFlags(gateUsage)
	f.StringVar(&g.base, "base", "", "flag.gate.base")
	f.StringVar(&g.manifest, "manifest", "", "flag.gate.manifest")
	asJSON := g.register(f)
	if _, err := f.parse(args, 0, 0); err != nil {
		return g, app.Config{}, err
	}
	if (g.base == "") == (g.manifest == "") {
		return g, app.Config{}, misuse(gateUsage, "gate")
	}
	return g.load(*asJSON, gateUsage)
}

const preMergeUsage = "pre-merge [--base REV|DIR] [--change REV|DIR] [--format text|json|junit|sarif|github|gitlab [--output FILE]] [--html FILE] [--dir D]"

func parsePreMerge(args []string) (gateFlags, app.Config, error) {
	g := gateFlags{guards: true}
	f := newFlags(preMergeUsage)
	f.StringVar(&g.base, "base", "HEAD", "flag.pre-merge.base")
	asJSON := g.register(f)
	if _, err := f.parse(args, 0, 0); err != nil {
		return g, app.Config{}, err
	}
	return g.load(*asJSON, preMergeUsage)
}

// load reads the configuration.
func (g gateFlags) load(asJSON bool, usage string) (gateFlags, app.Config, error) {
	if asJSON {
		g.format = string(gate.JSON)
	}
	if !slices.Contains(gate.Forms(), gate.Form(g.format)) {
		return g, app.Config{}, misuse(usage, "gate.format", g.format, strings.Trim(fmt.Sprint(gate.Forms()), "[]"))
	}
	config, err := app.LoadWatch(g.dir)
	return g, config, err
}

// runGate judges what a change does to images, for CI.
func runGate(c *cli, ctx context.Context, args []string) error {
	g, config, err := parseGate(args)
	if err != nil {
		return err
	}
	return c.gate(ctx, g, config)
}

// runPreMerge runs the gate and all guards on a change, before it is merged.
func runPreMerge(c *cli, ctx context.Context, args []string) error {
	g, config, err := parsePreMerge(args)
	if err != nil {
		return err
	}
	return c.gate(ctx, g, config)
}

func (c *cli) gate(ctx context.Context, g gateFlags, config app.Config) error {
	engine := app.NewEngine(g.dir, config)
	defer engine.Close()
	o := app.GateOptions{
		Base: g.base, Change: g.change, Manifest: g.manifest, Class: pipeline.Class(g.class), Baseline: g.baseline, Lang: c.lang(), Now: time.Now(),
		Workers: g.workers, Memory: int64(g.memory), Guards: g.guards,
	}
	if g.html != "" {
		o.Pictures = mostDrawn
	}
	defer boundHeap(cmp.Or(o.Memory, int64(config.Limits.Memory)))()
	if cache := c.openCache(ctx, g.scanFlags); cache != nil {
		defer func() {
			if err := cache.Close(); err != nil {
				fmt.Fprintln(c.stderr, phrase.Say(c.lang(), "cli.scan.no-cache", c.words(err)))
			}
		}()
		o.Cache = cache
	}
	gated, err := engine.Gate(ctx, o)
	if err != nil {
		return err
	}
	for _, u := range gated.Undrawn {
		fmt.Fprintln(c.stderr, u)
	}
	if err := c.tellGate(g, gated); err != nil {
		return err
	}
	if g.writeBaseline {
		return c.writeBaseline(engine.BaselinePath(g.baseline), gated.Report)
	}
	if !gated.Good() {
		return errFailed
	}
	return nil
}

// tellGate writes the report in every form that was asked for.
func (c *cli) tellGate(g gateFlags, gated app.Gated) error {
	form := gate.Form(g.format)
	data, err := gated.Write(form)
	if err != nil {
		return err
	}
	if g.output != "" {
		if err := app.WriteFile(g.output, data); err != nil {
			return err
		}
		if data, err = gated.Write(gate.Text); err != nil {
			return err
		}
	}
	if _, err := c.stdout.Write(data); err != nil {
		return err
	}
	if g.html != "" {
		err := c.writeReport(g.html, func(b *bytes.Buffer) error {
			return report.WriteGate(b, report.Gate{Report: gated.Report, Version: thisBuild().Version, Entries: gated.Entries})
		})
		if err != nil {
			return err
		}
	}
	if g.summary == "" && form == gate.GitHub {
		g.summary = os.Getenv("GITHUB_STEP_SUMMARY")
	}
	if g.summary == "" {
		return nil
	}
	return appendTo(g.summary, gated.Summary())
}

// appendTo adds to a file: the steps of a job share its summary.
func appendTo(path string, data []byte) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return inputError(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = f.Write(data)
	return err
}

// writeBaseline keeps what fails now, so that only what comes after it fails.
func (c *cli) writeBaseline(path string, r gate.Report) error {
	if path == "" {
		return misuse(gateUsage, "gate.baseline")
	}
	b := gate.BaselineOf(r)
	data, err := b.Bytes()
	if err != nil {
		return err
	}
	if err := app.WriteFile(path, data); err != nil {
		return err
	}
	fmt.Fprintln(c.stderr, phrase.Say(c.lang(), "gate.wrote-baseline", len(b.Known), path))
	return nil
}
