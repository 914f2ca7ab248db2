package web

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// TestContainment: the page says what will happen, has one button, and follows what was decided.
func TestContainment(t *testing.T) {
	t.Parallel()
	m := tell(t, acknowledged)
	site := open(t, m)
	ana := site.as("ana")
	page := ana.get("/incidents/" + theIncident + "/contain").body
	for _, want := range []string{
		"https://img.example.org/shop/", "par cette route : 4 200, dont 4 197 avec", "Images sans référence : 3.", "shoes/new.jpg", "Livrées dans l’heure passée : au moins 1 240, d’après le journal de front et le journal de la passerelle",
		"front (nginx) demande à la passerelle avant chaque réponse", "Il ne sait pas oublier ce qu’il a gardé", "Désactiver shop",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the plan does not say %q", want)
		}
	}
	if n := strings.Count(page, `class="primary wide"`); n != 1 {
		t.Errorf("the page has %d first buttons, want one decision", n)
	}
	if page := site.as("vic").get("/incidents/" + theIncident + "/contain").body; strings.Contains(page, "/disable-route") {
		t.Error("a viewer is offered the button")
	}
	r := ana.act("disable-route", "route", "shop", "then", "contain")
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/incidents/"+theIncident+"/contain?route=shop" {
		t.Fatalf("disabling leads to %d %s", r.status, r.header.Get("Location"))
	}
	if page := ana.get("/incidents/" + theIncident + "/contain?route=shop").body; !strings.Contains(page, "Cette page se met à jour") || strings.Contains(page, "/disable-route") {
		t.Error("what was decided is not followed")
	}
	m.settle()
	live := ana.get("/incidents/" + theIncident + "/contain/live?route=shop").body
	if !strings.Contains(live, "C’est contenu") || !strings.Contains(live, "/undo") || strings.Contains(live, "<html") {
		t.Error("the live part does not say that it is contained")
	}
}

