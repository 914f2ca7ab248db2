package app

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/telemetry"
)

func (h *house) sweep() measure.Summary {
	h.t.Helper()
	s, err := h.Sweep(h.t.Context(), "catalogue")
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// write puts bytes into a file of the house.
func (h *house) write(name string, data []byte) {
	h.t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, filepath.FromSlash(name)), data, 0o644); err != nil {
		h.t.Fatal(err)
	}
}

// withoutTable runs f while the database has lost a table.
func (h *house) withoutTable(name string, f func()) {
	h.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(StateDir(h.dir), "safelight.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		h.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("alter table " + name + " rename to away"); err != nil {
		h.t.Fatal(err)
	}
	f()
	if _, err := db.Exec("alter table away rename to " + name); err != nil {
		h.t.Fatal(err)
	}
}

func TestSweepMeasuresOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if s := h.sweep(); s.Checked != 3 || s.Broken != 0 {
		t.Fatalf("the first sweep measured %d and found %d broken, want 3 and 0", s.Checked, s.Broken)
	}
	if s := h.sweep(); s.Checked != 0 {
		t.Errorf("a sweep without changes measured %d images, want none", s.Checked)
	}
	h.image("delivered/1.png", 160)
	h.write("delivered/2.png", []byte("no image at all"))
	if s := h.sweep(); s.Checked != 1 || s.Broken != 1 {
		t.Errorf("after one change and one damage %d were measured and %d broken, want 1 and 1", s.Checked, s.Broken)
	}
	if s := h.sweep(); s.Checked != 0 || s.Broken != 0 {
		t.Errorf("the next sweep measured %d and found %d broken: a broken file was counted again", s.Checked, s.Broken)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h.image("delivered/0.png", 170)
	h.open()
	if s := h.sweep(); s.Checked != 1 {
		t.Errorf("after a restart %d images were measured, want the one that changed meanwhile", s.Checked)
	}
}

func TestSweepOfAnUnknownPipelineIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if _, err := h.Sweep(t.Context(), "nowhere"); err == nil || !strings.Contains(err.Error(), `"nowhere"`) {
		t.Errorf("sweeping an unknown pipeline gave %v, want an error that names it", err)
	}
}

// What was seen but could not be recorded is measured by the next sweep.
func TestSweepThatCouldNotRecordIsRepeated(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.sweep()
	for i := range 3 {
		h.image(fmt.Sprintf("delivered/%d.png", i), 160)
	}
	h.withoutTable("checks", func() {
		if _, err := h.Sweep(t.Context(), "catalogue"); err == nil {
			t.Error("a sweep that could not record its checks did not fail")
		}
	})
	if s := h.sweep(); s.Checked != 3 {
		t.Errorf("after a sweep that recorded nothing %d images were measured, want all 3", s.Checked)
	}
}

// observe puts one deviating image after another in and evaluates each minute,
// until the rule fires; it gives the firing alert.
func (h *house) observe() telemetry.Alert {
	h.t.Helper()
	for minute := range 20 {
		h.move(time.Minute)
		if minute >= 2 {
			h.image(fmt.Sprintf("delivered/%d.png", minute%3), uint8(140+3*minute))
		}
		h.sweep()
		if err := h.AppendSeries(h.t.Context(), h.clock()); err != nil {
			h.t.Fatal(err)
		}
		alerts, err := h.Evaluate(h.t.Context(), h.clock())
		for _, a := range alerts {
			if a.State == telemetry.Firing {
				return a
			}
		}
		if err != nil {
			h.t.Fatal(err)
		}
	}
	h.t.Fatal("the rule has not fired within 20 minutes of drift")
	return telemetry.Alert{}
}

