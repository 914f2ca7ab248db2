package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/trend"
)

const (
	// trendEvery is how often all charts are read: what is not told is news, too.
	trendEvery = time.Hour
	// newsEvery is how soon a chart is read that has been given something new.
	newsEvery = time.Minute
	// trendWindow is how much of a stream its charts are given.
	trendWindow = 120 * 24 * time.Hour
)

// watchSignals is the hourly work on signals: read the charts, forget what is old.
func (a *App) watchSignals(ctx context.Context) error {
	_, err := a.JudgeSignals(ctx)
	return errors.Join(err, a.forgetSignals(ctx))
}

// readNews reads the charts of the streams that have new signals. Whoever sends
// a batch need not wait for the hour to see what it says.
func (a *App) readNews(ctx context.Context) error {
	streams := a.signals.toRead()
	if len(streams) == 0 {
		return nil
	}
	_, err := a.judgeSignals(ctx, func(s intake.Stream) bool { return streams[s] })
	return err
}

// JudgeSignals reads the charts of all streams as of now. An alarm opens a
// verification where its chart may give one; their ids are given. A stream that
// cannot be read does not stop the others.
func (a *App) JudgeSignals(ctx context.Context) (opened []string, err error) {
	return a.judgeSignals(ctx, func(intake.Stream) bool { return true })
}

func (a *App) judgeSignals(ctx context.Context, wanted func(intake.Stream) bool) (opened []string, err error) {
	a.signals.judging.Lock()
	defer a.signals.judging.Unlock()
	now := a.now()
	totals, err := a.store.SignalStreams(ctx)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, t := range totals {
		if !wanted(t.Stream) || t.Until.Before(now.Add(-trendWindow)) {
			continue // or nothing of it is in the window
		}
		ids, err := a.judgeStream(ctx, t, now)
		opened = append(opened, ids...)
		if err != nil {
			errs = append(errs, fmt.Errorf("read the charts of %s, source %s: %w", t.Pipeline, t.Source, err))
		}
	}
	return opened, errors.Join(errs...)
}

func (a *App) judgeStream(ctx context.Context, t store.StreamTotals, now time.Time) (opened []string, err error) {
	series, err := a.trendSeries(ctx, t, now)
	if err != nil {
		return nil, err
	}
	for _, v := range trend.Judge(series, now) {
		a.meter.SetTrend(t.Pipeline, t.Source, string(v.Metric), v.Z)
		// One that was over its limit before we looked, and is not any more, is no news.
		if v.State != trend.Alarm || v.Value <= v.Limit {
			continue
		}
		id, err := a.openVerification(ctx, alarm{t.Stream, v, series.Hours}, now)
		if err != nil {
			return opened, err
		}
		if id != "" {
			opened = append(opened, id)
		}
	}
	return opened, nil
}

// trendSeries gathers what the charts of a stream are drawn from.
func (a *App) trendSeries(ctx context.Context, t store.StreamTotals, now time.Time) (trend.Series, error) {
	from := now.Add(-trendWindow)
	s := trend.Series{Since: t.Since}
	var err error
	if s.Location, err = a.signals.location(); err != nil {
		return s, err
	}
	if s.Hours, err = a.store.SignalCounts(ctx, t.Stream, from, now); err != nil {
		return s, err
	}
	if s.Gaps, err = a.unheard(ctx, t.Source, now); err != nil {
		return s, err
	}
	verifications, err := a.store.StreamVerifications(ctx, t.Stream, from)
	for _, v := range verifications {
		over := now
		if at, resolved := a.resolvedAt(ctx, v.Incident); resolved {
			over = at
		}
		s.Episodes = append(s.Episodes, v.Episode(over))
	}
	return s, err
}

// location gives the days of charts their borders.
func (d *signalDesk) location() (*time.Location, error) {
	l, err := time.LoadLocation(d.config.Trend.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("find the time zone of signals: %w: %w", err, journal.ErrInvalid)
	}
	return l, nil
}

