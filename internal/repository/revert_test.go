package repository

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
)

// house is a repository that images are made from, made by git itself.
func house(t *testing.T) (dir string, commit func(message string) string) {
	t.Helper()
	dir = t.TempDir()
	runGit(t, dir, "init", "-q", "-b", "main")
	return dir, func(message string) string {
		runGit(t, dir, "add", "-A")
		runGit(t, dir, "commit", "-q", "--allow-empty", "-m", message)
		return runGit(t, dir, "rev-parse", "HEAD")
	}
}

func line(t *testing.T, dir, branch string) *Line {
	t.Helper()
	l, err := OpenLine(dir, branch)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func reverts(commit, key string) RevertRequest {
	return RevertRequest{Commit: commit, Author: ana, When: night, Key: key}
}

// TestRevert takes a commit back as git does, leaves what has come since, and can be taken back itself.
func TestRevert(t *testing.T) {
	t.Parallel()
	dir, commit := house(t)
	putFile(t, dir, "luts/warm.cube", "good")
	putFile(t, dir, "run.sh", "#!/bin/sh\n")
	if err := os.Chmod(filepath.Join(dir, "run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	commit("at first")
	putFile(t, dir, "luts/warm.cube", "bad")
	putFile(t, dir, "luts/new/more.cube", "new")
	if err := os.Remove(filepath.Join(dir, "run.sh")); err != nil {
		t.Fatal(err)
	}
	bad := commit("the season's look")
	putFile(t, dir, "readme.txt", "unrelated")
	last := commit("unrelated")

	l := line(t, dir, "main")
	plan, err := l.Plan(t.Context(), bad[:9])
	if err != nil || plan.Commit.Subject != "the season's look" || strings.Join(plan.Files, " ") != "luts/new/more.cube luts/warm.cube run.sh" {
		t.Fatalf("the plan is %+v, %v", plan, err)
	}
	hash, changed, err := l.Revert(t.Context(), reverts(bad, "PM-1/M1"))
	if err != nil || !changed {
		t.Fatalf("reverted: %v, %v", changed, err)
	}
	equal(t, "status", runGit(t, dir, "status", "--porcelain"), "")
	equal(t, "parent", runGit(t, dir, "rev-parse", hash+"^"), last)
	equal(t, "the look", runGit(t, dir, "show", "HEAD:luts/warm.cube"), "good")
	equal(t, "files", runGit(t, dir, "ls-tree", "-r", "--name-only", "HEAD"), "luts/warm.cube\nreadme.txt\nrun.sh")
	equal(t, "mode", runGit(t, dir, "ls-files", "-s", "run.sh")[:6], "100755")
	equal(t, "message", runGit(t, dir, "log", "-1", "--format=%B"), "Revert \"the season's look\"\n\nThis reverts commit "+bad+".\n\nSafelight-Key: PM-1/M1")
	if _, err := os.Stat(filepath.Join(dir, "luts/new")); err == nil {
		t.Error("an empty folder is left")
	}
	runGit(t, dir, "fsck", "--strict")
	if again, changed, err := l.Revert(t.Context(), reverts(bad, "PM-1/M1")); err != nil || changed || again != hash {
		t.Errorf("asked again: %s, %v, %v; want the same commit", again, changed, err)
	}
	if _, _, err := l.Revert(t.Context(), reverts("PM-1/M1", "PM-1/M1/undo")); err != nil {
		t.Fatalf("the way back: %v", err)
	}
	equal(t, "status", runGit(t, dir, "status", "--porcelain"), "")
	equal(t, "after the way back", runGit(t, dir, "rev-parse", "HEAD^{tree}"), runGit(t, dir, "rev-parse", last+"^{tree}"))
	list, err := l.Commits(t.Context(), 2)
	if err != nil || len(list) != 2 || !strings.HasPrefix(list[0].Subject, `Revert "Revert`) || list[1].Hash != hash {
		t.Errorf("the last commits are %+v, %v", list, err)
	}
}

// TestRevertBare works in a repository without a work tree, and on a branch that is not checked out.
func TestRevertBare(t *testing.T) {
	t.Parallel()
	dir, commit := house(t)
	putFile(t, dir, "a.cube", "good")
	commit("at first")
	putFile(t, dir, "a.cube", "bad")
	bad := commit("drift")
	bare := filepath.Join(t.TempDir(), "bare.git")
	runGit(t, dir, "clone", "-q", "--bare", dir, bare)
	if _, _, err := line(t, bare, "main").Revert(t.Context(), reverts(bad, "k")); err != nil {
		t.Fatal(err)
	}
	equal(t, "in the bare one", runGit(t, bare, "show", "main:a.cube"), "good")
	runGit(t, bare, "fsck", "--strict")

	runGit(t, dir, "switch", "-q", "-c", "other")
	if _, _, err := line(t, dir, "main").Revert(t.Context(), reverts(bad, "k")); err != nil {
		t.Fatal(err)
	}
	equal(t, "on the branch", runGit(t, dir, "show", "main:a.cube"), "good")
	equal(t, "in the work tree of another", runGit(t, dir, "status", "--porcelain")+runGit(t, dir, "show", "HEAD:a.cube"), "bad")
}

// TestRevertRefuses says why it does not, and changes nothing then.
func TestRevertRefuses(t *testing.T) {
	t.Parallel()
	dir, commit := house(t)
	putFile(t, dir, "a.cube", "1")
	first := commit("first")
	putFile(t, dir, "a.cube", "2")
	second := commit("second")
	putFile(t, dir, "a.cube", "3")
	third := commit("third")
	empty := commit("empty")
	if err := os.Symlink("a.cube", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	link := commit("a link")
	runGit(t, dir, "switch", "-q", "-c", "side", third)
	putFile(t, dir, "b.cube", "side")
	side := commit("on the side")
	runGit(t, dir, "switch", "-q", "main")
	runGit(t, dir, "merge", "-q", "--no-ff", "-m", "merged", "side")
	merge := runGit(t, dir, "rev-parse", "HEAD")
	runGit(t, dir, "switch", "-q", "-c", "apart", first)
	putFile(t, dir, "c.cube", "apart")
	apart := commit("elsewhere")
	runGit(t, dir, "switch", "-q", "main")
	head := runGit(t, dir, "rev-parse", "HEAD")
	l := line(t, dir, "main")
	for _, row := range []struct {
		commit, says string
		want         error
	}{
		{first, "first commit", journal.ErrConflict},
		{second, "a.cube has changed again", journal.ErrConflict},
		{empty, "no file", journal.ErrConflict},
		{link, "link", journal.ErrConflict},
		{merge, "merge", journal.ErrConflict},
		{apart, "no such commit", journal.ErrNotFound},
		{strings.Repeat("0", 40), "no such commit", journal.ErrNotFound},
		{"main", "no such commit", journal.ErrNotFound},
		{"--help", "no such commit", journal.ErrNotFound},
	} {
		_, planned := l.Plan(t.Context(), row.commit)
		_, _, err := l.Revert(t.Context(), reverts(row.commit, "k"))
		for _, err := range []error{planned, err} {
			if !errors.Is(err, row.want) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("%s: %v; want %q", row.commit, err, row.says)
			}
		}
	}
	if _, err := l.Plan(t.Context(), side); err != nil {
		t.Errorf("a commit that came by a merge: %v", err)
	}
	putFile(t, dir, "a.cube", "being edited")
	if _, _, err := l.Revert(t.Context(), reverts(third, "k")); !errors.Is(err, journal.ErrConflict) || !strings.Contains(err.Error(), "being changed") {
		t.Errorf("with a change in the work tree: %v", err)
	}
	equal(t, "the branch", runGit(t, dir, "rev-parse", "HEAD"), head)
	equal(t, "the work tree", runGit(t, dir, "status", "--porcelain"), " M a.cube")
	for _, row := range []struct{ dir, branch string }{{dir, "none"}, {t.TempDir(), "main"}, {dir, "a..b"}} {
		if _, err := OpenLine(row.dir, row.branch); err == nil {
			t.Errorf("branch %q of %s opens", row.branch, row.dir)
		}
	}
}

// TestRevertAsGit reverts random commits of random histories: where it does, the tree is the one that git makes.
func TestRevertAsGit(t *testing.T) {
	t.Parallel()
	done := 0
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 7))
		dir, commit := house(t)
		putFile(t, dir, "keep.txt", "kept")
		commit("at first")
		var hashes []string
		for n := range 8 {
			for range 1 + r.IntN(3) {
				name := fmt.Sprintf("%c/%c.cube", 'a'+r.IntN(3), 'a'+r.IntN(3))
				if _, err := os.Stat(filepath.Join(dir, name)); err == nil && r.IntN(3) == 0 {
					if err := os.Remove(filepath.Join(dir, name)); err != nil {
						t.Fatal(err)
					}
					continue
				}
				putFile(t, dir, name, fmt.Sprint("version ", seed, n, r.IntN(1000)))
			}
			hashes = append(hashes, commit(fmt.Sprint("change ", n)))
		}
		head := runGit(t, dir, "rev-parse", "HEAD")
		for _, h := range hashes {
			_, _, err := line(t, dir, "main").Revert(t.Context(), reverts(h, "k"+h))
			if errors.Is(err, journal.ErrConflict) {
				continue
			}
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			done++
			ours := runGit(t, dir, "rev-parse", "HEAD^{tree}")
			equal(t, "status", runGit(t, dir, "status", "--porcelain"), "")
			runGit(t, dir, "reset", "-q", "--hard", head)
			runGit(t, dir, "revert", "--no-edit", h)
			equal(t, fmt.Sprintf("seed %d, the tree without %s", seed, h), ours, runGit(t, dir, "rev-parse", "HEAD^{tree}"))
			runGit(t, dir, "reset", "-q", "--hard", head)
		}
	}
	if done < 10 {
		t.Errorf("only %d commits were reverted: the histories do not reach it", done)
	}
}
