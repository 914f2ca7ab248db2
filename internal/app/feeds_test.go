package app

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/feed"
	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/opinion"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/web"
)

// TestZendeskToStore: what Zendesk posts and signs is kept once, masked and
// scored; what nobody signed is not.
func TestZendeskToStore(t *testing.T) {
	t.Setenv("SOURCES_TEST_SECRET", "s3cret")
	h := newHouseWith(t, func(h *house) {
		h.config.Sources.Hooks = map[string]feed.HookConfig{"zendesk": {Format: "zendesk", SecretEnv: "SOURCES_TEST_SECRET"}}
	})
	url := h.site() + "/api/v1/hooks/zendesk"
	const body = `{"type":"zen:event-type:ticket.created","detail":{"id":"5","subject":"Awful colours","created_at":"2025-09-27T03:50:00Z",
		"description":"The red is terrible and ugly, write to ada.lovelace@example.org"}}`
	post := func(secret string) (int, string) {
		t.Helper()
		stamp := h.clock().Format(time.RFC3339)
		m := hmac.New(sha256.New, []byte(secret))
		m.Write([]byte(stamp + body))
		r, err := http.NewRequest("POST", url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Zendesk-Webhook-Signature-Timestamp", stamp)
		r.Header.Set("X-Zendesk-Webhook-Signature", base64.StdEncoding.EncodeToString(m.Sum(nil)))
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(answer)
	}
	if code, answer := post("other"); code != 401 {
		t.Errorf("with another secret: %d %s, want 401", code, answer)
	}
	for _, want := range []string{`"accepted":1,"duplicate":0`, `"accepted":0,"duplicate":1`} {
		if code, answer := post("s3cret"); code != 200 || !strings.Contains(answer, want) {
			t.Errorf("%d %s, want 200 and %s", code, answer, want)
		}
	}
	got := h.heard(intake.Query{Limit: 10})
	if len(got) != 1 || got[0].Source != "zendesk" || got[0].Pipeline != "catalogue" || got[0].Opinion.Label != intake.Negative || strings.Contains(got[0].Text, "ada") {
		t.Errorf("kept %+v", got)
	}
}

// A secret that is missing stops what serves, with the name to set, and not
// who opens the folder to make an account.
func TestSourcesWithoutSecret(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	for variable, want := range map[string]string{"SOURCES_TEST_UNSET": "variable SOURCES_TEST_UNSET,", "hG5Kp0wQz7": "variable that its configuration names,"} {
		h.config.Sources.Hooks = map[string]feed.HookConfig{"zendesk": {Format: "zendesk", SecretEnv: variable}}
		a, err := New(t.Context(), Options{Dir: h.dir, Config: h.config, Now: h.clock, Replayed: true, Log: h.log})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.AddToken(t.Context(), "nora", "laptop", time.Time{}); err != nil {
			t.Errorf("a token while the secret is missing: %v", err)
		}
		err = a.Start(t.Context())
		if err == nil || !strings.Contains(err.Error(), "open source zendesk: ") || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "set it") {
			t.Errorf("starting gave %v, want %q and what to do", err, want)
		}
		if err != nil && want != "variable "+variable+"," && strings.Contains(err.Error(), variable) {
			t.Errorf("what may be the secret itself is quoted: %v", err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}

// heard gives kept signals.
func (h *house) heard(q intake.Query) []intake.Heard {
	h.t.Helper()
	list, err := h.Store().Signals(h.t.Context(), q)
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

// TestFeedToStore: a running server reads a feed, keeps what it says and its
// place, and says how the source is doing.
func TestFeedToStore(t *testing.T) {
	t.Parallel()
	forum := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"1"`)
		io.WriteString(w, `<rss version="2.0"><channel><language>en</language><item><guid>a</guid><title>Grey</title>
			<description>&lt;p&gt;The photo is &lt;b&gt;awful&lt;/b&gt;&lt;/p&gt;</description><pubDate>Sat, 27 Sep 2025 03:00:00 GMT</pubDate></item></channel></rss>`)
	}))
	defer forum.Close()
	h := newHouseWith(t, func(h *house) {
		h.live = true
		h.config.Sources.Feeds = map[string]feed.FeedConfig{"forum": {URL: forum.URL, Poll: feed.Poll{AllowPrivate: true, Pipeline: "catalogue"}}}
	})
	h.until("the feed to be read", func() bool { return h.Sources()[0].Taken == 1 })
	got := h.heard(intake.Query{Limit: 10})
	if len(got) != 1 || got[0].Text != "Grey\nThe photo is awful" || got[0].Kind != intake.Post || got[0].Opinion.Label != intake.Negative {
		t.Errorf("kept %+v", got)
	}
	h.until("the place to be kept", func() bool {
		at, err := h.Store().Cursors().Cursor(t.Context(), "forum")
		return err == nil && strings.Contains(at, `\"1\"`)
	})
	h.until("the source's status", func() bool {
		s := h.Sources()[0]
		return s.Name == "forum" && s.LastError == "" && !s.LastSuccess.IsZero()
	})
}

// TestPageOfSources: the page and the API say which source is heard, which
// fails and why, and that an outside scorer is there; without any of them the
// page does not speak of sources.
func TestPageOfSources(t *testing.T) {
	t.Parallel()
	forum := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/down" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, `<rss version="2.0"><channel><item><guid>a</guid><title>Grey</title><pubDate>Sat, 27 Sep 2025 03:00:00 GMT</pubDate></item></channel></rss>`)
	}))
	defer forum.Close()
	poll := feed.Poll{AllowPrivate: true, Pipeline: "catalogue"}
	h := newHouseWith(t, func(h *house) {
		h.live = true
		h.config.Sources.Feeds = map[string]feed.FeedConfig{"forum": {URL: forum.URL, Poll: poll}, "reviews": {URL: forum.URL + "/down", Poll: poll}}
		h.config.Opinion = opinion.Config{Kind: "huggingface", URL: forum.URL, Model: "m"}
	})
	h.until("both to be asked", func() bool {
		s := h.Sources()
		return s[0].Taken == 1 && !s[0].LastSuccess.IsZero() && s[1].LastError != ""
	})
	r := h.visitor("rita", people.Responder)
	_, page := r.get("/signals")
	r.wants(page, "Sources and scoring", "listening", "signals taken 1, refused 0", "reviews", `"status pending">failing`, "503", "outside scorer")
	status, text := r.get("/api/v1/signals/sources")
	var got web.SignalSources
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != http.StatusOK {
		t.Fatalf("%d, %v: %s", status, err, text)
	}
	if len(got.Sources) != 2 || got.Sources[0].State != web.SourceHeard || got.Sources[1].State != web.SourceFailing || got.Scorer == nil || got.Scorer.Breaker != "closed" {
		t.Errorf("the API says %s", text)
	}
	bare := newHouse(t).visitor("rita", people.Responder)
	if _, page := bare.get("/signals"); strings.Contains(page, "Sources and scoring") {
		t.Error("a page without sources speaks of them")
	}
}
