package app

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/trend"
	"github.com/safelight-dev/safelight/internal/web"
)

const (
	maxVerifications = 1000
	// maxTrends bounds the streams whose charts are shown: those with most signals.
	maxTrends = 30
	chartDays = 60                 // that a chart shows
	stormShow = 7 * 24 * time.Hour // that the chart of storms shows
	stormSpan = 3                  // hours of one of its points
)

// SignalTrends gives the charts of the streams with most signals, those with an alarm first.
func (a *App) SignalTrends(ctx context.Context) ([]web.SignalTrend, error) {
	totals, err := a.store.SignalStreams(ctx)
	if err != nil {
		return nil, err
	}
	now := a.now()
	totals = slices.DeleteFunc(totals, func(t store.StreamTotals) bool { return t.Until.Before(now.Add(-trendWindow)) })
	all := func(t store.StreamTotals) int64 { return t.Negative + t.Neutral + t.Positive }
	slices.SortStableFunc(totals, func(a, b store.StreamTotals) int { return cmp.Compare(all(b), all(a)) })
	head, err := a.store.Head(ctx)
	if err != nil {
		return nil, err
	}
	var list []web.SignalTrend
	for _, t := range totals[:min(len(totals), maxTrends)] {
		one, err := a.charts(ctx, drawnFrom{t, head}, now)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	calm := func(t web.SignalTrend) int {
		if slices.ContainsFunc(t.Charts, func(c web.Chart) bool { return c.State == trend.Alarm }) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b web.SignalTrend) int { return cmp.Compare(calm(a), calm(b)) })
	return list, nil
}

// VerificationChart gives the chart that a verification asks about: of an open
// one as of now; of a decided one with the figures that it was opened with, and
// the days before.
func (a *App) VerificationChart(ctx context.Context, v intake.Verification) (web.Chart, error) {
	opened := web.Chart{
		Metric: v.Metric, State: trend.Alarm, Direction: trend.Worse, Value: v.Value, Baseline: v.Baseline, Limit: v.Limit, Z: v.Z,
		Since: v.Since, Until: v.Until, Days: v.Days, FalseAlarmDays: v.FalseAlarmDays,
	}
	if v.Status == intake.StatusOpen {
		t, err := a.SignalTrend(ctx, v.Stream)
		if err != nil {
			return opened, err
		}
		if i := slices.IndexFunc(t.Charts, func(c web.Chart) bool { return c.Metric == v.Metric }); i >= 0 {
			return t.Charts[i], nil
		}
	}
	var err error
	opened.Points, err = a.pointsUntil(ctx, v.Opened)
	return opened, err
}

// pointsUntil counts the days, or the hours, that an alarm was read from.
func (a *App) pointsUntil(ctx context.Context, o intake.Opened) ([]web.Point, error) {
	location, err := a.signals.location()
	if err != nil {
		return nil, err
	}
	hours, err := a.store.SignalCounts(ctx, o.Stream, o.Until.Add(-trendWindow), o.Until)
	if err != nil || len(hours) == 0 {
		return nil, err
	}
	if o.Metric == trend.Storm {
		return stormPoints(hours, o.Until), nil
	}
	return dayPoints(trend.Series{Since: hours[0].At, Hours: hours, Location: location}, o.Metric, o.Until), nil
}

// SignalTrend gives the charts of one stream, or [journal.ErrNotFound].
func (a *App) SignalTrend(ctx context.Context, of intake.Stream) (web.SignalTrend, error) {
	totals, err := a.store.SignalStreams(ctx)
	if err != nil {
		return web.SignalTrend{}, err
	}
	i := slices.IndexFunc(totals, func(t store.StreamTotals) bool { return t.Stream == of })
	if i < 0 {
		return web.SignalTrend{}, fmt.Errorf("read the charts of %s, source %s: it has no signals: %w", of.Pipeline, of.Source, journal.ErrNotFound)
	}
	head, err := a.store.Head(ctx)
	if err != nil {
		return web.SignalTrend{}, err
	}
	return a.charts(ctx, drawnFrom{totals[i], head}, a.now())
}

// chartsKept is how long charts are shown as they were drawn: drawing
// takes milliseconds for each stream, and a page shows many.
const chartsKept = time.Minute

// drawnFrom tells whether charts would be drawn the same again: new signals
// change the totals, decisions the journal.
type drawnFrom struct {
	totals store.StreamTotals
	head   journal.Head
}

// drawing is the charts of a stream as they were drawn.
type drawing struct {
	from   drawnFrom
	at     time.Time
	charts web.SignalTrend // is not changed any more
}

