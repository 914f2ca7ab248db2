package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/collect"
	"github.com/safelight-dev/safelight/internal/hook"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/runbook"
	"github.com/safelight-dev/safelight/internal/web"
)

// EvidenceConfig says where evidence is collected, by names that people choose from.
type EvidenceConfig struct {
	collect.Config `yaml:",inline"`
	// Commands are programs of the house whose output is evidence.
	Commands map[string]EvidenceCommand `yaml:"commands"`
}

// EvidenceCommand is a program of the house. No shell reads its arguments.
type EvidenceCommand struct {
	Run     []string      `yaml:"run"`
	Env     []string      `yaml:"env"` // names of variables that it gets, whose values are hidden in what it writes
	Timeout time.Duration `yaml:"timeout"`
	// Kind is what its output is to those who look for causes; the log of a CI where nothing is said.
	Kind postmortem.EvidenceKind `yaml:"kind"`
}

const (
	defaultEvidenceTime = 30 * time.Second
	// collectBefore and collectAfter are how much of the series and of the checks around an incident is evidence.
	collectBefore = 2 * time.Hour
	collectAfter  = time.Hour
	collectLimit  = 48 * time.Hour
	maxOrigins    = 10_000
)

// Validate says what is wrong with it, or nil.
func (c EvidenceConfig) Validate() error {
	for name, cmd := range c.Commands {
		if len(cmd.Run) == 0 || cmd.Run[0] == "" {
			return fmt.Errorf("evidence.commands.%s: run is empty: name the program and its arguments: %w", name, journal.ErrInvalid)
		}
		if cmd.Timeout < 0 || cmd.Timeout > runbook.MaxTime {
			return fmt.Errorf("evidence.commands.%s: timeout %s: between 0 and %s: %w", name, cmd.Timeout, runbook.MaxTime, journal.ErrInvalid)
		}
		if cmd.Kind != "" && !slices.Contains(postmortem.EvidenceKinds(), cmd.Kind) {
			return fmt.Errorf("evidence.commands.%s: kind %q: use one of %v: %w", name, cmd.Kind, postmortem.EvidenceKinds(), journal.ErrInvalid)
		}
	}
	return c.Config.Validate()
}

// EvidenceSources names what may be collected, by kind: for the choices of pages.
func (a *App) EvidenceSources() web.EvidenceSources {
	c := a.config.Evidence
	return web.EvidenceSources{Git: slices.Sorted(maps.Keys(c.Git)), CI: slices.Sorted(maps.Keys(c.CI)), Commands: slices.Sorted(maps.Keys(c.Commands))}
}

// CollectEvidence brings evidence from a source. Files that came before something went wrong stay; to collect again adds nothing that is there.
func (a *App) CollectEvidence(ctx context.Context, by people.Actor, id string, c web.CollectEvidence) error {
	if err := by.Require(people.Analyse); err != nil {
		return err
	}
	known, err := a.Case(ctx, id)
	if err != nil {
		return err
	}
	col := collection{app: a, by: by, c: known, at: a.now().UTC()}
	config := a.config.Evidence
	switch c.From {
	case "git":
		source, ok := config.Git[c.Source]
		if !ok {
			return unknownSource("git", c.Source)
		}
		return collect.Git(ctx, c.Source, source, c.Good, c.Bad, col.take(ctx, "safelight collect git"))
	case "ci":
		source, ok := config.CI[c.Source]
		if !ok {
			return unknownSource("ci", c.Source)
		}
		return collect.CI(ctx, c.Source, source, c.Run, col.take(ctx, "safelight collect ci"))
	case "command":
		command, ok := config.Commands[c.Source]
		if !ok {
			return unknownSource("commands", c.Source)
		}
		return col.command(ctx, c.Source, command)
	case "series":
		return col.series(ctx)
	case "versions":
		return col.versions(ctx)
	case "configuration":
		return col.configuration(ctx)
	}
	return phrase.Refusal(journal.ErrInvalid, "refusal.collect.from", id, fmt.Sprintf("%.40q", c.From))
}

func unknownSource(part, name string) error {
	return phrase.Refusal(journal.ErrNotFound, "refusal.collect.source", fmt.Sprintf("%.40q", name), part)
}

// collection is one round of collecting.
type collection struct {
	app *App
	by  people.Actor
	c   web.Case
	at  time.Time
}

// take keeps files among the evidence. One that is there with the same bytes changes nothing.
func (c collection) take(ctx context.Context, tool string) collect.Take {
	n := 0
	return func(f collect.File) error {
		if n++; n > collect.MaxFiles {
			return phrase.Refusal(journal.ErrTooLarge, "refusal.collect.files", c.c.Incident.ID, collect.MaxFiles)
		}
		return c.app.AddEvidence(ctx, c.by, c.c.Incident.ID, web.EvidenceUpload{Path: f.Path, Kind: f.Kind, Source: f.Source, Tool: tool, Data: f.Data})
	}
}

// stamp names what was collected by when.
func (c collection) stamp() string { return c.at.Format("20060102T150405Z") }

