package audit

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

var (
	monitor = people.Monitor()
	nora    = people.Actor{ID: "nora", Role: people.Responder}
	lea     = people.Actor{ID: "lea", Role: people.Lead}
	ada     = people.Actor{ID: "ada", Role: people.Administrator}
)

// story is an incident and what an honest store would keep of it.
type story struct {
	t       testing.TB
	now     time.Time
	entries []journal.Entry
	state   incident.State
	pending map[string]bool
	crew    oncall.Crew
}

func begin(t testing.TB, s pipeline.Severity) *story {
	t.Helper()
	y := &story{t: t, now: time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC), pending: map[string]bool{}}
	y.crew = oncall.Crew{
		Schedules: map[string][]people.ID{oncall.Primary: {"nora"}}, Admins: []people.ID{"ada"},
		Methods: map[people.ID][]string{"nora": {"e-mail", "slack"}, "lea": {"e-mail"}, "ada": {"e-mail"}},
	}
	y.do(monitor, incident.Open{ID: "PM-2025-09-27-01", Opened: incident.Opened{
		Severity: s, Policy: pipeline.Config{}.WithDefaults().Severities[s], Pipeline: "catalogue", Title: "drift",
		OnCall: "nora", Lead: "lea", Admins: []people.ID{"ada"}, Routes: []string{"catalogue"},
	}})
	return y
}

// try decides, and keeps what follows as a store would.
func (y *story) try(by people.Actor, c incident.Command) error {
	y.t.Helper()
	change, err := incident.Decide(y.state, c, incident.Env{Now: y.now, By: by, Crew: y.crew})
	if err != nil {
		return err
	}
	head := journal.Head{}
	if n := len(y.entries); n > 0 {
		head = journal.Head{Size: y.entries[n-1].Seq, Hash: y.entries[n-1].Hash}
	}
	for _, d := range change.Events {
		e, err := journal.Seal(d, head, y.now)
		if err != nil {
			y.t.Fatal(err)
		}
		head = journal.Head{Size: e.Seq, Hash: e.Hash}
		y.entries = append(y.entries, e)
	}
	for _, e := range change.Effects {
		y.pending[e.Key] = true
	}
	y.state, err = incident.Fold(y.entries)
	if err != nil {
		y.t.Fatal(err)
	}
	return nil
}

func (y *story) do(by people.Actor, c incident.Command) {
	y.t.Helper()
	if err := y.try(by, c); err != nil {
		y.t.Fatal(err)
	}
}

// send performs all pages that are to be sent; the outcome is that of the status.
func (y *story) send(status incident.PageStatus) {
	y.t.Helper()
	for _, p := range y.state.UnsentPages() {
		for _, e := range p.Effects {
			page := e.Data.(incident.PageEffect)
			delete(y.pending, e.Key)
			y.do(monitor, incident.RecordPage{Status: status, PageResult: incident.PageResult{Key: page.Key, Method: page.Method}})
		}
	}
}

func (y *story) kept() Kept {
	row, err := RowOf(y.state)
	if err != nil {
		y.t.Fatal(err)
	}
	return Kept{Row: &row, Deadlines: y.state.Deadlines(), Pending: y.pending, Changed: y.entries[len(y.entries)-1].OccurredAt}
}

func (y *story) env() Env {
	return Env{Now: y.now, Wall: y.now, Responds: func(id people.ID) bool { return id != "gone" }}
}

func (y *story) audit() []Finding { return Incident(y.state.ID, y.state, y.kept(), y.env()) }

