package checkpoint

import (
	"cmp"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/safelight-dev/safelight/internal/journal"
)

// ForkError says that two checkpoints cannot both be of one journal: whoever has the key has signed two histories.
type ForkError struct{ A, B Checkpoint }

// Error names both.
func (e *ForkError) Error() string {
	return fmt.Sprintf("the journal was forked: %s has signed %d entries with root %s and %d entries with root %s, which no one journal holds",
		e.A.Signer, e.A.Size, e.A.Root, e.B.Size, e.B.Root)
}

// Unwrap makes a fork an [journal.ErrConflict].
func (e *ForkError) Unwrap() error { return journal.ErrConflict }

// Judge holds a verified journal's tree against checkpoints of it, in any
// order. A cut tail or rewritten entries are a [*journal.DamageError], which
// narrows them down as far as the checkpoints do; two histories a [*ForkError].
func Judge(t *Tree, list []Checkpoint) error {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Checkpoint) int { return cmp.Compare(a.Size, b.Size) })
	for i := 1; i < len(list); i++ {
		if a, b := list[i-1], list[i]; a.Size == b.Size && a.Root != b.Root {
			return &ForkError{a, b}
		}
	}
	var held, broken *Checkpoint // the largest that the journal holds, the smallest that it does not
	for i := range list {
		c := &list[i]
		if c.Size > t.Size() {
			break // what is beyond the end says nothing of what is there
		}
		root, err := t.Root(c.Size)
		if err != nil {
			return err
		}
		switch {
		case root == c.Root && broken != nil:
			return &ForkError{*broken, *c}
		case root == c.Root:
			held = c
		case broken == nil:
			broken = c
		}
	}
	if broken != nil {
		return rewritten(held, *broken)
	}
	if n := len(list); n > 0 && list[n-1].Size > t.Size() {
		return &journal.DamageError{Seq: t.Size() + 1, Reason: fmt.Sprintf("it is cut off: a checkpoint was signed at entry %d by %s", list[n-1].Size, list[n-1].Signer)}
	}
	return nil
}

func rewritten(held *Checkpoint, broken Checkpoint) error {
	from := int64(1)
	if held != nil {
		from = held.Size + 1
	}
	reason := fmt.Sprintf("it or one that follows, up to entry %d, is not what %s signed: the history was rewritten", broken.Size, broken.Signer)
	if from == broken.Size {
		reason = fmt.Sprintf("it is not what %s signed: the history was rewritten", broken.Signer)
	}
	return &journal.DamageError{Seq: from, Reason: reason}
}

// Grown checks by a proof that a journal grew from one checkpoint to another.
func Grown(from, to Checkpoint, proof tlog.TreeProof) error {
	if from.Size > to.Size {
		return fmt.Errorf("check the growth: it shrank from %d entries to %d: %w", from.Size, to.Size, journal.ErrConflict)
	}
	if from.Size == to.Size && from.Root != to.Root {
		return &ForkError{from, to}
	}
	if from.Size == 0 {
		return nil // everything grows from nothing, and tlog has no proof of it
	}
	if err := tlog.CheckTree(proof, to.Size, to.Root, from.Size, from.Root); err != nil {
		return fmt.Errorf("check that %d entries grew to %d: the proof does not show it: %w", from.Size, to.Size, journal.ErrConflict)
	}
	return nil
}
