package watch

import (
	"context"
	"errors"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
)

// TestLedgerTakesBuffersBack lets a pair measure a large picture: what it holds then is there for the next that needs it.
func TestLedgerTakesBuffersBack(t *testing.T) {
	t.Parallel()
	one, two := &pair{meter: measure.NewMeter(measure.Options{})}, &pair{meter: measure.NewMeter(measure.Options{})}
	l := newLedger(100, []*pair{one, two})
	large, other := need{kind: "a", memory: 80}, need{kind: "b", memory: 90}
	for range 3 { // the same again takes no more
		p := takeNow(t, l, large)
		if l.held != 80 || l.active != 1 {
			t.Fatalf("%d bytes held by %d pairs, want 80 by one", l.held, l.active)
		}
		l.give(p)
	}
	p := takeNow(t, l, other)
	if l.held != 90 || one.held+two.held != 90 {
		t.Errorf("%d bytes held, by pairs %d and %d: the large picture was not let go of", l.held, one.held, two.held)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.take(ctx, large); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for memory that is in use ends with %v", err)
	}
	l.give(p)
	l.give(takeNow(t, l, need{kind: "c", memory: 1000})) // alone
	if l.give(takeNow(t, l, large)); l.held != 80 {
		t.Errorf("%d bytes held after one that was beyond all bounds, want 80", l.held)
	}
}

func takeNow(t *testing.T, l *ledger, n need) *pair {
	t.Helper()
	p, err := l.take(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestStrictBoundRefusesByName(t *testing.T) {
	t.Parallel()
	o := Options{Memory: 100_000_000, Strict: true}
	if err := o.allows("x.png", 100_000_001); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	if err := errors.Join(o.allows("x.png", 100_000_000), Options{Memory: 1, Strict: true}.allows("x.png", 1000), Options{}.allows("x.png", 1<<40)); err != nil {
		t.Errorf("what fits, or is not strictly bound, is refused: %v", err)
	}
}

// TestCacheKeyNamesNativeLibraries asks for versions only where a file needs a native library.
func TestCacheKeyNamesNativeLibraries(t *testing.T) {
	t.Parallel()
	asked := 0
	s := &scan{o: Options{NativeVersion: func(format string) string { asked++; return "lib" + format + " 1" }}}
	jpeg, jxl := loaded{data: []byte("\xff\xd8\xff\xe0")}, loaded{data: []byte("\xff\x0a\x00")}
	if got := s.natives(&job{ref: jpeg, cand: jpeg}); got != "" || asked > 0 {
		t.Errorf("a pair of JPEGs depends on %q, asked %d times", got, asked)
	}
	if got, want := s.natives(&job{ref: jpeg, cand: jxl}), " jxl libjxl 1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
