package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// writer carries out commands: in the folder itself, or through the server that holds it.
type writer interface {
	perform(ctx context.Context, id string, command any) error
	declare(ctx context.Context, d web.Declaration) (id string, err error)
	planRoute(ctx context.Context, id, route string) (web.RoutePlan, error)
	planPurge(ctx context.Context, id string, c incident.PurgeRoute) (web.PurgePlan, error)
	planNoStore(ctx context.Context, id string, c incident.NoStoreRoute) (web.NoStorePlan, error)
	planIsolation(ctx context.Context, id string, s web.Selection) (web.IsolationPlan, error)
	planRollBack(ctx context.Context, id string, c web.RollBack) (web.RollBackPlan, error)
	beginRun(ctx context.Context, r pipeline.Run) (pipeline.Run, error)
	holdReview(ctx context.Context, h web.HeldReview) error
	// settle lets the effects of what was done run until ctx ends, or each has been tried. Where trying is given, those that change
	// what is delivered are waited for until they are done; it hears of each whose first attempt did not succeed.
	settle(ctx context.Context, trying func(web.Effect)) error
	close() error
}

// effectsWait is how long a command waits for its effects unless told otherwise.
const effectsWait = 60 * time.Second

// settleEvery is how often a command looks whether its effects have run.
const settleEvery = 20 * time.Millisecond

// writeFlags are the flags that every writing command has.
type writeFlags struct {
	flags
	dir, as *string
	asJSON  *bool
	wait    *time.Duration
	// containing says that the command contains: it fails where that only waits for a second person.
	containing bool
	// changing says that the command changes what is delivered: it waits until that is proven or has failed.
	changing bool
}

func newWriteFlags(usage string) writeFlags {
	f := newFlags(usage)
	return writeFlags{
		flags:  f,
		dir:    f.String("dir", ".", "flag.repository"),
		as:     f.String("as", "", "flag.as"),
		asJSON: f.Bool("json", false, "flag.json"),
		wait:   f.Duration("wait", effectsWait, "flag.wait"),
	}
}

// writer opens the folder, or finds the server that holds it.
func (c *cli) writer(ctx context.Context, f writeFlags) (writer, error) {
	if *f.as == "" && c.env("SAFELIGHT_TOKEN") == "" {
		return nil, misused(f.Name(), "nobody", phrase.Of("misuse.nobody.hint"))
	}
	w, err := c.openLocal(ctx, *f.dir, *f.as)
	if locked(err) {
		return c.remote(*f.dir, *f.as)
	}
	if err != nil {
		return nil, err
	}
	return w, nil
}

// local carries out commands in the folder itself.
type local struct {
	app   *app.App
	by    people.Actor
	stuck map[string]bool // keys of effects that went wrong before: nobody waits for them again
}

