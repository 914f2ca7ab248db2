package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/safelight-dev/safelight/internal/journal"
	"modernc.org/sqlite"
)

// Options says how a store is opened.
type Options struct {
	Dir      string            // the folder of the database; made if missing, unless ReadOnly
	Registry *journal.Registry // the event types that may be appended; required unless ReadOnly
	Views    []View            // kept up to date with every append
	Wall     func() time.Time  // gives recordedAt; time.Now if nil
	Log      *slog.Logger      // ours and River's, which tells much below a warning; discarded if nil
	ReadOnly bool              // may be opened beside the process that writes
	Connect  Connect           // SQLite's own if nil
	Classes  map[string]Class  // of effects, by kind; a kind that is not among them is of the zero Class
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	dir      string
	registry *journal.Registry
	views    []View
	wall     func() time.Time
	log      *slog.Logger
	connect  Connect
	classes  map[string]Class

	writer  *sql.DB // nil when read-only
	readers *sql.DB
	lock    *os.File
	jobs    *river.Client[*sql.Tx] // inserts jobs; nil when read-only

	mu      sync.Mutex
	changed chan struct{}          // closed at the next commit
	worker  *river.Client[*sql.Tx] // runs jobs between Start and Stop

	pulse pulse
}

// Open opens the store in a folder, and makes or migrates it unless it is
// opened read-only. A folder that another process writes to gives
// [*LockedError]; a missing database, read-only, [journal.ErrNotFound].
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Registry == nil && !o.ReadOnly {
		return nil, fmt.Errorf("open store %s: no event types are registered: %w", o.Dir, journal.ErrInvalid)
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", o.Dir, err)
	}
	s := &Store{
		dir: dir, registry: o.Registry, views: o.Views, wall: o.Wall, log: o.Log, connect: o.Connect, classes: o.Classes,
		changed: make(chan struct{}),
	}
	if s.wall == nil {
		s.wall = time.Now
	}
	if s.connect == nil {
		s.connect = sqlite.NewConnector
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	open := s.openWriting
	if o.ReadOnly {
		open = s.openReading
	}
	if err := open(ctx); err != nil {
		return nil, errors.Join(explain("open "+s.path(), err), s.Close())
	}
	return s, nil
}

func (s *Store) path() string { return filepath.Join(s.dir, "safelight.db") }

func (s *Store) openReading(ctx context.Context) error {
	if _, err := os.Stat(s.path()); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("open %s: there is no database yet: %w", s.path(), journal.ErrNotFound)
	} else if err != nil {
		return fmt.Errorf("open %s: %w", s.path(), err)
	}
	var err error
	if s.readers, err = openReaders(s.path(), s.connect); err != nil {
		return err
	}
	v, err := version(ctx, s.readers)
	switch {
	case err != nil:
		return err
	case v > schemaVersion:
		return s.newer(v)
	case v < schemaVersion:
		return fmt.Errorf("open %s: it has schema %d and this program reads %d: start the server once to migrate it: %w",
			s.path(), v, schemaVersion, journal.ErrConflict)
	}
	known, err := viewsMark(ctx, s.readers)
	if err == nil && len(s.views) > 0 && known != markOf(s.views) {
		err = fmt.Errorf("open %s: another version of Safelight computed its views: start this one's server once to compute them anew: %w",
			s.path(), journal.ErrConflict)
	}
	return err
}

func (s *Store) newer(v int64) error {
	return fmt.Errorf("open %s: a newer version of Safelight wrote it (schema %d, this program knows %d): use the newer program: %w",
		s.path(), v, schemaVersion, journal.ErrConflict)
}

func (s *Store) openWriting(ctx context.Context) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	var err error
	if s.lock, err = lockFolder(s.dir); err != nil {
		return err
	}
	if err := createPrivate(s.path()); err != nil {
		return err
	}
	if s.writer, err = openWriter(s.path(), s.connect); err != nil {
		return err
	}
	v, err := version(ctx, s.writer)
	switch {
	case err != nil:
		return err
	case v > schemaVersion:
		return s.newer(v)
	case v < schemaVersion:
		if err := migrate(ctx, s.writer, schemaVersion); err != nil {
			return err
		}
	}
	if s.readers, err = openReaders(s.path(), s.connect); err != nil {
		return err
	}
	s.jobs, err = river.NewClient(riversqlite.New(s.writer), &river.Config{Logger: s.log, PollOnly: true})
	if err != nil {
		return fmt.Errorf("open the job queue: %w", err)
	}
	return s.refreshViews(ctx)
}

// createPrivate makes sure that the file exists and that others cannot read
// it: it holds password hashes. SQLite gives its side files the same mode.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("create the database: %w", err)
	}
	return f.Close()
}

// Close stops the jobs and gives the folder back.
func (s *Store) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	errs := []error{s.Stop(ctx)}
	for _, db := range []*sql.DB{s.readers, s.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
		s.lock = nil
	}
	return errors.Join(errs...)
}

// Tx is one write transaction; see [Store.Update].
type Tx struct {
	s       *Store
	ctx     context.Context // of the Update that the Tx lives in and never outlives
	tx      *sql.Tx
	streams map[string][]journal.Entry // streams read or appended to so far
	ids     map[string]int             // the last number of a kind and a day, where an id was allotted
	err     error                      // the first failed write; it forbids the commit
}

// Update runs fn in one write transaction and commits if fn returns nil and
// no write of the Tx failed; otherwise nothing is written. When it returns
// nil, what was written is durable. fn must not call methods of the store
// that write, nor start goroutines that use the Tx.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	if s.writer == nil {
		return fmt.Errorf("write to %s: it was opened read-only: %w", s.path(), journal.ErrForbidden)
	}
	doing := "write to " + s.path()
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return explain(doing, err)
	}
	defer tx.Rollback() // a no-op after the commit
	t := &Tx{s: s, ctx: ctx, tx: tx, streams: map[string][]journal.Entry{}, ids: map[string]int{}}
	if err := fn(t); err != nil {
		return explain(doing, err)
	}
	if t.err != nil {
		return explain(doing, t.err)
	}
	if err := tx.Commit(); err != nil {
		return explain(doing, err)
	}
	s.announce()
	return nil
}

// fail remembers the error, so that a caller that ignores it cannot commit half a change.
func (t *Tx) fail(err error) error {
	if err != nil && t.err == nil {
		t.err = err
	}
	return err
}

// exec runs one writing statement.
func (t *Tx) exec(doing, query string, args ...any) (int64, error) {
	res, err := t.tx.ExecContext(t.ctx, query, args...)
	if err != nil {
		return 0, t.fail(fmt.Errorf("%s: %w", doing, err))
	}
	n, err := res.RowsAffected()
	return n, t.fail(err)
}

// announce wakes those who wait for a commit.
func (s *Store) announce() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}

// next is closed at the next commit.
func (s *Store) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}
