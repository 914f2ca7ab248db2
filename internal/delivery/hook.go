package delivery

import (
	"context"
	"encoding/json"
	"time"
)

// listener is a driver that is told all of a change at once, and makes of it what it will. The answer is not believed: the probe
// tells.
type listener interface {
	change(ctx context.Context, c Change) error
}

// Change is what a hook is told, as the data of a CloudEvent. Fields may be added.
type Change struct {
	// ID is the same for each attempt.
	ID    string `json:"id"`
	Edge  string `json:"edge"`
	Route string `json:"route,omitempty"`
	// URL is where the public finds the route.
	URL string `json:"url,omitempty"`
	// Generation is another one after each change of what the route serves.
	Generation int64 `json:"generation,omitempty"`
	// Diverted are the prefixes, of all routes behind the edge, for which only the gateway may answer now.
	Diverted []string `json:"diverted"`
	// Purge is what must not be served any more of what was stored.
	Purge Purge `json:"purge"`
}

// The types of events.
const (
	eventChanged = "dev.safelight.edge.changed"
	eventCheck   = "dev.safelight.edge.check" // nothing has changed: the doctor asks whether the hook is there
)

// event is a CloudEvent 1.0.2 in the making.
type event struct {
	ID, kind, subject string
	data              any
}

func (c Change) asEvent(kind string) event {
	if c.Diverted == nil {
		c.Diverted = []string{}
	}
	return event{c.ID, kind, c.Route, c}
}

func (e event) encode(at time.Time) ([]byte, error) {
	return json.Marshal(struct {
		Version string `json:"specversion"`
		ID      string `json:"id"`
		Source  string `json:"source"`
		Type    string `json:"type"`
		Subject string `json:"subject,omitempty"`
		Time    string `json:"time"`
		Content string `json:"datacontenttype"`
		Data    any    `json:"data"`
	}{"1.0", e.ID, "/safelight", e.kind, e.subject, at.UTC().Format(time.RFC3339), "application/json", e.data})
}

// order is what makes one change the same as another that was tried before.
func (c Change) order() ([]byte, error) {
	c.ID = ""
	return json.Marshal(c)
}

// given gives a change its id, has it done, and forgets the id once it is.
func (a *attempts) give(c Change, do func(Change) error) error {
	order, err := c.order()
	if err != nil {
		return err
	}
	c.ID = "msg_" + a.id(order)
	if err := do(c); err != nil {
		return err
	}
	a.done(order)
	return nil
}

// hooked is what all hooks can do: whatever they are told.
type hooked struct{}

func (hooked) abilities() Abilities {
	return Abilities{Diverts: true, Stores: true, PurgesPrefixes: true, PurgesPaths: true, PurgesTags: true}
}

// divert has nothing to do: a hook is told of changes, and not every while how things are.
func (hooked) divert(context.Context, []string) error { return nil }
