package app

import (
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/safelight-dev/safelight/internal/repository"
)

// gitAt runs the real git.
func gitAt(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimRight(string(out), "\n")
}

// TestRemoteDownThenBack: a postmortem is published while the remote is down, the wait is seen, and the remote has all of
// it once it is back; a real git clones it, and verifies who signed.
func TestRemoteDownThenBack(t *testing.T) {
	base := t.TempDir()
	gitAt(t, base, "init", "-q", "--bare", "-b", "main", "there.git")
	gitAt(t, filepath.Join(base, "there.git"), "config", "http.receivepack", "true")
	exe, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		t.Fatal(err)
	}
	backend := &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(exe)), "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + base, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=safelight"},
	}
	var up atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, password, _ := r.BasicAuth()
		switch {
		case !up.Load():
			http.Error(w, "down", http.StatusBadGateway)
		case password != "hush-hush":
			http.Error(w, "no", http.StatusForbidden)
		default:
			backend.ServeHTTP(w, r)
		}
	}))
	defer server.Close()
	t.Setenv("SAFELIGHT_TEST_PUSH_TOKEN", "hush-hush")
	key := filepath.Join(base, "signing")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	h := newHouseWith(t, func(h *house) {
		h.config.Git.SigningKey = key
		h.config.Git.Remote = repository.Remote{URL: server.URL + "/there.git", TokenEnv: "SAFELIGHT_TEST_PUSH_TOKEN", Drafts: true}
	})
	id, hash := h.submitted()
	h.approve(id, hash)
	h.until("the postmortem is published", func() bool { return h.state(id).Publication != nil })
	h.until("the page shows the wait", func() bool {
		e := h.effect(id, effectPush)
		return e != nil && strings.Contains(e.LastError, "push ") && !strings.Contains(e.LastError, "hush")
	})
	up.Store(true)
	h.idle()
	h.wantPublished(id)

	gitAt(t, base, "clone", "-q", "there.git", "clone")
	clone := filepath.Join(base, "clone")
	if got, want := gitAt(t, clone, "rev-parse", "HEAD"), h.state(id).Publication.Commit; got != want {
		t.Errorf("the clone is at %s, want the publication %s", got, want)
	}
	if got := gitAt(t, clone, "branch", "-r"); !strings.Contains(got, "origin/"+draftBranch(id)) {
		t.Errorf("the clone has the branches %q, want the draft too", got)
	}
	for _, name := range []string{id + ".md", id + ".fr.md", id + ".json", "reports.csv", "checkpoints/journal.vkey"} {
		if _, err := os.Stat(filepath.Join(clone, filepath.FromSlash(h.config.Root), name)); err != nil {
			t.Errorf("the clone: %v", err)
		}
	}
	message := gitAt(t, clone, "log", "-1", "--format=%B")
	for _, want := range []string{"Authored-by: ", "Approved-by: ", "Published-by: ", "Journal-Checkpoint: "} {
		if !strings.Contains(message, want) {
			t.Errorf("the commit says %q, want %q in it", message, want)
		}
	}
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	allowed := filepath.Join(base, "allowed")
	if err := os.WriteFile(allowed, append([]byte("safelight@localhost "), public...), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := gitAt(t, clone, "-c", "gpg.ssh.allowedSignersFile="+allowed, "log", "-1", "--format=%G? %ce"); got != "G "+h.config.Git.Email {
		t.Errorf("git says of the signature %q, want it good", got)
	}
}

// TestRemoteConfiguredLater: what was published before there was a remote is pushed when the server starts.
func TestRemoteConfiguredLater(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	gitAt(t, base, "init", "-q", "--bare", "-b", "main", "there.git")
	h := newHouse(t)
	id, hash := h.submitted()
	h.approve(id, hash)
	h.idle()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h.config.Git.Remote.URL = filepath.Join(base, "there.git")
	h.open()
	h.idle()
	if got, want := gitAt(t, filepath.Join(base, "there.git"), "rev-parse", "main"), h.state(id).Publication.Commit; got != want {
		t.Errorf("the remote is at %s, want %s", got, want)
	}
}
