package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

const (
	// cacheBatch and cacheDelay bound what a killed scan has to measure again:
	// entries are written together, since a transaction each would cost more
	// than measuring a small pair.
	cacheBatch = 256
	cacheDelay = time.Second
	// cacheEntries is how many checks are kept; the oldest go first.
	cacheEntries = 2_000_000
	// cacheVersion is the layout; a file of another one is emptied.
	cacheVersion = 1
	// cacheID marks the file (SQLite's application_id): "SLcc".
	cacheID = 0x534c6363
)

// CheckCache keeps the checks of scans by a key that stands for all that they
// depend on. It is a file of its own, beside or without a store: it may be
// deleted at any time, and several processes may use it at once.
type CheckCache struct {
	db *sql.DB

	mu      sync.Mutex
	pending map[[32]byte][]byte
	flushed time.Time
	failed  error // of the first write that failed
}

// OpenCheckCache opens or makes the cache file.
func OpenCheckCache(ctx context.Context, path string) (*CheckCache, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the cache: %w", err)
	}
	if err := createPrivate(path); err != nil {
		return nil, err
	}
	// NORMAL: a power cut may cost the newest entries, which are measured again.
	db, err := sql.Open("sqlite", dsn(path, "journal_mode(WAL)", "synchronous(NORMAL)"))
	if err != nil {
		return nil, fmt.Errorf("open the cache %s: %w", path, err)
	}
	db.SetMaxOpenConns(4)
	c := &CheckCache{db: db, pending: map[[32]byte][]byte{}, flushed: time.Now()}
	if err := c.prepare(ctx); err != nil {
		return nil, errors.Join(explain("open the cache "+path, err), db.Close())
	}
	return c, nil
}

// prepare makes the table in an empty file, empties one of another layout, and
// drops the oldest entries. A database that is no cache is refused, not emptied.
func (c *CheckCache) prepare(ctx context.Context) error {
	tx, err := c.db.BeginTx(ctx, nil) // immediate: another process may be making the same file
	if err != nil {
		return err
	}
	defer tx.Rollback() // of no effect after the commit
	var id, version, tables int
	if err := tx.QueryRowContext(ctx, `pragma application_id`).Scan(&id); err != nil {
		return err
	}
	if err := tx.QueryRowContext(ctx, `pragma user_version`).Scan(&version); err != nil {
		return err
	}
	if err := tx.QueryRowContext(ctx, `select count(*) from sqlite_schema`).Scan(&tables); err != nil {
		return err
	}
	switch {
	case id != cacheID && tables > 0:
		return fmt.Errorf("it is another database: name a file of its own for the cache: %w", journal.ErrInvalid)
	case id == cacheID && version == cacheVersion:
		_, err = tx.ExecContext(ctx, `delete from checks where id <= (select max(id) from checks) - ?`, cacheEntries)
	default:
		_, err = tx.ExecContext(ctx, fmt.Sprintf(`
			drop table if exists checks;
			create table checks (id integer primary key, key blob not null unique, json text not null);
			pragma application_id = %d;
			pragma user_version = %d`, cacheID, cacheVersion))
	}
	if err != nil {
		return err
	}
	return tx.Commit()
}

// Get gives what was put under the key, and nil where there is nothing.
func (c *CheckCache) Get(ctx context.Context, key [32]byte) ([]byte, error) {
	c.mu.Lock()
	check := c.pending[key]
	c.mu.Unlock()
	if check != nil {
		return check, nil
	}
	err := c.db.QueryRowContext(ctx, `select json from checks where key = ?`, key[:]).Scan(&check)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return check, explain("read the cache", err)
}

// Put keeps a check. It is on disk a second or 256 entries later, or after
// Close, which tells what could not be written: a full disk costs the cache and
// not the scan.
func (c *CheckCache) Put(ctx context.Context, key [32]byte, check []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return
	}
	c.pending[key] = check
	if len(c.pending) >= cacheBatch || time.Since(c.flushed) >= cacheDelay {
		if c.failed = c.flush(ctx); c.failed != nil {
			clear(c.pending)
		}
	}
}

// flush writes what is pending. The caller holds the lock.
func (c *CheckCache) flush(ctx context.Context) error {
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return explain("write the cache", err)
	}
	defer tx.Rollback() // of no effect after the commit
	for key, check := range c.pending {
		if _, err := tx.ExecContext(ctx, `insert or replace into checks (key, json) values (?, ?)`, key[:], string(check)); err != nil {
			return explain("write the cache", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return explain("write the cache", err)
	}
	clear(c.pending)
	c.flushed = time.Now()
	return nil
}

// Close writes what is pending and closes the file.
func (c *CheckCache) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(c.failed, c.flush(context.Background()), c.db.Close())
}
