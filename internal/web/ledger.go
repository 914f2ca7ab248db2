package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// ledgerModel is the page ledger of one incident: who was to be paged, by what, and what became of it.
type ledgerModel struct {
	frame
	ID, Name string // of the incident
	Summary  []fact
	Pages    []pageView
	detected time.Time
}

// fact is a name with a value.
type fact struct{ Name, Value string }

// pageView is one page to one person.
type pageView struct {
	To, Duty, Purpose string
	Step              string // of the escalation; empty for one that is no step
	Planned           string
	Ack               string // when this person acknowledged, with the time that it took
	Ways              []wayView
}

// wayView is what became of a page by one method.
type wayView struct {
	Method             string
	Status             incident.PageStatus
	StatusText         string
	Begun, Accepted    string
	Delivered, Latency string
	Facts, Problem     string
}

func (s *Server) ledgerPage(w http.ResponseWriter, v *visit) error {
	c, persons, err := s.caseAndPeople(v.Context(), v.PathValue("id"))
	if err != nil {
		return err
	}
	m := ledgerModel{frame: s.frame(v, v.say("ledger.title", c.Incident.ID)), ID: c.Incident.ID, Name: c.Incident.Opened.Title, detected: c.Incident.DetectedAt}
	lines := LedgerOf(c, persons)
	for rest := lines; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Key == rest[0].Key {
			n++
		}
		m.Pages, rest = append(m.Pages, m.page(rest[:n])), rest[n:]
	}
	m.Summary = m.summary(c, lines, namesOf(persons))
	return s.render(w, "ledger", http.StatusOK, m)
}

func (m ledgerModel) page(lines []LedgerLine) pageView {
	l := lines[0]
	view := pageView{To: l.Name, Duty: m.Say("duty." + string(l.Duty)), Purpose: m.Say("page.purpose." + string(l.Purpose)), Planned: m.moment(l.PlannedAt)}
	if l.Clock != "" {
		view.Purpose = m.Say("ledger.clock", view.Purpose, phrase.Of(phrase.Key("clock."+string(l.Clock))))
	}
	if l.Step != nil {
		view.Step = m.Say("ledger.step", l.Step.Step+1, l.Step.Round+1)
	}
	if l.AcknowledgedAt != nil {
		view.Ack = m.Say("ledger.acknowledged", m.moment(*l.AcknowledgedAt), phrase.Latency(m.Lang, l.AcknowledgedAt.Sub(l.PlannedAt)))
	}
	for _, way := range lines {
		view.Ways = append(view.Ways, m.way(way))
	}
	return view
}

func (m ledgerModel) way(l LedgerLine) wayView {
	view := wayView{Method: m.method(l.Method), Status: l.Status, StatusText: m.Say("page.paging." + string(l.Status)), Problem: l.Problem}
	if l.SentAt != nil {
		view.Begun = m.moment(*l.SentAt)
	}
	if l.AcceptedAt != nil {
		view.Accepted, view.Latency = m.moment(*l.AcceptedAt), phrase.Latency(m.Lang, l.AcceptedAt.Sub(l.PlannedAt))
		view.Delivered = m.Say("ledger.unknown")
		if l.Delivered {
			view.Delivered = view.Accepted
		}
	}
	if l.Attempts > 1 {
		view.Facts = m.Say("ledger.attempts", l.Attempts)
	}
	if l.Together > 1 {
		view.Facts = joinFacts(view.Facts, m.Say("ledger.together", l.Together))
	}
	return view
}

// LedgerLine is what became of a page to one person by one method.
type LedgerLine struct {
	Key            string              `json:"key"` // of the page
	To             people.ID           `json:"to"`
	Name           string              `json:"name"`
	Duty           people.Duty         `json:"duty"`
	Purpose        incident.Purpose    `json:"purpose"`
	Clock          incident.ClockName  `json:"clock,omitempty"`
	Step           *incident.StepRef   `json:"step,omitempty"`
	Method         string              `json:"method"`
	Status         incident.PageStatus `json:"status"`
	PlannedAt      time.Time           `json:"plannedAt"`
	SentAt         *time.Time          `json:"sentAt,omitempty"`     // when the sending began that ended it
	AcceptedAt     *time.Time          `json:"acceptedAt,omitempty"` // when the channel had taken it
	Delivered      bool                `json:"delivered,omitempty"`  // the channel says that it has arrived
	AcknowledgedAt *time.Time          `json:"acknowledgedAt,omitempty"`
	Attempts       int                 `json:"attempts,omitempty"`
	Together       int                 `json:"together,omitempty"` // pages in the same message
	Receipt        string              `json:"receipt,omitempty"`  // the channel's name for the message
	Problem        string              `json:"problem,omitempty"`
}

