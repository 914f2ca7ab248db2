package postmortem

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// TestRedact: what is withheld is nowhere in the redacted document, in either language or form; the rest is as it was, and
// nothing is lost on the way through Markdown.
func TestRedact(t *testing.T) {
	t.Parallel()
	own := full(t, "fr").Authored()
	own.Sections = append(own.Sections, Section{Markdown: "## Internal remarks\nKlara said so.\n## Another\nkept\n"})
	for _, test := range []struct {
		name    string
		r       Restriction
		names   []string
		gone    []string
		present []string
	}{
		{"sections", Restriction{Reason: "contains\ncustomer data", Sections: []string{"whys", "causes", "tests"}}, nil, []string{own.Whys[0].Answer, `"leadsTo":`}, []string{"Withheld: contains customer data", "Retenu : contains customer data", "Klara"}},
		{"own section", Restriction{Reason: "r", Sections: []string{"Internal remarks"}}, nil, []string{"Klara"}, []string{"## Internal remarks", "## Another\nkept"}},
		{"evidence", Restriction{Reason: "r", Evidence: []string{AllEvidence}}, nil, paths(own), []string{"withheld-1", own.Evidence[0].SHA256}},
		{"persons", Restriction{Reason: "r", Persons: true}, []string{"klara", "Klara Weiss"}, []string{"Klara"}, []string{" said so."}},
		{"persons named and not withheld", Restriction{Reason: "r", Sections: []string{"whys"}}, []string{"Klara"}, nil, []string{"Klara"}},
		{"every field", Restriction{Reason: "r", Sections: everything()}, nil, []string{own.Evidence[0].SHA256, own.Lessons[0]}, []string{own.Context.Severity}},
	} {
		d, err := own.Redact(test.r, test.names)
		if err != nil {
			t.Errorf("%s: Redact = %v", test.name, err)
			continue
		}
		sealed, err := Seal(d, SealInput{Revision: 3, SHA256: strings.Repeat("a", 64), Withheld: &test.r})
		if err != nil {
			t.Fatal(err)
		}
		text, err := sealed.JSON()
		if err != nil {
			t.Fatal(err)
		}
		forms := map[string]string{"JSON": string(text), "French": string(sealed.Markdown(phrase.French)), "English": string(sealed.Markdown(phrase.English))}
		for form, text := range forms {
			for _, gone := range test.gone {
				if strings.Contains(text, gone) {
					t.Errorf("%s: %q is still in the %s", test.name, gone, form)
				}
			}
		}
		for _, present := range test.present {
			if !strings.Contains(forms["French"], present) {
				t.Errorf("%s: %q is not in\n%s", test.name, present, forms["French"])
			}
		}
		again, err := ParseIn(sealed.Markdown(sealed.Lang), sealed.Lang)
		if err != nil || !reflect.DeepEqual(again, sealed.carried()) {
			t.Errorf("%s: the redacted document does not survive being written as Markdown (%v)", test.name, err)
		}
		hash, err := sealed.Hash()
		if err != nil || again.Sealed == nil || again.Sealed.Redacted != hash || len(again.Sealed.Withheld) == 0 || again.Sealed.SHA256 != strings.Repeat("a", 64) {
			t.Errorf("%s: the seal is %+v, %v; want it to name both hashes and what is withheld", test.name, again.Sealed, err)
		}
	}
}

func paths(d Document) (list []string) {
	for _, e := range d.Evidence {
		list = append(list, e.Path)
	}
	return list
}

func everything() (list []string) {
	for _, f := range Withholdable() {
		list = append(list, string(f))
	}
	return list
}

// TestRedactAny: any restriction of the reference document gives a valid one.
func TestRedactAny(t *testing.T) {
	t.Parallel()
	own := full(t, "fr").Authored()
	r := rand.New(rand.NewPCG(5, 6))
	words := strings.Fields(string(own.Markdown(own.Lang)))
	for range 300 {
		c := Restriction{Reason: "because of | this", Persons: true}
		for _, f := range Withholdable() {
			if r.IntN(3) == 0 {
				c.Sections = append(c.Sections, string(f))
			}
		}
		for _, p := range paths(own) {
			if r.IntN(3) == 0 {
				c.Evidence = append(c.Evidence, p)
			}
		}
		name := strings.Trim(words[r.IntN(len(words))], "#-|:[]()`,.@—")
		if d, err := own.Redact(c, []string{name}); err != nil && !strings.Contains(err.Error(), "does not survive") {
			t.Fatalf("Redact(%+v, %q) = %+v, %v", c, name, d, err)
		}
	}
}

func TestRestrictDecisions(t *testing.T) {
	t.Parallel()
	w := analysed(t)
	for _, bad := range []Restriction{
		{Sections: []string{"whys"}}, {Reason: "r", Sections: []string{"context"}}, {Reason: "r", Sections: []string{""}}, {Reason: "r", Evidence: []string{"no/such"}}, {},
	} {
		if err := w.try(lead, Restrict{bad}); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("Restrict %+v = %v, want it refused", bad, err)
		}
	}
	whys := Restriction{Reason: "customer data", Sections: []string{"whys"}}
	if err := w.try(viewer, Restrict{whys}); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("a viewer restricts: %v, want it forbidden", err)
	}
	policy := RestrictPolicy{Severities: []pipeline.Severity{w.inc.Severity}, Withhold: Restriction{Reason: "policy", Persons: true}}
	if r := w.pm.Restriction(policy, w.inc); r == nil || r.Reason != "policy" {
		t.Errorf("by the policy is withheld %+v, want what it says", r)
	}
	if r := w.pm.Restriction(RestrictPolicy{}, w.inc); r != nil {
		t.Errorf("without a policy is withheld %+v, want nothing", r)
	}
	w.do(lead, Restrict{whys})
	if r := w.pm.Restriction(policy, w.inc); r == nil || !reflect.DeepEqual(*r, whys) {
		t.Errorf("decided is %+v, in force %+v", whys, r)
	}
	w.do(lead, Restrict{Restriction{Reason: "the customer agrees"}})
	if r := w.pm.Restriction(policy, w.inc); r != nil {
		t.Errorf("lifted, and still withheld is %+v", r)
	}
	for _, bad := range []RestrictPolicy{
		{Severities: []pipeline.Severity{"S9"}, Withhold: whys}, {Pipelines: []string{"p"}}, {Pipelines: []string{"p"}, Withhold: Restriction{Sections: []string{"whys"}}},
	} {
		if err := bad.Validate(); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("Validate of %+v = %v, want it refused", bad, err)
		}
	}
	if err := policy.Validate(); err != nil {
		t.Errorf("Validate = %v", err)
	}
}
