package personal

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// found writes the findings of a text as "ENTITY text | …".
func found(text string, o Options) string {
	var parts []string
	for _, f := range Find(text, o) {
		parts = append(parts, string(f.Entity)+" "+text[f.Start:f.End])
	}
	return strings.Join(parts, " | ")
}

func TestFind(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		// Addresses of mail.
		"write to Jean.Dupont+shop@example.co.uk.":   "EMAIL_ADDRESS Jean.Dupont+shop@example.co.uk",
		"<mailto:a@b.fr>, (c@d.de)":                  "EMAIL_ADDRESS a@b.fr | EMAIL_ADDRESS c@d.de",
		"écrire à rené@exemple.fr":                   "EMAIL_ADDRESS rené@exemple.fr",
		"l’adresse est «a.b@c.com» !":                "EMAIL_ADDRESS a.b@c.com",
		"the user root@db1.internal cannot see logs": "EMAIL_ADDRESS root@db1.internal",
		"a@b@c.com":               "EMAIL_ADDRESS b@c.com",
		"logo@2x.png and a@b":     "",
		"5 pommes @ 3.50 and me@": "",

		// Handles.
		"@marie_d les photos sont vertes":             "PERSON @marie_d",
		"via @user@mastodon.social":                   "PERSON @user@mastodon.social",
		"cc @jean.dupont.":                            "PERSON @jean.dupont",
		"@media (min-width: 1px) and @scope/pkg @all": "",

		// Hosts and URLs.
		"see https://shop.example/p?id=4&u=jean, please":  "URL https://shop.example/p?id=4&u=jean",
		"(http://a.fr/x_(y)) and www.Exemple.FR/z.":       "URL http://a.fr/x_(y) | URL www.Exemple.FR/z",
		"sur monsite.fr depuis hier":                      "URL monsite.fr",
		"on go.dev/ref/spec today":                        "URL go.dev/ref/spec",
		"image.Le rendu, fini.De plus photo.webp, e.g.":   "",
		"couleur.de la photo, ok.it works, http:// alone": "",

		// Networks.
		"from 192.168.10.4, 8.8.8.8:53":                          "IP_ADDRESS 192.168.10.4 | IP_ADDRESS 8.8.8.8",
		"version 1.2.3.4, v1.2.3.4, 1.2.3.4.5, 300.1.1.1":        "",
		"host 2001:db8::8a2e:370:7334 down":                      "IP_ADDRESS 2001:db8::8a2e:370:7334",
		"à 04:12:33, std::vector, a::b, 10:20 et ::1":            "",
		"mac:00:1b:44:11:3a:b7 and 00-1B-44-11-3A-B8":            "MAC_ADDRESS 00:1b:44:11:3a:b7 | MAC_ADDRESS 00-1B-44-11-3A-B8",
		"6e40:4041:c617:e898:c11:40d2:c669:2eb4":                 "IP_ADDRESS 6e40:4041:c617:e898:c11:40d2:c669:2eb4",
		"sha 9f7f86b, #ff0612, rgb(12, 34, 56), 0.12345678 ΔE00": "",

		// Accounts and cards.
		"FR76 3000 6000 0112 3456 7890 189":               "IBAN_CODE FR76 3000 6000 0112 3456 7890 189",
		"gb82west12345698765432 merci":                    "IBAN_CODE gb82west12345698765432",
		"GB82WEST12345698765433 is no account":            "",
		"IBAN: GB82WEST12345698765433":                    "IBAN_CODE GB82WEST12345698765433",
		"Waking up at the butt crack of dawn":             "",
		"4111 1111 1111 1111 exp 12/27":                   "CREDIT_CARD 4111 1111 1111 1111",
		"378282246310005 or 5555-5555-5555-4444":          "CREDIT_CARD 378282246310005 | CREDIT_CARD 5555-5555-5555-4444",
		"4111 1111 1111 1112":                             "",
		"SIRET 73282932000074":                            "",
		"1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2":              "CRYPTO 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
		"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq":      "CRYPTO bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
		"0x71C7656EC7ab88b098defB751B7401B5f6d8976F":      "CRYPTO 0x71C7656EC7ab88b098defB751B7401B5f6d8976F",
		"1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3 bc1qqqqqqqqq": "",

		// Social security.
		"NIR 2 69 05 49 588 157 80":        "FR_NIR 2 69 05 49 588 157 80",
		"n° sécu 180052A00401286":          "",
		"SSN 536-90-4399, 000-12-3456":     "US_SSN 536-90-4399",
		"my social security no. 536904399": "US_SSN 536904399",

		// Telephone.
		"Appelez le 06 12 34 56 78.":                           "PHONE_NUMBER 06 12 34 56 78",
		"06.12.34.56.78 ou 01\u00a023\u00a045\u00a067\u00a089": "PHONE_NUMBER 06.12.34.56.78 | PHONE_NUMBER 01\u00a023\u00a045\u00a067\u00a089",
		"0612345678 0698765432":                                "PHONE_NUMBER 0612345678 | PHONE_NUMBER 0698765432",
		"(+33) 6 12 34 56 78, 0033612345678":                   "PHONE_NUMBER (+33) 6 12 34 56 78 | PHONE_NUMBER 0033612345678",
		"+44 (0)20 7946 0958 and (212) 555-0123":               "PHONE_NUMBER +44 (0)20 7946 0958 | PHONE_NUMBER (212) 555-0123",
		"call 020 7946 0958 ext. 12 now":                       "PHONE_NUMBER 020 7946 0958 ext. 12",
		"030 / 901820 Berlin":                                  "PHONE_NUMBER 030 / 901820",
		"0612345678-0698765432":                                "PHONE_NUMBER 0612345678 | PHONE_NUMBER 0698765432",
		"my phone: 467 3395":                                   "PHONE_NUMBER 467 3395",

		// What a team needs and what is nobody's.
		"commande n° 0612345678 du 12/03/2025":                    "",
		"order #4012888888 not delivered, order 100234567":        "",
		"customer number 2125550123, ticket 202-555-0123":         "",
		"CMD-2025-004217, PM-2025-09-27-01, 2025-09-27 04:12 UTC": "",
		"4 200 000 images, 1.234.567 €, 1024 x 768, 12 345 678":   "",
		"projets 2014 - 2015, 01.12.2025, 27-09-2025 10.30":       "",
		"EAN 4006381333931, 3840x2160, ISO 12233:2017":            "",

		// Names that the text announces.
		"Bonjour, je m’appelle Marie Le Goff et":                       "PERSON Marie Le Goff",
		"My name is John O'Neil. The hero is green":                    "PERSON John O'Neil",
		"Les photos sont vertes.\nCordialement,\n\nJean-Paul Dupont\n": "PERSON Jean-Paul Dupont",
		"Best regards\nAnna":                                           "PERSON Anna",
		"merci d'avance\nPaul":                                         "PERSON Paul",
		"Mme de La Tour, M. Durand est parti":                          "PERSON Durand",
		"Merci Votre service":                                          "",
		"Cordialement, Le service client vous répond":                  "",
		"I am Disappointed. Thanks! Great Job guys":                    "",
		"Nom : Dupont\n- Name: Anna Li\nFile name: Hero Banner":        "PERSON Dupont | PERSON Anna Li",
		"my name is not on the print":                                  "",
	} {
		if got := found(text, Options{}); got != want {
			t.Errorf("Find(%q)\n got %s\nwant %s", text, got, want)
		}
	}
}

