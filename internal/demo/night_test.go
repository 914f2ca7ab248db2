package demo_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/safelight-dev/safelight/internal/demo"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// night replays the incident once with few images; every test reads the same folder.
var night = sync.OnceValues(func() (played, error) {
	binary, err := build()
	if err != nil {
		return played{}, err
	}
	dir := filepath.Join(scratch, "night")
	var out bytes.Buffer
	cmd := exec.Command(binary, "demo", "--no-serve", "--images", "60", "--dir", dir)
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	return played{dir, out.String()}, err
})

type played struct{ dir, output string }

func replayed(t *testing.T) played {
	t.Helper()
	p, err := night()
	if err != nil {
		t.Fatalf("the demo ended with %v:\n%s", err, p.output)
	}
	return p
}

func (p played) read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

const postmortems = "run/_/postmortems/"

func TestNightPublishesTheDesignsDocument(t *testing.T) {
	t.Parallel()
	text := string(replayed(t).read(t, postmortems+"PM-2025-09-27-01.md"))
	for _, line := range []string{
		"# Incident PM-2025-09-27-01", "## Contexte", "- Détecté : 2025-09-27 04:12 UTC", "- Sévérité : S1",
		"- Impact : 60 images déviées de la palette de marque", "- Parties prenantes : Marketing, Legal, SRE",
		"## Timeline", "| Heure | Événement | Responsable |", "| --- | --- | --- |",
		"| 04:12 | Surveillance L*a*b* dépasse le seuil | MonitorBot |",
		"| 04:17 | L’astreinte stoppe la diffusion via règle CDN | On-call |",
		"| 04:31 | Analyse des chemins impactés finalisée | Analyst |",
		"## Root Cause Analysis", "- Cause directe : Échec du hook Git lors de la mise à jour LUT",
		"- Facteurs contributifs : lacune de tests CI, revues parallèles",
		"## Corrective Actions",
		"- [ ] Ajouter une validation ΔE dans `scripts/validate-lut.mjs` — 2025-10-01",
		"- [ ] Étendre CODEOWNERS pour exiger un approbateur marque — 2025-10-03",
		"## Lessons Learned", "- Documenter les étapes de revue", "- Mettre à jour le runbook d’astreinte",
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("the Markdown lacks the line %q", line)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
	english := string(replayed(t).read(t, postmortems+"PM-2025-09-27-01.en.md"))
	if !strings.Contains(english, "- Impact: 60 images drifted from the brand palette\n") {
		t.Errorf("the English document does not say the impact:\n%s", english)
	}
}

// TestNightProvesItsBarriers: the section of the barriers names the incident test that the night made, how to run it, and what it was
// proven by: the bad table fails it, the mended one and three good changes pass.
func TestNightProvesItsBarriers(t *testing.T) {
	t.Parallel()
	text := replayed(t).read(t, postmortems+"PM-2025-09-27-01.json")
	doc, err := postmortem.ParseJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Barriers) != 1 {
		t.Fatalf("barriers = %+v, want the one of the night", doc.Barriers)
	}
	b := doc.Barriers[0]
	if !strings.HasPrefix(b.Guard, "safelight test --filter=") || !strings.HasPrefix(b.Text, "Test d’incident ") || !strings.Contains(b.Proof, "échoue sur la LUT fautive (") || !strings.Contains(b.Proof, "et sur 3 bons changements") {
		t.Errorf("barrier = %+v, want the test, how to run it and its proof", b)
	}
	if !strings.Contains(string(doc.Markdown("en")), "## Recurrence barriers\n| Barrier | Guard | Proof |\n") {
		t.Error("the English document has no section of the barriers")
	}
	for _, p := range postmortem.Lint(doc) {
		if p.Quote != "" {
			t.Errorf("the document of the night blames people: %q", p.Quote)
		}
	}
}

