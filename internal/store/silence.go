package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/journal"
)

// SilenceView keeps the silences.
type SilenceView struct{}

// Name is said in errors.
func (SilenceView) Name() string { return "silences" }

// Tables are the view's own tables.
func (SilenceView) Tables() []string { return []string{"silences"} }

// Wants the streams of silences.
func (SilenceView) Wants(stream string) bool { return alert.IsStream(stream) }

// Apply replaces the silence's row.
func (SilenceView) Apply(ctx context.Context, tx *sql.Tx, _ string, entries []journal.Entry) error {
	silence, err := alert.FoldSilence(entries)
	if err != nil || silence.ID == "" {
		return err
	}
	text, err := json.Marshal(silence)
	if err != nil {
		return fmt.Errorf("encode silence %s: %w", silence.ID, err)
	}
	_, err = tx.ExecContext(ctx, `insert into silences (id, starts_at, ends_at, json) values (?, ?, ?, ?)
		on conflict (id) do update set starts_at = excluded.starts_at, ends_at = excluded.ends_at, json = excluded.json`,
		silence.ID, silence.StartsAt.UnixMicro(), silence.EndsAt.UnixMicro(), string(text))
	return err
}

// SilenceRow is a silence with the name that its author was given by a client;
// empty where there was none.
type SilenceRow struct {
	alert.Silence
	Author string
}

const silenceFields = `select s.json, coalesce(a.author, '') from silences s left join silence_authors a on a.silence = s.id`

func readSilence(scan func(...any) error) (SilenceRow, error) {
	var r SilenceRow
	var text []byte
	if err := scan(&text, &r.Author); err != nil {
		return r, err
	}
	return r, json.Unmarshal(text, &r.Silence)
}

// Silences gives up to limit silences that end after a time, the latest end first.
func (s *Store) Silences(ctx context.Context, endAfter time.Time, limit int) ([]SilenceRow, error) {
	rows, err := s.readers.QueryContext(ctx, silenceFields+` where s.ends_at > ? order by s.ends_at desc, s.id limit ?`,
		endAfter.UnixMicro(), max(limit, 0))
	return collect(rows, err, "read silences", readSilence)
}

// CountSilences counts the silences that end after a time.
func (t *Tx) CountSilences(endAfter time.Time) (n int, err error) {
	err = t.tx.QueryRowContext(t.ctx, `select count(*) from silences where ends_at > ?`, endAfter.UnixMicro()).Scan(&n)
	if err != nil {
		err = t.fail(fmt.Errorf("count silences: %w", err))
	}
	return n, err
}

// Silence gives one silence, or [journal.ErrNotFound].
func (s *Store) Silence(ctx context.Context, id string) (SilenceRow, error) {
	r, err := readSilence(s.readers.QueryRowContext(ctx, silenceFields+` where s.id = ?`, id).Scan)
	return r, found("read silence "+id, err)
}

// SetAuthor keeps what a client calls the author of a silence; empty forgets it.
func (t *Tx) SetAuthor(silence, author string) error {
	_, err := t.exec("forget the author of silence "+silence, `delete from silence_authors where silence = ?`, silence)
	if err != nil || author == "" {
		return err
	}
	_, err = t.exec("save the author of silence "+silence, `insert into silence_authors (silence, author) values (?, ?)`, silence, author)
	return err
}
