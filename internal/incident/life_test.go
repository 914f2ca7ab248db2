package incident

import (
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// The people of the tests. Each id says what the person is.
var (
	onCall    = people.Actor{ID: "on-call", Role: people.Responder}
	lead      = people.Actor{ID: "lead", Role: people.Lead}
	board     = people.Actor{ID: "board", Role: people.Board, Domain: people.Brand}
	admin     = people.Actor{ID: "administrator", Role: people.Administrator}
	viewer    = people.Actor{ID: "viewer", Role: people.Viewer}
	responder = people.Actor{ID: "responder", Role: people.Responder}
	monitor   = people.Monitor()
	nobody    = people.Actor{Role: people.Administrator}
)

// night is the detection of the reference incident.
func night() time.Time { return time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC) }

// life is one incident with the journal that it has written.
type life struct {
	t       *testing.T
	now     time.Time
	head    journal.Head
	entries []journal.Entry
	effects []journal.Effect
	state   State
	crew    oncall.Crew
}

func newLife(t *testing.T) *life {
	t.Helper()
	return &life{t: t, now: night()}
}

// try decides a command and appends what follows from it.
func (l *life) try(by people.Actor, c Command) (journal.Change, error) {
	l.t.Helper()
	change, err := Decide(l.state, c, Env{Now: l.now, By: by, Crew: l.crew})
	if err != nil {
		return change, err
	}
	for _, d := range change.Events {
		e, err := journal.Seal(d, l.head, l.now)
		if err != nil {
			l.t.Fatalf("%T gives an event that cannot be stored: %v", c, err)
		}
		l.head = journal.Head{Size: e.Seq, Hash: e.Hash}
		l.entries = append(l.entries, e)
		if err := l.state.apply(e); err != nil {
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
		l.t.Fatalf("%T by %s while %s: %v", c, by.ID, l.state.Phase(), err)
	}
	return change
}

// at moves the clock to a time after detection and ticks.
func (l *life) at(after time.Duration) journal.Change {
	l.t.Helper()
	l.now = night().Add(after)
	return l.do(monitor, Tick{})
}

func opening(s pipeline.Severity) Open {
	return Open{ID: "PM-2025-09-27-01", Opened: Opened{
		Severity: s, Policy: pipeline.DefaultPolicies()[s], Pipeline: "catalogue", Routes: []string{"catalogue"},
		Title: "Dérive couleur marque", OnCall: onCall.ID, Lead: lead.ID, Admins: []people.ID{admin.ID},
	}}
}

func probe() Probe {
	return Probe{URL: "http://127.0.0.1/catalogue/a.png", Status: 200, CacheControl: "no-store", State: "disabled"}
}

func publication(revision int) RecordPublished {
	return RecordPublished{Published{Revision: revision, Commit: "c0ffee", SHA256: string(rune('a' + revision)), Path: "p.md"}}
}

// phases gives an S1 in each phase, reached on the usual way, in order.
func phases(t *testing.T) []*life {
	t.Helper()
	steps := []func(*life){
		func(*life) {},
		func(l *life) { l.do(monitor, opening(pipeline.S1)) },
		func(l *life) {
			l.do(onCall, Acknowledge{})
			l.do(onCall, SendUpdate{"colours are off", "none yet", "disable the route"})
		},
		func(l *life) {
			l.do(onCall, DisableRoute{Route: "catalogue"})
			l.do(monitor, RecordProbe{ID: "M1", Probe: probe()})
			l.do(onCall, FileImpact{Impact{Checked: 10, Affected: 3}})
		},
		func(l *life) {
			l.do(onCall, Undo{ID: "M1"})
			l.do(monitor, RecordProbe{ID: "M1", Undo: true, Probe: probe()})
			l.do(lead, Resolve{"the old LUT is back"})
		},
		func(l *life) { l.do(monitor, publication(1)) },
		func(l *life) { l.do(lead, Close{}) },
	}
	all := make([]*life, len(steps))
	for i := range steps {
		all[i] = newLife(t)
		for _, step := range steps[:i+1] {
			step(all[i])
			all[i].now = all[i].now.Add(time.Minute)
		}
	}
	return all
}

// in gives an S1 in one phase.
func in(t *testing.T, p Phase) *life {
	t.Helper()
	for _, l := range phases(t) {
		if l.state.Phase() == p {
			return l
		}
	}
	t.Fatalf("no way leads to the phase %s", p)
	return nil
}
