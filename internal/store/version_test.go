package store

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// TestVersions keeps the versions that were good last, and gives of each path the one to go back to.
func TestVersions(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	at := func(minute int) time.Time { return time.Date(2025, 9, 28, 4, minute, 0, 0, time.UTC) }
	good := func(path, digest string, minute, keep int) {
		t.Helper()
		v := Version{Pipeline: "catalogue", Path: path, SHA256: digest, Bytes: 7, FirstGood: at(minute), LastGood: at(minute)}
		if err := s.Update(t.Context(), func(tx *Tx) error { return tx.KeepVersion(v, keep) }); err != nil {
			t.Fatal(err)
		}
	}
	target := func(before int) (list []string) {
		t.Helper()
		err := s.EachGoodVersion(t.Context(), "catalogue", at(before), func(v Version) { list = append(list, v.Path+":"+v.SHA256) })
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	dropped := func() (list []string) {
		t.Helper()
		versions, err := s.DroppedVersions(t.Context(), at(59), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range versions {
			list = append(list, v.Path+":"+v.SHA256)
		}
		return list
	}
	good("a.jpg", "a1", 1, 2)
	good("a.jpg", "a2", 3, 2)
	good("b.jpg", "b1", 2, 2)
	for before, want := range map[int][]string{1: {"a.jpg:a1", "b.jpg:b1"}, 3: {"a.jpg:a1", "b.jpg:b1"}, 4: {"a.jpg:a2", "b.jpg:b1"}} {
		if got := target(before); !slices.Equal(got, want) {
			t.Errorf("before minute %d one goes back to %v, want %v", before, got, want)
		}
	}
	good("a.jpg", "a1", 5, 2) // the first one is delivered again
	if got := target(4); !slices.Equal(got, []string{"a.jpg:a1", "b.jpg:b1"}) {
		t.Errorf("the version that was good last is not gone back to: %v", got)
	}
	good("a.jpg", "a3", 6, 2)
	if got := dropped(); !slices.Equal(got, []string{"a.jpg:a2"}) {
		t.Errorf("dropped are %v, want the one that was good longest ago", got)
	}
	for n := range 5 {
		good("c.jpg", fmt.Sprint("c", n), 10+n, 1)
	}
	if got := target(59); !slices.Equal(got, []string{"a.jpg:a3", "b.jpg:b1", "c.jpg:c4"}) {
		t.Errorf("one goes back to %v", got)
	}

	bad := Version{Pipeline: "catalogue", Path: "b.jpg", SHA256: "bad", Bytes: 9}
	if err := s.Update(t.Context(), func(tx *Tx) error {
		if err := tx.ReplacedVersion(bad, at(20)); err != nil {
			return err
		}
		if is, err := tx.Versioned("bad"); is || err != nil {
			t.Errorf("a replaced version counts as good: %v, %v", is, err)
		}
		if is, err := tx.Versioned("b1"); !is || err != nil {
			t.Errorf("a good version does not count: %v, %v", is, err)
		}
		return tx.ForgetVersion("b1")
	}); err != nil {
		t.Fatal(err)
	}
	if got := target(59); !slices.Equal(got, []string{"a.jpg:a3", "c.jpg:c4"}) {
		t.Errorf("after the replacing and the erasing one goes back to %v", got)
	}
	if got := dropped(); len(got) != 6 || !slices.Contains(got, "b.jpg:bad") {
		t.Errorf("dropped are %v", got)
	}
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.ForgetDropped(bad) }); err != nil {
		t.Fatal(err)
	}
	if got := dropped(); len(got) != 5 {
		t.Errorf("after it was forgotten, dropped are %v", got)
	}
}
