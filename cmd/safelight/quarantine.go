package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/web"
)

// runQuarantine lists, releases and discards images that are held.
func runQuarantine(c *cli, ctx context.Context, args []string) error {
	return c.choose(ctx, "quarantine", []verb{
		{"list", (*cli).quarantineList}, {"show", (*cli).quarantineShow}, {"release", (*cli).quarantineRelease},
		{"discard", (*cli).quarantineDiscard}, {"retry", (*cli).quarantineRetry},
	}, args)
}

// allHeld is more than one list of the command shows of the past.
const allHeld = 100_000

func (c *cli) quarantineList(ctx context.Context, args []string) error {
	f := newReadFlags("quarantine list [--all] [--incident PM-ID] [--pipeline P] [--dir D] [--json]")
	all := f.Bool("all", false, "flag.quarantine.all")
	q := web.HeldQuery{Limit: allHeld}
	f.StringVar(&q.Incident, "incident", "", "flag.quarantine.incident")
	f.StringVar(&q.Pipeline, "pipeline", "", "flag.quarantine.pipeline")
	r, _, err := f.open(ctx, args, 0)
	if err != nil {
		return err
	}
	defer r.Close() // only read
	q.Active = !*all
	list, err := r.Quarantine(ctx, q)
	switch {
	case err != nil:
		return err
	case *f.asJSON:
		return printJSON(c.stdout, append([]quarantine.Item{}, list...))
	case len(list) == 0:
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.quarantine.none"))
		return nil
	}
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, phrase.Say(c.lang(), "cli.quarantine.columns"))
	for _, i := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", i.ID, c.heldStatus(i), minute(i.HeldAt), i.Pipeline, oneLine(i.Path), c.heldKinds(i))
	}
	return w.Flush()
}

func (c *cli) heldStatus(i quarantine.Item) string {
	return phrase.Say(c.lang(), phrase.Key("quarantine.status."+string(i.Status)))
}

// heldKinds says why an image is held.
func (c *cli) heldKinds(i quarantine.Item) string { return web.KindsOf(c.lang(), i.Held) }

func (c *cli) quarantineShow(ctx context.Context, args []string) error {
	f := newReadFlags("quarantine show Q-ID [--dir D] [--json]")
	r, ids, err := f.open(ctx, args, 1)
	if err != nil {
		return err
	}
	defer r.Close() // only read
	return c.printHeld(ctx, r, ids[0], *f.asJSON)
}

// printHeld says all of one image: why it is held, whether it was public, where it stands.
func (c *cli) printHeld(ctx context.Context, r *app.Reader, id string, asJSON bool) error {
	i, err := r.QuarantineItem(ctx, id)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(c.stdout, i)
	}
	l := c.lang()
	fmt.Fprintln(c.stdout, phrase.Say(l, "cli.quarantine.standing", i.ID, c.heldStatus(i.Item)))
	fmt.Fprintf(c.stdout, "  %s · %s", i.Pipeline, oneLine(i.Path))
	if i.Incident != "" {
		fmt.Fprintf(c.stdout, " · %s", i.Incident)
	}
	fmt.Fprintf(c.stdout, "\n  %s · %s\n", phrase.Say(l, "quarantine.since", minute(i.HeldAt)), i.SHA256)
	for _, finding := range i.Findings {
		fmt.Fprintf(c.stdout, "  %s: %s\n", web.KindsOf(l, quarantine.Held{Findings: []quarantine.Finding{finding}}),
			strings.Join(append(append([]string{}, finding.Fields...), finding.Entities...), ", "))
		for _, why := range finding.Reasons {
			fmt.Fprintln(c.stdout, "    "+phrase.Say(l, "quarantine.reasons", oneLine(why)))
		}
	}
	for _, say := range web.HeldCourse(l, i, minute) {
		fmt.Fprintln(c.stdout, "  "+say)
	}
	if i.Problem != "" {
		fmt.Fprintln(c.stdout, "  "+phrase.Say(l, "cli.quarantine.problem", oneLine(i.Why().In(l))))
	}
	for _, e := range i.Effects {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.pending", effectText(l, e)))
	}
	return nil
}

