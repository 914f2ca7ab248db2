package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/prevention"
)

// ActionView keeps the corrective actions of all incidents.
type ActionView struct{}

// Name is said in errors.
func (ActionView) Name() string { return "actions" }

// Tables are the view's own tables.
func (ActionView) Tables() []string { return []string{"actions"} }

// Wants the streams of incidents.
func (ActionView) Wants(stream string) bool { return strings.HasPrefix(stream, "PM-") }

// Apply replaces the incident's actions.
func (ActionView) Apply(ctx context.Context, tx *sql.Tx, stream string, entries []journal.Entry) error {
	if _, err := tx.ExecContext(ctx, `delete from actions where incident = ?`, stream); err != nil {
		return err
	}
	state, err := prevention.Fold(entries)
	if err != nil {
		return err
	}
	for _, a := range state.Actions {
		_, err := tx.ExecContext(ctx,
			`insert into actions (incident, id, title, owner, due, state, closed_at) values (?, ?, ?, ?, ?, ?, ?)`,
			stream, a.ID, a.Title, string(a.Owner), a.Due, actionState(a), marked(a.Closed))
		if err != nil {
			return err
		}
	}
	return nil
}

func actionState(a prevention.Action) string {
	if a.Closed != nil {
		return "closed"
	}
	return "open"
}

// ActionRow is a corrective action as the lists show it.
type ActionRow struct {
	Incident string
	ID       string // within the incident: "A1"
	Title    string
	Owner    string // a person's id
	Due      string // a day, "2025-10-01"
	State    string // "open" or "closed"
	ClosedAt time.Time
}

// Actions gives the actions of all incidents, the earliest due first; only
// the open ones if so wanted.
func (s *Store) Actions(ctx context.Context, openOnly bool) ([]ActionRow, error) {
	rows, err := s.readers.QueryContext(ctx, `select incident, id, title, owner, due, state, closed_at from actions
		where (not ? or state = 'open') order by due, incident, id`, openOnly)
	return collect(rows, err, "read actions", func(scan func(...any) error) (ActionRow, error) {
		var a ActionRow
		var closed sql.NullInt64
		err := scan(&a.Incident, &a.ID, &a.Title, &a.Owner, &a.Due, &a.State, &closed)
		a.ClosedAt = fromMicros(closed)
		return a, err
	})
}
