package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/store"
)

const (
	// mitigationRetry is the longest wait between two attempts: a containment has thirty minutes, and harm goes on in each.
	mitigationRetry = 15 * time.Second
	mitigationTurn  = 100 * time.Millisecond // how soon one looks again whether another has done with a mitigation
	noteTime        = 5 * time.Second        // for journalling a problem, also when the attempt's time is over
)

// mitigate performs a change that a mitigation, or its undo, has asked for. One of a mitigation is at work at a time, and only while it
// is waited for: what is taken back while it is still being done is taken back last. What no further attempt will mend is a
// failure; any other problem is journalled while the attempts go on, so that people see it.
func mitigate[T any](a *App, undo bool, of func(T) (id, mitigation string), do func(context.Context, T) (incident.Command, error)) store.Decider {
	return func(ctx context.Context, e store.Effect) (store.Result, error) {
		var data T
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return nil, &store.Permanent{Err: fmt.Errorf("read the data of effect %s: %w", e.Key, err)}
		}
		id, mitigation := of(data)
		release, err := a.turnOf(ctx, id, mitigation, undo)
		if err != nil {
			return nil, err
		}
		defer release()
		command, err := do(ctx, data)
		if final(err) {
			command, err = incident.Failed(mitigation, undo, true, err), nil
		}
		if err != nil {
			a.noteProblem(ctx, id, mitigation, undo, err)
			return nil, attempt(err)
		}
		return a.decided(id, command), nil
	}
}

// final tells whether no further attempt will do better.
func final(err error) bool {
	return errors.Is(err, journal.ErrConflict) || errors.Is(err, journal.ErrNotFound) || errors.Is(err, journal.ErrInvalid) || errors.Is(err, journal.ErrForbidden)
}

// turnOf gives a mitigation to the caller until it calls release, if the change is still waited for.
func (a *App) turnOf(ctx context.Context, id, mitigation string, undo bool) (release func(), err error) {
	key := id + "/" + mitigation
	if _, busy := a.mitigating.LoadOrStore(key, true); busy {
		return nil, &store.Waiting{After: mitigationTurn, For: phrase.Of("contain.turn", mitigation)}
	}
	release = func() { a.mitigating.Delete(key) }
	c, err := a.Case(ctx, id)
	if err == nil {
		if m, _ := c.Incident.Mitigation(mitigation); !m.Awaits(undo) {
			err = &store.DroppedError{Reason: "mitigation " + mitigation + " does not wait for it any more"}
		}
	}
	if err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// noteProblem journals why an attempt did not succeed. Where it only waits there is none, and where the server ends the next one tells.
func (a *App) noteProblem(ctx context.Context, id, mitigation string, undo bool, problem error) {
	var waiting *store.Waiting
	var hindered *hindrance
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return
	case errors.As(problem, &hindered):
		problem = hindered.problem
	case errors.As(problem, &waiting):
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTime)
	defer cancel()
	err := a.Do(ctx, monitor, id, incident.Failed(mitigation, undo, false, problem))
	if err != nil {
		a.log.Error("the problem of a mitigation is not journalled", "incident", id, "mitigation", mitigation, "problem", problem, "error", err)
	}
}
