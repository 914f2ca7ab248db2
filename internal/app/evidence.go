package app

import (
	"context"
	"fmt"
	"io"

	"github.com/safelight-dev/safelight/internal/blob"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/web"
)

// maxEvidence bounds one piece of evidence.
const maxEvidence = 256 << 20

// AddEvidence keeps a file among the evidence of an incident: first the file,
// then the event that names it, so that no event names a file that is not there.
func (a *App) AddEvidence(ctx context.Context, by people.Actor, id string, e web.EvidenceUpload) error {
	if err := by.Require(people.Analyse); err != nil {
		return err
	}
	if err := postmortem.CheckPath(e.Path); err != nil {
		return err
	}
	fields, free, err := a.keep(ctx, e)
	if err != nil {
		return err
	}
	defer free()
	return a.addEvidence(ctx, by, id, fields)
}

// keep stores the bytes. They may be those of a discarded image, which
// [App.EraseDiscarded] leaves alone until free is called, once an event names them.
func (a *App) keep(ctx context.Context, e web.EvidenceUpload) (fields postmortem.EvidenceFields, free func(), err error) {
	digest, size, free, err := a.blobs.PutHeld(ctx, e.Data, maxEvidence)
	if err != nil {
		return postmortem.EvidenceFields{}, nil, fmt.Errorf("keep evidence %s: %w", e.Path, err)
	}
	return postmortem.EvidenceFields{
		Path: e.Path, SHA256: digest.String(), Size: size,
		Kind: postmortem.EvidenceKind(e.Kind), Source: e.Source, Tool: e.Tool,
	}, free, nil
}

func (a *App) addEvidence(ctx context.Context, by people.Actor, id string, fields postmortem.EvidenceFields) error {
	return a.Do(ctx, by, id, postmortem.AddEvidence{EvidenceFields: fields})
}

// Blob opens an evidence file by digest.
func (a *App) Blob(_ context.Context, digest string) (io.ReadCloser, error) {
	d, err := blob.Parse(digest)
	if err != nil {
		return nil, err
	}
	return a.blobs.Open(d)
}
