package app

import (
	"context"
	"fmt"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// DraftPostmortem builds the document from the journal. Over a draft that
// exists it is an edit like any other: the next revision, and approvals void.
func (a *App) DraftPostmortem(ctx context.Context, by people.Actor, id string) error {
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
		doc := draft(a.config.Language, c, owner)
		var command postmortem.Command = postmortem.SaveDraft{Document: doc}
		if c.Analysis.Revision > 0 {
			command = postmortem.Edit{Based: c.Analysis.Revision, Document: doc}
		}
		change, err := postmortem.Decide(c.Analysis, c.Incident, command, incident.Env{Now: a.now(), By: by})
		if err != nil {
			return err
		}
		_, err = tx.Append(change)
		return err
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
	return func(id people.ID) string { return login(persons, id) }, nil
}

// EditPostmortem replaces the document by Markdown that was edited on top of a
// revision; what the Markdown does not carry is inherited.
func (a *App) EditPostmortem(ctx context.Context, by people.Actor, id string, revision int, markdown []byte) error {
	return a.store.Update(ctx, func(tx *store.Tx) error {
		entries, err := tx.Stream(id)
		if err != nil {
			return err
		}
		c, err := foldCase(entries)
		if err != nil {
			return err
		}
		doc, err := postmortem.ParseIn(markdown, a.config.Language)
		if err != nil {
			return fmt.Errorf("read the edited postmortem of %s: %w", id, err)
		}
		change, err := postmortem.Decide(c.Analysis, c.Incident,
			postmortem.Edit{Based: revision, Document: doc.Inherit(c.Analysis.Document)}, incident.Env{Now: a.now(), By: by})
		if err != nil {
			return err
		}
		_, err = tx.Append(change)
		return err
	})
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
