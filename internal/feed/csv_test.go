package feed

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// readAll gives each row as "line: id text" or "line: kind of error".
func readAll(t *testing.T, r io.Reader, m Mapping) ([]string, error) {
	t.Helper()
	var list []string
	err := ReadCSV(r, m, func(s intake.Told) error {
		switch {
		case errors.Is(s.Err, journal.ErrInvalid):
			list = append(list, fmt.Sprintf("%d: invalid", s.Line))
		case errors.Is(s.Err, journal.ErrTooLarge):
			list = append(list, fmt.Sprintf("%d: too large", s.Line))
		case s.Err != nil:
			t.Errorf("line %d: error without a kind: %v", s.Line, s.Err)
		default:
			list = append(list, fmt.Sprintf("%d: %s %.100s", s.Line, s.SourceID, s.Text))
		}
		return nil
	})
	return list, err
}

func TestCSV(t *testing.T) {
	long := strings.Repeat("x", maxRow)
	for name, c := range map[string]struct {
		file string
		want []string
	}{
		"plain":           {"id,text\n1,bon\n2,pas bon\n", []string{"2: 1 bon", "3: 2 pas bon"}},
		"no last newline": {"id,text\n1,bon", []string{"2: 1 bon"}},
		"CRLF, semicolon": {"ID;Texte\r\n1;bon, vraiment\r\n", []string{"2: 1 bon, vraiment"}},
		"tab":             {"id\ttext\n1\ta,b;c\n", []string{"2: 1 a,b;c"}},
		"title and body":  {"id,subject,body\n1,Couleur,Elle est fade\n", []string{"2: 1 Couleur\nElle est fade"}},
		"quotes":          {"id,text\n1,\"a \"\"b\"\", c\"\n\"2\",\"\"\"\"\n", []string{`2: 1 a "b", c`, `3: 2 "`}},
		"line in quotes":  {"id,text\n1,\"a\nb\"\n2,c\n", []string{"2: 1 a\nb", "4: 2 c"}},
		"empty lines":     {"id,text\n\n1,a\n , \n2,b\n", []string{"3: 1 a", "5: 2 b"}},
		"short row":       {"id,text\n1\n2,b\n", []string{"2: invalid", "3: 2 b"}},
		"long row":        {"id,text\n1,a,b\n2,b\n", []string{"2: invalid", "3: 2 b"}},
		"no text":         {"id,text\n1,\n2,b\n", []string{"2: invalid", "3: 2 b"}},
		"after quote":     {"id,text\n1,\"a\"b\n2,b\n", []string{"2: invalid", "3: 2 b"}},
		"quote inside":    {"id,text\n1,5\" screen\n2,b\n", []string{`2: 1 5" screen`, "3: 2 b"}},
		"open quote":      {"id,text\n1,\"a\n2,b\n3,c", []string{"2: invalid", "3: 2 b", "4: 3 c"}},
		"endless line":    {"id,text\n1," + long + "\n2,b\n", []string{"2: too large", "3: 2 b"}},
		"endless quote":   {"id,text\n1,\"" + long + long + "\n2,b\n", []string{"2: too large", "3: 2 b"}},
		"many columns":    {"id,text\n" + strings.Repeat(",", maxColumns+1) + "\n2,b\n", []string{"2: too large", "3: 2 b"}},
		"bad time":        {"id,text,date\n1,a,soon\n2,b,2026-11-26\n", []string{"2: invalid", "3: 2 b"}},
		"UTF-8 BOM":       {"\uFEFFid,text\n1,été\n", []string{"2: 1 été"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(c.file), iotest.DataErrReader(strings.NewReader(c.file))} {
				got, err := readAll(t, r, DefaultCSV())
				if err != nil || !slices.Equal(got, c.want) {
					t.Errorf("rows = %q, %v; want %q", got, err, c.want)
				}
			}
		})
	}
}

// TestCSVEncodings: the same rows come out of every encoding that spreadsheets
// write, and out of a file in which two are mixed.
func TestCSVEncodings(t *testing.T) {
	const file = "id;text\r\n1;La couleur a changé, 3 €\r\n2;œuvre\r\n"
	want := []string{"2: 1 La couleur a changé, 3 €", "3: 2 œuvre"}
	encode := func(e interface{ String(string) (string, error) }) string {
		s, err := e.String(file)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	latin := encode(charmap.Windows1252.NewEncoder())
	for name, text := range map[string]string{
		"UTF-8": file, "Windows-1252": latin,
		"UTF-16LE": encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()),
		"UTF-16BE": encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder()),
		"mixed":    file[:strings.LastIndex(file, "2;")] + latin[strings.LastIndex(latin, "2;"):],
	} {
		if got, err := readAll(t, strings.NewReader(text), DefaultCSV()); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: rows = %q, %v; want %q", name, got, err, want)
		}
	}
	for name, text := range map[string]string{"UTF-32": "\xff\xfe\x00\x00i\x00\x00\x00", "UTF-16 without a mark": "i\x00d\x00"} {
		if _, err := readAll(t, strings.NewReader(text), DefaultCSV()); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
}

