package store

import (
	"context"
	"database/sql"
	"fmt"
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
		var link prevention.Link
		if a.Link != nil {
			link = *a.Link
		}
		_, err := tx.ExecContext(ctx,
			`insert into actions (incident, id, title, owner, due, state, closed_at, tracker, issue, conflicts) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			stream, a.ID, a.Title, string(a.Owner), a.Due, actionState(a), marked(a.Closed), link.Tracker, link.Key, len(a.Conflicts))
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
	// Tracker and Issue are where it stands too, empty where it does not; Conflicts is how many somebody has to choose about.
	Tracker, Issue string
	Conflicts      int
}

const actionFields = `incident, id, title, owner, due, state, closed_at, tracker, issue, conflicts`

func readAction(scan func(...any) error) (ActionRow, error) {
	var a ActionRow
	var closed sql.NullInt64
	err := scan(&a.Incident, &a.ID, &a.Title, &a.Owner, &a.Due, &a.State, &closed, &a.Tracker, &a.Issue, &a.Conflicts)
	a.ClosedAt = fromMicros(closed)
	return a, err
}

// Actions gives the actions of all incidents, the earliest due first; only
// the open ones if so wanted.
func (s *Store) Actions(ctx context.Context, openOnly bool) ([]ActionRow, error) {
	rows, err := s.readers.QueryContext(ctx, `select `+actionFields+` from actions
		where (not ? or state = 'open') order by due, incident, id`, openOnly)
	return collect(rows, err, "read actions", readAction)
}

// ActionOf finds the action that has an issue, or gives [journal.ErrNotFound].
func (s *Store) ActionOf(ctx context.Context, tracker, issue string) (ActionRow, error) {
	rows, err := s.readers.QueryContext(ctx, `select `+actionFields+` from actions where tracker = ? and issue = ? limit 1`, tracker, issue)
	list, err := collect(rows, err, "find the action of an issue", readAction)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("find the action of issue %s in %s: %w", issue, tracker, journal.ErrNotFound)
	}
	if err != nil {
		return ActionRow{}, err
	}
	return list[0], nil
}
