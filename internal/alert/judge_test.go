package alert

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

var night = time.Date(2025, 9, 27, 4, 0, 0, 0, time.UTC)

func matchers(t *testing.T, text string) Matchers {
	t.Helper()
	ms, err := ParseMatchers(text)
	if err != nil {
		t.Fatal(err)
	}
	return ms
}

func policy(t *testing.T, c Config) *Policy {
	t.Helper()
	p, err := NewPolicy(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The outcome of every standing, as a matrix: free or suppressed, firing or
// ended, and the last incident of the group.
func TestJudge(t *testing.T) {
	t.Parallel()
	p := policy(t, Config{})
	before, after, later := night.Add(-time.Minute), night.Add(time.Minute), night.Add(2*time.Minute)
	groups := []*GroupIncident{nil, {ID: "open"}, {ID: "resolved before it fired", ResolvedAt: &before}, {ID: "resolved since", ResolvedAt: &after}, {ID: "closed", Closed: true}}
	silence := Silence{ID: "s", Terms: Terms{Matchers: matchers(t, "a=b"), StartsAt: before, EndsAt: after.Add(time.Hour)}}
	for _, row := range []struct {
		what                              string
		incident                          string
		silenced, wasSuppressed, resolved bool
		want                              [5]Outcome // none, open, resolved before, resolved since, closed
	}{
		{"new", "", false, false, false, [5]Outcome{Opens, Joins, Opens, Joins, Opens}},
		{"new and ended", "", false, false, true, [5]Outcome{Opens, Joins, Opens, Joins, Opens}},
		{"silenced", "", true, false, false, [5]Outcome{Suppressed, Suppressed, Suppressed, Suppressed, Suppressed}},
		{"still silenced", "", true, true, false, [5]Outcome{Suppressed, Suppressed, Suppressed, Suppressed, Suppressed}},
		{"silenced no more", "", false, true, false, [5]Outcome{Opens, Joins, Opens, Opens, Opens}},
		{"ended in silence", "", true, true, true, [5]Outcome{Lapsed, Lapsed, Lapsed, Lapsed, Lapsed}},
		{"ended before the silence did", "", false, true, true, [5]Outcome{Lapsed, Lapsed, Lapsed, Lapsed, Lapsed}},
		{"known", "PM", false, false, false, [5]Outcome{Known, Known, Known, Known, Known}},
		{"known and silenced", "PM", true, false, false, [5]Outcome{Known, Known, Known, Known, Known}},
	} {
		var silences []Silence
		if row.silenced {
			silences = append(silences, silence)
		}
		scene := p.Scene(later, silences, nil)
		a := Alert{Labels: Labels{"a": "b"}, StartsAt: before}
		if row.resolved {
			a.EndsAt = after
		}
		for i, g := range groups {
			v := p.Judge(a, Standing{FiredAt: night, Incident: row.incident, Suppressed: row.wasSuppressed, Group: g}, scene)
			if v.Outcome != row.want[i] || v.Outcome == Joins && v.Incident != g.ID || v.Outcome == Suppressed && v.By.SilencedBy[0] != "s" {
				t.Errorf("%s, group %d: %+v, want %s", row.what, i, v, row.want[i])
			}
		}
	}
}

func TestInhibitionIsAlertmanagers(t *testing.T) {
	t.Parallel()
	p := policy(t, Config{Inhibit: []Inhibition{{Source: []string{"severity=critical"}, Target: []string{`severity=~"warning|critical"`}, Equal: []string{"pipeline", "edge"}}}})
	source := Alert{Fingerprint: "f", Labels: Labels{"severity": "critical", "pipeline": "a"}}
	for _, c := range []struct {
		what   string
		target Labels
		source func(*Alert)
		want   bool
	}{
		{"equal", Labels{"severity": "warning", "pipeline": "a"}, func(*Alert) {}, true},
		{"another pipeline", Labels{"severity": "warning", "pipeline": "b"}, func(*Alert) {}, false},
		{"a label that only one has", Labels{"severity": "warning", "pipeline": "a", "edge": "1"}, func(*Alert) {}, false},
		{"an empty label is a missing one", Labels{"severity": "warning", "pipeline": "a", "edge": ""}, func(*Alert) {}, true},
		{"no target", Labels{"severity": "info", "pipeline": "a"}, func(*Alert) {}, false},
		{"both are source and target", Labels{"severity": "critical", "pipeline": "a"}, func(*Alert) {}, false},
		{"the source has ended", Labels{"severity": "warning", "pipeline": "a"}, func(a *Alert) { a.EndsAt = night }, false},
	} {
		s := source
		c.source(&s)
		if by := p.Suppression(c.target, p.Scene(night, nil, []Alert{s})); by.Any() != c.want {
			t.Errorf("%s: suppressed by %+v, want %v", c.what, by, c.want)
		}
	}
}

// A storm of targets and sources is judged in time that grows with their
// number: each with each, these would take minutes.
func TestInhibitionOfAStorm(t *testing.T) {
	t.Parallel()
	p := policy(t, Config{Inhibit: []Inhibition{{Source: []string{"severity=critical"}, Target: []string{"severity=warning"}, Equal: []string{"edge"}}}})
	var firing []Alert
	const storm = 50_000
	for i := range storm {
		firing = append(firing, Alert{Fingerprint: fmt.Sprint(i), Labels: Labels{"severity": "critical", "edge": fmt.Sprint(i)}})
	}
	done := make(chan int)
	go func() {
		inhibited := 0
		scene := p.Scene(night, nil, firing)
		for i := range storm {
			if by := p.Suppression(Labels{"severity": "warning", "edge": fmt.Sprint(i)}, scene); len(by.InhibitedBy) == 1 && by.InhibitedBy[0] == fmt.Sprint(i) {
				inhibited++
			}
		}
		done <- inhibited
	}()
	select {
	case n := <-done:
		if n != storm {
			t.Errorf("%d of %d are inhibited, want all, each by its own", n, storm)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("20 s were not enough")
	}
}

func TestGroupsAndSeverities(t *testing.T) {
	t.Parallel()
	l := Labels{"alertname": "a", "pipeline": "p", "edge": "1"}
	for _, c := range []struct {
		by   []string
		want string
	}{
		{nil, `{alertname="a", pipeline="p"}`}, {[]string{"..."}, `{alertname="a", edge="1", pipeline="p"}`}, {[]string{"gone", "edge"}, `{edge="1"}`},
	} {
		if got := policy(t, Config{GroupBy: c.by}).GroupKey(l); got != c.want {
			t.Errorf("grouped by %v the key is %s, want %s", c.by, got, c.want)
		}
	}
	p := policy(t, Config{Severities: map[string]pipeline.Severity{"Fatal": "s0", "info": "S2"}})
	for label, want := range map[string]string{"critical": "S1 true", "page": "S1 true", "error": "S2 true", "WARNING": "S2 true", " fatal ": "S0 true", "info": "S2 true", "s3": "S3 true", "odd": "S2 false", "": "S2 false"} {
		if s, known := p.Severity(Labels{"severity": label}); fmt.Sprint(s, " ", known) != want {
			t.Errorf("severity %q is %s, %v; want %s", label, s, known, want)
		}
	}
	for what, c := range map[string]Config{
		"all with others": {GroupBy: []string{"...", "a"}}, "empty name": {GroupBy: []string{""}}, "severity": {Severities: map[string]pipeline.Severity{"a": "S9"}},
		"timeout": {ResolveTimeout: -1}, "retention": {Retention: time.Second}, "no target": {Inhibit: []Inhibition{{Source: []string{"a=b"}}}}, "bad matcher": {Inhibit: []Inhibition{{Source: []string{"a"}, Target: []string{"a=b"}}}},
	} {
		if err := c.Validate(); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s gave %v, want invalid", what, err)
		}
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	at := func(minutes int) time.Time { return night.Add(time.Duration(minutes) * time.Minute) }
	alert := func(from, till int, timeout bool) Alert {
		a := Alert{StartsAt: at(from), Timeout: timeout}
		if till != 0 {
			a.EndsAt = at(till)
		}
		return a
	}
	for _, c := range []struct {
		what      string
		old, told Alert
		want      Alert
		again     bool
	}{
		{"sent again", alert(-10, 5, true), alert(-5, 6, true), alert(-10, 6, true), false},
		{"an end that was told rules over a timeout", alert(-10, 30, false), alert(-10, 5, true), alert(-10, 30, true), false},
		{"a timeout does not", alert(-10, 30, true), alert(-10, 5, true), alert(-10, 5, true), false},
		{"it ends", alert(-10, 30, false), alert(-10, -1, false), alert(-10, -1, false), false},
		{"it ended later than is told now", alert(-10, -1, false), alert(-10, -2, false), alert(-10, -1, false), false},
		{"it fires anew", alert(-10, -5, false), alert(-3, 5, true), alert(-3, 5, true), true},
		{"it was taken for ended", alert(-10, -5, true), alert(-10, 5, true), alert(-10, 5, true), false},
	} {
		got, again := Merge(c.old, c.told, night)
		if !got.StartsAt.Equal(c.want.StartsAt) || !got.EndsAt.Equal(c.want.EndsAt) || again != c.again {
			t.Errorf("%s: %v to %v, again %v; want %v to %v, again %v", c.what, got.StartsAt, got.EndsAt, again, c.want.StartsAt, c.want.EndsAt, c.again)
		}
	}
}

// life is a set of silences in a journal.
type life struct {
	t       *testing.T
	now     time.Time
	head    journal.Head
	streams map[string][]journal.Entry
}

func (l *life) append(c journal.Change) {
	l.t.Helper()
	for _, d := range c.Events {
		e, err := journal.Seal(d, l.head, l.now)
		if err != nil {
			l.t.Fatal(err)
		}
		l.head = journal.Head{Size: e.Seq, Hash: e.Hash}
		l.streams[d.Stream] = append(l.streams[d.Stream], e)
	}
}

func (l *life) silence(id string) Silence {
	l.t.Helper()
	s, err := FoldSilence(l.streams[Stream(id)])
	if err != nil {
		l.t.Fatal(err)
	}
	return s
}

// TestSilenceWalk makes, changes and ends silences at random, over time.
func TestSilenceWalk(t *testing.T) {
	t.Parallel()
	by := people.Actor{ID: "p-1", Role: people.Responder}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 4))
		l := &life{t: t, now: night, streams: map[string][]journal.Entry{}}
		var ids []string
		for step := range 40 {
			l.now = l.now.Add(time.Duration(r.Int64N(int64(30 * time.Minute))))
			env := Env{l.now, by}
			old := Silence{}
			if len(ids) > 0 && r.IntN(2) == 0 {
				old = l.silence(ids[r.IntN(len(ids))])
			}
			if old.ID != "" && r.IntN(3) == 0 {
				change, err := ExpireSilence(old, env)
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				l.append(change)
				if s := l.silence(old.ID); s.State(l.now) != SilenceExpired || s.EndsAt.After(l.now) {
					t.Fatalf("seed %d: after its end %+v is %s", seed, s, s.State(l.now))
				}
				continue
			}
			terms := Terms{Matchers: matchers(t, []string{"a=b", "c=d"}[r.IntN(2)]), Comment: "c",
				StartsAt: l.now.Add(time.Duration(r.IntN(120)-60) * time.Minute), EndsAt: l.now.Add(time.Duration(r.IntN(180)-30) * time.Minute)}
			if r.IntN(2) == 0 && old.ID != "" {
				terms.StartsAt, terms.Matchers = old.StartsAt, old.Matchers
			}
			change, id, err := SetSilence(old, terms, fmt.Sprint(step), env)
			if err != nil {
				if !errors.Is(err, journal.ErrInvalid) || terms.StartsAt.Before(terms.EndsAt) && terms.EndsAt.After(l.now.Add(time.Second)) {
					t.Fatalf("seed %d: %+v gave %v", seed, terms, err)
				}
				continue
			}
			was := old.State(l.now)
			l.append(change)
			if s := l.silence(id); !s.EndsAt.Equal(terms.EndsAt.Truncate(time.Millisecond)) || s.By != by.ID || s.State(l.now) == SilenceExpired && s.EndsAt.After(l.now) {
				t.Fatalf("seed %d: set %+v, have %+v", seed, terms, s)
			}
			if id != old.ID {
				ids = append(ids, id)
				if old.ID != "" && l.silence(old.ID).State(l.now) != SilenceExpired {
					t.Fatalf("seed %d: a silence that was replaced holds on", seed)
				}
			} else if was == SilenceExpired {
				t.Fatalf("seed %d: a silence that was over came back", seed)
			}
		}
	}
}
