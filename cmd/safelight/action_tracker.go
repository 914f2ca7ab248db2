package main

import (
	"context"
	"fmt"
	"io"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/web"
)

// trackerChanges are the changes of an action that stands in a tracker too.
func trackerChanges() []change {
	return []change{
		{name: "change", usage: "ID ACTION [--title T] [--owner LOGIN] [--due DATE]", args: 2, build: buildActionChange},
		{name: "link", usage: "ID ACTION ISSUE", args: 3, build: func(flags) func(given) (any, error) {
			return func(g given) (any, error) { return prevention.LinkAction{ID: g.args[1], Key: g.args[2]}, nil }
		}},
		{name: "unlink", usage: "ID ACTION", args: 2, build: func(flags) func(given) (any, error) {
			return func(g given) (any, error) { return prevention.UnlinkAction{ID: g.args[1]}, nil }
		}},
		{name: "resolve", usage: "ID ACTION title|owner|due|state --keep ours|theirs [--proof LINK]", args: 3, must: []string{"keep"}, build: buildResolve},
	}
}

func buildActionChange(f flags) func(given) (any, error) {
	title := f.String("title", "", "flag.action.title")
	owner := f.String("owner", "", "flag.action.owner")
	due := f.String("due", "", "flag.action.due")
	return func(g given) (any, error) {
		c := prevention.ChangeAction{ID: g.args[1], Title: *title, Due: *due}
		var err error
		if *owner != "" {
			c.Owner, err = g.person(*owner)
		}
		return c, err
	}
}

func buildResolve(f flags) func(given) (any, error) {
	keep := f.String("keep", "", "flag.action.keep")
	proof := f.String("proof", "", "flag.action.evidence")
	return func(g given) (any, error) {
		return prevention.ResolveConflict{ID: g.args[1], Field: prevention.Field(g.args[2]), Keep: *keep, Proof: *proof}, nil
	}
}

// actionSync brings an action, or all open ones, together with their issues; those without an issue get one.
func (c *cli) actionSync(ctx context.Context, args []string) error {
	f := newWriteFlags("action sync [ID ACTION] [--dir D] [--as LOGIN] [--json]")
	rest, err := f.parse(args, 0, 2)
	if err != nil {
		return err
	}
	if len(rest) == 1 {
		return misuse(f.usage, "sync")
	}
	wanted := []actionRow{}
	if len(rest) == 2 {
		wanted = append(wanted, actionRow{Incident: rest[0], ID: rest[1]})
	} else if wanted, err = actionRows(ctx, *f.dir, true); err != nil {
		return err
	}
	w, err := c.writer(ctx, f)
	if err != nil {
		return err
	}
	if err := c.performAll(ctx, f, w, wanted); err != nil {
		return err
	}
	return c.printIssues(ctx, *f.dir, *f.asJSON, func(a web.RoadmapAction) bool {
		return len(rest) == 0 || a.Incident == rest[0] && a.ID == rest[1]
	})
}

// performAll asks for the sync of each action and lets the effects run.
func (c *cli) performAll(ctx context.Context, f writeFlags, w writer, wanted []actionRow) (err error) {
	defer func() {
		if closed := w.close(); err == nil {
			err = closed
		}
	}()
	for _, a := range wanted {
		if err := w.perform(ctx, a.Incident, prevention.SyncAction{ID: a.ID}); err != nil {
			return err
		}
	}
	bounded, cancel := context.WithTimeout(ctx, *f.wait)
	defer cancel()
	if err := w.settle(bounded, nil); err != nil && bounded.Err() == nil {
		return err
	}
	return nil // what is still on its way is printed as it stands
}

// actionConflicts prints what somebody has to choose about.
func (c *cli) actionConflicts(ctx context.Context, args []string) error {
	f := newReadFlags("action conflicts [--dir D] [--json]")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	return c.printIssues(ctx, *f.dir, *f.asJSON, func(a web.RoadmapAction) bool { return len(a.Conflicts) > 0 })
}

// printIssues prints actions with their issues and conflicts.
func (c *cli) printIssues(ctx context.Context, dir string, asJSON bool, which func(web.RoadmapAction) bool) error {
	r, err := app.NewReader(ctx, dir)
	if err != nil {
		return err
	}
	defer r.Close()
	all, err := r.Roadmap(ctx, false)
	if err != nil {
		return err
	}
	persons, err := r.People(ctx)
	if err != nil {
		return err
	}
	web.SortRoadmap(all)
	list := []web.RoadmapAction{}
	for _, a := range all {
		if which(a) {
			list = append(list, a)
		}
	}
	if asJSON {
		return printJSON(c.stdout, list)
	}
	if len(list) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "backlog.no-conflict"))
	}
	return c.table(func(w io.Writer) {
		for _, a := range list {
			issue := phrase.Say(c.lang(), "backlog.value.none")
			if a.Issue != nil {
				issue = a.Issue.URL
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", a.Incident, a.ID, issue, oneLine(a.Title))
			for _, o := range a.Conflicts {
				fmt.Fprintf(w, "\t\t%s\t\n", oneLine(web.ConflictText(o, func(id people.ID) string { return loginOf(persons, id) }).In(c.lang())))
			}
		}
	})
}
