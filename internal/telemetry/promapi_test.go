package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/prompb"
)

// debianPrometheus starts Debian's Prometheus on a free port with a configuration, and gives its address when it is ready.
func debianPrometheus(t *testing.T, config string) string {
	t.Helper()
	binary, err := exec.LookPath("prometheus")
	if err != nil {
		t.Fatalf("this test compares with Debian's package prometheus: %v", err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	command := exec.Command(binary, "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address, "--web.enable-remote-write-receiver", "--log.level=warn")
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt)
		_ = command.Wait()
		if t.Failed() {
			t.Logf("prometheus said:\n%s", said.String())
		}
	})
	until(t, "prometheus is ready", func() bool {
		answer, err := http.Get("http://" + address + "/-/ready")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	return "http://" + address
}

// until polls a condition, at most 20 seconds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: not within 20 seconds", what)
		}
	}
}

// askGrafana sends a request as Grafana's data source does, and gives the status and the answer.
func askGrafana(t *testing.T, method, address, path string, form url.Values) (int, map[string]any) {
	t.Helper()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	} else if len(form) > 0 {
		path += "?" + form.Encode()
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var got map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil && answer.StatusCode != http.StatusNotFound {
		t.Fatalf("%s %s: %d, not JSON: %v", method, path, answer.StatusCode, err)
	}
	return answer.StatusCode, got
}

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// hour is an hour of two counters, a gauge with a hole and a histogram.
func hour() []prompb.TimeSeries {
	all := []prompb.TimeSeries{
		series1("image_delta_e_over_threshold_total", "class=product pipeline=packshot-eu"),
		series1("image_delta_e_over_threshold_total", "class=hero pipeline=web"),
		series1("queue_length", "pipeline=web"),
		series1("image_ssim_bucket", "le=0.5 pipeline=web"),
		series1("image_ssim_bucket", "le=0.9 pipeline=web"),
		series1("image_ssim_bucket", "le=+Inf pipeline=web"),
	}
	for i := range 121 {
		at := start.Add(time.Duration(i) * 30 * time.Second).UnixMilli()
		for j, v := range []float64{max(0, float64(i-23)) * 7, math.Floor(float64(i) / 40), math.Sin(float64(i)), float64(i), float64(3 * i), float64(5 * i)} {
			if j == 2 && i > 50 && i < 70 {
				continue
			}
			all[j].Samples = append(all[j].Samples, prompb.Sample{Timestamp: at, Value: v})
		}
	}
	return all
}

// The same data gives the same answers here and in Debian's Prometheus, byte for byte of the data.
func TestAPIAnswersAsPrometheus(t *testing.T) {
	t.Parallel()
	theirs := debianPrometheus(t, "global: {scrape_interval: 1h}\n")
	end := start.Add(time.Hour)
	e := open(t, Options{Now: func() time.Time { return end }})
	ours := httptest.NewServer(e.PromAPI())
	t.Cleanup(ours.Close)
	body := write1(t, hour()...)
	if w := post(e.RemoteWrite(), "a", writeV1Type, body, "Content-Encoding", "snappy"); w.Code != 204 {
		t.Fatalf("write to ours: %d %q", w.Code, w.Body)
	}
	writeTo(t, theirs, body)
	// Seven seconds after the samples: Prometheus 2 and 3 differ in whether the left end of a range belongs to it.
	at := fmt.Sprint(start.Add(40*time.Minute + 7*time.Second).Unix())
	window := []string{"start", fmt.Sprint(start.Unix() + 7), "end", fmt.Sprint(end.Unix())}
	var asked []struct {
		path string
		form url.Values
	}
	ask := func(path string, pairs ...string) {
		asked = append(asked, struct {
			path string
			form url.Values
		}{path, form(pairs...)})
	}
	for _, expr := range []string{
		`1+1`, `vector(1)`, `"text"`, `image_delta_e_over_threshold_total`, `queue_length[5m]`, `queue_length offset 3m`,
		`sum(rate(image_delta_e_over_threshold_total[5m])) by (pipeline) > 0`, `increase(image_delta_e_over_threshold_total[17m])`,
		`topk(1, image_ssim_bucket > 0)`, `histogram_quantile(0.9, sum by (le) (rate(image_ssim_bucket[10m])))`,
		`absent(nothing{pipeline="web"})`, `label_replace(queue_length, "p", "$1", "pipeline", "(.).*")`, `rate(`, `queue_length / 0`,
		`image_delta_e_over_threshold_total * on (pipeline) group_left queue_length`, `max_over_time(rate(queue_length[125s])[20m:3m])`,
	} {
		ask("/api/v1/query", "query", expr, "time", at)
		if !strings.HasSuffix(expr, "]") && !strings.HasPrefix(expr, `"`) {
			ask("/api/v1/query_range", append([]string{"query", expr, "step", "60"}, window...)...)
		}
	}
	ask("/api/v1/query", "query", "up", "time", "yesterday")
	ask("/api/v1/query_range", append([]string{"query", "up", "step", "0"}, window...)...)
	ask("/api/v1/query_range", "query", "up", "step", "1", "start", "0", "end", "20000")
	ask("/api/v1/labels", window...)
	ask("/api/v1/labels", append([]string{"match[]", "queue_length"}, window...)...)
	ask("/api/v1/series", append([]string{"match[]", `{pipeline="web"}`, "match[]", "nothing"}, window...)...)
	for _, q := range asked {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			same(t, method, q.path, q.form, ours.URL, theirs)
		}
	}
	same(t, http.MethodGet, "/api/v1/label/__name__/values", form(window...), ours.URL, theirs)
	same(t, http.MethodGet, "/api/v1/label/pipeline/values", form(append([]string{"match[]", "queue_length"}, window...)...), ours.URL, theirs)
	same(t, http.MethodGet, "/api/v1/rules", nil, ours.URL, theirs)
	same(t, http.MethodGet, "/api/v1/alerts", nil, ours.URL, theirs)
	same(t, http.MethodGet, "/api/v1/format_query", form("query", "sum(rate(x[5m]))by(y)"), ours.URL, theirs)
	same(t, http.MethodGet, "/api/v1/query_exemplars", form(append([]string{"query", "queue_length"}, window...)...), ours.URL, theirs)
}

