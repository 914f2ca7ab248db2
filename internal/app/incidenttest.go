package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/safelight-dev/safelight/cube"
	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/hook"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/repository"
	"github.com/safelight-dev/safelight/pixels"
)

// TestsDir is the folder of incident tests inside a repository.
const TestsDir = "incident-tests"

// testFile is the name of a test's file inside its folder.
const testFile = "test.yaml"

// IncidentTest is a test file with its folder.
type IncidentTest struct {
	prevention.Test
	Dir    string
	SHA256 string // of test.yaml
	// read, if not nil, reads a file beside the test's in place of Dir.
	read func(name string) ([]byte, error)
}

// LoadTests reads the incident tests of a repository whose names contain filter.
func LoadTests(dir, filter string) ([]IncidentTest, error) {
	root := filepath.Join(dir, TestsDir)
	folders, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the incident tests: %w", err)
	}
	var tests []IncidentTest
	for _, f := range folders {
		// "incident" selects all of them: it is what the folder is called.
		if !f.IsDir() || !strings.Contains("incident-"+f.Name(), filter) {
			continue
		}
		t, err := loadTest(filepath.Join(root, f.Name()))
		if errors.Is(err, fs.ErrNotExist) && repository.Unfinished(filepath.Join(root, f.Name())) {
			continue // the program was killed while it wrote it, and nothing was accepted
		}
		if err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	return tests, nil
}

func loadTest(dir string) (IncidentTest, error) {
	path := filepath.Join(dir, testFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return IncidentTest{}, fmt.Errorf("read the incident test: %w", err)
	}
	t, err := parseTest(path, data)
	t.Dir = dir
	return t, err
}

// parseTest reads a test's file.
func parseTest(path string, data []byte) (t IncidentTest, err error) {
	if err := decodeYAML(data, &t.Test); err != nil {
		return t, fmt.Errorf("read %s: %w", path, err)
	}
	sum := sha256.Sum256(data)
	t.SHA256 = hex.EncodeToString(sum[:])
	return t, t.Validate()
}

// Subject is what an incident test is run on: it gives the image that belongs to a reference.
type Subject struct {
	Name   string // a table's path, a folder, a program with its parameters
	SHA256 string // of the table; that of the images where it is empty
	// content is the digest of what a table does; see [prevention.Run].
	content string
	image   func(ctx context.Context, r prevention.Reference, m *pixels.Image) ([]byte, error)
}

// TableSubject is what a colour table makes of the references, encoded as JPEG of quality 90.
func TableSubject(name string, data []byte) (Subject, error) {
	lut, err := cube.Read(bytes.NewReader(data))
	if err != nil {
		return Subject{}, fmt.Errorf("read the colour table %s: %w", name, err)
	}
	s := ChangeSubject(name, data, func(m *pixels.Image) ([]byte, error) {
		out := image.NewRGBA(image.Rect(0, 0, m.Width, m.Height))
		row := make([]uint8, 3*m.Width)
		for y := range m.Height {
			lut.ApplyRow8(row, m.Row8(y))
			line := out.Pix[y*out.Stride:]
			for x := range m.Width {
				copy(line[4*x:], row[3*x:3*x+3])
				line[4*x+3] = 255
			}
		}
		var b bytes.Buffer
		err := jpeg.Encode(&b, out, &jpeg.Options{Quality: 90})
		return b.Bytes(), err
	})
	s.content, err = contentOf(lut)
	return s, err
}

// contentOf is the digest of what a table does: its file as it would be written, without the title.
func contentOf(lut *cube.LUT) (string, error) {
	var b bytes.Buffer
	if err := lut.Write(&b); err != nil {
		return "", err
	}
	text := b.Bytes()
	if bytes.HasPrefix(text, []byte("TITLE")) {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return digestHex(text), nil
}

// ChangeSubject is what a change makes of the pixels of the references, which have eight bits a channel. Content is what its digest is taken of.
func ChangeSubject(name string, content []byte, change func(*pixels.Image) ([]byte, error)) Subject {
	return Subject{Name: name, SHA256: digestHex(content), image: func(_ context.Context, _ prevention.Reference, m *pixels.Image) ([]byte, error) {
		if m.Depth != 8 {
			return nil, fmt.Errorf("it has %d bits a channel and 8 are supported: %w", m.Depth, journal.ErrInvalid)
		}
		return change(m)
	}}
}

// ImagesSubject is images under the names that the references say. One that is not there is what the test finds.
func ImagesSubject(name string, read func(file string) ([]byte, error)) Subject {
	return Subject{Name: name, image: func(_ context.Context, r prevention.Reference, _ *pixels.Image) ([]byte, error) {
		return read(r.Name())
	}}
}

// ReadBelow reads an image below a folder; ErrNotFound where it is not there. No link leads out of the folder.
func ReadBelow(folder, name string) ([]byte, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("read the folder of images: %w", err)
	}
	defer root.Close()
	data, err := root.ReadFile(filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the image %s: %w", name, journal.ErrNotFound)
	}
	return data, err
}

// Generated is what a program of the configuration makes from parameters, in place of those that the generation has.
func (e *Engine) Generated(g prevention.Generation, parameters map[string]string) (Subject, error) {
	g = g.With(parameters)
	p, ok := e.config.Tests[g.Program]
	if !ok || p.Kind() != experiment.Generate {
		return Subject{}, fmt.Errorf("generate by %q: none of that name is configured under tests that generates; there are %v: %w",
			g.Program, programs(e.config.Tests, experiment.Generate), journal.ErrInvalid)
	}
	if _, err := p.Args(g.Parameters, nil); err != nil { // before anything is made
		return Subject{}, err
	}
	return Subject{Name: g.String(), image: func(ctx context.Context, r prevention.Reference, _ *pixels.Image) ([]byte, error) {
		return e.generate(ctx, p, g, r)
	}}, nil
}

