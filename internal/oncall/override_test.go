package oncall

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// desk is a small house: a weekly rotation of ada, grace and zoe, who answer as responders, a lead and a viewer.
type desk struct {
	t      *testing.T
	plain  *Schedule
	stream map[string][]journal.Entry
	now    time.Time
	made   int
	told   []string // of what happened: "u-ada swap.proposed"
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	return &desk{t: t, plain: schedule(t, rotation("monday 09:00", "weekly", "UTC")), stream: map[string][]journal.Entry{}, now: local(t, "UTC", "2025-01-07 12:00")}
}

func (d *desk) at(text string) time.Time { return local(d.t, "UTC", text) }

func (d *desk) actor(login string) people.Actor {
	role := map[string]people.Role{"lea": people.Lead, "vic": people.Viewer}[login]
	if role == "" {
		role = people.Responder
	}
	return people.Actor{ID: people.ID("u-" + login), Role: role}
}

func loginOf(id people.ID) string {
	login, _ := strings.CutPrefix(string(id), "u-")
	if !strings.Contains(" ada grace zoe lea ", " "+login+" ") {
		return ""
	}
	return login
}

func (d *desk) overrides() []Override {
	var list []Override
	for _, entries := range d.stream {
		o, err := Fold(entries)
		if err != nil {
			d.t.Fatal(err)
		}
		list = append(list, o)
	}
	slices.SortFunc(list, func(a, b Override) int { return cmp.Or(len(a.ID)-len(b.ID), strings.Compare(a.ID, b.ID)) })
	return list
}

func (d *desk) schedule() *Schedule {
	return d.plain.WithOverrides(Covers(d.overrides(), Primary, loginOf))
}

// do decides a command on an override, on a new one if id is empty, and keeps what follows.
func (d *desk) do(login, id string, c Command) (string, error) {
	o, err := Fold(d.stream[id])
	if err != nil {
		d.t.Fatal(err)
	}
	env := Env{Now: d.now, By: d.actor(login), NewID: fmt.Sprintf("O-%d", d.made+1), Schedule: d.schedule(), Login: loginOf}
	change, err := Decide(o, c, env)
	if err != nil {
		return "", err
	}
	for _, e := range change.Effects {
		tell := e.Data.(TellEffect)
		d.told = append(d.told, string(tell.To)+" "+tell.What)
	}
	for _, e := range change.Events {
		data, err := json.Marshal(e.Data)
		if err != nil {
			d.t.Fatal(err)
		}
		if id = e.Stream; id == env.NewID {
			d.made++
		}
		d.stream[id] = append(d.stream[id], journal.Entry{Stream: id, Type: e.Type, Version: 1, OccurredAt: e.OccurredAt, Actor: e.Actor, Data: data})
	}
	return id, nil
}

func (d *desk) must(login, id string, c Command) string {
	d.t.Helper()
	id, err := d.do(login, id, c)
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

func (d *desk) who(text string) string { return d.schedule().At(d.at(text)).Login }

// week is what the schedule says of the first two weeks.
func (d *desk) week() string {
	return said(d.schedule().Between(d.at("2025-01-07 12:00"), d.at("2025-01-20 09:00")))
}

const untouched = "ada 06T09-13T09, grace 13T09-20T09"

// TestOverride sets, ends and lets pass an override.
func TestOverride(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.must("zoe", "", SetOverride{Person: "u-zoe", From: d.at("2025-01-09 00:00"), Until: d.at("2025-01-11 00:00"), Reason: "ada is at the dentist's"})
	if got, want := d.week(), "ada 06T09-09T00, zoe 09T00-11T00, ada 11T00-13T09, grace 13T09-20T09"; got != want {
		t.Fatalf("the weeks are %s, want %s", got, want)
	}
	d.now = d.at("2025-01-10 06:00")
	d.must("zoe", id, End{Reason: "she is back"})
	if got, want := d.week(), "ada 06T09-09T00, zoe 09T00-10T06, ada 10T06-13T09, grace 13T09-20T09"; got != want {
		t.Errorf("after it was undone the weeks are %s, want the past as it was: %s", got, want)
	}
	if _, err := d.do("zoe", id, End{}); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("ending it again gives %v, want a conflict", err)
	}
	late := d.must("zoe", "", SetOverride{Person: "u-zoe", From: d.at("2025-01-01 00:00"), Until: d.at("2025-01-10 12:00"), Reason: "since new year's"})
	if o, _ := Fold(d.stream[late]); !o.From().Equal(d.now) || o.State(d.at("2025-01-10 12:00")) != StatusOver {
		t.Errorf("an override from the past begins %v and is %s at its end", o.From(), o.State(d.at("2025-01-10 12:00")))
	}
}

