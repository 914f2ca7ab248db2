package sentiment

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// TestVersions fails when lists, rules or features change and their versions do not: figures of two versions must not be
// compared, and a model must not be shown other features than it was trained on.
func TestVersions(t *testing.T) {
	const known = "lexicon-1 1 71b4d76d"
	digest := sha256.New()
	for _, list := range []string{vaderEnglish, vaderFrench, patternFrench, emoji, ticketsEnglish, ticketsFrench} {
		digest.Write([]byte(list))
	}
	s := New()
	r := s.pool.Get().(*reading)
	for _, c := range tickets {
		r.cut(c.text)
		sum, through := s.settle(r, route(r.pieces))
		r.features(18, through, sum)
		fmt.Fprintf(digest, "%.4f\n", sum.compound)
		for _, g := range r.grams {
			fmt.Fprintf(digest, "%d %.4f\n", g.index, g.value)
		}
	}
	got := fmt.Sprintf("%s %d %s", Version, featuresVersion, hex.EncodeToString(digest.Sum(nil)[:4]))
	if got != known {
		t.Errorf("lists, rules or features changed to %q, known is %q: raise Version and featuresVersion, then note it here", got, known)
	}
}

// TestLists: every line of the lists is read, and none of a later list repeats one of its own.
func TestLists(t *testing.T) {
	for name, list := range map[string]string{
		"vader_en": vaderEnglish, "pattern_fr": patternFrench, "vader_fr": vaderFrench, "emoji": emoji, "tickets_en": ticketsEnglish, "tickets_fr": ticketsFrench,
	} {
		seen := map[string]bool{}
		for line := range strings.Lines(list) {
			line = strings.TrimSuffix(line, "\n")
			if strings.HasPrefix(line, "# ") {
				continue
			}
			form, value, ok := strings.Cut(line, "\t")
			var valence float64
			if n, err := fmt.Sscan(value, &valence); !ok || n != 1 || err != nil || form == "" || !(abs(valence) <= 4) {
				t.Errorf("%s: line %q is no form and valence", name, line)
			}
			if seen[form] {
				t.Errorf("%s: %q is there twice", name, form)
			}
			seen[form] = true
		}
		if len(seen) < 100 {
			t.Errorf("%s: %d forms", name, len(seen))
		}
	}
}
