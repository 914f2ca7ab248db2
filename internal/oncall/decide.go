package oncall

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Env is what a decision may know besides the state: the time, the doer, the
// schedule as it is with all overrides, and the login of a person (empty for none).
type Env struct {
	Now      time.Time
	By       people.Actor
	NewID    string // of what is set or proposed
	Schedule *Schedule
	Login    func(people.ID) string
}

// Command changes who is on call. One that makes something new is decided on the zero Override.
type Command interface {
	decide(Override, Env) (journal.Change, error)
}

// Decide gives the events of a command.
func Decide(o Override, c Command, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Respond); err != nil {
		return journal.Change{}, err
	}
	return c.decide(o, env)
}

// Limits of what people ask for.
const (
	maxReason = 4096            // bytes
	maxTerm   = 92 * day        // length of an override
	maxAhead  = 366 * day       // how long before it begins
	grain     = time.Second     // of times
	late      = 5 * time.Minute // a beginning that was meant to be now
)

// SetOverride puts a person on call, above all layers. Everybody may put themselves;
// leads and administrators, others too.
type SetOverride struct {
	Schedule string    `json:"schedule,omitempty"` // primary if empty
	Person   people.ID `json:"person"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	Reason   string    `json:"reason"`
}

func (c SetOverride) decide(_ Override, env Env) (journal.Change, error) {
	if c.Person != env.By.ID {
		if err := env.By.Require(people.Roster); err != nil {
			return journal.Change{}, fmt.Errorf("put somebody else on call: propose a swap instead, or ask a lead: %w", err)
		}
	}
	why, err := reasonOf(phrase.Of("refusal.do.override"), c.Reason)
	if err != nil {
		return journal.Change{}, err
	}
	term, err := env.term(Term{c.Person, c.From, c.Until})
	if err != nil {
		return journal.Change{}, err
	}
	t := Terms{Schedule: env.Schedule.Name(), Terms: []Term{term}, Reason: why}
	return env.change(Override{ID: env.NewID, Terms: t, By: env.By.ID}, TypeSet, t), nil
}

// ProposeSwap asks another person to take over a shift, or a part of one, of who
// asks; with Back, for one of theirs in return. Nothing changes before they accept.
type ProposeSwap struct {
	Schedule string    `json:"schedule,omitempty"` // primary if empty
	To       people.ID `json:"to"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	// BackFrom and BackUntil are the other's shift that is given in return; zero for none.
	BackFrom  time.Time `json:"backFrom,omitzero"`
	BackUntil time.Time `json:"backUntil,omitzero"`
	Reason    string    `json:"reason"`
	// AnswerBy is when the proposal lapses; when the first shift begins if zero.
	AnswerBy time.Time `json:"answerBy,omitzero"`
}

func (c ProposeSwap) decide(_ Override, env Env) (journal.Change, error) {
	if c.To == env.By.ID {
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.swap.else")
	}
	why, err := reasonOf(phrase.Of("refusal.do.swap"), c.Reason)
	if err != nil {
		return journal.Change{}, err
	}
	asked := []Term{{c.To, c.From, c.Until}}
	if !c.BackFrom.IsZero() || !c.BackUntil.IsZero() {
		asked = append(asked, Term{env.By.ID, c.BackFrom, c.BackUntil})
	}
	t := Terms{Schedule: env.Schedule.Name(), Reason: why, To: c.To, AnswerBy: c.AnswerBy.UTC().Truncate(grain)}
	for _, term := range asked {
		if term, err = env.term(term); err != nil {
			return journal.Change{}, err
		}
		t.Terms = append(t.Terms, term)
	}
	o := Override{Terms: t, By: env.By.ID}
	if err := env.stillTheirs(o); err != nil {
		return journal.Change{}, err
	}
	first := o.From()
	if first.Before(env.Now.Add(late)) {
		first = env.Now.Add(late).UTC().Truncate(grain) // of a shift that has begun
	}
	if c.AnswerBy.IsZero() {
		t.AnswerBy = first
	}
	if !t.AnswerBy.After(env.Now) || t.AnswerBy.After(first) {
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.swap.answer-by")
	}
	o.ID, o.Terms = env.NewID, t
	return env.change(o, TypeProposed, t), nil
}

// AnswerSwap is the other's word on a proposal.
type AnswerSwap struct {
	Accept bool   `json:"accept"`
	Reason string `json:"reason,omitempty"`
}

