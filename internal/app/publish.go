package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/blob"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/repository"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// mainBranch is where publications go; drafts go to a branch of their own.
const mainBranch = "main"

func draftBranch(id string) string { return "draft/" + strings.ToLower(id) }

// evidenceDir is the folder of an incident's evidence inside the repository.
func evidenceDir(id string) string { return path.Join("evidence", strings.ToLower(id)) }

// commitDraft commits one revision to the draft branch.
func (a *App) commitDraft(ctx context.Context, e postmortem.DraftEffect) (outcome, error) {
	entries, err := a.stream(ctx, e.Incident)
	if err != nil {
		return outcome{}, err
	}
	doc, author, err := revision(entries, e.Revision)
	if err != nil {
		return outcome{}, err
	}
	c, err := foldCase(entries)
	if err != nil {
		return outcome{}, err
	}
	withheld := c.Analysis.Restriction(a.config.Restricted, c.Incident)
	if doc, err = a.redactor(ctx, withheld)(doc); err != nil {
		return outcome{}, err
	}
	files, err := a.documentFiles(doc)
	if err != nil {
		return outcome{}, err
	}
	return a.committed(ctx, e.Incident, repository.CommitRequest{
		Branch: draftBranch(e.Incident), Files: files, Author: a.writer(ctx, author, withheld),
		Message: fmt.Sprintf("%s: draft revision %d", e.Incident, e.Revision),
		Key:     fmt.Sprintf("%s/draft-%d", e.Incident, e.Revision),
	})
}

// publish seals the approved revision and commits it with its evidence
// manifest and its row of reports.csv.
func (a *App) publish(ctx context.Context, e postmortem.PublishEffect) (outcome, error) {
	c, err := a.Case(ctx, e.Incident)
	if err != nil {
		return outcome{}, err
	}
	if !c.Analysis.PublishWanted(e) {
		return outcome{}, &store.DroppedError{Reason: "another revision has been written since"}
	}
	at := a.now()
	stand, err := a.sealJournal(ctx)
	if err != nil {
		return outcome{}, err
	}
	doc, err := a.seal(c, at, stand.head)
	if err != nil {
		return outcome{}, err
	}
	files, err := a.documentFiles(doc)
	if err != nil {
		return outcome{}, err
	}
	markdown := files[0].Path
	reports := a.reports(doc, postmortem.ReportFacts{Incident: c.Incident, PublishedAt: at, Path: markdown})
	manifest, err := a.materialise(ctx, c)
	if err != nil {
		return outcome{}, err
	}
	files, credits := append(files, reports, manifest), a.credits(ctx, c)
	if stand.point.Size > 0 {
		files, credits = append(files, a.checkpointFiles(stand)...), credits+checkpointLine(stand)
	}
	o, err := a.committed(ctx, e.Incident, repository.CommitRequest{
		Branch: mainBranch, Files: files, Author: a.writer(ctx, c.Analysis.WrittenBy, c.Restriction),
		Message: fmt.Sprintf("%s: publish the postmortem, revision %d\n\n%s", e.Incident, e.Revision, credits),
		Key:     publishKey(c, e),
	})
	if err != nil {
		return outcome{}, err
	}
	o.then = append(o.then, a.stampWanted(e.Incident, stand)...)
	o.command = incident.RecordPublished{Published: incident.Published{
		Revision: e.Revision, Commit: o.commit, SHA256: e.SHA256, Path: markdown,
	}}
	return o, nil
}

// publishKey names the commit of a publication. One that a later decision on what is withheld asks for is another.
func publishKey(c web.Case, e postmortem.PublishEffect) string {
	key := fmt.Sprintf("%s/publish-%d-%s", e.Incident, e.Revision, e.SHA256)
	if n := len(c.Analysis.Restrictions); n > 0 {
		key += fmt.Sprintf("-restricted-%d", n)
	}
	return key
}

// seal redacts the document where something is withheld, and adds what is known at publication: checklist, approvals, the journal's head.
func (a *App) seal(c web.Case, at time.Time, head journal.Head) (postmortem.Document, error) {
	doc, err := c.Public(c.Analysis.Document)
	if err != nil {
		return doc, err
	}
	return postmortem.Seal(doc, postmortem.SealInput{
		Withheld:  c.Restriction,
		Checklist: postmortem.ChecklistAtPublication(c.Incident, c.Analysis, c.ActionLines(nil), at),
		Approvals: c.Analysis.Approvals, Revision: c.Analysis.Revision, SHA256: c.Analysis.SHA256, Head: head,
	})
}

// documentFiles renders a document in its own language, in the other, and as JSON.
func (a *App) documentFiles(doc postmortem.Document) ([]repository.File, error) {
	text, err := doc.JSON()
	if err != nil {
		return nil, err
	}
	base := path.Join(a.config.Root, doc.ID)
	other := doc.Lang.Other()
	return []repository.File{
		{Path: base + ".md", Data: doc.Markdown(doc.Lang)},
		{Path: base + "." + string(other) + ".md", Data: doc.Markdown(other)},
		{Path: base + ".json", Data: text},
	}, nil
}

// reports gives reports.csv with the document's row. It is edited inside the
// commit, so that two publications at once both find their place.
func (a *App) reports(doc postmortem.Document, facts postmortem.ReportFacts) repository.File {
	return repository.File{Path: path.Join(a.config.Root, "reports.csv"), Edit: func(committed []byte) ([]byte, error) {
		return repository.AppendCSV(committed, postmortem.ReportHeader(), doc.ID, postmortem.ReportRow(doc, facts))
	}}
}