// TestOthersAreTold: whoever a change concerns is told of it, but for who made it.
func TestOthersAreTold(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	wants := func(want ...string) {
		t.Helper()
		if !slices.Equal(d.told, want) {
			t.Errorf("told are %q, want %q", d.told, want)
		}
		d.told = nil
	}
	id := d.must("zoe", "", SetOverride{Person: "u-zoe", From: d.at("2025-01-08 00:00"), Until: d.at("2025-01-08 12:00"), Reason: "x"})
	wants()
	d.must("lea", id, End{})
	wants("u-zoe override.ended")
	d.must("lea", "", SetOverride{Person: "u-ada", From: d.at("2025-01-14 00:00"), Until: d.at("2025-01-14 12:00"), Reason: "x"})
	wants("u-ada override.set")
	for _, answer := range []Command{AnswerSwap{Accept: true}, AnswerSwap{}} {
		id = d.must("ada", "", ProposeSwap{To: "u-zoe", From: d.at("2025-01-09 00:00"), Until: d.at("2025-01-10 00:00"), Reason: "x"})
		wants("u-zoe swap.proposed")
		d.must("zoe", id, answer)
		wants("u-ada " + map[bool]string{true: TypeAccepted, false: TypeRefused}[answer.(AnswerSwap).Accept])
		d.now = d.at("2025-01-07 12:00")
		d.stream = map[string][]journal.Entry{}
	}
	id = d.must("ada", "", ProposeSwap{To: "u-zoe", From: d.at("2025-01-09 00:00"), Until: d.at("2025-01-10 00:00"), Reason: "x"})
	d.told = nil
	d.must("ada", id, End{})
	wants("u-zoe swap.withdrawn")
}

// TestLinkedinOncall296NothingChangesWithoutConsent is named after linkedin/oncall's issue 296 and Grafana OnCall's 395: a
// swap changes nothing before the other has accepted it, and then both shifts at once.
func TestLinkedinOncall296NothingChangesWithoutConsent(t *testing.T) {
	t.Parallel()
	swap := func(d *desk) ProposeSwap {
		return ProposeSwap{To: "u-grace", From: d.at("2025-01-11 00:00"), Until: d.at("2025-01-13 00:00"),
			BackFrom: d.at("2025-01-18 00:00"), BackUntil: d.at("2025-01-20 00:00"), Reason: "a wedding"}
	}
	d := newDesk(t)
	id := d.must("ada", "", swap(d))
	for name, step := range map[string]struct {
		by string
		do Command
	}{
		"accepted by who proposed it": {"ada", AnswerSwap{Accept: true}}, "accepted by a third": {"zoe", AnswerSwap{Accept: true}},
		"accepted by the lead": {"lea", AnswerSwap{Accept: true}}, "withdrawn by the other": {"grace", End{}},
	} {
		if _, err := d.do(step.by, id, step.do); !errors.Is(err, journal.ErrForbidden) || d.week() != untouched {
			t.Errorf("%s: %v and the weeks are %s", name, err, d.week())
		}
	}
	d.must("grace", id, AnswerSwap{Accept: true})
	const swapped = "ada 06T09-11T00, grace 11T00-13T00, ada 13T00-13T09, grace 13T09-18T00, ada 18T00-20T00, grace 20T00-20T09"
	if got := d.week(); got != swapped {
		t.Errorf("after she accepted the weeks are %s, want %s", got, swapped)
	}
	for _, login := range []string{"ada", "grace"} {
		if _, err := d.do(login, id, End{}); !errors.Is(err, journal.ErrForbidden) || d.week() != swapped {
			t.Errorf("%s breaks alone what both agreed to: %v", login, err)
		}
	}
	d.must("lea", id, End{Reason: "both are ill"})
	if got := d.week(); got != untouched {
		t.Errorf("after the lead undid it the weeks are %s", got)
	}
	for _, answer := range []struct {
		by string
		do Command
	}{{"grace", AnswerSwap{Reason: "I am away"}}, {"ada", End{}}} {
		id := d.must("ada", "", swap(d))
		d.must(answer.by, id, answer.do)
		if _, err := d.do("grace", id, AnswerSwap{Accept: true}); !errors.Is(err, journal.ErrConflict) || d.week() != untouched {
			t.Errorf("after %T: accepting gives %v, the weeks are %s", answer.do, err, d.week())
		}
	}
}

