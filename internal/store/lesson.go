package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/lesson"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// LessonView keeps the lessons of all incidents.
type LessonView struct{}

// Name is said in errors.
func (LessonView) Name() string { return "lessons" }

// Tables are the view's own tables.
func (LessonView) Tables() []string { return []string{"lessons"} }

// Wants the streams of incidents.
func (LessonView) Wants(stream string) bool { return strings.HasPrefix(stream, "PM-") }

// Apply replaces the incident's lessons.
func (LessonView) Apply(ctx context.Context, tx *sql.Tx, stream string, entries []journal.Entry) error {
	if _, err := tx.ExecContext(ctx, `delete from lessons where incident = ?`, stream); err != nil {
		return err
	}
	state, err := lesson.Fold(entries)
	if err != nil {
		return err
	}
	for _, l := range state.Lessons {
		text, err := json.Marshal(l)
		if err != nil {
			return fmt.Errorf("encode lesson %d of %s: %w", l.Number, stream, err)
		}
		open := 0
		for _, c := range l.Changes {
			if c.Open() {
				open++
			}
		}
		if _, err := tx.ExecContext(ctx, `insert into lessons (incident, number, at, open, lesson) values (?, ?, ?, ?, ?)`,
			stream, l.Number, l.At.UnixMicro(), open, string(text)); err != nil {
			return err
		}
	}
	return nil
}

// LessonRow is a lesson with the incident that taught it.
type LessonRow struct {
	Incident, Title, Severity, Pipeline string
	lesson.Lesson
}

// Lessons gives up to limit lessons, the newest first. Public keeps those of restricted postmortems out.
func (s *Store) Lessons(ctx context.Context, public bool, policy postmortem.RestrictPolicy, limit int) ([]LessonRow, error) {
	withheld, args, err := withheldBy(policy)
	if err != nil {
		return nil, err
	}
	rows, err := s.readers.QueryContext(ctx, `select lessons.incident, title, severity, pipeline, lesson from lessons
		join knowledge on knowledge.incident = lessons.incident where not (? and `+withheld+`)
		order by at desc, lessons.incident desc, number limit ?`, append(append([]any{public}, args...), max(limit, 0))...)
	return collect(rows, err, "read lessons", func(scan func(...any) error) (LessonRow, error) {
		var r LessonRow
		var text string
		if err := scan(&r.Incident, &r.Title, &r.Severity, &r.Pipeline, &text); err != nil {
			return r, err
		}
		if err := json.Unmarshal([]byte(text), &r.Lesson); err != nil {
			return r, fmt.Errorf("read a lesson of %s: %w", r.Incident, err)
		}
		return r, nil
	})
}

// LessonsToFollow names the incidents of which a lesson is still to change something.
func (s *Store) LessonsToFollow(ctx context.Context) ([]string, error) {
	rows, err := s.readers.QueryContext(ctx, `select distinct incident from lessons where open > 0 order by incident`)
	return collect(rows, err, "find lessons that are followed up", func(scan func(...any) error) (string, error) {
		var id string
		err := scan(&id)
		return id, err
	})
}
