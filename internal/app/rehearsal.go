package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/audit"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/rehearsal"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

const (
	// usualClock is the time for a containment where no policy of S1 says another.
	usualClock = 30 * time.Minute
	// rehearsalTime bounds a step; an attempt at an effect has a little more.
	rehearsalTime = 25 * time.Second
	// longestRehearsal is how long one may be under way before another may take its place: its effects are performed no more.
	longestRehearsal = time.Hour
	// lookedBack is how many rehearsals are looked through for the last scheduled one.
	lookedBack = 60
)

// rehearsalDesk has the private copy of the one rehearsal that is under way.
type rehearsalDesk struct {
	starting sync.Mutex // between the look and the start no other begins

	mu    sync.Mutex
	stage *rehearsalStage
}

// rehearsalsDir is where private copies live while they are needed. Git and the gateway know nothing of it.
func rehearsalsDir(dir string) string { return filepath.Join(StateDir(dir), "rehearsals") }

// StartRehearsal has a containment rehearsed on a private copy of what a pipeline delivers, and gives its id.
func (a *App) StartRehearsal(ctx context.Context, by people.Actor, name string) (string, error) {
	return a.startRehearsal(ctx, by, rehearsal.Started{Pipeline: name})
}

func (a *App) startRehearsal(ctx context.Context, by people.Actor, s rehearsal.Started) (id string, err error) {
	if err := by.Require(people.Contain); err != nil {
		return "", err
	}
	if _, known := a.config.Watch.Pipelines[s.Pipeline]; !known {
		return "", phrase.Errorf("rehearsal.no-pipeline", s.Pipeline, journal.ErrNotFound)
	}
	a.rehearsals.starting.Lock()
	defer a.rehearsals.starting.Unlock()
	last, err := a.lastRehearsals(ctx, 1)
	if err != nil {
		return "", err
	}
	stuck := ""
	if len(last) > 0 && !last[0].Over() {
		if a.now().Sub(last[0].At) < longestRehearsal {
			return "", phrase.Errorf("rehearsal.under-way", last[0].ID, journal.ErrConflict)
		}
		stuck = last[0].ID
	}
	s.Clock = int64(cmp.Or(a.config.Watch.Severities[pipeline.S1].Contain, usualClock) / time.Second)
	err = a.store.Update(ctx, func(tx *store.Tx) error {
		if err := a.endStuck(tx, stuck); err != nil {
			return err
		}
		now := a.now()
		if id, err = tx.NextRehearsalID(now); err != nil {
			return err
		}
		change, err := rehearsal.Decide(rehearsal.State{}, rehearsal.Start{ID: id, Started: s}, rehearsal.Env{Now: now, By: by})
		if err != nil {
			return err
		}
		_, err = tx.Append(change)
		return err
	})
	return id, err
}

// endStuck ends a rehearsal whose effects are performed no more; none where the id is empty.
func (a *App) endStuck(tx *store.Tx, id string) error {
	if id == "" {
		return nil
	}
	change, err := a.decidedRehearsal(id, rehearsal.Interrupt{})(tx)
	if err == nil {
		_, err = tx.Append(change)
	}
	return err
}

// lastRehearsals reads so many of them, the newest first.
func (a *App) lastRehearsals(ctx context.Context, limit int) ([]rehearsal.State, error) {
	ids, err := a.store.Streams(ctx, rehearsal.StreamPrefix, limit)
	if err != nil {
		return nil, err
	}
	list := make([]rehearsal.State, len(ids))
	for i, id := range ids {
		if list[i], err = a.rehearsal(ctx, id); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (a *App) rehearsal(ctx context.Context, id string) (rehearsal.State, error) {
	entries, err := a.store.Entries(ctx, id)
	if err != nil {
		return rehearsal.State{}, err
	}
	return rehearsal.Fold(entries)
}

// rehearse does one step. A step whose private copy is gone with the process that had it ends the rehearsal.
func (a *App) rehearse(ctx context.Context, e store.Effect) (store.Result, error) {
	var data rehearsal.StepEffect
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return nil, &store.Permanent{Err: fmt.Errorf("read the data of effect %s: %w", e.Key, err)}
	}
	s, err := a.rehearsal(ctx, data.Rehearsal)
	if err != nil {
		return nil, err
	}
	if s.Next() != data.Step {
		return nil, &store.DroppedError{Reason: "the rehearsal is over"}
	}
	stage := a.rehearsals.of(a, s)
	if stage == nil {
		if err := os.RemoveAll(filepath.Join(rehearsalsDir(a.dir), s.ID)); err != nil {
			return nil, fmt.Errorf("remove what the interrupted rehearsal %s has left: %w", s.ID, err)
		}
		a.log.Warn("a rehearsal was interrupted; what it has left is removed", "rehearsal", s.ID, "pipeline", s.Pipeline)
		return a.decidedRehearsal(s.ID, rehearsal.Interrupt{}), nil
	}
	done := stage.do(ctx, s)
	if err := ctx.Err(); err != nil {
		return nil, err // the program ends
	}
	return a.decidedRehearsal(s.ID, rehearsal.Record{Done: done}), nil
}

// of gives the copy of a rehearsal, a new one for its first step; nil where it is gone.
func (d *rehearsalDesk) of(a *App, s rehearsal.State) *rehearsalStage {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stage != nil && d.stage.id == s.ID {
		return d.stage
	}
	if s.Next() != rehearsal.Prepare {
		return nil
	}
	d.stage = &rehearsalStage{app: a, id: s.ID, pipeline: s.Pipeline, dir: filepath.Join(rehearsalsDir(a.dir), s.ID)}
	return d.stage
}

// close ends the private gateway of a rehearsal that is cut off.
func (d *rehearsalDesk) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stage == nil || !d.stage.mu.TryLock() {
		return nil // a step does not end; the next start removes what it leaves
	}
	defer d.stage.mu.Unlock()
	return d.stage.end()
}

