package delivery

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var cdns = []string{"fastly", "cloudflare", "cloudfront", "webhook", "command"}

const hookSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// openCDN has a CDN of a kind before a gateway with pictures.
func openCDN(t *testing.T, kind string) (*front, *cdn) {
	t.Helper()
	f := &front{site: open(t, "")}
	for i := range pictures {
		write(t, f.path("out", fmt.Sprintf("p%02d.png", i)), picture("bad", i))
		write(t, f.path("ref", fmt.Sprintf("p%02d.png", i)), picture("ref", i))
	}
	c := newCDN(t, f.server.URL)
	f.edge = &server{t: t, listen: strings.TrimPrefix(c.server.URL, "http://"), config: EdgeConfig{Kind: kind, TokenEnv: "SAFELIGHT_TEST_TOKEN"}}
	t.Setenv("SAFELIGHT_TEST_TOKEN", goodToken)
	f.edge.config = c.configured(f.edge.config, f.dir)
	f.opened()
	if err := f.control.CheckEdges(t.Context())["front"]; err != nil {
		t.Fatalf("the edge as docs/edges.md sets it up: %v", err)
	}
	return f, c
}

// configured starts the API of a kind and says where it is.
func (c *cdn) configured(e EdgeConfig, dir string) EdgeConfig {
	c.t.Helper()
	switch e.Kind {
	case "fastly":
		e.API, e.Service = c.fastlyFromItsDocs().URL, "SU1Z0isxPaozGVKXdv0eY"
	case "cloudflare":
		e.API, e.Zone = c.cloudflareFromItsDocs().URL, "023e105f4ecef8ad9ca31a8372d0c353"
	case "cloudfront":
		for name, value := range map[string]string{
			"AWS_ACCESS_KEY_ID": goodToken, "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "", "AWS_EC2_METADATA_DISABLED": "true",
			"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_PROFILE": "", "AWS_REGION": "",
		} {
			c.t.Setenv(name, value)
		}
		e.TokenEnv, e.API, e.Distribution, e.Tags = "", c.cloudfrontFromItsDocs().URL, "EDFDVBD6EXAMPLE", true
	case "webhook":
		c.t.Setenv("SAFELIGHT_TEST_SECRET", hookSecret)
		e.TokenEnv, e.SecretEnv, e.URL = "", "SAFELIGHT_TEST_SECRET", c.receiver().URL
	case "command":
		e.TokenEnv, e.Command, e.Env = "", []string{c.script(dir), "an argument"}, []string{"SAFELIGHT_TEST_TOKEN"}
	}
	return e
}

// opened makes the control of the front's configuration.
func (f *front) opened() {
	f.t.Helper()
	c := Config{
		Routes: map[string]RouteConfig{"catalogue": {
			Prefix: "/catalogue/", Origin: f.path("out"), Fallback: f.path("ref"), Edges: []string{"front"}, URL: "http://" + f.edge.listen + "/catalogue/",
		}},
		Edges: map[string]EdgeConfig{"front": f.edge.config},
	}
	control, err := NewControl(c, f.path("gateway.json"))
	if err != nil {
		f.t.Fatal(err)
	}
	control.URL = f.server.URL
	for _, e := range control.edges.named {
		if d, ok := e.driver.(*cloudfront); ok {
			d.pause = time.Millisecond
		}
	}
	f.control = control
}

