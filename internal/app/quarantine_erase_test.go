package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/web"
)

const day = 24 * time.Hour

// discarded is an image that was held, and that a person does not put back.
func (w ward) discarded(name, text string) string {
	w.t.Helper()
	id := w.held(name, text)
	w.change("nora", id, quarantine.Discard{Reason: "a new one is made"})
	return id
}

// eraseAfter lets time pass and erases what is due then.
func (w ward) eraseAfter(d time.Duration) {
	w.t.Helper()
	w.move(d)
	if err := w.EraseDiscarded(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// anywhere tells whether bytes are in any file of the folder.
func (w ward) anywhere(text string) bool {
	w.t.Helper()
	return bytes.Contains(w.everyFile(), []byte(text))
}

// says gives what is told of a held image.
func (w ward) says(id string) string {
	w.t.Helper()
	i, err := w.QuarantineItem(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Join(web.HeldCourse(phrase.English, i, func(at time.Time) string { return at.Format(time.DateOnly) }), "\n")
}

func (w ward) wants(id, text string) {
	w.t.Helper()
	if got := w.says(id); !strings.Contains(got, text) {
		w.t.Errorf("of %s it is said\n%s\nwant %q", id, got, text)
	}
}

// TestDiscardedIsErased: thirty days after the decision the bytes are in no
// file of the folder, and the journal says so, once.
func TestDiscardedIsErased(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	id := w.discarded("1.png", secret)
	digest := w.item(id).SHA256
	w.eraseAfter(30*day - time.Second)
	if i := w.item(id); !w.anywhere(secret) || !i.Kept || i.ErasedAt != nil {
		t.Fatalf("before its time is over it is %+v", i)
	}
	w.wants(id, "The copy is erased from 2025-10-27 on")
	w.eraseAfter(time.Second)
	w.eraseAfter(day)
	if i := w.item(id); w.anywhere(secret) || i.Kept || i.ErasedAt == nil || i.SHA256 != digest || i.Status != quarantine.StatusDiscarded {
		t.Errorf("thirty days later it is %+v; in a file: %v", i, w.anywhere(secret))
	}
	w.wants(id, "Its copy was erased at 2025-10-27; its digest stays.")
	if n := w.events(id, quarantine.TypeErased); n != 1 {
		t.Errorf("it is journalled %d times", n)
	}
	if _, err := w.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	// The same bytes may come again, and are kept again.
	again := w.discarded("1.png", secret)
	if i := w.item(again); again == id || !i.Kept || !w.anywhere(secret) {
		t.Errorf("delivered again it is %+v", i)
	}
	w.wants(id, "Its copy was erased")
	w.eraseAfter(31 * day)
	if w.anywhere(secret) {
		t.Error("the second copy is not erased")
	}
}

// TestKeepDiscarded is 30 days unless something else is said, zero included.
func TestKeepDiscarded(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"language: en\n": 30 * day, "quarantine: {}\n": 30 * day, "quarantine: {keepDiscarded: 0}\n": 0, "quarantine: {keepDiscarded: 7}\n": 7 * day,
	} {
		if c, err := Parse([]byte(text), "/house"); err != nil || c.Quarantine.keep() != want {
			t.Errorf("%q keeps for %v, %v; want %v", text, c.Quarantine.keep(), err, want)
		}
	}
}

// TestDiscardedIsErasedAtOnce where the configuration says zero days.
func TestDiscardedIsErasedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWardWith(t, func(h *house) { h.config.Quarantine.KeepDiscarded = 0 })
	id := w.discarded("1.png", secret)
	if err := w.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if i := w.item(id); i.ErasedAt == nil || w.anywhere(secret) {
		t.Errorf("it is %+v; in a file: %v", i, w.anywhere(secret))
	}
}

// TestEvidenceIsNotErased: bytes that an incident names stay, and the page says for which.
func TestEvidenceIsNotErased(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	id := w.discarded("1.png", secret)
	incident := w.declare()
	upload := web.EvidenceUpload{Path: "leak.png", Kind: string(postmortem.Image), Source: "the shop", Data: strings.NewReader(secret)}
	if err := w.AddEvidence(t.Context(), w.as("lea"), incident, upload); err != nil {
		t.Fatal(err)
	}
	w.eraseAfter(31 * day)
	w.eraseAfter(day)
	if i := w.item(id); !w.anywhere(secret) || i.ErasedAt != nil || i.Retained == nil || i.Retained.By != incident {
		t.Errorf("it is %+v", i)
	}
	w.wants(id, incident+" names the same bytes")
	if n := w.events(id, quarantine.TypeRetained); n != 1 {
		t.Errorf("it is journalled %d times", n)
	}
}

// TestBytesOfTwoItems: they are erased once nobody needs them any more, for both.
func TestBytesOfTwoItems(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	first := w.discarded("1.png", secret)
	second := w.held("2.png", secret)
	w.eraseAfter(31 * day)
	if !w.anywhere(secret) || w.item(first).ErasedAt != nil {
		t.Fatal("the copy of a held image is erased")
	}
	w.wants(first, "it stays as long as "+second+" needs the same bytes")
	w.change("nora", second, quarantine.Discard{Reason: "nor this one"})
	w.eraseAfter(29 * day)
	if !w.anywhere(secret) || w.item(first).ErasedAt != nil {
		t.Fatal("the copy of an image that was discarded 29 days ago is erased")
	}
	w.eraseAfter(day)
	if w.anywhere(secret) || w.item(first).ErasedAt == nil || w.item(second).ErasedAt == nil {
		t.Errorf("in the end they are %+v and %+v", w.item(first), w.item(second))
	}
}

// TestPutBackNeedsNoCopy: an image that a person has let out lies in its folder. Held again for more and discarded, its copy
// is erased, for the item that was put back as well.
func TestPutBackNeedsNoCopy(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	first := w.held("1.png", secret)
	w.change("nora", first, quarantine.Release{Reason: "a statue"})
	w.eraseAfter(31 * day)
	if i := w.item(first); !i.Kept || i.ErasedAt != nil {
		t.Fatalf("put back, with nothing discarded, it is %+v", i)
	}
	more := w.found("1.png")
	more.Findings = append(more.Findings, quarantine.Finding{Kind: "consent-revoked"})
	second, err := w.Hold(t.Context(), more)
	if err != nil || second == first {
		t.Fatalf("held for more it is %q, %v", second, err)
	}
	w.idle()
	w.change("nora", second, quarantine.Discard{Reason: "she has withdrawn"})
	w.eraseAfter(29 * day)
	if !w.anywhere(secret) || w.item(second).ErasedAt != nil {
		t.Fatal("it is erased before its time is over")
	}
	w.eraseAfter(day)
	w.eraseAfter(day)
	if w.anywhere(secret) {
		t.Error("the copy is still in a file")
	}
	for _, id := range []string{first, second} {
		if i := w.item(id); i.Kept || i.ErasedAt == nil || w.events(id, quarantine.TypeErased) != 1 {
			t.Errorf("in the end %s is %+v", id, i)
		}
		w.wants(id, "Its copy was erased")
	}
}

// TestPutBackElsewhereStays: the erasing of a copy leaves the same image alone where it is delivered.
func TestPutBackElsewhereStays(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	dropped, back := w.discarded("1.png", secret), w.held("2.png", secret)
	w.change("nora", back, quarantine.Release{Reason: "a statue"})
	w.eraseAfter(31 * day)
	if i := w.item(back); w.item(dropped).ErasedAt == nil || i.ErasedAt == nil || i.Status != quarantine.StatusRestored {
		t.Errorf("what was put back is %+v", i)
	}
	if state, body := w.ask("2.png"); state != "enabled" || body != secret {
		t.Errorf("the public gets %q in state %s", body, state)
	}
}

// TestErasingWhileEvidenceIsAdded: what is named in the journal is there,
// whichever comes first.
func TestErasingWhileEvidenceIsAdded(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	incident := w.declare()
	upload := func(n int, text string) web.EvidenceUpload {
		return web.EvidenceUpload{Path: fmt.Sprintf("leak-%d.png", n), Kind: string(postmortem.Image), Source: "the shop", Data: strings.NewReader(text)}
	}
	id := w.discarded("1.png", secret)
	fields, free, err := w.keep(t.Context(), upload(0, secret)) // stored, not named yet
	if err != nil {
		t.Fatal(err)
	}
	w.eraseAfter(31 * day)
	if i := w.item(id); i.ErasedAt != nil || !w.anywhere(secret) {
		t.Fatalf("erased while it is stored as evidence: %+v", i)
	}
	if err := w.addEvidence(t.Context(), w.as("lea"), incident, fields); err != nil {
		t.Fatal(err)
	}
	free()
	w.eraseAfter(0)
	if i := w.item(id); i.Retained == nil || !w.anywhere(secret) {
		t.Errorf("stored as evidence it is %+v", i)
	}
	const n = 8
	text := func(i int) string { return fmt.Sprintf("the place %d", i) }
	ids := make([]string, n)
	for i := range ids {
		ids[i] = w.discarded(fmt.Sprintf("r%d.png", i), text(i))
	}
	w.move(31 * day)
	var both sync.WaitGroup
	both.Go(func() {
		for i := range n {
			if err := w.AddEvidence(t.Context(), w.as("lea"), incident, upload(i+1, text(i))); err != nil {
				t.Error(err)
			}
		}
	})
	both.Go(func() {
		for range n {
			if err := w.EraseDiscarded(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
	both.Wait()
	for i, id := range ids {
		r, err := w.Blob(t.Context(), w.item(id).SHA256)
		if err != nil {
			t.Errorf("evidence is lost: %v", err)
			continue
		}
		kept, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil || string(kept) != text(i) {
			t.Errorf("evidence is %q, %v", kept, err)
		}
	}
}

// TestErasingCutOff leaves nothing half done: what was removed is journalled by the next round.
func TestErasingCutOff(t *testing.T) {
	t.Parallel()
	w := newWardWith(t, func(h *house) { h.config.Quarantine.KeepDiscarded = 0 })
	first, second := w.discarded("1.png", secret), w.discarded("2.png", "another place")
	away := errors.New("the power is away for a moment")
	w.quarantine.mover.Step = func(step string) error {
		if step == "erased" {
			return away
		}
		return nil
	}
	if err := w.EraseDiscarded(t.Context()); !errors.Is(err, away) {
		t.Errorf("cut off it gives %v", err)
	}
	if w.item(first).ErasedAt != nil {
		t.Error("what was rolled back is journalled")
	}
	w.quarantine.mover.Step = nil
	w.eraseAfter(0)
	if w.item(first).ErasedAt == nil || w.item(second).ErasedAt == nil || w.anywhere(secret) || w.anywhere("another place") {
		t.Errorf("in the end they are %+v and %+v", w.item(first), w.item(second))
	}
}

// TestErasingWaitsForTheMove: a move that is on its way may store the bytes
// once more after the decision.
func TestErasingWaitsForTheMove(t *testing.T) {
	t.Parallel()
	w := newWardWith(t, func(h *house) { h.config.Quarantine.KeepDiscarded = 0 })
	id := w.discarded("1.png", secret)
	effect := journal.Effect{Kind: quarantine.EffectMove, Key: id + "/late", Stream: "Q-2025-09-27-99", Data: quarantine.Effect{Items: []string{"Q-2025-09-27-98", id}}}
	if err := w.App.Close(); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.App, err = New(t.Context(), Options{Dir: w.dir, Config: w.config, Now: w.clock, Replayed: true, Log: w.log}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.Append(t.Context(), journal.Change{Effects: []journal.Effect{effect}}); err != nil {
		t.Fatal(err)
	}
	w.eraseAfter(0)
	if w.item(id).ErasedAt != nil || !w.anywhere(secret) {
		t.Error("it is erased while a move is on its way")
	}
	if err := w.App.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestServerKilledWhileErasing kills a server before the copy is removed and
// before that is journalled: started again it ends erased.
func TestServerKilledWhileErasing(t *testing.T) {
	t.Parallel()
	for step, there := range map[string]bool{"erase": true, "erased": false} {
		w := newWardWith(t, func(h *house) { h.config.Quarantine.KeepDiscarded = 0 })
		id := w.discarded("1.png", secret)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		w.runAndKill(step)
		if got := w.anywhere(secret); got != there {
			t.Errorf("killed before %q the bytes are in a file: %v, want %v", step, got, there)
		}
		w.open()
		w.idle()
		if i := w.item(id); i.ErasedAt != nil {
			t.Errorf("killed before %q it is journalled already: %+v", step, i)
		}
		w.eraseAfter(0)
		if i := w.item(id); i.ErasedAt == nil || i.Kept || w.anywhere(secret) || w.events(id, quarantine.TypeErased) != 1 {
			t.Errorf("started again after %q it is %+v; in a file: %v", step, i, w.anywhere(secret))
		}
	}
}
