package repository

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	outer := t.TempDir()
	runGit(t, outer, "init", "-b", "main")
	putFile(t, outer, ".gitignore", "/demo/\n")
	inner := filepath.Join(outer, "demo", "run [1]")
	commit(t, open(t, inner), request("k", "a", "1"))
	sound(t, inner, "")
	equal(t, "the outer repository", runGit(t, outer, "status", "--porcelain"), "?? .gitignore")

	master := t.TempDir()
	runGit(t, master, "init", "-b", "master")
	commit(t, open(t, master), request("k", "a", "1"))
	equal(t, "an empty repository's branch", runGit(t, master, "branch", "--show-current"), "main")

	half := t.TempDir()
	putFile(t, half, ".git/config", "")
	commit(t, open(t, half), request("k", "a", "1"))
	sound(t, half, "")

	repeat := t.TempDir()
	for range 3 {
		open(t, repeat, "/x/", " /y/ ", "/x/")
	}
	text, err := os.ReadFile(filepath.Join(repeat, ".gitignore"))
	equal(t, fmt.Sprint(".gitignore after three times ", err), string(text), "/x/\n/y/\n")
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, says string
		kind       error
		make       func(t *testing.T, dir string)
	}{
		{"bare", "bare repository", journal.ErrInvalid, func(t *testing.T, dir string) { runGit(t, dir, "init", "--bare") }},
		{"bare .git", "bare repository", journal.ErrInvalid, func(t *testing.T, dir string) {
			runGit(t, dir, "init")
			runGit(t, dir, "config", "core.bare", "true")
		}},
		{"linked", "linked work tree", journal.ErrInvalid, func(t *testing.T, dir string) { putFile(t, dir, ".git", "gitdir: ../x\n") }},
		{"merge", "in the middle of a merge", journal.ErrConflict, func(t *testing.T, dir string) {
			runGit(t, dir, "init", "-b", "main")
			runGit(t, dir, "commit", "--allow-empty", "-m", "1")
			runGit(t, dir, "switch", "-qc", "b")
			runGit(t, dir, "commit", "--allow-empty", "-m", "2")
			runGit(t, dir, "switch", "-q", "main")
			runGit(t, dir, "merge", "--no-ff", "--no-commit", "b")
		}},
		{"ignore folder", "not a regular file", journal.ErrInvalid, func(t *testing.T, dir string) { putFile(t, dir, ".gitignore/x", "") }},
		{"not a folder", "not a directory", nil, func(t *testing.T, dir string) {
			if err := os.Remove(dir); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(dir, nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}},
		{"unreadable", "permission denied", os.ErrPermission, func(t *testing.T, dir string) {
			if os.Getuid() == 0 {
				t.Skip("root reads everything")
			}
			if err := os.Chmod(dir, 0); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "d")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			c.make(t, dir)
			_, err := Open(dir, Options{Ignore: []string{"/x/"}})
			if err == nil || !strings.Contains(err.Error(), c.says) || c.kind != nil && !errors.Is(err, c.kind) {
				t.Errorf("Open = %v, want %q", err, c.says)
			} else if strings.Contains(err.Error(), "\n") {
				t.Errorf("Open = %q, want one sentence", err)
			}
		})
	}
}
