package app

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/web"
)

// ward is a house whose gateway logs what it delivers, and whose images may be held.
type ward struct{ *house }

func newWard(t *testing.T) ward {
	t.Helper()
	return newWardWith(t, func(*house) {})
}

func newWardWith(t *testing.T, change func(*house)) ward {
	t.Helper()
	return ward{newHouseWith(t, func(h *house) {
		h.accessLog = AccessLog(h.dir)
		change(h)
	})}
}

// read gives the bytes of a file of the house, "" if there is none.
func (w ward) read(name string) string {
	w.t.Helper()
	b, err := os.ReadFile(filepath.Join(w.dir, filepath.FromSlash(name)))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		w.t.Fatal(err)
	}
	return string(b)
}

// deliver writes a version of an image as most tools do: beside it, then renamed over it.
func (w ward) deliver(name, text string) {
	w.t.Helper()
	w.write("delivered/."+name, []byte(text))
	if err := os.Rename(filepath.Join(w.dir, "delivered", "."+name), filepath.Join(w.dir, "delivered", name)); err != nil {
		w.t.Fatal(err)
	}
}

// ask gives what a client gets for an image, and what the gateway says of its state.
func (w ward) ask(name string) (state, body string) {
	w.t.Helper()
	res, err := http.Get(w.edge.URL + "/catalogue/" + name)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	_, state, _ = strings.Cut(res.Header.Get(delivery.RouteHeader), "; ")
	return state, string(b)
}

// found describes the present version of a delivered image as held.
func (w ward) found(name string) quarantine.Held {
	w.t.Helper()
	text := w.read("delivered/" + name)
	info, err := os.Stat(filepath.Join(w.dir, "delivered", name))
	if err != nil {
		w.t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(text))
	return quarantine.Held{
		Pipeline: "catalogue", Path: name, SHA256: hex.EncodeToString(sum[:]), Bytes: info.Size(), ModifiedAt: info.ModTime(),
		Findings: []quarantine.Finding{{Kind: "personal", Fields: []string{"GPS:GPSLatitude"}, Entities: []string{"LOCATION"}}},
	}
}

func (w ward) hold(name string) string {
	w.t.Helper()
	id, err := w.Hold(w.t.Context(), w.found(name))
	if err != nil || id == "" {
		w.t.Fatalf("holding %s gives %q, %v", name, id, err)
	}
	return id
}

