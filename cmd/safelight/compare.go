package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/suspect"
)

// rcaCompare ranks what the bad images of an incident have in common that the good ones have not.
func (c *cli) rcaCompare(ctx context.Context, args []string) error {
	f := newReadFlags("rca compare ID [--harm quality|metadata|KIND] [--since T] [--until T] [--dir D] [--json]")
	harm := f.String("harm", "", "flag.compare.harm")
	since := f.String("since", "", "flag.compare.since")
	until := f.String("until", "", "flag.compare.until")
	r, rest, err := f.open(ctx, args, 1)
	if err != nil {
		return err
	}
	defer r.Close() // it was only read
	q := suspect.Query{Harm: suspect.Harm(*harm)}
	for _, t := range []struct {
		flag, text string
		at         *time.Time
	}{{"--since", *since, &q.Since}, {"--until", *until, &q.Until}} {
		if t.text == "" {
			continue
		}
		if *t.at, err = time.Parse(time.RFC3339, t.text); err != nil {
			return misuse(f.usage, "time", t.flag, t.text)
		}
	}
	found, err := r.Compare(ctx, rest[0], q)
	if err != nil {
		return err
	}
	if *f.asJSON {
		return printJSON(c.stdout, found)
	}
	return c.printComparison(found)
}

// maxSuspects is how many lines of a ranking are worth reading.
const maxSuspects = 12

func (c *cli) printComparison(found suspect.Comparison) error {
	l := c.lang()
	fmt.Fprintln(c.stdout, phrase.Say(l, "compare.said", found.Bad, found.Good, found.Pipeline, found.Since.Format("2006-01-02 15:04 UTC"), found.Until.Format("2006-01-02 15:04 UTC"), phrase.Say(l, found.Harm.Phrase())))
	if found.Bad == 0 {
		return nil
	}
	fmt.Fprintln(c.stdout, phrase.Say(l, "compare.onset", found.Onset.Format("2006-01-02 15:04:05 UTC")))
	if found.Untold > 0 {
		fmt.Fprintln(c.stdout, phrase.Say(l, "compare.untold", found.Untold))
	}
	fmt.Fprintln(c.stdout)
	err := c.table(func(w io.Writer) {
		fmt.Fprintln(w, phrase.Say(l, "compare.head"))
		for _, s := range found.Suspects[:min(len(found.Suspects), maxSuspects)] {
			bad, good := found.Of(s.Among)
			fmt.Fprintf(w, "%.2f\t%s\t%d/%d\t%d/%d\t%s\t%s\n", s.Score, s.Attribute, s.Bad, bad, s.Good, good,
				phrase.Say(l, phrase.Key("compare.among."+string(s.Among))), phrase.Say(l, phrase.Key("compare.origin."+s.Origin.String())))
			for _, same := range s.Same {
				fmt.Fprintf(w, "\t= %s\t\t\t\t%s\n", same, phrase.Say(l, phrase.Key("compare.origin."+same.Origin.String())))
			}
		}
	})
	if err != nil {
		return err
	}
	for _, u := range found.Unrecorded {
		fmt.Fprintln(c.stdout, phrase.Say(l, "compare.unrecorded", u.Key, u.Bad, u.Good))
	}
	return nil
}
