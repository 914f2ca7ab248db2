package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// flags is the flag set of one sub-command. Flags may stand before, between
// and after the arguments.
type flags struct {
	*flag.FlagSet
	usage string
	more  explanation // what help says besides the flags
	minus bool        // an argument may begin with a dash
}

// explanation is a sentence and the names that it is about.
type explanation struct {
	say   phrase.Key
	names []string
}

// newFlags starts a flag set; usage is the line that a mistake is answered
// with, for example "check REF CANDIDATE".
func newFlags(usage string) flags {
	f := flags{FlagSet: flag.NewFlagSet(commandOf(usage), flag.ContinueOnError), usage: usage}
	f.SetOutput(io.Discard)
	return f
}

// commandOf is the words of a usage before its arguments: "lut apply".
func commandOf(usage string) string {
	var words []string
	for _, w := range strings.Fields(usage) {
		if w != strings.ToLower(w) || strings.HasPrefix(w, "-") || strings.ContainsAny(w, "[{|") {
			break
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

// readFlags are those of a command that reads a folder: which one, and how to print.
type readFlags struct {
	flags
	dir    *string
	asJSON *bool
}

func newReadFlags(usage string) readFlags {
	f := newFlags(usage)
	return readFlags{f, f.String("dir", ".", "flag.repository"), f.Bool("json", false, "flag.json")}
}

// open reads the flags and so many arguments, and opens the folder for reading.
func (f readFlags) open(ctx context.Context, args []string, n int) (*app.Reader, []string, error) {
	positional, err := f.parse(args, n, n)
	if err != nil {
		return nil, nil, err
	}
	r, err := app.NewReader(ctx, *f.dir)
	return r, positional, err
}

// parse reads the flags and gives the arguments, of which there must be at
// least min and at most max (no limit if max is negative).
func (f flags) parse(args []string, min, max int) ([]string, error) {
	if last := len(args) - 1; last >= 0 && strings.HasPrefix(args[last], "--dir=") && f.Lookup("dir") == nil {
		args = args[:last] // it is global, and this command needs no folder
	}
	var positional []string
	for {
		if err := f.FlagSet.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, helpRequest{f}
			}
			rest := f.Args() // after the one that was not understood
			if word := args[len(args)-len(rest)-1]; f.minus && f.unknown(word) {
				positional, args = append(positional, word), rest
				continue
			}
			return nil, misuse(f.usage, "flag", err)
		}
		rest := f.Args()
		if len(rest) == 0 {
			break
		}
		positional = append(positional, rest[0])
		args = rest[1:]
	}
	if len(positional) < min || max >= 0 && len(positional) > max {
		return nil, misuse(f.usage, "arguments", len(positional))
	}
	return positional, nil
}

// unknown tells whether an argument begins with one dash and is no flag.
func (f flags) unknown(word string) bool {
	name, _, _ := strings.Cut(strings.TrimPrefix(word, "-"), "=")
	return strings.HasPrefix(word, "-") && name != "" && !strings.HasPrefix(name, "-") && f.Lookup(name) == nil
}

// help says the usage and lists the flags, one a line, with their defaults. What a flag is for is a key of phrase, or
// the list of its values.
func (f flags) help(l phrase.Lang) string {
	var b strings.Builder
	fmt.Fprintln(&b, phrase.Say(l, "cli.usage.of", f.usage))
	f.VisitAll(func(fl *flag.Flag) {
		usage := fl.Usage
		if key := phrase.Key(usage); phrase.Known(key) {
			usage = phrase.Say(l, key)
		}
		fmt.Fprintf(&b, "  --%-14s %s", fl.Name, usage)
		if fl.DefValue != "" && fl.DefValue != "false" {
			fmt.Fprintf(&b, " (%s)", fl.DefValue)
		}
		b.WriteByte('\n')
	})
	if f.more.say != "" {
		fmt.Fprintln(&b, phrase.Say(l, f.more.say))
		for row := range slices.Chunk(f.more.names, 6) {
			fmt.Fprintln(&b, "  "+strings.Join(row, ", "))
		}
	}
	return b.String()
}

// printJSON writes v as indented JSON.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
