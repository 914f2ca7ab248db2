package app

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/repository"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// testSample is how many references an incident test keeps: a few of the
// worst, so that it runs in CI within a second.
const testSample = 5

// WriteTest makes an incident test of a colour table from the worst images of an incident and commits it with the publication repository.
// Whoever calls it tries it before it is accepted.
func (a *App) WriteTest(ctx context.Context, by people.Actor, id, lutPath string) (IncidentTest, error) {
	if err := by.Require(people.Author); err != nil {
		return IncidentTest{}, err
	}
	c, err := a.Case(ctx, id)
	if err != nil {
		return IncidentTest{}, err
	}
	m := making{App: a, by: by, c: c, MakeTest: web.MakeTest{LUT: lutPath}}
	if err := m.draft(ctx); err != nil {
		return IncidentTest{}, err
	}
	return m.commit(ctx)
}

// MakeTest makes an incident test, tries it, and accepts it where it tells what was bad from what is good. Otherwise nothing of it is
// written, and the error says why.
func (a *App) MakeTest(ctx context.Context, by people.Actor, id string, t web.MakeTest) error {
	if err := by.Require(people.Author); err != nil {
		return err
	}
	select {
	case a.testing <- struct{}{}:
		defer func() { <-a.testing }()
	case <-ctx.Done():
		return fmt.Errorf("make an incident test of %s: another one is being made: %w", id, ctx.Err())
	}
	m := making{App: a, by: by, MakeTest: t}
	accepted, err := m.run(ctx, id)
	if err != nil {
		return fmt.Errorf("make an incident test of %s: %w", id, err)
	}
	made, err := m.commit(ctx)
	if err != nil {
		return err
	}
	accepted.SHA256 = made.SHA256
	return a.Do(ctx, by, id, prevention.AcceptTest{TestAccepted: accepted})
}

// TryTest runs a test on a subject.
func (a *App) TryTest(ctx context.Context, t IncidentTest, s Subject) (prevention.Run, error) {
	return a.engine.TryTest(ctx, t, s)
}

// making is a test on its way to be accepted.
type making struct {
	*App
	by people.Actor
	c  web.Case
	web.MakeTest

	test  prevention.Test
	text  []byte            // of test.yaml
	files []repository.File // the references
	bad   []pair            // of a test of images
}

// run drafts the test and tries it on what is bad, on the fix and on good changes.
func (m *making) run(ctx context.Context, id string) (accepted prevention.TestAccepted, err error) {
	if m.c, err = m.Case(ctx, id); err != nil {
		return accepted, err
	}
	if err := m.bring(ctx); err != nil {
		return accepted, err
	}
	if err := m.draft(ctx); err != nil {
		return accepted, err
	}
	dir, remove, err := m.lay()
	if err != nil {
		return accepted, err
	}
	defer remove()
	t, err := m.engine.try(IncidentTest{Test: m.test, Dir: dir})
	if err != nil {
		return accepted, err
	}
	accepted.Name = m.test.Name
	subjects, err := m.subjects()
	if err != nil {
		return accepted, err
	}
	var runs []prevention.Run
	for _, s := range subjects {
		run, err := t.on(ctx, s)
		if err != nil {
			return accepted, err
		}
		runs = append(runs, run)
	}
	accepted.Bad, accepted.Fix, accepted.Controls = runs[0], runs[1], runs[2:]
	if err := m.addGoodImages(ctx, t, &accepted); err != nil {
		return accepted, err
	}
	return accepted, prevention.Accept(accepted.Bad, accepted.Fix, accepted.Controls)
}

// bring keeps what came with the request among the evidence, so that what the test was tried on can be looked at. A file that was brought
// before stands there already; another one under its name gets a name of its own.
func (m *making) bring(ctx context.Context) error {
	kind := postmortem.Image
	if m.LUT != "" {
		kind = postmortem.LUT
	}
	m.Controls = slices.Clone(m.Controls)
	subjects := []*web.TestSubject{&m.Reference, &m.Bad, &m.Fix}
	for i := range m.Controls {
		subjects = append(subjects, &m.Controls[i])
	}
	brought := map[string]string{}
	for _, e := range m.c.Analysis.Evidence {
		brought[e.Path] = e.SHA256
	}
	for _, s := range subjects {
		if s.Data == nil {
			continue
		}
		digest := digestHex(s.Data)
		if was, taken := brought[s.Path]; taken && was != digest {
			ext := path.Ext(s.Path)
			s.Path = strings.TrimSuffix(s.Path, ext) + "-" + digest[:8] + ext
		}
		if brought[s.Path] == digest {
			continue
		}
		brought[s.Path] = digest
		err := m.AddEvidence(ctx, m.by, m.c.Incident.ID, web.EvidenceUpload{
			Path: s.Path, Kind: string(kind), Source: "incident test", Tool: "safelight incident make-test", Data: bytes.NewReader(s.Data),
		})
		if err != nil {
			return err
		}
	}
	c, err := m.Case(ctx, m.c.Incident.ID) // with what was brought
	m.c = c
	return err
}

