package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/safelight-dev/safelight/internal/blob"
	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
)

// performItem does an effect of a held image while nobody else touches its
// place, and has the outcome decided on the state that the journalling
// transaction sees.
func (a *App) performItem(do func(context.Context, quarantine.Item) (quarantine.Command, error)) store.Decider {
	return func(ctx context.Context, e store.Effect) (store.Result, error) {
		var data quarantine.Effect
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return nil, &store.Permanent{Err: fmt.Errorf("read the data of effect %s: %w", e.Key, err)}
		}
		i, err := a.store.QuarantineItem(ctx, data.Item)
		if err != nil {
			return nil, err
		}
		defer a.quarantine.places.lock(i)()
		if i, err = a.store.QuarantineItem(ctx, data.Item); err != nil { // it may have changed meanwhile
			return nil, err
		}
		outcome, err := do(ctx, i)
		if err != nil || outcome == nil {
			return func(*store.Tx) (journal.Change, error) { return journal.Change{}, nil }, err
		}
		return func(tx *store.Tx) (journal.Change, error) { return a.itemOutcome(tx, data.Item, outcome) }, nil
	}
}

// itemOutcome is what follows from an outcome, for the item and for its incident.
func (a *App) itemOutcome(tx *store.Tx, id string, outcome quarantine.Command) (journal.Change, error) {
	i, err := itemIn(tx, id)
	if err != nil {
		return journal.Change{}, err
	}
	now := a.now()
	change, err := quarantine.Decide(i, outcome, quarantine.Env{Now: now, By: monitor})
	if err != nil || len(change.Events) == 0 || i.Incident == "" {
		return change, err
	}
	s, err := foldIncident(tx, i.Incident)
	if err != nil || !s.Exists() {
		return change, err
	}
	var more journal.Change
	switch c := outcome.(type) {
	case quarantine.RecordMoved:
		if c.Exposure.Public && !i.Exposure.Public { // somebody got it before the path was held
			more, err = a.leak(s, id, now)
		} else if len(i.Routes) == 0 {
			more, err = contained(s, incident.RecordQuarantined{Item: id}, incident.Env{Now: now, By: monitor})
		}
	case quarantine.RecordProof:
		if c.Held && len(c.Proofs) > 0 {
			more, err = contained(s, incident.RecordQuarantined{Item: id, Probe: &c.Proofs[0].Probe}, incident.Env{Now: now, By: monitor})
		}
	}
	change.Events, change.Effects = append(change.Events, more.Events...), append(change.Effects, more.Effects...)
	return change, err
}

func contained(s incident.State, c incident.RecordQuarantined, env incident.Env) (journal.Change, error) {
	return incident.Decide(s, c, env)
}

// moveOut stops the path at the gateway and moves the file out.
func (a *App) moveOut(ctx context.Context, i quarantine.Item) (quarantine.Command, error) {
	if i.Status != quarantine.StatusMoving && i.Status != quarantine.StatusHeld { // held: it has come again and again
		return nil, &store.DroppedError{Reason: "the image is " + string(i.Status)}
	}
	if err := a.holdPath(ctx, i); err != nil {
		return nil, err
	}
	a.edge.Settle(ctx) // any request lets a running gateway see the hold, and cut what it is sending
	asset, err := a.asset(i)
	if errors.Is(err, errUnconfigured) {
		return failure(quarantine.Moving, err), nil
	}
	if err != nil {
		return nil, err
	}
	moved, err := a.quarantine.mover.TakeOut(ctx, asset)
	if errors.Is(err, journal.ErrInvalid) {
		return failure(quarantine.Moving, err), nil
	}
	if err != nil {
		return nil, err
	}
	a.sweeping.forgetMoved(i)
	moved.Exposure = a.exposure(ctx, i.Held)
	return quarantine.RecordMoved{Moved: moved}, nil
}

func failure(doing quarantine.Doing, why error) quarantine.Command {
	return quarantine.RecordFailure{Failed: quarantine.Failed{Doing: doing, Reason: why.Error()}}
}

// holdPath holds the item's path on its routes. Where a route holds as many as
// it can, it is disabled as a whole.
func (a *App) holdPath(ctx context.Context, i quarantine.Item) error {
	h := delivery.Held{Path: i.Name(), Item: i.ID, Since: i.HeldAt, Placeholder: i.Placeholder}
	for _, route := range i.Routes {
		err := a.edge.Hold(ctx, route, h)
		switch {
		case errors.Is(err, journal.ErrNotFound): // it has left the configuration and serves nothing
		case errors.Is(err, journal.ErrTooLarge):
			reason := fmt.Sprintf("more than %d of its images are held", delivery.MaxHeld)
			if err := a.closeRoute(ctx, i, route, reason); err != nil {
				return fmt.Errorf("%s on route %s: %w", reason, route, err)
			}
		case err != nil:
			return err
		}
	}
	return nil
}

// closeRoute has a route disabled as a whole, and fails until it is.
func (a *App) closeRoute(ctx context.Context, i quarantine.Item, route, reason string) error {
	state, err := delivery.ReadState(a.edge.StateFile)
	if err != nil {
		return err
	}
	if r, err := state.Route(route); err != nil || len(r.Disabled) > 0 {
		return err
	}
	if err := a.Do(ctx, monitor, i.Incident, incident.DisableRoute{Route: route, Reason: reason}); err != nil {
		return err
	}
	return errors.New("the route is being disabled as a whole")
}

