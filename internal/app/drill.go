package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/audit"
	"github.com/safelight-dev/safelight/internal/drill"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/store"
)

// StartDrill has everybody who takes part reached by each of their channels, and each shared service: the exercise goes the
// way of a page. It gives its id.
func (a *App) StartDrill(ctx context.Context, by people.Actor) (string, error) {
	return a.startDrill(ctx, by, false)
}

func (a *App) startDrill(ctx context.Context, by people.Actor, scheduled bool) (id string, err error) {
	a.drills.Lock() // between the look and the start no other begins
	defer a.drills.Unlock()
	last, err := a.lastDrill(ctx)
	if err != nil {
		return "", err
	}
	if last.Exists() && !last.Over() {
		return "", phrase.Refusal(journal.ErrConflict, "refusal.drill.under-way", last.ID, last.DueAt().UTC().Format("15:04 UTC"))
	}
	err = a.store.Update(ctx, func(tx *store.Tx) error {
		now := a.now()
		persons, err := tx.Persons()
		if err != nil {
			return err
		}
		if id, err = tx.NextDrillID(now); err != nil {
			return err
		}
		change, err := drill.Decide(drill.State{}, drill.Start{ID: id, Scheduled: scheduled, Ways: a.drillWays(persons)}, drill.Env{Now: now, By: by})
		if err != nil {
			return err
		}
		_, err = tx.Append(change)
		return err
	})
	return id, err
}

// drillWays lists to whom and by what an exercise goes.
func (a *App) drillWays(persons []store.PersonRecord) (ways []drill.Way) {
	var named []string
	if c := a.config.Watchdog.Synthetic; c != nil {
		named = c.To
	}
	onCall := map[string]bool{}
	for _, s := range a.schedule.all() {
		login, _ := s.Who(a.now())
		onCall[login] = true
	}
	shared := a.config.Notify.Shared()
	for _, p := range persons {
		takesPart := slices.Contains(named, p.Login)
		if len(named) == 0 {
			takesPart = onCall[p.Login] || p.Role == people.Administrator
		}
		if p.Disabled || !takesPart {
			continue
		}
		for _, m := range a.methods(p.Person) {
			if !slices.Contains(shared, m) {
				ways = append(ways, drill.Way{To: p.ID, Method: m})
			}
		}
	}
	for _, m := range shared {
		ways = append(ways, drill.Way{Method: m})
	}
	return ways
}

// lastDrill reads the last exercise; one that does not exist if there was none.
func (a *App) lastDrill(ctx context.Context) (drill.State, error) {
	ids, err := a.store.Streams(ctx, drill.StreamPrefix, 1)
	if err != nil || len(ids) == 0 {
		return drill.State{}, err
	}
	return a.drill(ctx, ids[0])
}

func (a *App) drill(ctx context.Context, id string) (drill.State, error) {
	entries, err := a.store.Entries(ctx, id)
	if err != nil {
		return drill.State{}, err
	}
	return drill.Fold(entries)
}

// sendDrill sends one message of an exercise, unless its time is over.
func (a *App) sendDrill(ctx context.Context, e store.Effect) (store.Result, error) {
	var data drill.SendEffect
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return nil, &store.Permanent{Err: fmt.Errorf("read the data of effect %s: %w", e.Key, err)}
	}
	s, err := a.drill(ctx, data.Drill)
	if err != nil {
		return nil, err
	}
	if !s.Wanted(data.Way) {
		return nil, &store.DroppedError{Reason: "the exercise is over"}
	}
	outcome, err := a.deliverDrill(ctx, s, data.Way)
	if err != nil {
		return nil, err
	}
	return func(tx *store.Tx) (journal.Change, error) { return a.decideDrill(tx, s.ID, outcome) }, nil
}

// decideDrill decides on an exercise as a transaction sees it.
func (a *App) decideDrill(tx *store.Tx, id string, c drill.Command) (journal.Change, error) {
	entries, err := tx.Stream(id)
	if err != nil {
		return journal.Change{}, err
	}
	s, err := drill.Fold(entries)
	if err != nil {
		return journal.Change{}, err
	}
	return drill.Decide(s, c, drill.Env{Now: a.now(), By: monitor})
}

