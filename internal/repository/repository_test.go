package repository

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

var (
	night = time.Date(2025, 9, 28, 6, 30, 0, 0, time.FixedZone("", 2*3600))
	ana   = Person{Name: "Ana Ruiz", Email: "ana@example.com"}
)

// runGit runs the real git in a folder, without the user's configuration.
func runGit(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir),
		"GIT_AUTHOR_NAME=x", "GIT_AUTHOR_EMAIL=x@x", "GIT_COMMITTER_NAME=x", "GIT_COMMITTER_EMAIL=x@x")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimRight(string(out), "\n")
}

func open(t *testing.T, dir string, ignore ...string) *Repository {
	t.Helper()
	r, err := Open(dir, Options{Ignore: ignore})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func request(key string, files ...string) CommitRequest {
	r := CommitRequest{Branch: "main", Message: "Publish " + key, Author: ana, When: night, Key: key}
	for i := 0; i < len(files); i += 2 {
		r.Files = append(r.Files, File{Path: files[i], Data: []byte(files[i+1])})
	}
	return r
}

func commit(t *testing.T, r *Repository, req CommitRequest) string {
	t.Helper()
	hash, changed, err := r.Commit(t.Context(), req)
	if err != nil || !changed {
		t.Fatalf("Commit(%s) = %q, %t, %v, want a new commit", req.Key, hash, changed, err)
	}
	return hash
}

func putFile(t *testing.T, dir, name, text string) {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func equal(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got\n%s\nwant\n%s", what, got, want)
	}
}

// sound checks that git finds nothing wrong and the work tree is as given.
func sound(t *testing.T, dir, status string) {
	t.Helper()
	runGit(t, dir, "fsck", "--strict", "--full")
	equal(t, "git status", runGit(t, dir, "status", "--porcelain"), status)
	for _, pattern := range []string{".git/*.lock", ".git/refs/heads/*.lock", ".git/refs/heads/draft/*.lock", ".git/" + temporaryPrefix + "*", ".git/objects/pack/tmp_*"} {
		if left, _ := filepath.Glob(filepath.Join(dir, pattern)); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
	if left := temporaries(t, dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func temporaries(t *testing.T, dir string) []string {
	t.Helper()
	var left []string
	err := filepath.WalkDir(dir, func(name string, _ os.DirEntry, err error) error {
		if strings.HasPrefix(filepath.Base(name), ".safelight-") {
			left = append(left, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return left
}

func TestPublication(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, dir, "/.safelight/", "/run/")
	putFile(t, dir, ".safelight/state", "a database")
	req := request("PM-1/publish-1", "_/postmortems/PM-1.md", "# Dérive\n", "_/postmortems/reports.csv", "id\nPM-1\n", "top.json", "{}\n")
	req.Message = "PM-1: publish\r\n\nAuthored-by: Ana\nApproved-by: Bo (brand)\n"
	hash := commit(t, r, req)
	sound(t, dir, "")
	equal(t, "files", runGit(t, dir, "ls-tree", "-r", "--name-only", "HEAD"), ".gitignore\n_/postmortems/PM-1.md\n_/postmortems/reports.csv\ntop.json")
	equal(t, ".gitignore", runGit(t, dir, "show", "HEAD:.gitignore"), "/.safelight/\n/run/")
	equal(t, "log", runGit(t, dir, "log", "--format=%H %an <%ae> %aI %cn %cI %s"),
		hash+" Ana Ruiz <ana@example.com> 2025-09-28T06:30:00+02:00 Ana Ruiz 2025-09-28T06:30:00+02:00 PM-1: publish")
	equal(t, "trailers", runGit(t, dir, "log", "-1", "--format=%(trailers:only)"), "Authored-by: Ana\nApproved-by: Bo (brand)\nSafelight-Key: PM-1/publish-1")
	equal(t, "branch", runGit(t, dir, "branch", "--show-current"), "main")
	// Not only clean after a look at the contents: the index knows the files.
	equal(t, "diff-files", runGit(t, dir, "diff-files"), "")

	second := request("PM-2/publish-1", "_/postmortems/reports.csv", "id\nPM-1\nPM-2\n", "_/postmortems-2/a/b.md", "x")
	commit(t, r, second)
	sound(t, dir, "")
	equal(t, "changes", runGit(t, dir, "show", "--format=", "--name-status"), "A\t_/postmortems-2/a/b.md\nM\t_/postmortems/reports.csv")
}

func TestForeignWorkIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"3", "4"} {
		t.Run("index version "+version, func(t *testing.T) {
			t.Parallel()
			foreignWork(t, version)
		})
	}
}

func foreignWork(t *testing.T, version string) {
	dir := t.TempDir()
	runGit(t, dir, "init", "-b", "main")
	for i := range 300 {
		putFile(t, dir, fmt.Sprintf("src/%03d.txt", i), "x")
	}
	putFile(t, dir, ".gitignore", "*.o")
	putFile(t, dir, "edited", "old")
	putFile(t, dir, "half", "old")
	putFile(t, dir, "doomed", "old")
	runGit(t, dir, "add", ".")
	runGit(t, dir, "commit", "-m", "theirs")
	putFile(t, dir, "edited", "new, unstaged")
	putFile(t, dir, "half", "staged")
	putFile(t, dir, "staged-new", "s")
	runGit(t, dir, "add", "half", "staged-new")
	putFile(t, dir, "half", "staged and edited")
	runGit(t, dir, "rm", "-q", "doomed")
	putFile(t, dir, "untracked", "u")
	runGit(t, dir, "add", "-N", "untracked")
	runGit(t, dir, "update-index", "--index-version", version)

	r := open(t, dir, "/.safelight/")
	want := "D  doomed\n M edited\nMM half\nA  staged-new\n A untracked"
	commit(t, r, request("k", "src/pm.md", "text"))
	sound(t, dir, want)
	equal(t, "commit", runGit(t, dir, "show", "--format=", "--name-status"), "M\t.gitignore\nA\tsrc/pm.md")
	equal(t, ".gitignore", runGit(t, dir, "show", "HEAD:.gitignore"), "*.o\n/.safelight/")
	equal(t, "staged content", runGit(t, dir, "show", ":half"), "staged")

	// A .gitignore that a person is writing is theirs to commit.
	putFile(t, dir, ".gitignore", "*.o\n*.mine\n")
	r = open(t, dir, "/.safelight/", "/more/")
	commit(t, r, request("k2", "src/pm.md", "text 2"))
	equal(t, "commit", runGit(t, dir, "show", "--format=", "--name-status"), "M\tsrc/pm.md")
	sound(t, dir, " M .gitignore\n"+want)
}

func TestDraftBranch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, dir, "/.safelight/")
	draft := func(branch, key, text string) CommitRequest {
		req := request(key, "_/PM-1.md", text)
		req.Branch = branch
		return req
	}
	commit(t, r, draft("draft/pm-0", "d0", "orphan"))
	equal(t, "orphan", runGit(t, dir, "log", "--format=%s", "draft/pm-0"), "Publish d0")

	first := commit(t, r, request("k", "README.md", "hello"))
	index, err := os.ReadFile(filepath.Join(dir, ".git", "index"))
	if err != nil {
		t.Fatal(err)
	}
	commit(t, r, draft("draft/pm-1", "d1", "one"))
	commit(t, r, draft("draft/pm-1", "d2", "two"))
	equal(t, "draft", runGit(t, dir, "log", "--format=%s", "draft/pm-1"), "Publish d2\nPublish d1\nPublish k")
	equal(t, "draft's files", runGit(t, dir, "ls-tree", "-r", "--name-only", "draft/pm-1"), ".gitignore\nREADME.md\n_/PM-1.md")
	equal(t, "main", runGit(t, dir, "rev-parse", "main"), first)
	if _, err := os.Stat(filepath.Join(dir, "_")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a draft came into the work tree: %v", err)
	}
	after, err := os.ReadFile(filepath.Join(dir, ".git", "index"))
	if err != nil || string(after) != string(index) {
		t.Errorf("a draft touched the index (%v)", err)
	}
	sound(t, dir, "")
	// A draft's key is not looked for on main.
	commit(t, r, request("d1", "_/PM-1.md", "one"))
	sound(t, dir, "")

	// Somebody looks at the draft: it is the one in the work tree then, and main waits.
	runGit(t, dir, "switch", "-q", "draft/pm-1")
	_, _, err = r.Commit(t.Context(), request("k9", "a", "a"))
	if !errors.Is(err, journal.ErrConflict) || !strings.Contains(err.Error(), "main is not checked out") {
		t.Errorf("Commit to main while a draft is checked out = %v, want a conflict", err)
	}
	commit(t, r, draft("draft/pm-1", "d3", "three"))
	sound(t, dir, "")
}

func TestSameKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, dir)
	first := commit(t, r, request("k1", "a/one", "1", "csv", "1"))
	last := commit(t, r, request("k10", "csv", "1 2"))
	again := request("k1", "a/one", "other bytes, sealed at another time", "csv", "other")
	for _, missing := range []string{"", "a", "csv"} {
		if missing != "" {
			if err := os.RemoveAll(filepath.Join(dir, missing)); err != nil {
				t.Fatal(err)
			}
		}
		hash, changed, err := r.Commit(t.Context(), again)
		if hash != first || changed || err != nil {
			t.Errorf("Commit of a known key = %s, %t, %v, want %s, false", hash, changed, err, first)
		}
		sound(t, dir, "")
	}
	equal(t, "csv, as the later commit has it", runGit(t, dir, "show", ":csv"), "1 2")
	hash, changed, err := r.Commit(t.Context(), request("k3", "a/one", "1"))
	if hash != last || changed || err != nil {
		t.Errorf("Commit of what stands there = %s, %t, %v, want %s, false", hash, changed, err, last)
	}
	equal(t, "log", runGit(t, dir, "log", "--format=%s"), "Publish k10\nPublish k1")

	// Found behind a merge too, on the side of the second parent, and after git gc.
	runGit(t, dir, "switch", "-q", "--orphan", "other")
	runGit(t, dir, "commit", "-q", "--allow-empty", "-m", "theirs\n\nSafelight-Key: k77\nSafelight-Key: theirs")
	runGit(t, dir, "merge", "-q", "--allow-unrelated-histories", "-m", "merge", "main")
	runGit(t, dir, "branch", "-qf", "main")
	runGit(t, dir, "switch", "-q", "main")
	runGit(t, dir, "gc", "-q")
	if hash, changed, err := r.Commit(t.Context(), again); hash != first || changed || err != nil {
		t.Errorf("Commit of a key behind a merge = %s, %t, %v, want %s, false", hash, changed, err, first)
	}
	commit(t, r, request("k77", "b", "b")) // the last key of a message counts
	sound(t, dir, "")
}

func TestNothingHalfWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, dir)
	putFile(t, dir, "folder/file", "theirs")
	putFile(t, dir, "plain", "theirs")
	putFile(t, dir, "sub/.git/HEAD", "ref: refs/heads/main\n")
	putFile(t, dir, "sub/.git/objects/x", "")
	putFile(t, dir, "sub/.git/refs/x", "")
	outside := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	first := commit(t, r, request("k", "a.md", "1", "dir/b.md", "1"))
	for _, bad := range []string{"folder", "plain/x", "link/x", "sub/x", "dir/b.md/x", "dir"} {
		_, _, err := r.Commit(t.Context(), request("k "+bad, "a.md", "2", "new/c.md", "2", bad, "2"))
		if !errors.Is(err, journal.ErrConflict) {
			t.Errorf("Commit to %s, where something else stands, = %v, want a conflict", bad, err)
		}
	}
	// The second file cannot be written; the first is not written then either.
	w, err := r.worktree()
	if err != nil {
		t.Fatal(err)
	}
	defer w.root.Close()
	if err := w.write([]File{{Path: "a.md", Data: []byte("2")}, {Path: strings.Repeat("x", 300)}}); err == nil {
		t.Errorf("a name of 300 bytes was written")
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := r.Commit(cancelled, request("k c", "a.md", "2")); !errors.Is(err, context.Canceled) {
		t.Errorf("Commit with a cancelled context = %v", err)
	}
	equal(t, "main", runGit(t, dir, "rev-parse", "main"), first)
	text, err := os.ReadFile(filepath.Join(dir, "a.md"))
	if err != nil || string(text) != "1" {
		t.Errorf("a.md is %q (%v), want it untouched", text, err)
	}
	sound(t, dir, "?? folder/\n?? link\n?? plain\n?? sub/")
	if list, _ := os.ReadDir(outside); len(list) > 0 {
		t.Errorf("written outside: %v", list)
	}
}

func TestLockedByGit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, dir)
	putFile(t, dir, ".git/index.lock", "")
	_, _, err := r.Commit(t.Context(), request("k", "a", "1"))
	if !errors.Is(err, journal.ErrConflict) || !strings.Contains(err.Error(), "another git process") {
		t.Errorf("Commit beside a git that holds the index = %v, want a conflict", err)
	}
	open(t, dir) // which leaves a lock that is not ours
	if err := os.Remove(filepath.Join(dir, ".git", "index.lock")); err != nil {
		t.Fatalf("Open took somebody else's lock: %v", err)
	}
	commit(t, r, request("k", "a", "1"))
	sound(t, dir, "")
}
