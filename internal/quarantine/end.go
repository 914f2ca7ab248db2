package quarantine

import (
	"fmt"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Release lets an image be delivered again: a person says why.
type Release struct {
	Reason string `json:"reason"`
}

func (c Release) decide(i Item, env Env) (journal.Change, error) {
	why, err := judged("release", i, env, c.Reason)
	if err != nil {
		return journal.Change{}, err
	}
	switch i.Status {
	case StatusHeld, StatusFailed:
		return decideOn(i, env).event(TypeReleased, Reasoned{why}).effect(EffectRestore).change, nil
	case StatusMoving:
		return journal.Change{}, &StatusError{i.ID, i.Status, "release", "wait"}
	}
	return journal.Change{}, &StatusError{i.ID, i.Status, "release", "released"}
}

// Discard decides that an image is not put back: a person says why.
type Discard struct {
	Reason string `json:"reason"`
}

func (c Discard) decide(i Item, env Env) (journal.Change, error) {
	why, err := judged("discard", i, env, c.Reason)
	if err != nil {
		return journal.Change{}, err
	}
	switch i.Status {
	case StatusHeld:
		return decideOn(i, env).event(TypeDiscarded, Reasoned{why}).effect(EffectLift).change, nil
	case StatusMoving:
		return journal.Change{}, &StatusError{i.ID, i.Status, "discard", "wait"}
	case StatusFailed:
		// To let go of the path would let out what still lies there.
		return journal.Change{}, &StatusError{i.ID, i.Status, "discard", "remove"}
	}
	return journal.Change{}, &StatusError{i.ID, i.Status, "discard", "discarded"}
}

// judged checks who decides, and that a reason is given.
func judged(doing string, i Item, env Env, why string) (string, error) {
	if err := byPerson(doing, i, env); err != nil {
		return "", err
	}
	return reason(phrase.Of(phrase.Key("refusal.do.held-"+doing), i.ID), why)
}

// RecordRestored is the outcome of a release: the same bytes lie in the delivered place.
type RecordRestored struct{ Restored }

func (c RecordRestored) decide(i Item, env Env) (journal.Change, error) {
	if err := bySystem("record the restoring of", i, env); err != nil {
		return journal.Change{}, err
	}
	if i.Status != StatusReleasing {
		return journal.Change{}, nil
	}
	if c.SHA256 != "" && c.SHA256 != i.SHA256 {
		return journal.Change{}, fmt.Errorf("record the restoring of %s: other bytes were put back: %w", i.ID, journal.ErrInvalid)
	}
	return decideOn(i, env).event(TypeRestored, c.Restored).probe(i).change, nil
}

// Supersede says that another version came under the same path. Unless that is
// held too, the path is let go of.
type Supersede struct{ Superseded }

func (c Supersede) decide(i Item, env Env) (journal.Change, error) {
	if err := bySystem("supersede", i, env); err != nil {
		return journal.Change{}, err
	}
	if !i.Active() {
		return journal.Change{}, nil
	}
	if !isDigest(c.SHA256) || c.SHA256 == i.SHA256 {
		return journal.Change{}, fmt.Errorf("supersede %s: a version of other bytes takes its place: %w", i.ID, journal.ErrInvalid)
	}
	return decideOn(i, env).event(TypeSuperseded, c.Superseded).effect(EffectLift).change, nil
}

// RecordLifted is the outcome of letting go of the path: from now on a probe
// can tell what is served there. It gives no event.
type RecordLifted struct{}

func (RecordLifted) decide(i Item, env Env) (journal.Change, error) {
	if err := bySystem("record the lifting of", i, env); err != nil {
		return journal.Change{}, err
	}
	if i.Active() {
		return journal.Change{}, nil
	}
	return decideOn(i, env).probe(i).change, nil
}