// charts gives the charts of a stream, drawn anew where they would differ or are old.
func (a *App) charts(ctx context.Context, from drawnFrom, now time.Time) (web.SignalTrend, error) {
	d := &a.signals
	d.mu.Lock()
	kept, ok := d.drawn[from.totals.Stream]
	d.mu.Unlock()
	if age := now.Sub(kept.at); ok && kept.from == from && age >= 0 && age < chartsKept {
		return kept.charts, nil
	}
	one, err := a.chartsOf(ctx, from.totals, now)
	if err != nil {
		return one, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.drawn == nil {
		d.drawn = map[intake.Stream]drawing{}
	}
	d.drawn[from.totals.Stream] = drawing{from, now, one}
	return one, nil
}

func (a *App) chartsOf(ctx context.Context, t store.StreamTotals, now time.Time) (web.SignalTrend, error) {
	series, err := a.trendSeries(ctx, t, now)
	if err != nil {
		return web.SignalTrend{}, err
	}
	one := web.SignalTrend{Stream: t.Stream}
	for _, h := range series.Hours {
		one.Signals += h.Signals
	}
	for _, v := range trend.Judge(series, now) {
		c := web.Chart{
			Metric: v.Metric, State: v.State, Direction: v.Direction, Value: v.Value, Baseline: v.Baseline, Limit: v.Limit, Z: v.Z,
			Since: v.Since, Until: v.Until, Days: v.Days, FalseAlarmDays: math.Round(v.FalseAlarmEvery.Hours() / 24),
		}
		if v.Metric == trend.Storm {
			c.Points = stormPoints(series.Hours, v.Until)
		} else {
			c.Points = dayPoints(series, v.Metric, v.Until)
		}
		one.Charts = append(one.Charts, c)
	}
	return one, nil
}

// dayPoints counts whole days, as the chart does.
func dayPoints(s trend.Series, m trend.Metric, until time.Time) []web.Point {
	if until.IsZero() {
		return nil
	}
	type day struct{ signals, negative int }
	days := map[string]day{}
	key := func(at time.Time) string { return at.In(s.Location).Format(time.DateOnly) }
	for _, h := range s.Hours {
		d := days[key(h.At)]
		days[key(h.At)] = day{d.signals + h.Signals, d.negative + min(h.Negative, h.Signals)}
	}
	var points []web.Point
	end := until.In(s.Location)
	for n := chartDays; n >= 1; n-- {
		at := end.AddDate(0, 0, -n)
		if at.Before(s.Since.AddDate(0, 0, -1)) {
			continue
		}
		d := days[key(at)]
		value := float64(d.signals)
		if m == trend.NegativeShare {
			value = web.MissingValue
			if d.signals > 0 {
				value = float64(d.negative) / float64(d.signals)
			}
		}
		points = append(points, web.Point{At: at.UTC(), Value: value})
	}
	return points
}

// stormPoints counts the negative signals of three hours, every three hours.
func stormPoints(hours []trend.Count, until time.Time) []web.Point {
	if until.IsZero() {
		return nil
	}
	n := int(stormShow / (stormSpan * time.Hour))
	points := make([]web.Point, n)
	from := until.Add(-stormShow)
	for i := range points {
		points[i].At = from.Add(time.Duration(i) * stormSpan * time.Hour).UTC()
	}
	for _, h := range hours {
		if i := int(h.At.Sub(from) / (stormSpan * time.Hour)); !h.At.Before(from) && i < n {
			points[i].Value += float64(min(h.Negative, h.Signals))
		}
	}
	return points
}

// Signals gives the signals that fit.
func (a *App) Signals(ctx context.Context, q intake.Query) ([]intake.Heard, error) {
	return a.store.Signals(ctx, q)
}

// Verifications lists the verifications, the open ones first.
func (a *App) Verifications(ctx context.Context) ([]intake.Verification, error) {
	return a.store.Verifications(ctx, maxVerifications)
}

// Verification reads one verification.
func (a *App) Verification(ctx context.Context, id string) (intake.Verification, error) {
	return a.store.Verification(ctx, id)
}

// DeclaresSignals is the severity of the incidents that alarms declare by themselves.
func (a *App) DeclaresSignals() pipeline.Severity { return a.signals.config.Declare }

// SignalRest is how long a chart whose alarm was dismissed gives no new one.
func (a *App) SignalRest() time.Duration { return a.signals.config.Trend.Rest }

// signalMounts take signals from machines.
func (a *App) signalMounts() []web.Mount {
	return []web.Mount{{Pattern: "POST /api/v1/signals", Need: people.Ingest, Limit: web.SignalsLimit, Handler: web.TakeSignals(a, a.now, a.log)}}
}