func same(t *testing.T, method, path string, form url.Values, ours, theirs string) {
	t.Helper()
	gotStatus, got := askGrafana(t, method, ours, path, form)
	wantStatus, want := askGrafana(t, method, theirs, path, form)
	for _, key := range []string{"status", "errorType", "data"} {
		if g, w := ordered(t, got[key]), ordered(t, want[key]); g != w || gotStatus != wantStatus {
			t.Errorf("%s %s %s: %s of %d\n got %.2000s\nwant %.2000s", method, path, form, key, gotStatus, g, w)
		}
	}
}

// ordered writes a value; the elements of a vector, which have no order, by their labels.
func ordered(t *testing.T, v any) string {
	t.Helper()
	if data, ok := v.(map[string]any); ok && data["resultType"] == "vector" {
		slices.SortFunc(data["result"].([]any), func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What Grafana asks beyond the queries, and what nobody may ask.
func TestAPIForGrafana(t *testing.T) {
	t.Parallel()
	e := open(t, Options{Groups: shortGroups(t, designShort...), Now: func() time.Time { return start }})
	server := httptest.NewServer(http.StripPrefix("/prometheus", e.PromAPI()))
	t.Cleanup(server.Close)
	md := gauges(1, start)
	md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).SetDescription("of the oven")
	pushed(t, e.OTLP(), "a", md)
	appendAt(t, e, start, Sample{Name: "image_delta_e_over_threshold_total", Labels: map[string]string{"pipeline": "web"}, Value: 3, Start: start.Add(-time.Minute)})
	evaluate(t, e, start)
	get := func(path string, pairs ...string) (int, string) {
		status, got := askGrafana(t, http.MethodGet, server.URL, "/prometheus/api/v1"+path, form(pairs...))
		text, err := json.Marshal(got["data"])
		if err != nil {
			t.Fatal(err)
		}
		return status, string(text)
	}
	for path, want := range map[string]string{
		"/status/buildinfo":                  `"version":"3.13.5"`,
		"/metadata":                          `{"temperature":[{"help":"of the oven","type":"gauge","unit":""}]}`,
		"/rules":                             `"state":"pending"`,
		"/alerts":                            `"alertname":"deltaE-spike"`,
		"/query_exemplars?query=temperature": `[]`,
		"/query?query=time()":                fmt.Sprint(start.Unix()), // on the engine's clock
		"/parse_query?query=up":              `"name":"up"`,
	} {
		if status, data := get(path); status != 200 || !strings.Contains(data, want) {
			t.Errorf("%s: %d %s, want %s", path, status, data, want)
		}
	}
	for _, path := range []string{
		"/api/v1/write", "/api/v1/read", "/api/v1/otlp/v1/metrics", "/api/v1/admin/tsdb/delete_series", "/api/v1/admin/tsdb/snapshot",
		"/api/v1/status/config", "/api/v1/status/flags", "/api/v1/targets", "/api/v1/notifications", "/api/v1/label//values", "/api/v1", "/",
		"/api/v1/../../metrics", "/api/v1/label/a/b/values",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
			w := httptest.NewRecorder()
			e.PromAPI().ServeHTTP(w, httptest.NewRequest(method, path, nil))
			if w.Code != http.StatusNotFound {
				t.Errorf("%s %s: %d, want 404", method, path, w.Code)
			}
		}
	}
}

// Grafana lists rules by their files: each has the name of its own, and says nothing of the folder.
func TestAPINamesRuleFiles(t *testing.T) {
	t.Parallel()
	two := fileGroups(t, "groups:\n- name: a\n  rules: [{record: r, expr: up}]\n- name: b\n  rules: [{record: s, expr: up}]\n")
	var groups []Group
	for _, source := range []string{"/srv/eu/rules.yml", "/srv/us/rules.yml", "starter/images.yaml"} {
		for _, g := range two {
			groups = append(groups, g.From(source))
		}
	}
	groups = append(groups, two[1].From("/srv/eu/rules.yml"), shortGroups(t, designShort...)[0].From("safelight.yaml"))
	e := open(t, Options{Groups: groups, Now: func() time.Time { return start }})
	server := httptest.NewServer(e.PromAPI())
	t.Cleanup(server.Close)
	_, got := askGrafana(t, http.MethodGet, server.URL, "/api/v1/rules", nil)
	var files []string
	for _, g := range got["data"].(map[string]any)["groups"].([]any) {
		files = append(files, g.(map[string]any)["file"].(string))
	}
	want := []string{"rules.yml", "rules.yml", "rules.yml (2)", "rules.yml (2)", "starter/images.yaml", "starter/images.yaml", "rules.yml (3)", "safelight.yaml"}
	if !slices.Equal(files, want) {
		t.Errorf("files %q, want %q", files, want)
	}
	for i, r := range e.Rules() {
		if r.Source != groups[i].Source() {
			t.Errorf("rule %d is from %q, want %q", i, r.Source, groups[i].Source())
		}
	}
}

// The limits of queries hold here too.
func TestAPILimits(t *testing.T) {
	t.Parallel()
	e := open(t, Options{MaxSamples: 50, Now: func() time.Time { return start }})
	for i := range 100 {
		appendAt(t, e, start.Add(time.Duration(i-100)*time.Second), counter("a", float64(i)))
	}
	server := httptest.NewServer(e.PromAPI())
	t.Cleanup(server.Close)
	for name, c := range map[string]struct {
		form url.Values
		want int
	}{
		"too many samples": {form("query", "sum_over_time(image_delta_e_over_threshold_total[5m])"), 422},
		"too long":         {form("query", strings.Repeat("1+", maxExprBytes/2)+"1"), 400},
		"too large a form": {form("query", strings.Repeat("x", maxForm)), 400},
		"good":             {form("query", "image_delta_e_over_threshold_total"), 200},
	} {
		if status, got := askGrafana(t, http.MethodPost, server.URL, "/api/v1/query", c.form); status != c.want {
			t.Errorf("%s: %d %v, want %d", name, status, got, c.want)
		}
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/api/v1/query?query=up", nil)
	r.Header.Set("Origin", "https://elsewhere.example")
	e.PromAPI().ServeHTTP(w, r)
	if got := w.Header().Get("Access-Control-Allow-Origin"); w.Code != 200 || got != "" {
		t.Errorf("another origin: %d, allowed %q; want an answer that its page cannot read", w.Code, got)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if status, _ := askGrafana(t, http.MethodPost, server.URL, "/api/v1/query", form("query", "1")); status != http.StatusServiceUnavailable {
		t.Errorf("after the end: %d, want 503", status)
	}
}

// Debian's Prometheus scrapes a page and sends what it finds with remote write.
func TestPrometheusWritesToUs(t *testing.T) {
	t.Parallel()
	e := open(t, Options{})
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "# HELP image_delta_e_over_threshold_total Over.\n# TYPE image_delta_e_over_threshold_total counter\nimage_delta_e_over_threshold_total{pipeline=\"web\"} 4\n")
	}))
	t.Cleanup(page.Close)
	to := httptest.NewServer(e.RemoteWrite())
	t.Cleanup(to.Close)
	debianPrometheus(t, fmt.Sprintf(`global: {scrape_interval: 1s}
scrape_configs: [{job_name: images, static_configs: [{targets: [%q]}]}]
remote_write: [{url: %q, queue_config: {batch_send_deadline: 200ms}, metadata_config: {send_interval: 1s}}]
`, strings.TrimPrefix(page.URL, "http://"), to.URL))
	until(t, "its samples are here", func() bool {
		points, err := e.Query(t.Context(), `image_delta_e_over_threshold_total{job="images"}`, time.Now())
		return err == nil && len(points) == 1 && points[0].Value == 4 && points[0].Labels["pipeline"] == "web"
	})
	until(t, "its metadata is here", func() bool {
		m, ok := e.metadata.GetMetadata("image_delta_e_over_threshold_total")
		return ok && m.Help == "Over."
	})
}
