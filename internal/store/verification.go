package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
)

// VerificationView keeps the queue of manual verifications.
type VerificationView struct{}

// Name is said in errors.
func (VerificationView) Name() string { return "verifications" }

// Tables are the view's own tables.
func (VerificationView) Tables() []string { return []string{"verifications"} }

// Wants the streams of verifications.
func (VerificationView) Wants(stream string) bool { return intake.IsStream(stream) }

// Apply replaces the verification's row.
func (VerificationView) Apply(ctx context.Context, tx *sql.Tx, _ string, entries []journal.Entry) error {
	v, err := intake.Fold(entries)
	if err != nil || !v.Exists() {
		return err
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode verification %s: %w", v.ID, err)
	}
	_, err = tx.ExecContext(ctx, `insert into verifications (id, pipeline, source, metric, status, incident, opened_at, json)
		values (?, ?, ?, ?, ?, ?, ?, ?)
		on conflict (id) do update set status = excluded.status, incident = excluded.incident, json = excluded.json`,
		v.ID, v.Pipeline, v.Source, string(v.Metric), string(v.Status), v.Incident, v.OpenedAt.UnixMicro(), string(text))
	return err
}

func readVerification(scan func(...any) error) (intake.Verification, error) {
	var v intake.Verification
	var text []byte
	if err := scan(&text); err != nil {
		return v, err
	}
	return v, json.Unmarshal(text, &v)
}

// Verifications gives up to limit verifications, the open ones first, then the newest first.
func (s *Store) Verifications(ctx context.Context, limit int) ([]intake.Verification, error) {
	rows, err := s.readers.QueryContext(ctx, `select json from verifications
		order by status <> 'open', opened_at desc, id desc limit ?`, max(limit, 0))
	return collect(rows, err, "read the verifications", readVerification)
}

// Verification gives one verification, or [journal.ErrNotFound].
func (s *Store) Verification(ctx context.Context, id string) (intake.Verification, error) {
	v, err := readVerification(s.readers.QueryRowContext(ctx, `select json from verifications where id = ?`, id).Scan)
	return v, found("read verification "+id, err)
}

// StreamVerifications gives the verifications of a stream since a time, as the transaction sees them, the oldest first.
func (t *Tx) StreamVerifications(of intake.Stream, since time.Time) ([]intake.Verification, error) {
	rows, err := t.tx.QueryContext(t.ctx, streamVerifications, of.Pipeline, of.Source, since.UnixMicro())
	return collect(rows, err, "read the verifications of "+of.Pipeline, readVerification)
}

const streamVerifications = `select json from verifications where pipeline = ? and source = ? and (opened_at >= ? or status = 'open')
	order by opened_at, id`

// StreamVerifications gives the verifications of a stream since a time, the oldest first.
func (s *Store) StreamVerifications(ctx context.Context, of intake.Stream, since time.Time) ([]intake.Verification, error) {
	rows, err := s.readers.QueryContext(ctx, streamVerifications, of.Pipeline, of.Source, since.UnixMicro())
	return collect(rows, err, "read the verifications of "+of.Pipeline, readVerification)
}

// NextVerificationID allots the id of a verification opened on the given UTC
// day, as [Tx.NextIncidentID] does: V-2025-10-03-01 and so on.
func (t *Tx) NextVerificationID(day time.Time) (string, error) {
	return t.nextID(intake.StreamPrefix, day)
}
