package quarantine

import (
	"fmt"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Status is where an item stands.
type Status string

// The statuses; the last three are final.
const (
	StatusMoving     Status = "moving"
	StatusHeld       Status = "held"
	StatusFailed     Status = "failed"
	StatusReleasing  Status = "releasing"
	StatusRestored   Status = "restored"
	StatusSuperseded Status = "superseded"
	StatusDiscarded  Status = "discarded"
)

// Item is the fold of its stream.
type Item struct {
	Held
	ID      string      `json:"id"`
	HeldAt  time.Time   `json:"heldAt"`
	Status  Status      `json:"status"`
	Kept    bool        `json:"kept,omitempty"`    // the bytes are kept under their digest
	Mode    uint32      `json:"mode,omitempty"`    // permission bits of the file that was moved
	MovedAt *time.Time  `json:"movedAt,omitempty"` // out of the delivered place, the last time
	Problem string      `json:"problem,omitempty"` // why the last move or restoring failed
	Said    phrase.Said `json:"said,omitempty"`    // the problem in each language, where it was journalled so
	// Returns counts how often the same bytes were delivered again meanwhile.
	Returns int `json:"returns,omitempty"`
	// Reason, DecidedBy and DecidedAt are of the person who released or discarded it.
	Reason    string     `json:"reason,omitempty"`
	DecidedBy people.ID  `json:"decidedBy,omitempty"`
	DecidedAt *time.Time `json:"decidedAt,omitempty"`
	// Superseded names the version that took its place.
	Superseded *Superseded `json:"superseded,omitempty"`
	EndedAt    *time.Time  `json:"endedAt,omitempty"` // when a final status was reached
	// ErasedAt is when the kept copy of an image that was discarded, or put back, was erased; Kept is false from then on.
	ErasedAt *time.Time `json:"erasedAt,omitempty"`
	// Retained says why that copy stays although the image is discarded.
	Retained *Retained `json:"retained,omitempty"`
	// Proofs are the gateway's answers since the last change; none until it has answered.
	Proofs   []Proof    `json:"proofs,omitempty"`
	ProvenAt *time.Time `json:"provenAt,omitempty"`
	Seq      int64      `json:"seq"` // of the last entry folded
}

// Exists tells whether the item was ever held.
func (i Item) Exists() bool { return i.ID != "" }

// Active tells whether the path is to be held at the gateway for this item.
func (i Item) Active() bool {
	return slices.Contains([]Status{StatusMoving, StatusHeld, StatusFailed, StatusReleasing}, i.Status)
}

// Name is the path below the delivered folder to the byte.
func (h Held) Name() string {
	if len(h.PathBytes) > 0 {
		return string(h.PathBytes)
	}
	return h.Path
}

// Kinds lists the kinds of findings, sorted, each once.
func (h Held) Kinds() []string {
	var kinds []string
	for _, f := range h.Findings {
		kinds = append(kinds, f.Kind)
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// Covers tells whether a person has released these very bytes at this place,
// knowing all that is held against them now.
func (i Item) Covers(h Held) bool {
	if i.Status != StatusReleasing && i.Status != StatusRestored {
		return false
	}
	known := i.Kinds()
	return i.Pipeline == h.Pipeline && i.Name() == h.Name() && i.SHA256 == h.SHA256 &&
		!slices.ContainsFunc(h.Kinds(), func(k string) bool { return !slices.Contains(known, k) })
}

// Fold gives the item that the entries of its stream amount to. Entries of
// types that this package does not know are passed over.
func Fold(entries []journal.Entry) (Item, error) {
	var i Item
	for _, e := range entries {
		if err := i.apply(e); err != nil {
			return i, fmt.Errorf("fold quarantine item %s: %w", e.Stream, err)
		}
	}
	return i, nil
}

// on decodes the event of an entry and applies it.
func on[T any](e journal.Entry, apply func(T)) error {
	v, err := journal.Decode[T](e)
	if err == nil {
		apply(v)
	}
	return err
}

// apply folds one entry. Each case only records what happened; whether it may
// happen was settled by Decide.
func (i *Item) apply(e journal.Entry) error {
	i.Seq = e.Seq
	at := e.OccurredAt
	switch e.Type {
	case TypeHeld:
		return on(e, func(v Held) { i.Held, i.ID, i.HeldAt, i.Status = v, e.Stream, at, StatusMoving })
	case TypeReturned:
		i.Status, i.Returns = StatusMoving, i.Returns+1
		i.settled()
	case TypeRetried:
		i.Status = StatusMoving
		i.settled()
	case TypeMoved:
		return on(e, func(v Moved) {
			i.Status, i.Kept, i.MovedAt = StatusHeld, i.Kept || v.Kept, &at
			i.settled()
			i.Exposure = i.Exposure.with(v.Exposure)
			if v.Mode != 0 {
				i.Mode = v.Mode
			}
		})
	case TypeFailed:
		return on(e, func(v Failed) { i.fail(v) })
	case TypeProven:
		return on(e, func(v Proven) { i.Proofs, i.ProvenAt = v.Proofs, &at })
	}
	return i.applyEnd(e)
}

// applyEnd folds what leads out of quarantine, and what becomes of the copy then.
func (i *Item) applyEnd(e journal.Entry) error {
	at := e.OccurredAt
	switch e.Type {
	case TypeReleased:
		return on(e, func(v Reasoned) { i.decided(e, v); i.Status = StatusReleasing })
	case TypeRestored:
		i.end(StatusRestored, at)
	case TypeDiscarded:
		return on(e, func(v Reasoned) { i.decided(e, v); i.end(StatusDiscarded, at) })
	case TypeSuperseded:
		return on(e, func(v Superseded) { i.Superseded = &v; i.end(StatusSuperseded, at) })
	case TypeErased:
		i.Kept, i.ErasedAt = false, &at
	case TypeRetained:
		return on(e, func(v Retained) { i.Retained = &v })
	}
	return nil
}

// settled forgets what was in the way.
func (i *Item) settled() { i.Problem, i.Said = "", nil }

// Why is the problem as readers of each language read it.
func (i Item) Why() phrase.Said { return i.Said.Else(i.Problem) }

// fail goes back to where a person can decide again.
func (i *Item) fail(v Failed) {
	i.Problem, i.Said, i.Status = v.Reason, v.Said, StatusFailed
	if v.Doing == Restoring && i.MovedAt != nil {
		i.Status = StatusHeld
	}
}

func (i *Item) decided(e journal.Entry, v Reasoned) {
	at := e.OccurredAt
	i.Reason, i.DecidedBy, i.DecidedAt = v.Reason, people.ID(e.Actor), &at
	i.settled()
}

// end reaches a final status: what the gateway did before proves nothing any more.
func (i *Item) end(s Status, at time.Time) {
	i.Status, i.EndedAt, i.Proofs, i.ProvenAt = s, &at, nil, nil
	i.settled()
}

// with adds later evidence: an image that was public stays so.
func (e Exposure) with(later Exposure) Exposure {
	if e.Public && !later.Public || len(later.Routes) == 0 {
		return e
	}
	return later
}
