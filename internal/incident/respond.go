package incident

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// Open starts an incident under the given id, which the store has allotted.
type Open struct {
	ID string
	Opened
}

func (c Open) decide(s State, env Env) (journal.Change, error) {
	if s.Exists() {
		return journal.Change{}, s.conflict(s.doing("open"), "opened")
	}
	if err := env.By.Require(people.Respond); err != nil {
		return journal.Change{}, err
	}
	if err := text("title", c.Title, true); err != nil {
		return journal.Change{}, err
	}
	c.Duty = people.OnCall
	if env.By.System {
		c.Duty = people.MonitorBot
	}
	d := decideOn(c.ID, env).event(TypeOpened, c.Opened)
	d.escalate(State{}, State{Opened: c.Opened}.begin(c.Policy, env.Crew))
	d.effect(EffectInform, "opened", InformEffect{Incident: c.ID, What: "opened"})
	if c.Policy.Containment == pipeline.Automatic && !c.Quarantine {
		for i, route := range c.Routes {
			requestMitigation(d, MitigationRequested{
				Duty: people.MonitorBot, ID: fmt.Sprintf("M%d", i+1), Kind: KindDisableRoute, Route: route, Automatic: true,
			})
		}
	}
	return d.change, nil
}

// Acknowledge says that a person has taken the incident on. By policy it
// hands over to the lead in the same breath.
type Acknowledge struct{}

func (c Acknowledge) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Respond); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("acknowledge"); err != nil {
		return journal.Change{}, err
	}
	if s.Ack != nil {
		if s.Ack.By == env.By.ID {
			return journal.Change{}, nil // pressing the button twice is no error
		}
		return journal.Change{}, s.conflict(s.doing("acknowledge"), "acknowledged")
	}
	d := decideOn(s.ID, env).event(TypeAcknowledged, By{s.DutyOf(env.By), env.Via}).settle(s, "acknowledged", false)
	if s.Policy.HandOver && s.Lead == nil && s.Opened.Lead != "" && s.Opened.Lead != env.By.ID {
		askLead(d, s, Escalated{Duty: s.DutyOf(env.By), To: s.Opened.Lead, ByPolicy: true})
	}
	return d.change, nil
}

// Escalate hands the incident over to a named lead.
type Escalate struct {
	To   people.ID `json:"to"`
	Text string    `json:"text,omitempty"`
}

func (c Escalate) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Respond); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("escalate"); err != nil {
		return journal.Change{}, err
	}
	if c.To == "" {
		return journal.Change{}, refuse(journal.ErrInvalid, s.doing("escalate"), "name-lead")
	}
	if l := s.Lead; l != nil && l.To == c.To && l.Refused == nil {
		return journal.Change{}, nil // already asked
	}
	d := decideOn(s.ID, env)
	askLead(d, s, Escalated{Duty: s.DutyOf(env.By), To: c.To, Text: c.Text})
	return d.change, text("reason", c.Text, false)
}

func askLead(d *decision, s State, e Escalated) {
	d.event(TypeEscalated, e)
	d.page(s, Paged{To: e.To, Duty: people.LeadDuty, Purpose: ToLead})
}

// AnswerLead is the answer of the person who was asked to lead.
type AnswerLead struct {
	Accept bool   `json:"accept"`
	Text   string `json:"text,omitempty"` // required when refusing
}

func (c AnswerLead) decide(s State, env Env) (journal.Change, error) {
	if err := s.stillOpen("answer"); err != nil {
		return journal.Change{}, err
	}
	if s.Lead == nil || s.Lead.To != env.By.ID {
		return journal.Change{}, refuse(journal.ErrForbidden, s.doing("answer"), "asked-other")
	}
	if s.Lead.Accepted != nil || s.Lead.Refused != nil {
		return journal.Change{}, s.conflict(s.doing("answer"), "answered")
	}
	if c.Accept {
		return decideOn(s.ID, env).event(TypeLeadAccepted, Reasoned{people.LeadDuty, c.Text}).change, nil
	}
	if err := text("refusal", c.Text, true); err != nil {
		return journal.Change{}, err
	}
	d := decideOn(s.ID, env).event(TypeLeadRefused, Reasoned{people.LeadDuty, c.Text})
	// A refusal must not leave the incident without a lead unnoticed: the
	// on-call hears of it.
	d.page(s, Paged{To: s.Opened.OnCall, Duty: people.OnCall, Purpose: ToLead})
	return d.change, nil
}

// ChangeSeverity changes what the policy does from now on.
type ChangeSeverity struct {
	To     pipeline.Severity `json:"to"`
	Policy pipeline.Policy   `json:"policy"` // of the new severity; app fills it in
	Reason string            `json:"reason"`
}

