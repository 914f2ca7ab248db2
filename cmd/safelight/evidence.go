package main

import (
	"context"
	"fmt"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// evidenceVerify compares the evidence of one incident, or of all, with the journal.
func (c *cli) evidenceVerify(ctx context.Context, args []string) error {
	f := newFlags("rca evidence verify [ID]... [--dir D] [--json]")
	dir := f.String("dir", ".", "flag.repository")
	asJSON := f.Bool("json", false, "flag.json")
	ids, err := f.parse(args, 0, -1)
	if err != nil {
		return err
	}
	r, err := app.NewReader(ctx, *dir)
	if err != nil {
		return err
	}
	defer r.Close()
	if len(ids) == 0 {
		all, err := r.Incidents(ctx)
		if err != nil {
			return err
		}
		for _, s := range all {
			ids = append(ids, s.ID)
		}
	}
	reports, wrong := []app.EvidenceReport{}, false
	for _, id := range ids {
		report, err := r.VerifyEvidence(ctx, id)
		if err != nil {
			return err
		}
		wrong = wrong || len(report.Problems) > 0
		reports = append(reports, report)
	}
	if *asJSON {
		err = printJSON(c.stdout, reports)
	} else {
		c.printEvidence(reports)
	}
	if err == nil && wrong {
		return errFailed
	}
	return err
}

func (c *cli) printEvidence(reports []app.EvidenceReport) {
	l := c.lang()
	for _, r := range reports {
		if len(r.Problems) == 0 {
			fmt.Fprintln(c.stdout, phrase.Say(l, "cli.evidence.whole", r.Incident, r.Files))
		}
		for _, p := range r.Problems {
			fmt.Fprintln(c.stdout, phrase.Say(l, "cli.evidence.problem", r.Incident, p.Path, phrase.Say(l, phrase.Key("evidence.problem."+string(p.Fault)))))
		}
	}
}
