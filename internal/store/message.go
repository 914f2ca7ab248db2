package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// MessageState is where a message stands.
type MessageState string

// The states of a message. One whose sending failed for the moment is forgotten: nobody has got it.
const (
	MessageSending MessageState = "sending"
	MessageSent    MessageState = "sent"
	MessageFailed  MessageState = "failed" // for good
)

// Message is one message to a person by a channel. It carries a page, or in a storm many.
type Message struct {
	ID      int64
	State   MessageState
	BegunAt time.Time
	Outcome json.RawMessage // of the channel, as the caller wrote it
}

// MessagesTo are when messages to a person by a channel went out, as far back as since, those that failed left out.
func (t *Tx) MessagesTo(to people.ID, method string, since time.Time) (at []time.Time, sending []time.Time, err error) {
	rows, err := t.tx.QueryContext(t.ctx, `select begun_at, state from messages
		where recipient = ? and method = ? and begun_at >= ? and state <> 'failed' order by begun_at`, string(to), method, since.UnixMicro())
	_, err = collect(rows, err, "read the messages to a person", func(scan func(...any) error) (struct{}, error) {
		var begun int64
		var state MessageState
		err := scan(&begun, &state)
		at = append(at, time.UnixMicro(begun))
		if state == MessageSending {
			sending = append(sending, time.UnixMicro(begun))
		}
		return struct{}{}, err
	})
	return at, sending, err
}

// CarriedBy gives the message that carries the page of an effect, or false.
func (t *Tx) CarriedBy(effect string) (Message, bool, error) {
	var m Message
	var begun int64
	var outcome string
	err := t.tx.QueryRowContext(t.ctx, `select m.id, m.state, m.begun_at, m.outcome from messages m
		join carried c on c.message = m.id where c.effect = ?`, effect).Scan(&m.ID, &m.State, &begun, &outcome)
	if errors.Is(err, sql.ErrNoRows) {
		return m, false, nil
	}
	if err != nil {
		return m, false, t.fail(fmt.Errorf("find the message of effect %s: %w", effect, err))
	}
	m.BegunAt, m.Outcome = time.UnixMicro(begun), json.RawMessage(outcome)
	return m, true, nil
}

// WaitingPage is a page that is queued, with its incident as the transaction sees it.
type WaitingPage struct {
	Effect   Effect
	Incident []byte // the JSON of its state
}

// WaitingPages gives up to limit pages to a person by a channel that are queued or running and that no message carries, the
// oldest first.
func (t *Tx) WaitingPages(to people.ID, method string, limit int) ([]WaitingPage, error) {
	rows, err := t.tx.QueryContext(t.ctx, `select `+effectFields+`, state_json from
		(select * from effects where kind = 'page' and state in ('queued', 'running')
			and json_extract(data, '$.to') = ? and json_extract(data, '$.method') = ?
			and key not in (select effect from carried)) e
		join (select id, state_json from incidents) i on i.id = e.stream
		order by queued_at, seq, key limit ?`, string(to), method, max(limit, 0))
	return collect(rows, err, "read the pages to a person", func(scan func(...any) error) (WaitingPage, error) {
		var p WaitingPage
		e, err := readEffect(func(dest ...any) error { return scan(append(dest, &p.Incident)...) })
		p.Effect = e
		return p, err
	})
}

// BeginMessage says that a message with the pages of the effects goes out now, and gives its number.
func (t *Tx) BeginMessage(to people.ID, method string, effects []string, at time.Time) (int64, error) {
	var id int64
	err := t.tx.QueryRowContext(t.ctx, `insert into messages (recipient, method, state, begun_at, outcome) values (?, ?, 'sending', ?, '')
		returning id`, string(to), method, at.UnixMicro()).Scan(&id)
	if err != nil {
		return 0, t.fail(fmt.Errorf("begin a message: %w", err))
	}
	for _, e := range effects {
		if _, err := t.exec("begin a message with effect "+e, `insert into carried (effect, message) values (?, ?)
			on conflict (effect) do update set message = excluded.message`, e, id); err != nil {
			return 0, err
		}
	}
	return id, nil
}

// EndMessage keeps what became of a message; each effect that it carries learns it here.
func (t *Tx) EndMessage(id int64, state MessageState, outcome any) error {
	text, err := journal.Canonical(outcome)
	if err != nil {
		return fmt.Errorf("end a message: %w", err)
	}
	_, err = t.exec("end a message", `update messages set state = ?, outcome = ? where id = ? and state = 'sending'`, string(state), string(text), id)
	return err
}

// ForgetMessage takes a message back that nobody has got: its pages are free again.
func (t *Tx) ForgetMessage(id int64) error {
	if _, err := t.exec("forget a message", `delete from carried where message = ?`, id); err != nil {
		return err
	}
	_, err := t.exec("forget a message", `delete from messages where id = ?`, id)
	return err
}

// abandonMessages takes back what a dead process was sending.
func (t *Tx) abandonMessages() error {
	for _, query := range []string{
		`delete from carried where message in (select id from messages where state = 'sending')`,
		`delete from messages where state = 'sending'`,
	} {
		if _, err := t.exec("take back messages", query); err != nil {
			return err
		}
	}
	return nil
}

// messagesKept is how long it is known which message carried which page.
const messagesKept = 8 * 24 * time.Hour

// ForgetMessages drops what nobody asks about any more, some thousands at a time so that no writer waits for long.
func (s *Store) ForgetMessages(ctx context.Context) error {
	before := s.wall().Add(-messagesKept).UnixMicro()
	for {
		var n int64
		err := s.Update(ctx, func(t *Tx) error {
			const old = `(select id from messages where begun_at < ? order by begun_at limit 5000)`
			if _, err := t.exec("forget old messages", `delete from carried where message in `+old, before); err != nil {
				return err
			}
			var err error
			n, err = t.exec("forget old messages", `delete from messages where id in `+old, before)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}
