package notify

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// SlackConfig names an app of Slack. Secrets stand in environment variables
// whose names are given here.
type SlackConfig struct {
	// TokenEnv names the variable with the bot's token (xoxb-).
	TokenEnv string `yaml:"tokenEnv"`
	// SigningSecretEnv names the variable with the app's signing secret. With it the buttons of a page act by
	// themselves; where it is empty they are links.
	SigningSecretEnv string `yaml:"signingSecretEnv"`
	// Channel is the id of the channel that notices go to (C… or G…), whose member the app must be; none if empty.
	Channel string `yaml:"channel"`
	// Picture false sends notices to the channel without a picture of the worst image; true if it is not said.
	Picture *bool `yaml:"picture"`
	// URL is where the Web API is; Slack's where it is empty.
	URL string `yaml:"url"`
}

// PagerDutyConfig names a service of PagerDuty.
type PagerDutyConfig struct {
	// KeyEnv names the variable with the integration key of the Events API v2.
	KeyEnv string `yaml:"keyEnv"`
	// URL is where events go; the service region of the USA where it is empty.
	URL string `yaml:"url"`
}

// WebhookConfig names one receiver.
type WebhookConfig struct {
	// Name of a-z, 0-9 and dashes, unique.
	Name string `yaml:"name"`
	// URL may be a private address.
	URL string `yaml:"url"`
	// SecretEnv names the variable with the secret (whsec_…); nothing is signed where it is empty.
	SecretEnv string `yaml:"secretEnv"`
	// Body is a text/template that writes JSON; a CloudEvent where it is empty.
	Body string `yaml:"body"`
}

// TeamsConfig names one workflow that posts to a channel of Microsoft Teams.
type TeamsConfig struct {
	// Name of a-z, 0-9 and dashes, unique.
	Name string `yaml:"name"`
	// URLEnv names the variable with the workflow's address, which is a secret.
	URLEnv string `yaml:"urlEnv"`
}

var (
	// memberID is a user of Slack: of a workspace (U) or of an enterprise grid (W).
	memberID    = regexp.MustCompile(`^[UW][A-Z0-9]{2,30}$`)
	variable    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,99}$`)
	webhookName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	// secretLike is what a secret looks like that somebody wrote in place of a variable's name.
	secretLike = regexp.MustCompile(`^(xox[a-z]-|xapp-|whsec_|[a-f0-9]{32}$|R0[A-Z0-9]{20,}$)`)
)

const maxWebhooks = 20

// variableMistake never quotes the value, which may be the secret itself.
func variableMistake(field, value string) []string {
	if !variable.MatchString(value) || secretLike.MatchString(value) {
		return []string{field + " must be the name of an environment variable"}
	}
	return nil
}

func urlMistake(url string) []string {
	if url != "" && !webURL(url) {
		return []string{"url is not one of http or https, without user and password"}
	}
	return nil
}

func (c SlackConfig) mistakes() []string {
	list := append(variableMistake("tokenEnv", c.TokenEnv), urlMistake(c.URL)...)
	if c.SigningSecretEnv != "" {
		list = append(list, variableMistake("signingSecretEnv", c.SigningSecretEnv)...)
	}
	if c.Channel != "" && !channelID.MatchString(c.Channel) {
		list = append(list, fmt.Sprintf("channel %.40q: write the id of a channel, such as C024BE91L", c.Channel))
	}
	return list
}

// signingSecret reads what requests of Slack are signed with; empty where there is none.
func (c SlackConfig) signingSecret() string {
	if c.SigningSecretEnv == "" {
		return ""
	}
	return strings.TrimSpace(os.Getenv(c.SigningSecretEnv))
}

func (c PagerDutyConfig) mistakes() []string {
	return append(variableMistake("keyEnv", c.KeyEnv), urlMistake(c.URL)...)
}

func (c WebhookConfig) mistakes() []string {
	list := urlMistake(c.URL)
	if c.URL == "" {
		list = append(list, "url is missing")
	}
	if !webhookName.MatchString(c.Name) {
		list = append(list, fmt.Sprintf("name %q: use 1 to 32 of a-z, 0-9 and dash", c.Name))
	}
	if c.SecretEnv != "" {
		list = append(list, variableMistake("secretEnv", c.SecretEnv)...)
	}
	if c.Body != "" {
		if _, err := webhookLayout(c.Body); err != nil {
			list = append(list, "body: "+oneLine(err.Error(), maxLine))
		}
	}
	return list
}

func (c TeamsConfig) mistakes() []string {
	list := variableMistake("urlEnv", c.URLEnv)
	if !webhookName.MatchString(c.Name) {
		list = append(list, fmt.Sprintf("name %q: use 1 to 32 of a-z, 0-9 and dash", c.Name))
	}
	return list
}

// providerMistakes says what is wrong with the channels beside mail, by their place in the file.
func (c Config) providerMistakes() []string {
	var list []string
	at := func(place string, mistakes []string) {
		for _, m := range mistakes {
			list = append(list, place+": "+m)
		}
	}
	if c.Slack != nil {
		at("notify.slack", c.Slack.mistakes())
	}
	if c.PagerDuty != nil {
		at("notify.pagerDuty", c.PagerDuty.mistakes())
	}
	list = append(list, named("notify.webhooks", c.Webhooks, func(w WebhookConfig) (string, []string) { return w.Name, w.mistakes() })...)
	return append(list, named("notify.teams", c.Teams, func(t TeamsConfig) (string, []string) { return t.Name, t.mistakes() })...)
}

// named says what is wrong with a list of channels that have names.
func named[T any](place string, channels []T, look func(T) (name string, mistakes []string)) (list []string) {
	if len(channels) > maxWebhooks {
		return []string{fmt.Sprintf("%s: more than %d", place, maxWebhooks)}
	}
	seen := map[string]bool{}
	for i, c := range channels {
		name, mistakes := look(c)
		if seen[name] {
			mistakes = append(mistakes, fmt.Sprintf("name %q stands twice", name))
		}
		seen[name] = true
		for _, m := range mistakes {
			list = append(list, fmt.Sprintf("%s[%d]: %s", place, i, m))
		}
	}
	return list
}