// openLocal opens the folder for a person.
func (c *cli) openLocal(ctx context.Context, dir, as string) (*local, error) {
	a, err := c.openQuietly(ctx, dir)
	if err != nil {
		return nil, err
	}
	l := &local{app: a, stuck: map[string]bool{}}
	if l.by, err = c.doer(ctx, a, as); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	pending, err := a.Store().PendingEffects(ctx)
	for _, e := range pending {
		l.stuck[e.Key] = e.LastError != ""
	}
	if err == nil {
		err = a.StartEffects(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return l, nil
}

// openQuietly opens the folder so that only results go to standard output.
func (c *cli) openQuietly(ctx context.Context, dir string) (*app.App, error) {
	aside := *c
	aside.stdout = c.stderr
	a, _, err := aside.open(ctx, dir, slog.New(slog.NewTextHandler(c.stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	return a, err
}

// openAlone opens the folder for what only its owner does, and nobody over the network. refusal says of whom, and where the server
// is, what to do while one runs.
func (c *cli) openAlone(ctx context.Context, dir string, refusal phrase.Key, login string) (*app.App, error) {
	a, err := c.openQuietly(ctx, dir)
	if locked(err) {
		address, err := heldBy(dir)
		if err == nil {
			err = fmt.Errorf("%w: %w", phrase.Errorf(refusal, login, address), journal.ErrConflict)
		}
		return nil, err
	}
	return a, err
}

// doer finds who acts. Whoever can open the folder owns it, so a login will do.
func (c *cli) doer(ctx context.Context, a *app.App, as string) (people.Actor, error) {
	if as == "" {
		p, err := a.ByToken(ctx, c.env("SAFELIGHT_TOKEN"))
		return p.Actor(), err
	}
	record, err := a.Store().PersonByLogin(ctx, as)
	switch {
	case errors.Is(err, journal.ErrNotFound):
		return people.Actor{}, fmt.Errorf("act as %s: there is no such account: %w", as, journal.ErrNotFound)
	case err == nil && record.Disabled:
		return people.Actor{}, fmt.Errorf("act as %s: the account is disabled: %w", as, journal.ErrForbidden)
	}
	return record.Actor(), err
}

func (l *local) perform(ctx context.Context, id string, command any) error {
	return web.Perform(ctx, l.app, l.by, id, command)
}

func (l *local) declare(ctx context.Context, d web.Declaration) (string, error) {
	return l.app.Declare(ctx, l.by, d)
}

// settle waits for all effects: nobody else performs them when this process has ended.
func (l *local) settle(ctx context.Context, _ func(web.Effect)) error {
	look := time.NewTicker(settleEvery)
	defer look.Stop()
	for {
		pending, err := l.app.Store().PendingEffects(ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(pending, func(e store.Effect) bool { return !l.stuck[e.Key] }) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
	}
}

func (l *local) close() error { return l.app.Close() }

// write does something with a writer, lets its effects run, and says where
// the incident stands then.
func (c *cli) write(ctx context.Context, f writeFlags, do func(writer) (id string, err error)) error {
	w, err := c.writer(ctx, f)
	if err != nil {
		return err
	}
	id, err := do(w)
	if err != nil {
		return errors.Join(err, w.close())
	}
	bounded, cancel := context.WithTimeout(ctx, *f.wait)
	defer cancel()
	err = w.settle(bounded, c.trying(f))
	if bounded.Err() != nil {
		err = nil // the change stands; what is on its way is said below
	}
	if err := errors.Join(err, w.close()); err != nil {
		return err
	}
	return c.printStanding(context.WithoutCancel(ctx), f, id)
}

// trying tells whoever waits for a change of what is delivered why it takes longer; nil of other commands.
func (c *cli) trying(f writeFlags) func(web.Effect) {
	if !f.changing {
		return nil
	}
	return func(e web.Effect) {
		fmt.Fprintln(c.stderr, phrase.Say(c.lang(), "cli.trying", effectText(c.lang(), e), *f.wait))
	}
}

// standing is the JSON of a change: the incident as lists show it, what is done about its images, and what is on its way.
type standing struct {
	web.Summary
	Mitigations []web.Mitigation `json:"mitigations,omitempty"`
	Pending     []web.Effect     `json:"pending,omitempty"`
}

// printStanding says where an incident stands.
func (c *cli) printStanding(ctx context.Context, f writeFlags, id string) error {
	r, err := app.NewReader(ctx, *f.dir)
	if err != nil {
		return err
	}
	defer r.Close()
	now, err := r.Case(ctx, id)
	if err != nil {
		return err
	}
	persons, err := r.People(ctx)
	if err != nil {
		return err
	}
	pending, mitigations := pendingOf(now.Effects), web.MitigationsOf(now.Incident, persons)
	if *f.asJSON {
		return errors.Join(printJSON(c.stdout, standing{web.SummaryOf(now.Incident), mitigations, pending}), f.unproven(pending, mitigations))
	}
	l, s := c.lang(), now.Incident
	fmt.Fprintln(c.stdout, phrase.Say(l, "cli.standing", s.ID, string(s.Severity), phrase.Say(l, phrase.Key("phase."+string(s.Phase())))))
	for _, m := range mitigations {
		c.printProposed(s.ID, m)
		if f.changing {
			c.printCourse(s, m.Mitigation)
		}
	}
	if served := s.Served(); f.changing && s.Contained == nil && s.Resolved == nil && len(mitigations) > 0 && len(served) > 0 {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.still-served", strings.Join(served, ", ")))
	}
	for _, e := range pending {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.pending", effectText(l, e)))
	}
	return f.unproven(pending, mitigations)
}

// printCourse says how far a mitigation has come that waits for no second person.
func (c *cli) printCourse(s incident.State, m incident.Mitigation) {
	l, key, end := c.lang(), phrase.Key("cli.mitigation"), any(web.StandsText(s, m))
	switch {
	case m.Status == incident.IsProposed:
		return
	case m.Status == incident.IsFailed && m.UndoFailed:
		key, end = "cli.undo-failed", oneLine(m.Why().In(l))
	case m.Status == incident.IsFailed:
		key, end = "cli.mitigation-failed", oneLine(m.Why().In(l))
	}
	fmt.Fprintln(c.stdout, phrase.Say(l, key, m.ID, web.MitigationText(m.MitigationRequested), end))
}

// unproven fails a command while a route change is not proven, or has failed, or what it asks for waits for a second person: whoever
// contains must not take a request for its success.
func (f writeFlags) unproven(pending []web.Effect, mitigations []web.Mitigation) error {
	if slices.ContainsFunc(pending, func(e web.Effect) bool {
		return e.Kind == incident.EffectDisableRoute || e.Kind == incident.EffectEnableRoute
	}) || f.containing && slices.ContainsFunc(mitigations, proposed) || f.changing && slices.ContainsFunc(mitigations, failed) {
		return errFailed
	}
	return nil
}

// pendingOf lists the effects that have not come to an end.
func pendingOf(effects []web.Effect) []web.Effect {
	return slices.DeleteFunc(slices.Clone(effects), func(e web.Effect) bool {
		return e.State != string(store.Queued) && e.State != string(store.Running)
	})
}

// effectText says an effect in one line, with why its last attempt did not succeed.
func effectText(l phrase.Lang, e web.Effect) string {
	text := phrase.Say(l, phrase.Key("page.effect."+e.Kind)) + ", " +
		phrase.Say(l, "page.effect", e.QueuedAt.UTC().Format("15:04:05"), e.Attempts)
	if e.LastError != "" {
		text += phrase.Say(l, "edge.words", oneLine(e.Why().In(l)))
	}
	return text
}

// oneLine writes a text of others into a line of a terminal: blanks once, and characters that a terminal would obey as
// their code.
func oneLine(s string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(s), " ") {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
