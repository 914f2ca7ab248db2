package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
)

// itemWork is an effect of held images. What is done before and after is done
// once for all that one effect names: the gateway's state file holds thousands
// of paths in a flood, and must not be written for each of them.
type itemWork struct {
	before func(context.Context, []quarantine.Item) error // may be nil
	do     func(context.Context, quarantine.Item) (quarantine.Command, error)
	after  func(context.Context, []*itemDone) error // may be nil; gets those that nothing failed for
}

// itemDone is what an effect came to for one image.
type itemDone struct {
	item    quarantine.Item
	outcome quarantine.Command // may be nil
	err     error
}

// itemsTime is how long an effect works on images before it leaves the rest to
// another: large files must not take it beyond its time.
const itemsTime = 10 * time.Second

// performItems does an effect of held images while nobody else touches their
// places, and has the outcomes decided on the state that the journalling
// transaction sees. What fails for one of several is tried again for that one.
func (a *App) performItems(w itemWork) store.Decider {
	return func(ctx context.Context, e store.Effect) (store.Result, error) {
		var data quarantine.Effect
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return nil, &store.Permanent{Err: fmt.Errorf("read the data of effect %s: %w", e.Key, err)}
		}
		ids := data.All()
		items, free, err := a.lockItems(ctx, ids)
		if err != nil {
			return nil, err
		}
		defer free()
		done, err := w.perform(ctx, items)
		if err != nil {
			return nil, err
		}
		if len(ids) == 1 && done[0].err != nil {
			return nil, done[0].err
		}
		return func(tx *store.Tx) (journal.Change, error) { return a.outcomes(tx, e, ids, done) }, nil
	}
}

// perform does the work on as many of the images as there is time for.
func (w itemWork) perform(ctx context.Context, items []quarantine.Item) ([]*itemDone, error) {
	if w.before != nil {
		if err := w.before(ctx, items); err != nil {
			return nil, err
		}
	}
	var done, well []*itemDone
	for began := time.Now(); len(done) < len(items) && (len(done) == 0 || time.Since(began) < itemsTime); {
		d := &itemDone{item: items[len(done)]}
		if d.outcome, d.err = w.do(ctx, d.item); d.err == nil {
			well = append(well, d)
		}
		done = append(done, d)
	}
	if w.after == nil || len(well) == 0 {
		return done, nil
	}
	return done, w.after(ctx, well)
}

// outcomes is what follows from all that an effect came to. Each outcome is
// appended at once, so that the next is decided on an incident that knows of it.
// What failed for now is tried again alone, and what there was no time for together.
func (a *App) outcomes(tx *store.Tx, e store.Effect, ids []string, done []*itemDone) (journal.Change, error) {
	var effects, again []journal.Effect // alone, an effect waits before it is tried once more
	for _, d := range done {
		one, err := a.outcomeOf(tx, d)
		var dropped *store.DroppedError
		switch {
		case errors.As(err, &dropped):
		case err != nil && len(ids) > 1:
			again = append(again, journal.Effect{Kind: e.Kind, Key: e.Key + "/" + d.item.ID, Stream: d.item.ID, Data: quarantine.Effect{Item: d.item.ID}})
		case err != nil:
			return journal.Change{}, err
		case len(one.Events) > 0:
			if _, err := tx.Append(journal.Change{Events: one.Events}); err != nil {
				return journal.Change{}, err
			}
		}
		effects = append(effects, one.Effects...)
	}
	if rest := ids[len(done):]; len(rest) > 0 {
		again = append(again, journal.Effect{Kind: e.Kind, Key: e.Key + "/rest", Stream: rest[0], Data: quarantine.Effect{Items: rest}})
	}
	return journal.Change{Effects: append(quarantine.Gather(effects), again...)}, nil
}

func (a *App) outcomeOf(tx *store.Tx, d *itemDone) (journal.Change, error) {
	if d.err != nil || d.outcome == nil {
		return journal.Change{}, d.err
	}
	return a.itemOutcome(tx, d.item.ID, d.outcome)
}

// lockItems gives the images with their places to the caller until it calls
// free. Places are locked in one order, so that no two callers wait for each other.
func (a *App) lockItems(ctx context.Context, ids []string) (items []quarantine.Item, free func(), err error) {
	if items, err = a.itemsOf(ctx, ids); err != nil {
		return nil, nil, err
	}
	inOrder := slices.SortedFunc(slices.Values(items), func(x, y quarantine.Item) int { return cmp.Compare(placeOf(x), placeOf(y)) })
	var frees []func()
	free = func() {
		for _, f := range frees {
			f()
		}
	}
	last := ""
	for _, i := range inOrder {
		if place := placeOf(i); place != last {
			frees, last = append(frees, a.quarantine.places.lock(place)), place
		}
	}
	if items, err = a.itemsOf(ctx, ids); err != nil { // they may have changed meanwhile
		free()
		return nil, nil, err
	}
	return items, free, nil
}

func (a *App) itemsOf(ctx context.Context, ids []string) ([]quarantine.Item, error) {
	items := make([]quarantine.Item, len(ids))
	for n, id := range ids {
		var err error
		if items[n], err = a.store.QuarantineItem(ctx, id); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// itemOutcome is what follows from an outcome, for the item and for its incident.
func (a *App) itemOutcome(tx *store.Tx, id string, outcome quarantine.Command) (journal.Change, error) {
	i, err := itemIn(tx, id)
	if err != nil {
		return journal.Change{}, err
	}
	now := a.now()
	change, err := quarantine.Decide(i, outcome, quarantine.Env{Now: now, By: monitor})
	if err != nil || len(change.Events) == 0 || i.Incident == "" || i.Mitigation != "" { // a mitigation is proven as a whole
		return change, err
	}
	s, err := foldIncident(tx, i.Incident)
	if err != nil || !s.Exists() {
		return change, err
	}
	var more journal.Change
	switch c := outcome.(type) {
	case quarantine.RecordMoved:
		if i.Leaks(c.Exposure) && !i.Leaks(i.Exposure) { // somebody got it before the path was held
			more, err = a.leak(tx, s, id, now)
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
