package app

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// consentTaking records drafts in one transaction.
type consentTaking struct {
	app      *App
	tx       *store.Tx
	env      consent.Env
	subjects map[string]string // pseudonyms by who they are
	number   int               // of the next record of the day; 0 until one was allotted
}

// nextID allots an id, which is taken once a record is made under it.
func (t *consentTaking) nextID() (string, error) {
	if t.number > 0 {
		return consent.ID(t.env.Now, t.number), nil
	}
	id, err := t.tx.NextConsentID(t.env.Now)
	if err != nil {
		return "", err
	}
	t.number, err = strconv.Atoi(id[strings.LastIndexByte(id, '-')+1:])
	return id, err
}

// whoKey tells persons apart by name and contact; a name alone may be another's.
func whoKey(name, contact string) string {
	name, contact = strings.TrimSpace(name), strings.TrimSpace(contact)
	if name == "" || contact == "" {
		return ""
	}
	return strings.ToLower(name + "\x00" + contact)
}

// knownSubjects gives the pseudonyms of those whom the register knows.
func (a *App) knownSubjects(ctx context.Context) (map[string]string, error) {
	records, err := a.store.ConsentRecords(ctx)
	known := map[string]string{}
	for _, r := range records {
		if key := whoKey(r.Values.Name, r.Values.Contact); key != "" {
			known[key] = r.Subject
		}
		if key := whoKey(r.Values.GuardianName, r.Values.GuardianContact); key != "" && r.Guardian != "" {
			known[key] = r.Guardian
		}
	}
	return known, err
}

// pseudonym gives what somebody is called in the journal.
func (t *consentTaking) pseudonym(name, contact string) string {
	key := whoKey(name, contact)
	if known := t.subjects[key]; key != "" && known != "" {
		return known
	}
	fresh := newPseudonym()
	if key != "" {
		t.subjects[key] = fresh
	}
	return fresh
}

// named gives a draft its pseudonyms.
func (t *consentTaking) named(d consent.Draft) consent.Draft {
	if d.Subject == "" {
		d.Subject = t.pseudonym(d.Name, d.Contact)
	}
	if d.Guardian == "" && strings.TrimSpace(d.GuardianName) != "" {
		d.Guardian = t.pseudonym(d.GuardianName, d.GuardianContact)
	}
	return d
}

// guarded gives a change the pseudonym of a guardian who is new, and takes away that of one who is gone. Other commands
// stay as they are.
func (t *consentTaking) guarded(id string, c consent.Command) (consent.Command, error) {
	change, ok := c.(consent.Change)
	if !ok {
		return c, nil
	}
	r, err := t.tx.ConsentRecord(id)
	if err != nil {
		return c, err
	}
	name := strings.TrimSpace(change.Values.GuardianName)
	same := name == r.Values.GuardianName
	switch {
	case change.Guardian != "" && change.Guardian != r.Guardian: // told by whoever writes
	case name == "" && !same:
		change.Guardian = ""
	case name != "" && same && r.Guardian != "":
		change.Guardian = r.Guardian
	case name != "":
		change.Guardian = t.pseudonym(name, change.Values.GuardianContact)
	}
	return change, nil
}

// find names the record that a draft is about; empty if there is none.
func (t *consentTaking) find(d consent.Draft) (string, error) {
	if consent.IsStream(d.ID) {
		r, err := t.tx.ConsentRecord(d.ID)
		if err != nil || r.Exists() {
			return r.ID, err
		}
	}
	if d.External == "" {
		return "", nil
	}
	return t.tx.ConsentFrom(strings.TrimSpace(d.External))
}

// give records a draft under a new id.
func (t *consentTaking) give(d consent.Draft) (string, error) {
	id, err := t.nextID()
	if err != nil {
		return "", err
	}
	d = t.named(d)
	d.Salt = newSalt()
	give := consent.Give{ID: id, Terms: d.Terms, Values: d.Values, RevokedSince: d.RevokedSince}
	if err := decideConsent(t.tx, id, give, t.env); err != nil {
		return "", err
	}
	t.number++
	return id, nil
}

// take records a draft, or changes the record that it is about.
func (t *consentTaking) take(d consent.Draft, taken *web.ConsentsTaken) error {
	id, err := t.find(d)
	if err != nil {
		return err
	}
	if id == "" {
		if d.External == "" {
			d.External = d.ID // of another register
		}
		if _, err := t.give(d); err != nil {
			return err
		}
		taken.Added++
		return nil
	}
	before, err := t.tx.ConsentRecord(id)
	if err != nil {
		return err
	}
	if d.Subject == "" {
		d.Subject = before.Subject
	}
	if d.Guardian == "" {
		d.Guardian = before.Guardian
	}
	if d.External == "" {
		d.External = before.Values.External
	}
	changed, err := t.change(before, t.named(d))
	switch {
	case err != nil:
		return err
	case changed:
		taken.Changed++
	default:
		taken.Same++
	}
	return nil
}

// change puts a draft in the place of a record.
func (t *consentTaking) change(before consent.Record, d consent.Draft) (bool, error) {
	if before.Revoked != nil && !d.RevokedSince.IsZero() {
		return false, nil // it is over here and there
	}
	change := consent.Change{Terms: d.Terms, Values: d.Values, Reason: "imported", RevokedSince: d.RevokedSince}
	if err := decideConsent(t.tx, before.ID, change, t.env); err != nil {
		return false, err
	}
	after, err := t.tx.ConsentRecord(before.ID)
	return after.Seq != before.Seq, err
}

// ImportConsents records or changes what drafts say. One that is refused does
// not hold up the others.
func (a *App) ImportConsents(ctx context.Context, by people.Actor, drafts []consent.Draft) (web.ConsentsTaken, error) {
	var taken web.ConsentsTaken
	if err := consent.Keeps(by); err != nil {
		return taken, err
	}
	known, err := a.knownSubjects(ctx)
	if err != nil {
		return taken, err
	}
	taking := consentTaking{app: a, env: consent.Env{Now: a.now(), By: by}, subjects: known}
	defer a.consentsChanged()
	err = a.store.Update(ctx, func(tx *store.Tx) error {
		taking.tx = tx
		for n, d := range drafts {
			err := taking.take(d, &taken)
			if err != nil && !isRefusal(err) {
				return err
			}
			if err != nil {
				taken.Refuse(n+1, err)
			}
		}
		return nil
	})
	return taken, err
}

// isRefusal tells whether an error is about one draft alone.
func isRefusal(err error) bool {
	return errors.Is(err, journal.ErrInvalid) || errors.Is(err, journal.ErrConflict) || errors.Is(err, journal.ErrTooLarge)
}

// ExportConsents gives all records with their values.
func (a *App) ExportConsents(ctx context.Context, by people.Actor) ([]consent.Record, error) {
	if err := consent.Keeps(by); err != nil {
		return nil, err
	}
	return a.store.ConsentRecords(ctx)
}
