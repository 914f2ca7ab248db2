package oncall

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// night is 04:12 on a Saturday.
var night = time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC)

func reach(ids ...string) (list []Responder) {
	for _, id := range ids {
		list = append(list, Responder{people.ID(id), []string{"mail"}})
	}
	return list
}

// told writes effects as one line.
func told(effects []Effect) string {
	var words []string
	for _, e := range effects {
		switch e.Kind {
		case PageSomeone:
			words = append(words, string(e.To.ID))
		case WaitQuiet:
			words = append(words, "quiet until "+e.Until.Format("15:04"))
		case SkipNobody:
			words = append(words, "no "+string(e.Target))
		case SkipNoWay:
			words = append(words, "not "+string(e.To.ID))
		default:
			words = append(words, string(e.Kind))
		}
	}
	return strings.Join(words, " ")
}

// run is an escalation that a test drives.
type run struct {
	t      *testing.T
	e      Escalation
	roster Roster
	now    time.Time
}

func (r *run) do(event Event) string {
	var effects []Effect
	r.e, effects = Step(r.e, event, r.now)
	return told(effects)
}

// next goes on to what is due next, and says when that was and what it did.
func (r *run) next() string {
	r.t.Helper()
	if r.e.NextAt == nil {
		return "nothing"
	}
	wait := r.e.NextAt.Sub(r.now)
	r.now = *r.e.NextAt
	return wait.String() + ": " + r.do(Due{r.roster})
}

func begun(t *testing.T, p pipeline.Escalation, roster Roster) (*run, string) {
	r := &run{t: t, roster: roster, now: night}
	return r, r.do(Begin{p, roster})
}

func targets(names ...pipeline.Target) []pipeline.Target { return names }

