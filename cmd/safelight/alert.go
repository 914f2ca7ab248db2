package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// runAlert lists the alerts that fire.
func runAlert(c *cli, ctx context.Context, args []string) error {
	return c.choose(ctx, "alert", []verb{{"list", (*cli).alertList}}, args)
}

// runSilence makes, lists and ends silences.
func runSilence(c *cli, ctx context.Context, args []string) error {
	return c.choose(ctx, "silence", []verb{{"add", (*cli).silenceAdd}, {"list", (*cli).silenceList}, {"expire", (*cli).silenceExpire}}, args)
}

// firingAlert is the JSON of an alert.
type firingAlert struct {
	Labels   alert.Labels `json:"labels"`
	Summary  string       `json:"summary,omitempty"`
	Since    time.Time    `json:"since"`
	Source   alert.Source `json:"source"`
	HeldBack bool         `json:"heldBack"`
	alert.Suppression
	Incident string `json:"incident,omitempty"`
}

func (c *cli) alertList(ctx context.Context, args []string) error {
	f := newReadFlags("alert list [--dir D] [--json]")
	r, _, err := f.open(ctx, args, 0)
	if err != nil {
		return err
	}
	defer r.Close() // only read
	config, err := app.LoadWatch(*f.dir)
	if err != nil {
		return err
	}
	groups, err := r.FiringAlerts(ctx, config)
	if err != nil {
		return err
	}
	list, l := []firingAlert{}, c.lang()
	for _, g := range groups {
		for _, a := range g.Alerts {
			list = append(list, firingAlert{a.Labels, alert.Summary(a.Annotations, string(l)), a.StartsAt, a.Source, a.By.Any(), a.By, a.Incident})
			if !*f.asJSON {
				fmt.Fprintln(c.stdout, phrase.Say(l, "cli.alert", minute(a.StartsAt), standingOf(l, a), a.Name(), oneLine(alert.Summary(a.Annotations, string(l)))))
			}
		}
	}
	switch {
	case *f.asJSON:
		return printJSON(c.stdout, list)
	case len(list) == 0:
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.alerts.none"))
	}
	return nil
}

// standingOf says what has become of an alert: its incident, or none, and whether it is held back.
func standingOf(l phrase.Lang, a web.FiringAlert) string {
	var parts []string
	if a.Incident != "" {
		parts = append(parts, a.Incident)
	}
	if a.By.Any() {
		parts = append(parts, phrase.Say(l, "alert.state.held"))
	}
	if len(parts) == 0 {
		return phrase.Say(l, "alert.no-incident")
	}
	return strings.Join(parts, ", ")
}

// heldBack is the JSON of what holds alerts back.
type heldBack struct {
	Silences []listedSilence `json:"silences"`
	Windows  []listedWindow  `json:"windows"`
}

type listedSilence struct {
	alert.Silence
	Author string             `json:"author"`
	State  alert.SilenceState `json:"state"`
}

type listedWindow struct {
	Name     string     `json:"name"`
	Match    []string   `json:"match"`
	Start    string     `json:"start"`
	Duration float64    `json:"duration"` // seconds
	TimeZone string     `json:"timeZone"`
	Until    *time.Time `json:"until,omitempty"` // while it is open
}

// silenceList lists what holds alerts back: silences, and the windows of the configuration.
func (c *cli) silenceList(ctx context.Context, args []string) error {
	f := newReadFlags("silence list [--dir D] [--json]")
	r, _, err := f.open(ctx, args, 0)
	if err != nil {
		return err
	}
	defer r.Close() // only read
	config, err := app.LoadWatch(*f.dir)
	if err != nil {
		return err
	}
	silences, windows, err := r.Silences(ctx, config)
	if err != nil {
		return err
	}
	if *f.asJSON {
		return printJSON(c.stdout, heldBackOf(silences, windows, r.Now()))
	}
	l := c.lang()
	if len(silences) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.silences.none"))
	}
	for _, s := range silences {
		span := phrase.Say(l, "silence.span", minute(s.StartsAt), minute(s.EndsAt))
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.alert", s.ID, span, s.Matchers.String(), oneLine(s.Comment)))
	}
	for _, w := range windows {
		fmt.Fprintln(c.stdout, windowLine(l, w))
	}
	return nil
}

func heldBackOf(silences []web.ListedSilence, windows []app.Window, now time.Time) heldBack {
	h := heldBack{[]listedSilence{}, []listedWindow{}}
	for _, s := range silences {
		h.Silences = append(h.Silences, listedSilence{s.Silence, s.Author, s.State(now)})
	}
	for _, w := range windows {
		listed := listedWindow{w.Name, w.Match, w.Start, w.Duration.Seconds(), cmp.Or(w.TimeZone, "UTC"), nil}
		if !w.Until.IsZero() {
			listed.Until = &w.Until
		}
		h.Windows = append(h.Windows, listed)
	}
	return h
}