// TestProposalsLapse: what nobody answers before the first shift begins is nothing, and one whose shifts have changed
// hands meanwhile is refused.
func TestProposalsLapse(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	propose := ProposeSwap{To: "u-grace", From: d.at("2025-01-11 00:00"), Until: d.at("2025-01-12 00:00"), Reason: "a wedding"}
	first, second := d.must("ada", "", propose), d.must("ada", "", propose)
	d.must("zoe", "", SetOverride{Person: "u-zoe", From: d.at("2025-01-11 06:00"), Until: d.at("2025-01-11 07:00"), Reason: "a walk"})
	if _, err := d.do("grace", first, AnswerSwap{Accept: true}); !errors.Is(err, journal.ErrConflict) || !strings.Contains(err.Error(), "look at the schedule again") {
		t.Errorf("a shift that is not hers any more: %v", err)
	}
	d.now = d.at("2025-01-11 00:00")
	if o, _ := Fold(d.stream[second]); o.State(d.now) != StatusLapsed {
		t.Errorf("at the beginning of the shift it is %s", o.State(d.now))
	}
	if _, err := d.do("grace", second, AnswerSwap{Accept: true}); !errors.Is(err, journal.ErrConflict) || !strings.Contains(err.Error(), "never answered") {
		t.Errorf("accepted too late: %v", err)
	}
	d.now = d.at("2025-01-12 00:00") // in the midst of her week
	id := d.must("ada", "", ProposeSwap{To: "u-grace", From: d.at("2025-01-06 09:00"), Until: d.at("2025-01-13 09:00"), Reason: "I am ill"})
	d.now = d.now.Add(3 * time.Minute)
	d.must("grace", id, AnswerSwap{Accept: true})
	if d.who("2025-01-12 00:02") != "ada" || d.who("2025-01-12 00:03") != "grace" {
		t.Error("a shift that has begun is taken over from another moment than that of the consent")
	}
}

// TestOverrideMistakes gives each mistake its kind and a sentence.
func TestOverrideMistakes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	from, until := d.at("2025-01-09 00:00"), d.at("2025-01-10 00:00")
	for _, row := range []struct {
		by   string
		do   Command
		kind error
		want string
	}{
		{"vic", SetOverride{Person: "u-vic", From: from, Until: until, Reason: "x"}, journal.ErrForbidden, "may not"},
		{"zoe", SetOverride{Person: "u-ada", From: from, Until: until, Reason: "x"}, journal.ErrForbidden, "propose a swap"},
		{"lea", SetOverride{Person: "u-vic", From: from, Until: until, Reason: "x"}, journal.ErrInvalid, "no such account"},
		{"zoe", SetOverride{Person: "u-zoe", From: from, Until: until, Reason: " "}, journal.ErrInvalid, "say why"},
		{"zoe", SetOverride{Person: "u-zoe", From: from, Until: until, Reason: strings.Repeat("x", maxReason+1)}, journal.ErrTooLarge, "limit"},
		{"zoe", SetOverride{Person: "u-zoe", From: from, Until: until, Reason: "\xff"}, journal.ErrInvalid, "UTF-8"},
		{"zoe", SetOverride{Person: "u-zoe", From: until, Until: from, Reason: "x"}, journal.ErrInvalid, "end after it begins"},
		{"zoe", SetOverride{Person: "u-zoe", Until: until, Reason: "x"}, journal.ErrInvalid, "end after it begins"},
		{"zoe", SetOverride{Person: "u-zoe", From: from.Add(-week), Until: until.Add(-week), Reason: "x"}, journal.ErrInvalid, "after now"},
		{"zoe", SetOverride{Person: "u-zoe", From: from, Until: from.Add(93 * day), Reason: "x"}, journal.ErrInvalid, "92 days"},
		{"zoe", SetOverride{Person: "u-zoe", From: from.Add(400 * day), Until: until.Add(400 * day), Reason: "x"}, journal.ErrInvalid, "within a year"},
		{"ada", ProposeSwap{To: "u-ada", From: from, Until: until, Reason: "x"}, journal.ErrInvalid, "somebody else"},
		{"ada", ProposeSwap{To: "u-nobody", From: from, Until: until, Reason: "x"}, journal.ErrInvalid, "no such account"},
		{"ada", ProposeSwap{To: "u-zoe", From: from, Until: until.Add(week), Reason: "x"}, journal.ErrConflict, "not on call all through"},
		{"zoe", ProposeSwap{To: "u-ada", From: from, Until: until, Reason: "x"}, journal.ErrConflict, "not on call all through"},
		{"ada", ProposeSwap{To: "u-grace", From: from, Until: until, BackFrom: from, BackUntil: until, Reason: "x"}, journal.ErrConflict, "not on call all through"},
		{"ada", ProposeSwap{To: "u-grace", From: from, Until: until, BackFrom: from, Reason: "x"}, journal.ErrInvalid, "end after it begins"},
		{"ada", ProposeSwap{To: "u-grace", From: from, Until: until, Reason: "x", AnswerBy: until}, journal.ErrInvalid, "before the first shift"},
		{"ada", ProposeSwap{To: "u-grace", From: from, Until: until, Reason: "x", AnswerBy: d.now}, journal.ErrInvalid, "after now"},
		{"ada", AnswerSwap{Accept: true}, journal.ErrNotFound, "not found"},
		{"ada", End{}, journal.ErrNotFound, "not found"},
	} {
		_, err := d.do(row.by, "", row.do)
		if !errors.Is(err, row.kind) || !strings.Contains(err.Error(), row.want) || len(d.stream) > 0 {
			t.Errorf("%s: %+v gives %v, want a sentence with %q", row.by, row.do, err, row.want)
		}
	}
}

