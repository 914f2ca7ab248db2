package delivery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

func (s *site) hold(path string, withheld bool) {
	s.t.Helper()
	h := Held{Path: path, Item: "Q-1", Since: time.Now(), Placeholder: withheld}
	if err := s.control.Hold(s.t.Context(), "catalogue", h); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) lift(item string) {
	s.t.Helper()
	if err := s.control.Lift(s.t.Context(), item); err != nil {
		s.t.Fatal(err)
	}
}

// TestHold takes single paths out of a route and lets them go again.
func TestHold(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	write(t, s.path("out", "notes"), "no image by its name")
	s.hold("a1.png", false)
	s.hold("a2.png", true)
	s.hold("new.webp", false)
	s.hold("notes", false)
	for path, want := range map[string]string{
		"a0.png": "bad 0", "a1.png": "reference 1", "a2.png": placeholder, "new.webp": placeholder, "notes": "not found\n",
	} {
		state, cache := "disabled", cacheNever
		if path == "a0.png" {
			state, cache = "enabled", cacheShort
		}
		if a := s.get("GET", "/catalogue/"+path); a.body != want || a.route != "catalogue; "+state || a.cache != cache {
			t.Errorf("GET %s: %+v, want %q, %s", path, a, want, state)
		}
		if path == "a0.png" {
			continue
		}
		if p, err := s.control.ProbePath(t.Context(), "catalogue", path, true); err != nil || p.State != "disabled" || p.CacheControl != "no-store" {
			t.Errorf("probe of %s: %+v, %v", path, p, err)
		}
	}
	if p := s.prove(false); p.State != "enabled" {
		t.Errorf("the probe of the route: %+v, want it enabled beside what is held", p)
	}
	if a := s.get("GET", "/catalogue/a1.png", "If-None-Match", "*"); a.status != 200 || a.body != "reference 1" {
		t.Errorf("a client that holds the image is told %+v", a)
	}
	s.disable()
	if a := s.get("GET", "/catalogue/a2.png"); a.body != placeholder {
		t.Errorf("disabled as a whole, a withheld reference is served: %q", a.body)
	}
	s.lift("Q-1")
	if p, err := s.control.ProbePath(t.Context(), "catalogue", "a1.png", false); err != nil || p.State != "disabled" {
		t.Errorf("let go of, while the route is disabled: %+v, %v", p, err)
	}
	if err := enabled(s.control, "catalogue"); err != nil {
		t.Fatal(err)
	}
	if a := s.get("GET", "/catalogue/a1.png"); a.body != "bad 1" {
		t.Errorf("let go of: %+v, want the origin", a)
	}
	if p, err := s.control.ProbePath(t.Context(), "catalogue", "a1.png", false); err != nil || p.State != "enabled" {
		t.Errorf("the probe after it: %+v, %v", p, err)
	}
}

// TestHoldByTwoItems lets go with the last, and a repeated effect changes nothing.
func TestHoldByTwoItems(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	s.hold("a1.png", false)
	first, err := os.ReadFile(s.path("gateway.json"))
	if err != nil {
		t.Fatal(err)
	}
	s.hold("a1.png", false)
	if again, err := os.ReadFile(s.path("gateway.json")); err != nil || !bytes.Equal(first, again) {
		t.Errorf("the repeated hold changed the file (%v):\n%s\n%s", err, first, again)
	}
	if err := s.control.Hold(t.Context(), "catalogue", Held{Path: "a1.png", Item: "Q-2"}, Held{Path: "../secret", Item: "Q-2"}); err != nil {
		t.Fatal(err)
	}
	if held, err := s.control.HeldPaths("catalogue"); err != nil || len(held) != 2 {
		t.Errorf("held are %+v (%v), want the two items; what is never served needs no hold", held, err)
	}
	s.lift("Q-1")
	s.lift("Q-1")
	if a := s.get("GET", "/catalogue/a1.png"); a.body != "reference 1" {
		t.Errorf("while one item is left: %+v", a)
	}
	s.lift("Q-2")
	if a := s.get("GET", "/catalogue/a1.png"); a.body != "bad 1" {
		t.Errorf("after the last: %+v", a)
	}
}

// TestHoldsSurvive a new start of the server, and damage of the state file.
func TestHoldsSurvive(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	s.hold("a1.png", true)
	c := Config{Routes: map[string]RouteConfig{
		"catalogue": {Prefix: "/catalogue/", Origin: s.path("out"), Fallback: s.path("ref")}, "new": {Prefix: "/new/", Origin: s.path("out"), Fallback: s.path("ref")},
	}}
	if _, err := NewControl(c, s.path("gateway.json")); err != nil {
		t.Fatal(err)
	}
	if a := s.get("GET", "/catalogue/a1.png"); a.body != placeholder {
		t.Errorf("after a new start: %+v, want it held as before", a)
	}
	if err := replace(s.path("gateway.json"), []byte("{")); err != nil {
		t.Fatal(err)
	}
	if a := s.get("GET", "/catalogue/a1.png"); a.body != placeholder || a.route != "catalogue; fallback" {
		t.Errorf("with a damaged state file: %+v, want the reference withheld as before", a)
	}
}