// span is the time around the incident that evidence is taken of.
func (c collection) span() (from, to time.Time) {
	from = begin(c.c.Incident).Add(-collectBefore)
	to = c.at
	if r := c.c.Incident.Resolved; r != nil && r.At.Add(collectAfter).Before(to) {
		to = r.At.Add(collectAfter)
	}
	if to.Sub(from) > collectLimit {
		to = from.Add(collectLimit)
	}
	return from, to
}

// command keeps what a program of the house writes, however it ended: that is said in the last line.
func (c collection) command(ctx context.Context, name string, cmd EvidenceCommand) error {
	limit := cmd.Timeout
	if limit == 0 {
		limit = defaultEvidenceTime
	}
	select {
	case c.app.commands <- struct{}{}:
		defer func() { <-c.app.commands }()
	case <-ctx.Done():
		return ctx.Err()
	}
	o := hook.Run(ctx, hook.Command{Args: cmd.Run, Dir: c.app.dir, Pass: cmd.Env, Limit: limit, Set: []string{
		"SAFELIGHT_INCIDENT=" + c.c.Incident.ID, "SAFELIGHT_PIPELINE=" + c.c.Incident.Opened.Pipeline,
	}})
	switch {
	case o.Unbegun != nil:
		return fmt.Errorf("collect evidence by the command %s: %w", name, o.Unbegun)
	case o.Stopped:
		return ctx.Err()
	}
	end := fmt.Sprintf("\n# exit status %d, %d bytes written, %s", o.Exit, o.Bytes, o.Took.Round(time.Millisecond))
	switch {
	case o.TimedOut:
		end = fmt.Sprintf("\n# ended after %s", limit)
	case o.Signal != "":
		end = "\n# ended by " + o.Signal
	}
	return c.take(ctx, "safelight collect command")(collect.File{
		Path: "commands/" + name + "-" + c.stamp() + ".log", Kind: string(cmp.Or(cmd.Kind, postmortem.CILog)), Source: "command " + name, Data: bytes.NewReader(append(o.Output, end+"\n"...)),
	})
}

// versions keeps which software, models, prompts, runs and LUTs made the images around the incident, and how many of each were over a limit.
func (c collection) versions(ctx context.Context) error {
	from, to := c.span()
	name := c.c.Incident.Opened.Pipeline
	rows, err := c.app.store.Origins(ctx, name, from, to, maxOrigins)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return phrase.Refusal(journal.ErrNotFound, "refusal.collect.versions", name)
	}
	table := [][]string{{"software", "model", "promptMark", "run", "lut", "checked", "over", "first", "last"}}
	for _, r := range rows {
		table = append(table, []string{r.Software, r.Model, r.Prompt, r.Run, r.LUT, strconv.Itoa(r.Checked), strconv.Itoa(r.Over), r.First.Format(time.RFC3339), r.Last.Format(time.RFC3339)})
	}
	data, err := csvText(table)
	if err != nil {
		return err
	}
	return c.take(ctx, "safelight collect versions")(collect.File{
		Path: "models/versions-" + c.stamp() + ".csv", Kind: string(postmortem.Versions), Source: "checks of " + name + " " + spanText(from, to), Data: bytes.NewReader(data),
	})
}

func spanText(from, to time.Time) string {
	return from.UTC().Format(time.RFC3339) + " to " + to.UTC().Format(time.RFC3339)
}

// csvText writes a table that spreadsheets take no formula from.
func csvText(table [][]string) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	for _, row := range table {
		for i, s := range row {
			if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
				if _, err := strconv.ParseFloat(s, 64); err != nil {
					row[i] = "'" + s
				}
			}
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// configuration keeps safelight.yaml as it is, and which configurations were in force since before the incident, by digest.
func (c collection) configuration(ctx context.Context) error {
	source, err := os.ReadFile(filepath.Join(c.app.dir, ConfigName))
	if err != nil {
		return fmt.Errorf("collect the configuration: %w", err)
	}
	digest := hex.EncodeToString(sumOf(source))
	entries, err := c.app.stream(ctx, configStream)
	if err != nil {
		return err
	}
	table, at := [][]string{{"loaded", "sha256", "rules", "bytes"}}, begin(c.c.Incident)
	var before []string
	for _, e := range entries {
		l, err := journal.Decode[configLoaded](e)
		if err != nil {
			return err
		}
		row := []string{e.OccurredAt.Format(time.RFC3339), l.SHA256, l.Rules, strconv.Itoa(l.Bytes)}
		if !e.OccurredAt.After(at) {
			before = row // the last of these was in force when it began
			continue
		}
		table = append(table, row)
	}
	if before != nil {
		table = slices.Insert(table, 1, before)
	}
	loaded, err := csvText(table)
	if err != nil {
		return err
	}
	take := c.take(ctx, "safelight collect configuration")
	return errors.Join(
		take(collect.File{Path: "configuration/safelight-" + digest[:12] + ".yaml", Kind: string(postmortem.Configuration), Source: "safelight.yaml as it is now, SHA-256 " + digest, Data: bytes.NewReader(source)}),
		take(collect.File{Path: "configuration/loaded-" + c.stamp() + ".csv", Kind: string(postmortem.Configuration), Source: "journal, stream " + configStream, Data: bytes.NewReader(loaded)}),
	)
}
