package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

const signing = "8f742231b10e8888abcd99yyyzzz85a5"

// TestSlackSignature holds the example that Slack's documentation publishes.
func TestSlackSignature(t *testing.T) {
	t.Parallel()
	const body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner" +
		"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	const signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
	at := time.Unix(1531420618, 0)
	header := func(stamp, signature string) http.Header {
		h := http.Header{}
		h.Set("X-Slack-Request-Timestamp", stamp)
		h.Set("X-Slack-Signature", signature)
		return h
	}
	for name, test := range map[string]struct {
		secret string
		header http.Header
		body   string
		now    time.Time
		want   bool
	}{
		"published":     {signing, header("1531420618", signature), body, at, true},
		"at the limit":  {signing, header("1531420618", signature), body, at.Add(5 * time.Minute), true},
		"too old":       {signing, header("1531420618", signature), body, at.Add(5*time.Minute + time.Second), false},
		"ahead":         {signing, header("1531420618", signature), body, at.Add(-5*time.Minute - time.Second), false},
		"other body":    {signing, header("1531420618", signature), body + "&x=1", at, false},
		"other secret":  {"8f742231b10e8888abcd99yyyzzz85a6", header("1531420618", signature), body, at, false},
		"no secret":     {"", header("1531420618", signature), body, at, false},
		"other moment":  {signing, header("1531420619", signature), body, at, false},
		"cut":           {signing, header("1531420618", signature[:len(signature)-2]), body, at, false},
		"no version":    {signing, header("1531420618", signature[3:]), body, at, false},
		"other version": {signing, header("1531420618", "v1="+signature[3:]), body, at, false},
		"none":          {signing, http.Header{}, body, at, false},
		"not hex":       {signing, header("1531420618", "v0=zz"), body, at, false},
		"endless time":  {signing, header("9223372036854775807", signature), body, at, false},
		"before time":   {signing, header("-9223372036854775808", signature), body, at, false},
	} {
		if got := signedBySlack(test.secret, test.header, []byte(test.body), test.now); got != test.want {
			t.Errorf("%s: %t, want %t", name, got, test.want)
		}
	}
}

// signedPress is a request as Slack posts it.
func signedPress(t testing.TB, payload string, at time.Time) *http.Request {
	t.Helper()
	body := url.Values{"payload": {payload}}.Encode()
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(signing))
	mac.Write([]byte("v0:" + stamp + ":" + body))
	r := httptest.NewRequest("POST", "/slack/interactions", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	return r
}

const pressed = `{"type":"block_actions","user":{"id":"U024BE7LH","username":"ada"},"api_app_id":"A02","token":"T","container":{"type":"message"},
	"trigger_id":"12466734323.1395872398","team":{"id":"T0CAG","domain":"acme"},"channel":{"id":"D1"},"message":{"text":"x"},
	"response_url":"https://hooks.slack.com/actions/AABA1ABCD/1232321423432/D09sSasdasdAS9091209","actions":[{"action_id":"safelight.do.acknowledge",
	"block_id":"=qXel","text":{"type":"plain_text","text":"Acknowledge"},"value":"PM-2025-09-27-01/acknowledge-a-1","type":"button","action_ts":"1548426417.840180"}]}`