// TestContainAll: an incident on several routes is contained by one decision, and by no fewer proofs than it has routes.
func TestContainAll(t *testing.T) {
	t.Parallel()
	m := newMemory(t)
	id, err := m.open(people.Actor{ID: "u-oncall", Role: people.Responder}, incident.Opened{
		Severity: pipeline.S1, Pipeline: "catalogue", Routes: []string{"shop", "app"}, Title: "Both shops are orange", Policy: pipeline.DefaultPolicies()[pipeline.S1], OnCall: "u-oncall", Lead: "u-lead",
	})
	if err != nil {
		t.Fatal(err)
	}
	ana := open(t, m).as("ana")
	page := ana.get("/incidents/" + id + "/contain").body
	for _, want := range []string{"<h3>shop</h3>", "<h3>app</h3>", "https://img.example.org/app/", "Désactiver les 2 routes", `name="route" value="shop"`, `name="route" value="app"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the plan of all routes does not say %q", want)
		}
	}
	if n := strings.Count(page, `class="primary wide"`); n != 1 {
		t.Errorf("the page has %d first buttons, want one decision", n)
	}

	// What is under way is not said to be done; each has its own course, with its problem.
	do := func(by people.Actor, command any) {
		t.Helper()
		if err := m.Do(t.Context(), by, id, command); err != nil {
			t.Fatal(err)
		}
	}
	onCall, probe := people.Actor{ID: "u-oncall", Role: people.Responder}, incident.Probe{State: "disabled"}
	says := func(when string, wants ...string) {
		t.Helper()
		page := ana.get("/incidents/" + id + "/contain").body
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s, the page does not say %q", when, want)
			}
		}
	}
	do(onCall, incident.DisableRoutes{Routes: []string{"shop", "app"}})
	do(people.Monitor(), incident.RecordProbe{ID: "M1", Probe: probe})
	do(people.Monitor(), incident.Failed("M2", false, false, phrase.Errorf("edge.no-answer", phrase.Of("edge.the-edge"), errors.New("connection refused"))))
	const why = "le serveur frontal ne répond pas : connection refused"
	says("while one is under way", "pas encore prouvé pour app.", "?mitigation=M2", "<bdi>"+why+"</bdi>")
	if page := ana.get("/incidents/" + id).body; strings.Count(page, why) < 2 || strings.Contains(page, "the edge does not answer") {
		t.Error("the page and the timeline of the incident do not say the problem in the language of the reader")
	}
	if page := ana.get("/incidents/" + id + "/contain").body; strings.Contains(page, "Plus aucune route") {
		t.Error("a route that is under way is said not to be served any more")
	}
	do(people.Monitor(), incident.RecordFailure{ID: "M2", Final: true, Reason: "the edge is gone for good"})
	says("after it has failed", "Ce n’est pas fait.", `<bdi lang="en">the edge is gone for good</bdi>`, "Désactiver app")
	do(onCall, incident.DisableRoute{Route: "app"})
	do(people.Monitor(), incident.RecordProbe{ID: "M3", Probe: probe})
	says("when all is proven", "Plus aucune route de cet incident")

	// An undo that has failed is not a containment that has.
	do(onCall, incident.Undo{ID: "M3"})
	do(people.Monitor(), incident.RecordFailure{ID: "M3", Undo: true, Final: true, Reason: "the edge is gone again"})
	says("after an undo has failed", "sa levée a échoué", "Ce n’est pas levé.", `<details id="undo-M3">`)
	if page := ana.get("/incidents/" + id).body; !strings.Contains(page, "levée de « Désactivation de la route app »") {
		t.Error("the timeline does not say that the undo failed")
	}
}

// TestStandsAfterHeld: what was taken back while another mitigation held the same says so only as long as that one does.
func TestStandsAfterHeld(t *testing.T) {
	t.Parallel()
	at := func(minute int) *time.Time { x := night().Add(time.Duration(minute) * time.Minute); return &x }
	route := func(id string, status incident.MitigationStatus, undone *time.Time, sees string) incident.Mitigation {
		return incident.Mitigation{
			MitigationRequested: incident.MitigationRequested{ID: id, Kind: incident.KindDisableRoute, Route: "shop"},
			Status:              status, UndoneAt: undone, Probe: &incident.Probe{State: sees},
		}
	}
	first := route("M1", incident.IsUndone, at(1), "disabled")
	for _, row := range []struct {
		other incident.Mitigation
		want  string
	}{
		{route("M2", incident.IsProven, nil, "disabled"), "taken back; the route goes on serving references, since another mitigation holds it"},
		{route("M2", incident.IsUndoing, nil, "disabled"), "taken back; the route goes on serving references, since another mitigation holds it"},
		{route("M2", incident.IsUndone, at(2), "enabled"), "route restored"},
		{route("M2", incident.IsUndone, at(2), "disabled"), "taken back; another mitigation held the route at that time"},
		{route("M2", incident.IsRefused, nil, ""), "taken back; another mitigation held the route at that time"},
	} {
		s := incident.State{Mitigations: []incident.Mitigation{first, row.other}}
		if got := StandsText(s, first).In(phrase.English); got != row.want {
			t.Errorf("beside one that is %s it stands as %q, want %q", row.other.Status, got, row.want)
		}
	}
}

// TestContainImages: images are chosen, looked at and isolated as they were looked at.
func TestContainImages(t *testing.T) {
	t.Parallel()
	site := open(t, tell(t, acknowledged))
	ana := site.as("ana")
	if page := ana.get("/incidents/" + theIncident + "/contain?what=images").body; !strings.Contains(page, `name="over" value="yes" checked`) || strings.Contains(page, "/isolate") {
		t.Error("nothing is chosen yet, and something is offered")
	}
	const chosen = "/contain?what=images&model=sdxl&images=a.jpg%0Ab%2F"
	page := ana.get("/incidents/" + theIncident + chosen).body
	for _, want := range []string{"Images de catalogue qui quitteront la livraison : 3", "Déjà retirées : 1", "Images hors budget : 4", "Isoler ces images (3)", `name="model" value="sdxl"`, "a.jpg\nb/"} {
		if !strings.Contains(page, want) {
			t.Errorf("the plan does not say %q", want)
		}
	}
	r := ana.act("isolate", "model", "sdxl", "images", "a.jpg\r\nb/", "plan", strings.Repeat("ab", 32), "then", "isolate")
	if r.status != http.StatusSeeOther {
		t.Fatalf("isolating gives %d %s", r.status, sentence(r.body))
	}
	if page := ana.get(r.header.Get("Location")).body; !strings.Contains(page, "Images de catalogue isolées (3)") || !strings.Contains(page, "demandée") {
		t.Error("what was decided is not followed")
	}
}

// TestContainBack: the plan of a roll back is seen, in both languages, and carried out as it was seen.
func TestContainBack(t *testing.T) {
	t.Parallel()
	m := tell(t, acknowledged)
	site := open(t, m)
	ana := site.as("ana")
	page := ana.get("/incidents/" + theIncident + "/contain?what=back").body
	for _, want := range []string{
		"Images de catalogue qui redeviennent ce qu’elles étaient, à l’octet près : 4 190", "aucune bonne version n’est conservée : 10", "new/1.jpg", "Ramener ces images (4 190)",
		"les bonnes versions conservées", `value="git"`, "812",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the plan does not say %q", want)
		}
	}
	if n := strings.Count(page, `class="primary wide"`); n != 1 {
		t.Errorf("the page has %d first buttons, want one decision", n)
	}
	page = ana.get("/incidents/" + theIncident + "/contain?what=back&way=git").body
	for _, want := range []string{"Le commit cccccccccc (« The &lt;b&gt;season&#39;s&lt;/b&gt; look ») est annulé", "luts/season.cube", "15 min"} {
		if !strings.Contains(page, want) {
			t.Errorf("the plan of a revert does not say %q", want)
		}
	}
	if page := site.as("vic").get("/incidents/" + theIncident + "/contain?what=back").body; strings.Contains(page, "/roll-back") {
		t.Error("a viewer is offered the button")
	}
	r := ana.act("roll-back", "plan", strings.Repeat("b", 64), "way", "kept", "then", "back")
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/incidents/"+theIncident+"/contain?mitigation=last&what=back" {
		t.Fatalf("rolling back leads to %d %s", r.status, r.header.Get("Location"))
	}
	if page := ana.get(r.header.Get("Location")).body; !strings.Contains(page, "Images de catalogue ramenées à une bonne version (4 190)") || !strings.Contains(page, "demandée") {
		t.Error("what was decided is not followed")
	}
}

// TestPlanCaches: what a purge and a no-store would change is seen, in both languages, before the one button.
func TestPlanCaches(t *testing.T) {
	t.Parallel()
	m := tell(t, acknowledged)
	site := open(t, m)
	ana := site.as("ana")
	at := "/incidents/" + theIncident + "/contain?what="
	for path, wants := range map[string][]string{
		"purge&lang=fr": {
			"Les caches oublient, une fois, tout ce qui est sous https://img.example.org/shop/", "Images de l’origine concernées : 4 200", "au moins 1 240", "Cela ne contient rien",
			"front (nginx) oublie toute la route d’un coup", "cdn (fastly) oublie toute la route, par étiquette. Ce qu’il a gardé sans passer par la passerelle",
			"own (command) est averti", "lb (haproxy) ne garde rien", "old (x) garde des images et ne sait pas les oublier", "Vider les caches de shop", `action="/incidents/` + theIncident + `/purge"`,
		},
		"purge&lang=en&route=shop&paths=a.jpg%0Ab.jpg&tags=t": {
			"what is named here of https://img.example.org/shop/", "Paths (2): a.jpg, b.jpg.", "Tags (1): t.", "Paths that are named and that the origin does not have: 1", "forgets only what is named, by tag and by path",
			"Less than the route it cannot", "name=\"paths\" value=\"a.jpg\nb.jpg\"",
		},
		"no-store&lang=fr&hours=4": {"n’en gardent rien jusqu’au", "(4 h)", "chaque demande arrive jusqu’à la passerelle", "prend chaque image à la passerelle", `name="hours" value="4"`, "Empêcher les caches de garder shop (4 h)"},
		"no-store&lang=en":         {"store nothing of it until", "the images that are meant cannot be counted", "Then it is told to send the route to the gateway", "by tag and by prefix"},
	} {
		page := ana.get(at + path).body
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the plan does not say %q", path, want)
			}
		}
		if n := strings.Count(page, `class="primary wide"`); n != 1 {
			t.Errorf("%s has %d first buttons, want one decision", path, n)
		}
	}
	ana.get("/?lang=fr")
	for _, verb := range []string{"purge", "no-store"} {
		if page := site.as("vic").get(at + verb).body; strings.Contains(page, theIncident+"/"+verb+`"`) || !strings.Contains(page, "Cela ne contient rien") {
			t.Errorf("a viewer of a %s is offered the button, or does not see the plan", verb)
		}
		r := ana.act(verb, "route", "shop", "hours", "2", "then", verb)
		if to := r.header.Get("Location"); r.status != http.StatusSeeOther || to != "/incidents/"+theIncident+"/contain?mitigation=last&what="+verb {
			t.Fatalf("%s leads to %d %s", verb, r.status, to)
		}
		for _, followed := range []string{"&mitigation=last", "&route=shop", ""} {
			if page := ana.get(at + verb + followed).body; !strings.Contains(page, "Cette page se met à jour") {
				t.Errorf("%s%s: what was decided is not followed", verb, followed)
			}
		}
		m.settle()
		page := ana.get(at + verb).body
		if again := strings.Contains(page, theIncident+"/"+verb+`"`); again != (verb == "purge") {
			t.Errorf("after its proof a %s is offered again: %v", verb, again)
		}
	}
	if r := ana.get(at + "purge&route=shop&paths=../a"); r.status != http.StatusBadRequest && r.status != http.StatusUnprocessableEntity {
		t.Errorf("what cannot be named gives %d", r.status)
	}
	for path, want := range map[string]int{
		"purge?route=shop&path=a.jpg&path=b.jpg&tag=t": 200, "no-store?route=shop&for=90m": 200, "no-store?route=shop": 200, "no-store?route=shop&for=soon": 422, "purge": 422,
	} {
		r := ana.get("/api/v1/incidents/" + theIncident + "/plans/" + path)
		if r.status != want || want == 200 && !strings.Contains(r.body, `"recentlyDeliveredAtLeast":true`) {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
}

func TestSelection(t *testing.T) {
	t.Parallel()
	digest := strings.Repeat("0f", 32)
	s := SelectionOf(" a.jpg \n\n" + digest + "\nshoes/\n")
	if strings.Join(s.Paths, " ") != "a.jpg shoes/" || strings.Join(s.Digests, " ") != digest {
		t.Errorf("read %+v", s)
	}
	if got := s.String(); got != "a.jpg and 1 more, "+digest {
		t.Errorf("it is kept as %q", got)
	}
	if err := (Selection{Paths: make([]string, maxNamed+1)}).Check(); err == nil {
		t.Error("too many paths are taken")
	}
}

// TestSecondPersonSeesThePlan: whoever agrees to a containment reads on the same page what it will change; whoever asked for it waits.
func TestSecondPersonSeesThePlan(t *testing.T) {
	t.Parallel()
	m := newMemory(t)
	policy := pipeline.DefaultPolicies()[pipeline.S1]
	policy.ApproveContainment = true
	id, err := m.open(people.Actor{ID: "u-oncall", Role: people.Responder}, incident.Opened{
		Severity: pipeline.S1, Pipeline: "catalogue", Routes: []string{"shop"}, Title: "The shop is orange", Policy: policy, OnCall: "u-oncall", Lead: "u-lead",
	})
	if err != nil {
		t.Fatal(err)
	}
	ana := people.Actor{ID: "u-oncall", Role: people.Responder}
	if err := m.Do(t.Context(), ana, id, incident.DisableRoute{Route: "shop", Reason: "the reds are orange"}); err != nil {
		t.Fatal(err)
	}
	images := incident.ImageList{Pipeline: "catalogue", Count: 7, SHA256: strings.Repeat("a", 64), Chosen: "over budget", Whole: true}
	if err := m.Do(t.Context(), ana, id, incident.Isolate{Images: images}); err != nil {
		t.Fatal(err)
	}
	site := open(t, m)
	for query, wants := range map[string][]string{
		"route=shop":    {"https://img.example.org/shop/", "4 200", "the reds are orange", "C’est réversible"},
		"mitigation=M2": {"Images de catalogue qui quitteront la livraison : 7", "toutes les images hors budget"},
	} {
		page := site.as("paul").get("/incidents/" + id + "/contain?" + query).body
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s: whoever agrees does not read %q", query, want)
			}
		}
		if !strings.Contains(page, "/approve-mitigation") || strings.Contains(site.as("ana").get("/incidents/"+id+"/contain?"+query).body, "/approve-mitigation") {
			t.Errorf("%s: the button is not that of the second person alone", query)
		}
	}
}
