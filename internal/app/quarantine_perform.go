package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/safelight-dev/safelight/internal/blob"
	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
)

// moveWork stops paths at the gateway and moves the files out.
func (a *App) moveWork() itemWork {
	return itemWork{before: a.stopPaths, do: a.moveOut, after: a.seenAfterMove}
}

// stopPaths has a running gateway hold the paths, and cut what it is sending.
func (a *App) stopPaths(ctx context.Context, items []quarantine.Item) error {
	items = slices.DeleteFunc(slices.Clone(items), func(i quarantine.Item) bool { return !moving(i) })
	if err := a.holdPaths(ctx, items...); err != nil {
		return err
	}
	a.edge.Settle(ctx) // any request lets it see the state file
	return nil
}

// moving tells whether the file is to be moved out.
func moving(i quarantine.Item) bool {
	return i.Status == quarantine.StatusMoving || i.Status == quarantine.StatusHeld // held: it has come again and again
}

// moveOut moves a file out, whose path is held.
func (a *App) moveOut(ctx context.Context, i quarantine.Item) (quarantine.Command, error) {
	if !moving(i) {
		return nil, &store.DroppedError{Reason: "the image is " + string(i.Status)}
	}
	asset, err := a.asset(i)
	if immovable(err) {
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
	if a.sweeping.forgetMoved(i); moved.Found == quarantine.Newer {
		a.sweeping.forgetPlace(i)
	}
	return quarantine.RecordMoved{Moved: moved}, nil
}

// seenAfterMove looks once more who has got the images before their paths were held.
func (a *App) seenAfterMove(ctx context.Context, done []*itemDone) error {
	var seen *sighting
	for _, d := range done {
		c, ok := d.outcome.(quarantine.RecordMoved)
		if !ok {
			continue
		}
		if seen == nil && len(d.item.Routes) > 0 {
			seen = a.look(ctx)
		}
		c.Exposure = seen.exposure(d.item.Held)
		d.outcome = c
	}
	return nil
}

func failure(doing quarantine.Doing, why error) quarantine.Command {
	return quarantine.RecordFailure{Failed: quarantine.Failed{Doing: doing, Reason: why.Error(), Said: phrase.SaidOf(why)}}
}

// holdPaths holds the paths of items on their routes. Where a route holds as
// many as it can, it is disabled as a whole.
func (a *App) holdPaths(ctx context.Context, items ...quarantine.Item) error {
	byRoute, first := map[string][]delivery.Held{}, map[string]quarantine.Item{}
	for _, i := range items {
		for _, route := range a.routesOf(i) {
			if byRoute[route] == nil {
				first[route] = i
			}
			byRoute[route] = append(byRoute[route], heldBy(i))
		}
	}
	for route, held := range byRoute {
		err := a.edge.Hold(ctx, route, held...)
		switch {
		case errors.Is(err, journal.ErrNotFound): // it has left the configuration and serves nothing
		case errors.Is(err, journal.ErrTooLarge):
			reason := fmt.Sprintf("more than %d of its images are held", delivery.MaxHeld)
			if err := a.closeRoute(ctx, first[route], route, reason); err != nil {
				return phrase.Errorf("contain.close-route", delivery.MaxHeld, route, err)
			}
		case err != nil:
			return err
		}
	}
	return nil
}

func heldBy(i quarantine.Item) delivery.Held {
	return delivery.Held{Path: i.Name(), Item: i.ID, Since: i.HeldAt, Placeholder: i.Placeholder}
}

// closeRoute has a route disabled as a whole, and fails until it is.
func (a *App) closeRoute(ctx context.Context, i quarantine.Item, route, reason string) error {
	state, err := a.edge.State()
	if err != nil {
		return err
	}
	if r, err := state.Route(route); err != nil || len(r.Disabled) > 0 {
		return err
	}
	if err := a.Do(ctx, monitor, i.Incident, incident.DisableRoute{Route: route, Reason: reason}); err != nil {
		return err
	}
	return phrase.Errorf("contain.closing-route")
}

// putBackWork puts files back and lets go of their paths.
func (a *App) putBackWork() itemWork { return itemWork{do: a.putBack, after: a.lift} }

// putBack writes the same bytes into their place again.
func (a *App) putBack(ctx context.Context, i quarantine.Item) (quarantine.Command, error) {
	if i.Status != quarantine.StatusReleasing {
		return nil, &store.DroppedError{Reason: "the image is " + string(i.Status)}
	}
	var done quarantine.Restored
	asset, err := a.asset(i)
	switch {
	case immovable(err) && !i.Kept: // there is nothing to put back
	case immovable(err):
		return failure(quarantine.Restoring, err), nil
	case err != nil:
		return nil, err
	case !i.Kept:
		err = a.quarantine.mover.Recover(ctx, asset)
	default:
		a.sweeping.knowAgain(i)
		if done.SHA256, err = i.SHA256, a.quarantine.mover.PutBack(ctx, asset); err != nil {
			a.sweeping.forgetPlace(i) // what lies there may have the very size and date
		}
	}
	var damage *blob.DamageError
	if errors.Is(err, journal.ErrConflict) || errors.Is(err, journal.ErrNotFound) || errors.As(err, &damage) {
		return failure(quarantine.Restoring, err), nil
	}
	if err != nil && !immovable(err) {
		return nil, err
	}
	if done.SHA256 != "" {
		a.logHeld("an image is put back into delivery", i.ID, i.Held)
	}
	return quarantine.RecordRestored{Restored: done}, nil
}

// lift lets go of the paths of what is back, or over.
func (a *App) lift(ctx context.Context, done []*itemDone) error {
	var ids []string
	for _, d := range done {
		if _, failed := d.outcome.(quarantine.RecordFailure); !failed {
			ids = append(ids, d.item.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return a.edge.Lift(ctx, ids...)
}

// letGoWork lets go of paths whose items are over.
func (a *App) letGoWork() itemWork { return itemWork{do: a.letGo, after: a.lift} }

// letGo clears up what a cut-off move has left aside, and has a version that
// took the place held before the path is let go of.
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
			err = a.holdPaths(ctx, next)
		}
		if err != nil {
			return nil, err
		}
	}
	if i.Status == quarantine.StatusDiscarded {
		a.logHeld("an image in quarantine is discarded", i.ID, i.Held)
	}
	return quarantine.RecordLifted{}, nil
}

// probePath asks the gateway from outside what it serves in the image's place.
func (a *App) probePath(ctx context.Context, i quarantine.Item) (quarantine.Command, error) {
	done := quarantine.RecordProof{Proven: quarantine.Proven{Held: i.Active()}}
	for _, route := range a.routesOf(i) {
		if !delivery.Serves(i.Name()) {
			continue
		}
		probe, err := a.edge.ProbePath(ctx, route, i.Name(), i.Active())
		if errors.Is(err, journal.ErrConflict) { // somebody has taken the hold away
			if err = a.holdPaths(ctx, i); err == nil {
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
