package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Kind is what sort of thing a user wrote.
type Kind string

// The kinds of signal.
const (
	Ticket Kind = "ticket"
	Post   Kind = "post"
	Review Kind = "review"
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{Ticket, Post, Review} }

// Limits of a signal.
const (
	MaxText   = 20_000 // bytes of UTF-8
	MaxID     = 200    // bytes of a source's id
	MaxTags   = 50
	maxTag    = 100
	maxURL    = 2000
	MaxAhead  = 10 * time.Minute         // a source's clock may go before ours
	MaxBehind = 2 * 366 * 24 * time.Hour // no chart looks further back
)

// Signal is one thing that a user wrote, as its source tells it.
type Signal struct {
	Source   string    `json:"source"`             // a name such as "zendesk": a-z, 0-9, dot, dash, underscore
	SourceID string    `json:"id"`                 // the source's own id, by which a repetition is known
	Pipeline string    `json:"pipeline,omitempty"` // empty: found by the rules of [Config]
	Kind     Kind      `json:"kind,omitempty"`     // a ticket if empty
	At       time.Time `json:"at"`                 // when the user wrote it
	Text     string    `json:"text"`
	Lang     string    `json:"lang,omitempty"`   // as the source says; BCP 47
	Rating   *float64  `json:"rating,omitempty"` // as the source counts it, such as stars
	URL      string    `json:"url,omitempty"`    // where it can be read
	Tags     []string  `json:"tags,omitempty"`   // of the source; they choose the pipeline and are not kept
}

var (
	sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)
	language   = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$`)
)

// Clean gives the signal as it is kept: a ticket where no kind is said, without
// white space around its text, and with nothing that names its author.
func (s Signal) Clean() Signal {
	if s.Kind == "" {
		s.Kind = Ticket
	}
	s.Text = strings.TrimSpace(s.Text)
	s.At = s.At.UTC()
	s.SourceID = namelessID(s.SourceID)
	s.URL = namelessURL(s.URL)
	return s
}

// Validate says in one sentence what is wrong with a signal, or nil. The
// error's kind is [journal.ErrInvalid] or [journal.ErrTooLarge].
func (s Signal) Validate(now time.Time) error {
	switch {
	case !sourceName.MatchString(s.Source):
		return fmt.Errorf("source %.70q: use a-z, 0-9, dot, dash and underscore, 63 at most: %w", s.Source, journal.ErrInvalid)
	case s.SourceID == "":
		return fmt.Errorf("the signal has no id of its source: %w", journal.ErrInvalid)
	case len(s.SourceID) > MaxID || !printable(s.SourceID):
		return fmt.Errorf("the id of a signal is one line of at most %d bytes of UTF-8: %w", MaxID, journal.ErrInvalid)
	case !slices.Contains(Kinds(), s.Kind):
		return fmt.Errorf("kind %.40q: use one of %v: %w", s.Kind, Kinds(), journal.ErrInvalid)
	case s.Lang != "" && !language.MatchString(s.Lang):
		return fmt.Errorf("language %.40q: write it as fr or en-GB: %w", s.Lang, journal.ErrInvalid)
	case s.Rating != nil && (math.IsNaN(*s.Rating) || math.Abs(*s.Rating) > 1e6):
		return fmt.Errorf("the rating is no number within a million: %w", journal.ErrInvalid)
	case len(s.URL) > maxURL:
		return fmt.Errorf("the address of a signal has %d bytes, the limit is %d: %w", len(s.URL), maxURL, journal.ErrTooLarge)
	}
	if err := validateTime(s.At, now); err != nil {
		return err
	}
	if err := validateTags(s.Tags); err != nil {
		return err
	}
	return validateText(s.Text)
}

func validateTime(at, now time.Time) error {
	switch {
	case at.IsZero():
		return fmt.Errorf("the signal has no time: %w", journal.ErrInvalid)
	case at.After(now.Add(MaxAhead)):
		return fmt.Errorf("the time %s is more than %v ahead: set the clock of the source: %w", at.UTC().Format(time.RFC3339), MaxAhead, journal.ErrInvalid)
	case at.Before(now.Add(-MaxBehind)):
		return fmt.Errorf("the time %s is more than two years back: %w", at.UTC().Format(time.RFC3339), journal.ErrInvalid)
	}
	return nil
}

func validateTags(tags []string) error {
	if len(tags) > MaxTags {
		return fmt.Errorf("the signal has %d tags, the limit is %d: %w", len(tags), MaxTags, journal.ErrTooLarge)
	}
	for _, t := range tags {
		if len(t) > maxTag || !utf8.ValidString(t) {
			return fmt.Errorf("a tag is at most %d bytes of UTF-8: %w", maxTag, journal.ErrInvalid)
		}
	}
	return nil
}

func validateText(text string) error {
	switch {
	case text == "":
		return fmt.Errorf("the signal has no text: %w", journal.ErrInvalid)
	case len(text) > MaxText:
		return fmt.Errorf("the text has %d bytes, the limit is %d: %w", len(text), MaxText, journal.ErrTooLarge)
	case !utf8.ValidString(text):
		return fmt.Errorf("the text is not UTF-8: %w", journal.ErrInvalid)
	case strings.IndexByte(text, 0) >= 0:
		return fmt.Errorf("the text holds a zero byte: %w", journal.ErrInvalid)
	}
	return nil
}

// printable tells whether a text is UTF-8 without control characters.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// namelessID gives a digest in place of an id that names a person, as the
// addresses of posts and e-mails do.
func namelessID(id string) string {
	if !namesPerson(id) {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// namelessURL gives the address where it is one and names no person. What
// follows ? and # is left out: it may say who asks.
func namelessURL(address string) string {
	end := strings.IndexAny(address, "?#")
	if end >= 0 {
		address = address[:end]
	}
	web := strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
	if !web || !printable(address) || strings.ContainsAny(address, " \"<>\\") || namesPerson(address) {
		return ""
	}
	return address
}

// namesPerson tells whether an address or an id holds an @, or a part of a
// path below which social networks have the names of their users.
func namesPerson(s string) bool {
	if strings.Contains(s, "@") || strings.Contains(s, "%40") {
		return true
	}
	for _, part := range strings.Split(s, "/") {
		switch strings.ToLower(part) {
		case "users", "user", "u", "profile", "profiles", "people", "author", "in":
			return true
		}
	}
	return false
}
