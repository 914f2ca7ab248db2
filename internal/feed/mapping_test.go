package feed

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/safelight-dev/safelight/internal/journal"
)

func TestTimes(t *testing.T) {
	for _, c := range []struct {
		formats, zone, text, want string
	}{
		{"", "", "2026-11-26T04:12:00Z", "2026-11-26T04:12:00Z"},
		{"", "", "2026-11-26T04:12:00.123+0100", "2026-11-26T03:12:00.123Z"},
		{"", "Europe/Paris", "2026-07-26 04:12", "2026-07-26T02:12:00Z"},
		{"", "", "2026-11-26", "2026-11-26T00:00:00Z"},
		{"", "", "1795665120", "2026-11-26T03:52:00Z"},
		{"", "", "1795665120.5", "2026-11-26T03:52:00.5Z"},
		{"", "", "1795665120000", "2026-11-26T03:52:00Z"},
		{"", "", "26/11/2026", ""},
		{"fr", "Europe/Paris", "26/11/2026 04:12", "2026-11-26T03:12:00Z"},
		{"fr", "", "3/4/2026", "2026-04-03T00:00:00Z"},
		{"us", "", "3/4/2026", "2026-03-04T00:00:00Z"},
		{"us", "", "11/26/2026 4:12 PM", "2026-11-26T16:12:00Z"},
		{"us", "", "26/11/2026", ""},
		{"02 Jan 06", "", "26 Nov 26", "2026-11-26T00:00:00Z"},
		{"rfc1123", "", "Thu, 26 Nov 2026 04:12:00 +0100", "2026-11-26T03:12:00Z"},
		{"", "", "1e30", ""}, {"", "", "-1", ""}, {"", "", "NaN", ""}, {"", "", "0001-01-01", ""}, {"", "", "9999-01-01", ""},
	} {
		m := Mapping{Text: Field{Names: []string{"t"}}, TimeZone: c.zone}
		if c.formats != "" {
			m.TimeFormats = []string{c.formats}
		}
		if list := m.mistakes(); len(list) > 0 {
			t.Errorf("%q: %v", c.formats, list)
		}
		got, err := m.time(c.text)
		if c.want == "" {
			if !errors.Is(err, journal.ErrInvalid) {
				t.Errorf("%q in %q: %v, %v, want ErrInvalid", c.text, c.formats, got, err)
			}
			continue
		}
		if text := got.Format(time.RFC3339Nano); err != nil || text != c.want {
			t.Errorf("%q in %q = %s, %v; want %s", c.text, c.formats, text, err, c.want)
		}
	}
}

// TestField: the three ways to write where something stands.
func TestField(t *testing.T) {
	for text, want := range map[string]Field{
		"a.b":                   {Names: []string{"a.b"}},
		"[a, b]":                {Names: []string{"a", "b"}},
		"{path: a, default: x}": {Names: []string{"a"}, Default: "x"},
		"{path: [a, b]}":        {Names: []string{"a", "b"}},
		"{default: x}":          {Default: "x"},
	} {
		var f Field
		if err := yaml.NewDecoder(strings.NewReader(text), yaml.Strict()).Decode(&f); err != nil || !slices.Equal(f.Names, want.Names) || f.Default != want.Default {
			t.Errorf("%s = %+v, %v; want %+v", text, f, err, want)
		}
	}
	var f Field
	if err := yaml.NewDecoder(strings.NewReader("{pth: a}"), yaml.Strict()).Decode(&f); err == nil {
		t.Errorf("{pth: a} = %+v, want an error: the key is unknown", f)
	}
}
