package app

import (
	"bytes"
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
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/prevention"
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
	t := IncidentTest{Dir: dir}
	if err := decodeYAML(data, &t.Test); err != nil {
		return t, fmt.Errorf("read %s: %w", path, err)
	}
	sum := sha256.Sum256(data)
	t.SHA256 = hex.EncodeToString(sum[:])
	return t, t.Validate()
}

// Change makes, from the pixels of a reference, what a changed pipeline would deliver.
type Change func(*pixels.Image) ([]byte, error)

// LUTChange is the change that a colour table makes, encoded as JPEG of quality 90.
func LUTChange(lut *cube.LUT) Change {
	return func(m *pixels.Image) ([]byte, error) {
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
	}
}

// Run runs a test on a change. subject and its bytes say what was tested.
func (t IncidentTest) Run(subject string, content []byte, change Change) (prevention.Run, error) {
	sum := sha256.Sum256(content)
	run := prevention.Run{Subject: subject, SHA256: hex.EncodeToString(sum[:])}
	swatches, err := pipeline.Config{Palette: t.Palette}.Swatches()
	if err != nil {
		return run, err
	}
	meter := measure.NewMeter(measure.Options{Class: t.Class, Budget: t.Budget, Palette: swatches})
	for _, r := range t.References {
		violations, err := t.runOne(meter, r, change)
		if err != nil {
			return run, fmt.Errorf("run incident test %s on %s: %w", t.Name, r.File, err)
		}
		run.Images++
		run.Violations = append(run.Violations, violations...)
	}
	return run, nil
}

func (t IncidentTest) runOne(meter *measure.Meter, r prevention.Reference, change Change) ([]prevention.Violation, error) {
	data, err := os.ReadFile(filepath.Join(t.Dir, filepath.FromSlash(r.File)))
	if err != nil {
		return nil, fmt.Errorf("read the reference: %w", err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != r.SHA256 {
		return nil, fmt.Errorf("the reference is not the one that the test was made with: restore it or make the test again: %w", journal.ErrInvalid)
	}
	ref, err := pixels.DecodeBytes(data, pixels.Options{Name: r.File})
	if err != nil {
		return nil, err
	}
	if ref.Depth != 8 {
		return nil, fmt.Errorf("it has %d bits a channel and 8 are supported: %w", ref.Depth, journal.ErrInvalid)
	}
	changed, err := change(ref)
	if err != nil {
		return nil, err
	}
	cand, err := pixels.DecodeBytes(changed, pixels.Options{})
	if err != nil {
		return nil, err
	}
	check, err := meter.Measure(
		measure.Source{Path: r.File, SHA256: r.SHA256, Bytes: int64(len(data)), Image: ref},
		measure.Source{Path: r.File, Bytes: int64(len(changed)), Image: cand})
	var violations []prevention.Violation
	for _, f := range check.Findings {
		violations = append(violations, prevention.Violation{File: r.File, Metric: f.Metric, Value: f.Value, Limit: f.Limit})
	}
	return violations, err
}
