package web

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/lesson"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/retrospective"
)

// chapter is a moment of the reference incident.
type chapter int

const (
	calm chapter = iota
	detected
	acknowledged
	requested // the route is being disabled
	contained
	measured
	analysed
	drafted
	submitted
	published
	resolved
	restored
	closed
)

const theIncident = "PM-2025-09-27-01"

// tell plays the reference incident up to a chapter.
func tell(t testing.TB, until chapter) *memory {
	t.Helper()
	m := newMemory(t)
	for i, c := range []func(*memory){detect, take, ask, prove, gauge, analyse, write, handIn, agree, repair, restore, end} {
		if chapter(i) < until {
			c(m)
		}
	}
	return m
}

// do carries out a command that must be possible, some time after detection.
func (m *memory) do(after time.Duration, login string, command any) {
	m.t.Helper()
	m.now = night().Add(after)
	by := people.Monitor()
	for _, p := range testPeople() {
		if p.Login == login {
			by = p.Actor()
		}
	}
	if err := Perform(context.Background(), m, by, theIncident, command); err != nil {
		m.t.Fatalf("%T by %s: %v", command, login, err)
	}
}

func detect(m *memory) {
	active := night().Add(-10 * time.Minute)
	_, err := m.open(people.Monitor(), incident.Opened{
		Severity: pipeline.S1, Pipeline: "catalogue", Class: pipeline.Product, Routes: []string{"shop"}, Rule: "deltaE-spike",
		Title: "Dérive couleur marque (catalogue)", Runbook: "https://runbooks/ui/color-drift", ActiveAt: &active, ColourDrift: true,
		Policy: pipeline.DefaultPolicies()[pipeline.S1], OnCall: "u-oncall", Lead: "u-lead", Admins: []people.ID{"u-admin"},
		Stakeholders: []string{"Marketing", "Legal", "SRE"}, Duty: people.MonitorBot,
	})
	if err != nil {
		m.t.Fatal(err)
	}
	m.now = night().Add(70 * time.Second)
}

func take(m *memory) {
	m.settle()
	m.do(2*time.Minute, "ana", incident.Acknowledge{})
	m.settle()
}

func ask(m *memory) {
	m.do(3*time.Minute, "paul", incident.AnswerLead{Accept: true})
	m.do(5*time.Minute, "ana", incident.DisableRoute{Route: "shop", Reason: "toutes les fiches produit dévient"})
}

func prove(m *memory) { m.settle() }

func gauge(m *memory) {
	m.do(7*time.Minute, "paul", incident.SendUpdate{
		Situation: "Les rouges de la marque tirent vers l’orange.", Mitigation: "Route shop désactivée, la référence est servie.", Next: "Mesurer l’impact, trouver le LUT fautif.",
	})
	m.do(9*time.Minute, "bea", incident.SeeUpdate{Number: 1})
	m.do(10*time.Minute, "ana", FileImpact{})
}

func analyse(m *memory) {
	m.do(19*time.Minute, "ana", incident.CompleteAnalysis{Text: "Toutes les images passées par le LUT v2."})
	for path, text := range map[string]string{"git/hook.log": "[04:00] validator: REJECT\nhook: exit status 0\n"} {
		m.do(20*time.Minute, "paul", AddEvidence{Path: path, Kind: postmortem.HookLog, Source: "dépôt des LUT", Data: []byte(text)})
	}
	for kind, text := range map[postmortem.CauseKind]string{
		postmortem.Direct:       "Échec du hook Git lors de la mise à jour LUT",
		postmortem.Contributing: "lacune de tests CI",
		postmortem.Systemic:     "CODEOWNERS n’exige pas d’approbateur marque",
	} {
		id := map[postmortem.CauseKind]string{postmortem.Direct: "C1", postmortem.Contributing: "C2", postmortem.Systemic: "C3"}[kind]
		m.do(30*time.Minute, "paul", postmortem.SetCause{CauseFields: postmortem.CauseFields{
			ID: id, Kind: kind, Domain: postmortem.Operations, Text: text, Evidence: []string{"git/hook.log"},
		}})
	}
	m.do(31*time.Minute, "paul", postmortem.LinkCauses{From: "C2", To: "C1"})
	m.do(31*time.Minute, "paul", postmortem.SetWhy{WhyFields: postmortem.WhyFields{Level: 1, Question: "Pourquoi les rouges dévient-ils ?", Answer: "Le LUT v2 décale la teinte."}})
	m.do(32*time.Minute, "paul", postmortem.StateHypothesis{HypothesisFields: postmortem.HypothesisFields{
		Text: "Le LUT v2 seul produit la dérive.", Cause: "C1", RefutedIf: "rejoué sur les références, il ne donne pas les images livrées",
	}})
	m.do(33*time.Minute, "paul", postmortem.RecordTest{TestFields: postmortem.TestFields{
		Hypothesis: "H1", Method: "LUT rejoué sur 60 références", Result: postmortem.Confirmed,
		Numbers: []postmortem.Number{{Name: "ΔE00 médian", Value: 0.31, Unit: "ΔE00"}},
	}})
	m.do(34*time.Minute, "paul", prevention.AddAction{
		Title: "Ajouter une validation ΔE dans `scripts/validate-lut.mjs`", Domain: postmortem.Operations, Owner: "u-lead",
		Due: "2025-10-01", Impact: prevention.Large, Effort: prevention.Small,
	})
	m.do(35*time.Minute, "paul", postmortem.AddLesson{LessonFields: postmortem.LessonFields{Text: "Documenter les étapes de revue", Link: "https://wiki/review"}})
	m.do(36*time.Minute, "paul", lesson.Address{Addressed: lesson.Addressed{Lesson: 1, Audience: lesson.Audience{Roles: []people.Role{people.Responder}, Domains: []people.Domain{people.Brand}}}})
	m.do(36*time.Minute, "paul", lesson.SetChange{ChangeFields: lesson.ChangeFields{Lesson: 1, Kind: lesson.Governance, Title: "Guide de revue", Owner: "u-view", Due: "2025-10-01"}})
}

