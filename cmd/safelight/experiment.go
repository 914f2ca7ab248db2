package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/web"
)

// testFlags say which test is to be run.
type testFlags struct {
	hypothesis, lut, program, attribute, expr, since, until, gap *string
	remeasure                                                    *bool
	sample                                                       *int
	parameters, evidence                                         list
}

const testUsage = "rca test ID (--gap G1 | --hypothesis H1 (--lut PATH | --program NAME [--parameter K=V]... [--evidence PATH]... | --attribute K=V | --expr E | --remeasure) [--since T] [--until T] [--sample N]) [--dir D] [--as LOGIN] [--json]"

func newTestFlags(f flags) *testFlags {
	t := &testFlags{
		hypothesis: f.String("hypothesis", "", "flag.test.hypothesis"),
		lut:        f.String("lut", "", "flag.test.lut"),
		program:    f.String("program", "", "flag.test.program"),
		attribute:  f.String("attribute", "", "flag.test.attribute"),
		expr:       f.String("expr", "", "flag.test.expr"),
		since:      f.String("since", "", "flag.compare.since"),
		until:      f.String("until", "", "flag.compare.until"),
		gap:        f.String("gap", "", "flag.test.gap"),
		remeasure:  f.Bool("remeasure", false, "flag.test.remeasure"),
		sample:     f.Int("sample", 0, "flag.test.sample"),
	}
	f.Var(&t.parameters, "parameter", "flag.test.parameter")
	f.Var(&t.evidence, "evidence", "flag.test.evidence")
	return t
}

// rcaTest runs a falsification test, or that of a data gap again.
func (c *cli) rcaTest(ctx context.Context, args []string) error {
	f := newWriteFlags(testUsage)
	t := newTestFlags(f.flags)
	ids, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	g := given{c, ctx, *f.dir, ids}
	run, err := t.request(g)
	if err != nil {
		return err
	}
	err = c.write(ctx, f, func(w writer) (string, error) { return ids[0], w.perform(ctx, ids[0], run) })
	if err != nil || *f.asJSON {
		return err
	}
	return c.printTest(g, run.Hypothesis)
}

// printTest shows the last test of a hypothesis.
func (c *cli) printTest(g given, hypothesis string) error {
	now, err := g.present()
	if err != nil {
		return err
	}
	l := c.lang()
	for _, h := range now.Analysis.Hypotheses {
		if h.ID != hypothesis || len(h.Tests) == 0 {
			continue
		}
		last := h.Tests[len(h.Tests)-1]
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.rca.result", hypothesis, phrase.Say(l, phrase.Key("document.result."+string(last.Result)))))
		for _, n := range last.Numbers {
			fmt.Fprintln(c.stdout, " ", n.Name+":", strings.TrimSpace(phrase.Word(l, n.Value)+" "+n.Unit))
		}
		for _, text := range []string{last.Text, last.Missing} {
			if text != "" {
				fmt.Fprintln(c.stdout, " ", text)
			}
		}
	}
	return nil
}

// request makes the test of the flags.
func (t *testFlags) request(g given) (web.RunTest, error) {
	if *t.gap != "" {
		return t.again(g)
	}
	run := web.RunTest{Hypothesis: *t.hypothesis}
	r := &run.Request
	ways := 0
	for _, way := range []struct {
		given bool
		kind  experiment.Kind
	}{
		{*t.lut != "", experiment.ReplayLUT}, {*t.program != "", experiment.Replay}, {*t.attribute != "", experiment.Compare},
		{*t.expr != "", experiment.Series}, {*t.remeasure, experiment.Remeasure},
	} {
		if way.given {
			ways++
			r.Kind = way.kind
		}
	}
	if ways != 1 || *t.hypothesis == "" {
		return run, misuse(testUsage, "test")
	}
	r.LUT, r.Program, r.Expr, r.Sample, r.Evidence = *t.lut, *t.program, *t.expr, *t.sample, t.evidence
	if r.Program != "" {
		r.Kind = programKind(g, r.Program)
	}
	if r.Kind == experiment.Compare {
		var ok bool
		if r.Attribute, r.Value, ok = strings.Cut(*t.attribute, "="); !ok {
			return run, misuse(testUsage, "test.attribute", *t.attribute)
		}
	}
	for _, p := range t.parameters {
		key, value, ok := strings.Cut(p, "=")
		if _, twice := r.Parameters[key]; !ok || twice {
			return run, misuse(testUsage, "test.parameter", p)
		}
		if r.Parameters == nil {
			r.Parameters = map[string]string{}
		}
		r.Parameters[key] = value
	}
	for _, at := range []struct {
		flag, text string
		to         **time.Time
	}{{"--since", *t.since, &r.Since}, {"--until", *t.until, &r.Until}} {
		if at.text == "" {
			continue
		}
		when, err := time.Parse(time.RFC3339, at.text)
		if err != nil {
			return run, misuse(testUsage, "time", at.flag, at.text)
		}
		*at.to = &when
	}
	return run, r.Validate()
}

