package app

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/web"
)

// A dead channel delays pages and shows it; acknowledging, containing,
// resolving go on, and the page arrives once the channel is back.
func TestDeadChannelBlocksNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.channel.broken = errors.New("connection refused")
	id := h.declare()
	h.until("the failed page to show", func() bool {
		c, err := h.Case(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range c.Effects {
			if e.Kind == incident.EffectPage && strings.Contains(e.LastError, "connection refused") {
				return true
			}
		}
		return false
	})
	h.do("nora", id, incident.DisableRoute{Route: "catalogue"})
	h.until("the proof of containment", func() bool { return h.state(id).Contained != nil })
	other := h.declare()
	h.do("nora", other, incident.Resolve{Text: "done"})
	if n := h.channel.count("acknowledge"); n != 0 {
		t.Fatalf("%d pages arrived over a dead channel", n)
	}
	h.channel.repair()
	h.until("the page", func() bool { return h.channel.count(id+"/acknowledge") == 1 })
	h.idle()
	if p := h.state(id).Pages[0]; p.Status != incident.PageSent {
		t.Errorf("the page is %q, want it sent", p.Status)
	}
	if p := h.state(other).Pages[0]; p.Status != incident.PageDropped || h.channel.count(other+"/acknowledge") != 0 {
		t.Errorf("the page of the incident that was resolved is %q, want it dropped", p.Status)
	}
}

// No send of a page begins after the acknowledgement has committed.
func TestNoPageBeginsAfterAcknowledgement(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for range 25 {
		id := h.declare()
		h.do("nora", id, incident.Acknowledge{}) // races with the page's performer
		h.idle()
		s := h.state(id)
		if first := s.Pages[0]; first.Status != incident.PageSent && first.Status != incident.PageDropped {
			t.Fatalf("after the acknowledgement the page is %q, want sent or dropped", first.Status)
		}
		if sent := h.channel.count(id + "/acknowledge"); (s.Pages[0].Status == incident.PageSent) != (sent == 1) {
			t.Fatalf("the ledger says %q and %d pages were sent", s.Pages[0].Status, sent)
		}
	}
	// A page that is planned while the channel is away and acknowledged before
	// it is back is dropped.
	h.channel.mu.Lock()
	h.channel.broken = errors.New("away")
	h.channel.mu.Unlock()
	id := h.declare()
	h.do("nora", id, incident.Acknowledge{})
	sent := h.channel.count(id + "/acknowledge")
	h.channel.repair()
	h.idle()
	if got := h.channel.count(id + "/acknowledge"); got != sent || sent != 0 {
		t.Errorf("%d pages to acknowledge were sent after the acknowledgement", got-sent)
	}
	if p := h.state(id).Pages[0]; p.Status != incident.PageDropped {
		t.Errorf("the page of an acknowledged incident is %q, want it dropped", p.Status)
	}
}

// The rule opens one incident, however often it is evaluated and restarted; a
// severity that no policy knows is S2 and says so.
func TestAlertOpensOneIncident(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	step := func() {
		t.Helper()
		h.move(time.Minute)
		if _, err := h.Sweep(t.Context(), "catalogue"); err != nil {
			t.Fatal(err)
		}
		if err := h.AppendSeries(t.Context(), h.clock()); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Evaluate(t.Context(), h.clock()); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		step()
	}
	level := uint8(140)
	for minute := range 14 {
		h.image(fmt.Sprintf("delivered/%d.png", minute%3), level)
		level += 3 // another size or time is another version; another level makes sure
		step()
	}
	states, err := h.Incidents(t.Context())
	if err != nil || len(states) != 1 {
		t.Fatalf("%d incidents, %v; want one", len(states), err)
	}
	o := states[0].Opened
	if o.Severity != "S2" || o.UnknownLabel != "%s" || !o.ColourDrift || o.Title != "drift (catalogue)" || o.OnCall != h.persons["nora"].ID || o.Lead != h.persons["lea"].ID {
		t.Errorf("opened = %+v, want S2 with the unknown label, colour drift, on-call and lead", o)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h.open()
	summary, err := h.Sweep(t.Context(), "catalogue")
	if err != nil || summary.Checked != 0 {
		t.Errorf("after a restart %d images were measured again, %v; want none", summary.Checked, err)
	}
	for range 3 {
		step()
	}
	if states, err = h.Incidents(t.Context()); err != nil || len(states) != 1 {
		t.Errorf("after a restart %d incidents, %v; want one", len(states), err)
	}
	if err := h.FileImpact(t.Context(), h.as("nora"), states[0].ID, ""); err != nil {
		t.Fatal(err)
	}
	impact := h.state(states[0].ID).Impact
	if impact.Affected != 3 || impact.Checked != 3 || len(impact.Images) != 3 || impact.Deliveries != nil {
		t.Errorf("impact = %+v, want 3 distinct images with pictures and no count of deliveries without a log", impact)
	}
}

func TestUnansweredIncidentIsPagedAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.declare()
	h.idle()
	h.move(6 * time.Minute)
	if err := h.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.idle()
	if nora, all := h.channel.count("acknowledge-"+string(h.persons["nora"].ID)), h.channel.count(id+"/acknowledge"); nora != 2 || all != 3 {
		t.Errorf("after 6 minutes without an answer %d pages reached the on-call and %d anybody; want 2 and, with the lead, 3", nora, all)
	}
}

