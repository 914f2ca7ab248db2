package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/web"
)

// TestSameSizeAndDate: a version that comes with the very size and date of the clean one before it is looked at too.
func TestSameSizeAndDate(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	old := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	w.place("1.png", 120, true)
	bad := w.read("delivered/1.png")
	path := filepath.Join(w.dir, "delivered", "1.png")
	dated := func(text string) {
		t.Helper()
		next := filepath.Join(w.dir, "delivered", ".next")
		err := errors.Join(os.WriteFile(next, []byte(text), 0o644), os.Chtimes(next, old, old), os.Rename(next, path))
		if err != nil {
			t.Fatal(err)
		}
	}
	w.place("1.png", 120, false)
	clean := w.read("delivered/1.png")
	for len(clean) < len(bad) {
		clean += "\x00"
	}
	dated(clean)
	w.sweep()
	w.idle()
	held := func() int {
		t.Helper()
		list, err := w.Quarantine(t.Context(), web.HeldQuery{})
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if n := held(); n != 0 {
		t.Fatalf("%d clean versions are held", n)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	w.sweep()
	dated(bad)
	w.sweep()
	w.idle()
	if held() != 1 {
		t.Error("a version of the same size and date is not held")
	}
}

// TestLinkedRelease: what a gateway serves through a link to a folder is looked at under that name.
func TestLinkedRelease(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	if err := os.MkdirAll(filepath.Join(w.dir, "delivered", ".releases", "42"), 0o755); err != nil {
		t.Fatal(err)
	}
	w.place("1.png", 120, true)
	bad := w.read("delivered/1.png")
	err := errors.Join(os.Rename(filepath.Join(w.dir, "delivered", "1.png"), filepath.Join(w.dir, "delivered", ".releases", "42", "1.png")),
		os.Symlink(filepath.Join(".releases", "42"), filepath.Join(w.dir, "delivered", "current")))
	if err != nil {
		t.Fatal(err)
	}
	if _, body := w.ask("current/1.png"); body != bad {
		t.Fatal("the gateway does not serve what is behind a link; this test is about nothing")
	}
	w.sweep()
	w.idle()
	list, err := w.Quarantine(t.Context(), web.HeldQuery{})
	if err != nil || len(list) != 1 || list[0].Path != "current/1.png" || list[0].MovedAt == nil {
		t.Fatalf("held are %+v, %v", list, err)
	}
	if _, body := w.ask("current/1.png"); body == bad {
		t.Error("the public still gets the image")
	}
}

// TestNewerSeenBeforeTheHold: what lies in the place of a held image is looked at again, though it was before the hold.
func TestNewerSeenBeforeTheHold(t *testing.T) {
	t.Parallel()
	for _, restart := range []bool{false, true} {
		w := newWard(t)
		w.place("1.png", 120, false)
		w.sweep()
		older := w.found("1.png")
		older.SHA256, older.Bytes, older.ModifiedAt = strings.Repeat("0", 64), older.Bytes+1, older.ModifiedAt.Add(-time.Hour)
		id, err := w.Hold(t.Context(), older)
		if err != nil {
			t.Fatal(err)
		}
		w.idle()
		if restart {
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			w.open()
		}
		w.sweep()
		w.idle()
		if s := w.item(id).Status; s != quarantine.StatusSuperseded {
			t.Errorf("restarted: %v: the older version is %s, while a clean one lies in its place", restart, s)
		}
	}
}

// TestReleaseOntoAnother: a version of the very size and date that lies in the way of a release is looked at.
func TestReleaseOntoAnother(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.place("1.png", 120, true)
	bad, path, old := w.read("delivered/1.png"), filepath.Join(w.dir, "delivered", "1.png"), time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	deliver := func(end string) {
		t.Helper()
		if err := errors.Join(os.WriteFile(path, []byte(bad+end), 0o644), os.Chtimes(path, old, old)); err != nil {
			t.Fatal(err)
		}
	}
	held := func() []quarantine.Item {
		t.Helper()
		w.sweep()
		w.idle()
		list, err := w.Quarantine(t.Context(), web.HeldQuery{})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	deliver("1")
	list := held()
	if len(list) != 1 || list[0].Status != quarantine.StatusHeld {
		t.Fatalf("held are %+v", list)
	}
	deliver("2")
	w.change("nora", list[0].ID, quarantine.Release{Reason: "a statue"})
	if s := w.item(list[0].ID); s.Status != quarantine.StatusHeld || s.Problem == "" {
		t.Fatalf("the release onto another version is %s", s.Status)
	}
	if list = held(); len(list) != 2 {
		t.Errorf("held are %+v, want the other version too", list)
	}
}

// TestUnread: a file that cannot be read is tried again at each sweep, and told of once.
func TestUnread(t *testing.T) {
	t.Parallel()
	s := &sweep{seen: map[string]stamp{}}
	info, err := os.Stat(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if !s.changed("a.jpg", info) || !s.unread("a.jpg", "permission denied") {
		t.Error("the first failure is no news")
	}
	if !s.changed("a.jpg", info) {
		t.Error("it is not tried again")
	}
	if s.unread("a.jpg", "permission denied") {
		t.Error("the same failure is told of twice")
	}
	s.wasRead("a.jpg")
	if !s.unread("a.jpg", "permission denied") {
		t.Error("a failure after it was read is no news")
	}
}
