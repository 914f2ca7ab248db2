package app

import (
	"context"
	"net/http"
	"time"

	"github.com/safelight-dev/safelight/internal/feed"
	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/trend"
	"github.com/safelight-dev/safelight/internal/web"
)

// sourceDesk is where users speak: what is asked, and what is told to us.
type sourceDesk struct {
	runner *feed.Runner
	hooks  http.Handler
}

func (a *App) openSources() error {
	var err error
	if a.sources.runner, err = feed.NewRunner(a.config.Sources, a.store.Cursors()); err != nil {
		return err
	}
	a.sources.hooks, err = feed.Hooks(a.config.Sources, a.now, a.takeFrom)
	return err
}

// startSources asks feeds and Mastodon until ctx ends.
func (a *App) startSources(ctx context.Context) {
	a.loops.Go(func() { a.sources.runner.Run(ctx, a.now, a.takeFrom) })
}

// takeFrom hears what a source told.
func (a *App) takeFrom(ctx context.Context, signals []intake.Signal) (intake.Taken, error) {
	return a.TakeSignals(ctx, func(yield func(intake.Told) bool) {
		for i, s := range signals {
			if !yield(intake.Told{Line: i + 1, Signal: s}) {
				return
			}
		}
	})
}

// Sources says how the feeds and Mastodon sources are doing, by name.
func (a *App) Sources() []feed.Status { return a.sources.runner.Status() }

// unheard gives the times in which a source that is asked at intervals was not
// heard. Of others nobody knows whether they are silent or down.
func (a *App) unheard(ctx context.Context, source string, now time.Time) ([]trend.Span, error) {
	if !a.config.Sources.Polls(source) {
		return nil, nil
	}
	gaps, err := feed.Unheard(ctx, a.store.Cursors(), source, now)
	spans := make([]trend.Span, len(gaps))
	for i, g := range gaps {
		spans[i] = trend.Span{From: g.From, Until: g.Until}
	}
	return spans, err
}

// SignalSources says how feeds, Mastodon sources and the outside scorer are doing.
func (a *App) SignalSources() web.SignalSources {
	var all web.SignalSources
	for _, s := range a.Sources() {
		one := web.SignalSource{
			Name: s.Name, Kind: s.Kind, State: web.SourceHeard, LastSuccess: s.LastSuccess, LastError: s.LastError, Failure: s.Failure,
			NextTry: s.NextTry, Taken: s.Taken, Refused: s.Refused, LastRefusal: s.LastRefusal.Reason, Refusal: s.LastRefusal.Err,
		}
		switch {
		case s.LastError != "":
			one.State = web.SourceFailing
		case s.LastSuccess.IsZero():
			one.State = web.SourceWaiting
		}
		all.Sources = append(all.Sources, one)
	}
	if a.signals.outside != nil {
		s := a.signals.outside.Status()
		all.Scorer = &web.OutsideScorer{
			Service: s.Service, Model: s.Model, Breaker: s.Breaker, Answered: s.Counts.Answered, Cached: s.Counts.Cached, FellBack: s.Counts.FellBack,
			NotBefore: s.NotBefore, LastError: s.LastError, LastErrorAt: s.LastErrorAt, LastAnswer: s.LastAnswer,
		}
	}
	return all
}

// sourceMounts are the webhooks of others, which bring secrets of their own.
func (a *App) sourceMounts() []web.Mount {
	return []web.Mount{{Pattern: feed.HookPattern, Limit: feed.MaxHookBody, Handler: a.sources.hooks}}
}
