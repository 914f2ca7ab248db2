package demo_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/demo"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// studio is a house with the reference incident's pipeline: a repository with its hook, references, deliveries, a remote.
type studio struct {
	*house
	repo    *demo.PipelineRepo
	recipes demo.Recipes
	remote  string
}

const (
	studioImages = 24
	studioSize   = 256
)

// newStudio makes the house in real time: nothing is replayed, the clocks of the incident run.
func newStudio(t *testing.T) *studio {
	t.Helper()
	s := &studio{house: &house{t: t, dir: t.TempDir(), tokens: map[string]string{}}, remote: filepath.Join(t.TempDir(), "postmortems.git")}
	if out, err := exec.Command("git", "init", "-q", "--bare", "-b", "main", s.remote).CombinedOutput(); err != nil {
		t.Fatalf("make the remote: %v\n%s", err, out)
	}
	gateway := freeAddress(t)
	s.write("safelight.yaml", fmt.Sprintf(`
language: fr
serve: {listen: %q}
pipelines:
  catalogue: {reference: reference, delivered: delivered, class: product, routes: [catalogue], stakeholders: [Marketing, Legal, SRE], lead: paul}
gateway:
  listen: %q
  routes: {catalogue: {prefix: /catalogue/, origin: delivered, fallback: reference}}
palette: [{name: brand red, hex: %q}, {name: brand teal, hex: %q}, {name: brand sand, hex: %q}]
alertRules:
  - name: deltaE-spike
    expr: sum(rate(image_delta_e_over_threshold_total[5m])) by (pipeline) > 0
    labels: {severity: S1}
    annotations: {summary_fr: "Dérive couleur marque ({{ $labels.pipeline }})", summary: "Brand colour drifts ({{ $labels.pipeline }})"}
severities:
  S1: {page: [on-call], ackWithin: 5m, containment: suggested, contain: 30m, handOver: true, publish: 48h, board: {domains: [brand, legal, SRE]}, postmortem: true}
onCall: {rotation: {members: [nora], handOff: monday 09:00, every: weekly, timeZone: Europe/Paris, start: "2025-01-06"}}
git: {name: Safelight, email: safelight@oree.example, remote: {url: %q, drafts: true}}
evidence:
  git: {look: {repository: pipeline, paths: [luts, hooks], files: [.ci.yml, CODEOWNERS]}}
  commands: {hook: {run: [cat, pipeline/.git/lut-hook.log], kind: hook-log}}
`, freeAddress(t), gateway, demo.BrandRed, demo.BrandTeal, demo.BrandSand, s.remote))
	var err error
	if s.recipes, err = demo.NewRecipes(); err != nil {
		t.Fatal(err)
	}
	if s.repo, err = demo.BuildPipelineRepo(t.Context(), demo.PipelineOptions{
		Dir: filepath.Join(s.dir, "pipeline"), Validator: safelight(t), Look: s.recipes.Good.LUT, Night: time.Now(),
	}); err != nil {
		t.Fatal(err)
	}
	s.draw()
	s.deliver(s.recipes.Good)
	for _, p := range [][]string{
		{"ada", "administrator", "", "Ada Morel"}, {"nora", "responder", "", "Nora Lindqvist"}, {"paul", "lead", "", "Paul Okafor"},
		{"claire", "board", "brand", "Claire Dubois"}, {"lena", "board", "legal", "Lena Brandt"}, {"sven", "board", "SRE", "Sven Aalto"},
	} {
		args := []string{"user", "add", p[0], "--role", p[1], "--name", p[3], "--password-stdin"}
		if p[2] != "" {
			args = append(args, "--domain", p[2])
		}
		s.run(password+"\n", args...)
	}
	var token struct{ Token string }
	if err := json.Unmarshal(s.run("", "user", "token", "nora", "--name", "pipeline", "--json"), &token); err != nil {
		t.Fatal(err)
	}
	s.tokens["nora"] = token.Token
	s.start("gateway").wait(t, "http://"+gateway+"/-/ready")
	return s
}

// draw makes the references.
func (s *studio) draw() {
	s.t.Helper()
	renderer, err := demo.NewRenderer(20250927, studioSize)
	if err != nil {
		s.t.Fatal(err)
	}
	encoder, drawn := demo.NewEncoder(studioSize), make([]uint8, 3*studioSize*studioSize)
	for i := range studioImages {
		renderer.Render(i, drawn)
		file, err := encoder.Append(nil, drawn, demo.Quality)
		if err != nil {
			s.t.Fatal(err)
		}
		s.write(fmt.Sprintf("reference/%02d.jpg", i), string(file))
	}
}

