package cube

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

func load(t testing.TB, name string) *LUT {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	l, err := Read(f)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return l
}

func TestReadHeaders(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]header{
		"identity2.cube": {"Identity of 2", 3, 2, [3]float64{}, [3]float64{1, 1, 1}},
		"warm4.cube":     {"Warm", 3, 4, [3]float64{}, [3]float64{1, 1, 1}},
		"curves5.cube":   {"Curves", 1, 5, [3]float64{-0.5, 0, 0}, [3]float64{1.5, 2, 1}},
		"range2.cube":    {"Resolve range", 3, 2, [3]float64{}, [3]float64{2, 2, 2}},
	} {
		l := load(t, name)
		low, high := l.Domain()
		if got := (header{l.Title(), l.Dimensions(), l.Size(), low, high}); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

func TestRedIsFastest(t *testing.T) {
	t.Parallel()
	if r, g, b := load(t, "identity2.cube").Apply(1, 0.25, 0); r != 1 || g != 0.25 || b != 0 {
		t.Errorf("the identity maps 1, 0.25, 0 to %v, %v, %v", r, g, b)
	}
}

func TestWriteThenRead(t *testing.T) {
	t.Parallel()
	odd, err := FromFunc("", 7, func(r, g, b float64) (float64, float64, float64) { return r / 3, -g * 1e-9, b*b*1e6 + 0.1 })
	if err != nil {
		t.Fatal(err)
	}
	for name, l := range map[string]*LUT{
		"identity2": load(t, "identity2.cube"), "warm4": load(t, "warm4.cube"),
		"curves5": load(t, "curves5.cube"), "range2": load(t, "range2.cube"), "function": odd,
	} {
		var text bytes.Buffer
		if err := l.Write(&text); err != nil {
			t.Fatal(err)
		}
		again, err := Read(&text)
		if err != nil || !again.Equal(l) {
			t.Errorf("%s: what was written reads as another table, or not: %v", name, err)
		}
	}
}

func TestWriteError(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	if err := load(t, "warm4.cube").Write(brokenWriter{full}); !errors.Is(err, full) {
		t.Errorf("writing to a full disk gives %v, want %v", err, full)
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	const size, rows7 = "LUT_3D_SIZE 2\n", "0 0 0\n0 0 0\n0 0 0\n0 0 0\n0 0 0\n0 0 0\n0 0 0\n"
	for _, c := range []struct {
		name, text string
		line       int
		reason     string
	}{
		{"nothing", "", 1, "ends without LUT_3D_SIZE"},
		{"comments only", "# a\n\n#b\n", 4, "ends without LUT_3D_SIZE"},
		{"a picture", "\x89PNG\r\n\x1a\n", 1, "stands before"},
		{"a row before the size", "0 0 0\n", 1, "stands before"},
		{"too few rows", size + rows7, 9, "after 7 of 8 rows"},
		{"too many rows", size + rows7 + "1 1 1\n# more\n1 1 1\n", 11, "more than the 8 rows"},
		{"two numbers", size + "0 0\n", 2, "2 numbers, want 3"},
		{"four numbers", size + "0 0 0 0\n", 2, "4 numbers, want 3"},
		{"not a number", size + "0 nan 0\n", 2, `"nan" is not a number`},
		{"infinity", size + "0 0 inf\n", 2, `"inf" is not a number`},
		{"too large", size + "0 0 1e39\n", 2, "too large"},
		{"hexadecimal", size + "0 0 0x1p-2\n", 2, "is not a number"},
		{"underscore", size + "0 0 1_0\n", 2, "is not a number"},
		{"decimal comma", size + "0 0 0,5\n", 2, "is not a number"},
		{"unusual blank", size + "0 0\u00a00\n", 2, "2 numbers"},
		{"size 1", "LUT_3D_SIZE 1\n", 1, "from 2 to 129"},
		{"size 130", "LUT_3D_SIZE 130\n", 1, "from 2 to 129"},
		{"huge size", "LUT_3D_SIZE 99999999999999999999\n", 1, "from 2 to 129"},
		{"no size", "LUT_1D_SIZE\n", 1, "from 2 to 65536"},
		{"size 65537", "LUT_1D_SIZE 65537\n", 1, "from 2 to 65536"},
		{"both sizes", size + "LUT_1D_SIZE 2\n", 2, "one table"},
		{"size twice", size + size, 2, "a second LUT_3D_SIZE"},
		{"unknown keyword", "GAMMA 2.2\n", 1, `"GAMMA" is not a keyword`},
		{"keyword among the rows", size + "0 0 0\nTITLE \"late\"\n", 3, "stands among the rows"},
		{"title without quotes", "TITLE x\n", 1, "quotation marks"},
		{"title with one quote", "TITLE \"\n", 1, "quotation marks"},
		{"title with inner quote", "TITLE \"a\"b\"\n", 1, "quotation mark"},
		{"title not UTF-8", "TITLE \"\xff\"\n", 1, "not UTF-8"},
		{"empty domain", "DOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 0 1\n", 2, "is empty"},
		{"reversed domain", "DOMAIN_MAX 1 1 1\nDOMAIN_MIN 2 0 0\n", 2, "is empty"},
		{"half a domain, empty", size + "DOMAIN_MIN 1 0 0\n" + rows7 + "0 0 0\n", 11, "is empty"},
		{"domain twice", "DOMAIN_MIN 0 0 0\nLUT_3D_INPUT_RANGE 0 1\n", 2, "given twice"},
		{"long line", size + "# " + strings.Repeat("x", 2000) + "\n", 2, "longer than 1024 bytes"},
		{"endless line", strings.Repeat(" ", 1<<20), 1, "longer than 1024 bytes"},
	} {
		_, err := Read(strings.NewReader(c.text))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: error %v, want a *SyntaxError", c.name, err)
			continue
		}
		if syntax.Line != c.line || !strings.Contains(syntax.Reason, c.reason) {
			t.Errorf("%s: %v, want line %d and %q", c.name, err, c.line, c.reason)
		}
	}
}

func TestReadPassesOnReadErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("cable pulled")
	_, err := Read(iotest.ErrReader(broken))
	var syntax *SyntaxError
	if !errors.Is(err, broken) || errors.As(err, &syntax) {
		t.Errorf("error %v, want %v and no syntax error", err, broken)
	}
}

