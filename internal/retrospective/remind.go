package retrospective

import (
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// Level is how late a retrospective is.
type Level string

// The levels at which it is recalled.
const (
	Soon Level = "retrospective-soon" // nearly due, and not scheduled: once
	Late Level = "retrospective-late" // its day is over, and there are no minutes: at once, and each week until there are
)

const (
	soonBefore = 2 * 24 * time.Hour
	lateAfter  = 24 * time.Hour // minutes take a day
	again      = 7 * 24 * time.Hour
)

// expected tells what is to be recalled at a time, the how manieth time.
func (s State) expected(inc incident.State, now time.Time) Reminded {
	at := s.Deadline(inc)
	if at.IsZero() {
		return Reminded{}
	}
	day := at.UTC().Format(time.DateOnly)
	switch late := now.Sub(at); {
	case late >= lateAfter:
		return Reminded{Late, day, 1 + int((late-lateAfter)/again)}
	case late >= -soonBefore && s.Schedule == nil:
		return Reminded{Soon, day, 1}
	}
	return Reminded{}
}

// Remind tells the lead and the facilitator of what is nearly due or late. It comes every hour and gives nothing when nothing is due.
type Remind struct{}

func (Remind) decide(s situation) (journal.Change, error) {
	if !s.env.By.System {
		return journal.Change{}, fmt.Errorf("remind of the retrospective of %s: %w", s.inc.ID, journal.ErrForbidden)
	}
	r := s.expected(s.inc, s.env.Now)
	if r.Level == "" || r == s.Reminded {
		return journal.Change{}, nil
	}
	change := journal.Change{Events: []journal.Draft{s.event(TypeReminded, r)}}
	for _, to := range s.told() {
		s.inform(&change, string(r.Level), fmt.Sprint(r.Day, "-", r.Times), to)
	}
	return change, nil
}

// told are those who see to it: the lead, and the facilitator once there is one.
func (s situation) told() (to []people.ID) {
	lead := s.inc.LeadID()
	if lead == "" {
		lead = s.inc.Opened.Lead
	}
	if lead != "" {
		to = append(to, lead)
	}
	if s.Schedule != nil && s.Schedule.Facilitator != lead {
		to = append(to, s.Schedule.Facilitator)
	}
	return to
}

// IsLate tells whether a day that was expected is over.
func IsLate(deadline, now time.Time) bool {
	return !deadline.IsZero() && now.Sub(deadline) >= lateAfter
}
