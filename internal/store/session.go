package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"time"
)

// Sessions keeps the sessions of the web pages. It is an scs.CtxStore. A
// session is found by the SHA-256 of its token, so that a copy of the
// database opens none.
type Sessions struct{ s *Store }

// Sessions gives the session store.
func (s *Store) Sessions() *Sessions { return &Sessions{s} }

// FindCtx gives the data of a session that exists and has not expired.
func (m *Sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	hash := sha256.Sum256([]byte(token))
	var data []byte
	err := m.s.readers.QueryRowContext(ctx, `select data from sessions where hash = ? and expires_at > ?`,
		hash[:], m.s.wall().UnixMicro()).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, explain("read session", err)
}

// CommitCtx stores a session, replacing one with the same token, and forgets
// those that have expired.
func (m *Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	hash := sha256.Sum256([]byte(token))
	return m.s.Update(ctx, func(t *Tx) error {
		if _, err := t.exec("forget old sessions", `delete from sessions where expires_at <= ?`, m.s.wall().UnixMicro()); err != nil {
			return err
		}
		_, err := t.exec("save session", `insert into sessions (hash, data, expires_at) values (?, ?, ?)
			on conflict (hash) do update set data = excluded.data, expires_at = excluded.expires_at`,
			hash[:], data, expiry.UnixMicro())
		return err
	})
}

// DeleteCtx forgets a session; one that does not exist is no error.
func (m *Sessions) DeleteCtx(ctx context.Context, token string) error {
	hash := sha256.Sum256([]byte(token))
	return m.s.Update(ctx, func(t *Tx) error {
		_, err := t.exec("delete session", `delete from sessions where hash = ?`, hash[:])
		return err
	})
}

// Find is FindCtx without a context.
func (m *Sessions) Find(token string) ([]byte, bool, error) {
	return m.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (m *Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return m.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (m *Sessions) Delete(token string) error { return m.DeleteCtx(context.Background(), token) }
