package postmortem

import (
	"fmt"
	"slices"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// SaveDraft keeps what the journal writes as a revision, as long as nobody has edited it. A sealed part is dropped.
type SaveDraft struct {
	Document Document `json:"document"`
	Through  int64    `json:"through,omitempty"` // the last entry that was taken in
}

func (c SaveDraft) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Author, "draft"); err != nil {
		return journal.Change{}, err
	}
	if !s.Living() {
		why := "draft"
		if s.Edited {
			why = "edited"
		}
		return journal.Change{}, s.stageError("draft", why)
	}
	return s.writeRevision(TypeDrafted, c.Document, c.Through)
}

// Edit writes the revision that follows Based, and voids all approvals. An edit that changes nothing gives no revision. A sealed part
// is dropped. Based is 0 where what the journal writes has not been kept as a revision yet.
type Edit struct {
	Based    int      `json:"based"`
	Document Document `json:"document"`
	Through  int64    `json:"through,omitempty"` // the last entry that was taken in; as before where it is 0
}

func (c Edit) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Author, "edit"); err != nil {
		return journal.Change{}, err
	}
	switch {
	case c.Based != s.Revision:
		return journal.Change{}, &RevisionError{c.Based, s.Revision}
	case slices.ContainsFunc(c.Document.Sections, func(p Section) bool { return unmerged(p.Markdown) }):
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.edit.marks", s.inc.ID, markMine, markTheirs)
	}
	if c.Through == 0 {
		c.Through = s.Through
	}
	return s.writeRevision(TypeEdited, c.Document, c.Through)
}

func (s situation) writeRevision(kind string, d Document, through int64) (journal.Change, error) {
	d.Sealed = nil
	hash, err := s.checkRevision(d)
	switch {
	case err != nil:
		return journal.Change{}, phrase.Errorf("refusal.write", s.inc.ID, err)
	case through < 0 || through > s.Seq:
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.write.entry", s.inc.ID, through)
	case hash == s.SHA256 && through > s.Through && s.Edited:
		return s.event(TypeCaughtUp, CaughtUp{s.inc.DutyOf(s.env.By), through}), nil
	case hash == s.SHA256:
		return journal.Change{}, nil
	}
	n := s.Revision + 1
	change := s.event(kind, Written{Duty: s.inc.DutyOf(s.env.By), Revision: n, SHA256: hash, Document: d, Through: through})
	change.Effects = append(change.Effects, s.effect(EffectCommitDraft, fmt.Sprint(n), DraftEffect{s.inc.ID, n}))
	return change, nil
}

func (s situation) checkRevision(d Document) (hash string, err error) {
	if d.ID != s.inc.ID {
		return "", phrase.Refusal(journal.ErrInvalid, "refusal.write.title", d.ID)
	}
	if err := d.Validate(); err != nil {
		return "", err
	}
	return d.Hash()
}

// Submit asks the control board for approval of the current revision, or of what the journal writes, as long as nobody has edited it:
// then that is kept as a revision first.
type Submit struct {
	SHA256 string `json:"sha256"` // of what the submitter has read
	// Draft is what the journal writes now. It is no part of what people send.
	Draft   *Document `json:"-"`
	Through int64     `json:"-"`
	// Open are the problems that the lint finds in it and nobody has overruled.
	Open []Problem `json:"-"`
}

func (c Submit) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Author, "submit"); err != nil {
		return journal.Change{}, err
	}
	if n := len(c.Open); n > 0 && s.inc.Policy.Lint == pipeline.LintRefuse {
		return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.lint", s.inc.ID, n, c.Open[0].Text)
	}
	switch s.Stage() {
	case StageNone, StageDrafting:
		if change, done, err := c.keepFirst(s); done || err != nil {
			return change, err
		}
		if s.Revision == 0 {
			return journal.Change{}, s.stageError("submit", "draft-first")
		}
	case StageApproved, StagePublished:
		return journal.Change{}, s.stageError("submit", "edit-first")
	}
	if err := s.checkHash("submit", c.SHA256); err != nil {
		return journal.Change{}, err
	}
	if s.Submitted != nil {
		return journal.Change{}, nil
	}
	change := s.event(TypeSubmitted, Submitted{s.inc.DutyOf(s.env.By), s.Revision, s.SHA256})
	change.Effects = []journal.Effect{s.tellBoard(toldSubmitted, s.again(), s.Revision)}
	return change, nil
}

// again tells one submission of a revision from the next: what was sent back may be submitted unchanged.
func (s situation) again() string {
	if n := len(s.Requests); n > 0 {
		return fmt.Sprintf("/%d", n)
	}
	return ""
}

