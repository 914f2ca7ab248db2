package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// slackMounts takes the buttons that are pressed in Slack, where the configuration says by what they are signed.
func (a *App) slackMounts() []web.Mount {
	secret := a.config.Notify.SlackSecret()
	if secret == "" {
		return nil
	}
	presses := &notify.Presses{
		Secret: func() string { return secret }, Now: a.now, Do: a.pressed,
		Failed: func(err error) { a.log.Error("a button in Slack", "error", journal.Sentence(err)) },
	}
	// Slack signs what it posts, and has no other credentials.
	return []web.Mount{{Pattern: "POST /slack/interactions", Limit: notify.MaxPress + 1, Handler: presses}}
}

// effectAnswer says to whoever pressed a button what came of it. Its key is the press's, so that what Slack posts again,
// or somebody replays, is known.
const effectAnswer = "answer-press"

// answerFor is how long Slack takes answers to a press.
const answerFor = 30 * time.Minute

// pressAnswer is the data of an [effectAnswer]. It names persons by their ids.
type pressAnswer struct {
	Incident string      `json:"incident"`
	To       string      `json:"to"`
	Until    time.Time   `json:"until"`
	Say      phrase.Key  `json:"say"`
	Who      []people.ID `json:"who,omitempty"`
	What     string      `json:"what,omitempty"`
}

// maxPressed bounds the id of an incident that a button names.
const maxPressed = 64

// pressed does what a button says, in the name of whoever pressed it, and once: the answer is queued in the same
// transaction. It does not wait for Slack.
func (a *App) pressed(ctx context.Context, p notify.Press) error {
	id, page, ok := strings.Cut(p.Page, "/")
	if !ok || id == "" || len(id) > maxPressed {
		return nil // no button of ours
	}
	return a.store.Update(ctx, func(tx *store.Tx) error {
		key := "press:" + p.ID
		if _, err := tx.Effect(key); !errors.Is(err, journal.ErrNotFound) {
			return err
		}
		answer, err := a.press(ctx, tx, id, page, p)
		if err != nil {
			return err
		}
		answer.Incident, answer.To, answer.Until = id, p.Answer, a.now().Add(answerFor)
		_, err = tx.Append(journal.Change{Effects: []journal.Effect{{Kind: effectAnswer, Key: key, Stream: id, Data: answer}}})
		return err
	})
}

// press finds who pressed a button, and acts.
func (a *App) press(ctx context.Context, tx *store.Tx, id, page string, p notify.Press) (pressAnswer, error) {
	person, err := a.member(tx, p.User)
	if errors.Is(err, journal.ErrNotFound) {
		return pressAnswer{Say: "message.answer.unknown", What: p.User}, nil
	}
	if err != nil {
		return pressAnswer{}, err
	}
	entries, err := tx.Stream(id)
	if err != nil {
		return pressAnswer{}, err
	}
	state, err := incident.Fold(entries)
	if err != nil || !state.Exists() {
		return pressAnswer{Say: "message.answer.gone"}, err
	}
	b := button{a, ctx, tx, state, person.Actor()}
	var answer pressAnswer
	switch p.Action {
	case notify.Acknowledge:
		answer, err = b.acknowledge()
	case notify.Escalate:
		answer, err = b.escalate(page)
	case notify.Contain:
		answer, err = b.contain()
	}
	return refusal(a.config.Language, answer, err)
}

// refusal turns what the rules refuse into an answer. What else goes wrong undoes everything.
func refusal(l phrase.Lang, answer pressAnswer, err error) (pressAnswer, error) {
	switch {
	case errors.Is(err, journal.ErrForbidden):
		return pressAnswer{Say: "message.answer.forbidden"}, nil
	case errors.Is(err, journal.ErrConflict), errors.Is(err, journal.ErrInvalid):
		text, _ := phrase.Error(l, err)
		return pressAnswer{Say: "message.answer.refused", What: journal.WithoutKind(text)}, nil
	}
	return answer, err
}