// materialise writes the evidence files under their own names and gives their manifest.
func (a *App) materialise(ctx context.Context, c web.Case) (repository.File, error) {
	id := c.Incident.ID
	dir := evidenceDir(id)
	rows := make([]repository.ManifestFile, 0, len(c.Analysis.Evidence))
	for _, e := range c.Analysis.Evidence {
		if err := ctx.Err(); err != nil {
			return repository.File{}, err
		}
		digest, err := blob.Parse(e.SHA256)
		if err != nil {
			return repository.File{}, err
		}
		target := filepath.Join(a.dir, filepath.FromSlash(path.Join(dir, e.Path)))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return repository.File{}, fmt.Errorf("make the evidence folder: %w", err)
		}
		if err := a.blobs.Materialise(digest, target); err != nil {
			return repository.File{}, err
		}
		if c.Restriction == nil || len(c.Restriction.Kept([]postmortem.Evidence{e})) > 0 {
			rows = append(rows, manifestRow(e))
		}
	}
	data, err := repository.Manifest(id, rows)
	return repository.File{Path: path.Join(dir, "manifest.json"), Data: data}, err
}

// committed commits for an incident and gives what follows from it.
func (a *App) committed(ctx context.Context, id string, r repository.CommitRequest) (outcome, error) {
	commit, err := a.commit(ctx, r)
	if err != nil {
		return outcome{}, err
	}
	return outcome{commit: commit, then: a.pushWanted(id, r.Branch, commit)}, nil
}

func (a *App) commit(ctx context.Context, r repository.CommitRequest) (string, error) {
	r.When, r.Committer = a.now(), repository.Person{Name: a.config.Git.Name, Email: a.config.Git.Email}
	hash, _, err := a.repo.Commit(ctx, r)
	return hash, err
}

// author names a person in a commit; an account that is gone leaves the configured committer.
func (a *App) author(ctx context.Context, id people.ID) repository.Person {
	fallback := repository.Person{Name: a.config.Git.Name, Email: a.config.Git.Email}
	record, err := a.store.Person(ctx, id)
	if err != nil {
		return fallback
	}
	p := repository.Person{Name: record.Name, Email: record.Email}
	if p.Name == "" {
		p.Name = record.Login
	}
	if p.Email == "" {
		p.Email = fallback.Email
	}
	return p
}

// credits names authors, approvers and the publisher, whose approval completed the quorum, as the board wants to read in the log.
func (a *App) credits(ctx context.Context, c web.Case) string {
	name := func(id people.ID) string {
		if c.Restriction != nil && c.Restriction.Persons {
			return phrase.Say(c.Analysis.Document.Lang, "document.withheld.mark")
		}
		return a.author(ctx, id).Name
	}
	var b strings.Builder
	for _, id := range c.Analysis.Authors {
		fmt.Fprintf(&b, "Authored-by: %s\n", name(id))
	}
	for _, approval := range c.Analysis.Approvals {
		fmt.Fprintf(&b, "Approved-by: %s (%s)\n", name(approval.By), approval.Domain)
	}
	if n := len(c.Analysis.Approvals); n > 0 {
		fmt.Fprintf(&b, "Published-by: %s\n", name(c.Analysis.Approvals[n-1].By))
	}
	return b.String()
}

// Publications lists the published postmortems, the newest first.
func (a *App) Publications(ctx context.Context) ([]web.Publication, error) {
	states, err := a.Incidents(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := a.waitingPushes(ctx)
	if err != nil {
		return nil, err
	}
	var list []web.Publication
	for _, s := range states {
		if s.Publication == nil {
			continue
		}
		revisions, err := a.revisions(ctx, s)
		if err != nil {
			return nil, err
		}
		p := revisions[0]
		p.FirstAt, p.Waiting = revisions[len(revisions)-1].PublishedAt, waiting[s.ID]
		list = append(list, p)
	}
	slices.SortStableFunc(list, func(a, b web.Publication) int { return b.PublishedAt.Compare(a.PublishedAt) })
	return list, nil
}

// PublishedRevisions lists what has been published of an incident, the newest first.
func (a *App) PublishedRevisions(ctx context.Context, id string) ([]web.Publication, error) {
	c, err := a.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	return a.revisions(ctx, c.Incident)
}

func (a *App) revisions(ctx context.Context, s incident.State) ([]web.Publication, error) {
	entries, err := a.stream(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	var list []web.Publication
	for _, e := range entries {
		if e.Type != incident.TypePublished {
			continue
		}
		p, err := journal.Decode[incident.Published](e)
		if err != nil {
			return nil, err
		}
		list = append(list, web.Publication{
			ID: s.ID, Severity: string(s.Severity), Title: s.Opened.Title, PublishedAt: e.OccurredAt, Revision: p.Revision, Commit: p.Commit,
		})
	}
	slices.Reverse(list)
	return list, nil
}

// Published reads a published file by its plain name; with a commit, as that has it.
func (a *App) Published(_ context.Context, name, commit string) ([]byte, error) {
	if commit != "" {
		data, err := a.repo.FileAt(commit, path.Join(a.config.Root, name))
		if err != nil {
			return nil, fmt.Errorf("read the published file %s: %w", name, err)
		}
		return data, nil
	}
	root, err := os.OpenRoot(filepath.Join(a.dir, filepath.FromSlash(a.config.Root)))
	if err != nil {
		return nil, published(name, err)
	}
	defer root.Close()
	data, err := root.ReadFile(name)
	if err != nil {
		return nil, published(name, err)
	}
	return data, nil
}

// published says which file could not be read.
func published(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the published file %s: %w", name, journal.ErrNotFound)
	}
	return fmt.Errorf("read the published file %s: %w", name, err)
}
