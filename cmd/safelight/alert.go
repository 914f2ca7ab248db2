package main

import (
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
	"github.com/safelight-dev/safelight/internal/store"
)

// runAlert lists the alerts that fire.
func runAlert(c *cli, ctx context.Context, args []string) error {
	return c.choose(ctx, "alert", []verb{{"list", (*cli).alertList}}, args)
}

// runSilence makes, lists and ends silences.
func runSilence(c *cli, ctx context.Context, args []string) error {
	return c.choose(ctx, "silence", []verb{{"add", (*cli).silenceAdd}, {"list", (*cli).silenceList}, {"expire", (*cli).silenceExpire}}, args)
}

// listLimit bounds what a command lists.
const listLimit = 10_000

// firingAlert is the JSON of an alert.
type firingAlert struct {
	Labels   alert.Labels `json:"labels"`
	Summary  string       `json:"summary,omitempty"`
	Since    time.Time    `json:"since"`
	Source   alert.Source `json:"source"`
	HeldBack bool         `json:"heldBack"`
	Incident string       `json:"incident,omitempty"`
}

func (c *cli) alertList(ctx context.Context, args []string) error {
	f := newFlags("alert list [--dir D] [--json]")
	dir := f.String("dir", ".", "flag.repository")
	asJSON := f.Bool("json", false, "flag.json")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	s, err := app.OpenReader(ctx, *dir)
	if err != nil {
		return err
	}
	defer s.Close() // only read
	rows, err := s.AlertsFiring(ctx, time.Now(), listLimit)
	if err != nil {
		return err
	}
	list := make([]firingAlert, len(rows))
	for i, r := range rows {
		list[i] = firingAlert{r.Labels, r.Annotations["summary"], r.StartsAt, r.Source, r.Phase == store.AlertSuppressed, r.Incident}
	}
	if *asJSON {
		return printJSON(c.stdout, list)
	}
	l := c.lang()
	if len(list) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.alerts.none"))
	}
	for i, a := range list {
		standing := a.Incident
		switch {
		case a.HeldBack:
			standing = phrase.Say(l, "alert.state.held")
		case standing == "":
			standing = phrase.Say(l, "alert.no-incident")
		}
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.alert", a.Since.UTC().Format("2006-01-02 15:04"), standing, rows[i].Name(), oneLine(a.Summary)))
	}
	return nil
}

func (c *cli) silenceList(ctx context.Context, args []string) error {
	f := newFlags("silence list [--dir D] [--json]")
	dir := f.String("dir", ".", "flag.repository")
	asJSON := f.Bool("json", false, "flag.json")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	s, err := app.OpenReader(ctx, *dir)
	if err != nil {
		return err
	}
	defer s.Close() // only read
	now := time.Now()
	rows, err := s.Silences(ctx, now, listLimit)
	if err != nil {
		return err
	}
	list := make([]alert.Silence, len(rows))
	for i, r := range rows {
		list[i] = r.Silence
	}
	alert.SortSilences(list, now)
	if *asJSON {
		return printJSON(c.stdout, list)
	}
	l := c.lang()
	if len(list) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.silences.none"))
	}
	for _, s := range list {
		span := phrase.Say(l, "silence.span", s.StartsAt.UTC().Format("2006-01-02 15:04"), s.EndsAt.UTC().Format("2006-01-02 15:04"))
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.alert", s.ID, span, s.Matchers.String(), oneLine(s.Comment)))
	}
	return nil
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
		return usageError{"silence add: nobody will know why in an hour", "say it with --reason"}
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
