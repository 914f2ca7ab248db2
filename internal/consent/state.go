package consent

import (
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// WarnAhead is how long before its end people are told of a consent.
const WarnAhead = 30 * 24 * time.Hour

// Standing is where a record stands at a moment.
type Standing string

// The standings.
const (
	Pending   Standing = "pending"  // its validity has not begun
	Valid     Standing = "valid"    // it holds
	Expiring  Standing = "expiring" // it holds and ends within [WarnAhead]
	Expired   Standing = "expired"
	Revoking  Standing = "revoking" // it holds until the moment that it is withdrawn for
	Withdrawn Standing = "revoked"
	Denied    Standing = "refused" // it never held: the subject said no
	Gone      Standing = "erased"
)

// Standings lists all standings in the order of lists: what ends soon, what holds, what is over.
func Standings() []Standing {
	return []Standing{Expiring, Revoking, Valid, Pending, Expired, Withdrawn, Denied, Gone}
}

// inForce tells whether a record holds where it stands.
func (s Standing) inForce() bool { return s == Valid || s == Expiring || s == Revoking }

// Mark is when something was done, and by whom.
type Mark struct {
	At time.Time `json:"at"`
	By people.ID `json:"by"`
}

// State is the fold of a record's stream. It holds no value.
type State struct {
	Terms
	ID       string            `json:"id"`
	Digests  map[string]string `json:"digests"`
	Recorded Mark              `json:"recorded"`
	Changes  int               `json:"changes,omitempty"`
	// RevokedSince is zero unless the consent is withdrawn.
	RevokedSince time.Time `json:"revokedSince,omitzero"`
	Revoked      *Mark     `json:"revoked,omitempty"`
	// WarnedOf is the end that people were told of.
	WarnedOf time.Time `json:"warnedOf,omitzero"`
	Ground   Ground    `json:"ground,omitempty"`
	Erased   *Mark     `json:"erased,omitempty"`
	Seq      int64     `json:"seq"` // of the last entry folded
}

// Exists tells whether the record was ever made.
func (s State) Exists() bool { return s.ID != "" }

// Standing says where the record stands.
func (s State) Standing(now time.Time) Standing {
	switch {
	case s.Erased != nil:
		return Gone
	case s.Revoked != nil && !s.RevokedSince.After(now):
		return Withdrawn
	case s.Level == Refused:
		return Denied
	case !s.ValidUntil.IsZero() && !s.ValidUntil.After(now):
		return Expired
	case s.ValidFrom.After(now):
		return Pending
	case s.Revoked != nil:
		return Revoking
	case !s.ValidUntil.IsZero() && !s.ValidUntil.After(now.Add(WarnAhead)):
		return Expiring
	}
	return Valid
}

// WarnAt is when people are to be told of the end; zero if they need not be, or were.
func (s State) WarnAt() time.Time {
	if s.Erased != nil || s.Revoked != nil || s.Level == Refused || s.ValidUntil.IsZero() || s.WarnedOf.Equal(s.ValidUntil) {
		return time.Time{}
	}
	return s.ValidUntil.Add(-WarnAhead)
}

// Fold gives the record that the entries of its stream amount to.
func Fold(entries []journal.Entry) (State, error) {
	var s State
	for _, e := range entries {
		if err := s.apply(e); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *State) apply(e journal.Entry) error {
	s.Seq = e.Seq
	mark := Mark{e.OccurredAt, people.ID(e.Actor)}
	switch e.Type {
	case TypeGiven:
		g, err := journal.Decode[Given](e)
		s.ID, s.Terms, s.Digests, s.Recorded = e.Stream, g.Terms, g.Digests, mark
		return err
	case TypeChanged:
		c, err := journal.Decode[Changed](e)
		s.Terms, s.Digests = c.Terms, c.Digests
		s.Changes++
		return err
	case TypeEnded:
		x, err := journal.Decode[Ended](e)
		s.ValidUntil = x.Until
		return err
	case TypeRevoked:
		r, err := journal.Decode[Revoked](e)
		s.RevokedSince, s.Revoked = r.Since, &mark
		return err
	case TypeWarned:
		w, err := journal.Decode[Warned](e)
		s.WarnedOf = w.Until
		return err
	case TypeErased:
		x, err := journal.Decode[Erased](e)
		s.Ground, s.Erased = x.Ground, &mark
		return err
	}
	return nil
}
