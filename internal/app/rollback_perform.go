package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/repository"
	"github.com/safelight-dev/safelight/internal/store"
)

const (
	backBatch = 100              // images between two looks at the time
	backTime  = 20 * time.Second // of one attempt, which may last half a minute
	backAgain = 2 * time.Second  // how soon the images are measured again
	backProbe = 100              // images that are asked for from outside, spread over the list
	backPurge = 500              // more paths than that are purged as the whole route
)

// performBack is [mitigate] of a roll back, for one of the functions below. An attempt of before may have been cut off at any point.
func (a *App) performBack(do func(ctx context.Context, e incident.BackEffect, list []replacement, again bool) (incident.Command, error), undo bool) store.Decider {
	return func(ctx context.Context, e store.Effect) (store.Result, error) {
		return mitigate(a, undo, incident.BackEffect.Of, func(ctx context.Context, data incident.BackEffect) (incident.Command, error) {
			list, err := readList[replacement](a, data.ImagesEffect)
			if err != nil {
				return nothing, fmt.Errorf("%w: %w", err, journal.ErrInvalid)
			}
			if _, ok := a.config.Watch.Pipelines[data.Pipeline]; !ok {
				return nothing, fmt.Errorf("%w: %w", phrase.Errorf("back.no-pipeline", strconv.Quote(data.Pipeline)), journal.ErrNotFound)
			}
			return do(ctx, data, list, e.Attempts > 1)
		})(ctx, e)
	}
}

// rollBack goes back, the way that was agreed on. Whether the images are good then is measured next.
func (a *App) rollBack(ctx context.Context, e incident.BackEffect, list []replacement, again bool) (incident.Command, error) {
	var err error
	switch e.Back.Way {
	case incident.BackKept:
		err = a.replaceAll(ctx, e, list, false)
	case incident.BackGit:
		err = a.revert(ctx, e, e.Back.Commit, e.Incident+"/"+e.Mitigation)
	default:
		err = a.askHouse(ctx, e, list, again, false)
	}
	if err != nil {
		return nothing, err
	}
	return incident.RecordApplied{ID: e.Mitigation}, nil
}

// rollForward takes it back, and proves from outside that what lies there is served.
func (a *App) rollForward(ctx context.Context, e incident.BackEffect, list []replacement, again bool) (incident.Command, error) {
	var err error
	switch e.Back.Way {
	case incident.BackKept:
		err = a.replaceAll(ctx, e, list, true)
	case incident.BackGit:
		key := e.Incident + "/" + e.Mitigation
		err = a.revert(ctx, e, key, key+"/undo")
	default:
		err = a.askHouse(ctx, e, list, again, true)
	}
	if err != nil {
		return nothing, err
	}
	probe, err := a.seen(ctx, e, list)
	if err != nil {
		return nothing, err
	}
	return a.withLeft(ctx, e.Incident, incident.RecordProbe{ID: e.Mitigation, Undo: true, Probe: probe}, nil)
}

// replaceAll puts the good versions into the places of the bad ones, or back. What has come since stays: it is measured as
// everything is.
func (a *App) replaceAll(ctx context.Context, e incident.BackEffect, list []replacement, undo bool) error {
	p := a.config.Watch.Pipelines[e.Pipeline]
	dir, err := filepath.Abs(p.Delivered)
	if err != nil {
		return err
	}
	began, done := time.Now(), 0
	for batch := range slices.Chunk(list, backBatch) {
		if time.Since(began) > backTime {
			return &store.Waiting{For: phrase.Of("contain.images.of", done, len(list))}
		}
		if err := a.noteReplaced(ctx, e.Pipeline, batch); err != nil {
			return err
		}
		for _, r := range batch {
			asset, by := delivery.Asset{Dir: dir, Path: r.Path, Item: replacing(e, r), SHA256: r.Bad}, r.Good
			if undo {
				asset.SHA256, by = r.Good, r.Bad
			}
			found, err := a.quarantine.mover.Replace(ctx, asset, by)
			if err != nil {
				return err
			}
			if found != quarantine.TheImage {
				a.log.Info("an image has changed since the roll back was planned", "pipeline", e.Pipeline, "path", r.Path, "found", found)
			}
		}
		done += len(batch)
	}
	return a.purgeBack(ctx, e, list)
}

