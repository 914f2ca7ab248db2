package store

import (
	"context"
	"database/sql"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// View is computed from the journal and kept up to date within each append.
// Its tables are declared in the migrations of kind views.
type View interface {
	// Name is said in errors, and tells the views of one version of the program from those of another.
	Name() string
	// Tables are the view's own tables; a rebuild empties them.
	Tables() []string
	// Wants tells whether the view has rows for a stream at all.
	Wants(stream string) bool
	// Apply replaces the rows of one stream by what all its entries amount
	// to. It depends on the entries only: applying them one by one or all at
	// once gives the same rows.
	Apply(ctx context.Context, tx *sql.Tx, stream string, entries []journal.Entry) error
}

// updateViews applies the streams that have new entries.
func (t *Tx) updateViews(entries []journal.Entry) error {
	done := map[string]bool{}
	for _, e := range entries {
		if done[e.Stream] {
			continue
		}
		done[e.Stream] = true
		if err := t.applyViews(e.Stream); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) applyViews(stream string) error {
	for _, v := range t.s.views {
		if !v.Wants(stream) {
			continue
		}
		entries, err := t.Stream(stream)
		if err != nil {
			return err
		}
		if err := v.Apply(t.ctx, t.tx, stream, entries); err != nil {
			return fmt.Errorf("update view %s of %s: %w", v.Name(), stream, err)
		}
	}
	return nil
}

// RebuildViews empties all views and computes them anew from the journal, in
// one transaction.
func (s *Store) RebuildViews(ctx context.Context) error {
	return s.Update(ctx, func(t *Tx) error {
		for _, v := range s.views {
			for _, table := range v.Tables() {
				if _, err := t.exec("empty view "+v.Name(), `delete from `+table); err != nil {
					return err
				}
			}
		}
		streams, err := t.allStreams()
		if err != nil {
			return err
		}
		for _, stream := range streams {
			if err := t.applyViews(stream); err != nil {
				return t.fail(err)
			}
			delete(t.streams, stream) // one stream in memory at a time
		}
		_, err = t.exec("mark the views", fmt.Sprintf(`pragma user_version = %d`, markOf(s.views)))
		return err
	})
}

// viewsVersion is raised where entries that were there before amount to other rows than they did; a migration does so by itself.
const viewsVersion = 2

// markOf is what the database says of the views that its rows are of: they have other rows where the program knows another one, or
// computes them in another way.
func markOf(views []View) int32 {
	sum := fnv.New32a()
	fmt.Fprint(sum, schemaVersion, viewsVersion)
	for _, v := range views {
		fmt.Fprint(sum, "\x00", v.Name())
	}
	return int32(sum.Sum32() >> 1)
}

func viewsMark(ctx context.Context, db *sql.DB) (mark int32, err error) {
	if err := db.QueryRowContext(ctx, `pragma user_version`).Scan(&mark); err != nil {
		return 0, fmt.Errorf("read which views there are: %w", err)
	}
	return mark, nil
}

// refreshViews computes the views anew where another version of the program wrote them. A crash before the end leaves the old mark.
func (s *Store) refreshViews(ctx context.Context) error {
	mark, err := viewsMark(ctx, s.writer)
	if err != nil || len(s.views) == 0 || mark == markOf(s.views) {
		return err
	}
	return s.RebuildViews(ctx)
}

func (t *Tx) allStreams() ([]string, error) {
	rows, err := t.tx.QueryContext(t.ctx, `select stream from journal group by stream order by min(seq)`)
	return collect(rows, err, "list streams", func(scan func(...any) error) (string, error) {
		var stream string
		err := scan(&stream)
		return stream, err
	})
}

// collect reads all rows of a query.
func collect[T any](rows *sql.Rows, err error, doing string, read func(scan func(...any) error) (T, error)) ([]T, error) {
	if err != nil {
		return nil, explain(doing, err)
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		v, err := read(rows.Scan)
		if err != nil {
			return nil, explain(doing, err)
		}
		list = append(list, v)
	}
	if err := rows.Err(); err != nil {
		return nil, explain(doing, err)
	}
	return list, nil
}

// Deadline is a time by which something must have happened in a stream.
type Deadline struct {
	Stream string
	Name   string
	Due    time.Time
}

// Deadlines gives the deadlines that are due at now, the earliest first.
func (s *Store) Deadlines(ctx context.Context, now time.Time) ([]Deadline, error) {
	rows, err := s.readers.QueryContext(ctx,
		`select stream, name, due_at from deadlines where due_at <= ? order by due_at, stream, name`, now.UnixMicro())
	return collect(rows, err, "read deadlines", func(scan func(...any) error) (Deadline, error) {
		var d Deadline
		var due int64
		err := scan(&d.Stream, &d.Name, &due)
		d.Due = time.UnixMicro(due).UTC()
		return d, err
	})
}
