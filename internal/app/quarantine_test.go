package app

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/web"
)

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

// TestUnreadIsNoLeak: what nobody could look at is held and is an incident, but no leak of personal data, until something
// else is found.
func TestUnreadIsNoLeak(t *testing.T) {
	t.Parallel()
	w := newWardWith(t, func(h *house) { h.accessLog = "" })
	w.deliver("1.png", "an image of which nobody knows what is in it")
	h := w.found("1.png")
	h.Findings = []quarantine.Finding{{Kind: string(pipeline.UnreadMetadata)}}
	id, err := w.Hold(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	w.idle()
	i := w.item(id)
	if s := w.state(i.Incident); !i.Exposure.Public || s.Severity != pipeline.S1 || s.LeakAt != nil || s.Phase() != incident.PhaseContained || i.Status != quarantine.StatusHeld {
		t.Errorf("the item is %s, %+v, the incident %s, leak at %v, %s", i.Status, i.Exposure, s.Severity, s.LeakAt, s.Phase())
	}
	w.deliver("2.png", "an image with a place in it")
	next := w.item(w.hold("2.png"))
	if s := w.state(i.Incident); next.Incident != i.Incident || s.Severity != pipeline.S0 || s.LeakAt == nil {
		t.Errorf("with a leak the incident is %s, leak at %v", s.Severity, s.LeakAt)
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
		id := w.held("1.png", "an image with a place in it")
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
	h.ModifiedAt = time.Now()
	if id, err := w.Hold(t.Context(), h); err != nil || w.item(id).Exposure.Public {
		t.Errorf("on a disabled route it counts as public (%v)", err)
	}
	w.idle()
	// A date that is still to come hides no delivery, and proves no closed route.
	w.deliver("2.png", "another image with a place in it")
	h = w.found("2.png")
	h.ModifiedAt = time.Now().Add(time.Hour)
	if id, err := w.Hold(t.Context(), h); err != nil || !w.item(id).Exposure.Public {
		t.Errorf("a file from the future counts as never public (%v)", err)
	}
	w.idle()
}
