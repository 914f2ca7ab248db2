package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/web"
)

const (
	maxActionsCSV  = 32 << 20
	maxActionsRows = 100_000
)

// actionColumns are those of an export. base says what the row was then, by which an import tells what was changed in the file.
var actionColumns = []string{"incident", "action", "title", "domain", "owner", "due", "impact", "effort", "slot", "state", "proof", "issue", "base"}

// actionExport writes all actions as CSV (RFC 4180), to be edited and imported again.
func (c *cli) actionExport(ctx context.Context, args []string) error {
	f := newFlags("action export [--csv] [--dir D]")
	dir := f.String("dir", ".", "flag.repository")
	f.Bool("csv", true, "flag.csv")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	r, err := app.NewReader(ctx, *dir)
	if err != nil {
		return err
	}
	defer r.Close()
	all, persons, err := actionsOf(ctx, r)
	if err != nil {
		return err
	}
	out := csv.NewWriter(c.stdout)
	out.UseCRLF = true // RFC 4180
	rows := [][]string{actionColumns}
	for _, a := range all {
		base, err := json.Marshal(a.Values())
		if err != nil {
			return err
		}
		v, issue := a.Values(), ""
		if a.Link != nil {
			issue = a.Link.URL
		}
		row := []string{a.incident, a.ID, a.Title, string(a.Domain), loginOf(persons, a.Owner), a.Due, string(a.Impact), string(a.Effort), a.Planned, v[prevention.StateField], a.Proof, issue, string(base)}
		for i := range row {
			row[i] = asCell(row[i])
		}
		rows = append(rows, row)
	}
	return out.WriteAll(rows)
}

// incidentAction is an action with its incident.
type incidentAction struct {
	prevention.Action
	incident string
}

func actionsOf(ctx context.Context, r *app.Reader) (all []incidentAction, persons []people.Person, err error) {
	if persons, err = r.People(ctx); err != nil {
		return nil, nil, err
	}
	rows, err := r.Actions(ctx, false)
	if err != nil {
		return nil, nil, err
	}
	cases := map[string]web.Case{}
	for _, row := range rows {
		k, known := cases[row.Incident]
		if !known {
			if k, err = r.Case(ctx, row.Incident); err != nil {
				return nil, nil, err
			}
			cases[row.Incident] = k
		}
		i := slices.IndexFunc(k.Prevention.Actions, func(a prevention.Action) bool { return a.ID == row.ID })
		if i >= 0 {
			all = append(all, incidentAction{k.Prevention.Actions[i], row.Incident})
		}
	}
	return all, persons, nil
}

// asCell keeps a spreadsheet from taking a text for a formula; fromCell takes the same mark off, so that nothing is lost.
func asCell(s string) string {
	if s != "" && strings.ContainsAny(s[:1], "=+-@\t'") {
		return "'" + s
	}
	return s
}

func fromCell(s string) string { return strings.TrimPrefix(s, "'") }

// csvCommand is what a row of an import asks for.
type csvCommand struct {
	incident string
	command  any
}

// actionImport takes the rows that were changed in a file. A row without an action is a new one.
func (c *cli) actionImport(ctx context.Context, args []string) error {
	f := newWriteFlags("action import FILE.csv|- [--csv] [--dir D] [--as LOGIN] [--json]")
	f.Bool("csv", true, "flag.action.read-csv")
	rest, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	data, err := c.readInput(rest[0], maxActionsCSV)
	if err != nil {
		return err
	}
	commands, err := importCommands(ctx, *f.dir, data)
	if err != nil {
		return fmt.Errorf("import %s: %w", rest[0], err)
	}
	w, err := c.writer(ctx, f)
	if err != nil {
		return err
	}
	touched := map[string]bool{}
	for _, o := range commands {
		if err := w.perform(ctx, o.incident, o.command); err != nil {
			return errors.Join(err, w.close())
		}
		touched[o.incident] = true
	}
	if err := c.performAll(ctx, f, w, nil); err != nil {
		return err
	}
	if !*f.asJSON {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "backlog.imported", len(commands)))
	}
	left := false
	err = c.printIssues(ctx, *f.dir, *f.asJSON, func(a web.RoadmapAction) bool {
		open := touched[a.Incident] && slices.ContainsFunc(a.Conflicts, func(o prevention.Conflict) bool { return o.From == prevention.FromCSV })
		left = left || open
		return open
	})
	if err == nil && left {
		err = errFailed
	}
	return err
}

