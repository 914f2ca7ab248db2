package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/store"
)

// address is the part of an effect's data that says whom it tells and by which channel.
type address struct {
	to     *people.ID
	method *string
}

// tell performs an effect that tells several people. It becomes one for each who is to hear and each channel that reaches
// them, so that a channel that is away is tried again, and no other is used twice meanwhile. message gives false where
// there is nothing to tell any more.
func tell[T any](a *App, addressOf func(*T) address, hears func(people.Person) bool, message func(context.Context, T, people.Person) (notify.Message, bool, error)) store.Decider {
	return func(ctx context.Context, e store.Effect) (store.Result, error) {
		var data T
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return nil, &store.Permanent{Err: fmt.Errorf("read the data of effect %s: %w", e.Key, err)}
		}
		records, err := a.store.Persons(ctx)
		if err != nil {
			return nil, err
		}
		at := addressOf(&data)
		var persons []people.Person
		for _, r := range records {
			named := *at.to == r.ID || *at.to == "" && hears(r.Person)
			if named && !r.Disabled {
				persons = append(persons, r.Person)
			}
		}
		if *at.method == "" {
			var change journal.Change
			for _, w := range a.ways(persons) {
				*at.to, *at.method = w.to, w.method
				change.Effects = append(change.Effects, journal.Effect{Kind: e.Kind, Key: e.Key + "/" + w.key, Stream: e.Stream, Data: data})
			}
			return func(*store.Tx) (journal.Change, error) { return change, nil }, nil
		}
		if len(persons) == 0 {
			return nil, nil // the account is gone
		}
		m, due, err := message(ctx, data, persons[0])
		if err != nil || !due {
			return nil, err
		}
		m.To = a.recipient(persons[0])
		return nil, a.sendBy(ctx, *at.method, m)
	}
}

// way is one message of several that tell people the same.
type way struct {
	to          people.ID
	method, key string
}

// ways lists by which channels people are told: each by their own, and what several people read once.
func (a *App) ways(persons []people.Person) []way {
	var list []way
	shared := a.config.Notify.Shared()
	for _, p := range persons {
		for _, m := range a.methods(p) {
			if !slices.Contains(shared, m) {
				list = append(list, way{p.ID, m, string(p.ID) + "/" + m})
			}
		}
	}
	if len(persons) > 0 {
		for _, m := range shared {
			list = append(list, way{persons[0].ID, m, m})
		}
	}
	return list
}

// sendBy sends by one channel. One that has left the configuration since has nothing to send any more.
func (a *App) sendBy(ctx context.Context, method string, m notify.Message) error {
	channels, err := a.channelsOf(method)
	if err != nil {
		return nil
	}
	if _, err := (notify.Sender{Channels: channels}).Send(ctx, m); err != nil {
		return attempt(fmt.Errorf("tell of %s: %w", m.Key, err))
	}
	return nil
}

// attempt turns the error of a channel, or of an edge, into that of an effect: useless to repeat, or no sooner than the
// provider asks.
func attempt(err error) error {
	var limited *notify.Limited
	var edge *delivery.Later
	switch {
	case err == nil:
		return nil
	case notify.IsPermanent(err):
		return &store.Permanent{Err: err}
	case errors.As(err, &limited):
		return &store.Later{After: limited.After, Err: err}
	case errors.As(err, &edge):
		return &store.Later{After: edge.After, Err: err}
	}
	return err
}
