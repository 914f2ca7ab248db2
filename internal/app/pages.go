package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/runbook"
	"github.com/safelight-dev/safelight/internal/store"
)

// Limits of the pages that one message carries, and of the waiting for another message to the same person.
const (
	maxTogether = 500
	waitForOne  = 500 * time.Millisecond
	hangsAfter  = 10 * time.Second // a message that is still being sent holds up no other any more
	diesAfter   = time.Minute      // nor what it carries: an attempt has half of that
)

// performPage sends one page by one method, unless it has lost its purpose, or another message carries it.
//
// The sending begins inside a write transaction that has just looked: an acknowledgement commits either before the look, and
// nothing is sent, or after the sending has begun. One message at a time goes to a person by a channel, and no more than
// [oncall.NextMessage] allows: what waits for that goes out with the next one, whose outcome is theirs too.
func (a *App) performPage(ctx context.Context, e store.Effect) (store.Result, error) {
	var data incident.PageEffect
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return nil, &store.Permanent{Err: fmt.Errorf("read the data of effect %s: %w", e.Key, err)}
	}
	p := paging{a: a, effect: e, PageEffect: data, begunAt: a.now(), release: func() {}}
	record, err := a.store.Person(ctx, p.To)
	if errors.Is(err, journal.ErrNotFound) {
		return p.failed("the account is gone"), nil
	}
	if err != nil {
		return nil, err
	}
	if record.Disabled {
		return p.failed("the account is disabled"), nil
	}
	channels, err := a.channelsOf(p.Method)
	if err != nil {
		return p.failed(err.Error()), nil
	}
	if err := a.lines.free(p.Method); err != nil {
		return nil, err // without a transaction, of which others have need
	}
	defer func() { p.release() }()
	if err := a.store.Update(ctx, func(tx *store.Tx) error { return p.begin(ctx, tx, channels, record.Person) }); err != nil {
		return nil, err
	}
	if p.sent == nil {
		return p.result, p.later
	}
	return p.end(ctx, <-p.sent)
}

// paging is one attempt at a page.
type paging struct {
	a *App
	incident.PageEffect
	effect  store.Effect
	begunAt time.Time
	message int64          // of the store; 0 for one that no limit counts
	carries int            // pages in the message
	sent    <-chan sending // nil if nothing is sent
	release func()         // the line that it took

	result store.Result // if nothing is sent
	later  error        // likewise
}

// begin decides in the transaction whether the page goes out now, and lets it.
func (p *paging) begin(ctx context.Context, tx *store.Tx, channels []notify.Channel, to people.Person) error {
	carrier, carried, err := tx.CarriedBy(p.effect.Key)
	if err != nil {
		return err
	}
	switch {
	case carried && carrier.State != store.MessageSending:
		return p.learn(carrier)
	case carried && time.Since(carrier.BegunAt).Abs() < diesAfter:
		p.later = &store.Waiting{After: waitForOne, For: phrase.Of("page.effect.waits.carrier")}
		return nil
	}
	if p.later = p.a.lines.free(p.Method); p.later != nil {
		return nil // by now
	}
	entries, err := tx.Stream(p.Incident)
	if err != nil {
		return err
	}
	state, err := incident.Fold(entries)
	if err != nil {
		return err
	}
	if !state.PageWanted(p.Key, p.Method) {
		p.result = p.record(incident.PageDropped, incident.PageResult{})
		return nil
	}
	message := p.a.pageMessage(state, p.Key, to)
	if p.a.limited(p.Method) {
		message, err = p.together(tx, message, to)
		if err != nil || p.later != nil {
			return err
		}
	}
	p.release = p.a.lines.take(p.Method) // inside the transaction, of which there is one at a time
	p.sent = p.a.beginSending(ctx, channels, message)
	return nil
}

// limited tells whether messages by a method are read by one person, who can have too many of them. Services sort their
// alerts themselves, and need each of them; a replay reaches nobody.
func (a *App) limited(method string) bool {
	return method != "" && !a.replayed && !slices.Contains(a.config.Notify.Shared(), method)
}

