package notify

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// authServer answers auth.test as Slack does: https://docs.slack.dev/reference/methods/auth.test.
func authServer(t *testing.T, scopes string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/api/auth.test" {
			t.Errorf("Slack was asked for %s %s", r.Method, r.URL.Path)
		}
		if r.Header.Get("Authorization") != "Bearer "+token {
			_, _ = io.WriteString(w, `{"ok":false,"error":"invalid_auth"}`)
			return
		}
		w.Header().Set("X-OAuth-Scopes", scopes)
		_, _ = io.WriteString(w, `{"ok":true,"url":"https://acme.slack.com/","team":"Acme","user":"safelight","team_id":"T1","user_id":"U1","bot_id":"B1"}`)
	}))
	t.Cleanup(s.Close)
	return s
}

// TestCheckupOfSlack is not parallel: it changes the environment.
func TestCheckupOfSlack(t *testing.T) {
	for name, test := range map[string]struct{ secret, scopes, channel, broken, warning string }{
		"good":                  {token, "chat:write,files:write", "C024BE91L", "", ""},
		"says nothing":          {token, "", "C024BE91L", "", ""},
		"wrong token":           {token + "x", "chat:write", "", "Slack refuses the token (invalid_auth)", ""},
		"may not write":         {token, "users:read", "", "lacks the scope chat:write", ""},
		"may not show pictures": {token, "chat:write", "C024BE91L", "", "lacks the scope files:write"},
		"need not show any":     {token, "chat:write", "", "", ""},
		"no token":              {"", "", "", "the environment variable that tokenEnv names is not set", ""},
	} {
		t.Setenv("CHECKUP_SLACK", test.secret)
		c := Config{Slack: &SlackConfig{TokenEnv: "CHECKUP_SLACK", URL: authServer(t, test.scopes).URL + "/api", Channel: test.channel}}
		list := c.Checkup(t.Context())
		if len(list) != 1 || list[0].Kind != "slack" {
			t.Fatalf("%s: %+v", name, list)
		}
		said(t, name, list[0], test.broken, test.warning)
		if note := list[0].Note.In(phrase.French); test.broken == "" && note != "espace de travail Acme, en tant que safelight" {
			t.Errorf("%s: the note is %q", name, note)
		}
	}
}

// said compares what a checkup found, and that it tells no secret in either language.
func said(t *testing.T, name string, c Checkup, broken, warning string) {
	t.Helper()
	for _, p := range []struct {
		what string
		err  error
		want string
	}{{"broken", c.Broken, broken}, {"warning", c.Warning, warning}} {
		if (p.err == nil) != (p.want == "") || p.err != nil && !strings.Contains(p.err.Error(), p.want) {
			t.Errorf("%s, %s: %v, want %q", name, p.what, p.err, p.want)
		}
		if p.err == nil {
			continue
		}
		french, _ := phrase.Error(phrase.French, p.err)
		for _, text := range []string{p.err.Error(), french, c.Target} {
			if strings.Contains(text, token) || strings.Contains(text, password) || strings.Contains(text, "xyzzy") {
				t.Errorf("%s: %q tells a secret", name, text)
			}
		}
	}
}

