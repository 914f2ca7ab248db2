package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Env is what a decision may know besides the state: the time and the doer.
type Env struct {
	Now  time.Time
	By   people.Actor
	Via  Via         // by which message the doer acts; empty for the page, the API and the command line
	Crew oncall.Crew // who is there now; where it is not known, whoever was when the incident was opened
}

// Command is something that a person or the system wants to happen to an
// incident. The commands are the structs of this package with a decide method.
type Command interface {
	decide(State, Env) (journal.Change, error)
}

// TransitionError says that a command does not fit the phase of the incident. It can be said in both languages.
type TransitionError struct {
	ID      string
	Phase   Phase
	Command phrase.Sentence // with the incident: "acknowledge PM-2025-09-27-01"
	Why     phrase.Sentence
}

// Error is one sentence, in English.
func (e *TransitionError) Error() string { return e.sentence().In(phrase.English) }

// Phrase makes it a [phrase.Keyed].
func (e *TransitionError) Phrase() (key string, args []any) {
	s := e.sentence()
	return string(s.Key), s.Args
}

func (e *TransitionError) sentence() phrase.Sentence {
	return phrase.Of("refusal", e.Command, phrase.Of(phrase.Key("phase."+e.Phase)), e.Why)
}

// Unwrap makes it an [journal.ErrConflict].
func (e *TransitionError) Unwrap() error { return journal.ErrConflict }

// The kinds of effect that this package asks for.
const (
	EffectPage         = "page"          // Data is a [PageEffect]
	EffectSettle       = "settle-page"   // Data is a [SettleEffect]
	EffectInform       = "inform"        // Data is an [InformEffect]
	EffectDisableRoute = "disable-route" // Data is a [RouteEffect]
	EffectEnableRoute  = "enable-route"  // Data is a [RouteEffect]
	EffectNoStore      = "no-store"      // Data is a [NoStoreEffect]
	EffectStoreAgain   = "store-again"   // Data is a [RouteEffect]
	EffectPurge        = "purge"         // Data is a [PurgeEffect]
	EffectIsolate      = "isolate"       // Data is an [ImagesEffect]
	EffectPutBack      = "put-back"      // Data is an [ImagesEffect]
	EffectRollBack     = "roll-back"     // Data is a [BackEffect]
	EffectRollForward  = "roll-forward"  // Data is a [BackEffect]: a roll back is undone
	EffectMeasure      = "measure-again" // Data is a [BackEffect]
	EffectCommitImpact = "commit-impact" // Data is an [ImpactEffect]
)

// Mitigates tells whether an effect of a kind carries out a mitigation, or takes it back.
func Mitigates(kind string) bool {
	switch kind {
	case EffectDisableRoute, EffectEnableRoute, EffectNoStore, EffectStoreAgain, EffectPurge, EffectIsolate, EffectPutBack, EffectRollBack, EffectMeasure, EffectRollForward:
		return true
	}
	return false
}

// PageEffect asks the notifier to page one person.
type PageEffect struct {
	Incident string    `json:"incident"`
	Key      string    `json:"key"`
	To       people.ID `json:"to"`
	Method   string    `json:"method,omitempty"` // by which channel; all where it is empty
}

// InformEffect asks the notifier to tell the board and the stakeholders something.
type InformEffect struct {
	Incident string `json:"incident"`
	What     string `json:"what"` // "opened", "update", "published"
	Number   int    `json:"number,omitempty"`
	// To is the person of an effect that tells one; empty: it becomes one for each member of the board.
	To people.ID `json:"to,omitempty"`
	// Method is the channel of an effect that tells by one; empty: it becomes one for each that reaches the person.
	Method string `json:"method,omitempty"`
}

// RouteEffect asks the edge to change a route and to prove it by a probe.
type RouteEffect struct {
	Incident   string `json:"incident"`
	Mitigation string `json:"mitigation"`
	Route      string `json:"route"`
}

// NoStoreEffect asks for a route to be stored nowhere for a while, and for a probe of that.
type NoStoreEffect struct {
	RouteEffect
	Lasting time.Duration `json:"lasting"`
}

// ImagesEffect asks for the images of a mitigation to be taken out of delivery, or to be put back, and to be proven by probes.
type ImagesEffect struct {
	Incident   string `json:"incident"`
	Mitigation string `json:"mitigation"`
	ImageList
}

// Of names the mitigation that asks for a change.
func (e RouteEffect) Of() (incident, mitigation string) { return e.Incident, e.Mitigation }

// Of names the mitigation that asks for a change.
func (e ImagesEffect) Of() (incident, mitigation string) { return e.Incident, e.Mitigation }

