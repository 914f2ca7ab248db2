package prevention

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// conflict gives the conflict that is open on a field with one source.
func (a Action) conflict(f Field, from string) (Conflict, bool) {
	i := slices.IndexFunc(a.Conflicts, func(c Conflict) bool { return c.Field == f && c.From == from })
	if i < 0 {
		return Conflict{}, false
	}
	return a.Conflicts[i], true
}

// Outgoing are the values that the tracker is to have: ours that changed since both sides were last brought together, and that nobody has to
// choose about.
func (a Action) Outgoing() Values {
	if a.Link == nil {
		return nil
	}
	out := Values{}
	for f, v := range a.Values() {
		if _, open := a.conflict(f, FromTracker); !open && a.Link.Ours[f] != v {
			out[f] = v
		}
	}
	return out
}

// TakeIssue brings what the issue of an action holds. The system issues it. By is who changed the issue, where that is known.
type TakeIssue struct {
	ID   string
	Key  string // of the issue that was read; the action may have another one meanwhile
	Seen Values
	By   people.Actor
}

func (c TakeIssue) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	if !env.By.System {
		return journal.Change{}, fmt.Errorf("take the issue of action %s: only the system reads trackers: %w", c.ID, journal.ErrForbidden)
	}
	i := s.index(c.ID)
	if i < 0 || s.Actions[i].Link == nil || s.Actions[i].Link.Key != c.Key {
		return journal.Change{}, nil // unlinked while it was read
	}
	a := s.Actions[i]
	m := merge{
		action: a, from: FromTracker, theirs: c.Seen, baseOurs: a.Link.Ours, baseTheirs: a.Link.Theirs,
		via: a.Link.Tracker + "#" + a.Link.Key, by: c.By,
	}
	m.run()
	return m.change(inc, env), nil
}

// TakeRow brings what a row of a CSV file says of an action. Base is what the action was when the file was written.
type TakeRow struct {
	ID     string `json:"id"`
	Base   Values `json:"base"`
	Values Values `json:"values"`
	Proof  string `json:"proof,omitempty"`
}

func (c TakeRow) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	i := s.index(c.ID)
	if i < 0 {
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.action.take.none", c.ID, inc.ID)
	}
	for f := range c.Values {
		if !slices.Contains(Fields(), f) {
			return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.action.take.field", c.ID, inc.ID, f, Fields())
		}
	}
	m := merge{
		action: s.Actions[i], from: FromCSV, theirs: c.Values, baseOurs: c.Base, baseTheirs: c.Base,
		via: FromCSV, by: env.By, proof: c.Proof,
		closing: func(proof string, env incident.Env) (journal.Change, error) {
			return s.closing(s.Actions[i], proof, nil, inc, env)
		},
	}
	m.run()
	return m.change(inc, env), nil
}

// merge is a three-way merge, field by field, of an action with what the other side says of it.
type merge struct {
	action               Action
	from                 string
	theirs               Values
	baseOurs, baseTheirs Values
	via                  string
	by                   people.Actor
	proof                string
	closing              func(proof string, env incident.Env) (journal.Change, error) // by the proof; nil where none was given

	taken                    Values
	agreedOurs, agreedTheirs Values
	conflicts                []ActionConflict
	closes                   bool
}

func (m *merge) run() {
	m.taken, m.agreedOurs, m.agreedTheirs = Values{}, Values{}, Values{}
	if _, missed := m.action.conflict(IssueField, m.from); missed {
		m.agree(IssueField, "", "") // it is there again
	}
	for _, f := range Fields() {
		if theirs, known := m.theirs[f]; known {
			m.field(f, theirs)
		}
	}
}

