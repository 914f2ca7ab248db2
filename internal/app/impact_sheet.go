package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/report"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
	"github.com/safelight-dev/safelight/pixels"
)

// sheetImages is how many of the worst images stand on the contact sheet.
const sheetImages = 24

// sheet keeps the contact sheet of the worst images as one piece of evidence, and gives its digest; empty where there are
// not two of them to be looked at together.
func (a *App) sheet(ctx context.Context, by people.Actor, c web.Case, p pipeline.Pipeline) (string, error) {
	entries, err := a.sheetEntries(ctx, c, p)
	if err != nil || len(entries) < 2 {
		return "", err
	}
	var out bytes.Buffer
	if err := report.WriteSheet(&out, entries); err != nil {
		return "", err
	}
	name := "images/contact-sheet/" + digestHex(out.Bytes())[:12] + ".jpg"
	e := web.EvidenceUpload{Path: name, Kind: string(postmortem.Image), Source: "pipeline " + c.Incident.Opened.Pipeline, Tool: "safelight impact", Data: &out}
	fields, free, err := a.keep(ctx, e)
	if err != nil {
		return "", err
	}
	defer free()
	return fields.SHA256, a.addEvidence(ctx, by, c.Incident.ID, fields)
}

// sheetEntries draws the worst images that are still there, each once.
func (a *App) sheetEntries(ctx context.Context, c web.Case, p pipeline.Pipeline) ([]report.Entry, error) {
	rows, err := a.worst(ctx, c.Incident, versions*sheetImages)
	if err != nil {
		return nil, err
	}
	var entries []report.Entry
	seen := map[string]bool{}
	for _, row := range rows {
		if seen[row.Path] || len(entries) == sheetImages {
			continue
		}
		entry, err := a.sheetEntry(p, row)
		if errors.Is(err, errReplaced) {
			continue
		}
		if err != nil {
			return nil, err
		}
		seen[row.Path] = true
		entries = append(entries, entry)
	}
	return entries, nil
}

func (a *App) sheetEntry(p pipeline.Pipeline, row store.CheckRow) (report.Entry, error) {
	var e report.Entry
	if err := json.Unmarshal(row.JSON, &e.Check); err != nil {
		return e, fmt.Errorf("read the check of %s: %w", row.Path, err)
	}
	reference, delivered, err := measuredPair(p, row)
	if err != nil {
		return e, err
	}
	ref, cand, err := a.decodePair(reference, delivered, row)
	if err != nil {
		return e, err
	}
	e.Pictures, err = report.Thumbnails(ref, cand, a.config.Watch.Classes[pipeline.Class(row.Class)].Fit)
	return e, err
}

// heatmap draws where two files differ, as a PNG.
func (a *App) heatmap(reference, delivered []byte, row store.CheckRow) ([]byte, error) {
	ref, cand, err := a.decodePair(reference, delivered, row)
	if err != nil {
		return nil, err
	}
	var heat bytes.Buffer
	err = measure.WriteHeatmap(&heat, ref, cand, a.config.Watch.Classes[pipeline.Class(row.Class)].Fit)
	return heat.Bytes(), err
}

func (a *App) decodePair(reference, delivered []byte, row store.CheckRow) (ref, cand *pixels.Image, err error) {
	limits := a.engine.Pixels()
	limits.Name = row.Path
	if ref, err = pixels.DecodeBytes(reference, limits); err != nil {
		return nil, nil, fmt.Errorf("decode the reference: %w", err)
	}
	if cand, err = pixels.DecodeBytes(delivered, limits); err != nil {
		return nil, nil, fmt.Errorf("decode the delivered image: %w", err)
	}
	return ref, cand, nil
}
