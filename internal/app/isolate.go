package app

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/safelight-dev/safelight/internal/blob"
	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// maxList bounds the list of a mitigation in bytes: its images are as many as one route may hold.
const maxList = 16 << 20

// PlanIsolation says which images a selection means, and what taking them out of delivery would change. Nothing is changed.
func (a *App) PlanIsolation(ctx context.Context, id string, sel web.Selection) (web.IsolationPlan, error) {
	c, err := a.Case(ctx, id)
	if err != nil {
		return web.IsolationPlan{}, err
	}
	plan, _, err := a.planIsolation(ctx, c.Incident, sel)
	return plan, err
}

// planIsolation gives the list as it is kept, too.
func (a *App) planIsolation(ctx context.Context, s incident.State, sel web.Selection) (plan web.IsolationPlan, list []byte, err error) {
	name := s.Opened.Pipeline
	p, ok := a.config.Watch.Pipelines[name]
	if !ok {
		return plan, nil, fmt.Errorf("%w: %w", phrase.Errorf("refusal.no-pipeline", s.ID, strconv.Quote(name)), journal.ErrInvalid)
	}
	if err := sel.Check(); err != nil {
		return plan, nil, err
	}
	choice := store.Choice{Pipeline: name, Paths: sel.Paths, Digests: sel.Digests, Software: sel.Software, Model: sel.Model, Run: sel.Run, LUT: sel.LUT, Over: sel.Over}
	if sel.Over {
		choice.Since = begin(s)
	}
	chosen, err := a.store.Choose(ctx, choice, delivery.MaxHeld+1)
	if err != nil {
		return plan, nil, err
	}
	if len(chosen) > delivery.MaxHeld {
		return plan, nil, phrase.Errorf("contain.too-many", delivery.MaxHeld, journal.ErrTooLarge)
	}
	affected, err := a.affected(ctx, s)
	if err != nil {
		return plan, nil, err
	}
	delivered, err := a.exposed(ctx, name, affected)
	if err != nil {
		return plan, nil, err
	}
	plan = web.IsolationPlan{Pipeline: name, Chosen: sel.String(), Images: len(chosen), Over: len(affected), Routes: a.gatewayRoutes(p)}
	plan.Whole = len(affected) > 0 && containsAll(chosen, delivered)
	images := make([]quarantine.Held, len(chosen))
	for n, x := range chosen {
		images[n] = quarantine.Held{
			Pipeline: name, Path: x.Path, SHA256: x.SHA256, Bytes: x.Bytes, ModifiedAt: time.Unix(0, x.Modified).UTC(),
			Findings: []quarantine.Finding{{Kind: quarantine.Isolated}}, Incident: s.ID,
		}
		if len(plan.Sample) < web.PlanSample {
			plan.Sample = append(plan.Sample, x.Path)
		}
	}
	if err := a.seeImages(ctx, &plan, images); err != nil {
		return plan, nil, err
	}
	list, err = json.Marshal(images)
	plan.SHA256 = blob.Digest(sha256.Sum256(list)).String()
	return plan, list, err
}

// containsAll tells whether no image that is over budget and delivered is left out. Both are sorted by their paths.
func containsAll(chosen, delivered []store.Chosen) bool {
	for _, x := range delivered {
		if _, found := slices.BinarySearchFunc(chosen, x.Path, func(c store.Chosen, path string) int { return cmp.Compare(c.Path, path) }); !found {
			return false
		}
	}
	return true
}

// seeImages counts what is held already, what has no reference, and what was delivered lately.
func (a *App) seeImages(ctx context.Context, plan *web.IsolationPlan, images []quarantine.Held) error {
	paths := make([]string, len(images))
	for n, h := range images {
		now, err := a.store.HeldAt(ctx, h.Pipeline, h.Name())
		if err != nil {
			return err
		}
		if now.Exists() && now.SHA256 == h.SHA256 {
			plan.Held++
		}
		paths[n] = h.Name()
	}
	plan.Recent = a.deliveredLately(ctx, plan.Routes).of(paths)
	return nil
}