// again takes the test of a data gap.
func (t *testFlags) again(g given) (web.RunTest, error) {
	now, err := g.present()
	if err != nil {
		return web.RunTest{}, err
	}
	i := slices.IndexFunc(now.Analysis.Gaps, func(gap postmortem.Gap) bool { return gap.ID == *t.gap })
	if i < 0 || now.Analysis.Gaps[i].Test == nil {
		return web.RunTest{}, fmt.Errorf("run the test of data gap %s of %s again: there is none that is run here; record what it showed with `safelight rca noted`: %w",
			*t.gap, g.args[0], journal.ErrNotFound)
	}
	gap := now.Analysis.Gaps[i]
	return web.RunTest{Hypothesis: gap.Hypothesis, Request: *gap.Test}, nil
}

// programKind tells what a program of the configuration is for. Where it cannot be told, the server says what is wrong.
func programKind(g given, name string) experiment.Kind {
	c, err := app.LoadWatch(g.dir)
	if p, ok := c.Tests[name]; err == nil && ok {
		return p.Kind()
	}
	return experiment.Replay
}

// buildNoted records a test that was run elsewhere.
func buildNoted(f flags) func(given) (any, error) {
	var evidence list
	hypothesis := f.String("hypothesis", "", "flag.test.hypothesis")
	method := f.String("method", "", "flag.test.method")
	result := f.String("result", "", fmt.Sprint(postmortem.Results()))
	text := f.String("text", "", "flag.remark")
	missing := f.String("missing", "", "flag.test.missing")
	f.Var(&evidence, "evidence", "flag.test.shown")
	return func(given) (any, error) {
		return postmortem.NoteTest{
			Hypothesis: *hypothesis, Method: *method, Result: postmortem.Result(*result), Evidence: evidence, Text: *text, Missing: *missing,
		}, nil
	}
}

// buildGap changes or closes a data gap.
func buildGap(f flags) func(given) (any, error) {
	gap := f.String("gap", "", "flag.gap")
	missing := f.String("missing", "", "flag.gap.missing")
	owner := f.String("owner", "", "flag.gap.owner")
	due := f.String("due", "", "flag.gap.due")
	closing := f.String("close", "", "flag.gap.needless")
	return func(g given) (any, error) {
		if *closing != "" {
			return postmortem.CloseGap{ID: *gap, Reason: *closing}, nil
		}
		c := postmortem.SetGap{ID: *gap, Missing: *missing, Due: *due}
		var err error
		if *owner != "" {
			c.Owner, err = g.person(*owner)
		}
		return c, err
	}
}

func buildJudgement(f flags) func(given) (any, error) {
	cause := f.String("cause", "", "flag.cause")
	reason := f.String("reason", "", "flag.cause.reason")
	return func(given) (any, error) { return postmortem.JudgeCause{Cause: *cause, Reason: *reason}, nil }
}

func buildComment(f flags) func(given) (any, error) {
	text := f.String("text", "", "flag.comment.text")
	section := f.String("section", "", "flag.comment.section")
	return func(given) (any, error) {
		return postmortem.AddComment{Section: postmortem.Field(*section), Text: *text}, nil
	}
}

func buildResolved(f flags) func(given) (any, error) {
	number := f.Int("comment", 0, "flag.number")
	text := f.String("text", "", "flag.comment.done")
	return func(given) (any, error) { return postmortem.ResolveComment{Number: *number, Text: *text}, nil }
}
