package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/watch"
)

// defaultPoll is how often a bucket is asked that says nothing of it.
const defaultPoll = 30 * time.Second

// errInBucket says that an image cannot be moved: Safelight only reads buckets.
var errInBucket = phrase.Errorf("contain.images.bucket")

// bucketed is a pipeline of which at least one folder is the mirror of a bucket.
type bucketed struct {
	mirrors []*watch.Mirror // references first: a new image must find its own
	ready   atomic.Bool     // all of them have been there once
	away    bool            // the delivered images lie in a bucket
}

// Mirrored gives a pipeline whose buckets are the folders that `serve` mirrors them to.
func Mirrored(dir, name string, p pipeline.Pipeline) pipeline.Pipeline {
	if watch.InBucket(p.Reference) {
		p.Reference = mirrorFolder(dir, name, "reference")
	}
	if watch.InBucket(p.Delivered) {
		p.Delivered = mirrorFolder(dir, name, "delivered")
	}
	return p
}

func mirrorFolder(dir, name, what string) string {
	return filepath.Join(StateDir(dir), "mirrors", name, what)
}

// openBuckets puts mirrors in the place of buckets, for all that reads folders.
func (a *App) openBuckets() error {
	a.buckets = map[string]*bucketed{}
	pipelines := maps.Clone(a.config.Watch.Pipelines) // the caller's own stays as it is
	for name, p := range pipelines {
		b := &bucketed{away: watch.InBucket(p.Delivered)}
		at := Mirrored(a.dir, name, p)
		for _, side := range [][2]string{{p.Reference, at.Reference}, {p.Delivered, at.Delivered}} {
			if !watch.InBucket(side[0]) {
				continue
			}
			place, err := watch.ParseBucket(side[0])
			if err != nil {
				return fmt.Errorf("pipeline %s: %w", name, err)
			}
			m, err := watch.NewMirror(place, side[1], a.config.Limits.Pixels().MaxBytes)
			if err != nil {
				return err
			}
			b.mirrors = append(b.mirrors, m)
		}
		if len(b.mirrors) > 0 {
			a.buckets[name], pipelines[name] = b, at
		}
	}
	a.config.Watch.Pipelines = pipelines
	return nil
}

// validateBuckets says what is wrong with the places of pipelines that are no folders.
func (c Config) validateBuckets() error {
	for _, name := range slices.Sorted(maps.Keys(c.Watch.Pipelines)) {
		p := c.Watch.Pipelines[name]
		for _, place := range []string{p.Reference, p.Delivered} {
			if !watch.InBucket(place) {
				continue
			}
			if _, err := watch.ParseBucket(place); err != nil {
				return fmt.Errorf("pipeline %s: %w", name, err)
			}
		}
	}
	return nil
}

// startBuckets asks the buckets of each pipeline now and then. What a poll has brought is checked by the notices of the
// mirror's folder, or by the next sweep.
func (a *App) startBuckets(ctx context.Context) {
	for name, b := range a.buckets {
		every := a.config.Watch.Pipelines[name].Poll
		if every <= 0 {
			every = defaultPoll
		}
		a.loop(ctx, every, func(ctx context.Context) error { return b.poll(ctx, name) })
	}
}

func (b *bucketed) poll(ctx context.Context, name string) error {
	var failed []error
	for _, m := range b.mirrors {
		failed = append(failed, m.Poll(ctx))
	}
	err := errors.Join(failed...)
	if err != nil {
		return fmt.Errorf("pipeline %s: %w", name, err)
	}
	b.ready.Store(true)
	return nil
}

// unread tells whether a pipeline's buckets have not been there yet: an image would be missed, or lack its reference, that is
// only still on its way.
func (a *App) unread(name string) bool {
	b := a.buckets[name]
	return b != nil && !b.ready.Load()
}

// inBucket tells whether the delivered images of a pipeline are only mirrored here.
func (a *App) inBucket(name string) bool {
	b := a.buckets[name]
	return b != nil && b.away
}
