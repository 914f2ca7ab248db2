package web

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestFormsNeedTheirToken(t *testing.T) {
	t.Parallel()
	site := open(t, tell(t, detected))
	ana, action := site.as("ana"), "/incidents/"+theIncident+"/acknowledge"
	other := site.as("paul").token("/incidents")
	for name, token := range map[string]string{"none": "", "wrong": "x", "of another session": other} {
		r := ana.send(http.MethodPost, action, strings.NewReader(url.Values{"csrf": {token}}.Encode()), "application/x-www-form-urlencoded")
		if r.status != http.StatusForbidden || !strings.Contains(r.body, "Le formulaire a expiré") {
			t.Errorf("token %s: got %d, want 403 with its sentence", name, r.status)
		}
	}
	if c, _ := site.service.Case(t.Context(), theIncident); c.Incident.Ack != nil {
		t.Error("a form without its token acknowledged the incident")
	}
	if r := ana.act("acknowledge"); r.status != http.StatusSeeOther {
		t.Errorf("with its token: got %d, want a redirect", r.status)
	}
}

func TestOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	site := open(t, tell(t, detected))
	for name, header := range map[string][2]string{
		"cross-site":   {"Sec-Fetch-Site", "cross-site"},
		"same-site":    {"Sec-Fetch-Site", "same-site"},
		"other origin": {"Origin", "https://evil.example"},
		"null origin":  {"Origin", "null"},
	} {
		ana := site.as("ana")
		token := ana.token("/incidents")
		ana.header.Set(header[0], header[1])
		body := strings.NewReader(url.Values{"csrf": {token}}.Encode())
		r := ana.send(http.MethodPost, "/incidents/"+theIncident+"/acknowledge", body, "application/x-www-form-urlencoded")
		if r.status != http.StatusForbidden {
			t.Errorf("%s: got %d, want 403", name, r.status)
		}
		if r := ana.get("/incidents"); r.status != http.StatusOK {
			t.Errorf("%s: reading got %d, want 200: a link from elsewhere is no crime", name, r.status)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	site := open(t, tell(t, contained))
	for _, path := range []string{"/sign-in", "/incidents", "/nothing", "/static/safelight.css", "/-/healthy", "/api/v1/incidents"} {
		h := site.as("").get(path).header
		for _, part := range []string{"default-src 'none'", "style-src 'self'", "script-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(h.Get("Content-Security-Policy"), part) {
				t.Errorf("%s: policy %q lacks %q", path, h.Get("Content-Security-Policy"), part)
			}
		}
		if strings.Contains(h.Get("Content-Security-Policy"), "unsafe") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") == "" {
			t.Errorf("%s: headers are %v", path, h)
		}
	}
}

func TestSessionCookie(t *testing.T) {
	t.Parallel()
	site := open(t, tell(t, calm))
	b := site.as("")
	r := b.signIn("ana", "ana")
	cookie := ""
	for _, c := range r.header["Set-Cookie"] {
		if strings.HasPrefix(c, "safelight=") {
			cookie = c
		}
	}
	if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("session cookie is %q, want HttpOnly and SameSite=Lax", cookie)
	}
	token := func(cookie string) string { return strings.SplitN(cookie, ";", 2)[0] }
	b.form("/incidents", "/sign-out", url.Values{})
	if again := b.signIn("ana", "ana"); token(fmt.Sprint(again.header["Set-Cookie"])) == token(cookie) {
		t.Error("signing in again gave the old session token")
	}
}

func TestSignOutEndsTheSession(t *testing.T) {
	t.Parallel()
	b := open(t, tell(t, calm)).as("ana")
	if r := b.form("/incidents", "/sign-out", url.Values{}); r.status != http.StatusSeeOther {
		t.Fatalf("sign out: %d", r.status)
	}
	if r := b.get("/incidents?x=1"); r.header.Get("Location") != "/sign-in?next=%2Fincidents%3Fx%3D1" {
		t.Errorf("after signing out, the list leads to %q, want the sign-in that leads back", r.header.Get("Location"))
	}
}

func TestStrangersSeeNothing(t *testing.T) {
	t.Parallel()
	site := open(t, tell(t, published))
	visitor := site.as("")
	for _, path := range []string{
		"/incidents", "/incidents/new", "/incidents/" + theIncident, "/incidents/" + theIncident + "/live",
		"/incidents/" + theIncident + "/blobs/" + strings.Repeat("a", 64), "/postmortems", "/postmortems/reports.csv", "/kpis", "/kpis.csv",
	} {
		if r := visitor.get(path); r.status != http.StatusSeeOther || !strings.HasPrefix(r.header.Get("Location"), "/sign-in") {
			t.Errorf("%s without signing in: got %d to %q, want the sign-in", path, r.status, r.header.Get("Location"))
		}
	}
	for _, path := range []string{"/sign-in", "/static/safelight.css", "/static/safelight.js", "/-/healthy", "/-/ready"} {
		if r := visitor.get(path); r.status != http.StatusOK {
			t.Errorf("%s: got %d, want 200 for everybody", path, r.status)
		}
	}
}

func TestSignInLeadsOnlyToThisSite(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"/kpis?x=1": "/kpis?x=1", "https://evil.example": "", "//evil.example": "", `/\evil.example`: "", "kpis": "", "": "", "/a\nb": "",
	} {
		if got := local(next); got != want {
			t.Errorf("next %q leads to %q, want %q", next, got, want)
		}
	}
}

