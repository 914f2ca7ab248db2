package delivery

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/hook"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// command runs a program of the house for each change, which it reads as JSON from its standard input. No shell reads the
// arguments. It is told nothing of our environment but where programs are and what the configuration names, and nothing of it is left.
type command struct {
	hooked
	name  string
	args  []string // the program by its absolute path, and its arguments
	env   []string // names of variables that are passed on
	limit time.Duration
	given attempts
}

const (
	commandTime = 10 * time.Second
	longestTime = 20 * time.Second // an attempt of an effect has half a minute, and the probe needs some of it
	maxArgs     = 100
)

func newCommand(name string, c EdgeConfig) *command {
	return &command{name: name, args: c.Command, env: c.Env, limit: cmp.Or(c.Timeout, commandTime)}
}

func (c *command) change(ctx context.Context, what Change) error {
	return c.given.give(what, func(what Change) error {
		text, err := what.asEvent(eventChanged).encode(time.Now())
		if err == nil {
			err = c.run(ctx, append(text, '\n'))
		}
		if err != nil {
			return fail(phrase.Of("edge.do.command"), c.name, err)
		}
		return nil
	})
}

func (c *command) purge(ctx context.Context, p Purge) error {
	return c.change(ctx, Change{Edge: c.name, Purge: p})
}

func (c *command) run(ctx context.Context, input []byte) error {
	o := hook.Run(ctx, hook.Command{Args: c.args, Dir: "/", Pass: c.env, Input: input, Limit: c.limit})
	switch {
	case o.Unbegun != nil:
		return o.Unbegun
	case o.Stopped:
		return ctx.Err()
	case o.TimedOut:
		return &Later{soon, phrase.Errorf("edge.command.slow", c.limit, lastWords(o))}
	case o.Signal != "":
		return phrase.Errorf("edge.command.signal", o.Signal, lastWords(o))
	case o.Exit != 0:
		return phrase.Errorf("edge.command.exit", o.Exit, lastWords(o))
	case o.Left:
		return errLeft
	}
	return nil
}

// errLeft says that a program has ended well and something that it has started has not.
var errLeft = fmt.Errorf("%w: %w", phrase.Errorf("edge.command.left"), journal.ErrInvalid)

// lastWords is the end of what a program has said, where it says what went wrong.
func lastWords(o hook.Outcome) any {
	text := strings.TrimSpace(string(o.Output))
	return words(printable(text[max(0, len(text)-maxQuoted):]))
}

// check looks whether the program is there. It is not run: nobody knows what it would do.
func (c *command) check(context.Context) error {
	if err := (hook.Command{Args: c.args}).Find(); err != nil {
		return phrase.Errorf("edge.at", c.name, err)
	}
	return nil
}
