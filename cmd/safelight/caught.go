package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/prevention"
)

const caughtUsage = "caught [--controls N] [--base DIR|REV --change DIR|REV] [--require PERCENT] [--false-alarms N] [--dir D] [--json]"

// runCaught says which incidents of the past today's guards would have caught. With --require or --false-alarms it is a check, which ends with 1
// where it falls short.
func runCaught(c *cli, ctx context.Context, args []string) error {
	f := newReadFlags(caughtUsage)
	var o app.CaughtOptions
	f.IntVar(&o.Controls, "controls", app.DefaultControls, "flag.caught.controls")
	f.StringVar(&o.Base, "base", "", "flag.caught.base")
	f.StringVar(&o.Change, "change", "", "flag.caught.change")
	require := f.Float64("require", 0, "flag.caught.require")
	alarms := f.Int("false-alarms", -1, "flag.caught.false-alarms")
	r, _, err := f.open(ctx, args, 0)
	if err != nil {
		return err
	}
	defer r.Close()
	if (o.Base == "") != (o.Change == "") || o.Controls < 0 || *require < 0 || *require > 100 {
		return misuse(caughtUsage, "caught")
	}
	config, err := app.LoadWatch(*f.dir)
	if err != nil {
		return err
	}
	o.Lang = c.lang()
	caught, err := r.Caught(ctx, config, o)
	if err != nil {
		return err
	}
	if *f.asJSON {
		err = printJSON(c.stdout, caught)
	} else {
		err = c.printCaught(caught)
	}
	if err != nil {
		return err
	}
	if 100*caught.Share() < *require || *alarms >= 0 && caught.Alarms > *alarms {
		return errFailed
	}
	return nil
}

// printCaught prints a line for each incident and for each false alarm, and the sum.
func (c *cli) printCaught(caught prevention.Caught) error {
	say := func(key phrase.Key, args ...any) string { return phrase.Say(c.lang(), key, args...) }
	err := c.table(func(w io.Writer) {
		for _, one := range caught.Cases {
			verdict, why := say("caught.missed"), say("caught.nothing-fails", one.Images, one.Tables)
			switch {
			case !one.Tried():
				verdict, why = say("caught.untried"), say("caught.nothing-kept")
			case one.Caught():
				var by []string
				for _, b := range one.By {
					by = append(by, b.Guard+" ("+b.Text+")")
				}
				verdict, why = say("caught.caught"), strings.Join(by, "; ")
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", verdict, one.Incident, one.Severity, one.Pipeline, why)
		}
		for _, a := range caught.FalseAlarms {
			fmt.Fprintf(w, "%s\t%s\t\t\t%s: %s\n", say("caught.false-alarm"), a.Subject, a.Guard, a.Text)
		}
	})
	if err != nil {
		return err
	}
	k, n, untried := caught.Count()
	fmt.Fprintln(c.stdout, say("caught.sum", k, n, untried, caught.Controls, caught.Alarms))
	return nil
}
