package telemetry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// sampled lists the times of a series between two others, in whole seconds after start.
func sampled(t *testing.T, e *Engine, expr string, seconds int) []string {
	t.Helper()
	var times []string
	series, err := e.QueryRange(t.Context(), "timestamp("+expr+")", start, start.Add(time.Duration(seconds)*time.Second), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	last := -1.0
	for _, s := range series {
		for _, p := range s.Points {
			if p.Value != last {
				times, last = append(times, fmt.Sprintf("%g", p.Value-float64(start.Unix()))), p.Value
			}
		}
	}
	return times
}

// Each group keeps its own interval, whatever the others' are and however unevenly the clock ticks.
func TestGroupsKeepTheirIntervals(t *testing.T) {
	t.Parallel()
	groups := fileGroups(t, `groups:
  - {name: slow, interval: 5m, rules: [{record: slow, expr: vector(1)}]}
  - {name: fast, interval: 15s, rules: [{record: fast, expr: vector(1)}]}
  - {name: odd, interval: 40s, rules: [{record: odd, expr: vector(1)}]}
`)
	e := open(t, Options{Groups: groups})
	for i := range 11 * 60 {
		jitter := time.Duration(i*37%90) * time.Millisecond // as a ticker under load
		evaluate(t, e, start.Add(time.Duration(i)*time.Second+jitter))
	}
	for series, want := range map[string]int{"slow": 3, "fast": 44, "odd": 17} {
		if got := sampled(t, e, series, 11*60); len(got) != want {
			t.Errorf("%s was evaluated %d times in 11 minutes, want %d: %v", series, len(got), want, got)
		}
	}
	for _, s := range e.Rules() {
		if s.EvaluatedAt.IsZero() || s.Interval == 0 || s.Took <= 0 || start.Add(11*time.Minute).Sub(s.EvaluatedAt) > s.Interval+time.Second {
			t.Errorf("rule %s: interval %s, evaluated at %s, took %s", s.Rule, s.Interval, s.EvaluatedAt, s.Took)
		}
	}
}

// A caller that was away makes up for nothing and keeps the cadence.
func TestMissedEvaluations(t *testing.T) {
	t.Parallel()
	e := open(t, Options{Groups: fileGroups(t, "groups: [{name: g, interval: 1m, rules: [{record: r, expr: vector(1)}]}]")})
	for _, at := range []int{0, 59, 60, 61, 400, 419, 420, 421, 480} {
		evaluate(t, e, start.Add(time.Duration(at)*time.Second))
	}
	equal(t, "evaluated at", sampled(t, e, "r", 480), []string{"0", "60", "400", "420", "480"})
}

// From the counters of two pipelines over a recorded rate to the alert of a later group that reads it.
func TestRecordedSeriesFeedAlertsOfTheNextGroup(t *testing.T) {
	t.Parallel()
	e := open(t, Options{Groups: fileGroups(t, `groups:
  - name: record
    rules:
      - {record: "pipeline:over:rate5m", expr: "sum by (pipeline) (rate(image_delta_e_over_threshold_total[5m]))", labels: {source: counters}}
      - {record: "pipeline:over:max", expr: "max(pipeline:over:rate5m)"}
  - name: alert
    rules:
      - {alert: over, expr: "pipeline:over:rate5m > 0", for: 10m, labels: {severity: S1}}
      - {alert: worst, expr: "pipeline:over:max > 0"}
`)})
	equal(t, "as the design's rule, to the minute", oneNight().play(t, e, "03:50:00", "04:40:00"), []string{
		"04:02 pending packshot-eu since 04:02:00",
		"04:02 firing  since 04:02:00",
		"04:12 firing packshot-eu since 04:02:00",
		"04:25 resolved packshot-eu since 04:02:00",
		"04:25 resolved  since 04:02:00",
	})
	points, err := e.Query(t.Context(), `pipeline:over:rate5m`, clock("04:10:00"))
	if err != nil || len(points) != 1 || points[0].Labels["source"] != "counters" || points[0].Labels["pipeline"] != "packshot-eu" {
		t.Errorf("recorded: %v, %v; want one series with the label of its rule", points, err)
	}
}

func reload(t *testing.T, e *Engine, groups []Group) {
	t.Helper()
	if err := e.Reload(groups); err != nil {
		t.Fatalf("reload: %v", err)
	}
}

// sourced is a rule file by name.
func sourced(t *testing.T, source, text string) []Group {
	t.Helper()
	groups := fileGroups(t, text)
	for i, g := range groups {
		groups[i] = g.From(source)
	}
	return groups
}

// A reload in the middle of "for", whatever changed but the rule's name and labels, changes nothing of its age; nor does
// the rule's move to another group or file.
func TestReloadKeepsTheAge(t *testing.T) {
	t.Parallel()
	more := "  - name: other\n    rules: [{alert: other, expr: vector(0) > 1}]\n"
	for name, c := range map[string]struct {
		after []Group
		fires string
	}{
		"the same":         {sourced(t, "a", designFile), "04:12"},
		"a group more":     {append(sourced(t, "b", "groups:\n"+more), sourced(t, "a", designFile)...), "04:12"},
		"other annotation": {sourced(t, "a", strings.Replace(designFile, "Dérive", "dérive", 1)), "04:12"},
		"other threshold":  {sourced(t, "a", strings.Replace(designFile, "> 0", "> 0.001", 1)), "04:12"},
		"longer for":       {sourced(t, "a", strings.Replace(designFile, "for: 10m", "for: 15m", 1)), "04:17"},
		"shorter for":      {sourced(t, "a", strings.Replace(designFile, "for: 10m", "for: 7m", 1)), "04:09"},
		// The time between the last evaluation and the one after the reload is not known and not counted.
		"other group": {sourced(t, "a", strings.Replace(designFile, "images", "pictures", 1)), "04:13"},
		"other file":  {sourced(t, "b", designFile), "04:13"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := open(t, Options{Groups: sourced(t, "a", designFile)})
			n := oneNight()
			n.play(t, e, "03:50:00", "04:07:00")
			reload(t, e, c.after)
			since := map[bool]string{true: "04:03:00", false: "04:02:00"}[c.fires == "04:13"]
			equal(t, "after the reload", n.play(t, e, "04:07:30", "04:40:00"), []string{
				c.fires + " firing packshot-eu since " + since, "04:25 resolved packshot-eu since " + since,
			})
		})
	}
}

