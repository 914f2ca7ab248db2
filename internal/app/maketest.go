package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/safelight-dev/safelight/cube"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/repository"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// testSample is how many references an incident test keeps: a few of the
// worst, so that it runs in CI within a second.
const testSample = 5

// WriteTest makes an incident test from the worst images of an incident and commits it with the publication repository. Whoever calls
// it tries it before it is accepted.
func (a *App) WriteTest(ctx context.Context, by people.Actor, id, lutPath string) (IncidentTest, error) {
	if err := by.Require(people.Author); err != nil {
		return IncidentTest{}, err
	}
	d, err := a.draftTest(ctx, id, lutPath)
	if err != nil {
		return IncidentTest{}, err
	}
	return a.commitTest(ctx, by, d)
}

// MakeTest makes an incident test, tries it on the tables, and accepts it where it tells the bad one from the good ones. Otherwise nothing
// is written, and the error says why.
func (a *App) MakeTest(ctx context.Context, by people.Actor, id string, m web.MakeTest) error {
	if err := by.Require(people.Author); err != nil {
		return err
	}
	d, err := a.draftTest(ctx, id, m.LUT)
	if err != nil {
		return err
	}
	if err := a.bringTables(ctx, by, id, m); err != nil {
		return err
	}
	accepted, err := a.tryTest(ctx, id, d, m)
	if err != nil {
		return fmt.Errorf("make an incident test of %s: %w", id, err)
	}
	if err := prevention.Accept(accepted.Bad, accepted.Fix, accepted.Controls); err != nil {
		return fmt.Errorf("make an incident test of %s: %w", id, err)
	}
	made, err := a.commitTest(ctx, by, d)
	if err != nil {
		return err
	}
	accepted.SHA256 = made.SHA256
	return a.Do(ctx, by, id, prevention.AcceptTest{TestAccepted: accepted})
}

// draftedTest is a test that is not written yet.
type draftedTest struct {
	prevention.Test
	incident string
	text     []byte            // of test.yaml
	files    []repository.File // the references
}

// draftTest takes the references of the worst images, the budget and the palette of the day.
func (a *App) draftTest(ctx context.Context, id, lutPath string) (d draftedTest, err error) {
	c, err := a.Case(ctx, id)
	if err != nil {
		return d, err
	}
	p, ok := a.config.Watch.Pipelines[c.Incident.Opened.Pipeline]
	if !ok {
		return d, fmt.Errorf("make an incident test of %s: its pipeline is not configured: %w", id, journal.ErrInvalid)
	}
	d = draftedTest{incident: id, Test: prevention.Test{
		Name: strings.ToLower(id), Incident: id, Class: p.Class, Budget: a.config.Watch.Classes[p.Class], Palette: a.config.Watch.Palette, LUT: lutPath,
	}}
	if d.files, err = a.testReferences(ctx, c.Incident, &d.Test); err != nil {
		return d, fmt.Errorf("make an incident test of %s: %w", id, err)
	}
	if err := d.Validate(); err != nil {
		return d, err
	}
	if d.text, err = yaml.Marshal(d.Test); err != nil {
		return d, fmt.Errorf("write incident test %s: %w", d.Name, err)
	}
	return d, nil
}

// bringTables keeps the tables that came with the request among the evidence, so that what the test was tried on can be looked at.
func (a *App) bringTables(ctx context.Context, by people.Actor, id string, m web.MakeTest) error {
	for _, t := range append([]web.TestTable{m.Bad, m.Fix}, m.Controls...) {
		if t.Data == nil {
			continue
		}
		err := a.AddEvidence(ctx, by, id, web.EvidenceUpload{
			Path: t.Path, Kind: string(postmortem.LUT), Source: "incident test", Tool: "safelight incident make-test", Data: bytes.NewReader(t.Data),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// tryTest runs a test that is not written yet on every table.
func (a *App) tryTest(ctx context.Context, id string, d draftedTest, m web.MakeTest) (accepted prevention.TestAccepted, err error) {
	c, err := a.Case(ctx, id)
	if err != nil {
		return accepted, err
	}
	dir, err := os.MkdirTemp("", "safelight-test-")
	if err != nil {
		return accepted, fmt.Errorf("make a folder to try it in: %w", err)
	}
	defer os.RemoveAll(dir)
	for _, f := range d.files {
		at := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(f.Path, path.Join(TestsDir, d.Name)+"/")))
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			return accepted, err
		}
		if err := os.WriteFile(at, f.Data, 0o600); err != nil {
			return accepted, err
		}
	}
	test := IncidentTest{Test: d.Test, Dir: dir}
	accepted.Name = d.Name
	if accepted.Bad, err = a.tryOn(c.Analysis, test, m.Bad.Path); err != nil {
		return accepted, err
	}
	if accepted.Fix, err = a.tryOn(c.Analysis, test, m.Fix.Path); err != nil {
		return accepted, err
	}
	for _, control := range m.Controls {
		run, err := a.tryOn(c.Analysis, test, control.Path)
		if err != nil {
			return accepted, err
		}
		accepted.Controls = append(accepted.Controls, run)
	}
	return accepted, nil
}

// tryOn runs a test on a table of the evidence.
func (a *App) tryOn(s postmortem.State, test IncidentTest, table string) (prevention.Run, error) {
	f, err := a.evidence(s, table)
	if err != nil {
		return prevention.Run{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxTable+1))
	if err != nil {
		return prevention.Run{}, fmt.Errorf("read the colour table %s: %w", table, err)
	}
	lut, err := cube.Read(bytes.NewReader(data))
	if err != nil {
		return prevention.Run{}, fmt.Errorf("read the colour table %s: %w", table, err)
	}
	return test.Run(table, data, LUTChange(lut))
}

// commitTest writes a test and its references into the publication repository.
func (a *App) commitTest(ctx context.Context, by people.Actor, d draftedTest) (IncidentTest, error) {
	folder := path.Join(TestsDir, d.Name)
	commit, err := a.commit(ctx, repository.CommitRequest{
		Branch: mainBranch, Files: append(d.files, repository.File{Path: path.Join(folder, testFile), Data: d.text}),
		Author: a.author(ctx, by.ID), Message: fmt.Sprintf("%s: add the incident test", d.incident), Key: d.incident + "/test-" + hex.EncodeToString(sumOf(d.text)),
	})
	if err != nil {
		return IncidentTest{}, err
	}
	if err := a.queuePush(ctx, d.incident, mainBranch, commit); err != nil {
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
