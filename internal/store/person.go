package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// PersonRecord is a person's account with what only the sign-in needs.
type PersonRecord struct {
	people.Person
	PasswordHash string // empty: cannot sign in with a password
	Disabled     bool
	Created      time.Time
}

// Token is an API token. The secret itself is never stored.
type Token struct {
	ID      string
	Person  people.ID
	Hash    [32]byte // SHA-256 of the secret
	Name    string   // what the person calls it
	Created time.Time
	Used    time.Time // zero: never
	Expires time.Time // zero: never
}

// PutPerson adds a person or replaces the one with the same id. A login that
// somebody else has is [journal.ErrConflict].
func (t *Tx) PutPerson(p PersonRecord) error {
	var holder string
	err := t.tx.QueryRowContext(t.ctx, `select id from persons where login = ?`, p.Login).Scan(&holder)
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("save person %s: %w", p.Login, err)
	case err == nil && holder != string(p.ID):
		return fmt.Errorf("save person %s: somebody has this login: %w", p.Login, journal.ErrConflict)
	}
	_, err = t.exec("save person "+p.Login,
		`insert into persons (id, login, name, email, role, domain, password_hash, disabled, created_at)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?)
		on conflict (id) do update set login = excluded.login, name = excluded.name, email = excluded.email,
			role = excluded.role, domain = excluded.domain, password_hash = excluded.password_hash,
			disabled = excluded.disabled, created_at = excluded.created_at`,
		string(p.ID), p.Login, p.Name, p.Email, string(p.Role), string(p.Domain), p.PasswordHash, p.Disabled,
		p.Created.UnixMicro())
	return err
}

const personFields = `select id, login, name, email, role, domain, password_hash, disabled, created_at from persons`

func readPerson(scan func(...any) error) (PersonRecord, error) {
	var p PersonRecord
	var created int64
	err := scan(&p.ID, &p.Login, &p.Name, &p.Email, &p.Role, &p.Domain, &p.PasswordHash, &p.Disabled, &created)
	p.Created = time.UnixMicro(created).UTC()
	return p, err
}

// Person gives the person with an id, or [journal.ErrNotFound].
func (s *Store) Person(ctx context.Context, id people.ID) (PersonRecord, error) {
	p, err := readPerson(s.readers.QueryRowContext(ctx, personFields+` where id = ?`, string(id)).Scan)
	return p, found("read person "+string(id), err)
}

// PersonByLogin gives the person with a login, or [journal.ErrNotFound].
func (s *Store) PersonByLogin(ctx context.Context, login string) (PersonRecord, error) {
	p, err := readPerson(s.readers.QueryRowContext(ctx, personFields+` where login = ?`, login).Scan)
	return p, found("read person "+login, err)
}

// Persons gives all persons, by login.
func (s *Store) Persons(ctx context.Context) ([]PersonRecord, error) {
	rows, err := s.readers.QueryContext(ctx, personFields+` order by login`)
	return collect(rows, err, "read persons", readPerson)
}

// Persons gives all persons as the transaction sees them, by login.
func (t *Tx) Persons() ([]PersonRecord, error) {
	rows, err := t.tx.QueryContext(t.ctx, personFields+` order by login`)
	return collect(rows, err, "read persons", readPerson)
}

// AddToken stores a new token. A person that does not exist or a hash that
// is known gives [journal.ErrConflict].
func (t *Tx) AddToken(k Token) error {
	_, err := t.exec("save token "+k.Name,
		`insert into tokens (id, person_id, hash, name, created_at, used_at, expires_at) values (?, ?, ?, ?, ?, ?, ?)`,
		k.ID, string(k.Person), k.Hash[:], k.Name, k.Created.UnixMicro(), micros(k.Used), micros(k.Expires))
	return explain("save token "+k.Name, err)
}

// DeleteToken removes a token, or gives [journal.ErrNotFound].
func (t *Tx) DeleteToken(id string) error {
	n, err := t.exec("delete token "+id, `delete from tokens where id = ?`, id)
	if err == nil && n == 0 {
		return fmt.Errorf("delete token %s: %w", id, journal.ErrNotFound)
	}
	return err
}

const tokenFields = `select id, person_id, hash, name, created_at, used_at, expires_at from tokens`

func readToken(scan func(...any) error) (Token, error) {
	var k Token
	var hash []byte
	var created, used, expires sql.NullInt64
	err := scan(&k.ID, &k.Person, &hash, &k.Name, &created, &used, &expires)
	copy(k.Hash[:], hash)
	k.Created, k.Used, k.Expires = fromMicros(created), fromMicros(used), fromMicros(expires)
	return k, err
}

// TokenByHash gives the token whose secret has the SHA-256 hash, or
// [journal.ErrNotFound]. Whether it has expired is for the caller to see.
func (s *Store) TokenByHash(ctx context.Context, hash [32]byte) (Token, error) {
	k, err := readToken(s.readers.QueryRowContext(ctx, tokenFields+` where hash = ?`, hash[:]).Scan)
	return k, found("read token", err)
}

// Tokens gives the tokens of a person, the oldest first.
func (s *Store) Tokens(ctx context.Context, person people.ID) ([]Token, error) {
	rows, err := s.readers.QueryContext(ctx, tokenFields+` where person_id = ? order by created_at, id`, string(person))
	return collect(rows, err, "read tokens of "+string(person), readToken)
}

// TouchToken notes that a token was used. To spare the disk it writes at most
// once a minute per token.
func (s *Store) TouchToken(ctx context.Context, k Token, at time.Time) error {
	if !k.Used.IsZero() && at.Sub(k.Used) < time.Minute {
		return nil
	}
	return s.Update(ctx, func(t *Tx) error {
		_, err := t.exec("note use of token "+k.ID, `update tokens set used_at = ? where id = ?`, at.UnixMicro(), k.ID)
		return err
	})
}

// SetSetting stores a value under a key.
func (t *Tx) SetSetting(key, value string) error {
	_, err := t.exec("save setting "+key, `insert into settings (key, value) values (?, ?)
		on conflict (key) do update set value = excluded.value`, key, value)
	return err
}

// Setting gives the value under a key, or [journal.ErrNotFound].
func (s *Store) Setting(ctx context.Context, key string) (string, error) {
	var value string
	err := s.readers.QueryRowContext(ctx, `select value from settings where key = ?`, key).Scan(&value)
	return value, found("read setting "+key, err)
}

// found says what was looked for and turns no row into [journal.ErrNotFound].
func found(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%s: %w", doing, journal.ErrNotFound)
	}
	return explain(doing, err)
}
