package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/quarantine"
)

// TestQuarantineThatCannotMove says what is in the way, keeps the public away and can be tried again.
func TestQuarantineThatCannotMove(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.deliver("1.png", "an image with a place in it")
	h := w.found("1.png")
	outside := filepath.Join(t.TempDir(), "outside.png")
	if err := errors.Join(os.Rename(filepath.Join(w.dir, "delivered/1.png"), outside), os.Symlink(outside, filepath.Join(w.dir, "delivered/1.png"))); err != nil {
		t.Fatal(err)
	}
	id, err := w.Hold(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	w.idle()
	if i := w.item(id); i.Status != quarantine.StatusFailed || !strings.Contains(i.Problem, "out of the folder") {
		t.Errorf("it is %s, %q", i.Status, i.Problem)
	}
	if state, _ := w.ask("1.png"); state != "disabled" {
		t.Errorf("its path is %s", state)
	}
	if err := os.Remove(filepath.Join(w.dir, "delivered/1.png")); err != nil {
		t.Fatal(err)
	}
	w.change("nora", id, quarantine.Retry{})
	if i := w.item(id); i.Status != quarantine.StatusHeld || i.Kept {
		t.Errorf("tried again it is %s, kept %v", i.Status, i.Kept)
	}
	w.change("nora", id, quarantine.Release{Reason: "it is gone"})
	if i := w.item(id); i.Status != quarantine.StatusRestored {
		t.Errorf("released without bytes it is %s, %q", i.Status, i.Problem)
	}
}

// TestQuarantineReconciles: a state file that was lost holds again what the journal says.
func TestQuarantineReconciles(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	id := w.held("1.png", "an image with a place in it")
	if err := errors.Join(w.Close(), os.Remove(GatewayState(w.dir))); err != nil {
		t.Fatal(err)
	}
	w.open()
	if held, err := w.edge.HeldPaths("catalogue"); err != nil || len(held) != 1 || held[0].Item != id {
		t.Errorf("after the loss of the state file %+v is held (%v)", held, err)
	}
	if err := w.edge.Hold(t.Context(), "catalogue", delivery.Held{Path: "2.png", Item: "Q-2020-01-01-01"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	if held, err := w.edge.HeldPaths("catalogue"); err != nil || len(held) != 1 || held[0].Item != id {
		t.Errorf("after a new start %+v is held (%v), want what the journal knows alone", held, err)
	}
}

// TestQuarantineFullRoute: where a route can hold no more, it is disabled as a whole.
func TestQuarantineFullRoute(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	var many []delivery.Held
	for i := range delivery.MaxHeld {
		many = append(many, delivery.Held{Path: fmt.Sprintf("b%d.png", i), Item: "X-full"})
	}
	if err := w.edge.Hold(t.Context(), "catalogue", many...); err != nil {
		t.Fatal(err)
	}
	w.deliver("1.png", "an image with a place in it")
	id := w.hold("1.png")
	w.until("the image is held", func() bool { i := w.item(id); return i.Status == quarantine.StatusHeld && len(i.Proofs) > 0 })
	if state, _ := w.ask("2.png"); state != "disabled" {
		t.Errorf("another image of the full route is %s", state)
	}
	s := w.state(w.item(id).Incident)
	if len(s.Mitigations) != 1 || !strings.Contains(s.Mitigations[0].Reason, "5000") {
		t.Errorf("the mitigations are %+v", s.Mitigations)
	}
}
