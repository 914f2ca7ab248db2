package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// client calls the API with somebody's token.
func (s *site) client(login string) *browser {
	b := s.as("")
	if login != "" {
		b.header.Set("Authorization", "Bearer token-of-"+login)
	}
	return b
}

// post sends JSON to the API.
func (b *browser) post(path, body string) reply {
	return b.send(http.MethodPost, "/api/v1"+path, strings.NewReader(body), "application/json")
}

func read1[T any](t *testing.T, r reply) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatalf("read %d %q: %v", r.status, r.body, err)
	}
	return v
}

func TestAPIReads(t *testing.T) {
	t.Parallel()
	site := open(t, tell(t, published))
	c := site.client("vic")
	list := read1[[]Summary](t, c.get("/api/v1/incidents"))
	if len(list) != 1 || list[0].ID != theIncident || list[0].Phase != incident.PhasePublished {
		t.Errorf("list = %+v", list)
	}
	report := read1[Report](t, c.get("/api/v1/incidents/"+theIncident))
	if report.Stage != postmortem.StagePublished || len(report.Checklist) != 5 || report.Incident.Impact.Affected != 4200 {
		t.Errorf("report = stage %s, %d lines, impact %+v", report.Stage, len(report.Checklist), report.Incident.Impact)
	}
	if n := len(report.Timeline); n != len(site.service.streams[theIncident]) || report.Timeline[0].Text != "Surveillance L*a*b* dépasse le seuil" {
		t.Errorf("timeline of %d lines begins with %+v", n, report.Timeline[0])
	}
	if head := read1[JournalHead](t, c.get("/api/v1/journal/head")); head.Size != site.service.head.Size || head.Hash != site.service.head.Hash.String() {
		t.Errorf("head = %+v, want %+v", head, site.service.head)
	}
	if f := read1[Figures](t, c.get("/api/v1/kpis")); len(f.Figures) == 0 || f.At.IsZero() {
		t.Errorf("kpis = %+v", f)
	}
	if r := c.get("/api/v1/incidents/" + theIncident); strings.Contains(r.body, "$schema") {
		t.Error("an answer carries $schema, which is no field of ours")
	}
}

// problem checks an answer as RFC 9457 wants it.
func problem(t *testing.T, what string, r reply, status int) {
	t.Helper()
	if r.status != status || r.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s: got %d %q %s, want %d as a problem", what, r.status, r.header.Get("Content-Type"), r.body, status)
		return
	}
	p := read1[struct {
		Type, Title string
		Status      int
	}](t, r)
	if p.Status != status || p.Title == "" {
		t.Errorf("%s: problem = %+v", what, p)
	}
}

func TestAPIProblems(t *testing.T) {
	t.Parallel()
	site := open(t, tell(t, detected))
	ana, at := site.client("ana"), "/incidents/"+theIncident
	bad := site.as("")
	bad.header.Set("Authorization", "Bearer nonsense")
	problem(t, "no token", site.client("").get("/api/v1/incidents"), 401)
	problem(t, "unknown token", bad.get("/api/v1/incidents"), 401)
	problem(t, "viewer", site.client("vic").post(at+"/acknowledge", ""), 403)
	problem(t, "no such incident", ana.post("/incidents/PM-2020-01-01-01/acknowledge", ""), 404)
	problem(t, "no such verb", ana.post(at+"/explode", "{}"), 404)
	problem(t, "no such method", ana.send(http.MethodDelete, "/api/v1/incidents", nil, ""), 405)
	problem(t, "unknown field", ana.post(at+"/note", `{"text":"a","colour":"red"}`), 422)
	if answer := ana.post(at+"/note", `{"text":"a","colour":"ida@example.org"}`); strings.Contains(answer.body, "ida@") {
		t.Errorf("the refusal repeats what was sent: %s", answer.body)
	}
	problem(t, "empty text", ana.post(at+"/note", `{"text":" "}`), 422)
	problem(t, "not JSON", ana.post(at+"/note", `{"text"`), 400)
	problem(t, "too early", ana.post(at+"/reopen", `{"text":"back"}`), 409)
	problem(t, "too large", ana.post(at+"/note", `{"text":"`+strings.Repeat("x", formLimit)+`"}`), 413)
	problem(t, "unknown pipeline", ana.post("/incidents", `{"pipeline":"none","severity":"S1","title":"x"}`), 422)
	if r := ana.post(at+"/reopen", `{"text":"back"}`); !strings.Contains(r.body, "sa cause n’est pas levée") || !strings.Contains(r.body, "urn:safelight:error:transition") {
		t.Errorf("the problem does not say why: %s", r.body)
	}
	if site.log.Len() > 0 {
		t.Errorf("mistakes of clients are in the log: %s", site.log)
	}
}

