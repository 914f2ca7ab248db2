package app

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/backlog"
	"github.com/safelight-dev/safelight/internal/backlog/backlogtest"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/store"
)

const hookSecret = "hook-secret"

// trackerOf is a tracker of a kind with lea's account, and the configuration that names it.
func trackerOf(t testing.TB, kind string) (*backlogtest.Server, backlog.Config) {
	t.Helper()
	project := map[string]string{"github": "acme/shop", "gitlab": "acme/web/shop"}[kind]
	if project == "" {
		project = "SHOP"
	}
	s := backlogtest.New(kind, project, "lea-there", "nora-there")
	t.Cleanup(s.Close)
	dir := t.TempDir()
	for name, text := range map[string]string{"token": backlogtest.Token, "hook": hookSecret} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := backlog.Config{
		Kind: kind, URL: s.URL, Project: project, TokenFile: filepath.Join(dir, "token"), WebhookSecretFile: filepath.Join(dir, "hook"),
		Labels: []string{"safelight"}, People: map[string]string{"lea": "lea-there", "nora": "nora-there"},
	}
	if kind == "jira" {
		c.User = "bot@house.example"
	}
	return s, c
}

var kindsOfTrackers = []string{"github", "gitlab", "jira", "jira-datacenter"}

// houseWithTracker is a house whose actions stand in a tracker too.
func houseWithTracker(t testing.TB, kind string, change func(*backlog.Config)) (*house, *backlogtest.Server) {
	t.Helper()
	s, c := trackerOf(t, kind)
	change(&c)
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	return newHouseWith(t, func(h *house) { h.config.Backlog = c }), s
}

func (h *house) action(id, action string) prevention.Action {
	h.t.Helper()
	c, err := h.Case(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	i := slices.IndexFunc(c.Prevention.Actions, func(a prevention.Action) bool { return a.ID == action })
	if i < 0 {
		h.t.Fatalf("%s has no action %s", id, action)
	}
	return c.Prevention.Actions[i]
}

func (h *house) file(id, title string) {
	h.t.Helper()
	h.do("lea", id, prevention.AddAction{
		Title: title, Domain: postmortem.Operations, Owner: h.persons["lea"].ID, Due: "2025-10-01", Impact: prevention.Large, Effort: prevention.Small,
	})
}

// readTracker asks for changes and lets what comes of them end.
func (h *house) readTracker() {
	h.t.Helper()
	if err := h.pollBacklog(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	h.idle()
}

// TestActionInTracker: an action goes to the tracker with what belongs to it, changes and ends there as here, and what people change there
// comes here as far as the domain lets it.
func TestActionInTracker(t *testing.T) {
	t.Parallel()
	for _, kind := range kindsOfTrackers {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			h, s := houseWithTracker(t, kind, func(*backlog.Config) {})
			id := h.declare()
			h.file(id, "Gate the LUT *now* @everybody")
			h.idle()
			issues := s.Issues()
			if len(issues) != 1 {
				t.Fatalf("%d issues, want 1", len(issues))
			}
			i := issues[0]
			if i.Title != "Gate the LUT *now* @everybody" || i.Assignee != "lea-there" || i.Closed {
				t.Errorf("the issue is %+v", i)
			}
			if kind == "github" && !strings.Contains(i.Body, "2025-10-01") || kind != "github" && i.Due != "2025-10-01" {
				t.Errorf("the due day is missing: %+v", i)
			}
			if !strings.Contains(i.Body, "/incidents/"+id) || strings.Contains(i.Body, "logo is orange") {
				t.Errorf("the text has no link back, or the incident's title: %s", i.Body)
			}
			for _, l := range []string{"safelight", "severity:S1", "domain:operations"} {
				if !slices.Contains(i.Labels, l) {
					t.Errorf("labels %v, want %s among them", i.Labels, l)
				}
			}
			if l := h.action(id, "A1").Link; l == nil || l.Key != s.Key(1) || l.Tracker != h.config.Backlog.Tracker() {
				t.Fatalf("the link is %+v", l)
			}

			h.do("lea", id, prevention.ChangeAction{ID: "A1", Title: "Gate the table", Due: "2025-11-02", Owner: h.persons["nora"].ID})
			h.idle()
			if i := s.Issues()[0]; i.Title != "Gate the table" || i.Assignee != "nora-there" || kind != "github" && i.Due != "2025-11-02" || kind == "github" && !strings.Contains(i.Body, "2025-11-02") {
				t.Errorf("after the change the issue is %+v", i)
			}
			s.Edit(1, func(i *backlogtest.Issue) { i.Title, i.Assignee = "Gate the table well", "lea-there" })
			h.readTracker()
			if a := h.action(id, "A1"); a.Title != "Gate the table well" || a.Owner != h.persons["lea"].ID || len(a.Conflicts) > 0 {
				t.Errorf("after the edit there the action is %+v", a)
			}
			h.do("lea", id, prevention.CloseAction{ID: "A1", Proof: "commit 3f2a910"})
			h.do("ada", id, prevention.ConfirmAction{ID: "A1"})
			h.idle()
			if i := s.Issues()[0]; !i.Closed || len(i.Comments) != 1 || !strings.Contains(i.Comments[0], "commit 3f2a910") {
				t.Errorf("after closing here the issue is %+v", i)
			}
			s.Edit(1, func(i *backlogtest.Issue) { i.Closed = false })
			h.readTracker()
			if a := h.action(id, "A1"); a.Closed != nil {
				t.Error("reopened there, closed here")
			}
			h.do("lea", id, prevention.CloseAction{ID: "A1", Proof: "commit 4f2a910"})
			h.do("ada", id, prevention.ConfirmAction{ID: "A1"})
			h.idle()
			if err := h.Do(t.Context(), monitor, id, prevention.ReopenForCause{Since: h.now().Add(time.Hour), Reason: "its cause came back"}); err != nil {
				t.Fatal(err)
			}
			h.idle()
			if a := h.action(id, "A1"); a.Closed != nil || s.Issues()[0].Closed {
				t.Errorf("its cause came back: here it is %+v, there %+v; want both open", a, s.Issues()[0])
			}
			h.readTracker()
			if len(s.Issues()) != 1 {
				t.Errorf("%d issues, want 1", len(s.Issues()))
			}
		})
	}
}

