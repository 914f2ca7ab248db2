package postmortem

import (
	"fmt"
	"strings"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Env is what a decision may know besides the states: the time and the doer.
type Env = incident.Env

// Command is something that a person or the system wants to happen to an
// analysis. The commands are the structs of this package with a decide method.
type Command interface {
	decide(situation) (journal.Change, error)
}

// situation is all that a decision looks at.
type situation struct {
	State
	inc incident.State
	env Env
}

// The kinds of effect that this package asks for.
const (
	EffectPublish     = "publish"      // Data is a [PublishEffect]
	EffectCommitDraft = "commit-draft" // Data is a [DraftEffect]
)

// PublishEffect asks the repository to publish a revision. Its performer asks
// [State.PublishWanted] on the latest state before it commits.
type PublishEffect struct {
	Incident string `json:"incident"`
	Revision int    `json:"revision"`
	SHA256   string `json:"sha256"`
}

// DraftEffect asks the repository to commit a revision to the draft branch.
type DraftEffect struct {
	Incident string `json:"incident"`
	Revision int    `json:"revision"`
}

// PublishWanted tells whether that revision is still the approved one.
func (s State) PublishWanted(e PublishEffect) bool {
	return s.Complete && s.Revision == e.Revision && s.SHA256 == e.SHA256
}

// StageError says that a command does not fit the stage of the document.
type StageError struct {
	ID      string
	Stage   Stage
	Command string // "submit"
	Why     string
}

// Error is one sentence.
func (e *StageError) Error() string {
	return fmt.Sprintf("%s the postmortem of %s: it is %s: %s", e.Command, e.ID, e.Stage, e.Why)
}

// Unwrap makes it an [journal.ErrConflict].
func (e *StageError) Unwrap() error { return journal.ErrConflict }

// RevisionError says that an edit is based on a revision that is no longer the current one.
type RevisionError struct {
	Based, Current int
}

// Error is one sentence.
func (e *RevisionError) Error() string {
	return fmt.Sprintf("edit revision %d of the postmortem: revision %d has been written meanwhile; merge the two", e.Based, e.Current)
}

// Unwrap makes it an [journal.ErrConflict].
func (e *RevisionError) Unwrap() error { return journal.ErrConflict }

// Decide gives what follows from a command in a state, or why it may not be.
func Decide(s State, inc incident.State, c Command, env Env) (journal.Change, error) {
	if !inc.Exists() {
		return journal.Change{}, fmt.Errorf("find the incident: %w", journal.ErrNotFound)
	}
	return c.decide(situation{s, inc, env})
}

// allow checks the permission and that the incident is not closed. The command is named as in "refusal.do.edit".
func (s situation) allow(p people.Permission, command string) error {
	if err := s.env.By.Require(p); err != nil {
		return err
	}
	if s.inc.Closed != nil {
		return &incident.TransitionError{ID: s.inc.ID, Phase: s.inc.Phase(), Command: phrase.Of(phrase.Key("refusal.do."+command), s.inc.ID), Why: phrase.Of("refusal.closed")}
	}
	return nil
}

func (s situation) stageError(command, why string) error {
	return &StageError{s.inc.ID, s.Stage(), command, why}
}

func (s situation) event(kind string, data any) journal.Change {
	return journal.Change{Events: []journal.Draft{{
		Stream: s.inc.ID, Type: kind, Version: 1, OccurredAt: s.env.Now, Actor: string(s.env.By.ID), Data: data,
	}}}
}

func (s situation) effect(kind, key string, data any) journal.Effect {
	return journal.Effect{Kind: kind, Key: s.inc.ID + ":" + kind + ":" + key, Stream: s.inc.ID, Data: data}
}

// Limits of what one command may bring and one analysis may hold.
const (
	maxText  = 10_000 // bytes of free text in one field
	maxItems = 10_000 // pieces of evidence, causes, hypotheses, lessons
	maxList  = 100    // evidence of one cause, numbers of one test
)

// checkText checks free text: required says that it must not be blank.
func checkText(what, s string, required bool) error {
	switch {
	case required && strings.TrimSpace(s) == "":
		return fmt.Errorf("%s is empty: say it in a sentence: %w", what, journal.ErrInvalid)
	case len(s) > maxText:
		return fmt.Errorf("%s has %d bytes, the limit is %d: %w", what, len(s), maxText, journal.ErrTooLarge)
	}
	return nil
}

// checkEvidence demands that each path names evidence that has been added.
func (s situation) checkEvidence(paths []string) error {
	if len(paths) > maxList {
		return fmt.Errorf("%d pieces of evidence named at once, the limit is %d: %w", len(paths), maxList, journal.ErrTooLarge)
	}
	for _, p := range paths {
		if !s.hasEvidence(p) {
			return fmt.Errorf("evidence %q has not been added to %s: %w", p, s.inc.ID, journal.ErrNotFound)
		}
	}
	return nil
}

func checkRoom(what string, n int) error {
	if n >= maxItems {
		return fmt.Errorf("add %s: there are %d, the limit is %d: %w", what, n, maxItems, journal.ErrTooLarge)
	}
	return nil
}
