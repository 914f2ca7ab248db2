package app

import (
	"context"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/watch"
)

// quarantine holds a delivered image that must not be public, whether or not
// it could be measured. Where one may stay, what an older version is held for
// is over; what could not be measured, or not looked at, lets nothing out.
func (r *recorder) quarantine(ctx context.Context, result watch.Result) error {
	if result.Metadata == nil {
		return nil
	}
	findings := heldFor(result.Metadata)
	if len(findings) == 0 {
		if result.Err != nil || result.Metadata.FacesUnsought != nil {
			return nil
		}
		return r.app.Cleared(ctx, r.pipeline, result.Path, result.SHA256)
	}
	return r.held.add(ctx, quarantine.Held{
		Pipeline: r.pipeline, Path: result.Path, SHA256: result.SHA256, Bytes: result.Bytes,
		ModifiedAt: time.Unix(0, r.memory.modified(result.Path)), Findings: findings, Placeholder: result.Metadata.ReferenceToo,
	})
}

// waiting holds what a sweep finds while the sweep goes on. What is found while
// some is being held is held together then: one image waits for nothing, and of
// a flood a hundred are written at a time.
type waiting struct {
	hold func(context.Context, []quarantine.Held) error

	mu   sync.Mutex
	list []quarantine.Held
	busy chan struct{} // closed when nothing waits any more; nil when nothing does
	err  error
}

// mostWaiting bounds what a sweep may be ahead.
const mostWaiting = 20 * quarantine.MaxBatch

// add has an image held soon. An error is that of another, and ends the sweep.
func (w *waiting) add(ctx context.Context, h quarantine.Held) error {
	w.mu.Lock()
	w.list = append(w.list, h)
	if w.busy == nil {
		w.busy = make(chan struct{})
		go w.work(ctx)
	}
	full, err := len(w.list) >= mostWaiting, w.err
	w.mu.Unlock()
	if full {
		return w.settle()
	}
	return err
}

func (w *waiting) work(ctx context.Context) {
	for {
		w.mu.Lock()
		next := w.list[:min(len(w.list), quarantine.MaxBatch)]
		w.list = w.list[len(next):]
		if len(next) == 0 {
			close(w.busy)
			w.busy, w.list = nil, nil
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		if err := w.hold(ctx, next); err != nil {
			w.mu.Lock()
			if w.err == nil { // a disk that is full says the same of each
				w.err = err
			}
			w.mu.Unlock()
		}
	}
}

// settle waits until all is held. A version whose check is recorded is not
// looked at again, so nothing is recorded before that.
func (w *waiting) settle() error {
	w.mu.Lock()
	busy := w.busy
	w.mu.Unlock()
	if busy != nil {
		<-busy
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}
