package telemetry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// writeTo sends series to a Prometheus with remote write.
func writeTo(t *testing.T, address string, body []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/api/v1/write", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Encoding", "snappy")
	r.Header.Set("Content-Type", writeV1Type)
	r.Header.Set("X-Prometheus-Remote-Write-Version", "0.1.0")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		t.Fatalf("write to %s: %s", address, answer.Status)
	}
}

// The rule of the design fires on the series of the user's own Prometheus; "for" survives a restart, and a server that
// does not answer ends no alert.
func TestRulesAskTheUsersPrometheus(t *testing.T) {
	t.Parallel()
	theirs := debianPrometheus(t, "global: {scrape_interval: 1h}\n")
	writeTo(t, theirs, write1(t, hour()...))
	var down atomic.Bool
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Scope-Orgid") != "us" {
			http.Error(w, "no tenant", http.StatusUnauthorized)
			return
		}
		if down.Load() {
			http.Error(w, "no", http.StatusBadGateway)
			return
		}
		r.ParseForm()
		answer, err := http.PostForm(theirs+strings.TrimPrefix(r.URL.Path, "/mimir"), r.Form)
		if err != nil {
			t.Error(err)
			return
		}
		defer answer.Body.Close()
		w.WriteHeader(answer.StatusCode)
		var b bytes.Buffer
		_, _ = b.ReadFrom(answer.Body)
		_, _ = w.Write(b.Bytes())
	}))
	t.Cleanup(proxy.Close)
	o := Options{Dir: t.TempDir(), Groups: shortGroups(t, designShort...), Config: Config{
		Prometheus: &UpstreamConfig{URL: proxy.URL + "/mimir/", Headers: map[string]string{"X-Scope-OrgID": "us"}},
	}}
	e := open(t, o)
	var told []string
	for at := start; !at.After(start.Add(40 * time.Minute)); at = at.Add(time.Minute) {
		if at.Equal(start.Add(17 * time.Minute)) {
			e = restart(t, e, o)
		}
		gone := at.After(start.Add(27*time.Minute)) && at.Before(start.Add(30*time.Minute)) // twice, which does not yet make it be left alone
		down.Store(gone)
		for _, a := range evaluate(t, e, at) {
			if a.Labels["pipeline"] == "packshot-eu" {
				told = append(told, tell(a))
			}
		}
		if s := e.Rules()[0]; gone && (s.Health != HealthBad || s.Err == nil || strings.Contains(s.Err.Error(), "mimir")) {
			t.Errorf("at %s: %s, %v; want an error that names the server and not its address", at, s.Health, s.Err)
		}
	}
	equal(t, "the rule of the design", told, []string{
		"04:02 pending packshot-eu since 04:02:00", "04:07 pending packshot-eu since 04:03:00", "04:13 firing packshot-eu since 04:03:00", // the restart took a minute
	})

	points, err := e.Query(t.Context(), "sort_desc(image_ssim_bucket)", start.Add(time.Hour))
	if err != nil || len(points) != 3 || points[0].Value != 600 || points[0].Labels["le"] != "+Inf" || !points[0].At.Equal(start.Add(time.Hour)) {
		t.Errorf("a page's query: %v, %v", points, err)
	}
	if points, err = e.Query(t.Context(), "1/0", start); err != nil || len(points) != 1 || points[0].Labels != nil || fmt.Sprint(points[0].Value) != "+Inf" {
		t.Errorf("a scalar: %v, %v", points, err)
	}
	series, err := e.QueryRange(t.Context(), "queue_length", start, start.Add(10*time.Minute), 30*time.Second)
	if err != nil || len(series) != 1 || len(series[0].Points) != 21 || series[0].Labels["pipeline"] != "web" {
		t.Errorf("a page's range: %v, %v", series, err)
	}
	for _, expr := range []string{"rate(", `"text"`, "queue_length[5m]"} {
		if _, err := e.Query(t.Context(), expr, start); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %v, want kind invalid", expr, err)
		}
	}
}

