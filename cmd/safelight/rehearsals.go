package main

import (
	"context"
	"fmt"
	"io"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// runRehearsals lists the last rehearsals, or prints the report of one.
func runRehearsals(c *cli, ctx context.Context, args []string) error {
	f := newReadFlags("rehearsals [ID] [--dir D] [--markdown] [--json]")
	markdown := f.Bool("markdown", false, "flag.rehearsals.markdown")
	ids, err := f.parse(args, 0, 1)
	if err != nil {
		return err
	}
	r, err := app.NewReader(ctx, *f.dir)
	if err != nil {
		return err
	}
	defer r.Close()
	if len(ids) == 1 {
		report, err := r.Rehearsal(ctx, ids[0])
		if err != nil {
			return err
		}
		return c.printRehearsal(report, *f.asJSON, *markdown)
	}
	all, err := r.Rehearsals(ctx)
	if err != nil {
		return err
	}
	if *f.asJSON {
		return printJSON(c.stdout, all)
	}
	l := c.lang()
	if len(all.List) == 0 {
		_, err := fmt.Fprintln(c.stdout, phrase.Say(l, "cli.rehearsals.none"))
		return err
	}
	return c.table(func(w io.Writer) {
		for _, one := range all.List {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", one.ID, one.At.UTC().Format("2006-01-02 15:04"), one.Pipeline, phrase.Say(l, phrase.Key("rehearsal.verdict."+one.Verdict())), one.Took(l))
		}
	})
}

// printRehearsal prints a report; one that did not pass is a check that failed.
func (c *cli) printRehearsal(r web.Rehearsal, asJSON, markdown bool) error {
	l := c.lang()
	var err error
	switch {
	case asJSON:
		err = printJSON(c.stdout, r)
	case markdown:
		_, err = io.WriteString(c.stdout, r.Markdown(l))
	default:
		fmt.Fprintf(c.stdout, "%s  %s  %s\n", r.ID, r.Pipeline, phrase.Say(l, phrase.Key("rehearsal.verdict."+r.Verdict())))
		err = c.table(func(w io.Writer) {
			for _, s := range r.Steps {
				fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", s.Name(l), s.Result(l), s.Took(l), oneLine(s.Saw(l)))
			}
		})
		if err == nil && r.EndedAt != nil {
			_, err = fmt.Fprintln(c.stdout, phrase.Say(l, "rehearsal.line", phrase.Of("rehearsal.machine"), r.OfClock(l)))
		}
	}
	if err == nil && r.EndedAt != nil && !r.Passed {
		return errFailed
	}
	return err
}

// incidentRehearse has the server rehearse a containment.
func (c *cli) incidentRehearse(ctx context.Context, args []string) error {
	f := newFlags("incident rehearse --pipeline P [--dir D] [--json]")
	dir := f.String("dir", ".", "flag.repository")
	name := f.String("pipeline", "", "flag.rehearse.pipeline")
	asJSON := f.Bool("json", false, "flag.json")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	r, err := c.running(*dir, "rehearse")
	if err != nil {
		return err
	}
	var made web.Declared
	if err := r.decode(ctx, "/api/v1/rehearsals", map[string]string{"pipeline": *name}, &made); err != nil {
		return err
	}
	if *asJSON {
		return printJSON(c.stdout, made)
	}
	_, err = fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.rehearsed", made.ID))
	return err
}
