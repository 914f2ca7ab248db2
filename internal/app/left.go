package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
)

// affected lists the images of an incident's pipeline that its checks have found over budget since it began and not found good
// since; one more than one isolation may hold at most.
func (a *App) affected(ctx context.Context, s incident.State) ([]store.Chosen, error) {
	return a.store.Choose(ctx, store.Choice{Pipeline: s.Opened.Pipeline, Over: true, Since: begin(s)}, delivery.MaxHeld+1)
}

// exposed gives those of some images that are delivered: not out of delivery, and not gone.
func (a *App) exposed(ctx context.Context, pipeline string, images []store.Chosen) (list []store.Chosen, err error) {
	for _, x := range images {
		out, err := a.outOfDelivery(ctx, pipeline, x)
		if err != nil {
			return nil, err
		}
		if !out {
			list = append(list, x)
		}
	}
	return list, nil
}

// outOfDelivery tells whether the version of an image that was checked is not delivered. What is just being moved is as good as out:
// its own proof is awaited.
func (a *App) outOfDelivery(ctx context.Context, pipeline string, x store.Chosen) (bool, error) {
	i, err := a.store.HeldAt(ctx, pipeline, x.Path)
	if err != nil {
		return false, err
	}
	if i.Exists() && i.SHA256 == x.SHA256 && (i.Status == quarantine.StatusHeld || i.Status == quarantine.StatusMoving) {
		return true, nil
	}
	info, err := os.Stat(filepath.Join(a.config.Watch.Pipelines[pipeline].Delivered, filepath.FromSlash(x.Path)))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case err != nil:
		return false, err
	}
	return info.ModTime().UnixNano() != x.Modified || info.Size() != x.Bytes, nil // another version, which is not measured yet
}

// left counts the images that are over budget and delivered. Of a pipeline that has left the configuration nobody knows.
func (a *App) left(ctx context.Context, s incident.State) (incident.Left, error) {
	if _, ok := a.config.Watch.Pipelines[s.Opened.Pipeline]; !ok {
		return incident.Left{}, nil
	}
	images, err := a.affected(ctx, s)
	if err == nil {
		images, err = a.exposed(ctx, s.Opened.Pipeline, images)
	}
	if err != nil || len(images) == 0 {
		return incident.Left{}, err
	}
	return incident.Left{Images: len(images), Example: images[0].Path}, nil
}

// withLeft adds to the proof of a mitigation of images, if it is one, what is over budget and delivered all the same.
func (a *App) withLeft(ctx context.Context, id string, command incident.Command, err error) (incident.Command, error) {
	proof, ok := command.(incident.RecordProbe)
	if err != nil || !ok {
		return command, err
	}
	c, err := a.Case(ctx, id)
	if err != nil {
		return nothing, err
	}
	if proof.Left, err = a.left(ctx, c.Incident); err != nil {
		return nothing, err
	}
	return proof, nil
}

// recordLeft notes of incidents that count as contained by what was done to images whether others are over budget and delivered by
// now: a person has put them back, or they have come since.
func (a *App) recordLeft(ctx context.Context, incidents []incident.State) (err error) {
	for _, s := range incidents {
		if s.Closed != nil || s.Resolved != nil || !slices.ContainsFunc(s.Mitigations, incident.Mitigation.StopsAll) {
			continue
		}
		left, failed := a.left(ctx, s)
		if failed == nil && left.Images > 0 {
			failed = a.Do(ctx, monitor, s.ID, incident.RecordLeft{Left: left})
		}
		err = errors.Join(err, failed)
	}
	return err
}
