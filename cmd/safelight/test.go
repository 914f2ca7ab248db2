package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

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

// incidentTestFlags say how the incident tests are run.
type incidentTestFlags struct {
	dir      string
	lut      string // the changed table; the one that each test guards where it is empty
	images   string // the folder of the images; the one that each test guards where it is empty
	settings list   // of generations
}

// runTest runs the incident tests on what they guard, or on what is named in its place.
func runTest(c *cli, ctx context.Context, args []string) error {
	f := newFlags("test [--filter incident] [--lut FILE.cube] [--images FOLDER] [--set NAME=VALUE …] [--dir D] [--json]")
	var t incidentTestFlags
	f.StringVar(&t.dir, "dir", ".", "flag.tests.dir")
	filter := f.String("filter", "incident", "flag.tests.filter")
	f.StringVar(&t.lut, "lut", "", "flag.tests.lut")
	f.StringVar(&t.images, "images", "", "flag.tests.images")
	f.Var(&t.settings, "set", "flag.tests.set")
	asJSON := f.Bool("json", false, "flag.json")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	tests, err := app.LoadTests(t.dir, *filter)
	if err != nil {
		return err
	}
	if len(tests) == 0 && *filter != "incident" {
		return fmt.Errorf("run the incident tests called %q: there is none in %s: %w", *filter, filepath.Join(t.dir, app.TestsDir), journal.ErrNotFound)
	}
	config, err := app.LoadWatch(t.dir)
	if err != nil {
		return err
	}
	engine := app.NewEngine(t.dir, config)
	defer engine.Close()
	runs := make([]testRun, 0, len(tests))
	for _, one := range tests {
		subject, err := t.subject(engine, one)
		if err != nil {
			return err
		}
		run, err := engine.TryTest(ctx, one, subject)
		if err != nil {
			return err
		}
		runs = append(runs, testRun{one.Name, one.Incident, run.Passed(), run})
	}
	return c.printRuns(runs, *asJSON)
}

// subject is what is named in place of what a test guards, or that.
func (o incidentTestFlags) subject(e *app.Engine, t app.IncidentTest) (app.Subject, error) {
	switch {
	case t.LUT != "":
		return o.table(t)
	case t.Generate != nil:
		settings, err := pairsOf(o.settings)
		if err != nil {
			return app.Subject{}, err
		}
		return e.Generated(*t.Generate, settings)
	}
	folder := o.images
	if folder == "" {
		folder = filepath.Join(o.dir, filepath.FromSlash(t.Images))
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return app.Subject{}, usageError{says: phrase.Of("misuse.guard.images", t.Name, t.Images, o.dir), hint: phrase.Of("misuse.guard.images.hint")}
	}
	root.Close()
	return app.ImagesSubject(filepath.ToSlash(folder), func(name string) ([]byte, error) { return app.ReadBelow(folder, name) }), nil
}

// table is the named table or the one that a test guards.
func (o incidentTestFlags) table(t app.IncidentTest) (app.Subject, error) {
	lut := o.lut
	if lut == "" {
		lut = filepath.Join(o.dir, filepath.FromSlash(t.LUT))
		if _, err := os.Stat(lut); errors.Is(err, fs.ErrNotExist) {
			return app.Subject{}, usageError{says: phrase.Of("misuse.guard.lut", t.Name, t.LUT, o.dir), hint: phrase.Of("misuse.guard.lut.hint")}
		}
	}
	data, err := os.ReadFile(lut)
	if err != nil {
		return app.Subject{}, fmt.Errorf("read the colour table: %w", inputError(err))
	}
	s, err := app.TableSubject(filepath.ToSlash(lut), data)
	if err != nil {
		return s, fmt.Errorf("%w: %w", err, errInput)
	}
	return s, nil
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
			fmt.Fprintf(c.stdout, "  %s\n", v.In(c.lang()))
		}
	}
}
