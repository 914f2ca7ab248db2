package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// quarantineDesk takes images out of delivery and puts them back.
type quarantineDesk struct {
	mover      delivery.Mover
	deliveries *delivery.Deliveries
	places     places
}

// quarantineRule is what incidents of held images name as their rule.
const quarantineRule = "quarantine"

// quarantineGroup is what the held images of a pipeline have in common: the
// first opens an incident and the others join it.
func quarantineGroup(pipeline string) string { return quarantineRule + "/" + pipeline }

// itemLabel names the image that opened an incident among its labels.
const itemLabel = "quarantine"

func (a *App) openQuarantine() {
	a.quarantine.mover.Keep = keeper{a.blobs}
	a.quarantine.deliveries = delivery.NewDeliveries(AccessLog(a.dir))
}

// Hold takes a delivered image out of delivery: it is journalled with its
// incident at once, and the gateway and the file follow as effects. Pipeline,
// path, digest, size, date, findings and whether the reference must not be
// served either are the caller's to say. It gives the item that holds the
// image; none where a person has released these very bytes knowing as much.
func (a *App) Hold(ctx context.Context, h quarantine.Held) (string, error) {
	ids, err := a.holdTogether(ctx, []quarantine.Held{h})
	if err != nil {
		return "", fmt.Errorf("hold %s of %s: %w", h.Path, h.Pipeline, err)
	}
	return ids[0], nil
}

