package app

import (
	"context"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/web"
)

const (
	// maxAhead is how far a run may begin after now: clocks differ.
	maxAhead = 5 * time.Minute
	// knownRuns is how many runs a sweep looks at: what is measured now was hardly made by an older one.
	knownRuns = 200
	// stampGrain is how much earlier than it came a file may be stamped: the kernel's clock for files moves in steps.
	stampGrain = 10 * time.Millisecond
)

// BeginRun notes that a run of a pipeline begins, and gives it as it is noted.
func (a *App) BeginRun(ctx context.Context, r pipeline.Run) (pipeline.Run, error) {
	if _, ok := a.config.Watch.Pipelines[r.Pipeline]; !ok {
		return r, fmt.Errorf("begin a run of pipeline %q: no such pipeline is configured: %w", r.Pipeline, journal.ErrInvalid)
	}
	if err := r.Validate(); err != nil {
		return r, err
	}
	now := a.now().UTC()
	if r.At.IsZero() {
		r.At = now
	}
	if r.At.After(now.Add(maxAhead)) {
		return r, fmt.Errorf("begin a run of pipeline %s: it begins at %s, and now it is %s: set the clock: %w",
			r.Pipeline, r.At.Format(time.RFC3339), now.Format(time.RFC3339), journal.ErrInvalid)
	}
	return r, a.store.AddRun(ctx, r)
}

// Runs gives the runs of a pipeline, the last first.
func (r *Reader) Runs(ctx context.Context, name string, limit int) ([]pipeline.Run, error) {
	return r.app.store.Runs(ctx, name, limit)
}

// made tells by which run a version of a delivered file was made: the one that was at work when the file came.
func (r *recorder) made(ctx context.Context, version stamp, path string) (pipeline.Run, error) {
	if r.runs == nil {
		runs, err := r.app.store.Runs(ctx, r.pipeline, knownRuns)
		if err != nil {
			return pipeline.Run{}, err
		}
		known := pipeline.NewRuns(runs)
		r.runs = &known
	}
	return r.runs.Made(r.app.came(version, r.app.now()), path), nil
}

// came is when a version of a file came that was checked at a time. Files are stamped by the wall's clock, so that on a replayed one
// only the check tells.
func (a *App) came(version stamp, checked time.Time) time.Time {
	if a.replayed {
		return checked
	}
	return version.came()
}

// came is when a version of a file came, with the grain of the kernel's clock.
func (s stamp) came() time.Time {
	at := s.changed // a date of a file may be kept on purpose
	if at == unknownChange {
		at = s.mod
	}
	return time.Unix(0, at).Add(stampGrain)
}

// runMounts take runs from machines.
func (a *App) runMounts() []web.Mount {
	return []web.Mount{{Pattern: "POST /api/v1/pipelines/{pipeline}/runs", Need: people.Ingest, Limit: web.RunLimit, Handler: web.TakeRun(a)}}
}
