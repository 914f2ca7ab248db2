package consent

import (
	"fmt"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// The event types of a record's stream.
const (
	TypeGiven   = "consent.given"
	TypeChanged = "consent.changed"
	TypeEnded   = "consent.ended"
	TypeRevoked = "consent.revoked"
	TypeWarned  = "consent.warned"
	TypeErased  = "consent.erased"
)

// Types declares the event types of this package.
func Types() []journal.Type {
	var types []journal.Type
	for _, n := range []string{TypeGiven, TypeChanged, TypeEnded, TypeRevoked, TypeWarned, TypeErased} {
		types = append(types, journal.Type{Name: n, Version: 1})
	}
	return types
}

// StreamPrefix begins the id of a record, which is its journal stream: C-2026-11-26-01.
const StreamPrefix = "C-"

// IsStream tells whether a journal stream is that of a record.
func IsStream(stream string) bool { return strings.HasPrefix(stream, StreamPrefix) }

// ID is the id of the nth record of a UTC day, from 1.
func ID(day time.Time, n int) string {
	return fmt.Sprintf("%s%s-%02d", StreamPrefix, day.UTC().Format(time.DateOnly), n)
}

// The stored forms of the events follow. Fields may be added; no released
// field is renamed, retyped or given a new meaning.

// Given is a record as it began: the stored form of [TypeGiven].
type Given struct {
	Terms
	// Digests are the salted digests of the record's values by their names.
	Digests map[string]string `json:"digests"`
}

// Changed is all that holds from now on: the stored form of [TypeChanged].
type Changed struct {
	Given
	Reason string `json:"reason,omitempty"` // salted digest
}

// Ended sets the first moment without consent.
type Ended struct {
	Until  time.Time `json:"until"`
	Reason string    `json:"reason,omitempty"` // salted digest
}

// Revoked says since when the consent is withdrawn.
type Revoked struct {
	Since  time.Time `json:"since"`
	Reason string    `json:"reason,omitempty"` // salted digest
}

// Warned says that people are told of the coming end.
type Warned struct {
	Until time.Time `json:"until"`
}

// Ground says why values were erased. It is a word of ours, since what people
// write of an erasure would be about the person whom it is to forget.
type Ground string

// The grounds, after Article 17(1) GDPR.
const (
	OnRequest   Ground = "request"   // the subject asked
	OnRetention Ground = "retention" // no longer needed
	OnError     Ground = "error"     // should never have been recorded
)

// Grounds lists all grounds.
func Grounds() []Ground { return []Ground{OnRequest, OnRetention, OnError} }

// Erased says that the values are gone, and the salt with them.
type Erased struct {
	Ground Ground `json:"ground"`
}
