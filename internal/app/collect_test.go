package app

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/collect"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/web"
)

// evidenceAt gives the evidence of an incident whose path begins so.
func (h *house) evidenceAt(id, prefix string) (list []postmortem.Evidence) {
	h.t.Helper()
	c, err := h.Case(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, e := range c.Analysis.Evidence {
		if strings.HasPrefix(e.Path, prefix) {
			list = append(list, e)
		}
	}
	return list
}

// keptText reads a piece of evidence.
func (h *house) keptText(e postmortem.Evidence) string {
	h.t.Helper()
	f, err := h.Blob(h.t.Context(), e.SHA256)
	if err != nil {
		h.t.Fatal(err)
	}
	defer f.Close()
	var b strings.Builder
	buf := make([]byte, 1<<16)
	for {
		n, err := f.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			return b.String()
		}
	}
}

// TestCollect brings evidence from each of our own sources, from Git and from a command, on the page too.
func TestCollect(t *testing.T) {
	t.Parallel()
	repo := t.TempDir()
	gitAt(t, repo, "init", "-q", "-b", "main")
	for i, text := range []string{"old\n", "new\n"} {
		if err := os.WriteFile(repo+"/brand.cube", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		gitAt(t, repo, "add", ".")
		gitAt(t, repo, "-c", "user.name=Ana", "-c", "user.email=a@x", "commit", "-qm", "table "+text)
		if i == 0 {
			gitAt(t, repo, "tag", "good")
		}
	}
	h := newHouseWith(t, func(h *house) {
		h.config.Evidence = EvidenceConfig{
			Config: collect.Config{Git: map[string]collect.GitSource{"pipeline": {Repository: repo}}},
			Commands: map[string]EvidenceCommand{
				"hello": {Run: []string{"sh", "-c", "echo of $SAFELIGHT_INCIDENT; exit 3"}}, "long": {Run: []string{"sleep", "60"}, Timeout: 50 * time.Millisecond},
			},
		}
	})
	h.write(ConfigName, []byte("language: en\n"))
	h.image("a.png", 40)
	if err := h.sweepAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := h.declare()
	do := func(c web.CollectEvidence) error { return h.CollectEvidence(t.Context(), h.as("nora"), id, c) }
	for _, c := range []web.CollectEvidence{
		{From: "git", Source: "pipeline", Good: "good", Bad: "main"}, {From: "command", Source: "hello"}, {From: "command", Source: "long"}, {From: "versions"}, {From: "configuration"},
	} {
		if err := do(c); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		if err := do(c); err != nil && c.From != "command" { // a command says something else each time
			t.Errorf("%+v again: %v", c, err)
		}
	}
	if list := h.evidenceAt(id, "git/"); len(list) != 4 || !strings.Contains(h.keptText(list[0])+h.keptText(list[1]), "+new") || h.keptText(list[2]) != "old\n" || h.keptText(list[3]) != "new\n" || list[0].Tool != "safelight collect git" {
		t.Errorf("of Git there is %+v", list)
	}
	if list := h.evidenceAt(id, "commands/hello"); len(list) != 1 || !strings.Contains(h.keptText(list[0]), "of "+id) || !strings.Contains(h.keptText(list[0]), "# exit status 3") {
		t.Errorf("of the command there is %+v", list)
	}
	if list := h.evidenceAt(id, "commands/long"); len(list) != 1 || !strings.Contains(h.keptText(list[0]), "# ended after 50ms") {
		t.Errorf("of the long command there is %+v", list)
	}
	if list := h.evidenceAt(id, "models/"); len(list) != 1 || !strings.HasPrefix(h.keptText(list[0]), "software,model,promptMark,run,lut,checked,over,first,last\n") {
		t.Errorf("of the versions there is %+v", list)
	}
	if list := h.evidenceAt(id, "configuration/"); len(list) != 2 || !strings.Contains(h.keptText(list[0])+h.keptText(list[1]), "language: en") {
		t.Errorf("of the configuration there is %+v", list)
	}
	for _, c := range []web.CollectEvidence{{From: "git", Source: "nowhere"}, {From: "ci", Source: "nowhere", Run: "1"}, {From: "command", Source: "rm"}, {From: "web"}} {
		if err := do(c); !errors.Is(err, journal.ErrNotFound) && !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%+v = %v, want it refused", c, err)
		}
	}
	v := h.visitor("vera", people.Viewer)
	if status, _ := v.post("/incidents/"+id+"/collect-evidence", map[string][]string{"source": {"versions"}}); status != http.StatusForbidden {
		t.Errorf("a viewer who collects gets %d", status)
	}
	r := h.visitor("rita", people.Responder)
	h.move(time.Minute)
	if status, page := r.post("/incidents/"+id+"/collect-evidence", map[string][]string{"source": {"command/hello"}}); status != http.StatusOK || !strings.Contains(page, "The evidence has been collected.") {
		t.Errorf("collecting on the page gives %d", status)
	}
}

