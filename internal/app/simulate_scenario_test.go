package app

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// simulated is a house in which everything happens within minutes. On call changes hands each hour.
const simulated = `
language: en
pipelines:
  catalogue: {reference: reference, delivered: delivered, class: product, lead: lea}
severities:
  S0:
    containment: manual
    handOver: true
    contain: 4m
    escalation:
      steps: [{page: [on-call, lead, administrator]}, {page: ["@zoe", "@max"], after: 30s}]
      repeat: 2
      every: 1m
    board: {members: 1}
  S1:
    containment: manual
    handOver: true
    contain: 6m
    escalation:
      steps: [{page: [on-call]}, {page: ["on-call:secondary", lead], after: 40s}, {page: ["@zoe", "@max"], after: 1m}]
      repeat: 1
      every: 1m
      fallback: [administrator, "@zoe"]
    board: {members: 1}
  S2:
    containment: manual
    escalation:
      steps: [{page: ["@max"]}, {page: [on-call], after: 20s}, {page: [lead], after: 1m}]
      every: 1m
      quiet: {from: "22:00", until: "07:00", timeZone: Europe/Paris}
    board: {members: 1}
notify:
  smtp: {addr: "127.0.0.1:2525", from: safelight@house.example, tls: none}
  slack: {tokenEnv: NOT_READ}
  webhooks: [{name: house, url: "http://127.0.0.1:2526/"}]
onCall:
  schedules:
    primary: {timeZone: Europe/Paris, layers: [{members: [nora, omar], handOff: "00:00", every: 1h, start: "1999-12-20"}]}
    secondary: {timeZone: Europe/Paris, layers: [{members: [kim, omar], handOff: "00:30", every: 1h, start: "1999-12-20"}]}
  contacts:
    nora: {email: nora@house.example, slack: U0NORA}
    omar: {email: omar@house.example}
    kim: {slack: U0KIM}
    lea: {email: lea@house.example, slack: U0LEA}
    zoe: {slack: U0ZOE}
    ada: {email: ada@house.example}
`

// residents are the accounts of the house. Max has no contact.
var residents = map[string]people.Role{
	"nora": people.Responder, "omar": people.Responder, "kim": people.Responder, "zoe": people.Responder, "max": people.Responder,
	"lea": people.Lead, "ada": people.Administrator, "bea": people.Board,
}

func resident(login string) people.Person {
	return people.Person{ID: people.ID("u-" + login), Login: login, Role: residents[login]}
}

// settleIn puts the residents into a database.
func settleIn(tx *store.Tx) error {
	var errs []error
	for login := range residents {
		errs = append(errs, tx.PutPerson(store.PersonRecord{Person: resident(login), Created: time.Now()}))
	}
	return errors.Join(errs...)
}

// deed is what somebody does at some time.
type deed struct {
	at   time.Duration
	what string
	do   func(*process) error
}

// scenario draws what happens: incidents open, people answer or do not, change their minds, hand over.
func (w *world) scenario() []deed {
	c := w.chance("scenario")
	var deeds []deed
	for i := range 1 + c.IntN(2) {
		opens := c.duration(w.horizon / 3)
		severity := []pipeline.Severity{pipeline.S0, pipeline.S1, pipeline.S1, pipeline.S2}[c.IntN(4)]
		deeds = append(deeds, deed{opens, fmt.Sprintf("somebody declares incident %d, %s", i, severity), func(p *process) error {
			id, err := p.Declare(p.ctx, resident("kim").Actor(), web.Declaration{Pipeline: "catalogue", Severity: severity, Title: fmt.Sprint("drift ", i)})
			if err == nil {
				w.answered(&w.opened, id)
			}
			return err
		}})
		for range c.IntN(5) {
			deeds = append(deeds, w.deedOn(c, i, opens))
		}
	}
	slices.SortStableFunc(deeds, func(a, b deed) int { return cmp.Compare(a.at, b.at) })
	return deeds
}

// deedOn is something that somebody does about the i-th incident.
func (w *world) deedOn(c chance, i int, opens time.Duration) deed {
	type act struct {
		who     string
		command any
	}
	acts := []act{
		{"nora", incident.Acknowledge{}},
		{"zoe", incident.Acknowledge{}},
		{"nora", incident.ChangeSeverity{To: pipeline.S0, Reason: "worse"}},
		{"omar", incident.ChangeSeverity{To: pipeline.S1, Reason: "not that bad"}},
		{"omar", incident.ChangeSeverity{To: pipeline.S2, Reason: "few images"}},
		{"ada", incident.Resolve{Text: "gone"}},
		{"ada", incident.Reopen{Text: "it is back"}},
		{"omar", incident.Escalate{To: "u-lea", Text: "please"}},
		{"lea", incident.AnswerLead{Accept: true}},
		{"lea", incident.AnswerLead{Text: "on leave"}},
	}
	a := acts[c.IntN(len(acts))]
	at := opens + time.Second + c.duration(w.horizon-opens)
	return deed{at, fmt.Sprintf("%s: %T %+v of incident %d", a.who, a.command, a.command, i), func(p *process) error {
		w.mu.Lock()
		known := i < len(w.opened)
		var id string
		if known {
			id = w.opened[i]
		}
		w.mu.Unlock()
		if !known {
			return nil // it has not been answered yet that it is open
		}
		return w.do(p, a.who, id, a.command)
	}}
}

func (w *world) do(p *process, login, id string, command any) error {
	err := p.Do(p.ctx, resident(login).Actor(), id, command)
	if _, ack := command.(incident.Acknowledge); ack && err == nil {
		w.answered(&w.acked, id)
	}
	return err
}

func (w *world) answered(list *[]string, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*list = append(*list, id)
}

// play does the deeds one after the other, as soon as each is due and a process takes it.
func (w *world) play(deeds []deed) {
	for _, d := range deeds {
		select {
		case <-w.ended:
			return
		case <-time.After(time.Until(w.begun.Add(d.at))):
		}
		w.judge(d.what, w.act(d.what, d.do))
	}
}

// judge demands that what a living process answers is an answer: done, or a reason why not.
func (w *world) judge(what string, err error) {
	for _, kind := range []error{nil, errDead, journal.ErrConflict, journal.ErrForbidden, journal.ErrInvalid} {
		if errors.Is(err, kind) {
			return
		}
	}
	w.t.Errorf("%s was answered by %v", what, err)
}

// react has somebody who got a page acknowledge after a while, or never. The caller holds the lock of the world.
func (w *world) react(c *call) {
	r := w.chance("reacts", c.channel, c.key, c.number)
	if !r.of(12) || c.address == "everybody" || len(c.pages) == 0 {
		return
	}
	wait, id := r.duration(3*time.Minute), c.pages[0].incident
	w.acting.Go(func() {
		select {
		case <-w.ended:
		case <-time.After(wait):
			what := "whoever was paged by " + c.key + " acknowledges " + id
			w.judge(what, w.act(what, func(p *process) error { return w.do(p, "nora", id, incident.Acknowledge{}) }))
		}
	})
}
