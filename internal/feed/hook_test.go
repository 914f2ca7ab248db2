package feed

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// config reads a configuration as safelight.yaml is read.
func config(t testing.TB, text string) Config {
	t.Helper()
	var c Config
	if err := yaml.NewDecoder(strings.NewReader(text), yaml.Strict()).Decode(&c); err != nil {
		t.Fatal(err)
	}
	if err := c.Validate([]string{"catalogue", "hero"}); err != nil {
		t.Fatal(err)
	}
	return c
}

// site is the webhooks of a configuration and what they took.
type site struct {
	http.Handler
	took []intake.Signal
	fail error
}

func newSite(t *testing.T, text string) *site {
	t.Helper()
	s := &site{}
	h, err := Hooks(config(t, text), func() time.Time { return noon }, func(_ context.Context, list []intake.Signal) (intake.Taken, error) {
		s.took = append(s.took, list...)
		return intake.Taken{Accepted: len(list)}, s.fail
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(HookPattern, h)
	s.Handler = mux
	return s
}

// post sends a body to a hook, with headers in pairs, and gives status and answer.
func (s *site) post(name, body string, headers ...string) (int, string) {
	r := httptest.NewRequest("POST", "/api/v1/hooks/"+name, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func mac(h func() hash.Hash, secret, text string) []byte {
	m := hmac.New(h, []byte(secret))
	m.Write([]byte(text))
	return m.Sum(nil)
}

const zendeskYAML = `
hooks:
  zendesk: {format: zendesk, secretEnv: HOOK_TEST_SECRET, pipeline: {default: catalogue}}
`

// zendesk gives the headers of a body that Zendesk signed at a time.
func zendesk(at time.Time, secret, body string) []string {
	stamp := at.Format(time.RFC3339)
	return []string{
		"X-Zendesk-Webhook-Signature-Timestamp", stamp,
		"X-Zendesk-Webhook-Signature", base64.StdEncoding.EncodeToString(mac(sha256.New, secret, stamp+body)),
	}
}

const created = `{"account_id":123,"detail":{"actor_id":"8447388090494","created_at":"2026-11-26T11:58:00Z","description":"La couleur du rouge est fade.",
	"external_id":null,"id":"5158","is_public":true,"priority":"LOW","status":"OPEN","subject":"Couleur","tags":["couleur","photo"],"type":"TASK",
	"via":{"channel":"web_service"}},"event":{},"id":"2b24ef10-19a4-4740-93cf-9f98ec4776c0","subject":"zen:ticket:5158",
	"time":"2026-11-26T11:58:01.5Z","type":"zen:event-type:ticket.created","zendesk_event_version":"2022-11-06"}`

// TestZendesk: a new ticket, a customer's comment and a trigger's body become
// signals; what an agent says and other events do not, and are answered well,
// since Zendesk sends again what is refused.
func TestZendesk(t *testing.T) {
	t.Setenv("HOOK_TEST_SECRET", "s3cret")
	s := newSite(t, zendeskYAML)
	comment := func(public, staff bool) string {
		return fmt.Sprintf(`{"type":"zen:event-type:ticket.comment_added","time":"2026-11-26T11:59:00Z","detail":{"id":"5158","tags":[]},
			"event":{"comment":{"id":"77","body":"Toujours fade","is_public":%t,"author":{"id":"1","is_staff":%t,"name":"Ada"}}}}`, public, staff)
	}
	bodies := []string{
		created, comment(true, false), comment(true, true), comment(false, false),
		`{"type":"zen:event-type:ticket.status_changed","detail":{"id":"5158"},"event":{}}`,
		`{"source":"zendesk","ticket_id":"5159","subject":"Photo","description":"Floue","created_at":"2026-11-26T12:30:00+01:00",
			"tags":"photo net","language":"fr","url":"https://shop.zendesk.com/agent/tickets/5159"}`,
	}
	for _, body := range bodies {
		if code, answer := s.post("zendesk", body, zendesk(noon, "s3cret", body)...); code != 200 {
			t.Errorf("%s: %d %s", body, code, answer)
		}
	}
	want := []intake.Signal{
		{SourceID: "5158", Text: "Couleur\nLa couleur du rouge est fade.", At: noon.Add(-2 * time.Minute), Tags: []string{"couleur", "photo"}},
		{SourceID: "comment-77", Text: "Toujours fade", At: noon.Add(-time.Minute)},
		{SourceID: "5159", Text: "Photo\nFloue", At: noon.Add(-30 * time.Minute), Tags: []string{"photo", "net"}, Lang: "fr", URL: "https://shop.zendesk.com/agent/tickets/5159"},
	}
	if len(s.took) != len(want) {
		t.Fatalf("took %d signals, want %d: %+v", len(s.took), len(want), s.took)
	}
	for i, w := range want {
		w.Source, w.Kind, w.Pipeline = "zendesk", intake.Ticket, "catalogue"
		if fmt.Sprintf("%+v", s.took[i]) != fmt.Sprintf("%+v", w) {
			t.Errorf("signal %d =\n%+v, want\n%+v", i, s.took[i], w)
		}
	}
}

// TestZendeskSignature: a body passes with the signature that Zendesk makes of
// it and of a time near ours, and with no other.
func TestZendeskSignature(t *testing.T) {
	t.Setenv("HOOK_TEST_SECRET", "s3cret")
	s := newSite(t, zendeskYAML)
	good := zendesk(noon, "s3cret", created)
	for name, c := range map[string]struct {
		body    string
		headers []string
		want    int
	}{
		"good":                {created, good, 200},
		"4 minutes old":       {created, zendesk(noon.Add(-4*time.Minute), "s3cret", created), 200},
		"6 minutes old":       {created, zendesk(noon.Add(-6*time.Minute), "s3cret", created), 401},
		"6 minutes ahead":     {created, zendesk(noon.Add(6*time.Minute), "s3cret", created), 401},
		"other secret":        {created, zendesk(noon, "other", created), 401},
		"other body":          {created + " ", good, 401},
		"other time":          {created, []string{good[0], noon.Add(time.Second).Format(time.RFC3339), good[2], good[3]}, 401},
		"no signature":        {created, good[:2], 401},
		"no time":             {created, good[2:], 401},
		"hexadecimal":         {created, []string{good[0], good[1], good[2], "00ff"}, 401},
		"empty":               {created, []string{good[0], good[1], good[2], ""}, 401},
		"a token of ours":     {created, []string{"Authorization", "Bearer x"}, 401},
		"signature of nobody": {created, zendesk(noon, "", created), 401},
	} {
		s.took = nil
		code, answer := s.post("zendesk", c.body, c.headers...)
		if code != c.want || (len(s.took) > 0) != (code == 200) {
			t.Errorf("%s: %d with %d signals, want %d: %s", name, code, len(s.took), c.want, answer)
		}
		if strings.Contains(answer, "s3cret") {
			t.Errorf("%s: the answer shows the secret: %s", name, answer)
		}
	}
}

const hooksYAML = `
hooks:
  freshdesk:
    id: ticket_id
    text: [ticket_subject, ticket_description]
    html: true
    at: ticket_created_at
    timeFormats: [iso]
    timeZone: Europe/Paris
    tags: ticket_tags
    url: ticket_url
  intercom:
    when: {topic: [conversation.user.created, conversation.user.replied]}
    id: data.item.id
    text: data.item.source.body
    html: true
    at: data.item.created_at
    lang: {path: data.item.lang, default: en}
    secretEnv: HOOK_TEST_SECRET
    signature: {header: X-Hub-Signature, prefix: "sha1=", algorithm: sha1}
  standard:
    text: text
    secretEnv: HOOK_TEST_WHSEC
    signature:
      header: webhook-signature
      prefix: "v1,"
      encoding: base64
      signed: "{webhook-id}.{webhook-timestamp}.{body}"
      timestampHeader: webhook-timestamp
  reviews:
    source: trustpilot
    each: events
    id: eventData.id
    idPrefix: "r-"
    text: [eventData.title, eventData.text]
    at: eventData.createdAt
    rating: eventData.stars
    kind: {default: review}
    pipeline: {path: $.site, default: catalogue}
    tags: "eventData.tags.#.group"
    secretEnv: HOOK_TEST_SECRET
    header: X-Shop-Token
`

// TestHooks: senders of four habits are understood by their mapping alone.
func TestHooks(t *testing.T) {
	t.Setenv("HOOK_TEST_SECRET", "s3cret")
	key := base64.StdEncoding.EncodeToString([]byte("key of twenty-four bytes"))
	t.Setenv("HOOK_TEST_WHSEC", "whsec_"+key)
	const intercom = `{"type":"notification_event","topic":"conversation.user.created","data":{"item":{"id":"215","created_at":1795694400,"source":{"body":"<p>Too dark</p>"}}}}`
	const standard = `{"text":"Grey hero"}`
	stamp := fmt.Sprint(noon.Unix())
	const reviews = `{"site":"hero","events":[{"eventData":{"id":"a","title":"Bad","text":"Blurred","createdAt":"2026-11-26T10:00:00Z","stars":2,"tags":[{"group":"photo"},{"group":"size, fit"}]}},
		{"eventData":{"id":12345678901234567890,"text":"Fine","stars":"5","createdAt":null}}]}`
	for name, c := range map[string]struct {
		hook, body string
		headers    []string
		want       []intake.Signal
	}{
		"freshdesk": {"freshdesk", `{"ticket_id":31,"ticket_subject":"Couleur","ticket_description":"<div>Rouge<br>fade</div>","ticket_created_at":"2026-11-26 12:30",
			"ticket_tags":"couleur, photo produit","ticket_url":"https://shop.freshdesk.com/helpdesk/tickets/31"}`, nil,
			[]intake.Signal{{Source: "freshdesk", SourceID: "31", Text: "Couleur\nRouge\nfade", At: noon.Add(-30 * time.Minute),
				Tags: []string{"couleur", "photo produit"}, URL: "https://shop.freshdesk.com/helpdesk/tickets/31"}}},
		"intercom": {"intercom", intercom, []string{"X-Hub-Signature", "sha1=" + hex.EncodeToString(mac(sha1.New, "s3cret", intercom))},
			[]intake.Signal{{Source: "intercom", SourceID: "215", Text: "Too dark", At: noon, Lang: "en"}}},
		"standard webhooks": {"standard", standard, []string{"webhook-id", "m1", "webhook-timestamp", stamp, "webhook-signature",
			"v1,AAAA v1," + base64.StdEncoding.EncodeToString(mac(sha256.New, "key of twenty-four bytes", "m1."+stamp+"."+standard))},
			[]intake.Signal{{Source: "standard", SourceID: digest(standard), Text: "Grey hero", At: noon}}},
		"list of reviews": {"reviews", reviews, []string{"X-Shop-Token", "s3cret"}, []intake.Signal{
			{Source: "trustpilot", SourceID: "r-a", Kind: intake.Review, Text: "Bad\nBlurred", At: noon.Add(-2 * time.Hour), Pipeline: "hero", Tags: []string{"photo", "size", "fit"}},
			{Source: "trustpilot", SourceID: "r-12345678901234567890", Kind: intake.Review, Text: "Fine", At: noon, Pipeline: "hero"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, hooksYAML)
			handler := s.Handler
			s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				handler.ServeHTTP(w, r.WithContext(people.NewContext(r.Context(), people.Actor{ID: "bot", Role: people.Watcher})))
			})
			if code, answer := s.post(c.hook, c.body, c.headers...); code != 200 || !strings.Contains(answer, fmt.Sprintf(`"accepted":%d`, len(c.want))) {
				t.Fatalf("%d %s", code, answer)
			}
			for i, w := range c.want {
				if w.Kind == "" {
					w.Kind = intake.Ticket
				}
				s.took[i].Rating = nil // looked at below
				if fmt.Sprintf("%+v", s.took[i]) != fmt.Sprintf("%+v", w) {
					t.Errorf("signal %d =\n%+v, want\n%+v", i, s.took[i], w)
				}
			}
		})
	}
}

// TestHookRefuses: each fault has its status, in the form of RFC 9457, and takes nothing.
func TestHookRefuses(t *testing.T) {
	t.Setenv("HOOK_TEST_SECRET", "s3cret")
	t.Setenv("HOOK_TEST_WHSEC", "whsec_AAAA")
	token := []string{"X-Shop-Token", "s3cret"}
	event := func(text string) string { return `{"events":[{"eventData":{"id":"1","text":"x"}},` + text + `]}` }
	for name, c := range map[string]struct {
		hook, body string
		headers    []string
		want       int
	}{
		"unknown hook":         {"nobody", `{}`, nil, 404},
		"no credentials":       {"freshdesk", `{}`, nil, 401},
		"wrong secret":         {"reviews", event(`{}`), []string{"X-Shop-Token", "s3cre"}, 401},
		"no secret":            {"reviews", event(`{}`), nil, 401},
		"not JSON":             {"reviews", `{"events":[`, token, 400},
		"empty":                {"reviews", ``, token, 400},
		"deep":                 {"reviews", strings.Repeat("[", 200_000), token, 400},
		"no text":              {"reviews", event(`{"eventData":{"id":"2"}}`), token, 400},
		"text is a number":     {"reviews", event(`{"eventData":{"id":"2","text":{}}}`), token, 400},
		"bad time":             {"reviews", event(`{"eventData":{"id":"2","text":"x","createdAt":"soon"}}`), token, 400},
		"ambiguous time":       {"reviews", event(`{"eventData":{"id":"2","text":"x","createdAt":"03/04/2026"}}`), token, 400},
		"bad rating":           {"reviews", event(`{"eventData":{"id":"2","text":"x","stars":"many"}}`), token, 400},
		"too many signals":     {"reviews", `{"events":[` + strings.Repeat(`{},`, maxHookSignals) + `{}]}`, token, 413},
		"too long":             {"reviews", `{"x":"` + strings.Repeat("x", MaxHookBody) + `"}`, token, 413},
		"nothing in the list":  {"reviews", `{"events":[]}`, token, 200},
		"another topic":        {"intercom", `{"topic":"ping"}`, []string{"X-Hub-Signature", "sha1=" + hex.EncodeToString(mac(sha1.New, "s3cret", `{"topic":"ping"}`))}, 200},
		"prefix left out":      {"intercom", `{}`, []string{"X-Hub-Signature", hex.EncodeToString(mac(sha1.New, "s3cret", `{}`))}, 401},
		"signed by other hash": {"intercom", `{}`, []string{"X-Hub-Signature", "sha1=" + hex.EncodeToString(mac(sha256.New, "s3cret", `{}`))}, 401},
	} {
		s := newSite(t, hooksYAML)
		code, answer := s.post(c.hook, c.body, c.headers...)
		if code != c.want || len(s.took) > 0 {
			t.Errorf("%s: %d with %d signals, want %d and none: %.200s", name, code, len(s.took), c.want, answer)
		}
		var p struct {
			Title, Detail string
			Status        int
		}
		if err := json.Unmarshal([]byte(answer), &p); err != nil || code != 200 && (p.Status != code || p.Detail == "" || p.Title == "") {
			t.Errorf("%s: %s is no problem: %v", name, answer, err)
		}
	}
}

// TestHookOwnTokens: where a hook has no secret, whoever may send signals may post.
func TestHookOwnTokens(t *testing.T) {
	t.Setenv("HOOK_TEST_SECRET", "s3cret")
	t.Setenv("HOOK_TEST_WHSEC", "whsec_AAAA")
	for role, want := range map[people.Role]int{people.Watcher: 200, people.Responder: 200, people.Viewer: 403} {
		s := newSite(t, hooksYAML)
		r := httptest.NewRequest("POST", "/api/v1/hooks/freshdesk", strings.NewReader(`{"ticket_id":1,"ticket_subject":"x"}`))
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r.WithContext(people.NewContext(r.Context(), people.Actor{ID: "p", Role: role})))
		if w.Code != want || (len(s.took) == 1) != (want == 200) {
			t.Errorf("%s: %d with %d signals, want %d", role, w.Code, len(s.took), want)
		}
	}
}

// TestHookAllRefused: a sender of whose signals none is kept learns it, and why.
func TestHookAllRefused(t *testing.T) {
	t.Setenv("HOOK_TEST_SECRET", "s3cret")
	for _, c := range []struct{ accepted, refused, want int }{{0, 1, 422}, {1, 1, 200}} {
		h, err := Hooks(config(t, zendeskYAML), func() time.Time { return noon }, func(context.Context, []intake.Signal) (intake.Taken, error) {
			return intake.Taken{Accepted: c.accepted, Refused: c.refused, Refusals: []intake.Refusal{{Line: 1, Reason: "no pipeline"}}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		mux.Handle(HookPattern, h)
		s := &site{Handler: mux}
		if code, answer := s.post("zendesk", created, zendesk(noon, "s3cret", created)...); code != c.want || !strings.Contains(answer, "no pipeline") {
			t.Errorf("%d accepted, %d refused: %d %s, want %d", c.accepted, c.refused, code, answer, c.want)
		}
	}
}

// TestHookStoreDown: signals that cannot be kept are asked for again.
func TestHookStoreDown(t *testing.T) {
	t.Setenv("HOOK_TEST_SECRET", "s3cret")
	for err, want := range map[error]int{
		errors.New("disk full"):                       503,
		fmt.Errorf("old: %w", journal.ErrInvalid):     400,
		fmt.Errorf("long: %w", journal.ErrTooLarge):   413,
		fmt.Errorf("never: %w", journal.ErrForbidden): 403,
	} {
		s := newSite(t, zendeskYAML)
		s.fail = err
		if code, _ := s.post("zendesk", created, zendesk(noon, "s3cret", created)...); code != want {
			t.Errorf("%v: %d, want %d", err, code, want)
		}
	}
}
