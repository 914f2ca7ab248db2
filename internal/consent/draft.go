package consent

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// Draft is a record as a person or a file writes it.
type Draft struct {
	// ID is that of a record of ours, where the draft is about one.
	ID string `json:"id,omitempty"`
	Terms
	Values
	RevokedSince time.Time `json:"revokedSince,omitzero"`
}

// DraftOf writes a record as a draft.
func DraftOf(r Record) Draft {
	d := Draft{ID: r.ID, Terms: r.Terms, Values: r.Values, RevokedSince: r.RevokedSince}
	d.Salt, d.Reasons = nil, nil
	return d
}

// Set writes a field of a draft by the name of its column in the table of [WriteCSV], lists with "|" between their
// entries. An empty text takes away what was there. Errors are of kind [journal.ErrInvalid].
func (d *Draft) Set(column, text string) error {
	for _, c := range columns() {
		if c.name == column && c.set != nil {
			return c.set(d, text)
		}
	}
	return fmt.Errorf("write %.40q of a consent: it has no such field: %w", column, journal.ErrInvalid)
}

// Text gives a field of a draft as [Draft.Set] takes it; nothing where there is no such field.
func (d Draft) Text(column string) string {
	for _, c := range columns() {
		if c.name == column {
			return c.get(&d)
		}
	}
	return ""
}

// Step is one entry of a record's trail in the words of people.
type Step struct {
	Seq  int64     `json:"seq"`
	At   time.Time `json:"at"`
	By   people.ID `json:"by"`
	Type string    `json:"type"`
	// Fields names what is new or different, by the names of terms and values.
	Fields []string `json:"fields,omitempty"`
	Ground Ground   `json:"ground,omitempty"`
	Hash   string   `json:"hash"` // of the entry
}

// Trail says who did what and when, by the entries of a record's stream.
func Trail(entries []journal.Entry) ([]Step, error) {
	var steps []Step
	var s State
	for _, e := range entries {
		before := s
		if err := s.apply(e); err != nil {
			return steps, err
		}
		step := Step{Seq: e.Seq, At: e.OccurredAt, By: people.ID(e.Actor), Type: e.Type, Hash: e.Hash.String(), Fields: s.differs(before)}
		if e.Type == TypeErased {
			step.Ground = s.Ground
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// differs names the terms and values that are not as they were.
func (s State) differs(before State) []string {
	same := map[string]bool{
		"kind": s.Kind == before.Kind, "subject": s.Subject == before.Subject, "guardian": s.Guardian == before.Guardian,
		"level": s.Level == before.Level, "type": s.Type == before.Type, "ai": s.AI == before.AI, "age": s.Age == before.Age,
		"uses": slices.Equal(s.Uses, before.Uses), "channels": slices.Equal(s.Channels, before.Channels),
		"territories": slices.Equal(s.Territories, before.Territories),
		"givenAt":     s.GivenAt.Equal(before.GivenAt), "validFrom": s.ValidFrom.Equal(before.ValidFrom), "validUntil": s.ValidUntil.Equal(before.ValidUntil),
		"notice": s.Notice == before.Notice, "language": s.Language == before.Language, "method": s.Method == before.Method,
	}
	for field, digest := range s.Digests {
		same[field] = before.Digests[field] == digest
	}
	for field := range before.Digests {
		same[field] = same[field] && s.Digests[field] != ""
	}
	maps.DeleteFunc(same, func(_ string, equal bool) bool { return equal })
	return slices.Sorted(maps.Keys(same))
}
