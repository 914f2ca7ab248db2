package main

import (
	"context"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// runOnCall says who is on call.
func runOnCall(c *cli, ctx context.Context, args []string) error {
	return c.choose(ctx, "oncall", []verb{{"who", (*cli).onCallWho}}, args)
}

// shift is the JSON of a turn.
type shift struct {
	Login string    `json:"login"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	Next  string    `json:"next"` // login of who takes over
}

func (c *cli) onCallWho(_ context.Context, args []string) error {
	f := newFlags("oncall who [--at TIME] [--dir D] [--json]")
	dir := f.String("dir", ".", "folder with safelight.yaml")
	at := f.String("at", "", "a moment, as 2025-09-27T04:12:00Z; now if absent")
	asJSON := f.Bool("json", false, "print as JSON")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	moment := time.Now()
	if *at != "" {
		var err error
		if moment, err = time.Parse(time.RFC3339, *at); err != nil {
			return usageError{fmt.Sprintf("oncall who: --at %q is not a moment as 2025-09-27T04:12:00Z", *at), "usage: safelight " + f.usage}
		}
	}
	config, _, err := app.Load(*dir)
	if err != nil {
		return err
	}
	schedule, err := oncall.NewSchedule(config.OnCall)
	if err != nil {
		return err
	}
	turn, next := schedule.At(moment), schedule.Next(moment)
	if *asJSON {
		return printJSON(c.stdout, shift{turn.Login, turn.From.UTC(), turn.Until.UTC(), next.Login})
	}
	_, err = fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.oncall.who", turn.Login, minute(turn.Until), next.Login))
	return err
}
