package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/changes"
	"github.com/safelight-dev/safelight/internal/gate"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// sideTests are the incident tests of a side, by their files.
type sideTests struct {
	tests  map[string]IncidentTest
	broken map[string]error
}

// maxTestFile bounds a test's file that a guard reads, in bytes.
const maxTestFile = 4 << 20

// testsOf reads the incident tests of a side.
func (e *Engine) testsOf(ctx context.Context, side changes.Tree) (sideTests, error) {
	s := sideTests{map[string]IncidentTest{}, map[string]error{}}
	files, err := changes.List(ctx, side, func(name string) bool {
		return strings.HasPrefix(name, TestsDir+"/") && strings.Count(name, "/") == 2 && path.Base(name) == testFile
	})
	if err != nil {
		return s, err
	}
	for _, file := range files {
		data, err := changes.Read(side, file, maxTestFile)
		if err != nil {
			s.broken[file] = err
			continue
		}
		t, err := parseTest(file, data)
		if err != nil {
			s.broken[file] = err
			continue
		}
		t.read = func(name string) ([]byte, error) {
			return changes.Read(side, path.Join(path.Dir(file), name), int64(e.config.Limits.MaxBytes))
		}
		s.tests[file] = t
	}
	return s, nil
}

// guardTests keeps the incident tests that there were, and runs those of the change on what they guard, as the change has it. Sides that are
// no repositories have none: they are tried by those of the folder.
func (g *gating) guardTests(ctx context.Context, base, change changes.Tree) error {
	was, err := g.testsOf(ctx, base)
	if err != nil {
		return err
	}
	is, err := g.testsOf(ctx, change)
	if err != nil {
		return err
	}
	for _, file := range slices.Sorted(maps.Keys(is.broken)) {
		g.found(file, gate.Changed, gate.Finding{Metric: gate.Unmeasured, Level: gate.Fail, Text: g.fault(is.broken[file])})
	}
	for _, file := range slices.Sorted(maps.Keys(was.tests)) {
		if is.broken[file] == nil {
			g.keepTest(file, was.tests[file], is, change)
		}
	}
	var tests []IncidentTest
	for _, file := range slices.Sorted(maps.Keys(is.tests)) {
		tests = append(tests, is.tests[file])
	}
	if len(was.tests)+len(was.broken)+len(is.tests)+len(is.broken) == 0 {
		if tests, err = LoadTests(g.dir, "incident"); err != nil {
			return err
		}
	}
	return g.runTests(ctx, tests, base, change)
}

// keepTest finds fault where a test that there was is removed, or demands something else than it did: who may loosen a test may undo what an
// incident has taught. It may follow what it guards to another place.
func (g *gating) keepTest(file string, old IncidentTest, is sideTests, change changes.Tree) {
	now, there := is.tests[file]
	switch {
	case !there:
		g.found(file, gate.Removed, gate.Finding{Metric: gate.TestRemoved, Level: gate.Fail, Text: phrase.Say(g.Lang, "guard.test-removed")})
	case reflect.DeepEqual(old.Test, now.Test):
	case g.followed(old, now, change):
		g.found(file, gate.Changed, gate.Finding{Metric: gate.TestMoved, Level: gate.Warn, Text: phrase.Say(g.Lang, "guard.test-moved", now.Guarded(), old.Guarded())})
	default:
		g.found(file, gate.Changed, gate.Finding{Metric: gate.TestChanged, Level: gate.Fail, Text: phrase.Say(g.Lang, "guard.test-changed")})
	}
}

// followed tells whether a test differs only in where what it guards lies, which was moved there.
func (g *gating) followed(old, now IncidentTest, change changes.Tree) bool {
	moved := old.Test
	moved.LUT, moved.Images = now.LUT, now.Images
	return (old.LUT == "") == (now.LUT == "") && reflect.DeepEqual(moved, now.Test) && !g.holds(old, change) && g.holds(now, change)
}

// holds tells whether a side has anything of what a test guards.
func (g *gating) holds(t IncidentTest, side changes.Tree) bool {
	_, err := g.subjectOf(t, side)
	return !errors.Is(err, journal.ErrNotFound)
}

// runTests runs incident tests. What neither side has is not tested: it lies in another repository.
func (g *gating) runTests(ctx context.Context, tests []IncidentTest, base, change changes.Tree) error {
	passed := 0
	for _, t := range tests {
		subject, err := g.subjectOf(t, change)
		if errors.Is(err, journal.ErrNotFound) {
			if g.holds(t, base) {
				g.found(t.Guarded(), gate.Removed, gate.Finding{Metric: gate.TestGone, Level: gate.Fail, Text: phrase.Say(g.Lang, "guard.test-gone", t.Name)})
			}
			continue
		}
		list, err := g.runTest(ctx, t, subject, err)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			g.found(t.Guarded(), gate.Changed, list...)
		} else {
			passed++
		}
	}
	if passed > 0 {
		g.gated.Notes = append(g.gated.Notes, phrase.Say(g.Lang, "guard.test-passed", passed))
	}
	return nil
}

// runTest gives what a test finds; what cannot be tested, such as a broken table, is found too.
func (g *gating) runTest(ctx context.Context, t IncidentTest, s Subject, fault error) (list []gate.Finding, err error) {
	fails := func(value, limit float64, text string) {
		list = append(list, gate.Finding{Metric: gate.TestPrefix + t.Name, Value: value, Limit: limit, Level: gate.Fail, Text: phrase.Say(g.Lang, "guard.test-failed", t.Name, text)})
	}
	if fault == nil {
		run, err := g.TryTest(ctx, t, s)
		for _, v := range run.Violations {
			fails(v.Value, v.Limit, v.In(g.Lang))
		}
		fault = err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if fault != nil {
		fails(0, 0, g.fault(fault))
	}
	return list, nil
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
