package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/report"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/watch"
	"github.com/safelight-dev/safelight/internal/web"
)

// scanFlags are the flags of scan.
type scanFlags struct {
	dir, reference, candidate, pipeline, class string
	cache, fit                                 string
	html, sheet, heatmaps                      string
	asJSON, asCSV, declare, noCache, full      bool
	screen                                     bool
	workers                                    int
	faces                                      []string
	memory                                     pipeline.Bytes
	write                                      writeFlags
}

// runScan measures all images below two folders.
func runScan(c *cli, ctx context.Context, args []string) error {
	s, config, err := parseScan(args)
	if err != nil {
		return err
	}
	engine := app.NewEngine(s.dir, config)
	defer engine.Close()
	meter, err := s.meter(engine)
	if err != nil {
		return err
	}
	consents, err := s.consents(ctx, config)
	if err != nil {
		return err
	}
	o := engine.Scan(s.reference, s.candidate, meter)
	o.Workers, o.Screen = s.workers, s.screen
	if s.memory > 0 {
		o.Memory, o.Strict = int64(s.memory), true
	}
	defer boundHeap(o.Memory)()
	if cache := c.openCache(ctx, s); cache != nil {
		defer func() {
			if err := cache.Close(); err != nil {
				fmt.Fprintln(c.stderr, phrase.Say(c.lang(), "cli.scan.no-cache", c.words(err)))
			}
		}()
		o.Cache = cache
	}
	run := scanRun{scanFlags: s, options: o, meter: meter, consents: consents, engine: engine, started: time.Now(), lang: c.lang()}
	out := s.writer(c)
	if err := c.scanAll(ctx, &run, out); err != nil {
		return err
	}
	return c.conclude(ctx, &run, out)
}

// meter says how images are measured: as a pipeline's are where one is named, and as those of a class otherwise.
func (s scanFlags) meter(engine *app.Engine) (o measure.Options, err error) {
	if s.pipeline != "" {
		o, err = engine.PipelineMeter(s.pipeline, s.full)
	} else {
		o, err = engine.Meter(pipeline.Class(s.class), s.full)
	}
	if err != nil {
		return o, err
	}
	return o, fitBy(&o, s.fit)
}

// consents reads the register of consents of a folder that has one, for the pipeline that is named.
func (s scanFlags) consents(ctx context.Context, config app.Config) (*app.ConsentJudge, error) {
	if s.pipeline == "" {
		return nil, nil
	}
	r, err := app.NewReader(ctx, s.dir)
	if errors.Is(err, journal.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close() // only read
	judge, err := r.ConsentJudge(ctx, config.Watch, s.pipeline)
	return &judge, err
}

// conclude prints the summary, declares and reports what was found.
func (c *cli) conclude(ctx context.Context, run *scanRun, out scanWriter) error {
	summary := &run.summary
	summary.Finish(run.meter.Class, run.meter.Budget)
	if err := out.end(*summary); err != nil {
		return err
	}
	// The incident first: nothing that is only for reading may keep it back.
	var errs []error
	if run.declare && (summary.Failed > 0 || summary.OffMetadata > 0 || len(summary.Budget) > 0) {
		errs = append(errs, c.declareScan(ctx, run.scanFlags, *summary))
	}
	errs = append(errs, c.writeReports(ctx, run))
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if summary.Good() {
		return nil
	}
	return errFailed
}

// scanRun is one scan with what its report will need.
type scanRun struct {
	scanFlags
	options  watch.Options
	meter    measure.Options
	consents *app.ConsentJudge // nil where no register is kept
	engine   *app.Engine
	started  time.Time
	lang     phrase.Lang

	total   int
	summary measure.Summary
	sample  []string // images all over the scan, for planting defects
	broken  []report.Broken
	named   []report.Named // images whose metadata break the policy
}

// scanAll measures with a progress bar, hands each result to out and sums them up.
func (c *cli) scanAll(ctx context.Context, run *scanRun, out scanWriter) error {
	total, bytes, err := watch.Survey(ctx, run.options)
	if err != nil {
		return err
	}
	run.total = total
	bar := newProgress(c, total, bytes)
	defer bar.end()
	cached := 0
	defer func() {
		if cached > 0 {
			bar.note(phrase.Say(c.lang(), "cli.scan.cached", cached))
		}
	}()
	err = watch.Scan(ctx, run.options, func(r watch.Result) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if run.consents != nil {
			run.consents.Judge(&r)
		}
		bar.step(r.Read, r.Err != nil || len(r.Check.Findings) > 0, r.Cached)
		if r.Cached {
			cached++
		}
		if r.Err != nil {
			bar.note(phrase.Say(c.lang(), "cli.scan.broken", c.words(r.Err)))
			run.note(r, c.words(r.Err))
			return out.broken(r)
		}
		run.note(r, "")
		if err := run.heatmap(r); err != nil {
			bar.note(phrase.Say(c.lang(), "cli.scan.lost", r.Path, c.words(err)))
		}
		return out.check(r)
	})
	if errors.Is(err, context.Canceled) {
		bar.note(phrase.Say(c.lang(), "cli.scan.stopped", run.summary.Checked+run.summary.Broken, total))
		return errors.Join(errFailed, out.stop())
	}
	return err
}