// TestAnAnswerIsInOneLanguage: English to who asks for none, and where the detail is known in English only.
func TestAnAnswerIsInOneLanguage(t *testing.T) {
	t.Parallel()
	b := open(t, tell(t, detected)).client("ana")
	type told struct{ Title, Detail string }
	ask := func(lang, path, body string) told {
		b.header.Set("Accept-Language", lang)
		r := b.post(path, body)
		want := string(phrase.English)
		if lang == "fr" {
			want = lang
		}
		if got := r.header.Get("Content-Language"); got != want {
			t.Errorf("an answer to who asks for %q is said to be in %q, want %q", lang, got, want)
		}
		return read1[told](t, r)
	}
	note, transition := "/incidents/"+theIncident+"/note", "/incidents/"+theIncident+"/reopen"
	if p := ask("", note, `{"text":" "}`); p.Title != "Something is missing or not valid." || p.Detail == "" {
		t.Errorf("to who asks for no language: %+v, want English", p)
	}
	english := ask("en", transition, `{"text":"back"}`)
	french := ask("fr", transition, `{"text":"back"}`)
	if english.Title != "The state of the incident does not allow this action now." || !strings.HasSuffix(english.Detail, ": it is detected: it is not resolved") || !strings.HasSuffix(french.Detail, " : il est détecté : sa cause n’est pas levée") || french.Title == english.Title {
		t.Errorf("in English %+v, in French %+v, want each in one language", english, french)
	}
}

// TestErrorsDoNotNameTheirKind: the kind is the status, not a word of the sentence.
func TestErrorsDoNotNameTheirKind(t *testing.T) {
	t.Parallel()
	b := open(t, tell(t, detected)).client("ana")
	r := b.post("/incidents/"+theIncident+"/note", `{"text":" "}`)
	if p := read1[struct{ Detail string }](t, r); p.Detail == "" || strings.HasSuffix(p.Detail, ": invalid") {
		t.Errorf("the detail is %q, want a sentence without its kind", p.Detail)
	}
}

func TestAPICommands(t *testing.T) {
	t.Parallel()
	site := open(t, tell(t, detected))
	ana, at := site.client("ana"), "/incidents/"+theIncident
	for range 2 { // repeating is harmless
		if s := read1[Summary](t, ana.post(at+"/acknowledge", "")); s.Phase != incident.PhaseAcknowledged {
			t.Fatalf("acknowledge gave %+v", s)
		}
	}
	if r := ana.post(at+"/disable-route", `{"route":"shop"}`); r.status != http.StatusOK {
		t.Fatalf("disable: %s", r.body)
	}
	site.service.settle()
	if r := ana.post(at+"/file-impact", "{}"); r.status != http.StatusOK {
		t.Fatalf("impact: %s", r.body)
	}
	if r := ana.post(at+"/evidence", `{"path":"git/hook.log","kind":"hook-log","data":"aG9vaw=="}`); r.status != http.StatusOK {
		t.Fatalf("evidence: %s", r.body)
	}
	if r := ana.post(at+"/set-cause", `{"kind":"direct","domain":"data","text":"x","evidence":["git/hook.log"]}`); r.status != http.StatusOK {
		t.Fatalf("cause without an id: %s", r.body)
	}
	c, err := site.service.Case(t.Context(), theIncident)
	if err != nil || c.Incident.Phase() != incident.PhaseContained || len(c.Analysis.Causes) != 1 || c.Analysis.Causes[0].ID != "C1" {
		t.Errorf("after the commands: %s, causes %+v, %v", c.Incident.Phase(), c.Analysis.Causes, err)
	}
	r := ana.post("/incidents", `{"pipeline":"heroes","severity":"S2","title":"banding"}`)
	if d := read1[Declared](t, r); r.status != http.StatusCreated || d.ID != "PM-2025-09-27-02" {
		t.Errorf("declare: %d %+v", r.status, d)
	}
}

// TestViewersCommandNothing tries every verb with the least trusted role.
func TestViewersCommandNothing(t *testing.T) {
	t.Parallel()
	site := open(t, tell(t, contained))
	before := site.service.head
	for _, v := range Verbs() {
		if v.Name == "acknowledge-lesson" { // whoever reads may say that he has understood
			continue
		}
		problem(t, v.Name, site.client("vic").post("/incidents/"+theIncident+"/"+v.Name, "{}"), 403)
	}
	problem(t, "declare", site.client("vic").post("/incidents", `{"pipeline":"heroes","severity":"S2","title":"x"}`), 403)
	if site.service.head != before {
		t.Error("a viewer has changed the journal")
	}
}

