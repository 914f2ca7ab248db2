// Command safelight is the one binary.
//
// Every sub-command lives in the file of its name and is listed once, in the
// table of commands. Results go to standard output; everything else goes to
// standard error with a "safelight: " prefix, no capital at the start and no
// full stop at the end, and a hint on a line of its own where there is one.
//
// Exit codes: 0 good, 1 a check failed or an input is bad, 2 wrong usage, 3 internal.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	_ "time/tzdata" // rotations name time zones, and a small machine has no zone files

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/pixels"
)

// The exit codes.
const (
	exitGood     = 0
	exitFailed   = 1
	exitUsage    = 2
	exitInternal = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cli := &cli{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, env: os.Getenv}
	os.Exit(cli.main(ctx, os.Args[1:]))
}

// cli is one invocation: its streams and its environment, so that tests can hold them.
type cli struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            func(string) string
}

// command is one row of the table.
type command struct {
	name    string
	summary phrase.Key
	run     func(*cli, context.Context, []string) error
	group   bool // its first argument says what to do, and without one it answers with its usage
}

// main runs a sub-command and gives the exit code.
func (c *cli) main(ctx context.Context, args []string) int {
	args, err := anywhere(args)
	if err != nil {
		return c.report(err)
	}
	switch {
	case len(args) == 0:
		c.usage(c.stderr)
		return exitUsage
	case len(args) == 1 && asksHelp(args[0]):
		c.usage(c.stdout)
		return exitGood
	case asksHelp(args[0]):
		args = append(slices.Clone(args[1:]), "--help")
	}
	for _, cmd := range commands() {
		if cmd.name == args[0] {
			return c.report(cmd.start(c, ctx, args[1:]))
		}
	}
	return c.report(usageError{says: phrase.Of("misuse.command", strconv.Quote(args[0])), hint: phrase.Of("misuse.command.hint")})
}

// anywhere moves a --dir that stands before the command behind it, where the command's own flags are: it names the folder of
// them all. One that stands there already is closer, and counts.
func anywhere(args []string) ([]string, error) {
	if len(args) == 0 {
		return args, nil
	}
	_, dir, given := strings.Cut(args[0], "=")
	if !namesDir(args[0]) {
		return args, nil
	}
	if args = args[1:]; !given {
		if len(args) == 0 {
			return nil, usageError{says: phrase.Of("misuse.dir"), usage: "--dir D COMMAND"}
		}
		dir, args = args[0], args[1:]
	}
	if len(args) == 0 || asksHelp(args[0]) || slices.ContainsFunc(args, namesDir) {
		return args, nil
	}
	return append(slices.Clone(args), "--dir="+dir), nil
}

// namesDir tells a word that begins a --dir.
func namesDir(word string) bool {
	name, _, _ := strings.Cut(word, "=")
	return name == "--dir" || name == "-dir"
}

// asksHelp tells a word by which people ask for help.
func asksHelp(word string) bool {
	return word == "help" || word == "-h" || word == "-help" || word == "--help"
}

// start runs a command, or explains it where help is asked of a group.
func (cmd command) start(c *cli, ctx context.Context, args []string) error {
	if !cmd.group || len(args) == 0 || !asksHelp(args[0]) {
		return cmd.run(c, ctx, args)
	}
	if len(args) > 1 && !asksHelp(args[1]) && !namesDir(args[1]) { // lut help apply
		return cmd.run(c, ctx, append(slices.Clone(args[1:]), "--help"))
	}
	l := c.lang()
	var wrong usageError
	errors.As(cmd.run(c, ctx, nil), &wrong) // which lists the verbs
	fmt.Fprintf(c.stdout, "%s\n%s\n%s\n", phrase.Say(l, cmd.summary), phrase.Say(l, "cli.usage.of", wrong.usage), phrase.Say(l, "cli.usage.verbs", cmd.name))
	return nil
}

// usage prints the table of commands.
func (c *cli) usage(w io.Writer) {
	l := c.lang()
	fmt.Fprintln(w, phrase.Say(l, "cli.usage"))
	fmt.Fprintln(w)
	for _, cmd := range commands() {
		fmt.Fprintf(w, "  %-11s %s\n", cmd.name, phrase.Say(l, cmd.summary))
	}
	fmt.Fprintln(w)
	fmt.Fprintln(w, phrase.Say(l, "cli.usage.end"))
}

