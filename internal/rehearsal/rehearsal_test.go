package rehearsal

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

var (
	monitor = people.Monitor()
	nora    = people.Actor{ID: "nora", Role: people.Responder}
	noon    = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
)

// course takes a rehearsal through commands.
type course struct {
	t       *testing.T
	now     time.Time
	entries []journal.Entry
	state   State
	queued  []Step
}

func (c *course) do(by people.Actor, command Command) error {
	c.t.Helper()
	change, err := Decide(c.state, command, Env{Now: c.now, By: by})
	if err != nil {
		return err
	}
	head := journal.Head{}
	if n := len(c.entries); n > 0 {
		head = journal.Head{Size: c.entries[n-1].Seq, Hash: c.entries[n-1].Hash}
	}
	for _, d := range change.Events {
		e, err := journal.Seal(d, head, c.now)
		if err != nil {
			c.t.Fatal(err)
		}
		head = journal.Head{Size: e.Seq, Hash: e.Hash}
		c.entries = append(c.entries, e)
	}
	for _, e := range change.Effects {
		c.queued = append(c.queued, e.Data.(StepEffect).Step)
	}
	if c.state, err = Fold(c.entries); err != nil {
		c.t.Fatal(err)
	}
	return nil
}

func begin(t *testing.T) *course {
	t.Helper()
	c := &course{t: t, now: noon}
	if err := c.do(nora, Start{"REHEARSAL-2026-11-28-01", Started{Pipeline: "catalogue", Clock: 1800}}); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestWalk takes rehearsals through random outcomes, repetitions and ends: the effect that is queued last is always that of the
// next step, a step is recorded once and in its order, and after the end nothing happens.
func TestWalk(t *testing.T) {
	t.Parallel()
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 7))
		c := begin(t)
		for range 40 {
			before := len(c.entries)
			step, over := c.state.Next(), c.state.Over()
			command := Command(Record{Done{Step: Steps()[random.IntN(len(Steps()))], Outcome: Passed, Millis: 5}})
			switch random.IntN(10) {
			case 0:
				command = Interrupt{}
			case 1, 2, 3, 4, 5:
				command = Record{Done{Step: step, Outcome: []Outcome{Passed, Passed, Failed, Skipped}[random.IntN(4)], Millis: 5}}
			}
			if random.IntN(30) == 0 {
				command = Interrupt{}
			} else if _, ends := command.(Interrupt); ends && seed%3 > 0 {
				continue
			}
			if err := c.do(monitor, command); err != nil {
				t.Fatalf("seed %d: %T: %v", seed, command, err)
			}
			if grew := len(c.entries) > before; over && grew {
				t.Fatalf("seed %d: %+v changes a rehearsal that is over", seed, command)
			}
			if !c.state.Over() && c.queued[len(c.queued)-1] != c.state.Next() {
				t.Fatalf("seed %d: %v is queued, want %s", seed, c.queued, c.state.Next())
			}
		}
		failed := false
		for i, d := range c.state.Done {
			if d.Step != Steps()[i] {
				t.Fatalf("seed %d: step %d is %s", seed, i, d.Step)
			}
			failed = failed || d.Outcome == Failed
		}
		if whole := len(c.state.Done) == len(Steps()); c.state.Over() != (whole || c.state.Interrupted) || c.state.Passed() != (whole && !failed && !c.state.Interrupted) {
			t.Fatalf("seed %d: %+v", seed, c.state)
		}
		if c.state.Took() != time.Duration(len(c.state.Done))*5*time.Millisecond {
			t.Fatalf("seed %d: it took %v", seed, c.state.Took())
		}
	}
}

// TestLacks skips what needs a step that did not pass, and nothing else.
func TestLacks(t *testing.T) {
	t.Parallel()
	c := begin(t)
	want := map[Step]Step{Deliver: Harm, Measure: Harm, Rule: Measure, Contain: Deliver, Restore: Contain, Isolate: Restore, Release: Isolate}
	for _, step := range Steps() {
		if got := c.state.Lacks(); got != want[step] {
			t.Errorf("%s lacks %q, want %q", step, got, want[step])
		}
		outcome := Passed
		if step == Harm {
			outcome = Failed
		} else if want[step] != "" {
			outcome = Skipped
		}
		if err := c.do(monitor, Record{Done{Step: step, Outcome: outcome}}); err != nil {
			t.Fatal(err)
		}
	}
	if !c.state.Over() || c.state.Passed() || c.state.Next() != "" {
		t.Errorf("it ends as %+v", c.state)
	}
}

