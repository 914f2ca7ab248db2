package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// verb is a sub-command of a command.
type verb struct {
	name string
	run  func(*cli, context.Context, []string) error
}

// choose runs the verb that the first argument names.
func (c *cli) choose(ctx context.Context, command string, verbs []verb, args []string) error {
	names := make([]string, len(verbs))
	for i, v := range verbs {
		names[i] = v.name
		if len(args) > 0 && args[0] == v.name {
			return v.run(c, ctx, args[1:])
		}
	}
	usage := command + " " + strings.Join(names, " | ")
	wrong := misused(command, "what", phrase.Of("misuse.verbs", usage))
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		wrong = misused(command, "verb", wrong.hint, strconv.Quote(args[0]))
	}
	wrong.usage = usage
	return wrong
}

// change is a verb that issues one command on an incident: its flags become
// the command, which the domain then judges.
type change struct {
	name  string
	usage string // the arguments after the name; the first is the incident
	args  int    // how many arguments
	must  []string
	build func(flags) func(given) (any, error)
	// contains says that it asks for a mitigation, which may wait for a second person.
	contains bool
	// changes says that it changes what is delivered: the command waits until that is proven or has failed.
	changes bool
}

// given is what the command may be made from besides the flags.
type given struct {
	cli  *cli
	ctx  context.Context
	dir  string
	args []string // the first is the incident
}

// plain is the build of a command without flags.
func plain(command any) func(flags) func(given) (any, error) {
	return func(flags) func(given) (any, error) {
		return func(given) (any, error) { return command, nil }
	}
}

// verb makes the change a verb of a command.
func (ch change) verb(command string) verb {
	return verb{ch.name, func(c *cli, ctx context.Context, args []string) error {
		f := newWriteFlags(strings.TrimSpace(command+" "+ch.name+" "+ch.usage) + " [--dir D] [--as LOGIN] [--json]")
		f.containing, f.changing = ch.contains, ch.contains || ch.changes
		build := ch.build(f.flags)
		rest, err := f.parse(args, ch.args, ch.args)
		if err != nil {
			return err
		}
		for _, name := range ch.must {
			if f.Lookup(name).Value.String() == "" {
				return misuse(f.usage, "missing", name)
			}
		}
		made, err := build(given{c, ctx, *f.dir, rest})
		if err != nil {
			return err
		}
		return c.write(ctx, f, func(w writer) (string, error) { return rest[0], w.perform(ctx, rest[0], made) })
	}}
}

// person finds the id of a login.
func (g given) person(login string) (people.ID, error) {
	r, err := app.NewReader(g.ctx, g.dir)
	if err != nil {
		return "", err
	}
	defer r.Close()
	persons, err := r.People(g.ctx)
	if err != nil {
		return "", err
	}
	if i := slices.IndexFunc(persons, func(p people.Person) bool { return p.Login == login }); i >= 0 {
		return persons[i].ID, nil
	}
	return "", fmt.Errorf("find account %s: there is none of this login: %w", login, journal.ErrNotFound)
}

// present reads the incident as it stands.
func (g given) present() (web.Case, error) {
	r, err := app.NewReader(g.ctx, g.dir)
	if err != nil {
		return web.Case{}, err
	}
	defer r.Close()
	return r.Case(g.ctx, g.args[0])
}

// readInput reads a file that the user named, or standard input for "-",
// within a limit.
func (c *cli) readInput(path string, limit int64) ([]byte, error) {
	in := c.stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("read the file: %w", inputError(err))
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, errors.Join(err, errInput))
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read %s: it has more than %d bytes: %w", path, limit, journal.ErrTooLarge)
	}
	return data, nil
}

// list is a flag that may be given several times.
type list []string

// String is the values with commas, as package flag wants to print them.
func (l *list) String() string { return strings.Join(*l, ",") }

// Set adds a value.
func (l *list) Set(v string) error {
	*l = append(*l, v)
	return nil
}