// What a server may answer, and what becomes of it.
func TestUpstreamAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		kind   error // nil: an error of no kind
	}{
		"a page":            {200, "<html>sign in</html>", nil},
		"unauthorized":      {401, "no", nil},
		"an error":          {500, `{"status":"error","errorType":"internal","error":"disk"}`, nil},
		"bad data":          {400, `{"status":"error","errorType":"bad_data","error":"parse"}`, journal.ErrInvalid},
		"too slow":          {503, `{"status":"error","errorType":"timeout","error":"slow"}`, context.DeadlineExceeded},
		"a matrix":          {200, `{"status":"success","data":{"resultType":"matrix","result":[]}}`, journal.ErrInvalid},
		"no number":         {200, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}}`, nil},
		"no pair":           {200, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":{}}]}}`, nil},
		"no vector":         {200, `{"status":"success","data":{"resultType":"vector","result":7}}`, nil},
		"no scalar":         {200, `{"status":"success","data":{"resultType":"scalar","result":{}}}`, nil},
		"native histograms": {200, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{}]}]}}`, journal.ErrInvalid},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		}))
		e := open(t, Options{Config: Config{Prometheus: &UpstreamConfig{URL: server.URL}}})
		points, err := e.Query(t.Context(), "up", start)
		if err == nil || c.kind != nil && !errors.Is(err, c.kind) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, %v; want an error of one line, of kind %v", name, points, err, c.kind)
		}
		server.Close()
	}
}

// A server that does not answer is left alone for a moment.
func TestUpstreamIsLeftAlone(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(server.Close)
	e := open(t, Options{Config: Config{Prometheus: &UpstreamConfig{URL: server.URL}}})
	for range 50 {
		if _, err := e.Query(t.Context(), "up", start); err == nil {
			t.Fatal("no error")
		}
	}
	if n := asked.Load(); n != breakAfter {
		t.Errorf("asked %d times, want %d", n, breakAfter)
	}
	// Rules are not kept from asking by what pages asked.
	if _, err := e.ruleQuery()(t.Context(), "up", start); err == nil || asked.Load() != breakAfter+1 {
		t.Errorf("a rule's query gives %v, and the server was asked %d times; want once more", err, asked.Load())
	}
}

// An answer that a query takes too long is an answer: the server is asked again.
func TestUpstreamThatAnswersIsAskedAgain(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`{"status":"error","errorType":"timeout","error":"slow"}`))
	}))
	t.Cleanup(server.Close)
	e := open(t, Options{Config: Config{Prometheus: &UpstreamConfig{URL: server.URL}}})
	for range 2 * breakAfter {
		if _, err := e.Query(t.Context(), "up", start); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("%v, want a deadline", err)
		}
	}
	if n := asked.Load(); n != 2*breakAfter {
		t.Errorf("asked %d times of %d", n, 2*breakAfter)
	}
}

// A redirect is told and not followed: what the configuration sends is for its address alone.
func TestRedirectsGetNoCredentials(t *testing.T) {
	t.Parallel()
	var stolen atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen.Add(1) }))
	t.Cleanup(elsewhere.Close)
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	t.Cleanup(server.Close)
	headers := map[string]string{"X-Scope-OrgID": "s3cret"}
	e := open(t, Options{Config: Config{Prometheus: &UpstreamConfig{URL: server.URL, Headers: headers}}})
	if _, err := e.Query(t.Context(), "up", start); err == nil || !strings.Contains(err.Error(), "307") {
		t.Errorf("a redirected query gives %v, want the redirect told", err)
	}
	x, err := NewExporter(NewMeter(), ExportConfig{URL: server.URL, Headers: headers}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Export(t.Context()); err == nil || !strings.Contains(err.Error(), "307") {
		t.Errorf("a redirected export gives %v, want the redirect told", err)
	}
	if n := stolen.Load(); n != 0 {
		t.Errorf("%d requests went where nobody configured", n)
	}
}

// Secrets come from the environment and appear in no error.
func TestUpstreamCredentials(t *testing.T) {
	t.Setenv("SAFELIGHT_TEST_SECRET", "s3cret")
	for name, c := range map[string]struct {
		config UpstreamConfig
		want   string
	}{
		"token": {UpstreamConfig{TokenEnv: "SAFELIGHT_TEST_SECRET"}, "Bearer s3cret"},
		"basic": {UpstreamConfig{Username: "us", PasswordEnv: "SAFELIGHT_TEST_SECRET"}, "Basic dXM6czNjcmV0"},
	} {
		var got string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = r.Header.Get("Authorization")
			w.WriteHeader(http.StatusForbidden)
		}))
		c.config.URL = server.URL
		e := open(t, Options{Config: Config{Prometheus: &c.config}})
		if _, err := e.Query(t.Context(), "up", start); got != c.want || err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: sent %q, want %q; error %v, want one without the secret", name, got, c.want, err)
		}
		server.Close()
	}
	_, err := Open(Options{Dir: t.TempDir(), Config: Config{Prometheus: &UpstreamConfig{URL: "http://x", TokenEnv: "SAFELIGHT_TEST_NOT_SET"}}})
	if !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a token that is not set: %v, want kind invalid", err)
	}
}
