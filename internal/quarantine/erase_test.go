package quarantine

import (
	"testing"
	"time"
)

const month = 30 * 24 * time.Hour

// TestEraseAt: only a kept copy that a person has discarded is ever erased, and once.
func TestEraseAt(t *testing.T) {
	t.Parallel()
	for _, s := range statuses {
		at := in(t, s).item.EraseAt(month)
		if want := s == StatusDiscarded; at.IsZero() == want || want && !at.Equal(night().Add(month)) {
			t.Errorf("%q: erased at %v", s, at)
		}
	}
	l := newLife(t)
	l.do(monitor, held())
	l.do(monitor, moved(false))
	l.do(responder, Discard{"why"})
	if at := l.item.EraseAt(0); !at.IsZero() {
		t.Errorf("what was never copied is erased at %v", at)
	}
	for _, c := range []Command{RecordErased{}, RecordRetained{Retained{evidenceOf}}} {
		l := in(t, StatusDiscarded)
		l.do(monitor, c)
		if at := l.item.EraseAt(0); !at.IsZero() {
			t.Errorf("after %T it is erased at %v", c, at)
		}
		for _, again := range []Command{RecordErased{}, RecordRetained{Retained{evidenceOf}}} {
			if change := l.do(monitor, again); len(change.Events) > 0 {
				t.Errorf("after %T the command %T gives %+v", c, again, change.Events)
			}
		}
	}
}

// TestNeeding: the bytes are needed as long as one item is neither discarded nor
// put back, or was discarded too lately.
func TestNeeding(t *testing.T) {
	t.Parallel()
	item := func(s Status) Item { return in(t, s).item }
	erased, retained := in(t, StatusDiscarded), in(t, StatusDiscarded)
	erased.do(monitor, RecordErased{})
	retained.do(monitor, RecordRetained{Retained{evidenceOf}})
	now := night().Add(month)
	for _, row := range []struct {
		name    string
		holders []Item
		now     time.Time
		want    bool
	}{
		{"none", nil, now, false},
		{"one a moment too early", []Item{item(StatusDiscarded)}, now.Add(-time.Second), true},
		{"one in time", []Item{item(StatusDiscarded)}, now, false},
		{"erased and retained ones", []Item{erased.item, retained.item}, night(), false},
		{"with one held", []Item{item(StatusDiscarded), item(StatusHeld)}, now, true},
		{"with one being moved", []Item{item(StatusMoving), item(StatusDiscarded)}, now, true},
		{"with one put back", []Item{item(StatusDiscarded), item(StatusRestored)}, now, false},
		{"with one being put back", []Item{item(StatusDiscarded), item(StatusReleasing)}, now, true},
		{"with one replaced", []Item{item(StatusSuperseded)}, now, true},
	} {
		if got := Needing(row.holders, month, row.now).Exists(); got != row.want {
			t.Errorf("%s: needed %v, want %v", row.name, got, row.want)
		}
	}
}
