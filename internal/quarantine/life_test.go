package quarantine

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

var (
	responder = people.Actor{ID: "responder", Role: people.Responder}
	viewer    = people.Actor{ID: "viewer", Role: people.Viewer}
	board     = people.Actor{ID: "board", Role: people.Board, Domain: people.Legal}
	monitor   = people.Monitor()
	nobody    = people.Actor{Role: people.Administrator}
)

const (
	id         = "Q-2026-11-26-01"
	judgedAs   = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	evidenceOf = "PM-2026-11-26-07"

	newer = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

func night() time.Time { return time.Date(2026, 11, 26, 4, 12, 0, 0, time.UTC) }

// life is one item with the journal that it has written.
type life struct {
	t       *testing.T
	now     time.Time
	head    journal.Head
	entries []journal.Entry
	effects []journal.Effect
	item    Item
}

func newLife(t *testing.T) *life { return &life{t: t, now: night()} }

// try decides a command and appends what follows from it.
func (l *life) try(by people.Actor, c Command) (journal.Change, error) {
	l.t.Helper()
	change, err := Decide(l.item, c, Env{Now: l.now, By: by})
	if err != nil {
		return change, err
	}
	for _, d := range change.Events {
		e, err := journal.Seal(d, l.head, l.now)
		if err != nil {
			l.t.Fatalf("%T gives an event that cannot be stored: %v", c, err)
		}
		l.head, l.entries = journal.Head{Size: e.Seq, Hash: e.Hash}, append(l.entries, e)
		if err := l.item.apply(e); err != nil {
			l.t.Fatalf("%T gives an event that cannot be folded: %v", c, err)
		}
	}
	l.effects = append(l.effects, change.Effects...)
	return change, nil
}

// do is try for a command that must be possible.
func (l *life) do(by people.Actor, c Command) journal.Change {
	l.t.Helper()
	change, err := l.try(by, c)
	if err != nil {
		l.t.Fatalf("%T by %s while %s: %v", c, by.ID, l.item.Status, err)
	}
	return change
}

func held() Hold {
	return Hold{id, Held{
		Pipeline: "catalogue", Class: "product", Path: "hats/a.jpg", SHA256: judgedAs, Bytes: 5,
		ModifiedAt: time.Date(2026, 11, 26, 4, 11, 0, 123456789, time.UTC), Incident: "PM-2026-11-26-01", Routes: []string{"catalogue"},
		Findings: []Finding{{Kind: "personal", Fields: []string{"GPS:GPSLatitude"}, Entities: []string{"LOCATION"}}},
		Exposure: Exposed([]RouteExposure{{Route: "catalogue", Sight: NotDelivered}}),
	}}
}

func moved(kept bool) RecordMoved { return RecordMoved{Moved{Found: TheImage, Kept: kept}} }

func proof(held bool) RecordProof {
	return RecordProof{Proven{held, []Proof{{"catalogue", incident.Probe{State: "disabled", Status: 200}}}}}
}

// in gives an item in a status.
func in(t *testing.T, s Status) *life {
	t.Helper()
	l := newLife(t)
	if s == "" {
		return l
	}
	l.do(monitor, held())
	switch s {
	case StatusMoving:
	case StatusFailed:
		l.do(monitor, RecordFailure{Failed{Doing: Moving, Reason: "it is a link"}})
	default:
		l.do(monitor, moved(true))
		l.do(monitor, proof(true))
	}
	switch s {
	case StatusReleasing, StatusRestored:
		l.do(responder, Release{"not a person"})
	case StatusDiscarded:
		l.do(responder, Discard{"a new one is made"})
	case StatusSuperseded:
		l.do(monitor, Supersede{Superseded{SHA256: newer}})
	}
	if s == StatusRestored {
		l.do(monitor, RecordRestored{Restored{judgedAs}})
	}
	if l.item.Status != s {
		t.Fatalf("the way to %s leads to %s", s, l.item.Status)
	}
	return l
}

// statuses are the columns of the matrices; the first is an item that is not there.
var statuses = []Status{"", StatusMoving, StatusHeld, StatusFailed, StatusReleasing, StatusRestored, StatusSuperseded, StatusDiscarded}

// outcome is what a command does: y events, e effects alone, o nothing to do, n refused.
func outcome(change journal.Change, err error) string {
	switch {
	case err != nil:
		return "n"
	case len(change.Events) == 0 && len(change.Effects) == 0:
		return "o"
	case len(change.Events) == 0:
		return "e"
	}
	return "y"
}

// TestMachine is the whole state machine as a picture.
func TestMachine(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		want string
		by   people.Actor
		c    Command
	}{
		//none moving held failed releasing restored superseded discarded
		{"y o y y o n n n", monitor, held()},
		{"n y o o o o o o", monitor, moved(true)},
		{"n y o o o o o o", monitor, RecordFailure{Failed{Doing: Moving, Reason: "it is a link"}}},
		{"n o o o y o o o", monitor, RecordFailure{Failed{Doing: Restoring, Reason: "another lies there"}}},
		{"n n n y n n n n", responder, Retry{}},
		{"n n y y n n n n", responder, Release{"not a person"}},
		{"n n y n n n n n", responder, Discard{"a new one is made"}},
		{"n o o o y o o o", monitor, RecordRestored{Restored{judgedAs}}},
		{"n o o o y o o o", monitor, RecordRestored{}},
		{"n o o o n o o o", monitor, RecordRestored{Restored{newer}}},
		{"n y y y y o o o", monitor, Supersede{Superseded{SHA256: newer}}},
		{"n n n n n o o o", monitor, Supersede{Superseded{SHA256: judgedAs}}},
		{"n y y y y o o o", monitor, proof(true)},
		{"n o o o o y y y", monitor, proof(false)},
		{"n o o o o e e e", monitor, RecordLifted{}},
		{"n o o o o y o y", monitor, RecordErased{}},
		{"n o o o o o o y", monitor, RecordRetained{Retained{evidenceOf}}},
		{"n n n n n n n n", monitor, RecordRetained{Retained{id}}},
	} {
		got := ""
		for _, s := range statuses {
			got += " " + outcome(in(t, s).try(row.by, row.c))
		}
		if got[1:] != row.want {
			t.Errorf("%T %+v:\n got %s\nwant %s\n(none moving held failed releasing restored superseded discarded)", row.c, row.c, got[1:], row.want)
		}
	}
}

