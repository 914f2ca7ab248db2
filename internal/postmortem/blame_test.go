package postmortem

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// blamed gives the rule that a sentence breaks, as a lesson of a document.
func blamed(t testing.TB, sentence string, names ...Name) (Rule, string) {
	t.Helper()
	d := mustParse(t, string(read(t, "reference.md"))+"\n## Notes\n"+sentence+"\n")
	for _, p := range Review(d, Facts{Names: names}) {
		if p.Quote != "" {
			if want := strings.Count(string(read(t, "reference.md")), "\n") + 3; p.Line != want {
				t.Errorf("%q: line %d, want %d", sentence, p.Line, want)
			}
			if p.Why.IsZero() || p.Instead.IsZero() {
				t.Errorf("%q: no reason, or no other way to say it", sentence)
			}
			return p.Rule, p.Quote
		}
	}
	return "", ""
}

func TestBlame(t *testing.T) {
	t.Parallel()
	paul := Name{"paul", "Paul Martin"}
	for sentence, want := range map[string]Rule{
		// English, blaming.
		"The on-call engineer should have checked the heat map.":   RuleCounterfactual,
		"We should've tested the LUT.":                             RuleCounterfactual,
		"The release shouldn't have gone out on a Friday.":         RuleCounterfactual,
		"The change ought to have been reviewed by brand.":         RuleCounterfactual,
		"The team could have noticed the drift earlier.":           RuleCounterfactual,
		"The root cause was human error.":                          RuleJudgement,
		"A careless merge of the LUT.":                             RuleJudgement,
		"It was the fault of the studio.":                          RuleJudgement,
		"The vendor is to blame.":                                  RuleJudgement,
		"Somebody forgot to run the validator.":                    RulePerson,
		"The developer failed to run the tests.":                   RulePerson,
		"The reviewer did not notice the cast.":                    RulePerson,
		"The admin misconfigured the encoder.":                     RulePerson,
		"The outage was caused by an engineer who pushed to main.": RulePerson,
		"The intern pushed the table.":                             RulePerson,
		"Our on-call ignored the first alert.":                     RulePerson,
		"The flag was forgotten in the new pipeline.":              RulePerson,
		"The drift was caused by Paul Martin.":                     RulePerson,
		"Should have tested it on a copy.":                         RuleCounterfactual,
		"Paul Martin deleted the reference images.":                RulePerson,
		"The table came from @paul, who never looked at it":        RulePerson,
		// French, blaming.
		"L’astreinte aurait dû couper la route plus tôt.":  RuleCounterfactual,
		"Nous aurions dû relire la LUT.":                   RuleCounterfactual,
		"La livraison n’aurait pas dû partir un vendredi.": RuleCounterfactual,
		"Il aurait fallu prévenir la marque.":              RuleCounterfactual,
		"L’équipe aurait pu remarquer la dérive.":          RuleCounterfactual,
		"Cause : erreur humaine.":                          RuleJudgement,
		"Une erreur d'inattention lors de la fusion.":      RuleJudgement,
		"Par négligence, la table n’a pas été validée.":    RuleJudgement,
		"Un manque de rigueur dans les revues.":            RuleJudgement,
		"C’est la faute du studio.":                        RuleJudgement,
		"Le développeur a oublié de lancer le contrôle.":   RulePerson,
		"Quelqu’un a oublié la validation.":                RulePerson,
		"L’équipe n’a pas vérifié les images.":             RulePerson,
		"La relectrice n’a rien remarqué.":                 RulePerson,
		"Le stagiaire a poussé la LUT.":                    RulePerson,
		"Le graphiste s’est trompé de profil.":             RulePerson,
		"L’opérateur a provoqué la dérive.":                RulePerson,
		"La validation a été oubliée.":                     RulePerson,
		"Martin a supprimé par erreur les références.":     RulePerson,
		// What happened, said of systems; denials; quotations; code.
		"The alert should have fired at 04:01.":                              "",
		"L’alerte aurait dû se déclencher à 04:01.":                          "",
		"The hook failed to stop the LUT.":                                   "",
		"The pods failed to start and they ignored the new limits.":          "",
		"The encoder did not read the profile.":                              "",
		"This could have caused a wider drift.":                              "",
		"There was no human error here.":                                     "",
		"This was not a human error but a missing check.":                    "",
		"Ce n’est pas une erreur humaine : le hook perd son code de retour.": "",
		"Aucune négligence : le contrôle n’existait pas.":                    "",
		"Sans faute de l’astreinte.":                                         "",
		"The ticket said “the intern forgot it”.":                            "",
		"Le ticket dit « erreur humaine ».":                                  "",
		"The log has `human error` in it.":                                   "",
		"> The vendor wrote: human error":                                    "",
		"L’astreinte stoppe la diffusion via règle CDN":                      "",
		"The on-call engineer disabled the route at 04:17.":                  "",
		"Paul Martin rolled the table back.":                                 "",
		"Elle a provoqué une dérive de 4 200 images.":                        "",
		"Le hook n’a pas vérifié le code de retour.":                         "",
		"We should have a gate for LUTs.":                                    "",
		"Each repository should have clear rules.":                           "",
		"Each LUT should be validated.":                                      "",
		"Documenter les étapes de revue":                                     "",
	} {
		if got, quote := blamed(t, sentence, paul); got != want {
			t.Errorf("%q: %q (%q), want %q", sentence, got, quote, want)
		}
	}
}