// member finds the account of a member of Slack, by the contacts of the configuration. Two accounts of one member are none.
func (a *App) member(tx *store.Tx, user string) (people.Person, error) {
	persons, err := tx.Persons()
	if err != nil {
		return people.Person{}, err
	}
	var found []people.Person
	for _, p := range persons {
		if !p.Disabled && a.config.OnCall.Contacts[p.Login].Slack == user {
			found = append(found, p.Person)
		}
	}
	if len(found) != 1 {
		return people.Person{}, journal.ErrNotFound
	}
	return found[0], nil
}

// button is one press on the way to its command.
type button struct {
	*App
	ctx   context.Context // of the press
	tx    *store.Tx
	state incident.State
	by    people.Actor
}

func (b button) do(command any) (journal.Change, error) {
	if err := b.checkPeople(b.ctx, command); err != nil {
		return journal.Change{}, err
	}
	return b.doIn(b.tx, b.by, incident.ViaSlack, b.state.ID, command)
}

func (b button) acknowledge() (pressAnswer, error) {
	if ack := b.state.Ack; ack != nil && ack.By != b.by.ID {
		return pressAnswer{Say: "message.answer.taken", Who: []people.ID{ack.By}}, nil
	}
	_, err := b.do(incident.Acknowledge{})
	return pressAnswer{Say: "message.answer.acknowledged"}, err
}

// escalate wakes the next step while nobody has acknowledged: who presses it at night cannot cope, and does not want to
// be the one who has the incident. Once somebody has, it hands over to the lead of the pipeline.
func (b button) escalate(page string) (pressAnswer, error) {
	if b.state.Ack != nil {
		return b.handOver()
	}
	i := slices.IndexFunc(b.state.Pages, func(p incident.Page) bool { return p.Key == page })
	if i < 0 || b.state.Pages[i].Step == nil {
		return pressAnswer{Say: "message.answer.ahead"}, nil
	}
	change, err := b.do(incident.EscalateNow{From: b.state.Pages[i].Step})
	if err != nil || len(change.Events) == 0 {
		return pressAnswer{Say: "message.answer.ahead"}, err
	}
	answer := pressAnswer{Say: "message.answer.escalated"}
	for _, e := range change.Events {
		if p, ok := e.Data.(incident.Paged); ok && len(p.Methods) > 0 {
			answer.Who = append(answer.Who, p.To)
		}
	}
	if len(answer.Who) == 0 {
		answer.Say = "message.answer.nobody"
	}
	return answer, nil
}

func (b button) handOver() (pressAnswer, error) {
	to := b.state.Opened.Lead
	if to == "" || to == b.by.ID {
		return pressAnswer{Say: "message.answer.no-lead"}, nil
	}
	change, err := b.do(incident.Escalate{To: to})
	answer := pressAnswer{Say: "message.answer.handed", Who: []people.ID{to}}
	if len(change.Events) == 0 {
		answer.Say = "message.answer.asked"
	}
	return answer, err
}

// contain disables all routes of the incident that are not disabled yet, as the containment that its page suggests.
func (b button) contain() (pressAnswer, error) {
	routes := b.served(b.state)
	if len(routes) == 0 {
		err := b.by.Require(people.Contain)
		return pressAnswer{Say: "message.answer.contained-already"}, err
	}
	for _, r := range routes {
		if _, err := b.do(incident.DisableRoute{Route: r}); err != nil {
			return pressAnswer{}, err
		}
	}
	return pressAnswer{Say: "message.answer.contained", What: strings.Join(routes, ", ")}, nil
}

// served lists the routes of an incident that the gateway has and that are not disabled, nor about to be.
func (a *App) served(s incident.State) (routes []string) {
	for _, r := range s.Opened.Routes {
		_, known := a.config.Gateway.Routes[r]
		if _, active := s.Active(r); known && !active {
			routes = append(routes, r)
		}
	}
	return routes
}

