package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// runOnCall says who is on call, and changes it.
func runOnCall(c *cli, ctx context.Context, args []string) error {
	return c.choose(ctx, "oncall", []verb{{"who", (*cli).onCallWho}, {"schedule", (*cli).onCallSchedule}, {"override", (*cli).onCallOverride},
		{"swap", (*cli).onCallSwap}, {"export", (*cli).onCallExport}}, args)
}

// scheduleFlags choose a schedule of a folder, for commands that only read.
type scheduleFlags struct {
	flags
	dir, schedule, at *string
}

func newScheduleFlags(usage string) scheduleFlags {
	f := newFlags(usage)
	return scheduleFlags{f, f.String("dir", ".", "flag.oncall.dir"), f.String("schedule", oncall.Primary, "flag.oncall.schedule"),
		f.String("at", "", "flag.moment")}
}

// open gives the schedules as they are, the chosen one, and the moment. What is wrong with calendars is said beside.
func (f scheduleFlags) open(c *cli, ctx context.Context) (all []*oncall.Schedule, chosen *oncall.Schedule, at time.Time, err error) {
	if at, err = f.moment("at", *f.at, time.Now()); err != nil {
		return nil, nil, at, err
	}
	config, _, err := app.Load(*f.dir)
	if err != nil {
		return nil, nil, at, err
	}
	all, problems, err := app.ReadSchedules(ctx, *f.dir, config.OnCall, at)
	if err != nil {
		return nil, nil, at, err
	}
	for _, p := range problems {
		fmt.Fprintln(c.stderr, phrase.Say(c.lang(), "cli.warning", phrase.SaidOf(p).In(c.lang())))
	}
	i := slices.IndexFunc(all, func(s *oncall.Schedule) bool { return s.Name() == *f.schedule })
	if i < 0 {
		return nil, nil, at, fmt.Errorf("find the schedule %q: it is not in safelight.yaml: %w", *f.schedule, journal.ErrNotFound)
	}
	return all, all[i], at, nil
}

// moment reads a flag that is a time.
func (f flags) moment(name, text string, otherwise time.Time) (time.Time, error) {
	if text == "" {
		return otherwise, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, misuse(f.usage, "moment", fmt.Sprintf("--%s %q", name, text))
	}
	return at, nil
}

// shift is the JSON of a turn.
type shift struct {
	web.OnDuty
	Next string `json:"next"` // login of who takes over; empty for nobody
}

func (c *cli) onCallWho(ctx context.Context, args []string) error {
	f := newScheduleFlags("oncall who [--schedule S] [--at TIME] [--dir D] [--json]")
	asJSON := f.Bool("json", false, "flag.json")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	_, schedule, at, err := f.open(c, ctx)
	if err != nil {
		return err
	}
	turn, next := schedule.At(at), schedule.Next(at)
	if *asJSON {
		return printJSON(c.stdout, shift{web.OnDutyOf(turn), next.Login})
	}
	l := c.lang()
	nobody := phrase.Say(l, "cli.oncall.nobody")
	text := phrase.Say(l, "cli.oncall.who", turn.Login, minute(turn.Until), cmp.Or(next.Login, nobody))
	switch {
	case turn.Until.IsZero():
		text = phrase.Say(l, "cli.oncall.last", cmp.Or(turn.Login, nobody))
	case turn.Gap():
		text = phrase.Say(l, "cli.oncall.gap", minute(turn.Until), cmp.Or(next.Login, nobody))
	}
	_, err = fmt.Fprintln(c.stdout, text)
	return err
}

// maxScheduleDays bounds what is listed.
const maxScheduleDays = 400

