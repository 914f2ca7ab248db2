package cube

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Limits of a file. The specification limits a line to 250 bytes; some tools write longer comments.
const (
	maxLine = 1024
	maxFile = 256 << 20
)

// SyntaxError says where a file is not a .cube table that this package reads, and why.
type SyntaxError struct {
	Line   int // from 1; the line after the last where something is missing at the end
	Reason string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// Read reads a .cube table strictly. What is wrong with the text is a [*SyntaxError] in the chain of the error; other
// errors are those of r. It reads at most 256 MiB, holds no more than the rows that it has seen, and refuses sizes outside
// [MinSize] to [MaxSize3D] or [MaxSize1D], NaN, infinities, numbers that float32 cannot hold, lines over 1,024 bytes, and too
// few or too many rows.
func Read(r io.Reader) (*LUT, error) { return readLimited(r, maxFile) }

func readLimited(r io.Reader, limit int64) (*LUT, error) {
	p := &parser{h: header{max: [3]float64{1, 1, 1}}}
	limited := &io.LimitedReader{R: r, N: limit + 1}
	lines := bufio.NewScanner(limited)
	lines.Buffer(make([]byte, 0, maxLine), maxLine+2)
	var err error
	for err == nil && lines.Scan() {
		p.line++
		err = p.parseLine(lines.Bytes())
	}
	switch {
	case limited.N <= 0: // what was cut off may have made the last line wrong
		err = p.errorf("the file is larger than %d bytes", limit)
	case errors.Is(lines.Err(), bufio.ErrTooLong):
		p.line++
		err = p.errorf("longer than %d bytes", maxLine)
	case lines.Err() != nil:
		err = lines.Err()
	case err == nil:
		err = p.complete()
	}
	if err != nil {
		return nil, fmt.Errorf("read .cube: %w", err)
	}
	return newLUT(p.h, p.table), nil
}

// parser holds what the lines so far have said.
type parser struct {
	line  int
	h     header
	seen  []string // keywords
	table []float32
}

func (p *parser) errorf(format string, args ...any) error {
	return &SyntaxError{Line: p.line, Reason: fmt.Sprintf(format, args...)}
}

func (p *parser) parseLine(raw []byte) error {
	if p.line == 1 {
		raw = bytes.TrimPrefix(raw, []byte("\ufeff")) // some Windows editors write a byte order mark
	}
	text := strings.Trim(string(raw), " \t\r")
	switch {
	case text == "" || text[0] == '#':
		return nil
	case 'A' <= text[0] && text[0] <= 'Z':
		return p.parseKeyword(text)
	}
	return p.parseRow(text)
}

func (p *parser) parseRow(text string) error {
	if p.h.size == 0 {
		return p.errorf("%.40q stands before LUT_3D_SIZE or LUT_1D_SIZE", text)
	}
	if len(p.table) == 3*p.rowCount() {
		return p.errorf("more than the %d rows that the size asks for", p.rowCount())
	}
	row, err := p.numbers(fields(text), 3)
	if err != nil {
		return err
	}
	p.table = append(p.table, float32(row[0]), float32(row[1]), float32(row[2]))
	return nil
}

func (p *parser) parseKeyword(text string) error {
	keyword, rest := text, ""
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		keyword, rest = text[:i], strings.Trim(text[i:], " \t")
	}
	if len(p.table) > 0 {
		return p.errorf("%.40q stands among the rows; keywords come before them", keyword)
	}
	for _, s := range p.seen {
		if s == keyword {
			return p.errorf("a second %s", keyword)
		}
	}
	p.seen = append(p.seen, keyword)
	switch keyword {
	case "TITLE":
		return p.parseTitle(rest)
	case "LUT_3D_SIZE":
		return p.parseSize(rest, 3, MaxSize3D)
	case "LUT_1D_SIZE":
		return p.parseSize(rest, 1, MaxSize1D)
	case "DOMAIN_MIN":
		return p.parseDomain(rest, &p.h.min)
	case "DOMAIN_MAX":
		return p.parseDomain(rest, &p.h.max)
	case "LUT_3D_INPUT_RANGE", "LUT_1D_INPUT_RANGE":
		return p.parseRange(rest)
	}
	return p.errorf("%.40q is not a keyword of .cube", keyword)
}

