package personal

import (
	"encoding/json"
	"os"
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

// bytes turns character positions into byte positions.
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

// score counts an entity over the texts of one half of the templates; 2 is both. A gold place is found where one
// finding covers it; a finding is right where it lies on a gold place.
func score(t testing.TB, texts []labelledText, entity Entity, gold string, half int) tally {
	var n tally
	for _, text := range texts {
		if half < 2 && text.Template%2 != half {
			continue
		}
		found := Find(text.Text, Options{})
		used := map[int]bool{}
		for _, g := range text.Spans {
			if g.Entity != gold {
				continue
			}
			n.gold++
			at := byteSpan(text.Text, g.Start, g.End)
			hit := false
			for i, f := range found {
				if f.Entity == entity && f.Start < at.end && at.start < f.End {
					used[i] = true
					hit = hit || f.Start <= at.start && f.End >= at.end ||
						strings.Trim(text.Text[at.start:at.end], " /().") == strings.Trim(text.Text[f.Start:f.End], " /().")
				}
			}
			if hit {
				n.found++
			} else if half < 1 || os.Getenv("ALL") != "" {
				t.Logf("missed %s %q in %q", entity, g.Value, text.Text[max(0, at.start-40):at.end])
			}
		}
		for i, f := range found {
			if f.Entity != entity {
				continue
			}
			n.given++
			if used[i] {
				n.right++
			} else if half < 1 || os.Getenv("ALL") != "" {
				t.Logf("wrong %s %q in %q", entity, text.Text[f.Start:f.End], text.Text[max(0, f.Start-40):f.End])
			}
		}
	}
	return n
}

func TestPresidio(t *testing.T) {
	texts := presidio(t)
	for _, c := range []struct {
		entity            Entity
		gold              string
		recall, precision float64
	}{
		{Email, "EMAIL_ADDRESS", 99, 99}, {URL, "DOMAIN_NAME", 99, 90}, {IP, "IP_ADDRESS", 99, 99}, {IBAN, "IBAN_CODE", 95, 99},
		{CreditCard, "CREDIT_CARD", 93, 98}, {Phone, "PHONE_NUMBER", 85, 85}, {SSN, "US_SSN", 95, 95},
	} {
		for half := range 3 {
			n := score(t, texts, c.entity, c.gold, half)
			t.Logf("%s half %d: gold %d recall %.1f %% precision %.1f %%", c.entity, half, n.gold, n.recall(), n.precision())
		}
	}
}
