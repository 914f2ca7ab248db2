package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/lesson"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/retrospective"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// foldCase folds all that the journal says of one incident.
func foldCase(entries []journal.Entry) (web.Case, error) {
	var c web.Case
	var err error
	c.Entries = entries
	if c.Incident, err = incident.Fold(entries); err != nil {
		return c, err
	}
	if c.Analysis, err = postmortem.Fold(entries); err != nil {
		return c, err
	}
	if c.Lessons, err = lesson.Fold(entries); err != nil {
		return c, err
	}
	c.Analysis = c.Lessons.Feed(c.Analysis)
	if c.Retrospective, err = retrospective.Fold(entries); err != nil {
		return c, err
	}
	c.Prevention, err = prevention.Fold(entries)
	return c, err
}

// Case reads one incident, with the effects that are on their way or have failed.
func (a *App) Case(ctx context.Context, id string) (web.Case, error) {
	entries, err := a.stream(ctx, id)
	if err != nil {
		return web.Case{}, err
	}
	c, err := foldCase(entries)
	if err != nil {
		return c, err
	}
	if !c.Incident.Exists() {
		return c, phrase.Refusal(journal.ErrNotFound, "refusal.incident.none", id)
	}
	c.Restriction = c.Analysis.Restriction(a.config.Restricted, c.Incident)
	c.Public = a.redactor(ctx, c.Restriction)
	c.Effects, err = a.effectsOf(ctx, id)
	return c, err
}

// effectsOf gives the effects of a stream that are on their way or have failed.
func (a *App) effectsOf(ctx context.Context, stream string) ([]web.Effect, error) {
	effects, err := a.store.Effects(ctx, stream)
	var list []web.Effect
	for _, e := range effects {
		if e.State == store.Done || e.State == store.Dropped {
			continue
		}
		list = append(list, shownEffect(e))
	}
	return list, err
}

// shownEffect is an effect as pages show it.
func shownEffect(e store.Effect) web.Effect {
	return web.Effect{
		Kind: e.Kind, Key: e.Key, State: string(e.State), Attempts: e.Attempts, LastError: e.LastError, Said: e.Said, QueuedAt: e.QueuedAt,
	}
}

func (a *App) stream(ctx context.Context, id string) ([]journal.Entry, error) {
	var entries []journal.Entry
	err := a.store.Scan(ctx, journal.Query{Stream: id}, func(e journal.Entry) error {
		entries = append(entries, e)
		return nil
	})
	return entries, err
}

// Incidents lists all incidents, the newest first.
func (a *App) Incidents(ctx context.Context) ([]incident.State, error) {
	rows, err := a.store.Incidents(ctx, store.IncidentQuery{}, nil, maxIncidents)
	if err != nil {
		return nil, err
	}
	states := make([]incident.State, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal(r.StateJSON, &states[i]); err != nil {
			return nil, fmt.Errorf("read the state of %s: %w", r.ID, err)
		}
	}
	return states, nil
}

// maxIncidents bounds what one list shows: more than a team lives through.
const maxIncidents = 10_000

// People lists the accounts, without what only the sign-in needs.
func (a *App) People(ctx context.Context) ([]people.Person, error) {
	records, err := a.store.Persons(ctx)
	if err != nil {
		return nil, err
	}
	persons := make([]people.Person, len(records))
	for i, r := range records {
		persons[i] = r.Person
	}
	return persons, nil
}

// login gives the login of a person for documents, or the id where the person was erased.
func login(persons []people.Person, id people.ID) string {
	if i := slices.IndexFunc(persons, func(p people.Person) bool { return p.ID == id }); i >= 0 {
		return persons[i].Login
	}
	return string(id)
}
