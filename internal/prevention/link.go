package prevention

import (
	"fmt"
	"slices"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// The choices of [ResolveConflict].
const (
	KeepOurs   = "ours"
	KeepTheirs = "theirs"
)

// found gives an action by its id. What is to be done with it is named as in "refusal.action.none.close".
func (s State) found(id, doing string, inc incident.State) (Action, error) {
	i := s.index(id)
	if i < 0 {
		return Action{}, phrase.Refusal(journal.ErrNotFound, phrase.Key("refusal.action.none."+doing), id, inc.ID)
	}
	return s.Actions[i], nil
}

// LinkAction gives an action an issue that exists already. Tracker and URL are the application's to say.
type LinkAction struct {
	ID      string `json:"id"`
	Key     string `json:"key"`
	Tracker string `json:"-"`
	URL     string `json:"-"`
}

func (c LinkAction) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	a, err := s.found(c.ID, "link", inc)
	switch {
	case err != nil:
		return journal.Change{}, err
	case a.Link != nil && a.Link.Key == c.Key && a.Link.Tracker == c.Tracker:
		return journal.Change{}, nil
	case a.Link != nil:
		return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.action.link.has", c.ID, inc.ID, a.Link.Key)
	case slices.ContainsFunc(s.Actions, func(o Action) bool { return o.Link != nil && o.Link.Key == c.Key && o.Link.Tracker == c.Tracker }):
		return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.action.link.taken", c.ID, inc.ID, c.Key)
	}
	return event(inc, env, TypeActionLinked, ActionLinked{ID: c.ID, Tracker: c.Tracker, Key: c.Key, URL: c.URL}), nil
}

// UnlinkAction takes an action and its issue apart. Both stay as they are.
type UnlinkAction struct {
	ID string `json:"id"`
}

func (c UnlinkAction) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	a, err := s.found(c.ID, "unlink", inc)
	if err != nil || a.Link == nil {
		return journal.Change{}, err
	}
	return event(inc, env, TypeActionUnlinked, ActionUnlinked(c)), nil
}

// SyncAction asks for an action and its issue to be brought together now; one without an issue gets one.
type SyncAction struct {
	ID string `json:"id"`
}

func (c SyncAction) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	if _, err := s.found(c.ID, "sync", inc); err != nil {
		return journal.Change{}, err
	}
	return journal.Change{Effects: []journal.Effect{{
		Kind: EffectSync, Key: fmt.Sprintf("%s/%s/%s/asked-%d", EffectSync, inc.ID, c.ID, env.Now.UnixMilli()), Stream: inc.ID,
		Data: SyncEffect{Incident: inc.ID, Action: c.ID, Create: true},
	}}}, nil
}

// ResolveConflict chooses between the two values of a field. Closing because they closed it needs a proof.
type ResolveConflict struct {
	ID    string `json:"id"`
	Field Field  `json:"field"`
	Keep  string `json:"keep"`
	Proof string `json:"proof,omitempty"`
}

func (c ResolveConflict) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	a, err := s.found(c.ID, "resolve", inc)
	if err != nil {
		return journal.Change{}, err
	}
	i := slices.IndexFunc(a.Conflicts, func(o Conflict) bool { return o.Field == c.Field })
	switch {
	case i < 0:
		return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.action.resolve.none", c.ID, inc.ID, c.Field)
	case c.Field == IssueField:
		return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.action.resolve.issue", c.ID, inc.ID)
	case c.Keep != KeepOurs && c.Keep != KeepTheirs:
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.action.resolve.keep", c.ID, inc.ID, c.Keep, KeepOurs, KeepTheirs)
	}
	open := a.Conflicts[i]
	var change journal.Change
	if c.Keep == KeepTheirs {
		if change, err = c.take(s, a, open, inc, env); err != nil {
			return change, phrase.Errorf("refusal.action.resolve", c.ID, inc.ID, err)
		}
		if c.Field == StateField && open.Theirs == Shut && a.Closed == nil && !closes(change) {
			return change, nil // the proof waits for a second person, and the conflict with it
		}
	}
	change.Add(event(inc, env, TypeActionResolved, ConflictResolved{c.ID, c.Field, c.Keep, open.Theirs, open.From}))
	return change, nil
}

