package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// The kinds of error that the whole product speaks of; see CONTRIBUTING.md.
var (
	ErrNotFound  = errors.New("not found")
	ErrConflict  = errors.New("conflict")
	ErrForbidden = errors.New("not allowed")
	ErrInvalid   = errors.New("invalid")
	ErrTooLarge  = errors.New("too large")
)

// MaxEntry bounds the stored text of one entry. The largest events carry a
// whole postmortem document; evidence itself is kept by digest elsewhere.
const MaxEntry = 1 << 20

// timeLayout is RFC 3339 with exactly three decimals, so that equal times
// have equal texts and texts sort as times do.
const timeLayout = "2006-01-02T15:04:05.000Z"

// Hash is the SHA-256 of an entry's stored text. The zero Hash precedes the first entry.
type Hash [sha256.Size]byte

// String gives 64 lower-case hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// ParseHash reads what [Hash.String] wrote and nothing else.
func ParseHash(s string) (Hash, error) {
	var h Hash
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(h) || hex.EncodeToString(b) != s {
		return h, fmt.Errorf("read hash %q: want 64 lower-case hexadecimal digits: %w", s, ErrInvalid)
	}
	copy(h[:], b)
	return h, nil
}

// Draft is an event that has been decided but not yet appended.
type Draft struct {
	Stream     string    // the incident's id, or the name of another stream
	Type       string    // as declared by a [Type]
	Version    int       // of the event's fields, from 1
	OccurredAt time.Time // on the injected clock; kept in milliseconds
	Actor      string    // id of the person or system that did it; never a name
	Data       any       // encoded as a JSON object
}

// Entry is an appended event. Its fields are read-only.
type Entry struct {
	Seq        int64
	Prev       Hash
	Stream     string
	Type       string
	Version    int
	OccurredAt time.Time
	RecordedAt time.Time // wall clock at the append
	Actor      string
	Data       json.RawMessage
	Text       []byte // the stored, hashed form
	Hash       Hash
}

// stored is the JSON form of an entry. Changing it breaks every journal.
type stored struct {
	Actor      string          `json:"actor"`
	Data       json.RawMessage `json:"data"`
	OccurredAt string          `json:"occurredAt"`
	Prev       string          `json:"prev"`
	RecordedAt string          `json:"recordedAt"`
	Seq        int64           `json:"seq"`
	Stream     string          `json:"stream"`
	Type       string          `json:"type"`
	Version    int             `json:"version"`
}

// canonical is [Canonical] of the envelope, written field by field: it is what a whole journal's verification spends its time on.
func (s stored) canonical() ([]byte, error) {
	b := make([]byte, 0, len(s.Data)+320)
	var err error
	text := func(key, value string) {
		if err == nil {
			b, err = appendString(append(b, key...), value)
		}
	}
	number := func(key string, value int64) {
		if err == nil {
			b, err = appendNumber(append(b, key...), json.Number(strconv.FormatInt(value, 10)))
		}
	}
	text(`{"actor":`, s.Actor)
	data := []byte("null")
	if err == nil && s.Data != nil {
		data, err = canonicalText(s.Data)
	}
	b = append(append(b, `,"data":`...), data...)
	text(`,"occurredAt":`, s.OccurredAt)
	text(`,"prev":`, s.Prev)
	text(`,"recordedAt":`, s.RecordedAt)
	number(`,"seq":`, s.Seq)
	text(`,"stream":`, s.Stream)
	text(`,"type":`, s.Type)
	number(`,"version":`, int64(s.Version))
	return append(b, '}'), err
}

// Seal turns a draft into the entry that follows prev.
func Seal(d Draft, prev Head, recordedAt time.Time) (Entry, error) {
	// encoding/json would replace what is not UTF-8, and so file the event elsewhere.
	if !utf8.ValidString(d.Stream) || !utf8.ValidString(d.Type) || !utf8.ValidString(d.Actor) {
		return Entry{}, fmt.Errorf("seal %q event: stream, type or actor is not UTF-8: %w", d.Type, ErrInvalid)
	}
	data, err := Canonical(d.Data)
	if err != nil {
		return Entry{}, fmt.Errorf("seal %s event: %w", d.Type, err)
	}
	text, err := stored{
		Actor: d.Actor, Data: data, OccurredAt: d.OccurredAt.UTC().Format(timeLayout),
		Prev: prev.Hash.String(), RecordedAt: recordedAt.UTC().Format(timeLayout),
		Seq: prev.Size + 1, Stream: d.Stream, Type: d.Type, Version: d.Version,
	}.canonical()
	if err != nil {
		return Entry{}, fmt.Errorf("seal %s event: %w", d.Type, err)
	}
	return Parse(text)
}

// Parse reads a stored text strictly: it must be complete, within [MaxEntry]
// and canonical to the byte.
func Parse(text []byte) (Entry, error) {
	if len(text) > MaxEntry {
		return Entry{}, fmt.Errorf("read entry of %d bytes, limit %d: %w", len(text), MaxEntry, ErrTooLarge)
	}
	var s stored
	if err := json.Unmarshal(text, &s); err != nil {
		return Entry{}, fmt.Errorf("read entry: %w: %w", err, ErrInvalid)
	}
	again, err := s.canonical()
	if err != nil {
		return Entry{}, fmt.Errorf("read entry: %w", err)
	}
	if !bytes.Equal(again, text) {
		return Entry{}, fmt.Errorf("read entry: bytes are not canonical: %w", ErrInvalid)
	}
	return s.entry(text)
}

func (s stored) entry(text []byte) (Entry, error) {
	if s.Seq < 1 || s.Version < 1 || s.Stream == "" || s.Type == "" || s.Actor == "" {
		return Entry{}, fmt.Errorf("read entry: sequence, version, stream, type or actor is missing: %w", ErrInvalid)
	}
	if len(s.Data) == 0 || s.Data[0] != '{' {
		return Entry{}, fmt.Errorf("read entry: data is not an object: %w", ErrInvalid)
	}
	prev, err := ParseHash(s.Prev)
	if err != nil {
		return Entry{}, err
	}
	occurred, err := parseTime(s.OccurredAt)
	if err != nil {
		return Entry{}, err
	}
	recorded, err := parseTime(s.RecordedAt)
	if err != nil {
		return Entry{}, err
	}
	return Entry{
		Seq: s.Seq, Prev: prev, Stream: s.Stream, Type: s.Type, Version: s.Version,
		OccurredAt: occurred, RecordedAt: recorded, Actor: s.Actor, Data: s.Data,
		Text: bytes.Clone(text), Hash: sha256.Sum256(text),
	}, nil
}

func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(timeLayout, s)
	if err != nil || t.Format(timeLayout) != s {
		return time.Time{}, fmt.Errorf("read time %q: want UTC with three decimals: %w", s, ErrInvalid)
	}
	return t, nil
}

// Decode gives the fields of an event as T. It is lenient on purpose: a later
// version may have added fields.
func Decode[T any](e Entry) (T, error) {
	var v T
	if err := json.Unmarshal(e.Data, &v); err != nil {
		return v, fmt.Errorf("read %s event %d: %w: %w", e.Type, e.Seq, err, ErrInvalid)
	}
	return v, nil
}