func (a *App) decidedRehearsal(id string, c rehearsal.Command) store.Result {
	return func(tx *store.Tx) (journal.Change, error) {
		entries, err := tx.Stream(id)
		if err != nil {
			return journal.Change{}, err
		}
		s, err := rehearsal.Fold(entries)
		if err != nil {
			return journal.Change{}, err
		}
		return rehearsal.Decide(s, c, rehearsal.Env{Now: a.now(), By: monitor})
	}
}

// runRehearsals holds the weekly rehearsal whose time has come.
func (a *App) runRehearsals(ctx context.Context) error {
	c := a.config.Watchdog.Rehearsal
	if c == nil {
		return nil
	}
	last, err := a.lastScheduled(ctx)
	if err != nil || !c.Due(last.At, a.now()) {
		return err
	}
	_, err = a.startRehearsal(ctx, monitor, rehearsal.Started{Pipeline: c.Turn(a.Pipelines(), last.Pipeline), Scheduled: true})
	if errors.Is(err, journal.ErrConflict) {
		return nil // one by hand is under way: this one is held after it
	}
	return err
}

// lastScheduled is the last rehearsal that was held by the plan; one that does not exist if there was none.
func (a *App) lastScheduled(ctx context.Context) (rehearsal.State, error) {
	list, err := a.lastRehearsals(ctx, lookedBack)
	if i := slices.IndexFunc(list, func(s rehearsal.State) bool { return s.Scheduled }); i >= 0 {
		return list[i], err
	}
	return rehearsal.State{}, err
}

// unrehearsed tells of the last rehearsal if it failed or was cut off, for as long as that is news.
func (a *App) unrehearsed(ctx context.Context) ([]audit.Finding, error) {
	list, err := a.lastRehearsals(ctx, 1)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	s := list[0]
	if !s.Over() || s.Passed() || a.now().Sub(s.EndedAt) >= tellAgain {
		return nil, nil
	}
	return []audit.Finding{{Kind: audit.Unrehearsed, Stream: s.ID, Subject: s.Pipeline}}, nil
}

// Rehearsals tells of the last ones and what is planned.
func (a *App) Rehearsals(ctx context.Context) (web.Rehearsals, error) {
	list, err := a.lastRehearsals(ctx, lookedBack)
	if err != nil {
		return web.Rehearsals{}, err
	}
	all := web.Rehearsals{List: []web.Rehearsal{}}
	for _, s := range list {
		r, err := a.told(ctx, s)
		if err != nil {
			return all, err
		}
		all.List = append(all.List, r)
	}
	if c := a.config.Watchdog.Rehearsal; c != nil {
		last, err := a.lastScheduled(ctx)
		if err != nil {
			return all, err
		}
		all.Next, all.NextPipeline = known(c.Next(a.now()).UTC()), c.Turn(a.Pipelines(), last.Pipeline)
	}
	return all, nil
}

// Rehearsal tells of one, or gives [journal.ErrNotFound].
func (a *App) Rehearsal(ctx context.Context, id string) (web.Rehearsal, error) {
	s, err := a.rehearsal(ctx, id)
	if err != nil {
		return web.Rehearsal{}, err
	}
	if !s.Exists() {
		return web.Rehearsal{}, phrase.Errorf("rehearsal.unknown", id, journal.ErrNotFound)
	}
	return a.told(ctx, s)
}

func (a *App) told(ctx context.Context, s rehearsal.State) (web.Rehearsal, error) {
	persons, err := a.People(ctx)
	return web.RehearsalOf(s, persons), err
}