// resolvedAt tells when an incident was resolved. One that is not there is over, too.
func (a *App) resolvedAt(ctx context.Context, id string) (at time.Time, resolved bool) {
	if id == "" {
		return at, false
	}
	row, err := a.store.Incident(ctx, id)
	if err != nil {
		return at, errors.Is(err, journal.ErrNotFound)
	}
	var state incident.State
	if err := json.Unmarshal(row.StateJSON, &state); err != nil || state.Resolved == nil {
		return at, false
	}
	return state.Resolved.At, true
}

// alarm is what a chart says of a stream.
type alarm struct {
	intake.Stream
	trend.Verdict
	hours []trend.Count
}

// opened describes the alarm, with what came since the change began.
func (al alarm) opened() intake.Opened {
	o := intake.OpenedBy(al.Stream, al.Verdict)
	for _, h := range al.hours {
		if !h.At.Before(al.Since) && (al.Until.IsZero() || h.At.Before(al.Until)) {
			o.Signals += h.Signals
			o.Negative += h.Negative
		}
	}
	return o
}

// openVerification asks people about an alarm, unless its chart rests; the id
// is empty then. Where policy says so, it declares the incident in the same
// transaction: an alarm that was asked about and not declared would never be.
func (a *App) openVerification(ctx context.Context, al alarm, now time.Time) (id string, err error) {
	known, err := a.store.StreamVerifications(ctx, al.Stream, now.Add(-trendWindow))
	if err != nil || a.rests(ctx, known, al, now) {
		return "", err
	}
	o := al.opened()
	declared, err := a.declaredByPolicy(ctx, o, now)
	if err != nil {
		return "", err
	}
	err = a.store.Update(ctx, func(tx *store.Tx) error {
		if known, err = tx.StreamVerifications(al.Stream, now.Add(-trendWindow)); err != nil || a.rests(ctx, known, al, now) {
			return err
		}
		if id, err = tx.NextVerificationID(now); err != nil {
			return err
		}
		change, err := intake.OpenVerification(id, o, intake.Env{Now: now, By: monitor})
		if err != nil {
			return err
		}
		if _, err = tx.Append(change); err != nil || declared == nil {
			return err
		}
		_, err = a.confirmIn(tx, id, *declared, incident.Env{Now: now, By: monitor})
		return err
	})
	return id, err
}

// rests tells whether the chart of an alarm may give no new one.
func (a *App) rests(ctx context.Context, known []intake.Verification, al alarm, now time.Time) bool {
	return intake.Rests(known, al.Metric, now, a.signals.config.Trend.Rest, func(id string) bool {
		_, over := a.resolvedAt(ctx, id)
		return over
	})
}

// declaredByPolicy prepares the incident of an alarm, where policy declares one; else it is nil.
func (a *App) declaredByPolicy(ctx context.Context, o intake.Opened, now time.Time) (*confirming, error) {
	if a.signals.config.Declare == "" {
		return nil, nil
	}
	c := confirmation{alarm: o, severity: a.signals.config.Declare, title: a.verificationTitle(o), byPolicy: true}
	var err error
	if c.evidence, err = a.signalFile(ctx, o, now); err != nil {
		return nil, err
	}
	opened, err := a.openedByAlarm(ctx, c, now)
	return &confirming{c, opened}, err
}

// forgetSignals erases texts that are older than the retention, and signals
// that no chart looks at any more.
func (a *App) forgetSignals(ctx context.Context) error {
	now := a.now()
	for more := true; more; {
		var err error
		if more, err = a.store.ForgetTexts(ctx, now.Add(-a.signals.config.Retention)); err != nil {
			return err
		}
	}
	totals, err := a.store.SignalStreams(ctx)
	if err != nil {
		return err
	}
	// A day later than new ones are refused: what could come again must be known.
	before := now.Add(-intake.MaxBehind - 24*time.Hour)
	for _, t := range totals {
		oldest, err := a.store.OldestSignal(ctx, t.Stream)
		if err != nil {
			return err
		}
		for more := !oldest.IsZero() && oldest.Before(before); more; {
			var gone bool
			if more, gone, err = a.store.ForgetSignals(ctx, t.Stream, before); err != nil {
				return err
			}
			if gone {
				a.signals.roster.drop(t.Stream)
				a.meter.ForgetSignals(t.Pipeline, t.Source)
			}
		}
	}
	return nil
}
