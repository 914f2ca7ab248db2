package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/safelight-dev/safelight/colour"
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
	var changed, gone []string
	for _, c := range diff.Changes {
		if c.Gone {
			gone = append(gone, c.Path)
		} else {
			changed = append(changed, c.Path)
		}
	}
	for name, list := range config.JudgeTogether(changed, gone, g.Lang) {
		g.found(name, gate.Changed, list...)
	}
	return g.guardTests(ctx, base, change)
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
		if l, ok := g.config.Guards.Table(c.Path); ok {
			g.guardTable(l, c, base, change, swatches)
		}
	}
	return nil
}

func (g *gating) guardTable(l guard.LUT, c changes.Change, base, change changes.Tree, swatches []colour.Swatch) {
	unmeasured := func(text string) {
		g.found(c.Path, gate.Changed, gate.Finding{Metric: gate.Unmeasured, Level: gate.Fail, Text: text})
	}
	switch {
	case c.Linked:
		unmeasured(phrase.Say(g.Lang, "gate.linked"))
		return
	case c.Gone:
		g.found(c.Path, gate.Removed, gate.Finding{Metric: string(gate.Removed), Level: gate.Warn, Text: phrase.Say(g.Lang, "guard.removed-table")})
		return
	}
	updated, err := readTable(change, c.Path)
	if err != nil {
		unmeasured(g.fault(err))
		return
	}
	if c.Base == "" {
		g.found(c.Path, gate.Added, gate.Finding{Metric: string(gate.Added), Level: gate.Warn, Text: phrase.Say(g.Lang, "guard.new-table")})
		return
	}
	old, err := readTable(base, c.Base)
	if err != nil { // this change repairs it
		g.found(c.Path, gate.Added, gate.Finding{Metric: string(gate.Added), Level: gate.Warn, Text: phrase.Say(g.Lang, "guard.broken-base", g.fault(err))})
		return
	}
	d, err := cube.Compare(old, updated, cube.CompareOptions{Swatches: swatches})
	if err != nil {
		unmeasured(g.fault(fmt.Errorf("compare the colour table %s with what it was: %w", c.Path, err)))
		return
	}
	drift := driftOf(d)
	g.gated.Add(g.config.Gate.JudgeFindings(gate.Result{
		Path: c.Path, Change: gate.Changed, Class: gate.GuardClass, Findings: l.Judge(drift, g.Lang),
		Metrics: map[string]float64{"deltaE00": drift.Worst()}, Thresholds: map[string]float64{"deltaE00": l.MaxDeltaE},
	}, g.Now))
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
	for name, list := range g.config.Guards.JudgeOwners(file, names, g.Lang) {
		g.found(name, gate.Changed, list...)
	}
	return nil
}
