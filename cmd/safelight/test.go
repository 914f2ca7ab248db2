package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/safelight-dev/safelight/cube"
	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/prevention"
)

// testRun is the JSON of one incident test.
type testRun struct {
	Name     string `json:"name"`
	Incident string `json:"incident"`
	Passed   bool   `json:"passed"`
	prevention.Run
}

// runTest runs the incident tests on a changed colour table: the one that
// --lut names, or else the one that each test guards.
func runTest(c *cli, _ context.Context, args []string) error {
	f := newFlags("test [--filter incident] [--lut FILE.cube] [--dir D] [--json]")
	dir := f.String("dir", ".", "the repository with the folder "+app.TestsDir)
	filter := f.String("filter", "incident", "part of the names of the tests to run; incident is all")
	lut := f.String("lut", "", "the changed colour table; the one that each test guards if absent")
	asJSON := f.Bool("json", false, "print as JSON")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	tests, err := app.LoadTests(*dir, *filter)
	if err != nil {
		return err
	}
	if len(tests) == 0 && *filter != "incident" {
		return fmt.Errorf("run the incident tests called %q: there is none in %s: %w", *filter, filepath.Join(*dir, app.TestsDir), journal.ErrNotFound)
	}
	runs := make([]testRun, 0, len(tests))
	for _, t := range tests {
		run, err := runOne(t, *dir, *lut)
		if err != nil {
			return err
		}
		runs = append(runs, testRun{t.Name, t.Incident, run.Passed(), run})
	}
	return c.printRuns(runs, *asJSON)
}

// runOne runs a test on the named table or on the one that it guards.
func runOne(t app.IncidentTest, dir, lut string) (prevention.Run, error) {
	if lut == "" {
		guarded := filepath.Join(dir, filepath.FromSlash(t.LUT))
		if _, err := os.Stat(guarded); t.LUT == "" || errors.Is(err, fs.ErrNotExist) {
			return prevention.Run{}, usageError{
				fmt.Sprintf("run incident test %s: nothing to test is named, and the table that it guards (%s) is not in %s", t.Name, t.LUT, dir),
				"name the changed table with --lut FILE.cube",
			}
		}
		lut = guarded
	}
	data, err := os.ReadFile(lut)
	if err != nil {
		return prevention.Run{}, fmt.Errorf("read the colour table: %w", inputError(err))
	}
	table, err := cube.Read(bytes.NewReader(data))
	if err != nil {
		return prevention.Run{}, fmt.Errorf("read the colour table %s: %w: %w", lut, err, errInput)
	}
	return t.Run(filepath.ToSlash(lut), data, app.LUTChange(table))
}

// printRuns prints what became of each test; one that did not pass ends with exit code 1.
func (c *cli) printRuns(runs []testRun, asJSON bool) error {
	failed := false
	for _, r := range runs {
		failed = failed || !r.Passed
	}
	if asJSON {
		if err := printJSON(c.stdout, runs); err != nil {
			return err
		}
	} else {
		c.printRunTexts(runs)
	}
	if failed {
		return errFailed
	}
	return nil
}

func (c *cli) printRunTexts(runs []testRun) {
	if len(runs) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.test.none"))
	}
	for _, r := range runs {
		verdict := "PASS"
		if !r.Passed {
			verdict = "FAIL"
		}
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.test.run", verdict, r.Name, r.Subject, r.Images))
		for _, v := range r.Violations {
			fmt.Fprintf(c.stdout, "  %s\n", v)
		}
	}
}