// TestPermissions is who may do what, each command in a status that allows it.
func TestPermissions(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		want string
		in   Status
		c    Command
	}{
		//viewer responder lead board administrator monitor nobody
		{"n n n n n y n", "", held()},
		{"n n n n n y n", StatusMoving, moved(true)},
		{"n n n n n y n", StatusMoving, RecordFailure{Failed{Doing: Moving, Reason: "why"}}},
		{"n y y n y n n", StatusFailed, Retry{}},
		{"n y y n y n n", StatusHeld, Release{"why"}}, // no machine lets out what it held
		{"n y y n y n n", StatusHeld, Discard{"why"}},
		{"n n n n n y n", StatusReleasing, RecordRestored{}},
		{"n n n n n y n", StatusHeld, Supersede{Superseded{SHA256: newer}}},
		{"n n n n n y n", StatusHeld, proof(true)},
		{"n n n n n y n", StatusDiscarded, RecordLifted{}},
		{"n n n n n y n", StatusDiscarded, RecordErased{}},
		{"n n n n n y n", StatusDiscarded, RecordRetained{Retained{evidenceOf}}},
	} {
		got := ""
		for _, by := range []people.Actor{viewer, responder, {ID: "lead", Role: people.Lead}, board, {ID: "administrator", Role: people.Administrator}, monitor, nobody} {
			mark := outcome(in(t, row.in).try(by, row.c))
			if mark != "n" {
				mark = "y"
			}
			got += " " + mark
		}
		if got[1:] != row.want {
			t.Errorf("%T in %q:\n got %s\nwant %s\n(viewer responder lead board administrator monitor nobody)", row.c, row.in, got[1:], row.want)
		}
	}
}

