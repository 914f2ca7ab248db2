package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/quarantine"
)

// TestQuarantineOfNewVersions: a clean version ends the hold, a bad one takes it over.
func TestQuarantineOfNewVersions(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	first := w.held("1.png", "v1, bad")
	second := w.held("1.png", "v2, bad")
	if i := w.item(first); i.Status != quarantine.StatusSuperseded || i.Superseded.Item != second {
		t.Errorf("the first version is %+v", i)
	}
	if state, _ := w.ask("1.png"); state != "disabled" || w.item(second).Status != quarantine.StatusHeld {
		t.Errorf("the second version is %s, its path %s", w.item(second).Status, state)
	}
	// The same bytes again: they are moved out again.
	w.deliver("1.png", "v2, bad")
	if again := w.hold("1.png"); again != second {
		t.Errorf("the same version again is held as %s, want %s", again, second)
	}
	w.idle()
	if w.read("delivered/1.png") != "" || w.item(second).Returns != 1 {
		t.Errorf("after it came again the folder has %q", w.read("delivered/1.png"))
	}
	w.deliver("1.png", "v3, good")
	h := w.found("1.png")
	if err := w.Cleared(t.Context(), "catalogue", "1.png", h.SHA256); err != nil {
		t.Fatal(err)
	}
	w.idle()
	if state, body := w.ask("1.png"); state != "enabled" || body != "v3, good" {
		t.Errorf("with a clean version the public gets %q, %s", body, state)
	}
	if i := w.item(second); i.Status != quarantine.StatusSuperseded || len(i.Proofs) != 1 {
		t.Errorf("the second version is %+v", i)
	}
	if held, err := w.edge.HeldPaths("catalogue"); err != nil || len(held) != 0 {
		t.Errorf("the gateway still holds %+v (%v)", held, err)
	}
}

// TestQuarantineDecisions: only persons who may contain decide, with a reason;
// nothing is overwritten when an image is put back.
func TestQuarantineDecisions(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	id := w.held("1.png", "an image with a place in it")
	for _, c := range []struct {
		by   people.Actor
		id   string
		c    quarantine.Command
		want error
	}{
		{people.Actor{ID: "v", Role: people.Viewer}, id, quarantine.Release{Reason: "why"}, journal.ErrForbidden},
		{people.Actor{}, id, quarantine.Release{Reason: "why"}, journal.ErrForbidden},
		{monitor, id, quarantine.Release{Reason: "why"}, journal.ErrForbidden},
		{w.as("nora"), id, quarantine.Release{}, journal.ErrInvalid},
		{w.as("nora"), id, quarantine.Retry{}, journal.ErrConflict},
		{w.as("nora"), "Q-2025-09-27-99", quarantine.Release{Reason: "why"}, journal.ErrNotFound},
		{w.as("nora"), "PM-2025-09-27-01", quarantine.Release{Reason: "why"}, journal.ErrNotFound},
	} {
		if err := w.ChangeQuarantine(t.Context(), c.by, c.id, c.c); !errors.Is(err, c.want) {
			t.Errorf("%T by %q on %s: %v, want %v", c.c, c.by.ID, c.id, err, c.want)
		}
	}
	w.deliver("1.png", "another version that nobody has judged")
	w.change("nora", id, quarantine.Release{Reason: "a statue"})
	if i := w.item(id); i.Status != quarantine.StatusHeld || !strings.Contains(i.Problem, "another version lies in its place") || w.read("delivered/1.png") != "another version that nobody has judged" {
		t.Errorf("released over another version it is %s, %q; the folder has %q", i.Status, i.Problem, w.read("delivered/1.png"))
	}
	if state, _ := w.ask("1.png"); state != "disabled" {
		t.Errorf("meanwhile the path is %s", state)
	}
	if err := os.Remove(filepath.Join(w.dir, "delivered/1.png")); err != nil {
		t.Fatal(err)
	}
	w.change("nora", id, quarantine.Discard{Reason: "a new one is made"})
	if held, err := w.edge.HeldPaths("catalogue"); err != nil || len(held) != 0 || w.item(id).Status != quarantine.StatusDiscarded {
		t.Errorf("discarded it is %s, held are %+v (%v)", w.item(id).Status, held, err)
	}
}
