package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/safelight-dev/safelight/internal/kpi"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// runKPI prints the figures that the journal gives, each with its population; or makes the quarterly review of them.
func runKPI(c *cli, ctx context.Context, args []string) error {
	if verbs := []verb{{"review", (*cli).kpiReview}, {"held", (*cli).kpiHeld}}; len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		return c.choose(ctx, "kpi", verbs, args)
	}
	f := newReadFlags("kpi [review | held] [--period 2025-Q3] [--severity S0,S1] [--csv | --json] [--dir D]")
	period := f.String("period", "", "flag.period")
	severity := f.String("severity", "", "flag.severities")
	asCSV := f.Bool("csv", false, "flag.csv")
	r, _, err := f.open(ctx, args, 0)
	if err != nil {
		return err
	}
	defer r.Close()
	q, err := kpi.ParseQuery(*period, *severity)
	if err != nil {
		return err
	}
	report, err := r.KPIs(ctx, q)
	if err != nil {
		return err
	}
	switch {
	case *f.asJSON:
		return printJSON(c.stdout, web.FiguresOf(report, c.lang()))
	case *asCSV:
		return writeKPIs(c.stdout, report, c.lang())
	}
	return c.table(func(w io.Writer) {
		for _, k := range report.Figures {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", kpiName(k, c.lang()), k.Text(c.lang()), k.P90Text(c.lang()),
				phrase.Say(c.lang(), "cli.kpi.population", k.N, k.Open), k.Definition().In(c.lang()))
		}
	})
}

func kpiName(f kpi.Figure, l phrase.Lang) string {
	if f.Of == "" {
		return f.Name().In(l)
	}
	return f.Name().In(l) + ", " + f.OfText(l)
}

func writeKPIs(out io.Writer, r kpi.Report, l phrase.Lang) error {
	w := csv.NewWriter(out)
	w.Write(kpi.Header()) // errors are kept and checked at the end
	w.WriteAll(r.Rows(l))
	return w.Error()
}