// putBack writes the same bytes into their place again and lets go of the path.
func (a *App) putBack(ctx context.Context, i quarantine.Item) (quarantine.Command, error) {
	if i.Status != quarantine.StatusReleasing {
		return nil, &store.DroppedError{Reason: "the image is " + string(i.Status)}
	}
	var done quarantine.Restored
	asset, err := a.asset(i)
	switch {
	case errors.Is(err, errUnconfigured) && !i.Kept: // there is nothing to put back
	case errors.Is(err, errUnconfigured):
		return failure(quarantine.Restoring, err), nil
	case err != nil:
		return nil, err
	case !i.Kept:
		err = a.quarantine.mover.Recover(ctx, asset)
	default:
		a.sweeping.knowAgain(i)
		done.SHA256, err = i.SHA256, a.quarantine.mover.PutBack(ctx, asset)
	}
	var damage *blob.DamageError
	if errors.Is(err, journal.ErrConflict) || errors.Is(err, journal.ErrNotFound) || errors.As(err, &damage) {
		return failure(quarantine.Restoring, err), nil
	}
	if err != nil && !errors.Is(err, errUnconfigured) {
		return nil, err
	}
	if err := a.edge.Lift(ctx, i.ID); err != nil {
		return nil, err
	}
	return quarantine.RecordRestored{Restored: done}, nil
}

// letGo lets go of a path whose item is over. What a cut-off move has left aside is cleared up first.
func (a *App) letGo(ctx context.Context, i quarantine.Item) (quarantine.Command, error) {
	if i.Active() {
		return nil, &store.DroppedError{Reason: "the image is " + string(i.Status)}
	}
	if asset, err := a.asset(i); err == nil {
		if err := a.quarantine.mover.Recover(ctx, asset); err != nil {
			return nil, err
		}
	}
	if i.Superseded != nil && i.Superseded.Item != "" {
		// The version that has taken the place is held too: at no time may nothing hold it.
		next, err := a.store.QuarantineItem(ctx, i.Superseded.Item)
		if err == nil && next.Active() {
			err = a.holdPath(ctx, next)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := a.edge.Lift(ctx, i.ID); err != nil {
		return nil, err
	}
	return quarantine.RecordLifted{}, nil
}

// probePath asks the gateway from outside what it serves in the image's place.
func (a *App) probePath(ctx context.Context, i quarantine.Item) (quarantine.Command, error) {
	done := quarantine.RecordProof{Proven: quarantine.Proven{Held: i.Active()}}
	for _, route := range i.Routes {
		if !delivery.Serves(i.Name()) {
			continue
		}
		probe, err := a.edge.ProbePath(ctx, route, i.Name(), i.Active())
		if errors.Is(err, journal.ErrConflict) { // somebody has taken the hold away
			if err = a.holdPath(ctx, i); err == nil {
				probe, err = a.edge.ProbePath(ctx, route, i.Name(), true)
			}
		}
		if errors.Is(err, journal.ErrNotFound) {
			continue // the route has left the configuration since
		}
		if err != nil {
			return nil, err
		}
		done.Proofs = append(done.Proofs, quarantine.Proof{Route: route, Probe: probe})
	}
	if len(done.Proofs) == 0 {
		return nil, nil
	}
	return done, nil
}

// reconcileHolds makes the gateway's state file hold what the journal says is
// held, and nothing else: the file may have been lost, a route may have come.
func (a *App) reconcileHolds(ctx context.Context) error {
	state, err := delivery.ReadState(a.edge.StateFile)
	if errors.Is(err, journal.ErrNotFound) {
		return nil // there are no routes
	}
	if err != nil {
		return err
	}
	active, err := a.store.Quarantine(ctx, store.QuarantineQuery{Active: true}, allItems)
	if err != nil {
		return err
	}
	byRoute, known := map[string][]delivery.Held{}, map[string]bool{}
	for _, i := range active {
		known[i.ID] = true
		for _, route := range a.routesOf(i) {
			byRoute[route] = append(byRoute[route], delivery.Held{Path: i.Name(), Item: i.ID, Since: i.HeldAt, Placeholder: i.Placeholder})
		}
	}
	for route, held := range byRoute {
		if err := a.edge.Hold(ctx, route, held...); err != nil && !errors.Is(err, journal.ErrNotFound) && !errors.Is(err, journal.ErrTooLarge) {
			return err
		}
	}
	var stale []string
	for _, r := range state.Routes {
		for _, h := range r.Held {
			if !known[h.Item] && quarantine.IsStream(h.Item) {
				stale = append(stale, h.Item)
			}
		}
	}
	if len(stale) == 0 {
		return nil
	}
	return a.edge.Lift(ctx, stale...)
}

// allItems is more than can be held.
const allItems = 1 << 30

// routesOf gives the routes of an item as of its holding, and those that its pipeline has now.
func (a *App) routesOf(i quarantine.Item) []string {
	routes := append(slices.Clone(i.Routes), a.gatewayRoutes(a.config.Watch.Pipelines[i.Pipeline])...)
	slices.Sort(routes)
	return slices.Compact(routes)
}

// Put keeps what r gives among the blobs.
func (k keeper) Put(ctx context.Context, r io.Reader, limit int64) (string, error) {
	d, _, err := k.blobs.Put(ctx, r, limit)
	return d.String(), err
}

// Open gives the bytes of a blob.
func (k keeper) Open(digest string) (io.ReadCloser, error) {
	d, err := blob.Parse(digest)
	if err != nil {
		return nil, err
	}
	return k.blobs.Open(d)
}

func fileMode(bits uint32) fs.FileMode { return fs.FileMode(bits).Perm() }
