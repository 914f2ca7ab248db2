package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// PolicyNow is what a severity does, and who would be paged if an incident opened at this moment.
type PolicyNow struct {
	Severity pipeline.Severity
	Policy   pipeline.Policy
	Steps    []StepNow // of the policy's escalation, in their order
	Fallback []TargetNow
}

// StepNow is a step of an escalation.
type StepNow struct {
	pipeline.EscalationStep
	Targets []TargetNow
}

// TargetNow is who stands behind a target.
type TargetNow struct {
	Target pipeline.Target
	People []ReachNow
}

// ReachNow is a person, and by which methods; none is somebody who cannot be reached.
type ReachNow struct {
	Name    string
	Methods []string
}

// escalationModel is the page of escalation policies.
type escalationModel struct {
	frame
	Policies []policyView
}

// policyView is one severity.
type policyView struct {
	Severity pipeline.Severity
	Terms    []fact
	Steps    []stepView
}

// stepView is a step, the rounds and the fallback among them.
type stepView struct {
	When    string
	Targets []targetView
	Again   bool // it is what follows the steps
}

type targetView struct {
	Name   string
	People []reachView
}

type reachView struct {
	Name, Ways string
	NoWay      bool
}

func (s *Server) escalationPage(w http.ResponseWriter, v *visit) error {
	list, err := s.onCall.Policies(v.Context())
	if err != nil {
		return err
	}
	m := escalationModel{frame: s.frame(v, v.say("escalation.title"))}
	for _, p := range list {
		m.Policies = append(m.Policies, m.policy(p))
	}
	return s.render(w, "escalation", http.StatusOK, m)
}

func (m escalationModel) policy(p PolicyNow) policyView {
	e := p.Policy.Escalate()
	view := policyView{Severity: p.Severity, Terms: m.terms(p.Policy)}
	for i, step := range p.Steps {
		when := m.Say("escalation.at-once")
		if step.After > 0 {
			when = m.Say("escalation.after", phrase.Duration(m.Lang, step.After))
			if i == 0 {
				when = m.Say("escalation.first-after", phrase.Duration(m.Lang, step.After))
			}
		}
		view.Steps = append(view.Steps, stepView{When: when, Targets: m.targets(step.Targets)})
	}
	if len(view.Steps) == 0 {
		return view
	}
	if e.Repeat > 0 {
		view.Steps = append(view.Steps, stepView{When: m.Say("escalation.repeat", e.Repeat, phrase.Duration(m.Lang, e.Pause())), Again: true})
	}
	view.Steps = append(view.Steps, stepView{When: m.Say("escalation.fallback"), Targets: m.targets(p.Fallback), Again: true})
	return view
}

func (m escalationModel) targets(list []TargetNow) []targetView {
	var views []targetView
	for _, t := range list {
		view := targetView{Name: m.target(t.Target)}
		for _, r := range t.People {
			ways := make([]string, len(r.Methods))
			for i, name := range r.Methods {
				if ways[i] = name; phrase.Known(phrase.Key("method." + name)) {
					ways[i] = m.Say("method." + name)
				}
			}
			view.People = append(view.People, reachView{r.Name, strings.Join(ways, ", "), len(ways) == 0})
		}
		views = append(views, view)
	}
	return views
}

func (m escalationModel) target(t pipeline.Target) string {
	if name, ok := t.Schedule(); ok {
		return m.Say("escalation.on-call", name)
	}
	if login, ok := t.Login(); ok {
		return "@" + login
	}
	return m.Say("duty." + string(t.Duty()))
}

// terms says what else the severity does.
func (m escalationModel) terms(p pipeline.Policy) []fact {
	containment := m.Say("escalation.containment." + string(p.Containment))
	if p.ApproveContainment && p.Containment != pipeline.Automatic {
		containment = m.Say("escalation.containment.two", containment)
	}
	list := []fact{{m.Say("escalation.containment"), containment}}
	for _, c := range []struct {
		name string
		span string
	}{{"contain", span(m.Lang, p.Contain)}, {"publish", span(m.Lang, p.Publish)}, {"prevent", span(m.Lang, p.Prevent)}, {"legal", span(m.Lang, p.Legal)}} {
		if c.span != span(m.Lang, 0) {
			list = append(list, fact{m.Say("escalation.clock", phrase.Of(phrase.Key("clock."+c.name))), c.span})
		}
	}
	if q := p.Escalation.Quiet; q != nil {
		list = append(list, fact{m.Say("escalation.quiet"), m.Say("escalation.quiet.hours", q.From, q.Until, q.TimeZone)})
	}
	var board []string
	for _, d := range p.Board.Domains {
		board = append(board, string(d))
	}
	if len(board) == 0 && p.Board.Members > 0 {
		board = []string{m.Say("escalation.members", p.Board.Members)}
	}
	if len(board) > 0 {
		list = append(list, fact{m.Say("escalation.board"), strings.Join(board, " + ")})
	}
	return slices.Clip(list)
}
