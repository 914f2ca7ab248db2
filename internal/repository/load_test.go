package repository

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
)

func TestSource(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, dir)
	req := request("k", "a.md", "1")
	req.Files = append(req.Files, File{Path: "evidence/worst.png", Source: writeTemp(t, "\x89PNG\r\n")}, File{Path: "empty", Source: writeTemp(t, "")})
	first := commit(t, r, req)
	sound(t, dir, "")
	equal(t, "the file", runGit(t, dir, "show", "HEAD:evidence/worst.png"), "\x89PNG\r")

	if err := os.Remove(req.Files[1].Source); err != nil {
		t.Fatal(err)
	}
	if hash, changed, err := r.Commit(t.Context(), req); hash != first || changed || err != nil {
		t.Errorf("Commit of a known key whose source is gone = %s, %t, %v, want %s, false", hash, changed, err, first)
	}
	huge := writeTemp(t, "")
	if err := os.Truncate(huge, maxFile+1); err != nil {
		t.Fatal(err)
	}
	for source, kind := range map[string]error{
		filepath.Join(dir, "nowhere"): journal.ErrNotFound, dir: journal.ErrInvalid, os.DevNull: journal.ErrInvalid, huge: journal.ErrTooLarge,
	} {
		req := request("k2", "a.md", "2")
		req.Files = append(req.Files, File{Path: "b", Source: source})
		if _, _, err := r.Commit(t.Context(), req); !errors.Is(err, kind) || !strings.Contains(err.Error(), "file b") {
			t.Errorf("Commit of %s = %v, want %v of file b", source, err, kind)
		}
	}
	sound(t, dir, "")
	equal(t, "main", runGit(t, dir, "rev-parse", "main"), first)
}

func TestBytesFromTwoPlaces(t *testing.T) {
	t.Parallel()
	r := open(t, t.TempDir())
	edit := func(b []byte) ([]byte, error) { return b, nil }
	for _, f := range []File{{Data: []byte("x"), Source: "x"}, {Data: []byte("x"), Edit: edit}, {Source: "x", Edit: edit}} {
		req := request("k")
		f.Path = "a"
		req.Files = []File{f}
		if _, _, err := r.Commit(t.Context(), req); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("Commit of a file with two origins = %v, want it refused", err)
		}
	}
}

// TestEditLosesNoRow publishes at the same time into one table.
func TestEditLosesNoRow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, dir)
	header := []string{"id", "title"}
	add := func(i int) (string, bool, error) {
		id := fmt.Sprintf("PM-%02d", i)
		req := request(id, id+".md", "x")
		req.Files = append(req.Files, File{Path: "reports.csv", Edit: func(old []byte) ([]byte, error) {
			return AppendCSV(old, header, id, []string{id, "dérive"})
		}})
		return r.Commit(t.Context(), req)
	}
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			if _, changed, err := add(i); err != nil || !changed {
				t.Errorf("publish %d = %t, %v", i, changed, err)
			}
		})
	}
	wg.Wait()
	sound(t, dir, "")
	text, err := os.ReadFile(filepath.Join(dir, "reports.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		if row := fmt.Sprintf("PM-%02d,dérive\r\n", i); strings.Count(string(text), row) != 1 {
			t.Errorf("the table holds %q %d times, want once:\n%s", row, strings.Count(string(text), row), text)
		}
	}
	if _, changed, err := add(3); changed || err != nil {
		t.Errorf("publish again = %t, %v, want nothing changed", changed, err)
	}
	req := request("bad", "b.md", "1")
	req.Files = append(req.Files, File{Path: "reports.csv", Edit: func([]byte) ([]byte, error) { return nil, journal.ErrConflict }})
	if _, _, err := r.Commit(t.Context(), req); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("Commit of an edit that fails = %v, want its error", err)
	}
	sound(t, dir, "")
	// A table that cannot be read is not taken for an empty one.
	blob := runGit(t, dir, "rev-parse", "HEAD:reports.csv")
	for _, lost := range []string{blob, runGit(t, dir, "rev-parse", "HEAD^{tree}")} {
		name := filepath.Join(dir, ".git", "objects", lost[:2], lost[2:])
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		if _, changed, err := add(77); changed || err == nil || errors.Is(err, journal.ErrNotFound) {
			t.Errorf("publish into a repository that lost %s = %t, %v, want an error", lost, changed, err)
		}
	}
}

// TestLineEndsStay: what is committed stays clean whatever git would do to line ends.
func TestLineEndsStay(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(t *testing.T, dir string){
		"core.autocrlf true":  func(t *testing.T, dir string) { runGit(t, dir, "config", "core.autocrlf", "true") },
		"core.autocrlf input": func(t *testing.T, dir string) { runGit(t, dir, "config", "core.autocrlf", "input") },
		"text=auto": func(t *testing.T, dir string) {
			putFile(t, dir, ".gitattributes", "* text=auto\n")
			runGit(t, dir, "add", ".")
			runGit(t, dir, "commit", "-qm", "theirs")
		},
	} {
		dir := t.TempDir()
		runGit(t, dir, "init", "-qb", "main")
		prepare(t, dir)
		commit(t, open(t, dir), request("k", "reports.csv", "id\r\nPM-1\r\n", "PM-1.md", "a\nb\n"))
		for _, file := range []string{"reports.csv", "PM-1.md"} {
			if err := os.Chtimes(filepath.Join(dir, file), night, night); err != nil { // so that git reads them
				t.Fatal(err)
			}
		}
		equal(t, name, runGit(t, dir, "status", "--porcelain"), "")
	}
}
