package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/quarantine"
)

// holdImage holds an image in the way of the write path and gives its item's id.
func holdImage(t *testing.T, s *Store, at time.Time, change func(*quarantine.Held)) string {
	t.Helper()
	h := quarantine.Held{
		Pipeline: "catalogue", Path: "a.jpg", SHA256: strings.Repeat("a", 64), Incident: "PM-2025-09-27-01", Routes: []string{"catalogue"},
		Findings: []quarantine.Finding{{Kind: "personal", Fields: []string{"GPS:GPSLatitude"}}}, Exposure: quarantine.Exposed(nil),
		ModifiedAt: at,
	}
	if change != nil {
		change(&h)
	}
	var id string
	update(t, s, func(tx *Tx) (err error) {
		if id, err = tx.NextQuarantineID(at); err != nil {
			return err
		}
		c, err := quarantine.Decide(quarantine.Item{}, quarantine.Hold{ID: id, Held: h}, quarantine.Env{Now: at, By: people.Monitor()})
		if err != nil {
			return err
		}
		_, err = tx.Append(c)
		return err
	})
	return id
}

// command issues one command to an item.
func command(t *testing.T, s *Store, id string, by people.Actor, c quarantine.Command) {
	t.Helper()
	update(t, s, func(tx *Tx) error {
		entries, err := tx.Stream(id)
		if err != nil {
			return err
		}
		i, err := quarantine.Fold(entries)
		if err != nil {
			return err
		}
		change, err := quarantine.Decide(i, c, quarantine.Env{Now: night.Add(time.Hour), By: by})
		if err != nil {
			return err
		}
		_, err = tx.Append(change)
		return err
	})
}

func placeOf(t *testing.T, s *Store, path string) (i quarantine.Item) {
	t.Helper()
	update(t, s, func(tx *Tx) (err error) {
		i, err = tx.HeldAt("catalogue", path)
		return err
	})
	return i
}

