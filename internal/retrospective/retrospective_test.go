package retrospective

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
)

var (
	night   = time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC)
	onCall  = people.Actor{ID: "p-oncall", Role: people.Responder}
	lead    = people.Actor{ID: "p-lead", Role: people.Lead}
	brand   = people.Actor{ID: "p-brand", Role: people.Board, Domain: people.Brand}
	viewer  = people.Actor{ID: "p-viewer", Role: people.Viewer}
	robot   = people.Actor{ID: "p-robot", Role: people.Watcher}
	monitor = people.Monitor()
)

// world is one incident.
type world struct {
	t       testing.TB
	now     time.Time
	entries []journal.Entry
	effects []journal.Effect
}

func newWorld(t testing.TB, s pipeline.Severity) *world {
	t.Helper()
	w := &world{t: t, now: night}
	change, err := incident.Decide(incident.State{}, incident.Open{ID: "PM-2025-09-27-01", Opened: incident.Opened{
		Severity: s, Policy: pipeline.DefaultPolicies()[s], Pipeline: "hero", Title: "drift", OnCall: onCall.ID, Lead: lead.ID,
	}}, incident.Env{Now: w.now, By: monitor})
	w.must(change, err)
	w.effects = nil
	return w
}

func (w *world) must(c journal.Change, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	var head journal.Head
	if n := len(w.entries); n > 0 {
		head = journal.Head{Size: int64(n), Hash: w.entries[n-1].Hash}
	}
	for _, d := range c.Events {
		e, err := journal.Seal(d, head, w.now)
		if err != nil {
			w.t.Fatal(err)
		}
		head = journal.Head{Size: e.Seq, Hash: e.Hash}
		w.entries = append(w.entries, e)
	}
	w.effects = append(w.effects, c.Effects...)
}

func fold[T any](w *world, f func([]journal.Entry) (T, error)) T {
	w.t.Helper()
	s, err := f(w.entries)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) try(by people.Actor, c Command) error {
	w.t.Helper()
	change, err := Decide(fold(w, Fold), fold(w, incident.Fold), fold(w, postmortem.Fold), fold(w, prevention.Fold), c, incident.Env{Now: w.now, By: by})
	if err == nil {
		w.must(change, nil)
	}
	return err
}

func (w *world) do(by people.Actor, c Command) {
	w.t.Helper()
	if err := w.try(by, c); err != nil {
		w.t.Fatalf("%T by %s: %v", c, by.ID, err)
	}
}

func (w *world) resolve() {
	w.t.Helper()
	change, err := incident.Decide(fold(w, incident.Fold), incident.Resolve{Text: "the old table is back"}, incident.Env{Now: w.now, By: onCall})
	w.must(change, err)
}

func (w *world) stage() Stage { return fold(w, Fold).Stage(fold(w, incident.Fold)) }

func at(days int) Schedule {
	return Schedule{ScheduleFields: ScheduleFields{At: night.AddDate(0, 0, days), Facilitator: viewer.ID, Invited: []people.ID{onCall.ID, brand.ID}}}
}

func minutes(well string) Minute { return Minute{Minutes: Minutes{Well: []string{well}}} }

// TestMatrix: each command in each stage, by a lead and by the facilitator.
func TestMatrix(t *testing.T) {
	t.Parallel()
	reach := map[Stage]func(*world){
		None:      func(*world) {},
		Due:       func(w *world) { w.resolve() },
		Scheduled: func(w *world) { w.resolve(); w.do(lead, at(0)) },
		Held:      func(w *world) { w.resolve(); w.do(lead, at(0)); w.do(viewer, minutes("the probe proved it")) },
		Skipped:   func(w *world) { w.resolve(); w.do(brand, Skip{SkippedFields{"talked through on the day"}}) },
	}
	want := map[Stage]map[string]error{
		None:      {"minute": journal.ErrConflict},
		Due:       {"minute": journal.ErrConflict},
		Scheduled: {},
		Held:      {"schedule": journal.ErrConflict, "skip": journal.ErrConflict},
		Skipped:   {"schedule": journal.ErrConflict, "minute": journal.ErrConflict},
	}
	for stage, get := range reach {
		for name, c := range map[string]Command{"schedule": at(3), "minute": minutes("people spoke up early"), "skip": Skip{SkippedFields{"r"}}} {
			w := newWorld(t, "S1")
			get(w)
			if w.stage() != stage {
				t.Fatalf("reached %s, want %s", w.stage(), stage)
			}
			by := lead
			if name == "skip" {
				by = brand
			}
			if err := w.try(by, c); !errors.Is(err, want[stage][name]) {
				t.Errorf("%s when %s = %v, want %v", name, stage, err, want[stage][name])
			}
		}
	}
}