// receiver is a program of the house that a webhook tells; it believes what is signed.
func (c *cdn) receiver() *httptest.Server {
	done := map[string]bool{}
	return c.api(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(hookSecret, "whsec_"))
		mac := hmac.New(sha256.New, key)
		id := r.Header.Get("webhook-id")
		fmt.Fprintf(mac, "%s.%s.%s", id, r.Header.Get("webhook-timestamp"), body)
		if err != nil || r.Header.Get("webhook-signature") != "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		var event struct {
			Type string
			Data Change
		}
		if err := json.Unmarshal(body, &event); err != nil || event.Data.Edge != "front" || event.Data.ID != id {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if event.Type == eventChanged && !done[id] { // an attempt that comes again changes nothing
			c.obey(event.Data.Purge)
			done[id] = true
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// script is a real program that hands its input to a server, which does what a CDN's own tool would.
func (c *cdn) script(dir string) string {
	tool := c.api(func(w http.ResponseWriter, r *http.Request) {
		var event struct{ Data Change }
		if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.obey(event.Data.Purge)
	})
	name := filepath.Join(dir, "purge.sh")
	text := fmt.Sprintf("#!/bin/sh\n[ \"$1\" = 'an argument' ] || exit 3\n[ -n \"$SAFELIGHT_TEST_TOKEN\" ] && [ -z \"$HOME\" ] || exit 4\nexec curl -sS --fail --max-time 5 --data-binary @- %s\n", tool.URL)
	if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
		c.t.Fatal(err)
	}
	return name
}

// TestCDNs disables a route behind each kind of CDN whose cache is full of delivered images, replaces them, and takes it back;
// then holds a single one.
func TestCDNs(t *testing.T) {
	for _, kind := range cdns {
		t.Run(kind, func(t *testing.T) {
			f, c := openCDN(t, kind)
			f.want("before", "bad", 1, 2, 3)
			f.want("from the cache", "bad", 1, 2, 3)
			if a := f.ask("/catalogue/p01.png?w=200"); a.body != picture("bad", 1) {
				t.Fatalf("with a parameter: %.20q", a.body)
			}
			if a := f.ask("/catalogue/p01.png"); a.header.Get("X-Cache") != "HIT" || a.header.Get("Surrogate-Key") != "" {
				t.Fatalf("the CDN does not cache: %v", a.header)
			}
			f.disable()
			f.want("disabled", "ref", 1, 2, 3)
			if a := f.ask("/catalogue/p01.png?w=200"); a.body != picture("ref", 1) || a.cache != cacheNever {
				t.Errorf("with a parameter, disabled: %.20q, %s", a.body, a.cache)
			}
			write(t, f.path("out", "p01.png"), picture("mended", 1))
			if _, err := f.control.Enable(t.Context(), "catalogue", "PM-1", "M1"); err != nil {
				t.Fatal(err)
			}
			f.prove(false)
			f.want("taken back", "mended", 1)
			f.want("the same bytes as before", "bad", 2, 3)

			if err := f.control.Hold(t.Context(), "catalogue", Held{Path: "p02.png", Item: "Q-1", Since: time.Now()}); err != nil {
				t.Fatal(err)
			}
			if _, err := f.control.ProbePath(t.Context(), "catalogue", "p02.png", true); err != nil {
				t.Fatal(err)
			}
			f.want("held", "ref", 2)
			if a := f.ask("/catalogue/p03.png"); a.header.Get("X-Cache") != "HIT" {
				t.Error("what is beside a held path was purged too")
			}
			orders := c.orders
			if err := f.control.Hold(t.Context(), "catalogue", Held{Path: "p02.png", Item: "Q-1", Since: time.Now()}); err != nil || c.orders != orders {
				t.Errorf("held twice: %d orders more, %v", c.orders-orders, err)
			}
		})
	}
}

// ask asks the edge for a path.
func (f *front) ask(path string) answer {
	f.t.Helper()
	res, err := http.Get("http://" + f.edge.listen + path)
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return answer{status: res.StatusCode, cache: res.Header.Get("Cache-Control"), header: res.Header, body: string(body)}
}

// TestCDNsPurgeWhatHasNoTags purges what was stored before the gateway was behind the CDN, where it can find it.
func TestCDNsPurgeWhatHasNoTags(t *testing.T) {
	for _, kind := range []string{"cloudflare", "cloudfront", "webhook"} {
		t.Run(kind, func(t *testing.T) {
			f, c := openCDN(t, kind)
			f.want("before", "bad", 0, 9, 19)
			for key, o := range c.kept {
				o.tags = nil
				c.kept[key] = o
			}
			f.disable()
			f.want("disabled", "ref", 0, 9, 19)
		})
	}
}

// TestCDNThatDoesNothing takes every order and keeps what it has: the probe tells, and it is told again.
func TestCDNThatDoesNothing(t *testing.T) {
	for _, kind := range cdns {
		t.Run(kind, func(t *testing.T) {
			f, c := openCDN(t, kind)
			for i := range pictures {
				f.want("before", "bad", i)
			}
			c.idle, c.hits = true, make(chan struct{})
			t.Cleanup(func() { close(c.hits) })
			f.control.Timeout = time.Minute
			if err := f.control.Disable(t.Context(), "catalogue", "PM-1", "M1"); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() { // until it has seen enough of them
				for n := 0; ; n++ {
					if _, open := <-c.hits; !open {
						return
					}
					if n == 3 {
						cancel()
					}
				}
			}()
			if _, err := f.control.Probe(ctx, "catalogue", true); err == nil || !strings.Contains(err.Error(), "with an answer of the route while it was enabled") {
				t.Errorf("a CDN that serves what it had: %v", err)
			}
			c.idle, f.control.Timeout = false, 0
			f.disable()
			f.want("told again", "ref", 1)
		})
	}
}

// TestCDNsRefuse says why a CDN did not obey, when to try again, and never the token.
func TestCDNsRefuse(t *testing.T) {
	answers := func(status int, body string, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	endless := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat(" ", 64<<10)); err != nil {
				return
			}
		}
	}
	for _, row := range []struct {
		kind  string
		fault http.HandlerFunc
		want  string
		after time.Duration
	}{
		{"fastly", answers(429, `{"msg":"Too many requests"}`, "Retry-After", "7"), "status 429: Too many requests", 7 * time.Second},
		{"fastly", answers(429, `{}`), "status 429", usualWait},
		{"fastly", answers(503, "<html>"), "status 503", soon},
		{"fastly", answers(403, `{"msg":"no `+goodToken+`","detail":"two\nlines"}`), "status 403: no …: two lines", 0},
		{"fastly", answers(200, `{"safelight-catalogue":""}`), "does not say that it has purged safelight-catalogue", 0},
		{"fastly", answers(200, `<html>`), "none of a purge", 0},
		{"fastly", answers(302, ``, "Location", "http://127.0.0.1:1/"), "status 302", 0},
		{"fastly", endless, "without end", 0},
		{"cloudflare", answers(200, `{"success":false,"errors":[{"code":1107,"message":"Only enterprise zones"}]}`), "refuses: Only enterprise zones (code 1107)", 0},
		{"cloudflare", answers(200, `{"success":true,"errors":[{"code":1,"message":"and yet"}]}`), "and yet (code 1)", 0},
		{"cloudflare", answers(200, `[]`), "none of a purge", 0},
		{"cloudflare", answers(429, `{"success":false,"errors":[{"code":971,"message":"Please wait"}]}`, "Retry-After", "Fri, 27 Nov 2099 00:00:00 GMT"), "Please wait (code 971)", maxWait},
		{"cloudflare", answers(502, ``), "status 502", soon},
		{"cloudflare", endless, "without end", 0},
		{"cloudfront", answers(400, `<ErrorResponse><Error><Code>TooManyInvalidationsInProgress</Code><Message>Processing your request will cause you to exceed the maximum number</Message></Error></ErrorResponse>`), "TooManyInvalidationsInProgress: Processing", usualWait},
		{"cloudfront", endless, "too large", 0},
		{"cloudfront", answers(403, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>User is not authorized</Message></Error></ErrorResponse>`), "AccessDenied: User is not authorized", 0},
		{"cloudfront", answers(404, `<ErrorResponse><Error><Code>NoSuchDistribution</Code><Message>The specified distribution does not exist.</Message></Error></ErrorResponse>`), "NoSuchDistribution", 0},
		{"webhook", answers(500, goodToken), "status 500", soon},
		{"webhook", answers(410, ``), "status 410", 0},
		{"webhook", answers(301, ``, "Location", "http://127.0.0.1:1/"), "status 301", 0},
		{"command", answers(500, ``), "ends with exit status 22: curl: (22)", 0},
	} {
		t.Run(row.kind+" "+row.want, func(t *testing.T) {
			f, c := openCDN(t, row.kind)
			c.fault = row.fault
			err := f.control.Disable(t.Context(), "catalogue", "PM-1", "M1")
			if err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), "edge front") || strings.Contains(err.Error(), goodToken) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("want one sentence with %q and no token, got %v", row.want, err)
			}
			var later *Later
			if got := errors.As(err, &later); got != (row.after > 0) || got && later.After != row.after {
				t.Errorf("later %+v, want after %v: %v", later, row.after, err)
			}
			c.fault = nil
			f.disable()
			f.want("told again", "ref", 1)
		})
	}
}

// TestCDNsWrongToken is a sentence that names no token.
func TestCDNsWrongToken(t *testing.T) {
	for kind, want := range map[string]string{
		"fastly": "status 401: Provided credentials are missing or invalid", "cloudflare": "status 403: Authentication error (code 10000)",
		"cloudfront": "InvalidClientTokenId", "webhook": "status 401",
	} {
		t.Run(kind, func(t *testing.T) {
			f, _ := openCDN(t, kind)
			const wrong = "another-token-9876543210"
			t.Setenv("SAFELIGHT_TEST_TOKEN", wrong)
			t.Setenv("AWS_ACCESS_KEY_ID", wrong)
			t.Setenv("SAFELIGHT_TEST_SECRET", "whsec_YW5vdGhlciBzZWNyZXQgb2YgMzIgYnl0ZXMhISEh")
			f.opened()
			for what, err := range map[string]error{
				"check": f.control.CheckEdges(t.Context())["front"], "disable": f.control.Disable(t.Context(), "catalogue", "PM-1", "M1"),
			} {
				if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), wrong) {
					t.Errorf("%s: %v; want %q", what, err, want)
				}
			}
			for _, name := range []string{"SAFELIGHT_TEST_TOKEN", "SAFELIGHT_TEST_SECRET"} {
				t.Setenv(name, "")
			}
			f.opened()
			err := f.control.CheckEdges(t.Context())["front"]
			if kind != "cloudfront" && (err == nil || !strings.Contains(err.Error(), "Env names is not set") || strings.Contains(err.Error(), "SAFELIGHT_TEST")) {
				t.Errorf("without a secret: %v", err)
			}
		})
	}
}

// TestCDNSlow ends with the time that an attempt has.
func TestCDNSlow(t *testing.T) {
	for _, kind := range cdns {
		t.Run(kind, func(t *testing.T) {
			f, c := openCDN(t, kind)
			c.fault = func(_ http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body) // or the server would not see the client leave
				<-r.Context().Done()
			}
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			if err := f.control.Disable(ctx, "catalogue", "PM-1", "M1"); err == nil || !strings.Contains(err.Error(), "edge front") {
				t.Errorf("an edge that does not answer: %v", err)
			}
		})
	}
}

// TestCloudfrontWaitsOn goes on waiting for the invalidation that an attempt before has made.
func TestCloudfrontWaitsOn(t *testing.T) {
	f, c := openCDN(t, "cloudfront")
	d := f.control.edges.named["front"].driver.(*cloudfront)
	d.wait, d.pause = 400*time.Millisecond, time.Hour
	err := f.control.Disable(t.Context(), "catalogue", "PM-1", "M1")
	var later *Later
	if !errors.As(err, &later) || !strings.Contains(err.Error(), "is not completed after") {
		t.Fatalf("an invalidation in progress: %v", err)
	}
	if c.orders != 0 {
		t.Fatalf("%d orders are done", c.orders)
	}
	d.wait, d.pause = invalidationTime, time.Millisecond
	f.disable()
	if c.orders != 2 { // one by path and one by tag
		t.Errorf("%d invalidations are done, want 2", c.orders)
	}
}

// TestBatches gives no order more names than the service takes.
func TestBatches(t *testing.T) {
	paths := make([]string, 300)
	for i := range paths {
		paths[i] = fmt.Sprintf("p%d.png", i)
	}
	for kind, want := range map[string]int{"fastly": 2, "cloudflare": 3 + 3, "cloudfront": 1 + 1} {
		t.Run(kind, func(t *testing.T) {
			f, c := openCDN(t, kind)
			c.orders = 0
			e := f.control.edges.named["front"]
			p := about{paths: paths}.purge(e.abilities(), Route{Name: "catalogue", Prefix: "/catalogue/"})
			p.Site = f.control.edges.site("catalogue")
			if err := e.purge(t.Context(), p); err != nil || c.orders != want {
				t.Errorf("%d orders, %v; want %d", c.orders, err, want)
			}
		})
	}
	if p := purgeOf(Abilities{PurgesTags: true, PurgesPaths: true}, Route{Name: "c", Prefix: "/c/"}, make([]string, manyPaths+1)); len(p.Tags) != 1 || len(p.Paths) != 0 {
		t.Errorf("too many paths to purge one by one: %d tags, %d paths", len(p.Tags), len(p.Paths))
	}
}

// TestCommandHook ends a program that takes too long with all that it has started, and keeps the end of what it says.
func TestCommandHook(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program := func(text string) *command {
		name := filepath.Join(dir, fmt.Sprintf("%x.sh", sha256.Sum256([]byte(text))))
		write(t, name, "#!/bin/sh\n"+text+"\n")
		if err := os.Chmod(name, 0o755); err != nil {
			t.Fatal(err)
		}
		return newCommand("front", EdgeConfig{Command: []string{name}, Timeout: 10 * time.Second})
	}
	for text, want := range map[string]string{
		"cat >/dev/null":                    "",
		"exit 0":                            "", // it need not read
		"echo no such distribution; exit 9": "ends with exit status 9: no such distribution",
		"head -c 100000 /dev/zero | tr '\\0' x; echo; echo the end >&2; exit 1": "the end",
		"kill -9 $$": "signal: killed",
	} {
		err := program(text).change(t.Context(), Change{Route: "catalogue"})
		if got := ""; err != nil {
			if got = err.Error(); want == "" || !strings.Contains(got, want) || len(got) > 500 {
				t.Errorf("%s: %s; want %q", text, got, want)
			}
		} else if want != "" {
			t.Errorf("%s: no error; want %q", text, want)
		}
	}
	slow := program("sleep 600 & sleep 600")
	slow.limit = 100 * time.Millisecond
	var later *Later
	if err := slow.change(t.Context(), Change{}); !errors.As(err, &later) || !strings.Contains(err.Error(), "not ended within") {
		t.Errorf("a program without end: %v", err)
	}
	write(t, filepath.Join(dir, "text"), "no program")
	for name, want := range map[string]string{filepath.Join(dir, "none"): "no such file", filepath.Join(dir, "text"): "permission denied", dir: "is a directory"} {
		if err := newCommand("front", EdgeConfig{Command: []string{name}}).check(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("check %s: %v; want %q", name, err, want)
		}
	}
}

// TestCommandHookKeepsSecrets out of what it says.
func TestCommandHookKeepsSecrets(t *testing.T) {
	t.Setenv("SAFELIGHT_TEST_TOKEN", goodToken)
	c := newCommand("front", EdgeConfig{Command: []string{"/bin/sh", "-c", "echo refused with $SAFELIGHT_TEST_TOKEN; exit 1"}, Env: []string{"SAFELIGHT_TEST_TOKEN"}})
	if err := c.change(t.Context(), Change{}); err == nil || strings.Contains(err.Error(), goodToken) || !strings.Contains(err.Error(), "refused with …") {
		t.Errorf("its error is %v", err)
	}
}

// TestHookAttempts has one id for all attempts of a change, and another for the same change later.
func TestHookAttempts(t *testing.T) {
	t.Parallel()
	var a attempts
	var ids []string
	fails := errors.New("away")
	for _, outcome := range []error{fails, fails, nil, nil} {
		_ = a.give(Change{Route: "c", Generation: 3}, func(c Change) error { ids = append(ids, c.ID); return outcome })
	}
	if ids[0] != ids[1] || ids[1] != ids[2] || ids[2] == ids[3] {
		t.Errorf("ids %v", ids)
	}
	for i := range 2 * maxOpen {
		_ = a.give(Change{Generation: int64(i)}, func(Change) error { return fails })
	}
	if len(a.open) > maxOpen {
		t.Errorf("%d orders are remembered", len(a.open))
	}
}

func FuzzCDNAnswers(f *testing.F) {
	for _, text := range []string{`{"success":false,"errors":[{"code":1,"message":"x"}]}`, `{"a":"b"}`, `{"msg":"a","detail":"b"}`, `[]`, `{"errors":[{}]}`, ``, `null`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		fast, flare := newFastly("front", EdgeConfig{}), newCloudflare("front", EdgeConfig{})
		fast.api.token.value, flare.api.token.value = "tok", "tok"
		said := fast.api.quote(fastlySays(text))
		for _, err := range []error{fast.purged(text, []string{"a"}), flare.purged(text)} {
			if err != nil {
				said += err.Error()
			}
		}
		if strings.Contains(said, "tok") || strings.ContainsAny(said, "\n\r") || len(said) > 2000 {
			t.Errorf("%q is said", said)
		}
	})
}

// TestCDNsPurge makes each CDN forget a single path, and then keeps it from storing the route.
func TestCDNsPurge(t *testing.T) {
	for _, kind := range cdns {
		t.Run(kind, func(t *testing.T) {
			f, _ := openCDN(t, kind)
			if _, err := f.control.Purge(t.Context(), "catalogue", nil, nil); err != nil {
				t.Fatal(err)
			}
			f.want("before", "bad", 1, 2)
			write(t, f.path("out", "p01.png"), picture("mended", 1))
			f.want("as it was stored", "bad", 1)
			list, err := f.control.Purge(t.Context(), "catalogue", []string{"p01.png"}, nil)
			if err != nil || len(list) != 1 || list[0] != (Purged{Edge: "front", Kind: kind, Done: true, Scope: purgedPaths}) {
				t.Errorf("%+v, %v", list, err)
			}
			f.want("purged", "mended", 1)
			if a := f.ask("/catalogue/p02.png"); a.header.Get("X-Cache") != "HIT" {
				t.Error("what is beside a purged path was purged too")
			}
			if err := f.control.NoStore(t.Context(), "catalogue", "PM-1", "M1", time.Hour); err != nil {
				t.Fatal(err)
			}
			if _, err := f.control.ProbeNoStore(t.Context(), "catalogue", true); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if a := f.ask("/catalogue/p02.png"); a.header.Get("X-Cache") != "MISS" || a.cache != cacheNever {
					t.Errorf("stored nowhere: %s, %s", a.header.Get("X-Cache"), a.cache)
				}
			}
			if _, err := f.control.Store(t.Context(), "catalogue", "PM-1", "M1"); err != nil {
				t.Fatal(err)
			}
			if _, err := f.control.ProbeNoStore(t.Context(), "catalogue", false); err != nil {
				t.Fatal(err)
			}
		})
	}
}