// Isolate takes images out of delivery. Where the caller has seen a plan, it is that plan which is carried out, or none.
func (a *App) Isolate(ctx context.Context, by people.Actor, id string, c web.Isolate) error {
	cased, err := a.Case(ctx, id)
	if err != nil {
		return err
	}
	if err := by.Require(people.Contain); err != nil {
		return err
	}
	plan, list, err := a.planIsolation(ctx, cased.Incident, c.Selection)
	switch {
	case err != nil:
		return err
	case plan.Images == 0:
		return phrase.Errorf("contain.none", plan.Pipeline, journal.ErrNotFound)
	case c.Plan != "" && c.Plan != plan.SHA256:
		return phrase.Errorf("contain.changed", plan.Images, journal.ErrConflict)
	}
	digest, _, err := a.blobs.Put(ctx, bytes.NewReader(list), maxList)
	if err != nil {
		return fmt.Errorf("keep the list of the images to isolate: %w", err)
	}
	return a.Do(ctx, by, id, incident.Isolate{Reason: c.Reason, Images: incident.ImageList{
		Pipeline: plan.Pipeline, Count: plan.Images, SHA256: digest.String(), Chosen: plan.Chosen, Whole: plan.Whole,
	}})
}

// isolate holds the images of a mitigation and waits until each is out of delivery, and proven so where a route of ours
// delivers it.
func (a *App) isolate(ctx context.Context, e incident.ImagesEffect) (incident.Command, error) {
	list, err := a.listed(e)
	if err != nil {
		return nothing, fmt.Errorf("%w: %w", err, journal.ErrInvalid)
	}
	for batch := range slices.Chunk(list, quarantine.MaxBatch) {
		if _, err := a.holdTogether(ctx, batch); err != nil {
			return nothing, err
		}
	}
	out, err := a.isolated(ctx, e, list)
	if err != nil {
		return nothing, err
	}
	c, err := out.outcome(e, false)
	return a.withLeft(ctx, e.Incident, c, a.hindered(ctx, out, err))
}

// isolated tells how far the images of a list have come. One that a person has decided about since counts no more. One whose
// place another version has taken has failed: nobody has looked at what is delivered there now.
func (a *App) isolated(ctx context.Context, e incident.ImagesEffect, list []quarantine.Held) (out progress, err error) {
	items, err := a.store.Quarantine(ctx, store.QuarantineQuery{Incident: e.Incident, Mitigation: e.Mitigation}, allItems)
	if err != nil {
		return out, err
	}
	mine := map[string]quarantine.Item{}
	for _, i := range items {
		mine[i.Name()] = i
	}
	for _, h := range list {
		i, ok := mine[h.Name()]
		if !ok { // it was out of delivery for another reason
			if i, err = a.store.HeldAt(ctx, h.Pipeline, h.Name()); err != nil {
				return out, err
			}
		}
		switch {
		case !i.Exists() || i.SHA256 != h.SHA256 || i.Status == quarantine.StatusSuperseded:
			out.lose(h.Path, phrase.Errorf("contain.images.newer"))
		case i.Status == quarantine.StatusReleasing: // it is just being put back by another decision, and held once it is
			out.all, out.waiting = out.all+1, append(out.waiting, i.ID)
		case i.Active():
			out.add(i, i.Status == quarantine.StatusHeld)
		case i.Status == quarantine.StatusDiscarded: // out for good
			out.all, out.there = out.all+1, out.there+1
		}
	}
	return out, nil
}

// putBackImages releases the images of a mitigation and waits until each is delivered again as it was.
func (a *App) putBackImages(ctx context.Context, e incident.ImagesEffect) (incident.Command, error) {
	items, err := a.store.Quarantine(ctx, store.QuarantineQuery{Incident: e.Incident, Mitigation: e.Mitigation}, allItems)
	if err != nil {
		return nothing, err
	}
	held := slices.Collect(func(yield func(quarantine.Item) bool) {
		for _, i := range items {
			if (i.Status == quarantine.StatusHeld || i.Status == quarantine.StatusFailed) && !yield(i) {
				return
			}
		}
	})
	release := quarantine.Release{Reason: e.Mitigation + " is undone"}
	for batch := range slices.Chunk(held, quarantine.MaxBatch) {
		err := a.store.Update(ctx, func(tx *store.Tx) error {
			_, err := changeTogether(tx, batch, release, quarantine.Env{Now: a.now(), By: monitor})
			return err
		})
		if err != nil {
			return nothing, err
		}
	}
	if items, err = a.store.Quarantine(ctx, store.QuarantineQuery{Incident: e.Incident, Mitigation: e.Mitigation}, allItems); err != nil {
		return nothing, err
	}
	var back progress
	for _, i := range items {
		if i.Status != quarantine.StatusSuperseded && i.Status != quarantine.StatusDiscarded {
			back.add(i, i.Status == quarantine.StatusRestored)
		}
	}
	c, err := back.outcome(e, true)
	return a.withLeft(ctx, e.Incident, c, a.hindered(ctx, back, err))
}

