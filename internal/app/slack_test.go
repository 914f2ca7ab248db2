package app

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// slackDesk is Slack with two people before it: it keeps messages as they look now, and what it whispers.
type slackDesk struct {
	*httptest.Server
	mu       sync.Mutex
	messages map[string]map[string]any
	whispers []string
	down     bool
}

func newSlackDesk(t *testing.T) *slackDesk {
	t.Helper()
	s := &slackDesk{messages: map[string]map[string]any{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *slackDesk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m map[string]any
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.down:
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.URL.Path == "/answer":
		s.whispers = append(s.whispers, fmt.Sprint(m["text"]))
	case r.URL.Path == "/chat.update":
		s.messages[fmt.Sprint(m["ts"])] = m
		_, _ = fmt.Fprintf(w, `{"ok":true,"channel":%q,"ts":%q}`, m["channel"], m["ts"])
	case r.URL.Path == "/chat.postMessage":
		ts := fmt.Sprintf("1.%d", len(s.messages)+1)
		s.messages[ts] = m
		_, _ = fmt.Fprintf(w, `{"ok":true,"channel":"D1","ts":%q}`, ts)
	}
}

// says gives all that a message shows, as JSON.
func (s *slackDesk) says(ts string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, _ := json.Marshal(s.messages[ts]) // it was JSON
	return string(b)
}

func (s *slackDesk) whispered(t testing.TB, want string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.whispers); n == 0 || !strings.Contains(s.whispers[n-1], want) {
		t.Errorf("Slack was told to say %q, want %q at last", s.whispers, want)
	}
}

const slackSecret = "8f742231b10e8888abcd99yyyzzz85a5"

// slackHouse is a house whose people sit before Slack: nora is on call, lea leads, zoe stands behind nora.
type slackHouse struct {
	*house
	slack   *slackDesk
	server  http.Handler
	presses int
}

func newSlackHouse(t *testing.T) *slackHouse {
	t.Helper()
	t.Setenv("SLACK_TEST_TOKEN", "xoxb-1")
	t.Setenv("SLACK_TEST_SIGNING", slackSecret)
	s := newSlackDesk(t)
	h := newHouseWith(t, func(h *house) {
		h.config.Notify = notify.Config{Slack: &notify.SlackConfig{TokenEnv: "SLACK_TEST_TOKEN", SigningSecretEnv: "SLACK_TEST_SIGNING", URL: s.URL}}
		h.config.OnCall.Contacts = map[string]oncall.Contact{"nora": {Slack: "U0NORA"}, "lea": {Slack: "U0LEA"}, "ivy": {Slack: "U0IVY"}, "ada": {Slack: "U0ADA"}}
	})
	p, err := h.AddPerson(t.Context(), people.Person{Login: "ivy", Role: people.Viewer}, "")
	if err != nil {
		t.Fatal(err)
	}
	h.persons["ivy"] = p
	pages, err := web.New(web.Options{Service: h, Sessions: h.Store().Sessions(), Log: slog.New(slog.DiscardHandler), InsecureCookies: true, Mounts: h.Mounts()})
	if err != nil {
		t.Fatal(err)
	}
	return &slackHouse{house: h, slack: s, server: pages.Handler()}
}

