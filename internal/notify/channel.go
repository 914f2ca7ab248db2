package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// Recipient is whom a message is for, and how that person is reached.
type Recipient struct {
	Name  string
	Email string // empty where the person has none
	Lang  phrase.Lang
}

// Message is one message to one person.
type Message struct {
	To      Recipient
	Subject string // one line
	Text    string // plain text, lines ended by \n
	Key     string // the same for each attempt to send the same message, different for every other
}

// Channel is one way of reaching people. Send returns when the channel has
// taken the message or ctx has ended; it may be called from several goroutines.
type Channel interface {
	Name() string
	Send(ctx context.Context, m Message) error
}

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

// Send tries all channels, eight at once and each for at most 30 seconds from
// its start, and waits for all. It returns the names of those that took the
// message, sorted, and an error only when none did: the joined errors of the
// channels, permanent when all of them are or when there is no channel.
func (s Sender) Send(ctx context.Context, m Message) (accepted []string, err error) {
	if len(s.Channels) == 0 {
		return nil, &Permanent{errors.New("send a message: no channel is configured")}
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
			errs[i] = c.Send(limited, m)
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
