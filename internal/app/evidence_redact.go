package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/safelight-dev/safelight/internal/blob"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/repository"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// RedactEvidence keeps a redacted copy and puts it in the place of evidence.
func (a *App) RedactEvidence(ctx context.Context, by people.Actor, id string, r web.RedactEvidence) error {
	if err := by.Require(people.Author); err != nil {
		return err
	}
	digest, size, free, err := a.blobs.PutHeld(ctx, bytes.NewReader(r.Data), maxEvidence)
	if err != nil {
		return fmt.Errorf("keep the redacted copy of %s: %w", r.Path, err)
	}
	defer free()
	return a.Do(ctx, by, id, postmortem.RedactEvidence{EvidenceRedacted: postmortem.EvidenceRedacted{
		Path: r.Path, From: r.From, SHA256: digest.String(), Size: size, Reason: r.Reason, Erase: r.Erase, Tool: r.Tool,
	}})
}

// redacted withdraws an original: its copy in the evidence folder is replaced, a published manifest is committed anew, and the bytes
// are erased where that was decided and nothing else needs them.
func (a *App) redacted(ctx context.Context, e postmortem.RedactEffect) (outcome, error) {
	c, err := a.Case(ctx, e.Incident)
	if err != nil {
		return outcome{}, err
	}
	var o outcome
	if err := a.replaceCopy(e); err != nil {
		return outcome{}, err
	}
	if c.Incident.Publication != nil {
		manifest, err := a.materialise(ctx, c)
		if err != nil {
			return outcome{}, err
		}
		if o, err = a.committed(ctx, e.Incident, repository.CommitRequest{
			Branch: mainBranch, Files: []repository.File{manifest}, Author: repository.Person{Name: a.config.Git.Name, Email: a.config.Git.Email},
			Message: e.Incident + ": evidence was redacted", Key: fmt.Sprintf("%s/redact-%s-%s", e.Incident, e.From, e.SHA256),
		}); err != nil {
			return outcome{}, err
		}
	}
	if !e.Erase {
		return o, nil
	}
	return o, a.eraseOriginal(ctx, e)
}

// replaceCopy replaces the original where it was written into the evidence folder.
func (a *App) replaceCopy(e postmortem.RedactEffect) error {
	target := filepath.Join(a.dir, filepath.FromSlash(path.Join(evidenceDir(e.Incident), e.Path)))
	if _, err := os.Lstat(target); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	digest, err := blob.Parse(e.SHA256)
	if err != nil {
		return err
	}
	return a.blobs.Materialise(digest, target)
}

// eraseOriginal erases bytes in a transaction, so that nobody comes to need them meanwhile.
func (a *App) eraseOriginal(ctx context.Context, e postmortem.RedactEffect) error {
	digest, err := blob.Parse(e.From)
	if err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx *store.Tx) error {
		entries, err := tx.Stream(e.Incident)
		if err != nil {
			return err
		}
		c, err := foldCase(entries)
		if err != nil {
			return err
		}
		needed, err := tx.NamedBy(e.From, e.Incident)
		if err != nil {
			return err
		}
		switch {
		case needed != "":
		case !slices.Contains(c.Analysis.Withdrawn(), e.From), inReport(c.Incident, e.From):
			needed = e.Incident
		default:
			return a.blobs.Remove(digest)
		}
		return &store.Permanent{Err: fmt.Errorf("erase the original of %s: %s needs the same bytes; it is withheld and not erased: %w", e.Path, needed, journal.ErrConflict)}
	})
}

// inReport tells whether an impact report shows a file.
func inReport(s incident.State, digest string) bool {
	return s.Impact != nil && slices.ContainsFunc(s.Impact.Images, func(i incident.ImageProof) bool {
		return i.Reference == digest || i.Candidate == digest || i.Heatmap == digest
	})
}
