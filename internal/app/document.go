package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// templateName is the house's own template, beside the postmortems.
const templateName = "template.md"

// Document tells how the document of a case stands.
func (a *App) Document(ctx context.Context, c web.Case) (web.Draft, error) {
	persons, err := a.People(ctx)
	if err != nil {
		return web.Draft{}, err
	}
	return web.StandingDraft(c, persons, a.written(c, loginsOf(persons)))
}

// EditBase gives the document that an edit was made of.
func (a *App) EditBase(ctx context.Context, c web.Case, e web.EditPostmortem) (postmortem.Document, error) {
	owner, err := a.ownerNames(ctx)
	if err != nil {
		return postmortem.Document{}, err
	}
	return web.BaseOf(c, e, a.written(c, owner))
}

// written says what the journal writes of a case up to an entry, by the house's template.
func (a *App) written(c web.Case, owner func(people.ID) string) web.JournalDraft {
	lang := a.documentLang(c)
	template := a.template()
	return func(through int64) (postmortem.Document, error) {
		then := c
		if n := len(c.Entries); n > 0 && c.Entries[n-1].Seq > through {
			for n > 0 && c.Entries[n-1].Seq > through {
				n--
			}
			var err error
			if then, err = foldCase(c.Entries[:n]); err != nil {
				return postmortem.Document{}, err
			}
		}
		d := draft(lang, then, owner)
		if arranged := d.Arrange(template); arranged.Validate() == nil {
			d = arranged
		}
		return d, nil
	}
}

// documentLang is the language that the document is in, or will be.
func (a *App) documentLang(c web.Case) phrase.Lang {
	if c.Analysis.Revision > 0 {
		return c.Analysis.Document.Lang
	}
	return a.config.Language
}

// template reads the house's own template. Where there is none, or none that can be read, the document has the sections of the design: a
// postmortem must not wait for a template to be mended.
func (a *App) template() postmortem.Document {
	data, err := readLimited(filepath.Join(a.dir, filepath.FromSlash(a.config.Root), templateName), postmortem.MaxMarkdown)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) && a.log != nil {
			a.log.Warn("the template of postmortems cannot be read and is passed over", "error", err)
		}
		return postmortem.Document{}
	}
	t, err := postmortem.Parse(data)
	if err != nil {
		return postmortem.Document{}
	}
	return t
}

func readLimited(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

// changeDocument decides a command on the document as it stands in the transaction.
func (a *App) changeDocument(ctx context.Context, by people.Actor, id string, command func(web.Case, web.JournalDraft) (postmortem.Command, error)) error {
	owner, err := a.ownerNames(ctx)
	if err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx *store.Tx) error {
		entries, err := tx.Stream(id)
		if err != nil {
			return err
		}
		c, err := foldCase(entries)
		if err != nil {
			return err
		}
		if err := by.Require(people.Author); err != nil {
			return err // before anything is drawn
		}
		cmd, err := command(c, a.written(c, owner))
		if err != nil {
			return err
		}
		change, err := postmortem.Decide(c.Analysis, c.Incident, cmd, incident.Env{Now: a.now(), By: by})
		if err != nil {
			return err
		}
		_, err = tx.Append(change)
		return err
	})
}

// DraftPostmortem keeps what the journal writes as the next revision, as long as nobody has edited it.
func (a *App) DraftPostmortem(ctx context.Context, by people.Actor, id string) error {
	return a.changeDocument(ctx, by, id, func(c web.Case, written web.JournalDraft) (postmortem.Command, error) {
		doc, err := written(c.Analysis.Seq)
		return postmortem.SaveDraft{Document: doc, Through: c.Analysis.Seq}, err
	})
}

// doJudged decides a command on the document whose answer depends on what the journal writes and what the lint finds.
func (a *App) doJudged(ctx context.Context, by people.Actor, id string, command any) error {
	persons, err := a.People(ctx)
	if err != nil {
		return err
	}
	return a.changeDocument(ctx, by, id, func(c web.Case, written web.JournalDraft) (postmortem.Command, error) {
		return web.Judged(c, command, persons, written)
	})
}

// EditPostmortem replaces the document by Markdown that was edited on top of a
// revision; what the Markdown does not carry is inherited.
func (a *App) EditPostmortem(ctx context.Context, by people.Actor, id string, e web.EditPostmortem) error {
	return a.changeDocument(ctx, by, id, func(c web.Case, written web.JournalDraft) (postmortem.Command, error) {
		return e.Command(c, a.documentLang(c), written)
	})
}

// TakeIn brings sections up to date with the journal.
func (a *App) TakeIn(ctx context.Context, by people.Actor, id string, t web.TakeIn) error {
	return a.changeDocument(ctx, by, id, func(c web.Case, written web.JournalDraft) (postmortem.Command, error) {
		return t.Command(c, written)
	})
}

func draft(lang phrase.Lang, c web.Case, owner func(people.ID) string) postmortem.Document {
	return postmortem.Draft(postmortem.DraftInput{
		Lang: lang, Incident: c.Incident, Postmortem: c.Analysis, Entries: c.Entries,
		Actions: c.ActionLines(owner), Barriers: barriers(lang, c.Prevention.Tests),
	})
}

// barriers tells each accepted incident test with the runs that prove it.
func barriers(lang phrase.Lang, tests []prevention.TestAccepted) []postmortem.Barrier {
	var list []postmortem.Barrier
	for _, t := range tests {
		say := phrase.Of("document.barrier.test", t.Name)
		list = append(list, postmortem.Barrier{
			Text: say.In(lang), Say: &say, Guard: "safelight test --filter=" + t.Name,
			Proof: phrase.Say(lang, "document.barrier.proof", len(t.Bad.Violations), t.Bad.Images, len(t.Controls)),
		})
	}
	return list
}

// ownerNames gives what documents print for a person: the login.
func (a *App) ownerNames(ctx context.Context) (func(people.ID) string, error) {
	persons, err := a.People(ctx)
	if err != nil {
		return nil, err
	}
	return loginsOf(persons), nil
}

func loginsOf(persons []people.Person) func(people.ID) string {
	return func(id people.ID) string { return login(persons, id) }
}

// revision finds the document of one revision in the journal.
func revision(entries []journal.Entry, n int) (postmortem.Document, people.ID, error) {
	for _, e := range entries {
		if e.Type != postmortem.TypeDrafted && e.Type != postmortem.TypeEdited {
			continue
		}
		w, err := journal.Decode[postmortem.Written](e)
		if err != nil {
			return postmortem.Document{}, "", err
		}
		if w.Revision == n {
			return w.Document, people.ID(e.Actor), nil
		}
	}
	return postmortem.Document{}, "", fmt.Errorf("find revision %d of the postmortem: %w", n, journal.ErrNotFound)
}