// TestQuarantineView lists what is held, finds it by its place, and is the same after a rebuild.
func TestQuarantineView(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	responder := people.Actor{ID: "p-1", Role: people.Responder}
	first := holdImage(t, s, night, nil)
	second := holdImage(t, s, night.Add(time.Minute), func(h *quarantine.Held) {
		h.Path, h.SHA256, h.Exposure = "b\xff.jpg", strings.Repeat("b", 64), quarantine.Exposed([]quarantine.RouteExposure{{Route: "catalogue", Sight: quarantine.NotDelivered}})
	})
	if first != "Q-2025-09-27-01" || second != "Q-2025-09-27-02" {
		t.Fatalf("the ids are %s and %s", first, second)
	}
	if got := placeOf(t, s, "b\xff.jpg"); got.ID != second || got.Name() != "b\xff.jpg" || got.Status != quarantine.StatusMoving {
		t.Errorf("at the second place is %+v", got)
	}
	if got := placeOf(t, s, "b.jpg"); got.Exists() {
		t.Errorf("at a free place is %+v", got)
	}
	monitor := people.Monitor()
	command(t, s, second, monitor, quarantine.RecordMoved{Moved: quarantine.Moved{Found: quarantine.TheImage, Kept: true}})
	command(t, s, second, responder, quarantine.Release{Reason: "a statue"})
	command(t, s, second, monitor, quarantine.RecordRestored{Restored: quarantine.Restored{SHA256: strings.Repeat("b", 64)}})
	if got := placeOf(t, s, "b\xff.jpg"); got.Exists() {
		t.Errorf("after the release the place is held by %+v", got)
	}
	list, err := s.Quarantine(t.Context(), QuarantineQuery{}, 10)
	if err != nil || len(list) != 2 || list[0].ID != first || list[1].ID != second || list[1].Status != quarantine.StatusRestored {
		t.Errorf("the quarantine is %+v, %v; want the active one first", list, err)
	}
	if c, err := s.CountQuarantine(t.Context(), "PM-2025-09-27-01"); err != nil || c != (QuarantineCount{Items: 2, Active: 1, Public: 1}) {
		t.Errorf("the incident has %+v, %v", c, err)
	}
	if c, err := s.CountQuarantine(t.Context(), "PM-none"); err != nil || c != (QuarantineCount{}) {
		t.Errorf("another incident has %+v, %v", c, err)
	}
	if list, err := s.Quarantine(t.Context(), QuarantineQuery{Active: true, Pipeline: "catalogue", Incident: "PM-2025-09-27-01"}, 10); err != nil || len(list) != 1 {
		t.Errorf("active are %+v, %v", list, err)
	}
	update(t, s, func(tx *Tx) error {
		items, err := tx.VersionItems("catalogue", "b\xff.jpg", strings.Repeat("b", 64))
		if err != nil || len(items) != 1 || items[0].ID != second {
			t.Errorf("the items of the version are %+v, %v", items, err)
		}
		return err
	})
	before := dump(t, s, "quarantine")
	if _, err := s.writer.Exec(`delete from quarantine`); err != nil {
		t.Fatal(err)
	}
	if err := s.RebuildViews(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := dump(t, s, "quarantine"); after != before || before == "" {
		t.Errorf("rebuilt it is\n%swant\n%s", after, before)
	}
	if i, err := s.QuarantineItem(t.Context(), second); err != nil || i.Reason != "a statue" || i.DecidedBy != "p-1" {
		t.Errorf("the item is %+v, %v", i, err)
	}
	if _, err := s.QuarantineItem(t.Context(), "Q-none"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("an unknown item: %v, want ErrNotFound", err)
	}
}

// TestQuarantineOnePlaceOneItem: a newer version takes the place over in one
// transaction, and without that the store refuses a second item.
func TestQuarantineOnePlaceOneItem(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	first := holdImage(t, s, night, nil)
	newer := strings.Repeat("c", 64)
	take := func(supersede bool) error {
		return s.Update(t.Context(), func(tx *Tx) error {
			old, err := tx.HeldAt("catalogue", "a.jpg")
			if err != nil {
				return err
			}
			id, err := tx.NextQuarantineID(night)
			if err != nil {
				return err
			}
			env := quarantine.Env{Now: night, By: people.Monitor()}
			if supersede {
				c, err := quarantine.Decide(old, quarantine.Supersede{Superseded: quarantine.Superseded{SHA256: newer, Item: id}}, env)
				if err != nil {
					return err
				}
				if _, err := tx.Append(c); err != nil {
					return err
				}
			}
			h := old.Held
			h.SHA256 = newer
			c, err := quarantine.Decide(quarantine.Item{}, quarantine.Hold{ID: id, Held: h}, env)
			if err != nil {
				return err
			}
			_, err = tx.Append(c)
			return err
		})
	}
	if err := take(false); err == nil {
		t.Error("two items hold one place")
	}
	if got := placeOf(t, s, "a.jpg"); got.ID != first {
		t.Errorf("after the refusal the place is held by %s, want %s", got.ID, first)
	}
	if err := take(true); err != nil {
		t.Fatal(err)
	}
	if got := placeOf(t, s, "a.jpg"); got.ID == first || got.SHA256 != newer {
		t.Errorf("the place is held by %+v, want the newer version's item", got)
	}
	if err := s.RebuildViews(t.Context()); err != nil {
		t.Errorf("rebuild: %v", err)
	}
}

// TestQuarantineFlood: thousands of items a day are allotted and listed quickly.
func TestQuarantineFlood(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	const flood = 500
	began := time.Now()
	for i := range flood {
		holdImage(t, s, night, func(h *quarantine.Held) { h.Path = fmt.Sprintf("%d.jpg", i) })
	}
	t.Logf("%d items in %v", flood, time.Since(began))
	list, err := s.Quarantine(t.Context(), QuarantineQuery{Active: true}, 2*flood)
	if err != nil || len(list) != flood || list[0].ID != "Q-2025-09-27-500" {
		t.Errorf("%d are listed (%v), the first is %s", len(list), err, list[0].ID)
	}
	if c, err := s.CountQuarantine(t.Context(), ""); err != nil || c.Items != flood || c.Public != flood {
		t.Errorf("counted %+v, %v", c, err)
	}
}