// Decide gives what follows from a command in a state, or why it may not be.
func Decide(s State, c Command, env Env) (journal.Change, error) {
	if _, opening := c.(Open); !opening && !s.Exists() {
		return journal.Change{}, refused(journal.ErrNotFound, phrase.Of("refusal.none"))
	}
	return c.decide(s, env)
}

// decision collects the events and effects of one command.
type decision struct {
	stream    string
	env       Env
	change    journal.Change
	approvers bool        // those who may agree to what is proposed have been paged
	shared    bool        // the services that several people read have been told
	asked     people.Duty // in which somebody asks for the next step of the escalation; empty where its time has come
}

func decideOn(stream string, env Env) *decision { return &decision{stream: stream, env: env} }

func (d *decision) event(kind string, data any) *decision {
	d.change.Events = append(d.change.Events, journal.Draft{
		Stream: d.stream, Type: kind, Version: 1, OccurredAt: d.env.Now, Actor: string(d.env.By.ID), Data: data,
	})
	return d
}

func (d *decision) effect(kind, key string, data any) *decision {
	d.change.Effects = append(d.change.Effects, journal.Effect{
		Kind: kind, Key: d.stream + ":" + kind + ":" + key, Stream: d.stream, Data: data,
	})
	return d
}

// page plans a page and queues it. Pages of one purpose to one person are
// numbered, since an effect whose key is known is not queued again.
func (d *decision) page(s State, p Paged) *decision {
	if p.To == "" {
		return d
	}
	round := 1
	for _, old := range s.Pages {
		if old.To == p.To && old.Purpose == p.Purpose && old.Clock == p.Clock {
			round++
		}
	}
	p.Key = fmt.Sprintf("%s-%s-%d", p.Purpose, p.To, round)
	if p.Clock != "" {
		p.Key = string(p.Clock) + "-" + p.Key
	}
	methods := anyMethod
	if d.env.Crew.Known() {
		methods = d.methods(p)
		p.Methods = methods
	}
	if d.event(TypePaged, p); len(methods) == 0 {
		return d.event(TypePageFailed, PageResult{Key: p.Key, Reason: "no contact method"})
	}
	for _, m := range methods {
		key := p.Key
		if m != "" {
			key += ":" + m
		}
		d.effect(EffectPage, key, PageEffect{d.stream, p.Key, p.To, m})
	}
	return d
}

// methods lists by what somebody is paged. The first to be woken by a decision is so by the shared services as well.
func (d *decision) methods(p Paged) []string {
	own := d.env.Crew.Methods[p.To]
	if d.shared || len(own) == 0 || p.Purpose != ToAcknowledge {
		return own
	}
	d.shared = true
	methods := slices.Clone(own)
	for _, m := range d.env.Crew.Shared {
		if !slices.Contains(methods, m) {
			methods = append(methods, m)
		}
	}
	return methods
}

// maxText bounds free text of a person in one field.
const maxText = 10_000

// text checks free text: required says that it must not be blank. what names it, as in "refusal.what.reason".
func text(what, s string, required bool) error {
	about := phrase.Of(phrase.Key("refusal.what." + what))
	switch {
	case required && strings.TrimSpace(s) == "":
		return refused(journal.ErrInvalid, phrase.Of("refusal.text.empty", about))
	case len(s) > maxText:
		return refused(journal.ErrTooLarge, phrase.Of("refusal.text.long", about, len(s), maxText))
	}
	return nil
}

// stillOpen refuses commands on a closed incident.
func (s State) stillOpen(command string, args ...any) error {
	if s.Closed != nil {
		return s.conflict(s.doing(command, args...), "closed")
	}
	return nil
}

// doing says what was to be done to the incident: "refusal.do.contain".
func (s State) doing(command string, args ...any) phrase.Sentence {
	return phrase.Of(phrase.Key("refusal.do."+command), append([]any{s.ID}, args...)...)
}

// conflict is a [TransitionError] with its reason, as in "refusal.closed".
func (s State) conflict(doing phrase.Sentence, why phrase.Key, args ...any) error {
	return &TransitionError{s.ID, s.Phase(), doing, phrase.Of("refusal."+why, args...)}
}

// refuse is a refusal of another kind of [journal], whatever the phase is.
func refuse(kind error, doing phrase.Sentence, why phrase.Key, args ...any) error {
	return refused(kind, phrase.Of("refusal.else", doing, phrase.Of("refusal."+why, args...)))
}

func refused(kind error, says phrase.Sentence) error {
	return phrase.Refusal(kind, says.Key, says.Args...)
}
