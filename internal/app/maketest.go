package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/repository"
	"github.com/safelight-dev/safelight/internal/store"
)

// testSample is how many references an incident test keeps: a few of the
// worst, so that it runs in CI within a second.
const testSample = 5

// MakeTest writes an incident test from the worst images of an incident: their
// references, the budget and the palette of the day. It is committed with the
// publication repository; acceptance is a command of its own.
func (a *App) MakeTest(ctx context.Context, by people.Actor, id, lutPath string) (IncidentTest, error) {
	if err := by.Require(people.Author); err != nil {
		return IncidentTest{}, err
	}
	c, err := a.Case(ctx, id)
	if err != nil {
		return IncidentTest{}, err
	}
	name := strings.ToLower(id)
	p, ok := a.config.Watch.Pipelines[c.Incident.Opened.Pipeline]
	if !ok {
		return IncidentTest{}, fmt.Errorf("make an incident test of %s: its pipeline is not configured: %w", id, journal.ErrInvalid)
	}
	t := prevention.Test{
		Name: name, Incident: id, Class: p.Class, Budget: a.config.Watch.Classes[p.Class], Palette: a.config.Watch.Palette, LUT: lutPath,
	}
	folder := path.Join(TestsDir, name)
	files, err := a.testReferences(ctx, c.Incident, &t)
	if err != nil {
		return IncidentTest{}, fmt.Errorf("make an incident test of %s: %w", id, err)
	}
	if err := t.Validate(); err != nil {
		return IncidentTest{}, err
	}
	text, err := yaml.Marshal(t)
	if err != nil {
		return IncidentTest{}, fmt.Errorf("write incident test %s: %w", name, err)
	}
	commit, err := a.commit(ctx, repository.CommitRequest{
		Branch: mainBranch, Files: append(files, repository.File{Path: path.Join(folder, testFile), Data: text}),
		Author: a.author(ctx, by.ID), Message: fmt.Sprintf("%s: add the incident test", id), Key: id + "/test-" + hex.EncodeToString(sumOf(text)),
	})
	if err != nil {
		return IncidentTest{}, err
	}
	if err := a.queuePush(ctx, id, mainBranch, commit); err != nil {
		return IncidentTest{}, err
	}
	return loadTest(filepath.Join(a.dir, filepath.FromSlash(folder)))
}

// testReferences puts the references of the worst images into a test, each
// once, and gives their files.
func (a *App) testReferences(ctx context.Context, inc incident.State, t *prevention.Test) ([]repository.File, error) {
	name := inc.Opened.Pipeline
	query := store.CheckQuery{Pipeline: name, Since: begin(inc), Over: store.OverDeltaE | store.OverPalette}
	rows, err := a.store.WorstChecks(ctx, query, versions*testSample)
	if err != nil {
		return nil, err
	}
	var files []repository.File
	seen := map[string]bool{}
	for _, row := range rows {
		if seen[row.Path] || len(files) == testSample {
			continue
		}
		data, err := measured(filepath.Join(a.config.Watch.Pipelines[name].Reference, filepath.FromSlash(row.Path)), row.Reference)
		if errors.Is(err, errReplaced) {
			continue // what deviated from the old reference says nothing of the new one
		}
		if err != nil {
			return nil, err
		}
		seen[row.Path] = true
		t.References = append(t.References, prevention.Reference{File: row.Path, SHA256: row.Reference})
		files = append(files, repository.File{Path: path.Join(TestsDir, t.Name, row.Path), Data: data})
	}
	return files, nil
}

func sumOf(b []byte) []byte { s := sha256.Sum256(b); return s[:] }
