package postmortem

import (
	"fmt"
	"slices"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Commented is what somebody says of the document while it is being written or judged. It binds nobody: what must change is asked for
// by [RequestChanges].
type Commented struct {
	Number   int           `json:"number"` // from 1
	Revision int           `json:"revision"`
	Domain   people.Domain `json:"domain,omitempty"`
	Section  Field         `json:"section,omitempty"` // empty is the whole
	Text     string        `json:"text"`
}

// CommentResolved says what became of a comment.
type CommentResolved struct {
	Number int    `json:"number"`
	Text   string `json:"text,omitempty"`
}

// Comment is a comment with who gave it and when, and what became of it.
type Comment struct {
	Commented
	incident.Mark
	Resolved *incident.Mark `json:"resolved,omitempty"`
	Answer   string         `json:"answer,omitempty"`
}

// Level is how near the clock of the publication is.
type Level string

// The levels at which the board is reminded.
const (
	NearlyDue Level = "at-risk"
	Overdue   Level = "breached"
)

// BoardReminded says that those who have not judged a revision were told so.
type BoardReminded struct {
	Revision int   `json:"revision"`
	Level    Level `json:"level"`
}

// What the board and the authors are told of, as messages name it.
const (
	toldSubmitted = "submitted"
	toldReminder  = "reminder"
	toldChanges   = "changes-requested"
	toldComment   = "comment"
)

// OpenComments lists the comments that nobody has resolved.
func (s State) OpenComments() []Comment {
	return slices.DeleteFunc(slices.Clone(s.Comments), func(c Comment) bool { return c.Resolved != nil })
}

// Waits tells whether a revision still waits for the judgement of somebody on the board.
func (s State) Waits(revision int, by people.ID) bool {
	return s.Stage() == StageSubmitted && s.Revision == revision && !slices.Contains(s.Authors, by) &&
		!slices.ContainsFunc(s.Approvals, func(a Approval) bool { return a.By == by })
}

// AddComment says something of the document, of one section or of the whole.
type AddComment struct {
	Section Field  `json:"section,omitempty"`
	Text    string `json:"text"`
}

func (c AddComment) decide(s situation) (journal.Change, error) {
	permission := people.Author
	if s.env.By.May(people.Approve) {
		permission = people.Approve
	}
	if err := s.allow(permission, "comment"); err != nil {
		return journal.Change{}, err
	}
	if c.Section != "" {
		if _, ok := kindOf(c.Section); !ok {
			return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.comment.section", s.inc.ID, c.Section)
		}
	}
	if err := checkText("comment", c.Text, true); err != nil {
		return journal.Change{}, err
	}
	n := len(s.Comments) + 1
	change := s.event(TypeCommented, Commented{n, s.Revision, s.env.By.Domain, c.Section, c.Text})
	change.Effects = s.tellAuthors(toldComment, n)
	return change, checkRoom("comment", len(s.Comments))
}

// ResolveComment says what became of a comment: whoever gave it may, and the authors.
type ResolveComment struct {
	Number int    `json:"number"`
	Text   string `json:"text,omitempty"`
}

func (c ResolveComment) decide(s situation) (journal.Change, error) {
	there := c.Number >= 1 && c.Number <= len(s.Comments)
	permission := people.Author
	if there && s.Comments[c.Number-1].By == s.env.By.ID {
		permission = people.Read
	}
	if err := s.allow(permission, "comment-resolve"); err != nil {
		return journal.Change{}, err
	}
	if !there {
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.comment.none", c.Number, s.inc.ID)
	}
	if s.Comments[c.Number-1].Resolved != nil {
		return journal.Change{}, nil
	}
	return s.event(TypeCommentResolved, CommentResolved(c)), checkText("answer", c.Text, false)
}

// tellAuthors tells each of the authors but the doer.
func (s situation) tellAuthors(what string, number int) []journal.Effect {
	authors := s.Authors
	if len(authors) == 0 && s.WrittenBy != "" {
		authors = []people.ID{s.WrittenBy}
	}
	var effects []journal.Effect
	for _, id := range authors {
		if id != s.env.By.ID {
			effects = append(effects, s.effect(incident.EffectInform, fmt.Sprintf("%s-%d/%s", what, number, id),
				incident.InformEffect{Incident: s.inc.ID, What: what, Number: number, To: id}))
		}
	}
	return effects
}

// tellBoard tells the members of the board that a revision waits for them.
func (s situation) tellBoard(what, key string, revision int) journal.Effect {
	return s.effect(incident.EffectInform, fmt.Sprintf("%s-%d%s", what, revision, key), incident.InformEffect{Incident: s.inc.ID, What: what, Number: revision})
}

// RemindBoard reminds those who have not judged the submitted revision when the clock of the publication is at risk, and again when it is
// over: each level once for a revision. It comes with every tick and gives nothing when nothing is due.
type RemindBoard struct{}

func (RemindBoard) decide(s situation) (journal.Change, error) {
	if !s.env.By.System {
		return journal.Change{}, fmt.Errorf("remind the board of %s: %w", s.inc.ID, journal.ErrForbidden)
	}
	if s.inc.Closed != nil || s.Stage() != StageSubmitted {
		return journal.Change{}, nil
	}
	level := Level("")
	for _, c := range s.inc.Clocks {
		switch {
		case c.Name != incident.ClockPublish:
		case c.Breached:
			level = Overdue
		case c.AtRisk:
			level = NearlyDue
		}
	}
	if level == "" || s.Reminded == (BoardReminded{s.Revision, level}) {
		return journal.Change{}, nil
	}
	change := s.event(TypeBoardReminded, BoardReminded{s.Revision, level})
	change.Effects = []journal.Effect{s.tellBoard(toldReminder, "/"+string(level), s.Revision)}
	return change, nil
}
