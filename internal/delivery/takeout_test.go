package delivery

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/quarantine"
)

// shelf keeps bytes in memory, which no crash of these tests reaches.
type shelf map[string][]byte

func (s shelf) Put(_ context.Context, r io.Reader, limit int64) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit))
	if err != nil {
		return "", err
	}
	s[sumOf(string(b))] = b
	return sumOf(string(b)), nil
}

func (s shelf) Open(digest string) (io.ReadCloser, error) {
	b, ok := s[digest]
	if !ok {
		return nil, journal.ErrNotFound
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

const (
	theImage = "an image with a place in it"
	another  = "a newer version"
)

var taken = time.Date(2026, 11, 26, 4, 11, 0, 123456789, time.UTC)

// world is a delivered folder with one image in it.
type world struct {
	t     *testing.T
	shelf shelf
	asset Asset
}

func newWorld(t *testing.T) *world {
	w := &world{t, shelf{}, Asset{Dir: t.TempDir(), Path: "hats/a.jpg", Item: "Q-1", SHA256: sumOf(theImage), Mode: 0o640, ModifiedAt: taken}}
	w.put(theImage)
	if err := errors.Join(os.Chmod(w.path(), 0o640), os.Chtimes(w.path(), taken, taken)); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) path() string { return filepath.Join(w.asset.Dir, w.asset.Path) }

// put delivers a version as most tools do: beside it, then renamed over it.
func (w *world) put(text string) {
	w.t.Helper()
	write(w.t, w.path()+".tmp", text)
	if err := os.Rename(w.path()+".tmp", w.path()); err != nil {
		w.t.Fatal(err)
	}
}

// text is what lies in the place, "" for nothing.
func (w *world) text() string {
	w.t.Helper()
	b, err := os.ReadFile(w.path())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.t.Fatal(err)
	}
	return string(b)
}

// left names what lies in the image's folder besides it.
func (w *world) left() (names []string) {
	w.t.Helper()
	list, err := os.ReadDir(filepath.Dir(w.path()))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range list {
		if e.Name() != filepath.Base(w.path()) {
			names = append(names, e.Name())
		}
	}
	return names
}

// safe says that the image is not lost, and a newer version neither.
func (w *world) safe(when string, newer bool) {
	w.t.Helper()
	everywhere := []string{w.text(), string(w.shelf[sumOf(theImage)])}
	for _, name := range w.left() {
		b, err := os.ReadFile(filepath.Join(filepath.Dir(w.path()), name))
		if err != nil {
			w.t.Fatal(err)
		}
		everywhere = append(everywhere, string(b))
	}
	if !slices.Contains(everywhere, theImage) {
		w.t.Errorf("%s the image is lost: %q", when, everywhere)
	}
	if newer && !slices.Contains(everywhere, another) {
		w.t.Errorf("%s the newer version is lost: %q", when, everywhere)
	}
}

func (w *world) mover() Mover { return Mover{Keep: w.shelf} }

var errCrash = errors.New("killed")

// crashing is killed at its n-th step, and calls then before it dies.
func (w *world) crashing(n int, then func()) (Mover, *[]string) {
	var steps []string
	return Mover{Keep: w.shelf, Step: func(what string) error {
		if steps = append(steps, what); len(steps) == n {
			then()
			return errCrash
		}
		return nil
	}}, &steps
}

func TestTakeOutAndPutBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, err := w.mover().TakeOut(t.Context(), w.asset)
	if err != nil || got.Found != quarantine.TheImage || !got.Kept || got.Mode != 0o640 {
		t.Errorf("taking out gives %+v, %v", got, err)
	}
	if w.text() != "" || len(w.left()) > 0 {
		t.Errorf("afterwards the folder has %q and %v", w.text(), w.left())
	}
	if got, err := w.mover().TakeOut(t.Context(), w.asset); err != nil || got.Found != quarantine.Missing || !got.Kept {
		t.Errorf("taking out again gives %+v, %v", got, err)
	}
	for range 2 {
		if err := w.mover().PutBack(t.Context(), w.asset); err != nil || w.text() != theImage || len(w.left()) > 0 {
			t.Fatalf("putting back gives %v, %q, %v", err, w.text(), w.left())
		}
	}
	info, err := os.Stat(w.path())
	if err != nil || info.Mode().Perm() != 0o640 || !info.ModTime().Equal(taken) {
		t.Errorf("it is back with mode %v and date %v (%v)", info.Mode(), info.ModTime(), err)
	}
}

