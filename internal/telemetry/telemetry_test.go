package telemetry

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

func TestOneEngineOwnsTheFolder(t *testing.T) {
	t.Parallel()
	o := Options{Dir: t.TempDir() + "/made/by/open"}
	first := open(t, o)
	_, err := Open(o)
	if !errors.Is(err, journal.ErrConflict) || !strings.Contains(err.Error(), o.Dir) || strings.Contains(err.Error(), "\n") {
		t.Errorf("second open: %v, want one sentence of kind conflict that names the folder", err)
	}
	appendAt(t, first, start, counter("a", 1))
	second := restart(t, first, o)
	if points, err := second.Query(t.Context(), "image_delta_e_over_threshold_total", start); err != nil || len(points) != 1 {
		t.Errorf("after close and open: %v, %v; want the sample of before", points, err)
	}
	if err := first.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func TestClosedEngine(t *testing.T) {
	t.Parallel()
	e := open(t, Options{Groups: shortGroups(t, designShort...)})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	_, evaluateErr := e.Evaluate(t.Context(), start)
	_, queryErr := e.Query(t.Context(), "up", start)
	for call, err := range map[string]error{
		"append": e.Append(t.Context(), start, []Sample{counter("a", 1)}), "evaluate": evaluateErr,
		"query": queryErr, "restore": e.Restore(t.Context(), start),
	} {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s on a closed engine: %v, want %v", call, err, os.ErrClosed)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"no folder": {}, "a file": {Dir: file}, "negative retention": {Dir: t.TempDir(), Config: Config{Retention: -1}},
	} {
		if e, err := Open(o); err == nil {
			t.Errorf("%s: opened", name)
			_ = e.Close()
		}
	}
}

// The wall clock says another year than the samples: neither compaction nor retention may drop them for that.
func TestReplayedYearIsKept(t *testing.T) {
	t.Parallel()
	o := Options{Dir: t.TempDir(), Config: Config{Retention: 24 * time.Hour}}
	e := open(t, o)
	for at := start; at.Before(start.Add(13 * time.Hour)); at = at.Add(time.Minute) {
		appendAt(t, e, at, counter("a", at.Sub(start).Minutes()))
	}
	if err := e.db.Compact(t.Context()); err != nil {
		t.Fatalf("compact: %v", err)
	}
	if len(e.db.Blocks()) == 0 {
		t.Fatal("no block was written: the test tests nothing")
	}
	e = restart(t, e, o)
	series, err := e.QueryRange(t.Context(), "image_delta_e_over_threshold_total", start, start.Add(13*time.Hour-time.Minute), time.Minute)
	if err != nil || len(series) != 1 || len(series[0].Points) != 13*60 {
		t.Fatalf("got %d series, %v; want one with every minute of 13 hours", len(series), err)
	}
	for i, p := range series[0].Points {
		if p.Value != float64(i) || !p.At.Equal(start.Add(time.Duration(i)*time.Minute)) {
			t.Fatalf("minute %d: %g at %s", i, p.Value, p.At)
		}
	}
}

// Retention does work, counted from the newest sample.
func TestRetention(t *testing.T) {
	t.Parallel()
	e := open(t, Options{Config: Config{Retention: 4 * time.Hour}})
	for at := start; at.Before(start.Add(24 * time.Hour)); at = at.Add(time.Minute) {
		appendAt(t, e, at, counter("a", 1))
	}
	if err := e.db.Compact(t.Context()); err != nil {
		t.Fatalf("compact: %v", err)
	}
	for at, want := range map[time.Time]int{start.Add(time.Hour): 0, start.Add(23 * time.Hour): 1} {
		if points, err := e.Query(t.Context(), "image_delta_e_over_threshold_total", at); err != nil || len(points) != want {
			t.Errorf("at %s: %d points, %v; want %d", at, len(points), err, want)
		}
	}
}

func TestLateSamples(t *testing.T) {
	t.Parallel()
	e := open(t, Options{})
	appendAt(t, e, start, counter("a", 5))
	appendAt(t, e, start.Add(-10*time.Minute), counter("a", 3))
	err := e.Append(t.Context(), start.Add(-50*time.Minute), []Sample{counter("a", 1)})
	if !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), `image_delta_e_over_threshold_total{class="product", pipeline="a"}`) {
		t.Errorf("50 minutes late: %v, want an error of kind invalid that names the series", err)
	}
	if err := e.Append(t.Context(), start, []Sample{counter("a", 6)}); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("another value at the same time: %v, want kind invalid", err)
	}
	points, err := e.Query(t.Context(), "image_delta_e_over_threshold_total", start.Add(-9*time.Minute))
	if err != nil || len(points) != 1 || points[0].Value != 3 {
		t.Errorf("the late sample: %v, %v; want 3", points, err)
	}
}

