package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
)

// program finds a program of Debian, or fails and names its package.
func program(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing: install Debian's package %s", name, debian)
	}
	return path
}

// background runs a program until the test ends.
func background(t *testing.T, path string, args ...string) {
	t.Helper()
	var out bytes.Buffer
	c := exec.Command(path, args...)
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(path), out.String())
		}
	})
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// onWallClock gives a house for programs that know no other clock.
func onWallClock(t *testing.T) *house {
	t.Helper()
	return newHouseWith(t, func(h *house) { h.wall = true })
}

// amtool runs Debian's amtool against an address.
func amtool(t *testing.T, address string, args ...string) string {
	t.Helper()
	path := program(t, "amtool", "prometheus-alertmanager")
	c := exec.Command(path, append([]string{"--alertmanager.url=" + address}, args...)...)
	c.Env = append(os.Environ(), "HOME="+t.TempDir(), "USER=nora", "TZ=UTC")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("amtool %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// Debian's Prometheus opens an incident with nothing but a changed address.
func TestPrometheusOpensAnIncident(t *testing.T) {
	t.Parallel()
	path := program(t, "prometheus", "prometheus")
	h := onWallClock(t)
	site, err := url.Parse(h.site())
	if err != nil {
		t.Fatal(err)
	}
	rules := writeFile(t, "rules.yml", `groups:
- name: g
  rules:
  - alert: drift
    expr: label_replace(vector(1), "pipeline", "catalogue", "", "")
    labels: {severity: critical}
    annotations: {summary: "drift of {{ $labels.pipeline }}", runbook_url: "https://runbooks/drift"}
`)
	config := writeFile(t, "prometheus.yml", fmt.Sprintf(`global: {evaluation_interval: 1s, external_labels: {region: eu}}
rule_files: [%s]
alerting: {alertmanagers: [{static_configs: [{targets: [%q]}]}]}
`, rules, site.Host))
	background(t, path, "--config.file="+config, "--storage.tsdb.path="+t.TempDir(), "--web.listen-address=127.0.0.1:0", "--log.level=warn",
		"--rules.alert.resend-delay=1s") // a minute, else: too long for a test
	h.until("the incident", func() bool { return len(h.incidents()) > 0 })
	o := h.newest().Opened
	if o.Severity != "S1" || o.Pipeline != "catalogue" || o.Rule != "drift" || o.Title != "drift of catalogue" ||
		o.Runbook != "https://runbooks/drift" || o.Labels["region"] != "eu" || len(o.Routes) != 1 {
		t.Errorf("opened %+v, want what the rule says, on the pipeline that it names", o)
	}
	// It is sent again and again, and stays one alert of one incident.
	first := h.firingRows()[0].UpdatedAt
	h.until("the alert being sent again", func() bool { return h.firingRows()[0].UpdatedAt.After(first) })
	if n := len(h.incidents()); n != 1 {
		t.Errorf("an alert that was sent again opened %d incidents, want one", n)
	}
	if out := amtool(t, site.String(), "alert", "query", "-o", "extended"); !strings.Contains(out, "drift") || !strings.Contains(out, "active") {
		t.Errorf("amtool shows\n%s\nwant the firing alert", out)
	}
}

// amtool works: alerts, silences and their whole life.
func TestAmtool(t *testing.T) {
	t.Parallel()
	h := onWallClock(t)
	site := h.site()
	silence := amtool(t, site, "silence", "add", "drift", "pipeline=~cata.*", "-d", "2h", "-c", "deploy", "-a", "zoé")
	amtool(t, site, "alert", "add", "drift", "pipeline=catalogue", "severity=S1", "--annotation=summary=silent")
	if n := len(h.incidents()); n != 0 {
		t.Fatalf("a silenced alert opened %d incidents, want none", n)
	}
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"silence", "query"}, []string{silence, "pipeline=~\"cata.*\"", "zoé", "deploy"}},
		{[]string{"silence", "query", "-q", "drift", "pipeline=~cata.*"}, []string{silence}},
		{[]string{"silence", "query", "-q", "--created-by", "zoé"}, []string{silence}},
		{[]string{"alert", "query", "-s", "-o", "json"}, []string{`"state":"suppressed"`, silence}},
		{[]string{"config", "show"}, []string{"receiver: safelight"}},
		{[]string{"config", "routes"}, []string{"safelight"}},
		{[]string{"cluster", "show"}, []string{"disabled"}},
	} {
		out := amtool(t, site, c.args...)
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("amtool %v says\n%s\nwant %q in it", c.args, out, want)
			}
		}
	}
	// More time keeps the silence, another start makes a new one.
	if out := amtool(t, site, "silence", "update", "-q", "-d", "3h", silence); out == "" {
		t.Error("amtool says nothing of the longer silence") // 0.25 prints the address of its id
	}
	if out := amtool(t, site, "silence", "query", "-q"); out != silence {
		t.Errorf("after the update there is %s, want %s alone", out, silence)
	}
	amtool(t, site, "silence", "expire", silence)
	if out := amtool(t, site, "silence", "query", "-q"); out != "" {
		t.Errorf("after the end amtool still shows %s", out)
	}
	if out := amtool(t, site, "silence", "query", "-q", "--expired"); out != silence {
		t.Errorf("among the expired ones is %q, want %s", out, silence)
	}
	if states := h.incidents(); len(states) != 1 || states[0].Opened.Title != "silent" {
		t.Fatalf("after the silence there are %d incidents, want the alert's, which still fires", len(states))
	}
}

