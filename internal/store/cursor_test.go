package store

import (
	"errors"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
)

// TestCursors: a source's place is found again, apart from other sources and settings.
func TestCursors(t *testing.T) {
	s := open(t, t.TempDir())
	c := s.Cursors()
	if _, err := c.Cursor(t.Context(), "forum"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("Cursor of a new source = %v, want ErrNotFound", err)
	}
	update(t, s, func(tx *Tx) error { return tx.SetSetting("forum", "setting") })
	for _, at := range []string{"1", "2"} {
		for _, source := range []string{"forum", "tag"} {
			if err := c.SetCursor(t.Context(), source, source+at); err != nil {
				t.Fatal(err)
			}
		}
		for _, source := range []string{"forum", "tag"} {
			if got, err := c.Cursor(t.Context(), source); err != nil || got != source+at {
				t.Errorf("Cursor(%s) = %q, %v; want %q", source, got, err, source+at)
			}
		}
	}
	if got, err := s.Setting(t.Context(), "forum"); err != nil || got != "setting" {
		t.Errorf("the setting is %q, %v", got, err)
	}
}
