package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/changes"
	"github.com/safelight-dev/safelight/internal/gate"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/report"
	"github.com/safelight-dev/safelight/internal/watch"
)

// validateGate says what is wrong with the gate's rules: their classes and pipelines are those of the configuration.
func (c Config) validateGate() error {
	if err := c.Gate.Validate(); err != nil {
		return err
	}
	for _, r := range c.Gate.Classes {
		_, class := c.Watch.Classes[r.Class]
		_, named := c.Watch.Pipelines[r.Pipeline]
		if r.Class != "" && !class {
			return fmt.Errorf("gate.classes: %s: there is no class %q: %w", r.Path, r.Class, journal.ErrInvalid)
		}
		if r.Pipeline != "" && !named {
			return fmt.Errorf("gate.classes: %s: there is no pipeline %q: %w", r.Path, r.Pipeline, journal.ErrInvalid)
		}
	}
	return nil
}

// GateOptions say what the gate compares.
type GateOptions struct {
	Base, Change string // folders, or Git revisions of the engine's folder
	Manifest     string // in place of both
	Class        pipeline.Class
	Baseline     string // the configuration's where it is empty
	Lang         phrase.Lang
	Now          time.Time
	Workers      int
	Memory       int64 // as for a scan; 0 is the configuration's
	Cache        watch.Cache
	Guards       bool // the guards of the configuration and the incident tests too
	Pictures     int  // how many of the images that fail or warn are drawn
}

// Gated is the verdict with the pictures of the gravest.
type Gated struct {
	gate.Report
	Entries []report.GateEntry
	Undrawn []string // why images could not be drawn
}

