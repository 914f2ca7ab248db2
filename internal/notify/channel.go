package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// Recipient is whom a message is for, and how that person is reached.
type Recipient struct {
	Name  string
	Email string // empty where the person has none
	Slack string // the member id of Slack; empty where the person has none
	Lang  phrase.Lang
	// SlackChannel is the id of a channel of Slack, of a notice that goes to no person.
	SlackChannel string
}

// Message is one message to one person.
type Message struct {
	To      Recipient
	Subject string     // one line
	Text    string     // plain text, lines ended by \n
	Key     string     // the same for each attempt to send the same message, different for every other
	Seen    string     // a link by which this person says to have seen it, which services that several people read leave out; may be empty
	Picture *Picture   // of a notice, for channels that can show one; nil for none
	Page    *PageFacts // what a page tells, for channels that lay it out; nil for a notice
}

// words is what the message says to its person: its text, and the link that is for nobody else.
func (m Message) words() string {
	if m.Seen == "" {
		return m.Text
	}
	p := paper{lang: m.To.Lang}
	p.line(strings.TrimRight(m.Text, "\n"))
	p.pointer("seen", oneLine(m.Seen, maxLink))
	return p.String()
}

// Channel is one way of reaching people. Send returns when the channel has
// taken the message or ctx has ended; it may be called from several goroutines.
// A message with the same key is the same message: where the provider lets it
// be, sending it twice delivers it once.
type Channel interface {
	Name() string
	// Reaches tells whether there is what it takes to reach somebody.
	Reaches(Recipient) bool
	Send(ctx context.Context, m Message) (Receipt, error)
}

// Receipt is what a provider says of a message that it took.
type Receipt struct {
	ID        string // its name for the message; may be empty
	Delivered bool   // it says that the message is where the person reads it
	Without   error  // why the message went out without its picture
}

// Settlement says how an incident stands that somebody was paged about: acknowledged, or resolved.
type Settlement struct {
	Incident string
	Key      string // the same for each attempt to tell it, different for every other
	Link     string // to its page
	Lang     phrase.Lang
	Resolved bool
}

// Limited is an error of sending that asks to be called again no sooner than
// after some time (HTTP 429).
type Limited struct {
	After time.Duration
	Err   error
}

func (e *Limited) Error() string { return e.Err.Error() }
func (e *Limited) Unwrap() error { return e.Err }

// Permanent is an error of sending that no further attempt can mend.
type Permanent struct{ Err error }

func (e *Permanent) Error() string { return e.Err.Error() }
func (e *Permanent) Unwrap() error { return e.Err }

// IsPermanent tells whether sending again is useless. Of joined errors, each must be permanent.
func IsPermanent(err error) bool {
	switch e := err.(type) {
	case *Permanent:
		return true
	case interface{ Unwrap() error }:
		return IsPermanent(e.Unwrap())
	case interface{ Unwrap() []error }:
		temporary := func(err error) bool { return !IsPermanent(err) }
		return len(e.Unwrap()) > 0 && !slices.ContainsFunc(e.Unwrap(), temporary)
	}
	return false
}

const (
	atOnce       = 8                // channels of one message that are tried at the same time
	channelLimit = 30 * time.Second // for one channel to take a message; one that hangs must not hide that others took it
)

// Sender sends through all of its channels.
type Sender struct{ Channels []Channel }

// Send tries all channels that reach the person, eight at once and each for at most 30 seconds from
// its start, and waits for all. It returns the names of those that took the
// message, sorted, and an error only when none did: the joined errors of the
// channels, permanent when all of them are or when no channel reaches the person.
func (s Sender) Send(ctx context.Context, m Message) (accepted []string, err error) {
	s.Channels = slices.DeleteFunc(slices.Clone(s.Channels), func(c Channel) bool { return !c.Reaches(m.To) })
	if len(s.Channels) == 0 {
		return nil, &Permanent{errors.New("send a message: no channel is configured that reaches the person")}
	}
	errs := make([]error, len(s.Channels))
	var tries sync.WaitGroup
	places := make(chan struct{}, atOnce)
	for i, c := range s.Channels {
		places <- struct{}{}
		tries.Go(func() {
			defer func() { <-places }()
			limited, cancel := context.WithTimeout(ctx, channelLimit)
			defer cancel()
			_, errs[i] = c.Send(limited, m)
		})
	}
	tries.Wait()
	for i, c := range s.Channels {
		if errs[i] == nil {
			accepted = append(accepted, c.Name())
		} else {
			errs[i] = fmt.Errorf("send by %s: %w", c.Name(), errs[i])
		}
	}
	if len(accepted) == 0 {
		return nil, errors.Join(errs...)
	}
	slices.Sort(accepted)
	return accepted, nil
}
