package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// ledgerModel is the page ledger of one incident: who was to be paged, by what, and what became of it.
type ledgerModel struct {
	frame
	ID, Name string // of the incident
	Summary  []fact
	Pages    []pageView
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
	accepted           time.Time // zero unless a channel took it
	planned            time.Time
}

func (s *Server) ledgerPage(w http.ResponseWriter, v *visit) error {
	c, persons, err := s.caseAndPeople(v.Context(), v.PathValue("id"))
	if err != nil {
		return err
	}
	m := ledgerModel{frame: s.frame(v, v.say("ledger.title", c.Incident.ID)), ID: c.Incident.ID, Name: c.Incident.Opened.Title}
	who := namesOf(persons)
	for _, p := range c.Incident.Pages {
		m.Pages = append(m.Pages, m.page(c, p, who))
	}
	m.Summary = m.summary(c, who)
	return s.render(w, "ledger", http.StatusOK, m)
}

func (m ledgerModel) page(c Case, p incident.Page, who names) pageView {
	view := pageView{
		To: who.Of(p.To), Duty: m.Say("duty." + string(p.Duty)), Purpose: m.Say("page.purpose." + string(p.Purpose)), Planned: m.moment(p.PlannedAt),
	}
	if p.Clock != "" {
		view.Purpose = m.Say("ledger.clock", view.Purpose, phrase.Of(phrase.Key("clock."+string(p.Clock))))
	}
	if p.Step != nil {
		view.Step = m.Say("ledger.step", p.Step.Step+1, p.Step.Round+1)
	}
	if ack := c.Incident.Ack; ack != nil && p.Purpose == incident.ToAcknowledge && ack.By == p.To && !ack.At.Before(p.PlannedAt) {
		view.Ack = m.Say("ledger.acknowledged", m.moment(ack.At), phrase.Latency(m.Lang, ack.At.Sub(p.PlannedAt)))
	}
	for _, method := range p.Ways() {
		view.Ways = append(view.Ways, m.way(c, p, method))
	}
	return view
}

func (m ledgerModel) way(c Case, p incident.Page, method string) wayView {
	view := wayView{Method: m.method(method), Status: incident.PagePlanned, planned: p.PlannedAt}
	if d := p.Delivered(method); d != nil {
		view.Status, view.Problem = d.Status, d.Reason
		if d.BegunAt != nil {
			view.Begun = m.moment(*d.BegunAt)
		}
		if d.Status == incident.PageSent {
			view.accepted = d.At
			view.Accepted, view.Latency = m.moment(d.At), phrase.Latency(m.Lang, d.At.Sub(p.PlannedAt))
			view.Delivered = m.Say("ledger.unknown")
		}
		if d.Delivered {
			view.Delivered = m.moment(d.At)
		}
		if d.Attempts > 1 {
			view.Facts = m.Say("ledger.attempts", d.Attempts)
		}
		if d.Together > 1 {
			view.Facts = joinFacts(view.Facts, m.Say("ledger.together", d.Together))
		}
	} else if e := pending(c, p.EffectKey(c.Incident.ID, method)); e != nil {
		view.Problem = e.LastError
		if e.Attempts > 1 {
			view.Facts = m.Say("ledger.attempts", e.Attempts)
		}
	}
	view.StatusText = m.Say("page.paging." + string(view.Status))
	return view
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
func (m ledgerModel) summary(c Case, who names) []fact {
	var first *wayView
	failed, waiting := 0, 0
	for i := range m.Pages {
		for j := range m.Pages[i].Ways {
			w := &m.Pages[i].Ways[j]
			switch {
			case w.Status == incident.PageFailed:
				failed++
			case w.Status == incident.PagePlanned:
				waiting++
			case !w.accepted.IsZero() && (first == nil || w.accepted.Before(first.accepted)):
				first = w
			}
		}
	}
	list := []fact{{m.Say("ledger.pages"), m.Number(len(m.Pages))}}
	if first != nil {
		list = append(list, fact{m.Say("ledger.first"), phrase.Latency(m.Lang, first.accepted.Sub(c.Incident.DetectedAt))})
	}
	if ack := c.Incident.Ack; ack != nil {
		list = append(list, fact{m.Say("ledger.ack"), m.Say("ledger.ack.by", phrase.Latency(m.Lang, ack.At.Sub(c.Incident.DetectedAt)), who.Of(ack.By))})
	}
	return append(list, fact{m.Say("ledger.waiting"), m.Number(waiting)}, fact{m.Say("ledger.failed"), m.Number(failed)})
}

// moment writes a time to the millisecond: a ledger is read by whoever asks where a second went.
func (m ledgerModel) moment(t time.Time) string { return t.UTC().Format("15:04:05.000") }
