package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
)

// OverrideView keeps the overrides of schedules, and swaps.
type OverrideView struct{}

// Name is said in errors.
func (OverrideView) Name() string { return "overrides" }

// Tables are the view's own tables.
func (OverrideView) Tables() []string { return []string{"overrides"} }

// Wants the streams of overrides.
func (OverrideView) Wants(stream string) bool { return oncall.IsStream(stream) }

// Apply replaces the override's row.
func (OverrideView) Apply(ctx context.Context, tx *sql.Tx, _ string, entries []journal.Entry) error {
	o, err := oncall.Fold(entries)
	if err != nil || !o.Exists() {
		return err
	}
	text, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("encode override %s: %w", o.ID, err)
	}
	_, err = tx.ExecContext(ctx, `insert into overrides (id, ends_at, json) values (?, ?, ?)
		on conflict (id) do update set ends_at = excluded.ends_at, json = excluded.json`, o.ID, o.Until().UnixMicro(), string(text))
	return err
}

const overridesSince = `select json from overrides where ends_at > ? order by id limit ?`

func readOverride(scan func(...any) error) (oncall.Override, error) {
	var o oncall.Override
	var text []byte
	if err := scan(&text); err != nil {
		return o, err
	}
	return o, json.Unmarshal(text, &o)
}

// Override reads an override or a swap, or gives journal.ErrNotFound.
func (s *Store) Override(ctx context.Context, id string) (oncall.Override, error) {
	o, err := readOverride(s.readers.QueryRowContext(ctx, `select json from overrides where id = ?`, id).Scan)
	return o, found("read override "+id, err)
}

// Overrides gives up to limit overrides and swaps that end after a time, by their ids.
func (s *Store) Overrides(ctx context.Context, endAfter time.Time, limit int) ([]oncall.Override, error) {
	rows, err := s.readers.QueryContext(ctx, overridesSince, endAfter.UnixMicro(), max(limit, 0))
	return collect(rows, err, "read the overrides", readOverride)
}

// Overrides gives up to limit overrides and swaps that end after a time, as the transaction sees them.
func (t *Tx) Overrides(endAfter time.Time, limit int) ([]oncall.Override, error) {
	rows, err := t.tx.QueryContext(t.ctx, overridesSince, endAfter.UnixMicro(), max(limit, 0))
	return collect(rows, err, "read the overrides", readOverride)
}

// NextOverrideID allots the id of an override made on the given UTC day, as
// [Tx.NextIncidentID] does: O-2026-11-27-01 and so on.
func (t *Tx) NextOverrideID(day time.Time) (string, error) {
	return t.nextID(oncall.StreamPrefix, day)
}

// SetCalendarKey keeps the digest of a person's secret calendar address in place of the one before.
func (t *Tx) SetCalendarKey(person people.ID, hash [32]byte, created time.Time) error {
	_, err := t.exec("keep a calendar key", `insert into calendar_keys (person, hash, created) values (?, ?, ?)
		on conflict (person) do update set hash = excluded.hash, created = excluded.created`, string(person), hash[:], created.UnixMicro())
	return err
}

// CalendarKey tells whose secret address a digest is of, or [journal.ErrNotFound].
func (s *Store) CalendarKey(ctx context.Context, hash [32]byte) (people.ID, error) {
	var person string
	err := s.readers.QueryRowContext(ctx, `select person from calendar_keys where hash = ?`, hash[:]).Scan(&person)
	return people.ID(person), found("find a calendar key", err)
}

// CalendarKeyMade tells when a person's secret address was made; zero for never.
func (s *Store) CalendarKeyMade(ctx context.Context, person people.ID) (time.Time, error) {
	rows, err := s.readers.QueryContext(ctx, `select created from calendar_keys where person = ?`, string(person))
	list, err := collect(rows, err, "read a calendar key", func(scan func(...any) error) (time.Time, error) {
		var micros int64
		err := scan(&micros)
		return time.UnixMicro(micros).UTC(), err
	})
	if err != nil || len(list) == 0 {
		return time.Time{}, err
	}
	return list[0], nil
}
