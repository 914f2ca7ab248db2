package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/quarantine"
)

// QuarantineView keeps the images that are held, or were.
type QuarantineView struct{}

// Name is said in errors.
func (QuarantineView) Name() string { return "quarantine" }

// Tables are the view's own tables.
func (QuarantineView) Tables() []string { return []string{"quarantine"} }

// Wants the streams of held images.
func (QuarantineView) Wants(stream string) bool { return quarantine.IsStream(stream) }

// Apply replaces the item's row.
func (QuarantineView) Apply(ctx context.Context, tx *sql.Tx, _ string, entries []journal.Entry) error {
	i, err := quarantine.Fold(entries)
	if err != nil || !i.Exists() {
		return err
	}
	text, err := json.Marshal(i)
	if err != nil {
		return fmt.Errorf("encode quarantine item %s: %w", i.ID, err)
	}
	_, err = tx.ExecContext(ctx, `insert into quarantine (id, pipeline, path, sha256, status, active, public, incident, held_at, json)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		on conflict (id) do update set status = excluded.status, active = excluded.active, public = excluded.public, json = excluded.json`,
		i.ID, i.Pipeline, []byte(i.Name()), i.SHA256, string(i.Status), i.Active(), i.Exposure.Public, i.Incident, i.HeldAt.UnixMicro(), string(text))
	return err
}

func readItem(scan func(...any) error) (quarantine.Item, error) {
	var i quarantine.Item
	var text []byte
	if err := scan(&text); err != nil {
		return i, err
	}
	return i, json.Unmarshal(text, &i)
}

// QuarantineQuery selects held images; zero fields select all.
type QuarantineQuery struct {
	Pipeline string
	Incident string
	// Mitigation is that of the incident which they were isolated by.
	Mitigation string
	Active     bool // only those that are not over
}

// Quarantine gives up to limit held images, those that are not over first, then the newest first.
func (s *Store) Quarantine(ctx context.Context, q QuarantineQuery, limit int) ([]quarantine.Item, error) {
	rows, err := s.readers.QueryContext(ctx, `select json from quarantine
		where (? = '' or pipeline = ?) and (? = '' or incident = ?)
			and (? = '' or json_extract(json, '$.mitigation') = ?) and (not ? or active)
		order by active desc, held_at desc, rowid desc limit ?`,
		q.Pipeline, q.Pipeline, q.Incident, q.Incident, q.Mitigation, q.Mitigation, q.Active, max(limit, 0))
	return collect(rows, err, "read the quarantine", readItem)
}

// QuarantineItem gives one held image, or [journal.ErrNotFound].
func (s *Store) QuarantineItem(ctx context.Context, id string) (quarantine.Item, error) {
	i, err := readItem(s.readers.QueryRowContext(ctx, `select json from quarantine where id = ?`, id).Scan)
	return i, found("read quarantine item "+id, err)
}

// QuarantineCount is how many images an incident has, or all.
type QuarantineCount struct {
	Items  int
	Active int // not over
	Public int // that the public has got
}

// CountQuarantine counts the images of an incident; of all where it is empty.
func (s *Store) CountQuarantine(ctx context.Context, incident string) (QuarantineCount, error) {
	var c QuarantineCount
	err := s.readers.QueryRowContext(ctx, `select count(*), coalesce(sum(active), 0), coalesce(sum(public), 0) from quarantine
		where ? = '' or incident = ?`, incident, incident).Scan(&c.Items, &c.Active, &c.Public)
	return c, explain("count the quarantine", err)
}

// HeldAt gives the item that holds a path of a pipeline's delivered folder;
// the zero item where none does.
func (s *Store) HeldAt(ctx context.Context, pipeline, path string) (quarantine.Item, error) {
	return heldAt(ctx, s.readers, pipeline, path)
}

// HeldAt gives the item that holds a path of a pipeline's delivered folder, as
// the transaction sees it; the zero item where none does.
func (t *Tx) HeldAt(pipeline, path string) (quarantine.Item, error) {
	i, err := heldAt(t.ctx, t.tx, pipeline, path)
	return i, t.fail(err)
}

func heldAt(ctx context.Context, q querier, pipeline, path string) (quarantine.Item, error) {
	i, err := readItem(q.QueryRowContext(ctx, `select json from quarantine where pipeline = ? and path = ? and active`,
		pipeline, []byte(path)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return quarantine.Item{}, nil
	}
	return i, explain("find what holds "+path, err)
}

// VersionItems gives the items that a version of an image has had, the newest first.
func (t *Tx) VersionItems(pipeline, path, sha256 string) ([]quarantine.Item, error) {
	rows, err := t.tx.QueryContext(t.ctx, `select json from quarantine where pipeline = ? and path = ? and sha256 = ?
		order by held_at desc, rowid desc limit 100`, pipeline, []byte(path), sha256)
	return collect(rows, err, "find what was decided about "+path, readItem)
}

// NextQuarantineID allots the id of an image held on the given UTC day, as
// [Tx.NextIncidentID] does: Q-2026-11-26-01 and so on.
func (t *Tx) NextQuarantineID(day time.Time) (string, error) {
	return t.nextID(quarantine.StreamPrefix, day)
}
