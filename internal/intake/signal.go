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

// Validate says in one sentence all that is wrong with a signal, or nil. The
// error is [Faults].
func (s Signal) Validate(now time.Time) error { return s.faults(now).OrNil() }

func (s Signal) faults(now time.Time) Faults {
	var all Faults
	if !sourceName.MatchString(s.Source) {
		all = append(all, FaultOf("source", "signal.fault.source", fmt.Sprintf("%.70q", s.Source)))
	}
	switch {
	case s.SourceID == "":
		all = append(all, FaultOf("id", "signal.fault.id.none"))
	case len(s.SourceID) > MaxID || !printable(s.SourceID):
		all = append(all, FaultOf("id", "signal.fault.id", MaxID))
	}
	if !slices.Contains(Kinds(), s.Kind) {
		all = append(all, FaultOf("kind", "signal.fault.kind", fmt.Sprintf("%.40q", string(s.Kind)), fmt.Sprint(Kinds())))
	}
	if s.Lang != "" && !language.MatchString(s.Lang) {
		all = append(all, FaultOf("lang", "signal.fault.lang", fmt.Sprintf("%.40q", s.Lang)))
	}
	if s.Rating != nil && (math.IsNaN(*s.Rating) || math.Abs(*s.Rating) > 1e6) {
		all = append(all, FaultOf("rating", "signal.fault.rating"))
	}
	if len(s.URL) > maxURL {
		all = append(all, tooLarge(FaultOf("url", "signal.fault.url", len(s.URL), maxURL)))
	}
	return slices.Concat(all, timeFaults(s.At, now), tagFaults(s.Tags), textFaults(s.Text))
}

func tooLarge(f Fault) Fault {
	f.TooLarge = true
	return f
}

func timeFaults(at, now time.Time) Faults {
	switch {
	case at.IsZero():
		return Faults{FaultOf("at", "signal.fault.at.none")}
	case at.After(now.Add(MaxAhead)):
		return Faults{FaultOf("at", "signal.fault.at.ahead", at.UTC().Format(time.RFC3339), MaxAhead)}
	case at.Before(now.Add(-MaxBehind)):
		return Faults{FaultOf("at", "signal.fault.at.behind", at.UTC().Format(time.RFC3339))}
	}
	return nil
}

func tagFaults(tags []string) Faults {
	if len(tags) > MaxTags {
		return Faults{tooLarge(FaultOf("tags", "signal.fault.tags", len(tags), MaxTags))}
	}
	if slices.ContainsFunc(tags, func(t string) bool { return len(t) > maxTag || !utf8.ValidString(t) }) {
		return Faults{FaultOf("tags", "signal.fault.tag", maxTag)}
	}
	return nil
}

func textFaults(text string) Faults {
	switch {
	case text == "":
		return Faults{FaultOf("text", "signal.fault.text.none")}
	case len(text) > MaxText:
		return Faults{tooLarge(FaultOf("text", "signal.fault.text.long", len(text), MaxText))}
	case !utf8.ValidString(text):
		return Faults{FaultOf("text", "signal.fault.text.utf8")}
	case strings.IndexByte(text, 0) >= 0:
		return Faults{FaultOf("text", "signal.fault.text.zero")}
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
		case "users", "user", "u", "profile", "profiles", "people", "author", "in",
			"status", "statuses", "posts": // whose author stands before or within
			return true
		}
	}
	return false
}