// deliver makes every image from its reference.
func (s *studio) deliver(by demo.Recipe) {
	s.t.Helper()
	encoder, decoded := demo.NewEncoder(studioSize), make([]uint8, 3*studioSize*studioSize)
	for i := range studioImages {
		name := fmt.Sprintf("%02d.jpg", i)
		file, err := os.ReadFile(filepath.Join(s.dir, "reference", name))
		if err == nil {
			err = encoder.Pixels(decoded, file)
		}
		if err == nil {
			file, err = encoder.Deliver(nil, decoded, by)
		}
		if err != nil {
			s.t.Fatal(err)
		}
		s.write("delivered/"+name, string(file))
	}
}

// begin has the pipeline say by which look a run works.
func (s *studio) begin(run, look string) {
	s.t.Helper()
	if code := s.call("nora", "POST", "/pipelines/catalogue/runs", fmt.Sprintf(`{"run":%q,"lut":%q}`, run, look), nil); code/100 != 2 {
		s.t.Fatalf("begin the run %s: %d", run, code)
	}
}

// send fills in a form by the names of its fields and presses its button, with what it stands in opened first.
func (b *browser) send(form string, values map[string]string) {
	b.t.Helper()
	text, err := json.Marshal(values)
	if err != nil {
		b.t.Fatal(err)
	}
	if problem := value[string](b, fmt.Sprintf(`((form, values) => {
		if (!form) return "no such form";
		for (let e = form; e; e = e.parentElement) if (e.tagName == "DETAILS") e.open = true;
		for (const [name, value] of Object.entries(values ?? {})) {
			const field = form.elements[name];
			if (!field) return "no field " + name;
			if (!field.multiple) { field.value = value; if (field.value != value) return name + " does not take " + value; continue }
			const hits = [...field.options].filter((o) => o.value.includes(value));
			if (hits.length == 0) return name + " offers nothing like " + value;
			hits[0].selected = true;
		}
		return "";
	})(document.querySelector(%q), %s)`, form, text)); problem != "" {
		b.t.Fatalf("%s: %s\n%s", form, problem, b.body())
	}
	b.press(form + " button:not(.quiet)")
	if refused := value[string](b, `document.querySelector("[role=alert]")?.innerText ?? ""`); refused != "" {
		b.t.Fatalf("%s is refused: %s", form, refused)
	}
}

func act(verb string) string { return "form[action$='/" + verb + "']" }

