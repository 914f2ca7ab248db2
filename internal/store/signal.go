package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/trend"
)

const signalColumns = `source, source_id, pipeline, kind, at, received_at, lang, label, score, scorer, masked, rating, text, url`

// streamHour names a row of signal_counts.
type streamHour struct {
	intake.Stream
	hour int64
}

// tally is what a batch adds to the counts.
type tally struct {
	hours   map[streamHour]*trend.Count
	streams map[intake.Stream]*StreamTotals
}

// AddSignals stores signals and counts them, all or none. One whose source and
// id are known is left out; fresh tells of each whether it was new.
func (s *Store) AddSignals(ctx context.Context, signals []intake.Heard) (fresh []bool, err error) {
	fresh = make([]bool, len(signals))
	err = s.Update(ctx, func(t *Tx) error {
		insert, err := t.tx.PrepareContext(ctx, `insert into signals (`+signalColumns+`)
			values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (source, source_id) do nothing`)
		if err != nil {
			return fmt.Errorf("save signals: %w", err)
		}
		defer insert.Close()
		sum := tally{map[streamHour]*trend.Count{}, map[intake.Stream]*StreamTotals{}}
		for i := range signals {
			if fresh[i], err = addSignal(ctx, insert, &signals[i]); err != nil {
				return fmt.Errorf("save signal %s of %s: %w", signals[i].SourceID, signals[i].Source, err)
			}
			if fresh[i] {
				sum.add(&signals[i])
			}
		}
		return t.count(sum)
	})
	return fresh, err
}