// TestCSVMapping: names, defaults and forms of a mapping reach each part of a signal.
func TestCSVMapping(t *testing.T) {
	m := Mapping{
		ID: Field{Names: []string{"Nr"}}, IDPrefix: "shop-", Text: Field{Names: []string{"Avis"}}, HTML: true,
		At: Field{Names: []string{"Le"}}, TimeFormats: []string{"fr"}, TimeZone: "Europe/Paris",
		Rating: Field{Names: []string{"Note"}}, Tags: Field{Names: []string{"Thèmes"}},
		URL: Field{Names: []string{"Lien"}}, Lang: Field{Default: "fr"}, Kind: Field{Default: "review"}, Pipeline: Field{Default: "catalogue"},
		When: map[string]Words{"État": {"publié"}},
	}
	const file = "Nr;Avis;Le;Note;Thèmes;Lien;État\n" +
		"7;<p>Rouge <b>fade</b></p>;26/11/2026 04:12;4,5;couleur, photo;https://shop.example/7;publié\n" +
		"8;spam;26/11/2026;1;;;rejeté\n"
	var got []intake.Signal
	if err := ReadCSV(strings.NewReader(file), m, func(s intake.Told) error {
		got = append(got, s.Signal)
		return s.Err
	}); err != nil || len(got) != 1 {
		t.Fatalf("signals = %+v, %v; want one", got, err)
	}
	s := got[0]
	at := time.Date(2026, 11, 26, 3, 12, 0, 0, time.UTC)
	if s.SourceID != "shop-7" || s.Text != "Rouge fade" || !s.At.Equal(at) || *s.Rating != 4.5 || s.Kind != intake.Review ||
		!slices.Equal(s.Tags, []string{"couleur", "photo"}) || s.URL != "https://shop.example/7" || s.Lang != "fr" || s.Pipeline != "catalogue" {
		t.Errorf("signal = %+v", s)
	}
}

// TestCSVRefused: what cannot be read as a whole is one sentence.
func TestCSVRefused(t *testing.T) {
	broken := errors.New("disk on fire")
	for name, c := range map[string]struct {
		r    io.Reader
		m    Mapping
		want error
	}{
		"empty":         {strings.NewReader(""), DefaultCSV(), journal.ErrInvalid},
		"no text":       {strings.NewReader("a,b\n1,2\n"), DefaultCSV(), journal.ErrInvalid},
		"no time":       {strings.NewReader("a,b\n1,2\n"), Mapping{Text: Field{Names: []string{"a"}}, At: Field{Names: []string{"c"}}}, journal.ErrInvalid},
		"broken":        {iotest.ErrReader(broken), DefaultCSV(), broken},
		"broken later":  {io.MultiReader(strings.NewReader("id,text\n1,a\n"), iotest.ErrReader(broken)), DefaultCSV(), broken},
		"bad delimiter": {strings.NewReader("a\n"), Mapping{Delimiter: "→"}, journal.ErrInvalid},
	} {
		if _, err := readAll(t, c.r, c.m); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	stop := errors.New("enough")
	n := 0
	err := ReadCSV(strings.NewReader("id,text\n1,a\n2,b\n"), DefaultCSV(), func(intake.Told) error { n++; return stop })
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("after %d rows: %v, want the error of take after one", n, err)
	}
}

// TestCSVStreams: a file much greater than the window is read without being held.
func TestCSVStreams(t *testing.T) {
	const rows = 50_000
	text := strings.Repeat("word ", 20)
	i := 0
	file := io.MultiReader(strings.NewReader("id,text\n"), readerFunc(func(p []byte) (int, error) {
		if i == rows {
			return 0, io.EOF
		}
		var b []byte
		for i < rows && len(b)+200 < min(len(p), 32<<10) {
			i++
			b = fmt.Appendf(b, "%d,%s\n", i, text)
		}
		return copy(p, b), nil
	}))
	n := 0
	if err := ReadCSV(file, DefaultCSV(), func(s intake.Told) error {
		n++
		if s.Err != nil || s.Line != n+1 || s.SourceID != fmt.Sprint(n) {
			return fmt.Errorf("row %d: %+v", n, s)
		}
		return nil
	}); err != nil || n != rows {
		t.Errorf("%d rows, %v; want %d", n, err, rows)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
