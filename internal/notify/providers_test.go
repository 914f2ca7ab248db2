package notify

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/phrase"
)

const hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // of the vectors of Standard Webhooks

// receiver is a provider on loopback that gives one answer.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	header []http.Header
	bodies [][]byte
}

func receive(t *testing.T, code int, header http.Header, answer string) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		r.header, r.bodies = append(r.header, req.Header), append(r.bodies, body)
		r.mu.Unlock()
		for k := range header {
			w.Header().Set(k, header.Get(k))
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(r.Close)
	return r
}

// only gives the one request that must have come.
func (r *receiver) only(t *testing.T) (http.Header, []byte) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.bodies) != 1 {
		t.Fatalf("%d requests came, want one", len(r.bodies))
	}
	return r.header[0], r.bodies[0]
}

const token = "xoxb-not-for-errors"

// channels makes one of each kind that sends to an address.
func channels(t *testing.T, address string) []Channel {
	t.Helper()
	slack, err := NewSlack(SlackConfig{TokenEnv: "T", URL: address + "/" + token}, token, "")
	if err != nil {
		t.Fatal(err)
	}
	pager, err := NewPagerDuty(PagerDutyConfig{KeyEnv: "K", URL: address + "/" + token}, token)
	if err != nil {
		t.Fatal(err)
	}
	hook, err := NewWebhook(WebhookConfig{Name: "house", URL: address + "/" + token, SecretEnv: "S"}, hookSecret)
	if err != nil {
		t.Fatal(err)
	}
	return []Channel{slack, pager, hook}
}

func paged() Message {
	f := page()
	f.Ack = "https://safelight.example/ack/personal"
	subject, text := PageMessage(phrase.English, f)
	return Message{To: Recipient{Name: "Ada", Slack: "U024BE7LH", Lang: phrase.English}, Subject: subject, Text: text, Key: "PM-2025-09-27-01/acknowledge-1", Page: &f}
}

// TestAnswersOfProviders: what an answer means does not depend on the provider, and no error tells an address or a secret.
func TestAnswersOfProviders(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		code      int
		after     string
		permanent bool
		limited   time.Duration // 0 for none
	}{
		{400, "", true, 0}, {401, "", true, 0}, {404, "", true, 0}, {410, "", true, 0}, {408, "", false, 0}, {425, "", false, 0},
		{302, "", false, 0}, {500, "", false, 0}, {503, "", false, 0}, {503, "7", false, 7 * time.Second},
		{429, "", false, usualWait}, {429, "2", false, 2 * time.Second}, {429, "99999999", false, maxWait}, {429, "soon", false, usualWait},
	} {
		header := http.Header{"Location": {"/elsewhere"}}
		if test.after != "" {
			header.Set("Retry-After", test.after)
		}
		server := receive(t, test.code, header, token)
		for _, c := range channels(t, server.URL) {
			_, err := c.Send(t.Context(), paged())
			var limited *Limited
			var after time.Duration
			if errors.As(err, &limited) {
				after = limited.After
			}
			if err == nil || IsPermanent(err) != test.permanent || after != test.limited {
				t.Errorf("%s, %d: %v, permanent %t, after %v; want %+v", c.Name(), test.code, err, IsPermanent(err), after, test)
			}
			if err != nil && strings.Contains(err.Error(), token) {
				t.Errorf("%s, %d: the error tells a secret: %v", c.Name(), test.code, err)
			}
		}
		if n := len(server.bodies); n != 3 {
			t.Errorf("%d: %d requests, want one for each channel: none follows a redirect", test.code, n)
		}
	}
}

