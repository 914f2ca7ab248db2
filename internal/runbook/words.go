package runbook

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Words are a text of the house in both languages, or in one.
type Words struct {
	FR string `yaml:"fr" json:"fr,omitempty"`
	EN string `yaml:"en" json:"en,omitempty"`
}

// In gives the text in a language, or in the other one where it has none.
func (w Words) In(l phrase.Lang) string {
	if l == phrase.English && w.EN != "" || w.FR == "" {
		return w.EN
	}
	return w.FR
}

// UnmarshalYAML reads a text, which is then the same in both languages, or one for each: {fr: …, en: …}.
func (w *Words) UnmarshalYAML(decode func(any) error) error {
	var text string
	if decode(&text) == nil {
		*w = Words{text, text}
		return nil
	}
	type plain Words // without this method
	return decode((*plain)(w))
}

// said gives a sentence of ours in both languages.
func said(k phrase.Key) Words {
	return Words{phrase.Say(phrase.French, k), phrase.Say(phrase.English, k)}
}

// Window is when a step is due, in minutes since the detection. The zero Window is at any time.
type Window struct{ From, To int }

// MarshalText writes "5-15".
func (w Window) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// String is the window as it is configured.
func (w Window) String() string { return strconv.Itoa(w.From) + "-" + strconv.Itoa(w.To) }

// UnmarshalText reads "5-15".
func (w *Window) UnmarshalText(text []byte) error {
	before, after, _ := strings.Cut(string(text), "-")
	from, err := strconv.Atoi(strings.TrimSpace(before))
	to, also := strconv.Atoi(strings.TrimSpace(after))
	if err != nil || also != nil || from < 0 || to <= from || to > maxMinutes {
		return fmt.Errorf("window %q: write the minutes since the detection, such as 5-15: %w", text, journal.ErrInvalid)
	}
	w.From, w.To = from, to
	return nil
}

// maxMinutes is a week, the longest that anything is due in.
const maxMinutes = 7 * 24 * 60

// Begins and Ends are the window of an incident that was detected at a time.
func (w Window) Begins(detected time.Time) time.Time {
	return detected.Add(time.Duration(w.From) * time.Minute)
}

// Ends is when the step is late.
func (w Window) Ends(detected time.Time) time.Time {
	return detected.Add(time.Duration(w.To) * time.Minute)
}
