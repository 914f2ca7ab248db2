package kpi

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
)

var detected = time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC)

func after(d time.Duration) *time.Time { t := detected.Add(d); return &t }

// contained makes an incident whose containment clock of 30 minutes stopped after d; zero means it still runs.
func contained(d time.Duration) Case {
	c := incident.Clock{Name: incident.ClockContain, StartedAt: detected, DueAt: detected.Add(30 * time.Minute)}
	s := incident.State{ID: "PM-2025-09-27-01", Severity: pipeline.S1, DetectedAt: detected}
	if d > 0 {
		c.StoppedAt = after(d)
		s.FirstContained = &incident.Mark{At: *c.StoppedAt}
	}
	s.Clocks = []incident.Clock{c}
	return Case{Incident: s}
}

func compute(t *testing.T, f Facts, q Query, now time.Time) Report {
	t.Helper()
	r, err := Compute(f, q, now)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func figure(t *testing.T, r Report, key, of string) Figure {
	t.Helper()
	f := Find(r.Figures, key, of)
	if f == nil {
		t.Fatalf("no figure %q of %q", key, of)
	}
	return *f
}

func TestShareCountsOnlyWhatIsDecided(t *testing.T) {
	t.Parallel()
	f := Facts{Cases: []Case{contained(5 * time.Minute), contained(30 * time.Minute), contained(31 * time.Minute), contained(0)}}
	for _, key := range []string{"containedInTime", "containedIn30Min"} {
		early := figure(t, compute(t, f, Query{}, detected.Add(20*time.Minute)), key, "")
		if early.N != 4 || early.Open != 1 || *early.Value != 2.0/3 {
			t.Errorf("%s while one clock runs: n %d, %d open, share %v; want 4, 1, 2/3", key, early.N, early.Open, *early.Value)
		}
		late := figure(t, compute(t, f, Query{}, detected.Add(time.Hour)), key, "")
		if late.N != 4 || late.Open != 0 || *late.Value != 0.5 {
			t.Errorf("%s after the due time: n %d, %d open, share %v; want 4, 0, 1/2", key, late.N, late.Open, *late.Value)
		}
	}
}

func TestTimesCountWhatHasNotEnded(t *testing.T) {
	t.Parallel()
	f := Facts{Cases: []Case{contained(5 * time.Minute), contained(9 * time.Minute), contained(0)}}
	got := figure(t, compute(t, f, Query{}, detected.Add(6*time.Minute)), "detectToContain", "")
	if *got.Value != 540 || got.AtLeast || got.N != 3 || got.Open != 1 {
		t.Errorf("median = %+v; want 540 s of 3, 1 open: the open one was seen beyond the first", got)
	}
	got = figure(t, compute(t, f, Query{}, detected.Add(2*time.Hour)), "detectToContain", "")
	if *got.Value != 540 || *got.P90 != 7200 || !got.P90AtLeast || got.P90Text(phrase.French) != "> 2 h" {
		t.Errorf("p90 = %v %v; want more than 2 h: a third has not ended", *got.P90, got.P90AtLeast)
	}
}

// TestOpenNeverImproves: whatever ended, one more that has not makes no quantile shorter, and never as short as if it had ended now.
func TestOpenNeverImproves(t *testing.T) {
	t.Parallel()
	const never = 1e12 // stands for more than the longest
	value := func(spans []span, q float64) float64 {
		v, atLeast := quantile(spans, q)
		if atLeast {
			return never
		}
		return v
	}
	random := rand.New(rand.NewPCG(9, 6))
	for range 2000 {
		spans := make([]span, 1+random.IntN(12))
		for i := range spans {
			spans[i] = span{float64(random.IntN(20)), random.IntN(3) == 0}
		}
		age := float64(random.IntN(20))
		for _, q := range []float64{0.5, 0.9} {
			without, open, ended := value(spans, q), value(append([]span{{age, true}}, spans...), q), value(append([]span{{age, false}}, spans...), q)
			if open < without || open < ended {
				t.Fatalf("quantile %v of %v: %v without, %v with one open at %v, %v had it ended", q, spans, without, open, age, ended)
			}
		}
	}
}

// TestQuantileOfFreireich: the remission times of Freireich (1963) under 6-MP, whose median by Kaplan and Meier every textbook gives as 23
// weeks, and under placebo, where nothing is censored, as 8.
func TestQuantileOfFreireich(t *testing.T) {
	t.Parallel()
	var drug, placebo []span
	for _, w := range []float64{6, 6, 6, 7, 10, 13, 16, 22, 23} {
		drug = append(drug, span{w, false})
	}
	for _, w := range []float64{6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35} {
		drug = append(drug, span{w, true})
	}
	for _, w := range []float64{1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23} {
		placebo = append(placebo, span{w, false})
	}
	if m, atLeast := quantile(drug, 0.5); m != 23 || atLeast {
		t.Errorf("median under 6-MP = %v, %v; want 23 weeks", m, atLeast)
	}
	if m, atLeast := quantile(placebo, 0.5); m != 8 || atLeast {
		t.Errorf("median under placebo = %v, %v; want 8 weeks", m, atLeast)
	}
}

func entry(seq int64, at time.Time, kind string, data any) journal.Entry {
	b, err := json.Marshal(data)
	if err != nil {
		panic(err)
	}
	return journal.Entry{Seq: seq, Stream: "PM-2025-09-27-01", Type: kind, Version: 1, OccurredAt: at, Data: b}
}

// TestStockIsOfThePeriodsEnd: what was closed and reopened since counts as it stood then.
func TestStockIsOfThePeriodsEnd(t *testing.T) {
	t.Parallel()
	at := func(month, day int) time.Time { return time.Date(2025, time.Month(month), day, 12, 0, 0, 0, time.UTC) }
	c := contained(time.Minute)
	c.Entries = []journal.Entry{
		entry(1, at(9, 28), prevention.TypeActionAdded, prevention.ActionAdded{ID: "A1", Due: "2025-09-29"}),
		entry(2, at(9, 28), prevention.TypeActionAdded, prevention.ActionAdded{ID: "A2", Due: "2025-11-29"}),
		entry(3, at(9, 30), prevention.TypeActionClosed, prevention.ActionEnded{ID: "A1"}),
		entry(4, at(10, 5), prevention.TypeActionReopened, prevention.ActionEnded{ID: "A1"}),
		entry(5, at(10, 9), prevention.TypeActionAdded, prevention.ActionAdded{ID: "A3", Due: "2025-11-29"}),
	}
	var err error
	if c.Prevention, err = prevention.Fold(c.Entries); err != nil {
		t.Fatal(err)
	}
	q3, q4 := Query{Period: Quarter(2025, 3)}, Query{Period: Quarter(2025, 4)}
	now := at(10, 10)
	for _, test := range []struct {
		q               Query
		key             string
		value           float64
		n, open         int
		oldest, overdue float64
	}{
		{q3, "openActions", 1, 2, 1, 2.5 * 86400, 0},
		{q4, "openActions", 3, 3, 3, 12 * 86400, 1},
	} {
		r := compute(t, Facts{Cases: []Case{c}}, test.q, now)
		f, age := figure(t, r, test.key, ""), figure(t, r, "openActionAge", "")
		if *f.Value != test.value || f.N != test.n || f.Open != test.open || *age.Max != test.oldest {
			t.Errorf("%s: %s = %v of %d, oldest %v; want %v of %d, oldest %v", test.q.Period.Name, test.key, *f.Value, f.N, *age.Max, test.value, test.n, test.oldest)
		}
		if o := figure(t, r, "overdueActions", ""); *o.Value != test.overdue {
			t.Errorf("%s: overdue = %v, want %v", test.q.Period.Name, *o.Value, test.overdue)
		}
	}
	if f := figure(t, compute(t, Facts{Cases: []Case{c}}, q3, now), "resolveAction", ""); f.N != 2 || f.Open != 2 {
		t.Errorf("time to resolve what was agreed in the quarter: %+v; want both open, one having been reopened", f)
	}
}

func TestRecurrenceLooksBackBeyondThePeriod(t *testing.T) {
	t.Parallel()
	cause := func(id, text string, d postmortem.Domain) postmortem.State {
		return postmortem.State{ID: id, Causes: []postmortem.Cause{{CauseFields: postmortem.CauseFields{ID: "C1", Kind: postmortem.Direct, Domain: d, Text: text}}}}
	}
	on := func(id string, at time.Time, a postmortem.State) Case {
		return Case{Incident: incident.State{ID: id, Severity: pipeline.S1, DetectedAt: at}, Analysis: a}
	}
	f := Facts{Cases: []Case{
		on("PM-3", detected.AddDate(0, 0, 1), cause("PM-3", "a  Hook lost its exit status.", postmortem.Operations)),
		on("PM-1", detected.AddDate(0, -6, 0), cause("PM-1", "A hook lost its exit status", postmortem.Operations)),
		on("PM-2", detected, cause("PM-2", "The LUT was of another brand", postmortem.Data)),
		on("PM-4", detected, postmortem.State{}),
	}}
	r := compute(t, f, Query{Period: Quarter(2025, 3)}, detected.AddDate(0, 0, 2))
	if got := figure(t, r, "recurrence", ""); got.N != 3 || got.Open != 1 || *got.Value != 0.5 {
		t.Errorf("recurrence = %+v (%v); want 1 of 2 stated, 1 undecided", got, *got.Value)
	}
	if got := figure(t, r, "recurrenceIn", "operations"); got.N != 1 || *got.Value != 1 {
		t.Errorf("recurrence in operations = %+v, want 1 of 1", got)
	}
	again := Recurring(f.Cases, Query{Period: Quarter(2025, 3)})
	if len(again) != 1 || len(again[0].Seen) != 2 || again[0].Before != 1 || again[0].Seen[0].Incident.ID != "PM-1" {
		t.Errorf("recurring causes = %+v; want the hook's, of PM-1 and PM-3", again)
	}
}

func TestChecklistCountsWaivedLinesAsNotTrue(t *testing.T) {
	t.Parallel()
	closed := contained(time.Minute)
	closed.Incident.Closed, closed.Incident.Waived = &incident.Mark{At: detected}, map[string]string{postmortem.LineLessons: "none"}
	r := compute(t, Facts{Cases: []Case{closed, contained(time.Minute)}}, Query{}, detected)
	if f := figure(t, r, "checklist", ""); *f.Value != 0.8 || f.N != 10 || f.Open != 5 {
		t.Errorf("compliance = %v of %d, %d open; want 0.8 of 10, 5 open", *f.Value, f.N, f.Open)
	}
	if f := figure(t, r, "checklistLine", postmortem.LineLessons); *f.Value != 0 || f.N != 2 || f.Open != 1 {
		t.Errorf("lessons = %v of %d, %d open; want 0 of 2, 1 open", *f.Value, f.N, f.Open)
	}
}

func TestQualityAgainstThePeriodBefore(t *testing.T) {
	t.Parallel()
	day := func(m, d int) time.Time { return time.Date(2025, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	f := Facts{Days: []Day{
		{Pipeline: "catalogue", Day: day(6, 30), Checks: 100, Over: 10}, {Pipeline: "catalogue", Day: day(7, 1), Checks: 100, Over: 2, DeltaE: 150, DeltaEs: 100, SSIM: 48, SSIMs: 50},
		{Pipeline: "catalogue", Day: day(9, 30), Checks: 100, Over: 4, DeltaE: 50, DeltaEs: 100}, {Pipeline: "catalogue", Day: day(10, 1), Checks: 9, Over: 9},
	}}
	r := compute(t, f, Query{Period: Quarter(2025, 3)}, day(12, 1))
	for key, want := range map[string]float64{"budgetViolations": 0.03, "qualityTrend": 0.03 - 0.1, "meanDeltaE": 1, "meanSSIM": 0.96} {
		if got := figure(t, r, key, "catalogue"); *got.Value != want {
			t.Errorf("%s = %v, want %v", key, *got.Value, want)
		}
	}
	if len(r.Months) != 3 || Find(r.Months[1].Figures, "budgetViolations", "catalogue") != nil {
		t.Errorf("months = %+v; want July to September, August without checks", r.Months)
	}
	if got := figure(t, r, "qualityTrend", "catalogue").Text(phrase.French); got != "-7 pt" {
		t.Errorf("trend reads %q, want -7 pt", got)
	}
}

func TestWouldHaveCaughtIsOfWhatLeftSomethingToTry(t *testing.T) {
	t.Parallel()
	one := func(id string) Case { c := contained(time.Minute); c.Incident.ID = id; return c }
	f := Facts{Cases: []Case{one("PM-1"), one("PM-2"), one("PM-3"), one("PM-4")}}
	if got := figure(t, compute(t, f, Query{}, detected), "wouldHaveCaught", ""); got.Value != nil || got.Missing != 4 {
		t.Errorf("never measured: %+v; want no value of nothing, 4 missing", got)
	}
	by := []prevention.CaughtBy{{Guard: "gate", Text: "DeltaE00 4.31 exceeds 2.00"}}
	f.Caught = &prevention.Caught{Controls: 200, Alarms: 1, Cases: []prevention.CaughtCase{
		{Incident: "PM-1", Images: 3, By: by}, {Incident: "PM-2", Tables: 1}, {Incident: "PM-3"}, {Incident: "PM-0", Images: 9}}}
	r := compute(t, f, Query{}, detected)
	if got := figure(t, r, "wouldHaveCaught", ""); *got.Value != 0.5 || got.N != 2 || got.Missing != 2 {
		t.Errorf("caught %v of %d, %d missing; want half of 2, 2 missing", *got.Value, got.N, got.Missing)
	}
	if got := figure(t, r, "falseAlarms", ""); *got.Value != 0.005 || got.N != 200 {
		t.Errorf("false alarms = %v of %d, want 0.005 of 200", *got.Value, got.N)
	}
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"2025-Q3": {"2025-07-01", "2025-10-01"}, "2025-q4": {"2025-10-01", "2026-01-01"}, "2025-09": {"2025-09-01", "2025-10-01"},
		"2025": {"2025-01-01", "2026-01-01"}, "2025-07-02..2025-07-02": {"2025-07-02", "2025-07-03"}, " 2024-02-28..": {"2024-02-28", "0001-01-01"},
		"..2024-02-29": {"0001-01-01", "2024-03-01"}, "": {"0001-01-01", "0001-01-01"},
	} {
		p, err := ParsePeriod(text)
		if got := [2]string{p.From.Format(time.DateOnly), p.Until.Format(time.DateOnly)}; err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"2025-Q5", "Q3", "..", "2025-09-02..2025-09-01", "2025-13", "yesterday", "2025-09-01"} {
		if p, err := ParsePeriod(text); err == nil {
			t.Errorf("%q is taken for %+v", text, p)
		}
	}
	for text, want := range map[string]string{"2025-Q1": "2024-Q4", "2025-01": "2024-12", "2025": "2024", "2025-07-11..2025-07-20": "2025-07-01..2025-07-10"} {
		p, _ := ParsePeriod(text)
		if b, ok := p.Before(); !ok || b.Name != want || !b.Until.Equal(p.From) {
			t.Errorf("before %s is %v, want %s", text, b, want)
		}
	}
	if _, err := ParseQuery("", "S0, s1 high"); err == nil {
		t.Error("a severity that there is not is taken")
	}
}

func TestEveryFigureSaysWhatItIs(t *testing.T) {
	t.Parallel()
	r := compute(t, Facts{Days: []Day{{Pipeline: "p", Day: detected.Truncate(24 * time.Hour)}}}, Query{}, detected)
	for _, f := range r.Figures {
		if f.Unit != Count && f.Value != nil {
			t.Errorf("%s of nothing = %v, want no value", f.Key, *f.Value)
		}
		for _, key := range []phrase.Key{f.Name().Key, f.Definition().Key, f.Formula().Key} {
			if !phrase.Known(key) {
				t.Errorf("%s: no sentence %s", f.Key, key)
			}
		}
	}
	for _, l := range phrase.Langs() {
		for _, row := range r.Rows(l) {
			if len(row) != len(Header()) {
				t.Errorf("%s: row has %d cells, header %d", row[1], len(row), len(Header()))
			}
		}
	}
}
