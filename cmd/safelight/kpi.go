package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"time"

	"github.com/safelight-dev/safelight/internal/kpi"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// figures is the JSON of the KPIs at a moment.
type figures struct {
	At      time.Time `json:"at"`
	Figures []figure  `json:"figures"`
}

// figure is a KPI with what a sceptic asks for.
type figure struct {
	kpi.Figure
	Name       string `json:"name"`
	Definition string `json:"definition"`
}

// runKPI prints the figures that the journal gives, each with its population.
func runKPI(c *cli, ctx context.Context, args []string) error {
	f := newReadFlags("kpi [--csv | --json] [--dir D]")
	asCSV := f.Bool("csv", false, "print as CSV")
	r, _, err := f.open(ctx, args, 0)
	if err != nil {
		return err
	}
	defer r.Close()
	list, at, err := r.KPIs(ctx)
	if err != nil {
		return err
	}
	switch {
	case *f.asJSON:
		out := figures{At: at}
		for _, k := range list {
			out.Figures = append(out.Figures, figure{k, k.Name().In(c.lang()), k.Definition().In(c.lang())})
		}
		return printJSON(c.stdout, out)
	case *asCSV:
		return writeKPIs(c.stdout, list, at, c.lang())
	}
	return c.table(func(w io.Writer) {
		for _, k := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.Name().In(c.lang()), k.Text(c.lang()),
				phrase.Say(c.lang(), "cli.kpi.population", k.N, k.Open), k.Definition().In(c.lang()))
		}
	})
}

func writeKPIs(out io.Writer, list []kpi.Figure, at time.Time, l phrase.Lang) error {
	w := csv.NewWriter(out)
	w.Write(kpi.Header()) // errors are kept and checked at the end
	for _, k := range list {
		w.Write(k.Row(at, l))
	}
	w.Flush()
	return w.Error()
}
