package intake

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/trend"
)

// EffectTell tells people of a new verification. Its data is a [TellEffect].
const EffectTell = "tell-verification"

// TellEffect names the verification.
type TellEffect struct {
	Verification string `json:"verification"`
	// To is the person of an effect that tells one; empty: it becomes one for each who is to hear.
	To people.ID `json:"to,omitempty"`
	// Method is the channel of an effect that tells by one; empty: it becomes one for each that reaches the person.
	Method string `json:"method,omitempty"`
}

// Env is what a decision may know besides the state: the time and the doer.
type Env struct {
	Now time.Time
	By  people.Actor
}

// maxReason bounds what a person writes: reasons and notes.
const maxReason = 4096

// OpenVerification asks people about an alarm.
func OpenVerification(id string, o Opened, env Env) (journal.Change, error) {
	if err := o.validate(); err != nil {
		return journal.Change{}, err
	}
	change := event(id, TypeOpened, o, env)
	change.Effects = []journal.Effect{{Kind: EffectTell, Key: id + "/opened", Stream: id, Data: TellEffect{Verification: id}}}
	return change, nil
}

// Confirm says that the alarm is real and names its incident.
func (v Verification) Confirm(c Confirmed, env Env) (journal.Change, error) {
	if err := v.decidable("confirm", env); err != nil {
		return journal.Change{}, err
	}
	if c.Incident == "" {
		return journal.Change{}, fmt.Errorf("confirm %s: no incident is named: %w", v.ID, journal.ErrInvalid)
	}
	return event(v.ID, TypeConfirmed, c, env), nil
}

// Dismiss says that the alarm is none, and why.
func (v Verification) Dismiss(d Dismissed, env Env) (journal.Change, error) {
	if err := v.decidable("dismiss", env); err != nil {
		return journal.Change{}, err
	}
	if d.Outcome == "" {
		d.Outcome = trend.Noise
	}
	if d.Outcome != trend.Noise && d.Outcome != trend.Accepted {
		return journal.Change{}, fmt.Errorf("dismiss %s as %.40q: use %s (a false alarm) or %s (the new level is the normal one): %w",
			v.ID, d.Outcome, trend.Noise, trend.Accepted, journal.ErrInvalid)
	}
	var err error
	if d.Reason, err = reason("dismiss "+v.ID, d.Reason); err != nil {
		return journal.Change{}, err
	}
	return event(v.ID, TypeDismissed, d, env), nil
}

// Remark adds a note, also to one that is decided.
func (v Verification) Remark(text string, env Env) (journal.Change, error) {
	if err := v.mayRespond(env); err != nil {
		return journal.Change{}, err
	}
	text, err := reason("note on "+v.ID, text)
	if err != nil {
		return journal.Change{}, err
	}
	return event(v.ID, TypeNoted, Noted{text}, env), nil
}

// Erase says that a signal's text is erased, and why.
func Erase(signal int64, why string, env Env) (journal.Change, error) {
	if err := env.By.Require(people.CloseCase); err != nil {
		return journal.Change{}, err
	}
	why, err := reason(fmt.Sprintf("erase signal %d", signal), why)
	if err != nil {
		return journal.Change{}, err
	}
	return event(ErasuresStream, TypeErased, Erased{signal, why}, env), nil
}

func (v Verification) mayRespond(env Env) error {
	if err := env.By.Require(people.Respond); err != nil {
		return err
	}
	if !v.Exists() {
		return fmt.Errorf("verification not found: %w", journal.ErrNotFound)
	}
	return nil
}

func (v Verification) decidable(doing string, env Env) error {
	if err := v.mayRespond(env); err != nil {
		return err
	}
	if v.Status != StatusOpen {
		return fmt.Errorf("%s %s: it has been %s already: %w", doing, v.ID, v.Status, journal.ErrConflict)
	}
	return nil
}

func reason(doing, text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", fmt.Errorf("%s: say why in a few words: %w", doing, journal.ErrInvalid)
	case len(text) > maxReason:
		return "", fmt.Errorf("%s: %d bytes, the limit is %d: %w", doing, len(text), maxReason, journal.ErrTooLarge)
	case !utf8.ValidString(text):
		return "", fmt.Errorf("%s: the text is not UTF-8: %w", doing, journal.ErrInvalid)
	}
	return text, nil
}

func event(stream, kind string, data any, env Env) journal.Change {
	return journal.Change{Events: []journal.Draft{{
		Stream: stream, Type: kind, Version: 1, OccurredAt: env.Now, Actor: string(env.By.ID), Data: data,
	}}}
}
