package repository

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestCrash leaves what a kill leaves at each point of a commit, and tries again.
func TestCrash(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, dir)
	commit(t, r, request("k1", "_/a.md", "1"))
	req := request("k2", "_/a.md", "2", "_/b.md", "2")

	// Between work tree, index and branch.
	putFile(t, dir, "_/a.md", "2")
	putFile(t, dir, "_/b.md", "first try")
	runGit(t, dir, "add", "_/b.md")
	for _, name := range []string{"index.lock", "refs/heads/main.lock"} {
		putFile(t, dir, ".git/"+name, lockMark)
	}
	putFile(t, dir, ".git/"+temporaryPrefix+"123", "half an ind")
	putFile(t, dir, ".git/objects/pack/"+halfObjectPrefix+"123", "half an obj")
	w, err := r.worktree()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.stage(File{Path: "_/b.md", Data: []byte("ha")}); err != nil {
		t.Fatal(err)
	}
	if left := temporaries(t, dir); len(left) != 1 {
		t.Fatalf("the crash left %v, want one temporary file", left)
	}
	r = open(t, dir)
	hash := commit(t, r, req)
	sound(t, dir, "")
	equal(t, "b.md", runGit(t, dir, "show", "HEAD:_/b.md"), "2")

	// After the branch has moved, before the caller wrote that down.
	got, changed, err := open(t, dir).Commit(t.Context(), req)
	if got != hash || changed || err != nil {
		t.Errorf("Commit after a crash = %s, %t, %v, want %s, false", got, changed, err, hash)
	}
	// An object of which a power cut left nothing.
	data := "k3 of the power cut"
	id := runGit(t, dir, "hash-object", "-w", writeTemp(t, data))
	lost := filepath.Join(dir, ".git", "objects", id[:2], id[2:])
	if err := os.Chmod(lost, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(lost, 0); err != nil {
		t.Fatal(err)
	}
	commit(t, r, request("k3", "_/c.md", data))
	sound(t, dir, "")
}

// TestKill kills a process that commits, and looks at what it leaves.
func TestKill(t *testing.T) {
	const child = "SAFELIGHT_TEST_KILL"
	if dir := os.Getenv(child); dir != "" {
		for i := 0; ; i++ {
			if _, _, err := open(t, dir).Commit(t.Context(), killed(i)); err != nil {
				t.Fatal(err)
			}
			fmt.Println("committed", i)
		}
	}
	t.Parallel()
	for round := range 8 {
		dir := t.TempDir()
		cmd := exec.Command(os.Args[0], "-test.run=^TestKill$")
		cmd.Env = append(os.Environ(), child+"="+dir)
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range round + 1 {
			if !lines.Scan() || !strings.HasPrefix(lines.Text(), "committed") {
				t.Fatalf("the child says %q", lines.Text())
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it still did
		}
		cmd.Wait() // says that it was killed
		r := open(t, dir)
		for i := range 16 {
			if _, _, err := r.Commit(t.Context(), killed(i)); err != nil {
				t.Fatal(err)
			}
		}
		sound(t, dir, "")
		keys := strings.Fields(runGit(t, dir, "log", "--format=%(trailers:key=Safelight-Key,valueonly)"))
		if slices.Sort(keys); len(slices.Compact(slices.Clone(keys))) != len(keys) {
			t.Errorf("a key was committed twice: %v", keys)
		}
	}
}

func killed(i int) CommitRequest {
	req := request(fmt.Sprint("k", i), fmt.Sprintf("f/%d.md", i), fmt.Sprint(i), "reports.csv", fmt.Sprint("up to ", i), fmt.Sprintf("n/%d/x", i), "x")
	if i%3 == 2 {
		req.Branch = "draft/pm-1"
	}
	return req
}

func writeTemp(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestConcurrentCommits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, dir)
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			req := request(fmt.Sprint("k", i/2), fmt.Sprintf("f/%d.md", i/2), fmt.Sprint(i/2))
			if i%4 >= 2 {
				req.Branch = "draft/x"
			}
			if _, _, err := r.Commit(t.Context(), req); err != nil {
				t.Errorf("Commit %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	sound(t, dir, "")
	subjects := strings.Fields(strings.ReplaceAll(runGit(t, dir, "log", "--format=%s", "--all"), "Publish ", ""))
	slices.Sort(subjects)
	equal(t, "commits, each once", strings.Join(subjects, " "), "k0 k1 k10 k11 k2 k3 k4 k5 k6 k7 k8 k9")
}
