package watch

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/pixels"
)

// located is an SVG that says where it was made.
const located = `<svg xmlns="http://www.w3.org/2000/svg"><metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
	`<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="48,51.5N"/></rdf:RDF></metadata></svg>`

// TestLargerThanTheLimit: what is larger than may be read is judged by its beginning, held for the rest, and known by the
// digest of all of it.
func TestLargerThanTheLimit(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.NewMeter = func() *measure.Meter {
		return measure.NewMeter(measure.Options{Class: pipeline.Product, Budget: pipeline.DefaultBudgets()[pipeline.Product], Inspector: &measure.Inspector{Policy: pipeline.DefaultMetadata()}})
	}
	write(t, o.Reference, "large.png", 100, 16)
	write(t, o.Candidate, "large.png", 100, 16)
	name := filepath.Join(o.Candidate, "large.png")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, make([]byte, 4<<10)...)
	if err := os.WriteFile(name, append(data, "zoe@example.org"...), 0o644); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(append(data, "zoe@example.org"...))
	o.Limits.MaxBytes = int64(len(data)) - 1<<10
	check := func(how string, r Result) {
		t.Helper()
		if r.SHA256 != hex.EncodeToString(sum[:]) || r.Bytes != int64(len(data))+15 || r.Metadata == nil || len(r.Metadata.Quarantined()) != 1 || r.Metadata.Breaches[0].Kind != pipeline.UnreadMetadata {
			t.Errorf("%s says %+v, %+v", how, r, r.Metadata)
		}
	}
	results, _, err := scanAll(t, o)
	if err != nil || results["large.png"].Err == nil {
		t.Fatalf("scanned as %+v, %v", results["large.png"], err)
	}
	check("a scan", results["large.png"])
	if err := Inspect(t.Context(), o, func(r Result) error { check("a look", r); return nil }); err != nil {
		t.Error(err)
	}
	o.Limits.MaxBytes = int64(len(data)) + 15
	if results, _, err = scanAll(t, o); err != nil || results["large.png"].Err != nil || results["large.png"].Metadata.Breaches[0].Kind == pipeline.UnreadMetadata {
		t.Errorf("within the limit it is %+v, %v", results["large.png"], err)
	}
}

// TestInspect judges every delivered image once, whether or not it has a
// reference, and tells nothing of what is no image or was not delivered.
func TestInspect(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"reference/a.svg": strings.ReplaceAll(located, "48,51.5N", ""), "delivered/a.svg": located,
		"delivered/sub/b.svg": located, "reference/undelivered.svg": located, "delivered/notes.txt": located, "delivered/c.svg": "<svg/>", "delivered/list.json": "{}",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	o := Options{
		Reference: filepath.Join(dir, "reference"), Candidate: filepath.Join(dir, "delivered"), Limits: pixels.Options{MaxBytes: 1 << 20},
		NewMeter: func() *measure.Meter {
			return measure.NewMeter(measure.Options{Inspector: &measure.Inspector{Policy: pipeline.DefaultMetadata()}})
		},
	}
	var got []string
	err := Inspect(t.Context(), o, func(r Result) error {
		grave := "clean"
		if len(r.Metadata.Quarantined()) > 0 {
			grave = "grave"
		}
		got = append(got, r.Path+" "+grave)
		if r.Bytes == 0 || len(r.SHA256) != 64 {
			t.Errorf("%s is %d bytes of digest %q", r.Path, r.Bytes, r.SHA256)
		}
		return nil
	})
	if err != nil || !slices.Equal(got, []string{"a.svg grave", "c.svg clean", "notes.txt grave", "sub/b.svg grave"}) {
		t.Errorf("judged %v, %v", got, err)
	}
	stop := errors.New("stop")
	if err := Inspect(t.Context(), o, func(Result) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of yield gives %v", err)
	}
	o.Candidate = filepath.Join(dir, "nowhere")
	if err := Inspect(t.Context(), o, nil); err == nil {
		t.Error("a folder that is not there gives no error")
	}
}

// TestReferencesThatCannotBeListed judges what was delivered by itself where its folder of references is none.
func TestReferencesThatCannotBeListed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"reference/sub": "no folder", "delivered/sub/a.svg": located, "delivered/sub/deep/b.svg": located} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	o := Options{
		Reference: filepath.Join(dir, "reference"), Candidate: filepath.Join(dir, "delivered"),
		NewMeter: func() *measure.Meter {
			return measure.NewMeter(measure.Options{Inspector: &measure.Inspector{Policy: pipeline.DefaultMetadata()}})
		},
	}
	for _, paths := range [][]string{nil, {"sub/a.svg", "sub/deep/b.svg"}} {
		o.Paths = paths
		results, _, err := scanAll(t, o)
		if err != nil || results["sub/"].Err == nil {
			t.Errorf("%v: the folder is not told of: %v, %v", paths, results, err)
		}
		for _, name := range []string{"sub/a.svg", "sub/deep/b.svg"} {
			if r := results[name]; r.Metadata == nil || len(r.Metadata.Quarantined()) == 0 || r.Err == nil {
				t.Errorf("%v: %s gives %+v", paths, name, r)
			}
		}
	}
}

// TestFolderWithoutReferences: a delivered folder of which there are no references is no error where nothing in it is new.
func TestFolderWithoutReferences(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"reference/a.svg", "delivered/a.svg", "delivered/sub/b.svg", "delivered/sub/notes.txt"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(located), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for _, changed := range []bool{true, false} {
		results, _, err := scanAll(t, Options{
			Reference: filepath.Join(dir, "reference"), Candidate: filepath.Join(dir, "delivered"),
			NewMeter: func() *measure.Meter { return measure.NewMeter(measure.Options{}) },
			Changed:  func(string, fs.FileInfo) bool { return changed },
		})
		if _, seen := results["sub/b.svg"]; err != nil || seen != changed {
			t.Errorf("changed %v: %v, %v", changed, results, err)
		}
	}
}