// draft takes the references, and the budget and the palette of the day.
func (m *making) draft(ctx context.Context) error {
	inc := m.c.Incident
	p, ok := m.config.Watch.Pipelines[inc.Opened.Pipeline]
	if !ok {
		return fmt.Errorf("its pipeline is not configured: %w", journal.ErrInvalid)
	}
	m.test = prevention.Test{
		Name: m.name(), Incident: inc.ID, Class: p.Class, Budget: m.config.Watch.Classes[p.Class], Palette: m.config.Watch.Palette,
		LUT: m.LUT, Images: m.Images, Generate: m.Generate,
	}
	var err error
	if m.LUT != "" {
		m.files, err = m.testReferences(ctx, inc, &m.test)
	} else {
		err = m.draftImages(ctx)
	}
	if err != nil {
		return err
	}
	if err := m.test.Validate(); err != nil {
		return err
	}
	if m.text, err = yaml.Marshal(m.test); err != nil {
		return fmt.Errorf("write incident test %s: %w", m.test.Name, err)
	}
	return nil
}

// name is that of the incident; further tests of it say what they guard.
func (m *making) name() string {
	name := strings.ToLower(m.c.Incident.ID)
	taken := func(n string) bool {
		return slices.ContainsFunc(m.c.Prevention.Tests, func(t prevention.TestAccepted) bool { return t.Name == n })
	}
	if taken(name) {
		name += map[bool]string{m.LUT != "": "-table", m.Images != "": "-images", m.Generate != nil: "-generation"}[true]
	}
	for i, base := 2, name; taken(name); i++ {
		name = fmt.Sprintf("%s-%d", base, i)
	}
	return name
}

// draftImages takes the references of the bad images. Where the harm was in metadata, their policy is the test's too.
func (m *making) draftImages(ctx context.Context) error {
	if err := m.takeBad(ctx); err != nil {
		return err
	}
	for _, p := range m.bad {
		if p.metadata && m.test.Metadata == nil {
			policy := m.config.Watch.MetadataPolicy(m.c.Incident.Opened.Pipeline)
			m.test.Metadata = &policy
		}
		r := prevention.Reference{File: p.referencePath, SHA256: digestHex(p.reference)}
		if p.path != p.referencePath {
			r.Image = p.path
		}
		m.test.References = append(m.test.References, r)
		m.files = append(m.files, repository.File{Path: path.Join(TestsDir, m.test.Name, p.referencePath), Data: p.reference})
	}
	return nil
}

// takeBad takes the bad images: the one that is named with its reference, or those that were kept of the incident.
func (m *making) takeBad(ctx context.Context) error {
	if m.Reference.Path != "" {
		reference, err := m.evidenceBytes(m.Reference.Path)
		if err != nil {
			return err
		}
		p := pair{path: cmp.Or(m.Image, path.Base(m.Reference.Path)), reference: reference}
		p.referencePath = p.path
		if m.Generate == nil {
			if p.delivered, err = m.evidenceBytes(m.Bad.Path); err != nil {
				return err
			}
			p.metadata, err = m.breaksMetadata(p)
		}
		m.bad = []pair{p}
		return err
	}
	if err := m.KeepSpecimens(ctx, m.c.Incident.ID); err != nil {
		return err
	}
	c, err := m.Case(ctx, m.c.Incident.ID)
	if err != nil {
		return err
	}
	list, err := m.specimens(ctx, c)
	if err != nil {
		return err
	}
	if m.Image != "" {
		list = slices.DeleteFunc(list, func(p pair) bool { return p.path != m.Image })
	}
	if len(list) == 0 {
		return fmt.Errorf("%w: %w", phrase.Errorf("test.refused.nothing"), journal.ErrInvalid)
	}
	if m.Generate != nil {
		list = list[:1]
	}
	m.bad = list
	return nil
}

// breaksMetadata tells whether an image breaks the policy of its pipeline.
func (m *making) breaksMetadata(p pair) (bool, error) {
	o, err := m.engine.PipelineMeter(m.c.Incident.Opened.Pipeline, false)
	if err != nil {
		return false, err
	}
	return len(inspectPair(measure.NewMeter(o), p).Breaches) > 0, nil
}

// lay puts the references where the test finds them.
func (m *making) lay() (dir string, remove func(), err error) {
	if dir, remove, err = scratch(); err != nil {
		return "", nil, err
	}
	for _, f := range m.files {
		at := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(f.Path, path.Join(TestsDir, m.test.Name)+"/")))
		err := os.MkdirAll(filepath.Dir(at), 0o700)
		if err == nil {
			err = os.WriteFile(at, f.Data, 0o600)
		}
		if err != nil {
			remove()
			return "", nil, fmt.Errorf("lay %s to try the test: %w", f.Path, err)
		}
	}
	return dir, remove, nil
}

