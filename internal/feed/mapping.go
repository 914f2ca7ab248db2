package feed

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Mapping says where the parts of a signal stand. In JSON a name is a gjson
// path (data.item.body, tags.#.name); in CSV it is a column's title, whatever
// the case of its letters. Only text must be named.
type Mapping struct {
	// Each is the path of a list with one signal an element; the whole body is one signal if empty. Not in CSV.
	Each string `yaml:"each"`
	// When says which bodies (or elements) are signals: each path must have one of the values. Others are passed over.
	When map[string]Words `yaml:"when"`
	// ID is the source's id of the signal; a digest of the whole if it is missing. IDPrefix goes before it.
	ID       Field  `yaml:"id"`
	IDPrefix string `yaml:"idPrefix"`
	// Text is what the user wrote; several names (subject, body) are joined by a line break.
	Text Field `yaml:"text"`
	// HTML reduces the text from HTML.
	HTML bool `yaml:"html"`
	// At is when; the time of reading if missing.
	At Field `yaml:"at"`
	// TimeFormats are tried in turn: rfc3339, iso, fr (31/12/2026 23:59), us (12/31/2026 11:59 PM), unix, unixMilli,
	// rfc1123, or a layout of Go's package time. rfc3339, iso, unix and unixMilli if empty.
	TimeFormats []string `yaml:"timeFormats"`
	// TimeZone of times that name none, such as Europe/Paris; UTC if empty.
	TimeZone string `yaml:"timeZone"`
	// Rating is a number, as the source counts it.
	Rating Field `yaml:"rating"`
	// Tags is a list, or a text split at commas or else at spaces.
	Tags Field `yaml:"tags"`
	// URL is where a person can read the original.
	URL Field `yaml:"url"`
	// Lang, Pipeline and Kind (ticket, post, review; a ticket if missing) of the signal.
	Lang     Field `yaml:"lang"`
	Pipeline Field `yaml:"pipeline"`
	Kind     Field `yaml:"kind"`
	// Delimiter of a CSV file: one character; found out if empty.
	Delimiter string `yaml:"delimiter"`

	lenient bool // names are guesses: a column may be missing
}

// fields lists the parts of a signal by their keys.
func (m Mapping) fields() map[string]Field {
	return map[string]Field{
		"id": m.ID, "text": m.Text, "at": m.At, "rating": m.Rating, "tags": m.Tags, "url": m.URL,
		"lang": m.Lang, "pipeline": m.Pipeline, "kind": m.Kind,
	}
}

// Field is where a value stands: names that are tried in turn, and what holds
// where none gives a value. In YAML it is one name, a list, or {path: …, default: …}.
type Field struct {
	Names   []string
	Default string
}

// UnmarshalYAML reads the three forms.
func (f *Field) UnmarshalYAML(decode func(any) error) error {
	var names Words
	if decode(&names) == nil {
		f.Names = names
		return nil
	}
	var long struct {
		Path    Words  `yaml:"path"`
		Default string `yaml:"default"`
	}
	if err := decode(&long); err != nil {
		return err
	}
	f.Names, f.Default = long.Path, long.Default
	return nil
}

// Words is one word or a list of them.
type Words []string

// UnmarshalYAML reads both forms.
func (w *Words) UnmarshalYAML(decode func(any) error) error {
	var one string
	if decode(&one) == nil {
		*w = Words{one}
		return nil
	}
	var many []string
	if err := decode(&many); err != nil {
		return err
	}
	*w = many
	return nil
}