func (c *cli) quarantineRelease(ctx context.Context, args []string) error {
	return c.decideAnyHeld(ctx, args, "release", func(why string) quarantine.Command { return quarantine.Release{Reason: why} })
}

func (c *cli) quarantineDiscard(ctx context.Context, args []string) error {
	return c.decideAnyHeld(ctx, args, "discard", func(why string) quarantine.Command { return quarantine.Discard{Reason: why} })
}

// decideAnyHeld carries out a decision that gives a reason, about one image or
// about all that are held of an incident or a pipeline.
func (c *cli) decideAnyHeld(ctx context.Context, args []string, verb string, command func(why string) quarantine.Command) error {
	f := newWriteFlags("quarantine " + verb + " (Q-ID | --incident PM-ID | --pipeline P) --reason TEXT [--dir D] [--as LOGIN] [--json]")
	reason := f.String("reason", "", "flag.quarantine.reason")
	var all web.HeldDecision
	f.StringVar(&all.Incident, "incident", "", "flag.quarantine.of")
	f.StringVar(&all.Pipeline, "pipeline", "", "flag.quarantine.of-pipeline")
	ids, err := f.parse(args, 0, 1)
	if err != nil {
		return err
	}
	many := all.Incident+all.Pipeline != ""
	if many == (len(ids) == 1) {
		return misuse(f.usage, "quarantine")
	}
	if !many {
		return c.decideHeld(ctx, f, ids[0], verb, command(*reason))
	}
	all.Reason = *reason
	var done web.HeldChange
	err = c.decideThere(ctx, f, func(w writer) error {
		switch w := w.(type) {
		case *local:
			done, err = w.app.ChangeQuarantineOf(ctx, w.by, web.HeldQuery{Incident: all.Incident, Pipeline: all.Pipeline}, command(*reason))
			return err
		case *remote:
			return w.decode(ctx, "/api/v1/quarantine/"+verb, all, &done)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if *f.asJSON {
		return printJSON(c.stdout, done)
	}
	fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.quarantine.changed", done.Changed, done.Left))
	if done.Left > 0 {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.quarantine.left"))
	}
	return nil
}

func (c *cli) quarantineRetry(ctx context.Context, args []string) error {
	f := newWriteFlags("quarantine retry Q-ID [--dir D] [--as LOGIN] [--json]")
	ids, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	return c.decideHeld(ctx, f, ids[0], "retry", quarantine.Retry{})
}

// decideHeld carries out a person's decision about one image and says where it stands then.
func (c *cli) decideHeld(ctx context.Context, f writeFlags, id, verb string, command quarantine.Command) error {
	err := c.decideThere(ctx, f, func(w writer) error {
		switch w := w.(type) {
		case *local:
			return w.app.ChangeQuarantine(ctx, w.by, id, command)
		case *remote:
			return w.decode(ctx, "/api/v1/quarantine/"+url.PathEscape(id)+"/"+verb, command, nil)
		}
		return nil
	})
	if err != nil {
		return err
	}
	r, err := app.NewReader(context.WithoutCancel(ctx), *f.dir)
	if err != nil {
		return err
	}
	defer r.Close() // only read
	return c.printHeld(context.WithoutCancel(ctx), r, id, *f.asJSON)
}

// decideThere carries out a decision in the folder itself or through the
// server that holds it, and waits a while for what follows.
func (c *cli) decideThere(ctx context.Context, f writeFlags, decide func(writer) error) error {
	w, err := c.writer(ctx, f)
	if err != nil {
		return err
	}
	if err = decide(w); err == nil {
		bounded, cancel := context.WithTimeout(ctx, *f.wait)
		defer cancel()
		err = w.settle(bounded, nil)
		if l, ok := w.(*local); ok && err == nil {
			err = l.app.EraseDiscarded(bounded) // no server is there to do it
		}
		if bounded.Err() != nil {
			err = nil // the decision stands; what is on its way is said by show
		}
	}
	if closing := w.close(); err == nil {
		err = closing
	}
	return err
}