// TestClosedWithoutProof: closing the issue does not close the action. By the configuration it is opened again, or stays a conflict that a proof
// settles.
func TestClosedWithoutProof(t *testing.T) {
	t.Parallel()
	for _, kind := range kindsOfTrackers {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			h, s := houseWithTracker(t, kind, func(*backlog.Config) {})
			id := h.declare()
			h.file(id, "Gate the LUT")
			h.idle()
			s.Edit(1, func(i *backlogtest.Issue) { i.Closed = true })
			h.readTracker()
			if i, a := s.Issues()[0], h.action(id, "A1"); i.Closed || len(i.Comments) != 1 || a.Closed != nil || len(a.Conflicts) != 0 {
				t.Errorf("the issue is %+v, the action %+v; want both open, and a comment", i, a)
			}

			h.config.Backlog.Unproven = "comment"
			h.App.config.Backlog.Unproven = "comment"
			s.Edit(1, func(i *backlogtest.Issue) { i.Closed = true })
			h.readTracker()
			h.readTracker()
			a := h.action(id, "A1")
			if i := s.Issues()[0]; !i.Closed || len(i.Comments) != 2 || len(a.Conflicts) != 1 || a.Conflicts[0].Why != prevention.NoProof {
				t.Fatalf("the issue is %+v, the action %+v; want a conflict and one more comment", i, a)
			}
			err := h.Do(t.Context(), h.as("lea"), id, prevention.ResolveConflict{ID: "A1", Field: prevention.StateField, Keep: prevention.KeepTheirs})
			if !errors.Is(err, journal.ErrInvalid) {
				t.Errorf("their closing without a proof gave %v, want ErrInvalid", err)
			}
			h.do("lea", id, prevention.ResolveConflict{ID: "A1", Field: prevention.StateField, Keep: prevention.KeepTheirs, Proof: "https://example.org/1"})
			h.do("ada", id, prevention.ConfirmAction{ID: "A1"})
			h.idle()
			if a := h.action(id, "A1"); a.Closed == nil || len(a.Conflicts) != 0 || !s.Issues()[0].Closed {
				t.Errorf("after the proof the action is %+v", a)
			}
		})
	}
}