// TestPresses: what Slack has signed is done, once for each button of ours; nothing else is even read.
func TestPresses(t *testing.T) {
	t.Parallel()
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(pressed) }
	for name, test := range map[string]struct {
		payload string
		code    int
		done    int
	}{
		"a button":          {pressed, 200, 1},
		"escalate":          {change("do.acknowledge", "do.escalate"), 200, 1},
		"contain":           {change("do.acknowledge", "do.contain"), 200, 1},
		"of another app":    {change("safelight.do.acknowledge", "approve"), 200, 0},
		"a link":            {change("safelight.do.acknowledge", "safelight.link"), 200, 0},
		"unknown action":    {change("do.acknowledge", "do.erase"), 200, 0},
		"no value":          {change("PM-2025-09-27-01/acknowledge-a-1", ""), 200, 0},
		"long value":        {change("PM-2025-09-27-01", strings.Repeat("x", maxValue)), 200, 0},
		"another type":      {change("block_actions", "view_submission"), 200, 0},
		"no member":         {change("U024BE7LH", "ada"), 400, 0},
		"not JSON":          {"{", 400, 0},
		"many buttons":      {change(`"actions":[`, `"actions":[`+strings.Repeat(`{},`, 30)), 400, 0},
		"actions of others": {change(`"actions":[`, `"actions":[{"action_id":"x","value":"y"},`), 200, 1},
	} {
		var got []Press
		p := &Presses{Secret: func() string { return signing }, Now: func() time.Time { return night }, Failed: func(error) {},
			Do: func(_ context.Context, p Press) error { got = append(got, p); return nil }}
		w := httptest.NewRecorder()
		p.ServeHTTP(w, signedPress(t, test.payload, night))
		if w.Code != test.code || len(got) != test.done {
			t.Errorf("%s: %d and %+v, want %d and %d presses", name, w.Code, got, test.code, test.done)
		}
		for _, g := range got {
			if g.User != "U024BE7LH" || !strings.HasPrefix(g.Page, "PM-2025-09-27-01/") || !strings.HasPrefix(g.Answer, "https://hooks.slack.com/") || g.ID == "" {
				t.Errorf("%s: read %+v", name, g)
			}
		}
	}
}

// TestPressesRefuse what is not signed, too large or cannot be done, each by its own status.
func TestPressesRefuse(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is full")
	var failed error
	p := &Presses{Secret: func() string { return signing }, Now: func() time.Time { return night }, Failed: func(err error) { failed = err },
		Do: func(context.Context, Press) error { return broken }}
	unsigned := signedPress(t, pressed, night)
	unsigned.Header.Del("X-Slack-Signature")
	twice := httptest.NewRequest("POST", "/", strings.NewReader("payload=1&payload=2"))
	for name, test := range map[string]struct {
		r    *http.Request
		code int
	}{
		"unsigned":  {unsigned, 401},
		"late":      {signedPress(t, pressed, night.Add(-time.Hour)), 401},
		"too large": {signedPress(t, strings.Repeat("x", MaxPress), night), 413},
		"no form":   {twice, 401},
		"broken":    {signedPress(t, pressed, night), 500},
	} {
		w := httptest.NewRecorder()
		if p.ServeHTTP(w, test.r); w.Code != test.code || strings.Contains(w.Body.String(), "disk") {
			t.Errorf("%s: %d %s, want %d", name, w.Code, w.Body, test.code)
		}
	}
	if !errors.Is(failed, broken) {
		t.Errorf("the cause %v was not told", failed)
	}
}

// FuzzPresses: whatever Slack posts, there is no panic, and what is read keeps within its limits.
func FuzzPresses(f *testing.F) {
	f.Add(url.Values{"payload": {pressed}}.Encode())
	f.Add("payload=%7B%7D")
	f.Add("payload=[]&payload=")
	f.Fuzz(func(t *testing.T, body string) {
		list, err := readPresses([]byte(body))
		if err != nil && list != nil {
			t.Error("both presses and an error")
		}
		for _, p := range list {
			if !memberID.MatchString(p.User) || !p.Action.known() || p.Page == "" || len(p.Page) > maxValue || len(p.Answer) > maxAnswerURL || len(p.ID) != 64 {
				t.Errorf("read %+v", p)
			}
		}
	})
}

