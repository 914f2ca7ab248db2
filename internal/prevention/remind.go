package prevention

import (
	"fmt"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// TypeActionReminded is the event of a reminder of an action.
const TypeActionReminded = "prevention.action-reminded"

// Level is how late an action is.
type Level string

// The levels at which an action is recalled, each once for a due day.
const (
	Soon      Level = "action-soon"      // its owner, two days before
	Late      Level = "action-late"      // its owner, once the day is over
	Escalated Level = "action-escalated" // the incident's lead too, a week later, and each week from then on
)

const (
	soonBefore     = 2 // days before the due day
	escalatedAfter = 7 // days after the due day
)

// ActionReminded says that somebody was told of an action, and of which due day.
type ActionReminded struct {
	ID    string `json:"id"`
	Level Level  `json:"level"`
	Due   string `json:"due"`
	Weeks int    `json:"weeks,omitempty"` // since it was escalated
}

// Level tells how late an open action is; empty where nothing is to be recalled.
func (a Action) Level(now time.Time) Level {
	due, err := time.Parse(DateLayout, a.Due)
	switch {
	case err != nil || a.Closed != nil || now.Before(due.AddDate(0, 0, -soonBefore)):
		return ""
	case now.Before(due.AddDate(0, 0, 1)):
		return Soon
	case now.Before(due.AddDate(0, 0, 1+escalatedAfter)):
		return Late
	}
	return Escalated
}

// reminder is what is to be said of an action now; its level is empty where nothing is.
func (a Action) reminder(now time.Time) ActionReminded {
	r := ActionReminded{ID: a.ID, Level: a.Level(now), Due: a.Due}
	if due, err := time.Parse(DateLayout, a.Due); err == nil && r.Level == Escalated {
		r.Weeks = int(now.Sub(due.AddDate(0, 0, 1+escalatedAfter)) / (7 * 24 * time.Hour))
	}
	return r
}

// RemindActions tells the owners of actions that are nearly due or late. It comes every hour and gives nothing when nothing is due.
type RemindActions struct{}

func (RemindActions) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	if !env.By.System {
		return journal.Change{}, fmt.Errorf("remind the owners of actions of %s: %w", inc.ID, journal.ErrForbidden)
	}
	var change journal.Change
	for i, a := range s.Actions {
		reminded := a.reminder(env.Now)
		if reminded.Level == "" || a.Reminded == reminded {
			continue
		}
		change.Events = append(change.Events, event(inc, env, TypeActionReminded, reminded).Events...)
		tell(&change, inc, i+1, string(reminded.Level), env, told(a, reminded.Level, inc, env))
	}
	return change, nil
}

// told are those who hear of a reminder: the owner, and where it escalates the lead of the incident, or the administrators where nobody
// has taken it on.
func told(a Action, level Level, inc incident.State, env incident.Env) []people.ID {
	if level != Escalated {
		return []people.ID{a.Owner}
	}
	to := others(inc, a, "")
	if lead := inc.Lead; lead == nil || lead.Accepted == nil {
		for _, admin := range env.Crew.Admins {
			if !slices.Contains(to, admin) {
				to = append(to, admin)
			}
		}
	}
	return to
}
