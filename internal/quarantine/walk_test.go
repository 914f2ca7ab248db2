package quarantine

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// TestWalk takes 1,000 items through 40 random commands each. Effects are
// performed late, twice or in another order, as after crashes.
func TestWalk(t *testing.T) {
	t.Parallel()
	reached, erased, retained := map[Status]int{}, 0, 0
	for seed := range uint64(1000) {
		w := &walk{life: newLife(t), rand: rand.New(rand.NewPCG(seed, 3)), keys: map[string]bool{}}
		w.step(monitor, held())
		for n := range 40 {
			by := []people.Actor{monitor, monitor, responder, viewer}[w.rand.IntN(4)]
			w.step(by, w.command())
			if t.Failed() {
				t.Fatalf("seed %d, step %d", seed, n)
			}
		}
		again, err := Fold(w.entries)
		if err != nil || !reflect.DeepEqual(again, w.item) {
			t.Fatalf("seed %d: replaying gives\n%+v (%v)\nlive it is\n%+v", seed, again, err, w.item)
		}
		reached[w.item.Status]++
		if w.item.ErasedAt != nil {
			erased++
		}
		if w.item.Retained != nil {
			retained++
		}
	}
	if erased < rarely || retained < rarely {
		t.Errorf("%d copies are erased, %d retained: the walk does not come there", erased, retained)
	}
	for _, s := range []Status{StatusRestored, StatusSuperseded, StatusDiscarded} {
		if reached[s] < 25 {
			t.Errorf("only %d of 1000 walks end %s: the walk does not reach the machine", reached[s], s)
		}
	}
}

// rarely is how many of the walks end with an erased copy, and with a retained one, at least.
const rarely = 10

type walk struct {
	*life
	rand   *rand.Rand
	copied bool // an event says that a copy was kept
	keys   map[string]bool
	open   []journal.Effect // not reported back yet
}

func (w *walk) step(by people.Actor, c Command) {
	before := w.item
	change, err := w.try(by, c)
	if err != nil {
		return
	}
	if before.Exists() && !before.Active() {
		for _, e := range change.Events {
			if after := []string{TypeProven, TypeErased, TypeRetained}; !slices.Contains(after, e.Type) {
				w.t.Errorf("%T gives %s on an item that is %s", c, e.Type, before.Status)
			}
		}
	}
	for _, e := range change.Events {
		if m, ok := e.Data.(Moved); ok {
			w.copied = w.copied || m.Kept
		}
	}
	for _, e := range change.Effects {
		if w.keys[e.Key] && e.Kind != EffectProbe {
			w.t.Errorf("%T queues the effect %s again, so it would not run", c, e.Key)
		}
		w.keys[e.Key] = true
		w.open = append(w.open, e)
	}
	w.invariants()
}

// invariants must hold after every step of every walk.
func (w *walk) invariants() {
	i := w.item
	waits := func(kind string) bool {
		return slices.ContainsFunc(w.open, func(e journal.Effect) bool { return e.Kind == kind })
	}
	switch {
	case i.Status == StatusMoving && !waits(EffectMove):
		w.t.Error("it is moving and nothing moves it")
	case i.Status == StatusReleasing && !waits(EffectRestore):
		w.t.Error("it is releasing and nothing restores it")
	case (i.Status == StatusSuperseded || i.Status == StatusDiscarded) && !w.keyed(EffectLift):
		w.t.Errorf("it is %s and nothing has let go of its path", i.Status)
	case i.Status == StatusRestored && i.DecidedBy != responder.ID:
		w.t.Errorf("it is restored and %q decided so", i.DecidedBy)
	case i.Active() != (i.EndedAt == nil):
		w.t.Errorf("it is %s and ended at %v", i.Status, i.EndedAt)
	case i.ErasedAt != nil && (i.Status != StatusDiscarded && i.Status != StatusRestored || i.Kept || i.Retained != nil || i.SHA256 != judgedAs):
		w.t.Errorf("it is erased and %s, kept %v, retained %v, of %q", i.Status, i.Kept, i.Retained, i.SHA256)
	case i.Kept != w.copied && i.ErasedAt == nil:
		w.t.Errorf("kept is %v and nothing was erased", i.Kept)
	case !i.Active() && i.Problem != "":
		w.t.Errorf("it is %s with the problem %q", i.Status, i.Problem)
	}
}

func (w *walk) keyed(kind string) bool {
	return slices.ContainsFunc(w.effects, func(e journal.Effect) bool { return e.Kind == kind })
}

// command makes a random command: often the report of an effect that waits.
func (w *walk) command() Command {
	if len(w.open) > 0 && w.rand.IntN(2) == 0 {
		n := w.rand.IntN(len(w.open))
		e := w.open[n]
		c := w.report(e)
		// The store marks an effect as done in the transaction of its report,
		// which the system writes.
		if _, err := Decide(w.item, c, Env{w.now, monitor}); err == nil {
			w.open = slices.Delete(w.open, n, n+1)
		}
		w.step(monitor, c)
	}
	all := []Command{
		held(), Retry{}, Release{"why"}, Discard{"why"}, moved(true), proof(true), proof(false), RecordLifted{},
		RecordErased{}, RecordRetained{Retained{evidenceOf}},
	}
	if w.rand.IntN(8) == 0 {
		all = append(all, Supersede{Superseded{SHA256: newer}})
	}
	c := all[w.rand.IntN(len(all))]
	if _, late := c.(RecordMoved); late && w.item.Status == StatusMoving {
		return Retry{} // only its effect reports a move
	}
	return c
}

func (w *walk) report(e journal.Effect) Command {
	bad := w.rand.IntN(4) == 0
	switch e.Kind {
	case EffectMove:
		if bad {
			return RecordFailure{Failed{Doing: Moving, Reason: "it is a link"}}
		}
		return moved(w.rand.IntN(2) == 0)
	case EffectRestore:
		if bad {
			return RecordFailure{Failed{Doing: Restoring, Reason: "another lies there"}}
		}
		return RecordRestored{Restored{judgedAs}}
	case EffectLift:
		return RecordLifted{}
	}
	return proof(w.item.Active())
}

// TestFoldPassesOverUnknown proves that entries of later versions do not stop the fold.
func TestFoldPassesOverUnknown(t *testing.T) {
	t.Parallel()
	l := in(t, StatusHeld)
	e := l.entries[len(l.entries)-1]
	e.Type, e.Seq = "quarantine.from-the-future", e.Seq+1
	if i, err := Fold(append(l.entries, e)); err != nil || i.Status != StatusHeld || i.Seq != e.Seq {
		t.Errorf("fold with an unknown event: %s, seq %d, %v; want held, %d, nil", i.Status, i.Seq, err, e.Seq)
	}
	l.entries[0].Data = []byte(`{"bytes":"many"}`)
	if _, err := Fold(l.entries); err == nil {
		t.Error("a holding with a text as its size folds without an error")
	}
}

// TestTypes proves that all event types are declared once.
func TestTypes(t *testing.T) {
	t.Parallel()
	declared := map[string]bool{}
	for _, typ := range Types() {
		if declared[typ.Name] {
			t.Errorf("%s is declared twice", typ.Name)
		}
		declared[typ.Name] = true
	}
	for _, s := range statuses {
		for _, e := range in(t, s).entries {
			if !declared[e.Type] || !IsStream(e.Stream) {
				t.Errorf("%s of %s is emitted but not declared", e.Type, e.Stream)
			}
		}
	}
}