// LedgerOf gives the page ledger of an incident in the order of its pages.
func LedgerOf(c Case, persons []people.Person) []LedgerLine {
	who := namesOf(persons)
	list := []LedgerLine{}
	for _, p := range c.Incident.Pages {
		line := LedgerLine{Key: p.Key, To: p.To, Name: who.Of(p.To), Duty: p.Duty, Purpose: p.Purpose, Clock: p.Clock, Step: p.Step, PlannedAt: p.PlannedAt}
		if ack := c.Incident.Ack; ack != nil && p.Purpose == incident.ToAcknowledge && ack.By == p.To && !ack.At.Before(p.PlannedAt) {
			line.AcknowledgedAt = &ack.At
		}
		for _, method := range p.Ways() {
			list = append(list, line.by(c, p, method))
		}
	}
	return list
}

func (l LedgerLine) by(c Case, p incident.Page, method string) LedgerLine {
	l.Method, l.Status = method, incident.PagePlanned
	d := p.Delivered(method)
	if d == nil {
		if e := pending(c, p.EffectKey(c.Incident.ID, method)); e != nil {
			l.Attempts, l.Problem = e.Attempts, e.LastError
		}
		return l
	}
	l.Status, l.SentAt, l.Delivered = d.Status, d.BegunAt, d.Delivered
	l.Attempts, l.Together, l.Receipt, l.Problem = d.Attempts, d.Together, d.Receipt, d.Reason
	if d.Status == incident.PageSent {
		l.AcceptedAt = &d.At
	}
	return l
}

func joinFacts(a, b string) string {
	if a == "" {
		return b
	}
	return a + " · " + b
}

// pending finds an effect that is on its way.
func pending(c Case, key string) *Effect {
	i := slices.IndexFunc(c.Effects, func(e Effect) bool { return e.Key == key })
	if i < 0 {
		return nil
	}
	return &c.Effects[i]
}

func (m ledgerModel) method(name string) string {
	if k := phrase.Key("method." + name); name != "" && phrase.Known(k) {
		return m.Say(string(k))
	}
	if name == "" {
		return m.Say("method.all")
	}
	return name
}

// summary answers the three questions of the morning after: how soon somebody had it, who took it, and what never arrived.
func (m ledgerModel) summary(c Case, lines []LedgerLine, who names) []fact {
	var first *time.Time
	failed, waiting := 0, 0
	for _, l := range lines {
		switch {
		case l.Status == incident.PageFailed:
			failed++
		case l.Status == incident.PagePlanned:
			waiting++
		case l.AcceptedAt != nil && (first == nil || l.AcceptedAt.Before(*first)):
			first = l.AcceptedAt
		}
	}
	list := []fact{{m.Say("ledger.pages"), m.Number(len(m.Pages))}}
	if first != nil {
		list = append(list, fact{m.Say("ledger.first"), phrase.Latency(m.Lang, first.Sub(c.Incident.DetectedAt))})
	}
	if ack := c.Incident.Ack; ack != nil {
		list = append(list, fact{m.Say("ledger.ack"), m.Say("ledger.ack.by", phrase.Latency(m.Lang, ack.At.Sub(c.Incident.DetectedAt)), who.Of(ack.By))})
	}
	return append(list, fact{m.Say("ledger.waiting"), m.Number(waiting)}, fact{m.Say("ledger.failed"), m.Number(failed)})
}

// moment writes a time to the millisecond: a ledger is read by whoever asks where a second went. The day is that of the
// detection where none is said.
func (m ledgerModel) moment(t time.Time) string {
	const day = "2006-01-02"
	text := t.UTC().Format("15:04:05.000")
	if on := t.UTC().Format(day); on != m.detected.UTC().Format(day) {
		return on + " " + text
	}
	return text
}
