package app

import (
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/repository"
	"github.com/safelight-dev/safelight/internal/store"
)

// commitImpact commits the impact report of one filing to the draft branch, before there is a draft. It is written from the
// journal as it stood when it was filed, so that a retry writes the same bytes whatever has happened since.
func (a *App) commitImpact(ctx context.Context, e incident.ImpactEffect) (outcome, error) {
	entries, err := a.stream(ctx, e.Incident)
	if err != nil {
		return outcome{}, err
	}
	s, err := incident.Fold(entries)
	if err != nil {
		return outcome{}, err
	}
	if e.Number == 0 {
		e.Number = len(s.Filings)
	}
	if e.Number < 1 || e.Number > len(s.Filings) {
		return outcome{}, &store.Permanent{Err: fmt.Errorf("commit impact report %d of %s: %d were filed: %w", e.Number, e.Incident, len(s.Filings), journal.ErrNotFound)}
	}
	filing := s.Filings[e.Number-1]
	c, err := foldCase(entries[:1+slices.IndexFunc(entries, func(e journal.Entry) bool { return e.Seq == filing.Seq })])
	if err != nil {
		return outcome{}, err
	}
	doc := postmortem.ImpactDocument(draft(a.config.Language, c, func(id people.ID) string { return string(id) }), c.Incident)
	decided, err := postmortem.Fold(entries)
	if err != nil {
		return outcome{}, err
	}
	withheld := decided.Restriction(a.config.Restricted, s)
	if doc, err = a.redactor(ctx, withheld)(doc); err != nil {
		return outcome{}, err
	}
	file := repository.File{Path: path.Join(a.config.Root, e.Incident+".impact.md"), Data: doc.Markdown(doc.Lang)}
	o, err := a.committed(ctx, e.Incident, repository.CommitRequest{
		Branch: draftBranch(e.Incident), Author: a.writer(ctx, filing.By, withheld), Files: []repository.File{file},
		Message: fmt.Sprintf("%s: impact report %d", e.Incident, e.Number),
		Key:     fmt.Sprintf("%s/impact-report-%d", e.Incident, e.Number),
	})
	o.command = incident.RecordImpactCommitted{ImpactCommitted: incident.ImpactCommitted{Number: e.Number, Commit: o.commit, Path: file.Path}}
	return o, err
}
