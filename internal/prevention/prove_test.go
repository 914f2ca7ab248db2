package prevention

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// tested gives a stream with an open action and an accepted test.
func tested(t *testing.T) *stream {
	t.Helper()
	s := &stream{t: t}
	if err := s.do(good, lead()); err != nil {
		t.Fatal(err)
	}
	ok := func(digest string) Run { return Run{Subject: digest, SHA256: digest, Images: 1} }
	accepted := TestAccepted{Name: "pm-2025-09-27-01", Bad: Run{Subject: "bad", Images: 1, Violations: []Violation{{}}}, Fix: ok("f"), Controls: []Run{ok("1"), ok("2"), ok("3")}}
	if err := s.do(AcceptTest{accepted}, lead()); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestProofs: what closes an action at once, what waits for a second person, and what is none.
func TestProofs(t *testing.T) {
	t.Parallel()
	for proof, want := range map[string]string{
		"pm-2025-09-27-01":                "closed",
		"test pm-2025-09-27-01":           "closed",
		"gate":                            "closed",
		"guards.luts":                     "none",
		"pm-2025-09-27-02":                "none",
		"https://git.example/shop/pull/7": "waits",
		"done in 3f2a910":                 "waits",
		"see http://x":                    "none",
		"it is done":                      "none",
		"decade":                          "none",
		"  ":                              "none",
	} {
		s := tested(t)
		err := s.do(CloseAction{ID: "A1", Proof: proof, Guards: []string{"gate"}}, lead())
		a, got := s.state().Actions[0], "none"
		switch {
		case a.Closed != nil:
			got = "closed"
		case a.Waits():
			got = "waits"
		}
		if got != want || (want == "none") != errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%q: %s (%v), want %s", proof, got, err, want)
		}
	}
}

// TestProofWalk: whatever people do, an action is closed by an accepted test, or by a proof of one person that another has looked at, and by nothing
// else.
func TestProofWalk(t *testing.T) {
	t.Parallel()
	persons := []people.ID{"u-a", "u-b", "u-c"}
	closed := 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		s := tested(t)
		given := map[people.ID]bool{} // since it was opened last
		for range 25 {
			by := incident.Env{Now: night, By: people.Actor{ID: persons[r.IntN(3)], Role: people.Lead}}
			before := s.state().Actions[0]
			var c Command
			switch r.IntN(6) {
			case 0:
				c = CloseAction{ID: "A1", Proof: "https://git.example/" + string(rune('a'+r.IntN(3)))}
			case 1, 2:
				c = ConfirmAction{ID: "A1"}
			case 3:
				c = DoubtAction{"A1", "it is red"}
			case 4:
				c = ReopenAction{"A1", "it came back"}
			case 5:
				if r.IntN(6) == 0 {
					c = CloseAction{ID: "A1", Proof: "pm-2025-09-27-01"}
				} else {
					continue
				}
			}
			err := s.do(c, by)
			after := s.state().Actions[0]
			if before.Closed == nil && after.Closed != nil {
				closed++
				_, confirmed := c.(ConfirmAction)
				if confirmed && (before.Given == nil || before.Given.By == by.By.ID || !given[before.Given.By] || after.Proof != before.Given.Text) || !confirmed && after.Proof != "pm-2025-09-27-01" {
					t.Fatalf("seed %d: %T by %s closed %+v: %+v", seed, c, by.By.ID, before, after)
				}
			}
			if err != nil && len(s.entries) > 0 && (after.Closed != nil) != (before.Closed != nil) {
				t.Fatalf("seed %d: %T was refused (%v) and changed it", seed, c, err)
			}
			if after.Waits() && (before.Given == nil || *before.Given != *after.Given) {
				given[by.By.ID] = true
			}
		}
	}
	if closed < 100 {
		t.Errorf("closed %d times: the walk does not get there", closed)
	}
}

// TestCauseComesBack: what was closed before is open again, once, with the reason; what was closed since then stays.
func TestCauseComesBack(t *testing.T) {
	t.Parallel()
	s := tested(t)
	at := func(d time.Duration, by people.Actor) incident.Env { return incident.Env{Now: night.Add(d), By: by} }
	close := CloseAction{ID: "A1", Proof: "pm-2025-09-27-01"}
	if err := s.do(close, lead()); err != nil {
		t.Fatal(err)
	}
	back := ReopenForCause{Since: night.Add(24 * time.Hour), Reason: "it came back in PM-2025-09-28-01"}
	if err := s.do(back, lead()); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("a person gave %v", err)
	}
	if err := s.do(back, at(25*time.Hour, people.Monitor())); err != nil {
		t.Fatal(err)
	}
	if a := s.state().Actions[0]; a.Closed != nil {
		t.Fatalf("it is closed still: %+v", a)
	}
	if err := s.do(close, at(26*time.Hour, lead().By)); err != nil {
		t.Fatal(err)
	}
	n := len(s.entries)
	if err := s.do(back, at(27*time.Hour, people.Monitor())); err != nil || len(s.entries) != n {
		t.Errorf("what was closed since was opened again: %v", err)
	}
}
