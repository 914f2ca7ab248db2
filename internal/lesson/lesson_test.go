package lesson

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

var (
	night   = time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC)
	onCall  = people.Actor{ID: "p-oncall", Role: people.Responder}
	lead    = people.Actor{ID: "p-lead", Role: people.Lead}
	brand   = people.Actor{ID: "p-brand", Role: people.Board, Domain: people.Brand}
	viewer  = people.Actor{ID: "p-viewer", Role: people.Viewer}
	robot   = people.Actor{ID: "p-robot", Role: people.Watcher}
	nobody  = people.Actor{}
	monitor = people.Monitor()
)

// world is one incident with two lessons.
type world struct {
	t       testing.TB
	now     time.Time
	entries []journal.Entry
	effects []journal.Effect
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, now: night}
	inc := incident.State{}
	change, err := incident.Decide(inc, incident.Open{ID: "PM-2025-09-27-01", Opened: incident.Opened{
		Severity: "S1", Policy: pipeline.DefaultPolicies()["S1"], Pipeline: "hero", Title: "drift", OnCall: onCall.ID, Lead: lead.ID,
	}}, incident.Env{Now: w.now, By: monitor})
	w.must(change, err)
	for _, text := range []string{"Documenter les étapes de revue", "Relire les hooks comme du code"} {
		change, err := postmortem.Decide(w.analysis(), w.incident(), postmortem.AddLesson{LessonFields: postmortem.LessonFields{Text: text}}, incident.Env{Now: w.now, By: lead})
		w.must(change, err)
	}
	w.effects = nil
	return w
}

func (w *world) incident() incident.State {
	s, err := incident.Fold(w.entries)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) analysis() postmortem.State {
	s, err := postmortem.Fold(w.entries)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) state() State {
	s, err := Fold(w.entries)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
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

// try decides a command and appends what follows.
func (w *world) try(by people.Actor, c Command) error {
	w.t.Helper()
	change, err := Decide(w.state(), w.incident(), c, incident.Env{Now: w.now, By: by})
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

func plan(id string, owner people.ID, due string) SetChange {
	return SetChange{ChangeFields{ID: id, Lesson: 1, Kind: Governance, Title: "Runbook d’astreinte", Owner: owner, Due: due}}
}

// TestWhoMay: each command by each role.
func TestWhoMay(t *testing.T) {
	t.Parallel()
	commands := map[string]Command{
		"address": Address{Addressed: Addressed{1, Audience{Roles: []people.Role{people.Responder}}}},
		"ack":     Acknowledge{Acknowledged{1}}, "set": plan("", "p-viewer", "2025-10-01"), "reset": plan("K1", "p-lead", "2025-10-02"),
		"finish": FinishChange{"K1", "https://wiki/runbook"}, "drop": DropChange{"K1", "another rule covers it"}, "remind": Remind{},
	}
	may := map[string][]people.Actor{
		"address": {onCall, lead}, "ack": {onCall, lead, brand, viewer}, "set": {onCall, lead}, "reset": {onCall, lead},
		"finish": {onCall, lead, viewer}, // it is the viewer's own
		"drop":   {lead}, "remind": {monitor},
	}
	for name, c := range commands {
		for _, by := range []people.Actor{onCall, lead, brand, viewer, robot, nobody, monitor} {
			w := newWorld(t)
			w.do(lead, plan("", viewer.ID, "2025-10-01"))
			err := w.try(by, c)
			allowed := slices.Contains(may[name], by) || by.System && name != "ack"
			if allowed && err != nil || !allowed && !errors.Is(err, journal.ErrForbidden) {
				t.Errorf("%s by %s (%s) = %v, want allowed: %v", name, by.ID, by.Role, err, allowed)
			}
		}
	}
}

// TestMatrix: each command in each state of a change.
func TestMatrix(t *testing.T) {
	t.Parallel()
	states := map[string]func(*world){
		"none":    func(*world) {},
		"planned": func(w *world) { w.do(lead, plan("", lead.ID, "2025-10-01")) },
		"done": func(w *world) {
			w.do(lead, plan("", lead.ID, "2025-10-01"))
			w.do(lead, FinishChange{"K1", "docs/runbook.md"})
		},
		"dropped": func(w *world) {
			w.do(lead, plan("", lead.ID, "2025-10-01"))
			w.do(lead, DropChange{"K1", "covered"})
		},
	}
	want := map[string]map[string]error{
		"none":    {"set": journal.ErrNotFound, "finish": journal.ErrNotFound, "drop": journal.ErrNotFound},
		"planned": {},
		"done":    {"set": journal.ErrConflict, "finish": journal.ErrConflict, "drop": journal.ErrConflict},
		"dropped": {"set": journal.ErrConflict, "finish": journal.ErrConflict, "drop": journal.ErrConflict},
	}
	for state, reach := range states {
		for name, c := range map[string]Command{"set": plan("K1", onCall.ID, "2025-11-01"), "finish": FinishChange{"K1", "https://x"}, "drop": DropChange{"K1", "r"}} {
			w := newWorld(t)
			reach(w)
			if err := w.try(lead, c); !errors.Is(err, want[state][name]) {
				t.Errorf("%s in state %s = %v, want %v", name, state, err, want[state][name])
			}
		}
	}
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(lead, plan("", lead.ID, "2025-10-01"))
	with := func(f func(*ChangeFields)) SetChange {
		c := plan("", lead.ID, "2025-10-01")
		f(&c.ChangeFields)
		return c
	}
	for _, c := range []Command{
		with(func(f *ChangeFields) { f.Kind = "memo" }), with(func(f *ChangeFields) { f.Title = " " }), with(func(f *ChangeFields) { f.Title = "a\nb" }),
		with(func(f *ChangeFields) { f.Owner = "" }), with(func(f *ChangeFields) { f.Due = "soon" }), DropChange{"K1", " "},
		FinishChange{"K1", ""}, FinishChange{"K1", "javascript:alert(1)"}, FinishChange{"K1", "a b"},
		Address{Addressed: Addressed{1, Audience{Roles: []people.Role{people.Watcher}}}}, Address{Addressed: Addressed{1, Audience{Domains: []people.Domain{"IT"}}}},
	} {
		if err := w.try(lead, c); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%+v = %v, want it refused", c, err)
		}
	}
	for _, c := range []Command{Acknowledge{Acknowledged{3}}, Acknowledge{Acknowledged{0}}, Address{Addressed: Addressed{Lesson: 9}}, with(func(f *ChangeFields) { f.Lesson = 7 })} {
		if err := w.try(lead, c); !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("%+v = %v, want it not found", c, err)
		}
	}
	if err := w.try(lead, Address{Addressed: Addressed{1, Audience{People: make([]people.ID, 201)}}}); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("a crowd = %v, want too large", err)
	}
	if _, err := Decide(State{}, incident.State{}, Remind{}, incident.Env{By: monitor}); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("of no incident = %v", err)
	}
}

