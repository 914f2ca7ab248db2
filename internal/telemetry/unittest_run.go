package telemetry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"

	"github.com/safelight-dev/safelight/internal/journal"
)

// maxUnitQuery is how many samples a query of a test may hold, as promtool has it.
const maxUnitQuery = 10_000

// UnitResult is what became of one test.
type UnitResult struct {
	Name   string
	Faults []UnitFault // none where the test passed
	Took   time.Duration
}

// UnitFault is one thing that is not as a test expects it. One of Alert, Expr and Rule is set, or none where the series
// of the test cannot be read.
type UnitFault struct {
	Alert, Expr, Rule string
	At                model.Duration // since the start of the test
	// Expected and Got are the alerts or samples, one a line; the same ones are in both.
	Expected, Got []string
	// Err is set where there is nothing to compare.
	Err error
}

// Run runs all tests on rules, each on series and a clock of its own, as promtool does: every group is evaluated at
// every evaluation_interval, and alerts are compared as of the evaluation at or before their time.
// An error says that the tests could not be run, not that they failed.
func (u *UnitTests) Run(ctx context.Context, groups []Group) ([]UnitResult, error) {
	count := 0
	for _, g := range groups {
		count += g.Len()
	}
	ordered := slices.Clone(groups)
	slices.SortStableFunc(ordered, func(a, b Group) int { return u.order[a.Name()] - u.order[b.Name()] })
	results := make([]UnitResult, len(u.tests))
	for i := range u.tests {
		t := &u.tests[i]
		if n := int64(t.end()/u.interval) * int64(count); n > maxUnitEvals {
			return nil, fmt.Errorf("run test %q: %d evaluations of rules, at most %d: %w", t.Name, n, maxUnitEvals, journal.ErrTooLarge)
		}
		start := time.Now()
		faults, err := u.run(ctx, t, ordered)
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, fmt.Errorf("run test %q: %w", t.Name, err)
		}
		results[i] = UnitResult{Name: t.Name, Faults: faults, Took: time.Since(start)}
	}
	return results, nil
}

func (u *UnitTests) run(ctx context.Context, t *unitTest, groups []Group) (faults []UnitFault, err error) {
	series, err := t.series()
	if err != nil {
		return []UnitFault{{Err: err}}, nil
	}
	b, err := newBench(u.interval)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	b.series = series
	loaded, err := loadGroups(&rules.ManagerOptions{
		QueryFunc: rules.EngineQueryFunc(b.promql, b.db), Appendable: b.db, Queryable: b.db,
	}, groups, surroundings{time.Duration(t.Interval), t.ExternalLabels, t.ExternalURL})
	if err != nil {
		return []UnitFault{{Err: err}}, nil
	}
	b.groups = loaded
	for _, g := range loaded {
		(&group{Group: g}).restored(true) // else they write no ALERTS
	}
	faults, stop, err := b.evaluate(ctx, t)
	if err != nil || stop {
		return faults, err
	}
	for _, e := range t.Exprs {
		if f, ok := b.compare(ctx, t.Start.Time, e, u.fuzzy); !ok {
			faults = append(faults, f)
		}
	}
	return faults, nil
}

// unitSamples is one input series, in the order of time.
type unitSamples struct {
	labels labels.Labels
	step   time.Duration
	values []parser.SequenceValue // those that are not stored yet
	next   time.Time              // of the first of them
}

// series expands the input series; of two with the same labels the last counts.
func (t *unitTest) series() ([]*unitSamples, error) {
	var all []*unitSamples
	at := map[string]int{}
	for _, s := range t.InputSeries {
		ls, values, err := newParser().ParseSeriesDesc(s.Series + " " + s.Values)
		if err != nil {
			return nil, fmt.Errorf("input series %q, values %q: %w", s.Series, s.Values, err)
		}
		one := &unitSamples{ls, time.Duration(t.Interval), values, t.Start.Time}
		if i, ok := at[ls.String()]; ok {
			all[i] = one
			continue
		}
		at[ls.String()] = len(all)
		all = append(all, one)
	}
	return all, nil
}