func TestPublishedJSONFitsItsSchemaAndRendersBack(t *testing.T) {
	t.Parallel()
	p := replayed(t)
	text := p.read(t, postmortems+"PM-2025-09-27-01.json")
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(postmortem.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(postmortem.SchemaID, schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile(postmortem.SchemaID)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(instance); err != nil {
		t.Errorf("the published JSON does not fit the published schema: %v", err)
	}
	doc, err := postmortem.ParseJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(doc.Markdown(doc.Lang), p.read(t, postmortems+"PM-2025-09-27-01.md")) {
		t.Error("the JSON does not render back to the published Markdown")
	}
}

func TestReportsHaveTheRow(t *testing.T) {
	t.Parallel()
	rows, err := csv.NewReader(bytes.NewReader(replayed(t).read(t, postmortems+"reports.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || rows[1][0] != "PM-2025-09-27-01" || rows[1][2] != "S1" || rows[1][4] != "60" {
		t.Errorf("reports.csv = %v, want a header and the row of the incident with 60 images", rows)
	}
}

func TestManifestNamesRealFiles(t *testing.T) {
	t.Parallel()
	p := replayed(t)
	var manifest struct {
		Files []struct{ Path, SHA256 string }
	}
	if err := json.Unmarshal(p.read(t, "evidence/pm-2025-09-27-01/manifest.json"), &manifest); err != nil {
		t.Fatal(err)
	}
	if len(manifest.Files) < 15 {
		t.Errorf("the manifest names %d files, want evidence of hook, git, CI, LUTs, series and images", len(manifest.Files))
	}
	for _, f := range manifest.Files {
		sum := sha256.Sum256(p.read(t, "evidence/pm-2025-09-27-01/"+f.Path))
		if got := hex.EncodeToString(sum[:]); got != f.SHA256 {
			t.Errorf("%s has digest %s, the manifest says %s", f.Path, got, f.SHA256)
		}
	}
}

func TestGitLogShowsThePublication(t *testing.T) {
	t.Parallel()
	p := replayed(t)
	git := func(args ...string) string {
		cmd := exec.Command("git", append([]string{"-C", p.dir}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	if log := git("log", "--format=%an|%aI|%s%n%b", "main"); !strings.Contains(log, "Paul Okafor|2025-09-28T09:15:00+00:00|PM-2025-09-27-01: publish the postmortem") ||
		!strings.Contains(log, "Approved-by: Claire Dubois (brand)") {
		t.Errorf("git log does not show the publication with its author and approvers:\n%s", log)
	}
	if log := git("log", "--format=%s", "draft/pm-2025-09-27-01"); !strings.Contains(log, "impact report") || !strings.Contains(log, "draft revision 1") {
		t.Errorf("the draft branch lacks the impact report or the draft:\n%s", log)
	}
	if out := git("status", "--porcelain", "--", "run"); out != "" {
		t.Errorf("git status of the postmortems is not clean:\n%s", out)
	}
}

// TestJournalSeesEveryFlippedBit takes the exported journal of a whole night;
// flipping each of its bits would take long, so a stride of primes samples it
// evenly. Package journal flips every bit of a small one.
func TestJournalSeesEveryFlippedBit(t *testing.T) {
	t.Parallel()
	p := replayed(t)
	if out, err := exec.Command(safelight(t), "journal", "verify", "--dir", p.dir).CombinedOutput(); err != nil || !strings.Contains(string(out), "whole") {
		t.Errorf("journal verify: %v\n%s", err, out)
	}
	export, err := exec.Command(safelight(t), "journal", "export", "--dir", p.dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "journal.jsonl")
	for bit := 0; bit < 8*len(export); bit += 8*len(export)/7 + 3 {
		damaged := bytes.Clone(export)
		damaged[bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(safelight(t), "journal", "verify", file)
		out, err := cmd.CombinedOutput()
		entry := 1 + bytes.Count(export[:bit/8], []byte("\n"))
		if code := cmd.ProcessState.ExitCode(); err == nil || code != 1 || !strings.Contains(string(out), "entry") {
			t.Errorf("bit %d (entry %d) flipped: exit %d, %s; want exit 1 and the entry named", bit, entry, code, out)
		}
	}
}

func TestDemoRefusesAFolderInUse(t *testing.T) {
	t.Parallel()
	p := replayed(t)
	cmd := exec.Command(safelight(t), "demo", "--no-serve", "--dir", p.dir)
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "lives there already") {
		t.Errorf("a second demo in the folder: %v, %s; want exit 1 and one sentence", err, out)
	}
	if _, err := demo.NewRenderer(1, 16); err == nil {
		t.Error("a picture of 16 pixels was accepted")
	}
}