// interactive is a channel whose buttons act by themselves.
func interactive(t *testing.T, s *slackServer, secret string) *Slack {
	t.Helper()
	c, err := NewSlack(SlackConfig{TokenEnv: "T", URL: s.URL + "/api"}, token, secret)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func labels(m slackMessage) (list []string) {
	for _, b := range m.Blocks {
		for _, e := range b.Elements {
			list = append(list, e.Action)
		}
	}
	return list
}

// TestSlackButtons: with a signing secret the buttons act by themselves, without one they are links; the text has the link in
// both. Afterwards the message says who has the incident.
func TestSlackButtons(t *testing.T) {
	t.Parallel()
	for _, lang := range phrase.Langs() {
		m := paged()
		m.To.Lang = lang
		m.Page.Actions, m.Page.Routes = []Action{Acknowledge, Escalate, Contain}, []string{strings.Repeat("catalogue ", 40), "cards"}
		s := newSlackServer(t)
		for secret, want := range map[string][]string{
			"":      {"safelight.ack", "safelight.runbook", "safelight.link"},
			signing: {"safelight.do.acknowledge", "safelight.do.escalate", "safelight.do.contain", "safelight.runbook", "safelight.link"},
		} {
			c := interactive(t, s, secret)
			receipt, err := c.Send(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			sent := s.messages[receipt.ID]
			if got := labels(sent); !slices.Equal(got, want) {
				t.Errorf("buttons are %q, want %q", got, want)
			}
			if !strings.Contains(sent.Blocks[1].Text.Text, m.Page.Ack) {
				t.Error("the text has no link to acknowledge by")
			}
			checkRewriting(t, c, s, m, receipt.ID)
		}
	}
}

func checkRewriting(t *testing.T, c *Slack, s *slackServer, m Message, receipt string) {
	t.Helper()
	facts := *m.Page
	facts.Ack, facts.Actions = "", []Action{Contain}
	m.Page = &facts
	m.Subject, m.Text = StandingMessage(m.To.Lang, facts, Standing{"acknowledged", "Grace <!channel>", night})
	if err := c.Rewrite(t.Context(), m, receipt); err != nil {
		t.Fatal(err)
	}
	now := s.messages[receipt]
	if got := labels(now); slices.Contains(got, "safelight.ack") || slices.Contains(got, "safelight.do.acknowledge") {
		t.Errorf("afterwards the buttons are %q", got)
	}
	if text := now.Blocks[1].Text.Text; !strings.Contains(text, "Grace") || strings.Contains(text, "/ack/") || strings.Contains(now.Text, "<!") {
		t.Errorf("afterwards it says %q and %q", now.Text, text)
	}
	for _, bad := range []string{"", "D1", "/1.2", "D1/", "D9/9.9"} {
		if err := c.Rewrite(t.Context(), m, bad); !IsPermanent(err) {
			t.Errorf("rewriting %q gives %v", bad, err)
		}
	}
	s.mu.Lock()
	s.down = true
	s.mu.Unlock()
	if err := c.Rewrite(t.Context(), m, receipt); err == nil || IsPermanent(err) {
		t.Errorf("while Slack is down: %v", err)
	}
	s.mu.Lock()
	s.down = false
	s.mu.Unlock()
}

// TestSlackAnswer goes to Slack and nowhere else, and mentions nobody.
func TestSlackAnswer(t *testing.T) {
	t.Parallel()
	s := newSlackServer(t)
	c := interactive(t, s, signing)
	if err := c.Answer(t.Context(), s.URL+"/answer/1", "Nothing was done: <!channel> & co"); err != nil {
		t.Fatal(err)
	}
	if len(s.answers) != 1 || s.answers[0] != "Nothing was done: &lt;!channel&gt; &amp; co" {
		t.Errorf("answered %q", s.answers)
	}
	for _, elsewhere := range []string{"", "x", "http://hooks.slack.com/x", "https://hooks.slack.com.evil.example/", "https://evilslack.com/", "https://u:p@hooks.slack.com/", "http://127.0.0.1:1/", "file:///etc/passwd"} {
		if err := c.Answer(t.Context(), elsewhere, "x"); !IsPermanent(err) || strings.Contains(err.Error(), "evil") {
			t.Errorf("to %q: %v", elsewhere, err)
		}
	}
	if !c.answerURL("https://hooks.slack.com/actions/A/1/D") || !c.answerURL("https://hooks.slack-gov.com/actions/A") {
		t.Error("Slack's own address is refused")
	}
}
