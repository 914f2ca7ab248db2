package web

import (
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// decision is the one thing to do next, as the page offers it.
type decision struct {
	Say    phrase.Sentence // the words on the button
	Why    phrase.Sentence // what it does, in a sentence
	Verb   string          // the form's verb; empty where there is no form
	Link   string          // the part of the page where it is done, instead of a form
	Hidden []hiddenField
	Ask    string // key of a text to ask for, form.KEY; empty asks nothing
	Field  string // the name of that text
	Must   bool   // the text is required
	Mine   bool   // the visitor may take it
	Whose  phrase.Sentence
	Urgent bool
}

type hiddenField struct{ Name, Value string }

// step looks at a case and says the decision that it stands for, if it is due.
type step func(c Case, a people.Actor) (decision, bool)

// nextDecision gives the first decision that is due, in the order of an
// incident's life; what waits for the visitor in person comes first.
func nextDecision(c Case, a people.Actor) decision {
	if c.Incident.Closed != nil {
		return decision{Why: phrase.Of("page.next.closed")}
	}
	steps := []step{
		answerLead, acknowledge, approveContainment, contain, awaitProbe, seeUpdate, fileImpact, tellBoard, completeAnalysis,
		findCauses, planActions, draft, submit, approve, awaitPublication, resolve, undo, closeCase,
	}
	for _, s := range steps {
		if d, due := s(c, a); due {
			return d
		}
	}
	return decision{Why: phrase.Of("page.next.nothing")}
}

// offer fills in whether the visitor may take a decision, or else whose it is.
func offer(a people.Actor, p people.Permission, whose people.Duty, d decision) (decision, bool) {
	d.Mine = a.May(p)
	d.Whose = phrase.Of(phrase.Key("duty." + string(whose)))
	return d, true
}

func due(name string, args ...any) decision {
	return decision{Say: phrase.Of(phrase.Key("page.next."+name), args...), Why: phrase.Of(phrase.Key("page.next." + name + ".why"))}
}

func answerLead(c Case, a people.Actor) (decision, bool) {
	l := c.Incident.Lead
	if l == nil || l.To != a.ID || l.Accepted != nil || l.Refused != nil {
		return decision{}, false
	}
	d := due("answer-lead")
	d.Verb, d.Hidden, d.Mine, d.Urgent = "answer-lead", []hiddenField{{"accept", "yes"}}, true, true
	return d, true
}

func acknowledge(c Case, a people.Actor) (decision, bool) {
	if c.Incident.Ack != nil {
		return decision{}, false
	}
	d := due("acknowledge")
	d.Verb, d.Urgent = "acknowledge", true
	return offer(a, people.Respond, people.OnCall, d)
}

// openRoutes are the routes of the incident that still deliver what it is about.
func openRoutes(s incident.State) (routes []string) {
	for _, r := range s.Opened.Routes {
		if _, active := s.Active(r); !active {
			routes = append(routes, r)
		}
	}
	return routes
}

func contain(c Case, a people.Actor) (decision, bool) {
	routes := openRoutes(c.Incident)
	if len(routes) == 0 || c.Incident.Resolved != nil || c.Incident.Contained != nil {
		return decision{}, false
	}
	d := due("contain", routes[0])
	d.Verb = "disable-route"
	if len(routes) > 1 {
		d = due("contain-all", len(routes))
		d.Verb = "disable-routes"
	}
	for _, r := range routes {
		d.Hidden = append(d.Hidden, hiddenField{"route", r})
	}
	d.Ask, d.Field, d.Urgent = "reason.optional", "reason", true
	return offer(a, people.Contain, people.OnCall, d)
}

// approveContainment asks for the second person where the policy wants one.
func approveContainment(c Case, a people.Actor) (decision, bool) {
	for _, m := range c.Incident.Mitigations {
		if m.Status != incident.IsProposed {
			continue
		}
		if m.By == a.ID {
			return decision{Why: phrase.Of("page.next.second-person", MitigationText(m.MitigationRequested))}, true
		}
		d := due("approve-containment", MitigationText(m.MitigationRequested))
		d.Verb, d.Hidden, d.Urgent = "approve-mitigation", []hiddenField{{"id", m.ID}}, true
		return offer(a, people.Contain, people.LeadDuty, d)
	}
	return decision{}, false
}

func awaitProbe(c Case, _ people.Actor) (decision, bool) {
	for _, m := range c.Incident.Mitigations {
		switch m.Status {
		case incident.IsRequested, incident.IsApplied, incident.IsUndoing:
			return decision{Why: phrase.Of("page.next.await-probe", MitigationText(m.MitigationRequested))}, true
		}
	}
	return decision{}, false
}

func seeUpdate(c Case, a people.Actor) (decision, bool) {
	n := len(c.Incident.Updates)
	if n == 0 || !a.May(people.Approve) || slices.Contains(c.Incident.Updates[n-1].SeenBy, a.ID) {
		return decision{}, false
	}
	d := due("see-update")
	d.Link, d.Mine = "updates", true
	return d, true
}

func fileImpact(c Case, a people.Actor) (decision, bool) {
	if c.Incident.Impact != nil {
		return decision{}, false
	}
	d := due("file-impact")
	d.Verb, d.Ask, d.Field = "file-impact", "text.optional", "text"
	return offer(a, people.Respond, people.OnCall, d)
}

// tellBoard asks for the first status update while it burns.
func tellBoard(c Case, a people.Actor) (decision, bool) {
	if len(c.Incident.Updates) > 0 || !c.Incident.Policy.Postmortem || c.Incident.Resolved != nil {
		return decision{}, false
	}
	d := due("update")
	d.Link = "updates"
	return offer(a, people.Respond, people.LeadDuty, d)
}

func completeAnalysis(c Case, a people.Actor) (decision, bool) {
	if c.Incident.Analysed != nil || !c.Incident.Policy.Postmortem {
		return decision{}, false
	}
	d := due("complete-analysis")
	d.Verb, d.Ask, d.Field, d.Must = "complete-analysis", "finding", "text", true
	return offer(a, people.Analyse, people.Analyst, d)
}

func findCauses(c Case, a people.Actor) (decision, bool) {
	missing := func(k postmortem.CauseKind) bool { return len(c.Analysis.CausesOf(k)) == 0 }
	if !c.Incident.Policy.Postmortem || c.Analysis.Stage() != postmortem.StageNone || !slices.ContainsFunc(postmortem.CauseKinds(), missing) {
		return decision{}, false
	}
	d := due("causes")
	d.Link = "analysis"
	return offer(a, people.Analyse, people.Analyst, d)
}

func planActions(c Case, a people.Actor) (decision, bool) {
	if !c.Incident.Policy.Postmortem || len(c.Prevention.Actions) > 0 {
		return decision{}, false
	}
	d := due("actions")
	d.Link = "actions"
	return offer(a, people.Author, people.LeadDuty, d)
}

func draft(c Case, a people.Actor) (decision, bool) {
	if !c.Incident.Policy.Postmortem || c.Analysis.Stage() != postmortem.StageNone {
		return decision{}, false
	}
	d := due("draft")
	d.Verb = "draft-postmortem"
	return offer(a, people.Author, people.LeadDuty, d)
}

func submit(c Case, a people.Actor) (decision, bool) {
	if c.Analysis.Stage() != postmortem.StageDrafting {
		return decision{}, false
	}
	d := due("submit")
	d.Link = "postmortem"
	return offer(a, people.Author, people.LeadDuty, d)
}

func approve(c Case, a people.Actor) (decision, bool) {
	if c.Analysis.Stage() != postmortem.StageSubmitted {
		return decision{}, false
	}
	d := due("approve")
	d.Link = "postmortem"
	d, _ = offer(a, people.Approve, people.Member, d)
	d.Mine = d.Mine && mayApprove(c, a)
	return d, true
}

// mayApprove tells whether an approval by this person would be taken: the
// document is submitted, she did not write it and has not approved it yet.
func mayApprove(c Case, a people.Actor) bool {
	return a.May(people.Approve) && c.Incident.Closed == nil && c.Analysis.Stage() == postmortem.StageSubmitted &&
		!slices.Contains(c.Analysis.Authors, a.ID) &&
		!slices.ContainsFunc(c.Analysis.Approvals, func(p postmortem.Approval) bool { return p.By == a.ID })
}

func awaitPublication(c Case, _ people.Actor) (decision, bool) {
	return decision{Why: phrase.Of("page.next.await-publication")}, c.Analysis.Stage() == postmortem.StageApproved
}

func resolve(c Case, a people.Actor) (decision, bool) {
	if c.Incident.Resolved != nil {
		return decision{}, false
	}
	d := due("resolve")
	d.Verb, d.Ask, d.Field, d.Must = "resolve", "cause-removed", "text", true
	return offer(a, people.Respond, people.LeadDuty, d)
}

func undo(c Case, a people.Actor) (decision, bool) {
	for _, m := range c.Incident.Mitigations {
		if m.Status == incident.IsProven {
			d := due("undo", m.Route)
			switch m.Kind {
			case incident.KindIsolate:
				d = due("put-back", m.Images.Count)
			case incident.KindNoStore:
				d = due("store-again", m.Route)
			case incident.KindRollBack, incident.KindPurge:
				continue // what is good again stays so, and what was forgotten too
			}
			d.Verb, d.Hidden = "undo", []hiddenField{{"id", m.ID}}
			return offer(a, people.Contain, people.OnCall, d)
		}
	}
	return decision{}, false
}

func closeCase(_ Case, a people.Actor) (decision, bool) {
	d := due("close")
	d.Link = "closing"
	return offer(a, people.CloseCase, people.LeadDuty, d)
}

// missingApprovals says which approvals the board still owes.
func missingApprovals(c Case) []phrase.Sentence {
	q := c.Incident.Policy.Board
	var list []phrase.Sentence
	var given []people.Domain
	for _, p := range c.Analysis.Approvals {
		given = append(given, p.Domain)
	}
	for _, d := range q.Domains {
		if !slices.Contains(given, d) {
			list = append(list, domainName(d))
		}
	}
	if more := max(q.Members, len(q.Domains)) - len(given) - len(list); more > 0 {
		list = append(list, phrase.Of("page.board.members", more))
	}
	return list
}

// joined says several sentences as a list.
func joined(l phrase.Lang, list []phrase.Sentence) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = s.In(l)
	}
	return strings.Join(words, ", ")
}