// TestRefusalKinds proves that a refusal says which kind it is.
func TestRefusalKinds(t *testing.T) {
	t.Parallel()
	with := func(change func(*Hold)) Hold {
		h := held()
		change(&h)
		return h
	}
	for _, row := range []struct {
		in   Status
		by   people.Actor
		c    Command
		want error
	}{
		{"", responder, Release{"why"}, journal.ErrNotFound},
		{StatusHeld, viewer, Release{"why"}, journal.ErrForbidden},
		{StatusHeld, responder, Release{"  "}, journal.ErrInvalid},
		{StatusHeld, responder, Release{strings.Repeat("x", maxReason+1)}, journal.ErrTooLarge},
		{StatusHeld, responder, Discard{"\xff"}, journal.ErrInvalid},
		{StatusMoving, responder, Release{"why"}, journal.ErrConflict},
		{StatusRestored, responder, Discard{"why"}, journal.ErrConflict},
		{StatusDiscarded, monitor, RecordRetained{}, journal.ErrInvalid},
		{StatusHeld, monitor, with(func(h *Hold) { h.SHA256 = newer }), journal.ErrConflict},
		{"", monitor, with(func(h *Hold) { h.Path = "../a.jpg" }), journal.ErrInvalid},
		{"", monitor, with(func(h *Hold) { h.Path = "/a.jpg" }), journal.ErrInvalid},
		{"", monitor, with(func(h *Hold) { h.Path = "." }), journal.ErrInvalid},
		{"", monitor, with(func(h *Hold) { h.Path = "a\x00.jpg" }), journal.ErrInvalid},
		{"", monitor, with(func(h *Hold) { h.Path = strings.Repeat("x", maxPath+1) }), journal.ErrInvalid},
		{"", monitor, with(func(h *Hold) { h.SHA256 = strings.ToUpper(judgedAs) }), journal.ErrInvalid},
		{"", monitor, with(func(h *Hold) { h.Pipeline = "" }), journal.ErrInvalid},
		{"", monitor, with(func(h *Hold) { h.Bytes = -1 }), journal.ErrInvalid},
		{"", monitor, with(func(h *Hold) { h.Findings = nil }), journal.ErrInvalid},
		{"", monitor, with(func(h *Hold) { h.Findings = make([]Finding, 1) }), journal.ErrInvalid},
		{"", monitor, with(func(h *Hold) { h.Findings = make([]Finding, maxFindings+1) }), journal.ErrInvalid},
		{"", monitor, with(func(h *Hold) { h.Routes = make([]string, maxRoutes+1) }), journal.ErrInvalid},
	} {
		if _, err := in(t, row.in).try(row.by, row.c); !errors.Is(err, row.want) {
			t.Errorf("%T %.200v by %s in %q: got %v, want an error of kind %q", row.c, row.c, row.by.ID, row.in, err, row.want)
		}
	}
}

// TestLife follows one image out and back.
func TestLife(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	want := held()
	l.do(monitor, want)
	if got := l.item; got.ID != id || got.Status != StatusMoving || !got.Active() || !got.HeldAt.Equal(night()) || !reflect.DeepEqual(got.Held, want.Held) {
		t.Errorf("held it is %+v", got)
	}
	at := night().Add(time.Second)
	l.do(monitor, RecordMoved{Moved{TheImage, true, 0o640, Exposed([]RouteExposure{{Route: "catalogue", Sight: Delivered, At: &at}})}})
	if got := l.item; got.Status != StatusHeld || !got.Kept || got.MovedAt == nil || !got.Exposure.Public || len(got.Proofs) != 0 {
		t.Errorf("moved it is %+v, want it held, kept, and public by the later evidence", got)
	}
	l.do(monitor, proof(true))
	l.do(monitor, held()) // the pipeline delivers it again
	if got := l.item; got.Status != StatusMoving || got.Returns != 1 {
		t.Errorf("delivered again it is %+v, want it moved again", got)
	}
	l.do(monitor, RecordMoved{Moved{Missing, false, 0, Exposed([]RouteExposure{{Route: "catalogue", Sight: NotDelivered}})}})
	if got := l.item; !got.Kept || !got.Exposure.Public || got.Mode != 0o640 {
		t.Errorf("moved again it is %+v, want it kept and public as before", got)
	}
	if l.item.Covers(held().Held) {
		t.Error("what is held counts as released")
	}
	l.do(responder, Release{" it is a statue "})
	l.do(monitor, RecordFailure{Failed{Doing: Restoring, Reason: strings.Repeat("é", 2000)}})
	if got := l.item; got.Status != StatusHeld || got.Problem == "" || len(got.Problem) > 1100 {
		t.Errorf("not put back it is %+v, want it held with the problem", got)
	}
	l.do(responder, Release{" it is a statue "})
	l.do(monitor, RecordRestored{Restored{judgedAs}})
	if got := l.item; got.Status != StatusRestored || got.Active() || got.Reason != "it is a statue" || got.DecidedBy != responder.ID || got.EndedAt == nil || len(got.Proofs) != 0 {
		t.Errorf("restored it is %+v", got)
	}
	var kinds []string
	for _, e := range l.effects {
		kinds = append(kinds, strings.TrimPrefix(e.Kind, "quarantine."))
	}
	if got, want := strings.Join(kinds, " "), "move probe move probe restore restore probe"; got != want {
		t.Errorf("effects %s, want %s", got, want)
	}
}