func TestAPIBySession(t *testing.T) {
	t.Parallel()
	ana := open(t, tell(t, detected)).as("ana")
	at := "/incidents/" + theIncident + "/acknowledge"
	if r := ana.get("/api/v1/incidents"); r.status != http.StatusOK {
		t.Errorf("reading by session: %d", r.status)
	}
	problem(t, "session without token", ana.post(at, ""), 403)
	ana.header.Set("X-CSRF-Token", ana.token("/incidents"))
	if r := ana.post(at, ""); r.status != http.StatusOK {
		t.Errorf("session with its token: %d %s", r.status, r.body)
	}
}

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	r := open(t, tell(t, calm)).client("ana").get("/api/v1/openapi.json")
	doc := read1[struct {
		OpenAPI    string
		Paths      map[string]map[string]any
		Components struct{ Schemas map[string]any }
	}](t, r)
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("version %q, want 3.1", doc.OpenAPI)
	}
	for _, v := range Verbs() {
		if doc.Paths["/api/v1/incidents/{id}/"+v.Name]["post"] == nil {
			t.Errorf("the description lacks the verb %s", v.Name)
		}
	}
	for _, name := range []string{"IncidentState", "PostmortemState", "PreventionState"} {
		if doc.Components.Schemas[name] == nil {
			t.Errorf("the description lacks the schema %s", name)
		}
	}
}

func TestVerbs(t *testing.T) {
	t.Parallel()
	var names []string
	for _, v := range Verbs() {
		names = append(names, v.Name)
		c, err := v.Decode(nil)
		if err != nil {
			t.Errorf("%s without a body: %v", v.Name, err)
		}
		if name, ok := NameOf(c); !ok || name != v.Name {
			t.Errorf("%T is named %q, want %q", c, name, v.Name)
		}
		body, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := v.Decode(body); err != nil || fmt.Sprintf("%+v", again) != fmt.Sprintf("%+v", c) {
			t.Errorf("%s: %s came back as %+v, %v", v.Name, body, again, err)
		}
		for _, bad := range []string{`{"no such field":1}`, `[`, `{} {}`} {
			if _, err := v.Decode([]byte(bad)); !errors.Is(err, journal.ErrInvalid) {
				t.Errorf("%s takes %s: %v", v.Name, bad, err)
			}
		}
	}
	slices.Sort(names)
	if n := len(slices.Compact(slices.Clone(names))); n != len(names) {
		t.Errorf("a verb stands twice among %v", names)
	}
	for verb, f := range forms() {
		name, ok := NameOf(f.command(fields{map[string][]string{}}))
		if !ok || name != verb {
			t.Errorf("the form %s makes the command of %q", verb, name)
		}
	}
}

func TestErrorTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status int
		detail bool
	}{
		{fmt.Errorf("x: %w", journal.ErrNotFound), 404, true},
		{fmt.Errorf("x: %w", journal.ErrConflict), 409, true},
		{fmt.Errorf("x: %w", journal.ErrForbidden), 403, true},
		{fmt.Errorf("x: %w", journal.ErrInvalid), 422, true},
		{fmt.Errorf("x: %w", journal.ErrTooLarge), 413, true},
		{&incident.TransitionError{}, 409, true},
		{&postmortem.StageError{}, 409, true},
		{&postmortem.RevisionError{}, 409, true},
		{&http.MaxBytesError{}, 413, false},
		{errors.New("disk /var/lib is full"), 500, false},
	} {
		d := judge(c.err)
		detail, _ := d.detailOf(phrase.English, c.err)
		if d.status != c.status || (detail != "") != c.detail {
			t.Errorf("%v: status %d, detail %q, want %d, %v", reflect.TypeOf(c.err), d.status, detail, c.status, c.detail)
		}
	}
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	m := tell(t, calm)
	b := open(t, m).as("")
	if r := b.get("/-/ready"); r.status != 200 {
		t.Errorf("ready: %d", r.status)
	}
	m.sick = errors.New("disk is full")
	if r := b.get("/-/ready"); r.status != 503 || strings.Contains(r.body, "disk") {
		t.Errorf("not ready: %d %q, want 503 without the cause", r.status, r.body)
	}
	if r := b.get("/-/healthy"); r.status != 200 {
		t.Errorf("healthy: %d", r.status)
	}
}
