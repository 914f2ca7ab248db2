package lesson

import (
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// Level is how late a change is.
type Level string

// The levels at which a change is recalled, each once for a due day.
const (
	Soon      Level = "lesson-soon"      // its owner, two days before
	Late      Level = "lesson-late"      // its owner, once the day is over
	Escalated Level = "lesson-escalated" // the incident's lead too, a week later
)

const (
	soonBefore     = 2 // days before the due day
	escalatedAfter = 7 // days after the due day
)

// Overdue tells whether a change is open after its due day.
func (c Change) Overdue(now time.Time) bool {
	due, err := dueDay(c.Due)
	return err == nil && c.Open() && !now.Before(due.AddDate(0, 0, 1))
}

// Level tells how late an open change is; empty where nothing is to be recalled.
func (c Change) Level(now time.Time) Level {
	due, err := dueDay(c.Due)
	switch {
	case err != nil || !c.Open() || now.Before(due.AddDate(0, 0, -soonBefore)):
		return ""
	case now.Before(due.AddDate(0, 0, 1)):
		return Soon
	case now.Before(due.AddDate(0, 0, 1+escalatedAfter)):
		return Late
	}
	return Escalated
}

// Remind tells the owners of changes that are nearly due or late. It comes every hour and gives nothing when nothing is due.
type Remind struct{}

func (Remind) decide(s situation) (journal.Change, error) {
	if !s.env.By.System {
		return journal.Change{}, fmt.Errorf("remind the owners of what lessons of %s change: %w", s.inc.ID, journal.ErrForbidden)
	}
	var change journal.Change
	for _, l := range s.Lessons {
		for _, c := range l.Changes {
			reminded := ChangeReminded{c.ID, c.Level(s.env.Now), c.Due}
			if reminded.Level == "" || c.Reminded == reminded {
				continue
			}
			change.Events = append(change.Events, s.event(TypeChangeReminded, reminded).Events...)
			for _, to := range s.told(c, reminded.Level) {
				s.inform(&change, string(reminded.Level), l.Number, c.ID+"-"+c.Due, to)
			}
		}
	}
	return change, nil
}

// told are those who hear of a reminder: the owner, and the lead of the incident where it escalates.
func (s situation) told(c Change, level Level) []people.ID {
	to := []people.ID{c.Owner}
	if lead := s.inc.LeadID(); level == Escalated && lead != "" && lead != c.Owner {
		to = append(to, lead)
	}
	return to
}
