package telemetry

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"time"
)

// start is when the replayed night begins.
var start = time.Date(2025, 9, 27, 3, 50, 0, 0, time.UTC)

// clock gives a time of the replayed night, clock("04:01:30").
func clock(s string) time.Time {
	at, err := time.Parse("2006-01-02 15:04:05", "2025-09-27 "+s)
	if err != nil {
		panic(err)
	}
	return at
}

func open(t *testing.T, o Options) *Engine {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	e, err := Open(o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

func counter(pipeline string, v float64) Sample {
	return Sample{Name: "image_delta_e_over_threshold_total", Value: v, Labels: map[string]string{"pipeline": pipeline, "class": "product"}}
}

func appendAt(t *testing.T, e *Engine, at time.Time, samples ...Sample) {
	t.Helper()
	if err := e.Append(t.Context(), at, samples); err != nil {
		t.Fatalf("append at %s: %v", at, err)
	}
}

func evaluate(t *testing.T, e *Engine, at time.Time) []Alert {
	t.Helper()
	alerts, err := e.Evaluate(t.Context(), at)
	if err != nil {
		t.Fatalf("evaluate at %s: %v", at, err)
	}
	return alerts
}

// night replays counters: each pipeline rises by 7 every 30 seconds from its first bad image to its last.
type night struct {
	from, to map[string]time.Time
	value    map[string]float64
}

// play appends every 30 seconds and evaluates every minute, both ends included, and tells what changed.
func (n *night) play(t *testing.T, e *Engine, from, to string) []string {
	t.Helper()
	if n.value == nil {
		n.value = map[string]float64{}
	}
	var told []string
	for at := clock(from); !at.After(clock(to)); at = at.Add(30 * time.Second) {
		var samples []Sample
		for _, p := range slices.Sorted(maps.Keys(n.from)) {
			if !at.Before(n.from[p]) && !at.After(n.to[p]) {
				n.value[p] += 7
			}
			samples = append(samples, counter(p, n.value[p]))
		}
		appendAt(t, e, at, samples...)
		if at.Second() != 0 {
			continue
		}
		for _, a := range evaluate(t, e, at) {
			told = append(told, tell(a))
		}
	}
	return told
}

func tell(a Alert) string {
	return fmt.Sprintf("%s %s %s since %s", a.At.Format("15:04"), a.State, a.Labels["pipeline"], a.ActiveAt.Format("15:04:05"))
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

// The rule of the design, to the letter, in the short form and in a rule file.
var designShort = []ShortRule{{
	Name:   "deltaE-spike",
	Expr:   "sum(rate(image_delta_e_over_threshold_total[5m])) by (pipeline) > 0",
	For:    "10m",
	Labels: map[string]string{"severity": "S1"},
	Annotations: map[string]string{
		"summary": "Dérive couleur marque ({{ $labels.pipeline }})",
		"runbook": "https://runbooks/ui/color-drift",
	},
}}

const designFile = `groups:
  - name: images
    rules:
      - alert: deltaE-spike
        expr: sum(rate(image_delta_e_over_threshold_total[5m])) by (pipeline) > 0
        for: 10m
        labels:
          severity: S1
        annotations:
          summary: "Dérive couleur marque ({{ $labels.pipeline }})"
          runbook: "https://runbooks/ui/color-drift"
`

func shortGroups(t *testing.T, rules ...ShortRule) []Group {
	t.Helper()
	g, err := ParseShort(rules)
	if err != nil {
		t.Fatalf("parse short form: %v", err)
	}
	return []Group{g}
}

func fileGroups(t *testing.T, text string) []Group {
	t.Helper()
	groups, err := ParseFile([]byte(text))
	if err != nil {
		t.Fatalf("parse file: %v", err)
	}
	return groups
}

func oneNight() *night {
	return &night{
		from: map[string]time.Time{"packshot-eu": clock("04:01:30")},
		to:   map[string]time.Time{"packshot-eu": clock("04:20:00")},
	}
}

func TestDesignRule(t *testing.T) {
	t.Parallel()
	for form, groups := range map[string][]Group{"short": shortGroups(t, designShort...), "file": fileGroups(t, designFile)} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			e := open(t, Options{Groups: groups})
			n := oneNight()
			equal(t, "until it fires", n.play(t, e, "03:50:00", "04:12:00"), []string{
				"04:02 pending packshot-eu since 04:02:00",
				"04:12 firing packshot-eu since 04:02:00",
			})
			active := e.Active()
			if len(active) != 1 {
				t.Fatalf("%d active alerts at 04:12, want 1", len(active))
			}
			checkDesignAlert(t, active[0])
			equal(t, "until the counter has stood still for five minutes", n.play(t, e, "04:12:30", "04:40:00"), []string{
				"04:25 resolved packshot-eu since 04:02:00",
			})
			if active := e.Active(); len(active) != 0 {
				t.Errorf("active after it was resolved: %v", active)
			}
		})
	}
}

