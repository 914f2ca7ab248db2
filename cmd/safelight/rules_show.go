package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"text/tabwriter"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/telemetry"
)

// shownRule is the JSON of a rule that is configured. Durations are in seconds.
type shownRule struct {
	Source        string            `json:"source"`
	Group         string            `json:"group"`
	Name          string            `json:"name"`
	Kind          telemetry.Kind    `json:"kind"`
	Expr          string            `json:"expr"`
	For           float64           `json:"for"`
	KeepFiringFor float64           `json:"keepFiringFor"`
	Interval      float64           `json:"interval"`
	Labels        map[string]string `json:"labels"`
	Annotations   map[string]string `json:"annotations"`
}

// rulesShow lists the rules of a configuration, or prints the rules that come with the program.
func (c *cli) rulesShow(_ context.Context, args []string) error {
	f := newFlags("rules show [--starter] [--dir D] [--json]")
	dir := f.String("dir", ".", "flag.config-dir")
	starter := f.Bool("starter", false, "cli.rules.starter")
	asJSON := f.Bool("json", false, "flag.json")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	files, groups, err := telemetry.Starter()
	var broken []error
	if !*starter {
		groups, broken, err = app.ConfiguredRules(*dir)
	}
	if err != nil {
		return inputError(err)
	}
	for _, fault := range faults(errors.Join(broken...)) {
		fmt.Fprintln(c.stderr, phrase.Say(c.lang(), "cli.warning", fault))
	}
	if *asJSON {
		return printJSON(c.stdout, shownRules(groups, *dir))
	}
	if *starter {
		for _, file := range files {
			if _, err := fmt.Fprintf(c.stdout, "# %s\n%s\n", file.Name, file.Text); err != nil {
				return err
			}
		}
		return nil
	}
	return c.listRules(shownRules(groups, *dir))
}

func shownRules(groups []telemetry.Group, dir string) []shownRule {
	rows := []shownRule{}
	for _, g := range groups {
		for _, r := range g.Rules() {
			if rel, err := filepath.Rel(dir, r.Source); err == nil && filepath.IsLocal(rel) {
				r.Source = filepath.ToSlash(rel)
			}
			rows = append(rows, shownRule{
				r.Source, r.Group, r.Rule, r.Kind, r.Expr, r.For.Seconds(), r.KeepFiringFor.Seconds(), r.Interval.Seconds(), r.Labels, r.Annotations,
			})
		}
	}
	return rows
}

func (c *cli) listRules(rows []shownRule) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "rules.none"))
		return err
	}
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		severity := r.Labels["severity"]
		if severity == "" {
			severity = "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Name, severity, r.Group, r.Source)
	}
	return w.Flush()
}
