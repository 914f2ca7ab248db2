package web

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// TestConsentIsShownInWords: whatever a change may touch, and every term and value, has a name in both languages; none is
// the one that the code has.
func TestConsentIsShownInWords(t *testing.T) {
	var changed []string
	for _, v := range []any{consent.Terms{}, consent.Values{}} {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(v)) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name != "-" && name != "reasons" { // they are shown with their entries
				changed = append(changed, name)
			}
		}
	}
	if len(changed) < 25 {
		t.Fatalf("the fields are %v", changed)
	}
	terms := consent.Terms{
		Kind: "model", Subject: "S-1", Guardian: "S-2", Level: consent.Limited, Type: "explicit", Uses: []string{"press"}, AI: "prohibited", Age: "AG-U14",
		GivenAt: time.Unix(0, 0), ValidFrom: time.Unix(0, 0), Notice: "1", Method: "paper",
	}
	values := consent.Values{
		Name: "x", Aliases: []string{"x"}, Contact: "x", GuardianName: "x", GuardianContact: "x", Controller: "x", EvidenceLink: "x", EvidenceSHA256: "x",
		Note: "x", External: "x", Releases: []string{"x"}, Paths: []consent.Place{{}}, Images: []string{"x"},
	}
	for _, l := range phrase.Langs() {
		what, fields := ConsentStepOf(l, consent.Step{Type: consent.TypeChanged, Fields: changed})
		said := []string{what, fields}
		for _, f := range append(ConsentFactsOf(l, terms, time.Time.String), ConsentValuesOf(l, values)...) {
			said = append(said, f.Name, f.Value)
		}
		for _, kind := range consent.Types() {
			erased, _ := ConsentStepOf(l, consent.Step{Type: kind.Name, Ground: consent.OnRequest})
			said = append(said, erased)
		}
		for _, text := range said {
			if text == "" || strings.Contains(text, "!") {
				t.Errorf("in %s a record says %q, which is no word", l, text)
			}
		}
	}
}
