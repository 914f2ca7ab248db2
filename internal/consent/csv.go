package consent

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Limits of an import.
const (
	MaxImport  = 16 << 20 // bytes
	MaxRecords = 20_000
)

// column is one column of the table: what it says of a draft, and how it is
// read. Those without set are computed and not read.
type column struct {
	name string
	get  func(*Draft) string
	set  func(*Draft, string) error
}

// listSeparator stands between the entries of a list: names have commas.
const listSeparator = "|"

func textColumn(name string, at func(*Draft) *string) column {
	return column{name, func(d *Draft) string { return *at(d) }, func(d *Draft, s string) error { *at(d) = s; return nil }}
}

func listColumn(name string, at func(*Draft) *[]string) column {
	return column{name,
		func(d *Draft) string { return strings.Join(*at(d), listSeparator) },
		func(d *Draft, s string) error { *at(d) = splitList(s); return nil },
	}
}

func splitList(s string) []string {
	var list []string
	for part := range strings.SplitSeq(s, listSeparator) {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

func timeColumn(name string, end bool, at func(*Draft) *time.Time) column {
	return column{name,
		func(d *Draft) string {
			if at(d).IsZero() {
				return ""
			}
			return at(d).UTC().Format(time.RFC3339)
		},
		func(d *Draft, s string) (err error) { *at(d), err = ParseTime(s, end); return err },
	}
}

// ParseTime reads a moment as RFC 3339 has it, or a day. A day begins a period
// with its first moment, and ends it with its last: end gives the day after.
func ParseTime(s string, end bool) (time.Time, error) {
	if s = strings.TrimSpace(s); s == "" {
		return time.Time{}, nil
	}
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		if end {
			day = day.AddDate(0, 0, 1)
		}
		return day, nil
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return at, Faults{{Says: phrase.Errorf("consent.fault.time", short(s))}}
	}
	return at.UTC(), nil
}

func placesColumn() column {
	return column{"paths",
		func(d *Draft) string {
			var list []string
			for _, p := range d.Paths {
				list = append(list, p.Pipeline+":"+p.Pattern)
			}
			return strings.Join(list, listSeparator)
		},
		func(d *Draft, s string) (err error) { d.Paths, err = ParsePlaces(splitList(s)); return err },
	}
}

// ParsePlaces reads PIPELINE:PATTERN.
func ParsePlaces(list []string) ([]Place, error) {
	var places []Place
	for _, s := range list {
		pipeline, pattern, ok := strings.Cut(s, ":")
		if !ok {
			return nil, Faults{{Column: "paths", Says: phrase.Errorf("consent.fault.place")}}
		}
		places = append(places, Place{strings.TrimSpace(pipeline), strings.TrimSpace(pattern)})
	}
	return places, nil
}

// columns is the one table of columns.
func columns() []column {
	computed := func(name string, get func(*Draft) string) column { return column{name, get, nil} }
	return []column{
		textColumn("record_id", func(d *Draft) *string { return &d.ID }),
		textColumn("external_id", func(d *Draft) *string { return &d.External }),
		textColumn("pii_principal_id", func(d *Draft) *string { return &d.Subject }),
		textColumn("kind", func(d *Draft) *string { return (*string)(&d.Kind) }),
		textColumn("name", func(d *Draft) *string { return &d.Name }),
		listColumn("aliases", func(d *Draft) *[]string { return &d.Aliases }),
		textColumn("contact", func(d *Draft) *string { return &d.Contact }),
		textColumn("guardian_id", func(d *Draft) *string { return &d.Guardian }),
		textColumn("guardian_name", func(d *Draft) *string { return &d.GuardianName }),
		textColumn("guardian_contact", func(d *Draft) *string { return &d.GuardianContact }),
		textColumn("level", func(d *Draft) *string { return (*string)(&d.Level) }),
		textColumn("consent_type", func(d *Draft) *string { return (*string)(&d.Type) }),
		listColumn("uses", func(d *Draft) *[]string { return &d.Uses }),
		listColumn("channels", func(d *Draft) *[]string { return &d.Channels }),
		listColumn("territories", func(d *Draft) *[]string { return &d.Territories }),
		textColumn("ai_training", func(d *Draft) *string { return (*string)(&d.AI) }),
		textColumn("minor_age", func(d *Draft) *string { return (*string)(&d.Age) }),
		timeColumn("given_at", false, func(d *Draft) *time.Time { return &d.GivenAt }),
		timeColumn("valid_from", false, func(d *Draft) *time.Time { return &d.ValidFrom }),
		timeColumn("valid_until", true, func(d *Draft) *time.Time { return &d.ValidUntil }),
		timeColumn("revoked_since", false, func(d *Draft) *time.Time { return &d.RevokedSince }),
		textColumn("privacy_notice", func(d *Draft) *string { return &d.Notice }),
		textColumn("language", func(d *Draft) *string { return &d.Language }),
		textColumn("collection_method", func(d *Draft) *string { return &d.Method }),
		textColumn("pii_controller", func(d *Draft) *string { return &d.Controller }),
		textColumn("evidence_link", func(d *Draft) *string { return &d.EvidenceLink }),
		textColumn("evidence_sha256", func(d *Draft) *string { return &d.EvidenceSHA256 }),
		listColumn("release_ids", func(d *Draft) *[]string { return &d.Releases }),
		placesColumn(),
		listColumn("images", func(d *Draft) *[]string { return &d.Images }),
		textColumn("note", func(d *Draft) *string { return &d.Note }),
		computed("plus_release_status", func(d *Draft) string { return string(d.Release()) }),
		computed("plus_data_mining", func(d *Draft) string { return string(d.DataMining()) }),
	}
}

// Columns names the columns of the table that [ReadCSV] reads, in the order of [WriteCSV]. Those that are only written,
// since they follow from others, are not among them; they are passed over where they come back.
func Columns() []string {
	var names []string
	for _, c := range columns() {
		if c.set != nil {
			names = append(names, c.name)
		}
	}
	return names
}

// formula begins what a spreadsheet would run.
const formula = "=+-@\t\r\n"

// Disarm puts an apostrophe before what a spreadsheet would run as a formula;
// [Rearm] takes it away again, and no other one.
func Disarm(s string) string {
	if s != "" && strings.ContainsRune(formula, rune(s[0])) || armed(s) {
		return "'" + s
	}
	return s
}

// Rearm takes back what [Disarm] did.
func Rearm(s string) string {
	if armed(s) {
		return s[1:]
	}
	return s
}

func armed(s string) bool {
	rest := strings.TrimLeft(s, "'")
	return s != rest && rest != "" && strings.ContainsRune(formula, rune(rest[0]))
}

// WriteCSV writes records as RFC 4180 has it, with a line of headings. Cells
// that a spreadsheet would run are disarmed.
func WriteCSV(w io.Writer, records []Record) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	all := columns()
	row := make([]string, len(all))
	for i, c := range all {
		row[i] = c.name
	}
	rows := [][]string{row}
	for _, r := range records {
		d := DraftOf(r)
		row := make([]string, len(all))
		for i, c := range all {
			row[i] = Disarm(c.get(&d))
		}
		rows = append(rows, row)
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write the consents: %w", err)
	}
	return nil
}

