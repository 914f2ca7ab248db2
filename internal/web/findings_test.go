package web

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
)

// TestFindingPlaces: a place is read as it was written, whatever the file is called; anything else is refused.
func TestFindingPlaces(t *testing.T) {
	t.Parallel()
	for _, p := range []FindingPlace{
		{}, {"catalogue", "a b/é.jpg", "lost"}, {"catalogue", "\xff\xfe.jpg", "missing"}, {"catalogue", strings.Repeat("x", 4096), "consent-expired"},
	} {
		if got, err := ParseFindingPlace(p.String()); err != nil || got != p {
			t.Errorf("%.80q comes back as %.80q, %v", p, got, err)
		}
	}
	for _, text := range []string{"?", "bm9uZQ", base64.RawURLEncoding.EncodeToString([]byte("a\x00b\x00c\x00d")), FindingPlace{Path: strings.Repeat("x", 9000)}.String()} {
		if _, err := ParseFindingPlace(text); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%.80q gives %v, want ErrInvalid", text, err)
		}
	}
}

func FuzzFindingPlace(f *testing.F) {
	f.Add(FindingPlace{"catalogue", "a.jpg", "lost"}.String())
	f.Add("AAA")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParseFindingPlace(text)
		if err != nil {
			return
		}
		if again, err := ParseFindingPlace(p.String()); err != nil || again != p {
			t.Errorf("%q is %q, then %q, %v", text, p, again, err)
		}
	})
}
