package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/rehearsal"
)

const (
	rehearsedImages = 3
	rehearsedTries  = 60       // files that may turn out to be no images
	rehearsedFrom   = 20_000   // names that they are picked from
	rehearsedBytes  = 32 << 20 // of one file
	rehearsedRoute  = "rehearsal"
	rehearsedPrefix = "/rehearsal/"
	privateImage    = 256 << 20 // bytes of an answer of the private gateway: a lossless copy is larger than its reference
)

// rehearsalStage is a private copy of a delivery: folders, a gateway on a port of its own with a state file of its own, and no
// log. Nothing of it is in the configuration.
type rehearsalStage struct {
	app          *App
	id, pipeline string
	dir          string

	mu      sync.Mutex // one step at a time
	paths   []string
	checks  []measure.Check
	control *delivery.Control
	stop    func() error // of the private gateway
}

// skippedError says why a step does not apply.
type skippedError struct{ error }

func (s skippedError) Unwrap() error { return s.error }

func (st *rehearsalStage) reference() string { return filepath.Join(st.dir, "reference") }
func (st *rehearsalStage) delivered() string { return filepath.Join(st.dir, "delivered") }

// do does the next step of a rehearsal and tells what became of it.
func (st *rehearsalStage) do(ctx context.Context, s rehearsal.State) rehearsal.Done {
	st.mu.Lock()
	defer st.mu.Unlock()
	done := rehearsal.Done{Step: s.Next(), Outcome: rehearsal.Passed}
	if lacks := s.Lacks(); lacks != "" {
		done.Outcome, done.Problem = rehearsal.Skipped, phrase.SaidOf(phrase.Errorf("rehearsal.lacks", phrase.Of(phrase.Key("rehearsal.step."+string(lacks)))))
		return done
	}
	ctx, cancel := context.WithTimeout(ctx, rehearsalTime)
	defer cancel()
	began := time.Now()
	var err error
	done.Facts, err = st.steps()[done.Step](ctx)
	done.Millis = time.Since(began).Milliseconds()
	var skipped skippedError
	switch {
	case errors.As(err, &skipped):
		done.Outcome, done.Problem = rehearsal.Skipped, phrase.SaidOf(err)
	case errors.Is(err, context.DeadlineExceeded):
		done.Outcome, done.Problem = rehearsal.Failed, phrase.SaidOf(phrase.Errorf("rehearsal.slow", rehearsalTime))
	case err != nil:
		done.Outcome, done.Problem = rehearsal.Failed, phrase.SaidOf(err)
	}
	return done
}

func (st *rehearsalStage) steps() map[rehearsal.Step]func(context.Context) (rehearsal.Facts, error) {
	return map[rehearsal.Step]func(context.Context) (rehearsal.Facts, error){
		rehearsal.Prepare: st.prepare, rehearsal.Harm: st.harm, rehearsal.Deliver: st.deliver, rehearsal.Measure: st.measure,
		rehearsal.Rule: st.rule, rehearsal.OnCall: st.onCall, rehearsal.Edges: st.edges, rehearsal.Contain: st.contain,
		rehearsal.Restore: st.restore, rehearsal.Isolate: st.isolate, rehearsal.Release: st.release, rehearsal.Clean: st.clean,
	}
}

// clean ends the private gateway and removes all that was copied.
func (st *rehearsalStage) clean(context.Context) (rehearsal.Facts, error) {
	return rehearsal.Facts{}, st.end()
}

func (st *rehearsalStage) end() error {
	var stopped error
	if st.stop != nil {
		stopped, st.stop = st.stop(), nil
	}
	return errors.Join(stopped, os.RemoveAll(st.dir))
}
