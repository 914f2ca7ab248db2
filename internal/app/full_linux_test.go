package app

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/safelight-dev/safelight/internal/web"
)

// TestFullDiskDelaysPublication publishes in a process that may write no file of more than 4 MiB, which fails as a full
// disk does, in the middle of a write: the postmortem waits, is seen to wait, and is published once there is room.
func TestFullDiskDelaysPublication(t *testing.T) {
	const child = "SAFELIGHT_TEST_FULL_PUBLICATION"
	if os.Getenv(child) == "" {
		t.Parallel()
		cmd := exec.Command(os.Args[0], "-test.run=^TestFullDiskDelaysPublication$")
		cmd.Env = append(os.Environ(), child+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	h := newHouse(t)
	id, hash := h.submitted()
	large := bytes.Repeat([]byte("log line\n"), 1<<20)
	if err := h.AddEvidence(t.Context(), h.as("lea"), id, web.EvidenceUpload{Path: "ci-logs/long.log", Kind: "other", Data: bytes.NewReader(large)}); err != nil {
		t.Fatal(err)
	}
	h.idle()
	limit := func(bytes uint64) {
		t.Helper()
		r := syscall.Rlimit{}
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &r); err != nil {
			t.Fatal(err)
		}
		r.Cur = min(bytes, r.Max)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &r); err != nil {
			t.Fatal(err)
		}
	}
	limit(4 << 20)
	h.approve(id, hash)
	h.until("the page shows the wait", func() bool {
		e := h.effect(id, "publish")
		return e != nil && strings.Contains(e.LastError, syscall.EFBIG.Error())
	})
	if n, _ := h.publications(id); n != 0 || h.state(id).Publication != nil {
		t.Errorf("on a full disk main has %d publications, want none", n)
	}
	limit(1 << 62)
	h.idle()
	if n, commit := h.publications(id); n != 1 || h.state(id).Publication == nil || h.state(id).Publication.Commit != commit {
		t.Errorf("with room again main has %d publications, the last %s, the journal names %+v; want one and the same", n, commit, h.state(id).Publication)
	}
	if got := h.read(evidenceDir(id) + "/ci-logs/long.log"); !bytes.Equal(got, large) {
		t.Errorf("the evidence has %d bytes, want %d", len(got), len(large))
	}
}