// lang is the language of the terminal: English unless the locale says French.
func (c *cli) lang() phrase.Lang {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := c.env(name); v != "" {
			if strings.HasPrefix(v, "fr") {
				return phrase.French
			}
			return phrase.English
		}
	}
	return phrase.English
}

// usageError is a wrong use of the command line.
type usageError struct {
	says  phrase.Sentence
	usage string          // of the command
	hint  phrase.Sentence // what to do instead; to look at the usage where there is none
}

func (e usageError) Error() string { return e.says.In(phrase.English) }

// Phrase makes it said in the user's language.
func (e usageError) Phrase() (key string, args []any) { return string(e.says.Key), e.says.Args }

// misuse is a wrong use of the command that a usage is of. The key is of what is wrong.
func misuse(usage string, k phrase.Key, args ...any) usageError {
	e := misused(commandOf(usage), k, phrase.Sentence{}, args...)
	e.usage = usage
	return e
}

// misused is a wrong use of a command, and what to do instead.
func misused(command string, k phrase.Key, hint phrase.Sentence, args ...any) usageError {
	return usageError{says: phrase.Of("misuse", command, phrase.Of("misuse."+k, args...)), hint: hint}
}

// helpRequest is no error: a person asked how a sub-command is used.
type helpRequest struct{ flags flags }

func (e helpRequest) Error() string { return e.flags.help(phrase.English) }

// errFailed ends with exit code 1 after the result has been printed: nothing more is said.
var errFailed = errors.New("failed")

// report says an error once, in one sentence, and gives its exit code.
func (c *cli) report(err error) int {
	if err == nil {
		return exitGood
	}
	if errors.Is(err, errFailed) {
		return exitFailed
	}
	var help helpRequest
	if errors.As(err, &help) {
		fmt.Fprint(c.stdout, help.flags.help(c.lang()))
		return exitGood
	}
	text, known := c.say(err)
	if !known {
		fmt.Fprintf(c.stderr, "safelight: %s\n", phrase.Say(c.lang(), phrase.Key(fmt.Sprintf("cli.error.%d", exitCode(err)))))
	}
	fmt.Fprintf(c.stderr, "safelight: %s\n", text)
	if hint := c.hintOf(err); hint != "" {
		fmt.Fprintf(c.stderr, "safelight: %s\n", phrase.Say(c.lang(), "misuse.hint", hint))
	}
	return exitCode(err)
}

func (c *cli) hintOf(err error) string {
	var wrong usageError
	if errors.As(err, &wrong) {
		if wrong.hint.IsZero() {
			return phrase.Say(c.lang(), "cli.usage.of", wrong.usage)
		}
		return wrong.hint.In(c.lang())
	}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}

// sentence is what an error says to a person, its parts on lines of their own.
func sentence(err error) string { return journal.WithoutKind(err.Error()) }

// say is sentence in the user's language. known is false of what can be said in English only, to somebody else.
func (c *cli) say(err error) (text string, known bool) {
	text, known = phrase.Error(c.lang(), err)
	var answer said
	if errors.As(err, &answer) && answer.lang == c.lang() {
		known = true
	}
	return journal.WithoutKind(text), known || c.lang() == phrase.English
}

// words is say of what stands in a sentence that the user can read.
func (c *cli) words(err error) string {
	text, _ := c.say(err)
	return text
}

func kinds() []error {
	return []error{journal.ErrNotFound, journal.ErrConflict, journal.ErrForbidden, journal.ErrInvalid, journal.ErrTooLarge}
}

// ofTheWorld tells errors of files and addresses that the user named: people
// can mend them, and the program is not at fault.
func ofTheWorld(err error) bool {
	var file *fs.PathError
	var link *os.LinkError
	var address *net.OpError
	return errors.As(err, &file) || errors.As(err, &link) || errors.As(err, &address)
}

// exitCode is the only table from an error to an exit code.
func exitCode(err error) int {
	var usage usageError
	var picture *pixels.Error
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &picture), errors.Is(err, context.Canceled), locked(err), ofTheWorld(err):
		return exitFailed
	}
	for _, kind := range kinds() {
		if errors.Is(err, kind) {
			return exitFailed
		}
	}
	return exitInternal
}
