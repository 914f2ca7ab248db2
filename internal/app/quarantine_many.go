package app

import (
	"context"
	"errors"
	"slices"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// ChangeQuarantineOf carries out a person's decision about all held images of
// an incident or of a pipeline, a hundred in one transaction. Those that the
// decision does not fit, as one that is being moved, are left and counted. What
// was decided stands where it is cut off; deciding again goes on from there.
func (a *App) ChangeQuarantineOf(ctx context.Context, by people.Actor, q web.HeldQuery, c quarantine.Command) (web.HeldChange, error) {
	var done web.HeldChange
	if q.Incident == "" && q.Pipeline == "" {
		return done, phrase.Refusal(journal.ErrInvalid, "refusal.held.which")
	}
	q.Active, q.Limit = true, allItems
	items, err := a.Quarantine(ctx, q)
	if err != nil {
		return done, err
	}
	if len(items) == 0 {
		return done, phrase.Refusal(journal.ErrNotFound, "refusal.held.none", q.Incident+q.Pipeline)
	}
	env := quarantine.Env{Now: a.now(), By: by}
	for batch := range slices.Chunk(items, quarantine.MaxBatch) {
		var now web.HeldChange
		err := a.store.Update(ctx, func(tx *store.Tx) (err error) {
			now, err = changeTogether(tx, batch, c, env)
			return err
		})
		if err != nil {
			return done, err
		}
		done.Changed, done.Left = done.Changed+now.Changed, done.Left+now.Left
	}
	return done, nil
}

// changeTogether decides about images in one transaction and queues their effects together.
func changeTogether(tx *store.Tx, items []quarantine.Item, c quarantine.Command, env quarantine.Env) (web.HeldChange, error) {
	var done web.HeldChange
	var all journal.Change
	for _, item := range items {
		i, err := itemIn(tx, item.ID)
		if err != nil {
			return done, err
		}
		change, err := quarantine.Decide(i, c, env)
		if errors.Is(err, journal.ErrConflict) {
			done.Left++
			continue
		}
		if err != nil {
			return done, err
		}
		done.Changed++
		all.Events, all.Effects = append(all.Events, change.Events...), append(all.Effects, change.Effects...)
	}
	all.Effects = quarantine.Gather(all.Effects)
	_, err := tx.Append(all)
	return done, err
}