func write(m *memory) {
	m.do(4*time.Hour, "bea", lesson.Acknowledge{Acknowledged: lesson.Acknowledged{Lesson: 1}})
	m.do(4*time.Hour, "vic", lesson.FinishChange{ID: "K1", Link: "https://wiki/review"})
	m.do(5*time.Hour, "paul", DraftPostmortem{})
}

func handIn(m *memory) {
	c, err := m.Case(context.Background(), theIncident)
	if err != nil {
		m.t.Fatal(err)
	}
	m.do(6*time.Hour, "paul", postmortem.Submit{SHA256: c.Analysis.SHA256})
}

func agree(m *memory) {
	c, err := m.Case(context.Background(), theIncident)
	if err != nil {
		m.t.Fatal(err)
	}
	m.do(25*time.Hour, "bea", postmortem.AddComment{Section: postmortem.FieldRCA, Text: "Quels rouges ?"})
	m.do(26*time.Hour, "bea", postmortem.Approve{SHA256: c.Analysis.SHA256})
	m.do(30*time.Hour, "sam", postmortem.Approve{SHA256: c.Analysis.SHA256})
	m.settle()
}

func repair(m *memory) {
	m.do(31*time.Hour, "ana", incident.Resolve{Text: "Le LUT v1 est de retour."})
}

func restore(m *memory) {
	m.do(32*time.Hour, "paul", retrospective.Schedule{ScheduleFields: retrospective.ScheduleFields{At: night().Add(32 * time.Hour), Facilitator: "u-lead", Invited: []people.ID{"u-oncall", "u-brand"}, Place: "salle 3"}})
	m.do(32*time.Hour, "ana", incident.Undo{ID: "M1"})
	m.settle()
}

func end(m *memory) {
	m.do(33*time.Hour, "paul", incident.Close{})
}

// sample is one page as one person sees it at one moment.
type sample struct {
	name  string
	at    chapter
	login string // empty: a visitor
	path  string
	has   []string // texts that must stand there, in French
	lacks []string
}

