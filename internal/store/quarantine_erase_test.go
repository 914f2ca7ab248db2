package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/quarantine"
)

// discardImage holds an image of some bytes under a name, and discards it.
func discardImage(t *testing.T, s *Store, name, sha256 string) string {
	t.Helper()
	id := holdImage(t, s, night, func(h *quarantine.Held) { h.Path, h.SHA256 = name, sha256 })
	command(t, s, id, people.Monitor(), quarantine.RecordMoved{Moved: quarantine.Moved{Found: quarantine.TheImage, Kept: true}})
	command(t, s, id, people.Actor{ID: "p-1", Role: people.Responder}, quarantine.Discard{Reason: "a new one is made"})
	return id
}

func idsOf(t *testing.T, items []quarantine.Item, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, i := range items {
		ids = append(ids, strings.TrimPrefix(i.ID, "Q-2025-09-27-"))
	}
	return strings.Join(ids, " ")
}

// TestDiscarded lists what may be erased one day, and who has the same bytes.
func TestDiscarded(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	a, b, c := strings.Repeat("a", 64), strings.Repeat("b", 64), strings.Repeat("c", 64)
	listed := func() string {
		t.Helper()
		items, err := s.Discarded(t.Context())
		return idsOf(t, items, err)
	}
	first := discardImage(t, s, "1.jpg", a)
	discardImage(t, s, "2.jpg", a)
	third := discardImage(t, s, "3.jpg", b)
	holdImage(t, s, night, func(h *quarantine.Held) { h.Path, h.SHA256 = "4.jpg", c })
	if got := listed(); got != "01 02 03" {
		t.Errorf("may be erased: %s, want all that are discarded", got)
	}
	fifth := holdImage(t, s, night, func(h *quarantine.Held) { h.Path, h.SHA256 = "5.jpg", a })
	if got := listed(); got != "03" {
		t.Errorf("may be erased: %s, want none whose bytes another item needs", got)
	}
	holding, err := s.Holders(t.Context(), a)
	if got := idsOf(t, holding, err); got != "01 02 05" {
		t.Errorf("the bytes are of %s", got)
	}
	command(t, s, third, people.Monitor(), quarantine.RecordRetained{Retained: quarantine.Retained{By: "PM-2025-09-27-01"}})
	command(t, s, fifth, people.Monitor(), quarantine.RecordMoved{Moved: quarantine.Moved{Found: quarantine.TheImage, Kept: true}})
	command(t, s, fifth, people.Actor{ID: "p-1", Role: people.Responder}, quarantine.Discard{Reason: "why"})
	if got := listed(); got != "01 02 05" {
		t.Errorf("may be erased: %s, want none that is retained", got)
	}
	command(t, s, first, people.Monitor(), quarantine.RecordErased{})
	update(t, s, func(tx *Tx) error {
		items, err := tx.Holders(a)
		if got := idsOf(t, items, err); got != "02 05" {
			t.Errorf("once the first is erased the bytes are of %s", got)
		}
		return err
	})
	back := holdImage(t, s, night, func(h *quarantine.Held) { h.Path, h.SHA256 = "6.jpg", a })
	command(t, s, back, people.Monitor(), quarantine.RecordMoved{Moved: quarantine.Moved{Found: quarantine.TheImage, Kept: true}})
	command(t, s, back, people.Actor{ID: "p-1", Role: people.Responder}, quarantine.Release{Reason: "why"})
	if got := listed(); got != "" {
		t.Errorf("may be erased: %s, want none while one is being put back", got)
	}
	command(t, s, back, people.Monitor(), quarantine.RecordRestored{Restored: quarantine.Restored{SHA256: a}})
	holding, err = s.Holders(t.Context(), a)
	if got := idsOf(t, holding, err); listed() != "02 05" || got != "02 05 06" {
		t.Errorf("with one put back %s may be erased, and the bytes are of %s", listed(), got)
	}
	command(t, s, back, people.Monitor(), quarantine.RecordErased{})
	holding, err = s.Holders(t.Context(), a)
	if got := idsOf(t, holding, err); got != "02 05" {
		t.Errorf("once it is erased for the one put back the bytes are of %s", got)
	}
	before := dump(t, s, "quarantine")
	if err := s.RebuildViews(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := dump(t, s, "quarantine"); after != before {
		t.Errorf("rebuilt it is\n%swant\n%s", after, before)
	}
}

// TestDiscardedReadsAnIndex: the question is asked every few seconds, of a table that only grows.
func TestDiscardedReadsAnIndex(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	for query, index := range map[string]string{
		discarded: "quarantine_discarded",
		holders:   "quarantine_digest",
	} {
		rows, err := s.readers.Query(`explain query plan ` + strings.ReplaceAll(query, "?", "'x'"))
		plan, err := collect(rows, err, "explain", func(scan func(...any) error) (string, error) {
			var id, parent, unused int
			var detail string
			err := scan(&id, &parent, &unused, &detail)
			return detail, err
		})
		if err != nil || !strings.Contains(strings.Join(plan, "; "), index) {
			t.Errorf("the plan is %v, %v; want %s", plan, err, index)
		}
	}
}

// TestNamedElsewhere finds a digest in events outside the quarantine, wherever
// it stands in them, and within a transaction only what came since.
func TestNamedElsewhere(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	a, b, c := strings.Repeat("a", 64), strings.Repeat("b", 64), strings.Repeat("c", 64)
	digests := map[string]bool{a: true, b: true, c: true}
	name := func(stream, text string) {
		t.Helper()
		update(t, s, func(tx *Tx) error {
			_, err := tx.Append(journal.Change{Events: []journal.Draft{{
				Stream: stream, Type: incident.TypeNoted, Version: 1, OccurredAt: night, Actor: "p-1", Data: map[string]string{"text": text},
			}}})
			return err
		})
	}
	discardImage(t, s, "1.jpg", a) // the quarantine's own
	name("PM-2025-09-27-01", strings.Repeat("d", 64)+" "+a[1:])
	name("PM-2025-09-27-02", "see sha256:"+b+", and 0123"+b)
	found, err := s.NamedElsewhere(t.Context(), digests)
	if err != nil || len(found.Streams) != 1 || found.Streams[b] != "PM-2025-09-27-02" {
		t.Fatalf("named are %+v, %v", found, err)
	}
	head, err := s.Head(t.Context())
	if err != nil || found.Until != head.Size {
		t.Errorf("looked until %d, the journal has %d (%v)", found.Until, head.Size, err)
	}
	name("PM-2025-09-27-04", "f"+c)
	update(t, s, func(tx *Tx) error {
		late := Naming{Streams: map[string]string{}, Until: found.Until}
		if err := tx.NamedElsewhere(&late, digests); err != nil || len(late.Streams) != 1 || late.Streams[c] != "PM-2025-09-27-04" {
			t.Errorf("named since are %+v, %v", late, err)
		}
		return tx.NamedElsewhere(&found, digests)
	})
	if len(found.Streams) != 2 || found.Until != head.Size+1 {
		t.Errorf("in the end named are %+v", found)
	}
}

// TestNamedElsewhereOfManyEntries looks through more than one read.
func TestNamedElsewhereOfManyEntries(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	a := strings.Repeat("a", 64)
	update(t, s, func(tx *Tx) error {
		var events []journal.Draft
		for i := range 2*namingBatch + 1 {
			text := fmt.Sprint(i)
			if i == namingBatch+7 {
				text = a
			}
			events = append(events, journal.Draft{
				Stream: fmt.Sprintf("PM-2025-09-27-%04d", i), Type: incident.TypeNoted, Version: 1, OccurredAt: night.Add(time.Duration(i)), Actor: "p-1",
				Data: map[string]string{"text": text},
			})
		}
		_, err := tx.Append(journal.Change{Events: events})
		return err
	})
	found, err := s.NamedElsewhere(t.Context(), map[string]bool{a: true})
	if err != nil || found.Streams[a] != "PM-2025-09-27-1007" || found.Until != 2*namingBatch+1 {
		t.Errorf("named are %+v, %v", found, err)
	}
}