func addSignal(ctx context.Context, insert *sql.Stmt, h *intake.Heard) (bool, error) {
	var rating sql.NullFloat64
	if h.Rating != nil {
		rating = number(*h.Rating)
	}
	res, err := insert.ExecContext(ctx, h.Source, h.SourceID, h.Pipeline, string(h.Kind), h.At.UnixMicro(), h.ReceivedAt.UnixMicro(),
		h.Opinion.Lang, string(h.Opinion.Label), h.Opinion.Score, h.Opinion.Scorer, h.Masked, rating, h.Text, h.URL)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

func (s *tally) add(h *intake.Heard) {
	stream := intake.Stream{Pipeline: h.Pipeline, Source: h.Source}
	key := streamHour{stream, hourOf(h.At)}
	if s.hours[key] == nil {
		s.hours[key] = &trend.Count{}
	}
	s.hours[key].Signals++
	since := h.ReceivedAt
	if h.History && h.At.Before(since) {
		since = h.At
	}
	total := s.streams[stream]
	if total == nil {
		total = &StreamTotals{Stream: stream, Since: since, Until: h.At}
		s.streams[stream] = total
	}
	if since.Before(total.Since) {
		total.Since = since
	}
	if h.At.After(total.Until) {
		total.Until = h.At
	}
	switch h.Opinion.Label {
	case intake.Negative:
		s.hours[key].Negative++
		total.Negative++
	case intake.Positive:
		total.Positive++
	default:
		total.Neutral++
	}
}

// hourOf counts hours since 1970; a division would round to zero before it.
func hourOf(at time.Time) int64 { return at.Truncate(time.Hour).Unix() / 3600 }

// count adds a batch's sums.
func (t *Tx) count(sum tally) error {
	for key, c := range sum.hours {
		_, err := t.exec("count signals", `insert into signal_counts (pipeline, source, hour, signals, negative) values (?, ?, ?, ?, ?)
			on conflict (pipeline, source, hour) do update set signals = signals + excluded.signals, negative = negative + excluded.negative`,
			key.Pipeline, key.Source, key.hour, c.Signals, c.Negative)
		if err != nil {
			return err
		}
	}
	for _, s := range sum.streams {
		_, err := t.exec("count signals", `insert into signal_streams (pipeline, source, since, until, negative, neutral, positive)
			values (?, ?, ?, ?, ?, ?, ?) on conflict (pipeline, source) do update set
			since = min(since, excluded.since), until = max(until, excluded.until), negative = negative + excluded.negative,
			neutral = neutral + excluded.neutral, positive = positive + excluded.positive`,
			s.Pipeline, s.Source, s.Since.UnixMicro(), s.Until.UnixMicro(), s.Negative, s.Neutral, s.Positive)
		if err != nil {
			return err
		}
	}
	return nil
}

// StreamTotals is a stream with all that was ever counted of it.
type StreamTotals struct {
	intake.Stream
	Since                       time.Time // when it was first heard; of a history, its earliest signal
	Until                       time.Time // its latest signal
	Negative, Neutral, Positive int64
}

// SignalStreams gives all streams, by pipeline and source.
func (s *Store) SignalStreams(ctx context.Context) ([]StreamTotals, error) {
	rows, err := s.readers.QueryContext(ctx, `select pipeline, source, since, until, negative, neutral, positive
		from signal_streams order by pipeline, source`)
	return collect(rows, err, "read the streams of signals", func(scan func(...any) error) (StreamTotals, error) {
		var t StreamTotals
		var since, until int64
		err := scan(&t.Pipeline, &t.Source, &since, &until, &t.Negative, &t.Neutral, &t.Positive)
		t.Since, t.Until = time.UnixMicro(since).UTC(), time.UnixMicro(until).UTC()
		return t, err
	})
}

// SignalCounts gives the hourly counts of a stream from the hour of from up to,
// not including, until. Hours without signals are left out.
func (s *Store) SignalCounts(ctx context.Context, of intake.Stream, from, until time.Time) ([]trend.Count, error) {
	rows, err := s.readers.QueryContext(ctx, `select hour, signals, negative from signal_counts
		where pipeline = ? and source = ? and hour >= ? and hour < ? order by hour`,
		of.Pipeline, of.Source, hourOf(from), hourOf(until.Add(time.Hour-1)))
	return collect(rows, err, "read the counts of "+of.Source, func(scan func(...any) error) (trend.Count, error) {
		var c trend.Count
		var hour int64
		err := scan(&hour, &c.Signals, &c.Negative)
		c.At = time.Unix(hour*3600, 0).UTC()
		return c, err
	})
}

// Signals gives the signals that fit and have their text.
func (s *Store) Signals(ctx context.Context, q intake.Query) ([]intake.Heard, error) {
	terms, args := []string{`text <> ''`}, []any{}
	add := func(wanted bool, term string, values ...any) {
		if wanted {
			terms, args = append(terms, term), append(args, values...)
		}
	}
	add(q.Pipeline != "", `pipeline = ?`, q.Pipeline)
	add(q.Source != "", `source = ?`, q.Source)
	add(q.Label != "", `label = ?`, string(q.Label))
	add(!q.From.IsZero(), `at >= ?`, q.From.UnixMicro())
	add(!q.Until.IsZero(), `at < ?`, q.Until.UnixMicro())
	order := `at desc, id desc`
	if q.MostNegative {
		order = `score, at desc, id desc`
	} else if q.After != nil {
		add(true, `(at, id) < (?, ?)`, q.After.At.UnixMicro(), q.After.ID)
	}
	rows, err := s.readers.QueryContext(ctx, `select id, `+signalColumns+` from signals where `+strings.Join(terms, ` and `)+
		` order by `+order+` limit ?`, append(args, max(q.Limit, 0))...)
	return collect(rows, err, "read signals", readSignal)
}

func readSignal(scan func(...any) error) (intake.Heard, error) {
	var h intake.Heard
	var at, received int64
	var rating sql.NullFloat64
	err := scan(&h.ID, &h.Source, &h.SourceID, &h.Pipeline, &h.Kind, &at, &received, &h.Opinion.Lang, &h.Opinion.Label,
		&h.Opinion.Score, &h.Opinion.Scorer, &h.Masked, &rating, &h.Text, &h.URL)
	h.At, h.ReceivedAt, h.Lang = time.UnixMicro(at).UTC(), time.UnixMicro(received).UTC(), h.Opinion.Lang
	if rating.Valid {
		h.Rating = &rating.Float64
	}
	return h, err
}

// EraseSignal erases the text of a signal for good; its source's id stays, so
// that telling it again does not bring the text back. An unknown one is [journal.ErrNotFound].
func (t *Tx) EraseSignal(id int64) error {
	n, err := t.exec(fmt.Sprintf("erase signal %d", id), `update signals set text = '', url = '' where id = ?`, id)
	if err == nil && n == 0 {
		err = t.fail(fmt.Errorf("erase signal %d: there is none: %w", id, journal.ErrNotFound))
	}
	return err
}

// pruneBatch bounds what one transaction forgets, so that no write waits long for it.
const pruneBatch = 2000

// ForgetTexts erases the texts of up to 2,000 signals from before a time; more tells whether others are left.
func (s *Store) ForgetTexts(ctx context.Context, before time.Time) (more bool, err error) {
	err = s.Update(ctx, func(t *Tx) error {
		n, err := t.exec("forget old texts", `update signals set text = '', url = '' where id in
			(select id from signals where text <> '' and at < ? order by at, id limit ?)`, before.UnixMicro(), pruneBatch)
		more = n == pruneBatch
		return err
	})
	return more, err
}

// ForgetSignals removes up to 2,000 signals of a stream, and its counts, from
// before a time, and the stream with its last signal; more tells whether others
// from before are left, gone whether the stream is.
func (s *Store) ForgetSignals(ctx context.Context, of intake.Stream, before time.Time) (more, gone bool, err error) {
	err = s.Update(ctx, func(t *Tx) error {
		n, err := t.exec("forget old signals", `delete from signals where id in
			(select id from signals where pipeline = ? and source = ? and at < ? order by at limit ?)`,
			of.Pipeline, of.Source, before.UnixMicro(), pruneBatch)
		if err != nil {
			return err
		}
		more = n == pruneBatch
		_, err = t.exec("forget old counts", `delete from signal_counts where pipeline = ? and source = ? and hour < ?`,
			of.Pipeline, of.Source, hourOf(before))
		if err != nil || more {
			return err
		}
		n, err = t.exec("forget a stream of signals", `delete from signal_streams where pipeline = ? and source = ?
			and not exists (select 1 from signals where pipeline = signal_streams.pipeline and source = signal_streams.source)`,
			of.Pipeline, of.Source)
		gone = n > 0
		return err
	})
	return more, gone, err
}

// OldestSignal gives the time of the earliest signal of a stream that is kept; zero if there is none.
func (s *Store) OldestSignal(ctx context.Context, of intake.Stream) (time.Time, error) {
	var at sql.NullInt64
	err := s.readers.QueryRowContext(ctx, `select at from signals where pipeline = ? and source = ? order by at limit 1`,
		of.Pipeline, of.Source).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return fromMicros(at), explain("read the oldest signal of "+of.Source, err)
}