// TestOnceEach: an acknowledgement counts once for each person, and whom a lesson is addressed to is told once.
func TestOnceEach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	persons := []people.Person{{ID: onCall.ID, Role: people.Responder}, {ID: viewer.ID, Role: people.Viewer}, {ID: brand.ID, Role: people.Board, Domain: people.Brand}}
	address := func(a Audience) { w.do(lead, Address{Addressed{1, a}, persons}) }
	address(Audience{Roles: []people.Role{people.Responder}})
	for range 2 {
		w.do(onCall, Acknowledge{Acknowledged{1}})
		address(Audience{Roles: []people.Role{people.Responder}, Domains: []people.Domain{people.Brand}})
	}
	l := w.state().Lessons[0]
	if len(l.Acks) != 1 || !l.AckedBy(onCall.ID) || l.AckedBy(viewer.ID) {
		t.Errorf("acknowledgements are %+v, want one", l.Acks)
	}
	var told []people.ID
	for _, e := range w.effects {
		told = append(told, e.Data.(incident.InformEffect).To)
	}
	if !slices.Equal(told, []people.ID{onCall.ID, brand.ID}) {
		t.Errorf("told are %v, want each once", told)
	}
}

// TestFeed: a lesson is integrated once it has a link and nothing of it is open; the document names every place.
func TestFeed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	done := func() bool {
		lines := postmortem.Checklist(w.incident(), w.state().Feed(w.analysis()), nil, w.now)
		i := slices.IndexFunc(lines, func(l postmortem.Line) bool { return l.Name == postmortem.LineLessons })
		return lines[i].Done
	}
	w.do(lead, plan("", lead.ID, "2025-10-01"))
	w.do(lead, FinishChange{"K1", "https://wiki/runbook"})
	if done() {
		t.Error("the second lesson stands nowhere, and the line is ticked")
	}
	change, err := postmortem.Decide(w.analysis(), w.incident(), postmortem.IntegrateLesson{LessonIntegrated: postmortem.LessonIntegrated{Index: 2, Link: "docs/review.md"}}, incident.Env{Now: w.now, By: lead})
	w.must(change, err)
	if !done() {
		t.Error("both lessons stand somewhere, and the line is open")
	}
	w.do(lead, plan("", onCall.ID, "2025-11-01"))
	if done() {
		t.Error("a training is still to come, and the line is ticked")
	}
	w.do(lead, DropChange{"K2", "the runbook is enough"})
	if !done() {
		t.Error("what was to come was dropped, and the line is open")
	}
	d := postmortem.Draft(postmortem.DraftInput{Lang: "en", Incident: w.incident(), Postmortem: w.state().Feed(w.analysis()), Entries: w.entries})
	if want := []postmortem.LessonLink{{Line: 1, Link: "https://wiki/runbook"}, {Line: 2, Link: "docs/review.md"}}; !reflect.DeepEqual(d.Links, want) {
		t.Errorf("the document has %v, want %v", d.Links, want)
	}
}