// bench is a storage in a folder that goes away, with rules over it.
type bench struct {
	dir      string
	db       *tsdb.DB
	promql   *promql.Engine
	interval time.Duration
	groups   []*rules.Group
	series   []*unitSamples
}

func newBench(interval time.Duration) (*bench, error) {
	dir, err := os.MkdirTemp("", "safelight-rules-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the series: %w", err)
	}
	opts := tsdb.DefaultOptions()
	opts.MinBlockDuration = (24 * time.Hour).Milliseconds() // a test's series are young and stay in memory
	opts.MaxBlockDuration = opts.MinBlockDuration
	opts.RetentionDuration = 0
	opts.WALSegmentSize = -1 // nobody reads it again
	opts.StripeSize = 512
	db, err := tsdb.Open(dir, nil, nil, opts, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open series of a test: %w", err), os.RemoveAll(dir))
	}
	return &bench{dir: dir, db: db, interval: interval, promql: promql.NewEngine(promql.EngineOpts{
		MaxSamples: maxUnitQuery, Timeout: 100 * time.Second, EnableAtModifier: true, EnableNegativeOffset: true, Parser: newParser(),
		NoStepSubqueryIntervalFn: func(int64) int64 { return interval.Milliseconds() },
	})}, nil
}

func (b *bench) close() error {
	return errors.Join(b.promql.Close(), b.db.Close(), os.RemoveAll(b.dir))
}

// appendUntil stores the input up to a time, and no more: rules must not see what is to come.
func (b *bench) appendUntil(ctx context.Context, at time.Time) error {
	app := b.db.AppenderV2(ctx)
	for _, s := range b.series {
		for len(s.values) > 0 && !s.next.After(at) {
			v := s.values[0]
			if !v.Omitted {
				if _, err := app.Append(0, s.labels, 0, s.next.UnixMilli(), v.Value, nil, v.Histogram, storage.AOptions{}); err != nil {
					return errors.Join(fmt.Errorf("store %s at %s: %w", s.labels, s.next.Format(time.RFC3339), err), app.Rollback())
				}
			}
			s.values, s.next = s.values[1:], s.next.Add(s.step)
		}
	}
	return app.Commit()
}

// evaluate plays the clock to the end of the test and compares the alerts on the way. stop says that a rule could not
// be evaluated, after which nothing else can be expected.
func (b *bench) evaluate(ctx context.Context, t *unitTest) (faults []UnitFault, stop bool, err error) {
	pending := slices.Clone(t.Alerts)
	slices.SortStableFunc(pending, func(a, b unitAlert) int { return int(max(-1, min(1, a.At-b.At))) })
	start, end := t.Start.Time, t.end()
	for since := time.Duration(0); since <= end; since += b.interval {
		at := start.Add(since)
		if err := b.appendUntil(ctx, at); err != nil {
			return append(faults, UnitFault{Err: err}), true, nil
		}
		broken := b.evaluateRules(ctx, at, since)
		if err := ctx.Err(); err != nil {
			return nil, true, err
		}
		if len(broken) > 0 {
			return append(faults, broken...), true, nil
		}
		for len(pending) > 0 && time.Duration(pending[0].At) < since+b.interval {
			if f, ok := b.check(pending[0]); !ok {
				faults = append(faults, f)
			}
			pending = pending[1:]
		}
	}
	return faults, false, nil
}

// evaluateRules gives the rules that could not be evaluated.
func (b *bench) evaluateRules(ctx context.Context, at time.Time, since time.Duration) []UnitFault {
	var broken []UnitFault
	for _, g := range b.groups {
		g.Eval(ctx, at)
		for _, rule := range g.Rules() {
			if err := rule.LastError(); err != nil {
				broken = append(broken, UnitFault{Rule: rule.Name(), At: model.Duration(since), Err: err})
			}
		}
	}
	return broken
}