// layouts are the named forms of times.
var layouts = map[string][]string{
	"rfc3339": {time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05 Z0700"},
	"iso":     {"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"},
	"fr":      {"2/1/2006 15:04:05", "2/1/2006 15:04", "2/1/2006 15h04", "2/1/2006", "2.1.2006", "2-1-2006"},
	"us":      {"1/2/2006 3:04:05 PM", "1/2/2006 3:04 PM", "1/2/2006 15:04:05", "1/2/2006 15:04", "1/2/2006"},
	"rfc1123": {time.RFC1123Z, time.RFC1123},
}

func defaultFormats() []string { return []string{"rfc3339", "iso", "unix", "unixMilli"} }

func (m Mapping) mistakes() []string {
	var list complain
	list.when(len(m.Text.Names) == 0, "text: name where the text stands")
	list.when(m.Kind.Default != "" && !isKind(m.Kind.Default), "kind: default %q is none of %v", m.Kind.Default, intake.Kinds())
	list.when(len([]rune(m.Delimiter)) > 1 || strings.ContainsAny(m.Delimiter, "\"\r\n"), "delimiter %q is not one character", m.Delimiter)
	list.when(len(m.IDPrefix) > 50, "idPrefix has at most 50 bytes")
	if _, err := time.LoadLocation(m.TimeZone); err != nil {
		list.when(true, "timeZone %q is not one such as Europe/Paris", m.TimeZone)
	}
	for _, f := range m.TimeFormats {
		list.when(!isFormat(f), "timeFormats: %q is none of rfc3339, iso, fr, us, unix, unixMilli, rfc1123 and no layout of Go", f)
	}
	for path, values := range m.When {
		list.when(path == "" || len(values) == 0, "when: %q needs a path and the values that it may have", path)
	}
	return list
}

func isFormat(f string) bool {
	if layouts[f] != nil || f == "unix" || f == "unixMilli" {
		return true
	}
	// A layout reads back what it writes, and keeps the day.
	at := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	got, err := time.Parse(f, at.Format(f))
	return err == nil && got.Year() == 2026 && got.YearDay() == at.YearDay()
}

// values is a thing whose parts have names: a JSON value or a row.
type values interface {
	// get gives a part as text, and false where it is missing, null or no plain value.
	get(name string) (string, bool)
	// list gives a part as a list; a plain value is a list of one.
	list(name string) []string
	// whole stands for all parts together.
	whole() string
}

// errPassed says that something is no signal and need not be one.
var errPassed = errors.New("it is passed over")

// signal reads one signal out of named values. errPassed is for what When
// leaves out; other errors are [intake.Faults].
func (m Mapping) signal(v values) (intake.Signal, error) {
	for path, wanted := range m.When {
		if got, ok := v.get(path); !ok || !slices.Contains(wanted, got) {
			return intake.Signal{}, errPassed
		}
	}
	s := intake.Signal{
		Text: m.text(v), URL: link(first(v, m.URL)), Lang: lang(first(v, m.Lang)),
		Kind: intake.Kind(first(v, m.Kind)), Pipeline: clip(oneLine(first(v, m.Pipeline)), 100),
	}
	var faults intake.Faults
	if s.Text == "" {
		faults = append(faults, intake.FaultOf("text", "signal.fault.text.at", strings.Join(m.Text.Names, ", ")))
	}
	if !isKind(string(s.Kind)) {
		s.Kind = intake.Ticket
	}
	if id := first(v, m.ID); id != "" {
		s.SourceID = sourceID(m.IDPrefix + id)
	} else {
		s.SourceID = digest(v.whole())
	}
	var wrong intake.Faults
	s.At, wrong = m.time(first(v, m.At))
	faults = append(faults, wrong...)
	s.Rating, wrong = number(first(v, m.Rating))
	faults = append(faults, wrong...)
	for _, name := range m.Tags.Names {
		s.Tags = append(s.Tags, splitTags(v.list(name))...)
	}
	if len(s.Tags) == 0 {
		s.Tags = splitTags([]string{m.Tags.Default})
	}
	s.Tags = tags(s.Tags)
	return s, faults.OrNil()
}

// first gives the first value of a field that is not empty.
func first(v values, f Field) string {
	for _, name := range f.Names {
		if s, ok := v.get(name); ok && strings.TrimSpace(s) != "" {
			return strings.TrimSpace(s)
		}
	}
	return f.Default
}

// text joins all values of the field.
func (m Mapping) text(v values) string {
	var text string
	for i := len(m.Text.Names) - 1; i >= 0; i-- {
		s, _ := v.get(m.Text.Names[i])
		if m.HTML {
			s = plain(s)
		}
		text = both(clip(strings.TrimSpace(s), maxText), text)
	}
	if text == "" {
		return m.Text.Default
	}
	return text
}

// time reads a time in the first form that fits. A date with slashes is read
// in no form that was not named: 03/04 is two days.
func (m Mapping) time(s string) (time.Time, intake.Faults) {
	if s == "" {
		return time.Time{}, nil
	}
	zone, err := time.LoadLocation(m.TimeZone)
	if err != nil {
		return time.Time{}, intake.Faults{intake.FaultOf("at", "signal.fault.zone", strconv.Quote(m.TimeZone))}
	}
	formats := m.TimeFormats
	if len(formats) == 0 {
		formats = defaultFormats()
	}
	for _, f := range formats {
		if at, ok := parseTime(f, s, zone); ok && at.Year() >= 1970 && at.Year() < 2200 {
			return at.UTC(), nil
		}
	}
	says := phrase.Key("signal.fault.at.form")
	if len(m.TimeFormats) == 0 && strings.Contains(s, "/") {
		says = "signal.fault.at.slash"
	}
	return time.Time{}, intake.Faults{intake.FaultOf("at", says, strconv.Quote(clip(oneLine(s), 40)), strings.Join(formats, ", "))}
}

func parseTime(format, s string, zone *time.Location) (time.Time, bool) {
	switch format {
	case "unix", "unixMilli":
		x, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(x) || x < 0 {
			return time.Time{}, false
		}
		// Seconds of this century are below 4.2e9, milliseconds since 1970-02-18 above.
		const border = 4.2e9
		if format == "unix" && x < border {
			return time.UnixMilli(int64(x * 1000)), true
		}
		if format == "unixMilli" && x >= border && x < border*1000 {
			return time.UnixMilli(int64(x)), true
		}
		return time.Time{}, false
	}
	forms := layouts[format]
	if forms == nil {
		forms = []string{format}
	}
	for _, layout := range forms {
		if at, err := time.ParseInLocation(layout, s, zone); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// number reads a rating; a comma is a decimal point.
func number(s string) (*float64, intake.Faults) {
	if s == "" {
		return nil, nil
	}
	x, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil || math.IsNaN(x) || math.Abs(x) > 1e6 {
		return nil, intake.Faults{intake.FaultOf("rating", "signal.fault.rating.form", strconv.Quote(clip(oneLine(s), 40)))}
	}
	return &x, nil
}

func isKind(s string) bool { return slices.Contains(intake.Kinds(), intake.Kind(s)) }

func splitTags(list []string) []string {
	var out []string
	for _, s := range list {
		if strings.ContainsAny(s, ",;|") {
			out = append(out, strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == '|' })...)
			continue
		}
		if len(list) > 1 {
			out = append(out, s)
			continue
		}
		out = append(out, strings.Fields(s)...)
	}
	return out
}
