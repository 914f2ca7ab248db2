package incident

import (
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

func joining(name string, s pipeline.Severity) JoinAlert {
	return JoinAlert{AlertJoined{Name: name, Fingerprint: name, Severity: s}, pipeline.DefaultPolicies()[s]}
}

// types lists the types of a change's events.
func typesOf(c journal.Change) []string {
	var list []string
	for _, e := range c.Events {
		list = append(list, e.Type)
	}
	return list
}

// A joining alert raises the severity, never lowers it, and the raise does
// what a person's change of severity would do.
func TestJoiningAlertRaisesTheSeverity(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	o := opening(pipeline.S2)
	o.Routes = []string{"catalogue"}
	l.do(monitor, o)
	l.do(monitor, joining("lower", pipeline.S3))
	l.do(monitor, joining("same", pipeline.S2))
	if l.state.Severity != pipeline.S2 || l.state.AlertsJoined != 2 {
		t.Errorf("severity %s after %d joined, want S2 after 2", l.state.Severity, l.state.AlertsJoined)
	}
	l.do(monitor, joining("leak", pipeline.S0))
	if l.state.Severity != pipeline.S0 || l.state.Policy.Legal == 0 {
		t.Errorf("severity %s with policy %+v, want S0 and its policy", l.state.Severity, l.state.Policy)
	}
	if _, active := l.state.Active("catalogue"); !active {
		t.Error("the raise to S0 did not ask for its automatic containment")
	}
	raised, err := journal.Decode[SeverityChanged](find(t, l.entries, TypeSeverityChanged))
	if err != nil || raised.Alert != "leak" || raised.From != pipeline.S2 || raised.Reason == "" {
		t.Errorf("journalled %+v, %v; want the alert that raised it and a reason", raised, err)
	}
}

func find(t *testing.T, entries []journal.Entry, kind string) journal.Entry {
	t.Helper()
	for _, e := range entries {
		if e.Type == kind {
			return e
		}
	}
	t.Fatalf("no %s among %d entries", kind, len(entries))
	return journal.Entry{}
}

// A storm or a flapping alert must not fill the journal.
func TestAlertEventsAreBounded(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	l.do(monitor, opening(pipeline.S2))
	for range 3 * maxJoined {
		l.do(monitor, joining("storm", pipeline.S2))
		l.do(monitor, EndAlerts{Count: 2})
	}
	joined, last, ended := 0, 0, 0
	for _, e := range l.entries {
		switch e.Type {
		case TypeAlertJoined:
			joined++
			if v, err := journal.Decode[AlertJoined](e); err == nil && v.Last {
				last++
				if joined != maxJoined {
					t.Errorf("event %d says that it is the last", joined)
				}
			}
		case TypeAlertsResolved:
			ended++
		}
	}
	if joined != maxJoined || last != 1 || ended != maxResolved {
		t.Errorf("%d joined (%d of them last), %d ended; want %d, 1, %d", joined, last, ended, maxJoined, maxResolved)
	}
	// The severity is raised all the same.
	change, err := l.try(monitor, joining("late leak", pipeline.S0))
	if got := typesOf(change); err != nil || len(got) == 0 || got[0] != TypeSeverityChanged {
		t.Errorf("a late alert of S0 gives %v, %v; want the severity raised", got, err)
	}
}