func (m *merge) field(f Field, theirs string) {
	ours := m.action.Values()[f]
	wasTheirs, compared := m.baseTheirs[f]
	_, conflicting := m.action.conflict(f, m.from)
	switch {
	case !compared && theirs == "" && (f == OwnerField || f == DueField):
		return // an issue that nobody has filled in is no opinion: ours goes there
	case ours == theirs:
		if conflicting || m.baseOurs[f] != ours || wasTheirs != theirs || !compared {
			m.agree(f, ours, theirs)
		}
	case compared && theirs == wasTheirs:
		if conflicting { // they took their change back
			m.agree(f, m.baseOurs[f], theirs)
		}
	default:
		why := m.refusal(f, theirs, ours)
		if why == "" && f == StateField && theirs == Shut {
			m.closes = true // by its proof, which may have to wait
			return
		}
		if why == "" {
			m.taken[f] = theirs
			m.agree(f, theirs, theirs)
			return
		}
		m.object(f, ours, clip(theirs), why)
	}
}

func (m *merge) agree(f Field, ours, theirs string) {
	m.agreedOurs[f], m.agreedTheirs[f] = ours, theirs
}

// object notes a conflict once.
func (m *merge) object(f Field, ours, theirs string, why Reason) {
	if c, open := m.action.conflict(f, m.from); open && c.Ours == ours && c.Theirs == theirs && c.Why == why {
		return
	}
	m.conflicts = append(m.conflicts, ActionConflict{m.action.ID, f, ours, theirs, why, m.from})
}

// clip bounds what a conflict keeps of a value that is no value.
func clip(v string) string {
	n := min(len(v), maxTitle)
	for n > 0 && n < len(v) && !utf8.RuneStart(v[n]) {
		n--
	}
	return strings.ToValidUTF8(v[:n], "\uFFFD")
}

// proven tells whether the proof that came with it is one, at least for a second person.
func (m *merge) proven() bool {
	if m.closing == nil {
		return false
	}
	_, err := m.closing(m.proof, incident.Env{})
	return err == nil
}

// refusal says why their value cannot be taken, or nothing.
func (m *merge) refusal(f Field, theirs, ours string) Reason {
	switch {
	case m.baseOurs[f] != ours:
		return BothChanged
	case f == OwnerField && theirs == "":
		return NoOwner
	case f == OwnerField && theirs == Stranger:
		return NoAccount
	case checkValue(f, theirs) != nil || f == StateField && theirs != Open && theirs != Shut:
		return BadValue
	case f == StateField && theirs == Shut && !m.proven():
		return NoProof
	case m.by.ID != "" && !m.by.May(people.Author):
		return NotAllowed
	}
	return ""
}

// change gives the events: what was taken in the name of whoever changed it, the rest in the name of who asks.
func (m *merge) change(inc incident.State, env incident.Env) journal.Change {
	as := env
	if m.by.ID != "" {
		as.By = m.by
	}
	var c journal.Change
	id, was := m.action.ID, m.action.Values()
	if m.taken[StateField] == Open {
		c.Add(event(inc, as, TypeActionReopened, ActionEnded{id, m.via}))
	}
	then := was.with(m.taken)
	if then[TitleField] != was[TitleField] || then[OwnerField] != was[OwnerField] || then[DueField] != was[DueField] {
		c.Add(event(inc, as, TypeActionChanged, changedTo(id, then, m.via)))
	}
	if m.closes {
		closed, err := m.closing(m.proof, as)
		if err == nil { // as it was when it was merged
			c.Add(closed)
		}
	}
	if len(m.agreedOurs) > 0 && m.from == FromTracker {
		delete(m.agreedOurs, IssueField)
		delete(m.agreedTheirs, IssueField)
		c.Add(event(inc, env, TypeActionSynced, ActionSynced{id, m.agreedOurs, m.agreedTheirs}))
	}
	if m.from == FromCSV {
		for f := range m.agreedOurs {
			if open, is := m.action.conflict(f, FromCSV); is {
				c.Add(event(inc, env, TypeActionResolved, ConflictResolved{id, f, KeepTheirs, open.Theirs, FromCSV}))
			}
		}
	}
	for _, o := range m.conflicts {
		c.Add(event(inc, env, TypeActionConflict, o))
	}
	return c
}