// The rules tell once that an alert fires: where its incident cannot be opened
// just then, the next evaluation must.
func TestAlertWhoseIncidentCouldNotBeOpenedIsTriedAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var fired telemetry.Alert
	h.withoutTable("persons", func() { fired = h.observe() })
	if states, err := h.Incidents(t.Context()); err != nil || len(states) != 0 {
		t.Fatalf("with a broken database there are %d incidents, %v; want none yet", len(states), err)
	}
	h.move(time.Minute)
	if _, err := h.Evaluate(t.Context(), h.clock()); err != nil {
		t.Fatal(err)
	}
	states, err := h.Incidents(t.Context())
	if err != nil || len(states) != 1 {
		t.Fatalf("after the repair there are %d incidents, %v; want one", len(states), err)
	}
	if s := states[0]; !s.DetectedAt.Equal(fired.At) || !s.Opened.ActiveAt.Equal(fired.ActiveAt) {
		t.Errorf("it was detected at %v, active at %v; want when the rule fired, %v and %v", s.DetectedAt, s.Opened.ActiveAt, fired.At, fired.ActiveAt)
	}
	// The rule tells of the same activation again, as after a restart.
	if err := h.takeAlerts(t.Context(), []alert.Alert{ruleAlert(fired)}, h.clock()); err != nil {
		t.Fatal(err)
	}
	if again, err := h.Incidents(t.Context()); err != nil || len(again) != 1 {
		t.Errorf("the same activation told again gave %d incidents, %v; want the one that it opened", len(again), err)
	}
}

func TestAlertBecomesAnIncidentWhateverItSays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i, c := range []struct {
		name, severity, summary string
		wantSeverity, wantLabel string
		wantTitle               func(string) bool
	}{
		{"known", "s1", "drift", "S1", "", func(s string) bool { return s == "drift" }},
		{"unknown severity", "urgent", "drift", "S2", "urgent", func(s string) bool { return s == "drift" }},
		{"no severity", "", "drift", "S2", "", func(s string) bool { return s == "drift" }},
		{"no summary", "S3", "", "S3", "", func(s string) bool { return s == "rule" }},
		{"blank summary", "S3", " \n", "S3", "", func(s string) bool { return s == "rule" }},
		{"endless summary", "S3", strings.Repeat("é", 40_000), "S3", "", func(s string) bool { return len(s) < 1000 && strings.HasSuffix(s, "é…") }},
	} {
		h.take(alert.Alert{
			Source: alert.FromRules, StartsAt: h.clock().Add(-10 * time.Minute), Annotations: alert.Labels{"summary": c.summary},
			Labels: alert.Labels{"alertname": "rule", "pipeline": fmt.Sprintf("gone-%d", i), "severity": c.severity},
		})
		o := h.newest().Opened
		if string(o.Severity) != c.wantSeverity || o.UnknownLabel != c.wantLabel || !c.wantTitle(o.Title) {
			t.Errorf("%s: severity %s, unknown label %q, title %.40q", c.name, o.Severity, o.UnknownLabel, o.Title)
		}
	}
	if _, err := h.Case(t.Context(), "PM-2025-09-27-99"); err == nil || !strings.Contains(err.Error(), journal.ErrNotFound.Error()) {
		t.Errorf("an incident that there is not gave %v, want not found", err)
	}
}

// A folder that is not there yet is said with what to do, once and not at every sweep.
func TestSweepWithoutFolder(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, func(h *house) {
		p := h.config.Watch.Pipelines["catalogue"]
		p.Reference = filepath.Join(h.dir, "later")
		h.config.Watch.Pipelines["catalogue"] = p
	})
	_, err := h.Sweep(t.Context(), "catalogue")
	if err == nil || !strings.Contains(err.Error(), "later does not exist") || !strings.Contains(err.Error(), "make the folder, or name another under pipelines.catalogue in safelight.yaml") {
		t.Errorf("sweeping gave %v", err)
	}
	var last complaint
	other := errors.New("the disk is full")
	for i, c := range []struct {
		err   error
		after time.Duration
		want  bool
	}{
		{nil, 0, false}, {err, 0, true}, {err, 10 * time.Second, false}, {other, 20 * time.Second, true}, {err, 30 * time.Second, true},
		{err, 30*time.Second + time.Hour - 1, false}, {err, 30*time.Second + time.Hour, true}, {err, time.Hour + time.Minute, false},
		{nil, time.Hour + 2*time.Minute, false}, {err, time.Hour + 3*time.Minute, true},
	} {
		if got := last.news(c.err, h.clock().Add(c.after)); got != c.want {
			t.Errorf("round %d: said %v, want %v", i, got, c.want)
		}
	}
}
