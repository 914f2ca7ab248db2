package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// runRules checks, tests and shows rules.
func runRules(c *cli, ctx context.Context, args []string) error {
	return c.choose(ctx, "rules", []verb{{"check", (*cli).rulesCheck}, {"test", (*cli).rulesTest}, {"show", (*cli).rulesShow}}, args)
}

// ruleFile is the JSON of a checked file.
type ruleFile struct {
	File     string   `json:"file"`
	Groups   int      `json:"groups"`
	Faults   []string `json:"faults,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// rulesCheck reads Prometheus rule files and configurations, and names every fault. What is only doubtful is a warning.
func (c *cli) rulesCheck(_ context.Context, args []string) error {
	f := newFlags("rules check FILE... [--dir D] [--json]")
	dir := f.String("dir", ".", "flag.config-dir")
	asJSON := f.Bool("json", false, "flag.json")
	files, err := f.parse(args, 1, -1)
	if err != nil {
		return err
	}
	var rows []ruleFile
	failed := false
	for _, path := range files {
		data, err := c.readInput(path, app.MaxRuleFile)
		if err != nil {
			return err
		}
		groups, unknown, err := app.CheckRules(data, path, *dir)
		row := ruleFile{File: path, Groups: len(groups), Faults: faults(err)}
		for _, u := range unknown {
			row.Warnings = append(row.Warnings, phrase.Say(c.lang(), "cli.rules.severity", path, strconv.Quote(u.Label), strings.Join(u.Rules, ", ")))
		}
		failed = failed || err != nil
		rows = append(rows, row)
	}
	if *asJSON {
		err = printJSON(c.stdout, rows)
	} else {
		err = c.printRules(rows)
	}
	if err == nil && failed {
		return errFailed
	}
	return err
}

// faults splits joined errors into one sentence each.
func faults(err error) []string {
	if err == nil {
		return nil
	}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) && strings.Contains(err.Error(), "\n") {
		var list []string
		for _, e := range joined.Unwrap() {
			list = append(list, faults(e)...)
		}
		return list
	}
	return []string{sentence(err)}
}

// one is the sentence k of a number of things: another where there is one of them.
func one(k phrase.Key, n int) phrase.Key {
	if n == 1 {
		return k + ".one"
	}
	return k
}

func (c *cli) printRules(rows []ruleFile) error {
	for _, row := range rows {
		for _, text := range row.Warnings {
			fmt.Fprintln(c.stderr, phrase.Say(c.lang(), "cli.warning", text))
		}
		for _, fault := range row.Faults {
			if _, err := fmt.Fprintf(c.stdout, "%s: %s\n", row.File, fault); err != nil {
				return err
			}
		}
		if len(row.Faults) == 0 {
			if _, err := fmt.Fprintln(c.stdout, phrase.Say(c.lang(), one("cli.rules.good", row.Groups), row.File, row.Groups)); err != nil {
				return err
			}
		}
	}
	return nil
}
