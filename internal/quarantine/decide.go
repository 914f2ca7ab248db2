package quarantine

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Env is what a decision may know besides the item: the time and the doer.
type Env struct {
	Now time.Time
	By  people.Actor
}

// Command is something that a person or the system wants to happen to an
// item. The commands are the structs of this package with a decide method.
type Command interface {
	decide(Item, Env) (journal.Change, error)
}

// The kinds of effect that this package asks for. Their data is an [Effect].
const (
	EffectMove    = "quarantine.move"    // hold the path at the gateway, move the file out
	EffectRestore = "quarantine.restore" // put the same bytes back, let go of the path
	EffectLift    = "quarantine.lift"    // let go of the path
	EffectProbe   = "quarantine.probe"   // ask the gateway from outside
)

// Effect names the item, or the items that an effect of [Gather] is for.
type Effect struct {
	Item  string   `json:"item,omitempty"`
	Items []string `json:"items,omitempty"`
}

// All gives the items.
func (e Effect) All() []string {
	if e.Item == "" {
		return e.Items
	}
	return []string{e.Item}
}

// StatusError says that a command does not fit where the item stands. It can be said in both languages.
type StatusError struct {
	ID      string
	Status  Status
	Command phrase.Key // as in "refusal.do.held-release"
	Why     phrase.Key // as in "refusal.held.wait"
}

// Error is one sentence, in English.
func (e *StatusError) Error() string {
	key, args := e.Phrase()
	return phrase.Say(phrase.English, phrase.Key(key), args...)
}

// Phrase makes it a [phrase.Keyed].
func (e *StatusError) Phrase() (key string, args []any) {
	return "refusal.held", []any{phrase.Of("refusal.do.held-"+e.Command, e.ID), phrase.Of(phrase.Key("quarantine.status." + e.Status)), phrase.Of("refusal.held." + e.Why)}
}

// Unwrap makes it an [journal.ErrConflict].
func (e *StatusError) Unwrap() error { return journal.ErrConflict }

// Decide gives what follows from a command on an item, or why it may not be.
func Decide(i Item, c Command, env Env) (journal.Change, error) {
	if _, holding := c.(Hold); !holding && !i.Exists() {
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.held.find")
	}
	return c.decide(i, env)
}

// decision collects the events and effects of one command.
type decision struct {
	stream string
	seq    int64 // of the item when it was decided: each decision's effects have their own keys
	env    Env
	change journal.Change
}

func decideOn(i Item, env Env) *decision { return &decision{stream: i.ID, seq: i.Seq, env: env} }

func (d *decision) event(kind string, data any) *decision {
	d.change.Events = append(d.change.Events, journal.Draft{
		Stream: d.stream, Type: kind, Version: 1, OccurredAt: d.env.Now, Actor: string(d.env.By.ID), Data: data,
	})
	return d
}

func (d *decision) effect(kind string) *decision {
	return d.keyed(kind, fmt.Sprint(d.seq))
}

func (d *decision) keyed(kind, key string) *decision {
	d.change.Effects = append(d.change.Effects, journal.Effect{
		Kind: kind, Key: d.stream + ":" + kind + ":" + key, Stream: d.stream, Data: Effect{Item: d.stream},
	})
	return d
}

// probe asks for a proof where there is a gateway to ask.
func (d *decision) probe(i Item) *decision {
	if len(i.Routes) > 0 {
		d.effect(EffectProbe)
	}
	return d
}

// maxReason bounds what a person writes.
const maxReason = 4096

func reason(doing phrase.Sentence, text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", phrase.Refusal(journal.ErrInvalid, "refusal.duty.reason", doing)
	case len(text) > maxReason:
		return "", phrase.Refusal(journal.ErrTooLarge, "refusal.duty.bytes", doing, len(text), maxReason)
	case !utf8.ValidString(text):
		return "", phrase.Refusal(journal.ErrInvalid, "refusal.duty.utf8", doing)
	}
	return text, nil
}

// bySystem refuses persons: what happened to files and routes is not theirs to say.
func bySystem(doing string, i Item, env Env) error {
	if !env.By.System {
		return fmt.Errorf("%s %s: %w", doing, i.ID, journal.ErrForbidden)
	}
	return nil
}

// byPerson demands a person who may contain: no machine lets out what it held. What a person has isolated follows what
// persons decide about that mitigation.
func byPerson(doing string, i Item, env Env) error {
	if env.By.System && i.Mitigation != "" {
		return nil
	}
	if env.By.System {
		return fmt.Errorf("%s %s: this takes a person: %w", doing, i.ID, journal.ErrForbidden)
	}
	return env.By.Require(people.Contain)
}