// listed reads the list of a mitigation.
func (a *App) listed(e incident.ImagesEffect) ([]quarantine.Held, error) {
	list, err := readList[quarantine.Held](a, e)
	for n := range list {
		list[n].Incident, list[n].Mitigation = e.Incident, e.Mitigation
	}
	return list, err
}

// readList reads the list that a mitigation names by its digest.
func readList[T any](a *App, e incident.ImagesEffect) (list []T, err error) {
	digest, err := blob.Parse(e.SHA256)
	if err != nil {
		return nil, err
	}
	r, err := a.blobs.Open(digest)
	if err != nil {
		return nil, phrase.Errorf("contain.list", e.Mitigation, err)
	}
	text, err := io.ReadAll(io.LimitReader(r, maxList+1))
	if err = errors.Join(err, r.Close()); err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil {
		return nil, phrase.Errorf("contain.list", e.Mitigation, err)
	}
	return list, nil
}

// progress is how far the images of a mitigation have come.
type progress struct {
	all, there int
	probe      incident.Probe // the last answer
	waiting    []string       // quarantine items that are on their way
	failed     []string       // images that no retry will mend
	problem    phrase.Said    // of the last of these
}

func (p *progress) add(i quarantine.Item, arrived bool) {
	p.all++
	proven := i.ProvenAt != nil || len(i.Routes) == 0 || !delivery.Serves(i.Name())
	switch {
	case arrived && proven:
		p.there++
		if n := len(i.Proofs); n > 0 {
			p.probe = i.Proofs[n-1].Probe
		}
	case i.Status == quarantine.StatusFailed || i.Status == quarantine.StatusHeld && i.Problem != "":
		p.failed, p.problem = append(p.failed, i.Path), i.Why()
	default:
		p.waiting = append(p.waiting, i.ID)
	}
}

func (p *progress) lose(path string, why error) {
	p.all++
	p.failed, p.problem = append(p.failed, path), phrase.SaidOf(why)
}

const (
	imagesAgain    = 500 * time.Millisecond // how soon the images of a mitigation are looked at again
	hinderedAgain  = 2 * time.Second        // and how soon where something is in their way
	hinderedImages = 1000                   // of which somebody looks what that is
)

// hindrance is a wait that has a reason which people must know: the work on images is tried in vain.
type hindrance struct {
	*store.Waiting
	problem error
}

// Unwrap makes it a wait.
func (h *hindrance) Unwrap() error { return h.Waiting }

// hindered finds out why images that are waited for are still on their way, if their last attempt did not succeed.
func (a *App) hindered(ctx context.Context, p progress, err error) error {
	var waiting *store.Waiting
	if !errors.As(err, &waiting) || len(p.waiting) == 0 {
		return err
	}
	problem, failed := a.store.Hindrance(ctx, p.waiting[:min(len(p.waiting), hinderedImages)])
	if failed != nil || problem == nil {
		return errors.Join(failed, err)
	}
	return &hindrance{&store.Waiting{After: hinderedAgain, For: waiting.For}, phrase.Errorf("contain.images.hindered", waiting.For, problem)}
}

// outcome is what is journalled: nothing while images are on their way.
func (p progress) outcome(e incident.ImagesEffect, undo bool) (incident.Command, error) {
	switch {
	case p.all == 0 && !undo:
		return incident.Failed(e.Mitigation, false, true, phrase.Errorf("contain.images.none-out")), nil
	case p.there+len(p.failed) < p.all:
		return nothing, &store.Waiting{After: imagesAgain, For: phrase.Of("contain.images.of", p.there, p.all)}
	case len(p.failed) > 0:
		return incident.Failed(e.Mitigation, undo, true, phrase.Errorf("contain.images.failed", len(p.failed), p.all, p.failed[0], p.problem)), nil
	}
	p.probe.Images = p.there
	return incident.RecordProbe{ID: e.Mitigation, Undo: undo, Probe: p.probe}, nil
}
