package incident

import (
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// LeakFound says that the public has got an image with personal data. The
// legal clock starts with it: from then on we know.
type LeakFound struct {
	Duty people.Duty `json:"duty"`
	Item string      `json:"item"` // of the quarantine
}

// Quarantined says that the first image of the incident is out of delivery.
type Quarantined struct {
	Duty  people.Duty `json:"duty"`
	Item  string      `json:"item"`            // of the quarantine
	Probe *Probe      `json:"probe,omitempty"` // nil where no route of ours delivers the pipeline
}

// RecordLeak makes an incident what it is once personal data was public: an
// S0 with a legal clock. Only the system finds leaks.
type RecordLeak struct {
	Item   string
	Policy pipeline.Policy // of S0
}

func (c RecordLeak) decide(s State, env Env) (journal.Change, error) {
	if !env.By.System {
		return journal.Change{}, fmt.Errorf("record a leak in %s: %w", s.ID, journal.ErrForbidden)
	}
	if s.Closed != nil {
		return journal.Change{}, nil
	}
	d := decideOn(s.ID, env)
	if !s.leaked() {
		d.event(TypeLeakFound, LeakFound{people.MonitorBot, c.Item})
	}
	if s.Severity > pipeline.S0 { // S0 is the highest
		d.event(TypeSeverityChanged, SeverityChanged{
			Duty: people.MonitorBot, From: s.Severity, To: pipeline.S0, Policy: c.Policy,
			Reason: fmt.Sprintf("the public has got an image that is held: %s", c.Item),
		})
		ChangeSeverity{To: pipeline.S0, Policy: c.Policy}.react(d, s)
	}
	return d.change, nil
}

// leaked tells whether personal data is known to have been public.
func (s State) leaked() bool { return s.Opened.PersonalData || s.LeakAt != nil }

// RecordQuarantined contains the incident: the image that opened it is out of
// delivery, and those that join it are taken out as they are found.
type RecordQuarantined struct {
	Item  string
	Probe *Probe
}

func (c RecordQuarantined) decide(s State, env Env) (journal.Change, error) {
	if !env.By.System {
		return journal.Change{}, fmt.Errorf("record the quarantine of %s: %w", s.ID, journal.ErrForbidden)
	}
	if s.Closed != nil || s.QuarantinedAt != nil {
		return journal.Change{}, nil
	}
	return decideOn(s.ID, env).event(TypeQuarantined, Quarantined{people.MonitorBot, c.Item, c.Probe}).change, nil
}

// applyQuarantine folds what happened to images that are held.
func (s *State) applyQuarantine(e journal.Entry, mark *Mark) {
	switch e.Type {
	case TypeLeakFound:
		s.LeakAt = &mark.At
		s.startClocks()
	case TypeQuarantined:
		s.QuarantinedAt = &mark.At
		s.contained(mark)
	}
}

// legalFrom is when the legal clock starts, if it does.
func (s State) legalFrom() (time.Time, bool) {
	switch {
	case s.Opened.PersonalData:
		return s.DetectedAt, true
	case s.LeakAt != nil:
		return *s.LeakAt, true
	}
	return time.Time{}, false
}
