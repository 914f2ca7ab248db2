package store

import (
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
)

// setOverride puts p-1 on call for a time.
func setOverride(t *testing.T, s *Store, from, until time.Time) (id string) {
	t.Helper()
	err := s.Update(t.Context(), func(tx *Tx) error {
		var err error
		if id, err = tx.NextOverrideID(from); err != nil {
			return err
		}
		_, err = tx.Append(journal.Change{Events: []journal.Draft{{
			Stream: id, Type: oncall.TypeSet, Version: 1, OccurredAt: from, Actor: "p-2",
			Data: oncall.Terms{Schedule: oncall.Primary, Terms: []oncall.Term{{Person: "p-1", From: from, Until: until}}, Reason: "ill"},
		}}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestOverrides lists what ends after a time, and reads back what was set.
func TestOverrides(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	first, second := setOverride(t, s, night, night.Add(time.Hour)), setOverride(t, s, night, night.Add(2*time.Hour))
	list, err := s.Overrides(t.Context(), night.Add(time.Hour), 10)
	if err != nil || len(list) != 1 || list[0].ID != second || list[0].Reason != "ill" || !list[0].Until().Equal(night.Add(2*time.Hour)) || first == second {
		t.Errorf("what ends after an hour is %+v, %v; want %s", list, err, second)
	}
	if list, err = s.Overrides(t.Context(), night, 1); err != nil || len(list) != 1 || list[0].ID != first {
		t.Errorf("one of two is %+v, %v; want %s", list, err, first)
	}
}

// TestCalendarKeys: a person has one secret, of which the digest is kept; a new one takes the old one's place.
func TestCalendarKeys(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	old, fresh := sha256.Sum256([]byte("old")), sha256.Sum256([]byte("fresh"))
	if made, err := s.CalendarKeyMade(t.Context(), "p-1"); err != nil || !made.IsZero() {
		t.Errorf("before there is a key it was made %v, %v", made, err)
	}
	for i, hash := range [][32]byte{old, fresh} {
		err := s.Update(t.Context(), func(tx *Tx) error { return tx.SetCalendarKey("p-1", hash, night.Add(time.Duration(i)*time.Hour)) })
		if err != nil {
			t.Fatal(err)
		}
	}
	if who, err := s.CalendarKey(t.Context(), fresh); err != nil || who != people.ID("p-1") {
		t.Errorf("the new key is %s's, %v", who, err)
	}
	if _, err := s.CalendarKey(t.Context(), old); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("the old key gives %v, want not found", err)
	}
	if made, err := s.CalendarKeyMade(t.Context(), "p-1"); err != nil || !made.Equal(night.Add(time.Hour)) {
		t.Errorf("the key was made %v, %v", made, err)
	}
}
