package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/safelight-dev/safelight/cube"
	"github.com/safelight-dev/safelight/internal/changes"
	"github.com/safelight-dev/safelight/internal/gate"
	"github.com/safelight-dev/safelight/internal/guard"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/owners"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// maxTable bounds a colour table that a guard reads, in bytes.
const maxTable = 64 << 20

// guard runs the guards of the configuration and the incident tests on a change.
func (g *gating) guard(ctx context.Context, base, change changes.Tree) error {
	config := g.config.Guards
	diff, err := changes.Between(ctx, base, change, config.Wants)
	if err != nil {
		return err
	}
	if err := g.guardTables(diff, base, change); err != nil {
		return err
	}
	if len(config.Owners) > 0 {
		if err := g.guardOwners(ctx, change); err != nil {
			return err
		}
	}
	var changed []string
	for _, c := range diff.Changes {
		changed = append(changed, c.Path)
	}
	for name, f := range config.JudgeTogether(changed, g.Lang) {
		g.found(name, gate.Changed, f)
	}
	return g.runTests(ctx, change)
}

// found adds what a guard says of a file.
func (g *gating) found(name string, c gate.Change, list ...gate.Finding) {
	g.gated.Add(g.config.Gate.JudgeFindings(gate.Result{Path: name, Change: c, Class: gate.GuardClass, Findings: list}, g.Now))
}

// guardTables compares changed colour tables with what they were.
func (g *gating) guardTables(diff changes.Diff, base, change changes.Tree) error {
	swatches, err := g.config.Watch.Swatches()
	if err != nil {
		return err
	}
	for _, c := range diff.Changes {
		l, ok := g.config.Guards.Table(c.Path)
		if !ok || c.Gone {
			continue
		}
		updated, err := readTable(change, c.Path)
		if err != nil {
			g.found(c.Path, gate.Changed, gate.Finding{Metric: "unmeasured", Level: gate.Fail, Text: g.fault(err)})
			continue
		}
		if c.Base == "" {
			g.found(c.Path, gate.Added, gate.Finding{Metric: string(gate.Added), Level: gate.Warn, Text: phrase.Say(g.Lang, "guard.new-table")})
			continue
		}
		old, err := readTable(base, c.Base)
		if err != nil {
			return err
		}
		d, err := cube.Compare(old, updated, cube.CompareOptions{Swatches: swatches})
		if err != nil {
			return fmt.Errorf("compare the colour table %s with what it was: %w", c.Path, err)
		}
		drift := driftOf(d)
		g.gated.Add(g.config.Gate.JudgeFindings(gate.Result{
			Path: c.Path, Change: gate.Changed, Class: gate.GuardClass, Findings: l.Judge(drift, g.Lang),
			Metrics: map[string]float64{"deltaE00": drift.Worst()}, Thresholds: map[string]float64{"deltaE00": l.MaxDeltaE},
		}, g.Now))
	}
	return nil
}

func driftOf(d cube.Comparison) guard.Drift {
	drift := guard.Drift{P95: d.Grid.P95, Palette: map[string]float64{}}
	for _, s := range d.Each {
		drift.Palette[s.Name] = s.DeltaE00
	}
	return drift
}

func readTable(side changes.Tree, name string) (*cube.LUT, error) {
	data, err := changes.Read(side, name, maxTable)
	if err != nil {
		return nil, err
	}
	lut, err := cube.Read(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read the colour table %s of %s: %w", name, side, err)
	}
	return lut, nil
}

// guardOwners looks whether CODEOWNERS, as it will be after the change, names the owners that are demanded.
func (g *gating) guardOwners(ctx context.Context, change changes.Tree) error {
	names, err := changes.List(ctx, change, func(name string) bool { return !strings.HasPrefix(name, ".git/") })
	if err != nil {
		return err
	}
	whole, below := changes.Whole(change)
	var file guard.Codeowners
	for _, place := range owners.Places() {
		text, err := changes.Read(whole, place, owners.MaxFile)
		if errors.Is(err, journal.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		file = guard.Codeowners{Path: place, Below: below, Rules: owners.Parse(text)}
		break
	}
	for name, f := range g.config.Guards.JudgeOwners(file, names, g.Lang) {
		g.found(name, gate.Changed, f)
	}
	return nil
}

// runTests runs the incident tests on what they guard, as the change has it. What is not there is not tested: it is gone, or lies in
// another repository.
func (g *gating) runTests(ctx context.Context, change changes.Tree) error {
	tests, err := LoadTests(g.dir, "incident")
	if err != nil {
		return err
	}
	passed := 0
	for _, t := range tests {
		subject, err := g.subjectOf(t, change)
		if errors.Is(err, journal.ErrNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("run incident test %s: %w", t.Name, err)
		}
		run, err := g.TryTest(ctx, t, subject)
		if err != nil {
			return err
		}
		if run.Passed() {
			passed++
			continue
		}
		var list []gate.Finding
		for _, v := range run.Violations {
			list = append(list, gate.Finding{Metric: "test." + t.Name, Value: v.Value, Limit: v.Limit, Level: gate.Fail,
				Text: phrase.Say(g.Lang, "guard.test-failed", t.Name, v.String())})
		}
		g.found(t.Guarded(), gate.Changed, list...)
	}
	if passed > 0 {
		g.gated.Notes = append(g.gated.Notes, phrase.Say(g.Lang, "guard.test-passed", passed))
	}
	return nil
}

// subjectOf gives what a test guards, as a side has it; ErrNotFound where it has nothing of it.
func (e *Engine) subjectOf(t IncidentTest, side changes.Tree) (Subject, error) {
	switch {
	case t.LUT != "":
		data, err := changes.Read(side, path.Clean(t.LUT), maxTable)
		if err != nil {
			return Subject{}, err
		}
		return TableSubject(t.LUT, data)
	case t.Generate != nil:
		return e.Generated(*t.Generate, nil)
	}
	read := func(name string) ([]byte, error) {
		return changes.Read(side, path.Join(t.Images, name), int64(e.config.Limits.MaxBytes))
	}
	for _, r := range t.References {
		if _, err := read(r.Name()); !errors.Is(err, journal.ErrNotFound) {
			return ImagesSubject(t.Images, read), nil
		}
	}
	return Subject{}, fmt.Errorf("find the images of %s in %s: %w", t.Name, t.Images, journal.ErrNotFound)
}