func TestIncident(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		severity pipeline.Severity
		wrong    func(*story, *Kept, *Env)
		want     []Finding
	}{
		"healthy":                       {severity: pipeline.S1},
		"wakes nobody and has no clock": {severity: pipeline.S3},
		"deadline just passed": {severity: pipeline.S1, wrong: func(y *story, _ *Kept, e *Env) {
			e.Now = y.now.Add(5*time.Minute + missedAfter)
		}},
		"nothing ticks": {severity: pipeline.S1, wrong: func(y *story, _ *Kept, e *Env) { e.Now = y.now.Add(7 * time.Minute) },
			want: []Finding{{Kind: Missed, Subject: "ack"}}},
		"back after an outage": {severity: pipeline.S1, wrong: func(y *story, _ *Kept, e *Env) {
			e.Now, e.Since = y.now.Add(7*time.Hour), y.now.Add(7*time.Hour-time.Second)
		}},
		"no row":       {severity: pipeline.S1, wrong: func(_ *story, k *Kept, _ *Env) { k.Row = nil }, want: []Finding{{Kind: View}}},
		"wrong title":  {severity: pipeline.S1, wrong: func(_ *story, k *Kept, _ *Env) { k.Row.Title = "drizzle" }, want: []Finding{{Kind: View}}},
		"wrong state":  {severity: pipeline.S1, wrong: func(_ *story, k *Kept, _ *Env) { k.Row.State = "{}" }, want: []Finding{{Kind: View}}},
		"shown closed": {severity: pipeline.S1, wrong: func(_ *story, k *Kept, _ *Env) { k.Row.Closed = 1 }, want: []Finding{{Kind: View}}},
		"no deadlines": {severity: pipeline.S1, wrong: func(_ *story, k *Kept, _ *Env) { k.Deadlines = nil },
			want: []Finding{{Kind: Deadlines, Subject: "ack"}, {Kind: Deadlines, Subject: "contain"}, {Kind: Deadlines, Subject: "publish"}}},
		"a deadline too late": {severity: pipeline.S1, wrong: func(_ *story, k *Kept, _ *Env) {
			k.Deadlines[0].At = k.Deadlines[0].At.Add(time.Hour)
		}, want: []Finding{{Kind: Deadlines, Subject: "contain"}}},
		"a deadline too many": {severity: pipeline.S1, wrong: func(y *story, k *Kept, _ *Env) {
			k.Deadlines = append(k.Deadlines, incident.Deadline{Name: "legal", At: y.now})
		}, want: []Finding{{Kind: Deadlines, Subject: "legal"}}},
		"one method of two lost": {severity: pipeline.S1, wrong: func(_ *story, k *Kept, _ *Env) {
			delete(k.Pending, "PM-2025-09-27-01:page:acknowledge-nora-1:slack")
		}, want: []Finding{{Kind: LostPage, Subject: "acknowledge-nora-1"}}},
		"page lost": {severity: pipeline.S1, wrong: func(_ *story, k *Kept, _ *Env) { clear(k.Pending) },
			want: []Finding{{Kind: LostPage, Subject: "acknowledge-nora-1"}}},
	}
	for name, c := range cases {
		y := begin(t, c.severity)
		k, env := y.kept(), y.env()
		if c.wrong != nil {
			c.wrong(y, &k, &env)
		}
		got := Incident(y.state.ID, y.state, k, env)
		for i := range c.want {
			c.want[i].Stream = y.state.ID
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestUnowned: an incident whose clocks are over belongs to whoever has taken it on, for as long as that person is there.
func TestUnowned(t *testing.T) {
	t.Parallel()
	y := begin(t, pipeline.S1)
	y.send(incident.PageSent)
	y.do(nora, incident.Acknowledge{})
	y.do(lea, incident.AnswerLead{Accept: true})
	y.now = y.now.Add(72 * time.Hour)
	for range 4 { // the breach, and people are told of it three times more
		y.do(monitor, incident.Tick{})
		y.now = y.now.Add(24 * time.Hour)
	}
	if len(y.state.Deadlines()) != 0 {
		t.Fatalf("deadlines are left: %v", y.state.Deadlines())
	}
	for name, c := range map[string]struct {
		gone []people.ID
		want int
	}{"both there": {nil, 0}, "on-call gone": {[]people.ID{"nora"}, 0}, "lead gone": {[]people.ID{"lea"}, 0}, "both gone": {[]people.ID{"nora", "lea"}, 1}} {
		env := y.env()
		env.Responds = func(id people.ID) bool { return !slices.Contains(c.gone, id) }
		got := slices.DeleteFunc(Incident(y.state.ID, y.state, y.kept(), env), func(f Finding) bool { return f.Kind == LostPage })
		if len(got) != c.want || c.want == 1 && got[0].Kind != Unowned {
			t.Errorf("%s: %v, want %d", name, got, c.want)
		}
	}
	y.state.Ack, y.state.Escalation.NextAt = nil, nil
	if got := obligations(y.state, y.now, y.env()); !slices.Contains(got, Finding{Kind: Unpaged, Stream: y.state.ID}) {
		t.Errorf("an incident that nobody has acknowledged and that pages nobody gives %v", got)
	}
}

func TestGhost(t *testing.T) {
	t.Parallel()
	if got := Incident("PM-1", incident.State{}, Kept{Row: &Row{}}, Env{}); !slices.Equal(got, []Finding{{Kind: View, Stream: "PM-1"}}) {
		t.Errorf("a row without entries gives %v", got)
	}
	if got := Incident("PM-1", incident.State{}, Kept{}, Env{}); got != nil {
		t.Errorf("nothing gives %v", got)
	}
}

func TestEffects(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		job  Job
		at   time.Duration // from now
		want Kind
	}{
		"ready":              {Ready, 0, ""},
		"ready for a while":  {Ready, -lateAfter, ""},
		"ready for too long": {Ready, -lateAfter - time.Second, Late},
		"being performed":    {Working, -time.Minute, ""},
		"hangs":              {Working, -lateAfter - time.Second, Late},
		"waits for its time": {Waiting, time.Hour, ""},
		"waits too long":     {Waiting, longestWait + time.Second, Late},
		"is not woken":       {Waiting, -lateAfter - time.Second, Late},
		"no job":             {NoJob, 0, Orphan},
	} {
		got := Effects([]Effect{{Key: "k", Kind: "page", Stream: "PM-1", Job: c.job, At: now.Add(c.at)}}, Env{Wall: now})
		if c.want == "" && len(got) != 0 || c.want != "" && !slices.Equal(got, []Finding{{c.want, "PM-1", "k"}}) {
			t.Errorf("%s: %v, want %q", name, got, c.want)
		}
	}
}

// TestNoFalseAlarm takes incidents through random days: whatever people do, and whether pages arrive, fail or wait, nothing is
// wrong for as long as what is due is done.
func TestNoFalseAlarm(t *testing.T) {
	t.Parallel()
	reached := map[incident.Phase]int{}
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 9))
		severities := []pipeline.Severity{pipeline.S0, pipeline.S1, pipeline.S2, pipeline.S3}
		y := begin(t, severities[r.IntN(4)])
		for step := range 25 {
			y.now = y.now.Add(time.Duration(r.Int64N(int64([]time.Duration{time.Minute, time.Hour, 12 * time.Hour}[r.IntN(3)]))))
			y.do(monitor, incident.Tick{})
			by := []people.Actor{nora, lea, ada}[r.IntN(3)]
			commands := []incident.Command{
				incident.Acknowledge{}, incident.Escalate{To: []people.ID{"lea", "ada"}[r.IntN(2)]}, incident.AnswerLead{Accept: r.IntN(2) == 0, Text: "no"},
				incident.ChangeSeverity{To: severities[r.IntN(4)], Reason: "more"}, incident.Resolve{Text: "done"}, incident.Reopen{Text: "back"},
				incident.RecordQuarantined{Item: "Q-1"}, incident.RecordPrevented{Text: "guard"},
				incident.RecordPublished{Published: incident.Published{Revision: 1, Commit: "c", SHA256: "s", Path: "p"}},
			}
			switch c := commands[r.IntN(len(commands))].(type) {
			case incident.ChangeSeverity:
				c.Policy = pipeline.Config{}.WithDefaults().Severities[c.To]
				_ = y.try(by, c) // what is refused changes nothing
			case incident.RecordQuarantined:
				_ = y.try(monitor, c)
			case incident.RecordPublished:
				if r.IntN(8) == 0 {
					_ = y.try(monitor, c)
				}
			default:
				_ = y.try(by, c)
			}
			switch r.IntN(4) {
			case 0:
				y.send(incident.PageSent)
			case 1:
				y.send(incident.PageFailed)
			}
			if got := y.audit(); len(got) > 0 {
				t.Fatalf("seed %d, step %d: %v; %s", seed, step, got, describe(y))
			}
		}
		reached[y.state.Phase()]++
	}
	for _, p := range []incident.Phase{incident.PhaseAcknowledged, incident.PhaseContained, incident.PhaseResolved, incident.PhasePublished} {
		if reached[p] == 0 {
			t.Errorf("no walk ends in %s: %v", p, reached)
		}
	}
}

func describe(y *story) string {
	return fmt.Sprintf("severity %s, ack %v, resolved %v, clocks %+v, escalation %+v", y.state.Severity, y.state.Ack, y.state.Resolved, y.state.Clocks, y.state.Escalation)
}
