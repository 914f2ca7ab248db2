package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"path"
	"slices"

	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/watch"
)

// exhibitSide is the longer side of each of the two pictures in a notice.
const exhibitSide = 480

// exhibit draws the image that a notice names as the worst, for people of the house who need not see it: only the very
// version that was measured, only where nothing is found now that must not get out, and reduced to pixels. The error says why there is none.
func (a *App) exhibit(ctx context.Context, row store.CheckRow) (*notify.Picture, error) {
	p, ok := a.config.Watch.Pipelines[row.Pipeline]
	if !ok {
		return nil, errors.New("its pipeline is not configured any more")
	}
	meter, err := a.engine.PipelineMeter(row.Pipeline, false)
	if err != nil {
		return nil, err
	}
	o := a.engine.Scan(p.Reference, p.Delivered, meter)
	o.Paths, o.Strict = []string{row.Path}, true
	if err := a.showable(ctx, o, row); err != nil {
		return nil, err
	}
	check, ref, cand, err := o.Look(o.NewMeter(), referencePath(row), row.Path)
	if err != nil {
		return nil, err
	}
	if check.Candidate.SHA256 != row.Candidate || check.Reference.SHA256 != row.Reference {
		return nil, errReplaced
	}
	drawn, err := measure.Exhibit(ref, cand, meter.Budget.Fit, exhibitSide)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := png.Encode(&out, drawn); err != nil {
		return nil, fmt.Errorf("draw the picture of a notice: %w", err)
	}
	if err := a.unheld(ctx, row); err != nil { // last: it may have been held meanwhile
		return nil, err
	}
	l := a.config.Language
	return &notify.Picture{Data: out.Bytes(), Title: phrase.Say(l, "message.notice.picture", path.Base(row.Path)), Alt: phrase.Say(l, "message.notice.picture.alt", path.Base(row.Path))}, nil
}

// shown are the breaches of an image that may be shown: it lacks something. Any other says, or may hide, something of a person
// or of a right.
var shown = []pipeline.Breach{pipeline.LostField, pipeline.MissingField, pipeline.LostProvenance, pipeline.MissingProvenance}

// showable says why an image must not be shown, or nil: its metadata, faces and consents are looked at as they are now.
func (a *App) showable(ctx context.Context, o watch.Options, row store.CheckRow) error {
	said := errReplaced
	r := recorder{app: a, pipeline: row.Pipeline}
	err := watch.Inspect(ctx, o, func(result watch.Result) error {
		if result.SHA256 != row.Candidate {
			return nil
		}
		if err := r.judgeConsents(ctx, &result); err != nil {
			return err
		}
		said = unshowable(result.Metadata)
		return nil
	})
	return errors.Join(err, said)
}

// unshowable says what of an image's metadata keeps it from being shown. No reason quotes a value.
func unshowable(m *measure.Metadata) error {
	c := m.Claims
	switch {
	case slices.ContainsFunc(m.Personal, func(f measure.PersonalField) bool { return !f.Allowed }):
		return errors.New("its metadata say something of a person")
	case len(c.Persons) > 0 || len(c.ModelReleases) > 0 || c.MinorAge != "":
		return errors.New("it shows a person, by what it says of itself")
	case m.FacesUnsought != nil:
		return errors.New("nobody has looked for faces in it")
	case len(m.Problems) > 0:
		return errors.New("its metadata could not be read whole")
	}
	for _, b := range m.Breaches {
		if !slices.Contains(shown, b.Kind) {
			return fmt.Errorf("it breaks its metadata policy (%s)", b.Kind)
		}
	}
	return nil
}

// unheld says that an image is in quarantine, by its place or its bytes, or nil.
func (a *App) unheld(ctx context.Context, row store.CheckRow) error {
	items, err := a.store.Quarantine(ctx, store.QuarantineQuery{Active: true}, maxNoticed)
	if err != nil {
		return err
	}
	if len(items) == maxNoticed {
		return errors.New("too many images are in quarantine to tell whether it is one of them")
	}
	for _, i := range items {
		if i.SHA256 == row.Candidate || i.Pipeline == row.Pipeline && i.Path == row.Path {
			return errors.New("it is in quarantine")
		}
	}
	return nil
}