// request is a press as Slack signs it.
func (h *slackHouse) request(user, action, value string) *http.Request {
	h.presses++
	payload := fmt.Sprintf(`{"type":"block_actions","user":{"id":%q},"trigger_id":"T%d","response_url":%q,"actions":[{"action_id":"safelight.do.%s","value":%q,"action_ts":"1.1"}]}`,
		user, h.presses, h.slack.URL+"/answer", action, value)
	body := url.Values{"payload": {payload}}.Encode()
	stamp := strconv.FormatInt(h.clock().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(slackSecret))
	_, _ = io.WriteString(mac, "v0:"+stamp+":"+body)
	r := httptest.NewRequest("POST", "/slack/interactions", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	return r
}

// post gives the status with which a request is answered, and waits for what follows.
func (h *slackHouse) post(r *http.Request) int {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.server.ServeHTTP(w, r)
	h.idle()
	return w.Code
}

func (h *slackHouse) press(user, action, value, answer string) {
	h.t.Helper()
	if code := h.post(h.request(user, action, value)); code != http.StatusOK {
		h.t.Fatalf("%s presses %s: %d", user, action, code)
	}
	h.slack.whispered(h.t, answer)
}

func pageKey(id string, s incident.State, i int) string { return id + "/" + s.Pages[i].Key }

// TestSlackAcknowledges: the button acknowledges in the name of who pressed it, and every message then says so and asks no
// more. Not parallel, as all of these: they change the environment.
func TestSlackAcknowledges(t *testing.T) {
	h := newSlackHouse(t)
	id := h.declare()
	h.idle()
	value := pageKey(id, h.state(id), 0)
	if before := h.slack.says("1.1"); !strings.Contains(before, "safelight.do.acknowledge") || !strings.Contains(before, value) {
		t.Fatalf("the message is %s", before)
	}
	h.press("U0NOBODY", "acknowledge", value, "belongs to no account")
	h.press("U0IVY", "acknowledge", value, "your role may not")
	h.press("U0NORA", "acknowledge", "PM-2001-01-01-01/x", "no such incident")
	if h.state(id).Ack != nil {
		t.Fatal("somebody acknowledged who may not")
	}
	h.press("U0NORA", "acknowledge", value, "You have acknowledged")
	if s := h.state(id); s.Ack == nil || s.Ack.By != h.persons["nora"].ID {
		t.Fatalf("acknowledged is %+v", s.Ack)
	}
	after := h.slack.says("1.1")
	if strings.Contains(after, "do.acknowledge") || strings.Contains(after, "/ack/") || !strings.Contains(after, "nora has acknowledged") {
		t.Errorf("afterwards the message is %s", after)
	}
	h.press("U0LEA", "acknowledge", value, "nora has acknowledged")
	h.press("U0NORA", "acknowledge", value, "You have acknowledged")
	c, err := h.Case(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range c.Entries {
		if e.Type == incident.TypeAcknowledged {
			if n++; !strings.Contains(string(e.Data), `"via":"slack"`) {
				t.Errorf("the journal says %s", e.Data)
			}
		}
	}
	if n != 1 {
		t.Errorf("it was acknowledged %d times", n)
	}
	h.do("nora", id, incident.Resolve{Text: "the LUT is back"})
	h.idle()
	if over := h.slack.says("1.1"); !strings.Contains(over, "is resolved") || strings.Contains(over, "safelight.do.") {
		t.Errorf("when it is over the message is %s", over)
	}
}

// TestSlackDown: while Slack is down everything else goes on, and the messages are rewritten when it is back, also after
// an acknowledgement on the page.
func TestSlackDown(t *testing.T) {
	h := newSlackHouse(t)
	id := h.declare()
	h.idle()
	h.slack.mu.Lock()
	h.slack.down = true
	h.slack.mu.Unlock()
	h.do("nora", id, incident.Acknowledge{})
	if h.state(id).Ack == nil || strings.Contains(h.slack.says("1.1"), "has acknowledged") {
		t.Fatal("Slack is not down")
	}
	h.slack.mu.Lock()
	h.slack.down = false
	h.slack.mu.Unlock()
	h.idle()
	if after := h.slack.says("1.1"); !strings.Contains(after, "nora has acknowledged") {
		t.Errorf("afterwards the message is %s", after)
	}
}

// TestSlackEscalates: before anybody has acknowledged the next step is woken at once, once; afterwards the lead is asked.
func TestSlackEscalates(t *testing.T) {
	h := newSlackHouse(t)
	id := h.declare()
	h.idle()
	value := pageKey(id, h.state(id), 0)
	h.press("U0NORA", "escalate", value, "Called now")
	s := h.state(id)
	if s.Ack != nil || len(s.Pages) < 2 || s.Pages[len(s.Pages)-1].To != h.persons["lea"].ID {
		t.Fatalf("after the first press %+v", s.Pages)
	}
	h.press("U0NORA", "escalate", value, "moved on")
	if n := len(h.state(id).Pages); n != len(s.Pages) {
		t.Errorf("a second press paged again: %d pages, had %d", n, len(s.Pages))
	}
	other := h.declare()
	h.idle()
	h.do("nora", other, incident.Acknowledge{}) // hands over by policy
	h.idle()
	h.press("U0NORA", "escalate", pageKey(other, h.state(other), 0), "asked to lead the incident already")
	h.press("U0LEA", "escalate", pageKey(other, h.state(other), 0), "you lead this pipeline")
}

// TestSlackContains: the button disables the routes, and proves it as always; what is posted twice is done once, even after
// it was undone.
func TestSlackContains(t *testing.T) {
	h := newSlackHouse(t)
	id := h.declare()
	h.idle()
	value := pageKey(id, h.state(id), 0)
	h.press("U0IVY", "contain", value, "your role may not")
	r, again := h.request("U0NORA", "contain", value), (*http.Request)(nil)
	h.presses-- // Slack posts the same once more
	again = h.request("U0NORA", "contain", value)
	if code := h.post(r); code != http.StatusOK {
		t.Fatal(code)
	}
	h.slack.whispered(t, "Delivery is being stopped: catalogue")
	s := h.state(id)
	if len(s.Mitigations) != 1 || s.Contained == nil || s.Mitigations[0].Via != incident.ViaSlack || s.Mitigations[0].By != h.persons["nora"].ID {
		t.Fatalf("contained is %+v", s.Mitigations)
	}
	h.press("U0LEA", "contain", value, "has been stopped already")
	h.do("nora", id, incident.Undo{ID: "M1"})
	h.idle()
	whispers := len(h.slack.whispers)
	if code := h.post(again); code != http.StatusOK || len(h.state(id).Mitigations) != 1 || len(h.slack.whispers) != whispers {
		t.Errorf("a replay gives %d and %+v", code, h.state(id).Mitigations)
	}
}

// TestSlackRefuses says why in the language of the house.
func TestSlackRefuses(t *testing.T) {
	t.Parallel()
	s := incident.State{ID: "PM-2025-09-27-01", Closed: &incident.Mark{}}
	_, err := incident.Decide(s, incident.DisableRoutes{Routes: []string{"catalogue"}}, incident.Env{By: people.Actor{ID: "u", Role: people.Responder}})
	answer, err := refusal(phrase.French, pressAnswer{}, err)
	if want := "contenir PM-2025-09-27-01 : il est clos : plus rien ne change après la clôture"; err != nil || answer.What != want {
		t.Errorf("the answer is %q, %v; want %q", answer.What, err, want)
	}
}

// TestSlackSigned: what Slack has not signed does nothing, whatever it says, and neither does what it signed too long ago.
func TestSlackSigned(t *testing.T) {
	h := newSlackHouse(t)
	id := h.declare()
	h.idle()
	value := pageKey(id, h.state(id), 0)
	forged := h.request("U0NORA", "acknowledge", value)
	forged.Header.Set("X-Slack-Signature", "v0="+strings.Repeat("0", 64))
	old := h.request("U0NORA", "acknowledge", value)
	h.move(6 * time.Minute)
	bare := h.request("U0NORA", "acknowledge", value)
	bare.Header.Del("X-Slack-Signature")
	for name, r := range map[string]*http.Request{"forged": forged, "old": old, "bare": bare} {
		if code := h.post(r); code != http.StatusUnauthorized || h.state(id).Ack != nil {
			t.Errorf("%s: %d", name, code)
		}
	}
}