func TestWhoMay(t *testing.T) {
	t.Parallel()
	for _, by := range []people.Actor{{}, {ID: "v", Role: people.Viewer}, {ID: "b", Role: people.Board}} {
		if _, err := Decide(State{}, Start{"R", Started{Pipeline: "p"}}, Env{Now: noon, By: by}); !errors.Is(err, journal.ErrForbidden) {
			t.Errorf("%+v starts: %v", by, err)
		}
	}
	if _, err := Decide(State{}, Start{ID: "R"}, Env{Now: noon, By: nora}); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("of no pipeline: %v", err)
	}
	c := begin(t)
	if err := c.do(nora, Start{"REHEARSAL-2026-11-28-01", Started{Pipeline: "p"}}); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("again: %v", err)
	}
	for _, command := range []Command{Record{Done{Step: Prepare}}, Interrupt{}} {
		if err := c.do(nora, command); !errors.Is(err, journal.ErrForbidden) {
			t.Errorf("%T by a person: %v", command, err)
		}
	}
}

func TestPlanned(t *testing.T) {
	t.Parallel()
	c := Config{On: "Monday", At: "10:30", TimeZone: "Europe/Paris"}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	monday := time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)
	for now := monday; now.Before(monday.AddDate(0, 0, 7)); now = now.Add(31 * time.Minute) {
		if got := c.Last(now); !got.Equal(monday) {
			t.Fatalf("at %v the last was planned at %v", now, got)
		}
		if got := c.Next(now); !got.Equal(monday.AddDate(0, 0, 7)) {
			t.Fatalf("at %v the next is planned at %v", now, got)
		}
	}
	if before := monday.Add(-time.Second); !c.Last(before).Equal(monday.AddDate(0, 0, -7)) {
		t.Errorf("a second before: %v", c.Last(before))
	}
	// Over the end of summer time it is half past ten all the same.
	if got := c.Last(time.Date(2026, 10, 26, 12, 0, 0, 0, time.UTC)); got.Hour() != 10 || got.UTC().Hour() != 9 {
		t.Errorf("in winter: %v", got)
	}
	for _, d := range []struct {
		last, now time.Time
		due       bool
	}{
		{time.Time{}, monday.Add(time.Minute), true},
		{time.Time{}, monday.Add(2 * time.Hour), false}, // there never was one: it waits for its time
		{monday.AddDate(0, 0, -7), monday.Add(50 * time.Hour), true},
		{monday.Add(time.Minute), monday.Add(time.Hour), false},
	} {
		if got := c.Due(d.last, d.now); got != d.due {
			t.Errorf("last %v, now %v: due %v", d.last, d.now, got)
		}
	}
	for _, bad := range []Config{{On: "someday", At: "10:30", TimeZone: "UTC"}, {On: "monday", At: "25:00", TimeZone: "UTC"}, {On: "monday", At: "10:30"}} {
		if bad.Validate() == nil || !bad.Last(noon).IsZero() && bad.TimeZone != "" {
			t.Errorf("%+v is accepted", bad)
		}
	}
}

func TestTurn(t *testing.T) {
	t.Parallel()
	all := []string{"a", "b", "c"}
	for _, c := range []struct {
		named []string
		last  string
		want  string
	}{{nil, "", "a"}, {nil, "a", "b"}, {nil, "c", "a"}, {nil, "gone", "a"}, {[]string{"c", "a"}, "c", "a"}, {[]string{"c", "a"}, "b", "c"}} {
		if got := (Config{Pipelines: c.named}).Turn(all, c.last); got != c.want {
			t.Errorf("of %v after %q it is the turn of %q, want %q", c.named, c.last, got, c.want)
		}
	}
	if got := (Config{}).Turn(nil, "a"); got != "" {
		t.Errorf("of none: %q", got)
	}
}
