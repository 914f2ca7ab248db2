package main

import (
	"context"
	"maps"
	"os"
	"slices"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/codec"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/weights"
)

// mark is what the doctor thinks of a thing.
type mark string

const (
	markOK      mark = "ok"
	markMissing mark = "missing" // an option that nobody has asked for is not here
	markWarning mark = "warning" // it works, less well than it could
	markError   mark = "error"   // what the configuration asks for is broken
)

// finding is one thing that was looked at.
type finding struct {
	Mark   mark   `json:"mark"`
	What   string `json:"what"`             // "pipeline.reference"
	Name   string `json:"name,omitempty"`   // of the pipeline, of the route
	Target string `json:"target,omitempty"` // a path or an address
	Reason string `json:"reason,omitempty"` // why it is not ok

	err  error           // the reason, where it can be said in both languages
	note phrase.Sentence // what else there is to say of it
	dial string          // host:port that must answer; see reach
}

// examination is all that the doctor found.
type examination struct {
	Program       program          `json:"program"`
	Formats       []imageFormat    `json:"formats"`
	Weights       []weights.Status `json:"weights"`
	Configuration []finding        `json:"configuration"`
	Speeds        speeds           `json:"speeds"`
	Good          bool             `json:"good"` // nothing that the configuration asks for is broken

	noChild error // why the native decoders cannot be asked at all
}

// program is what runs, and on what.
type program struct {
	build
	Kernels string   `json:"kernels"` // the widest vectors that the kernels use
	CPU     []string `json:"cpu"`     // features that they ask for and this processor has
	Cores   int      `json:"cores"`
	Memory  int64    `json:"memory"` // limit of a scan, in bytes
}

// imageFormat is a format and what decodes it.
type imageFormat struct {
	Format   string   `json:"format"`
	BuiltIn  bool     `json:"builtIn"`
	Mark     mark     `json:"mark"`
	Library  string   `json:"library,omitempty"`
	Version  string   `json:"version,omitempty"`
	Sandbox  []string `json:"sandbox,omitempty"`
	Problem  string   `json:"problem,omitempty"`
	Packages string   `json:"packages,omitempty"` // of Debian, that give it
}

// runDoctor says what this installation can reach and how fast it measures.
func runDoctor(c *cli, ctx context.Context, args []string) error {
	f := newFlags("doctor [--dir D] [--json] [--quick]")
	dir := f.String("dir", ".", "flag.dir")
	asJSON := f.Bool("json", false, "flag.json")
	quick := f.Bool("quick", false, "flag.doctor.quick")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	d, err := examine(ctx, *dir, *quick)
	if err != nil {
		return err
	}
	if *asJSON {
		err = printJSON(c.stdout, d)
	} else {
		err = c.printExamination(d)
	}
	if err == nil && !d.Good {
		return errFailed
	}
	return err
}

// examine looks at everything. What is broken is a finding; an error means
// that the doctor could not do its work.
func examine(ctx context.Context, dir string, quick bool) (examination, error) {
	config, findings := examineFile(dir)
	engine := app.NewEngine(dir, config)
	defer engine.Close()
	d := examination{Program: thisProgram(config)}
	d.Formats, d.noChild = examineFormats(engine)
	folders, err := weights.Folders(dir)
	if err != nil {
		return d, err
	}
	d.Weights = weights.Open(folders...).List()
	if findings[0].Mark != markError {
		findings = append(findings, examineConfig(ctx, dir, config)...)
		findings = append(findings, examineEdges(ctx, config.Gateway)...)
		findings = append(findings, examineNeeds(config, d.Weights)...)
		findings = append(findings, examineChannels(ctx, config.Notify)...)
		findings = append(findings, examineTracker(ctx, config.Backlog)...)
		findings = append(findings, examineOnCall(ctx, dir, config)...)
		findings = append(findings, examineRunbooks(config)...)
		findings = append(findings, examineFaces(ctx, config, engine)...)
		reach(ctx, findings)
	}
	d.Configuration = findings
	d.Good = !slices.ContainsFunc(findings, func(f finding) bool { return f.Mark == markError })
	// A network that cannot be loaded is said with the weights.
	meter, err := engine.Meter(pipeline.Product, true)
	if err != nil {
		return d, err
	}
	effort := thorough
	if quick {
		effort = hasty
	}
	d.Speeds, err = measureSpeeds(ctx, effort, meter.Network)
	return d, err
}

// examineFormats lists the built-in formats, then those of native libraries.
func examineFormats(e *app.Engine) ([]imageFormat, error) {
	var list []imageFormat
	for _, name := range []string{"jpeg", "png", "gif", "tiff", "bmp", "webp"} {
		list = append(list, imageFormat{Format: name, BuiltIn: true, Mark: markOK})
	}
	native, err := e.Formats()
	for _, k := range native {
		list = append(list, nativeFormat(k))
	}
	return list, err
}

// nativeFormat judges a capability: without a library the format is missing,
// a library with a problem lacks a part of its sandbox.
func nativeFormat(k codec.Capability) imageFormat {
	f := imageFormat{Format: k.Format, Mark: markOK, Library: k.Library, Version: k.Version, Sandbox: k.Sandbox, Problem: k.Problem, Packages: k.Packages}
	switch {
	case k.Library == "":
		f.Mark = markMissing
	case k.Problem != "":
		f.Mark = markWarning
	}
	return f
}

// examineLPIPS says what the classes of the pipelines ask of a network: a limit is not applied without weights, which nobody
// should overlook, and where one is required every image fails. Where no pipeline is configured nothing is required yet, and
// `check` and `scan` judge by any class.
func examineLPIPS(config app.Config, list []weights.Status) []finding {
	f := finding{Name: string(config.LPIPS), Mark: markOK}
	limits := func(b pipeline.Budget) bool { return b.LPIPS > 0 }
	if len(config.Watch.Pipelines) == 0 && slices.ContainsFunc(slices.Collect(maps.Values(config.Watch.Classes)), limits) {
		f.What = "lpips.limited"
	}
	for _, p := range config.Watch.Pipelines {
		b := config.Watch.Classes[p.Class]
		if b.RequireLPIPS {
			f.What = "lpips"
		} else if limits(b) && f.What == "" {
			f.What = "lpips.limited"
		}
	}
	i := slices.IndexFunc(list, func(s weights.Status) bool { return s.Network == config.LPIPS })
	if i < 0 || !list[i].Complete || list[i].Damage != "" {
		f.Mark, f.Reason = markWarning, "its weights are not complete"
		if f.What == "lpips" {
			f.Mark = markError
		}
	}
	if f.What == "" {
		return nil
	}
	return []finding{f}
}

// examineNeeds looks at the weights and the decoders that the configuration cannot do without.
func examineNeeds(config app.Config, list []weights.Status) []finding {
	findings := examineLPIPS(config, list)
	if config.Codec != "" {
		f := finding{Mark: markOK, What: "codec", Target: config.Codec}
		if info, err := os.Stat(config.Codec); err != nil {
			f.Mark, f.Reason = markError, cause(err)
		} else if !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0 {
			f.Mark, f.Reason = markError, "it is no program"
		}
		findings = append(findings, f)
	}
	return findings
}
