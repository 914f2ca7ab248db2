package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/runbook"
	"github.com/safelight-dev/safelight/internal/web"
)

// stepVerb is what can be done to a step, after the incident's id.
type stepVerb struct {
	name string
	change
}

func stepVerbs() []stepVerb {
	return []stepVerb{
		{"run", change{name: "runbook", usage: "ID run STEP [--again]", args: 3, build: buildRunStep}},
		{"done", change{name: "runbook", usage: "ID done STEP [--note T]", args: 3, build: buildFinishStep}},
		{"skip", change{name: "runbook", usage: "ID skip STEP --reason T", args: 3, must: []string{"reason"}, build: buildSkipStep}},
		{"tell", change{name: "runbook", usage: "ID tell STEP [--situation S] [--mitigation M] [--next N]", args: 3, build: buildTellStep}},
	}
}

// incidentRunbook shows the runbook of an incident, or does something about a step of it.
func (c *cli) incidentRunbook(ctx context.Context, args []string) error {
	if len(args) < 2 || strings.HasPrefix(args[1], "-") {
		return c.showRunbook(ctx, args)
	}
	names := []string{"show", "plan"}
	for _, v := range stepVerbs() {
		names = append(names, v.name)
		if args[1] == v.name {
			return c.doStep(ctx, v, args)
		}
	}
	switch args[1] {
	case "show":
		return c.showRunbook(ctx, slices.Delete(slices.Clone(args), 1, 2))
	case "plan":
		return c.planStep(ctx, args)
	}
	return misuse("incident runbook ID ["+strings.Join(names, " | ")+"]", "verb", strconv.Quote(args[1]))
}

// doStep does something about a step. Of a run it says how that ended, and fails where it did.
func (c *cli) doStep(ctx context.Context, v stepVerb, args []string) error {
	var about given
	build := v.build
	v.build = func(f flags) func(given) (any, error) {
		made := build(f)
		return func(g given) (any, error) {
			about = g
			return made(g)
		}
	}
	err := v.verb("incident").run(c, ctx, args)
	if v.name != "run" || about.dir == "" || err != nil && !errors.Is(err, errFailed) {
		return err
	}
	about.ctx = context.WithoutCancel(ctx)
	_, st, standing := about.standing()
	if standing != nil {
		return errors.Join(err, standing)
	}
	// Standard error, since standard output may be asked for as JSON.
	fmt.Fprintf(c.stderr, "%s: %s\n", st.Name, phrase.Say(c.lang(), phrase.Key("runbook.status."+string(st.Status))))
	c.printResults(c.stderr, []incident.Standing{st})
	if err == nil && (st.Status == incident.StepIsBad || st.Status == incident.StepIsFailed || st.Status == incident.StepIsUnknown) {
		return errFailed
	}
	return err
}

func (c *cli) showRunbook(ctx context.Context, args []string) error {
	f := newReadFlags("incident runbook ID [show | plan STEP | run STEP | done STEP | skip STEP | tell STEP] [--dir D] [--json]")
	r, ids, err := f.open(ctx, args, 1)
	if err != nil {
		return err
	}
	defer r.Close()
	now, err := r.Case(ctx, ids[0])
	if err != nil {
		return err
	}
	report := web.RunbookOf(now.Incident, "")
	if *f.asJSON {
		return printJSON(c.stdout, report)
	}
	l := c.lang()
	fmt.Fprintf(c.stdout, "%s  %s\n", report.Incident, oneLine(now.Incident.Runbook().TitleIn(l)))
	if report.Elsewhere != "" {
		fmt.Fprintf(c.stdout, "%s: %s\n", phrase.Say(l, "runbook.elsewhere"), oneLine(report.Elsewhere))
	}
	err = c.table(func(w io.Writer) {
		for _, st := range report.Steps {
			mark := " "
			if st.Name == report.Next {
				mark = ">"
			}
			within := ""
			if st.Within.To > 0 {
				within = phrase.Say(l, "runbook.minutes", st.Within.From, st.Within.To)
			}
			fmt.Fprintf(w, "%s %s\t%s\t%s\t%s\n", mark, st.Name, within, phrase.Say(l, phrase.Key("runbook.status."+string(st.Status))), oneLine(st.Text.In(l)))
		}
	})
	c.printResults(c.stdout, report.Steps)
	return err
}

