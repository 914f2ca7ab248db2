package repository

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

func evidence(name, text string) ManifestFile {
	sum := sha256.Sum256([]byte(text))
	return ManifestFile{
		Path: name, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(text)), Kind: "log", Source: "CI <hook> & co", AddedBy: "p-1",
		AddedAt: time.Date(2025, 9, 27, 6, 20, 0, 0, time.FixedZone("CEST", 7200)),
	}
}

func TestManifest(t *testing.T) {
	t.Parallel()
	files := []ManifestFile{evidence("z.txt", ""), evidence("ci/hook.log", "abc")}
	got, err := Manifest("PM-2025-09-27-01", files)
	want := `{
  "incident": "PM-2025-09-27-01",
  "files": [
    {
      "path": "ci/hook.log",
      "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      "size": 3,
      "kind": "log",
      "source": "CI <hook> & co",
      "addedBy": "p-1",
      "addedAt": "2025-09-27T04:20:00Z"
    },
    {
      "path": "z.txt",
      "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "size": 0,
      "kind": "log",
      "source": "CI <hook> & co",
      "addedBy": "p-1",
      "addedAt": "2025-09-27T04:20:00Z"
    }
  ]
}
`
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "manifest", string(got), want)
	if files[0].Path != "z.txt" {
		t.Errorf("Manifest sorted its caller's files")
	}
	slices.Reverse(files)
	if again, err := Manifest("PM-2025-09-27-01", files); err != nil || string(again) != want {
		t.Errorf("Manifest in another order = %s, %v, want the same", again, err)
	}
	empty, err := Manifest("PM-1", nil)
	if err != nil || string(empty) != "{\n  \"incident\": \"PM-1\",\n  \"files\": []\n}\n" {
		t.Errorf("Manifest of nothing = %q, %v", empty, err)
	}
	upper, negative := evidence("a", ""), evidence("a", "")
	upper.SHA256, negative.Size = strings.ToUpper(upper.SHA256), -1
	for _, bad := range [][]ManifestFile{{evidence("../a", "")}, {evidence("a", ""), evidence("a", "")}, {upper}, {negative}} {
		if _, err := Manifest("PM-1", bad); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("Manifest(%v) = %v, want it refused", bad, err)
		}
	}
}

func TestVerifyManifest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	names := []string{"a/good", "a/missing", "longer", "other", "link"}
	var files []ManifestFile
	for _, name := range names {
		putFile(t, dir, name, "text")
		files = append(files, evidence(name, "text"))
	}
	text, err := Manifest("PM-1", files)
	if err != nil {
		t.Fatal(err)
	}
	if err := VerifyManifest(dir); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("VerifyManifest without one = %v, want not found", err)
	}
	putFile(t, dir, "manifest.json", string(text))
	putFile(t, dir, "unnamed", "more")
	if err := VerifyManifest(dir); err != nil {
		t.Errorf("VerifyManifest = %v, want it whole", err)
	}
	putFile(t, dir, "longer", "text and more")
	putFile(t, dir, "other", "tExt")
	for _, name := range []string{"a/missing", "link"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("a/good", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	err = VerifyManifest(dir)
	if !errors.Is(err, journal.ErrNotFound) || !errors.Is(err, journal.ErrConflict) {
		t.Fatalf("VerifyManifest = %v, want what is missing and what has changed", err)
	}
	for _, name := range names[1:] {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("VerifyManifest = %v, want %s named", err, name)
		}
	}
	if strings.Contains(err.Error(), "good") {
		t.Errorf("VerifyManifest = %v, want a/good left out", err)
	}
	putFile(t, dir, "manifest.json", strings.Replace(string(text), "a/missing", "../../etc/passwd", 1))
	if err := VerifyManifest(dir); !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), "etc/passwd") {
		t.Errorf("VerifyManifest of a path outside = %v, want it refused", err)
	}
	putFile(t, dir, "manifest.json", string(text[:40]))
	if err := VerifyManifest(dir); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("VerifyManifest of half a manifest = %v, want it refused", err)
	}
	if err := VerifyManifest(filepath.Join(dir, "nowhere")); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("VerifyManifest of no folder = %v, want not found", err)
	}
}
