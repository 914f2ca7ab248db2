package oncall

import (
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// Escalation is where the paging of one incident stands. It is a value that is stored whole; [Step] moves it.
//
// While nobody has acknowledged, NextAt lies in the future after each step: there is always somebody who is paged
// next, and when. What is due is counted from when it was done, not from when it should have been: after an outage of
// ours the missed steps do not go out all at once.
type Escalation struct {
	Policy     pipeline.Escalation `json:"policy"` // as it was when the incident was opened, or its severity changed
	Generation int                 `json:"generation"`
	Round      int                 `json:"round"`                // completed rounds
	Taken      int                 `json:"taken"`                // index of the step that was taken last; behind the last it is the fallback
	TakenRound int                 `json:"takenRound,omitempty"` // the rounds that were completed when it was taken
	Next       int                 `json:"next"`                 // of the one that is due next
	NextAt     *time.Time          `json:"nextAt,omitempty"`     // nil: it has not begun, or somebody has acknowledged
	Paged      []people.ID         `json:"paged,omitempty"`      // who has been paged since it began
}

// Event is what may happen to an escalation.
type Event interface {
	step(e Escalation, now time.Time) (Escalation, []Effect)
}

// Begin starts paging, or goes on by another policy: a new severity pages at once whom the one before has not.
type Begin struct {
	Policy pipeline.Escalation
	Roster Roster
}

// Due takes the step whose time has come, if it has.
type Due struct{ Roster Roster }

// Lost says that none of the pages of the last step can reach anybody: the next step is taken at once.
type Lost struct{ Roster Roster }

// Stop ends it: somebody has acknowledged, or the incident is closed.
type Stop struct{}

// Roster says who stands behind each target at the time, as the caller found it.
type Roster map[pipeline.Target][]Responder

// Responder is a person, and the methods by which it can be reached, the first first.
type Responder struct {
	ID      people.ID
	Methods []string
}

// Effect is what an escalation asks for.
type Effect struct {
	Kind    EffectKind
	Target  pipeline.Target
	To      Responder // of a page and of somebody who is skipped
	Until   time.Time // of a wait
	Renewed bool      // the person was paged before
}

// EffectKind tells effects.
type EffectKind string

// The effects.
const (
	PageSomeone EffectKind = "page"
	SkipNobody  EffectKind = "nobody"      // a target that nobody stands behind
	SkipNoWay   EffectKind = "unreachable" // somebody without a method that works
	WaitQuiet   EffectKind = "quiet"       // until the quiet hours are over
	Shout       EffectKind = "shout"       // nobody at all can be reached
)

const (
	// fallbackEvery is the least time between two pages to the fallback: it is paged for as long as nobody acknowledges.
	fallbackEvery = time.Hour
)

// Step moves an escalation. It is pure: the same state, event and time give the same, whenever and wherever they are asked.
func Step(e Escalation, event Event, now time.Time) (Escalation, []Effect) { return event.step(e, now) }

func (b Begin) step(e Escalation, now time.Time) (Escalation, []Effect) {
	e.Policy, e.Generation, e.Round, e.Taken, e.TakenRound, e.Next, e.NextAt = b.Policy, e.Generation+1, 0, 0, 0, 0, nil
	if len(b.Policy.Steps) == 0 {
		return e, nil // this severity wakes nobody
	}
	at := now.Add(b.Policy.Steps[0].After)
	e.NextAt = &at
	return e.advance(b.Roster, now, false)
}

func (d Due) step(e Escalation, now time.Time) (Escalation, []Effect) {
	return e.advance(d.Roster, now, true)
}

func (l Lost) step(e Escalation, now time.Time) (Escalation, []Effect) {
	if e.NextAt == nil {
		return e, nil
	}
	if n := len(e.Policy.Steps); e.Taken < n { // else the fallback was lost: its next time must do
		if e.Taken+1 == n && e.Next == 0 { // the round was over with it
			e.Round--
		}
		e.Next, e.NextAt = e.Taken+1, &now
	}
	return e.advance(l.Roster, now, true)
}

func (Stop) step(e Escalation, _ time.Time) (Escalation, []Effect) {
	e.NextAt = nil
	return e, nil
}

// advance takes what is due: one step, and those after it for as long as nobody is reached. Whoever was paged before is
// paged again where again is set, and counts as reached where it is not.
func (e Escalation) advance(roster Roster, now time.Time, again bool) (Escalation, []Effect) {
	if e.NextAt == nil || now.Before(*e.NextAt) {
		return e, nil
	}
	if q := e.Policy.Quiet; q != nil {
		if until, quiet := QuietUntil(*q, now); quiet {
			e.NextAt = &until
			return e, []Effect{{Kind: WaitQuiet, Until: until}}
		}
	}
	var effects []Effect
	for range len(e.Policy.Steps) + 1 {
		last := e.Next == len(e.Policy.Steps)
		e.Taken, e.TakenRound = e.Next, e.Round
		reached, did := e.take(roster, again)
		effects = append(effects, did...)
		if e = e.plan(now, reached); reached {
			return e, effects
		}
		if last {
			break
		}
	}
	at := now.Add(e.Policy.Pause())
	e.NextAt = &at
	return e, append(effects, Effect{Kind: Shout})
}

// take pages whom the step that is due names.
func (e *Escalation) take(roster Roster, again bool) (reached bool, effects []Effect) {
	targets := Fallback(e.Policy)
	if e.Next < len(e.Policy.Steps) {
		targets = e.Policy.Steps[e.Next].Page
	}
	seen := map[people.ID]bool{}
	for _, t := range targets {
		if len(roster[t]) == 0 {
			effects = append(effects, Effect{Kind: SkipNobody, Target: t})
		}
		for _, r := range roster[t] {
			before := slices.Contains(e.Paged, r.ID)
			switch {
			case seen[r.ID]:
			case len(r.Methods) == 0:
				effects = append(effects, Effect{Kind: SkipNoWay, Target: t, To: r})
			case before && !again:
				reached = true
			default:
				effects = append(effects, Effect{Kind: PageSomeone, Target: t, To: r, Renewed: before})
				reached = true
			}
			if seen[r.ID] = true; !before && len(r.Methods) > 0 {
				e.Paged = append(e.Paged[:len(e.Paged):len(e.Paged)], r.ID)
			}
		}
	}
	return reached, effects
}

// plan says what is next, and when, after a step was taken now. A round that is over begins again; behind the last one
// the fallback is next.
func (e Escalation) plan(now time.Time, reached bool) Escalation {
	wait := time.Duration(0)
	switch n := len(e.Policy.Steps); {
	case e.Next+1 < n:
		e.Next++
		wait = e.Policy.Steps[e.Next].After
	case e.Next+1 == n && reached && e.Round < e.Policy.Repeat:
		e.Next, e.Round = 0, e.Round+1
		wait = e.Policy.Pause()
	case e.Next < n: // the rounds are over, or this one reached nobody at its end
		e.Next = n
		wait = e.Policy.Pause()
	case e.Round < e.Policy.Repeat:
		e.Next, e.Round = 0, e.Round+1
		wait = e.Policy.Pause()
	default:
		wait = max(e.Policy.Pause(), fallbackEvery)
	}
	at := now.Add(wait)
	e.NextAt = &at
	return e
}

// Fallback is whom a policy pages after its last round.
func Fallback(p pipeline.Escalation) []pipeline.Target {
	if len(p.Fallback) > 0 {
		return p.Fallback
	}
	return []pipeline.Target{pipeline.AdminTarget}
}

// QuietUntil tells whether quiet hours are in force, and when they end. Zones that are not known have none: a page is
// not held back for a mistake in the configuration.
func QuietUntil(q pipeline.QuietHours, now time.Time) (until time.Time, quiet bool) {
	zone, err := time.LoadLocation(q.TimeZone)
	from, fromErr := time.Parse("15:04", q.From)
	to, toErr := time.Parse("15:04", q.Until)
	if err != nil || fromErr != nil || toErr != nil {
		return time.Time{}, false
	}
	clock := wall(now, zone)
	midnight := clock.Truncate(day)
	sinceMidnight := func(t time.Time) time.Duration {
		return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	}
	begin, end := midnight.Add(sinceMidnight(from)), midnight.Add(sinceMidnight(to))
	if !begin.Before(end) { // it spans midnight
		if clock.Before(end) {
			begin = begin.Add(-day)
		} else {
			end = end.Add(day)
		}
	}
	if clock.Before(begin) || !clock.Before(end) {
		return time.Time{}, false
	}
	if until = instant(end, zone); !until.After(now) { // the wall clock was put back into them
		return time.Time{}, false
	}
	return until.UTC(), true
}