func (w ward) item(id string) quarantine.Item {
	w.t.Helper()
	i, err := w.QuarantineItem(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return i.Item
}

func (w ward) change(login, id string, c quarantine.Command) {
	w.t.Helper()
	if err := w.ChangeQuarantine(w.t.Context(), w.as(login), id, c); err != nil {
		w.t.Fatalf("%s: %T: %v", login, c, err)
	}
	w.idle()
}

// TestQuarantine takes an image out, before and after somebody got it, and puts it back byte for byte.
func TestQuarantine(t *testing.T) {
	t.Parallel()
	for _, public := range []bool{false, true} {
		w := newWard(t)
		w.deliver("1.png", "an image with a place in it")
		before, err := os.Stat(filepath.Join(w.dir, "delivered/1.png"))
		if err != nil {
			t.Fatal(err)
		}
		if public {
			w.ask("1.png")
		}
		id := w.hold("1.png")
		w.idle()
		i := w.item(id)
		if i.Status != quarantine.StatusHeld || !i.Kept || len(i.Proofs) != 1 || i.Exposure.Public != public {
			t.Fatalf("public %v: held it is %+v", public, i)
		}
		if state, body := w.ask("1.png"); state != "disabled" || body != w.read("reference/1.png") || w.read("delivered/1.png") != "" {
			t.Errorf("public %v: the public gets %q in state %s, the folder has %q", public, body, state, w.read("delivered/1.png"))
		}
		if state, _ := w.ask("2.png"); state != "enabled" {
			t.Errorf("public %v: another image is %s", public, state)
		}
		s := w.state(i.Incident)
		severity := pipeline.S1
		if public {
			severity = pipeline.S0
		}
		if s.Severity != severity || (s.Clock(incident.ClockLegal) != nil) != public || s.Phase() != incident.PhaseContained || len(s.Mitigations) != 0 {
			t.Errorf("public %v: the incident is %s, %s, legal clock %+v, mitigations %+v", public, s.Severity, s.Phase(), s.Clock(incident.ClockLegal), s.Mitigations)
		}
		w.change("nora", id, quarantine.Release{Reason: "a statue"})
		after, err := os.Stat(filepath.Join(w.dir, "delivered/1.png"))
		if err != nil || w.read("delivered/1.png") != "an image with a place in it" || !after.ModTime().Equal(before.ModTime()) || after.Mode() != before.Mode() {
			t.Errorf("public %v: released, the folder has %q, %v", public, w.read("delivered/1.png"), err)
		}
		if state, body := w.ask("1.png"); state != "enabled" || body != "an image with a place in it" {
			t.Errorf("public %v: released, the public gets %q in state %s", public, body, state)
		}
		if i := w.item(id); i.Status != quarantine.StatusRestored || len(i.Proofs) != 1 || i.Proofs[0].Probe.State != "enabled" {
			t.Errorf("public %v: released it is %+v", public, i)
		}
		// A person has said that this may be public: the next sweep holds it no more.
		if again, err := w.Hold(t.Context(), w.found("1.png")); err != nil || again != "" {
			t.Errorf("public %v: held again as %q, %v", public, again, err)
		}
		more := w.found("1.png")
		more.Findings = append(more.Findings, quarantine.Finding{Kind: "consent"})
		if again, err := w.Hold(t.Context(), more); err != nil || again == "" {
			t.Errorf("public %v: with more against it it is held as %q, %v; want a new item", public, again, err)
		}
		w.idle()
	}
}

// TestQuarantineJoins puts the images of a pipeline into one incident, which a public one raises.
func TestQuarantineJoins(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	for i := range 3 {
		w.deliver(fmt.Sprintf("%d.png", i), fmt.Sprintf("an image with the place %d in it", i))
	}
	first := w.item(w.hold("0.png"))
	second := w.item(w.hold("1.png"))
	if second.Incident != first.Incident || w.state(first.Incident).Severity != pipeline.S1 {
		t.Errorf("two images are in %s and %s, severity %s", first.Incident, second.Incident, w.state(first.Incident).Severity)
	}
	w.ask("2.png")
	third := w.item(w.hold("2.png"))
	s := w.state(first.Incident)
	if third.Incident != first.Incident || s.Severity != pipeline.S0 || s.Clock(incident.ClockLegal) == nil {
		t.Errorf("after a public one in %s it is %s with the legal clock %+v", third.Incident, s.Severity, s.Clock(incident.ClockLegal))
	}
	w.idle()
	if c, err := w.CountQuarantine(t.Context(), first.Incident); err != nil || c != (web.HeldCount{Items: 3, Active: 3, Public: 1}) {
		t.Errorf("the incident has %+v, %v", c, err)
	}
	w.do("nora", first.Incident, incident.Acknowledge{})
	w.do("nora", first.Incident, incident.Resolve{Text: "the export strips it"})
	w.image("delivered/new.png", 90)
	if fourth := w.item(w.hold("new.png")); fourth.Incident == first.Incident {
		t.Error("an image after the incident was resolved joins it: want a new one")
	}
	w.idle()
}

// TestQuarantineFindsLateDelivery: who got the image between its judgement and the hold makes it a leak.
func TestQuarantineFindsLateDelivery(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.deliver("1.png", "an image with a place in it")
	var once sync.Once
	w.quarantine.mover.Step = func(string) error {
		once.Do(func() { // as if it had happened a moment before
			f, err := os.OpenFile(AccessLog(w.dir), os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Error(err)
				return
			}
			defer f.Close()
			fmt.Fprintf(f, `{"at":%q,"route":"catalogue","path":"/catalogue/1.png","status":200,"source":"origin","bytes":9}`+"\n", time.Now().UTC().Format(time.RFC3339Nano))
		})
		return nil
	}
	id := w.hold("1.png")
	w.idle()
	i := w.item(id)
	if s := w.state(i.Incident); !i.Exposure.Public || s.Severity != pipeline.S0 || s.LeakAt == nil || s.Phase() != incident.PhaseContained {
		t.Errorf("the item is %+v, the incident %s, leak at %v, %s", i.Exposure, s.Severity, s.LeakAt, s.Phase())
	}
}

// TestQuarantineAssumesTheWorst: what no log tells counts as public.
func TestQuarantineAssumesTheWorst(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*house){
		"no log": func(h *house) { h.accessLog = "" },
		"no route": func(h *house) {
			p := h.config.Watch.Pipelines["catalogue"]
			p.Routes = nil
			h.config.Watch.Pipelines["catalogue"] = p
		},
	} {
		w := newWardWith(t, change)
		w.deliver("1.png", "an image with a place in it")
		id := w.hold("1.png")
		w.idle()
		i := w.item(id)
		if s := w.state(i.Incident); !i.Exposure.Public || s.Severity != pipeline.S0 || s.Phase() != incident.PhaseContained || i.Status != quarantine.StatusHeld {
			t.Errorf("%s: the item is %s, %+v, the incident %s, %s", name, i.Status, i.Exposure, s.Severity, s.Phase())
		}
	}
	// Disabled since before the file was there, nobody can have got it.
	w := newWardWith(t, func(h *house) { h.accessLog = "" })
	if err := w.edge.Disable(t.Context(), "catalogue", "PM-1", "M1"); err != nil {
		t.Fatal(err)
	}
	w.deliver("1.png", "an image with a place in it")
	h := w.found("1.png")
	h.ModifiedAt = time.Now().Add(time.Minute)
	if id, err := w.Hold(t.Context(), h); err != nil || w.item(id).Exposure.Public {
		t.Errorf("on a disabled route it counts as public (%v)", err)
	}
	w.idle()
}

// TestQuarantineOfNewVersions: a clean version ends the hold, a bad one takes it over.
func TestQuarantineOfNewVersions(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.deliver("1.png", "v1, bad")
	first := w.hold("1.png")
	w.idle()
	w.deliver("1.png", "v2, bad")
	second := w.hold("1.png")
	w.idle()
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
	w.deliver("1.png", "an image with a place in it")
	id := w.hold("1.png")
	w.idle()
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
	w.deliver("1.png", "an image with a place in it")
	id := w.hold("1.png")
	w.idle()
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
