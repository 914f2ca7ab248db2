package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
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