func TestCommandsAreRefusedToWhoMayNot(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.declare()
	viewer := people.Actor{ID: "u-viewer", Role: people.Viewer}
	for name, err := range map[string]error{
		"nobody":      h.Do(t.Context(), people.Actor{}, id, incident.Acknowledge{}),
		"acknowledge": h.Do(t.Context(), viewer, id, incident.Acknowledge{}),
		"draft":       h.DraftPostmortem(t.Context(), viewer, id),
		"edit":        h.EditPostmortem(t.Context(), viewer, id, web.EditPostmortem{Markdown: "# Incident " + id + "\n"}),
		"impact":      h.FileImpact(t.Context(), viewer, id, ""),
		"evidence":    h.AddEvidence(t.Context(), viewer, id, web.EvidenceUpload{Path: "a.txt", Kind: "other", Data: strings.NewReader("x")}),
		"replay":      func() error { _, err := h.RunTest(t.Context(), viewer, id, web.RunTest{}); return err }(),
		"make test":   func() error { _, err := h.WriteTest(t.Context(), viewer, id, "x"); return err }(),
		"declare": func() error {
			_, err := h.Declare(t.Context(), viewer, web.Declaration{Pipeline: "catalogue", Severity: "S1", Title: "x"})
			return err
		}(),
	} {
		if !errors.Is(err, journal.ErrForbidden) {
			t.Errorf("%s gave %v, want ErrForbidden", name, err)
		}
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if _, err := h.AddPerson(t.Context(), people.Person{Login: "paul", Role: people.Viewer}, "long enough it is"); err != nil {
		t.Fatal(err)
	}
	if p, err := h.SignIn(t.Context(), "paul", "long enough it is"); err != nil || p.Login != "paul" {
		t.Errorf("signing in gave %+v, %v", p, err)
	}
	for name, c := range map[string][2]string{"wrong password": {"paul", "long enough it was"}, "unknown": {"nobody", "long enough it is"}, "no password set": {"nora", ""}} {
		if _, err := h.SignIn(t.Context(), c[0], c[1]); !errors.Is(err, journal.ErrForbidden) {
			t.Errorf("%s gave %v, want ErrForbidden", name, err)
		}
	}
	if _, err := h.AddPerson(t.Context(), people.Person{Login: "paul", Role: people.Viewer}, ""); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("a login twice gave %v, want ErrConflict", err)
	}
	if _, err := HashPassword("short"); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a short password gave %v, want ErrInvalid", err)
	}
	secret, err := h.AddToken(t.Context(), "paul", "ci", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := h.ByToken(t.Context(), secret); err != nil || p.Login != "paul" {
		t.Errorf("the token gave %+v, %v", p, err)
	}
	old, err := h.AddToken(t.Context(), "paul", "old", time.Now().Add(-time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{old, secret + "x", ""} {
		if _, err := h.ByToken(t.Context(), bad); !errors.Is(err, journal.ErrForbidden) {
			t.Errorf("token %q gave %v, want ErrForbidden", bad, err)
		}
	}
}

func TestContainingAnUnknownRouteIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.declare()
	err := h.Do(t.Context(), h.as("nora"), id, incident.DisableRoute{Route: "catalog"})
	if !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), "routes: catalogue") {
		t.Errorf("containing an unknown route gave %v, want ErrInvalid with the routes there are", err)
	}
	if m := h.state(id).Mitigations; len(m) != 0 {
		t.Errorf("a refused containment left %v", m)
	}
}
