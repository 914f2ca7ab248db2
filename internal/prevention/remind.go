package prevention

import (
	"fmt"
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
	Escalated Level = "action-escalated" // the incident's lead too, a week later
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

// RemindActions tells the owners of actions that are nearly due or late. It comes every hour and gives nothing when nothing is due.
type RemindActions struct{}

func (RemindActions) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	if !env.By.System {
		return journal.Change{}, fmt.Errorf("remind the owners of actions of %s: %w", inc.ID, journal.ErrForbidden)
	}
	var change journal.Change
	for i, a := range s.Actions {
		reminded := ActionReminded{a.ID, a.Level(env.Now), a.Due}
		if reminded.Level == "" || a.Reminded == reminded {
			continue
		}
		change.Events = append(change.Events, event(inc, env, TypeActionReminded, reminded).Events...)
		for _, to := range told(a, reminded.Level, inc) {
			e := incident.InformEffect{Incident: inc.ID, What: string(reminded.Level), Number: i + 1, To: to}
			key := fmt.Sprintf("%s:%s:%s-%s-%s/%s", inc.ID, incident.EffectInform, e.What, a.ID, a.Due, to)
			change.Effects = append(change.Effects, journal.Effect{Kind: incident.EffectInform, Key: key, Stream: inc.ID, Data: e})
		}
	}
	return change, nil
}

// told are those who hear of a reminder: the owner, and the lead of the incident where it escalates.
func told(a Action, level Level, inc incident.State) []people.ID {
	if level == Escalated {
		return others(inc, a, "")
	}
	return []people.ID{a.Owner}
}
