package prevention

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// The events of a proof that a second person looks at.
const (
	TypeActionProven  = "prevention.action-proven"
	TypeActionDoubted = "prevention.action-doubted"
)

// ActionProof is a proof that was given, or why one is none.
type ActionProof struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// Proof is the proof that somebody has given of an action. It waits for a second person while the action is open.
type Proof struct {
	Text string    `json:"text"`
	By   people.ID `json:"by"`
	At   time.Time `json:"at"`
}

// Waits tells whether a proof of the action waits for a second person.
func (a Action) Waits() bool { return a.Closed == nil && a.Given != nil }

var (
	address = regexp.MustCompile(`https?://[^\s]{3,}`)
	hexWord = regexp.MustCompile(`(?:\bcommit )?\b[0-9a-f]{7,64}\b`)
)

// located tells whether a proof names what a second person can look at: an address, or a commit. Digits alone are a date, letters alone
// a word, unless it is called a commit.
func located(proof string) bool {
	return address.MatchString(proof) || slices.ContainsFunc(hexWord.FindAllString(proof, -1), func(w string) bool {
		return strings.HasPrefix(w, "commit ") || strings.ContainsAny(w, "0123456789") && strings.ContainsAny(w, "abcdef")
	})
}

// closing gives the event that a proof makes: an accepted test, or a guard that was seen to catch the incident, closes the action; an address or
// a commit waits for a second person.
func (s State) closing(a Action, proof string, guards []string, inc incident.State, env incident.Env) (journal.Change, error) {
	proof = strings.TrimSpace(proof)
	accepted := slices.ContainsFunc(s.Tests, func(t TestAccepted) bool { return t.Name == strings.TrimPrefix(proof, "test ") })
	switch {
	case proof == "" || len(proof) > maxText:
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.action.proof")
	case accepted, slices.Contains(guards, proof):
		return event(inc, env, TypeActionClosed, ActionEnded{a.ID, proof}), nil
	case !located(proof):
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.action.proof.none", fmt.Sprintf("%.80q", proof))
	case a.Given != nil && a.Given.Text == proof:
		return journal.Change{}, nil // pressed twice
	}
	c := event(inc, env, TypeActionProven, ActionProof{a.ID, proof})
	tell(&c, inc, a.number(), "action-proven", env, others(inc, a, env.By.ID))
	return c, nil
}

// number is the place of an action within its incident: 1 of A1.
func (a Action) number() int {
	n := 0
	fmt.Sscanf(a.ID, "A%d", &n)
	return n
}

// others are the owner and the lead, but for one person.
func others(inc incident.State, a Action, but people.ID) []people.ID {
	to := []people.ID{a.Owner}
	if lead := inc.Lead; lead != nil && lead.Accepted != nil && lead.To != a.Owner {
		to = append(to, lead.To)
	}
	return slices.DeleteFunc(to, func(p people.ID) bool { return p == but })
}

// tell informs people of an action.
func tell(c *journal.Change, inc incident.State, number int, what string, env incident.Env, to []people.ID) {
	for _, p := range to {
		e := incident.InformEffect{Incident: inc.ID, What: what, Number: number, To: p}
		key := fmt.Sprintf("%s:%s:%s-%d-%d/%s", inc.ID, incident.EffectInform, what, number, env.Now.UnixMilli(), p)
		c.Effects = append(c.Effects, journal.Effect{Kind: incident.EffectInform, Key: key, Stream: inc.ID, Data: e})
	}
}

// ConfirmAction closes an action whose proof somebody else has given.
type ConfirmAction struct {
	ID string `json:"id"`
	// Proof is what has been looked at; where it is given, and another one has been given since, nothing is confirmed.
	Proof string `json:"proof,omitempty"`
}

func (c ConfirmAction) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	a, err := s.found(c.ID, "confirm", inc)
	switch {
	case err != nil:
		return journal.Change{}, err
	case !a.Waits():
		return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.action.confirm.none", c.ID, inc.ID)
	case a.Given.By == env.By.ID:
		return journal.Change{}, phrase.Refusal(journal.ErrForbidden, "refusal.action.confirm.self", c.ID, inc.ID)
	}
	if c.Proof != "" && c.Proof != a.Given.Text {
		return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.action.confirm.changed", c.ID, inc.ID, fmt.Sprintf("%.200q", a.Given.Text))
	}
	return event(inc, env, TypeActionClosed, ActionEnded{c.ID, a.Given.Text}), nil
}

// DoubtAction says why a proof that waits is none: the action stays open.
type DoubtAction struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

func (c DoubtAction) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	a, err := s.found(c.ID, "doubt", inc)
	switch {
	case err != nil:
		return journal.Change{}, err
	case !a.Waits():
		return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.action.doubt.none", c.ID, inc.ID)
	case strings.TrimSpace(c.Reason) == "" || len(c.Reason) > maxText:
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.action.doubt.reason", c.ID, inc.ID)
	}
	return event(inc, env, TypeActionDoubted, ActionProof{c.ID, c.Reason}), nil
}

// ReopenForCause reopens the actions of an incident whose direct cause came back in a later one: those that were closed before it began. The system
// issues it.
type ReopenForCause struct {
	Since  time.Time // when the later incident was detected
	Reason string
}

func (c ReopenForCause) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	if !env.By.System {
		return journal.Change{}, fmt.Errorf("reopen actions of %s: only the system compares causes: %w", inc.ID, journal.ErrForbidden)
	}
	var all journal.Change
	for _, a := range s.Actions {
		if a.Closed == nil || !a.Closed.At.Before(c.Since) {
			continue
		}
		all.Add(event(inc, env, TypeActionReopened, ActionEnded{a.ID, c.Reason}))
		tell(&all, inc, a.number(), "action-recurred", env, others(inc, a, ""))
	}
	return all, nil
}
