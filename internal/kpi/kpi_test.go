package kpi

import (
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/prevention"
)

var detected = time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC)

func after(d time.Duration) *time.Time { t := detected.Add(d); return &t }

// contained makes an incident whose containment clock of 30 minutes stopped after d; zero means it still runs.
func contained(d time.Duration) Case {
	c := incident.Clock{Name: incident.ClockContain, StartedAt: detected, DueAt: detected.Add(30 * time.Minute)}
	if d > 0 {
		c.StoppedAt = after(d)
	}
	return Case{Incident: incident.State{DetectedAt: detected, Clocks: []incident.Clock{c}}}
}

func find(t *testing.T, figures []Figure, key string) Figure {
	t.Helper()
	for _, f := range figures {
		if f.Key == key {
			return f
		}
	}
	t.Fatalf("no figure %q", key)
	return Figure{}
}

func TestShareCountsOnlyDecidedClocks(t *testing.T) {
	t.Parallel()
	cases := []Case{contained(5 * time.Minute), contained(30 * time.Minute), contained(31 * time.Minute), contained(0)}
	early := find(t, Compute(cases, detected.Add(20*time.Minute)), "containedInTime")
	if early.N != 3 || early.Open != 1 || *early.Value != 2.0/3 {
		t.Errorf("while one clock runs: %d decided, %d open, share %v; want 3, 1, 2/3", early.N, early.Open, *early.Value)
	}
	late := find(t, Compute(cases, detected.Add(time.Hour)), "containedInTime")
	if late.N != 4 || late.Open != 0 || *late.Value != 0.5 {
		t.Errorf("after the due time: %d decided, %d open, share %v; want 4, 0, 1/2", late.N, late.Open, *late.Value)
	}
}

func TestMedianOfDetectToContain(t *testing.T) {
	t.Parallel()
	cases := []Case{contained(5 * time.Minute), contained(9 * time.Minute), contained(0)}
	f := find(t, Compute(cases, detected), "detectToContain")
	if *f.Value != 420 || f.N != 2 || f.Open != 1 {
		t.Errorf("median = %v s over %d, %d open; want 420 s over 2, 1 open", *f.Value, f.N, f.Open)
	}
	if got, want := f.Text(phrase.French), "7 min"; got != want {
		t.Errorf("text = %q, want %q", got, want)
	}
}

func TestStockOfOpenActions(t *testing.T) {
	t.Parallel()
	open := prevention.Action{ActionAdded: prevention.ActionAdded{Due: "2025-10-01"}, AddedAt: detected}
	done := open
	done.Closed = &incident.Mark{At: detected.Add(48 * time.Hour)}
	figures := Compute([]Case{{Prevention: prevention.State{Actions: []prevention.Action{open, done, open}}}}, detected.AddDate(0, 0, 10))
	if f := find(t, figures, "openActions"); *f.Value != 2 || f.N != 3 {
		t.Errorf("open actions = %v of %d, want 2 of 3", *f.Value, f.N)
	}
	if f := find(t, figures, "overdueActions"); *f.Value != 2 || f.N != 2 {
		t.Errorf("overdue = %v of %d, want 2 of 2", *f.Value, f.N)
	}
	if f := find(t, figures, "resolveAction"); *f.Value != 48*3600 || f.Open != 2 {
		t.Errorf("time to resolve an action = %v s, %d open; want 172800 s, 2 open", *f.Value, f.Open)
	}
}

func TestEmptyPopulationHasNoValue(t *testing.T) {
	t.Parallel()
	for _, f := range Compute(nil, detected) {
		if f.Unit != Count && f.Value != nil {
			t.Errorf("%s of nothing = %v, want no value", f.Key, *f.Value)
		}
		for _, l := range phrase.Langs() {
			if row := f.Row(detected, l); len(row) != len(Header()) {
				t.Errorf("%s: row has %d cells, header %d", f.Key, len(row), len(Header()))
			}
		}
		if !phrase.Known(f.Name().Key) || !phrase.Known(f.Definition().Key) {
			t.Errorf("%s has no name or definition", f.Key)
		}
	}
}