// alertmanagerBeside runs Debian's Alertmanager with our grouping.
func alertmanagerBeside(t *testing.T) string {
	t.Helper()
	path := program(t, "prometheus-alertmanager", "prometheus-alertmanager")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	config := writeFile(t, "alertmanager.yml", `route: {receiver: safelight, group_by: [alertname, pipeline], group_wait: 0s}
receivers: [{name: safelight}]
inhibit_rules:
- {source_matchers: ['severity="critical"'], target_matchers: ['severity="warning"'], equal: [alertname]}
`)
	background(t, path, "--config.file="+config, "--storage.path="+t.TempDir(), "--cluster.listen-address=", "--web.listen-address="+address)
	return "http://" + address
}

// ask sends a request and gives the status and the decoded answer.
func ask(t *testing.T, method, address, body string) (int, any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if len(text) > 0 {
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatalf("%s %s answered %q: %v", method, address, text, err)
		}
	}
	return answer.StatusCode, v
}

// alike replaces what two servers cannot have in common.
func alike(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			switch key {
			case "updatedAt", "id", "silenceID":
				v[key] = "…"
			case "startsAt", "endsAt":
				at, err := time.Parse(time.RFC3339, value.(string))
				v[key] = at.UTC() // they keep the zone that was posted
				if err != nil || time.Until(at).Abs() < time.Hour {
					v[key] = "about now"
				}
			case "mutedBy":
				delete(v, key) // later versions have it
			case "silencedBy", "inhibitedBy": // ids differ; of several that inhibit they name any
				v[key] = len(value.([]any))
			default:
				v[key] = alike(value)
			}
		}
	case []any:
		for i := range v {
			v[i] = alike(v[i])
		}
	}
	return v
}

