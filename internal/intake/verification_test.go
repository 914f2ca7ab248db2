package intake

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/trend"
)

// book is a stream in memory.
type book struct {
	t       *testing.T
	head    journal.Head
	entries []journal.Entry
}

func (b *book) write(c journal.Change, err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	for _, d := range c.Events {
		e, err := journal.Seal(d, b.head, now)
		if err != nil {
			b.t.Fatal(err)
		}
		b.head, b.entries = journal.Head{Size: e.Seq, Hash: e.Hash}, append(b.entries, e)
	}
}

func (b *book) verification() Verification {
	b.t.Helper()
	v, err := Fold(b.entries)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

func as(role people.Role, after time.Duration) Env {
	return Env{Now: now.Add(after), By: people.Actor{ID: "u-1", Role: role}}
}

func opening(t *testing.T) *book {
	t.Helper()
	b := &book{t: t}
	o := Opened{Stream: Stream{"catalogue", "zendesk"}, Metric: trend.NegativeShare, Value: 0.23, Baseline: 0.15, Limit: 0.21, Since: now.Add(-72 * time.Hour)}
	b.write(OpenVerification("V-2025-09-27-01", o, Env{Now: now, By: people.Monitor()}))
	return b
}

func TestLifeOfAVerification(t *testing.T) {
	b := opening(t)
	v := b.verification()
	if v.ID != "V-2025-09-27-01" || v.Status != StatusOpen || v.Pipeline != "catalogue" || !v.OpenedAt.Equal(now) {
		t.Fatalf("opened it is %+v", v)
	}
	if e := v.Episode(now); e.Outcome != trend.Open || !e.From.Equal(v.Since) {
		t.Errorf("its episode is %+v, want it open since the change", e)
	}
	b.write(v.Remark(" asked the studio ", as(people.Responder, time.Minute)))
	b.write(b.verification().Dismiss(Dismissed{Reason: "a newsletter"}, as(people.Responder, time.Hour)))
	v = b.verification()
	if v.Status != StatusDismissed || v.Outcome != trend.Noise || v.Notes[0].Text != "asked the studio" || v.DecidedBy != "u-1" || !v.DecidedAt.Equal(now.Add(time.Hour)) {
		t.Errorf("dismissed it is %+v", v)
	}
	if e := v.Episode(now.Add(9 * time.Hour)); e.Outcome != trend.Noise || !e.Until.Equal(now.Add(time.Hour)) {
		t.Errorf("its episode is %+v, want noise until the decision", e)
	}
	b = opening(t)
	b.write(b.verification().Confirm(Confirmed{Incident: "PM-2025-09-27-01"}, as(people.Lead, time.Hour)))
	v = b.verification()
	if e := v.Episode(now.Add(9 * time.Hour)); v.Incident != "PM-2025-09-27-01" || e.Outcome != trend.Confirmed || !e.Until.Equal(now.Add(9*time.Hour)) {
		t.Errorf("confirmed it is %+v with the episode %+v, want it to last until the incident is over", v, e)
	}
}

func TestWhoMayDecideWhat(t *testing.T) {
	open := opening(t).verification()
	confirmed := open
	confirmed.Status = StatusConfirmed
	tests := []struct {
		name   string
		decide func() (journal.Change, error)
		kind   error
	}{
		{"viewer confirms", func() (journal.Change, error) { return open.Confirm(Confirmed{Incident: "PM"}, as(people.Viewer, 0)) }, journal.ErrForbidden},
		{"board dismisses", func() (journal.Change, error) { return open.Dismiss(Dismissed{Reason: "x"}, as(people.Board, 0)) }, journal.ErrForbidden},
		{"watcher notes", func() (journal.Change, error) { return open.Remark("x", as(people.Watcher, 0)) }, journal.ErrForbidden},
		{"no reason", func() (journal.Change, error) { return open.Dismiss(Dismissed{Reason: " \n"}, as(people.Responder, 0)) }, journal.ErrInvalid},
		{"another outcome", func() (journal.Change, error) {
			return open.Dismiss(Dismissed{Reason: "x", Outcome: trend.Confirmed}, as(people.Responder, 0))
		}, journal.ErrInvalid},
		{"no incident", func() (journal.Change, error) { return open.Confirm(Confirmed{}, as(people.Responder, 0)) }, journal.ErrInvalid},
		{"confirmed twice", func() (journal.Change, error) {
			return confirmed.Confirm(Confirmed{Incident: "PM"}, as(people.Responder, 0))
		}, journal.ErrConflict},
		{"dismissed after all", func() (journal.Change, error) {
			return confirmed.Dismiss(Dismissed{Reason: "x"}, as(people.Responder, 0))
		}, journal.ErrConflict},
		{"one that is not there", func() (journal.Change, error) {
			return Verification{}.Dismiss(Dismissed{Reason: "x"}, as(people.Responder, 0))
		}, journal.ErrNotFound},
		{"a long reason", func() (journal.Change, error) {
			return open.Remark(strings.Repeat("x", maxReason+1), as(people.Responder, 0))
		}, journal.ErrTooLarge},
		{"responder erases", func() (journal.Change, error) { return Erase(1, "asked", as(people.Responder, 0)) }, journal.ErrForbidden},
		{"no figure", func() (journal.Change, error) {
			return OpenVerification("V-1", Opened{Stream: Stream{"a", "b"}, Metric: trend.Storm, Z: math.Inf(1)}, as(people.Responder, 0))
		}, journal.ErrInvalid},
	}
	for _, test := range tests {
		if change, err := test.decide(); !errors.Is(err, test.kind) || len(change.Events) > 0 {
			t.Errorf("%s: %d events, %v; want %v", test.name, len(change.Events), err, test.kind)
		}
	}
}

func TestRests(t *testing.T) {
	rest := 72 * time.Hour
	at := func(s Status, decided time.Time) []Verification {
		return []Verification{{ID: "V-1", Opened: Opened{Metric: trend.Storm}, Status: s, DecidedAt: decided, Incident: "PM-1"}}
	}
	tests := []struct {
		name     string
		list     []Verification
		metric   trend.Metric
		resolved bool
		want     bool
	}{
		{"none", nil, trend.Storm, false, false},
		{"open", at(StatusOpen, time.Time{}), trend.Storm, false, true},
		{"another chart", at(StatusOpen, time.Time{}), trend.SignalRate, false, false},
		{"its incident lasts", at(StatusConfirmed, now), trend.Storm, false, true},
		{"its incident is resolved", at(StatusConfirmed, now), trend.Storm, true, false},
		{"dismissed just now", at(StatusDismissed, now.Add(-time.Hour)), trend.Storm, false, true},
		{"dismissed long ago", at(StatusDismissed, now.Add(-rest)), trend.Storm, false, false},
	}
	for _, test := range tests {
		if got := Rests(test.list, test.metric, now, rest, func(string) bool { return test.resolved }); got != test.want {
			t.Errorf("%s: Rests = %v, want %v", test.name, got, test.want)
		}
	}
}

func TestReports(t *testing.T) {
	of := func(m trend.Metric, s Status, policy bool) Verification {
		return Verification{Opened: Opened{Metric: m}, Status: s, ByPolicy: policy}
	}
	got := Reports([]Verification{
		of(trend.Storm, StatusOpen, false), of(trend.Storm, StatusConfirmed, false), of(trend.Storm, StatusDismissed, false),
		of(trend.Storm, StatusConfirmed, true), of("later", StatusOpen, false),
	})
	want := []Report{{Metric: trend.Storm, Opened: 4, Open: 1, Confirmed: 1, Dismissed: 1, ByPolicy: 1}, {Metric: "later", Opened: 1, Open: 1}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("Reports = %+v, want %+v", got, want)
	}
}

func TestSay(t *testing.T) {
	v := opening(t).verification()
	if got := v.Say("fr"); got != "23,0 % de négatifs au lieu de 15,0 % ; la limite est 21,0 % ; depuis le 2025-09-24 environ." {
		t.Errorf("in French: %s", got)
	}
	v.Metric, v.Value, v.Baseline = trend.SignalRate, 1234.4, 99.44
	if got := v.Title("en"); got != "Surge of feedback on catalogue (zendesk): 1,234 a day instead of 99.4" {
		t.Errorf("in English: %s", got)
	}
	v.Metric = "later"
	if got := v.Say("en"); strings.Contains(got, "!") {
		t.Errorf("of a later metric: %s", got)
	}
}