func TestProvidersThatAreAway(t *testing.T) {
	t.Parallel()
	server := receive(t, 200, nil, "")
	server.Close()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range channels(t, server.URL) {
		for _, ctx := range []context.Context{t.Context(), ended} {
			if _, err := c.Send(ctx, paged()); err == nil || IsPermanent(err) || strings.Contains(err.Error(), token) {
				t.Errorf("%s: %v, want a temporary error without the address", c.Name(), err)
			}
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"0": 0, " 5 ": 5 * time.Second, "-1": usualWait, "": usualWait, "1.5": usualWait, "4000": maxWait, "99999999999999": usualWait,
		night.Add(time.Minute).Format(http.TimeFormat): time.Minute, night.Add(-time.Minute).Format(http.TimeFormat): 0, night.AddDate(9, 0, 0).Format(http.TimeFormat): maxWait,
	} {
		if got, _ := retryAfter(value, night); got != want {
			t.Errorf("retryAfter(%q) = %v, want %v", value, got, want)
		}
	}
}

func TestSlackSends(t *testing.T) {
	t.Parallel()
	server := receive(t, 200, nil, `{"ok":true,"channel":"D024BE91L","ts":"1503435956.000247"}`)
	got, err := channels(t, server.URL)[0].Send(t.Context(), paged())
	if err != nil || got.ID != "D024BE91L/1503435956.000247" {
		t.Fatalf("Send = %+v, %v", got, err)
	}
	header, body := server.only(t)
	if header.Get("Authorization") != "Bearer "+token || !strings.HasPrefix(header.Get("Content-Type"), "application/json") {
		t.Errorf("headers are %v", header)
	}
	var m slackMessage
	if err := json.Unmarshal(body, &m); err != nil || m.Channel != "U024BE7LH" {
		t.Fatalf("message %s, %v", body, err)
	}
	var kinds, links []string
	for _, b := range m.Blocks {
		kinds = append(kinds, b.Type)
		for _, e := range b.Elements {
			links = append(links, e.URL)
		}
	}
	if want := []string{"header", "section", "actions"}; !slices.Equal(kinds, want) {
		t.Errorf("blocks are %v, want %v", kinds, want)
	}
	if want := []string{paged().Page.Ack, paged().Page.Runbook, paged().Page.Link}; !slices.Equal(links, want) {
		t.Errorf("links are %v, want %v", links, want)
	}
}

// TestSlackErrors: the Web API says most errors with 200.
func TestSlackErrors(t *testing.T) {
	t.Parallel()
	for answer, permanent := range map[string]bool{
		`{"ok":false,"error":"channel_not_found"}`: true, `{"ok":false,"error":"invalid_auth"}`: true, `{"ok":false,"error":"is_archived"}`: true,
		`{"ok":false,"error":"account_inactive"}`: true, `{"ok":false,"error":"internal_error"}`: false, `{"ok":false,"error":"ratelimited"}`: false,
		`{"ok":false}`: false, `{}`: false, `<html>`: false, ``: false, `{"ok":true`: false,
	} {
		_, err := channels(t, receive(t, 200, nil, answer).URL)[0].Send(t.Context(), paged())
		var limited *Limited
		if err == nil || IsPermanent(err) != permanent || errors.As(err, &limited) != strings.Contains(answer, "ratelimited") {
			t.Errorf("%s gives %v, permanent %t; want %t", answer, err, IsPermanent(err), permanent)
		}
	}
}

func TestSlackReaches(t *testing.T) {
	t.Parallel()
	slack := channels(t, "http://127.0.0.1:1")[0]
	for id, want := range map[string]bool{"U024BE7LH": true, "W0123ABC": true, "": false, "C024BE91L": false, "U024BE7LH ": false, "@ada": false} {
		m := paged()
		m.To.Slack = id
		if slack.Reaches(m.To) != want {
			t.Errorf("%q is reached: %t, want %t", id, !want, want)
		}
		if _, err := slack.Send(t.Context(), m); !want && !IsPermanent(err) {
			t.Errorf("a message to %q gives %v, want a permanent error", id, err)
		}
	}
}

// FuzzBlocks: whatever people wrote, a message keeps the limits of Block Kit and mentions nobody.
func FuzzBlocks(f *testing.F) {
	f.Add("subject", "text", "https://x")
	f.Add(strings.Repeat("é", 400), strings.Repeat("œ&<!channel>\x1b", 4000), "https://x/"+strings.Repeat("a", 4000))
	f.Add("<!channel> & <@U024BE7LH>", "", "javascript:alert(1)")
	f.Add("\xff\u202e", "\xff\n\n\n", "https://u:p@x")
	acting, err := NewSlack(SlackConfig{TokenEnv: "T"}, token, "secret")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, subject, text, link string) {
		m := Message{Subject: subject, Text: text, Key: text, Page: &PageFacts{
			Ack: link, Runbook: link, Link: link, Actions: []Action{Acknowledge, Escalate, Contain}, Routes: []string{text, subject},
		}}
		list, total := acting.blocks(m), utf8.RuneCountInString(fallback(m))
		if len(list) > 50 || strings.ContainsAny(fallback(m), "<>") {
			t.Fatalf("%d blocks, fallback %q", len(list), fallback(m))
		}
		for _, b := range list {
			n, most := 0, map[string]int{"header": 150, "section": 3000}[b.Type]
			if b.Text != nil {
				n = utf8.RuneCountInString(b.Text.Text)
				if n == 0 || n > most || b.Text.Type != "plain_text" {
					t.Fatalf("a %s of %d characters, %s", b.Type, n, b.Text.Type)
				}
			}
			total += n
			for _, e := range b.Elements {
				if n := utf8.RuneCountInString(e.Text.Text); n == 0 || n > 75 || len(e.URL) > 3000 || len(e.Action) > 255 {
					t.Fatalf("a button of %d characters to %d bytes", n, len(e.URL))
				}
			}
			if err := checkButtons(b.Elements); err != nil {
				t.Fatal(err)
			}
		}
		if total > 12000 {
			t.Fatalf("%d characters in all", total)
		}
	})
}

