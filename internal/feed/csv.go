package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
)

const maxColumns = 500

// DefaultCSV is the mapping of files that name their columns as most exports
// do, in English or French. Dates with slashes need a mapping that says whose they are.
func DefaultCSV() Mapping {
	names := func(n ...string) Field { return Field{Names: n} }
	return Mapping{
		lenient:  true,
		ID:       names("id", "ticket_id", "ticket id", "review_id", "identifiant", "numéro", "numero", "key"),
		Text:     names("text", "subject", "title", "titre", "sujet", "objet", "body", "description", "comment", "message", "review", "content", "texte", "commentaire", "avis"),
		At:       names("at", "date", "created_at", "created at", "created", "time", "timestamp", "créé le", "date de création"),
		Rating:   names("rating", "stars", "score", "note", "étoiles"),
		Tags:     names("tags", "labels", "étiquettes"),
		URL:      names("url", "link", "lien"),
		Lang:     names("lang", "language", "locale", "langue"),
		Pipeline: names("pipeline"),
		Kind:     names("kind"),
	}
}

// ReadCSV reads a file with a header line as RFC 4180 has it, row by row, and
// tells each row to take: as a signal without a source, or as an error of kind
// [journal.ErrInvalid] or [journal.ErrTooLarge] with its line. A bad row stops
// nothing; an error of take ends the reading and is returned.
//
// The delimiter (comma, semicolon, tab) and the encoding (UTF-8, UTF-16 with a
// byte order mark, else Windows-1252) are found out. A row without a time has
// the zero time: the time of an import is not when something was said.
func ReadCSV(r io.Reader, m Mapping, take func(intake.Told) error) error {
	rows, err := newRows(r, m.Delimiter)
	if err != nil {
		return err
	}
	_, header, err := rows.next()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("read the CSV file: it is empty: %w", journal.ErrInvalid)
	}
	if err != nil {
		return fmt.Errorf("read the header of the CSV file: %w", err)
	}
	columns, err := m.columns(header)
	if err != nil {
		return err
	}
	for {
		line, cells, err := rows.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if rows.fault != nil {
			return fmt.Errorf("read the CSV file: %w", rows.fault)
		}
		told := intake.Told{Line: line, Err: err}
		if err == nil {
			told.Signal, told.Err = m.row(columns, cells, len(header))
		}
		if errors.Is(told.Err, errPassed) {
			continue
		}
		if err := take(told); err != nil {
			return err
		}
	}
}

// row reads the cells of a row under a header of so many columns.
func (m Mapping) row(columns map[string]int, cells []string, header int) (intake.Signal, error) {
	if empty(cells) {
		return intake.Signal{}, errPassed
	}
	if len(cells) > header {
		return intake.Signal{}, fmt.Errorf("the row has %d columns and the header %d: %w", len(cells), header, journal.ErrInvalid)
	}
	return m.signal(row{columns, cells})
}

