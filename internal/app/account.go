package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/store"
)

// The cost of a password: RFC 9106, section 4, second recommended option, with
// one lane, since sign-ins are rare and cores few.
const (
	argonTime   = 3
	argonMemory = 64 << 10 // KiB
	argonLanes  = 1
	argonKey    = 32
	argonSalt   = 16
)

// minPassword is NIST SP 800-63B's least length of a chosen password, and a bit more.
const minPassword = 10

// maxPassword bounds what is hashed on behalf of somebody who has not signed in.
const maxPassword = 1024

// HashPassword hashes with argon2id under a fresh salt.
func HashPassword(password string) (string, error) {
	if len(password) < minPassword || len(password) > maxPassword {
		return "", phrase.Refusal(journal.ErrInvalid, "refusal.account.password", minPassword, maxPassword)
	}
	salt := make([]byte, argonSalt)
	rand.Read(salt) // never fails
	return encodeHash(salt, argon(password, salt)), nil
}

func argon(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, argonKey)
}

// encodeHash writes the PHC string format, with the parameters that hold today.
func encodeHash(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

// checkPassword compares in constant time. A hash with other parameters than
// today's does not match: it is set anew by an administrator.
func checkPassword(hash, password string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || len(password) > maxPassword {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(encodeHash(salt, argon(password, salt))), []byte(hash)) == 1
}

// nobody is the hash that a sign-in of an unknown login is compared with, so
// that it takes as long as one of a known login.
var nobody = encodeHash(make([]byte, argonSalt), make([]byte, argonKey))

var errSignIn = phrase.Refusal(journal.ErrForbidden, "refusal.sign-in")

// SignIn checks a password and gives its person.
func (a *App) SignIn(ctx context.Context, login, password string) (people.Person, error) {
	record, err := a.store.PersonByLogin(ctx, login)
	if err != nil && !errors.Is(err, journal.ErrNotFound) {
		return people.Person{}, err
	}
	hash := record.PasswordHash
	if hash == "" {
		hash = nobody
	}
	if !checkPassword(hash, password) || err != nil || record.Disabled {
		return people.Person{}, errSignIn
	}
	return record.Person, nil
}

// Person gives the person of a session.
func (a *App) Person(ctx context.Context, id people.ID) (people.Person, error) {
	record, err := a.store.Person(ctx, id)
	if err == nil && record.Disabled {
		err = phrase.Refusal(journal.ErrNotFound, "refusal.account.disabled")
	}
	return record.Person, err
}

// tokenPrefix makes a leaked token recognisable to secret scanners.
const tokenPrefix = "slt_"

// ByToken gives the person of an API token.
func (a *App) ByToken(ctx context.Context, token string) (people.Person, error) {
	wrong := phrase.Refusal(journal.ErrForbidden, "refusal.token")
	t, err := a.store.TokenByHash(ctx, sha256.Sum256([]byte(token)))
	if errors.Is(err, journal.ErrNotFound) {
		return people.Person{}, wrong
	}
	if err != nil {
		return people.Person{}, err
	}
	if !t.Expires.IsZero() && time.Now().After(t.Expires) {
		return people.Person{}, wrong
	}
	p, err := a.Person(ctx, t.Person)
	if errors.Is(err, journal.ErrNotFound) {
		return people.Person{}, wrong
	}
	return p, err
}

// AddPerson makes an account. Its id is random. Without a password it cannot
// sign in; one of role watcher is a machine's and has none.
func (a *App) AddPerson(ctx context.Context, p people.Person, password string) (people.Person, error) {
	if err := p.Validate(); err != nil {
		return p, err
	}
	if p.Role == people.Watcher && password != "" {
		return p, phrase.Refusal(journal.ErrInvalid, "refusal.account.watcher", p.Login)
	}
	record := store.PersonRecord{Created: time.Now()}
	if password != "" {
		hash, err := HashPassword(password)
		if err != nil {
			return p, err
		}
		record.PasswordHash = hash
	}
	p.ID = people.ID("u-" + strings.ToLower(rand.Text()[:12]))
	record.Person = p
	return p, a.store.Update(ctx, func(tx *store.Tx) error {
		persons, err := tx.Persons()
		if err != nil {
			return err
		}
		for _, other := range persons {
			if other.Login == p.Login {
				return phrase.Refusal(journal.ErrConflict, "refusal.account.taken", p.Login)
			}
		}
		return tx.PutPerson(record)
	})
}

// AddToken makes an API token for a person. The secret is given once and never stored.
func (a *App) AddToken(ctx context.Context, login, name string, expires time.Time) (secret string, err error) {
	record, err := a.store.PersonByLogin(ctx, login)
	if err != nil {
		return "", fmt.Errorf("make a token for %s: %w", login, err)
	}
	secret = tokenPrefix + rand.Text()
	return secret, a.store.Update(ctx, func(tx *store.Tx) error {
		return tx.AddToken(store.Token{
			ID: strings.ToLower(rand.Text()[:12]), Person: record.ID, Hash: sha256.Sum256([]byte(secret)),
			Name: name, Created: time.Now(), Expires: expires,
		})
	})
}
