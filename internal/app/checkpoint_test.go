package app

import (
	"database/sql"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/checkpoint"
	"github.com/safelight-dev/safelight/internal/journal"
)

// TestPublicationCommitsACheckpoint: the checkpoint stands at the very entry that the postmortem was sealed at.
func TestPublicationCommitsACheckpoint(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, hash := h.submitted()
	h.approve(id, hash)
	h.idle()
	h.wantPublished(id)
	c, err := LastCheckpoint(h.dir)
	if err != nil {
		t.Fatal(err)
	}
	file := h.read(checkpointPath(h.config.Root, c.Size))
	if string(file) != string(c.Text) {
		t.Errorf("published is %q, signed %q", file, c.Text)
	}
	if keys := string(h.read(checkpointsDir(h.config.Root) + "/" + keysName)); keys != h.key.Public+"\n" {
		t.Errorf("the published keys are %q, want %q", keys, h.key.Public)
	}
	if doc := string(h.read(h.config.Root + "/" + id + ".json")); !strings.Contains(doc, `"headSize":`) && !strings.Contains(doc, `"headSize": `) {
		t.Errorf("the document names no head: %.200s", doc)
	}
	var tree checkpoint.Tree
	if err := h.store.Hashes(t.Context(), func(h journal.Hash) { tree.Add(h) }); err != nil {
		t.Fatal(err)
	}
	if err := checkpoint.Judge(&tree, []checkpoint.Checkpoint{c}); err != nil {
		t.Errorf("the journal does not hold its own checkpoint: %v", err)
	}
	again, err := h.signCheckpoint(t.Context())
	if err != nil || again.point.Size != tree.Size() || again.head.Size != tree.Size() {
		t.Errorf("signed again = %+v, %v; want all %d entries", again, err, tree.Size())
	}
}

// TestNothingIsSignedOfACutJournal: what was cut from the database is found by the checkpoint outside it, told, and delays
// no postmortem.
func TestNothingIsSignedOfACutJournal(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, hash := h.submitted()
	if _, err := h.signCheckpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := h.declare() // so that something else is at the end of the journal
	if _, err := h.signCheckpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.idle()
	cutStream(t, h.dir, other)
	s, err := h.sealJournal(t.Context())
	if err != nil || s.point.Size != 0 || s.head.Size == 0 {
		t.Fatalf("sealJournal of a cut journal = %+v, %v; want a head and no checkpoint", s, err)
	}
	found := h.journalFindings()
	if len(found) != 1 || found[0].Kind != "unsigned" {
		t.Errorf("the audit finds %+v, want that nothing is signed", found)
	}
	h.approve(id, hash)
	h.idle()
	h.wantPublished(id)
}

// cutStream deletes a stream from the journal, as an intruder with the file would.
func cutStream(t *testing.T, dir, stream string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(StateDir(dir), "safelight.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range []string{`drop trigger if exists journal_no_update`, `drop trigger if exists journal_no_delete`} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec(`delete from journal where seq >= (select min(seq) from journal where stream = ?)`, stream); err != nil {
		t.Fatal(err)
	}
}

// TestTimestampIsAskedLater: a service that is down delays its timestamp and nothing else, and its answer is committed.
func TestTimestampIsAskedLater(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 1)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		question, _ := io.ReadAll(r.Body)
		select {
		case asked <- string(question):
		default:
		}
		http.Error(w, "down", http.StatusServiceUnavailable)
	}))
	defer service.Close()
	h := newHouseWith(t, func(h *house) { h.config.Journal.Timestamp = service.URL })
	id, hash := h.submitted()
	h.approve(id, hash)
	h.until("the service has been asked", func() bool { return len(asked) == 1 })
	h.until("the postmortem is published", func() bool { return h.state(id).Publication != nil })
	h.until("the page shows the wait", func() bool {
		e := h.effect(id, effectStamp)
		return e != nil && strings.Contains(e.LastError, "503")
	})
}

// TestJournalIsReadThrough reads the journal through, and sees a change at once.
func TestJournalIsReadThrough(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.declare()
	if err := h.verifyJournal(t.Context()); err != nil || len(h.journalFindings()) != 0 {
		t.Fatalf("verifyJournal = %v, findings %+v; want it whole", err, h.journalFindings())
	}
	r, err := h.Watch(t.Context())
	if err != nil || !r.Journal.Whole || r.Journal.Entries == 0 || r.Journal.Since == nil || r.Journal.Problem != nil {
		t.Errorf("Watch = %+v, %v; want a whole journal", r.Journal, err)
	}
}
