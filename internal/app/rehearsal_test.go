package app

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/audit"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/rehearsal"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// rehearsed holds a rehearsal to its end.
func (h *house) rehearsed(login, pipeline string) rehearsal.State {
	h.t.Helper()
	id, err := h.StartRehearsal(h.t.Context(), h.as(login), pipeline)
	if err != nil {
		h.t.Fatal(err)
	}
	h.idle()
	s, err := h.rehearsal(h.t.Context(), id)
	if err != nil || !s.Over() {
		h.t.Fatalf("the rehearsal is %+v, %v", s, err)
	}
	return s
}

// world is everything that a rehearsal must leave as it is: the files outside the state folder, what rules the gateway, what it
// has logged, the tables of the database but for the journal and the queue, and the counters.
func (h *house) world() map[string]string {
	h.t.Helper()
	seen := map[string]string{"counters": fmt.Sprint(h.meter.Samples())}
	err := filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(h.dir, path)
		if err != nil || strings.HasPrefix(name, ".git") || strings.HasPrefix(name, ".safelight") && !slices.Contains([]string{"gateway.json", "edges.json", "access.jsonl"}, d.Name()) {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		seen[name] = digestHex(text) + " " + info.ModTime().String() + " " + info.Mode().String()
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(StateDir(h.dir), "safelight.db")+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		h.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`select name from sqlite_schema where type = 'table'`)
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			h.t.Fatal(err)
		}
		if table == "journal" || table == "effects" || strings.HasPrefix(table, "river_") || strings.HasPrefix(table, "sqlite_") {
			continue
		}
		var n int
		if err := db.QueryRow(`select count(*) from "` + table + `"`).Scan(&n); err != nil {
			h.t.Fatal(err)
		}
		seen["table "+table] = fmt.Sprint(n)
	}
	return seen
}

// TestRehearsal goes through a whole containment on a private copy, and leaves the world as it was.
func TestRehearsal(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	if _, err := w.Sweep(t.Context(), "catalogue"); err != nil {
		t.Fatal(err)
	}
	before := w.world()
	if len(before) < 20 {
		t.Fatalf("of the world is seen only %v", before)
	}
	s := w.rehearsed("nora", "catalogue")
	for _, d := range s.Done {
		if d.Outcome != rehearsal.Passed {
			t.Errorf("%s: %s: %s", d.Step, d.Outcome, d.Problem.In("en"))
		}
	}
	if !s.Passed() || len(s.Done) != len(rehearsal.Steps()) || s.Clock != 1800 {
		t.Errorf("the rehearsal is %+v", s)
	}
	facts := map[rehearsal.Step]rehearsal.Facts{}
	for _, d := range s.Done {
		facts[d.Step] = d.Facts
	}
	if f := facts[rehearsal.Measure]; len(f.Paths) != 3 || f.DeltaE00 < 2 {
		t.Errorf("measured: %+v, want three images far from their references", f)
	}
	if f := facts[rehearsal.Rule]; f.Rule != "deltaE-spike" || f.Fires < 600 || f.Fires > 900 {
		t.Errorf("the rule: %+v, want that it fires soon after its ten minutes", f)
	}
	if f := facts[rehearsal.OnCall]; f.Person != w.persons["nora"].ID {
		t.Errorf("on call: %+v", f)
	}
	if f := facts[rehearsal.Edges]; !slices.Equal(f.Routes, []string{"catalogue"}) {
		t.Errorf("the real routes: %+v", f)
	}
	after := w.world()
	for name := range after {
		if before[name] != after[name] {
			t.Errorf("%s was %q and is %q", name, before[name], after[name])
		}
	}
	if len(after) != len(before) {
		t.Errorf("of %d things there are %d", len(before), len(after))
	}
	if n := w.channel.count(""); n > 0 {
		t.Errorf("%d messages went out", n)
	}
	if list, err := w.Incidents(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("incidents %v, %v; a rehearsal is none", list, err)
	}
	if _, err := os.Stat(filepath.Join(rehearsalsDir(w.dir), s.ID)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its folder: %v", err)
	}
	if found, err := w.unrehearsed(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("findings %v, %v", found, err)
	}
	w.saysBoth(s)
}

