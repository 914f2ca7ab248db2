package delivery

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestLook sees at real edges what a route serves, whatever that is, and says which of them does not answer; no edge is told
// anything by it.
func TestLook(t *testing.T) {
	for _, kind := range []string{"nginx", "varnish"} {
		t.Run(kind, func(t *testing.T) {
			f := openFront(t, kind)
			f.control.Timeout = 10 * time.Second
			look := func(want string) {
				t.Helper()
				p, err := f.control.Look(t.Context(), "catalogue")
				if err != nil || p.State != want || !strings.HasPrefix(p.URL, "http://"+f.edge.listen) {
					t.Errorf("%+v, %v; want %s at the edge", p, err, want)
				}
			}
			look(stateEnabled)
			f.disable()
			look(stateDisabled)
			told, err := os.ReadFile(f.path("edges.json"))
			if err != nil {
				t.Fatal(err)
			}
			state, err := os.ReadFile(f.path("gateway.json"))
			if err != nil {
				t.Fatal(err)
			}
			f.edge.stop()
			if _, err := f.control.Look(t.Context(), "catalogue"); err == nil || !strings.Contains(err.Error(), "the edge does not answer") {
				t.Errorf("an edge that is down: %v", err)
			}
			for name, before := range map[string][]byte{"edges.json": told, "gateway.json": state} {
				if after, err := os.ReadFile(f.path(name)); err != nil || string(after) != string(before) {
					t.Errorf("%s has changed from %s to %s, %v", name, before, after, err)
				}
			}
			if _, err := f.control.Look(t.Context(), "shop"); err == nil {
				t.Error("there is no such route")
			}
		})
	}
}
