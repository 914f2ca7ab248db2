package repository

import (
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
)

func TestAppendCSV(t *testing.T) {
	t.Parallel()
	h := []string{"id", "title", "n"}
	for _, c := range []struct {
		name, existing string
		header, row    []string
		want           string
	}{
		{"new", "", h, []string{"PM-1", "a", "1"}, "id,title,n\r\nPM-1,a,1\r\n"},
		{"append", "id,title,n\nPM-1,a,1\n", h, []string{"PM-2", "b", "2"}, "id,title,n\r\nPM-1,a,1\r\nPM-2,b,2\r\n"},
		{"replace in place", "id,title,n\nPM-1,a,1\nPM-2,b,2\n", h, []string{"PM-1", "c", "3"}, "id,title,n\r\nPM-1,c,3\r\nPM-2,b,2\r\n"},
		{"CRLF stays", "id,title,n\r\nPM-1,a,1\r\n", h, []string{"PM-2", "b", "2"}, "id,title,n\r\nPM-1,a,1\r\nPM-2,b,2\r\n"},
		{"once", "id,title,n\nPM-1,a,1\nPM-2,b,2\nPM-1,a,1\n", h, []string{"PM-1", "c", "3"}, "id,title,n\r\nPM-1,c,3\r\nPM-2,b,2\r\n"},
		{"columns added", "id,title\nPM-1,a\n", h, []string{"PM-2", "b", "2"}, "id,title,n\r\nPM-1,a,\r\nPM-2,b,2\r\n"},
		{"short row", "id,title,n\nPM-1\n", h, []string{"PM-2", "b", "2"}, "id,title,n\r\nPM-1,,\r\nPM-2,b,2\r\n"},
		{"from a spreadsheet", "\uFEFFid,title,n\r\nPM-1,\"a\r\nb\",1\r\n", h, []string{"PM-2", "b", "2"}, "id,title,n\r\nPM-1,\"a\r\nb\",1\r\nPM-2,b,2\r\n"},
		{"no last line end", "id,title,n\nPM-1,a,1", h, []string{"PM-2", "b", "2"}, "id,title,n\r\nPM-1,a,1\r\nPM-2,b,2\r\n"},
		{"quoting", "", h, []string{"PM-1", "a \"b\", c\r\nd", "1"}, "id,title,n\r\nPM-1,\"a \"\"b\"\", c\r\nd\",1\r\n"},
		{"formula", "", h, []string{"@x", "=HYPERLINK(\"x\")", "-1.5"}, "id,title,n\r\n'@x,\"'=HYPERLINK(\"\"x\"\")\",-1.5\r\n"},
		{"formula's key", "id,title,n\n'@x,a,1\n", h, []string{"@x", "b", "2"}, "id,title,n\r\n'@x,b,2\r\n"},
		{"others' cells", "id,title,n\n'+a,=1,'-b\n", h, []string{"PM-1", "b", "2"}, "id,title,n\r\n'+a,=1,'-b\r\nPM-1,b,2\r\n"},
	} {
		got, err := AppendCSV([]byte(c.existing), c.header, c.row[0], c.row)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: AppendCSV = %q, %v, want %q", c.name, got, err, c.want)
		}
		again, err := AppendCSV(got, c.header, c.row[0], c.row)
		if err != nil || string(again) != c.want {
			t.Errorf("%s, again: AppendCSV = %q, %v, want %q", c.name, again, err, c.want)
		}
	}
}

func TestSafeCell(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"": "", "a": "a", "-1.5": "-1.5", "+3": "+3", "-.5e-3": "-.5e-3", "Δ": "Δ", "a=1": "a=1",
		"=1": "'=1", "+1+1": "'+1+1", "-1;2": "'-1;2", "-": "'-", "@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", "\r=1": "'\n=1", "a\r\r\nb": "a\n\nb", "\r\n=1": "'\n=1", "-1e": "'-1e", "+Inf": "'+Inf", "'=1": "'=1",
	} {
		if got := safeCell(cell); got != want {
			t.Errorf("safeCell(%q) = %q, want %q", cell, got, want)
		}
	}
}

func TestAppendCSVRefuses(t *testing.T) {
	t.Parallel()
	h := []string{"id", "title"}
	for _, c := range []struct {
		name, existing string
		header         []string
		key            string
		row            []string
		kind           error
	}{
		{"other header", "id,name\nPM-1,a\n", h, "x", []string{"x", "y"}, journal.ErrConflict},
		{"fewer columns than before", "id,title,n\n", h, "x", []string{"x", "y"}, journal.ErrConflict},
		{"semicolons", "id;title\n", h, "x", []string{"x", "y"}, journal.ErrConflict},
		{"long row", "id,title\na,b,c\n", h, "x", []string{"x", "y"}, journal.ErrConflict},
		{"a quote gone", "id,title\n\"a,b\n", h, "x", []string{"x", "y"}, journal.ErrConflict},
		{"short", "", h, "x", []string{"x"}, journal.ErrInvalid},
		{"no key", "", h, "", []string{"", "y"}, journal.ErrInvalid},
		{"key elsewhere", "", h, "y", []string{"x", "y"}, journal.ErrInvalid},
		{"no header", "", nil, "y", nil, journal.ErrInvalid},
		{"huge", strings.Repeat("x", maxCSV+1), h, "x", []string{"x", "y"}, journal.ErrTooLarge},
	} {
		if got, err := AppendCSV([]byte(c.existing), c.header, c.key, c.row); !errors.Is(err, c.kind) || got != nil {
			t.Errorf("%s: AppendCSV = %q, %v, want %v", c.name, got, err, c.kind)
		}
	}
}

func FuzzAppendCSV(f *testing.F) {
	f.Add("id,title\nPM-1,a\n", "PM-1", "=1")
	f.Add("\uFEFFid\r\n\"a\r\nb\"", "a\r\nb", "\r")
	f.Add(" ", "0", "0\r\r\n")
	f.Add("id,title\n,\n\n\"\"", "x", "")
	f.Fuzz(func(t *testing.T, existing, key, cell string) {
		h := []string{"id", "title"}
		once, err := AppendCSV([]byte(existing), h, key, []string{key, cell})
		if err != nil {
			return
		}
		twice, err := AppendCSV(once, h, key, []string{key, cell})
		if err != nil || string(twice) != string(once) {
			t.Fatalf("the second time AppendCSV = %q, %v, want %q", twice, err, once)
		}
		rows, err := csv.NewReader(strings.NewReader(string(once))).ReadAll()
		if err != nil {
			t.Fatalf("%q does not read: %v", once, err)
		}
		want := []string{safeCell(key), safeCell(cell)}
		if n := len(slices.DeleteFunc(rows, func(r []string) bool { return !slices.Equal(r, want) })); n != 1 {
			t.Fatalf("%q holds the row %q %d times, want once", once, want, n)
		}
	})
}