// TestKilledWhileTakingOut is killed before each step, with and without a newer
// version coming just then, and run again.
func TestKilledWhileTakingOut(t *testing.T) {
	t.Parallel()
	for _, newer := range []bool{false, true} {
		for n := 1; ; n++ {
			w := newWorld(t)
			m, steps := w.crashing(n, func() {
				if newer {
					w.put(another)
				}
			})
			_, err := m.TakeOut(t.Context(), w.asset)
			if err == nil {
				if n != 4 {
					t.Errorf("taking out has %d steps %v, want 3", n-1, *steps)
				}
				break
			}
			when := fmt.Sprintf("killed before %q, newer %v,", (*steps)[n-1], newer)
			if !errors.Is(err, errCrash) {
				t.Fatalf("%s: %v", when, err)
			}
			if !newer || n > 1 { // before the first step it was not ours to keep
				w.safe(when, newer)
			}
			got, err := w.mover().TakeOut(t.Context(), w.asset)
			if err != nil {
				t.Fatalf("%s then: %v", when, err)
			}
			want := ""
			if newer {
				want = another
			}
			if w.text() != want || len(w.left()) > 0 || got.Kept != (w.shelf[sumOf(theImage)] != nil) {
				t.Errorf("%s then %+v: the place has %q, beside it %v", when, got, w.text(), w.left())
			}
			if !newer && !got.Kept {
				t.Errorf("%s then %+v: no copy is kept", when, got)
			}
		}
	}
}

// TestNewerVersionWhileTakingOut: what comes between two steps is not touched.
func TestNewerVersionWhileTakingOut(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"keep", "set aside", "remove"} {
		w := newWorld(t)
		m := w.mover()
		m.Step = func(what string) error {
			if what == at {
				w.put(another)
			}
			return nil
		}
		got, err := m.TakeOut(t.Context(), w.asset)
		if err != nil || w.text() != another || len(w.left()) > 0 {
			t.Errorf("a newer version before %q: %+v, %v; the place has %q, beside it %v", at, got, err, w.text(), w.left())
		}
		if want := at != "keep"; got.Kept != want {
			t.Errorf("a newer version before %q: kept %v, want %v", at, got.Kept, want)
		}
	}
	// Killed while a newer version lay aside, when an even newer one came.
	for _, even := range []string{"", "an even newer version"} {
		w := newWorld(t)
		m := w.mover()
		m.Step = func(what string) error {
			switch what {
			case "set aside":
				w.put(another)
			case "give back":
				return errCrash
			}
			return nil
		}
		if _, err := m.TakeOut(t.Context(), w.asset); !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		w.safe("killed with a newer version aside", true)
		want := another
		if even != "" {
			w.put(even)
			want = even
		}
		if err := w.mover().Recover(t.Context(), w.asset); err != nil || w.text() != want || len(w.left()) > 0 {
			t.Errorf("recovered: %v, the place has %q, want %q; beside it %v", err, w.text(), want, w.left())
		}
	}
}