// keepFirst keeps what the journal writes, where that is what the submitter has read.
func (c Submit) keepFirst(s situation) (change journal.Change, done bool, err error) {
	if c.Draft == nil || !s.Living() || c.SHA256 == s.SHA256 && c.SHA256 != "" {
		return change, false, nil
	}
	hash, err := c.Draft.Hash()
	if err != nil || hash != c.SHA256 {
		return change, false, err
	}
	change, err = s.writeRevision(TypeDrafted, *c.Draft, c.Through)
	if err != nil {
		return change, false, err
	}
	change.Events = append(change.Events, s.event(TypeSubmitted, Submitted{s.inc.DutyOf(s.env.By), s.Revision + 1, hash}).Events...)
	change.Effects = append(change.Effects, s.tellBoard(toldSubmitted, s.again(), s.Revision+1))
	return change, true, nil
}

func (s situation) checkHash(command, hash string) error {
	if hash != s.SHA256 {
		return phrase.Refusal(journal.ErrConflict, "refusal.content", s.doing(command), fmt.Sprintf("%.12q", hash), s.Revision)
	}
	return nil
}

// OverruleProblem says why a problem that the lint found is none.
type OverruleProblem struct {
	Pin    string `json:"pin"`
	Reason string `json:"reason"`
	// Found are the problems of the document as it stands. They are no part of what people send.
	Found []Problem `json:"-"`
}

func (c OverruleProblem) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Author, "overrule"); err != nil {
		return journal.Change{}, err
	}
	if err := checkText("reason", c.Reason, true); err != nil {
		return journal.Change{}, err
	}
	i := slices.IndexFunc(c.Found, func(p Problem) bool { return p.Pin == c.Pin })
	if i < 0 {
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.overrule.none", c.Pin, s.inc.ID)
	}
	p := c.Found[i]
	return s.event(TypeLintOverruled, LintOverruled{s.inc.DutyOf(s.env.By), p.Pin, p.Rule, p.Quote, c.Reason}), checkRoom("overruled", len(s.Overruled))
}

// RequestChanges sends the submitted revision back to its authors.
type RequestChanges struct {
	Text string `json:"text"`
}

func (c RequestChanges) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Approve, "changes"); err != nil {
		return journal.Change{}, err
	}
	if s.Stage() != StageSubmitted {
		return journal.Change{}, s.stageError("changes", "sent-back")
	}
	if err := checkText("to-change", c.Text, true); err != nil {
		return journal.Change{}, err
	}
	change := s.event(TypeChangesRequested, ChangesRequested{s.env.By.Domain, s.Revision, c.Text})
	change.Effects = s.tellAuthors(toldChanges, len(s.Requests)+1)
	return change, nil
}

// Approve approves the content with that SHA-256.
type Approve struct {
	SHA256 string `json:"hash"`
}

func (c Approve) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Approve, "approve-pm"); err != nil {
		return journal.Change{}, err
	}
	if slices.Contains(s.Authors, s.env.By.ID) {
		return journal.Change{}, phrase.Refusal(journal.ErrForbidden, "refusal.approve.author", s.inc.ID)
	}
	if s.Revision > 0 {
		if err := s.checkHash("approve-pm", c.SHA256); err != nil {
			return journal.Change{}, err
		}
	}
	mine := slices.ContainsFunc(s.Approvals, func(a Approval) bool { return a.By == s.env.By.ID })
	switch s.Stage() {
	case StageApproved, StagePublished:
		if mine {
			return journal.Change{}, nil // pressing the button twice is no error
		}
		return journal.Change{}, s.stageError("approve-pm", "approved")
	case StageNone, StageDrafting:
		return journal.Change{}, s.stageError("approve-pm", "unsubmitted")
	}
	return s.giveApproval(mine), nil
}

// giveApproval gives the approval and, where it completes the quorum, the
// publication. A repeated approval counts only when the quorum has become
// smaller since, which would otherwise leave nobody to complete it.
func (s situation) giveApproval(repeated bool) journal.Change {
	var domains []people.Domain
	for _, a := range s.Approvals {
		domains = append(domains, a.Domain)
	}
	if !repeated {
		domains = append(domains, s.env.By.Domain)
	}
	complete := s.inc.Policy.Board.Met(domains)
	if repeated && !complete {
		return journal.Change{}
	}
	change := s.event(TypeApproved, Approved{s.env.By.Domain, s.Revision, s.SHA256, complete})
	if complete {
		// The revision is in the key so that content which is edited away and
		// back, and approved again, is published again.
		key := fmt.Sprintf("%d-%s", s.Revision, s.SHA256)
		change.Effects = append(change.Effects, s.effect(EffectPublish, key, PublishEffect{s.inc.ID, s.Revision, s.SHA256}))
	}
	return change
}
