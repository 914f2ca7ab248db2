package incident

import (
	"fmt"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// maxPurged bounds the paths and tags of one purge.
const maxPurged = 100

// PurgeRoute has the edges of a route forget what they have stored of it: some paths, what carries some tags, or all of it where
// neither is named. It contains nothing and there is nothing to undo: what the origin has now is served.
type PurgeRoute struct {
	Route  string   `json:"route"`
	Paths  []string `json:"paths,omitempty"` // below the route
	Tags   []string `json:"tags,omitempty"`
	Reason string   `json:"reason,omitempty"`
}

// Whole tells whether all of the route is to be forgotten.
func (c PurgeRoute) Whole() bool { return len(c.Paths)+len(c.Tags) == 0 }

func (c PurgeRoute) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Contain); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("purge"); err != nil {
		return journal.Change{}, err
	}
	if err := text("route", c.Route, true); err != nil {
		return journal.Change{}, err
	}
	if n := len(c.Paths) + len(c.Tags); n > maxPurged {
		return journal.Change{}, refuse(journal.ErrTooLarge, s.doing("purge"), "purged", n, c.Route, maxPurged)
	}
	for _, m := range s.Mitigations {
		if m.Kind == KindPurge && m.Route == c.Route && (m.Status == IsRequested || m.Status == IsProposed) {
			return journal.Change{}, s.conflict(s.doing("purge"), "purging", m.ID)
		}
	}
	d := decideOn(s.ID, env)
	askForMitigation(d, s, MitigationRequested{
		Duty: s.DutyOf(env.By), ID: fmt.Sprintf("M%d", len(s.Mitigations)+1),
		Kind: KindPurge, Route: c.Route, Purge: &Purge{c.Paths, c.Tags}, Reason: c.Reason, Via: env.Via,
	})
	return d.change, text("reason", c.Reason, false)
}

// Purge says what is to be forgotten of a route; nothing means all of it.
type Purge struct {
	Paths []string `json:"paths,omitempty"`
	Tags  []string `json:"tags,omitempty"`
}

// PurgeEffect asks the edges of a route to forget, and for a probe that what the origin has is served.
type PurgeEffect struct {
	RouteEffect
	Purge
}