// together counts the message against the limits of its person, and puts everything into it that waits for the same person
// by the same channel.
func (p *paging) together(tx *store.Tx, message notify.Message, to people.Person) (notify.Message, error) {
	now := time.Now() // a person has too much in the time of the world, not in that of a replay
	before, sending, err := tx.MessagesTo(p.To, p.Method, now.Add(-oncall.StormMemory))
	if err != nil {
		return message, err
	}
	if slices.ContainsFunc(sending, func(at time.Time) bool { return now.Sub(at).Abs() < hangsAfter }) {
		p.later = &store.Waiting{After: waitForOne, For: phrase.Of("page.effect.waits.person")}
		return message, nil
	}
	if next := oncall.NextMessage(before, now); next.After(now) {
		p.later = &store.Waiting{After: next.Sub(now), For: phrase.Of("page.effect.waits.next")}
		return message, nil
	}
	keys := []string{p.effect.Key}
	pages := []notify.Message{message}
	if oncall.Awake(before, now) { // whoever is woken by it must see at once what it is about
		others, err := p.others(tx, to)
		if err != nil {
			return message, err
		}
		for _, o := range others {
			keys, pages = append(keys, o.effect), append(pages, o.message)
		}
	}
	if p.message, err = tx.BeginMessage(p.To, p.Method, keys, now); err != nil || len(pages) == 1 {
		return message, err
	}
	p.carries = len(pages)
	pages = notify.GravestFirst(pages)
	ack, reply, err := p.a.bundle(tx, p.To, pages)
	return notify.Together(p.a.config.Language, pages, notify.Bundle{Link: p.a.pageLink("/incidents"), Ack: ack, Reply: reply}), err
}

// other is a page that waits for the same person.
type other struct {
	effect  string
	message notify.Message
}

func (p *paging) others(tx *store.Tx, to people.Person) ([]other, error) {
	waiting, err := tx.WaitingPages(p.To, p.Method, maxTogether)
	if err != nil {
		return nil, err
	}
	var list []other
	for _, w := range waiting {
		var data incident.PageEffect
		var state incident.State
		if w.Effect.Key == p.effect.Key || json.Unmarshal(w.Effect.Data, &data) != nil || json.Unmarshal(w.Incident, &state) != nil {
			continue
		}
		if state.PageWanted(data.Key, data.Method) { // or else its own attempt drops it
			list = append(list, other{w.Effect.Key, p.a.pageMessage(state, data.Key, to)})
		}
	}
	return list, nil
}