// subjects are what is bad, the fix, and the good changes that were named.
func (m *making) subjects() (list []Subject, err error) {
	add := func(s Subject, failed error) {
		list, err = append(list, s), errors.Join(err, failed)
	}
	switch {
	case m.LUT != "":
		for _, s := range append([]web.TestSubject{m.Bad, m.Fix}, m.Controls...) {
			data, failed := m.evidenceBytes(s.Path)
			if failed != nil {
				return nil, failed
			}
			add(TableSubject(s.Path, data))
		}
	case m.Generate != nil:
		for _, s := range append([]web.TestSubject{m.Bad, m.Fix}, m.Controls...) {
			add(m.engine.Generated(*m.test.Generate, s.Settings))
		}
	default:
		add(m.badImages(), nil)
		add(m.fixedImages())
		for _, s := range m.Controls {
			add(m.oneImage(s.Path))
		}
	}
	return list, err
}

// badImages are those of the incident.
func (m *making) badImages() Subject {
	images := map[string][]byte{}
	for _, p := range m.bad {
		images[p.path] = p.delivered
	}
	return ImagesSubject(cmp.Or(m.Bad.Path, m.c.Incident.ID), func(name string) ([]byte, error) { return images[name], nil })
}

// fixedImages are the one that is named, or those that are delivered now.
func (m *making) fixedImages() (Subject, error) {
	if m.Fix.Path != "" {
		return m.oneImage(m.Fix.Path)
	}
	dir := m.config.Watch.Pipelines[m.c.Incident.Opened.Pipeline].Delivered
	read := func(name string) ([]byte, error) { return ReadBelow(dir, name) }
	for _, p := range m.bad {
		now, err := read(p.path)
		if err != nil || bytes.Equal(now, p.delivered) {
			return Subject{}, fmt.Errorf("%w: %w", phrase.Errorf("test.refused.unfixed", p.path), journal.ErrInvalid)
		}
	}
	return ImagesSubject(m.c.Incident.Opened.Pipeline, read), nil
}

// oneImage is an image of the evidence, of the only reference.
func (m *making) oneImage(name string) (Subject, error) {
	if len(m.bad) != 1 {
		return Subject{}, fmt.Errorf("%s: of which of the %d references it is cannot be told: name one image of the incident: %w", name, len(m.bad), journal.ErrInvalid)
	}
	data, err := m.evidenceBytes(name)
	return ImagesSubject(name, func(string) ([]byte, error) { return data, nil }), err
}

// evidenceBytes reads a file of the evidence.
func (m *making) evidenceBytes(name string) ([]byte, error) {
	if name == "" {
		return nil, fmt.Errorf("name the bad one, the fix, and the good changes: %w", journal.ErrInvalid)
	}
	f, err := m.evidence(m.c.Analysis, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxTable+1))
	if err != nil {
		return nil, fmt.Errorf("read %s of the evidence: %w", name, err)
	}
	if len(data) > maxTable {
		return nil, fmt.Errorf("read %s of the evidence: it is larger than %d bytes: %w", name, maxTable, journal.ErrTooLarge)
	}
	return data, nil
}

// addGoodImages tries a test of images on images that the pipeline has delivered well, as far as good changes are wanting.
func (m *making) addGoodImages(ctx context.Context, t trying, accepted *prevention.TestAccepted) error {
	if m.LUT != "" || prevention.Distinct(accepted.Fix, accepted.Controls) >= prevention.MinControls {
		return nil
	}
	good, err := m.goodPairs(ctx, m.c.Incident.Opened.Pipeline, testSample)
	if err != nil {
		return err
	}
	for _, p := range good {
		run, err := t.onPair(p)
		if err != nil {
			return err
		}
		accepted.Controls = append(accepted.Controls, run)
	}
	return nil
}

// commit writes the test and its references into the publication repository.
func (m *making) commit(ctx context.Context) (IncidentTest, error) {
	folder := path.Join(TestsDir, m.test.Name)
	id := m.c.Incident.ID
	commit, err := m.App.commit(ctx, repository.CommitRequest{
		Branch: mainBranch, Files: append(m.files, repository.File{Path: path.Join(folder, testFile), Data: m.text}),
		Author: m.author(ctx, m.by.ID), Message: fmt.Sprintf("%s: add the incident test", id), Key: id + "/test-" + hex.EncodeToString(sumOf(m.text)),
	})
	if err != nil {
		return IncidentTest{}, err
	}
	if err := m.queuePush(ctx, id, mainBranch, commit); err != nil {
		return IncidentTest{}, err
	}
	return loadTest(filepath.Join(m.dir, filepath.FromSlash(folder)))
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