// TestConflictingEdits: what both sides changed is overwritten on neither, until somebody chooses.
func TestConflictingEdits(t *testing.T) {
	t.Parallel()
	for _, keep := range []string{prevention.KeepOurs, prevention.KeepTheirs} {
		t.Run(keep, func(t *testing.T) {
			t.Parallel()
			h, s := houseWithTracker(t, "github", func(*backlog.Config) {})
			id := h.declare()
			h.file(id, "Gate the LUT")
			h.idle()
			s.Edit(1, func(i *backlogtest.Issue) { i.Title = "Theirs" })
			h.do("lea", id, prevention.ChangeAction{ID: "A1", Title: "Ours"})
			h.idle()
			h.readTracker()
			a := h.action(id, "A1")
			if len(a.Conflicts) != 1 || a.Conflicts[0].Ours != "Ours" || a.Conflicts[0].Theirs != "Theirs" || a.Title != "Ours" || s.Issues()[0].Title != "Theirs" {
				t.Fatalf("the action is %+v, the issue %+v", a, s.Issues()[0])
			}
			h.do("lea", id, prevention.ResolveConflict{ID: "A1", Field: prevention.TitleField, Keep: keep})
			h.idle()
			h.readTracker()
			want := map[string]string{prevention.KeepOurs: "Ours", prevention.KeepTheirs: "Theirs"}[keep]
			if a := h.action(id, "A1"); a.Title != want || len(a.Conflicts) != 0 || s.Issues()[0].Title != want {
				t.Errorf("after keeping %s the action is %+v, the issue %+v", keep, a, s.Issues()[0])
			}
		})
	}
}

// TestAnswerLost: an issue whose making was answered to nobody is found, not made again, whatever was edited meanwhile; also where the search
// lags behind.
func TestAnswerLost(t *testing.T) {
	t.Parallel()
	for _, kind := range kindsOfTrackers {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			h, s := houseWithTracker(t, kind, func(*backlog.Config) {})
			lost := 0
			s.Fault(func(r *http.Request) backlogtest.Fault {
				if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/issues") || strings.HasSuffix(r.URL.Path, "/issue") {
					if lost++; lost == 1 {
						return backlogtest.Lost
					}
				}
				return backlogtest.None
			})
			s.Lag(true)
			id := h.declare()
			h.file(id, "Gate the LUT")
			if strings.HasPrefix(kind, "jira") {
				h.until("the effect waits for the search", func() bool {
					e := h.effect(id, prevention.EffectSync)
					return e != nil && strings.Contains(e.LastError, "search")
				})
				s.Lag(false)
				if err := h.syncAction(t.Context(), prevention.SyncEffect{Incident: id, Action: "A1"}); err != nil {
					t.Fatal(err)
				}
			} else {
				h.idle()
			}
			if n := len(s.Issues()); n != 1 || lost != 1 || h.action(id, "A1").Link == nil {
				t.Errorf("%d issues, made %d times, link %+v; want one", n, lost, h.action(id, "A1").Link)
			}
		})
	}
}

// TestTrackerDown: nothing here waits for the tracker, what is to go there is seen to wait with the reason, and gets there.
func TestTrackerDown(t *testing.T) {
	t.Parallel()
	h, s := houseWithTracker(t, "gitlab", func(*backlog.Config) {})
	s.Fault(func(*http.Request) backlogtest.Fault { return backlogtest.Down })
	id := h.declare()
	h.file(id, "Gate the LUT")
	h.do("lea", id, prevention.CloseAction{ID: "A1", Proof: "commit 3f2a910"})
	h.do("ada", id, prevention.ConfirmAction{ID: "A1"})
	h.until("the wait is seen", func() bool {
		e := h.effect(id, prevention.EffectSync)
		return e != nil && strings.Contains(e.LastError, "503") && !strings.Contains(e.LastError, backlogtest.Token)
	})
	if err := h.pollBacklog(t.Context()); err == nil || h.Backlog().Error == "" {
		t.Errorf("polling a tracker that is down gave %v, status %+v", err, h.Backlog())
	}
	s.Fault(nil)
	h.idle()
	if i := s.Issues(); len(i) != 1 || !i[0].Closed {
		t.Errorf("the issues are %+v, want one that is closed", i)
	}
}