func (c ChangeSeverity) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Respond); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("severity"); err != nil {
		return journal.Change{}, err
	}
	if err := text("reason", c.Reason, true); err != nil {
		return journal.Change{}, err
	}
	if to, known := pipeline.ParseSeverity(string(c.To)); !known || to != c.To {
		return journal.Change{}, refuse(journal.ErrInvalid, s.doing("severity"), "severity", strconv.Quote(string(c.To)))
	}
	if c.To == s.Severity {
		return journal.Change{}, s.conflict(s.doing("severity"), "severity.same", string(c.To))
	}
	d := decideOn(s.ID, env).event(TypeSeverityChanged, SeverityChanged{
		Duty: s.DutyOf(env.By), From: s.Severity, To: c.To, Policy: c.Policy, Reason: c.Reason,
	})
	c.react(d, s)
	return d.change, text("reason", c.Reason, false)
}

// react does what the new severity does at once: whoever it pages and the old
// one did not, the lead where somebody has acknowledged already, and the
// automatic containment.
func (c ChangeSeverity) react(d *decision, s State) {
	switch {
	case s.Ack == nil && s.Resolved == nil: // of what is resolved nobody is woken; reopened, it begins by the new policy
		d.escalate(s, s.begin(c.Policy, d.env.Crew))
	case s.Ack != nil && c.Policy.HandOver && s.Lead == nil && s.Opened.Lead != "" && s.Opened.Lead != s.Ack.By:
		askLead(d, s, Escalated{Duty: s.DutyOf(d.env.By), To: s.Opened.Lead, ByPolicy: true})
	}
	if c.Policy.Containment != pipeline.Automatic || s.Opened.Quarantine {
		return
	}
	n := len(s.Mitigations)
	for _, route := range s.Opened.Routes {
		m, active := s.Active(route)
		if active && m.Status == IsProposed { // harm does not wait for a second person any more
			approve(d, s, m)
		}
		if !active {
			n++
			requestMitigation(d, MitigationRequested{
				Duty: people.MonitorBot, ID: fmt.Sprintf("M%d", n), Kind: KindDisableRoute, Route: route, Automatic: true,
			})
		}
	}
}

// SendUpdate tells the control board where things stand.
type SendUpdate struct {
	Situation  string `json:"situation"`
	Mitigation string `json:"mitigation"`
	Next       string `json:"next"`
}

func (c SendUpdate) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Respond); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("update"); err != nil {
		return journal.Change{}, err
	}
	for _, field := range [][2]string{{"situation", c.Situation}, {"mitigation", c.Mitigation}, {"next", c.Next}} {
		if err := text(field[0], field[1], true); err != nil {
			return journal.Change{}, err
		}
	}
	n := len(s.Updates) + 1
	return decideOn(s.ID, env).
		event(TypeUpdated, Updated{s.DutyOf(env.By), c.Situation, c.Mitigation, c.Next}).
		effect(EffectInform, fmt.Sprintf("update-%d", n), InformEffect{Incident: s.ID, What: "update", Number: n}).change, nil
}

// SeeUpdate is the board's acknowledgement of a status update, counted from 1.
type SeeUpdate struct {
	Number int `json:"number"`
}

func (c SeeUpdate) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Approve); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("see"); err != nil {
		return journal.Change{}, err
	}
	if c.Number < 1 || c.Number > len(s.Updates) {
		return journal.Change{}, refuse(journal.ErrNotFound, s.doing("see"), "no-update", c.Number, len(s.Updates))
	}
	if slices.Contains(s.Updates[c.Number-1].SeenBy, env.By.ID) {
		return journal.Change{}, nil
	}
	return decideOn(s.ID, env).event(TypeUpdateSeen, UpdateSeen(c)).change, nil
}

// AddNote writes a remark into the timeline.
type AddNote struct {
	Text string `json:"text"`
}

func (c AddNote) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Respond); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("note"); err != nil {
		return journal.Change{}, err
	}
	if err := text("note", c.Text, true); err != nil {
		return journal.Change{}, err
	}
	return decideOn(s.ID, env).event(TypeNoted, Reasoned{s.DutyOf(env.By), c.Text}).change, nil
}

// FileImpact files the measured blast radius. It may be filed again when more is known.
type FileImpact struct {
	Impact
}

func (c FileImpact) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Respond); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("impact"); err != nil {
		return journal.Change{}, err
	}
	if c.Affected > c.Checked || c.OverDeltaE > c.Checked || c.OverPalette > c.Checked || c.Checked < 0 {
		return journal.Change{}, refuse(journal.ErrInvalid, s.doing("impact"), "impact")
	}
	c.Impact.Duty = s.DutyOf(env.By)
	n := len(s.Filings) + 1
	return decideOn(s.ID, env).event(TypeImpactFiled, c.Impact).
		effect(EffectCommitImpact, fmt.Sprintf("filed-%d", n), ImpactEffect{s.ID, n}).change, nil
}

// CompleteAnalysis says that the paths by which the harm spread are known.
type CompleteAnalysis struct {
	Text string `json:"text"`
}

func (c CompleteAnalysis) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Analyse); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("analysed"); err != nil {
		return journal.Change{}, err
	}
	if s.Impact == nil {
		return journal.Change{}, s.conflict(s.doing("analysed"), "impact-first")
	}
	if err := text("finding", c.Text, true); err != nil {
		return journal.Change{}, err
	}
	return decideOn(s.ID, env).event(TypeAnalysisCompleted, Reasoned{people.Analyst, c.Text}).change, nil
}
