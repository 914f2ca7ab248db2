package telemetry

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"
)

// keepShort fires at once and keeps firing for ten minutes after the condition has ended, at 04:25.
func keepShort(hold string) ShortRule {
	rule := designShort[0]
	rule.For, rule.KeepFiringFor = hold, "10m"
	return rule
}

// kill gives the folder as a process that is killed leaves it.
func kill(t *testing.T, e *Engine, o Options) Options {
	t.Helper()
	o.Dir = t.TempDir()
	if err := os.CopyFS(o.Dir, os.DirFS(e.db.Dir())); err != nil {
		t.Fatal(err)
	}
	return o
}

// Without a restart it fires from 04:02, is kept from 04:25 and ends at 04:35.
func TestRestartWhileKeptFiring(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, down, up string
		want           []string
	}{
		{"no outage", "04:28:00", "04:29:00", []string{"04:29 firing packshot-eu since 04:02:00", "04:36 resolved packshot-eu since 04:02:00"}},
		{"five minutes", "04:28:00", "04:33:00", []string{"04:33 firing packshot-eu since 04:02:00", "04:40 resolved packshot-eu since 04:02:00"}},
		{"beyond its end", "04:34:00", "04:50:00", []string{"04:50 firing packshot-eu since 04:02:00", "04:51 resolved packshot-eu since 04:02:00"}},
		{"before it ended", "04:23:00", "04:26:00", []string{"04:26 firing packshot-eu since 04:02:00", "04:36 resolved packshot-eu since 04:02:00"}},
		{"an hour and more", "04:28:00", "05:30:00", nil},
	} {
		for _, killed := range []bool{false, true} {
			for _, hold := range []string{"", "10m"} {
				name := c.name + map[bool]string{true: ", killed"}[killed] + map[string]string{"10m": ", for 10m"}[hold]
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					o := Options{Dir: t.TempDir(), Groups: shortGroups(t, keepShort(hold))}
					e, n := open(t, o), oneNight()
					n.play(t, e, "03:50:00", c.down)
					if active := e.Active(); len(active) != 1 || active[0].State != Firing {
						t.Fatalf("before the restart: %v, want one firing", active)
					}
					if killed {
						o = kill(t, e, o)
						e = open(t, o)
					} else {
						e = restart(t, e, o)
					}
					equal(t, "after the restart", n.play(t, e, c.up, "05:40:00"), c.want)
				})
			}
		}
	}
}

// carriedOn is an engine that restarted while its alert fired by keep_firing_for alone, and the night that goes on.
func carriedOn(t *testing.T, hold string) (*Engine, *night) {
	t.Helper()
	o := Options{Dir: t.TempDir(), Groups: shortGroups(t, keepShort(hold))}
	e, n := open(t, o), oneNight()
	n.play(t, e, "03:50:00", "04:28:00")
	return restart(t, e, o), n
}

// The condition comes back while the alert is carried on: it is the same alert, and its series never say otherwise.
func TestConditionReturnsWhileCarriedOn(t *testing.T) {
	t.Parallel()
	e, n := carriedOn(t, "10m")
	n.from["packshot-eu"], n.to["packshot-eu"] = clock("04:31:30"), clock("04:40:00")
	equal(t, "carried on, then firing for itself, kept again", n.play(t, e, "04:30:00", "05:10:00"), []string{
		"04:30 firing packshot-eu since 04:02:00",
		"04:55 resolved packshot-eu since 04:02:00",
	})
	for expr, want := range map[string]int{
		`count_over_time(ALERTS{alertstate="pending"}[25m] @ ` + unix("04:54:00") + `)`:          0,
		`min_over_time(ALERTS_FOR_STATE[24m] @ ` + unix("04:54:00") + `) != ` + unix("04:02:00"): 0,
		`max_over_time(ALERTS_FOR_STATE[24m] @ ` + unix("04:54:00") + `) != ` + unix("04:02:00"): 0,
		`ALERTS_KEEP_FIRING_SINCE @ ` + unix("04:40:00"):                                         0,
		`ALERTS_KEEP_FIRING_SINCE @ ` + unix("04:31:00"):                                         1,
		`ALERTS_KEEP_FIRING_SINCE @ ` + unix("04:50:00") + ` == ` + unix("04:45:00"):             1,
		`ALERTS_KEEP_FIRING_SINCE @ ` + unix("04:56:00"):                                         0,
		`ALERTS @ ` + unix("04:56:00"):                                                           0,
		`ALERTS{alertstate="firing"} @ ` + unix("04:30:00"):                                      1,
	} {
		points, err := e.Query(t.Context(), expr, clock("05:10:00"))
		if err != nil || len(points) != want {
			t.Errorf("%s: %v, %v; want %d", expr, points, err, want)
		}
	}
}

func unix(s string) string { return strconv.FormatInt(clock(s).Unix(), 10) }

// A restart in the middle of a restart's keeping: what we carry on is written as the rules write theirs.
func TestTwoRestartsWhileKeptFiring(t *testing.T) {
	t.Parallel()
	o := Options{Dir: t.TempDir(), Groups: shortGroups(t, keepShort(""))}
	e, n := open(t, o), oneNight()
	n.play(t, e, "03:50:00", "04:27:00") // two minutes kept
	e = restart(t, e, o)
	n.play(t, e, "04:30:00", "04:33:00") // three more
	o = kill(t, e, o)
	e = open(t, o)
	equal(t, "after the second", n.play(t, e, "04:40:00", "04:50:00"), []string{
		"04:40 firing packshot-eu since 04:02:00", "04:45 resolved packshot-eu since 04:02:00",
	})
	e = restart(t, e, o)
	equal(t, "after its end", n.play(t, e, "04:51:00", "04:55:00"), nil)
}

// Rules without keep_firing_for, and pending alerts, are as they were.
func TestOnlyFiringAlertsAreCarriedOn(t *testing.T) {
	t.Parallel()
	rule := keepShort("30m") // pending from 04:02 until 04:25
	o := Options{Dir: t.TempDir(), Groups: shortGroups(t, rule)}
	e, n := open(t, o), oneNight()
	n.play(t, e, "03:50:00", "04:24:00")
	e = restart(t, e, o)
	equal(t, "a pending alert whose condition has ended", n.play(t, e, "04:26:00", "04:40:00"), nil)
	if active := e.Active(); len(active) != 0 {
		t.Errorf("active %v, want none", active)
	}
}

// What is said of an alert that is carried on.
func TestAnnotationsOfACarriedAlert(t *testing.T) {
	t.Parallel()
	e, _ := carriedOn(t, "")
	told := evaluate(t, e, clock("04:29:00"))
	if len(told) != 1 || told[0].Annotations["runbook"] == "" || told[0].Annotations["summary"] != "" {
		t.Errorf("told %v, want the runbook, and no summary with a template in it", told)
	}
	if names := slices.Sorted(maps.Keys(told[0].Labels)); !slices.Equal(names, []string{"alertname", "pipeline", "severity"}) {
		t.Errorf("labels %v, want those of the alert", names)
	}
}
