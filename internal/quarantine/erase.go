package quarantine

import (
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// EraseAt gives the time from which the kept copy of a discarded image may be
// erased: keep after the decision. It is zero where there is nothing to erase.
func (i Item) EraseAt(keep time.Duration) time.Time {
	if i.Status != StatusDiscarded || !i.Kept || i.Retained != nil || i.EndedAt == nil {
		return time.Time{}
	}
	return i.EndedAt.Add(keep)
}

// Needing gives the first of some items that needs the bytes which all of them
// have in common: it is neither put back nor discarded, or its time is not
// over. An image that was put back lies in its folder and needs no copy. It is
// the zero item where none does.
func Needing(holders []Item, keep time.Duration, now time.Time) Item {
	for _, h := range holders {
		if h.Status != StatusRestored && h.Status != StatusDiscarded || h.EraseAt(keep).After(now) {
			return h
		}
	}
	return Item{}
}

// Spared tells whether a copy is kept that the item does not need, since the
// image is back in its place. It goes with that of a discarded item of the same
// bytes.
func (i Item) Spared() bool { return i.Status == StatusRestored && i.Kept }

// RecordErased says that the kept copy is gone. Only the system erases, and
// only what a person has discarded, or put back.
type RecordErased struct{}

func (RecordErased) decide(i Item, env Env) (journal.Change, error) {
	if err := bySystem("record the erasing of", i, env); err != nil {
		return journal.Change{}, err
	}
	if i.EraseAt(0).IsZero() && !i.Spared() {
		return journal.Change{}, nil
	}
	return decideOn(i, env).event(TypeErased, Erased{SHA256: i.SHA256}).change, nil
}

// RecordRetained says that the kept copy stays: its bytes are named elsewhere.
type RecordRetained struct{ Retained }

func (c RecordRetained) decide(i Item, env Env) (journal.Change, error) {
	if err := bySystem("retain the copy of", i, env); err != nil {
		return journal.Change{}, err
	}
	if c.By == "" || IsStream(c.By) {
		return journal.Change{}, fmt.Errorf("retain the copy of %s for %q: name what is outside the quarantine: %w", i.ID, c.By, journal.ErrInvalid)
	}
	if i.EraseAt(0).IsZero() {
		return journal.Change{}, nil
	}
	return decideOn(i, env).event(TypeRetained, c.Retained).change, nil
}