// TestOverridesWalk tries commands at random: whatever they give, there is no gap and no overlap, what is refused or only
// proposed changes nothing, and the past is never changed.
func TestOverridesWalk(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 5))
		d := newDesk(t)
		logins := []string{"ada", "grace", "zoe", "lea", "vic"}
		past := d.plain
		for range 60 {
			by := logins[r.IntN(len(logins))]
			id := fmt.Sprintf("O-%d", 1+r.IntN(d.made+1))
			from := d.now.Add(time.Duration(r.IntN(14*24)-24) * time.Hour)
			until := from.Add(time.Duration(r.IntN(72)) * time.Hour)
			other := people.ID("u-" + logins[r.IntN(len(logins))])
			var c Command
			switch r.IntN(4) {
			case 0:
				id, c = "", SetOverride{Person: other, From: from, Until: until, Reason: "r"}
			case 1:
				id, c = "", ProposeSwap{To: other, From: from, Until: until, Reason: "r"}
			case 2:
				c = AnswerSwap{Accept: r.IntN(3) > 0}
			default:
				c = End{}
			}
			before := d.schedule()
			_, err := d.do(by, id, c)
			after := d.schedule()
			if err != nil && said(before.Between(d.now, d.now.Add(30*day))) != said(after.Between(d.now, d.now.Add(30*day))) {
				t.Fatalf("seed %d: %T failed with %v and changed the schedule", seed, c, err)
			}
			if _, ok := c.(ProposeSwap); ok && said(before.Between(d.now, d.now.Add(30*day))) != said(after.Between(d.now, d.now.Add(30*day))) {
				t.Fatalf("seed %d: a proposal has changed the schedule", seed)
			}
			for at := d.at("2025-01-07 12:00"); at.Before(d.now.Truncate(time.Second)); at = at.Add(50 * time.Minute) {
				if past.At(at).Login != after.At(at).Login {
					t.Fatalf("seed %d: at %v, by now %v, %T has changed the past", seed, at, d.now, c)
				}
			}
			list := after.Between(d.now, d.now.Add(30*day))
			for i := range list {
				if list[i].Gap() || i > 0 && !list[i-1].Until.Equal(list[i].From) {
					t.Fatalf("seed %d: %+v", seed, list)
				}
			}
			past = after
			d.now = d.now.Add(time.Duration(r.IntN(300)) * time.Minute)
		}
	}
}

// TestRevisions counts the changes that touch a shift, so that its event in a calendar is revised and others are not.
func TestRevisions(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.must("zoe", "", SetOverride{Person: "u-zoe", From: d.at("2025-01-09 00:00"), Until: d.at("2025-01-11 00:00"), Reason: "r"})
	d.must("ada", "", ProposeSwap{To: "u-zoe", From: d.at("2025-01-12 00:00"), Until: d.at("2025-01-13 00:00"), Reason: "r"})
	first, set := d.schedule().At(d.at("2025-01-08 00:00")), d.now
	if n, last := Revisions(d.overrides(), Primary, first); n != 1 || !last.Equal(set) {
		t.Errorf("the shift that was cut was revised %d times, last %v", n, last)
	}
	d.now = d.now.Add(time.Hour)
	d.must("zoe", id, End{})
	if n, last := Revisions(d.overrides(), Primary, d.schedule().At(d.at("2025-01-08 00:00"))); n != 2 || !last.Equal(d.now) {
		t.Errorf("after it was undone it was revised %d times, last %v", n, last)
	}
	for _, s := range []struct {
		schedule string
		at       string
	}{{Primary, "2025-01-14 00:00"}, {"backup", "2025-01-08 00:00"}} {
		if n, last := Revisions(d.overrides(), s.schedule, d.schedule().At(d.at(s.at))); n != 0 || !last.IsZero() {
			t.Errorf("the shift of %s at %s was revised %d times", s.schedule, s.at, n)
		}
	}
}
