package calendar

import (
	"fmt"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
)

// property is a content line: DTSTART;TZID=Europe/Paris:20250106T090000.
type property struct {
	name   string // in capitals
	params map[string]string
	value  string
}

const (
	maxProperties = 200 // of one event
	maxParams     = 20
)

// parseLine reads a content line (RFC 5545, section 3.1).
func parseLine(s string) (property, bool) {
	i := strings.IndexAny(s, ";:")
	if i <= 0 {
		return property{}, false
	}
	p := property{name: strings.ToUpper(s[:i])}
	for s = s[i:]; strings.HasPrefix(s, ";"); {
		name, rest, ok := strings.Cut(s[1:], "=")
		if !ok || len(p.params) == maxParams || strings.ContainsAny(name, ":\"") {
			return property{}, false
		}
		end := endOfParameter(rest)
		if end < 0 {
			return property{}, false
		}
		if p.params == nil {
			p.params = map[string]string{}
		}
		p.params[strings.ToUpper(name)] = strings.Trim(rest[:end], `"`)
		s = rest[end:]
	}
	p.value = s[1:]
	return p, true
}

// endOfParameter finds the ; or : after a parameter's value, which may be quoted; -1 if there is none.
func endOfParameter(s string) int {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case !quoted && (s[i] == ';' || s[i] == ':'):
			return i
		}
	}
	return -1
}

// text reads a value of type TEXT.
func text(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n", `\N`, "\n").Replace(s)
}

// component is an event as its properties.
type component []property

func (c component) get(name string) (property, bool) {
	for _, p := range c {
		if p.name == name {
			return p, true
		}
	}
	return property{}, false
}

// components gives the events of a file, without what is nested in them, such as alarms.
func components(data []byte) ([]component, error) {
	var list []component
	depth := 0 // of components inside an event; 0 outside of one
	begun := false
	for line := range unfolded(string(data)) {
		p, ok := parseLine(line)
		if !ok {
			continue // blank, or not a line that we need
		}
		switch is := strings.ToUpper(strings.TrimSpace(p.value)); {
		case !begun:
			if p.name != "BEGIN" || is != "VCALENDAR" {
				return nil, fmt.Errorf("it does not begin as a calendar in iCalendar: %w", journal.ErrInvalid)
			}
			begun = true
		case p.name == "BEGIN" && (depth > 0 || is == "VEVENT"):
			if depth++; depth == 1 {
				if len(list) == maxEvents {
					return nil, fmt.Errorf("more than %d events: %w", maxEvents, journal.ErrTooLarge)
				}
				list = append(list, nil)
			}
		case p.name == "END" && depth > 0:
			depth--
		case depth == 1 && len(list[len(list)-1]) < maxProperties:
			list[len(list)-1] = append(list[len(list)-1], p)
		}
	}
	if !begun {
		return nil, fmt.Errorf("it is empty: %w", journal.ErrInvalid)
	}
	return list, nil
}

// unfolded gives the lines with their continuations joined.
func unfolded(s string) func(func(string) bool) {
	return func(yield func(string) bool) {
		var b strings.Builder
		for line := range strings.Lines(strings.TrimPrefix(s, "\ufeff")) {
			line = strings.TrimRight(line, "\r\n")
			if line != "" && (line[0] == ' ' || line[0] == '\t') {
				b.WriteString(line[1:])
				continue
			}
			if b.Len() > 0 && !yield(b.String()) {
				return
			}
			b.Reset()
			b.WriteString(line)
		}
		if b.Len() > 0 {
			yield(b.String())
		}
	}
}