// TestIssueGone: an issue that was deleted is a conflict until it is unlinked, and then another may be linked.
func TestIssueGone(t *testing.T) {
	t.Parallel()
	h, s := houseWithTracker(t, "github", func(*backlog.Config) {})
	id := h.declare()
	h.file(id, "Gate the LUT")
	h.idle()
	s.Delete(1)
	h.do("lea", id, prevention.SyncAction{ID: "A1"})
	h.idle()
	if a := h.action(id, "A1"); len(a.Conflicts) != 1 || a.Conflicts[0].Why != prevention.Gone {
		t.Fatalf("the action is %+v, want the conflict that its issue is gone", a)
	}
	other := s.Add(backlogtest.Issue{Title: "Gate the LUT", Assignee: "lea-there"})
	h.do("lea", id, prevention.UnlinkAction{ID: "A1"})
	h.do("lea", id, prevention.ChangeAction{ID: "A1", Due: "2025-12-01"})
	h.idle()
	if n := len(s.Issues()); n != 1 {
		t.Errorf("an unlinked action was given an issue: %d", n)
	}
	h.do("lea", id, prevention.LinkAction{ID: "A1", Key: "#" + s.Key(other)})
	h.idle()
	if a := h.action(id, "A1"); a.Link == nil || a.Link.Key != s.Key(other) || len(a.Conflicts) != 0 {
		t.Errorf("the action is %+v, want it linked to the other issue", a)
	}
	second := h.declare()
	h.file(second, "Gate the model")
	h.idle()
	h.do("lea", second, prevention.UnlinkAction{ID: "A1"})
	if err := h.Do(t.Context(), h.as("lea"), second, prevention.LinkAction{ID: "A1", Key: "#" + s.Key(other)}); !errors.Is(err, journal.ErrConflict) || !strings.Contains(err.Error(), "A1 of "+id) {
		t.Errorf("an issue of another incident's action was linked: %v", err)
	}
}

// TestWebhook: a signed webhook brings a change at once in the name of whoever made it, and one without the secret nothing.
func TestWebhook(t *testing.T) {
	t.Parallel()
	h, s := houseWithTracker(t, "github", func(*backlog.Config) {})
	id := h.declare()
	h.file(id, "Gate the LUT")
	h.idle()
	s.Edit(1, func(i *backlogtest.Issue) { i.Title = "Gate all LUTs" })
	body := fmt.Appendf(nil, `{"action":"edited","issue":{"number":1,"state":"open"},"repository":{"full_name":"acme/shop"},"sender":{"login":"Lea-there"}}`)
	send := func(secret string) int {
		m := hmac.New(sha256.New, []byte(secret))
		m.Write(body)
		r := httptest.NewRequest(http.MethodPost, "/api/v1/backlog/hook", bytes.NewReader(body))
		r.Header.Set("X-GitHub-Event", "issues")
		r.Header.Set("X-Hub-Signature-256", fmt.Sprintf("sha256=%x", m.Sum(nil)))
		w := httptest.NewRecorder()
		h.backlogMounts()[0].Handler.ServeHTTP(w, r)
		return w.Code
	}
	if code := send("guess"); code != http.StatusUnauthorized {
		t.Errorf("a webhook with another secret gave %d, want 401", code)
	}
	h.idle()
	if a := h.action(id, "A1"); a.Title != "Gate the LUT" {
		t.Errorf("it was believed: %+v", a)
	}
	for range 2 { // trackers deliver twice
		if code := send(hookSecret); code != http.StatusAccepted {
			t.Errorf("a webhook gave %d, want 202", code)
		}
	}
	h.idle()
	c, err := h.Case(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range c.Entries {
		if e.Type == prevention.TypeActionChanged {
			n++
			if e.Actor != string(h.persons["lea"].ID) {
				t.Errorf("the change is in the name of %s, want lea", e.Actor)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d changes in the journal, want 1", n)
	}
}

// TestLimited: a limit of the tracker's API makes its effects wait as long as it asks.
func TestLimited(t *testing.T) {
	t.Parallel()
	h, s := houseWithTracker(t, "github", func(*backlog.Config) {})
	asked := 0
	s.Fault(func(*http.Request) backlogtest.Fault {
		if asked++; asked == 1 {
			return backlogtest.Limited
		}
		return backlogtest.None
	})
	id := h.declare()
	h.file(id, "Gate the LUT")
	h.idle()
	if n := len(s.Issues()); n != 1 {
		t.Errorf("%d issues, want 1", n)
	}
	var later *store.Later
	if err := trackerAttempt(&backlog.WaitError{Until: h.at.Add(90e9)}, h.at); !errors.As(err, &later) || later.After != 90e9 {
		t.Errorf("a pause of 90 s is %v", err)
	}
}
