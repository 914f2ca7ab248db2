package web

import (
	"context"
	"fmt"
	"slices"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// DocumentService is what pages and API ask of the postmortem's document.
type DocumentService interface {
	// Document tells how the document of a case stands, as StandingDraft says.
	Document(ctx context.Context, c Case) (Draft, error)
	// EditBase gives the document that an edit was made of.
	EditBase(ctx context.Context, c Case, e EditPostmortem) (postmortem.Document, error)
	// DraftPostmortem keeps what the journal writes as the next revision, as long as nobody has edited it.
	DraftPostmortem(ctx context.Context, by people.Actor, id string) error
	// EditPostmortem replaces the document by Markdown that was edited on top of a revision.
	EditPostmortem(ctx context.Context, by people.Actor, id string, e EditPostmortem) error
	// TakeIn brings sections up to date with the journal.
	TakeIn(ctx context.Context, by people.Actor, id string, t TakeIn) error
}

// DraftPostmortem asks for what the journal writes to be kept as a revision.
type DraftPostmortem struct{}

// EditPostmortem replaces the document by Markdown that was edited on top of a revision; of revision 0, or where Through is named, on top
// of what the journal wrote up to that entry.
type EditPostmortem struct {
	Based    int    `json:"based"`
	Through  int64  `json:"through,omitempty"`
	Markdown string `json:"markdown"`
}

// TakeIn brings the named sections of a revision up to date with what the journal said up to an entry. Those that are not named stay, and
// are not offered again until the journal has something new for them.
type TakeIn struct {
	Based    int                `json:"based"`
	Through  int64              `json:"through"`
	Sections []postmortem.Field `json:"sections"`
}

// Draft is how the document of an incident stands.
type Draft struct {
	Document postmortem.Document
	SHA256   string
	Through  int64 // the last entry of the journal that it has taken in
	// Living says that the journal writes it: nobody has edited it yet.
	Living bool
	// News are the sections that the journal would write differently since.
	News []postmortem.News
	// Problems are what the lint finds in it, those that were overruled too.
	Problems []postmortem.Problem
}

// Written tells whether there is a document to read.
func (d Draft) Written() bool { return d.SHA256 != "" }

// JournalDraft is what the journal writes of an incident up to an entry, in the language of its document.
type JournalDraft func(through int64) (postmortem.Document, error)

// StandingDraft tells how the document of a case stands. Where the severity demands a postmortem the journal writes it from the first entry
// on, and goes on until somebody edits it or asks the board; elsewhere from when it is asked for. What it writes is kept as a revision when
// somebody does one of the two, so that the journal is not full of its own drafts.
func StandingDraft(c Case, persons []people.Person, written JournalDraft) (Draft, error) {
	d, err := standing(c, written)
	if err != nil || !d.Written() {
		return d, err
	}
	now, err := written(c.Analysis.Seq)
	facts := postmortem.Facts{Incident: &c.Incident, Written: &now, Overruled: c.Analysis.Overruled}
	for _, p := range persons {
		facts.Names = append(facts.Names, postmortem.Name{Login: p.Login, Full: p.Name})
	}
	d.Problems = postmortem.Review(d.Document, facts)
	return d, err
}

func standing(c Case, written JournalDraft) (Draft, error) {
	pm := c.Analysis
	d := Draft{Document: pm.Document, SHA256: pm.SHA256, Through: pm.Through}
	var err error
	switch {
	case pm.Living() && (pm.Revision > 0 || c.Incident.Policy.Postmortem):
		d.Living, d.Through = true, pm.Seq
		if d.Document, err = written(pm.Seq); err == nil {
			d.SHA256, err = d.Document.Hash()
		}
	case pm.Revision > 0 && pm.Stage() != postmortem.StagePublished && pm.Seq > pm.Through:
		d.News, err = newsOf(pm, pm.Seq, written)
	}
	return d, err
}

func newsOf(pm postmortem.State, through int64, written JournalDraft) ([]postmortem.News, error) {
	then, err := written(pm.Through)
	if err != nil {
		return nil, err
	}
	now, err := written(through)
	if err != nil {
		return nil, err
	}
	return postmortem.NewsSince(then, now, pm.Document), nil
}

// BaseOf gives the document that an edit was made of.
func BaseOf(c Case, e EditPostmortem, written JournalDraft) (postmortem.Document, error) {
	if e.Based == 0 || e.Through > 0 {
		if e.Through == 0 {
			e.Through = c.Analysis.Seq
		}
		return written(e.Through)
	}
	for _, entry := range c.Entries {
		if entry.Type != postmortem.TypeDrafted && entry.Type != postmortem.TypeEdited {
			continue
		}
		w, err := journal.Decode[postmortem.Written](entry)
		if err != nil {
			return postmortem.Document{}, err
		}
		if w.Revision == e.Based {
			return w.Document, nil
		}
	}
	return postmortem.Document{}, phrase.Refusal(journal.ErrNotFound, "refusal.draft.revision", e.Based, c.Incident.ID)
}

// Command reads the edited Markdown as a command of the domain. What Markdown does not carry comes from what was edited, and from the
// revision that there is.
func (e EditPostmortem) Command(c Case, lang phrase.Lang, written JournalDraft) (postmortem.Edit, error) {
	doc, err := postmortem.ParseIn([]byte(e.Markdown), lang)
	if err != nil {
		return postmortem.Edit{}, fmt.Errorf("read the edited postmortem of %s: %w", c.Incident.ID, err)
	}
	if c.Analysis.Living() {
		if e.Through == 0 {
			e.Through = c.Analysis.Seq
		}
		base, err := written(e.Through)
		if err != nil {
			return postmortem.Edit{}, err
		}
		doc = doc.Inherit(base)
	} else {
		e.Through = 0 // what the journal says since is still to be taken in
	}
	return postmortem.Edit{Based: e.Based, Document: doc.Inherit(c.Analysis.Document), Through: e.Through}, nil
}

// Judged adds to a command what is known of the document as it stands: what the journal writes, and what the lint finds.
func Judged(c Case, command any, persons []people.Person, written JournalDraft) (postmortem.Command, error) {
	d, err := StandingDraft(c, persons, written)
	switch cmd := command.(type) {
	case postmortem.Submit:
		if cmd.Open = postmortem.OpenProblems(d.Problems); d.Living {
			cmd.Draft, cmd.Through = &d.Document, d.Through
		}
		return cmd, err
	case postmortem.OverruleProblem:
		cmd.Found = d.Problems
		return cmd, err
	}
	return nil, fmt.Errorf("judge %T: it is no command on a document: %w", command, journal.ErrInvalid)
}

// Command gives the revision with the sections taken in.
func (t TakeIn) Command(c Case, written JournalDraft) (postmortem.Edit, error) {
	pm := c.Analysis
	if pm.Revision == 0 || pm.Living() {
		return postmortem.Edit{}, phrase.Refusal(journal.ErrConflict, "refusal.draft.own", c.Incident.ID)
	}
	news, err := newsOf(pm, t.Through, written)
	if err != nil {
		return postmortem.Edit{}, err
	}
	chosen := slices.DeleteFunc(news, func(n postmortem.News) bool { return !slices.Contains(t.Sections, n.Field) })
	doc := pm.Document
	if len(chosen) > 0 {
		now, err := written(t.Through)
		if err != nil {
			return postmortem.Edit{}, err
		}
		if doc, err = doc.TakeIn(now, chosen); err != nil {
			return postmortem.Edit{}, err
		}
	}
	return postmortem.Edit{Based: t.Based, Document: doc, Through: t.Through}, nil
}