func gallery() []sample {
	one := "/incidents/" + theIncident
	return []sample{
		{"sign-in", calm, "", "/sign-in", []string{"Mot de passe"}, []string{"Déclarer"}},
		{"acks", detected, "", "/ack/all/" + theLink, []string{"Je prends tout en charge (1)", theIncident, "Ada l’a pris en charge"}, nil},
		{"ack", detected, "", "/ack/" + theLink, []string{"Je prends l’incident en charge", theIncident}, nil},
		{"seen", analysed, "", "/seen/" + theLink, []string{"J’ai lu ce point", theIncident}, nil},
		{"calm", calm, "ana", "/incidents", []string{"Rien en cours", "Déclarer un incident"}, nil},
		{"list", detected, "vic", "/incidents", []string{theIncident, "Dérive couleur marque", "S1", "détecté", "contenir"}, []string{"Déclarer un incident"}},
		{"declare", calm, "ana", "/incidents/new", []string{"Pipeline", "heroes", "fuite ou non-conformité"}, nil},
		{"04:12", detected, "ana", one, []string{"Prendre en charge", "reste 28 min 50 s", "deltaE", "Astreinte : Ana Lopez", "Effets en route"}, nil},
		{"04:12 seen by a viewer", detected, "vic", one, []string{"Prendre en charge", "Attendu de : On-call"}, []string{"<button class=\"primary", "Noter dans la timeline"}},
		{"asked to lead", acknowledged, "paul", one, []string{"Accepter de mener le postmortem", "Refuser, avec la raison"}, nil},
		{"to contain", acknowledged, "ana", one, []string{"Désactiver la route shop", "Leader demandé : Paul Martin"}, nil},
		{"probe awaited", requested, "ana", one, []string{"la sonde répond dans un instant", "demandée"}, nil},
		{"contained", contained, "ana", one, []string{"tenue en 5 min", "HTTP 200", "no-store", "Mesurer et déposer", "Rétablir la route"}, nil},
		{"analysed", analysed, "paul", one, []string{"4 200", "Carte de chaleur", "Échec du hook Git", "confirmée", "Lu par Béa Roy", "Écrire le brouillon"}, nil},
		{"drafted", drafted, "paul", one, []string{"Soumettre au Control Board", "en rédaction", "Empreinte du contenu"}, []string{"Approuver la révision"}},
		{"submitted, to a board member", submitted, "bea", one, []string{"Relire et approuver", "Approuver la révision 1", "marque, SRE", "Demander des changements"}, []string{"Modifier le document"}},
		{"submitted, to its author", submitted, "paul", one, []string{"Modifier le document", "Attendu de : Control Board"}, []string{"Approuver la révision"}},
		{"published", published, "paul", one, []string{"Révision 1 publiée", "Dire la cause levée"}, nil},
		{"to restore", resolved, "paul", one, []string{"Rétablir la route shop", "Rouvrir l’incident"}, []string{"Clore l’incident"}},
		{"to close", restored, "paul", one, []string{"Clore l’incident", "rétablie"}, nil},
		{"closed", closed, "ana", one, []string{"L’incident est clos", "Clos 2025-09-28"}, []string{"Noter dans la timeline", "Envoyer un point"}},
		{"publications", published, "vic", "/postmortems", []string{theIncident, "reports.csv", "révision 1"}, nil},
		{"no publications", calm, "vic", "/postmortems", []string{"Aucun postmortem"}, nil},
		{"publication", published, "vic", "/postmortems/" + theIncident, []string{"4 200 images déviées", "JSON", "☐"}, nil},
		{"knowledge", closed, "vic", "/knowledge", []string{"Base de connaissances", theIncident, "Trimestre"}, nil},
		{"lessons", drafted, "ana", "/lessons", []string{"À lire par vous", "Documenter les étapes de revue", "J’ai lu et compris", "comprise par 1", "https://wiki/review"}, nil},
		{"lessons of an owner", analysed, "vic", "/lessons", []string{"Guide de revue", "2025-10-01", "Dire où elle se trouve"}, []string{"J’ai lu et compris"}},
		{"retrospective due", resolved, "paul", one, []string{"Rétrospective sans blâme", "à tenir avant le", "Fixer la date"}, nil},
		{"retrospectives", restored, "ana", "/retrospectives", []string{"Rétrospectives sans blâme", "prévue le 2025-09-28 12:12 UTC", "salle 3", "vous y êtes"}, nil},
		{"no retrospectives", calm, "vic", "/retrospectives", []string{"Aucune rétrospective n’est attendue"}, nil},
		{"no lessons", calm, "vic", "/lessons", []string{"Aucune leçon"}, nil},
		{"nothing known", calm, "vic", "/knowledge", []string{"Aucun incident n’a encore eu lieu"}, nil},
		{"kpis", closed, "vic", "/kpis", []string{"n = 1", "100 %", "kpis.csv"}, nil},
		{"no such page", calm, "vic", "/nothing", []string{"Cette page n’existe pas"}, nil},
		{"no such incident", calm, "vic", "/incidents/PM-2020-01-01-01", []string{"Introuvable"}, nil},
		{"may not declare", calm, "vic", "/incidents/new", []string{"Votre rôle ne permet pas"}, nil},
	}
}

func TestGalleryTellsWhatItShould(t *testing.T) {
	t.Parallel()
	for _, p := range gallery() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			site := open(t, tell(t, p.at))
			page := site.as(p.login).get(p.path).body
			for _, text := range p.has {
				if !strings.Contains(page, text) {
					t.Errorf("%s lacks %q", p.path, text)
				}
			}
			for _, text := range p.lacks {
				if strings.Contains(page, text) {
					t.Errorf("%s shows %q, which does not concern %s", p.path, text, p.login)
				}
			}
		})
	}
}