// HoldAll is [App.Hold] of images that were found together: journalled in one
// transaction, held at the gateway by one change of its state file. Where one of
// them cannot be held, the others are.
func (a *App) HoldAll(ctx context.Context, list []quarantine.Held) error {
	var errs []error
	for batch := range slices.Chunk(list, quarantine.MaxBatch) {
		_, err := a.holdTogether(ctx, batch)
		if err == nil {
			continue
		}
		for _, h := range batch {
			_, err := a.Hold(ctx, h)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (a *App) holdTogether(ctx context.Context, list []quarantine.Held) (ids []string, err error) {
	at := a.now()
	all := make([]*holding, len(list))
	var seen *sighting
	for n, h := range list {
		p, ok := a.config.Watch.Pipelines[h.Pipeline]
		if !ok {
			return nil, fmt.Errorf("pipeline %q is not configured: %w", h.Pipeline, journal.ErrInvalid)
		}
		h.Class, h.Routes = p.Class, a.gatewayRoutes(p)
		if seen == nil && len(h.Routes) > 0 {
			seen = a.look(ctx)
		}
		h.Exposure = seen.exposure(h)
		all[n] = &holding{app: a, held: h, at: at}
		if h.Mitigation != "" { // its incident is open
			continue
		}
		if all[n].opened, err = a.openedByHold(ctx, h, p, at); err != nil {
			return nil, err
		}
	}
	err = a.store.Update(ctx, func(tx *store.Tx) error { return decideTogether(tx, all) })
	if err != nil {
		return nil, err
	}
	for _, h := range all {
		if ids = append(ids, h.id); h.fresh {
			a.meter.CountQuarantined(h.held.Pipeline, string(h.held.Class))
			a.logHeld("an image is taken out of delivery", h.id, h.held)
		}
	}
	return ids, nil
}

// logHeld says to whoever reads the server's log what becomes of an image. What was found in it is named by kind only.
func (a *App) logHeld(what, id string, h quarantine.Held) {
	a.log.Info(what, "image", id, "pipeline", h.Pipeline, "path", h.Path, "kinds", strings.Join(h.Kinds(), ", "), "incident", h.Incident)
}

// decideTogether decides about images in one transaction, each on what the ones
// before it have led to, and queues their effects together.
func decideTogether(tx *store.Tx, all []*holding) error {
	var effects, notices []journal.Effect
	for _, h := range all {
		h.tx = tx
		if err := h.decide(); err != nil {
			return err
		}
		if effects = append(effects, h.effects...); h.fresh && h.held.Mitigation == "" {
			notices = append(notices, h.app.notices(notify.QuarantineNotice, h.held.Pipeline, h.at)...)
		}
	}
	_, err := tx.Append(journal.Change{Effects: append(quarantine.Gather(effects), notices...)})
	return err
}

// gatewayRoutes gives the routes of a pipeline that our own gateway serves.
func (a *App) gatewayRoutes(p pipeline.Pipeline) []string {
	var routes []string
	for _, r := range p.Routes {
		if _, ok := a.config.Gateway.Routes[r]; ok {
			routes = append(routes, r)
		}
	}
	return routes
}

// openedByHold describes the incident that a held image opens: S0 where the
// public has got what must not get out, S1 where it was caught before or where
// nobody could look.
func (a *App) openedByHold(ctx context.Context, h quarantine.Held, p pipeline.Pipeline, at time.Time) (incident.Opened, error) {
	severity, title := pipeline.S1, phrase.Key("quarantine.title.caught")
	leaked := h.Leaks(h.Exposure)
	if leaked {
		severity, title = pipeline.S0, "quarantine.title.public"
	}
	o := incident.Opened{
		Severity: severity, Pipeline: h.Pipeline, Class: p.Class, Routes: p.Routes, Rule: quarantineRule, Group: quarantineGroup(h.Pipeline),
		Title:        phrase.Say(a.config.Language, title, h.Pipeline, web.KindsOf(a.config.Language, h)),
		PersonalData: leaked, Quarantine: true, Policy: a.policy(severity), Stakeholders: p.Stakeholders,
		Labels: map[string]string{"kinds": strings.Join(h.Kinds(), ", ")},
	}
	return o, a.assign(ctx, &o, p, at)
}

// holding is one image being held, in one transaction.
type holding struct {
	app    *App
	tx     *store.Tx
	held   quarantine.Held
	opened incident.Opened
	at     time.Time
	id     string // of the item that holds it in the end
	fresh  bool   // the item is new

	effects []journal.Effect // that follow
}

func (h *holding) env() quarantine.Env { return quarantine.Env{Now: h.at, By: monitor} }

// decide finds out what the image is to the items that there are.
func (h *holding) decide() error {
	now, err := h.tx.HeldAt(h.held.Pipeline, h.held.Name())
	if err != nil {
		return err
	}
	if now.Exists() && now.SHA256 == h.held.SHA256 {
		h.id = now.ID
		if h.held.Mitigation != "" {
			return nil // it is out of delivery already
		}
		return h.append(quarantine.Decide(now, quarantine.Hold{ID: now.ID, Held: h.held}, h.env()))
	}
	before, err := h.tx.VersionItems(h.held.Pipeline, h.held.Name(), h.held.SHA256)
	if err != nil {
		return err
	}
	for _, i := range before {
		if h.held.Mitigation != "" && i.Incident == h.held.Incident && i.Mitigation == h.held.Mitigation {
			return nil // it was taken out by it, and a person has released it since
		}
		if h.held.Mitigation == "" && i.Covers(h.held) {
			return nil
		}
	}
	if h.id, err = h.tx.NextQuarantineID(h.at); err != nil {
		return err
	}
	if now.Exists() {
		newer := quarantine.Superseded{SHA256: h.held.SHA256, Item: h.id}
		if err := h.append(quarantine.Decide(now, quarantine.Supersede{Superseded: newer}, h.env())); err != nil {
			return err
		}
	}
	if h.held.Mitigation == "" {
		if h.held.Incident, err = h.incident(); err != nil {
			return err
		}
	}
	h.fresh = true
	return h.append(quarantine.Decide(quarantine.Item{}, quarantine.Hold{ID: h.id, Held: h.held}, h.env()))
}

func (h *holding) append(c journal.Change, err error) error {
	if err != nil {
		return err
	}
	h.effects = append(h.effects, c.Effects...)
	_, err = h.tx.Append(journal.Change{Events: c.Events})
	return err
}

// incident joins the pipeline's open incident of held images, or opens one. An
// incident that is resolved is over: what comes after is news.
func (h *holding) incident() (string, error) {
	id, err := h.tx.GroupIncident(h.opened.Group, "")
	if err != nil {
		return "", err
	}
	if id != "" {
		s, err := foldIncident(h.tx, id)
		if err != nil {
			return "", err
		}
		if s.Closed == nil && s.Resolved == nil {
			if !h.held.Leaks(h.held.Exposure) {
				return id, nil
			}
			return id, h.append(h.app.leak(h.tx, s, h.id, h.at))
		}
	}
	h.opened.Labels[itemLabel] = h.id
	return h.app.openIn(h.tx, monitor, h.at, h.opened)
}

// leak is what an incident becomes by an image that the public has got.
func (a *App) leak(tx *store.Tx, s incident.State, item string, at time.Time) (journal.Change, error) {
	env, err := a.env(tx, monitor, at)
	if err != nil {
		return journal.Change{}, err
	}
	return incident.Decide(s, incident.RecordLeak{Item: item, Policy: a.policy(pipeline.S0)}, env)
}

// Cleared says that a version of a delivered image was looked at and nothing
// holds it. Where an older version is held under its path, that is over.
func (a *App) Cleared(ctx context.Context, pipeline, path, sha256 string) error {
	held, err := a.store.HeldAt(ctx, pipeline, path)
	if err != nil || !held.Exists() || held.SHA256 == sha256 {
		return err
	}
	return a.changeItem(ctx, held.ID, quarantine.Supersede{Superseded: quarantine.Superseded{SHA256: sha256}}, quarantine.Env{Now: a.now(), By: monitor})
}

// changeItem decides a command on an item and appends what follows from it.
func (a *App) changeItem(ctx context.Context, id string, c quarantine.Command, env quarantine.Env) error {
	if !quarantine.IsStream(id) {
		return fmt.Errorf("find quarantine item %.80q: it is none: %w", id, journal.ErrNotFound)
	}
	return a.store.Update(ctx, func(tx *store.Tx) error {
		i, err := itemIn(tx, id)
		if err != nil {
			return err
		}
		change, err := quarantine.Decide(i, c, env)
		if err != nil {
			return err
		}
		_, err = tx.Append(change)
		return err
	})
}

func itemIn(tx *store.Tx, id string) (quarantine.Item, error) {
	entries, err := tx.Stream(id)
	if err != nil {
		return quarantine.Item{}, err
	}
	return quarantine.Fold(entries)
}

// places lets one worker at a time touch a place in a delivered folder.
type places struct {
	mu   sync.Mutex
	held map[string]*place
}

type place struct {
	mu    sync.Mutex
	users int
}

// placeOf names the place of an item.
func placeOf(i quarantine.Item) string { return i.Pipeline + "\x00" + i.Name() }

// lock gives a place to the caller until it calls free.
func (p *places) lock(key string) (free func()) {
	p.mu.Lock()
	if p.held == nil {
		p.held = map[string]*place{}
	}
	at := p.held[key]
	if at == nil {
		at = &place{}
		p.held[key] = at
	}
	at.users++
	p.mu.Unlock()
	at.mu.Lock()
	return func() {
		at.mu.Unlock()
		p.mu.Lock()
		defer p.mu.Unlock()
		if at.users--; at.users == 0 {
			delete(p.held, key)
		}
	}
}

// asset is the file of an item.
func (a *App) asset(i quarantine.Item) (delivery.Asset, error) {
	p, ok := a.config.Watch.Pipelines[i.Pipeline]
	if !ok {
		return delivery.Asset{}, phrase.Errorf("contain.images.homeless", i.ID, strconv.Quote(i.Pipeline), errUnconfigured)
	}
	if a.inBucket(i.Pipeline) {
		return delivery.Asset{}, errInBucket
	}
	dir, err := filepath.Abs(p.Delivered)
	return delivery.Asset{
		Dir: dir, Path: i.Name(), Item: i.ID, SHA256: i.SHA256, Mode: fileMode(i.Mode), ModifiedAt: i.ModifiedAt,
	}, err
}

// immovable tells that a file is not where it could be moved.
func immovable(err error) bool { return errors.Is(err, errUnconfigured) || errors.Is(err, errInBucket) }

// errUnconfigured says that a pipeline has left the configuration.
var errUnconfigured = phrase.Errorf("contain.images.name-it")
