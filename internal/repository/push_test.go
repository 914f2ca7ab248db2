package repository

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
)

// bare makes an empty repository to push to.
func bare(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "there.git")
	runGit(t, filepath.Dir(dir), "init", "-q", "--bare", "-b", "main", dir)
	return dir
}

func push(t *testing.T, r *Repository, branch string, to Remote) {
	t.Helper()
	if err := r.Push(t.Context(), branch, to); err != nil {
		t.Fatal(err)
	}
}

// TestPush brings commits to a remote by a path, and to a real git server by HTTP with a token.
func TestPush(t *testing.T) {
	there := bare(t)
	runGit(t, there, "config", "http.receivepack", "true")
	server := httptest.NewServer(gitServer(t, filepath.Dir(there)))
	defer server.Close()
	t.Setenv("SAFELIGHT_TEST_GIT_TOKEN", "hush")
	for name, to := range map[string]Remote{
		"path": {URL: bare(t)},
		"http": {URL: server.URL + "/there.git", TokenEnv: "SAFELIGHT_TEST_GIT_TOKEN"},
	} {
		dir := t.TempDir()
		r := open(t, dir)
		commit(t, r, request("k1", "a/one.md", "one"))
		push(t, r, "main", to)
		push(t, r, "main", to) // again: it is there
		second := commit(t, r, request("k2", "a/two.md", "two"))
		draft := request("k3", "a/draft.md", "draft")
		draft.Branch = "draft/pm-1"
		third := commit(t, r, draft)
		push(t, r, "main", to)
		push(t, r, "draft/pm-1", to)
		clone := t.TempDir()
		from := to.URL
		if name == "http" {
			from = there
		}
		runGit(t, clone, "clone", "-q", from, "clone")
		clone = filepath.Join(clone, "clone")
		if got := runGit(t, clone, "rev-parse", "HEAD"); got != second {
			t.Errorf("%s: the clone is at %s, want %s", name, got, second)
		}
		if got := runGit(t, clone, "rev-parse", "origin/draft/pm-1"); got != third {
			t.Errorf("%s: the draft there is %s, want %s", name, got, third)
		}
		if got := runGit(t, clone, "fsck", "--strict"); got != "" {
			t.Errorf("%s: git fsck says %q", name, got)
		}
		if got := runGit(t, dir, "for-each-ref", "refs/remotes"); got != "" {
			t.Errorf("%s: references of the remote were written: %s", name, got)
		}
	}
}

