package personal

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/corpora"
)

// labelledText is one text of presidio-research's synthetic set; positions count characters.
type labelledText struct {
	Text     string `json:"full_text"`
	Template int    `json:"template_id"`
	Spans    []struct {
		Entity string `json:"entity_type"`
		Value  string `json:"entity_value"`
		Start  int    `json:"start_position"`
		End    int    `json:"end_position"`
	} `json:"spans"`
}

func presidio(t testing.TB) []labelledText {
	t.Helper()
	raw, err := os.ReadFile(corpora.Dir(t, "text", "pii-presidio.json"))
	if err != nil {
		t.Fatal(err)
	}
	var texts []labelledText
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}

// byteSpan turns character positions into byte positions.
func byteSpan(text string, start, end int) span {
	at, n := 0, 0
	var s span
	for ; at <= len(text); n++ {
		if n == start {
			s.start = at
		}
		if n == end {
			s.end = at
			break
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		at += max(size, 1)
	}
	return s
}

// tally counts what was found of one entity.
type tally struct{ gold, found, given, right int }

func (t tally) recall() float64 { return 100 * float64(t.found) / float64(max(t.gold, 1)) }

func (t tally) precision() float64 { return 100 * float64(t.right) / float64(max(t.given, 1)) }

// score counts an entity over all texts. A gold place is found where a finding of the entity covers it, brackets around
// it left out; a finding is right where it lies on a gold place.
func score(t testing.TB, texts []labelledText, entity Entity, gold string) tally {
	var n tally
	for _, text := range texts {
		found := slices.DeleteFunc(Find(text.Text, Options{}), func(f Finding) bool { return f.Entity != entity })
		n.given += len(found)
		right := map[Finding]bool{}
		for _, g := range text.Spans {
			if g.Entity != gold {
				continue
			}
			n.gold++
			at, hit := byteSpan(text.Text, g.Start, g.End), false
			for _, f := range found {
				if f.Start < at.end && at.start < f.End {
					right[f] = true
					hit = hit || f.Start <= at.start && f.End >= at.end ||
						strings.Trim(g.Value, " /().") == strings.Trim(text.Text[f.Start:f.End], " /().")
				}
			}
			if hit {
				n.found++
			} else {
				t.Logf("missed %s %q in %q", entity, g.Value, text.Text[max(0, at.start-40):at.end])
			}
		}
		n.right += len(right)
	}
	return n
}

// TestPresidio holds recall and precision on presidio-research's synthetic texts. The rules for telephone numbers were
// written while looking at the texts of even templates; on the odd ones, before any look, recall was 62.5 % and
// precision 100 %: what was missing was the word behind the number ("781 1704 office").
func TestPresidio(t *testing.T) {
	t.Parallel()
	texts := presidio(t)
	for _, text := range texts {
		clean, _ := Redact(text.Text, Options{})
		if left := Find(clean, Options{}); len(left) > 0 {
			t.Errorf("%q was masked to %q, where %v is left", text.Text, clean, left)
		}
	}
	for _, c := range []struct {
		entity            Entity
		gold              string
		recall, precision float64 // at least, in percent
	}{
		{Email, "EMAIL_ADDRESS", 99, 99}, {URL, "DOMAIN_NAME", 99, 99}, {IP, "IP_ADDRESS", 99, 99}, {IBAN, "IBAN_CODE", 95, 99},
		{CreditCard, "CREDIT_CARD", 93, 98}, {Phone, "PHONE_NUMBER", 85, 85}, {SSN, "US_SSN", 95, 95},
	} {
		n := score(t, texts, c.entity, c.gold)
		t.Logf("%-13s %3d gold: recall %.1f %%, precision %.1f %%", c.entity, n.gold, n.recall(), n.precision())
		if n.recall() < c.recall || n.precision() < c.precision || n.gold == 0 {
			t.Errorf("%s: recall %.1f %%, precision %.1f %%, want at least %.0f and %.0f", c.entity, n.recall(), n.precision(),
				c.recall, c.precision)
		}
	}
}

// TestCleanTexts counts what is found in posts that others have stripped of links and names: what remains there is
// nearly all text without personal data.
func TestCleanTexts(t *testing.T) {
	t.Parallel()
	n, wrong := 0, 0
	for _, language := range []string{"english", "french"} {
		for _, part := range []string{"train_text.txt", "val_text.txt"} {
			raw, err := os.ReadFile(corpora.Dir(t, "text", "sentiment", language, part))
			if err != nil {
				t.Fatal(err)
			}
			for post := range strings.Lines(string(raw)) {
				n++
				for _, f := range Find(post, Options{}) {
					// Handles, links, domains and addresses that are left in the posts are there: they were looked at.
					if f.Entity != Person && f.Entity != URL && f.Entity != Email && post[f.Start:f.End] != "+50936689372" {
						wrong++
						t.Errorf("%s %q in %q", f.Entity, post[f.Start:f.End], post)
					}
				}
			}
		}
	}
	t.Logf("%d posts, %d false findings", n, wrong)
}
