package main

import (
	"context"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// runWatch says how the server that holds a folder sees itself.
func runWatch(c *cli, ctx context.Context, args []string) error {
	f := newFlags("watch [--dir D] [--json]")
	dir := f.String("dir", ".", "flag.repository")
	asJSON := f.Bool("json", false, "flag.json")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	r, err := c.running(*dir, "watch")
	if err != nil {
		return err
	}
	var report web.WatchReport
	if err := r.read(ctx, "/api/v1/watch", &report); err != nil {
		return err
	}
	if *asJSON {
		err = printJSON(c.stdout, report)
	} else {
		c.printWatch(report)
	}
	if err == nil && (!report.Audit.Passed || report.Drill != nil && report.Drill.EndedAt != nil && !report.Drill.Passed) {
		return errFailed
	}
	return err
}

// running gives the server that holds a folder; without one there is nothing that watches or pages.
func (c *cli) running(dir string, doing phrase.Key) (*remote, error) {
	address, err := app.ServedAt(dir)
	if err != nil {
		return nil, err
	}
	if address == "" {
		return nil, phrase.Refusal(journal.ErrConflict, "cli.no-server", phrase.Of("cli.no-server."+doing), dir)
	}
	return c.remote(dir, "")
}

// incidentDrill holds an exercise: each channel is tried, and no incident opened.
func (c *cli) incidentDrill(ctx context.Context, args []string) error {
	f := newFlags("incident drill [--dir D] [--json]")
	dir := f.String("dir", ".", "flag.repository")
	asJSON := f.Bool("json", false, "flag.json")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	r, err := c.running(*dir, "exercise")
	if err != nil {
		return err
	}
	var made web.Declared
	if err := r.decode(ctx, "/api/v1/watch/drills", struct{}{}, &made); err != nil {
		return err
	}
	if *asJSON {
		return printJSON(c.stdout, made)
	}
	_, err = fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.watch.drilled", made.ID))
	return err
}

func (c *cli) printWatch(r web.WatchReport) {
	l := c.lang()
	say := func(key phrase.Key, args ...any) { fmt.Fprintln(c.stdout, phrase.Say(l, key, args...)) }
	at := func(t *time.Time) string {
		if t == nil {
			return phrase.Say(l, "watch.never")
		}
		return t.UTC().Format("2006-01-02 15:04 UTC")
	}
	said := func(key phrase.Key) string { return phrase.Say(l, key) }
	verdict := said("watch.audit.failed")
	if r.Audit.Passed {
		verdict = said("watch.audit.passed")
	}
	say("cli.watch.line", said("watch.audit"), at(r.Audit.At), verdict)
	for _, f := range r.Audit.Open {
		fmt.Fprintln(c.stdout, "  "+web.FindingText(l, f))
	}
	beat := said("watch.heartbeat.off")
	if r.Heartbeat.On {
		beat = r.Heartbeat.Problem.In(l)
	}
	say("cli.watch.line", said("watch.heartbeat"), at(r.Heartbeat.At), beat)
	if d := r.Drill; d != nil {
		verdict := "watch.drill.open"
		if d.Passed {
			verdict = "watch.drill.passed"
		} else if d.EndedAt != nil {
			verdict = "watch.drill.failed"
		}
		say("cli.watch.line", d.ID, at(&d.At), said(phrase.Key(verdict)))
		for _, copied := range d.Copies {
			fmt.Fprintln(c.stdout, "  "+copied.Channel+" "+copied.To+": "+copied.Became(l))
		}
	}
	for _, w := range r.Warnings {
		say("cli.warning", w.In(l))
	}
}
