package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/hook"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// House asks the house to roll a pipeline back, or to take that back: a program or a web service of its own, which knows how.
// Whether the images are good then is measured, whatever it answers.
type House struct {
	Pipeline string
	Config   pipeline.Rollback
}

// BackOrder is what the house is told, as the data of a CloudEvent: on standard input, or posted. Fields may be added.
type BackOrder struct {
	// ID is the same for each attempt of one order.
	ID         string `json:"id"`
	Incident   string `json:"incident"`
	Mitigation string `json:"mitigation"`
	Pipeline   string `json:"pipeline"`
	// Before is until when what was delivered was good.
	Before time.Time `json:"before"`
	// Images are those that are over budget, below the delivered folder.
	Images []string `json:"images"`
}

// The types of events.
const (
	eventBack    = "dev.safelight.rollback.requested"
	eventForward = "dev.safelight.rollback.undone"
)

// Back has the house roll back. An error that is [*Later], or that says of ctx, leaves open whether it was done.
func (h House) Back(ctx context.Context, o BackOrder) error {
	return h.ask(ctx, h.Config.Command, eventBack, o)
}

// Forward has the house take it back.
func (h House) Forward(ctx context.Context, o BackOrder) error {
	return h.ask(ctx, h.Config.Undo, eventForward, o)
}

func (h House) ask(ctx context.Context, program []string, kind string, o BackOrder) error {
	e := event{o.ID, kind, h.Pipeline, o}
	if h.Config.Webhook != "" {
		to := poster{apiOf(phrase.Of("edge.use.pipeline", h.Pipeline), "edge.use.webhook.back", h.Config.Webhook, secretFrom("secretEnv", h.Config.SecretEnv))}
		return to.send(ctx, e)
	}
	if len(program) == 0 {
		return fmt.Errorf("%w: %w", phrase.Errorf("edge.house.none", h.Pipeline), journal.ErrNotFound)
	}
	text, err := e.encode(time.Now())
	if err == nil {
		c := newCommand("", EdgeConfig{Command: program, Env: h.Config.Env, Timeout: longestTime})
		if err = c.run(ctx, append(text, '\n')); errors.Is(err, errLeft) {
			err = nil // the images tell what it has done
		}
	}
	if err != nil {
		return phrase.Errorf("edge.house.run", program[0], h.Pipeline, err)
	}
	return nil
}

// Check tells whether the house can be asked: the programs are there, the secret is set. Nothing is run, and nobody is asked.
func (h House) Check() error {
	for _, program := range [][]string{h.Config.Command, h.Config.Undo} {
		if len(program) == 0 {
			continue
		}
		if err := (hook.Command{Args: program}).Find(); err != nil {
			return phrase.Errorf("edge.house", h.Pipeline, err)
		}
	}
	if h.Config.Webhook == "" {
		return nil
	}
	to := poster{apiOf(phrase.Of("edge.use.pipeline", h.Pipeline), "edge.use.webhook.back", h.Config.Webhook, secretFrom("secretEnv", h.Config.SecretEnv))}
	if _, err := to.key(); err != nil {
		return to.api.fail(err)
	}
	return nil
}
