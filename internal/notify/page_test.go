package notify

import (
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
)

func page() PageFacts {
	return PageFacts{
		Incident: "PM-2025-09-27-01", Title: "Dérive couleur marque (catalogue)", Severity: "S1", Pipeline: "catalogue", DetectedAt: night,
		Purpose: string(incident.ToAcknowledge), Runbook: "https://runbooks/ui/color-drift", Link: "http://127.0.0.1:8321/incidents/PM-2025-09-27-01",
	}
}

func TestPageMessage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		lang          phrase.Lang
		subject, text string
	}{
		{phrase.French, "S1 PM-2025-09-27-01 à prendre en charge : Dérive couleur marque (catalogue)", `L’incident S1 PM-2025-09-27-01 attend votre prise en charge.

Ce qui s’est passé : Dérive couleur marque (catalogue)
Pipeline : catalogue
Depuis : 2025-09-27 04:12 UTC

Et maintenant :
  Prenez l’incident en charge : safelight incident ack PM-2025-09-27-01
  Runbook : https://runbooks/ui/color-drift
  Page : http://127.0.0.1:8321/incidents/PM-2025-09-27-01
`},
		{phrase.English, "S1 PM-2025-09-27-01 to acknowledge: Dérive couleur marque (catalogue)", `Incident S1 PM-2025-09-27-01 is waiting for you to acknowledge it.

What happened: Dérive couleur marque (catalogue)
Pipeline: catalogue
Since: 2025-09-27 04:12 UTC

What to do next:
  Acknowledge the incident: safelight incident ack PM-2025-09-27-01
  Runbook: https://runbooks/ui/color-drift
  Page: http://127.0.0.1:8321/incidents/PM-2025-09-27-01
`},
	} {
		subject, text := PageMessage(test.lang, page())
		if subject != test.subject || text != test.text {
			t.Errorf("%s: page is\n%s\n\n%s\nwant\n%s\n\n%s", test.lang, subject, text, test.subject, test.text)
		}
	}
}

// TestPurposes: each purpose says what it wants in both languages.
func TestPurposes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		purpose incident.Purpose
		clock   incident.ClockName
		fr, en  []string // in subject and text
	}{
		{incident.ToAcknowledge, "", []string{"à prendre en charge", "incident ack PM"}, []string{"to acknowledge", "incident ack PM"}},
		{incident.ToLead, "", []string{"vous est confié", "Acceptez ou refusez"}, []string{"handed over to you", "Accept or refuse"}},
		{incident.AtRisk, incident.ClockContain, []string{"« contenir » en danger", "trois quarts", "incident contain PM"}, []string{"“contain” at risk", "three quarters", "incident contain PM"}},
		{incident.Breached, incident.ClockContain, []string{"« contenir » dépassée", "est dépassé", "incident contain PM"}, []string{"“contain” breached", "is over", "incident contain PM"}},
		{incident.AtRisk, incident.ClockPublish, []string{"« publier »", "faites-le approuver"}, []string{"“publish”", "have it approved"}},
		{incident.Breached, incident.ClockPrevent, []string{"« prévenir »", "garde-fou"}, []string{"“prevent”", "guard"}},
		{incident.Breached, incident.ClockLegal, []string{"« notifier l’autorité »", "Notifiez l’autorité"}, []string{"“notify the authority”", "Notify the authority"}},
		{incident.Breached, "nap", []string{"« nap »", "Page : http"}, []string{"“nap”", "Page: http"}},
		{incident.EdgeFailed, "", []string{"non aboutie", "la sonde ne le prouve pas"}, []string{"was not changed", "probe does not prove it"}},
		{incident.HarmAgain, "", []string{"de nouveau diffusées", "incident contain PM"}, []string{"delivered again", "incident contain PM"}},
		{"newer", "", []string{"demande votre attention", "Page : http"}, []string{"needs your attention", "Page: http"}},
		{"", "", []string{"demande votre attention"}, []string{"needs your attention"}},
	} {
		f := page()
		f.Purpose, f.Clock = string(test.purpose), string(test.clock)
		for lang, want := range map[phrase.Lang][]string{phrase.French: test.fr, phrase.English: test.en} {
			subject, text := PageMessage(lang, f)
			checkSentences(t, subject, text, append(want, "S1 PM-2025-09-27-01", "04:12 UTC", f.Title))
		}
	}
}

func checkSentences(t *testing.T, subject, text string, want []string) {
	t.Helper()
	all := subject + "\n" + text
	for _, w := range want {
		if !strings.Contains(all, w) {
			t.Errorf("%q is missing in\n%s", w, all)
		}
	}
	if strings.ContainsAny(subject, "\r\n") || strings.Contains(all, "!message") || strings.Contains(all, "%!") || strings.Contains(all, "%[") {
		t.Errorf("a sentence is not whole:\n%s", all)
	}
	if len([]rune(subject)) > maxSubject {
		t.Errorf("a subject of %d characters would be cut: %s", len([]rune(subject)), subject)
	}
}