// importCommands reads the whole file before anything of it is done.
func importCommands(ctx context.Context, dir string, data []byte) ([]csvCommand, error) {
	r, err := app.NewReader(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	all, persons, err := actionsOf(ctx, r)
	if err != nil {
		return nil, err
	}
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))) // spreadsheets begin with a byte order mark
	header, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("read the header: %w: %w", err, journal.ErrInvalid)
	}
	for _, name := range []string{"incident", "action", "title", "owner", "due", "state", "base"} {
		if !slices.Contains(header, name) {
			return nil, fmt.Errorf("there is no column %q; begin with `safelight action export`: %w", name, journal.ErrInvalid)
		}
	}
	var commands []csvCommand
	for n := 2; ; n++ {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return commands, nil
		}
		if err == nil && n > maxActionsRows {
			err = fmt.Errorf("more than %d rows: %w", maxActionsRows, journal.ErrTooLarge)
		}
		if err != nil {
			return nil, fmt.Errorf("row %d: %w: %w", n, err, journal.ErrInvalid)
		}
		row := csvRow{cells: map[string]string{}, persons: persons}
		for i, name := range header {
			row.cells[name] = fromCell(record[i])
		}
		more, err := row.commands(all)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", n, err)
		}
		commands = append(commands, more...)
	}
}

type csvRow struct {
	cells   map[string]string
	persons []people.Person
}

// commands are what a row asks for; none where it is as it was.
func (r csvRow) commands(all []incidentAction) ([]csvCommand, error) {
	id := r.cells["incident"]
	owner, err := r.owner()
	if err != nil {
		return nil, err
	}
	if r.cells["action"] == "" {
		return r.filed(all, owner)
	}
	i := slices.IndexFunc(all, func(a incidentAction) bool { return a.incident == id && a.ID == r.cells["action"] })
	if i < 0 {
		return nil, fmt.Errorf("there is no action %s of %s: %w", r.cells["action"], id, journal.ErrNotFound)
	}
	a := all[i]
	if given := r.cells["domain"] + r.cells["impact"] + r.cells["effort"]; given != "" && given != string(a.Domain)+string(a.Impact)+string(a.Effort) {
		return nil, fmt.Errorf("domain, impact and effort of an action do not change; file another one: %w", journal.ErrInvalid)
	}
	var base prevention.Values
	if err := json.Unmarshal([]byte(r.cells["base"]), &base); err != nil || len(base) == 0 {
		return nil, fmt.Errorf("base is not what the export wrote: %w", journal.ErrInvalid)
	}
	v := prevention.Values{prevention.TitleField: r.cells["title"], prevention.OwnerField: owner, prevention.DueField: r.cells["due"], prevention.StateField: r.cells["state"]}
	var list []csvCommand
	if slices.ContainsFunc(prevention.Fields(), func(f prevention.Field) bool { return v[f] != base[f] }) {
		list = append(list, csvCommand{id, prevention.TakeRow{ID: a.ID, Base: base, Values: v, Proof: r.cells["proof"]}})
	}
	if slot, is := r.cells["slot"]; is && slot != a.Planned {
		list = append(list, csvCommand{id, prevention.PlanAction{ID: a.ID, Slot: slot}})
	}
	return list, nil
}

func (r csvRow) owner() (string, error) {
	login := r.cells["owner"]
	for _, p := range r.persons {
		if p.Login == login || string(p.ID) == login { // of an account that is gone the id is written
			return string(p.ID), nil
		}
	}
	if strings.HasPrefix(login, "u-") {
		return login, nil
	}
	return "", fmt.Errorf("owner %q has no account: %w", login, journal.ErrInvalid)
}

// filed makes a new action, unless the file was imported before.
func (r csvRow) filed(all []incidentAction, owner string) ([]csvCommand, error) {
	id, title := r.cells["incident"], r.cells["title"]
	if slices.ContainsFunc(all, func(a incidentAction) bool { return a.incident == id && a.Title == title }) {
		return nil, nil
	}
	if s := r.cells["state"]; s != "" && s != prevention.Open {
		return nil, fmt.Errorf("a new action is open: file it, then close it with its proof: %w", journal.ErrInvalid)
	}
	return []csvCommand{{id, prevention.AddAction{
		Title: title, Owner: people.ID(owner), Due: r.cells["due"], Domain: postmortem.Domain(r.cells["domain"]),
		Impact: prevention.Size(r.cells["impact"]), Effort: prevention.Size(r.cells["effort"]),
	}}}, nil
}
