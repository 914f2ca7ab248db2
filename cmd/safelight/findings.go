package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/web"
)

// runFindings lists the delivered images that break a rule of their metadata policy, beside a server if there is one.
func runFindings(c *cli, ctx context.Context, args []string) error {
	f := newReadFlags("findings [--pipeline P] [--kind K] [--dir D] [--json]")
	name := f.String("pipeline", "", "flag.findings.pipeline")
	kind := f.String("kind", "", "flag.findings.kind")
	r, _, err := f.open(ctx, args, 0)
	if err != nil {
		return err
	}
	defer r.Close() // only read
	q := web.FindingQuery{Pipeline: *name, Kind: pipeline.Breach(*kind), Limit: web.MaxFindings}
	list := []web.ListedFinding{}
	for more := true; more; {
		page, err := r.Findings(ctx, q)
		if err != nil {
			return err
		}
		list = append(list, page.Findings...)
		if more = page.Next != ""; more {
			if q.After, err = web.ParseFindingPlace(page.Next); err != nil {
				return err
			}
		}
	}
	return c.printFindings(list, *f.asJSON)
}

func (c *cli) printFindings(list []web.ListedFinding, asJSON bool) error {
	switch {
	case asJSON:
		return printJSON(c.stdout, list)
	case len(list) == 0:
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.findings.none"))
		return nil
	}
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, phrase.Say(c.lang(), "cli.findings.columns"))
	for _, one := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", minute(one.Since), one.Pipeline, oneLine(one.Path), oneLine(one.Says(c.lang())))
	}
	return w.Flush()
}
