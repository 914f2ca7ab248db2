package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/web"
)

// incidentID tells an incident from a file.
var incidentID = regexp.MustCompile(`^PM-[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{2,9}$`)

// postmortemLint says what a document lacks, which of its words blame people, and, of an incident, what contradicts the journal.
func (c *cli) postmortemLint(ctx context.Context, args []string) error {
	f := newFlags("postmortem lint FILE.md|FILE.json|PM-… [--dir D] [--json]")
	dir := f.String("dir", ".", "flag.repository")
	asJSON := f.Bool("json", false, "flag.json")
	named, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	find := c.lintFile
	if incidentID.MatchString(named[0]) {
		find = func(id string) ([]web.LintProblem, error) { return c.lintIncident(ctx, *dir, id) }
	}
	rows, err := find(named[0])
	if err != nil {
		return fmt.Errorf("lint %s: %w", named[0], err)
	}
	if *asJSON {
		err = printJSON(c.stdout, rows)
	} else {
		c.printProblems(named[0], rows)
	}
	for _, p := range rows {
		if err == nil && p.Overruled == nil {
			return errFailed
		}
	}
	return err
}

func (c *cli) lintFile(path string) ([]web.LintProblem, error) {
	d, err := c.readDocument(path)
	if err != nil {
		return nil, err
	}
	if err := d.Validate(); err != nil {
		return nil, err
	}
	rows := []web.LintProblem{}
	for _, p := range postmortem.Lint(d) {
		rows = append(rows, web.ProblemOf(p, func(id people.ID) string { return string(id) }, c.lang()))
	}
	return rows, nil
}

func (c *cli) lintIncident(ctx context.Context, dir, id string) ([]web.LintProblem, error) {
	_, d, persons, err := c.standing(ctx, dir, id)
	rows := []web.LintProblem{}
	for _, p := range d.Problems {
		rows = append(rows, web.ProblemOf(p, func(id people.ID) string { return loginOf(persons, id) }, c.lang()))
	}
	return rows, err
}

// standing reads an incident, how its document stands, and the people.
func (c *cli) standing(ctx context.Context, dir, id string) (web.Case, web.Draft, []people.Person, error) {
	r, err := app.NewReader(ctx, dir)
	if err != nil {
		return web.Case{}, web.Draft{}, nil, err
	}
	defer r.Close()
	now, err := r.Case(ctx, id)
	if err != nil {
		return now, web.Draft{}, nil, err
	}
	persons, err := r.People(ctx)
	if err != nil {
		return now, web.Draft{}, nil, err
	}
	d, err := r.Document(ctx, now)
	return now, d, persons, err
}

// printProblems prints a line for each, as compilers do, and below it why and how to say it.
func (c *cli) printProblems(name string, rows []web.LintProblem) {
	for _, p := range rows {
		where := name
		if p.Line > 0 {
			where = fmt.Sprintf("%s:%d", name, p.Line)
		}
		if p.Section != "" {
			where += ": " + string(p.Section)
		}
		fmt.Fprintf(c.stdout, "%s: %s [%s %s]\n", where, p.Text, p.Rule, p.Pin)
		if p.Why != "" {
			fmt.Fprintf(c.stdout, "    %s %s\n", p.Why, p.Instead)
		}
		if o := p.Overruled; o != nil {
			fmt.Fprintln(c.stdout, "    "+phrase.Say(c.lang(), "page.problem.overruled", o.By, o.At.UTC().Format("2006-01-02 15:04 UTC"), o.Reason))
		}
	}
}

func buildOverrule(f flags) func(given) (any, error) {
	pin := f.String("problem", "", "flag.lint.problem")
	reason := f.String("reason", "", "flag.lint.reason")
	return func(given) (any, error) { return postmortem.OverruleProblem{Pin: *pin, Reason: *reason}, nil }
}

// postmortemStatus says of one incident, or of all whose postmortem is under way, who is to do what and how long is left.
func (c *cli) postmortemStatus(ctx context.Context, args []string) error {
	f := newReadFlags("postmortem status [ID] [--dir D] [--json]")
	ids, err := f.parse(args, 0, 1)
	if err != nil {
		return err
	}
	list, err := c.statuses(ctx, *f.dir, ids)
	if err != nil {
		return err
	}
	if *f.asJSON {
		return printJSON(c.stdout, list)
	}
	if len(list) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.postmortem.nothing-left"))
	}
	for _, s := range list {
		c.printStatus(s)
	}
	return nil
}

func (c *cli) statuses(ctx context.Context, dir string, ids []string) ([]web.PublicationStatus, error) {
	r, err := app.NewReader(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	all := len(ids) == 0
	if all {
		states, err := r.Incidents(ctx)
		if err != nil {
			return nil, err
		}
		for _, s := range states {
			if s.PublishedAt == nil && s.Closed == nil && s.Policy.Postmortem {
				ids = append(ids, s.ID)
			}
		}
	}
	list := []web.PublicationStatus{}
	for _, id := range ids {
		now, d, persons, err := c.standing(ctx, dir, id)
		if err != nil {
			return nil, err
		}
		list = append(list, web.StatusOf(now, d, persons, r.Now()).In(c.lang()))
	}
	return list, nil
}

func (c *cli) printStatus(s web.PublicationStatus) {
	l := c.lang()
	if len(s.Steps) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(l, "status.none", s.Incident))
		return
	}
	parts := []string{s.Incident, phrase.Say(l, phrase.Key("page.stage."+string(s.Stage)))}
	if s.Due != nil {
		key, left := phrase.Key("status.due"), s.Left
		if over, is := strings.CutPrefix(left, "-"); is {
			key, left = "status.over", over
		}
		parts = append(parts, phrase.Say(l, key, s.Due.UTC().Format("2006-01-02 15:04 UTC"), left))
	}
	if s.Problems > 0 {
		parts = append(parts, phrase.Say(l, "status.problems", s.Problems))
	}
	fmt.Fprintln(c.stdout, strings.Join(parts, ", "))
	marks := map[web.PublicationState]string{web.PublicationDone: "x", web.PublicationNow: ">", web.PublicationFailed: "!", web.PublicationLater: " "}
	for _, step := range s.Steps {
		line := fmt.Sprintf("  [%s] %s", marks[step.State], step.Text)
		if len(step.Who) > 0 {
			line += ": " + strings.Join(step.Who, ", ")
		}
		if step.At != nil {
			line += ", " + step.At.UTC().Format("2006-01-02 15:04 UTC")
		}
		if step.Error != "" {
			line += " (" + step.Error + ")"
		}
		fmt.Fprintln(c.stdout, line)
	}
}
