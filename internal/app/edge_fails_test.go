package app

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// front is a server in front of the gateway that takes orders by a webhook, and answers them with a status; 0 breaks the connection.
type front struct {
	ward
	public string
	status atomic.Int64
	// What it has answered once it answers again, where it keeps: a cache that takes the order to forget, and does nothing.
	keeps atomic.Bool
	kept  sync.Map // by path
}

// ServeHTTP is what the public gets.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if old, ok := f.kept.Load(r.URL.Path); ok && f.keeps.Load() {
		old := old.(*httptest.ResponseRecorder)
		maps.Copy(w.Header(), old.Header())
		w.Write(old.Body.Bytes())
		return
	}
	to, _ := url.Parse(f.edge.URL)
	answer := httptest.NewRecorder()
	httputil.NewSingleHostReverseProxy(to).ServeHTTP(answer, r)
	if r.Header.Get("X-Safelight-Probe") == "" {
		f.kept.Store(r.URL.Path, answer)
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	w.Write(answer.Body.Bytes())
}

func newFront(t *testing.T) *front {
	t.Helper()
	f := &front{}
	f.status.Store(http.StatusOK)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hook", func(w http.ResponseWriter, _ *http.Request) {
		if f.status.Load() == 0 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(int(f.status.Load()))
	})
	mux.Handle("GET /catalogue/", f)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Setenv("SAFELIGHT_TEST_HOOK", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	f.ward = newWardWith(t, func(h *house) {
		h.config.Gateway.Edges = map[string]delivery.EdgeConfig{"cdn": {Kind: "webhook", URL: server.URL + "/hook", SecretEnv: "SAFELIGHT_TEST_HOOK"}}
		r := h.config.Gateway.Routes["catalogue"]
		r.Edges, r.URL = []string{"cdn"}, server.URL+r.Prefix
		h.config.Gateway.Routes["catalogue"] = r
	})
	f.public = server.URL
	f.deliver("1.png", "the image")
	return f
}

// TestEdgeRefuses: what an edge will never do is a failure at once, with its reason, of which people are paged. Once it is mended, the
// route can be disabled and restored again, and nothing is left of the first attempt.
func TestEdgeRefuses(t *testing.T) {
	f := newFront(t)
	id := f.declare()
	f.status.Store(http.StatusUnauthorized)
	f.do("nora", id, incident.DisableRoute{Route: "catalogue"})
	f.until("it has failed", func() bool { return f.mitigation(id, 0).Status == incident.IsFailed })
	if m := f.mitigation(id, 0); m.Problem != "disable route catalogue: use the webhook at edge cdn: it answers with status 401" ||
		m.Why().In(phrase.French) != "désactiver la route catalogue : utiliser le webhook (serveur frontal cdn) : la réponse a le statut 401" {
		t.Errorf("the problem is %q, %q", m.Problem, m.Said)
	}
	if pages := f.state(id).Pages; len(pages) == 0 || pages[len(pages)-1].Purpose != incident.EdgeFailed {
		t.Errorf("paged: %+v", pages)
	}
	f.status.Store(http.StatusOK)
	f.do("nora", id, incident.DisableRoute{Route: "catalogue"})
	f.until("it is proven", func() bool { return f.mitigation(id, 1).Status == incident.IsProven })
	f.do("nora", id, incident.Undo{ID: "M2"})
	f.until("it is undone", func() bool { return f.mitigation(id, 1).Status == incident.IsUndone })
	if state, body := f.ask("1.png"); state != "enabled" || body != "the image" {
		t.Errorf("after the undo the route is %s and serves %q", state, body)
	}
}

