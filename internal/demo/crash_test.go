package demo_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestServerKilledDuringContainment kills the server with SIGKILL at random
// moments around a containment and starts it again: the incident is where it
// was, the route ends up disabled and proven, and nothing is done twice.
func TestServerKilledDuringContainment(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	for round := range 6 {
		h.serve()
		var declared struct{ ID string }
		body := fmt.Sprintf(`{"pipeline":"catalogue","severity":"S1","title":"round %d"}`, round)
		if code := h.call("nora", "POST", "/incidents", body, &declared); code/100 != 2 {
			t.Fatalf("declaring gave %d", code)
		}
		h.killDuring(declared.ID, random)
		h.serve()
		until(t, "the proof of containment, and the page that was cut off", func() bool {
			entries := h.journalOf(declared.ID)
			return strings.Contains(entries, "incident.mitigation-proven") && strings.Contains(entries, "incident.page-sent")
		})
		h.check(declared.ID)
		var problem struct{ Detail string }
		if code := h.call("nora", "POST", "/incidents/"+declared.ID+"/undo", `{"id":"M1"}`, &problem); code/100 != 2 {
			t.Fatalf("undo gave %d: %s\n%s", code, problem.Detail, h.journalOf(declared.ID))
		}
		until(t, "the undo", func() bool { return strings.Contains(h.journalOf(declared.ID), "incident.undone") })
		h.server.kill()
	}
	if out := string(h.run("", "journal", "verify")); !strings.Contains(out, "whole") {
		t.Errorf("the journal is damaged: %s", out)
	}
}

// killDuring asks for the containment and kills the server a random moment later.
func (h *house) killDuring(id string, random *rand.Rand) {
	h.t.Helper()
	delay := time.Duration(random.IntN(120)) * time.Millisecond
	accepted := make(chan int, 1)
	go func() {
		accepted <- h.call("nora", "POST", "/incidents/"+id+"/disable-route", `{"route":"catalogue"}`, nil)
	}()
	select {
	case code := <-accepted:
		accepted <- code
		time.AfterFunc(delay, func() { _ = h.server.cmd.Process.Kill() })
		_ = h.server.cmd.Wait()
	case <-time.After(delay):
		h.server.kill()
	}
	if code := <-accepted; code/100 != 2 {
		// The server died before it answered: whether the request was
		// committed is not known, so it is asked again, which must be harmless.
		h.serve()
		if code := h.call("nora", "POST", "/incidents/"+id+"/disable-route", `{"route":"catalogue"}`, nil); code/100 != 2 {
			h.t.Fatalf("containing again gave %d", code)
		}
		h.server.kill()
	}
}

// journalOf gives the entries of one incident as they are exported.
func (h *house) journalOf(id string) string {
	h.t.Helper()
	var b strings.Builder
	for line := range strings.Lines(string(h.run("", "journal", "export"))) {
		if strings.Contains(line, `"stream":"`+id+`"`) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// check counts what must stand in the journal exactly once.
func (h *house) check(id string) {
	h.t.Helper()
	counts := map[string]int{}
	for line := range strings.Lines(h.journalOf(id)) {
		var l struct{ Entry struct{ Type string } }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			h.t.Fatal(err)
		}
		counts[l.Entry.Type]++
	}
	for _, once := range []string{
		"incident.opened", "incident.paged", "incident.page-sent",
		"incident.mitigation-requested", "incident.mitigation-applied", "incident.mitigation-proven",
	} {
		if counts[once] != 1 {
			h.t.Errorf("%s: %s stands %d times in the journal, want once\n%s", id, once, counts[once], h.journalOf(id))
		}
	}
}