// messageOutcome is what a message that carries several pages leaves to each of them.
type messageOutcome struct {
	Channels  []string  `json:"channels,omitempty"`
	Receipt   string    `json:"receipt,omitempty"`
	Delivered bool      `json:"delivered,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	BegunAt   time.Time `json:"begunAt"`
	Together  int       `json:"together,omitempty"`
}

// learn takes over what became of the message that carries the page.
func (p *paging) learn(m store.Message) error {
	var o messageOutcome
	if err := json.Unmarshal(m.Outcome, &o); err != nil {
		return fmt.Errorf("read what became of message %d: %w", m.ID, err)
	}
	status := incident.PageSent
	if m.State == store.MessageFailed {
		status = incident.PageFailed
	}
	p.begunAt = o.BegunAt
	p.result = p.record(status, incident.PageResult{Channels: o.Channels, Receipt: o.Receipt, Delivered: o.Delivered, Reason: o.Reason, Together: o.Together})
	return nil
}

// end says what became of a sending. One that failed for the moment sets free what it carried.
func (p *paging) end(ctx context.Context, s sending) (store.Result, error) {
	o := messageOutcome{Channels: s.channels, Receipt: s.receipt.ID, Delivered: s.receipt.Delivered, BegunAt: p.begunAt, Together: p.carries}
	status, state := incident.PageSent, store.MessageSent
	switch {
	case s.err == nil:
	case notify.IsPermanent(s.err):
		o.Reason = cmp.Or(notify.Reason(s.err), "no channel took it")
		status, state = incident.PageFailed, store.MessageFailed
	default:
		return nil, p.retry(ctx, s.err)
	}
	record := p.record(status, incident.PageResult{Channels: o.Channels, Receipt: o.Receipt, Delivered: o.Delivered, Reason: o.Reason, Together: o.Together})
	return func(tx *store.Tx) (journal.Change, error) {
		if p.message != 0 {
			if err := tx.EndMessage(p.message, state, o); err != nil {
				return journal.Change{}, err
			}
		}
		return record(tx)
	}, nil
}

func (p *paging) retry(ctx context.Context, cause error) error {
	err := fmt.Errorf("page for %s: %w", p.Incident, cause)
	var limited *notify.Limited
	if errors.As(cause, &limited) {
		p.a.lines.pause(p.Method, limited.After) // before the others are set free
	}
	if p.message != 0 {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), forgetTimeout)
		defer cancel()
		forget := func(tx *store.Tx) error { return tx.ForgetMessage(p.message) }
		// Where that fails too, the message holds up others until hangsAfter.
		err = errors.Join(err, p.a.store.Update(ctx, forget))
	}
	if limited != nil {
		return &store.Later{After: limited.After, Err: err}
	}
	return err
}

const forgetTimeout = 5 * time.Second

func (p *paging) failed(reason string) store.Result {
	return p.record(incident.PageFailed, incident.PageResult{Reason: reason})
}

// record journals an outcome.
func (p *paging) record(status incident.PageStatus, r incident.PageResult) store.Result {
	r.Key, r.Method = p.Key, p.Method
	if status == incident.PageSent {
		r.BegunAt, r.Attempts = &p.begunAt, p.effect.Attempts
	}
	return p.a.decided(p.Incident, incident.RecordPage{Status: status, PageResult: r})
}

// channelsOf gives the channel of a method, or all of them where none is named.
func (a *App) channelsOf(method string) ([]notify.Channel, error) {
	if method == "" {
		return a.sender.Channels, nil
	}
	for _, c := range a.sender.Channels {
		if c.Name() == method {
			return []notify.Channel{c}, nil
		}
	}
	return nil, fmt.Errorf("%s is not configured any more", method)
}

func (a *App) pageMessage(s incident.State, key string, to people.Person) notify.Message {
	i := slices.IndexFunc(s.Pages, func(p incident.Page) bool { return p.Key == key })
	facts := a.pageFacts(s, s.Pages[i])
	subject, text := notify.PageMessage(a.config.Language, facts)
	return notify.Message{To: a.recipient(to), Subject: subject, Text: text, Key: s.ID + "/" + key, Page: &facts}
}

func (a *App) pageFacts(s incident.State, p incident.Page) notify.PageFacts {
	actions, routes := a.actions(s, p)
	return notify.PageFacts{
		Actions: actions, Routes: routes, Reply: a.replyTo(s, p),
		Incident: s.ID, Title: s.Opened.Title, Severity: string(s.Severity), Pipeline: s.Opened.Pipeline,
		DetectedAt: s.DetectedAt, Purpose: string(p.Purpose), Clock: string(p.Clock), Runbook: runbook.Elsewhere(s.Opened.Runbook, a.pageLink("")), Steps: a.link(s.ID) + "/runbook",
		Link: a.link(s.ID), Ack: a.ackLink(s.ID, p), Contained: a.containment(s),
	}
}

// sending is what became of a message.
type sending struct {
	channels []string
	receipt  notify.Receipt
	err      error
}

// entered tells when a channel begins to send, and keeps its receipt.
type entered struct {
	notify.Channel
	begun   chan<- struct{}
	receipt *notify.Receipt
}

// Send tells and sends.
func (c entered) Send(ctx context.Context, m notify.Message) (notify.Receipt, error) {
	c.begun <- struct{}{}
	r, err := c.Channel.Send(ctx, m)
	*c.receipt = r
	return r, err
}

// waitedFor bounds how many channels must have begun before a send counts as
// begun: as many as a sender tries at once, so that none that hangs is waited for.
const waitedFor = 8

// beginSending sends a message in the background and returns as soon as its
// channels have begun.
func (a *App) beginSending(ctx context.Context, by []notify.Channel, m notify.Message) <-chan sending {
	n := len(by)
	sent, ended, begun := make(chan sending, 1), make(chan struct{}), make(chan struct{}, n)
	sender, receipts := notify.Sender{Channels: make([]notify.Channel, n)}, make([]notify.Receipt, n)
	for i, c := range by {
		sender.Channels[i] = entered{c, begun, &receipts[i]}
	}
	go func() {
		channels, err := sender.Send(ctx, m)
		done := sending{channels: channels, err: err}
		if n == 1 {
			done.receipt = receipts[0]
		}
		sent <- done
		close(ended)
	}()
	for range min(n, waitedFor) {
		select {
		case <-begun:
		case <-ended:
		}
	}
	return sent
}
