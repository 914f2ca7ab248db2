package alert

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/journal"
)

// ParseMatcher reads one matcher as amtool and Alertmanager's API write it:
// name, operator, value, with spaces around each. The value may stand between
// double quotes; \" \n and \\ are escapes, another backslash is one. A name
// between double quotes may have any characters.
func ParseMatcher(s string) (Matcher, error) {
	if len(s) > maxMatchers {
		return Matcher{}, fmt.Errorf("a matcher of %d bytes, the limit is %d: %w", len(s), maxMatchers, journal.ErrTooLarge)
	}
	name, rest, ok := cutName(strings.TrimSpace(s))
	if !ok {
		return Matcher{}, badMatcher(s)
	}
	rest = strings.TrimLeft(rest, whitespace)
	for _, op := range []Op{Regexp, NotRegexp, NotEqual, Equal} {
		if value, found := strings.CutPrefix(rest, string(op)); found {
			text, err := unquote(strings.TrimSpace(value))
			if err != nil {
				return Matcher{}, err
			}
			return NewMatcher(name, op, text)
		}
	}
	return Matcher{}, badMatcher(s)
}

const whitespace = " \t\r\n\v\f"

func badMatcher(s string) error {
	return fmt.Errorf(`bad matcher format: %.200s: write name="value" with =, !=, =~ or !~: %w`, s, journal.ErrInvalid)
}

// cutName takes the name off the front.
func cutName(s string) (name, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexFunc(s, reserved)
		if end <= 0 {
			return "", "", false
		}
		return s[:end], s[end:], true
	}
	escaped := false
	for i, r := range s[1:] {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case r == '"':
			name, err := unquote(s[:i+2])
			return name, s[i+2:], err == nil && name != ""
		}
	}
	return "", "", false
}

// unquote reads a value with or without quotes.
func unquote(s string) (string, error) {
	bad := func() (string, error) {
		return "", fmt.Errorf("matcher value contains unescaped double quote: %.200s: %w", s, journal.ErrInvalid)
	}
	if !utf8.ValidString(s) {
		return "", fmt.Errorf("matcher value not valid UTF-8: %.200q: %w", s, journal.ErrInvalid)
	}
	inner, quoted := strings.CutPrefix(s, `"`)
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		switch c := inner[i]; {
		case c == '"' && quoted && i == len(inner)-1:
			return b.String(), nil
		case c == '"':
			return bad()
		case c == '\\' && i+1 < len(inner) && strings.IndexByte(`n"\`, inner[i+1]) >= 0:
			i++
			b.WriteByte(map[byte]byte{'n': '\n', '"': '"', '\\': '\\'}[inner[i]])
		default:
			b.WriteByte(c)
		}
	}
	if quoted {
		return bad()
	}
	return b.String(), nil
}

// ParseMatchers reads a list of matchers between commas, with or without
// braces around it; a comma at its end is allowed.
func ParseMatchers(s string) (Matchers, error) {
	if len(s) > maxMatchers {
		return nil, fmt.Errorf("matchers of %d bytes, the limit is %d: %w", len(s), maxMatchers, journal.ErrTooLarge)
	}
	s = strings.TrimSpace(s)
	s = strings.TrimSuffix(strings.TrimPrefix(s, "{"), "}")
	var list Matchers
	for _, text := range splitList(s) {
		if len(list) == MaxMatchers {
			return nil, fmt.Errorf("more than %d matchers: %w", MaxMatchers, journal.ErrTooLarge)
		}
		m, err := ParseMatcher(text)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

// splitList splits at commas outside of quotes; an empty last part is none.
func splitList(s string) []string {
	var parts []string
	start, inside, escaped := 0, false, false
	for i, r := range s {
		switch {
		case r == ',' && !inside:
			parts, start = append(parts, s[start:i]), i+1
		case r == '"' && !escaped:
			inside = !inside
		}
		escaped = r == '\\' && !escaped
	}
	if last := s[start:]; strings.TrimSpace(last) != "" {
		parts = append(parts, last)
	}
	return parts
}
