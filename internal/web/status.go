package web

import (
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// PublicationStatus says how far a postmortem is from being published: who is to do what, and how long is left.
type PublicationStatus struct {
	Incident string            `json:"incident"`
	Stage    postmortem.Stage  `json:"stage"`
	Revision int               `json:"revision"`
	Living   bool              `json:"living,omitempty"`   // the journal writes it
	Problems int               `json:"problems,omitempty"` // that the lint finds and nobody has overruled
	Due      *time.Time        `json:"due,omitempty"`
	Left     string            `json:"left,omitempty"` // until it is due, as people say it; how long it is over with a minus
	Steps    []PublicationStep `json:"steps"`

	left    time.Duration
	waiting bool
}

// PublicationState is where a step of the publication stands.
type PublicationState string

// The states of a step.
const (
	PublicationDone   PublicationState = "done"
	PublicationNow    PublicationState = "now"   // somebody is to do it
	PublicationLater  PublicationState = "later" // another comes first
	PublicationFailed PublicationState = "failed"
)

// PublicationStep is a step on the way to publication.
type PublicationStep struct {
	Name  string           `json:"name"` // write, submit, approve, publish, push
	Text  string           `json:"text,omitempty"`
	State PublicationState `json:"state"`
	Who   []string         `json:"who,omitempty"` // who is to do it, or has done it
	At    *time.Time       `json:"at,omitempty"`
	Error string           `json:"error,omitempty"` // what keeps it back, in English

	say phrase.Sentence
}

// In says the status in a language.
func (s PublicationStatus) In(l phrase.Lang) PublicationStatus {
	s.Steps = slices.Clone(s.Steps)
	for i := range s.Steps {
		s.Steps[i].Text = s.Steps[i].say.In(l)
	}
	if s.waiting {
		s.Left = phrase.Duration(l, s.left.Abs())
		if s.left < 0 {
			s.Left = "-" + s.Left
		}
	}
	return s
}

// StatusOf tells the status of an incident's publication.
func StatusOf(c Case, d Draft, persons []people.Person, now time.Time) PublicationStatus {
	pm := c.Analysis
	s := PublicationStatus{
		Incident: c.Incident.ID, Stage: pm.Stage(), Revision: pm.Revision, Living: d.Living, Problems: len(postmortem.OpenProblems(d.Problems)), Steps: []PublicationStep{},
	}
	if k := c.Incident.Clock(incident.ClockPublish); k != nil && k.StoppedAt == nil {
		s.Due, s.left, s.waiting = &k.DueAt, k.DueAt.Sub(now), true
	}
	if !d.Written() && !c.Incident.Policy.Postmortem {
		return s
	}
	who := namesOf(persons)
	s.Steps = append(s.Steps, writeStep(c, d, who), submitStep(c, who))
	s.Steps = append(s.Steps, approveSteps(c, persons, who)...)
	s.Steps = append(s.Steps, effectSteps(c)...)
	first := true // of what is open, the first is to be done now; approvals together
	for i := range s.Steps {
		step := &s.Steps[i]
		if step.State != PublicationLater {
			continue
		}
		if first || step.Name == "approve" && i > 0 && s.Steps[i-1].Name == "approve" && s.Steps[i-1].State == PublicationNow {
			step.State = PublicationNow
		}
		first = false
	}
	return s
}

// leadNames are who leads the incident, or may.
func leadNames(c Case, who names) []string {
	if l := c.Incident.Lead; l != nil && l.Refused == nil {
		return []string{who.Of(l.To)}
	}
	if c.Incident.Opened.Lead != "" {
		return []string{who.Of(c.Incident.Opened.Lead)}
	}
	return nil
}

// writeStep is done when people have kept what the journal wrote, or their own words.
func writeStep(c Case, d Draft, who names) PublicationStep {
	step := PublicationStep{Name: "write", State: PublicationLater, Who: leadNames(c, who), say: phrase.Of("status.write")}
	switch pm := c.Analysis; {
	case pm.Revision > 0:
		step.State, step.Who, step.At = PublicationDone, []string{who.Of(pm.WrittenBy)}, &pm.WrittenAt
		step.say = phrase.Of("status.written", pm.Revision)
	case d.Living:
		step.say = phrase.Of("status.living")
	}
	return step
}

func submitStep(c Case, who names) PublicationStep {
	pm := c.Analysis
	step := PublicationStep{Name: "submit", State: PublicationLater, Who: leadNames(c, who), say: phrase.Of("status.submit")}
	if m := pm.Submitted; m != nil {
		step.State, step.Who, step.At = PublicationDone, []string{who.Of(m.By)}, &m.At
	}
	if n := len(pm.Requests); n > 0 && pm.Submitted == nil && pm.Requests[n-1].Revision == pm.Revision {
		step.say = phrase.Of("status.sent-back", who.Of(pm.Requests[n-1].By))
	}
	return step
}

// approveSteps are one for each domain of the quorum, and one for what else it takes.
func approveSteps(c Case, persons []people.Person, who names) []PublicationStep {
	q, pm := c.Incident.Policy.Board, c.Analysis
	var steps []PublicationStep
	rest := slices.Clone(pm.Approvals)
	for _, d := range q.Domains {
		step := PublicationStep{Name: "approve", State: PublicationLater, say: phrase.Of("status.approve", domainName(d)), Who: mayGive(pm, persons, who, d)}
		if i := slices.IndexFunc(rest, func(a postmortem.Approval) bool { return a.Domain == d }); i >= 0 {
			step.State, step.Who, step.At = PublicationDone, []string{who.Of(rest[i].By)}, &rest[i].At
			rest = slices.Delete(slices.Clone(rest), i, i+1)
		}
		steps = append(steps, step)
	}
	for n := len(q.Domains); n < q.Members; n++ {
		step := PublicationStep{Name: "approve", State: PublicationLater, say: phrase.Of("status.approve-member"), Who: mayGive(pm, persons, who, "")}
		if len(rest) > 0 {
			step.State, step.Who, step.At = PublicationDone, []string{who.Of(rest[0].By)}, &rest[0].At
			rest = rest[1:]
		}
		steps = append(steps, step)
	}
	return steps
}

// mayGive are the members of the board, of a domain where one is asked for, who did not write the document.
func mayGive(pm postmortem.State, persons []people.Person, who names, d people.Domain) []string {
	var list []string
	for _, p := range persons {
		if p.Role == people.Board && (d == "" || p.Domain == d) && !slices.Contains(pm.Authors, p.ID) {
			list = append(list, who.Of(p.ID))
		}
	}
	return list
}

// effectSteps are what Safelight does itself when the board has approved: the commit, and the push where a remote is set.
func effectSteps(c Case) []PublicationStep {
	publish := PublicationStep{Name: "publish", State: PublicationLater, say: phrase.Of("status.publish")}
	if p := c.Analysis.Publication; p != nil && c.Analysis.Stage() == postmortem.StagePublished {
		publish.State, publish.At = PublicationDone, &p.At
	}
	steps := []PublicationStep{publish}
	for _, e := range c.Effects {
		switch {
		case e.Kind == postmortem.EffectPublish && publish.State != PublicationDone:
			steps[0].fail(e)
		case strings.Contains(e.Kind, "push"):
			push := PublicationStep{Name: "push", State: PublicationLater, say: phrase.Of("status.push")}
			push.fail(e)
			steps = append(steps, push)
		}
	}
	return steps
}

// fail says what keeps an effect back. It is retried all the same.
func (s *PublicationStep) fail(e Effect) {
	s.State = PublicationNow
	if e.LastError != "" {
		s.State, s.Error = PublicationFailed, e.LastError
	}
}