// TestEdgeIsAway: while an edge does not answer, the problem is to be seen and the attempts go on; the containment can be taken back
// all the same, and asked for again while that is under way.
func TestEdgeIsAway(t *testing.T) {
	f := newFront(t)
	id := f.declare()
	f.status.Store(0)
	f.do("nora", id, incident.DisableRoute{Route: "catalogue"})
	f.until("its problem is seen", func() bool { return f.mitigation(id, 0).Problem != "" })
	if m := f.mitigation(id, 0); m.Status != incident.IsRequested {
		t.Fatalf("it is %s", m.Status)
	}
	f.do("nora", id, incident.Undo{ID: "M1"})
	f.until("the problem of the undo is seen", func() bool {
		m := f.mitigation(id, 0)
		return m.Status == incident.IsUndoing && m.Problem != ""
	})
	if state, _ := f.ask("1.png"); state != "enabled" {
		t.Errorf("while the undo is under way the gateway says the route is %s", state)
	}
	f.do("nora", id, incident.DisableRoute{Route: "catalogue"})
	f.status.Store(http.StatusNoContent)
	f.until("the second is proven", func() bool { return f.mitigation(id, 1).Status == incident.IsProven })
	f.until("the first is undone", func() bool { return f.mitigation(id, 0).Status == incident.IsUndone })
	if state, _ := f.ask("1.png"); state != "disabled" || f.state(id).Contained == nil {
		t.Errorf("the route is %s, contained %v", state, f.state(id).Contained)
	}
}

// TestEdgeKeepsAnImage: a cache that goes on serving one image of many is found out by what was delivered last.
func TestEdgeKeepsAnImage(t *testing.T) {
	f := newFront(t)
	for n := range 20 {
		name := fmt.Sprintf("%02d.png", n)
		f.deliver(name, "image "+name)
		f.write("reference/"+name, []byte("reference "+name))
	}
	res, err := http.Get(f.public + "/catalogue/13.png")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	f.keeps.Store(true)
	id := f.declare()
	f.edge.Timeout = 300 * time.Millisecond
	f.do("nora", id, incident.DisableRoute{Route: "catalogue"})
	f.until("the problem is seen", func() bool { return f.mitigation(id, 0).Problem != "" })
	if m := f.mitigation(id, 0); m.Status == incident.IsProven || !strings.Contains(m.Problem, "13.png") {
		t.Fatalf("it is %s: %s", m.Status, m.Problem)
	}
	f.keeps.Store(false)
	f.until("it is proven", func() bool { return f.mitigation(id, 0).Status == incident.IsProven })
}

// TestIsolateWhileTheEdgeIsAway: why images are not out of delivery, or not back, is to be seen on their incident; once the edge is there
// again they are, also where they were isolated anew while they were being put back.
func TestIsolateWhileTheEdgeIsAway(t *testing.T) {
	f := newFront(t)
	f.deliver("2.png", "the second")
	f.checked(store.OverDeltaE, "1.png", "2.png")
	id := f.declare()
	isolate := func() {
		t.Helper()
		if err := f.Isolate(t.Context(), f.as("nora"), id, web.Isolate{Selection: web.Selection{Over: true}}); err != nil {
			t.Fatal(err)
		}
	}
	seen := func(what string) {
		t.Helper()
		f.until(what, func() bool {
			m := f.mitigation(id, 0)
			french := m.Why().In(phrase.French)
			return strings.Contains(m.Problem, "of 2 images: ") && strings.Contains(m.Problem, "at edge cdn") &&
				strings.Contains(french, "sur 2 images : ") && strings.Contains(french, "utiliser le webhook (serveur frontal cdn)")
		})
	}
	f.status.Store(0)
	isolate()
	seen("why they are not out")
	f.status.Store(http.StatusOK)
	f.until("they are out", func() bool { return f.mitigation(id, 0).Status == incident.IsProven })
	f.status.Store(http.StatusUnauthorized)
	f.do("nora", id, incident.Undo{ID: "M1"})
	seen("why they are not back")
	isolate()
	f.status.Store(http.StatusOK)
	f.until("they are out again", func() bool { return f.mitigation(id, 1).Status == incident.IsProven })
	if s := f.mitigation(id, 0).Status; s != incident.IsUndone || f.state(id).Contained == nil {
		t.Errorf("the first isolation is %s, contained %v", s, f.state(id).Contained)
	}
	for _, name := range []string{"1.png", "2.png"} {
		if state, _ := f.ask(name); state != "disabled" {
			t.Errorf("%s is %s", name, state)
		}
	}
}