// windowLine says of a maintenance window when it returns and, while it is open, until when.
func windowLine(l phrase.Lang, w app.Window) string {
	match := strings.Join(w.Match, ", ")
	if w.Until.IsZero() {
		return phrase.Say(l, "cli.window", w.Name, w.Start, cmp.Or(w.TimeZone, "UTC"), phrase.Duration(l, w.Duration), match)
	}
	return phrase.Say(l, "cli.window.open", w.Name, minute(w.Until), match)
}

// silenceAdd makes a silence: in the folder itself, or through the server that
// holds it.
func (c *cli) silenceAdd(ctx context.Context, args []string) error {
	f := newWriteFlags(`silence add 'NAME="VALUE"'… --reason R [--for 2h] [--start T] [--dir D] [--as L] [--json]`)
	lasts := f.Duration("for", 2*time.Hour, "flag.silence.for")
	start := f.String("start", "", "flag.silence.start")
	reason := f.String("reason", "", "flag.silence.reason")
	texts, err := f.parse(args, 1, alert.MaxMatchers)
	if err != nil {
		return err
	}
	if strings.TrimSpace(*reason) == "" {
		return misused("silence add", "silence", phrase.Of("misuse.silence.hint"))
	}
	terms := alert.Terms{StartsAt: time.Now(), Comment: *reason}
	if *start != "" {
		if terms.StartsAt, err = time.Parse(time.RFC3339, *start); err != nil {
			return fmt.Errorf("silence alerts: start %q: write it as 2025-09-27T02:00:00Z: %w", *start, journal.ErrInvalid)
		}
	}
	terms.EndsAt = terms.StartsAt.Add(*lasts)
	for _, text := range texts {
		m, err := alert.ParseMatcher(text)
		if err != nil {
			return err
		}
		terms.Matchers = append(terms.Matchers, m)
	}
	id, err := c.silencing(ctx, f, func(s silencer) (string, error) { return s.silence(ctx, terms) })
	return c.saySilence(f, "cli.silence.set", id, err)
}

func (c *cli) silenceExpire(ctx context.Context, args []string) error {
	f := newWriteFlags("silence expire ID [--dir D] [--as L] [--json]")
	ids, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	_, err = c.silencing(ctx, f, func(s silencer) (string, error) { return ids[0], s.expire(ctx, ids[0]) })
	return c.saySilence(f, "cli.silence.ended", ids[0], err)
}

func (c *cli) saySilence(f writeFlags, key phrase.Key, id string, err error) error {
	switch {
	case err != nil:
		return err
	case *f.asJSON:
		return printJSON(c.stdout, map[string]string{"silenceID": id})
	}
	fmt.Fprintln(c.stdout, phrase.Say(c.lang(), key, id))
	return nil
}

// silencer makes and ends silences: in the folder itself, or through the server that holds it.
type silencer interface {
	silence(ctx context.Context, terms alert.Terms) (id string, err error)
	expire(ctx context.Context, id string) error
}

func (c *cli) silencing(ctx context.Context, f writeFlags, do func(silencer) (string, error)) (string, error) {
	w, err := c.writer(ctx, f)
	if err != nil {
		return "", err
	}
	s, ok := w.(silencer)
	if !ok {
		return "", errors.Join(fmt.Errorf("silence alerts through %T: %w", w, journal.ErrInvalid), w.close())
	}
	id, err := do(s)
	return id, errors.Join(err, w.close())
}

func (l *local) silence(ctx context.Context, terms alert.Terms) (string, error) {
	return l.app.SetSilence(ctx, l.by, "", terms, "")
}

func (l *local) expire(ctx context.Context, id string) error {
	return l.app.ExpireSilence(ctx, l.by, id)
}

// silence posts as Alertmanager's clients do. The server knows who asks by the
// token; the author is left to it.
func (r *remote) silence(ctx context.Context, terms alert.Terms) (string, error) {
	answer, err := r.post(ctx, "/api/v2/silences", struct {
		alert.Terms
		CreatedBy string `json:"createdBy"`
	}{Terms: terms})
	if err != nil {
		return "", err
	}
	var made struct {
		ID string `json:"silenceID"`
	}
	if err := json.Unmarshal(answer, &made); err != nil {
		return "", fmt.Errorf("read the answer of the server at %s: %w", r.address, err)
	}
	return made.ID, nil
}

func (r *remote) expire(ctx context.Context, id string) error {
	_, err := r.ask(ctx, http.MethodDelete, "/api/v2/silence/"+url.PathEscape(id), nil)
	if errors.Is(err, journal.ErrNotFound) {
		return fmt.Errorf("silence not found: %w", journal.ErrNotFound)
	}
	return err
}