// TestTicketsWithoutPersonalData has what tickets about images are full of and what is nobody's.
func TestTicketsWithoutPersonalData(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"ΔE00 moyen de 3,2 et p95 de 7.81 sur 1920x1080, profil sRGB IEC61966-2.1",
		"IMG_20250927_041233.jpg et DSC_0234.NEF, f/2.8 1/250 ISO 400, 2025:09:27 04:12:33",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/128.0.6613.137 Safari/537.36",
		"iOS 17.6.1, app 4.12.0 (build 20250927), commit 9f7f86b61a0c, PM-2025-09-27-01",
		"123e4567-e89b-12d3-a456-426614174000 and sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		"Amazon 402-1234567-1234567, REF-0612345678, CMD-2025-0612345678, lot 12/34/5678",
		"the timestamp 1758946353000 or 20250927041233, 99.95 % over 30 days, 1 234,56 € or $1,234.56",
		"48.8566, 2.3522 is Paris; 10 000 000 images in 2024 and 2025; page 12-14; 3-2-1",
		"les codes #FF6600 #1a2b3c rgba(255, 102, 0, 0.5) hsl(24 100% 50%) 0xFF6600",
		"EAN 4006381333931, ISBN 978-2-07-036822-8, SKU 0123456789, art. 506.789.12",
		"réunion le 27/09/2025 de 14h30 à 16h00, salle 0123, 75002 Paris, 12 rue de la Paix",
		"/var/log/safelight/2025-09-27.log:1203: error in scripts/validate-lut.mjs, fichier lut_v2.cube",
		"J'ai commandé 2 t-shirts et 3 mugs, reçus le 3, la couleur est fausse. Merci Beaucoup pour rien!",
		"Dear team, the hero image @2x is green. Thanks a lot, very disappointed customer since 2009",
		"RT : la photo est nulle !!! 10/10 would not buy again :) 1:1, 16:9, 4:3 :: a::b",
	} {
		if got := found(text, Options{}); got != "" {
			t.Errorf("%q has no personal data, found %s", text, got)
		}
	}
}

