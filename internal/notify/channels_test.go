package notify

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
)

func TestProvidersValidate(t *testing.T) {
	t.Parallel()
	good := WebhookConfig{Name: "a", URL: "http://10.0.0.1/x"}
	hook := func(change func(*WebhookConfig)) Config {
		w := good
		change(&w)
		return Config{Webhooks: []WebhookConfig{w}}
	}
	type test struct {
		config Config
		want   string // none for a good configuration
	}
	for name, test := range map[string]test{
		"good":             {Config{Slack: &SlackConfig{TokenEnv: "T"}, PagerDuty: &PagerDutyConfig{KeyEnv: "K"}, Webhooks: []WebhookConfig{good}}, ""},
		"token in place":   {Config{Slack: &SlackConfig{TokenEnv: "xoxb-1234"}}, "notify.slack: tokenEnv"},
		"no token":         {Config{Slack: &SlackConfig{}}, "notify.slack: tokenEnv"},
		"key in place":     {Config{PagerDuty: &PagerDutyConfig{KeyEnv: "abcdefabcdefabcdefabcdefabcdef00"}}, "notify.pagerDuty: keyEnv"},
		"odd address":      {Config{PagerDuty: &PagerDutyConfig{KeyEnv: "K", URL: "ftp://x"}}, "url"},
		"password in it":   {hook(func(w *WebhookConfig) { w.URL = "https://u:xyzzy@h/" }), "notify.webhooks[0]: url"},
		"no address":       {hook(func(w *WebhookConfig) { w.URL = "" }), "url is missing"},
		"odd name":         {hook(func(w *WebhookConfig) { w.Name = "A b" }), "name"},
		"secret in place":  {hook(func(w *WebhookConfig) { w.SecretEnv = "whsec_xyzzy" }), "secretEnv"},
		"broken template":  {hook(func(w *WebhookConfig) { w.Body = "{{" }), "body"},
		"unknown field":    {hook(func(w *WebhookConfig) { w.Body = `{"a": {{json .Person}}}` }), "body"},
		"no JSON":          {hook(func(w *WebhookConfig) { w.Body = `{"a": "{{.Subject}}"}` }), "not JSON"},
		"endless template": {hook(func(w *WebhookConfig) { w.Body = `{{range 1000000000}}xxxxxxxxxx{{end}}` }), "more than"},
		"twice":            {Config{Webhooks: []WebhookConfig{good, good}}, "twice"},
		"too many":         {Config{Webhooks: make([]WebhookConfig, maxWebhooks+1)}, "more than"},
	} {
		err := test.config.Validate()
		checkMistake(t, name, err, test.want)
	}
}

// checkMistake wants one invalid sentence that quotes no secret, or none.
func checkMistake(t *testing.T, name string, err error, want string) {
	t.Helper()
	if err == nil || want == "" {
		if (err == nil) != (want == "") {
			t.Errorf("%s: %v, want one that speaks of %q", name, err, want)
		}
		return
	}
	said := err.Error()
	if !errors.Is(err, journal.ErrInvalid) || !strings.Contains(said, want) || strings.Contains(said, "\n") {
		t.Errorf("%s: %q, want one invalid sentence that speaks of %q", name, said, want)
	}
	if strings.Contains(said, "xyzzy") || strings.Contains(said, "xoxb") || strings.Contains(said, "abcdef") {
		t.Errorf("%s: %q quotes what may be a secret", name, said)
	}
}

// TestOpenProviders is not parallel: it changes the environment.
func TestOpenProviders(t *testing.T) {
	c := Config{Slack: &SlackConfig{TokenEnv: "SL_TEST_T"}, PagerDuty: &PagerDutyConfig{KeyEnv: "SL_TEST_K"}, Webhooks: []WebhookConfig{{Name: "a", URL: "http://10.0.0.1", SecretEnv: "SL_TEST_S"}}}
	set := map[string]string{"SL_TEST_T": token, "SL_TEST_K": token, "SL_TEST_S": hookSecret}
	for missing := range set {
		for name, value := range set {
			t.Setenv(name, value)
		}
		t.Setenv(missing, "")
		list, err := c.Open()
		if err != nil || len(list) != 3 {
			t.Fatalf("without %s: %v, %v", missing, list, err)
		}
		for i, name := range []string{"SL_TEST_T", "SL_TEST_K", "SL_TEST_S"} {
			if _, out := list[i].(*Unusable); out != (name == missing) {
				t.Errorf("without %s, %s is %T", missing, list[i].Name(), list[i])
			}
		}
		t.Setenv(missing, set[missing])
	}
	list, err := c.Open()
	var names []string
	for _, channel := range list {
		names = append(names, channel.Name())
	}
	if err != nil || !slices.Equal(names, []string{"slack", "pagerduty", "webhook-a"}) {
		t.Errorf("Open gives %q, %v", names, err)
	}
	t.Setenv("SL_TEST_S", "whsec_short")
	if list, err := c.Open(); err != nil || !unusable(t, list[2], "webhook-a", "whsec_ and 24 to 64 bytes") {
		t.Errorf("a bad secret gives %v, %v; want a webhook that cannot be used", list, err)
	}
	if got := c.Warnings(); len(got) != 1 || !strings.Contains(got[0].Error(), "notify.webhooks[0] cannot be used: ") {
		t.Errorf("the warnings are %q", got)
	}
}

// unusable tells whether a channel stands for one that cannot be used, says so of each message at once, and quotes no secret.
func unusable(t *testing.T, c Channel, name, why string) bool {
	t.Helper()
	u, ok := c.(*Unusable)
	if !ok || c.Name() != name {
		return false
	}
	_, err := Sender{Channels: []Channel{c}}.Send(t.Context(), Message{To: Recipient{Email: "a@b.example", Slack: "U024BE7LH"}})
	if !IsPermanent(err) || !strings.Contains(Reason(err), why) || strings.Contains(err.Error(), "short") {
		t.Errorf("%s says %v", name, err)
	}
	if err := u.Settle(t.Context(), Settlement{}); err == nil || IsPermanent(err) {
		t.Errorf("%s: settling gives %v, want another attempt", name, err)
	}
	return true
}
