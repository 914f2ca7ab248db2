package app

import (
	"context"
	"errors"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/watch"
)

// startNotices has delivered images checked as soon as they have come to rest.
// Without notices they are found by the next sweep.
func (a *App) startNotices(ctx context.Context) {
	var folders []string
	for _, p := range a.config.Watch.Pipelines {
		folders = append(folders, p.Delivered)
	}
	n, err := watch.NewNotifier(watch.NotifierOptions{Folders: folders, Log: a.log})
	if err != nil {
		a.log.Warn("delivered images are not checked at once but by the next sweep", "error", err)
		return
	}
	whole := make(chan struct{}, 1)
	a.loops.Go(func() { n.Run(ctx) })
	a.loops.Go(func() { a.hearNotices(ctx, n, whole) })
	a.loops.Go(func() { a.sweepWhole(ctx, whole) })
}

// hearNotices sweeps what is told of. A sweep of whole folders may take long,
// so it is left to another.
func (a *App) hearNotices(ctx context.Context, n *watch.Notifier, whole chan<- struct{}) {
	var last complaint
	for {
		var notice watch.Notice
		select {
		case <-ctx.Done():
			return
		case notice = <-n.Notices():
		}
		if notice.All {
			select {
			case whole <- struct{}{}:
			default: // one is waiting already
			}
			continue
		}
		var errs []error
		for _, name := range a.Pipelines() {
			if a.config.Watch.Pipelines[name].Delivered == notice.Folder {
				errs = append(errs, a.sweepPaths(ctx, name, notice.Paths))
			}
		}
		if err := errors.Join(errs...); ctx.Err() == nil && last.news(err, time.Now()) {
			a.log.Error("check what has just been delivered", "error", journal.Sentence(err))
		}
	}
}

// sweepWhole sweeps everything whenever it is told that anything may have changed.
func (a *App) sweepWhole(ctx context.Context, told <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-told:
		}
		// What goes wrong is told by the loop that sweeps now and then.
		_ = a.sweepAll(ctx)
	}
}