// TestRounds goes through steps, rounds and the fallback, which does not end.
func TestRounds(t *testing.T) {
	t.Parallel()
	p := pipeline.Escalation{
		Steps: []pipeline.EscalationStep{{Page: targets("on-call")}, {Page: targets("on-call:secondary", "lead"), After: 5 * time.Minute}},
		Every: 10 * time.Minute, Repeat: 1,
	}
	r, first := begun(t, p, Roster{"on-call": reach("ada"), "on-call:secondary": reach("zoe"), "lead": reach("grace", "ada"), "administrator": reach("root")})
	got := []string{first}
	for range 6 {
		got = append(got, r.next())
	}
	want := []string{"ada", "5m0s: zoe grace ada", "10m0s: ada", "5m0s: zoe grace ada", "10m0s: root", "1h0m0s: root", "1h0m0s: root"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if r.do(Stop{}); r.next() != "nothing" {
		t.Error("after an acknowledgement something is due")
	}
}

// TestOnCall1206 is oncall#1206: an escalation that waits for the end of quiet hours goes on after a restart.
func TestOnCall1206(t *testing.T) {
	t.Parallel()
	p := pipeline.Escalation{Steps: []pipeline.EscalationStep{{Page: targets("on-call")}}, Quiet: &pipeline.QuietHours{From: "22:00", Until: "07:00", TimeZone: "Europe/Paris"}}
	r, first := begun(t, p, Roster{"on-call": reach("ada")})
	if first != "quiet until 05:00" { // 07:00 in Paris
		t.Fatalf("at 06:12 in Paris: %q", first)
	}
	text, err := json.Marshal(r.e) // all that a restart leaves
	if err != nil {
		t.Fatal(err)
	}
	r.e = Escalation{}
	if err := json.Unmarshal(text, &r.e); err != nil {
		t.Fatal(err)
	}
	if got := r.next(); got != "48m0s: ada" {
		t.Errorf("after the restart: %q", got)
	}
}

// TestOnCall1326 is oncall#1326 and #1511: somebody without a way to be reached does not swallow the step, and it is said.
func TestOnCall1326(t *testing.T) {
	t.Parallel()
	p := pipeline.Escalation{Steps: []pipeline.EscalationStep{{Page: targets("on-call")}, {Page: targets("@eve"), After: time.Hour}, {Page: targets("lead"), After: time.Hour}}}
	deaf := []Responder{{ID: "ada"}}
	_, got := begun(t, p, Roster{"on-call": deaf, "lead": reach("grace")})
	if got != "not ada no @eve grace" {
		t.Errorf("got %q: want the first who can be reached, at once", got)
	}
	if _, got = begun(t, p, Roster{"on-call": deaf, "administrator": reach("root")}); got != "not ada no @eve no lead root" {
		t.Errorf("got %q, want the fallback at once", got)
	}
	r, got := begun(t, p, nil)
	if got != "no on-call no @eve no lead no administrator shout" || r.e.NextAt == nil {
		t.Errorf("with nobody at all: %q, next at %v", got, r.e.NextAt)
	}
	r.roster = Roster{"on-call": reach("ada")}
	for i := 0; !strings.HasSuffix(r.next(), "shout"); i++ {
		if i > 10 {
			t.Fatal("who cannot be reached is told once and never again")
		}
	}
}

// TestOnCall1503 is oncall#1503: where every page of a step is lost the next step does not wait.
func TestOnCall1503(t *testing.T) {
	t.Parallel()
	p := pipeline.Escalation{Steps: []pipeline.EscalationStep{{Page: targets("on-call")}, {Page: targets("lead"), After: time.Hour}}}
	r, _ := begun(t, p, Roster{"on-call": reach("ada"), "lead": reach("grace"), "administrator": reach("root")})
	r.now = r.now.Add(time.Second)
	if got := r.do(Lost{r.roster}); got != "grace" {
		t.Errorf("after a lost page: %q", got)
	}
	if got := r.do(Lost{r.roster}); got != "root" {
		t.Errorf("after the last step is lost: %q", got)
	}
	if got := r.do(Lost{r.roster}); got != "" {
		t.Errorf("after the fallback is lost: %q, want to wait for its time", got)
	}
	r.do(Stop{})
	if got := r.do(Lost{r.roster}); got != "" {
		t.Errorf("a page that is lost after the acknowledgement pages %q", got)
	}
}

// TestOnCall1931 is oncall#1931: the stated wait is kept to, after an outage as well.
func TestOnCall1931(t *testing.T) {
	t.Parallel()
	p := pipeline.Escalation{Steps: []pipeline.EscalationStep{{Page: targets("on-call")}, {Page: targets("lead"), After: 5 * time.Minute}, {Page: targets("@eve"), After: 5 * time.Minute}}}
	r, _ := begun(t, p, Roster{"on-call": reach("ada"), "lead": reach("grace"), "@eve": reach("eve")})
	r.now = night.Add(5*time.Minute - time.Nanosecond)
	if got := r.do(Due{r.roster}); got != "" {
		t.Errorf("before its time: %q", got)
	}
	r.now = night.Add(3 * time.Hour) // we were down
	if got := r.do(Due{r.roster}); got != "grace" {
		t.Errorf("after an outage: %q", got)
	}
	if got := r.next(); got != "5m0s: eve" {
		t.Errorf("the step after it: %q", got)
	}
}

// TestOpsKnightPolicyEdit is OpsKnight 1.3: an edit of the policy changes no escalation that is under way; a severity that
// changes does, and pages those only who were not paged before.
func TestOpsKnightPolicyEdit(t *testing.T) {
	t.Parallel()
	first := pipeline.Escalation{Steps: []pipeline.EscalationStep{{Page: targets("on-call")}, {Page: targets("lead"), After: time.Hour}}}
	r, _ := begun(t, first, Roster{"on-call": reach("ada"), "lead": reach("grace"), "administrator": reach("root")})
	was := r.e.Generation
	graver := pipeline.Escalation{Steps: []pipeline.EscalationStep{{Page: targets("on-call", "lead", "administrator")}, {Page: targets("on-call"), After: 5 * time.Minute}}}
	if got := r.do(Begin{graver, r.roster}); got != "grace root" || r.e.Generation != was+1 {
		t.Errorf("graver: %q, generation %d", got, r.e.Generation)
	}
	if got := r.next(); got != "5m0s: ada" {
		t.Errorf("then %q, want the on-call again", got)
	}
	if got := r.do(Begin{pipeline.Escalation{}, r.roster}); got != "" || r.e.NextAt != nil {
		t.Errorf("a severity that wakes nobody: %q, next at %v", got, r.e.NextAt)
	}
}

// TestHandOff: who is on call is asked when a step is taken, not when the incident was opened.
func TestHandOff(t *testing.T) {
	t.Parallel()
	p := pipeline.Escalation{Steps: []pipeline.EscalationStep{{Page: targets("on-call")}}, Repeat: 1, Every: time.Hour}
	r, _ := begun(t, p, Roster{"on-call": reach("ada")})
	r.roster = Roster{"on-call": reach("zoe")}
	if got := r.next(); got != "1h0m0s: zoe" {
		t.Errorf("after the hand-off: %q", got)
	}
}

// TestQuietHours asks at the edges of a stretch, over midnight and over the changes of summer time.
func TestQuietHours(t *testing.T) {
	t.Parallel()
	over, within := pipeline.QuietHours{From: "22:00", Until: "07:00", TimeZone: "Europe/Paris"}, pipeline.QuietHours{From: "02:30", Until: "06:00", TimeZone: "Europe/Paris"}
	for _, row := range []struct {
		q        pipeline.QuietHours
		at, want string
	}{
		{over, "2025-09-26 21:59", ""},
		{over, "2025-09-26 22:00", "2025-09-27 07:00"},
		{over, "2025-09-27 00:00", "2025-09-27 07:00"},
		{over, "2025-09-27 06:59", "2025-09-27 07:00"},
		{over, "2025-09-27 07:00", ""},
		{over, "2025-03-29 23:00", "2025-03-30 07:00"}, // seven hours
		{over, "2025-10-25 23:00", "2025-10-26 07:00"}, // nine hours
		{within, "2025-09-27 02:29", ""},
		{within, "2025-09-27 02:30", "2025-09-27 06:00"},
		{within, "2025-03-30 03:00", "2025-03-30 06:00"}, // 02:30 was skipped
		{pipeline.QuietHours{From: "22:00", Until: "07:00", TimeZone: "Nowhere/Land"}, "2025-09-27 00:00", ""},
	} {
		until, quiet := QuietUntil(row.q, local(t, "Europe/Paris", row.at))
		if quiet != (row.want != "") || quiet && !until.Equal(local(t, "Europe/Paris", row.want)) {
			t.Errorf("%s: quiet %v until %v, want until %q", row.at, quiet, until, row.want)
		}
	}
}

// randomPolicy is a valid policy.
func randomPolicy(r *rand.Rand) pipeline.Escalation {
	all := targets("on-call", "on-call:secondary", "lead", "administrator", "@eve")
	some := func() []pipeline.Target {
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		return append([]pipeline.Target(nil), all[:1+r.IntN(3)]...)
	}
	p := pipeline.Escalation{Repeat: r.IntN(4), Every: time.Duration(1+r.IntN(30)) * time.Minute}
	for range 1 + r.IntN(4) {
		p.Steps = append(p.Steps, pipeline.EscalationStep{Page: some(), After: time.Duration(r.IntN(60)) * time.Minute})
	}
	if r.IntN(2) == 0 {
		p.Fallback = some()
	}
	if r.IntN(3) == 0 {
		p.Quiet = &pipeline.QuietHours{From: fmt.Sprintf("%02d:30", r.IntN(24)), Until: fmt.Sprintf("%02d:00", r.IntN(24)), TimeZone: "Pacific/Apia"}
	}
	return p
}

func randomRoster(r *rand.Rand) Roster {
	roster := Roster{}
	for _, t := range targets("on-call", "on-call:secondary", "lead", "administrator", "@eve") {
		for range r.IntN(3) {
			who := Responder{ID: people.ID(string(rune('a' + r.IntN(6))))}
			if r.IntN(4) > 0 {
				who.Methods = []string{"mail"}
			}
			roster[t] = append(roster[t], who)
		}
	}
	return roster
}

// TestEscalationLaws walks at random: while nobody acknowledges somebody is next, in the future; nothing happens before
// its time; an hour has a bounded number of steps; whoever can be reached by a step is paged by it; what is stored goes on
// as what is not.
func TestEscalationLaws(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 6))
		now := night
		e, effects := Step(Escalation{}, Begin{randomPolicy(r), randomRoster(r)}, now)
		steps, hour := 0, now
		for n := range 60 {
			if e.NextAt == nil || !e.NextAt.After(now) && e.Policy.Steps[min(e.Next, len(e.Policy.Steps)-1)].After > 0 {
				t.Fatalf("seed %d, step %d: next at %v, now %v, after %s", seed, n, e.NextAt, now, told(effects))
			}
			if same, did := Step(e, Due{randomRoster(r)}, e.NextAt.Add(-1)); len(did) > 0 || !reflect.DeepEqual(same, e) {
				t.Fatalf("seed %d, step %d: before its time it does %s", seed, n, told(did))
			}
			now = e.NextAt.Add(time.Duration(r.Int64N(int64(time.Hour))) * time.Duration(r.IntN(2)))
			roster := randomRoster(r)
			text, _ := json.Marshal(e)
			var stored Escalation
			if err := json.Unmarshal(text, &stored); err != nil {
				t.Fatal(err)
			}
			event := Event(Due{roster})
			switch r.IntN(12) {
			case 0:
				event = Lost{roster}
			case 1:
				event = Begin{randomPolicy(r), roster}
			}
			other, otherDid := Step(stored, event, now)
			e, effects = Step(e, event, now)
			if fmt.Sprint(other, otherDid) == "" || told(otherDid) != told(effects) || !other.NextAt.Equal(*e.NextAt) || other.Next != e.Next || other.Round != e.Round {
				t.Fatalf("seed %d, step %d: stored it does %s, else %s", seed, n, told(otherDid), told(effects))
			}
			if now.Sub(hour) > time.Hour {
				steps, hour = 0, now
			}
			if steps++; steps > 5*61 {
				t.Fatalf("seed %d: %d steps in an hour", seed, steps)
			}
			if did := told(effects); event == Event(nil) || did == "" && !isBegin(event) {
				t.Fatalf("seed %d, step %d: what was due did nothing", seed, n)
			}
		}
		if e, _ = Step(e, Stop{}, now); e.NextAt != nil {
			t.Fatalf("seed %d: after the acknowledgement something is due", seed)
		}
		if _, did := Step(e, Due{randomRoster(r)}, now.AddDate(1, 0, 0)); len(did) > 0 {
			t.Fatalf("seed %d: a year after the acknowledgement: %s", seed, told(did)) // oncall#3111, #4760
		}
	}
}

func isBegin(e Event) bool { _, ok := e.(Begin); return ok }
