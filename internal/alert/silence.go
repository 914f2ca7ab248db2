package alert

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// The event types of a silence's stream.
const (
	TypeCreated = "silence.created"
	TypeChanged = "silence.changed"
	TypeExpired = "silence.expired"
)

// Types declares the event types of this package.
func Types() []journal.Type {
	return []journal.Type{{Name: TypeCreated, Version: 1}, {Name: TypeChanged, Version: 1}, {Name: TypeExpired, Version: 1}}
}

const streamPrefix = "silence-"

// Stream names the journal stream of a silence.
func Stream(id string) string { return streamPrefix + id }

// IsStream tells whether a journal stream is that of a silence.
func IsStream(stream string) bool { return strings.HasPrefix(stream, streamPrefix) }

// Terms are what a silence says: which alerts, from when until when, why. They
// are the stored form of [TypeCreated] and [TypeChanged].
type Terms struct {
	Matchers Matchers  `json:"matchers"`
	StartsAt time.Time `json:"startsAt"`
	EndsAt   time.Time `json:"endsAt"`
	Comment  string    `json:"comment"`
}

// maxComment bounds the reason of a silence.
const maxComment = 4096

// validate says in one sentence what is wrong with the terms, or nil.
func (t Terms) validate(now time.Time) error {
	switch {
	case t.StartsAt.IsZero() || t.EndsAt.IsZero() || t.EndsAt.Year() > 9999:
		return fmt.Errorf("a silence has a start and an end: %w", journal.ErrInvalid)
	case !t.StartsAt.Before(t.EndsAt):
		return fmt.Errorf("start time must be before end time: %w", journal.ErrInvalid)
	case t.EndsAt.Before(now):
		return fmt.Errorf("end time can't be in the past: %w", journal.ErrInvalid)
	case len(t.Comment) > maxComment:
		return fmt.Errorf("the comment has %d bytes, the limit is %d: %w", len(t.Comment), maxComment, journal.ErrTooLarge)
	}
	return t.Matchers.Validate()
}

// Silence is the fold of its stream.
type Silence struct {
	Terms
	ID        string    `json:"id"`
	By        people.ID `json:"by"` // who made it
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// SilenceState is where a silence stands at a time.
type SilenceState string

// The states, in the order in which they are listed.
const (
	SilenceActive  SilenceState = "active"
	SilencePending SilenceState = "pending"
	SilenceExpired SilenceState = "expired"
)

// State tells where a silence stands.
func (s Silence) State(now time.Time) SilenceState {
	switch {
	case !now.Before(s.EndsAt):
		return SilenceExpired
	case now.Before(s.StartsAt):
		return SilencePending
	}
	return SilenceActive
}

// Mutes tells whether the silence holds for labels at a time.
func (s Silence) Mutes(l Labels, now time.Time) bool {
	return s.State(now) == SilenceActive && s.Matchers.Match(l)
}

// SortSilences puts active before pending before expired ones; of these what
// ends next, what begins next and what ended last come first.
func SortSilences(list []Silence, now time.Time) {
	rank := []SilenceState{SilenceActive, SilencePending, SilenceExpired}
	slices.SortStableFunc(list, func(a, b Silence) int {
		state := a.State(now)
		if by := slices.Index(rank, state) - slices.Index(rank, b.State(now)); by != 0 {
			return by
		}
		switch state {
		case SilencePending:
			return a.StartsAt.Compare(b.StartsAt)
		case SilenceExpired:
			return b.EndsAt.Compare(a.EndsAt)
		}
		return a.EndsAt.Compare(b.EndsAt)
	})
}

// FoldSilence gives the silence that the entries of its stream amount to; its
// ID is empty where there are none.
func FoldSilence(entries []journal.Entry) (Silence, error) {
	var s Silence
	for _, e := range entries {
		switch e.Type {
		case TypeCreated, TypeChanged:
			terms, err := journal.Decode[Terms](e)
			if err != nil {
				return s, err
			}
			if e.Type == TypeCreated {
				s.ID, s.By, s.CreatedAt = strings.TrimPrefix(e.Stream, streamPrefix), people.ID(e.Actor), e.OccurredAt
			}
			s.Terms = terms
		case TypeExpired:
			s.EndsAt = e.OccurredAt
			if s.StartsAt.After(s.EndsAt) {
				s.StartsAt = s.EndsAt // it never began
			}
		default:
			continue
		}
		s.UpdatedAt = e.OccurredAt
	}
	return s, nil
}

// Env is what a decision may know besides the state: the time and the doer.
type Env struct {
	Now time.Time
	By  people.Actor
}

// SetSilence makes a silence under a new id or, where old exists, changes it.
// What cannot change without rewriting the past (other matchers, another start
// once it has begun, a silence that is over) ends the old one and makes a new
// one, as Alertmanager does. It gives the id that the silence then has.
func SetSilence(old Silence, terms Terms, newID string, env Env) (journal.Change, string, error) {
	if err := env.By.Require(people.Respond); err != nil {
		return journal.Change{}, "", err
	}
	// The journal keeps milliseconds: compare what will be read back.
	terms.StartsAt, terms.EndsAt = terms.StartsAt.UTC().Truncate(time.Millisecond), terms.EndsAt.UTC().Truncate(time.Millisecond)
	if err := terms.validate(env.Now); err != nil {
		return journal.Change{}, "", err
	}
	var change journal.Change
	if old.ID != "" {
		if old.canBecome(terms, env.Now) {
			change.Events = append(change.Events, draft(old.ID, TypeChanged, terms, env))
			return change, old.ID, nil
		}
		if old.State(env.Now) != SilenceExpired {
			change.Events = append(change.Events, draft(old.ID, TypeExpired, struct{}{}, env))
		}
	}
	if terms.StartsAt.Before(env.Now) {
		terms.StartsAt = env.Now.UTC().Truncate(time.Millisecond)
	}
	if !terms.StartsAt.Before(terms.EndsAt) {
		return journal.Change{}, "", fmt.Errorf("start time must be before end time: %w", journal.ErrInvalid)
	}
	change.Events = append(change.Events, draft(newID, TypeCreated, terms, env))
	return change, newID, nil
}

// canBecome tells whether the silence may take on other terms and keep its id.
func (s Silence) canBecome(t Terms, now time.Time) bool {
	if !slices.EqualFunc(s.Matchers, t.Matchers, Matcher.Same) {
		return false
	}
	switch s.State(now) {
	case SilenceActive:
		return s.StartsAt.Unix() == t.StartsAt.Unix()
	case SilencePending:
		return !t.StartsAt.Before(now)
	}
	return false
}

// ExpireSilence ends a silence now. One that is over stays as it is.
func ExpireSilence(s Silence, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Respond); err != nil {
		return journal.Change{}, err
	}
	if s.ID == "" {
		return journal.Change{}, fmt.Errorf("silence not found: %w", journal.ErrNotFound)
	}
	if s.State(env.Now) == SilenceExpired {
		return journal.Change{}, nil
	}
	return journal.Change{Events: []journal.Draft{draft(s.ID, TypeExpired, struct{}{}, env)}}, nil
}

func draft(id, kind string, data any, env Env) journal.Draft {
	return journal.Draft{Stream: Stream(id), Type: kind, Version: 1, OccurredAt: env.Now, Actor: string(env.By.ID), Data: data}
}
