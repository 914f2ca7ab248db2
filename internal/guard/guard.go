// Package guard is what a repository asks of a change before it is merged: colour tables within limits, owners for files, and what changes together.
//
// Each guard gives findings in the form of the gate, so that one report has them all.
package guard

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/gate"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/owners"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Config is what safelight.yaml says of guards. Paths are patterns as the gate's.
type Config struct {
	// LUTs are colour tables that must not go far from what they were.
	LUTs []LUT `yaml:"luts"`
	// Owners are files that somebody in particular has to approve by CODEOWNERS.
	Owners []Owner `yaml:"owners"`
	// Together are files that are not changed without others, as a prompt without its test.
	Together []Together `yaml:"together"`
}

// LUT limits how far a table goes from the one before: the 95th percentile of ΔE00 over the grid, and each brand colour.
type LUT struct {
	Path      string  `yaml:"path"`
	MaxDeltaE float64 `yaml:"maxDeltaE"`
}

// Owner demands an owner for files.
type Owner struct {
	Path  string `yaml:"path"`
	Owner string `yaml:"owner"` // as CODEOWNERS writes it: @team, @org/team, name@example.org
}

// Together demands that something changes with files.
type Together struct {
	Change string `yaml:"change"`
	With   string `yaml:"with"`
}

const maxGuards = 1000

// Validate says what is wrong in one sentence.
func (c Config) Validate() error {
	if len(c.LUTs)+len(c.Owners)+len(c.Together) > maxGuards {
		return fmt.Errorf("guards: more than %d: %w", maxGuards, journal.ErrInvalid)
	}
	for _, l := range c.LUTs {
		if err := gate.CheckPattern(l.Path); err != nil {
			return fmt.Errorf("guards.luts: %w", err)
		}
		if l.MaxDeltaE <= 0 || l.MaxDeltaE > 100 {
			return fmt.Errorf("guards.luts: %s: maxDeltaE %g: a colour difference above 0 and up to 100: %w", l.Path, l.MaxDeltaE, journal.ErrInvalid)
		}
	}
	for _, o := range c.Owners {
		if err := gate.CheckPattern(o.Path); err != nil {
			return fmt.Errorf("guards.owners: %w", err)
		}
		if !strings.Contains(o.Owner, "@") || strings.ContainsAny(o.Owner, " \t") {
			return fmt.Errorf("guards.owners: %s: owner %q: write it as CODEOWNERS does, @org/team: %w", o.Path, o.Owner, journal.ErrInvalid)
		}
	}
	for _, t := range c.Together {
		for _, p := range []string{t.Change, t.With} {
			if err := gate.CheckPattern(p); err != nil {
				return fmt.Errorf("guards.together: %w", err)
			}
		}
	}
	return nil
}

// Wants tells whether a file is of interest to any guard.
func (c Config) Wants(name string) bool {
	return slices.Contains(owners.Places(), name) ||
		slices.ContainsFunc(c.LUTs, func(l LUT) bool { return gate.Match(l.Path, name) }) ||
		slices.ContainsFunc(c.Owners, func(o Owner) bool { return gate.Match(o.Path, name) }) ||
		slices.ContainsFunc(c.Together, func(t Together) bool { return gate.Match(t.Change, name) || gate.Match(t.With, name) })
}

// Table gives the guard of a colour table.
func (c Config) Table(name string) (LUT, bool) {
	i := slices.IndexFunc(c.LUTs, func(l LUT) bool { return gate.Match(l.Path, name) })
	if i < 0 {
		return LUT{}, false
	}
	return c.LUTs[i], true
}

// Drift is how far a table has gone, as it was compared.
type Drift struct {
	P95     float64            // over the grid
	Palette map[string]float64 // of each brand colour
}

// Worst is the greatest of the drift's figures.
func (d Drift) Worst() float64 {
	worst := d.P95
	for _, v := range d.Palette {
		worst = max(worst, v)
	}
	return worst
}

// Judge says what a table's drift breaks.
func (l LUT) Judge(d Drift, lang phrase.Lang) (list []gate.Finding) {
	add := func(metric, name string, value float64) {
		if value > l.MaxDeltaE {
			list = append(list, gate.Finding{Metric: metric, Value: value, Limit: l.MaxDeltaE, Level: gate.Fail,
				Text: phrase.Say(lang, "gate.exceeds", name, phrase.Decimal(lang, value, 2), phrase.Decimal(lang, l.MaxDeltaE, 2))})
		}
	}
	add("lut.deltaE00", "DeltaE00", d.P95)
	for _, name := range slices.Sorted(maps.Keys(d.Palette)) {
		add("lut.palette."+name, "DeltaE00 ("+name+")", d.Palette[name])
	}
	return list
}

// Codeowners is a file of owners, as one side of a change has it.
type Codeowners struct {
	Path  string // empty where there is none
	Below string // where the files that are judged lie in its repository
	Rules []owners.Rule
}

// JudgeOwners says which of the files that need an owner have none by the file.
func (c Config) JudgeOwners(file Codeowners, names []string, lang phrase.Lang) map[string][]gate.Finding {
	found := map[string][]gate.Finding{}
	for _, o := range c.Owners {
		for _, name := range names {
			if !gate.Match(o.Path, name) {
				continue
			}
			if text := o.judge(file, name, lang); text != "" {
				found[name] = append(found[name], gate.Finding{Metric: "owners", Level: gate.Fail, Text: text})
			}
		}
	}
	return found
}

// judge says what a file lacks; empty where the owner is asked for it.
func (o Owner) judge(file Codeowners, name string, lang phrase.Lang) string {
	rule, ok := owners.Of(file.Rules, path.Join(file.Below, name))
	switch {
	case ok && slices.ContainsFunc(rule.Owners, func(w string) bool { return strings.EqualFold(w, o.Owner) }):
		return ""
	case file.Path == "":
		return phrase.Say(lang, "guard.no-codeowners", o.Owner, strings.Join(owners.Places(), ", "))
	case ok:
		return phrase.Say(lang, "guard.owned-by-others", o.Owner, file.Path, rule.Line, strings.TrimSpace(rule.Text))
	}
	return phrase.Say(lang, "guard.unowned", o.Owner, file.Path)
}

// JudgeTogether says which files were changed, or removed, without what has to change with them. What is removed goes with what is removed
// alone: a test that is deleted tests nothing.
func (c Config) JudgeTogether(changed, gone []string, lang phrase.Lang) map[string][]gate.Finding {
	found := map[string][]gate.Finding{}
	for _, t := range c.Together {
		with := func(names []string) bool {
			return slices.ContainsFunc(names, func(name string) bool { return gate.Match(t.With, name) })
		}
		alone := func(names []string) {
			for _, name := range names {
				if gate.Match(t.Change, name) {
					found[name] = append(found[name], gate.Finding{Metric: "together", Level: gate.Fail, Text: phrase.Say(lang, "guard.alone", t.With)})
				}
			}
		}
		if !with(changed) {
			alone(changed)
			if !with(gone) {
				alone(gone)
			}
		}
	}
	return found
}
