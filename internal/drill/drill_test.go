package drill

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

var (
	monitor = people.Monitor()
	ada     = people.Actor{ID: "ada", Role: people.Administrator}
	nora    = people.Actor{ID: "nora", Role: people.Responder}
	noon    = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	mail    = Way{"nora", "e-mail"}
	slack   = Way{"nora", "slack"}
	wall    = Way{"", "webhook-wall"}
)

// course takes an exercise through commands.
type course struct {
	t       *testing.T
	now     time.Time
	entries []journal.Entry
	state   State
}

func (c *course) do(by people.Actor, command Command) (journal.Change, error) {
	c.t.Helper()
	change, err := Decide(c.state, command, Env{Now: c.now, By: by})
	if err != nil {
		return change, err
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
	if c.state, err = Fold(c.entries); err != nil {
		c.t.Fatal(err)
	}
	return change, nil
}

func begin(t *testing.T) *course {
	t.Helper()
	c := &course{t: t, now: noon}
	change, err := c.do(ada, Start{ID: "DRILL-2026-11-27-01", Ways: []Way{mail, slack, wall}})
	if err != nil || len(change.Effects) != 3 {
		t.Fatalf("starting gives %d effects, %v", len(change.Effects), err)
	}
	return c
}

func TestCourse(t *testing.T) {
	t.Parallel()
	c := begin(t)
	c.now = noon.Add(2 * time.Second)
	for _, w := range []Way{mail, slack} {
		if _, err := c.do(monitor, Record{Outcome{Way: w, Receipt: "r"}, true}); err != nil {
			t.Fatal(err)
		}
	}
	if again, err := c.do(monitor, Record{Outcome{Way: mail}, true}); err != nil || len(again.Events) > 0 {
		t.Errorf("a message that was taken is taken again: %v, %v", again.Events, err)
	}
	if c.state.Over() || len(c.state.Failed()) != 0 || c.state.Wanted(mail) || !c.state.Wanted(wall) || c.state.Wanted(Way{"zoe", "slack"}) {
		t.Errorf("with one message open: %+v", c.state)
	}
	if early, err := c.do(monitor, End{}); err != nil || len(early.Events) > 0 {
		t.Errorf("before its time it ends: %v, %v", early.Events, err)
	}
	if _, err := c.do(monitor, Record{Outcome{Way: wall}, true}); err != nil || !c.state.Over() || len(c.state.Failed()) != 0 {
		t.Errorf("all is taken: %+v, %v", c.state, err)
	}
	if c.state.Copies[0].TakenAt.Sub(c.state.At) != 2*time.Second || c.state.Copies[0].Receipt != "r" {
		t.Errorf("the first copy is %+v", c.state.Copies[0])
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	c := begin(t)
	if _, err := c.do(monitor, Record{Outcome{Way: slack, Reason: "channel_not_found"}, false}); err != nil {
		t.Fatal(err)
	}
	c.now = c.state.DueAt()
	if _, err := c.do(monitor, End{}); err != nil || !c.state.Over() {
		t.Fatalf("after its time: %+v, %v", c.state, err)
	}
	var failed []Way
	for _, f := range c.state.Failed() {
		failed = append(failed, f.Way)
	}
	if want := []Way{mail, slack, wall}; !slices.Equal(failed, want) {
		t.Errorf("failed %v, want %v", failed, want)
	}
	if change, err := c.do(monitor, Record{Outcome{Way: mail}, true}); err != nil || len(change.Events) > 0 || c.state.Wanted(mail) {
		t.Errorf("a message after the end counts: %v, %v", change.Events, err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	c := begin(t)
	many := make([]Way, maxCopies+1)
	for name, x := range map[string]struct {
		state   State
		by      people.Actor
		command Command
		want    error
	}{
		"nobody":           {State{}, people.Actor{}, Start{ID: "DRILL-1", Ways: []Way{mail}}, journal.ErrForbidden},
		"responder starts": {State{}, nora, Start{ID: "DRILL-1", Ways: []Way{mail}}, journal.ErrForbidden},
		"no way":           {State{}, ada, Start{ID: "DRILL-1"}, journal.ErrInvalid},
		"too many":         {State{}, ada, Start{ID: "DRILL-1", Ways: many}, journal.ErrTooLarge},
		"twice":            {c.state, ada, Start{ID: "DRILL-1", Ways: []Way{mail}}, journal.ErrConflict},
		"person records":   {c.state, ada, Record{Outcome{Way: mail}, true}, journal.ErrForbidden},
		"person ends":      {c.state, ada, End{}, journal.ErrForbidden},
	} {
		if _, err := Decide(x.state, x.command, Env{Now: noon, By: x.by}); !errors.Is(err, x.want) {
			t.Errorf("%s gives %v, want %v", name, err, x.want)
		}
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	daily := Config{Every: 24 * time.Hour, At: "10:00", TimeZone: "Europe/Paris"}
	at := func(text string) time.Time {
		v, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, x := range []struct {
		now, last, next string
	}{
		{"2026-11-27T08:59:59Z", "2026-11-26T09:00:00Z", "2026-11-27T09:00:00Z"},
		{"2026-11-27T09:00:00Z", "2026-11-27T09:00:00Z", "2026-11-28T09:00:00Z"},
		{"2026-03-28T12:00:00Z", "2026-03-28T09:00:00Z", "2026-03-29T08:00:00Z"}, // summer time begins between them
	} {
		if got := daily.Last(at(x.now)); !got.Equal(at(x.last)) {
			t.Errorf("the last before %s was planned at %v, want %s", x.now, got.UTC(), x.last)
		}
		if got := daily.Next(at(x.now)); !got.Equal(at(x.next)) {
			t.Errorf("the next after %s is planned at %v, want %s", x.now, got.UTC(), x.next)
		}
	}
	weekly := daily
	weekly.Every = 168 * time.Hour
	if a, b := weekly.Last(noon), weekly.Next(noon); b.Sub(a) != 168*time.Hour || a.After(noon) || !b.After(noon) || !weekly.Last(a.Add(time.Hour)).Equal(a) {
		t.Errorf("weekly: %v, then %v", a, b)
	}
	ten := at("2026-11-27T09:00:00Z")
	for name, x := range map[string]struct {
		last, now time.Time
		want      bool
	}{
		"its time":        {ten.Add(-day), ten, true},
		"never before":    {time.Time{}, ten.Add(time.Minute), true},
		"held already":    {ten, ten.Add(time.Minute), false},
		"before its time": {ten.Add(-day), ten.Add(-time.Second), false},
		"missed":          {ten.Add(-day), ten.Add(late), false},
	} {
		if got := daily.Due(x.last, x.now); got != x.want {
			t.Errorf("%s: due %v, want %v", name, got, x.want)
		}
	}
	for name, bad := range map[string]Config{
		"hours": {Every: 6 * time.Hour, At: "10:00", TimeZone: "UTC"}, "no time": {Every: day, TimeZone: "UTC"},
		"no zone": {Every: day, At: "10:00"}, "no such zone": {Every: day, At: "10:00", TimeZone: "Paris"}, "seldom": {Every: 32 * day, At: "10:00", TimeZone: "UTC"},
	} {
		if err := bad.Validate(); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s gives %v", name, err)
		}
	}
	if err := daily.Validate(); err != nil || (Config{}).Due(time.Time{}, noon) {
		t.Errorf("a good one gives %v", err)
	}
}