func TestRegions(t *testing.T) {
	t.Parallel()
	const text = "0471 23 45 67"
	if got := found("au "+text, Options{Regions: []string{"BE"}}); got != "PHONE_NUMBER "+text {
		t.Errorf("a Belgian number was not found with the region BE: %q", got)
	}
	if got := found("at 212-555-0123", Options{Regions: []string{"FR"}}); got != "" {
		t.Errorf("an American number was found with the region FR: %q", got)
	}
	if got := found("+32 471 23 45 67", Options{Regions: []string{"no such"}}); got == "" {
		t.Error("a number with + was not found, though it needs no region")
	}
}

func TestLeast(t *testing.T) {
	t.Parallel()
	const text = "@marie: a@b.fr"
	if got := found(text, Options{Least: Likely}); got != "EMAIL_ADDRESS a@b.fr" {
		t.Errorf("with Least: Likely, got %q", got)
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	const text = "Écrire à a@b.fr ou 06 12 34 56 78"
	got, findings := Redact(text, Options{})
	if want := "Écrire à [EMAIL_ADDRESS] ou [PHONE_NUMBER]"; got != want || len(findings) != 2 {
		t.Errorf("Redact gave %q with %d findings, want %q with 2", got, len(findings), want)
	}
	// Whatever a caller hands in, nothing breaks.
	wild := []Finding{{Email, 20, 30, Likely}, {IP, 11, 16, VeryLikely}, {Phone, 12, 14, Possible}, {URL, -1, 4, Likely},
		{URL, 3, 400, Likely}, {URL, 9, 9, Likely}, {URL, 8, 5, Likely}}
	if got, want := Mask(text, wild), text[:11]+"[IP_ADDRESS]"+text[16:20]+"[EMAIL_ADDRESS]"+text[30:]; got != want {
		t.Errorf("Mask gave %q, want %q", got, want)
	}
	if clean, findings := Redact("Les photos sont vertes.", Options{}); clean != "Les photos sont vertes." || findings != nil {
		t.Errorf("a text without personal data became %q, %v", clean, findings)
	}
}

// TestEveryEntityIsMasked holds the list that placeholders are recognised by against the entities.
func TestEveryEntityIsMasked(t *testing.T) {
	t.Parallel()
	for _, e := range known {
		text := "a [" + string(e) + "] b@c.fr"
		if got := placeholders(text); len(got) != 1 || text[got[0].start:got[0].end] != "["+string(e)+"]" {
			t.Errorf("the placeholder of %s is not recognised: %v", e, got)
		}
	}
	if placeholders("[EMAIL] [PERSON [URL") != nil {
		t.Error("what Mask never writes is taken for a placeholder")
	}
}

func TestLikelihoodNames(t *testing.T) {
	t.Parallel()
	names := []string{}
	for l := range VeryLikely + 2 {
		names = append(names, l.String())
	}
	want := []string{"LIKELIHOOD_UNSPECIFIED", "VERY_UNLIKELY", "UNLIKELY", "POSSIBLE", "LIKELY", "VERY_LIKELY", "LIKELIHOOD_UNSPECIFIED"}
	if !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}

func FuzzRedact(f *testing.F) {
	for _, seed := range []string{"a@b.fr +33 6 12 34 56 78 http://x.y/z", "Cordialement,\nJean Dupont\n@jean", "[EMAIL_ADDRESS]06 12 34 56 78",
		"FR7630006000011234567890189 4111 1111 1111 1111", "tel 467 3395x12", "::ffff:1.2.3.4 00:1b:44:11:3a:b7", "order@shop.com 0612345678",
		"2 69 05 2A 588 157 80", "\xff@\xfe.com \xe2\x80", "1.2.3.4.5.6.7.8 (((((+33", "www.a.fr/[PERSON]/x@y.z"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, found := range Find(text, Options{}) {
			if found.Start < last || found.Start >= found.End || found.End > len(text) {
				t.Fatalf("finding %+v of %q does not follow byte %d", found, text, last)
			}
			last = found.End
			if utf8.ValidString(text) && !(utf8.ValidString(text[:found.Start]) && utf8.ValidString(text[found.Start:found.End])) {
				t.Fatalf("finding %+v of %q cuts a character", found, text)
			}
		}
		clean, _ := Redact(text, Options{})
		if again, left := Redact(clean, Options{}); again != clean || len(left) > 0 {
			t.Fatalf("%q was masked to %q, and again to %q: %v", text, clean, again, left)
		}
		if Mask(clean, nil) != clean {
			t.Fatal("masking nothing changed the text")
		}
	})
}
