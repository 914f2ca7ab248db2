package repository

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
)

// maxCSV is the largest table that is read, in bytes.
const maxCSV = 64 << 20

// AppendCSV gives a table (RFC 4180) with a row put in: in the place of the
// row with the same key, or at the end. The key is the first column. An empty
// existing table gets the header.
//
// The table's header must be the given one or its beginning: columns may be
// added at the end, and older rows are empty there. A different header, a
// longer row or bytes that are no table are [journal.ErrConflict]; a key or row
// that does not fit the header is [journal.ErrInvalid].
//
// A cell that a spreadsheet would run as a formula (it begins with =, +, -, @,
// tab or a line break) gets an apostrophe in front, also in the key; numbers
// such as -1.5 stay as they are. Rows of other keys keep their cells.
//
// Lines end with CRLF, as RFC 4180 section 2 wants, those within a cell too. A
// table with LF or a byte order mark is read all the same. Git takes the bytes
// as they are, also with core.autocrlf or the attribute text=auto; a
// repository that sets the attribute text for *.csv should set -text instead,
// or git status shows the table as modified.
func AppendCSV(existing []byte, header []string, key string, row []string) ([]byte, error) {
	if len(header) == 0 || len(row) != len(header) || key == "" || row[0] != key {
		return nil, fmt.Errorf("row %q: %d cells for %d columns, the first of which must be the key: %w", key, len(row), len(header), journal.ErrInvalid)
	}
	rows, err := readCSV(existing, header)
	if err != nil {
		return nil, err
	}
	safe := make([]string, len(row))
	for i, cell := range row {
		safe[i] = safeCell(cell)
	}
	at := slices.IndexFunc(rows, func(r []string) bool { return r[0] == safe[0] })
	if at < 0 {
		rows = append(rows, safe)
	} else {
		rows[at] = safe
		rest := slices.DeleteFunc(rows[at+1:], func(r []string) bool { return r[0] == safe[0] })
		rows = rows[:at+1+len(rest)]
	}
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	w.UseCRLF = true
	if err := w.WriteAll(slices.Insert(rows, 0, header)); err != nil {
		return nil, fmt.Errorf("write the table: %w", err)
	}
	return text.Bytes(), nil
}

// readCSV gives the rows below the header, each as long as the new header.
func readCSV(existing []byte, header []string) ([][]string, error) {
	if len(existing) > maxCSV {
		return nil, fmt.Errorf("read the table: %d bytes: %w", len(existing), journal.ErrTooLarge)
	}
	existing = bytes.TrimPrefix(existing, []byte("\uFEFF"))
	if len(bytes.TrimSpace(existing)) == 0 {
		return nil, nil
	}
	r := csv.NewReader(bytes.NewReader(existing))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the table: %v: %w", err, journal.ErrConflict)
	}
	old := rows[0]
	if len(old) > len(header) || !slices.Equal(old, header[:len(old)]) {
		return nil, fmt.Errorf("the table's header is %q, want %q or its beginning: %w", old, header, journal.ErrConflict)
	}
	rows = rows[1:]
	for i, row := range rows {
		if len(row) > len(old) {
			return nil, fmt.Errorf("row %q of the table has %d cells for %d columns: %w", row[0], len(row), len(old), journal.ErrConflict)
		}
		rows[i] = make([]string, len(header))
		for j, cell := range row {
			rows[i][j] = lineBreaks.Replace(cell)
		}
	}
	return rows, nil
}

// lineBreaks makes all line breaks within a cell LF, of which the writer makes
// CRLF: a lone CR would get lost there, and a key with one be found no more.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

var number = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

// safeCell gives a cell that no spreadsheet runs.
func safeCell(s string) string {
	s = lineBreaks.Replace(s)
	if s != "" && strings.ContainsRune("=+-@\t\n", rune(s[0])) && !number.MatchString(s) {
		return "'" + s
	}
	return s
}