// TestKilledWhilePuttingBack is killed before each step and run again.
func TestKilledWhilePuttingBack(t *testing.T) {
	t.Parallel()
	for _, newer := range []bool{false, true} {
		for n := 1; ; n++ {
			w := newWorld(t)
			if _, err := w.mover().TakeOut(t.Context(), w.asset); err != nil {
				t.Fatal(err)
			}
			m, steps := w.crashing(n, func() {
				if newer {
					w.put(another)
				}
			})
			err := m.PutBack(t.Context(), w.asset)
			if err == nil {
				if n != 4 {
					t.Errorf("putting back has %d steps %v, want 3", n-1, *steps)
				}
				break
			}
			when := fmt.Sprintf("killed before %q, newer %v,", (*steps)[n-1], newer)
			w.safe(when, newer)
			if text := w.text(); text != "" && text != theImage && text != another {
				t.Errorf("%s the place has %q", when, text)
			}
			err = w.mover().PutBack(t.Context(), w.asset)
			want := theImage
			if newer {
				want = another
			}
			if w.text() != want || len(w.left()) > 0 || errors.Is(err, journal.ErrConflict) != newer || err != nil && !newer {
				t.Errorf("%s then %v: the place has %q, want %q; beside it %v", when, err, w.text(), want, w.left())
			}
		}
	}
}

// TestTakeOutFindsTrouble: what can never be moved is said at once, what may be mended is tried again.
func TestTakeOutFindsTrouble(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "outside.jpg")
	write(t, outside, theImage)
	for _, row := range []struct {
		name  string
		spoil func(w *world) error
		final bool
		found quarantine.Place
	}{
		{"a link out of the folder", func(w *world) error { return os.Symlink(outside, w.path()) }, true, ""},
		{"a link to nowhere", func(w *world) error { return os.Symlink("none", w.path()) }, true, ""},
		{"a folder", func(w *world) error { return os.Mkdir(w.path(), 0o755) }, true, ""},
		{"nothing", func(w *world) error { return nil }, false, quarantine.Missing},
		{"no folder of it", func(w *world) error { return os.Remove(filepath.Dir(w.path())) }, false, quarantine.Missing},
		{"the delivered folder is away", func(w *world) error { return os.RemoveAll(w.asset.Dir) }, false, ""},
	} {
		w := newWorld(t)
		if err := os.Remove(w.path()); err != nil {
			t.Fatal(err)
		}
		if err := row.spoil(w); err != nil {
			t.Fatal(err)
		}
		got, err := w.mover().TakeOut(t.Context(), w.asset)
		if errors.Is(err, journal.ErrInvalid) != row.final || got.Found != row.found || (err == nil) != (row.found != "") || got.Kept {
			t.Errorf("%s: %+v, %v", row.name, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %q is not one sentence", row.name, err)
		}
	}
	if b, err := os.ReadFile(outside); err != nil || string(b) != theImage {
		t.Errorf("outside lies %q, %v", b, err)
	}
	w := newWorld(t)
	if err := os.Rename(w.path(), filepath.Join(w.asset.Dir, "b.jpg")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../b.jpg", w.path()); err != nil {
		t.Fatal(err)
	}
	if got, err := w.mover().TakeOut(t.Context(), w.asset); err != nil || got.Found != quarantine.TheImage || !got.Kept || w.text() != "" {
		t.Errorf("a link within the folder: %+v, %v; want the link gone and the image kept", got, err)
	}
	w = newWorld(t)
	if err := w.mover().PutBack(t.Context(), Asset{Dir: w.asset.Dir, Path: "b.jpg", Item: "Q-2", SHA256: sumOf("never kept")}); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("putting back what was never kept: %v, want not found", err)
	}
	if _, err := (Mover{Keep: broken{}}).TakeOut(t.Context(), w.asset); err == nil || w.text() != theImage {
		t.Errorf("with a keeper that loses bytes: %v, the place has %q; want the image left there", err, w.text())
	}
}

// broken says that it keeps what it does not.
type broken struct{}

func (broken) Put(context.Context, io.Reader, int64) (string, error) { return sumOf(theImage), nil }

func (broken) Open(string) (io.ReadCloser, error) { return nil, journal.ErrNotFound }