func TestNamesAmongTheCauses(t *testing.T) {
	t.Parallel()
	d := mustParse(t, strings.Replace(string(read(t, "reference.md")), "Échec du hook Git lors de la mise à jour LUT", "La LUT de Paul", 1))
	names := []Name{{"lead", "Paul Martin"}, {"sre", "SRE"}, {"brand", "Brand"}}
	found := Review(d, Facts{Names: names})
	var quotes []string
	for _, p := range found {
		if p.Rule == RulePerson {
			quotes = append(quotes, p.Quote)
		}
	}
	if len(quotes) != 1 || quotes[0] != "Paul" {
		t.Errorf("people among the causes: %q, want Paul", quotes)
	}
}

// TestOverrulingIsForTheseWords pins a problem to its sentence: another sentence is another problem, another place of the same is not.
func TestOverrulingIsForTheseWords(t *testing.T) {
	t.Parallel()
	pin := func(text string) string {
		for _, p := range Lint(mustParse(t, text)) {
			if p.Quote != "" {
				return p.Pin
			}
		}
		return ""
	}
	a, b := pin("## N\nA careless merge.\n"), pin("## N\nmore\n\nA careless merge.\n")
	if a == "" || a != b {
		t.Errorf("pins %q and %q of one sentence in two places", a, b)
	}
	if c := pin("## N\nA careless review.\n"); c == a {
		t.Error("another sentence has the same pin")
	}
}

// TestLintOnPublishedPostmortems counts what the rules of wording find in public postmortems. docs/postmortem.md says of each whether it is right.
func TestLintOnPublishedPostmortems(t *testing.T) {
	t.Parallel()
	hits := 0
	for _, file := range published(t) {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		im, err := Import(src, ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range Lint(im.Document) {
			if p.Quote != "" {
				hits++
				line := strings.Split(string(im.Document.Markdown(im.Document.Lang)), "\n")[p.Line-1]
				t.Logf("%s:%d %s %q\n\t%s", filepath.Base(file), p.Line, p.Rule, p.Quote, line)
			}
		}
	}
	if hits != 3 {
		t.Errorf("%d findings, want the 3 that docs/postmortem.md judges; run with -v to read them", hits)
	}
}

func TestContradictionsOfTheJournal(t *testing.T) {
	t.Parallel()
	w := analysed(t)
	now := w.draft("fr")
	facts := Facts{Incident: &w.inc, Written: &now}
	journal := func(d Document) (texts []string) {
		for _, p := range Review(d, facts) {
			if p.Rule == RuleJournal {
				texts = append(texts, p.Text.In(phrase.English))
			}
		}
		return texts
	}
	if got := journal(now); len(got) != 0 {
		t.Fatalf("the draft contradicts the journal: %q", got)
	}
	md := string(now.Markdown("fr"))
	for change, want := range map[[2]string]string{
		{"- Sévérité : S1", "- Sévérité : S2"}:                                         "Severity: the document says “S2”, the journal “S1”",
		{"2025-09-27 04:12 UTC\n- Sév", "2025-09-27 04:21 UTC\n- Sév"}:                 "Detected: the document says “2025-09-27 04:21 UTC”, the journal “2025-09-27 04:12 UTC”",
		{"| 04:17 | L’astreinte", "| 04:18 | L’astreinte"}:                             "the document says “04:18”, the journal “04:17”",
		{"| 04:31 | Analyse", "| 04:13 | Analyse"}:                                     "The row of 04:13 comes after that of 04:17",
		{"Impact : 4 200 images déviées", "Impact : 4 300 images déviées"}:             "“4 300 images”: the journal counts 4,200 images over budget of",
		{" — 2025-10-01\n", " — 2025-11-01\n"}:                                         "the document says “2025-11-01”, the journal “2025-10-01”",
		{"- [ ] Étendre", "- [x] Étendre"}:                                             "is ticked, but the action is open in the journal",
		{"- Images hors budget : 4 200", "- Images hors budget : 4 100"}:               "Images over budget: the document says “4 100”, the journal “4 200”",
		{"- Documenter les étapes de revue", "- ΔE00 médian de 7,3 pour 4 200 images"}: "Median ΔE00",
	} {
		if !strings.Contains(md, change[0]) {
			t.Fatalf("%q is not in the draft:\n%s", change[0], md)
		}
		got := strings.Join(journal(mustParse(t, strings.Replace(md, change[0], change[1], 1))), "\n")
		if !strings.Contains(got, want) {
			t.Errorf("%q: problems %q, want %q", change[1], got, want)
		}
	}
}