// closes tells whether a change closes an action.
func closes(c journal.Change) bool {
	return slices.ContainsFunc(c.Events, func(d journal.Draft) bool { return d.Type == TypeActionClosed })
}

// take gives the events that make their value ours.
func (c ResolveConflict) take(s State, a Action, open Conflict, inc incident.State, env incident.Env) (journal.Change, error) {
	switch {
	case c.Field == StateField && open.Theirs == Shut && a.Closed == nil:
		return s.closing(a, c.Proof, nil, inc, env)
	case c.Field == StateField && open.Theirs == Open && a.Closed != nil:
		via := open.From
		if a.Link != nil && via == FromTracker {
			via = a.Link.Tracker + "#" + a.Link.Key
		}
		return event(inc, env, TypeActionReopened, ActionEnded{c.ID, via}), nil
	case c.Field == StateField:
		return journal.Change{}, nil
	case c.Field == OwnerField && open.Theirs == Stranger:
		return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.action.stranger")
	}
	if err := checkValue(c.Field, open.Theirs); err != nil {
		return journal.Change{}, err
	}
	then := a.Values().with(Values{c.Field: open.Theirs})
	return event(inc, env, TypeActionChanged, changedTo(c.ID, then, "")), nil
}

// NoteIssue records the issue that was made, or found again, for an action. The system issues it.
type NoteIssue struct {
	ID, Tracker, Key, URL string
	Ours, Theirs          Values
}

func (c NoteIssue) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	a, err := s.found(c.ID, "note", inc)
	switch {
	case err != nil:
		return journal.Change{}, err
	case !env.By.System:
		return journal.Change{}, fmt.Errorf("note the issue of action %s: only the system makes issues: %w", c.ID, journal.ErrForbidden)
	case a.Link != nil && a.Link.Key == c.Key:
		return journal.Change{}, nil
	case a.Link != nil:
		return journal.Change{}, fmt.Errorf("note the issue %s of action %s of %s: it was linked to %s meanwhile; close %s there: %w", c.Key, c.ID, inc.ID, a.Link.Key, c.Key, journal.ErrConflict)
	}
	return event(inc, env, TypeActionLinked, ActionLinked(c)), nil
}

// NoteSync records that the tracker has taken values of ours: what was sent, and what its answer shows. The system issues it.
type NoteSync struct {
	ID, Key      string
	Ours, Theirs Values
}

func (c NoteSync) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	i := s.index(c.ID)
	if i < 0 || !env.By.System || s.Actions[i].Link == nil || s.Actions[i].Link.Key != c.Key {
		return journal.Change{}, nil // unlinked meanwhile
	}
	return event(inc, env, TypeActionSynced, ActionSynced{c.ID, c.Ours, c.Theirs}), nil
}

// NoteGone records that the issue of an action is not found. The system issues it.
type NoteGone struct{ ID, Key string }

func (c NoteGone) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	i := s.index(c.ID)
	if i < 0 || !env.By.System || s.Actions[i].Link == nil || s.Actions[i].Link.Key != c.Key {
		return journal.Change{}, nil
	}
	if _, known := s.Actions[i].conflict(IssueField, FromTracker); known {
		return journal.Change{}, nil
	}
	return event(inc, env, TypeActionConflict, ActionConflict{ID: c.ID, Field: IssueField, Why: Gone, From: FromTracker}), nil
}

// ToSync names the actions that a change is about, so that their issues follow. What the sync itself has noted is not among them.
func ToSync(c journal.Change) []string {
	var ids []string
	for _, d := range c.Events {
		switch v := d.Data.(type) {
		case ActionAdded:
			ids = append(ids, v.ID)
		case ActionChanged:
			ids = append(ids, v.ID)
		case ActionEnded:
			ids = append(ids, v.ID)
		case ActionLinked:
			ids = append(ids, v.ID)
		case ConflictResolved:
			ids = append(ids, v.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