// TestCheckupOfMail: the server is greeted and signed in to, and gets no mail.
func TestCheckupOfMail(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server   *mailServer
		password string
		broken   string
		note     string
	}{
		"in clear":     {&mailServer{mode: TLSNone}, "", "", "it answers, in clear"},
		"starttls":     {&mailServer{mode: TLSStart, auth: "PLAIN"}, password, "", "it answers, encrypted by STARTTLS; it took the password"},
		"implicit":     {&mailServer{mode: TLSImplicit, auth: "PLAIN"}, password, "", "it answers, encrypted from the first byte; it took the password"},
		"bad password": {&mailServer{mode: TLSStart, auth: "PLAIN", answers: map[string]string{"AUTH": "535 no"}, echo: true}, password, "sign in to the mail server: it answered 535", ""},
		"no TLS there": {&mailServer{mode: TLSStart, answers: map[string]string{"EHLO": "250 plain"}}, "", "it does not offer STARTTLS", ""},
		"not a server": {&mailServer{mode: TLSNone, answers: map[string]string{"GREETING": "hello there"}}, "", "its answer is not SMTP", ""},
	} {
		server := test.server.start(t)
		var c Checkup
		server.channel(t, test.password).check(t.Context(), &c)
		said(t, name, c, test.broken, "")
		if note := c.Note.In(phrase.English); test.broken == "" && note != test.note {
			t.Errorf("%s: the note is %q", name, note)
		}
		server.mu.Lock()
		if text := strings.Join(server.verbs, " "); strings.Contains(text, "MAIL") || strings.Contains(text, "DATA") {
			t.Errorf("%s: the server was told %s", name, text)
		}
		server.mu.Unlock()
	}
}

// TestCheckupOfAddresses: names are resolved, nothing is sent. It is not parallel: it changes the environment.
func TestCheckupOfAddresses(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was sent", r.Method) }))
	defer server.Close()
	t.Setenv("CHECKUP_KEY", strings.Repeat("k", 32))
	t.Setenv("CHECKUP_SHORT", "xyzzy")
	t.Setenv("CHECKUP_HOOK", hookSecret)
	t.Setenv("CHECKUP_TEAMS", server.URL+"/xyzzy")
	t.Setenv("CHECKUP_LOST", "https://xyzzy.invalid/"+token)
	t.Setenv("CHECKUP_ODD", "xyzzy")
	for name, test := range map[string]struct {
		config          Config
		broken, warning string
	}{
		"PagerDuty":             {Config{PagerDuty: &PagerDutyConfig{KeyEnv: "CHECKUP_KEY", URL: server.URL}}, "", ""},
		"PagerDuty, odd key":    {Config{PagerDuty: &PagerDutyConfig{KeyEnv: "CHECKUP_SHORT", URL: server.URL}}, "", "5 characters"},
		"Teams":                 {Config{Teams: []TeamsConfig{{Name: "a", URLEnv: "CHECKUP_TEAMS"}}}, "", ""},
		"Teams, lost":           {Config{Teams: []TeamsConfig{{Name: "a", URLEnv: "CHECKUP_LOST"}}}, "does not resolve", ""},
		"Teams, no address":     {Config{Teams: []TeamsConfig{{Name: "a", URLEnv: "CHECKUP_ODD"}}}, "must be one of http or https", ""},
		"Teams, not set":        {Config{Teams: []TeamsConfig{{Name: "a", URLEnv: "CHECKUP_UNSET"}}}, "that urlEnv names is not set", ""},
		"webhook":               {Config{Webhooks: []WebhookConfig{{Name: "a", URL: server.URL, SecretEnv: "CHECKUP_HOOK"}}}, "", ""},
		"webhook, unsigned":     {Config{Webhooks: []WebhookConfig{{Name: "a", URL: server.URL}}}, "", ""},
		"webhook, odd secret":   {Config{Webhooks: []WebhookConfig{{Name: "a", URL: server.URL, SecretEnv: "CHECKUP_ODD"}}}, "whsec_", ""},
		"webhook, lost":         {Config{Webhooks: []WebhookConfig{{Name: "a", URL: "https://lost.invalid/xyzzy"}}}, "does not resolve", ""},
		"webhook, secret unset": {Config{Webhooks: []WebhookConfig{{Name: "a", URL: server.URL, SecretEnv: "CHECKUP_UNSET"}}}, "that secretEnv names is not set", ""},
	} {
		list := test.config.Checkup(t.Context())
		if len(list) != 1 {
			t.Fatalf("%s: %+v", name, list)
		}
		said(t, name, list[0], test.broken, test.warning)
	}
}