// printResults prints what checks have seen and commands have written.
func (c *cli) printResults(to io.Writer, steps []incident.Standing) {
	l := c.lang()
	for _, st := range steps {
		if st.Result == nil {
			continue
		}
		var lines []string
		for _, s := range st.Result.Says {
			lines = append(lines, oneLine(s.In(l)))
		}
		if st.Result.Note != "" {
			lines = append(lines, oneLine(st.Result.Note))
		}
		if o := st.Result.Output; o != nil {
			lines = append(lines, phrase.Say(l, "runbook.output", o.Bytes))
			for line := range strings.Lines(o.Text) {
				lines = append(lines, "  "+oneLine(line))
			}
		}
		if len(lines) == 0 {
			continue
		}
		fmt.Fprintf(to, "\n%s\n  %s\n", st.Name, strings.Join(lines, "\n  "))
	}
}

// standing is the step that the command is about, as it stands.
func (g given) standing() (incident.State, incident.Standing, error) {
	c, err := g.present()
	if err != nil {
		return c.Incident, incident.Standing{}, err
	}
	st, _ := c.Incident.Standing(g.args[2]) // that there is none is the domain's to say
	return c.Incident, st, nil
}

func buildRunStep(f flags) func(given) (any, error) {
	again := f.Bool("again", false, "flag.runbook.again")
	return func(g given) (any, error) {
		command := incident.RunStep{Step: g.args[2]}
		_, st, err := g.standing()
		if err != nil {
			return nil, err
		}
		if *again {
			command.Run = st.Runs + 1
		}
		return command, waitFor(f, st.Step)
	}
}

// waitFor waits as long as a command may take, unless told otherwise: where no server runs, it ends with the program that began it.
func waitFor(f flags, s runbook.Step) error {
	told := false
	f.Visit(func(set *flag.Flag) { told = told || set.Name == "wait" })
	if longest := s.Limit() + effectsWait; s.Kind() == runbook.KindCommand && !told {
		return f.Set("wait", longest.String())
	}
	return nil
}

func buildFinishStep(f flags) func(given) (any, error) {
	note := f.String("note", "", "flag.runbook.note")
	return func(g given) (any, error) { return incident.FinishStep{Step: g.args[2], Note: *note}, nil }
}

func buildSkipStep(f flags) func(given) (any, error) {
	reason := f.String("reason", "", "flag.runbook.reason")
	return func(g given) (any, error) { return incident.SkipStep{Step: g.args[2], Reason: *reason}, nil }
}

// buildTellStep sends the prepared text, but for the parts that are given.
func buildTellStep(f flags) func(given) (any, error) {
	situation := f.String("situation", "", "flag.runbook.situation")
	mitigation := f.String("mitigation", "", "flag.runbook.mitigation")
	next := f.String("next", "", "flag.runbook.next")
	return func(g given) (any, error) {
		s, st, err := g.standing()
		if err != nil {
			return nil, err
		}
		if st.Kind() != runbook.KindMessage {
			return nil, fmt.Errorf("send step %q of %s: it is no message: %w", g.args[2], g.args[0], journal.ErrInvalid)
		}
		update := s.Filled(*st.Message, g.cli.lang())
		for _, part := range []struct{ given, text *string }{{situation, &update.Situation}, {mitigation, &update.Mitigation}, {next, &update.Next}} {
			if *part.given != "" {
				*part.text = *part.given
			}
		}
		return incident.TellStep{Step: g.args[2], SendUpdate: update}, nil
	}
}