// checkEvent checks an event against the documented fields of the Events API v2.
func checkEvent(t *testing.T, body []byte) (e event) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		t.Fatalf("read the event: %v", err)
	}
	levels := []string{"critical", "error", "warning", "info"}
	if e.RoutingKey == "" || e.Action != "trigger" || e.Dedup == "" || len(e.Dedup) > 255 || e.Payload == nil || e.Payload.Source == "" ||
		e.Payload.Summary == "" || utf8.RuneCountInString(e.Payload.Summary) > 1024 || !slices.Contains(levels, e.Payload.Severity) {
		t.Fatalf("not an event of the Events API: %s", body)
	}
	return e
}

// TestSettles: a service is told under the name of its alert that an incident is taken or over.
func TestSettles(t *testing.T) {
	t.Parallel()
	for _, resolved := range []bool{false, true} {
		s := Settlement{Incident: "PM-2025-09-27-01", Key: "PM-2025-09-27-01/k", Link: "https://s.example/incidents/PM-2025-09-27-01", Resolved: resolved}
		server := receive(t, 202, nil, `{"status":"success"}`)
		if err := channels(t, server.URL)[1].(*PagerDuty).Settle(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		var e event
		_, body := server.only(t)
		want := map[bool]string{false: "acknowledge", true: "resolve"}[resolved]
		if err := json.Unmarshal(body, &e); err != nil || e.Action != want || e.Dedup != s.Incident || e.RoutingKey == "" || e.Payload != nil {
			t.Errorf("PagerDuty is told %s, %v", body, err)
		}
		server = receive(t, 200, nil, "")
		w, err := NewWebhook(WebhookConfig{Name: "a", URL: server.URL}, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Settle(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		_, body = server.only(t)
		var c struct {
			ID, Type string
			Data     webhookData
		}
		want = map[bool]string{false: "acknowledged", true: "resolved"}[resolved]
		if err := json.Unmarshal(body, &c); err != nil || c.Type != "dev.safelight."+want || c.Data.Incident != s.Incident || c.Data.Link != s.Link || c.ID != webhookID(s.Key) {
			t.Errorf("the webhook is told %s, %v", body, err)
		}
	}
}

func TestPagerDutySends(t *testing.T) {
	t.Parallel()
	for severity, level := range map[string]string{"S0": "critical", "S1": "error", "S2": "warning", "S3": "info", "": "error"} {
		server := receive(t, 202, nil, `{"status":"success"}`)
		m := paged()
		m.Page.Severity, m.Key, m.Subject = severity, strings.Repeat("k", 300), strings.Repeat("é", 2000)
		got, err := channels(t, server.URL)[1].Send(t.Context(), m)
		_, body := server.only(t)
		e := checkEvent(t, body)
		if err != nil || got.ID != e.Dedup || e.Dedup != m.Page.Incident || e.Payload.Severity != level || e.Payload.Timestamp != "2025-09-27T04:12:00Z" {
			t.Errorf("%s: %+v, %v from %s", severity, got, err, body)
		}
		if strings.Contains(string(body), m.Page.Ack) || strings.Contains(string(body), m.To.Name) {
			t.Errorf("PagerDuty is told one person's link or name: %s", body)
		}
	}
	if a, b := dedupKey(strings.Repeat("k", 256)), dedupKey(strings.Repeat("k", 257)); a == b || dedupKey("k") != "k" {
		t.Error("two keys share an alert, or a short key is not itself")
	}
	for _, m := range []Message{{Subject: "notice", Key: "k"}, {Subject: "page", Page: &PageFacts{}}} {
		if _, err := channels(t, "http://127.0.0.1:1")[1].Send(t.Context(), m); !IsPermanent(err) {
			t.Errorf("%s: %v, want a permanent error", m.Subject, err)
		}
	}
}

// TestSignature is the published vector of Standard Webhooks.
func TestSignature(t *testing.T) {
	t.Parallel()
	key, err := webhookSecret(hookSecret)
	if err != nil {
		t.Fatal(err)
	}
	got := signWebhook(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signature is %s, want %s", got, want)
	}
}

func TestWebhookSends(t *testing.T) {
	t.Parallel()
	server := receive(t, 204, nil, "")
	hook := channels(t, server.URL)[2]
	first, err := hook.Send(t.Context(), paged())
	if err != nil {
		t.Fatal(err)
	}
	header, body := server.only(t)
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(hookSecret, "whsec_"))
	id, stamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	if header.Get("webhook-signature") != signWebhook(key, id, stamp, body) || id != first.ID || strings.Contains(id, ".") {
		t.Errorf("headers are %v", header)
	}
	var e struct {
		Version string      `json:"specversion"`
		ID      string      `json:"id"`
		Source  string      `json:"source"`
		Type    string      `json:"type"`
		Time    time.Time   `json:"time"`
		Data    webhookData `json:"data"`
	}
	if err := json.Unmarshal(body, &e); err != nil || e.Version != "1.0" || e.ID != id || e.Source == "" || e.Type != "dev.safelight.page" || e.Time.IsZero() {
		t.Errorf("not a CloudEvent: %s, %v", body, err)
	}
	if e.Data.Incident != "PM-2025-09-27-01" || e.Data.Severity != "S1" || strings.Contains(string(body), "personal") {
		t.Errorf("data is %+v", e.Data)
	}
	if again, err := hook.Send(t.Context(), paged()); err != nil || again != first {
		t.Errorf("a second attempt has the id %v, %v; want %v", again, err, first)
	}
}

func TestWebhookTemplate(t *testing.T) {
	t.Parallel()
	server := receive(t, 200, nil, "")
	hook, err := NewWebhook(WebhookConfig{Name: "chat", URL: server.URL, Body: `{"text": {{json .Subject}}, "level": {{json .Severity}}}`}, "")
	if err != nil {
		t.Fatal(err)
	}
	m := paged()
	m.Subject = `a "quoted" </script>` + "\n"
	if _, err := hook.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	header, body := server.only(t)
	var got map[string]string
	if err := json.Unmarshal(body, &got); err != nil || got["text"] != `a "quoted" </script>` || got["level"] != "S1" || header.Get("webhook-signature") != "" {
		t.Errorf("body %s, %v, headers %v", body, err, header)
	}
}
