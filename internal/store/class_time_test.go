package store

import (
	"context"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// TestTimeOfAClass: an attempt has the time of its kind, and half a minute where none is said.
func TestTimeOfAClass(t *testing.T) {
	t.Parallel()
	s := sorted(t, t.TempDir(), map[string]Class{"slow": {Timeout: time.Hour}})
	left := make(chan time.Duration, 2)
	perform := func(ctx context.Context, _ Effect) (journal.Change, error) {
		ends, _ := ctx.Deadline()
		left <- time.Until(ends)
		return journal.Change{}, nil
	}
	if err := s.Start(t.Context(), Work{Performers: map[string]Performer{"slow": perform, "usual": perform}}); err != nil {
		t.Fatal(err)
	}
	for kind, least := range map[string]time.Duration{"slow": 50 * time.Minute, "usual": 0} {
		err := s.Update(t.Context(), func(tx *Tx) error {
			_, err := tx.Append(journal.Change{Effects: []journal.Effect{{Kind: kind, Key: kind, Stream: "x", Data: 1}}})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := <-left; got < least || kind == "usual" && got > effectTimeout {
			t.Errorf("an effect of the kind %s has %v", kind, got)
		}
	}
}
