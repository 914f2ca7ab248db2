package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/web"
)

func buildActionPlan(f flags) func(given) (any, error) {
	slot := f.String("slot", "", "flag.action.slot")
	return func(g given) (any, error) { return prevention.PlanAction{ID: g.args[1], Slot: *slot}, nil }
}

// actionRoadmap prints the actions of all incidents by slot, in the order of value.
func (c *cli) actionRoadmap(ctx context.Context, args []string) error {
	f := newReadFlags("action roadmap [--all] [--csv] [--dir D] [--json]")
	all := f.Bool("all", false, "flag.action.all")
	asCSV := f.Bool("csv", false, "flag.csv")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	r, err := app.NewReader(ctx, *f.dir)
	if err != nil {
		return err
	}
	defer r.Close()
	list, err := r.Roadmap(ctx, !*all)
	if err != nil {
		return err
	}
	web.SortRoadmap(list)
	switch {
	case *f.asJSON:
		return printJSON(c.stdout, append([]web.RoadmapAction{}, list...))
	case *asCSV:
		return c.roadmapCSV(list)
	case len(list) == 0:
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.action.none"))
		return nil
	}
	return c.table(func(w io.Writer) {
		for _, s := range web.Slots(list) {
			fmt.Fprintf(w, "%s\t\t\t\t\t\n", s.Name)
			for _, a := range s.Actions {
				fmt.Fprintf(w, "  %d\t%s %s\t%s/%s\t%s\t%s\t%s\n", a.Rank, a.Incident, a.ID, a.Impact, a.Effort, a.Due, a.Owner, a.Title)
			}
		}
	})
}

func (c *cli) roadmapCSV(list []web.RoadmapAction) error {
	out := csv.NewWriter(c.stdout)
	out.UseCRLF = true // RFC 4180
	rows := [][]string{web.RoadmapHeader()}
	for _, a := range list {
		rows = append(rows, a.Row())
	}
	return out.WriteAll(rows)
}