// TestRemind: an owner is told two days before, once it is late, and a week later with the lead; each once, and never after the end.
func TestRemind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(lead, plan("", onCall.ID, "2025-10-10"))
	var got []string
	for day := range 25 {
		for range 3 {
			w.now = night.AddDate(0, 0, day)
			w.effects = nil
			w.do(monitor, Remind{})
			for _, e := range w.effects {
				i := e.Data.(incident.InformEffect)
				got = append(got, fmt.Sprint(w.now.Format("01-02 "), i.What, " ", i.To))
			}
		}
	}
	want := []string{"10-08 lesson-soon p-oncall", "10-11 lesson-late p-oncall", "10-18 lesson-escalated p-oncall"}
	if !slices.Equal(got, want) {
		t.Errorf("told are %q, want %q", got, want)
	}
	w.do(onCall, FinishChange{"K1", "docs/x.md"})
	w.now, w.effects = w.now.AddDate(1, 0, 0), nil
	if w.do(monitor, Remind{}); len(w.effects) != 0 {
		t.Errorf("a change that is done is recalled: %+v", w.effects)
	}
}

// TestWalk: whatever happens in whatever order, the laws hold, and folding the entries again gives the same.
func TestWalk(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 3))
		w := newWorld(t)
		actors := []people.Actor{onCall, lead, brand, viewer, robot, monitor}
		for range 60 {
			w.now = w.now.Add(time.Duration(r.IntN(30)) * time.Hour)
			by, id := actors[r.IntN(len(actors))], fmt.Sprint("K", r.IntN(6))
			if r.IntN(3) == 0 {
				id = ""
			}
			set := plan(id, actors[r.IntN(4)].ID, w.now.AddDate(0, 0, r.IntN(9)-3).Format(time.DateOnly))
			set.Lesson = r.IntN(4)
			c := []Command{set, set, FinishChange{id, "docs/a.md"}, DropChange{id, "r"}, Acknowledge{Acknowledged{r.IntN(4)}}, Remind{},
				Address{Addressed: Addressed{r.IntN(4), Audience{People: []people.ID{by.ID}}}}}[r.IntN(7)]
			before := w.state()
			_ = w.try(by, c) // a refusal changes nothing
			w.laws(before)
		}
	}
}

// laws are what holds after every step.
func (w *world) laws(before State) {
	w.t.Helper()
	after := w.state()
	seen := map[string]bool{}
	for i, l := range after.Lessons {
		acked := map[people.ID]bool{}
		for _, m := range l.Acks {
			if acked[m.By] {
				w.t.Fatalf("lesson %d is acknowledged twice by %s", l.Number, m.By)
			}
			acked[m.By] = true
		}
		for _, c := range l.Changes {
			if seen[c.ID] || c.Lesson != l.Number || c.Done != nil && c.Dropped != nil || c.Done != nil && c.Link == "" || c.Dropped != nil && c.Reason == "" {
				w.t.Fatalf("change %+v of lesson %d breaks a law", c, l.Number)
			}
			seen[c.ID] = true
		}
		for j, c := range before.Lessons[i].Changes {
			if !c.Open() && !reflect.DeepEqual(c, l.Changes[j]) {
				w.t.Fatalf("a change that had ended changed: %+v, %+v", c, l.Changes[j])
			}
		}
	}
}
