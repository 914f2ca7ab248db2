package notify

import (
	"slices"
	"testing"
)

// TestMethods: a person is reached by what is theirs, and by a service that several read only where there is nothing else.
func TestMethods(t *testing.T) {
	t.Parallel()
	smtp, slack, duty, hooks := &SMTPConfig{}, &SlackConfig{}, &PagerDutyConfig{}, []WebhookConfig{{Name: "a"}, {Name: "b"}}
	reached, mailOnly, nobody := Recipient{Email: "a@example.org", Slack: "U024BE7LH"}, Recipient{Email: "a@example.org"}, Recipient{}
	for name, c := range map[string]struct {
		config       Config
		who          Recipient
		want, shared []string
	}{
		"both":                       {Config{SMTP: smtp, Slack: slack, PagerDuty: duty, Webhooks: hooks}, reached, []string{"e-mail", "slack"}, []string{"pagerduty", "webhook-a", "webhook-b"}},
		"an address alone":           {Config{SMTP: smtp, Slack: slack}, mailOnly, []string{"e-mail"}, nil},
		"neither, with PagerDuty":    {Config{SMTP: smtp, PagerDuty: duty, Webhooks: hooks}, nobody, []string{"pagerduty"}, []string{"pagerduty", "webhook-a", "webhook-b"}},
		"neither, with webhooks":     {Config{SMTP: smtp, Webhooks: hooks}, nobody, nil, []string{"webhook-a", "webhook-b"}},
		"nothing but webhooks":       {Config{Webhooks: hooks}, reached, []string{"webhook-a", "webhook-b"}, []string{"webhook-a", "webhook-b"}},
		"nothing at all":             {Config{}, reached, nil, nil},
		"an address without servers": {Config{Slack: slack}, mailOnly, nil, nil},
	} {
		if got := c.config.Methods(c.who); !slices.Equal(got, c.want) {
			t.Errorf("%s: reached by %v, want %v", name, got, c.want)
		}
		if got := c.config.Shared(); !slices.Equal(got, c.shared) {
			t.Errorf("%s: shared are %v, want %v", name, got, c.shared)
		}
	}
}

// TestWarnings is not parallel: it changes the environment.
func TestWarnings(t *testing.T) {
	t.Setenv("SL_TEST_TOKEN", token)
	c := Config{Slack: &SlackConfig{TokenEnv: "SL_TEST_TOKEN", SigningSecretEnv: "SL_TEST_SIGNING"}}
	t.Setenv("SL_TEST_SIGNING", "")
	if got := c.Warnings(); len(got) != 1 {
		t.Errorf("without the secret it warns of %q", got)
	}
	t.Setenv("SL_TEST_SIGNING", "x")
	if got := c.Warnings(); got != nil {
		t.Errorf("with the secret it warns of %q", got)
	}
	if got := (Config{Slack: &SlackConfig{TokenEnv: "SL_TEST_TOKEN"}}).Warnings(); got != nil {
		t.Errorf("where none is asked for it warns of %q", got)
	}
}