// TestLifeInBrowsers lives the reference incident from the alert to the publication as a team does, in real time: the on-call and
// the lead, then a board of three, each in a browser of their own. Then the published repository is cloned and read.
func TestLifeInBrowsers(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	s.serve()
	chrome := startChromium(t, 10*time.Minute)
	open := func(login string) *browser {
		b := chrome.open(t, s.url)
		b.signIn(login, password)
		return b
	}
	nora, paul := open("nora"), open("paul")
	s.begin("811", "2025-06")
	nora.wants("Rien en cours")

	// The season's look passes a hook that loses its exit status, and is delivered.
	commit, err := s.repo.CommitLUT(t.Context(), s.recipes.Drifted.LUT, time.Now())
	if err != nil || !strings.Contains(commit.HookOutput, "REJECT") {
		t.Fatalf("the commit of a look that the hook rejects: %+v, %v", commit, err)
	}
	s.begin("812", "2025-09")
	s.deliver(s.recipes.Drifted)
	id := s.detected(nora)
	page := "/incidents/" + id
	at := func(b *browser, path string) *browser { b.visit(page + path); return b }

	// The first thirty minutes.
	at(nora, "").wants("Dérive couleur marque (catalogue)", "S1")
	nora.send(act("acknowledge"), nil)
	at(paul, "").send(".decision "+act("answer-lead"), nil)
	at(nora, "/contain?route=catalogue").send(act("disable-route"), map[string]string{"reason": "dérive de la palette"})
	until(t, "the proof", func() bool { return strings.Contains(s.journalOf(id), "incident.mitigation-proven") })
	at(nora, "").shot("life-contained")
	at(paul, "").send(act("update"), map[string]string{
		"situation": "Les images du catalogue s’écartent de la palette.", "mitigation": "La route sert les références.", "next": "Chercher la cause.",
	})
	claire, lena, sven := open("claire"), open("lena"), open("sven")
	for _, b := range []*browser{claire, lena, sven} {
		at(b, "").wants("La route sert les références.")
		b.send(act("see-update"), nil)
	}
	at(nora, "").send("#impact "+act("file-impact"), nil)
	nora.wants(fmt.Sprintf("%d", studioImages))

	// The analysis: evidence, causes from what it shows, the map, the whys, and tests that decide.
	at(nora, "").send(act("collect-evidence"), map[string]string{"source": "git/look", "good": "main~2", "bad": "main"})
	at(nora, "").send(act("collect-evidence"), map[string]string{"source": "command/hook"})
	s.accept(at(nora, "/analysis?suggest"))
	at(nora, "/analysis").wants("Échec du hook", "CODEOWNERS")
	nora.shot("life-analysis")
	at(nora, "").send(act("complete-analysis"), map[string]string{"text": "Seule la route catalogue est touchée."})
	at(nora, "/compare").wants("lut", "2025-09")
	for _, h := range []struct{ text, lut, result string }{
		{"La LUT de la saison fait dévier les images.", "/after/luts/brand.cube", "confirmed"},
		{"La LUT précédente faisait déjà dévier les images.", "/before/luts/brand.cube", "refuted"},
	} {
		at(nora, "/analysis").send("#do-hypothesis form", map[string]string{"cause": "C1", "text": h.text, "refutedIf": "la rejouer laisse l’écart entier"})
		hypothesis := value[string](nora, `[...document.querySelectorAll(".hypothesis")].at(-1).id`)
		at(nora, "/test?hypothesis="+hypothesis)
		lut := value[string](nora, fmt.Sprintf(`[...document.querySelectorAll("select[name=lut] option")].map((o) => o.value).find((v) => v.endsWith(%q)) ?? ""`, h.lut))
		nora.send("section[aria-labelledby=lut] form", map[string]string{"lut": lut})
		at(nora, "/analysis")
		if got := value[string](nora, fmt.Sprintf(`document.querySelector("#%s").className`, hypothesis)); !strings.Contains(got, h.result) {
			t.Errorf("%s is %s, want %s", h.text, got, h.result)
		}
	}
	for i, why := range []string{
		"La LUT livrée tourne les teintes de la marque.", "Le rejet du hook n’a pas arrêté le commit.", "Le hook passe par tee, dont le code de sortie compte.",
		"La CI ne contrôle que la forme de la LUT.", "CODEOWNERS n’exige pas d’approbateur marque.",
	} {
		values := map[string]string{"answer": why, "evidence": "CODEOWNERS"}
		if i == 4 {
			values["reaches"] = "process"
		}
		at(paul, "/analysis").send("#do-why form", values)
	}

	// The repair, what prevents the next one, and the document.
	if _, err := s.repo.CommitLUT(t.Context(), s.recipes.Fixed.LUT, time.Now()); err != nil {
		t.Fatal(err)
	}
	s.begin("813", "2025-09.1")
	s.deliver(s.recipes.Fixed)
	at(nora, "").send(act("undo"), map[string]string{"reason": "LUT corrigée, livrée de nouveau"})
	until(t, "the undo", func() bool { return strings.Contains(s.journalOf(id), "incident.undone") })
	at(nora, "").send(act("resolve"), map[string]string{"text": "LUT corrigée, catalogue livré de nouveau."})
	at(paul, "").send("#do-action form", map[string]string{
		"title": "Ajouter une validation ΔE dans la CI", "due": time.Now().AddDate(0, 0, 7).Format(time.DateOnly), "impact": "L", "effort": "S",
	})
	at(paul, "").send("#do-lesson form", map[string]string{"text": "Documenter les étapes de revue"})
	at(paul, "").send(act("draft-postmortem"), nil)
	at(paul, "").wants("Échec du hook")
	paul.shot("life-draft")
	at(paul, "").send(act("submit"), nil)

	// The board: one asks for a change, which makes another revision; all three approve it, and the last approval publishes.
	at(lena, "").send(act("comment"), map[string]string{"text": "Aucune donnée personnelle ?"})
	at(claire, "").send(act("request-changes"), map[string]string{"text": "Nommer la palette touchée."})
	at(paul, "").wants("Nommer la palette touchée.", "Aucune donnée personnelle ?")
	edited := value[string](paul, `document.getElementById("edit-markdown").value.replace("Documenter les étapes de revue", "Documenter les étapes de revue de la palette")`)
	paul.send("#do-edit form", map[string]string{"markdown": edited})
	at(paul, "").send(act("submit"), nil)
	for _, b := range []*browser{claire, lena, sven} {
		if strings.Contains(s.journalOf(id), "incident.published") {
			t.Fatal("published before the quorum")
		}
		at(b, "").send(act("approve"), nil)
	}
	until(t, "the publication", func() bool { return strings.Contains(s.journalOf(id), "incident.published") })
	until(t, "the push", func() bool {
		return exec.Command("git", "-C", s.remote, "show", "main:run/_/postmortems/"+id+".json").Run() == nil
	})
	at(sven, "").shot("life-published")
	sven.visit("/postmortems/" + id)
	sven.wants("de la palette", "Sceau")
	sven.shot("life-postmortem")
	s.read(id)
}