// note keeps of a result what the summary and the report need; fault says why there is no check.
func (run *scanRun) note(r watch.Result, fault string) {
	if findings := r.Metadata.Findings(run.meter.Class); len(findings) > 0 && len(run.named) < report.MostBroken {
		run.named = append(run.named, report.Named{Path: r.Path, Findings: sentences(run.lang, findings)})
	}
	if r.Err != nil {
		run.summary.AddBroken(r.Metadata)
		if len(run.broken) < report.MostBroken {
			run.broken = append(run.broken, report.Broken{Path: r.Path, Reason: fault})
		}
		return
	}
	if (run.summary.Checked+run.summary.Broken)%max(run.total/sampleSize, 1) == 0 && len(run.sample) < sampleSize {
		run.sample = append(run.sample, r.Path)
	}
	run.summary.Add(r.Check)
}

// openCache opens the cache of checks. A scan that cannot have it goes on
// without and says so.
func (c *cli) openCache(ctx context.Context, s scanFlags) *store.CheckCache {
	if s.noCache {
		return nil
	}
	path, err := s.cachePath()
	if err == nil {
		var cache *store.CheckCache
		if cache, err = store.OpenCheckCache(ctx, path); err == nil {
			return cache
		}
	}
	fmt.Fprintln(c.stderr, phrase.Say(c.lang(), "cli.scan.no-cache", c.words(err)))
	return nil
}

// cachePath is the file that --cache names; without it, one in the folder's
// own state, or in the user's cache where the folder has none.
func (s scanFlags) cachePath() (string, error) {
	if s.cache != "" {
		return s.cache, nil
	}
	state := filepath.Join(s.dir, ".safelight")
	if info, err := os.Stat(state); err == nil && info.IsDir() {
		return filepath.Join(state, "checks.db"), nil
	}
	dir, err := os.UserCacheDir()
	return filepath.Join(dir, "safelight", "checks.db"), err
}

// declareScan declares an incident of what a batch scan found: a rule is for
// flows, a batch is over budget or not.
func (c *cli) declareScan(ctx context.Context, s scanFlags, m measure.Summary) error {
	aside := *c
	aside.stdout = c.stderr // results of the scan alone go to standard output
	title := phrase.Say(c.lang(), "cli.scan.declared", m.Failed, m.Checked)
	if m.OffMetadata > 0 {
		title = phrase.Say(c.lang(), "cli.scan.declared.metadata", m.Failed, m.Checked, m.OffMetadata)
	}
	return aside.write(ctx, s.write, func(w writer) (string, error) {
		return w.declare(ctx, web.Declaration{
			Pipeline: s.pipeline, Severity: pipeline.S2, Title: title,
		})
	})
}