// TestPageKeepsItsLines: what people wrote cannot add lines to a page.
func TestPageKeepsItsLines(t *testing.T) {
	t.Parallel()
	_, plain := PageMessage(phrase.English, page())
	f := page()
	evil := "x\r\nWhat to do next:\n  safelight incident close\x1b[2J" + strings.Repeat("é", 1000)
	f.Incident, f.Title, f.Severity, f.Pipeline, f.Runbook, f.Link = evil, evil, evil, evil, evil, evil
	subject, text := PageMessage(phrase.English, f)
	if got, want := strings.Count(text, "\n"), strings.Count(plain, "\n"); got != want || strings.ContainsAny(subject+text, "\r\x1b") {
		t.Errorf("the page has %d lines, want %d:\n%s", got, want, text)
	}
}

func TestPageWithLittle(t *testing.T) {
	t.Parallel()
	subject, text := PageMessage(phrase.English, PageFacts{Incident: "PM-1", Purpose: string(incident.ToAcknowledge)})
	want := "Incident PM-1 is waiting for you to acknowledge it.\n\nWhat to do next:\n  Acknowledge the incident: safelight incident ack PM-1\n"
	if text != want || subject != "PM-1 to acknowledge" {
		t.Errorf("page is %q\n%s\nwant\n%s", subject, text, want)
	}
}

func TestInformMessage(t *testing.T) {
	t.Parallel()
	f := InformFacts{
		Incident: "PM-2025-09-27-01", Title: "Dérive couleur marque (catalogue)", Severity: "S1", Pipeline: "catalogue", DetectedAt: night,
		What: "update", Stakeholders: []string{"Marketing", "Legal", "SRE"}, Link: "http://127.0.0.1:8321/incidents/PM-2025-09-27-01",
		Situation: "4 200 images touchées.\nCause : LUT.", Mitigation: "Route désactivée.", Next: "Corriger la LUT.",
	}
	subject, text := InformMessage(phrase.French, f)
	want := `Point de situation de l’incident S1 PM-2025-09-27-01 pour le Control Board.

Situation : 4 200 images touchées.
    Cause : LUT.
Mitigation en place : Route désactivée.
Prochaine étape : Corriger la LUT.

Ce qui s’est passé : Dérive couleur marque (catalogue)
Pipeline : catalogue
Depuis : 2025-09-27 04:12 UTC
Parties prenantes : Marketing, Legal, SRE

Et maintenant :
  Confirmez que vous avez lu ce point.
  Page : http://127.0.0.1:8321/incidents/PM-2025-09-27-01
`
	if wantSubject := "S1 PM-2025-09-27-01, point de situation : Dérive couleur marque (catalogue)"; subject != wantSubject || text != want {
		t.Errorf("message is\n%s\n\n%s\nwant\n%s\n\n%s", subject, text, wantSubject, want)
	}
}

func TestInformWithLittle(t *testing.T) {
	t.Parallel()
	subject, text := InformMessage(phrase.French, InformFacts{Incident: "PM-1", What: "opened"})
	want := "L’incident PM-1 est ouvert.\n\nEt maintenant :\n  Rien n’est attendu de vous pour l’instant.\n"
	if subject != "PM-1 ouvert" || text != want {
		t.Errorf("message is %q\n%s\nwant\n%s", subject, text, want)
	}
}

// TestKindsOfInform: each kind says what happened in both languages.
func TestKindsOfInform(t *testing.T) {
	t.Parallel()
	for what, want := range map[string][2][]string{
		"opened":    {{"ouvert :", "est ouvert.", "Rien n’est attendu"}, {"opened:", "is open.", "Nothing is asked"}},
		"update":    {{"point de situation", "vous avez lu"}, {"status update", "have read"}},
		"published": {{"postmortem publié", "est publié."}, {"postmortem published", "is published."}},
		"newer":     {{"Des nouvelles"}, {"News of"}},
	} {
		f := InformFacts{Incident: "PM-2025-09-27-01", Title: "Dérive", Severity: "S1", DetectedAt: night, What: what, Link: "http://x"}
		for i, lang := range phrase.Langs() {
			subject, text := InformMessage(lang, f)
			checkSentences(t, subject, text, append(want[i], "S1 PM-2025-09-27-01", "04:12 UTC", "http://x"))
			if strings.Contains(text, "\n\n\n") {
				t.Errorf("two empty lines in\n%s", text)
			}
		}
	}
}
