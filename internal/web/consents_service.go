package web

import (
	"context"
	"time"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// ConsentsService is what the pages and the API of the register of consents ask of the application.
type ConsentsService interface {
	// Consents lists the records without their values: what ends soon, what holds, what is over; the first to end on top.
	Consents(context.Context) ([]ListedConsent, error)
	// Consent reads one record, or gives journal.ErrNotFound; its values only for whoever keeps the register.
	Consent(ctx context.Context, by people.Actor, id string) (ConsentCase, error)
	// AddConsent records an agreement and gives its id.
	AddConsent(ctx context.Context, by people.Actor, d consent.Draft) (string, error)
	// DecideConsent carries out a command on a record.
	DecideConsent(ctx context.Context, by people.Actor, id string, c consent.Command) error
	// EraseConsents erases the values of a record, or of all records of a subject, and names them.
	EraseConsents(ctx context.Context, by people.Actor, id string, ground consent.Ground) ([]string, error)
	// ImportConsents records or changes what drafts say.
	ImportConsents(ctx context.Context, by people.Actor, drafts []consent.Draft) (ConsentsTaken, error)
	// ExportConsents gives all records with their values.
	ExportConsents(ctx context.Context, by people.Actor) ([]consent.Record, error)
	// ConsentAudit gives the trail of a record with its proof.
	ConsentAudit(ctx context.Context, id string) (ConsentAudit, error)
}

// ListedConsent is a record as lists show it.
type ListedConsent struct {
	consent.State
	Standing consent.Standing `json:"standing"`
}

// ConsentCase is one record with all that belongs to it.
type ConsentCase struct {
	ListedConsent
	Values *consent.Values `json:"values,omitempty"` // nil for whoever does not keep the register
	Trail  []consent.Step  `json:"trail"`
}

// ConsentsTaken says what became of an import.
type ConsentsTaken struct {
	Added    int              `json:"added"`
	Changed  int              `json:"changed"`
	Same     int              `json:"same"`
	Refused  int              `json:"refused"`
	Refusals []ConsentRefusal `json:"refusals,omitempty"` // the first of them
}

// maxRefusals bounds what an import says of records that it did not take.
const maxRefusals = 20

// Refuse counts a record that was not taken, and says why of the first ones.
func (t *ConsentsTaken) Refuse(number int, err error) {
	t.Refused++
	if len(t.Refusals) < maxRefusals {
		t.Refusals = append(t.Refusals, ConsentRefusal{number, journal.Sentence(err)})
	}
}

// ConsentRefusal says why a record was not taken.
type ConsentRefusal struct {
	Number int    `json:"number"` // in the file, from 1
	Reason string `json:"reason"`
}

// ConsentAudit is the trail of one record with what it takes to verify it.
//
// The journal is a Merkle tree of RFC 6962 over the stored texts of its
// entries. Each entry has the hashes that lead from it to the tree's root, so
// that whoever knows the root of a journal of that size, from an export that
// they hold or from somebody whom they trust, verifies the trail without the rest.
type ConsentAudit struct {
	Format  string              `json:"format"`
	Record  string              `json:"record"`
	At      time.Time           `json:"at"`
	Size    int64               `json:"size"` // entries of the journal
	Head    string              `json:"head"` // hash of the last of them, as postmortems state it
	Root    string              `json:"root"` // of the tree, hexadecimal
	Entries []ConsentAuditEntry `json:"entries"`
}

// ConsentAuditEntry is one entry with its proof.
type ConsentAuditEntry struct {
	Seq   int64    `json:"seq"`
	Text  string   `json:"text"` // as it is stored, to the byte
	Hash  string   `json:"hash"` // SHA-256 of the text, which the next entry names
	Proof []string `json:"proof"`
}