// ReadCSV reads what [WriteCSV] writes, or a part of its columns in any order,
// separated by commas or semicolons. A column that it does not know is an
// error: it might say what was not agreed to.
func ReadCSV(text []byte) ([]Draft, error) {
	if len(text) > MaxImport {
		return nil, fmt.Errorf("read consents of %d bytes, the limit is %d: %w", len(text), MaxImport, journal.ErrTooLarge)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	in := csv.NewReader(bytes.NewReader(text))
	first, _, _ := bytes.Cut(text, []byte("\n"))
	if !bytes.ContainsRune(first, ',') && bytes.ContainsRune(first, ';') {
		in.Comma = ';'
	}
	in.ReuseRecord = true
	head, err := in.Read()
	if err != nil {
		return nil, csvFault(err)
	}
	used, err := usedColumns(head)
	if err != nil {
		return nil, err
	}
	var drafts []Draft
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return drafts, nil
		}
		if err != nil {
			return nil, csvFault(err)
		}
		if len(drafts) == MaxRecords {
			return nil, fmt.Errorf("read consents: more than %d: import them in parts: %w", MaxRecords, journal.ErrTooLarge)
		}
		d, err := draftOfRow(used, row)
		if err != nil {
			return nil, fmt.Errorf("read consent %d: %w", len(drafts)+1, err)
		}
		drafts = append(drafts, d)
	}
}

func draftOfRow(used []column, row []string) (Draft, error) {
	var d Draft
	for i, c := range used {
		if c.set == nil || i >= len(row) {
			continue
		}
		if err := c.set(&d, Rearm(strings.TrimSpace(row[i]))); err != nil {
			return d, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return d, nil
}

func csvFault(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("read consents: the file is empty: %w", journal.ErrInvalid)
	}
	return fmt.Errorf("read consents: %w: %w", err, journal.ErrInvalid)
}

func usedColumns(head []string) ([]column, error) {
	known := columns()
	var used []column
	for _, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		at := slices.IndexFunc(known, func(c column) bool { return c.name == name })
		if at < 0 {
			return nil, fmt.Errorf("%w: %w", phrase.Errorf("consent.column.unknown", short(name), strings.Join(Columns(), ", ")), journal.ErrInvalid)
		}
		if slices.ContainsFunc(used, func(c column) bool { return c.name == name }) {
			return nil, fmt.Errorf("%w: %w", phrase.Errorf("consent.column.twice", short(name)), journal.ErrInvalid)
		}
		used = append(used, known[at])
	}
	return used, nil
}

// Write writes records in a format: json, the default, or csv.
func Write(w io.Writer, format string, records []Record, now time.Time) error {
	switch format {
	case "csv":
		return WriteCSV(w, records)
	case "json", "":
		return WriteJSON(w, records, now)
	}
	return fmt.Errorf("write the consents as %.40q: use json or csv: %w", format, journal.ErrInvalid)
}
