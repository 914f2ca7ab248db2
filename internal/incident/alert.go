package incident

import (
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// AlertJoined says that another alert belongs to the incident: its group is
// that of the alert that opened it.
type AlertJoined struct {
	Duty         people.Duty       `json:"duty"`
	Fingerprint  string            `json:"fingerprint"`
	Source       string            `json:"source"` // by which way it came
	Name         string            `json:"name"`
	Severity     pipeline.Severity `json:"severity"`
	UnknownLabel string            `json:"unknownLabel,omitempty"` // the severity label that no policy knows
	ActiveAt     time.Time         `json:"activeAt"`
	Labels       map[string]string `json:"labels,omitempty"`
	// Last says that further alerts are counted with the alerts, not written here.
	Last bool `json:"last,omitempty"`
}

// AlertsResolved says that the last alert of the incident has ended. It is a
// fact and resolves nothing: that the cause is gone is for people to say.
type AlertsResolved struct {
	Duty  people.Duty `json:"duty"`
	Count int         `json:"count"` // alerts that the incident had in all
}

// Limits of the events about alerts in one incident: a storm or a flapping
// alert must not fill the journal. The alerts themselves are records.
const (
	maxJoined   = 50
	maxResolved = 20
)

// JoinAlert adds an alert to the incident of its group. A higher severity
// raises the incident's. Only the system joins alerts.
type JoinAlert struct {
	AlertJoined
	Policy pipeline.Policy // of the alert's severity
}

func (c JoinAlert) decide(s State, env Env) (journal.Change, error) {
	if !env.By.System {
		return journal.Change{}, fmt.Errorf("join an alert to %s: %w", s.ID, journal.ErrForbidden)
	}
	if err := s.stillOpen("join"); err != nil {
		return journal.Change{}, err
	}
	c.Duty = people.MonitorBot
	d := decideOn(s.ID, env)
	if s.AlertsJoined < maxJoined {
		c.Last = s.AlertsJoined == maxJoined-1
		d.event(TypeAlertJoined, c.AlertJoined)
	}
	if c.Severity < s.Severity { // S0 is the highest
		d.event(TypeSeverityChanged, SeverityChanged{
			Duty: people.MonitorBot, From: s.Severity, To: c.Severity, Policy: c.Policy, Alert: c.Name,
			Reason: fmt.Sprintf("alert %s has severity %s", c.Name, c.Severity),
		})
		ChangeSeverity{To: c.Severity, Policy: c.Policy}.react(d, s)
	}
	return d.change, nil
}

// EndAlerts records that no alert of the incident fires any more. Only the
// system does so.
type EndAlerts struct {
	Count int // alerts that the incident had in all
}

func (c EndAlerts) decide(s State, env Env) (journal.Change, error) {
	if !env.By.System {
		return journal.Change{}, fmt.Errorf("end the alerts of %s: %w", s.ID, journal.ErrForbidden)
	}
	if s.Closed != nil || s.AlertsEnded >= maxResolved {
		return journal.Change{}, nil
	}
	return decideOn(s.ID, env).event(TypeAlertsResolved, AlertsResolved{people.MonitorBot, c.Count}).change, nil
}

// applyAlert folds what alerts did after the first opened the incident.
func (s *State) applyAlert(e journal.Entry) {
	switch e.Type {
	case TypeAlertJoined:
		s.AlertsJoined++
	case TypeAlertsResolved:
		s.AlertsEnded++
	}
}
