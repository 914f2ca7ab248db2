package store

import (
	"database/sql"
	"errors"
)

// NamedBy gives a stream, other than one, whose entries name a digest; empty where there is none. It reads the whole journal.
func (t *Tx) NamedBy(digest, except string) (string, error) {
	var stream string
	err := t.tx.QueryRowContext(t.ctx, `select stream from journal where stream <> ? and instr(text, ?) > 0 limit 1`, except, digest).Scan(&stream)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return stream, t.fail(err)
}