// TestCollectSeries draws the series around an incident and keeps them as a table.
func TestCollectSeries(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.image("a.png", 40)
	for range 12 {
		if err := errors.Join(h.sweepAll(t.Context()), h.appendSeries(t.Context())); err != nil {
			t.Fatal(err)
		}
		h.move(30 * time.Second)
	}
	id := h.declare()
	if err := h.CollectEvidence(t.Context(), h.as("nora"), id, web.CollectEvidence{From: "series"}); err != nil {
		t.Fatal(err)
	}
	list := h.evidenceAt(id, "series/")
	if len(list) != 2 {
		t.Fatalf("of the series there is %+v, want a table and a drawing", list)
	}
	table, drawing := h.keptText(list[0]), h.keptText(list[1])
	if !strings.HasPrefix(table, "time,series,value,expression\n") || strings.Count(table, "\n") < 10 || !strings.Contains(table, "image_checks_total") {
		t.Errorf("the table is\n%s", table)
	}
	if !strings.HasPrefix(drawing, "<svg xmlns=") || !strings.Contains(drawing, "images checked per second") || strings.Contains(drawing, "NaN") {
		t.Errorf("the drawing is\n%.2000s", drawing)
	}
	if name := os.Getenv("SAFELIGHT_KEEP_SERIES"); name != "" {
		if err := os.WriteFile(name, []byte(drawing), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRedaction: a redacted copy takes the place of an original, which nobody is shown any more, in the folder and the
// manifest too; erased it is gone, unless something else needs it.
func TestRedaction(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, hash := h.submitted()
	other := h.declare()
	secret := map[string]string{"ci-logs/erase.log": "token hush-1", "ci-logs/keep.log": "token hush-2", "ci-logs/shared.log": "token hush-3"}
	for path, text := range secret {
		if err := h.AddEvidence(t.Context(), h.as("lea"), id, web.EvidenceUpload{Path: path, Kind: "other", Data: strings.NewReader(text)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.AddEvidence(t.Context(), h.as("lea"), other, web.EvidenceUpload{Path: "same.log", Kind: "other", Data: strings.NewReader(secret["ci-logs/shared.log"])}); err != nil {
		t.Fatal(err)
	}
	h.approve(id, hash)
	h.idle()
	redact := func(by, path string, erase bool) error {
		return h.RedactEvidence(t.Context(), h.as(by), id, web.RedactEvidence{
			Path: path, From: digestOf([]byte(secret[path])), Reason: "a token was in it", Erase: erase, Tool: "sed", Data: []byte("token … of " + path),
		})
	}
	if err := redact("nora", "ci-logs/keep.log", false); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("a responder redacts: %v, want it forbidden", err)
	}
	for path := range secret {
		if err := redact("lea", path, path != "ci-logs/keep.log"); err != nil {
			t.Fatal(err)
		}
		if err := redact("lea", path, false); !errors.Is(err, journal.ErrConflict) {
			t.Errorf("%s redacted twice: %v, want a conflict", path, err)
		}
	}
	h.idle()
	r := h.visitor("rita", people.Responder)
	for path, text := range secret {
		e := h.evidenceAt(id, path)[0]
		if h.keptText(e) != "token … of "+path || len(e.Redactions) != 1 || e.Redactions[0].From != digestOf([]byte(text)) || e.Redactions[0].By == "" {
			t.Errorf("%s is %+v after its redaction", path, e)
		}
		if got := string(h.read(evidenceDir(id) + "/" + path)); got != "token … of "+path {
			t.Errorf("in the folder %s says %q", path, got)
		}
		if status, _ := r.get("/incidents/" + id + "/blobs/" + digestOf([]byte(text))); status != http.StatusNotFound {
			t.Errorf("the original of %s gives a responder %d", path, status)
		}
		_, err := h.Blob(t.Context(), digestOf([]byte(text)))
		if gone := errors.Is(err, journal.ErrNotFound); gone != (path == "ci-logs/erase.log") {
			t.Errorf("the original of %s is erased: %t (%v)", path, gone, err)
		}
	}
	if e := h.effect(id, postmortem.EffectRedact); e == nil || !strings.Contains(e.LastError, other+" needs the same bytes") {
		t.Errorf("the effect that could not erase shows %+v", e)
	}
	_, page := r.get("/incidents/" + id)
	r.wants(page, "withheld: a token was in it", "erased: a token was in it")
	if manifest := string(h.read(evidenceDir(id) + "/manifest.json")); strings.Contains(manifest, digestOf([]byte(secret["ci-logs/keep.log"]))) {
		t.Error("the committed manifest names an original")
	}
	reader, err := NewReader(t.Context(), h.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if report, err := reader.VerifyEvidence(t.Context(), id); err != nil || len(report.Problems) != 0 {
		t.Errorf("verified after the redactions: %+v, %v; want all whole", report, err)
	}
}