// TestHoldProxied: what an upstream still has is not served.
func TestHoldProxied(t *testing.T) {
	t.Parallel()
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "bad upstream") }))
	defer up.Close()
	s := open(t, up.URL)
	s.hold("a1.png", false)
	for path, want := range map[string]string{"a1.png": "reference 1", "a1.png?w=200": "reference 1", "%611.png": "reference 1", "a2.png": "bad upstream"} {
		if a := s.get("GET", "/catalogue/"+path); a.body != want {
			t.Errorf("GET %s: %+v, want %q", path, a, want)
		}
	}
	if p, err := s.control.ProbePath(t.Context(), "catalogue", "a1.png", true); err != nil || p.State != "disabled" {
		t.Errorf("the probe: %+v, %v", p, err)
	}
}

// TestHoldCutsRunningAnswer: of a held image that is being sent no rest is
// sent, and other answers of the route are not touched.
func TestHoldCutsRunningAnswer(t *testing.T) {
	t.Parallel()
	const size = 32 << 20
	folder := open(t, "")
	large := strings.Repeat("bad!", size/4)
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, large) }))
	t.Cleanup(up.Close)
	for _, s := range []*site{folder, open(t, up.URL)} {
		var answers []*http.Response
		for _, name := range []string{"held.png", "other.png"} {
			write(t, s.path("out", name), large)
			res, err := (&http.Client{Transport: &http.Transport{}}).Get(s.control.URL + "/catalogue/" + name)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if _, err := io.ReadFull(res.Body, make([]byte, 3)); err != nil {
				t.Fatal(err)
			}
			answers = append(answers, res)
		}
		s.hold("held.png", false)
		if _, err := s.control.ProbePath(t.Context(), "catalogue", "held.png", true); err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, answers[0].Body); err == nil || n >= size-3 {
			t.Errorf("after the hold the client still got %d bytes to the end (%v)", n, err)
		}
		if n, err := io.Copy(io.Discard, answers[1].Body); err != nil || n != size-3 {
			t.Errorf("the answer beside it got %d bytes (%v), want it whole", n, err)
		}
	}
}

// TestConcurrentHolds: no hold of one is lost to another, and readers see whole files.
func TestConcurrentHolds(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	var group sync.WaitGroup
	for i := range 40 {
		group.Go(func() {
			e := &Control{StateFile: s.path("gateway.json")}
			item := fmt.Sprintf("Q-%d", i)
			if err := e.Hold(context.Background(), "catalogue", Held{Path: fmt.Sprintf("b%d.png", i), Item: item}); err != nil {
				t.Error(err)
			}
			if err := e.Disable(context.Background(), "catalogue", item, "M1"); err != nil {
				t.Error(err)
			}
			if _, err := e.Enable(context.Background(), "catalogue", item, "M1"); err != nil {
				t.Error(err)
			}
			if i%2 == 0 {
				if err := e.Lift(context.Background(), item); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	held, err := s.control.HeldPaths("catalogue")
	if err != nil || len(held) != 20 {
		t.Errorf("%d paths are held (%v), want 20", len(held), err)
	}
	if p := s.prove(false); p.State != "enabled" {
		t.Errorf("the route is %+v after all", p)
	}
}

// TestHoldLimits: beyond them nothing changes, so that the caller can disable the route.
func TestHoldLimits(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	var many, long []Held
	for i := range MaxHeld {
		many = append(many, Held{Path: fmt.Sprintf("b%d.png", i), Item: fmt.Sprintf("Q-%d", i)})
		long = append(long, Held{Path: fmt.Sprintf("%d%s", i, strings.Repeat("x", 4000)), Item: "Q-long"})
	}
	if err := s.control.Hold(t.Context(), "catalogue", many...); err != nil {
		t.Fatalf("%d paths: %v", MaxHeld, err)
	}
	if err := s.control.Hold(t.Context(), "catalogue", Held{Path: "one.png", Item: "Q"}); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("one more: %v, want too large", err)
	}
	if held, err := s.control.HeldPaths("catalogue"); err != nil || len(held) != MaxHeld {
		t.Errorf("%d are held (%v)", len(held), err)
	}
	if a := s.get("GET", "/catalogue/b4999.png"); a.body != placeholder {
		t.Errorf("the last of them: %+v", a)
	}
	var items []string
	for _, h := range many {
		items = append(items, h.Item)
	}
	if err := s.control.Lift(t.Context(), items...); err != nil {
		t.Fatal(err)
	}
	if err := s.control.Hold(t.Context(), "catalogue", long...); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("paths of 20 MB: %v, want too large", err)
	}
	if _, err := ReadState(s.path("gateway.json")); err != nil {
		t.Errorf("after the refusals: %v", err)
	}
	if err := s.control.Hold(t.Context(), "none", Held{Path: "a.png", Item: "Q"}); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("on an unknown route: %v, want not found", err)
	}
}

// TestProbePathFindsTrouble: a gateway that still serves the image is found.
func TestProbePathFindsTrouble(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	if _, err := s.control.ProbePath(t.Context(), "catalogue", "a1.png", true); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("a path that is not held: %v, want a conflict", err)
	}
	s.hold("a1.png", true)
	for body, want := range map[string]string{"reference 1": "bytes of a1.png are not those", "bad 1": "bytes of a1.png are not those"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set(RouteHeader, "catalogue; disabled")
			w.Header().Set("Cache-Control", cacheNever)
			io.WriteString(w, body)
		}))
		e := &Control{StateFile: s.control.StateFile, URL: server.URL, Timeout: 2 * time.Second}
		if _, err := e.ProbePath(t.Context(), "catalogue", "a1.png", true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("served %q: %v, want %q", body, err, want)
		}
		server.Close()
	}
}