func (p *parser) parseTitle(rest string) error {
	if len(rest) < 2 || rest[0] != '"' || rest[len(rest)-1] != '"' {
		return p.errorf("TITLE wants its text between quotation marks")
	}
	p.h.title = rest[1 : len(rest)-1]
	if err := checkTitle(p.h.title); err != nil {
		return p.errorf("%v", err)
	}
	return nil
}

func (p *parser) parseSize(rest string, dims, limit int) error {
	if p.h.size != 0 {
		return p.errorf("both LUT_1D_SIZE and LUT_3D_SIZE: a file has one table")
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < MinSize || n > limit {
		return p.errorf("LUT_%dD_SIZE is %.40q, want a whole number from %d to %d", dims, rest, MinSize, limit)
	}
	p.h.size, p.h.dims = n, dims
	return nil
}

func (p *parser) parseDomain(rest string, bound *[3]float64) error {
	numbers, err := p.numbers(fields(rest), 3)
	if err != nil {
		return err
	}
	copy(bound[:], numbers[:])
	return p.checkDomain()
}

func (p *parser) parseRange(rest string) error {
	numbers, err := p.numbers(fields(rest), 2)
	if err != nil {
		return err
	}
	for i := range 3 {
		p.h.min[i], p.h.max[i] = numbers[0], numbers[1]
	}
	return p.checkDomain()
}

// checkDomain refuses a range beside a domain, and, once both bounds are known, an empty domain.
func (p *parser) checkDomain() error {
	domain, ranges := 0, 0
	for _, s := range p.seen {
		switch {
		case strings.HasPrefix(s, "DOMAIN_"):
			domain++
		case strings.HasSuffix(s, "_INPUT_RANGE"):
			ranges++
		}
	}
	if domain > 0 && ranges > 0 || ranges > 1 {
		return p.errorf("the domain is given twice: by DOMAIN_MIN, DOMAIN_MAX or an INPUT_RANGE")
	}
	if domain != 1 && p.emptyDomain() {
		return p.errorf("the domain %v to %v is empty", p.h.min, p.h.max)
	}
	return nil
}

func (p *parser) emptyDomain() bool {
	for i := range 3 {
		if !(p.h.min[i] < p.h.max[i]) {
			return true
		}
	}
	return false
}

// numbers reads want numbers in plain or exponent notation; the specification has no others.
func (p *parser) numbers(texts []string, want int) (values [3]float64, err error) {
	if len(texts) != want {
		return values, p.errorf("%d numbers, want %d", len(texts), want)
	}
	for i, field := range texts {
		v, err := strconv.ParseFloat(field, 32)
		if strings.Trim(field, "+-.0123456789eE") != "" || err != nil && !errors.Is(err, strconv.ErrRange) {
			return values, p.errorf("%.40q is not a number", field)
		}
		if err != nil || math.IsInf(v, 0) {
			return values, p.errorf("%.40q is too large", field)
		}
		values[i] = v
	}
	return values, nil
}

// fields splits at blanks and tabs, the only separators that the specification knows.
func fields(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' })
}

func (p *parser) rowCount() int {
	if p.h.dims == 1 {
		return p.h.size
	}
	return p.h.size * p.h.size * p.h.size
}

// complete checks what only the end of the file shows.
func (p *parser) complete() error {
	p.line++
	switch {
	case p.h.size == 0:
		return p.errorf("the file ends without LUT_3D_SIZE or LUT_1D_SIZE")
	case p.emptyDomain():
		return p.errorf("the domain %v to %v is empty", p.h.min, p.h.max)
	case len(p.table) < 3*p.rowCount():
		return p.errorf("the file ends after %d of %d rows", len(p.table)/3, p.rowCount())
	}
	return nil
}
