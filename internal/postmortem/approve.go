package postmortem

import (
	"fmt"
	"slices"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// SaveDraft writes the first revision of the document. A sealed part is dropped.
type SaveDraft struct {
	Document Document `json:"document"`
}

func (c SaveDraft) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Author, "draft the postmortem of"); err != nil {
		return journal.Change{}, err
	}
	if s.Revision > 0 {
		return journal.Change{}, s.stageError("draft", "edit the revision that there is")
	}
	return s.writeRevision(TypeDrafted, c.Document)
}

// Edit writes the revision that follows Based, and voids all approvals. An
// edit that changes nothing gives no revision. A sealed part is dropped.
type Edit struct {
	Based    int      `json:"based"`
	Document Document `json:"document"`
}

func (c Edit) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Author, "edit the postmortem of"); err != nil {
		return journal.Change{}, err
	}
	switch {
	case s.Revision == 0:
		return journal.Change{}, s.stageError("edit", "draft it first")
	case c.Based != s.Revision:
		return journal.Change{}, &RevisionError{c.Based, s.Revision}
	}
	return s.writeRevision(TypeEdited, c.Document)
}

func (s situation) writeRevision(kind string, d Document) (journal.Change, error) {
	d.Sealed = nil
	if d.ID != s.inc.ID {
		return journal.Change{}, fmt.Errorf("write the postmortem of %s: the document is titled %q: %w", s.inc.ID, d.ID, journal.ErrInvalid)
	}
	if err := d.Validate(); err != nil {
		return journal.Change{}, fmt.Errorf("write the postmortem of %s: %w", s.inc.ID, err)
	}
	hash, err := d.Hash()
	if err != nil {
		return journal.Change{}, fmt.Errorf("write the postmortem of %s: %w", s.inc.ID, err)
	}
	if hash == s.SHA256 {
		return journal.Change{}, nil
	}
	n := s.Revision + 1
	change := s.event(kind, Written{s.inc.DutyOf(s.env.By), n, hash, d})
	change.Effects = append(change.Effects, s.effect(EffectCommitDraft, fmt.Sprint(n), DraftEffect{s.inc.ID, n}))
	return change, nil
}

// Submit asks the control board for approval of the current revision.
type Submit struct {
	SHA256 string `json:"sha256"` // of what the submitter has read
}

func (c Submit) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Author, "submit the postmortem of"); err != nil {
		return journal.Change{}, err
	}
	switch s.Stage() {
	case StageNone:
		return journal.Change{}, s.stageError("submit", "draft it first")
	case StageApproved, StagePublished:
		return journal.Change{}, s.stageError("submit", "edit it first")
	}
	if err := s.checkHash("submit", c.SHA256); err != nil {
		return journal.Change{}, err
	}
	if s.Submitted != nil {
		return journal.Change{}, nil
	}
	return s.event(TypeSubmitted, Submitted{s.inc.DutyOf(s.env.By), s.Revision, s.SHA256}), nil
}

func (s situation) checkHash(command, hash string) error {
	if hash != s.SHA256 {
		return fmt.Errorf("%s the postmortem of %s: the content is no longer the one named by %.12q; read revision %d: %w",
			command, s.inc.ID, hash, s.Revision, journal.ErrConflict)
	}
	return nil
}

// RequestChanges sends the submitted revision back to its authors.
type RequestChanges struct {
	Text string `json:"text"`
}

func (c RequestChanges) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Approve, "request changes to the postmortem of"); err != nil {
		return journal.Change{}, err
	}
	if s.Stage() != StageSubmitted {
		return journal.Change{}, s.stageError("request changes to", "only what is submitted is sent back")
	}
	if err := checkText("what is to change", c.Text, true); err != nil {
		return journal.Change{}, err
	}
	return s.event(TypeChangesRequested, ChangesRequested{s.env.By.Domain, s.Revision, c.Text}), nil
}

// Approve approves the content with that SHA-256.
type Approve struct {
	SHA256 string `json:"hash"`
}

func (c Approve) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Approve, "approve the postmortem of"); err != nil {
		return journal.Change{}, err
	}
	if slices.Contains(s.Authors, s.env.By.ID) {
		return journal.Change{}, fmt.Errorf("approve the postmortem of %s: its authors do not approve it: %w", s.inc.ID, journal.ErrForbidden)
	}
	if s.Revision > 0 {
		if err := s.checkHash("approve", c.SHA256); err != nil {
			return journal.Change{}, err
		}
	}
	mine := slices.ContainsFunc(s.Approvals, func(a Approval) bool { return a.By == s.env.By.ID })
	switch s.Stage() {
	case StageApproved, StagePublished:
		if mine {
			return journal.Change{}, nil // pressing the button twice is no error
		}
		return journal.Change{}, s.stageError("approve", "the board has approved it")
	case StageNone, StageDrafting:
		return journal.Change{}, s.stageError("approve", "it has not been submitted")
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