// TestWhoMay: each command by each role; the facilitator may whatever the role.
func TestWhoMay(t *testing.T) {
	t.Parallel()
	may := map[string][]people.Actor{"schedule": {lead, viewer}, "minute": {lead, viewer}, "skip": {lead, brand}, "remind": nil}
	for name, c := range map[string]Command{"schedule": at(1), "minute": minutes("x"), "skip": Skip{SkippedFields{"r"}}, "remind": Remind{}} {
		for _, by := range []people.Actor{onCall, lead, brand, viewer, robot, {}} {
			w := newWorld(t, "S1")
			w.resolve()
			w.do(lead, at(0))
			err := w.try(by, c)
			if allowed := slices.Contains(may[name], by); allowed && err != nil || !allowed && !errors.Is(err, journal.ErrForbidden) {
				t.Errorf("%s by %q (%s) = %v, want allowed: %v", name, by.ID, by.Role, err, allowed)
			}
		}
	}
}

// TestDue: by policy after the resolution, after the publication once there is one; never for a severity without.
func TestDue(t *testing.T) {
	t.Parallel()
	inc := incident.State{ID: "PM-1", Policy: pipeline.DefaultPolicies()["S1"]}
	if !DueAt(inc).IsZero() || (State{}).Stage(inc) != None {
		t.Error("one is due before the incident is over")
	}
	inc.Resolved = &incident.Mark{At: night}
	if got := DueAt(inc); !got.Equal(night.AddDate(0, 0, 5)) || (State{}).Stage(inc) != Due {
		t.Errorf("after the resolution it is due %s", got)
	}
	inc.PublishedAt = &incident.Mark{At: night.AddDate(0, 0, 2)}
	if got := DueAt(inc); !got.Equal(night.AddDate(0, 0, 7)) {
		t.Errorf("after the publication it is due %s", got)
	}
	if inc.Policy = pipeline.DefaultPolicies()["S2"]; !DueAt(inc).IsZero() {
		t.Error("one is due for S2")
	}
}

// TestResults: lessons and actions are filed with the minutes and say where they came from; what is known already is not filed twice.
func TestResults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "S1")
	w.resolve()
	w.do(lead, at(0))
	action := prevention.AddAction{Title: "Probe the hook", Domain: postmortem.Operations, Owner: onCall.ID, Due: "2025-10-10", Impact: "M", Effort: "S"}
	c := Minute{Minutes: Minutes{Badly: []string{"the hook lost its exit status"}, Lucky: []string{"nobody shops at four"}}, Lessons: []string{"Watch exit codes"}, Actions: []prevention.AddAction{action}}
	n := len(w.entries)
	w.do(viewer, c)
	if len(w.entries) != n+3 {
		t.Fatalf("%d events, want minutes, lesson and action", len(w.entries)-n)
	}
	w.do(viewer, c) // the form was sent twice
	c.Actions = nil
	w.do(viewer, c)
	s, pm, p := fold(w, Fold), fold(w, postmortem.Fold), fold(w, prevention.Fold)
	if len(w.entries) != n+3 || len(pm.Lessons) != 1 || pm.Lessons[0].Source != Source || len(p.Actions) != 1 || p.Actions[0].Source != Source {
		t.Errorf("lessons %+v, actions %+v after saying it twice", pm.Lessons, p.Actions)
	}
	if !slices.Equal(s.Lessons, []int{1}) || !slices.Equal(s.Actions, []string{"A1"}) {
		t.Errorf("the minutes name %v and %v", s.Lessons, s.Actions)
	}
	bad := c
	bad.Actions = []prevention.AddAction{{Title: "no owner"}}
	if err := w.try(viewer, bad); !errors.Is(err, journal.ErrInvalid) || len(w.entries) != n+3 {
		t.Errorf("an action without an owner = %v, and %d events", err, len(w.entries)-n)
	}
}