// generate runs the program in a folder of its own.
func (e *Engine) generate(ctx context.Context, p experiment.Program, g prevention.Generation, r prevention.Reference) ([]byte, error) {
	dir, remove, err := scratch()
	if err != nil {
		return nil, err
	}
	defer remove()
	extension := p.Output
	if extension == "" {
		extension = strings.ToLower(filepath.Ext(r.Name()))
	}
	out := filepath.Join(dir, "out"+extension)
	args, err := p.Args(g.Parameters, map[string]string{experiment.Out: out})
	if err != nil {
		return nil, err
	}
	if o := hook.Run(ctx, confined(p, args, dir, p.Limit())); !o.Good() {
		return nil, fmt.Errorf("generate by %s: %w", g.Program, ended(p, o))
	}
	return readMade(out, int64(e.config.Limits.MaxBytes))
}

// trying is a test on its way.
type trying struct {
	*Engine
	IncidentTest
	meter *measure.Meter
}

// try prepares runs of a test: its budget, its policy and its palette are those of its file, whatever is configured today.
func (e *Engine) try(t IncidentTest) (trying, error) {
	swatches, err := pipeline.Config{Palette: t.Palette}.Swatches()
	if err != nil {
		return trying{}, err
	}
	o := e.options(t.Class, t.Budget, swatches, false)
	if t.Metadata != nil {
		if o.Inspector, err = inspector(*t.Metadata); err != nil {
			return trying{}, err
		}
	}
	return trying{e, t, measure.NewMeter(o)}, nil
}

// TryTest runs a test on a subject.
func (e *Engine) TryTest(ctx context.Context, t IncidentTest, s Subject) (prevention.Run, error) {
	one, err := e.try(t)
	if err != nil {
		return prevention.Run{}, err
	}
	return one.on(ctx, s)
}

// on runs the test on a subject.
func (t trying) on(ctx context.Context, s Subject) (prevention.Run, error) {
	run := prevention.Run{Subject: s.Name, SHA256: s.SHA256, Content: s.content}
	made := sha256.New()
	for _, r := range t.References {
		fail := func(err error) (prevention.Run, error) {
			return run, fmt.Errorf("run incident test %s on %s: %w", t.Name, r.File, err)
		}
		reference, err := t.reference(r)
		if err != nil {
			return fail(err)
		}
		m, err := t.decode(reference, r.File)
		if err != nil {
			return fail(err)
		}
		run.Images++
		candidate, err := s.image(ctx, r, m)
		if errors.Is(err, journal.ErrNotFound) {
			run.Violations = append(run.Violations, prevention.Violation{File: r.Name(), Metric: "missing", Text: phrase.Say(phrase.English, "test.missing"), Say: missing})
			continue
		}
		if err != nil {
			return fail(err)
		}
		made.Write(candidate)
		run.Violations = append(run.Violations, t.judge(r, reference, m, candidate)...)
	}
	if run.SHA256 == "" {
		run.SHA256 = hex.EncodeToString(made.Sum(nil))
	}
	return run, nil
}

func missing(l phrase.Lang) string { return phrase.Say(l, "test.missing") }

// onPair judges an image against a reference that is none of the test's.
func (t trying) onPair(p pair) (prevention.Run, error) {
	run := prevention.Run{Subject: p.path, SHA256: digestHex(p.delivered), Images: 1}
	m, err := t.decode(p.reference, p.referencePath)
	if err != nil {
		return run, err
	}
	run.Violations = t.judge(prevention.Reference{File: p.referencePath, Image: p.path}, p.reference, m, p.delivered)
	return run, nil
}

// reference reads a reference of the test, which must be the one that it was made with.
func (t trying) reference(r prevention.Reference) ([]byte, error) {
	read := t.read
	if read == nil {
		read = func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(t.Dir, filepath.FromSlash(name))) }
	}
	data, err := read(r.File)
	if err != nil {
		return nil, fmt.Errorf("read the reference: %w", err)
	}
	if digestHex(data) != r.SHA256 {
		return nil, fmt.Errorf("the reference is not the one that the test was made with: restore it or make the test again: %w", journal.ErrInvalid)
	}
	return data, nil
}

func (t trying) decode(data []byte, name string) (*pixels.Image, error) {
	limits := t.Pixels()
	limits.Name = name
	return pixels.DecodeBytes(data, limits)
}

// judge says what an image breaks. One that cannot be measured, such as one of another size, breaks that.
func (t trying) judge(r prevention.Reference, reference []byte, m *pixels.Image, candidate []byte) []prevention.Violation {
	name := r.Name()
	c, err := t.decode(candidate, name)
	var check measure.Check
	if err == nil {
		check, err = t.meter.Measure(
			measure.Source{Path: r.File, SHA256: digestHex(reference), Bytes: int64(len(reference)), Data: reference, Image: m},
			measure.Source{Path: name, SHA256: digestHex(candidate), Bytes: int64(len(candidate)), Data: candidate, Image: c})
	}
	if err != nil {
		text := journal.Sentence(err)
		say := func(l phrase.Lang) string {
			if said, known := phrase.Error(l, err); known {
				return said
			}
			return text
		}
		return []prevention.Violation{{File: name, Metric: "unmeasured", Text: text, Say: say}}
	}
	var list []prevention.Violation
	for _, f := range check.Findings {
		list = append(list, prevention.Violation{File: name, Metric: f.Metric, Value: f.Value, Limit: f.Limit, Text: f.In("en"), Say: f.In})
	}
	return list
}