func TestAppendIsAllOrNothing(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]Sample{
		"no name":        {Value: 1},
		"reserved label": {Name: "x", Labels: map[string]string{"__name__": "y"}},
		"empty label":    {Name: "x", Labels: map[string]string{"": "y"}},
		"not UTF-8":      {Name: "x", Labels: map[string]string{"a": "\xff"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := open(t, Options{})
			if err := e.Append(t.Context(), start, []Sample{counter("a", 1), bad}); !errors.Is(err, journal.ErrInvalid) {
				t.Errorf("append: %v, want kind invalid", err)
			}
			if points, err := e.Query(t.Context(), `{__name__=~".+"}`, start); err != nil || len(points) != 0 {
				t.Errorf("stored all the same: %v, %v", points, err)
			}
		})
	}
}

func TestQueryLimits(t *testing.T) {
	t.Parallel()
	e := open(t, Options{MaxSamples: 100})
	slow := open(t, Options{QueryTimeout: time.Nanosecond})
	for i := range 200 {
		appendAt(t, e, start.Add(time.Duration(i)*time.Second), counter("a", float64(i)), counter("b", 1))
	}
	end := start.Add(200 * time.Second)
	ranged := func(expr string, from, to time.Time, step time.Duration) error {
		_, err := e.QueryRange(t.Context(), expr, from, to, step)
		return err
	}
	at := func(e *Engine, ctx context.Context, expr string) error {
		_, err := e.Query(ctx, expr, end)
		return err
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct{ got, want error }{
		"too many samples":   {at(e, t.Context(), "sum_over_time(image_delta_e_over_threshold_total[5m])"), journal.ErrTooLarge},
		"too long":           {at(e, t.Context(), strings.Repeat("1+", 10_000)+"1"), journal.ErrTooLarge},
		"not PromQL":         {at(e, t.Context(), "sum(rate(x[5m])) by ("), journal.ErrInvalid},
		"a range vector":     {at(e, t.Context(), "image_delta_e_over_threshold_total[5s]"), journal.ErrInvalid},
		"a string":           {at(e, t.Context(), `"text"`), journal.ErrInvalid},
		"cancelled":          {at(e, cancelled, "image_delta_e_over_threshold_total"), context.Canceled},
		"too slow":           {at(slow, t.Context(), "vector(1)"), context.DeadlineExceeded},
		"too many steps":     {ranged("vector(1)", start, start.Add(11_000*time.Second), time.Second), journal.ErrTooLarge},
		"no step":            {ranged("vector(1)", start, end, 0), journal.ErrInvalid},
		"backwards":          {ranged("vector(1)", end, start, time.Second), journal.ErrInvalid},
		"range not PromQL":   {ranged("(", start, end, time.Second), journal.ErrInvalid},
		"too many at once":   {e.Append(t.Context(), end, make([]Sample, maxBatch+1)), journal.ErrTooLarge},
		"range of a string":  {ranged(`"text"`, start, end, time.Second), journal.ErrInvalid},
		"within all limits":  {at(e, t.Context(), "sum(image_delta_e_over_threshold_total)"), nil},
		"range within limit": {ranged("vector(1)", start, start.Add(50*time.Second), time.Second), nil},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
}

func TestQueryValues(t *testing.T) {
	t.Parallel()
	e := open(t, Options{})
	appendAt(t, e, start, counter("a", 1), counter("b", 2))
	points, err := e.Query(t.Context(), "sort_desc(image_delta_e_over_threshold_total)", start.Add(time.Second))
	if err != nil || len(points) != 2 || points[0].Value != 2 || points[0].Labels["pipeline"] != "b" || points[0].Labels["__name__"] != "image_delta_e_over_threshold_total" {
		t.Errorf("sort_desc: %v, %v; want b before a, with all labels", points, err)
	}
	points, err = e.Query(t.Context(), "1 + 1", start)
	if err != nil || len(points) != 1 || points[0].Value != 2 || points[0].Labels != nil || !points[0].At.Equal(start) {
		t.Errorf("a scalar: %v, %v; want 2 without labels", points, err)
	}
	series, err := e.QueryRange(t.Context(), "image_delta_e_over_threshold_total", start.Add(-time.Minute), start.Add(2*time.Minute), time.Minute)
	if err != nil || len(series) != 2 || series[0].Labels["pipeline"] != "a" || len(series[0].Points) != 3 {
		t.Errorf("range: %v, %v; want a, then b, with three points each", series, err)
	}
}

// One rule that cannot be evaluated neither stops the others nor ends its own alerts.
func TestBrokenRule(t *testing.T) {
	t.Parallel()
	e := open(t, Options{Groups: shortGroups(t,
		ShortRule{Name: "ambiguous", Expr: `image_delta_e_over_threshold_total * on (class) group_left image_delta_e_over_threshold_total > 0`},
		ShortRule{Name: "good", Expr: `sum(image_delta_e_over_threshold_total) > 0`},
	)})
	appendAt(t, e, start, counter("a", 1))
	if told := evaluate(t, e, start); len(told) != 2 {
		t.Fatalf("while there is one series both fire; told %v", told)
	}
	at := start.Add(time.Minute)
	appendAt(t, e, at, counter("a", 1), counter("b", 1)) // now the first rule matches many to many
	if told := evaluate(t, e, at); len(told) != 0 {
		t.Errorf("told %v, want nothing: a rule that broke has not resolved", told)
	}
	status := e.Rules()
	if s := status[0]; s.Rule != "ambiguous" || s.Health != HealthBad || s.Err == nil || s.Firing != 1 {
		t.Errorf("broken rule: %+v; want bad health with its error, and its alert still firing", s)
	}
	if s := status[1]; s.Rule != "good" || s.Health != HealthGood || s.Err != nil || !s.EvaluatedAt.Equal(at) {
		t.Errorf("other rule: %+v; want good health", s)
	}
}

// Over its limit, Prometheus forgets the alerts of a rule; we do not call them resolved.
func TestAlertLimit(t *testing.T) {
	t.Parallel()
	groups := fileGroups(t, "groups: [{name: g, limit: 1, rules: [{alert: many, expr: image_delta_e_over_threshold_total > 0}]}]")
	e := open(t, Options{Groups: groups})
	appendAt(t, e, start, counter("a", 1))
	if told := evaluate(t, e, start); len(told) != 1 || told[0].State != Firing {
		t.Fatalf("told %v, want one firing", told)
	}
	appendAt(t, e, start.Add(time.Minute), counter("a", 1), counter("b", 1))
	if told := evaluate(t, e, start.Add(time.Minute)); len(told) != 0 {
		t.Errorf("over the limit: told %v, want nothing", told)
	}
	if s, active := e.Rules()[0], e.Active(); s.Health != HealthBad || len(active) != 1 || s.Firing != 1 {
		t.Errorf("over the limit: %+v and active %v; want bad health and the alert of before", s, active)
	}
	appendAt(t, e, start.Add(2*time.Minute), counter("a", 0), counter("b", 0))
	if told := evaluate(t, e, start.Add(2*time.Minute)); len(told) != 1 || told[0].State != Resolved {
		t.Errorf("after it ended: told %v, want one resolved", told)
	}
}

func TestRecordingRule(t *testing.T) {
	t.Parallel()
	e := open(t, Options{Groups: fileGroups(t, `groups:
  - name: a
    interval: 30s
    rules:
      - {record: "pipeline:over:sum", expr: sum by (pipeline) (image_delta_e_over_threshold_total), labels: {by: rule}}
      - {alert: over, expr: '{"pipeline:over:sum"} > 3', annotations: {now: '{{ $value | printf "%.1f" }}, {{ with query "vector(4)" }}{{ . | first | value }}{{ end }}'}}
`)})
	appendAt(t, e, start, counter("a", 5), counter("b", 2))
	told := evaluate(t, e, start)
	if len(told) != 1 || told[0].Labels["pipeline"] != "a" || told[0].Labels["by"] != "rule" || told[0].Annotations["now"] != "5.0, 4" {
		t.Errorf("told %v, want one alert for a on the recorded series, the template expanded", told)
	}
	if s := e.Rules()[0]; s.Kind != Recording || s.Health != HealthGood || s.Rule != "pipeline:over:sum" {
		t.Errorf("recording rule: %+v", s)
	}
}

func TestTimeDoesNotGoBack(t *testing.T) {
	t.Parallel()
	e := open(t, Options{Groups: shortGroups(t, designShort...)})
	evaluate(t, e, start)
	if _, err := e.Evaluate(t.Context(), start.Add(-time.Second)); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("an evaluation before the last: %v, want kind invalid", err)
	}
	evaluate(t, e, start) // the same time again is none
}

// What a cancelled evaluation found is told by the next one.
func TestCancelledEvaluation(t *testing.T) {
	t.Parallel()
	e := open(t, Options{Groups: shortGroups(t, ShortRule{Name: "r", Expr: "image_delta_e_over_threshold_total > 0"})})
	appendAt(t, e, start, counter("a", 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if told, err := e.Evaluate(ctx, start); !errors.Is(err, context.Canceled) || len(told) != 0 {
		t.Errorf("cancelled: %v, %v; want nothing told and the reason", told, err)
	}
	if told := evaluate(t, e, start); len(told) != 1 {
		t.Errorf("next: told %v, want the alert", told)
	}
}

// What callers get is theirs: changing it changes nothing inside.
func TestResultsAreCopies(t *testing.T) {
	t.Parallel()
	e := open(t, Options{Groups: shortGroups(t, ShortRule{Name: "r", Expr: "image_delta_e_over_threshold_total > 0", Labels: map[string]string{"severity": "S1"}})})
	appendAt(t, e, start, counter("a", 1))
	evaluate(t, e, start)[0].Labels["severity"] = "changed"
	e.Active()[0].Labels["severity"] = "changed"
	e.Rules()[0].Labels["severity"] = "changed"
	if got := e.Active()[0].Labels["severity"] + e.Rules()[0].Labels["severity"]; got != "S1S1" {
		t.Errorf("severities %q, want S1 twice", got)
	}
}

// Pages, appends, evaluations and the end, all at once.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	e := open(t, Options{Groups: shortGroups(t, designShort...)})
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for j := range 20 {
				s := Sample{Name: "x_total", Labels: map[string]string{"writer": fmt.Sprint(i)}, Value: float64(j)}
				if err := e.Append(t.Context(), start.Add(time.Duration(j)*time.Second), []Sample{s}); err != nil {
					t.Errorf("append: %v", err)
				}
				if _, err := e.Query(t.Context(), "sum(x_total)", start); err != nil {
					t.Errorf("query: %v", err)
				}
				if _, err := e.Evaluate(t.Context(), start); err != nil {
					t.Errorf("evaluate: %v", err)
				}
				_, _ = e.Active(), e.Rules()
			}
		})
	}
	all.Wait()
	points, err := e.Query(t.Context(), "sum(x_total)", start.Add(19*time.Second))
	if err != nil || len(points) != 1 || math.Abs(points[0].Value-4*19) > 1e-9 {
		t.Errorf("sum %v, %v; want 76", points, err)
	}
}
