package consent

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// records makes records by commands on the terms and values of the tests.
func records(t *testing.T, makers ...func(*Terms, *Values) []Command) []Record {
	t.Helper()
	var list []Record
	for i, m := range makers {
		terms, values := terms(), values()
		after := m(&terms, &values)
		b := &book{t: t}
		b.must(Give{ID: ID(now, i+1), Terms: terms, Values: values}, now, as(people.Lead, ""))
		for _, c := range after {
			b.must(c, now, as(people.Lead, ""))
		}
		list = append(list, b.record)
	}
	return list
}

func kinds(list []Finding) string {
	var names []string
	for _, f := range list {
		name := string(f.Kind)
		if f.Lacks != "" {
			name += "(" + f.Lacks + ")"
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func plainly(*Terms, *Values) []Command { return nil }

func TestJudge(t *testing.T) {
	web := Delivery{Use: "advertising", Channel: "web", Territories: []string{"FR"}, At: now.Add(time.Hour)}
	with := func(change func(*Delivery)) Delivery { d := web; change(&d); return d }
	general := func(v *Values) { v.Releases, v.Paths, v.Images = nil, nil, nil }
	named := Image{Persons: []string{"Jane Doe"}}
	tests := []struct {
		name    string
		records []func(*Terms, *Values) []Command
		image   Image
		in      Delivery
		want    string
	}{
		{"claims nothing", nil, Image{}, web, ""},
		{"claims nothing where consent is required", nil, Image{}, with(func(d *Delivery) { d.Required = true }), "consent-missing"},
		{"a person nobody knows", nil, named, web, "consent-missing"},
		{"a person", []func(*Terms, *Values) []Command{plainly}, named, web, ""},
		{"a person, written otherwise", []func(*Terms, *Values) []Command{plainly}, Image{Persons: []string{" doe,  JANE "}}, web, ""},
		{"an alias", []func(*Terms, *Values) []Command{plainly}, Image{Persons: []string{"j. doe"}}, web, ""},
		{"one of two persons", []func(*Terms, *Values) []Command{plainly}, Image{Persons: []string{"Jane Doe", "John Roe"}}, web, "consent-missing"},
		{"a release", []func(*Terms, *Values) []Command{plainly}, Image{Releases: []string{"MR-JANE-1"}}, web, ""},
		{"another release", []func(*Terms, *Values) []Command{plainly}, Image{Releases: []string{"MR-2"}}, web, "consent-missing"},
		{"a release of a property", []func(*Terms, *Values) []Command{plainly}, Image{Properties: []string{"MR-JANE-1"}}, web, "consent-missing"},
		{"a path", []func(*Terms, *Values) []Command{plainly}, Image{Pipeline: "catalogue", Path: "jane-doe/1/a.jpg"}, with(func(d *Delivery) { d.Channel = "print" }), "consent-scope(channel print)"},
		{"a path of another pipeline", []func(*Terms, *Values) []Command{plainly}, Image{Pipeline: "hero", Path: "jane-doe/a.jpg"}, with(func(d *Delivery) { d.Channel = "print" }), ""},
		{"a file", []func(*Terms, *Values) []Command{plainly}, Image{SHA256: strings.Repeat("CD", 32)}, with(func(d *Delivery) { d.Use = "press" }), "consent-scope(use press)"},
		{"a channel below", []func(*Terms, *Values) []Command{plainly}, named, with(func(d *Delivery) { d.Channel = "social/instagram" }), ""},
		{"a channel that begins alike", []func(*Terms, *Values) []Command{plainly}, named, with(func(d *Delivery) { d.Channel = "webcast" }), "consent-scope(channel webcast)"},
		{"a country of the Union", []func(*Terms, *Values) []Command{plainly}, named, with(func(d *Delivery) { d.Territories = []string{"DE", "FR"} }), ""},
		{"a country outside", []func(*Terms, *Values) []Command{plainly}, named, with(func(d *Delivery) { d.Territories = []string{"DE", "US"} }), "consent-scope(territory US)"},
		{"everywhere", []func(*Terms, *Values) []Command{plainly}, named, with(func(d *Delivery) { d.Territories = []string{"*"} }), "consent-scope(territory *)"},
		{"the last moment", []func(*Terms, *Values) []Command{plainly}, named, with(func(d *Delivery) { d.At = now.Add(60*24*time.Hour - time.Second) }), ""},
		{"the first moment without", []func(*Terms, *Values) []Command{plainly}, named, with(func(d *Delivery) { d.At = now.Add(60 * 24 * time.Hour) }), "consent-expired"},
		{"before it begins", []func(*Terms, *Values) []Command{func(m *Terms, _ *Values) []Command { m.ValidFrom = now.Add(48 * time.Hour); return nil }}, named, web, "consent-scope(before 2026-11-28)"},
		{"revoked", []func(*Terms, *Values) []Command{func(*Terms, *Values) []Command { return []Command{Revoke{Reason: "x"}} }}, named, web, "consent-revoked"},
		{"revoked later", []func(*Terms, *Values) []Command{func(*Terms, *Values) []Command { return []Command{Revoke{Reason: "x", Since: now.Add(2 * time.Hour)}} }}, named, web, ""},
		{"refused", []func(*Terms, *Values) []Command{func(m *Terms, _ *Values) []Command { m.Level = Refused; return nil }}, named, web, "consent-refused"},
		{"erased, known by its file", []func(*Terms, *Values) []Command{func(*Terms, *Values) []Command { return []Command{Erase{OnRequest}} }}, Image{SHA256: strings.Repeat("cd", 32)}, web, "consent-revoked"},
		{"erased, known by name no more", []func(*Terms, *Values) []Command{func(*Terms, *Values) []Command { return []Command{Erase{OnRequest}} }}, named, web, "consent-missing"},
		{"expired and renewed", []func(*Terms, *Values) []Command{
			func(m *Terms, _ *Values) []Command { m.ValidUntil = now.Add(time.Minute); return nil },
			func(m *Terms, v *Values) []Command { general(v); return nil },
		}, named, web, ""},
		{"this file revoked, a general consent stands", []func(*Terms, *Values) []Command{
			func(*Terms, *Values) []Command { return []Command{Revoke{Reason: "x"}} },
			func(m *Terms, v *Values) []Command { general(v); m.GivenAt = now; return nil },
		}, Image{Releases: []string{"MR-JANE-1"}}, web, "consent-revoked"},
		{"a consent for other images", []func(*Terms, *Values) []Command{
			func(_ *Terms, v *Values) []Command { general(v); return []Command{Expire{Until: now.Add(time.Minute)}} },
			func(_ *Terms, v *Values) []Command { v.Name, v.Aliases = "", nil; return nil },
		}, named, web, "consent-expired"},
		{"unlimited", []func(*Terms, *Values) []Command{func(m *Terms, _ *Values) []Command { m.Level = Unlimited; return nil }}, named, with(func(d *Delivery) { d.Channel, d.Use, d.Territories = "print", "press", []string{"US"} }), ""},
		{"unlimited, for training", []func(*Terms, *Values) []Command{func(m *Terms, _ *Values) []Command { m.Level = Unlimited; return nil }}, named, with(func(d *Delivery) { d.Use = Training }), "consent-scope(ai-training)"},
		{"allowed for training", []func(*Terms, *Values) []Command{func(m *Terms, _ *Values) []Command { m.AI = AINoGenerative; return nil }}, named, with(func(d *Delivery) { d.Use = Training }), ""},
		{"generative training", []func(*Terms, *Values) []Command{func(m *Terms, _ *Values) []Command { m.AI = AINoGenerative; return nil }}, named, with(func(d *Delivery) { d.Use = Generative }), "consent-scope(ai-training)"},
		{"invites mining", []func(*Terms, *Values) []Command{plainly}, Image{Persons: named.Persons, DataMining: "http://ns.useplus.org/ldf/vocab/DMI-ALLOWED"}, web, "consent-scope(ai-training)"},
		{"forbids mining", []func(*Terms, *Values) []Command{plainly}, Image{Persons: named.Persons, DataMining: string(MiningNoTraining)}, web, ""},
		{"overstates", []func(*Terms, *Values) []Command{plainly}, Image{Persons: named.Persons, ModelRelease: "http://ns.useplus.org/ldf/vocab/MR-UMR"}, web, "release-overstated"},
		{"claims a release of nobody", nil, Image{ModelRelease: "MR-LMR"}, web, "consent-missing"},
		{"claims a release of a property", nil, Image{PropertyRelease: "pr-upr"}, web, "consent-missing"},
		{"says none is needed", nil, Image{ModelRelease: "MR-NAP", PropertyRelease: "PR-NAP"}, web, ""},
		{"says there is none", nil, Image{ModelRelease: "MR-NON"}, web, "consent-missing"},
		{"a minor by its record", []func(*Terms, *Values) []Command{func(m *Terms, _ *Values) []Command { m.Age = AgeUnder14; return nil }}, named, web, "minor-without-guardian"},
		{"a minor with a guardian", []func(*Terms, *Values) []Command{func(m *Terms, _ *Values) []Command { m.Age, m.Guardian = "AG-A15", "S-99999999"; return nil }}, Image{Persons: named.Persons, MinorAge: "AG-A15"}, web, ""},
		{"a minor whose guardian agreed until an hour ago", []func(*Terms, *Values) []Command{func(m *Terms, _ *Values) []Command {
			m.Age, m.Guardian, m.ValidUntil = "AG-A15", "S-99999999", now
			return nil
		}}, Image{Persons: named.Persons, MinorAge: "AG-A15"}, web, "minor-without-guardian consent-expired"},
		{"a minor by the image", []func(*Terms, *Values) []Command{plainly}, Image{Persons: named.Persons, ModelAges: []int{34, 12}}, web, "minor-without-guardian"},
		{"a minor nobody knows", nil, Image{MinorAge: "http://ns.useplus.org/ldf/vocab/AG-U14"}, web, "minor-without-guardian"},
		{"a minor's age unknown", nil, Image{MinorAge: "AG-UNK"}, web, ""},
	}
	for _, test := range tests {
		g := NewRegister(records(t, test.records...), RegisterOptions{Key: []byte("key")})
		if got := kinds(g.Judge(test.image, test.in)); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestFindingsNameNoOne: a finding says which record and which claim, and its sentence is known.
func TestFindingsNameNoOne(t *testing.T) {
	g := NewRegister(records(t, plainly), RegisterOptions{Key: []byte("key")})
	found := g.Judge(Image{Persons: []string{"John Roe", "Jane Doe"}}, Delivery{Channel: "print", At: now})
	want := []Finding{
		{Kind: ConsentMissing, Field: "Iptc4xmpExt:PersonInImage", Number: 1},
		{Kind: ConsentScope, Record: "C-2026-11-26-01", Field: "Iptc4xmpExt:PersonInImage", Number: 2, Lacks: "channel print"},
	}
	if !slices.Equal(found, want) {
		t.Errorf("Judge = %+v, want %+v", found, want)
	}
	for _, kind := range FindingKinds() {
		for _, record := range []string{"", "C-1"} {
			if record == "" && kind != ConsentMissing && kind != MinorWithoutGuardian {
				continue // there is none of these without a record
			}
			for _, l := range []string{"fr", "en"} {
				if text := (Finding{Kind: kind, Record: record}).Sentence().In(langOf(l)); strings.Contains(text, "!") || strings.Contains(text, "%") {
					t.Errorf("%s of %q in %s: %s", kind, record, l, text)
				}
			}
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	var list []Record
	for i := range 10_000 {
		s := State{ID: ID(now, i), Terms: Terms{Kind: Model, Subject: fmt.Sprintf("S-%08x", i), Level: Unlimited}}
		list = append(list, Record{s, Values{Name: fmt.Sprint("person ", i), Releases: []string{fmt.Sprint("MR-", i)}}})
	}
	g := NewRegister(list, RegisterOptions{Key: []byte("key")})
	for b.Loop() {
		g.Judge(Image{Persons: []string{"Person 77", "Person 99"}, Releases: []string{"MR-5"}}, Delivery{Channel: "web", At: now})
	}
}

func langOf(tag string) phrase.Lang { return phrase.Parse(tag) }
