package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Connect makes the connections to a database. Whoever gives another than SQLite's own stands between the store and its
// disk: so a simulation sees each statement, and ends the process before any of them.
type Connect func(dsn string) (driver.Connector, error)

// openWriter opens the pool that writes. It has one connection, since SQLite
// has one writer at a time anyway and waiting in Go is fairer than SQLite's
// busy loop. FULL makes every commit durable before it is acknowledged.
// What is deleted is overwritten: an erased value must not be left in a page.
func openWriter(path string, connect Connect) (*sql.DB, error) {
	c, err := connect(dsn(path, "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(1)"))
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(1)
	return db, nil
}

// openReaders opens the pool that cannot write.
func openReaders(path string, connect Connect) (*sql.DB, error) {
	c, err := connect(dsn(path, "query_only(1)"))
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(4)
	return db, nil
}

func dsn(path string, pragmas ...string) string {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": append([]string{"busy_timeout(10000)"}, pragmas...)}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// explain says a database error in a sentence that tells what to do, where
// the code of the error is known. Other errors are handed through.
func explain(doing string, err error) error {
	var e *sqlite.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%s: the disk is full and nothing was written: free some space and try again: %w", doing, err)
	case sqlite3.SQLITE_IOERR:
		return fmt.Errorf("%s: the disk refused and nothing was written: %w", doing, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return fmt.Errorf("%s: the file or its folder cannot be written: check its owner and permissions: %w", doing, err)
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%s: the file is not a Safelight database: move it away or restore a backup: %w", doing, err)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%s: the database file is damaged: restore a backup: %w", doing, err)
	case sqlite3.SQLITE_CONSTRAINT:
		return fmt.Errorf("%s: %w: %w", doing, journal.ErrConflict, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// micros is how times are stored; the zero time is stored as null.
func micros(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: !t.IsZero()}
}

func fromMicros(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMicro(n.Int64).UTC()
}