// Firing alerts of rules that stay are not told again; those of rules that go are told as ended, and so are their series.
func TestReloadOfFiringRules(t *testing.T) {
	t.Parallel()
	const two = "groups:\n  - name: images\n    rules:\n      - {alert: a, expr: image_delta_e_over_threshold_total > 0}\n      - {alert: b, expr: image_delta_e_over_threshold_total > 1}\n"
	const one = "groups:\n  - name: images\n    rules:\n      - {alert: b, expr: image_delta_e_over_threshold_total > 1}\n"
	const moved = "groups:\n  - name: before\n    rules: [{alert: c, expr: vector(0) > 1}]\n  - name: moved\n    rules:\n      - {alert: b, expr: image_delta_e_over_threshold_total > 1}\n"
	e := open(t, Options{Groups: sourced(t, "f", two)})
	at := start
	step := func() (told []string) {
		at = at.Add(time.Minute)
		appendAt(t, e, at, counter("p", 7))
		for _, a := range evaluate(t, e, at) {
			told = append(told, fmt.Sprint(a.Rule, " ", a.State))
		}
		return told
	}
	equal(t, "at first", step(), []string{"a firing", "b firing"})
	id := e.Rules()[1].ID
	reload(t, e, sourced(t, "f", one))
	if s := e.Rules(); len(s) != 1 || s[0].ID != id || s[0].Health != HealthGood || s[0].Firing != 1 || s[0].EvaluatedAt.IsZero() {
		t.Errorf("rules %+v, want b with its id, health, alert and evaluation", s)
	}
	equal(t, "a is gone", step(), []string{"a resolved"})
	equal(t, "and gone", step(), nil)
	reload(t, e, sourced(t, "f", moved))
	equal(t, "b has moved", step(), nil)
	if active := e.Active(); len(active) != 1 || active[0].Rule != "b" || !active[0].ActiveAt.Equal(start.Add(time.Minute)) {
		t.Errorf("active %v, want b of old", active)
	}
	reload(t, e, nil)
	equal(t, "no rules", step(), []string{"b resolved"})
	if points, err := e.Query(t.Context(), "ALERTS", at); err != nil || len(points) != 0 {
		t.Errorf("ALERTS after all rules are gone: %v, %v", points, err)
	}
	reload(t, e, sourced(t, "f", two))
	equal(t, "and back", step(), []string{"a firing", "b firing"})
}

// An alert that is kept firing, by its rule or by us after a restart, stays so over a reload.
func TestReloadWhileKeptFiring(t *testing.T) {
	t.Parallel()
	for _, restarted := range []bool{false, true} {
		o := Options{Dir: t.TempDir(), Groups: shortGroups(t, keepShort(""))}
		e, n := open(t, o), oneNight()
		n.play(t, e, "03:50:00", "04:27:00")
		want := []string{"04:35 resolved packshot-eu since 04:02:00"}
		if restarted {
			e = restart(t, e, o)
			equal(t, "told again", n.play(t, e, "04:28:00", "04:29:00"), []string{"04:28 firing packshot-eu since 04:02:00"})
			want = []string{"04:36 resolved packshot-eu since 04:02:00"}
		}
		reload(t, e, shortGroups(t, keepShort("")))
		equal(t, fmt.Sprintf("restarted %t", restarted), n.play(t, e, "04:30:00", "04:40:00"), want)
	}
}

// Before the first evaluation nothing is lost either: what the last process left is taken up by the new rules.
func TestReloadBeforeTheFirstEvaluation(t *testing.T) {
	t.Parallel()
	o := Options{Dir: t.TempDir(), Groups: sourced(t, "a", designFile)}
	e, n := open(t, o), oneNight()
	n.play(t, e, "03:50:00", "04:07:00")
	e = restart(t, e, o)
	reload(t, e, sourced(t, "b", designFile))
	equal(t, "after both", n.play(t, e, "04:08:00", "04:19:00"), []string{
		"04:08 pending packshot-eu since 04:03:00", "04:13 firing packshot-eu since 04:03:00",
	})
}

func TestReloadOfAClosedEngine(t *testing.T) {
	t.Parallel()
	e := open(t, Options{})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := e.Reload(nil); err == nil {
		t.Error("a closed engine took rules")
	}
}

// A cancelled first evaluation takes nothing as told and loses nothing.
func TestCancelledRestoration(t *testing.T) {
	t.Parallel()
	e, n := carriedOn(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Evaluate(ctx, clock("04:29:00")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	equal(t, "the next", n.play(t, e, "04:29:00", "04:40:00"), []string{
		"04:29 firing packshot-eu since 04:02:00", "04:36 resolved packshot-eu since 04:02:00",
	})
}