// replacing names the work on an image, in the folder of it.
func replacing(e incident.BackEffect, r replacement) string {
	sum := sha256.Sum256([]byte(e.Incident + "/" + e.Mitigation + "/" + r.Path))
	return hex.EncodeToString(sum[:8])
}

// noteReplaced has the bytes of bad versions found again, to be erased one day.
func (a *App) noteReplaced(ctx context.Context, pipeline string, batch []replacement) error {
	return a.store.Update(ctx, func(tx *store.Tx) error {
		for _, r := range batch {
			if err := tx.ReplacedVersion(store.Version{Pipeline: pipeline, Path: r.Path, SHA256: r.Bad, Bytes: r.Bytes}, a.now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// purgeBack has the edges forget what they have stored of the images.
func (a *App) purgeBack(ctx context.Context, e incident.BackEffect, list []replacement) error {
	var paths []string
	for _, r := range list {
		if delivery.Serves(r.Path) && len(list) <= backPurge {
			paths = append(paths, r.Path)
		}
	}
	for _, route := range a.gatewayRoutes(a.config.Watch.Pipelines[e.Pipeline]) {
		if _, err := a.edge.Purge(ctx, route, paths, nil); err != nil && !errors.Is(err, journal.ErrNotFound) {
			return err
		}
	}
	return nil
}

// revert takes a commit of the pipeline's repository back.
func (a *App) revert(ctx context.Context, e incident.BackEffect, commit, key string) error {
	g := a.config.Watch.Pipelines[e.Pipeline].Rollback.Git
	if g == nil {
		return fmt.Errorf("%w: %w", phrase.Errorf("back.no-repository", commit, e.Pipeline), journal.ErrNotFound)
	}
	line, err := repository.OpenLine(g.Repository, g.Line())
	if err != nil {
		return err
	}
	_, _, err = line.Revert(ctx, repository.RevertRequest{Commit: commit, Author: repository.Person{Name: "Safelight", Email: "safelight@localhost"}, When: a.now(), Key: key})
	return err
}

// askHouse asks the house. A program that an attempt has started that was cut off is not started again: nobody knows how far it
// came, and what it would do to what it has done. A web service is asked again under the same id.
func (a *App) askHouse(ctx context.Context, e incident.BackEffect, list []replacement, again, undo bool) error {
	c := a.config.Watch.Pipelines[e.Pipeline].Rollback
	if again && e.Back.Way == incident.BackCommand {
		a.log.Warn("the server was ended while a roll back ran; the images will tell whether it was done", "incident", e.Incident, "mitigation", e.Mitigation)
		return nil
	}
	cased, err := a.Case(ctx, e.Incident)
	if err != nil {
		return err
	}
	o := delivery.BackOrder{ID: e.Incident + "-" + e.Mitigation, Incident: e.Incident, Mitigation: e.Mitigation, Pipeline: e.Pipeline, Before: begin(cased.Incident)}
	for _, r := range list {
		o.Images = append(o.Images, r.Path)
	}
	h := delivery.House{Pipeline: e.Pipeline, Config: c}
	if undo {
		o.ID += "-undo"
		err = h.Forward(ctx, o)
	} else {
		err = h.Back(ctx, o)
	}
	var later *delivery.Later
	if err == nil || ctx.Err() != nil || e.Back.Way == incident.BackWebhook && errors.As(err, &later) {
		return err
	}
	return fmt.Errorf("%w: %w", err, journal.ErrConflict) // it is for a person to ask again
}

// measureAgain measures the delivered images until all of them are within budget, and then asks for them from outside.
func (a *App) measureAgain(ctx context.Context, e incident.BackEffect, list []replacement, _ bool) (incident.Command, error) {
	began := time.Now()
	var state standing
	for batch := range slices.Chunk(list, backBatch) {
		if time.Since(began) > backTime {
			return nothing, &store.Waiting{For: state.text(len(list))}
		}
		if err := a.standOf(ctx, e, batch, &state); err != nil {
			return nothing, err
		}
	}
	switch {
	case len(state.over) > 0 && (e.Back.Way == incident.BackKept && !state.open || !a.now().Before(e.Until)):
		return nothing, fmt.Errorf("%w: %w", phrase.Errorf("back.still-over", len(state.over), len(list), state.over[0]), journal.ErrConflict)
	case state.good+state.gone < len(list) && !a.now().Before(e.Until):
		return nothing, fmt.Errorf("%w: %w", phrase.Errorf("back.unmeasured", len(list)-state.good-state.gone, len(list)), journal.ErrConflict)
	case state.good+state.gone < len(list):
		return nothing, &store.Waiting{After: backAgain, For: state.text(len(list))}
	}
	if err := a.purgeHouse(ctx, e, list); err != nil {
		return nothing, err
	}
	probe, err := a.seen(ctx, e, list)
	if err != nil {
		return nothing, err
	}
	probe.Measured = state.good
	return a.withLeft(ctx, e.Incident, incident.RecordProbe{ID: e.Mitigation, Probe: probe}, nil)
}

// purgeHouse has the edges forget what the house has replaced: nobody else tells them. It is done once the new images are there.
func (a *App) purgeHouse(ctx context.Context, e incident.BackEffect, list []replacement) error {
	if e.Back.Way == incident.BackKept {
		return nil // it was purged when the images were put there
	}
	return a.purgeBack(ctx, e, list)
}

// standing is how the images of a roll back stand.
type standing struct {
	good, gone int
	over       []string // measured as they are now, and over budget
	open       bool     // some are not measured yet
}

func (s standing) text(all int) phrase.Sentence {
	return phrase.Of("back.within", s.good, all)
}

// standOf measures some images if they have changed, and adds how they stand.
func (a *App) standOf(ctx context.Context, e incident.BackEffect, batch []replacement, s *standing) error {
	var paths []string
	for _, r := range batch {
		paths = append(paths, r.Path)
	}
	if err := a.sweepPaths(ctx, e.Pipeline, paths); err != nil {
		return err
	}
	checks, err := a.store.Choose(ctx, store.Choice{Pipeline: e.Pipeline, Paths: paths}, len(paths))
	if err != nil {
		return err
	}
	last := map[string]store.Chosen{}
	for _, c := range checks {
		last[c.Path] = c
	}
	for _, r := range batch {
		info, err := os.Stat(filepath.Join(a.config.Watch.Pipelines[e.Pipeline].Delivered, filepath.FromSlash(r.Path)))
		c, measured := last[r.Path]
		switch {
		case errors.Is(err, fs.ErrNotExist):
			s.gone++
		case err != nil:
			return err
		case !measured || c.Modified != info.ModTime().UnixNano() || c.Bytes != info.Size():
			s.open = true
		case c.Over != 0:
			s.over = append(s.over, r.Path)
		default:
			s.good++
		}
	}
	return nil
}

// seen asks for images from outside, on every route of the pipeline.
func (a *App) seen(ctx context.Context, e incident.BackEffect, list []replacement) (probe incident.Probe, err error) {
	names := spread(list, backProbe)
	for _, route := range a.gatewayRoutes(a.config.Watch.Pipelines[e.Pipeline]) {
		for _, name := range names {
			probe, err = a.edge.ProbePath(ctx, route, name, false)
			if errors.Is(err, journal.ErrNotFound) {
				break // the route has left the configuration since
			}
			if err != nil {
				return probe, err
			}
			probe.Images = len(names)
		}
	}
	return probe, nil
}

// spread picks images over the whole list.
func spread(list []replacement, most int) (names []string) {
	var served []string
	for _, r := range list {
		if delivery.Serves(r.Path) {
			served = append(served, r.Path)
		}
	}
	if len(served) <= most {
		return served
	}
	for i := range most {
		names = append(names, served[i*(len(served)-1)/(most-1)])
	}
	return names
}
