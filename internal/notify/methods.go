package notify

import "github.com/safelight-dev/safelight/internal/phrase"

// Methods lists the channels of the configuration by which somebody can be reached, the surest first; the console, which
// the caller has, is not among them. Whoever has no contact is reached by those that several people read: PagerDuty, which
// calls whom it knows to be on call, and webhooks where there is nothing else.
func (c Config) Methods(r Recipient) []string {
	var methods []string
	if c.SMTP != nil && (*SMTP)(nil).Reaches(r) {
		methods = append(methods, (*SMTP)(nil).Name())
	}
	if c.Slack != nil && (*Slack)(nil).Reaches(r) {
		methods = append(methods, (*Slack)(nil).Name())
	}
	switch {
	case len(methods) > 0:
		return methods
	case c.PagerDuty != nil:
		return []string{(*PagerDuty)(nil).Name()}
	case c.SMTP == nil && c.Slack == nil:
		return c.Shared()
	}
	return nil
}

// ReachesPeople tells whether any channel is configured that reaches people where they are: the console does not.
func (c Config) ReachesPeople() bool { return c.SMTP != nil || c.Slack != nil || len(c.Shared()) > 0 }

// Rewritable lists the channels of the configuration whose messages can be changed where they lie.
func (c Config) Rewritable() []string {
	if c.Slack == nil {
		return nil
	}
	return []string{(*Slack)(nil).Name()}
}

// SlackSecret reads by what Slack signs that a button was pressed; empty where its buttons are links.
func (c Config) SlackSecret() string {
	if c.Slack == nil {
		return ""
	}
	return c.Slack.signingSecret()
}

// Warnings says what of the configuration works less well than it was meant to. It reads the environment.
func (c Config) Warnings() (list []error) {
	for _, u := range c.Unusable() {
		list = append(list, phrase.Errorf("channel.unusable.warning", u, u.Channel))
	}
	if c.Slack != nil && c.Slack.SigningSecretEnv != "" && c.SlackSecret() == "" {
		list = append(list, errLinks())
	}
	return list
}

func errLinks() error { return phrase.Errorf("channel.links", errUnset("signingSecretEnv")) }

// Shared lists the channels of the configuration that several people read, and that no person is reached by.
func (c Config) Shared() []string {
	var methods []string
	if c.PagerDuty != nil {
		methods = append(methods, (*PagerDuty)(nil).Name())
	}
	for _, t := range c.Teams {
		methods = append(methods, (&Teams{name: t.Name}).Name())
	}
	for _, w := range c.Webhooks {
		methods = append(methods, (&Webhook{name: w.Name}).Name())
	}
	return methods
}