// imageExtensions are of files that the gate takes for images: a repository holds much else.
var imageExtensions = []string{".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".heic", ".heif", ".jxl", ".tif", ".tiff", ".bmp"}

// gating is one run of the gate.
type gating struct {
	*Engine
	GateOptions
	baseline gate.Baseline
	rules    map[string]gate.Rule
	bases    map[string]string // of images that have one, by their paths
	dirs     []string          // where the images were laid, which nobody has to know
	ignored  int
	gated    Gated
}

// Gate judges what changed between two sides: only what differs in its bytes is measured.
func (e *Engine) Gate(ctx context.Context, o GateOptions) (Gated, error) {
	begun := time.Now()
	g := gating{Engine: e, GateOptions: o, rules: map[string]gate.Rule{}, bases: map[string]string{}}
	var err error
	if g.baseline, err = e.baseline(o.Baseline); err != nil {
		return Gated{}, err
	}
	base, change, err := g.sides()
	if err != nil {
		return Gated{}, err
	}
	diff, err := changes.Between(ctx, base, change, g.wants)
	if err != nil {
		return Gated{}, err
	}
	g.gated.Report = gate.Report{
		Base: base.String(), Change: change.String(), Lang: o.Lang, At: o.Now.UTC(), Images: diff.Images, Unchanged: diff.Unchanged,
		Notes: e.config.gateNotes(o.Now, o.Lang), Results: []gate.Result{},
	}
	scratch, err := os.MkdirTemp("", "safelight-gate-")
	if err != nil {
		return Gated{}, fmt.Errorf("make a folder for the changed images: %w", err)
	}
	defer os.RemoveAll(scratch)
	baseDir, changeDir, err := diff.Lay(ctx, base, change, scratch)
	if err != nil {
		return Gated{}, err
	}
	g.dirs = []string{baseDir, changeDir}
	if err := g.judge(ctx, diff, baseDir, changeDir); err != nil {
		return Gated{}, err
	}
	if o.Guards {
		if err := g.guard(ctx, base, change); err != nil {
			return Gated{}, err
		}
	}
	g.gated.Ignored, g.gated.Took = g.ignored, time.Since(begun)
	g.gated.Finish()
	return g.gated, nil
}

// hidden tells whether a file, or a folder above it, is one that begins with a dot: what tools keep there is delivered to nobody.
func hidden(name string) bool { return strings.HasPrefix(name, ".") || strings.Contains(name, "/.") }

func (g *gating) sides() (base, change changes.Tree, err error) {
	most := int64(g.config.Limits.MaxBytes)
	if g.Manifest != "" {
		return changes.Manifest(g.Manifest, most)
	}
	return changes.Sides(g.dir, g.Base, g.GateOptions.Change, most)
}

// wants tells whether a file is an image of the gate's, and remembers by which rule.
func (g *gating) wants(name string) bool {
	if !slices.Contains(imageExtensions, strings.ToLower(path.Ext(name))) || hidden(name) {
		return false
	}
	if _, known := g.rules[name]; known {
		return true
	}
	r, ok := g.config.Gate.RuleOf(name, g.Class)
	if !ok {
		g.ignored++
		return false
	}
	g.rules[name] = r
	return true
}

// judge measures the changed images, those of one rule at a time.
func (g *gating) judge(ctx context.Context, diff changes.Diff, baseDir, changeDir string) error {
	type group struct {
		rule  gate.Rule
		paths []string
	}
	var groups []*group
	byRule := map[gate.Rule]*group{}
	change := map[string]gate.Change{}
	for _, c := range diff.Changes {
		rule := g.rules[c.Path]
		rule.Path = ""
		switch {
		case c.Linked:
			g.add(gate.Outcome{Path: c.Path, Change: gate.Changed, Class: g.class(rule), Fault: phrase.Say(g.Lang, "gate.linked")})
			continue
		case c.Gone:
			g.add(gate.Outcome{Path: c.Path, Change: gate.Removed, Class: g.class(rule)})
			continue
		case c.Base == "":
			change[c.Path] = gate.Added
		default:
			change[c.Path], g.bases[c.Path] = gate.Changed, c.Base
		}
		if byRule[rule] == nil {
			byRule[rule] = &group{rule: rule}
			groups = append(groups, byRule[rule])
		}
		byRule[rule].paths = append(byRule[rule].paths, c.Path)
	}
	for _, one := range groups {
		if err := g.judgeGroup(ctx, one.rule, one.paths, baseDir, changeDir, change); err != nil {
			return err
		}
	}
	return nil
}

func (g *gating) class(r gate.Rule) pipeline.Class {
	if r.Pipeline != "" {
		return g.config.Watch.Pipelines[r.Pipeline].Class
	}
	return r.Class
}

func (g *gating) judgeGroup(ctx context.Context, rule gate.Rule, paths []string, baseDir, changeDir string, change map[string]gate.Change) error {
	m, err := g.Meter(g.class(rule), false)
	if rule.Pipeline != "" {
		m, err = g.PipelineMeter(rule.Pipeline, false)
	}
	if err != nil {
		return err
	}
	o := g.Scan(baseDir, changeDir, m)
	o.Paths, o.References, o.Workers, o.Cache = paths, g.bases, g.Workers, g.Cache
	if g.Memory > 0 {
		o.Memory, o.Strict = g.Memory, true
	}
	var draw []gate.Result
	err = watch.Scan(ctx, o, func(r watch.Result) error {
		out := gate.Outcome{Path: r.Path, Change: change[r.Path], Class: m.Class, SHA256: r.SHA256, Metadata: r.Metadata}
		if r.Cached {
			g.gated.Cached++
		}
		switch {
		case r.Err == nil:
			out.Check = &r.Check
		case !errors.Is(r.Err, watch.ErrAlone):
			out.Fault = g.fault(r.Err)
		}
		if one := g.add(out); (one.Level == gate.Fail || one.Level == gate.Warn) && r.Err == nil {
			draw = append(draw, one)
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	g.draw(draw, o, m)
	return nil
}

func (g *gating) add(o gate.Outcome) gate.Result {
	r := g.config.Gate.Judge(o, g.baseline, g.Now, g.Lang)
	g.gated.Add(r)
	return r
}

// draw makes the pictures of the gravest images while they lie there.
func (g *gating) draw(list []gate.Result, o watch.Options, m measure.Options) {
	meter := measure.NewMeter(m)
	for _, r := range list {
		if len(g.gated.Entries) == g.Pictures {
			return
		}
		_, a, b, err := o.Look(meter, g.bases[r.Path], r.Path)
		var pictures report.Pictures
		if err == nil {
			pictures, err = report.Thumbnails(a, b, m.Budget.Fit)
		}
		if err != nil {
			g.gated.Undrawn = append(g.gated.Undrawn, phrase.Say(g.Lang, "gate.undrawn", r.Path, g.fault(err)))
			continue
		}
		g.gated.Entries = append(g.gated.Entries, report.GateEntry{Result: r, Pictures: pictures})
	}
}

// fault says an error in a language, where it can, with the images called as they are where they come from.
func (g *gating) fault(err error) string {
	text, known := phrase.Error(g.Lang, err)
	if !known {
		text = journal.Sentence(err)
	}
	for _, dir := range g.dirs {
		text = strings.ReplaceAll(text, dir+string(filepath.Separator), "")
	}
	return text
}

// BaselinePath is the file of the baseline; empty where there is none.
func (e *Engine) BaselinePath(given string) string {
	name := given
	if name == "" {
		name = e.config.Gate.Baseline
	}
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(e.dir, filepath.FromSlash(name))
}

func (e *Engine) baseline(given string) (gate.Baseline, error) {
	file := e.BaselinePath(given)
	if file == "" {
		return gate.Baseline{}, nil
	}
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return gate.Baseline{}, nil // it is yet to be written
	case err == nil && info.Size() > gate.MaxBaseline:
		return gate.Baseline{}, fmt.Errorf("read the baseline %s: it is larger than %d bytes: %w", file, gate.MaxBaseline, journal.ErrTooLarge)
	case err != nil:
		return gate.Baseline{}, fmt.Errorf("read the baseline: %w", err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return gate.Baseline{}, fmt.Errorf("read the baseline: %w", err)
	}
	return gate.ParseBaseline(data)
}

// gateNotes says which exceptions are over, and which hold for so long that they are none.
func (c Config) gateNotes(now time.Time, l phrase.Lang) (notes []string) {
	over, endless := c.Gate.Expired(now)
	for key, list := range map[phrase.Key][]gate.Exception{"gate.expired": over, "gate.endless": endless} {
		for _, e := range list {
			notes = append(notes, phrase.Say(l, key, e.Path, e.Owner, e.Until))
		}
	}
	slices.Sort(notes)
	return notes
}