// actions lists what may be done on the message of a page, and the routes that containing disables.
func (a *App) actions(s incident.State, p incident.Page) (list []notify.Action, routes []string) {
	if s.Resolved != nil || s.Closed != nil {
		return nil, nil
	}
	if p.Purpose == incident.ToAcknowledge {
		if s.Ack == nil {
			list = append(list, notify.Acknowledge)
		}
		asked := s.Lead != nil && s.Lead.Refused == nil
		if s.Ack == nil && p.Step != nil || s.Ack != nil && s.Opened.Lead != "" && s.Opened.Lead != s.Ack.By && !asked {
			list = append(list, notify.Escalate)
		}
	}
	burns := p.Purpose == incident.ToAcknowledge || p.Purpose == incident.EdgeFailed || p.Purpose == incident.HarmAgain || p.Clock == incident.ClockContain
	if routes = a.served(s); burns && s.Contained == nil && len(routes) > 0 {
		return append(list, notify.Contain), routes
	}
	return list, nil
}

// answerer is a channel that can say something to whoever acted on a message.
type answerer interface {
	Answer(ctx context.Context, to, text string) error
}

// answerPress says what came of a press.
func (a *App) answerPress(ctx context.Context, e pressAnswer) (incident.Command, error) {
	if a.now().After(e.Until) {
		return nothing, &store.DroppedError{Reason: "Slack takes no answer any more"}
	}
	names := make([]string, len(e.Who))
	for i, id := range e.Who {
		names[i] = a.nameOf(ctx, id)
	}
	text := phrase.Say(a.config.Language, e.Say, e.Incident, strings.Join(names, ", "), e.What)
	for _, c := range a.sender.Channels {
		if s, ok := c.(answerer); ok && e.To != "" {
			return nothing, attempt(s.Answer(ctx, e.To, text))
		}
	}
	return nothing, nil
}

// rewriter is a channel whose messages can be changed where they lie.
type rewriter interface {
	Rewrite(ctx context.Context, m notify.Message, receipt string) error
}

// rewrite makes the message of a page say how the incident stands now: who has it, and no longer that anybody is wanted.
func (a *App) rewrite(ctx context.Context, e incident.SettleEffect) error {
	channels, err := a.channelsOf(e.Method)
	if err != nil {
		return nil // nothing reaches its messages any more
	}
	c, err := a.Case(ctx, e.Incident)
	if err != nil {
		return err
	}
	s := c.Incident
	i := slices.IndexFunc(s.Pages, func(p incident.Page) bool { return p.Key == e.Page })
	if i < 0 || s.Ack == nil && s.Resolved == nil {
		return nil // it was reopened meanwhile, and is asked about anew
	}
	standing := notify.Standing{What: "resolved"}
	if mark := s.Resolved; mark != nil {
		standing.By, standing.At = a.nameOf(ctx, mark.By), mark.At
	} else {
		standing = notify.Standing{What: "acknowledged", By: a.nameOf(ctx, s.Ack.By), At: s.Ack.At}
	}
	facts := a.pageFacts(s, s.Pages[i])
	facts.Ack, facts.Reply = "", ""
	m := notify.Message{To: notify.Recipient{Lang: a.config.Language}, Key: s.ID + "/" + e.Page, Page: &facts}
	m.Subject, m.Text = notify.StandingMessage(a.config.Language, facts, standing)
	for _, channel := range channels {
		r, ok := channel.(rewriter)
		if receipt := receiptOf(s.Pages[i], e.Method); ok && receipt != "" {
			return attempt(r.Rewrite(ctx, m, receipt))
		}
	}
	return nil
}

// receiptOf is the provider's name for the message of a page.
func receiptOf(p incident.Page, method string) string {
	for _, d := range p.Deliveries {
		if d.Method == method && d.Status == incident.PageSent {
			return d.Receipt
		}
	}
	return ""
}
