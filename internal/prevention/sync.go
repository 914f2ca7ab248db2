package prevention

import (
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// The event types of an action that stands in a tracker too.
const (
	TypeActionLinked   = "prevention.action-linked"
	TypeActionUnlinked = "prevention.action-unlinked"
	TypeActionSynced   = "prevention.action-synced"
	TypeActionConflict = "prevention.action-conflict"
	TypeActionResolved = "prevention.action-conflict-resolved"
)

// EffectSync brings an action and its issue together. Its data is [SyncEffect].
const EffectSync = "sync-action"

// SyncEffect names the action to bring together with its issue.
type SyncEffect struct {
	Incident string `json:"incident"`
	Action   string `json:"action"`
	By       string `json:"by,omitempty"`     // who changed the issue, where that is a person with an account
	Create   bool   `json:"create,omitempty"` // somebody wants an issue, even if the action was unlinked from one
}

// Field is what an action and the issue of a tracker have in common.
type Field string

// The fields. IssueField stands for the issue itself, where it is not found.
const (
	TitleField Field = "title"
	OwnerField Field = "owner"
	DueField   Field = "due"
	StateField Field = "state"
	IssueField Field = "issue"
)

// Fields lists the fields that have values, in the order in which people read them.
func Fields() []Field { return []Field{TitleField, OwnerField, DueField, StateField} }

// Values are what fields hold: the title, a person's id, a day, open or closed. A field that a tracker does not know is absent.
type Values map[Field]string

const (
	// Open and Shut are the values of [StateField].
	Open, Shut = "open", "closed"
	// Stranger is an assignee without an account here. Who it is says the issue: personal values do not enter the journal.
	Stranger = "unknown"
)

// Values are those of the action as it stands.
func (a Action) Values() Values {
	v := Values{TitleField: a.Title, OwnerField: string(a.Owner), DueField: a.Due, StateField: Open}
	if a.Closed != nil {
		v[StateField] = Shut
	}
	return v
}

// Link is the issue of an action. Ours and Theirs are what both sides held when they were last brought together. They may differ
// where the tracker cannot say what we say: a shorter title, no owner where ours has no account there.
type Link struct {
	Tracker  string    `json:"tracker"` // "github acme/shop"
	Key      string    `json:"key"`     // "42", "SHOP-7"
	URL      string    `json:"url"`
	Ours     Values    `json:"ours,omitempty"`
	Theirs   Values    `json:"theirs,omitempty"`
	SyncedAt time.Time `json:"syncedAt"`
}

// Reason is why a value of the other side was not taken.
type Reason string

// The reasons, each with its sentence backlog.why.REASON.
const (
	BothChanged Reason = "both-changed" // both sides changed the field since they were last brought together
	NoProof     Reason = "no-proof"     // closed there, and closing needs a proof here
	NoAccount   Reason = "no-account"   // given to somebody who has no account here
	NoOwner     Reason = "no-owner"     // given to nobody
	BadValue    Reason = "bad-value"    // a title of 600 bytes, no due day
	NotAllowed  Reason = "not-allowed"  // whoever changed it may not change actions here
	Gone        Reason = "gone"         // the issue was deleted or moved, or may not be seen any more
)

// The sources of values of the other side.
const (
	FromTracker = "tracker"
	FromCSV     = "csv"
)

// Conflict is a field on which the two sides differ, until somebody chooses.
type Conflict struct {
	Field  Field     `json:"field"`
	Ours   string    `json:"ours"`
	Theirs string    `json:"theirs"`
	Why    Reason    `json:"why"`
	From   string    `json:"from"`
	At     time.Time `json:"at"`
	Seq    int64     `json:"seq"` // of the event, which tells it from an earlier one of the same moment
}

// ActionLinked is an action that has an issue from now on. Values are absent where it was linked by hand to one that nobody compared yet.
type ActionLinked struct {
	ID      string `json:"id"`
	Tracker string `json:"tracker"`
	Key     string `json:"key"`
	URL     string `json:"url"`
	Ours    Values `json:"ours,omitempty"`
	Theirs  Values `json:"theirs,omitempty"`
}

// ActionUnlinked is an action that has no issue any more, and gets none by itself.
type ActionUnlinked struct {
	ID string `json:"id"`
}

// ActionSynced says that both sides have come together on the fields that it names.
type ActionSynced struct {
	ID     string `json:"id"`
	Ours   Values `json:"ours,omitempty"`
	Theirs Values `json:"theirs,omitempty"`
}

// ActionConflict says that they have not, on one field.
type ActionConflict struct {
	ID     string `json:"id"`
	Field  Field  `json:"field"`
	Ours   string `json:"ours,omitempty"`
	Theirs string `json:"theirs,omitempty"`
	Why    Reason `json:"why"`
	From   string `json:"from"`
}

// ConflictResolved is somebody's choice: Ours goes to the tracker, or theirs was taken by the event beside this one.
type ConflictResolved struct {
	ID     string `json:"id"`
	Field  Field  `json:"field"`
	Keep   string `json:"keep"` // KeepOurs or KeepTheirs
	Theirs string `json:"theirs,omitempty"`
	From   string `json:"from"`
}

// syncTypes declares the event types of actions that stand in a tracker too.
func syncTypes() []journal.Type {
	return []journal.Type{
		{Name: TypeActionChanged, Version: 1}, {Name: TypeActionLinked, Version: 1}, {Name: TypeActionUnlinked, Version: 1},
		{Name: TypeActionSynced, Version: 1}, {Name: TypeActionConflict, Version: 1}, {Name: TypeActionResolved, Version: 1},
	}
}

// applySync folds the events of this file.
func (s *State) applySync(e journal.Entry) error {
	switch e.Type {
	case TypeActionChanged:
		return on(s, e, func(v ActionChanged) string { return v.ID }, func(a *Action, v ActionChanged) {
			a.Title, a.Owner, a.Due = v.Title, v.Owner, v.Due
		})
	case TypeActionLinked:
		return on(s, e, func(v ActionLinked) string { return v.ID }, func(a *Action, v ActionLinked) {
			a.Unlinked = false
			a.Link = &Link{Tracker: v.Tracker, Key: v.Key, URL: v.URL, Ours: Values{}, Theirs: Values{}}
			a.together(e.OccurredAt, v.Ours, v.Theirs)
		})
	case TypeActionUnlinked:
		return on(s, e, func(v ActionUnlinked) string { return v.ID }, func(a *Action, _ ActionUnlinked) {
			a.Link, a.Unlinked = nil, true
			a.drop(func(c Conflict) bool { return c.From == FromTracker })
		})
	case TypeActionSynced:
		return on(s, e, func(v ActionSynced) string { return v.ID }, func(a *Action, v ActionSynced) { a.together(e.OccurredAt, v.Ours, v.Theirs) })
	case TypeActionConflict:
		return on(s, e, func(v ActionConflict) string { return v.ID }, func(a *Action, v ActionConflict) {
			a.drop(func(c Conflict) bool { return c.Field == v.Field && c.From == v.From })
			a.Conflicts = append(a.Conflicts, Conflict{v.Field, v.Ours, v.Theirs, v.Why, v.From, e.OccurredAt, e.Seq})
		})
	case TypeActionResolved:
		return on(s, e, func(v ConflictResolved) string { return v.ID }, func(a *Action, v ConflictResolved) { a.resolved(v) })
	}
	return nil
}

// dropProven drops the conflicts that a proof ends: the other side says closed, and now it is.
func (a *Action) dropProven() {
	a.drop(func(c Conflict) bool { return c.Field == StateField && c.Theirs == Shut })
}

// on decodes an event and applies it to the action that it is about.
func on[T any](s *State, e journal.Entry, id func(T) string, do func(*Action, T)) error {
	v, err := journal.Decode[T](e)
	if i := s.index(id(v)); err == nil && i >= 0 {
		do(&s.Actions[i], v)
	}
	return err
}

// together notes what both sides hold. Values are copied before they are changed: a state shares its maps with nobody else's.
func (a *Action) together(at time.Time, ours, theirs Values) {
	if a.Link == nil {
		return
	}
	l := *a.Link
	l.Ours, l.Theirs, l.SyncedAt = l.Ours.with(ours), l.Theirs.with(theirs), at
	a.Link = &l
	a.drop(func(c Conflict) bool {
		_, named := ours[c.Field]
		return c.From == FromTracker && (named || c.Field == IssueField)
	})
}

func (v Values) with(o Values) Values {
	joined := Values{}
	for f, s := range v {
		joined[f] = s
	}
	for f, s := range o {
		joined[f] = s
	}
	return joined
}

func (a *Action) drop(which func(Conflict) bool) {
	var left []Conflict
	for _, c := range a.Conflicts {
		if !which(c) {
			left = append(left, c)
		}
	}
	a.Conflicts = left
}

// resolved takes their value as seen: what differs from it from now on is our change, and goes to the tracker.
func (a *Action) resolved(v ConflictResolved) {
	if a.Link != nil && v.From == FromTracker {
		l := *a.Link
		l.Theirs = l.Theirs.with(Values{v.Field: v.Theirs})
		if v.Keep == KeepTheirs {
			l.Ours = l.Ours.with(Values{v.Field: v.Theirs})
		} else {
			l.Ours = l.Ours.with(Values{v.Field: ""}) // no value of ours: it is to be brought there
		}
		a.Link = &l
	}
	a.drop(func(c Conflict) bool { return c.Field == v.Field && c.From == v.From })
}
