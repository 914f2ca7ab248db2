package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/journal"
)

// ConsentView keeps the register of consents, without its values.
type ConsentView struct{}

// Name is said in errors.
func (ConsentView) Name() string { return "consents" }

// Tables are the view's own tables.
func (ConsentView) Tables() []string { return []string{"consents"} }

// Wants the streams of consents.
func (ConsentView) Wants(stream string) bool { return consent.IsStream(stream) }

// Apply replaces the record's row.
func (ConsentView) Apply(ctx context.Context, tx *sql.Tx, _ string, entries []journal.Entry) error {
	s, err := consent.Fold(entries)
	if err != nil || !s.Exists() {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode consent %s: %w", s.ID, err)
	}
	over := s.Erased != nil || s.Revoked != nil || s.Level == consent.Refused
	_, err = tx.ExecContext(ctx, `insert into consents (id, subject, over, valid_until, warn_at, json) values (?, ?, ?, ?, ?, ?)
		on conflict (id) do update set subject = excluded.subject, over = excluded.over, valid_until = excluded.valid_until,
		warn_at = excluded.warn_at, json = excluded.json`,
		s.ID, s.Subject, over, micros(s.ValidUntil), micros(s.WarnAt()), string(text))
	return err
}

func readConsent(scan func(...any) error) (consent.State, error) {
	var s consent.State
	var text []byte
	if err := scan(&text); err != nil {
		return s, err
	}
	return s, json.Unmarshal(text, &s)
}

// Consents gives up to limit records: those in force first, the first to end on top.
func (s *Store) Consents(ctx context.Context, limit int) ([]consent.State, error) {
	rows, err := s.readers.QueryContext(ctx, `select json from consents
		order by over, valid_until is null, valid_until, id limit ?`, max(limit, 0))
	return collect(rows, err, "read the consents", readConsent)
}

// Consent gives one record, or [journal.ErrNotFound].
func (s *Store) Consent(ctx context.Context, id string) (consent.State, error) {
	c, err := readConsent(s.readers.QueryRowContext(ctx, `select json from consents where id = ?`, id).Scan)
	return c, found("read consent "+id, err)
}

// ConsentsOf names the records of a subject, the oldest first.
func (s *Store) ConsentsOf(ctx context.Context, subject string) ([]string, error) {
	rows, err := s.readers.QueryContext(ctx, `select id from consents where subject = ? order by id`, subject)
	return collect(rows, err, "find the consents of "+subject, readID)
}

// ConsentsToWarnOf names up to limit records whose end is to be told, the nearest first.
func (s *Store) ConsentsToWarnOf(ctx context.Context, now time.Time, limit int) ([]string, error) {
	rows, err := s.readers.QueryContext(ctx, `select id from consents where warn_at <= ? and valid_until > ? order by warn_at, id limit ?`,
		now.UnixMicro(), now.UnixMicro(), limit)
	return collect(rows, err, "find the consents that end", readID)
}

func readID(scan func(...any) error) (string, error) {
	var id string
	err := scan(&id)
	return id, err
}

const consentValueColumns = `coalesce(v.salt, x''), coalesce(v.json, '{}'), coalesce(v.images, '[]')`

// ConsentRecords gives all records with their values.
func (s *Store) ConsentRecords(ctx context.Context) ([]consent.Record, error) {
	rows, err := s.readers.QueryContext(ctx, `select c.json, `+consentValueColumns+`
		from consents c left join consent_values v on v.consent = c.id order by c.id`)
	return collect(rows, err, "read the register of consents", readConsentRecord)
}

// ConsentRecord gives one record with its values, or [journal.ErrNotFound].
func (s *Store) ConsentRecord(ctx context.Context, id string) (consent.Record, error) {
	r, err := readConsentRecord(s.readers.QueryRowContext(ctx, `select c.json, `+consentValueColumns+`
		from consents c left join consent_values v on v.consent = c.id where c.id = ?`, id).Scan)
	return r, found("read consent "+id, err)
}

func readConsentRecord(scan func(...any) error) (consent.Record, error) {
	var r consent.Record
	var state, values, images []byte
	if err := scan(&state, &r.Values.Salt, &values, &images); err != nil {
		return r, err
	}
	return r, errors.Join(json.Unmarshal(state, &r.State), unpackValues(&r.Values, values, images))
}

func unpackValues(v *consent.Values, values, images []byte) error {
	return errors.Join(json.Unmarshal(values, v), json.Unmarshal(images, &v.Images))
}

// ConsentRecord gives a record as the transaction sees it; the zero one if there is none.
func (t *Tx) ConsentRecord(id string) (consent.Record, error) {
	var r consent.Record
	entries, err := t.Stream(id)
	if err != nil {
		return r, err
	}
	if r.State, err = consent.Fold(entries); err != nil || !r.Exists() {
		return r, err
	}
	var values, images []byte
	err = t.tx.QueryRowContext(t.ctx, `select salt, json, images from consent_values where consent = ?`, id).Scan(&r.Values.Salt, &values, &images)
	if errors.Is(err, sql.ErrNoRows) {
		return r, nil
	}
	if err == nil {
		err = unpackValues(&r.Values, values, images)
	}
	return r, t.fail(explain("read the values of "+id, err))
}

// ConsentFrom names the record that came from another system under an id; empty if none did.
func (t *Tx) ConsentFrom(external string) (string, error) {
	var id string
	err := t.tx.QueryRowContext(t.ctx, `select consent from consent_values where external = ? and external <> ''`, external).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, t.fail(explain("find a consent by its other id", err))
}

// SetConsentValues keeps the values of a record in the place of those that there were.
func (t *Tx) SetConsentValues(id string, v consent.Values) error {
	images, err := json.Marshal(append([]string{}, v.Images...))
	if err != nil {
		return t.fail(fmt.Errorf("encode the values of %s: %w", id, err))
	}
	v.Images = nil // they have a column of their own
	values, err := json.Marshal(v)
	if err != nil {
		return t.fail(fmt.Errorf("encode the values of %s: %w", id, err))
	}
	salt := v.Salt
	if salt == nil {
		salt = []byte{}
	}
	_, err = t.exec("save the values of "+id, `insert into consent_values (consent, external, salt, json, images) values (?, ?, ?, ?, ?)
		on conflict (consent) do update set external = excluded.external, salt = excluded.salt, json = excluded.json, images = excluded.images`,
		id, v.External, salt, string(values), string(images))
	return err
}

// NextConsentID allots the id of a record made on the given UTC day, as
// [Tx.NextIncidentID] does: C-2026-11-26-01 and so on.
func (t *Tx) NextConsentID(day time.Time) (string, error) {
	return t.nextID(consent.StreamPrefix, day)
}

// Scrub takes what was erased out of the files: pages are overwritten as rows
// go, and the write-ahead log, which holds them as they were, is emptied.
func (s *Store) Scrub(ctx context.Context) error {
	if s.writer == nil {
		return fmt.Errorf("scrub %s: it was opened read-only: %w", s.path(), journal.ErrForbidden)
	}
	var busy, pages, done int
	if err := s.writer.QueryRowContext(ctx, `pragma wal_checkpoint(truncate)`).Scan(&busy, &pages, &done); err != nil {
		return explain("scrub "+s.path(), err)
	}
	if busy != 0 {
		return fmt.Errorf("scrub %s: another program reads it; what was erased stays in its log until the next change: %w", s.path(), journal.ErrConflict)
	}
	return nil
}