func TestSignInLimit(t *testing.T) {
	t.Parallel()
	site := open(t, tell(t, calm))
	b := site.as("")
	for i := range maxFailures {
		if r := b.signIn("ana", "wrong"); r.status != http.StatusUnauthorized || !strings.Contains(r.body, "mot de passe est faux") {
			t.Fatalf("failure %d: got %d, want 401", i+1, r.status)
		}
	}
	checks := site.service.checks
	if r := b.signIn("ana", "ana"); r.status != http.StatusTooManyRequests || r.header.Get("Retry-After") == "" {
		t.Errorf("after %d failures the right password got %d, want 429", maxFailures, r.status)
	}
	if site.service.checks != checks {
		t.Error("the password was looked at although the limit was reached")
	}
	if r := b.signIn("paul", "paul"); r.status != http.StatusSeeOther {
		t.Errorf("another login from there: got %d, want it let in", r.status)
	}
}

func TestLimiterForgets(t *testing.T) {
	t.Parallel()
	l, now := newLimiter(), night()
	for range maxFailures {
		l.failed("a", now)
	}
	if l.wait("a", now.Add(failureWindow-time.Second)) != time.Second {
		t.Error("the limit ended early")
	}
	if l.wait("a", now.Add(failureWindow)) != 0 {
		t.Error("the limit did not end")
	}
	for i := range 3 * maxTracked {
		l.failed(fmt.Sprint(i), now.Add(time.Duration(i)*time.Millisecond))
	}
	if n := len(l.entries); n > maxTracked {
		t.Errorf("%d entries are remembered, want at most %d", n, maxTracked)
	}
	if _, ok := l.entries[fmt.Sprint(3*maxTracked-1)]; !ok {
		t.Error("the newest failure was forgotten")
	}
}

func TestBodiesAreLimited(t *testing.T) {
	t.Parallel()
	b := open(t, tell(t, detected)).as("ana")
	token := b.token("/incidents")
	body := url.Values{"csrf": {token}, "text": {strings.Repeat("x", formLimit)}}.Encode()
	r := b.send(http.MethodPost, "/incidents/"+theIncident+"/note", strings.NewReader(body), "application/x-www-form-urlencoded")
	if r.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a form of %d bytes got %d, want 413", len(body), r.status)
	}
	long := url.Values{"csrf": {token}, "text": {strings.Repeat("x", 20_000)}}.Encode()
	r = b.send(http.MethodPost, "/incidents/"+theIncident+"/note", strings.NewReader(long), "application/x-www-form-urlencoded")
	if r.status != http.StatusRequestEntityTooLarge || !strings.Contains(r.body, strings.Repeat("x", 20_000)) {
		t.Errorf("a long note got %d, want 413 with what was written", r.status)
	}
}

// upload sends a file as the page's form would.
func (b *browser) upload(name, content string, fields map[string]string) reply {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	fields["csrf"] = b.token("/incidents")
	for k, v := range fields {
		if err := w.WriteField(k, v); err != nil {
			b.t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := part.Write([]byte(content)); err != nil {
		b.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	return b.send(http.MethodPost, "/incidents/"+theIncident+"/evidence", &body, w.FormDataContentType())
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	site := open(t, tell(t, contained))
	ana := site.as("ana")
	const page, log = "<html><script>alert(1)</script>", "hook: exit status 0\n"
	if r := ana.upload("report.html", page, map[string]string{"kind": "report"}); r.status != http.StatusSeeOther {
		t.Fatalf("upload: %d %s", r.status, r.body)
	}
	if r := ana.upload("x", log, map[string]string{"kind": "hook-log", "path": "git/hook.log"}); r.status != http.StatusSeeOther {
		t.Fatalf("upload: %d %s", r.status, r.body)
	}
	if r := ana.upload("x", log, map[string]string{"kind": "hook-log", "path": "../../etc/passwd"}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a path outside the folder got %d, want 422", r.status)
	}
	if r := site.as("vic").upload("x", log, map[string]string{"kind": "other"}); r.status != http.StatusForbidden {
		t.Errorf("a viewer's upload got %d, want 403", r.status)
	}
	c, err := site.service.Case(t.Context(), theIncident)
	if err != nil || len(c.Analysis.Evidence) != 2 {
		t.Fatalf("evidence = %v, %v, want two files", c.Analysis.Evidence, err)
	}
	blob := func(digest string) reply { return ana.get("/incidents/" + theIncident + "/blobs/" + digest) }
	html := blob(c.Analysis.Evidence[0].SHA256)
	if html.header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(html.header.Get("Content-Disposition"), "attachment") || html.body != page {
		t.Errorf("HTML evidence is served as %q, %q, want a download", html.header.Get("Content-Type"), html.header.Get("Content-Disposition"))
	}
	if !strings.Contains(html.header.Get("Content-Security-Policy"), "sandbox") {
		t.Error("evidence is not sandboxed")
	}
	if text := blob(c.Analysis.Evidence[1].SHA256); text.header.Get("Content-Type") != "text/plain; charset=utf-8" || text.body != log {
		t.Errorf("a log is served as %q", text.header.Get("Content-Type"))
	}
	foreign := site.service.keep([]byte("not of this incident"))
	if r := blob(foreign); r.status != http.StatusNotFound {
		t.Errorf("a blob of no evidence got %d, want 404", r.status)
	}
}

func TestPicturesOfTheImpact(t *testing.T) {
	t.Parallel()
	site := open(t, tell(t, analysed))
	c, err := site.service.Case(t.Context(), theIncident)
	if err != nil {
		t.Fatal(err)
	}
	for _, digest := range []string{c.Incident.Impact.Images[0].Reference, c.Incident.Impact.Images[0].Heatmap} {
		r := site.as("vic").get("/incidents/" + theIncident + "/blobs/" + digest)
		if r.status != http.StatusOK || r.header.Get("Content-Type") != "image/png" || !strings.HasPrefix(r.header.Get("Content-Disposition"), "inline") {
			t.Errorf("picture %.8s: %d %q", digest, r.status, r.header.Get("Content-Type"))
		}
	}
}