func TestReadLimitsTheFile(t *testing.T) {
	t.Parallel()
	text := "LUT_1D_SIZE 2\n0 0 0\n1 1 1\n"
	if _, err := readLimited(strings.NewReader(text), int64(len(text))); err != nil {
		t.Errorf("a file of just the limit: %v", err)
	}
	for _, more := range []string{"#", "\n\n\n", text, "0 0"} {
		_, err := readLimited(strings.NewReader(text+more), int64(len(text)))
		if err == nil || !strings.Contains(err.Error(), "larger than 26 bytes") {
			t.Errorf("a file over the limit by %q: %v, want that it is larger than 26 bytes", more, err)
		}
	}
}

// A small file that promises the largest table must not cost the memory of that table.
func TestReadDoesNotTrustTheSize(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Read(strings.NewReader("LUT_3D_SIZE 129\n0 0 0\n")); err == nil {
		t.Error("a file of one row was accepted")
	}
	runtime.ReadMemStats(&after)
	if cost := after.TotalAlloc - before.TotalAlloc; cost > 64<<10 {
		t.Errorf("a file of 22 bytes costs %d bytes, want no more than 65,536", cost)
	}
}

func TestFromFuncRefuses(t *testing.T) {
	t.Parallel()
	same := func(r, g, b float64) (float64, float64, float64) { return r, g, b }
	nan := func(r, g, b float64) (float64, float64, float64) { return r, g, (b - b) / (b - b) }
	for name, make := range map[string]func() (*LUT, error){
		"size 1":           func() (*LUT, error) { return Identity(1) },
		"size 130":         func() (*LUT, error) { return Identity(130) },
		"title of 2 lines": func() (*LUT, error) { return FromFunc("a\nb", 2, same) },
		"long title":       func() (*LUT, error) { return FromFunc(strings.Repeat("x", 241), 2, same) },
		"NaN":              func() (*LUT, error) { return FromFunc("", 2, nan) },
	} {
		if _, err := make(); err == nil {
			t.Errorf("%s: accepted, want an error", name)
		}
	}
}

// Whatever is accepted can be written and reads back equal, and applying it gives no surprise.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.cube")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("LUT_1D_SIZE 2\n1e38 -1e38 1e-45\n-0 0 .5\n"))
	f.Add([]byte("LUT_3D_SIZE 129\n0 0 0\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := Read(bytes.NewReader(text))
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 {
				t.Fatalf("error %v, want a *SyntaxError with a line", err)
			}
			return
		}
		var written bytes.Buffer
		if err := l.Write(&written); err != nil {
			t.Fatal(err)
		}
		again, err := Read(&written)
		if err != nil || !again.Equal(l) {
			t.Fatalf("read back: %v; equal to what was written: %v", err, err == nil && again.Equal(l))
		}
		row := []uint8{0, 127, 255, 255, 0, 1}
		l.ApplyRow8(row, row)
		for _, how := range []Interpolation{Tetrahedral, Trilinear} {
			if out := fmt.Sprint(l.Interpolate([3]float64{0.3, -7, 1e300}, how)); strings.Contains(out, "NaN") || strings.Contains(out, "Inf") {
				t.Fatalf("a table of finite numbers gives %s", out)
			}
		}
	})
}