// register declares the flags.
func (s *scanFlags) register(f writeFlags) {
	f.StringVar(&s.reference, "reference", "", "flag.scan.reference")
	f.StringVar(&s.candidate, "candidate", "", "flag.scan.candidate")
	f.StringVar(&s.pipeline, "pipeline", "", "flag.scan.pipeline")
	f.StringVar(&s.class, "class", string(pipeline.Product), "flag.class")
	f.StringVar(&s.html, "html", "", "flag.scan.html")
	f.StringVar(&s.sheet, "contact-sheet", "", "flag.scan.sheet")
	f.StringVar(&s.heatmaps, "heatmaps", "", "flag.scan.heatmaps")
	f.Func("faces", "flag.scan.faces", func(text string) error {
		s.faces = append(s.faces, text)
		return nil
	})
	f.BoolVar(&s.screen, "screen", false, "flag.scan.screen")
	f.BoolVar(&s.asCSV, "csv", false, "flag.scan.csv")
	f.BoolVar(&s.declare, "declare", false, "flag.scan.declare")
	f.StringVar(&s.cache, "cache", "", "flag.scan.cache")
	f.BoolVar(&s.noCache, "no-cache", false, "flag.scan.no-cache")
	f.StringVar(&s.fit, "fit", "", "flag.fit")
	f.BoolVar(&s.full, "full", false, "flag.full")
	f.Func("memory", "flag.scan.memory", func(text string) error {
		return s.memory.UnmarshalText([]byte(text))
	})
	f.IntVar(&s.workers, "workers", 0, "flag.scan.workers")
}

func parseScan(args []string) (scanFlags, app.Config, error) {
	var s scanFlags
	f := newWriteFlags("scan --reference DIR --candidate DIR [--class C] | --pipeline NAME [--screen] [--html FILE] [--declare] [--json | --csv]")
	s.write = f
	s.register(f)
	if _, err := f.parse(args, 0, 0); err != nil {
		return s, app.Config{}, err
	}
	s.dir, s.asJSON = *f.dir, *f.asJSON
	if s.declare && s.pipeline == "" {
		return s, app.Config{}, misuse(f.usage, "scan.declare")
	}
	config, err := app.LoadWatch(s.dir)
	if err != nil {
		return s, config, err
	}
	if s.faces != nil {
		config.Faces.Command = s.faces
		if err := config.Faces.Validate(); err != nil {
			return s, config, err
		}
	}
	if s.pipeline != "" {
		p, ok := config.Watch.Pipelines[s.pipeline]
		if !ok {
			return s, config, fmt.Errorf("%w: %w", phrase.Errorf("scan.no-pipeline", s.pipeline), journal.ErrInvalid)
		}
		p = app.Mirrored(s.dir, s.pipeline, p)
		s.reference, s.candidate, s.class = p.Reference, p.Delivered, string(p.Class)
	}
	if s.reference == "" || s.candidate == "" {
		return s, config, misuse(f.usage, "scan")
	}
	return s, config, s.outputs()
}

// outputs refuses to write where the scan reads: over an image, or where the next scan would take for images what this
// one drew of them.
func (s scanFlags) outputs() error {
	if err := named(s.sheet, "picture.extension.jpg", "", ".jpg", ".jpeg"); err != nil {
		return err
	}
	folders := []string{s.reference, s.candidate}
	for _, out := range []string{s.sheet, s.heatmaps} {
		if err := outside(out, folders); err != nil {
			return err
		}
	}
	if _, err := os.Stat(s.html); err != nil || named(s.html, "", ".html", ".htm") == nil {
		return nil // nothing, or an earlier report, is written over
	}
	return outside(s.html, folders)
}
