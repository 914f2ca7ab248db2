package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/blob"
	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

const (
	// specimensEvery is how soon after an incident has begun its worst images are kept: before somebody delivers good ones in their place.
	specimensEvery = 30 * time.Second
	// specimensFor is how long after its beginning images of an incident are looked for.
	specimensFor = 24 * time.Hour
	// specimensAtOnce bounds a round.
	specimensAtOnce = 20
)

// pair is an image with its reference.
type pair struct {
	path, referencePath  string
	reference, delivered []byte
	metadata             bool // the harm is in what the image says of itself
}

// keepSpecimens keeps the worst images of the incidents that have begun lately.
func (a *App) keepSpecimens(ctx context.Context) error {
	open, err := a.Incidents(ctx)
	if err != nil {
		return err
	}
	since := a.now().Add(-specimensFor)
	var errs []error
	left := specimensAtOnce
	for _, inc := range open {
		_, watched := a.config.Watch.Pipelines[inc.Opened.Pipeline]
		if inc.Closed != nil || !watched || inc.DetectedAt.Before(since) || left == 0 {
			continue
		}
		left--
		errs = append(errs, a.KeepSpecimens(ctx, inc.ID))
	}
	return errors.Join(errs...)
}

// KeepSpecimens keeps the bytes of a few of the worst images of an incident, with their references, as far as they are still there and say
// nothing of a person: what could leak is kept in quarantine alone.
func (a *App) KeepSpecimens(ctx context.Context, id string) error {
	c, err := a.Case(ctx, id)
	if err != nil || len(c.Prevention.Specimens) >= testSample {
		return err
	}
	list, err := a.badInPlace(ctx, c)
	if err != nil || len(list) == 0 {
		return err
	}
	return a.addSpecimens(ctx, monitor, id, list)
}

// addSpecimens keeps pairs among the blobs and names them in the incident.
func (a *App) addSpecimens(ctx context.Context, by people.Actor, id string, list []pair) error {
	var kept []prevention.Specimen
	for _, p := range list {
		reference, free, err := a.keepBlob(ctx, p.reference)
		if err != nil {
			return err
		}
		defer free()
		image, free, err := a.keepBlob(ctx, p.delivered)
		if err != nil {
			return err
		}
		defer free()
		kept = append(kept, prevention.Specimen{Path: p.path, ReferencePath: p.referencePath, Reference: reference, Delivered: image, Metadata: p.metadata})
	}
	return a.Do(ctx, by, id, prevention.KeepSpecimens{SpecimensKept: prevention.SpecimensKept{Images: kept}})
}

// keepBlob keeps bytes, which nobody erases before free is called.
func (a *App) keepBlob(ctx context.Context, data []byte) (sha256 string, free func(), err error) {
	digest, _, free, err := a.blobs.PutHeld(ctx, bytes.NewReader(data), maxEvidence)
	if err != nil {
		return "", nil, fmt.Errorf("keep an image of the incident: %w", err)
	}
	return digest.String(), free, nil
}

// badInPlace gives the worst images of an incident, each once, whose bytes can be had and say nothing of a person.
func (a *App) badInPlace(ctx context.Context, c web.Case) ([]pair, error) {
	if _, ok := a.config.Watch.Pipelines[c.Incident.Opened.Pipeline]; !ok {
		return nil, nil
	}
	metadata, err := a.harmsMetadata(ctx, c.Incident)
	if err != nil {
		return nil, err
	}
	t := trial{App: a, c: c, request: experiment.Request{Kind: experiment.Remeasure, Sample: testSample}, metadata: metadata}
	found, _, err := t.sample(ctx)
	if err != nil {
		return nil, err
	}
	var list []pair
	for _, d := range found {
		if d.check.Metadata == nil || unshowable(d.check.Metadata) == nil {
			list = append(list, pair{d.row.Path, referencePath(d.row), d.reference, d.candidate, metadata})
		}
	}
	if len(found) == 0 && !aboutMetadata(c.Incident) { // what went wrong may be that nothing could be compared
		if list, err = a.oddInPlace(ctx, c.Incident); err != nil {
			return nil, err
		}
	}
	o, err := a.engine.PipelineMeter(c.Incident.Opened.Pipeline, false)
	if err != nil {
		return nil, err
	}
	meter := measure.NewMeter(o)
	return slices.DeleteFunc(list, func(p pair) bool { return unshowable(inspectPair(meter, p)) != nil }), nil
}

