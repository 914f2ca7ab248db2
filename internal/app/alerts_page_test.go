package app

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/web"
)

// reader is somebody who is signed in and reads the pages as HTML.
type reader struct {
	t    testing.TB
	http *http.Client
	base string
	csrf string
}

const readerPassword = "correct horse battery staple"

// visitor signs somebody of a role in, in English.
func (h *house) visitor(login string, role people.Role) *reader {
	h.t.Helper()
	p, err := h.AddPerson(h.t.Context(), people.Person{Login: login, Role: role, Name: strings.ToUpper(login)}, readerPassword)
	if err != nil {
		h.t.Fatal(err)
	}
	h.persons[login] = p
	s, err := web.New(web.Options{Service: h.App, Alerts: h.App, Signals: h.App, Consents: h.App, Quarantine: h.App, Findings: h.App, OnCall: h.App, Watch: h.App, Rehearsals: h.App, Sessions: h.Store().Sessions(), Log: h.log, InsecureCookies: true, Lang: "en"})
	if err != nil {
		h.t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	h.t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	r := &reader{t: h.t, http: &http.Client{Jar: jar}, base: server.URL}
	r.get("/sign-in")
	if status, page := r.post("/sign-in", url.Values{"login": {login}, "password": {readerPassword}}); status != http.StatusOK {
		h.t.Fatalf("signing in gave %d\n%s", status, page)
	}
	return r
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]*)"`)

func (r *reader) read(answer *http.Response, err error) (int, string) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	if m := csrfField.FindSubmatch(text); m != nil {
		r.csrf = html.UnescapeString(string(m[1]))
	}
	return answer.StatusCode, html.UnescapeString(string(text))
}

func (r *reader) get(path string) (int, string) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.base+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Accept-Language", "en")
	return r.read(r.http.Do(request))
}

func (r *reader) post(path string, f url.Values) (int, string) {
	r.t.Helper()
	f.Set("csrf", r.csrf)
	return r.read(r.http.PostForm(r.base+path, f))
}

func (r *reader) wants(page string, texts ...string) {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			r.t.Errorf("the page lacks %q:\n%s", text, page)
		}
	}
}

// The page shows what fires and why what does not page, silences, ends
// silences and plans a window.
func TestPageOfAlerts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.visitor("rita", people.Responder)
	_, page := r.get("/alerts")
	r.wants(page, "No alert fires", "There is no silence.")
	burning := foreign("drift", "critical", "edge", "1")
	burning.Annotations = alert.Labels{"summary": "drift <b>everywhere</b>", "runbook": "javascript:alert(1)", "runbook_url": "https://wiki.example/drift"}
	burning.GeneratorURL = "https://vm.example:8880/vmalert/alert?group_id=1"
	h.take(burning, foreign("drift", "critical", "edge", "2"))
	id := h.newest().ID
	_, page = r.get("/alerts")
	r.wants(page, "Firing: 2; held back among them: 0", "drift <b>everywhere</b>", id, "pipeline=catalogue", "severity=critical", "edge=2", "/alerts/silence?match=",
		`href="https://wiki.example/drift"`, "by the Alertmanager API", `href="https://vm.example:8880/vmalert/alert?group_id=1"`, ">vm.example:8880<")
	if strings.Contains(page, "javascript:") || strings.Contains(page, "Prometheus") {
		t.Errorf("the page follows any link, or names a source that is not known:\n%s", page)
	}
	link := regexp.MustCompile(`href="(/alerts/silence\?match=[^"]*)"`).FindStringSubmatch(page)
	_, page = r.get(link[1])
	r.wants(page, `alertname="drift"`, `pipeline="catalogue"`)
	_, page = r.post("/alerts/silence", url.Values{"match": {"alertname=\"drift\"\r\npipeline=\"catalogue\"\r\n"}, "duration": {"2h0m0s"}, "reason": {"new table is on its way"}})
	r.wants(page, "The silence is in force.", "Firing: 2; held back among them: 2", "Silenced until 2025-09-27 06:00 UTC: new table is on its way", "in force", "by rita")
	h.take(foreign("drift", "critical", "edge", "3"))
	if len(h.incidents()) != 1 || h.state(id).AlertsJoined != 1 {
		t.Error("the silence of the page does not hold")
	}
	silences, err := h.ListedSilences(t.Context())
	if err != nil || len(silences) != 1 {
		t.Fatalf("%d silences, %v; want one", len(silences), err)
	}
	_, page = r.post("/alerts/silences/"+silences[0].ID+"/end", url.Values{})
	r.wants(page, "The silence has ended", "Ended within five days")
	r.get("/alerts/maintenance")
	_, page = r.post("/alerts/maintenance", url.Values{"pipeline": {"catalogue"}, "start": {"2025-09-28T02:00"}, "end": {"2025-09-28T04:00"}, "reason": {"rebuild"}})
	r.wants(page, "The maintenance window is planned.", "to come", "from 2025-09-28 02:00 UTC to 2025-09-28 04:00 UTC")
	for what, f := range map[string]url.Values{
		"all alerts": {"match": {`a=~".*"`}, "duration": {"1h0m0s"}, "reason": {"x"}}, "nothing": {"match": {""}, "duration": {"1h0m0s"}},
		"no matcher": {"match": {"what"}, "duration": {"1h0m0s"}}, "forever": {"match": {"a=b"}, "duration": {"forever"}},
	} {
		if status, _ := r.post("/alerts/silence", f); status < 400 || status >= 500 {
			t.Errorf("silencing %s gave %d, want it refused", what, status)
		}
	}
}

// Whoever may only read sees the alerts and has no forms.
func TestPageOfAlertsForViewers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.visitor("vera", people.Viewer)
	h.take(foreign("drift", "critical"))
	id := h.silence("a=b", h.clock(), time.Hour)
	status, page := r.get("/alerts")
	r.wants(page, "drift", `a="b"`)
	if status != http.StatusOK || strings.Contains(page, "/alerts/silence") || strings.Contains(page, "/end") {
		t.Errorf("a viewer got %d and a form", status)
	}
	for _, path := range []string{"/alerts/silence", "/alerts/maintenance"} {
		if status, _ := r.get(path); status != http.StatusForbidden {
			t.Errorf("%s gave a viewer %d, want 403", path, status)
		}
	}
	if status, _ := r.post(fmt.Sprintf("/alerts/silences/%s/end", id), url.Values{}); status != http.StatusForbidden {
		t.Errorf("a viewer's end of a silence gave %d, want 403", status)
	}
}
