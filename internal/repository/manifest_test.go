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

// TestReadEvidence: what lies in a folder is hashed, whatever it is called, and its manifest read strictly.
func TestReadEvidence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if files, rows, err := ReadEvidence(filepath.Join(dir, "nowhere")); err != nil || len(files)+len(rows) > 0 {
		t.Errorf("ReadEvidence of no folder = %v, %v, %v; want nothing", files, rows, err)
	}
	good := evidence("a/good", "text")
	good.AddedAt = good.AddedAt.UTC()
	text, err := Manifest("PM-1", []ManifestFile{good})
	if err != nil {
		t.Fatal(err)
	}
	putFile(t, dir, "a/good", "text")
	if files, rows, err := ReadEvidence(dir); err != nil || len(files) != 1 || len(rows) != 0 {
		t.Errorf("ReadEvidence without a manifest = %v, %v, %v; want one file", files, rows, err)
	}
	putFile(t, dir, "manifest.json", string(text))
	putFile(t, dir, "a/manifest.json", "of another")
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	files, rows, err := ReadEvidence(dir)
	if err != nil || len(files) != 3 || len(rows) != 1 || rows[0] != good {
		t.Fatalf("ReadEvidence = %v, %v, %v; want three files and the row", files, rows, err)
	}
	if files["a/good"] != (FolderFile{good.SHA256, 4}) || files["link"] != (FolderFile{}) {
		t.Errorf("ReadEvidence = %v; want the digest of the file and none of the link", files)
	}
	row := string(text)[strings.Index(string(text), "    {"):strings.Index(string(text), "  ]")]
	for what, bad := range map[string]string{
		"a path outside": strings.Replace(string(text), "a/good", "../../etc/passwd", 1),
		"half of it":     string(text[:40]),
		"a path twice":   strings.Replace(string(text), row, strings.TrimSuffix(row, "\n")+",\n"+row, 1),
	} {
		putFile(t, dir, "manifest.json", bad)
		if _, _, err := ReadEvidence(dir); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("ReadEvidence of a manifest with %s = %v, want it refused", what, err)
		}
	}
}

func FuzzReadManifest(f *testing.F) {
	text, err := Manifest("PM-1", []ManifestFile{evidence("a/good", "text")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		putFile(t, dir, "manifest.json", string(text))
		_, rows, err := ReadEvidence(dir)
		if err != nil {
			return
		}
		if _, err := Manifest("PM-1", rows); err != nil {
			t.Errorf("rows are read that no manifest can hold: %v", err)
		}
	})
}