// oddInPlace gives images of an incident that could not be compared with their references, such as those of another size, as far
// as both are still there.
func (a *App) oddInPlace(ctx context.Context, inc incident.State) (list []pair, err error) {
	s, err := a.sweepOf(ctx, inc.Opened.Pipeline)
	if err != nil {
		return nil, err
	}
	folders := a.config.Watch.Pipelines[inc.Opened.Pipeline]
	for _, o := range s.oddSince(begin(inc)) {
		reference, err1 := ReadBelow(folders.Reference, o.reference)
		image, err2 := ReadBelow(folders.Delivered, o.path)
		if err1 == nil && err2 == nil && len(list) < testSample {
			list = append(list, pair{path: o.path, referencePath: o.reference, reference: reference, delivered: image})
		}
	}
	return list, nil
}

func inspectPair(m *measure.Meter, p pair) *measure.Metadata {
	return m.Inspect(
		measure.Source{Path: p.referencePath, SHA256: digestHex(p.reference), Bytes: int64(len(p.reference)), Data: p.reference},
		measure.Source{Path: p.path, SHA256: digestHex(p.delivered), Bytes: int64(len(p.delivered)), Data: p.delivered})
}

// specimens gives the bad images of an incident: those that were kept, and else those that are still there.
func (a *App) specimens(ctx context.Context, c web.Case) ([]pair, error) {
	var list []pair
	for _, s := range c.Prevention.Specimens {
		reference, err := a.blobBytes(s.Reference)
		if err != nil {
			return nil, fmt.Errorf("read %s of %s, which was kept: %w", s.ReferencePath, c.Incident.ID, err)
		}
		image, err := a.blobBytes(s.Delivered)
		if err != nil {
			return nil, fmt.Errorf("read %s of %s, which was kept: %w", s.Path, c.Incident.ID, err)
		}
		list = append(list, pair{s.Path, s.ReferencePath, reference, image, s.Metadata})
	}
	if len(list) > 0 {
		return list, nil
	}
	return a.badInPlace(ctx, c)
}

func (a *App) blobBytes(sha256 string) ([]byte, error) {
	digest, err := blob.Parse(sha256)
	if err != nil {
		return nil, err
	}
	f, err := a.blobs.Open(digest)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxEvidence))
}

// goodLooked is how many checks are looked through for good images that are still there.
const goodLooked = 20_000

// goodPairs gives up to limit images of a pipeline that kept their budget when they came, the newest first and each once, whose bytes can be had.
func (a *App) goodPairs(ctx context.Context, name string, limit int) ([]pair, error) {
	p := a.config.Watch.Pipelines[name]
	t := trial{App: a}
	var list []pair
	seen := map[string]bool{}
	looked := 0
	for before := int64(0); len(list) < limit && looked < goodLooked; {
		rows, err := a.store.Checks(ctx, store.CheckQuery{Pipeline: name}, before, checkBatch)
		if err != nil || len(rows) == 0 {
			return list, err
		}
		for _, row := range rows {
			before = row.ID
			looked++
			if seen[row.Candidate] || len(list) == limit || !goodRow(row) {
				continue
			}
			d, err := t.delivered(p, row)
			if errors.Is(err, errReplaced) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("on %s: %w", row.Path, err)
			}
			seen[row.Candidate] = true
			list = append(list, pair{path: row.Path, referencePath: referencePath(row), reference: d.reference, delivered: d.candidate})
		}
	}
	return list, nil
}

// goodRow tells whether nothing was found in an image.
func goodRow(row store.CheckRow) bool {
	var c measure.Check
	return row.Over == 0 && json.Unmarshal(row.JSON, &c) == nil && len(c.Findings) == 0
}
