package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

func open(t *testing.T) *Folder {
	t.Helper()
	f, err := Open(filepath.Join(t.TempDir(), "blobs"))
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return f
}

func put(t *testing.T, f *Folder, content []byte) Digest {
	t.Helper()
	d, size, err := f.Put(t.Context(), bytes.NewReader(content), int64(len(content)))
	if err != nil || size != int64(len(content)) {
		t.Fatalf("Put = %d bytes, %v; want %d", size, err, len(content))
	}
	return d
}

func read(f *Folder, d Digest) ([]byte, error) {
	r, err := f.Open(d)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(r)
	return b, errors.Join(err, r.Close())
}

// files lists what lies below the folder.
func files(t *testing.T, f *Folder) []string {
	t.Helper()
	var list []string
	err := fs.WalkDir(os.DirFS(f.dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// spoil overwrites a blob's file, as a failing disk or an intruder would.
func spoil(t *testing.T, f *Folder, d Digest, content []byte) {
	t.Helper()
	if err := os.Remove(f.path(d)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.path(d), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestPutOpen(t *testing.T) {
	t.Parallel()
	f := open(t)
	for _, content := range [][]byte{nil, []byte("abc"), bytes.Repeat([]byte("image"), 100_000)} {
		d := put(t, f, content)
		if want := Digest(sha256.Sum256(content)); d != want {
			t.Errorf("digest of %d bytes = %s, want %s", len(content), d, want)
		}
		if got, err := read(f, d); err != nil || !bytes.Equal(got, content) {
			t.Errorf("read %d bytes, %v; want the %d stored", len(got), err, len(content))
		}
		if size, err := f.Stat(d); err != nil || size != int64(len(content)) {
			t.Errorf("Stat = %d, %v; want %d", size, err, len(content))
		}
	}
}

func TestLayout(t *testing.T) {
	t.Parallel()
	f := open(t)
	put(t, f, []byte("abc"))
	put(t, f, []byte("abc"))
	want := []string{"sha256/ba/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"} // FIPS 180-2, B.1
	if got := files(t, f); !slices.Equal(got, want) {
		t.Errorf("files = %q, want %q and no temporary ones", got, want)
	}
	info, err := os.Stat(filepath.Join(f.dir, want[0]))
	if err != nil || info.Mode().Perm() != 0o400 {
		t.Errorf("mode = %v, %v; want that nobody can write", info.Mode(), err)
	}
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	f := open(t)
	if _, err := f.Open(Digest{1}); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("Open = %v, want ErrNotFound", err)
	}
	if _, err := f.Stat(Digest{1}); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("Stat = %v, want ErrNotFound", err)
	}
	path := filepath.Join(t.TempDir(), "file")
	if err := f.Materialise(Digest{1}, path); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("Materialise = %v, want ErrNotFound", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("Materialise made a file of nothing")
	}
}

// TestPutFails: whatever goes wrong, nothing is left behind.
func TestPutFails(t *testing.T) {
	t.Parallel()
	f := open(t)
	broken := errors.New("connection lost")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name string
		ctx  context.Context
		r    io.Reader
		want error
	}{
		{"too large", t.Context(), strings.NewReader("12345678901"), journal.ErrTooLarge},
		{"far too large", t.Context(), endless{}, journal.ErrTooLarge},
		{"broken", t.Context(), io.MultiReader(strings.NewReader("12345"), iotest.ErrReader(broken)), broken},
		{"cancelled", cancelled, strings.NewReader("12345"), context.Canceled},
	} {
		if d, n, err := f.Put(test.ctx, test.r, 10); !errors.Is(err, test.want) || d != (Digest{}) || n != 0 {
			t.Errorf("%s: Put = %s, %d, %v; want %v", test.name, d, n, err, test.want)
		}
	}
	if got := files(t, f); len(got) != 0 {
		t.Errorf("left behind: %q", got)
	}
	if _, n, err := f.Put(t.Context(), strings.NewReader("1234567890"), 10); err != nil || n != 10 {
		t.Errorf("Put of exactly the limit = %d, %v; want 10", n, err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// TestTampering: a blob that was changed is never read to its end as if it were whole.
func TestTampering(t *testing.T) {
	t.Parallel()
	f := open(t)
	content := []byte("4 200 images")
	d := put(t, f, content)
	for i := range len(content) * 8 {
		bad := bytes.Clone(content)
		bad[i/8] ^= 1 << (i % 8)
		checkDamage(t, f, d, bad)
	}
	checkDamage(t, f, d, nil)
	checkDamage(t, f, d, content[:len(content)-1])
	checkDamage(t, f, d, append(bytes.Clone(content), 0))
	if again := put(t, f, content); again != d {
		t.Fatalf("digest = %s, want %s", again, d)
	}
	if got, err := read(f, d); err != nil || !bytes.Equal(got, content) {
		t.Errorf("after it was stored again: %q, %v; want it mended", got, err)
	}
}

func checkDamage(t *testing.T, f *Folder, d Digest, bad []byte) {
	t.Helper()
	spoil(t, f, d, bad)
	_, err := read(f, d)
	var damage *DamageError
	if !errors.As(err, &damage) || !errors.Is(err, journal.ErrInvalid) || damage.Digest != d || damage.Found != sha256.Sum256(bad) {
		t.Errorf("reading %q gives %v, want a *DamageError", bad, err)
	}
	path := filepath.Join(t.TempDir(), "file")
	if err := f.Materialise(d, path); !errors.As(err, &damage) {
		t.Errorf("Materialise of %q = %v, want a *DamageError", bad, err)
	}
	if list, err := os.ReadDir(filepath.Dir(path)); err != nil || len(list) != 0 {
		t.Errorf("Materialise of damage left %v, %v", list, err)
	}
}

func TestConcurrentPuts(t *testing.T) {
	t.Parallel()
	f := open(t)
	other, err := Open(f.dir) // as a second process would
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			content := bytes.Repeat([]byte{byte(i % 4)}, 50_000)
			folder := []*Folder{f, other}[i/4%2]
			d, _, err := folder.Put(t.Context(), iotest.HalfReader(bytes.NewReader(content)), 1<<20)
			if err != nil {
				t.Errorf("Put: %v", err)
				return
			}
			if got, err := read(f, d); err != nil || !bytes.Equal(got, content) {
				t.Errorf("read %d bytes, %v; want what was stored", len(got), err)
			}
		})
	}
	wg.Wait()
	if got := files(t, f); len(got) != 4 {
		t.Errorf("files = %q, want 4", got)
	}
}

func TestMaterialise(t *testing.T) {
	t.Parallel()
	f := open(t)
	one, two := put(t, f, []byte("one")), put(t, f, []byte("two"))
	path := filepath.Join(t.TempDir(), "evidence", "pm-2025-09-27-01", "journal CI é.log")
	for _, test := range []struct {
		d    Digest
		want string
	}{{one, "one"}, {two, "two"}, {two, "two"}} {
		if err := f.Materialise(test.d, path); err != nil {
			t.Fatalf("Materialise: %v", err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != test.want {
			t.Errorf("file = %q, %v; want %q", got, err, test.want)
		}
	}
	if list, err := os.ReadDir(filepath.Dir(path)); err != nil || len(list) != 1 {
		t.Errorf("the folder has %v, %v; want the one file", list, err)
	}
	if err := os.WriteFile(path, []byte("edited"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := read(f, two); err != nil || string(got) != "two" {
		t.Errorf("after the file was edited the blob is %q, %v", got, err)
	}
	if err := f.Materialise(one, filepath.Join(path, "below a file")); err == nil {
		t.Error("Materialise below a file succeeded")
	}
}

// TestLeftovers: what a crash left is cleared away, what is being written is not.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	f := open(t)
	for name, age := range map[string]time.Duration{"put-old": 25 * time.Hour, "put-new": time.Hour} {
		path := filepath.Join(f.temporary(), name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(f.dir); err != nil {
		t.Fatalf("Open: %v", err)
	}
	if got := files(t, f); !slices.Equal(got, []string{"tmp/put-new"}) {
		t.Errorf("files = %q, want the new one alone", got)
	}
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file); err == nil {
		t.Error("Open of a file succeeded")
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	d := Digest{0xab, 31: 0xcd}
	if got, err := Parse(d.String()); err != nil || got != d {
		t.Errorf("Parse(%s) = %s, %v", d, got, err)
	}
	for _, bad := range []string{"", "ab", "sha256:" + d.String(), strings.ToUpper(d.String()), d.String() + "00", "../" + d.String()[3:], fmt.Sprint(d.String()[:63], "g")} {
		if _, err := Parse(bad); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("Parse(%q) = %v, want ErrInvalid", bad, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Digest{1}.String())
	f.Add(strings.Repeat("A", 64))
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := Parse(s); err == nil && d.String() != s {
			t.Errorf("Parse(%q) gives %s", s, d)
		}
	})
}

// TestRemove: an erased blob is gone with what crashes left, can be erased again
// and stored again; one that is just being stored stays.
func TestRemove(t *testing.T) {
	t.Parallel()
	f := open(t)
	d, other := put(t, f, []byte("a place")), put(t, f, []byte("another"))
	left := filepath.Join(f.temporary(), "put-1")
	old := time.Now().Add(-2 * leftoverAge)
	if err := errors.Join(os.WriteFile(left, []byte("half a place"), 0o600), os.Chtimes(left, old, old)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := f.Remove(d); err != nil {
			t.Fatalf("Remove: %v", err)
		}
		if list := files(t, f); len(list) != 1 || !strings.HasSuffix(list[0], other.String()) {
			t.Fatalf("after Remove the folder has %v", list)
		}
	}
	if _, err := f.Open(d); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("an erased blob opens: %v", err)
	}
	again, _, free, err := f.PutHeld(t.Context(), strings.NewReader("a place"), 100)
	if err != nil || again != d {
		t.Fatalf("stored again it is %s, %v", again, err)
	}
	_, _, freeToo, err := f.PutHeld(t.Context(), strings.NewReader("a place"), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, f2 := range []func(){free, freeToo} {
		if err := f.Remove(d); !errors.Is(err, journal.ErrConflict) {
			t.Errorf("Remove of what is being stored: %v, want ErrConflict", err)
		}
		f2()
	}
	if b, err := read(f, d); err != nil || string(b) != "a place" {
		t.Errorf("it reads %q, %v", b, err)
	}
	if err := f.Remove(d); err != nil {
		t.Errorf("Remove once nobody stores it: %v", err)
	}
}

// TestRemoveWhileStoring: whoever stores a blob and holds it finds it there,
// however often it is erased meanwhile.
func TestRemoveWhileStoring(t *testing.T) {
	t.Parallel()
	f := open(t)
	d := put(t, f, []byte("a place"))
	ended := make(chan struct{})
	var eraser sync.WaitGroup
	eraser.Go(func() {
		for {
			select {
			case <-ended:
				return
			default:
				if err := f.Remove(d); err != nil && !errors.Is(err, journal.ErrConflict) {
					t.Errorf("Remove: %v", err)
					return
				}
			}
		}
	})
	for range 50 {
		_, _, free, err := f.PutHeld(t.Context(), strings.NewReader("a place"), 100)
		if err != nil {
			t.Error(err)
			break
		}
		if _, err := f.Stat(d); err != nil {
			t.Errorf("held it is gone: %v", err)
		}
		free()
	}
	close(ended)
	eraser.Wait()
}