// TestCovers proves that a release holds for what the person knew, and no more.
func TestCovers(t *testing.T) {
	t.Parallel()
	i := in(t, StatusRestored).item
	for name, change := range map[string]func(*Held){
		"other bytes": func(h *Held) { h.SHA256 = newer },
		"other place": func(h *Held) { h.Path = "b.jpg" },
		"other pipe":  func(h *Held) { h.Pipeline = "hero" },
		"more found":  func(h *Held) { h.Findings = append(h.Findings, Finding{Kind: "consent"}) },
	} {
		h := held().Held
		change(&h)
		if i.Covers(h) {
			t.Errorf("%s: counts as released", name)
		}
	}
	if !i.Covers(held().Held) {
		t.Error("the released image is held again")
	}
}

// TestReturnsAreBounded: an image that comes every minute is moved out each
// time, and the journal does not fill with it.
func TestReturnsAreBounded(t *testing.T) {
	t.Parallel()
	l := in(t, StatusHeld)
	for range 100 {
		l.now = l.now.Add(time.Minute)
		if change := l.do(monitor, held()); len(change.Effects) != 1 || change.Effects[0].Kind != EffectMove {
			t.Fatalf("the image comes again and the effects are %+v", change.Effects)
		}
		l.do(monitor, moved(true))
	}
	if l.item.Status != StatusHeld || len(l.entries) > 3*maxReturns {
		t.Errorf("after 100 returns it is %s with %d entries", l.item.Status, len(l.entries))
	}
	seen := map[string]bool{}
	for _, e := range l.effects {
		if seen[e.Key] {
			t.Errorf("the effect %s is queued twice, so it would not run", e.Key)
		}
		seen[e.Key] = true
	}
}

// TestPathBytes carries a name that is not UTF-8 through the journal.
func TestPathBytes(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	h := held()
	h.Path = "h\xe4t.jpg"
	h.Findings[0].Fields = []string{strings.Repeat("é", maxName), "a\xffb"}
	l.do(monitor, h)
	if again, err := Fold(l.entries); err != nil || again.Name() != "h\xe4t.jpg" || again.Path != "h\ufffdt.jpg" {
		t.Errorf("the name is %q, shown %q (%v)", again.Name(), again.Path, err)
	}
}

// TestReasonsAreFewAndShort: what a file's reader says is bounded before it enters the journal, and takes one line each. An
// event of before there were reasons says none.
func TestReasonsAreFewAndShort(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	h := held()
	for n := range 2 * maxReasons {
		h.Findings[0].Reasons = append(h.Findings[0].Reasons, fmt.Sprint("the box ", n, "\nis damaged"+strings.Repeat(" again", 100)))
	}
	l.do(monitor, h)
	reasons := l.item.Findings[0].Reasons
	if len(reasons) != maxReasons || !strings.HasPrefix(reasons[1], "the box 1 is damaged again") {
		t.Errorf("kept are %q, want the first %d", reasons, maxReasons)
	}
	for _, r := range reasons {
		if len(r) > maxName+len("…") || strings.ContainsAny(r, "\r\n") {
			t.Errorf("a reason of %d bytes: %q", len(r), r)
		}
	}
	var old Held
	if err := json.Unmarshal([]byte(`{"findings":[{"kind":"unread","fields":["SVG"]}]}`), &old); err != nil || old.Findings[0].Reasons != nil {
		t.Errorf("an old event gives %+v, %v", old, err)
	}
}

// TestExposed: what no log tells counts as public.
func TestExposed(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		sights []Sight
		want   bool
	}{
		{nil, true}, {[]Sight{NotDelivered}, false}, {[]Sight{Closed}, false}, {[]Sight{NoLog}, true},
		{[]Sight{NotDelivered, Delivered}, true}, {[]Sight{Closed, NotDelivered}, false},
	} {
		var routes []RouteExposure
		for _, s := range row.sights {
			routes = append(routes, RouteExposure{Route: "r", Sight: s})
		}
		if got := Exposed(routes); got.Public != row.want || len(got.Routes) == 0 {
			t.Errorf("%v: %+v, want public %v", row.sights, got, row.want)
		}
	}
}