// deliverDrill hands one message to its channel. What no attempt can mend is an outcome.
func (a *App) deliverDrill(ctx context.Context, s drill.State, w drill.Way) (drill.Record, error) {
	refused := func(err error) (drill.Record, error) {
		return drill.Record{Outcome: drill.Outcome{Way: w, Reason: journal.Sentence(err)}}, nil
	}
	to := notify.Recipient{Lang: a.config.Language}
	if w.To != "" {
		record, err := a.store.Person(ctx, w.To)
		if errors.Is(err, journal.ErrNotFound) {
			return refused(errors.New("the account is gone"))
		}
		if err != nil {
			return drill.Record{}, err
		}
		to = a.recipient(record.Person)
	}
	channels, err := a.channelsOf(w.Method)
	if err != nil {
		return refused(err)
	}
	link := a.pageLink("/watch")
	subject, text := notify.DrillMessage(a.config.Language, notify.DrillFacts{Drill: s.ID, At: s.At, Link: link})
	// It names no incident, so that no channel offers to acknowledge or to contain one.
	page := notify.PageFacts{Title: subject, Severity: string(pipeline.S3), Purpose: "drill", DetectedAt: s.At, Link: link}
	m := notify.Message{To: to, Subject: subject, Text: text, Key: strings.TrimSuffix(s.ID+"/"+string(w.To), "/"), Page: &page}
	if len(channels) == 0 {
		return refused(errors.New("no channel is open"))
	}
	c := channels[0] // a way names one
	receipt, err := c.Send(ctx, m)
	if notify.IsPermanent(err) {
		return refused(err)
	}
	if err != nil {
		return drill.Record{}, fmt.Errorf("exercise %s by %s: %w", s.ID, w.Method, err)
	}
	if err := a.settleDrill(ctx, c, m.Key, link); err != nil {
		return drill.Record{}, err
	}
	return drill.Record{Outcome: drill.Outcome{Way: w, Receipt: receipt.ID}, Taken: true}, nil
}

// settleDrill resolves what a service would go on calling people about: an exercise at once.
func (a *App) settleDrill(ctx context.Context, c notify.Channel, key, link string) error {
	service, ok := c.(settler)
	if !ok {
		return nil
	}
	// The alert is known by the key of the message, where it has no incident.
	err := service.Settle(ctx, notify.Settlement{Incident: key, Key: key + "/over", Link: link, Resolved: true})
	if err != nil && !notify.IsPermanent(err) {
		return fmt.Errorf("resolve %s at %s: %w", key, c.Name(), err)
	}
	return nil
}

// runDrills holds the exercise whose time has come, and ends the one whose time is over.
func (a *App) runDrills(ctx context.Context) error {
	last, err := a.lastDrill(ctx)
	if err != nil {
		return err
	}
	now := a.now()
	if last.Exists() && !last.Over() && !now.Before(last.DueAt()) {
		err := a.store.Update(ctx, func(tx *store.Tx) error {
			change, err := a.decideDrill(tx, last.ID, drill.End{})
			if err == nil {
				_, err = tx.Append(change)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if c := a.config.Watchdog.Synthetic; c != nil && c.Due(last.At, now) {
		if _, err := a.startDrill(ctx, monitor, true); err != nil {
			return err
		}
	}
	return nil
}

// undrilled lists the channels that did not take the last exercise, for as long as that is news: each is told once.
func undrilled(s drill.State, now time.Time) (list []audit.Finding) {
	if !s.Over() || now.Sub(s.EndedAt) >= tellAgain {
		return nil
	}
	for _, c := range s.Failed() {
		f := audit.Finding{Kind: audit.Undrilled, Stream: s.ID, Subject: c.Method}
		if !slices.Contains(list, f) {
			list = append(list, f)
		}
	}
	return list
}
