package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
)

// runAction lists, adds and closes corrective actions.
func runAction(c *cli, ctx context.Context, args []string) error {
	verbs := []verb{{"list", (*cli).actionList}, {"roadmap", (*cli).actionRoadmap}, {"sync", (*cli).actionSync}, {"conflicts", (*cli).actionConflicts}, {"export", (*cli).actionExport}, {"import", (*cli).actionImport}}
	for _, ch := range slices.Concat(actionChanges(), trackerChanges()) {
		verbs = append(verbs, ch.verb("action"))
	}
	return c.choose(ctx, "action", verbs, args)
}

func actionChanges() []change {
	return []change{
		{name: "add", usage: "ID --title T --owner LOGIN --due DATE --domain D --impact S|M|L --effort S|M|L", args: 1, must: []string{"title", "owner", "due", "domain"}, build: buildAction},
		{name: "plan", usage: "ID ACTION [--slot 2025-Q4|MILESTONE]", args: 2, build: buildActionPlan},
		{name: "close", usage: "ID ACTION --proof TEST|gate|guards.luts|LINK|COMMIT", args: 2, must: []string{"proof"}, build: buildActionEnd},
		{name: "confirm", usage: "ID ACTION", args: 2, build: func(flags) func(given) (any, error) {
			return func(g given) (any, error) { return prevention.ConfirmAction{ID: g.args[1]}, nil }
		}},
		{name: "doubt", usage: "ID ACTION --reason TEXT", args: 2, must: []string{"reason"}, build: buildActionDoubt},
	}
}

func buildAction(f flags) func(given) (any, error) {
	title := f.String("title", "", "flag.action.title")
	owner := f.String("owner", "", "flag.action.owner")
	due := f.String("due", "", "flag.action.due")
	domain := f.String("domain", "", fmt.Sprint(postmortem.Domains()))
	impact := f.String("impact", string(prevention.Medium), fmt.Sprint(prevention.Sizes()))
	effort := f.String("effort", string(prevention.Medium), fmt.Sprint(prevention.Sizes()))
	return func(g given) (any, error) {
		id, err := g.person(*owner)
		return prevention.AddAction{
			Title: *title, Domain: postmortem.Domain(*domain), Owner: id, Due: *due,
			Impact: prevention.Size(*impact), Effort: prevention.Size(*effort),
		}, err
	}
}

func buildActionEnd(f flags) func(given) (any, error) {
	proof := f.String("proof", "", "flag.action.proof")
	return func(g given) (any, error) { return prevention.CloseAction{ID: g.args[1], Proof: *proof}, nil }
}

func buildActionDoubt(f flags) func(given) (any, error) {
	reason := f.String("reason", "", "flag.action.doubt")
	return func(g given) (any, error) { return prevention.DoubtAction{ID: g.args[1], Reason: *reason}, nil }
}

// actionRow is the JSON of an action.
type actionRow struct {
	Incident string `json:"incident"`
	ID       string `json:"id"`
	Title    string `json:"title"`
	Owner    string `json:"owner"` // login
	Due      string `json:"due"`
	State    string `json:"state"`
	Overdue  bool   `json:"overdue,omitempty"`
}

// actionList prints the open actions of all incidents, the earliest due first.
func (c *cli) actionList(ctx context.Context, args []string) error {
	f := newFlags("action list [--all] [--dir D] [--json]")
	dir := f.String("dir", ".", "flag.repository")
	all := f.Bool("all", false, "flag.action.all")
	asJSON := f.Bool("json", false, "flag.json")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	rows, err := actionRows(ctx, *dir, !*all)
	if err != nil {
		return err
	}
	if *asJSON {
		return printJSON(c.stdout, rows)
	}
	if len(rows) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.action.none"))
	}
	return c.table(func(w io.Writer) {
		for _, a := range rows {
			key := phrase.Key("cli.action." + a.State)
			if a.Overdue {
				key = "cli.action.overdue"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", a.Incident, a.ID, phrase.Say(c.lang(), key), a.Due, a.Owner, a.Title)
		}
	})
}

func actionRows(ctx context.Context, dir string, openOnly bool) ([]actionRow, error) {
	r, err := app.NewReader(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	actions, err := r.Actions(ctx, openOnly)
	if err != nil {
		return nil, err
	}
	persons, err := r.People(ctx)
	if err != nil {
		return nil, err
	}
	today := r.Now().UTC().Format(prevention.DateLayout)
	rows := make([]actionRow, 0, len(actions))
	for _, a := range actions {
		rows = append(rows, actionRow{
			a.Incident, a.ID, a.Title, loginOf(persons, people.ID(a.Owner)), a.Due, a.State, a.State == "open" && a.Due < today,
		})
	}
	return rows, nil
}

// loginOf gives the login of a person, or the id where the account is gone.
func loginOf(persons []people.Person, id people.ID) string {
	if i := slices.IndexFunc(persons, func(p people.Person) bool { return p.ID == id }); i >= 0 {
		return persons[i].Login
	}
	return string(id)
}