// saysBoth has the report say each step in both languages.
func (h *house) saysBoth(s rehearsal.State) {
	h.t.Helper()
	report, err := h.Rehearsal(h.t.Context(), s.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, l := range phrase.Langs() {
		text := report.Markdown(l)
		if strings.Contains(text, "!") || strings.Count(text, "\n| ") != len(s.Done)+2 {
			h.t.Errorf("in %s the report is\n%s", l, text)
		}
	}
	if fr, en := report.Markdown("fr"), report.Markdown("en"); !strings.Contains(fr, "Couper la route") || !strings.Contains(en, "Disable the route") {
		h.t.Errorf("the report is\n%s\n%s", fr, en)
	}
}

// TestRehearsalFails tells what would go wrong in a real containment.
func TestRehearsalFails(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, func(h *house) {
		h.config.AlertRules[0].Expr = "sum(rate(image_delta_e_over_threshold_total[5m])) by (pipeline) > 1e9"
		h.config.Gateway.Listen = "127.0.0.1:1" // where no gateway answers
		h.config.OnCall.Rotation.Members = []string{"vic"}
	})
	if _, err := h.AddPerson(t.Context(), people.Person{Login: "vic", Role: people.Viewer}, ""); err != nil {
		t.Fatal(err)
	}
	s := h.rehearsed("ada", "catalogue")
	want := map[rehearsal.Step]string{rehearsal.Rule: "no rule fires", rehearsal.OnCall: "vic is on call", rehearsal.Edges: "is safelight gateway running?"}
	for _, d := range s.Done {
		switch text := d.Problem.In("en"); {
		case want[d.Step] == "" && d.Outcome != rehearsal.Passed, want[d.Step] != "" && d.Outcome != rehearsal.Failed, !strings.Contains(text, want[d.Step]):
			t.Errorf("%s %s: %s", d.Step, d.Outcome, text)
		}
	}
	if s.Passed() {
		t.Error("it passed")
	}
	found, err := h.unrehearsed(t.Context())
	if err != nil || len(found) != 1 || found[0] != (audit.Finding{Kind: audit.Unrehearsed, Stream: s.ID, Subject: "catalogue"}) {
		t.Errorf("findings %v, %v", found, err)
	}
	if text := web.FindingText("fr", found[0]); !strings.Contains(text, s.ID) {
		t.Errorf("it is told as %q", text)
	}
	if err := h.runAudit(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.channel.mu.Lock()
	told := slices.ContainsFunc(h.channel.sent, func(m notify.Message) bool {
		return strings.HasPrefix(m.Key, "watch/") && strings.Contains(m.Text, s.ID)
	})
	h.channel.mu.Unlock()
	if !told {
		t.Errorf("the administrators are not told of %s", s.ID)
	}
	h.move(tellAgain)
	if found, err := h.unrehearsed(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("later: %v, %v", found, err)
	}
	h.saysBoth(s)
}

// TestRehearsalWithoutImages skips what it cannot do, and removes what it has made all the same.
func TestRehearsalWithoutImages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 3 {
		if err := os.WriteFile(filepath.Join(h.dir, "reference", fmt.Sprint(i, ".png")), []byte("no image"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := h.rehearsed("nora", "catalogue")
	for _, d := range s.Done {
		want := rehearsal.Skipped
		switch d.Step {
		case rehearsal.Prepare:
			want = rehearsal.Failed
		case rehearsal.OnCall, rehearsal.Clean:
			want = rehearsal.Passed
		case rehearsal.Edges:
			continue
		}
		if d.Outcome != want || d.Problem.In("fr") == d.Problem.In("en") && want != rehearsal.Passed {
			t.Errorf("%s %s: %s", d.Step, d.Outcome, d.Problem)
		}
	}
	h.saysBoth(s)
}

// TestRehearsalOverACrash: a rehearsal whose process ended in the middle is over, and nothing of it is left.
func TestRehearsalOverACrash(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, err := h.StartRehearsal(t.Context(), h.as("nora"), "catalogue")
	if err != nil {
		t.Fatal(err)
	}
	h.until("a step is done", func() bool {
		s, err := h.rehearsal(t.Context(), id)
		return err == nil && len(s.Done) > 0
	})
	h.rehearsals.mu.Lock()
	stage := h.rehearsals.stage
	h.rehearsals.mu.Unlock()
	stage.mu.Lock() // no further step begins
	t.Cleanup(stage.mu.Unlock)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(rehearsalsDir(h.dir), id, "delivered")
	if err := os.MkdirAll(left, 0o700); err != nil { // as a crash leaves it
		t.Fatal(err)
	}
	h.open()
	h.idle()
	s, err := h.rehearsal(t.Context(), id)
	if err != nil || !s.Over() || s.Passed() {
		t.Fatalf("it is %+v, %v", s, err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its folder: %v", err)
	}
	if report, err := h.Rehearsal(t.Context(), id); err != nil || report.Verdict() != "interrupted" {
		t.Errorf("the report says %q, %v", report.Verdict(), err)
	}
	if again := h.rehearsed("nora", "catalogue"); !again.Passed() {
		t.Errorf("the next one: %+v", again)
	}
}

func TestWhoRehearses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	vic, err := h.AddPerson(t.Context(), people.Person{Login: "vic", Role: people.Viewer}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.StartRehearsal(t.Context(), vic.Actor(), "catalogue"); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("a viewer: %v", err)
	}
	if _, err := h.StartRehearsal(t.Context(), h.as("nora"), "nowhere"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("of no pipeline: %v", err)
	}
	if _, err := h.Rehearsal(t.Context(), "REHEARSAL-2025-09-27-09"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("of no id: %v", err)
	}
	// One that is under way keeps another from beginning.
	h.rehearsals.mu.Lock()
	_, err = h.StartRehearsal(t.Context(), h.as("nora"), "catalogue")
	_, second := h.StartRehearsal(t.Context(), h.as("ada"), "catalogue")
	h.rehearsals.mu.Unlock()
	if err != nil || !errors.Is(second, journal.ErrConflict) {
		t.Errorf("the first %v, a second %v", err, second)
	}
	h.idle()
}

// TestRehearsalIsStuck lets another begin where the effects of one are performed no more.
func TestRehearsalIsStuck(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	err := h.store.Update(t.Context(), func(tx *store.Tx) error { // started, and no effect of it
		change, err := rehearsal.Decide(rehearsal.State{}, rehearsal.Start{ID: "REHEARSAL-2025-09-27-01", Started: rehearsal.Started{Pipeline: "catalogue"}}, rehearsal.Env{Now: h.clock(), By: monitor})
		change.Effects = nil
		if err == nil {
			_, err = tx.Append(change)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.StartRehearsal(t.Context(), h.as("nora"), "catalogue"); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("at once: %v", err)
	}
	h.move(longestRehearsal)
	if s := h.rehearsed("nora", "catalogue"); !s.Passed() {
		t.Errorf("an hour later: %+v", s)
	}
	if s, err := h.rehearsal(t.Context(), "REHEARSAL-2025-09-27-01"); err != nil || !s.Interrupted {
		t.Errorf("the one that was stuck: %+v, %v", s, err)
	}
}

// TestWeeklyRehearsal is held at its time, once, and made up for after an outage.
func TestWeeklyRehearsal(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, func(h *house) {
		h.config.Watchdog.Rehearsal = &rehearsal.Config{On: "monday", At: "10:30", TimeZone: "UTC"}
	})
	round := func(want int) {
		t.Helper()
		if err := h.runRehearsals(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.idle()
		all, err := h.Rehearsals(t.Context())
		if err != nil || len(all.List) != want || all.NextPipeline != "catalogue" || all.Next == nil {
			t.Fatalf("on %v there were %d, %v; want %d", h.clock(), len(all.List), err, want)
		}
	}
	round(0)                                                              // Saturday 04:00
	h.move(time.Date(2025, 9, 29, 10, 30, 0, 0, time.UTC).Sub(h.clock())) // Monday
	round(1)
	h.move(time.Hour)
	round(1)
	h.move(9 * 24 * time.Hour) // nothing ran on the Monday after
	round(2)
	h.move(time.Hour)
	round(2)
	if s, err := h.lastScheduled(t.Context()); err != nil || !s.Scheduled || s.By != monitor.ID {
		t.Errorf("the last is %+v, %v", s, err)
	}
}

func TestRehearsalConfig(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"watchdog: {rehearsal: {on: monday, at: \"10:30\", timeZone: Europe/Paris, pipelines: [catalogue]}}": "",
		"watchdog: {rehearsal: {on: someday, at: \"10:30\", timeZone: Europe/Paris}}":                        "write a day",
		"watchdog: {rehearsal: {on: monday, at: \"10:30\", timeZone: Europe/Paris, pipelines: [shop]}}":      "pipeline \"shop\" is not configured",
	} {
		_, err := Parse([]byte(fmt.Sprintf(houseConfig, "127.0.0.1:0")+text), t.TempDir())
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
