package app

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/web"
)

// TestEvidenceTampering: whatever was done to evidence after it was added is found and the file named.
func TestEvidenceTampering(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, hash := h.submitted()
	for path, text := range map[string]string{"git/lut.diff": "-old\n+new\n", "images/worst.png": strings.Repeat("pixels", 4000)} {
		if err := h.AddEvidence(t.Context(), h.as("lea"), id, web.EvidenceUpload{Path: path, Kind: "other", Data: strings.NewReader(text)}); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, want ...EvidenceProblem) {
		t.Helper()
		r, err := NewReader(t.Context(), h.dir)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		report, err := r.VerifyEvidence(t.Context(), id)
		if err != nil || report.Files != 3 || !slices.Equal(report.Problems, append([]EvidenceProblem{}, want...)) {
			t.Errorf("%s: VerifyEvidence = %+v, %v; want %+v", what, report, err, want)
		}
	}
	check("before publication")
	h.approve(id, hash)
	h.idle()
	check("published")

	dir := filepath.Join(h.dir, "evidence", strings.ToLower(id))
	change := func(name string, to func([]byte) []byte) (back func()) {
		t.Helper()
		old, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		write := func(data []byte) {
			t.Helper()
			if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			if data == nil {
				return
			}
			if err := os.WriteFile(name, data, info.Mode().Perm()); err != nil {
				t.Fatal(err)
			}
		}
		write(to(bytes.Clone(old)))
		return func() { t.Helper(); write(old) }
	}
	gone := func([]byte) []byte { return nil }
	r := rand.New(rand.NewPCG(3, 4))
	bit := func(b []byte) []byte { b[r.IntN(len(b))] ^= 1 << r.IntN(8); return b }
	c, err := h.Case(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range c.Analysis.Evidence {
		file := filepath.Join(dir, filepath.FromSlash(e.Path))
		kept := filepath.Join(StateDir(h.dir), "blobs", "sha256", e.SHA256[:2], e.SHA256)
		for range 5 {
			back := change(file, bit)
			check("a bit of the copy", EvidenceProblem{e.Path, FileChanged})
			back()
			back = change(kept, bit)
			check("a bit of the original", EvidenceProblem{e.Path, KeptChanged})
			back()
		}
		back := change(file, gone)
		check("the copy removed", EvidenceProblem{e.Path, FileMissing})
		back()
		back = change(kept, gone)
		check("the original removed", EvidenceProblem{e.Path, KeptMissing})
		back()
	}
	if err := os.WriteFile(filepath.Join(dir, "planted.log"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	check("a file planted", EvidenceProblem{"planted.log", FileSurplus})
	if err := os.Remove(filepath.Join(dir, "planted.log")); err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(dir, "manifest.json")
	back := change(manifest, func(b []byte) []byte {
		return bytes.Replace(b, []byte(c.Analysis.Evidence[0].SHA256), []byte(strings.Repeat("0", 64)), 1)
	})
	check("a digest of the manifest", EvidenceProblem{c.Analysis.Evidence[0].Path, ManifestChanged})
	back()
	back = change(manifest, func(b []byte) []byte { return b[:len(b)/2] })
	check("half a manifest", EvidenceProblem{"manifest.json", ManifestBroken})
	back()
	back = change(manifest, func(b []byte) []byte { return bytes.Replace(b, []byte(`"git/lut.diff"`), []byte(`"git/lut.dif"`), 1) })
	check("a name of the manifest", EvidenceProblem{"git/lut.dif", FileMissing}, EvidenceProblem{"git/lut.dif", ManifestSurplus})
	back()
	check("mended again")
}