func (c *cli) onCallSchedule(ctx context.Context, args []string) error {
	f := newScheduleFlags("oncall schedule [--schedule S] [--days N] [--at TIME] [--dir D] [--json]")
	days := f.Int("days", 14, "flag.oncall.days")
	asJSON := f.Bool("json", false, "flag.json")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	if *days < 1 || *days > maxScheduleDays {
		return misuse(f.usage, "days", *days, maxScheduleDays)
	}
	_, schedule, at, err := f.open(c, ctx)
	if err != nil {
		return err
	}
	list, l := []web.OnDuty{}, c.lang()
	if !*asJSON {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.oncall.head", schedule.Name(), schedule.Zone()))
	}
	for _, s := range schedule.Between(at, at.AddDate(0, 0, *days)) {
		if list = append(list, web.OnDutyOf(s)); !*asJSON {
			fmt.Fprintln(c.stdout, shiftLine(l, s, schedule.Zone()))
		}
	}
	if *asJSON {
		return printJSON(c.stdout, list)
	}
	return nil
}

// shiftLine says a shift on the schedule's own clock.
func shiftLine(l phrase.Lang, s oncall.Shift, zone *time.Location) string {
	local := func(at time.Time) string {
		if at.IsZero() {
			return "…"
		}
		return at.In(zone).Format("2006-01-02 15:04")
	}
	who := s.Login
	switch {
	case s.Gap():
		who = phrase.Say(l, "cli.oncall.gap.mark")
	case s.Override != "":
		who = phrase.Say(l, "cli.oncall.by-override", s.Login, s.Override)
	}
	return phrase.Say(l, "cli.oncall.shift", local(s.From), local(s.Until), who)
}

func (c *cli) onCallExport(ctx context.Context, args []string) error {
	f := newScheduleFlags("oncall export [--schedule S] [--person L] [--dir D]")
	login := f.String("person", "", "flag.oncall.of")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	all, schedule, _, err := f.open(c, ctx)
	if err != nil {
		return err
	}
	of := web.CalendarOf{Schedule: schedule.Name(), Login: *login, Lang: c.lang()}
	var b bytes.Buffer
	if err := app.ReadCalendar(ctx, &b, *f.dir, all, of); err != nil {
		return err
	}
	_, err = c.stdout.Write(b.Bytes())
	return err
}

// onCallOverride puts somebody on call, or undoes it.
func (c *cli) onCallOverride(ctx context.Context, args []string) error {
	f := newWriteFlags("oncall override [--person L] [--schedule S] [--from T] --until T --reason R | --end ID [--dir D] [--as L] [--json]")
	schedule := f.String("schedule", "", "flag.oncall.schedule")
	person := f.String("person", "", "flag.oncall.person")
	from, until := f.String("from", "", "flag.oncall.from"), f.String("until", "", "flag.oncall.until")
	reason, end := f.String("reason", "", "flag.oncall.reason"), f.String("end", "", "flag.oncall.end")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	if *end != "" {
		return c.changeOnCall(ctx, f, "cli.oncall.ended", func(r roster) (string, error) {
			return r.answerOnCall(ctx, *end, "end", web.OnCallReason{Reason: *reason})
		})
	}
	o := web.OverrideFields{Schedule: *schedule, Person: *person, Reason: *reason}
	var err error
	if o.From, err = f.moment("from", *from, time.Now()); err != nil {
		return err
	}
	if o.Until, err = f.moment("until", *until, time.Time{}); err != nil {
		return err
	}
	return c.changeOnCall(ctx, f, "cli.oncall.set", func(r roster) (string, error) { return r.override(ctx, o) })
}

// onCallSwap proposes and answers swaps.
func (c *cli) onCallSwap(ctx context.Context, args []string) error {
	return c.choose(ctx, "oncall swap", []verb{{"propose", (*cli).swapPropose}, {"accept", (*cli).swapAccept}, {"refuse", (*cli).swapRefuse}}, args)
}