func checkDesignAlert(t *testing.T, a Alert) {
	t.Helper()
	if want := map[string]string{"alertname": "deltaE-spike", "pipeline": "packshot-eu", "severity": "S1"}; !maps.Equal(a.Labels, want) {
		t.Errorf("labels %v, want %v", a.Labels, want)
	}
	want := map[string]string{"summary": "Dérive couleur marque (packshot-eu)", "runbook": "https://runbooks/ui/color-drift"}
	if !maps.Equal(a.Annotations, want) {
		t.Errorf("annotations %v, want %v", a.Annotations, want)
	}
	if a.Rule != "deltaE-spike" || a.State != Firing || a.Value <= 0 {
		t.Errorf("got rule %q, state %q, value %g; want deltaE-spike, firing, above 0", a.Rule, a.State, a.Value)
	}
	// As computed by Alertmanager (FNV-1a over sorted names and values), so that both name the same alert alike.
	if want := "ef55870e56046b33"; a.Fingerprint != want {
		t.Errorf("fingerprint %s, want %s", a.Fingerprint, want)
	}
}

func TestTwoPipelines(t *testing.T) {
	t.Parallel()
	e := open(t, Options{Groups: shortGroups(t, designShort...)})
	n := &night{
		from: map[string]time.Time{"web-us": clock("04:01:30"), "packshot-eu": clock("04:01:30"), "thumbs": clock("04:03:30"), "quiet": clock("23:00:00")},
		to:   map[string]time.Time{"web-us": clock("04:30:00"), "packshot-eu": clock("04:20:00"), "thumbs": clock("04:04:00"), "quiet": clock("23:00:00")},
	}
	equal(t, "the pipelines, each by itself", n.play(t, e, "03:50:00", "04:26:00"), []string{
		"04:02 pending packshot-eu since 04:02:00",
		"04:02 pending web-us since 04:02:00",
		"04:04 pending thumbs since 04:04:00",
		"04:09 inactive thumbs since 04:04:00", // ended while pending: never fired, so nothing is resolved
		"04:12 firing packshot-eu since 04:02:00",
		"04:12 firing web-us since 04:02:00",
		"04:25 resolved packshot-eu since 04:02:00",
	})
	if active := e.Active(); len(active) != 1 || active[0].Labels["pipeline"] != "web-us" {
		t.Errorf("active %v, want web-us alone", active)
	}
	status := e.Rules()
	if len(status) != 1 || status[0].State != Firing || status[0].Firing != 1 || status[0].Pending != 0 || status[0].Health != HealthGood {
		t.Errorf("rules %+v, want one healthy rule with one firing alert", status)
	}
	if s := status[0]; s.Kind != Alerting || s.For != 10*time.Minute || !s.EvaluatedAt.Equal(clock("04:26:00")) {
		t.Errorf("rule %+v, want an alerting rule for 10m, evaluated at 04:26", s)
	}
}

// A counter that first appears at 1 does not rise; one that is declared at 0, or that says when it was 0, does.
func TestFirstRise(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		declare bool
		start   time.Time
		want    int
	}{
		"first seen at 1":    {want: 0},
		"declared at 0":      {declare: true, want: 1},
		"with a start of 0":  {start: clock("04:00:30"), want: 1},
		"declared and start": {declare: true, start: clock("03:59:00"), want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := open(t, Options{})
			if c.declare {
				appendAt(t, e, clock("04:00:00"), counter("a", 0))
			}
			one := counter("a", 1)
			one.Start = c.start
			appendAt(t, e, clock("04:01:00"), one)
			appendAt(t, e, clock("04:01:30"), one)
			points, err := e.Query(t.Context(), designShort[0].Expr, clock("04:02:00"))
			if err != nil || len(points) != c.want {
				t.Errorf("the expression gives %v, %v; want %d alerts", points, err, c.want)
			}
		})
	}
}

// restart closes the engine and opens its folder again.
func restart(t *testing.T, e *Engine, o Options) *Engine {
	t.Helper()
	if err := e.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	return open(t, o)
}