func empty(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// columns finds the places of the columns by their titles.
func (m Mapping) columns(header []string) (map[string]int, error) {
	columns := map[string]int{}
	for i, title := range header {
		title = strings.ToLower(strings.TrimSpace(title))
		if _, twice := columns[title]; !twice {
			columns[title] = i
		}
	}
	for part, f := range m.fields() {
		known := slices.ContainsFunc(f.Names, func(n string) bool { _, ok := columns[strings.ToLower(n)]; return ok })
		if known || len(f.Names) == 0 || m.lenient && part != "text" {
			continue
		}
		return nil, fmt.Errorf("read the CSV file: its header (%s) has no column for %s (%s): name it in a mapping under sources.csv: %w",
			oneLine(strings.Join(header, ", ")), part, strings.Join(f.Names, ", "), journal.ErrInvalid)
	}
	return columns, nil
}

// row is the values of one row.
type row struct {
	columns map[string]int
	cells   []string
}

func (r row) get(name string) (string, bool) {
	i, ok := r.columns[strings.ToLower(name)]
	if !ok || i >= len(r.cells) {
		return "", false
	}
	return r.cells[i], true
}

func (r row) list(name string) []string {
	s, _ := r.get(name)
	return []string{s}
}

func (r row) whole() string { return strings.Join(r.cells, "\x00") }

// rows cuts a file into rows. A row may go over several lines inside quotes,
// and is read again from its second line where it turns out to be none: one
// missing quote must not swallow the rest of the file.
type rows struct {
	r     *bufio.Reader
	comma byte
	line  int   // of the next row
	fault error // what ended the reading before the end of the file
}

const (
	maxRow      = 1 << 20 // bytes of UTF-8
	firstWindow = 64 << 10
)

func newRows(r io.Reader, delimiter string) (*rows, error) {
	text, err := decoded(r)
	if err != nil {
		return nil, fmt.Errorf("read the CSV file: %w", err)
	}
	rs := &rows{r: bufio.NewReaderSize(text, 4*maxRow), line: 1}
	switch {
	case len(delimiter) == 1:
		rs.comma = delimiter[0]
	case delimiter != "":
		return nil, fmt.Errorf("read the CSV file: the delimiter %q is not one ASCII character: %w", delimiter, journal.ErrInvalid)
	default:
		window, _ := rs.r.Peek(maxRow)
		rs.comma = delimiterOf(window)
	}
	return rs, nil
}

// delimiterOf is the candidate that the first line holds most often outside quotes.
func delimiterOf(window []byte) byte {
	count := map[byte]int{}
	quoted := false
	for _, c := range window {
		if c == '"' {
			quoted = !quoted
		}
		if !quoted && (c == '\n' || c == '\r') {
			break
		}
		if !quoted {
			count[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte{';', '\t'} {
		if count[c] > count[best] {
			best = c
		}
	}
	return best
}

// next gives a row and the line that it begins in; io.EOF after the last.
func (rs *rows) next() (line int, cells []string, err error) {
	line = rs.line
	// A greater window costs copies, so it is asked for only by a row that needs it.
	for size := min(max(rs.r.Buffered(), firstWindow), maxRow+1); ; size = min(4*size, maxRow+1) {
		window, err := rs.r.Peek(size)
		if err != nil && !errors.Is(err, io.EOF) {
			rs.fault = err
			return line, nil, err
		}
		if len(window) == 0 {
			return line, nil, io.EOF
		}
		whole := len(window) < size
		cells, n, err := cut(window, rs.comma, whole)
		if errors.Is(err, errLong) && size <= maxRow {
			continue
		}
		if err != nil {
			rs.skipLine(window)
			return line, nil, err
		}
		rs.line += bytes.Count(window[:n], []byte("\n"))
		rs.discard(n)
		for i, c := range cells {
			cells[i] = readable(c)
		}
		return line, cells, nil
	}
}

// skipLine goes on after the line that a bad row begins in.
func (rs *rows) skipLine(window []byte) {
	for {
		if i := bytes.IndexByte(window, '\n'); i >= 0 {
			rs.discard(i + 1)
			rs.line++
			return
		}
		rs.discard(len(window))
		if window, _ = rs.r.Peek(maxRow); len(window) == 0 {
			return
		}
	}
}

func (rs *rows) discard(n int) {
	if _, err := rs.r.Discard(n); err != nil {
		rs.fault = err
	}
}

// cut reads one row from the beginning of a window and gives the bytes that it
// took. whole says that the file ends with the window.
func cut(window []byte, comma byte, whole bool) (cells []string, n int, err error) {
	for {
		cell, used, end, err := cutCell(window[n:], comma, whole)
		if err != nil {
			return nil, 0, err
		}
		cells = append(cells, cell)
		n += used
		if end {
			return cells, n, nil
		}
		if len(cells) == maxColumns {
			return nil, 0, fmt.Errorf("the row has more than %d columns: %w", maxColumns, journal.ErrTooLarge)
		}
	}
}

// cutCell reads a cell and what follows it: end says that the row ends with it.
func cutCell(b []byte, comma byte, whole bool) (cell string, used int, end bool, err error) {
	if len(b) > 0 && b[0] == '"' {
		cell, used, err = cutQuoted(b, whole)
		if err != nil {
			return "", 0, false, err
		}
		if used < len(b) && b[used] != comma && b[used] != '\n' && b[used] != '\r' {
			return "", 0, false, fmt.Errorf("a cell goes on after its closing quote: %w", journal.ErrInvalid)
		}
	} else {
		i := bytes.IndexAny(b, string([]byte{comma, '\n', '\r'}))
		if i < 0 {
			i = len(b)
		}
		cell, used = string(b[:i]), i
	}
	switch {
	case used == len(b) && !whole:
		return "", 0, false, errLong
	case used == len(b):
		return cell, used, true, nil
	case b[used] == comma:
		return cell, used + 1, false, nil
	case b[used] == '\r' && used+1 < len(b) && b[used+1] == '\n':
		return cell, used + 2, true, nil
	}
	return cell, used + 1, true, nil
}

var errLong = fmt.Errorf("the row is longer than %d bytes, or a quote is not closed: %w", maxRow, journal.ErrTooLarge)

// cutQuoted reads a cell in quotes, where a quote is written twice.
func cutQuoted(b []byte, whole bool) (cell string, used int, err error) {
	var text []byte
	for at := 1; ; {
		i := bytes.IndexByte(b[at:], '"')
		if i < 0 && whole {
			return "", 0, fmt.Errorf("a quote is not closed: %w", journal.ErrInvalid)
		}
		if i < 0 || at+i+1 == len(b) && !whole {
			return "", 0, errLong
		}
		text = append(text, b[at:at+i]...)
		at += i + 1
		if at == len(b) || b[at] != '"' {
			return string(text), at, nil
		}
		text = append(text, '"')
		at++
	}
}
