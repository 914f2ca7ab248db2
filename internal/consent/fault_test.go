package consent

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// TestAllFaultsAtOnce: whoever writes a record learns of all that is wrong with it, by field, in both languages, and no
// value that may say who somebody is stands in it.
func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 4, 12, 0, 0, time.UTC)
	d := Draft{
		Terms: Terms{
			Kind: "thing", Level: "some", Type: "shouted", AI: "maybe", Age: "old", Uses: []string{"Big Ads"}, Channels: []string{"WEB"},
			Territories: []string{"France"}, GivenAt: now.Add(48 * time.Hour), ValidUntil: now, Notice: "v 1", Language: "français", Method: "by hand",
		},
		Values: Values{
			Name: "Jane\nZabriskie", Contact: strings.Repeat("z", maxValue+1), Note: strings.Repeat("n", maxNote+1), EvidenceSHA256: "zabriskie",
			Aliases: []string{"Z\tZabriskie"}, Images: []string{"zabriskie.jpg"}, Paths: []Place{{"catalogue", "[zabriskie"}},
		},
	}
	faults := d.Check(now)
	var columns []string
	for _, f := range faults {
		columns = append(columns, f.Column)
	}
	for _, want := range []string{
		"kind", "level", "consent_type", "ai_training", "minor_age", "uses", "channels", "territories", "given_at", "privacy_notice", "language",
		"collection_method", "name", "contact", "note", "evidence_sha256", "aliases", "images", "paths",
	} {
		if !slices.Contains(columns, want) {
			t.Errorf("nothing is said of %s, only of %v", want, columns)
		}
	}
	for _, l := range phrase.Langs() {
		text, known := phrase.Error(l, faults)
		if !known || strings.Contains(strings.ToLower(text), "zabriskie") || strings.Contains(text, "!consent") {
			t.Errorf("%s: %q", l, text)
		}
	}
	if !errors.Is(faults, journal.ErrInvalid) {
		t.Error("faults are not of kind invalid")
	}
	for _, f := range faults { // the columns are those of the table
		if err := new(Draft).Set(f.Column, ""); err != nil {
			t.Error(err)
		}
	}
}

// TestFaultsOfWhatIsMissing: a limited consent names its scope, a new record somebody or something, an end comes after the beginning.
func TestFaultsOfWhatIsMissing(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 4, 12, 0, 0, time.UTC)
	for _, c := range []struct {
		d    Draft
		want string
	}{
		{Draft{}, "uses channels territories name"},
		{Draft{ID: "C-1"}, "uses channels territories"},
		{Draft{Terms: Terms{Level: Unlimited, ValidUntil: now.Add(-time.Hour)}, Values: Values{Name: "Jane"}}, "valid_until"},
		{Draft{Terms: Terms{Level: Refused, GivenAt: time.Date(1066, 1, 1, 0, 0, 0, 0, time.UTC)}, Values: Values{Name: "Jane"}}, "given_at valid_from"},
		{Draft{Terms: Terms{Level: Unlimited}, Values: Values{Paths: []Place{{"catalogue", "jane/"}}}}, ""},
	} {
		var columns []string
		for _, f := range c.d.Check(now) {
			columns = append(columns, f.Column)
		}
		if got := strings.Join(columns, " "); got != c.want {
			t.Errorf("%+v: faults of %q, want %q", c.d, got, c.want)
		}
	}
}
