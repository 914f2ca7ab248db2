package repository

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

func openAt(t *testing.T, dir, root string) *Repository {
	t.Helper()
	r, err := Open(dir, Options{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// hashes gives what Log lists, one hash a line.
func hashes(t *testing.T, r *Repository, n int) string {
	t.Helper()
	list, err := r.Log(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range list {
		all = append(all, e.Hash)
	}
	return strings.Join(all, "\n")
}

func TestLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := openAt(t, dir, "run/_/postmortems/")
	if list, err := r.Log(t.Context(), 5); err != nil || len(list) != 0 {
		t.Errorf("Log of an empty main = %v, %v, want none", list, err)
	}
	at := night
	publish := func(key string, files ...string) string {
		req := request(key, files...)
		at = at.Add(time.Minute)
		req.When = at
		return commit(t, r, req)
	}
	publish("k0", "README.md", "not below the root")
	first := publish("k1", "run/_/postmortems/PM-1.md", "1", "run/_/postmortems/reports.csv", "1")
	publish("k2", "run/_/postmortems-2/x", "a folder with a longer name", "run/_/postmortem", "a file with a shorter one")
	second := publish("k3", "run/_/postmortems/reports.csv", "2")
	draft := request("k4", "run/_/postmortems/PM-2.md", "a draft")
	draft.Branch = "draft/pm-2"
	commit(t, r, draft)

	list, err := r.Log(t.Context(), 5)
	if err != nil || len(list) != 2 {
		t.Fatalf("Log = %v, %v, want two commits", list, err)
	}
	got, want := list[0], LogEntry{Hash: second, Subject: "Publish k3", Author: ana, When: at, Key: "k3"}
	if !got.When.Equal(want.When) {
		t.Errorf("Log says %v, want %v", got.When, want.When)
	}
	if got.When = want.When; got != want {
		t.Errorf("Log begins with %+v, want %+v", got, want)
	}
	equal(t, "the first", list[1].Hash, first)
	equal(t, "one of two", hashes(t, r, 1), second)
	equal(t, "without a root", hashes(t, openAt(t, dir, ""), 100), runGit(t, dir, "log", "--format=%H", "main"))
	equal(t, "of one file", hashes(t, openAt(t, dir, "run/_/postmortems/PM-1.md"), 9), first)
	equal(t, "below a file", hashes(t, openAt(t, dir, "README.md/x"), 9), "")
}

// TestLogAgreesWithGit compares with the real git on a history of branches and merges.
func TestLogAgreesWithGit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	runGit(t, dir, "init", "-qb", "main")
	tick := 0
	git := func(args ...string) {
		t.Helper()
		tick++
		when := night.Add(time.Duration(tick) * time.Minute).Format(time.RFC3339)
		runGit(t, dir, args...)
		if args[0] == "commit" || args[0] == "merge" {
			c := exec.Command("git", "commit", "-q", "--amend", "--no-edit", "--allow-empty", "--date", when)
			c.Dir = dir
			c.Env = append(c.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_COMMITTER_DATE="+when, "GIT_COMMITTER_NAME=y", "GIT_COMMITTER_EMAIL=y@y")
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("git commit --amend: %v\n%s", err, out)
			}
		}
	}
	change := func(name string) {
		t.Helper()
		putFile(t, dir, name, name+string(rune('a'+tick)))
		git("add", name)
		git("commit", "-qm", "change "+name)
	}
	change("pm/1")
	change("src/1")
	git("switch", "-qc", "same")
	change("src/2") // changes nothing below pm
	git("switch", "-qc", "other", "main")
	change("pm/2")
	git("switch", "-q", "main")
	change("pm/3")
	git("merge", "-q", "--no-ff", "-m", "one side has pm as it is", "same")
	git("merge", "-q", "--no-ff", "-m", "both sides differ", "other")
	git("rm", "-rq", "pm")
	git("commit", "-qm", "pm is gone")
	change("src/3")
	change("pm/4")
	for _, root := range []string{"", "pm", "pm/1", "src", "nowhere"} {
		args := []string{"log", "--format=%H", "main"}
		if root != "" {
			args = append(args, "--", root)
		}
		equal(t, "log of "+root, hashes(t, openAt(t, dir, root), 100), runGit(t, dir, args...))
	}
	shallow := t.TempDir()
	runGit(t, shallow, "clone", "-q", "--depth", "2", "file://"+dir, ".")
	equal(t, "a shallow clone", hashes(t, openAt(t, shallow, "pm"), 100), runGit(t, shallow, "log", "--format=%H", "main", "--", "pm"))
}

func TestLogRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, dir)
	commit(t, r, request("k", "a", "1"))
	for _, n := range []int{-1, 0, MaxLog + 1} {
		if _, err := r.Log(t.Context(), n); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("Log(%d) = %v, want it refused", n, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Log(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("Log with a cancelled context = %v", err)
	}
	for _, root := range []string{"../x", "/x", ".git", "a/../../b"} {
		if _, err := Open(dir, Options{Root: root}); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("Open with root %q = %v, want it refused", root, err)
		}
	}
}