// The answers of Debian's Alertmanager and ours, asked the same.
func TestAnswersAreAlertmanagers(t *testing.T) {
	t.Parallel()
	theirs := alertmanagerBeside(t)
	h := newHouseWith(t, func(h *house) {
		h.wall = true
		h.config.Alerts.Inhibit = []alert.Inhibition{{Source: []string{`severity="critical"`}, Target: []string{`severity="warning"`}, Equal: []string{"alertname"}}}
	})
	ours := h.site()
	h.until("Alertmanager", func() bool { status, _ := ask(t, "GET", theirs+"/api/v2/status", ""); return status == http.StatusOK })
	both := func(method, path, body string) {
		t.Helper()
		wantStatus, want := ask(t, method, theirs+path, body)
		status, got := ask(t, method, ours+path, body)
		if want, got = alike(want), alike(got); status != wantStatus || !reflect.DeepEqual(got, want) {
			t.Errorf("%s %s %.80s\n gives %d %v\n  want %d %v", method, path, body, status, said(got), wantStatus, said(want))
		}
	}
	both("GET", "/api/v2/alerts", "")
	both("GET", "/api/v2/alerts/groups", "")
	both("GET", "/api/v2/silences", "")
	both("GET", "/api/v2/receivers", "")
	both("POST", "/api/v2/alerts", `[
		{"labels":{"alertname":"a","pipeline":"cat","severity":"critical","instance":"2","empty":""},"annotations":{"summary":"s","e":""},"startsAt":"2024-11-26T17:00:00.123456789Z","generatorURL":"http://x/y","foo":1},
		{"labels":{"alertname":"a","pipeline":"cat","severity":"critical","instance":"1","job":"j"},"startsAt":"2024-11-26T17:00:00+02:00"},
		{"labels":{"alertname":"a","severity":"warning"}},{"labels":{"alertname":"b","severity":"warning"},"startsAt":"2024-11-26T17:00:00Z","endsAt":"`+time.Now().AddDate(0, 6, 0).UTC().Format(time.RFC3339)+`"},
		{"labels":{"alertname":"gone"},"startsAt":"2024-01-01T00:00:00Z","endsAt":"2024-01-02T00:00:00Z"}]`)
	for _, body := range []string{`[]`, `null`, `[{"labels":{}}]`, `[{"labels":{"alertname":"gut"}},{"labels":{"empty":""}}]`,
		`[{"labels":{"a":"1"},"startsAt":"2024-11-26T17:00:00Z","endsAt":"2024-11-26T16:00:00Z"}]`, `[{"annotations":{"a":"1"}}]`, ``} {
		both("POST", "/api/v2/alerts", body)
	}
	h.until("their groups", func() bool { _, v := ask(t, "GET", theirs+"/api/v2/alerts/groups", ""); return len(v.([]any)) == 4 })
	queries := []string{"", "?active=false", "?inhibited=false", "?silenced=false", "?active=true&silenced=false&inhibited=false",
		"?filter=alertname%3D%22a%22", "?filter=alertname%3D~%22a%7Cb%22&filter=severity!%3Dcritical", "?filter=job%3D", "?filter=job!%3D%22%22",
		"?receiver=safe.*", "?receiver=other", "?active=maybe"}
	for _, q := range queries {
		both("GET", "/api/v2/alerts"+q, "")
		both("GET", "/api/v2/alerts/groups"+q, "")
	}
	terms := func(matchers, rest string) string {
		return fmt.Sprintf(`{"matchers":%s,"startsAt":"2025-11-26T10:00:00Z","endsAt":"2037-11-26T10:00:00Z","createdBy":"me",%s}`, matchers, rest)
	}
	const one = `[{"name":"alertname","value":"b","isRegex":false}]`
	for _, body := range []string{
		strings.Replace(terms(one, `"comment":"c"`), "2037", "2036", 1), terms(`[{"name":"pipeline","value":"c.*","isRegex":true},{"name":"z","value":"y","isRegex":false,"isEqual":false}]`, `"comment":""`),
		terms(one, `"x":1`), terms(`[]`, `"comment":"c"`), terms(`[{"name":"a","value":"b"}]`, `"comment":"c"`), ``,
	} {
		both("POST", "/api/v2/silences", body)
	}
	for _, q := range []string{"", "?filter=alertname%3Db", "?filter=z!%3Dy", "?filter=z%3Dy"} {
		both("GET", "/api/v2/silences"+q, "")
	}
	for _, q := range queries {
		both("GET", "/api/v2/alerts"+q, "")
		both("GET", "/api/v2/alerts/groups"+q, "")
	}
	both("GET", "/api/v2/silence/12345678-1234-4234-8234-123456789012", "")
	both("GET", "/api/v2/silence/x", "")
	both("DELETE", "/api/v2/silence/x", "")
	both("GET", "/api/v2/nothing", "")
	// Here the sentences differ, and the form does not.
	for _, r := range []struct{ method, path, body string }{
		{"POST", "/api/v2/alerts", `{}`}, {"POST", "/api/v2/alerts", `[{"labels":{"a":1}}]`}, {"POST", "/api/v2/alerts", `[{"labels":{"a":"1"},"startsAt":"yesterday"}]`},
		{"PUT", "/api/v2/alerts", ""}, {"GET", "/api/v2/alerts?filter=x", ""}, {"GET", "/api/v2/alerts?filter=a%3D~(", ""}, {"GET", "/api/v2/alerts?receiver=(", ""}, {"GET", "/api/v2/silences?filter=x", ""},
		{"POST", "/api/v2/silences", `{`}, {"POST", "/api/v2/silences", `[]`},
		{"POST", "/api/v2/silences", terms(`[{"name":"a","value":"(","isRegex":true}]`, `"comment":"c"`)},
		{"POST", "/api/v2/silences", terms(`[{"name":"a","value":".*","isRegex":true}]`, `"comment":"c"`)},
		{"POST", "/api/v2/silences", strings.Replace(terms(one, `"comment":"c"`), "2037", "2024", 1)},
		{"POST", "/api/v2/silences", terms(one, `"comment":"c","id":"12345678-1234-4234-8234-123456789012"`)},
	} {
		wantStatus, want := ask(t, r.method, theirs+r.path, r.body)
		status, got := ask(t, r.method, ours+r.path, r.body)
		if status != wantStatus || reflect.TypeOf(got) != reflect.TypeOf(want) {
			t.Errorf("%s %s %.80s\n gives %d %v\n  want %d %v in form", r.method, r.path, r.body, status, said(got), wantStatus, said(want))
		}
	}
}

func said(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text[:min(len(text), 2000)])
}
