package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/watch"
)

// faceDesk remembers which detector has looked at all that is delivered.
type faceDesk struct {
	looking daily // at all that is delivered

	mu     sync.Mutex
	missed map[string]bool
}

// facesSetting is where the version of the detector is kept that has looked at all images of a pipeline.
func facesSetting(pipeline string) string { return "faces/" + pipeline }

// countUnsought counts that faces were not looked for; where that was the detector's fault all is looked at again.
func (r *recorder) countUnsought(m *measure.Metadata) {
	if m.FacesUnsought == nil {
		return
	}
	r.app.meter.CountFacesUnsought(r.pipeline, string(r.class))
	if m.FacesUnsought.Key == measure.DetectorFailed {
		r.app.faces.miss(r.pipeline)
	}
}

func (d *faceDesk) miss(pipeline string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.missed == nil {
		d.missed = map[string]bool{}
	}
	d.missed[pipeline] = true
}

// take tells whether an image of a pipeline was missed, and forgets it.
func (d *faceDesk) take(pipeline string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	missed := d.missed[pipeline]
	delete(d.missed, pipeline)
	return missed
}

// lookAgain has a detector that is new, changed, or did not answer for all look at what was delivered before: after a
// start, and once a day.
func (a *App) lookAgain(ctx context.Context) error {
	if a.engine.faces == nil {
		return nil
	}
	return a.faces.looking.run(a.now(), func() error {
		return a.eachPipeline(func(name string) error {
			if err := a.lookAgainAt(ctx, name); err != nil {
				return fmt.Errorf("look for faces in what pipeline %s has delivered: %w", name, err)
			}
			return nil
		})
	})
}

func (a *App) lookAgainAt(ctx context.Context, name string) error {
	p := a.config.Watch.Pipelines[name]
	if absent(p.Reference) || absent(p.Delivered) { // the sweep says so
		return nil
	}
	meter, err := a.engine.PipelineMeter(name, false)
	if err != nil {
		return err
	}
	o := a.engine.Scan(p.Reference, p.Delivered, meter)
	known, err := a.store.Setting(ctx, facesSetting(name))
	if err != nil && !errors.Is(err, journal.ErrNotFound) {
		return err
	}
	if o.Faces == nil || !a.faces.take(name) && known == o.Faces.Version {
		return nil
	}
	if err := a.lookAt(ctx, name, o); err != nil {
		a.faces.miss(name)
		return err
	}
	return a.store.Update(ctx, func(t *store.Tx) error {
		version := o.Faces.Version
		if a.faces.has(name) {
			version = "" // after a start too
		}
		return t.SetSetting(facesSetting(name), version)
	})
}

func (d *faceDesk) has(pipeline string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.missed[pipeline]
}

// lookAt looks at the versions that have been checked before; the others are the sweep's.
func (a *App) lookAt(ctx context.Context, name string, o watch.Options) error {
	checked := map[string]stamp{}
	err := a.store.EachStamp(ctx, name, func(path string, v store.FileVersion) {
		checked[path] = stamp{v.Bytes, v.Modified, v.Changed}
	})
	if err != nil || len(checked) == 0 {
		return err
	}
	o.Changed = func(path string, info fs.FileInfo) bool {
		was, known := checked[path]
		return known && was.fits(stampOf(info))
	}
	memory, err := a.sweepOf(ctx, name)
	if err != nil {
		return err
	}
	r := recorder{app: a, pipeline: name, class: a.config.Watch.Pipelines[name].Class, memory: memory, held: &waiting{hold: a.HoldAll}}
	err = watch.Inspect(ctx, o, func(result watch.Result) error {
		r.countUnsought(result.Metadata)
		if memory.modified(result.Path) == 0 {
			return nil
		}
		r.note(result, pipeline.OfFaces())
		if len(heldFor(result.Metadata)) == 0 {
			return r.flushFull(ctx)
		}
		return r.quarantine(ctx, result)
	})
	return errors.Join(err, r.flush(ctx))
}

// TryFaces asks the configured detector for the faces of a test picture. Without one there is nothing to ask.
func (e *Engine) TryFaces(ctx context.Context) error {
	if e.faces == nil {
		return nil
	}
	return e.faces.Try(ctx)
}
