package alert

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Op is how a matcher compares.
type Op string

// The operators. Expressions are RE2 and match the whole value.
const (
	Equal     Op = "="
	NotEqual  Op = "!="
	Regexp    Op = "=~"
	NotRegexp Op = "!~"
)

// Limits of matchers.
const (
	MaxMatchers = 32
	maxPattern  = 1024    // bytes of an expression
	maxMatchers = 8 << 10 // bytes of a list
)

// Matcher compares one label. Make it with [NewMatcher]; a label that an alert
// does not have counts as empty.
type Matcher struct {
	Name  string
	Op    Op
	Value string
	re    *regexp.Regexp
}

// NewMatcher checks and compiles a matcher.
func NewMatcher(name string, op Op, value string) (Matcher, error) {
	m := Matcher{Name: name, Op: op, Value: value}
	switch {
	case name == "" || !utf8.ValidString(name) || len(name) > MaxName:
		return m, fmt.Errorf("invalid label name %.40q: write 1 to %d bytes of UTF-8: %w", name, MaxName, journal.ErrInvalid)
	case !utf8.ValidString(value) || len(value) > MaxValue:
		return m, fmt.Errorf("value of matcher %s: write up to %d bytes of UTF-8: %w", name, MaxValue, journal.ErrInvalid)
	case op == Equal || op == NotEqual:
		return m, nil
	case op != Regexp && op != NotRegexp:
		return m, fmt.Errorf("operator %q of matcher %s: use =, !=, =~ or !~: %w", op, name, journal.ErrInvalid)
	case len(value) > maxPattern:
		return m, fmt.Errorf("expression of matcher %s has %d bytes, the limit is %d: %w", name, len(value), maxPattern, journal.ErrTooLarge)
	}
	// Alone first: "a)|(b" would be whole only between our brackets.
	if _, err := regexp.Compile(value); err != nil {
		return m, fmt.Errorf("invalid regular expression %q of matcher %s: %w: %w", value, name, err, journal.ErrInvalid)
	}
	var err error
	if m.re, err = regexp.Compile("^(?:" + value + ")$"); err != nil {
		return m, fmt.Errorf("invalid regular expression %q of matcher %s: %w: %w", value, name, err, journal.ErrInvalid)
	}
	return m, nil
}

// Matches tells whether labels fit.
func (m Matcher) Matches(l Labels) bool { return m.matches(l[m.Name]) }

func (m Matcher) matches(value string) bool {
	switch m.Op {
	case Equal:
		return value == m.Value
	case NotEqual:
		return value != m.Value
	case Regexp:
		return m.re.MatchString(value)
	case NotRegexp:
		return !m.re.MatchString(value)
	}
	return false
}

// Same tells whether two matchers say the same.
func (m Matcher) Same(o Matcher) bool { return m.Name == o.Name && m.Op == o.Op && m.Value == o.Value }

// String writes the matcher so that [ParseMatcher] reads it again.
func (m Matcher) String() string {
	name := m.Name
	if strings.ContainsFunc(name, reserved) {
		name = quote(name)
	}
	return name + string(m.Op) + quote(m.Value)
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(s) + `"`
}

// wireMatcher is the form of Alertmanager's API v2, and of the journal.
type wireMatcher struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	IsRegex bool   `json:"isRegex"`
	IsEqual *bool  `json:"isEqual"`
}

// MarshalJSON writes the form of Alertmanager's API v2.
func (m Matcher) MarshalJSON() ([]byte, error) {
	equal := m.Op == Equal || m.Op == Regexp
	return json.Marshal(wireMatcher{m.Name, m.Value, m.Op == Regexp || m.Op == NotRegexp, &equal})
}

// UnmarshalJSON reads what MarshalJSON wrote; isEqual may be missing.
func (m *Matcher) UnmarshalJSON(data []byte) error {
	var w wireMatcher
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	var err error
	*m, err = NewMatcher(w.Name, OpOf(w.IsEqual == nil || *w.IsEqual, w.IsRegex), w.Value)
	return err
}

// OpOf gives the operator of the two flags of the API v2.
func OpOf(equal, regex bool) Op {
	switch {
	case equal && regex:
		return Regexp
	case regex:
		return NotRegexp
	case equal:
		return Equal
	}
	return NotEqual
}

// Matchers must all match.
type Matchers []Matcher

// Match tells whether all matchers fit the labels.
func (ms Matchers) Match(l Labels) bool {
	for _, m := range ms {
		if !m.Matches(l) {
			return false
		}
	}
	return true
}

// String writes {a="b", c=~"d"}.
func (ms Matchers) String() string {
	texts := make([]string, len(ms))
	for i, m := range ms {
		texts[i] = m.String()
	}
	return "{" + strings.Join(texts, ", ") + "}"
}

// Validate refuses what would fit every alert: no matcher, or none that
// demands a label.
func (ms Matchers) Validate() error {
	if len(ms) == 0 || len(ms) > MaxMatchers {
		return fmt.Errorf("%d matchers: write 1 to %d: %w", len(ms), MaxMatchers, journal.ErrInvalid)
	}
	for _, m := range ms {
		if !m.matches("") {
			return nil
		}
	}
	return fmt.Errorf("at least one matcher must not match the empty string: %w", journal.ErrInvalid)
}

// reserved are the characters that a name without quotes cannot have.
func reserved(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("{}!=~,\\\"'`", r) }
