package postmortem

import (
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

// StageError says that a command does not fit the stage of the document. It can be said in both languages.
type StageError struct {
	Stage   Stage
	Command phrase.Sentence // with the incident: "submit the postmortem of PM-2025-09-27-01"
	Why     phrase.Sentence
}

// Error is one sentence, in English.
func (e *StageError) Error() string { return e.sentence().In(phrase.English) }

// Phrase makes it a [phrase.Keyed].
func (e *StageError) Phrase() (key string, args []any) {
	s := e.sentence()
	return string(s.Key), s.Args
}

func (e *StageError) sentence() phrase.Sentence {
	if e.Stage == StageNone { // there is no document yet that would be anything
		return phrase.Of("refusal.else", e.Command, e.Why)
	}
	return phrase.Of("refusal", e.Command, phrase.Of(phrase.Key("page.stage."+e.Stage)), e.Why)
}

// Unwrap makes it an [journal.ErrConflict].
func (e *StageError) Unwrap() error { return journal.ErrConflict }

// RevisionError says that an edit is based on a revision that is no longer the current one.
type RevisionError struct {
	Based, Current int
}

// Error is one sentence, in English.
func (e *RevisionError) Error() string {
	return phrase.Say(phrase.English, "refusal.revision", e.Based, e.Current)
}

// Phrase makes it a [phrase.Keyed].
func (e *RevisionError) Phrase() (key string, args []any) {
	return "refusal.revision", []any{e.Based, e.Current}
}

// Unwrap makes it an [journal.ErrConflict].
func (e *RevisionError) Unwrap() error { return journal.ErrConflict }

// Decide gives what follows from a command in a state, or why it may not be.
func Decide(s State, inc incident.State, c Command, env Env) (journal.Change, error) {
	if !inc.Exists() {
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.none")
	}
	return c.decide(situation{s, inc, env})
}

// allow checks the permission and that the incident is not closed. The command is named as in "refusal.do.edit".
func (s situation) allow(p people.Permission, command string) error {
	if err := s.env.By.Require(p); err != nil {
		return err
	}
	if s.inc.Closed != nil {
		return &incident.TransitionError{ID: s.inc.ID, Phase: s.inc.Phase(), Command: s.doing(command), Why: phrase.Of("refusal.closed")}
	}
	return nil
}

// doing says what was to be done, as in "refusal.do.edit".
func (s situation) doing(command string) phrase.Sentence {
	return phrase.Of(phrase.Key("refusal.do."+command), s.inc.ID)
}

// stageError is a [StageError] with its reason, as in "refusal.stage.edit-first".
func (s situation) stageError(command, why string) error {
	return &StageError{s.Stage(), s.doing(command), phrase.Of(phrase.Key("refusal.stage." + why))}
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

// checkText checks free text: required says that it must not be blank. what names it, as in "refusal.what.reason".
func checkText(what, s string, required bool) error {
	about := phrase.Of(phrase.Key("refusal.what." + what))
	switch {
	case required && strings.TrimSpace(s) == "":
		return phrase.Refusal(journal.ErrInvalid, "refusal.text.empty", about)
	case len(s) > maxText:
		return phrase.Refusal(journal.ErrTooLarge, "refusal.text.long", about, len(s), maxText)
	}
	return nil
}

// checkEvidence demands that each path names evidence that has been added.
func (s situation) checkEvidence(paths []string) error {
	if len(paths) > maxList {
		return phrase.Refusal(journal.ErrTooLarge, "refusal.evidence.many", len(paths), maxList)
	}
	for _, p := range paths {
		if !s.hasEvidence(p) {
			return phrase.Refusal(journal.ErrNotFound, "refusal.evidence.unknown", p, s.inc.ID)
		}
	}
	return nil
}

// checkRoom refuses one more. what names it, as in "refusal.room.cause".
func checkRoom(what string, n int) error {
	if n >= maxItems {
		return phrase.Refusal(journal.ErrTooLarge, "refusal.room", phrase.Of(phrase.Key("refusal.room."+what)), n, maxItems)
	}
	return nil
}
