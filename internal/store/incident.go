package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
)

// Views gives the views of this product, for [Options.Views].
func Views() []View {
	return []View{IncidentView{}, ActionView{}, SilenceView{}, VerificationView{}, QuarantineView{}, ConsentView{}, OverrideView{}, KnowledgeView{}, LessonView{}, RetrospectiveView{}}
}

// IncidentView keeps the list of incidents and their deadlines.
type IncidentView struct{}

// Name is said in errors.
func (IncidentView) Name() string { return "incidents" }

// Tables are the view's own tables.
func (IncidentView) Tables() []string { return []string{"incidents", "deadlines"} }

// Wants the streams of incidents.
func (IncidentView) Wants(stream string) bool { return strings.HasPrefix(stream, "PM-") }

// Apply replaces the incident's rows.
func (IncidentView) Apply(ctx context.Context, tx *sql.Tx, stream string, entries []journal.Entry) error {
	for _, query := range []string{`delete from incidents where id = ?`, `delete from deadlines where stream = ?`} {
		if _, err := tx.ExecContext(ctx, query, stream); err != nil {
			return err
		}
	}
	state, err := incident.Fold(entries)
	if err != nil || !state.Exists() {
		return err
	}
	text, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("encode incident %s: %w", stream, err)
	}
	_, err = tx.ExecContext(ctx, `insert into incidents
		(id, severity, state, pipeline, title, detected_at, contained_at, published_at, closed_at,
		fingerprint, active_at, group_key, state_json) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		stream, string(state.Severity), string(state.Phase()), state.Opened.Pipeline, state.Opened.Title,
		state.DetectedAt.UnixMicro(), marked(state.Contained), marked(state.PublishedAt), marked(state.Closed),
		state.Opened.Fingerprint, moment(state.Opened.ActiveAt), state.Opened.Group, string(text))
	if err != nil {
		return err
	}
	for _, d := range state.Deadlines() {
		// Of two deadlines with one name, the earlier is what must not be missed.
		_, err := tx.ExecContext(ctx, `insert into deadlines (stream, name, due_at) values (?, ?, ?)
			on conflict (stream, name) do update set due_at = min(due_at, excluded.due_at)`, stream, d.Name, d.At.UnixMicro())
		if err != nil {
			return err
		}
	}
	return nil
}

func moment(t *time.Time) sql.NullInt64 {
	if t == nil {
		return sql.NullInt64{}
	}
	return micros(*t)
}

// AlertIncident finds the incident that this very activation of an alert
// opened, since a rule engine tells of an alert again. Empty if there is none.
func (t *Tx) AlertIncident(fingerprint string, activeAt time.Time) (string, error) {
	var id string
	err := t.tx.QueryRowContext(t.ctx, `select id from incidents where fingerprint = ? and fingerprint <> '' and active_at = ?
		order by detected_at desc limit 1`, fingerprint, activeAt.UnixMicro()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", t.fail(fmt.Errorf("find the incident of alert %s: %w", fingerprint, err))
	}
	return id, nil
}

func marked(m *incident.Mark) sql.NullInt64 {
	if m == nil {
		return sql.NullInt64{}
	}
	return micros(m.At)
}

// IncidentRow is an incident as the lists show it.
type IncidentRow struct {
	ID          string
	Severity    string
	State       string // the displayed phase
	Pipeline    string
	Title       string
	DetectedAt  time.Time
	ContainedAt time.Time // zero: not contained
	PublishedAt time.Time // zero: not published
	ClosedAt    time.Time // zero: open
	StateJSON   []byte    // the whole [incident.State]
}

// IncidentQuery selects incidents; zero fields select all.
type IncidentQuery struct {
	Pipeline string
	Severity string
	State    string
	Open     bool // only those that are not closed
}

// Incidents gives up to limit incidents detected before the row after (nil
// begins at the newest), the newest first.
func (s *Store) Incidents(ctx context.Context, q IncidentQuery, after *IncidentRow, limit int) ([]IncidentRow, error) {
	query := incidentFields + ` where (? = '' or pipeline = ?) and (? = '' or severity = ?) and (? = '' or state = ?)
		and (not ? or closed_at is null)`
	args := []any{q.Pipeline, q.Pipeline, q.Severity, q.Severity, q.State, q.State, q.Open}
	if after != nil {
		query += ` and (detected_at, id) < (?, ?)`
		args = append(args, after.DetectedAt.UnixMicro(), after.ID)
	}
	rows, err := s.readers.QueryContext(ctx, query+` order by detected_at desc, id desc limit ?`, append(args, max(limit, 0))...)
	return collect(rows, err, "read incidents", readIncident)
}

const incidentFields = `select id, severity, state, pipeline, title,
	detected_at, contained_at, published_at, closed_at, state_json from incidents`

// Incident gives one incident's row, or [journal.ErrNotFound].
func (s *Store) Incident(ctx context.Context, id string) (IncidentRow, error) {
	r, err := readIncident(s.readers.QueryRowContext(ctx, incidentFields+` where id = ?`, id).Scan)
	return r, found("read incident "+id, err)
}

func readIncident(scan func(...any) error) (IncidentRow, error) {
	var r IncidentRow
	var detected, contained, published, closed sql.NullInt64
	err := scan(&r.ID, &r.Severity, &r.State, &r.Pipeline, &r.Title, &detected, &contained, &published, &closed, &r.StateJSON)
	r.DetectedAt, r.ContainedAt = fromMicros(detected), fromMicros(contained)
	r.PublishedAt, r.ClosedAt = fromMicros(published), fromMicros(closed)
	return r, err
}