// gitServer is git's own HTTP server behind a password.
func gitServer(t *testing.T, root string) http.Handler {
	t.Helper()
	path, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		t.Fatal(err)
	}
	h := &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(path)), "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=git"},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != "git" || password != "hush" {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// TestPushNeverForces: a branch that somebody else has moved stays as it is, and is pushed once it was merged.
func TestPushNeverForces(t *testing.T) {
	t.Parallel()
	there := bare(t)
	to := Remote{URL: there}
	dir := t.TempDir()
	r := open(t, dir)
	commit(t, r, request("k1", "a.md", "one"))
	push(t, r, "main", to)
	other := filepath.Join(t.TempDir(), "other")
	runGit(t, filepath.Dir(other), "clone", "-q", there, other)
	putFile(t, other, "README.md", "by others")
	runGit(t, other, "add", "README.md")
	runGit(t, other, "commit", "-qm", "by others")
	runGit(t, other, "push", "-q", "origin", "main")
	theirs := runGit(t, other, "rev-parse", "HEAD")

	commit(t, r, request("k2", "b.md", "two"))
	err := r.Push(t.Context(), "main", to)
	if !errors.Is(err, journal.ErrConflict) || !strings.Contains(err.Error(), "nothing was overwritten") {
		t.Fatalf("Push over others' commits = %v, want a conflict", err)
	}
	if got := runGit(t, there, "rev-parse", "main"); got != theirs {
		t.Fatalf("the remote is at %s, want %s as others left it", got, theirs)
	}
	runGit(t, dir, "pull", "-q", "--no-rebase", "--no-edit", there, "main")
	push(t, r, "main", to)
	if got, want := runGit(t, there, "rev-parse", "main"), runGit(t, dir, "rev-parse", "main"); got != want {
		t.Errorf("merged, the remote is at %s, want %s", got, want)
	}
}

// TestPushErrors: what is wrong is said, and no secret with it.
func TestPushErrors(t *testing.T) {
	there := bare(t)
	server := httptest.NewServer(gitServer(t, filepath.Dir(there)))
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	t.Setenv("SAFELIGHT_TEST_GIT_TOKEN", "wrong-secret")
	r := open(t, t.TempDir())
	commit(t, r, request("k1", "a.md", "one"))
	for name, test := range map[string]struct {
		to   Remote
		kind error
	}{
		"wrong token":   {Remote{URL: server.URL + "/there.git", TokenEnv: "SAFELIGHT_TEST_GIT_TOKEN"}, journal.ErrForbidden},
		"no token":      {Remote{URL: server.URL + "/there.git"}, journal.ErrForbidden},
		"empty token":   {Remote{URL: server.URL + "/there.git", TokenEnv: "SAFELIGHT_TEST_UNSET"}, journal.ErrInvalid},
		"no repository": {Remote{URL: filepath.Join(t.TempDir(), "none.git")}, journal.ErrNotFound},
		"down":          {Remote{URL: gone.URL + "/there.git?key=wrong-secret"}, nil},
	} {
		err := r.Push(t.Context(), "main", test.to)
		if err == nil || test.kind != nil && !errors.Is(err, test.kind) || strings.Contains(err.Error(), "wrong-secret") {
			t.Errorf("%s: Push = %v, want %v without the secret", name, err, test.kind)
		}
	}
	server.Close()
	for _, bad := range []Remote{{TokenEnv: "X"}, {URL: "https://me:wrong-secret@git.example.com/a"}, {URL: "svn://x/y"}, {URL: "/srv/a.git", TokenEnv: "X"}, {URL: "https://git.example.com/a", SSHKey: "k"}} {
		if err := bad.Validate(); !errors.Is(err, journal.ErrInvalid) || strings.Contains(err.Error(), "wrong-secret") {
			t.Errorf("Validate of %+v = %v, want it refused", bad, err)
		}
	}
	for _, good := range []Remote{{}, {URL: "../there.git"}, {URL: "git@git.example.com:team/a.git", SSHKey: "k", Drafts: true}, {URL: "ssh://git.example.com/a"}, {URL: "https://git.example.com/a", TokenEnv: "X"}} {
		if err := good.Validate(); err != nil {
			t.Errorf("Validate of %+v = %v", good, err)
		}
	}
}

// TestSigned: git itself verifies the signatures of commits.
func TestSigned(t *testing.T) {
	t.Parallel()
	keys := t.TempDir()
	for _, kind := range []string{"ed25519", "ecdsa", "rsa"} {
		key := filepath.Join(keys, kind)
		if out, err := exec.Command("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", key).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen: %v\n%s", err, out)
		}
		public, err := os.ReadFile(key + ".pub")
		if err != nil {
			t.Fatal(err)
		}
		allowed := filepath.Join(keys, kind+".allowed")
		if err := os.WriteFile(allowed, fmt.Appendf(nil, "safelight@house.example namespaces=\"git\" %s", public), 0o600); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		r, err := Open(dir, Options{SigningKey: key})
		if err != nil {
			t.Fatal(err)
		}
		req := request("k1", "a.md", "one")
		req.Committer = Person{Name: "Safelight", Email: "safelight@house.example"}
		commit(t, r, req)
		req = request("k2", "b.md", "two")
		req.Committer = Person{Name: "Safelight", Email: "safelight@house.example"}
		commit(t, r, req)
		got := runGit(t, dir, "-c", "gpg.ssh.allowedSignersFile="+allowed, "log", "--format=%G? %GS %an %cn")
		equal(t, kind, got, "G safelight@house.example Ana Ruiz Safelight\nG safelight@house.example Ana Ruiz Safelight")
	}
	locked := filepath.Join(keys, "locked")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "a passphrase", "-f", locked).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	open := filepath.Join(keys, "open")
	if err := os.WriteFile(open, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for key, kind := range map[string]error{locked: journal.ErrInvalid, open: journal.ErrInvalid, filepath.Join(keys, "none"): journal.ErrNotFound} {
		if _, err := Open(t.TempDir(), Options{SigningKey: key}); !errors.Is(err, kind) {
			t.Errorf("Open with the key %s = %v, want %v", filepath.Base(key), err, kind)
		}
	}
}
