package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/telemetry"
)

// maxRuleTests bounds a file of unit tests.
const maxRuleTests = 4 << 20

// testedFile is the JSON of a file of unit tests.
type testedFile struct {
	File string `json:"file"`
	Good bool   `json:"good"`
	// Faults say why the tests could not be run.
	Faults  []string     `json:"faults,omitempty"`
	Missing []string     `json:"missing,omitempty"`
	Tests   []testedRule `json:"tests"`
}

type testedRule struct {
	Name    string      `json:"name"`
	Passed  bool        `json:"passed"`
	Seconds float64     `json:"seconds"`
	Faults  []testFault `json:"faults,omitempty"`
}

type testFault struct {
	Alert    string   `json:"alert,omitempty"`
	Expr     string   `json:"expr,omitempty"`
	Rule     string   `json:"rule,omitempty"`
	At       string   `json:"at,omitempty"`
	Expected []string `json:"expected,omitempty"`
	Got      []string `json:"got,omitempty"`
	Error    string   `json:"error,omitempty"`
}

// rulesTest runs unit tests of rules in promtool's format.
func (c *cli) rulesTest(ctx context.Context, args []string) error {
	f := newFlags("rules test FILE... [--json] [--junit FILE]")
	asJSON := f.Bool("json", false, "flag.json")
	junit := f.String("junit", "", "cli.rules.junit")
	paths, err := f.parse(args, 1, -1)
	if err != nil {
		return err
	}
	if err := notAnInput(*junit, paths); err != nil {
		return err
	}
	files := make([]testedFile, len(paths))
	for i, path := range paths {
		if files[i], err = c.testRules(ctx, path); err != nil {
			return err
		}
	}
	if *junit != "" {
		report, err := c.junit(files)
		if err != nil {
			return err
		}
		if err := app.WriteFile(*junit, report); err != nil {
			return err
		}
	}
	if *asJSON {
		err = printJSON(c.stdout, files)
	} else {
		_, err = fmt.Fprint(c.stdout, c.testTexts(files))
	}
	if err == nil && slices.ContainsFunc(files, func(f testedFile) bool { return !f.Good }) {
		return errFailed
	}
	return err
}

// testRules runs one file. What is wrong with the file or its rules is its fault; an error is of the world.
func (c *cli) testRules(ctx context.Context, path string) (testedFile, error) {
	data, err := c.readInput(path, maxRuleTests)
	if err != nil {
		return testedFile{}, err
	}
	file := testedFile{File: path, Tests: []testedRule{}}
	tests, err := app.LoadRuleTests(data, path)
	file.Missing = tests.Missing
	for _, pattern := range tests.Missing {
		fmt.Fprintln(c.stderr, phrase.Say(c.lang(), "cli.warning", phrase.Say(c.lang(), "cli.rules.test.missing", path, pattern)))
	}
	if err != nil {
		file.Faults = faults(err)
		return file, nil
	}
	results, err := tests.Run(ctx, tests.Groups)
	if err != nil {
		if ctx.Err() != nil {
			return file, err
		}
		file.Faults = faults(err)
		return file, nil
	}
	file.Good = true
	for _, r := range results {
		row := testedRule{Name: r.Name, Passed: len(r.Faults) == 0, Seconds: r.Took.Seconds()}
		for _, fault := range r.Faults {
			row.Faults = append(row.Faults, testFaultOf(fault))
		}
		file.Good = file.Good && row.Passed
		file.Tests = append(file.Tests, row)
	}
	return file, nil
}

func testFaultOf(f telemetry.UnitFault) testFault {
	t := testFault{Alert: f.Alert, Expr: f.Expr, Rule: f.Rule, Expected: f.Expected, Got: f.Got}
	if f.Alert+f.Expr+f.Rule != "" {
		t.At = f.At.String()
	}
	if f.Err != nil {
		t.Error = sentence(f.Err)
	}
	return t
}

func (c *cli) testTexts(files []testedFile) string {
	var b strings.Builder
	l := c.lang()
	for _, f := range files {
		failed := 0
		for _, t := range f.Tests {
			if !t.Passed {
				failed++
			}
		}
		switch {
		case f.Good:
			fmt.Fprintln(&b, phrase.Say(l, one("cli.rules.test.good", len(f.Tests)), f.File, len(f.Tests)))
		case len(f.Faults) > 0:
			fmt.Fprintln(&b, phrase.Say(l, "cli.rules.test.broken", f.File))
		default:
			fmt.Fprintln(&b, phrase.Say(l, "cli.rules.test.failed", f.File, failed, len(f.Tests)))
		}
		for _, fault := range f.Faults {
			fmt.Fprintf(&b, "  %s\n", fault)
		}
		for _, t := range f.Tests {
			if !t.Passed {
				fmt.Fprintf(&b, "  %s\n%s", phrase.Say(l, "cli.rules.test.test", t.Name), c.faultTexts(t))
			}
		}
	}
	return b.String()
}

// faultTexts says what a test expected and what it got, leaving out what is the same in both.
func (c *cli) faultTexts(t testedRule) string {
	var b strings.Builder
	l := c.lang()
	for _, f := range t.Faults {
		fmt.Fprintf(&b, "    %s\n", c.subject(f))
		if f.Error != "" {
			fmt.Fprintf(&b, "      %s\n", f.Error)
			continue
		}
		missing, extra, same := differences(f.Expected, f.Got)
		b.WriteString(c.column("cli.rules.test.expected", missing))
		b.WriteString(c.column("cli.rules.test.got", extra))
		if same > 0 {
			fmt.Fprintf(&b, "      %s\n", phrase.Say(l, "cli.rules.test.same", same))
		}
	}
	return b.String()
}

func (c *cli) subject(f testFault) string {
	l := c.lang()
	switch {
	case f.Alert != "":
		return phrase.Say(l, "cli.rules.test.alert", f.Alert, f.At)
	case f.Expr != "":
		return phrase.Say(l, "cli.rules.test.expr", f.Expr, f.At)
	case f.Rule != "":
		return phrase.Say(l, "cli.rules.test.rule", f.Rule, f.At)
	}
	return phrase.Say(l, "cli.rules.test.input")
}

// column prints one side, its lines below each other.
func (c *cli) column(head phrase.Key, lines []string) string {
	if len(lines) == 0 {
		lines = []string{phrase.Say(c.lang(), "cli.rules.test.nothing")}
	}
	var b strings.Builder
	for i, line := range lines {
		word := ""
		if i == 0 {
			word = phrase.Say(c.lang(), head)
		}
		fmt.Fprintf(&b, "      %-9s %s\n", word, line)
	}
	return b.String()
}

// differences counts what both lists hold and gives what only one does, repetitions counted.
func differences(expected, got []string) (missing, extra []string, same int) {
	extra = slices.Clone(got)
	for _, line := range expected {
		if i := slices.Index(extra, line); i >= 0 {
			extra = slices.Delete(extra, i, i+1)
			same++
		} else {
			missing = append(missing, line)
		}
	}
	return missing, extra, same
}
