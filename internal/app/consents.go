package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// consentDesk keeps the register of consents ready for images to be judged by.
type consentDesk struct {
	mu         sync.Mutex
	register   *consent.Register // nil: to be read anew
	unscrubbed bool              // values were erased and may still be in the store's log
	judging    daily             // of all delivered images by the register
}

const (
	maxConsents  = 100_000 // records that lists and the register hold
	consentBatch = 100     // ends that one tick tells of
)

// ConsentRegister gives the register as it stands now.
func (a *App) ConsentRegister(ctx context.Context) (*consent.Register, error) {
	d := &a.consents
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.register != nil {
		return d.register, nil
	}
	records, err := a.store.ConsentRecords(ctx)
	if err != nil {
		return nil, err
	}
	key := make([]byte, consent.SaltSize)
	rand.Read(key) // never fails
	d.register = consent.NewRegister(records, consent.RegisterOptions{Key: key, Fold: norm.NFKC.String})
	return d.register, nil
}

// consentsChanged has the register read anew.
func (a *App) consentsChanged() {
	a.consents.mu.Lock()
	defer a.consents.mu.Unlock()
	a.consents.register = nil
}

// Consents lists the records without their values, in the order of
// consent.Standings; of one standing, the first to end on top.
func (a *App) Consents(ctx context.Context) ([]web.ListedConsent, error) {
	states, err := a.store.Consents(ctx, maxConsents)
	now := a.now()
	list := make([]web.ListedConsent, len(states))
	for i, s := range states {
		list[i] = web.ListedConsent{State: s, Standing: s.Standing(now)}
	}
	rank := func(c web.ListedConsent) int { return slices.Index(consent.Standings(), c.Standing) }
	slices.SortStableFunc(list, func(a, b web.ListedConsent) int { return cmp.Compare(rank(a), rank(b)) })
	return list, err
}

// Consent reads one record; its values only for whoever keeps the register.
func (a *App) Consent(ctx context.Context, by people.Actor, id string) (web.ConsentCase, error) {
	var c web.ConsentCase
	if !consent.IsStream(id) {
		return c, consent.Unknown(id)
	}
	r, err := a.store.ConsentRecord(ctx, id)
	if errors.Is(err, journal.ErrNotFound) {
		return c, consent.Unknown(id)
	}
	if err != nil {
		return c, err
	}
	c.ListedConsent = web.ListedConsent{State: r.State, Standing: r.Standing(a.now())}
	if consent.MayKeep(by) {
		c.Values = &r.Values
	}
	entries, err := a.consentEntries(ctx, id)
	if err != nil {
		return c, err
	}
	c.Trail, err = consent.Trail(entries)
	return c, err
}

func (a *App) consentEntries(ctx context.Context, id string) (entries []journal.Entry, err error) {
	err = a.store.Scan(ctx, journal.Query{Stream: id}, func(e journal.Entry) error {
		entries = append(entries, e)
		return nil
	})
	return entries, err
}

// newPseudonym draws what a subject is called in the journal.
func newPseudonym() string {
	var b [10]byte
	rand.Read(b[:]) // never fails
	return "S-" + hex.EncodeToString(b[:])
}

func newSalt() []byte {
	salt := make([]byte, consent.SaltSize)
	rand.Read(salt) // never fails
	return salt
}

// AddConsent records an agreement and gives its id.
func (a *App) AddConsent(ctx context.Context, by people.Actor, d consent.Draft) (string, error) {
	if err := consent.Keeps(by); err != nil {
		return "", err
	}
	known, err := a.knownSubjects(ctx)
	if err != nil {
		return "", err
	}
	taking := consentTaking{app: a, env: consent.Env{Now: a.now(), By: by}, subjects: known}
	var id string
	err = a.store.Update(ctx, func(tx *store.Tx) error {
		taking.tx = tx
		if known, err := taking.find(d); err != nil || known != "" {
			return errors.Join(err, fmt.Errorf("record a consent: %s is it already; change that one: %w", known, journal.ErrConflict))
		}
		id, err = taking.give(d)
		return err
	})
	if err != nil {
		return "", err
	}
	a.consentsChanged()
	return id, nil
}

// DecideConsent carries out a command on a record.
func (a *App) DecideConsent(ctx context.Context, by people.Actor, id string, c consent.Command) error {
	if !consent.IsStream(id) {
		return consent.Unknown(id)
	}
	taking := consentTaking{app: a, env: consent.Env{Now: a.now(), By: by}}
	if _, changes := c.(consent.Change); changes {
		var err error
		if taking.subjects, err = a.knownSubjects(ctx); err != nil {
			return err
		}
	}
	defer a.consentsWithdrawn()
	return a.store.Update(ctx, func(tx *store.Tx) error {
		taking.tx = tx
		c, err := taking.guarded(id, c)
		if err != nil {
			return err
		}
		return decideConsent(tx, id, c, taking.env)
	})
}

// decideConsent decides a command on a record as the transaction sees it.
func decideConsent(tx *store.Tx, id string, c consent.Command, env consent.Env) error {
	r, err := tx.ConsentRecord(id)
	if err != nil {
		return err
	}
	o, err := consent.Decide(r, c, env)
	if errors.Is(err, journal.ErrNotFound) {
		return consent.Unknown(id)
	}
	if err != nil || len(o.Events) == 0 {
		return err
	}
	if _, err := tx.Append(o.Change); err != nil {
		return err
	}
	return tx.SetConsentValues(id, o.Values)
}

// EraseConsents erases the values of a record, or of all records of a subject,
// for good: they are in no table and in no file of the store afterwards.
func (a *App) EraseConsents(ctx context.Context, by people.Actor, id string, ground consent.Ground) ([]string, error) {
	if err := consent.Keeps(by); err != nil {
		return nil, err
	}
	ids := []string{id}
	if consent.IsSubject(id) {
		var err error
		if ids, err = a.store.ConsentsOf(ctx, id); err != nil {
			return nil, err
		}
		if len(ids) == 0 {
			return nil, fmt.Errorf("erase the consents of %s: it has none: %w", id, journal.ErrNotFound)
		}
	}
	err := a.store.Update(ctx, func(tx *store.Tx) error {
		for _, id := range ids {
			if err := decideConsent(tx, id, consent.Erase{Ground: ground}, consent.Env{Now: a.now(), By: by}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	a.consentsWithdrawn()
	a.scrub(ctx)
	return ids, nil
}

// scrub takes erased values out of the store's log; where somebody reads it
// just now, the next tick tries again.
func (a *App) scrub(ctx context.Context) {
	err := a.store.Scrub(ctx)
	if err != nil {
		a.log.Warn("erased values are still in the database's log; the next tick tries again", "error", err)
	}
	a.consents.mu.Lock()
	defer a.consents.mu.Unlock()
	a.consents.unscrubbed = err != nil
}

// tickConsents tells of consents that end soon, and clears away what could not be cleared before.
func (a *App) tickConsents(ctx context.Context, at time.Time) error {
	a.consents.mu.Lock()
	again := a.consents.unscrubbed
	a.consents.mu.Unlock()
	if again {
		a.scrub(ctx)
	}
	ids, err := a.store.ConsentsToWarnOf(ctx, at, consentBatch)
	if err != nil || len(ids) == 0 {
		return err
	}
	return a.store.Update(ctx, func(tx *store.Tx) error {
		for _, id := range ids {
			if err := decideConsent(tx, id, consent.Warn{}, consent.Env{Now: at, By: monitor}); err != nil {
				return err
			}
		}
		return nil
	})
}