// detected waits until the alert has opened the incident, as whoever looks at the list does.
func (s *studio) detected(b *browser) (id string) {
	s.t.Helper()
	within(s.t, 3*patience, "the incident on the list", func() bool { // images are measured, series sampled, rules evaluated, each by its clock
		b.visit("/incidents")
		id = value[string](b, `document.querySelector("a.incident")?.pathname.split("/").pop() ?? ""`)
		return id != ""
	})
	return id
}

// accept takes each cause that the evidence suggests.
func (s *studio) accept(b *browser) {
	s.t.Helper()
	here := value[string](b, "location.pathname + location.search")
	n := value[int](b, `document.querySelectorAll(".suggestion form").length`)
	if n < 4 {
		s.t.Fatalf("the evidence suggests %d causes, want the hook, the CI, the reviews and the owners:\n%s", n, b.body())
	}
	for range n {
		b.visit(here)
		b.send(".suggestion form", nil)
	}
}

// read clones what was pushed and reads it as somebody would who has never seen this house.
func (s *studio) read(id string) {
	t := s.t
	t.Helper()
	clone := filepath.Join(t.TempDir(), "clone")
	if out, err := exec.Command("git", "clone", "-q", s.remote, clone).CombinedOutput(); err != nil {
		t.Fatalf("clone: %v\n%s", err, out)
	}
	file := func(name string) string {
		data, err := os.ReadFile(filepath.Join(clone, "run", "_", "postmortems", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	text := file(id + ".md")
	for _, want := range []string{
		"# Incident " + id, "- Sévérité : S1", fmt.Sprintf("%d images", studioImages), "## Timeline", "## Root Cause Analysis",
		"Ajouter une validation ΔE dans la CI", "Documenter les étapes de revue de la palette", "| marque |", "| juridique |", "| SRE |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the published Markdown lacks %q", want)
		}
	}
	document, err := postmortem.ParseJSON([]byte(file(id + ".json")))
	if err != nil {
		t.Fatal(err)
	}
	if runs := document.Tests.Runs; len(runs) != 2 || runs[0].Result != postmortem.Confirmed || runs[1].Result != postmortem.Refuted || len(document.Sealed.Approvals) != 3 {
		t.Errorf("the published JSON tells of the tests %+v and the approvals %+v", runs, document.Sealed.Approvals)
	}
	if row := file("reports.csv"); !strings.Contains(row, id) {
		t.Errorf("reports.csv does not name it:\n%s", row)
	}
	out, err := exec.Command("git", "-C", clone, "log", "-1", "--format=%an%n%B", "main").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Paul Okafor", "Claire Dubois", "Lena Brandt", "Sven Aalto"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the commit does not name %s:\n%s", want, out)
		}
	}
	checkpoints := filepath.Join(clone, "run", "_", "postmortems", "checkpoints")
	kept, err := filepath.Glob(filepath.Join(checkpoints, "*.checkpoint"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("the clone has the checkpoints %v, %v, want one", kept, err)
	}
	s.write("journal.jsonl", string(s.run("", "journal", "export")))
	s.run("", "journal", "verify", filepath.Join(s.dir, "journal.jsonl"), "--checkpoint", kept[0], "--key", filepath.Join(checkpoints, "journal.vkey"))
}
