package store

import (
	"fmt"
	"testing"
	"time"
)

// TestForgetMessages drops the messages of more than eight days ago, and what they carried, and keeps the rest.
func TestForgetMessages(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	now := s.wall()
	begin := func(n int, at time.Time) {
		t.Helper()
		err := s.Update(t.Context(), func(tx *Tx) error {
			for i := range n {
				effect := fmt.Sprintf("%d/%d", at.Unix(), i)
				id, err := tx.BeginMessage("p-1", "e-mail", []string{effect}, at)
				if err != nil {
					return err
				}
				if err := tx.EndMessage(id, MessageSent, map[string]int{}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	old, young := now.Add(-messagesKept-time.Hour), now.Add(-messagesKept+time.Hour)
	begin(6000, old) // more than one transaction takes
	begin(3, young)
	if err := s.ForgetMessages(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := s.Update(t.Context(), func(tx *Tx) error {
		left, _, err := tx.MessagesTo("p-1", "e-mail", time.Time{})
		if err != nil || len(left) != 3 {
			t.Errorf("%d messages are left, %v; want 3", len(left), err)
		}
		if _, carried, err := tx.CarriedBy(fmt.Sprintf("%d/0", old.Unix())); carried || err != nil {
			t.Errorf("what an old message carried is known: %v, %v", carried, err)
		}
		if _, carried, err := tx.CarriedBy(fmt.Sprintf("%d/0", young.Unix())); !carried || err != nil {
			t.Errorf("what a young message carried is not known: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
