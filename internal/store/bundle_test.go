package store

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// TestBundles: what a message carries is known for as long as its link holds.
func TestBundles(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	at := time.UnixMicro(1_700_000_000_000_000)
	put := func(b Bundle, before time.Time) {
		t.Helper()
		if err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutBundle(b, before) }); err != nil {
			t.Fatal(err)
		}
	}
	first := Bundle{ID: "a", To: "p1", Pages: []BundledPage{{"PM-1", "acknowledge-1"}, {"PM-2", "acknowledge-1"}}, MadeAt: at}
	put(first, at.Add(-time.Hour))
	put(first, at.Add(-time.Hour)) // another attempt
	if got, err := s.Bundle(t.Context(), "a"); err != nil || !reflect.DeepEqual(got, first) {
		t.Errorf("%+v, %v; want %+v", got, err, first)
	}
	put(Bundle{ID: "b", To: "p1", MadeAt: at.Add(2 * time.Hour)}, at.Add(time.Hour))
	if _, err := s.Bundle(t.Context(), "a"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("an old bundle gives %v", err)
	}
}
