package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"

	"github.com/safelight-dev/safelight/internal/blob"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/repository"
	"github.com/safelight-dev/safelight/internal/web"
)

// EvidenceFault tells what is wrong with a piece of evidence.
type EvidenceFault string

// The faults of evidence. The journal is what they are measured by.
const (
	KeptMissing     EvidenceFault = "kept-missing"     // the original is not among the blobs
	KeptChanged     EvidenceFault = "kept-changed"     // it is, with other bytes
	FileMissing     EvidenceFault = "missing"          // the manifest names it, and the folder has no such file
	FileChanged     EvidenceFault = "changed"          // the folder has it, with other bytes
	FileSurplus     EvidenceFault = "surplus"          // the folder has it, and the journal knows nothing of it
	ManifestChanged EvidenceFault = "manifest-changed" // the manifest says something else of it
	ManifestSurplus EvidenceFault = "manifest-surplus" // the manifest names it, and the journal knows nothing of it
	ManifestBroken  EvidenceFault = "manifest-broken"  // the manifest cannot be read
)

// EvidenceProblem is a piece of evidence that is not what the journal says.
type EvidenceProblem struct {
	Path  string        `json:"path"`
	Fault EvidenceFault `json:"fault"`
}

// EvidenceReport is what a verification of an incident's evidence found.
type EvidenceReport struct {
	Incident string            `json:"incident"`
	Files    int               `json:"files"` // that the journal names
	Problems []EvidenceProblem `json:"problems"`
}

// VerifyEvidence reads all evidence of an incident and compares it with the journal: the originals among the blobs,
// the copies in the evidence folder, and its manifest.
func (r *Reader) VerifyEvidence(ctx context.Context, id string) (EvidenceReport, error) {
	c, err := r.Case(ctx, id)
	if err != nil {
		return EvidenceReport{}, err
	}
	blobs, err := blob.Open(filepath.Join(StateDir(r.app.dir), "blobs"))
	if err != nil {
		return EvidenceReport{}, err
	}
	v := evidenceCheck{c: c, report: EvidenceReport{Incident: id, Files: len(c.Analysis.Evidence), Problems: []EvidenceProblem{}}}
	for _, e := range c.Analysis.Evidence {
		if err := v.kept(ctx, blobs, e.EvidenceFields); err != nil {
			return v.report, err
		}
	}
	dir := filepath.Join(r.app.dir, filepath.FromSlash(evidenceDir(id)))
	files, rows, err := repository.ReadEvidence(dir)
	switch {
	case errors.Is(err, journal.ErrInvalid):
		v.fault("manifest.json", ManifestBroken)
	case err != nil:
		return v.report, fmt.Errorf("verify the evidence of %s: %w", id, err)
	}
	v.copies(files, rows)
	return v.report, nil
}

type evidenceCheck struct {
	c      web.Case
	report EvidenceReport
}

func (v *evidenceCheck) fault(path string, f EvidenceFault) {
	v.report.Problems = append(v.report.Problems, EvidenceProblem{path, f})
}

// named gives what the journal says of a path.
func (v *evidenceCheck) named(path string) (postmortem.Evidence, bool) {
	i := slices.IndexFunc(v.c.Analysis.Evidence, func(e postmortem.Evidence) bool { return e.Path == path })
	if i < 0 {
		return postmortem.Evidence{}, false
	}
	return v.c.Analysis.Evidence[i], true
}

// kept reads an original through.
func (v *evidenceCheck) kept(ctx context.Context, blobs *blob.Folder, e postmortem.EvidenceFields) error {
	digest, err := blob.Parse(e.SHA256)
	if err != nil {
		return err
	}
	f, err := blobs.Open(digest)
	if errors.Is(err, journal.ErrNotFound) {
		v.fault(e.Path, KeptMissing)
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := io.Copy(io.Discard, f)
	var damage *blob.DamageError
	switch {
	case errors.As(err, &damage) || err == nil && n != e.Size:
		v.fault(e.Path, KeptChanged)
	case err != nil:
		return fmt.Errorf("read evidence %s: %w", e.Path, err)
	}
	return ctx.Err()
}

// copies compares the folder and its manifest with the journal.
func (v *evidenceCheck) copies(files map[string]repository.FolderFile, rows []repository.ManifestFile) {
	for _, path := range slices.Sorted(maps.Keys(files)) {
		e, ok := v.named(path)
		switch {
		case !ok:
			v.fault(path, FileSurplus)
		case files[path] != repository.FolderFile{SHA256: e.SHA256, Size: e.Size}:
			v.fault(path, FileChanged)
		}
	}
	for _, row := range rows {
		if _, ok := files[row.Path]; !ok {
			v.fault(row.Path, FileMissing)
		}
		e, ok := v.named(row.Path)
		switch {
		case !ok:
			v.fault(row.Path, ManifestSurplus)
		case row != manifestRow(e):
			v.fault(row.Path, ManifestChanged)
		}
	}
}

// manifestRow is what a manifest says of a piece of evidence.
func manifestRow(e postmortem.Evidence) repository.ManifestFile {
	return repository.ManifestFile{
		Path: e.Path, SHA256: e.SHA256, Size: e.Size, Kind: string(e.Kind), Source: e.Source, AddedBy: string(e.By), AddedAt: e.At.UTC(),
	}
}