func (c *cli) swapPropose(ctx context.Context, args []string) error {
	f := newWriteFlags("oncall swap propose [--schedule S] --to L --from T --until T --reason R [--back-from T --back-until T] [--dir D] [--as L] [--json]")
	s := web.SwapFields{}
	f.StringVar(&s.Schedule, "schedule", "", "flag.oncall.schedule")
	f.StringVar(&s.To, "to", "", "flag.oncall.to")
	f.StringVar(&s.Reason, "reason", "", "flag.oncall.reason")
	texts := map[string]*string{"from": f.String("from", "", "flag.oncall.from"), "until": f.String("until", "", "flag.oncall.until"),
		"back-from": f.String("back-from", "", "flag.oncall.back-from"), "back-until": f.String("back-until", "", "flag.oncall.back-until")}
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	for name, at := range map[string]*time.Time{"from": &s.From, "until": &s.Until, "back-from": &s.BackFrom, "back-until": &s.BackUntil} {
		var err error
		if *at, err = f.moment(name, *texts[name], time.Time{}); err != nil {
			return err
		}
	}
	return c.changeOnCall(ctx, f, "cli.oncall.proposed", func(r roster) (string, error) { return r.swap(ctx, s) })
}

func (c *cli) swapAccept(ctx context.Context, args []string) error {
	return c.swapAnswer(ctx, args, "accept", "cli.oncall.accepted")
}

func (c *cli) swapRefuse(ctx context.Context, args []string) error {
	return c.swapAnswer(ctx, args, "refuse", "cli.oncall.refused")
}

func (c *cli) swapAnswer(ctx context.Context, args []string, verb string, done phrase.Key) error {
	f := newWriteFlags("oncall swap " + verb + " ID [--reason R] [--dir D] [--as L] [--json]")
	reason := f.String("reason", "", "flag.oncall.reason")
	ids, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	return c.changeOnCall(ctx, f, done, func(r roster) (string, error) {
		return r.answerOnCall(ctx, ids[0], verb, web.OnCallReason{Reason: *reason})
	})
}

// roster changes who is on call: in the folder itself, or through the server that holds it.
type roster interface {
	override(ctx context.Context, o web.OverrideFields) (id string, err error)
	swap(ctx context.Context, s web.SwapFields) (id string, err error)
	answerOnCall(ctx context.Context, id, verb string, reason web.OnCallReason) (string, error)
}

func (c *cli) changeOnCall(ctx context.Context, f writeFlags, done phrase.Key, do func(roster) (string, error)) error {
	w, err := c.writer(ctx, f)
	if err != nil {
		return err
	}
	r, ok := w.(roster)
	if !ok {
		return errors.Join(fmt.Errorf("change who is on call through %T: %w", w, journal.ErrInvalid), w.close())
	}
	id, err := do(r)
	if err = errors.Join(err, w.close()); err != nil {
		return err
	}
	if *f.asJSON {
		return printJSON(c.stdout, web.Declared{ID: id})
	}
	_, err = fmt.Fprintln(c.stdout, phrase.Say(c.lang(), done, id))
	return err
}

func (l *local) override(ctx context.Context, o web.OverrideFields) (string, error) {
	c, err := web.OverrideOf(ctx, l.app, l.by, o)
	if err != nil {
		return "", err
	}
	return l.app.ChangeOnCall(ctx, l.by, "", c)
}

func (l *local) swap(ctx context.Context, s web.SwapFields) (string, error) {
	c, err := web.SwapOf(ctx, l.app, l.by, s)
	if err != nil {
		return "", err
	}
	return l.app.ChangeOnCall(ctx, l.by, "", c)
}

func (l *local) answerOnCall(ctx context.Context, id, verb string, reason web.OnCallReason) (string, error) {
	return l.app.ChangeOnCall(ctx, l.by, id, web.OnCallAnswer(verb, reason.Reason))
}

func (r *remote) override(ctx context.Context, o web.OverrideFields) (string, error) {
	var made web.Declared
	err := r.decode(ctx, "/api/v1/oncall/overrides", o, &made)
	return made.ID, err
}

func (r *remote) swap(ctx context.Context, s web.SwapFields) (string, error) {
	var made web.Declared
	err := r.decode(ctx, "/api/v1/oncall/swaps", s, &made)
	return made.ID, err
}

func (r *remote) answerOnCall(ctx context.Context, id, verb string, reason web.OnCallReason) (string, error) {
	var made web.Declared
	err := r.decode(ctx, "/api/v1/oncall/overrides/"+url.PathEscape(id)+"/"+verb, reason, &made)
	return made.ID, err
}