// TestBlame: words that make people a cause are refused with a way to say it, until somebody says why they stand.
func TestBlame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "S1")
	w.resolve()
	w.do(lead, at(0))
	for _, text := range []string{"The engineer forgot to run the tests", "Une erreur humaine au déploiement", "Klara Weiss broke the table"} {
		c := Minute{Minutes: Minutes{Badly: []string{text}}, Names: []postmortem.Name{{Login: "klara", Full: "Klara Weiss"}}}
		err := w.try(viewer, c)
		var blame *BlameError
		if !errors.As(err, &blame) || !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), blame.Problems[0].Quote) {
			t.Errorf("%q = %v, want it refused with its words", text, err)
		}
	}
	c := Minute{Minutes: Minutes{Badly: []string{"The engineer forgot to run the tests"}, Words: "a quotation of the ticket"}}
	if err := w.try(viewer, c); err != nil {
		t.Errorf("with a reason = %v", err)
	}
	if err := w.try(viewer, minutes("The hook did not fail when the validator did")); err != nil {
		t.Errorf("words about a thing = %v", err)
	}
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "S1")
	w.resolve()
	with := func(f func(*Schedule)) Schedule { c := at(1); f(&c); return c }
	for _, c := range []Command{
		with(func(c *Schedule) { c.Facilitator = "" }), with(func(c *Schedule) { c.At = time.Time{} }), with(func(c *Schedule) { c.At = night.AddDate(2, 0, 0) }),
		with(func(c *Schedule) { c.Changed = []people.ID{viewer.ID} }), with(func(c *Schedule) { c.Place = "a\nb" }),
	} {
		if err := w.try(lead, c); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%+v = %v, want it refused", c, err)
		}
	}
	if err := w.try(lead, with(func(c *Schedule) { c.Invited = make([]people.ID, 101) })); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("a crowd = %v", err)
	}
	w.do(lead, at(1))
	if err := w.try(lead, minutes("x")); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("minutes before it is held = %v", err)
	}
	w.now = night.AddDate(0, 0, 1)
	for _, c := range []Command{Minute{}, Minute{Minutes: Minutes{Well: []string{" "}}}, Minute{Minutes: Minutes{Lucky: []string{"a\nb"}}}} {
		if err := w.try(lead, c); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%+v = %v, want it refused", c, err)
		}
	}
	if err := w.try(brand, Skip{}); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("skipping without a reason = %v", err)
	}
}

// TestRemind: told once before it is due, after it at once and each week, and no more once there are minutes.
func TestRemind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "S1")
	w.resolve()
	var got []string
	days := func(n int) {
		for range n {
			w.now = w.now.AddDate(0, 0, 1)
			for range 2 {
				w.effects = nil
				w.do(monitor, Remind{})
				for _, e := range w.effects {
					i := e.Data.(incident.InformEffect)
					got = append(got, fmt.Sprint(w.now.Format("01-02 "), i.What, " ", i.To))
				}
			}
		}
	}
	days(14)
	w.do(lead, at(20))
	days(9)
	want := []string{
		"09-30 retrospective-soon p-lead", "10-03 retrospective-late p-lead", "10-10 retrospective-late p-lead",
		"10-18 retrospective-late p-lead", "10-18 retrospective-late p-viewer",
	}
	if !slices.Equal(got, want) {
		t.Errorf("told are\n%q, want\n%q", got, want)
	}
	w.do(viewer, minutes("x"))
	if got = nil; true {
		if days(30); len(got) != 0 {
			t.Errorf("it was held, and told are %q", got)
		}
	}
}

// TestWalk: whatever happens in whatever order, the laws hold.
func TestWalk(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 9))
		w := newWorld(t, []pipeline.Severity{"S0", "S1", "S2", "S3"}[r.IntN(4)])
		actors := []people.Actor{onCall, lead, brand, viewer, robot, monitor}
		for range 50 {
			w.now = w.now.Add(time.Duration(r.IntN(50)) * time.Hour)
			before, was := fold(w, Fold), w.stage()
			schedule := at(0)
			schedule.At = w.now.Add(time.Duration(r.IntN(100)-20) * time.Hour)
			c := []Command{schedule, minutes(fmt.Sprint("thing ", r.IntN(3))), Skip{SkippedFields{"r"}}, Remind{}, schedule, Remind{}}[r.IntN(6)]
			if _, skip := c.(Skip); skip && r.IntN(4) > 0 {
				continue
			}
			_ = w.try(actors[r.IntN(len(actors))], c) // a refusal changes nothing
			if r.IntN(9) == 0 && fold(w, incident.Fold).Resolved == nil {
				w.resolve()
			}
			w.laws(before, was)
		}
	}
}

func (w *world) laws(before State, was Stage) {
	w.t.Helper()
	after, now := fold(w, Fold), w.stage()
	switch {
	case was == Held && (now != Held || !reflect.DeepEqual(after.HeldAt, before.HeldAt)):
		w.t.Fatalf("a held one became %s", now)
	case was == Skipped && !reflect.DeepEqual(after, before):
		w.t.Fatalf("a skipped one changed: %+v", after)
	case now == Held && (after.Schedule == nil || after.Minutes == nil || after.SkippedAt != nil):
		w.t.Fatalf("held without schedule or minutes: %+v", after)
	case (now == Held || now == Skipped || now == None) && !after.Deadline(fold(w, incident.Fold)).IsZero():
		w.t.Fatalf("nothing is expected, and there is a deadline: %s", now)
	}
}
