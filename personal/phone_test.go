package personal

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// neutral are sentences that say nothing of telephones.
var neutral = [...]string{"Bonjour, %s, les photos sont vertes", "%s", "the hero is green (%s) since monday", "Jean Dupont %s Paris",
	"Merci de faire vite !\n%s\nJean", "It broke again: %s.", "Paris, 12 rue de la Paix, %s", "c'est le %s, bonne journée"}

// random gives a valid number of a region, made from an example by changing its last digits.
func random(rng *rand.Rand, region string, kind phonenumbers.PhoneNumberType) *phonenumbers.PhoneNumber {
	example := phonenumbers.GetExampleNumberForType(region, kind)
	for {
		national := []byte(phonenumbers.GetNationalSignificantNumber(example))
		for i := len(national) - 6; i < len(national); i++ {
			national[i] = byte('0' + rng.IntN(10))
		}
		n, err := phonenumbers.Parse(string(national), region)
		if err == nil && phonenumbers.IsValidNumberForRegion(n, region) {
			return n
		}
	}
}

// TestPhonesWithoutContext measures what the shape alone gives: valid numbers of the default regions, written in the
// three usual ways, in sentences that do not announce them.
func TestPhonesWithoutContext(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 6))
	for _, c := range []struct {
		region string
		least  float64 // percent found as a whole
	}{{"FR", 99}, {"GB", 99}, {"US", 99}, {"DE", 99}} {
		for _, form := range []struct {
			name string
			phonenumbers.PhoneNumberFormat
		}{{"national", phonenumbers.NATIONAL}, {"international", phonenumbers.INTERNATIONAL}, {"E.164", phonenumbers.E164}} {
			found, total := 0, 0
			for i := range 400 {
				kind := []phonenumbers.PhoneNumberType{phonenumbers.MOBILE, phonenumbers.FIXED_LINE}[i%2]
				written := phonenumbers.Format(random(rng, c.region, kind), form.PhoneNumberFormat)
				if i%4 > 1 {
					written = strings.ReplaceAll(written, " ", []string{".", "-", "\u00a0"}[i%3])
				}
				text := fmt.Sprintf(neutral[i%len(neutral)], written)
				total++
				before := found
				for _, f := range Find(text, Options{}) {
					if f.Entity == Phone && text[f.Start:f.End] == written {
						found++
						break
					}
				}
				if found == before && total < 60 {
					t.Logf("missed %s in %q", c.region, text)
				}
			}
			recall := 100 * float64(found) / float64(total)
			t.Logf("%s %s: %.1f %%", c.region, form.name, recall)
			if recall < c.least {
				t.Errorf("%s, %s: %.1f %% of valid numbers found, want at least %.0f", c.region, form.name, recall, c.least)
			}
		}
	}
}

// TestOrderNumbersStay draws numbers of things as shops write them.
func TestOrderNumbersStay(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 8))
	frames := [...]string{"commande n° %s toujours pas arrivée", "order #%s is wrong", "ma référence client est %s", "customer number: %s",
		"Numéro de commande : %s", "invoice no. %s", "ticket %s", "facture %s du mois", "Order %s", "suivi colis %s"}
	wrong, total := 0, 0
	for i := range 4000 {
		digits := 5 + rng.IntN(8)
		number := fmt.Sprintf("%0*d", digits, rng.Int64N(pow10(digits)))
		text := fmt.Sprintf(frames[i%len(frames)], number)
		total++
		if found := Find(text, Options{}); len(found) > 0 {
			wrong++
			if wrong < 10 {
				t.Logf("%q: %v", text, found)
			}
		}
	}
	t.Logf("%d of %d numbers of things were masked", wrong, total)
	if wrong > 0 {
		t.Errorf("%d of %d numbers of things were masked", wrong, total)
	}
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

// unplanned is written as a number of France is, of which no plan knows it.
const unplanned = "07 00 00 00 00"

// TestManyNumbers: the plans are asked a bounded number of times; beyond, what looks like a number is taken for one.
func TestManyNumbers(t *testing.T) {
	t.Parallel()
	if found := Find(strings.Repeat(unplanned+"; ", 100), Options{}); len(found) != 0 {
		t.Fatalf("%q is %+v", unplanned, found[0])
	}
	found := Find(strings.Repeat(unplanned+"; ", 3*maxAsked), Options{})
	if len(found) == 0 || len(found) > 3*maxAsked || found[0].Entity != Phone || found[0].Start < len(unplanned)*maxAsked/4 {
		t.Errorf("%d found", len(found))
	}
}

// TestDigitByDigit finds numbers that somebody wrote with a space behind each digit.
func TestDigitByDigit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Entity{"1 8 5 0 5 7 8 0 0 6 0 8 4 9 1": NIR, "0 8 0 0 9 12 34 5 6": Phone} {
		if found := Find("mine: "+text, Options{}); len(found) != 1 || found[0].Entity != want {
			t.Errorf("%q: found %+v, want %s", text, found, want)
		}
	}
}
