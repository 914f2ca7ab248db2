package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/retrospective"
)

// RetrospectiveView keeps the retrospectives of all incidents.
type RetrospectiveView struct{}

// Name is said in errors.
func (RetrospectiveView) Name() string { return "retrospectives" }

// Tables are the view's own tables.
func (RetrospectiveView) Tables() []string { return []string{"retrospectives"} }

// Wants the streams of incidents.
func (RetrospectiveView) Wants(stream string) bool { return strings.HasPrefix(stream, "PM-") }

// Apply replaces the incident's row.
func (RetrospectiveView) Apply(ctx context.Context, tx *sql.Tx, stream string, entries []journal.Entry) error {
	if _, err := tx.ExecContext(ctx, `delete from retrospectives where incident = ?`, stream); err != nil {
		return err
	}
	inc, err := incident.Fold(entries)
	if err != nil {
		return err
	}
	state, err := retrospective.Fold(entries)
	if err != nil || state.Stage(inc) == retrospective.None {
		return err
	}
	text, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("encode the retrospective of %s: %w", stream, err)
	}
	_, err = tx.ExecContext(ctx, `insert into retrospectives (incident, stage, deadline, state) values (?, ?, ?, ?)`,
		stream, string(state.Stage(inc)), micros(state.Deadline(inc)), string(text))
	return err
}

// RetrospectiveRow is a retrospective with its incident.
type RetrospectiveRow struct {
	Incident, Title, Severity, Pipeline string
	Stage                               retrospective.Stage
	Deadline                            time.Time // zero: nothing is expected
	State                               retrospective.State
}

// Retrospectives gives up to limit retrospectives, those that are expected first, by their time, then the others, the newest
// incident first. Public keeps those of restricted postmortems out.
func (s *Store) Retrospectives(ctx context.Context, public bool, policy postmortem.RestrictPolicy, limit int) ([]RetrospectiveRow, error) {
	withheld, args, err := withheldBy(policy)
	if err != nil {
		return nil, err
	}
	rows, err := s.readers.QueryContext(ctx, `select retrospectives.incident, title, severity, pipeline, stage, deadline, state from retrospectives
		join knowledge on knowledge.incident = retrospectives.incident where not (? and `+withheld+`)
		order by deadline is null, deadline, detected_at desc, retrospectives.incident desc limit ?`, append(append([]any{public}, args...), max(limit, 0))...)
	return collect(rows, err, "read retrospectives", func(scan func(...any) error) (RetrospectiveRow, error) {
		var r RetrospectiveRow
		var deadline sql.NullInt64
		var text string
		if err := scan(&r.Incident, &r.Title, &r.Severity, &r.Pipeline, &r.Stage, &deadline, &text); err != nil {
			return r, err
		}
		r.Deadline = fromMicros(deadline)
		if err := json.Unmarshal([]byte(text), &r.State); err != nil {
			return r, fmt.Errorf("read the retrospective of %s: %w", r.Incident, err)
		}
		return r, nil
	})
}

// RetrospectivesExpected names the incidents whose retrospective is expected before a time.
func (s *Store) RetrospectivesExpected(ctx context.Context, before time.Time) ([]string, error) {
	rows, err := s.readers.QueryContext(ctx, `select incident from retrospectives where deadline < ? order by deadline, incident`, before.UnixMicro())
	return collect(rows, err, "find retrospectives that are expected", func(scan func(...any) error) (string, error) {
		var id string
		err := scan(&id)
		return id, err
	})
}
