package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/journal/journaltest"
)

// night is when the reference incident was detected.
var night = time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC)

// open opens a store for a test and closes it afterwards.
func open(t *testing.T, dir string, views ...View) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: dir, Registry: journaltest.Registry(t), Views: views})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func openReadOnly(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: dir, ReadOnly: true})
	if err != nil {
		t.Fatalf("Open read-only: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func draft(stream string, n int) journal.Draft {
	return journal.Draft{
		Stream: stream, Type: "test.happened", Version: 1, Actor: "p-1",
		OccurredAt: night.Add(time.Duration(n) * time.Minute), Data: map[string]int{"n": n},
	}
}

func mustAppend(t *testing.T, s *Store, c journal.Change) []journal.Entry {
	t.Helper()
	entries, err := s.Append(t.Context(), c)
	if err != nil {
		t.Fatalf("Append: %v", err)
	}
	return entries
}

func update(t *testing.T, s *Store, fn func(*Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), fn); err != nil {
		t.Fatalf("Update: %v", err)
	}
}

// suiteLog shows the suite which effects were queued.
type suiteLog struct{ *Store }

func (l suiteLog) EffectKeys(ctx context.Context) ([]string, error) {
	effects, err := l.PendingEffects(ctx)
	var keys []string
	for _, e := range effects {
		keys = append(keys, e.Key)
	}
	return keys, err
}

func TestConformance(t *testing.T) {
	t.Parallel()
	journaltest.Run(t, func(t *testing.T, dir string) journaltest.Log {
		s, err := Open(t.Context(), Options{Dir: dir, Registry: journaltest.Registry(t)})
		if err != nil {
			t.Fatalf("Open: %v", err)
		}
		return suiteLog{s}
	})
}

func TestLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	_, err := Open(t.Context(), Options{Dir: dir, Registry: journaltest.Registry(t)})
	var locked *LockedError
	if !errors.As(err, &locked) {
		t.Fatalf("a second writer got %v, want a *LockedError", err)
	}
	if locked.Dir != dir || locked.PID != os.Getpid() {
		t.Errorf("LockedError names %s and process %d, want %s and %d", locked.Dir, locked.PID, dir, os.Getpid())
	}
	if want := fmt.Sprintf("%s is in use by process %d: stop it first, or name another folder", dir, os.Getpid()); err.Error() != want {
		t.Errorf("message = %q, want %q", err, want)
	}
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	open(t, dir) // fails the test if the lock was kept
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := Open(t.Context(), Options{Dir: dir, ReadOnly: true}); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("read-only, without a database: %v, want ErrNotFound", err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 0 {
		t.Errorf("opening read-only made %v, %v", list, err)
	}
	s := open(t, dir)
	mustAppend(t, s, journal.Change{Events: []journal.Draft{draft("a", 1)}})
	r := openReadOnly(t, dir)
	mustAppend(t, s, journal.Change{Events: []journal.Draft{draft("a", 2)}})
	head, err := r.Verify(t.Context())
	if want, _ := s.Head(t.Context()); err != nil || head != want || head.Size != 2 {
		t.Errorf("Verify beside the writer = %+v, %v; want %+v", head, err, want)
	}
	if _, err := r.Append(t.Context(), journal.Change{}); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("Append on a read-only store = %v, want ErrForbidden", err)
	}
	if err := r.Start(t.Context(), Work{}); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("Start on a read-only store = %v, want ErrForbidden", err)
	}
	if err := r.Idle(t.Context()); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("Idle on a read-only store = %v, want ErrForbidden", err)
	}
	if _, err := r.readers.Exec(`insert into settings values ('a', 'b')`); err == nil {
		t.Error("the readers' connections can write")
	}
}

func TestReadOnlyAfterClose(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	mustAppend(t, s, journal.Change{Events: []journal.Draft{draft("a", 1)}})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if head, err := openReadOnly(t, dir).Verify(t.Context()); err != nil || head.Size != 1 {
		t.Errorf("Verify = %+v, %v; want one entry", head, err)
	}
}

func TestOddFolderNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"with space", "q?mode=memory", "per%20cent", "ha#sh", "é", "a&b=c"} {
		dir := filepath.Join(t.TempDir(), name)
		s := open(t, dir)
		mustAppend(t, s, journal.Change{Events: []journal.Draft{draft("a", 1)}})
		if info, err := os.Stat(filepath.Join(dir, "safelight.db")); err != nil || info.Size() == 0 {
			t.Errorf("folder %q: the database is not in it: %v", name, err)
		}
	}
}

func TestPrivateFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	s := open(t, dir)
	mustAppend(t, s, journal.Change{Events: []journal.Draft{draft("a", 1)}})
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v: others can read password hashes", filepath.Base(path), info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestWrongFile: each file that is not ours gets one sentence and is left alone.
func TestWrongFile(t *testing.T) {
	t.Parallel()
	newer := func(t *testing.T, dir string) {
		s := open(t, dir)
		if _, err := s.writer.Exec(`insert into goose_db_version (version_id, is_applied) values (99, 1)`); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	text := func(t *testing.T, dir string) {
		if err := os.WriteFile(filepath.Join(dir, "safelight.db"), []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	empty := func(t *testing.T, dir string) {
		if err := os.WriteFile(filepath.Join(dir, "safelight.db"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name     string
		make     func(t *testing.T, dir string)
		readOnly bool
		want     string
	}{
		{"newer", newer, false, "a newer version of Safelight wrote it"},
		{"newer", newer, true, "a newer version of Safelight wrote it"},
		{"text", text, false, "the file is not a Safelight database"},
		{"text", text, true, "the file is not a Safelight database"},
		{"empty", empty, true, "start the server once to migrate it"},
	} {
		t.Run(fmt.Sprint(test.name, test.readOnly), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			test.make(t, dir)
			_, err := Open(t.Context(), Options{Dir: dir, Registry: journaltest.Registry(t), ReadOnly: test.readOnly})
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("Open = %v, want one sentence with %q", err, test.want)
			}
		})
	}
}

func TestNoRegistry(t *testing.T) {
	t.Parallel()
	if _, err := Open(t.Context(), Options{Dir: t.TempDir()}); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("Open without a registry = %v, want ErrInvalid", err)
	}
}

func TestFolderCannotBeMade(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Dir: filepath.Join(file, "data"), Registry: journaltest.Registry(t)}); err == nil {
		t.Error("Open below a file succeeded")
	}
}

func TestNextIncidentID(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	next := func(day time.Time) (id string) {
		update(t, s, func(tx *Tx) (err error) {
			if id, err = tx.NextIncidentID(day); err != nil {
				return err
			}
			_, err = tx.Append(journal.Change{Events: []journal.Draft{draft(id, 1), draft(id, 2)}})
			return err
		})
		return id
	}
	for i := 1; i <= 101; i++ {
		if got, want := next(night), fmt.Sprintf("PM-2025-09-27-%02d", i); got != want {
			t.Fatalf("id %d of the day = %s, want %s", i, got, want)
		}
	}
	// 23:30 at UTC−2 is the next day in UTC.
	west := time.Date(2025, 9, 27, 23, 30, 0, 0, time.FixedZone("", -2*3600))
	if got, want := next(west), "PM-2025-09-28-01"; got != want {
		t.Errorf("id = %s, want %s: the day is that of UTC", got, want)
	}
}

func TestNextIncidentIDConcurrently(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			err := s.Update(t.Context(), func(tx *Tx) error {
				id, err := tx.NextIncidentID(night)
				if err != nil {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				if seen[id] {
					t.Errorf("%s was allotted twice", id)
				}
				seen[id] = true
				_, err = tx.Append(journal.Change{Events: []journal.Draft{draft(id, 1)}})
				return err
			})
			if err != nil {
				t.Errorf("Update: %v", err)
			}
		})
	}
	wg.Wait()
}

// TestStream: a transaction sees its own appends, and an ignored error still undoes all.
func TestStream(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	mustAppend(t, s, journal.Change{Events: []journal.Draft{draft("a", 1), draft("b", 1)}})
	count := func(tx *Tx, want int) {
		t.Helper()
		entries, err := tx.Stream("a")
		if err != nil || len(entries) != want {
			t.Errorf("Stream = %d entries, %v; want %d", len(entries), err, want)
		}
	}
	update(t, s, func(tx *Tx) error {
		count(tx, 1)
		_, err := tx.Append(journal.Change{Events: []journal.Draft{draft("a", 2), draft("c", 1)}})
		count(tx, 2)
		return err
	})
	err := s.Update(t.Context(), func(tx *Tx) error {
		bad := draft("a", 4)
		bad.Actor = ""
		if _, err := tx.Append(journal.Change{Events: []journal.Draft{draft("a", 3), bad}}); err == nil {
			t.Error("an event without an actor was appended")
		}
		return nil // as careless code would
	})
	if !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("Update after an ignored error = %v, want ErrInvalid", err)
	}
	update(t, s, func(tx *Tx) error { count(tx, 2); return nil })
}

func TestUpdateRollsBack(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	no := errors.New("no")
	err := s.Update(t.Context(), func(tx *Tx) error {
		if err := tx.SetSetting("k", "v"); err != nil {
			return err
		}
		if _, err := tx.Append(journal.Change{Events: []journal.Draft{draft("a", 1)}}); err != nil {
			return err
		}
		return no
	})
	if !errors.Is(err, no) {
		t.Errorf("Update = %v, want the error of the function", err)
	}
	if _, err := s.Setting(t.Context(), "k"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("Setting after a rollback = %v, want ErrNotFound", err)
	}
	if head, err := s.Head(t.Context()); err != nil || head.Size != 0 {
		t.Errorf("Head after a rollback = %+v, %v", head, err)
	}
}

func TestWall(t *testing.T) {
	t.Parallel()
	wall := night.Add(1234 * time.Millisecond)
	s, err := Open(t.Context(), Options{Dir: t.TempDir(), Registry: journaltest.Registry(t), Wall: func() time.Time { return wall }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if e := mustAppend(t, s, journal.Change{Events: []journal.Draft{draft("a", 7)}})[0]; !e.RecordedAt.Equal(wall) || !e.OccurredAt.Equal(night.Add(7*time.Minute)) {
		t.Errorf("recordedAt = %v, occurredAt = %v; want the wall clock %v and the draft's time", e.RecordedAt, e.OccurredAt, wall)
	}
}
