package app

import (
	"context"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// Quarantine lists held images: those that are not over first, then the newest first.
func (a *App) Quarantine(ctx context.Context, q web.HeldQuery) ([]quarantine.Item, error) {
	if q.Limit <= 0 {
		q.Limit = web.DefaultHeld
	}
	return a.store.Quarantine(ctx, store.QuarantineQuery{Pipeline: q.Pipeline, Incident: q.Incident, Active: q.Active}, q.Limit)
}

// QuarantineItem reads one held image, with the effects that are on their way or have failed.
func (a *App) QuarantineItem(ctx context.Context, id string) (web.HeldItem, error) {
	i, err := a.store.QuarantineItem(ctx, id)
	if err != nil {
		return web.HeldItem{}, err
	}
	effects, err := a.effectsOf(ctx, id)
	if err != nil {
		return web.HeldItem{}, err
	}
	held := web.HeldItem{Item: i, Effects: effects}
	at := i.EraseAt(a.config.Quarantine.keep())
	if at.IsZero() {
		return held, nil
	}
	held.EraseAt = &at
	holders, err := a.store.Holders(ctx, i.SHA256)
	held.NeededBy = quarantine.Needing(holders, 0, at).ID
	return held, err
}

// CountQuarantine counts the images of an incident; all where it is empty.
func (a *App) CountQuarantine(ctx context.Context, incident string) (web.HeldCount, error) {
	c, err := a.store.CountQuarantine(ctx, incident)
	return web.HeldCount(c), err
}

// ChangeQuarantine carries out a person's decision about a held image.
func (a *App) ChangeQuarantine(ctx context.Context, by people.Actor, id string, c quarantine.Command) error {
	return a.changeItem(ctx, id, c, quarantine.Env{Now: a.now(), By: by})
}

// Quarantine lists held images.
func (r *Reader) Quarantine(ctx context.Context, q web.HeldQuery) ([]quarantine.Item, error) {
	return r.app.Quarantine(ctx, q)
}

// CountQuarantine counts the images of an incident; all where it is empty.
func (r *Reader) CountQuarantine(ctx context.Context, incident string) (web.HeldCount, error) {
	return r.app.CountQuarantine(ctx, incident)
}

// QuarantineItem reads one held image.
func (r *Reader) QuarantineItem(ctx context.Context, id string) (web.HeldItem, error) {
	config, err := LoadWatch(r.app.dir)
	if err != nil {
		config = DefaultConfig() // what is held can be read where the configuration is broken
	}
	r.app.config.Quarantine = config.Quarantine
	return r.app.QuarantineItem(ctx, id)
}