func (c AnswerSwap) decide(o Override, env Env) (journal.Change, error) {
	if err := o.open(phrase.Of("refusal.do.swap-answer", o.ID), env); err != nil {
		return journal.Change{}, err
	}
	if env.By.ID != o.To {
		return journal.Change{}, phrase.Refusal(journal.ErrForbidden, "refusal.swap.answerer", o.ID)
	}
	why, err := remarkOf(phrase.Of("refusal.do.swap-answer", o.ID), c.Reason)
	if err != nil {
		return journal.Change{}, err
	}
	if !c.Accept {
		return env.change(o, TypeRefused, Remark{why}), nil
	}
	if err := env.stillTheirs(o); err != nil {
		return journal.Change{}, err
	}
	return env.change(o, TypeAccepted, Remark{why}), nil
}

// End undoes an override from now on, or takes back a proposal. An override is
// ended by who set it, whom it puts on call, a lead or an administrator; a swap that
// both agreed to by a lead or an administrator, since neither may break it alone.
type End struct {
	Reason string `json:"reason,omitempty"`
}

func (c End) decide(o Override, env Env) (journal.Change, error) {
	why, err := remarkOf(phrase.Of("refusal.do.swap-end", o.ID), c.Reason)
	if err != nil {
		return journal.Change{}, err
	}
	state := o.State(env.Now)
	switch {
	case !o.Exists():
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.swap.override")
	case state == StatusProposed:
		if env.By.ID != o.By {
			return journal.Change{}, phrase.Refusal(journal.ErrForbidden, "refusal.swap.withdraw", o.ID)
		}
		return env.change(o, TypeWithdrawn, Remark{why}), nil
	case state != StatusInForce:
		return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.swap.ended", o.ID, state.sentence())
	case o.Swap || env.By.ID != o.By && env.By.ID != o.Terms.Terms[0].Person:
		if err := env.By.Require(people.Roster); err != nil {
			return journal.Change{}, phrase.Errorf("refusal.swap.lead", o.ID, err)
		}
	}
	return env.change(o, TypeEnded, Remark{why}), nil
}

// open refuses a proposal that cannot be answered any more.
func (o Override) open(doing phrase.Sentence, env Env) error {
	switch state := o.State(env.Now); {
	case !o.Exists():
		return phrase.Refusal(journal.ErrNotFound, "refusal.swap.none")
	case state != StatusProposed:
		return phrase.Refusal(journal.ErrConflict, "refusal.swap.answered", doing, state.sentence())
	}
	return nil
}

// stillTheirs demands that who gives a shift has it: all through, as the schedule is now.
func (e Env) stillTheirs(o Override) error {
	for _, t := range o.Terms.Terms {
		giver := o.By
		if t.Person == o.By {
			giver = o.To
		}
		for _, s := range e.Schedule.Between(t.From, t.Until) {
			if s.Login != e.Login(giver) {
				return phrase.Refusal(journal.ErrConflict, "refusal.swap.giver", t.From.Format(time.RFC3339))
			}
		}
	}
	return nil
}

// term checks a stretch of time and cuts it to what is still to come.
func (e Env) term(t Term) (Term, error) {
	now := e.Now.UTC().Truncate(grain)
	t.From, t.Until = t.From.UTC().Truncate(grain), t.Until.UTC().Truncate(grain)
	if t.From.Before(now) && !t.From.IsZero() {
		t.From = now // what has been is not rewritten
	}
	switch {
	case e.Login(t.Person) == "":
		return t, phrase.Refusal(journal.ErrInvalid, "refusal.duty.account")
	case t.From.IsZero() || t.Until.IsZero() || !t.From.Before(t.Until):
		return t, phrase.Refusal(journal.ErrInvalid, "refusal.duty.term")
	case t.Until.Sub(t.From) > maxTerm || t.From.Sub(now) > maxAhead:
		return t, phrase.Refusal(journal.ErrInvalid, "refusal.duty.long", int(maxTerm/day))
	}
	return t, nil
}

// change is an event of an override, of which the others are told whom it concerns.
func (e Env) change(o Override, kind string, data any) journal.Change {
	return tellOthers(journal.Change{Events: []journal.Draft{{
		Stream: o.ID, Type: kind, Version: 1, OccurredAt: e.Now, Actor: string(e.By.ID), Data: data,
	}}}, o, e.By.ID)
}

func reasonOf(doing phrase.Sentence, text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", phrase.Refusal(journal.ErrInvalid, "refusal.duty.reason", doing)
	}
	return remarkOf(doing, text)
}

func remarkOf(doing phrase.Sentence, text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case len(text) > maxReason:
		return "", phrase.Refusal(journal.ErrTooLarge, "refusal.duty.bytes", doing, len(text), maxReason)
	case !utf8.ValidString(text):
		return "", phrase.Refusal(journal.ErrInvalid, "refusal.duty.utf8", doing)
	}
	return text, nil
}

// sentence is the status in words.
func (s Status) sentence() phrase.Sentence { return phrase.Of(phrase.Key("oncall.state." + s)) }
