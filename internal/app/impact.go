package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// proofImages is how many of the worst images are kept with their pictures.
const proofImages = 6

// versions is how many versions of one image are looked through for the one
// that is still there.
const versions = 4

// lookBack is how long before the rule became pending the harm may have
// begun: the rule's range and one evaluation.
const lookBack = 10 * time.Minute

// FileImpact measures the blast radius from the recorded checks, keeps
// reference, delivered image and heat map of the worst as evidence, and files
// the impact report.
func (a *App) FileImpact(ctx context.Context, by people.Actor, id, text string) error {
	c, err := a.Case(ctx, id)
	if err != nil {
		return err
	}
	if err := by.Require(people.Respond); err != nil {
		return err
	}
	name := c.Incident.Opened.Pipeline
	p, ok := a.config.Watch.Pipelines[name]
	if !ok {
		return fmt.Errorf("measure the impact of %s: pipeline %q is not configured: %w", id, name, journal.ErrInvalid)
	}
	impact, struck, err := a.measureImpact(ctx, c.Incident)
	if err != nil {
		return err
	}
	a.countDeliveries(ctx, c.Incident, struck, &impact)
	if impact.Images, err = a.proofs(ctx, by, c, p); err != nil {
		return err
	}
	if impact.Sheet, err = a.sheet(ctx, by, c, p); err != nil {
		return err
	}
	impact.Text = text
	return a.Do(ctx, by, id, incident.FileImpact{Impact: impact})
}

// begin is from when on checks count for an incident.
func begin(s incident.State) time.Time {
	if s.Opened.ActiveAt != nil {
		return s.Opened.ActiveAt.Add(-lookBack)
	}
	return s.DetectedAt.Add(-time.Hour)
}

// end is up to when: what was checked after the repair is no harm of it.
func (a *App) end(s incident.State) time.Time {
	if s.Resolved != nil {
		return s.Resolved.At
	}
	return a.now()
}

// AccessLog is the gateway's log of what it delivered.
func AccessLog(dir string) string { return filepath.Join(StateDir(dir), "access.jsonl") }

// worst gives the checks of an incident's own pipeline that are the most over what can be seen.
func (a *App) worst(ctx context.Context, s incident.State, limit int) ([]store.CheckRow, error) {
	return a.store.WorstChecks(ctx, store.CheckQuery{
		Pipeline: s.Opened.Pipeline, Since: begin(s), Until: a.end(s).Add(time.Microsecond),
		Over: store.OverDeltaE | store.OverPalette | store.OverSSIM | store.OverLPIPS,
	}, limit)
}

// proofs keeps the pictures of the worst images.
func (a *App) proofs(ctx context.Context, by people.Actor, c web.Case, p pipeline.Pipeline) ([]incident.ImageProof, error) {
	rows, err := a.worst(ctx, c.Incident, versions*proofImages)
	if err != nil {
		return nil, err
	}
	var list []incident.ImageProof
	seen := map[string]bool{}
	for _, row := range rows {
		if seen[row.Path] || len(list) == proofImages {
			continue
		}
		proof, err := a.proof(ctx, by, c.Incident.ID, p, row)
		if errors.Is(err, errReplaced) {
			continue // this version is gone: there is no picture of it to keep
		}
		if err != nil {
			return nil, err
		}
		seen[row.Path] = true
		list = append(list, proof)
	}
	return list, nil
}

// errReplaced says that a file is no longer the one that was measured.
var errReplaced = errors.New("the file has been replaced since it was measured")

// measured reads a file that a check names by its digest; [errReplaced] if it
// is another one now, or gone.
func measured(path, digest string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errReplaced
	}
	if err != nil {
		return nil, fmt.Errorf("read the image: %w", err)
	}
	if digestHex(data) != digest {
		return nil, errReplaced
	}
	return data, nil
}

func digestHex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// measuredPair reads the reference and the delivered image of a check.
func measuredPair(p pipeline.Pipeline, row store.CheckRow) (reference, delivered []byte, err error) {
	if reference, err = measured(filepath.Join(p.Reference, filepath.FromSlash(referencePath(row))), row.Reference); err != nil {
		return nil, nil, err
	}
	delivered, err = measured(filepath.Join(p.Delivered, filepath.FromSlash(row.Path)), row.Candidate)
	return reference, delivered, err
}

// referencePath is the name of a check's reference, whose extension may differ
// from the delivered image's.
func referencePath(row store.CheckRow) string {
	var check struct{ Reference measure.File }
	if err := json.Unmarshal(row.JSON, &check); err != nil || check.Reference.Path == "" {
		return row.Path
	}
	return check.Reference.Path
}

// proof keeps the pictures of one check. Both files are looked at before
// anything is kept, so that no half of a pair stands among the evidence.
func (a *App) proof(ctx context.Context, by people.Actor, id string, p pipeline.Pipeline, row store.CheckRow) (incident.ImageProof, error) {
	reference, delivered, err := measuredPair(p, row)
	if err != nil {
		return incident.ImageProof{}, err
	}
	heat, err := a.heatmap(reference, delivered, row)
	if err != nil {
		return incident.ImageProof{}, err
	}
	files := []struct {
		path, digest string
		kind         postmortem.EvidenceKind
		data         []byte
	}{
		{path: evidenceName("reference", row), kind: postmortem.Image, data: reference},
		{path: evidenceName("delivered", row), kind: postmortem.Image, data: delivered},
		{path: evidenceName("heatmap", row) + ".png", kind: postmortem.Heatmap, data: heat},
	}
	for i := range files {
		f := &files[i]
		e := web.EvidenceUpload{Path: f.path, Kind: string(f.kind), Source: "pipeline " + row.Pipeline, Tool: "safelight impact", Data: bytes.NewReader(f.data)}
		fields, free, err := a.keep(ctx, e)
		if err != nil {
			return incident.ImageProof{}, err
		}
		f.digest, err = fields.SHA256, a.addEvidence(ctx, by, id, fields)
		free()
		if err != nil {
			return incident.ImageProof{}, err
		}
	}
	ssim := row.SSIM
	if math.IsNaN(ssim) {
		ssim = 0 // not measured: the image is too small for it
	}
	return incident.ImageProof{
		Path: row.Path, DeltaE00: row.DeltaEP95, SSIM: ssim,
		Reference: files[0].digest, Candidate: files[1].digest, Heatmap: files[2].digest,
	}, nil
}

// evidenceName names a picture among the evidence: by the version that was
// delivered, since one image may go wrong twice, and by its own name as far as
// evidence may be named so.
func evidenceName(folder string, row store.CheckRow) string {
	name := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune("\\:,", r) {
			return '_'
		}
		return r
	}, path.Base(row.Path))
	const longest = 100
	if len(name) > longest {
		name = strings.ToValidUTF8(name[len(name)-longest:], "")
	}
	return "images/" + folder + "/" + row.Candidate[:12] + "-" + strings.TrimRight(strings.TrimSpace(name), ".")
}
