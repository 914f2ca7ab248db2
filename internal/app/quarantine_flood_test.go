package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/web"
)

// flooded holds images that were found together, more than one batch.
func flooded(t *testing.T, n int) (ward, []quarantine.Held) {
	t.Helper()
	w := newWard(t)
	list := make([]quarantine.Held, n)
	for i := range list {
		name := fmt.Sprintf("f%03d.png", i)
		w.deliver(name, fmt.Sprintf("an image with the place %d in it", i))
		list[i] = w.found(name)
	}
	return w, list
}

func (w ward) all() []quarantine.Item {
	w.t.Helper()
	list, err := w.Quarantine(w.t.Context(), web.HeldQuery{Limit: allItems})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// TestFloodIsHeldTogether: many images are one incident, few effects and few
// pages; one reason puts all back, byte for byte.
func TestFloodIsHeldTogether(t *testing.T) {
	t.Parallel()
	const n = quarantine.MaxBatch + 20
	w, list := flooded(t, n)
	if err := w.HoldAll(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	w.idle()
	items := w.all()
	for _, i := range items {
		if i.Status != quarantine.StatusHeld || !i.Kept || len(i.Proofs) != 1 || i.Mode == 0 || i.Incident != items[0].Incident {
			t.Fatalf("one of the images is %+v", i)
		}
	}
	if state, body := w.ask("f119.png"); len(items) != n || state != "disabled" || strings.Contains(body, "place") {
		t.Errorf("%d are held, the public gets %q", len(items), body)
	}
	if sent := w.channel.count(items[0].Incident); sent > 3 {
		t.Errorf("%d messages were sent for one incident", sent)
	}
	q := web.HeldQuery{Incident: items[0].Incident}
	for _, c := range []struct {
		by   people.Actor
		q    web.HeldQuery
		c    quarantine.Command
		want error
	}{
		{people.Actor{ID: "v", Role: people.Viewer}, q, quarantine.Release{Reason: "why"}, journal.ErrForbidden},
		{monitor, q, quarantine.Release{Reason: "why"}, journal.ErrForbidden},
		{w.as("nora"), q, quarantine.Release{}, journal.ErrInvalid},
		{w.as("nora"), web.HeldQuery{}, quarantine.Release{Reason: "why"}, journal.ErrInvalid},
		{w.as("nora"), web.HeldQuery{Incident: "PM-2020-01-01-01"}, quarantine.Release{Reason: "why"}, journal.ErrNotFound},
	} {
		if _, err := w.ChangeQuarantineOf(t.Context(), c.by, c.q, c.c); !errors.Is(err, c.want) {
			t.Errorf("%T of %+v by %q: %v, want %v", c.c, c.q, c.by.ID, err, c.want)
		}
	}
	w.change("nora", items[0].ID, quarantine.Discard{Reason: "this one is bad"})
	done, err := w.ChangeQuarantineOf(t.Context(), w.as("nora"), q, quarantine.Release{Reason: "a false alarm"})
	if err != nil || done != (web.HeldChange{Changed: n - 1}) {
		t.Fatalf("releasing all gives %+v, %v", done, err)
	}
	w.idle()
	for _, i := range w.all() {
		back := w.read("delivered/" + i.Path)
		if restored := i.Status == quarantine.StatusRestored; restored != (i.ID != items[0].ID) || restored != strings.HasPrefix(back, "an image with the place") {
			t.Errorf("%s is %s, the folder has %q", i.ID, i.Status, back)
		}
	}
	if held, err := w.edge.HeldPaths("catalogue"); err != nil || len(held) != 0 {
		t.Errorf("in the end the gateway holds %d paths (%v)", len(held), err)
	}
}

// TestFloodWithOneThatCannotBeHeld: it keeps no other from being held, and one
// that cannot be moved keeps no other from being moved.
func TestFloodWithOneThatCannotBeHeld(t *testing.T) {
	t.Parallel()
	w, list := flooded(t, 5)
	list[2].Path = "../outside.png"
	link := filepath.Join(w.dir, "delivered/f003.png")
	outside := filepath.Join(t.TempDir(), "outside.png")
	if err := errors.Join(os.Rename(link, outside), os.Symlink(outside, link)); err != nil {
		t.Fatal(err)
	}
	if err := w.HoldAll(t.Context(), list); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("holding a path outside gives %v", err)
	}
	w.idle()
	standing := map[string]quarantine.Status{}
	for _, i := range w.all() {
		standing[i.Path] = i.Status
	}
	want := map[string]quarantine.Status{"f000.png": "held", "f001.png": "held", "f003.png": "failed", "f004.png": "held"}
	if fmt.Sprint(standing) != fmt.Sprint(want) {
		t.Errorf("they are %v, want %v", standing, want)
	}
}

// TestMoveOfManyCutOff: what fails for one of several is tried again for that
// one, and a move that is cut off half-way leaves none public and loses none.
func TestMoveOfManyCutOff(t *testing.T) {
	t.Parallel()
	w, list := flooded(t, 8)
	var tries atomic.Int32
	w.quarantine.mover.Step = func(step string) error {
		if n := tries.Add(1); step == "remove" && n < 12 {
			return errors.New("the disk is away for a moment")
		}
		return nil
	}
	if err := w.HoldAll(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	w.until("all are held", func() bool {
		for _, i := range w.all() {
			if i.Status != quarantine.StatusHeld || !i.Kept {
				return false
			}
		}
		return true
	})
	for _, h := range list {
		if state, _ := w.ask(h.Path); state != "disabled" || w.read("delivered/"+h.Path) != "" {
			t.Errorf("%s is %s", h.Path, state)
		}
	}
	w.idle()
}