func TestRestartWhilePending(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, down, up string
		want           []string
	}{
		{"one minute", "04:07:00", "04:08:00", []string{"04:08 pending packshot-eu since 04:03:00", "04:13 firing packshot-eu since 04:03:00"}},
		{"three minutes", "04:07:00", "04:10:00", []string{"04:10 pending packshot-eu since 04:05:00", "04:15 firing packshot-eu since 04:05:00"}},
		{"just before it fires", "04:11:30", "04:12:00", []string{"04:12 pending packshot-eu since 04:03:00", "04:13 firing packshot-eu since 04:03:00"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := Options{Dir: t.TempDir(), Groups: shortGroups(t, designShort...)}
			e, n := open(t, o), oneNight()
			equal(t, "before the restart", n.play(t, e, "03:50:00", c.down), []string{"04:02 pending packshot-eu since 04:02:00"})
			e = restart(t, e, o)
			appendAt(t, e, clock(c.up), counter("packshot-eu", n.value["packshot-eu"]+7))
			if err := e.Restore(t.Context(), clock(c.up)); err != nil {
				t.Fatalf("restore: %v", err)
			}
			if active := e.Active(); len(active) != 1 || active[0].State != Pending {
				t.Errorf("active after the restoration: %v, want one pending alert", active)
			}
			equal(t, "after the restart, the outage not counted", n.play(t, e, c.up, "04:19:00"), c.want)
		})
	}
}

func TestRestartWhileFiring(t *testing.T) {
	t.Parallel()
	atOnce := ShortRule{Name: "at-once", Expr: `image_delta_e_over_threshold_total > 0`}
	o := Options{Dir: t.TempDir(), Groups: shortGroups(t, append([]ShortRule{atOnce}, designShort...)...)}
	e, n := open(t, o), oneNight()
	n.play(t, e, "03:50:00", "04:14:00")
	before := e.Active()
	e = restart(t, e, o)
	// Without a call of Restore: the first evaluation does it.
	after := evaluate(t, e, clock("04:15:00"))
	if len(before) != 2 || len(after) != 2 {
		t.Fatalf("%d firing before and %d told after the restart, want 2 and 2", len(before), len(after))
	}
	for i, a := range after {
		b := before[i]
		if a.State != Firing || a.Fingerprint != b.Fingerprint || !a.ActiveAt.Equal(b.ActiveAt) {
			t.Errorf("told after the restart: %s %s, before: %s %s; want the same, firing", tell(a), a.Fingerprint, tell(b), b.Fingerprint)
		}
	}
	if again := evaluate(t, e, clock("04:16:00")); len(again) != 0 {
		t.Errorf("told twice after one restart: %v", again)
	}
	if err := e.Restore(context.Background(), clock("04:17:00")); err == nil {
		t.Error("a restoration after the first evaluation was accepted")
	}
}

// A process that is killed closes nothing: what it wrote is all there is.
func TestKilledWhilePending(t *testing.T) {
	t.Parallel()
	o := Options{Dir: t.TempDir(), Groups: shortGroups(t, designShort...)}
	e, n := open(t, o), oneNight()
	n.play(t, e, "03:50:00", "04:07:00")
	o.Dir = t.TempDir()
	if err := os.CopyFS(o.Dir, os.DirFS(e.db.Dir())); err != nil { // its lock file too, which nobody holds
		t.Fatal(err)
	}
	equal(t, "from the folder as it was", n.play(t, open(t, o), "04:09:00", "04:19:00"), []string{
		"04:09 pending packshot-eu since 04:04:00", "04:14 firing packshot-eu since 04:04:00",
	})
}

func TestEndedDuringOutage(t *testing.T) {
	t.Parallel()
	for down, want := range map[string][]string{
		"04:21:00": {"04:40 resolved packshot-eu since 04:02:00"}, // it fired
		"04:11:00": nil,                                           // it was pending: nobody was told of a fire
	} {
		t.Run(down, func(t *testing.T) {
			t.Parallel()
			o := Options{Dir: t.TempDir(), Groups: shortGroups(t, designShort...)}
			e, n := open(t, o), oneNight()
			n.play(t, e, "03:50:00", down)
			e = restart(t, e, o)
			appendAt(t, e, clock("04:40:00"), counter("packshot-eu", n.value["packshot-eu"]))
			if err := e.Restore(t.Context(), clock("04:40:00")); err != nil {
				t.Fatalf("restore: %v", err)
			}
			var told []string
			for _, a := range evaluate(t, e, clock("04:40:00")) {
				told = append(told, tell(a))
			}
			equal(t, "an alert that ended unseen", told, want)
			if active := e.Active(); len(active) != 0 {
				t.Errorf("active: %v, want none", active)
			}
		})
	}
}

func TestKeepFiringFor(t *testing.T) {
	t.Parallel()
	rule := designShort[0]
	rule.For, rule.KeepFiringFor = "", "3m"
	e := open(t, Options{Groups: shortGroups(t, rule)})
	equal(t, "firing at once, three minutes longer", oneNight().play(t, e, "03:50:00", "04:40:00"), []string{
		"04:02 firing packshot-eu since 04:02:00",
		"04:28 resolved packshot-eu since 04:02:00",
	})
}
