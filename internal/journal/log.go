package journal

import (
	"context"
	"fmt"
	"regexp"
)

// Effect is something that the world must be asked to do because of an event:
// send a page, close a route, commit a file. It is queued in the transaction
// that appends the event and run afterwards, at least once.
type Effect struct {
	Kind   string // selects the performer, for example "page"
	Key    string // idempotency key: an effect with a known key is not queued again
	Stream string // the incident that it belongs to
	Data   any    // encoded as JSON; holds person ids, never personal values
}

// Change is what a decision gives: events to append and effects to queue, all or nothing.
type Change struct {
	Events  []Draft
	Effects []Effect
}

// Add joins two changes.
func (c *Change) Add(o Change) {
	c.Events = append(c.Events, o.Events...)
	c.Effects = append(c.Effects, o.Effects...)
}

// Log is what every store of the journal offers; journaltest holds its
// conformance suite.
type Log interface {
	// Append appends the events and queues the effects in one transaction
	// and returns once they are durable. An event of an undeclared type is
	// [ErrInvalid] and nothing is written.
	Append(ctx context.Context, c Change) ([]Entry, error)
	// Scan yields the entries that fit q in their order until yield returns
	// an error, which it returns. Each entry has been verified against the chain's hash of its text.
	Scan(ctx context.Context, q Query, yield func(Entry) error) error
	// Head tells where the journal ends.
	Head(ctx context.Context) (Head, error)
}

// Query selects entries; the zero Query selects all of them.
type Query struct {
	After  int64  // only entries with a greater sequence number
	Stream string // only this stream, if not empty
}

// Type declares an event type: its name ("incident.opened") and the version
// of its fields that this program writes.
type Type struct {
	Name    string
	Version int
}

// Registry holds the declared event types.
type Registry struct{ versions map[string]int }

var typeName = regexp.MustCompile(`^[a-z]+\.[a-z0-9-]+$`)

// NewRegistry joins the types of all domain packages; a name that is malformed or declared twice is an error.
func NewRegistry(sets ...[]Type) (*Registry, error) {
	r := &Registry{versions: map[string]int{}}
	for _, set := range sets {
		for _, t := range set {
			if !typeName.MatchString(t.Name) || t.Version < 1 {
				return nil, fmt.Errorf("declare event type %q version %d: %w", t.Name, t.Version, ErrInvalid)
			}
			if _, twice := r.versions[t.Name]; twice {
				return nil, fmt.Errorf("declare event type %q twice: %w", t.Name, ErrConflict)
			}
			r.versions[t.Name] = t.Version
		}
	}
	return r, nil
}

// Check refuses a draft whose type is not declared or whose version is not the one declared.
func (r *Registry) Check(d Draft) error {
	if v, ok := r.versions[d.Type]; !ok || v != d.Version {
		return fmt.Errorf("append %s event, version %d: the type is not declared so: %w", d.Type, d.Version, ErrInvalid)
	}
	return nil
}
