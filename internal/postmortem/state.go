package postmortem

import (
	"fmt"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// Stage is where the document stands.
type Stage string

// The stages, in their order.
const (
	StageNone      Stage = "none"
	StageDrafting  Stage = "drafting"
	StageSubmitted Stage = "submitted"
	StageApproved  Stage = "approved"
	StagePublished Stage = "published"
)

// State is the fold of the analysis in an incident's stream. It is a value: Fold owns it.
type State struct {
	ID          string           `json:"id"`
	Evidence    []Evidence       `json:"evidence,omitempty"`
	Causes      []Cause          `json:"causes,omitempty"`
	Whys        []WhyFields      `json:"whys,omitempty"` // by level
	Hypotheses  []Hypothesis     `json:"hypotheses,omitempty"`
	Gaps        []Gap            `json:"gaps,omitempty"`
	Judgements  []Judgement      `json:"judgements,omitempty"`
	Boards      []Whiteboard     `json:"boards,omitempty"`
	Comments    []Comment        `json:"comments,omitempty"`
	Reminded    BoardReminded    `json:"reminded,omitzero"` // the last time
	Lessons     []Lesson         `json:"lessons,omitempty"`
	Revision    int              `json:"revision"` // 0 before the first draft
	Document    Document         `json:"document"`
	SHA256      string           `json:"sha256,omitempty"`  // of the current revision
	Edited      bool             `json:"edited,omitempty"`  // people's own words stand in the document
	Through     int64            `json:"through,omitempty"` // the last entry of the journal that it has taken in
	WrittenBy   people.ID        `json:"writtenBy,omitempty"`
	WrittenAt   time.Time        `json:"writtenAt,omitzero"`
	Authors     []people.ID      `json:"authors,omitempty"` // since the approvals were last complete
	Submitted   *incident.Mark   `json:"submitted,omitempty"`
	Requests    []Request        `json:"requests,omitempty"`
	Asked       *Request         `json:"asked,omitempty"`     // what the board asked for last, until it has approved
	Approvals   []Approval       `json:"approvals,omitempty"` // of the current revision
	Complete    bool             `json:"complete,omitempty"`  // the approvals meet the quorum
	Overruled   []Overruling     `json:"overruled,omitempty"` // problems that the lint found and people judge otherwise
	Publication *PublicationMark `json:"publication,omitempty"`
	// Restrictions are the decisions on what not everybody may read; the last one counts.
	Restrictions []RestrictionMark `json:"restrictions,omitempty"`
	Seq          int64             `json:"seq"` // of the last entry folded
}

// Evidence is a file with who added it and when.
type Evidence struct {
	EvidenceFields
	incident.Mark
	// Redactions are what has stood under this path before, the first first.
	Redactions []Redaction `json:"redactions,omitempty"`
}

// Cause is a cause with who set it and when.
type Cause struct {
	CauseFields
	incident.Mark
}

// Hypothesis is a hypothesis with its tests, the latest last.
type Hypothesis struct {
	HypothesisFields
	incident.Mark
	Tests []Test `json:"tests,omitempty"`
}

// Test is one run of a test with who ran it and when.
type Test struct {
	TestFields
	incident.Mark
}

// Lesson is a lesson with who added it and when.
type Lesson struct {
	LessonFields
	incident.Mark
	// Links are all places where it stands now; Open says that it is to be worked into more. Both are known to package lesson.
	Links []string `json:"links,omitempty"`
	Open  bool     `json:"open,omitempty"`
}

// links lists where the lesson stands.
func (l Lesson) links() []string {
	if l.Link != "" && !slices.Contains(l.Links, l.Link) {
		return append([]string{l.Link}, l.Links...)
	}
	return l.Links
}

// Request is a board member's request for changes.
type Request struct {
	ChangesRequested
	incident.Mark
}

// Approval is an approval of the current revision.
type Approval struct {
	Approved
	incident.Mark
}

// Overruling is a problem overruled, by whom and when.
type Overruling struct {
	LintOverruled
	incident.Mark
}

// PublicationMark is the latest publication.
type PublicationMark struct {
	incident.Published
	incident.Mark
}

// Stage derives where the document stands.
func (s State) Stage() Stage {
	switch {
	case s.Revision == 0:
		return StageNone
	case s.Publication != nil && s.Publication.SHA256 == s.SHA256 && s.Complete:
		return StagePublished
	case s.Complete:
		return StageApproved
	case s.Submitted != nil:
		return StageSubmitted
	}
	return StageDrafting
}

// Living tells whether the journal still writes the document: nobody has edited it, and the board has not been asked.
func (s State) Living() bool {
	return !s.Edited && (s.Stage() == StageNone || s.Stage() == StageDrafting)
}

// Result is that of the latest test; inconclusive before the first.
func (h Hypothesis) Result() Result {
	if len(h.Tests) == 0 {
		return Inconclusive
	}
	return h.Tests[len(h.Tests)-1].Result
}

// CausesOf lists the causes of a kind.
func (s State) CausesOf(k CauseKind) []Cause {
	var list []Cause
	for _, c := range s.Causes {
		if c.Kind == k {
			list = append(list, c)
		}
	}
	return list
}

func (s State) hasEvidence(path string) bool {
	return slices.ContainsFunc(s.Evidence, func(e Evidence) bool { return e.Path == path })
}

func (s State) cause(id string) int {
	return slices.IndexFunc(s.Causes, func(c Cause) bool { return c.ID == id })
}

func (s State) hypothesis(id string) int {
	return slices.IndexFunc(s.Hypotheses, func(h Hypothesis) bool { return h.ID == id })
}

// Fold computes the state from the entries of one incident's stream, in their
// order. Entries of other packages, and of types not known, are passed over.
func Fold(entries []journal.Entry) (State, error) {
	var s State
	for _, e := range entries {
		if err := s.apply(e); err != nil {
			return s, fmt.Errorf("fold postmortem %s: %w", e.Stream, err)
		}
	}
	return s, nil
}

// on decodes the event of an entry and applies it.
func on[T any](e journal.Entry, apply func(T)) error {
	v, err := journal.Decode[T](e)
	if err == nil {
		apply(v)
	}
	return err
}

// apply folds one entry. Each case only records what happened; whether it may
// happen was settled by Decide.
func (s *State) apply(e journal.Entry) error {
	s.ID, s.Seq = e.Stream, e.Seq
	mark := incident.Mark{At: e.OccurredAt, By: people.ID(e.Actor)}
	switch e.Type {
	case TypeEvidenceAdded:
		return on(e, func(v EvidenceFields) { s.Evidence = append(s.Evidence, Evidence{EvidenceFields: v, Mark: mark}) })
	case TypeEvidenceRedacted:
		return on(e, func(v EvidenceRedacted) { s.redact(Redaction{v, mark}) })
	case TypeCauseSet:
		return on(e, func(v CauseFields) { s.setCause(Cause{v, mark}) })
	case TypeCauseRemoved:
		return on(e, func(v CauseRemoved) {
			s.Causes = slices.DeleteFunc(s.Causes, func(c Cause) bool { return c.ID == v.ID })
		})
	case TypeWhySet:
		return on(e, func(v WhyFields) { s.setWhy(v) })
	case TypeHypothesisStated:
		return on(e, func(v HypothesisFields) { s.setHypothesis(Hypothesis{HypothesisFields: v, Mark: mark}) })
	case TypeTestRun:
		return on(e, func(v TestFields) {
			if i := s.hypothesis(v.Hypothesis); i >= 0 {
				s.Hypotheses[i].Tests = append(s.Hypotheses[i].Tests, Test{v, mark})
			}
		})
	case TypeGapOpened, TypeGapSet:
		return on(e, func(v GapFields) { s.setGap(Gap{GapFields: v, Mark: mark}) })
	case TypeGapClosed:
		return on(e, func(v GapClosed) { s.closeGap(v, mark) })
	case TypeCauseJudged:
		return on(e, func(v CauseJudged) { s.Judgements = append(s.Judgements, Judgement{v, mark}) })
	case TypeBoardLinked:
		return on(e, func(v BoardLinked) { s.linkBoard(Whiteboard{v, mark}) })
	case TypeLessonAdded:
		return on(e, func(v LessonFields) { s.Lessons = append(s.Lessons, Lesson{LessonFields: v, Mark: mark}) })
	case TypeLessonIntegrated:
		return on(e, func(v LessonIntegrated) {
			if v.Index >= 1 && v.Index <= len(s.Lessons) {
				s.Lessons[v.Index-1].Link = v.Link
			}
		})
	}
	return s.applyDocument(e, mark)
}

// applyDocument folds the revisions of the document and what the board says of them.
func (s *State) applyDocument(e journal.Entry, mark incident.Mark) error {
	switch e.Type {
	case TypeDrafted, TypeEdited:
		s.Edited = s.Edited || e.Type == TypeEdited
		return on(e, func(v Written) {
			if v.Through == 0 {
				v.Through = e.Seq
			}
			s.write(v, mark)
		})
	case TypeLintOverruled:
		return on(e, func(v LintOverruled) {
			s.Overruled = append(slices.DeleteFunc(s.Overruled, func(o Overruling) bool { return o.Pin == v.Pin }), Overruling{v, mark})
		})
	case TypeCaughtUp:
		return on(e, func(v CaughtUp) { s.Through = v.Through })
	case TypeCommented:
		return on(e, func(v Commented) { s.Comments = append(s.Comments, Comment{Commented: v, Mark: mark}) })
	case TypeCommentResolved:
		return on(e, func(v CommentResolved) {
			if v.Number >= 1 && v.Number <= len(s.Comments) {
				s.Comments[v.Number-1].Resolved, s.Comments[v.Number-1].Answer = &mark, v.Text
			}
		})
	case TypeGapReminded:
		return on(e, func(v GapReminded) {
			if i := s.gap(v.ID); i >= 0 {
				s.Gaps[i].Reminded = v.Due
			}
		})
	case TypeBoardReminded:
		return on(e, func(v BoardReminded) { s.Reminded = v })
	case TypeSubmitted:
		s.Submitted = &mark
	case TypeChangesRequested:
		return on(e, func(v ChangesRequested) {
			s.Asked = &Request{v, mark}
			s.Requests = append(s.Requests, *s.Asked)
			s.Submitted, s.Approvals = nil, nil
		})
	case TypeApproved:
		return on(e, func(v Approved) { s.approve(Approval{v, mark}) })
	case TypeRestricted:
		return on(e, func(v RestrictionDecided) { s.Restrictions = append(s.Restrictions, RestrictionMark{v, mark}) })
	case incident.TypePublished:
		return on(e, func(v incident.Published) { s.Publication = &PublicationMark{v, mark} })
	}
	return nil
}

func (s *State) setCause(c Cause) {
	if i := s.cause(c.ID); i >= 0 {
		s.Causes[i] = c
		return
	}
	s.Causes = append(s.Causes, c)
}

func (s *State) setWhy(v WhyFields) {
	i, found := slices.BinarySearchFunc(s.Whys, v, func(a, b WhyFields) int { return a.Level - b.Level })
	if found {
		s.Whys[i] = v
		return
	}
	s.Whys = slices.Insert(s.Whys, i, v)
}

func (s *State) setHypothesis(h Hypothesis) {
	if i := s.hypothesis(h.ID); i >= 0 {
		s.Hypotheses[i] = h
		return
	}
	s.Hypotheses = append(s.Hypotheses, h)
}

// write takes a revision over. Complete approvals end the list of authors:
// what they wrote has been judged by others.
func (s *State) write(v Written, mark incident.Mark) {
	if s.Complete {
		s.Authors = nil
	}
	s.Revision, s.Document, s.SHA256, s.Through = v.Revision, v.Document, v.SHA256, v.Through
	s.WrittenBy, s.WrittenAt = mark.By, mark.At
	s.Submitted, s.Approvals, s.Complete = nil, nil, false
	if !slices.Contains(s.Authors, mark.By) {
		s.Authors = append(s.Authors, mark.By)
	}
}

// approve counts each person once; an approval of another revision is history.
func (s *State) approve(a Approval) {
	if a.Revision != s.Revision || a.SHA256 != s.SHA256 {
		return
	}
	if a.Complete {
		s.Complete, s.Asked = true, nil
	}
	if !slices.ContainsFunc(s.Approvals, func(b Approval) bool { return b.By == a.By }) {
		s.Approvals = append(s.Approvals, a)
	}
}
