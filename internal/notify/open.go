package notify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// errUnset is why a channel has no secret. It does not name the variable: somebody may have written the secret there.
func errUnset(field string) error { return phrase.Errorf("channel.unset", field) }

// plan is a channel of the configuration before its secret has been read.
type plan struct {
	kind  string  // slack, pagerduty, teams, webhook, smtp
	label string  // of one of several
	place string  // in the file
	like  Channel // tells its name and whom it reaches, and cannot send
	field string  // that names the variable with the secret
	env   string  // that variable; none is needed where it is empty
	open  func(secret string) (Channel, error)
}

// plans lists the channels of a valid configuration except the console, which the caller has.
func (c Config) plans() (list []plan) {
	if s := c.Slack; s != nil {
		list = append(list, plan{"slack", "", "notify.slack", (*Slack)(nil), "tokenEnv", s.TokenEnv, func(v string) (Channel, error) { return NewSlack(*s, v, s.signingSecret()) }})
	}
	if p := c.PagerDuty; p != nil {
		list = append(list, plan{"pagerduty", "", "notify.pagerDuty", (*PagerDuty)(nil), "keyEnv", p.KeyEnv, func(v string) (Channel, error) { return NewPagerDuty(*p, v) }})
	}
	for i, t := range c.Teams {
		place := fmt.Sprintf("notify.teams[%d]", i)
		list = append(list, plan{"teams", t.Name, place, &Teams{name: t.Name}, "urlEnv", t.URLEnv, func(v string) (Channel, error) { return NewTeams(t, v) }})
	}
	for i, w := range c.Webhooks {
		place := fmt.Sprintf("notify.webhooks[%d]", i)
		list = append(list, plan{"webhook", w.Name, place, &Webhook{name: w.Name}, "secretEnv", w.SecretEnv, func(v string) (Channel, error) { return NewWebhook(w, v) }})
	}
	if s := c.SMTP; s != nil {
		list = append(list, plan{"smtp", "", "notify.smtp", (*SMTP)(nil), "passwordEnv", s.PasswordEnv, func(v string) (Channel, error) { return NewSMTP(*s, v) }})
	}
	return list
}

// channel opens a channel, or gives an [Unusable] in its place.
func (p plan) channel() Channel {
	secret := os.Getenv(p.env)
	if p.kind != "smtp" { // a password may begin with a space
		secret = strings.TrimSpace(secret)
	}
	if p.env != "" && secret == "" {
		return &Unusable{p.like, &UnusableError{p.like.Name(), p.place, errUnset(p.field)}}
	}
	channel, err := p.open(secret)
	if err != nil {
		return &Unusable{p.like, &UnusableError{p.like.Name(), p.place, err}}
	}
	return channel
}

// Open gives the configured channels except the console, which the caller
// has. It reads the environment variables that the configuration names. A channel whose
// secret is missing or none is an [Unusable]: a server that does not start pages nobody.
func (c Config) Open() ([]Channel, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	var list []Channel
	for _, p := range c.plans() {
		list = append(list, p.channel())
	}
	return list, nil
}

// Unusable lists why channels of the configuration cannot be used. It reads the environment.
func (c Config) Unusable() (list []*UnusableError) {
	channels, err := c.Open()
	if err != nil {
		return nil // such a configuration is not taken at all
	}
	for _, channel := range channels {
		if u, ok := channel.(*Unusable); ok {
			list = append(list, u.reason)
		}
	}
	return list
}

// UnusableError says why a channel of the configuration cannot be used.
type UnusableError struct {
	Channel string // its name in the journal
	place   string
	err     error
}

func (e *UnusableError) Error() string {
	return phrase.Say(phrase.English, "channel.unusable", e.place, e.err)
}

// Phrase makes it a [phrase.Keyed].
func (e *UnusableError) Phrase() (key string, args []any) {
	return "channel.unusable", []any{e.place, e.err}
}

// Unwrap gives what was wrong.
func (e *UnusableError) Unwrap() error { return e.err }

// Unusable stands where a channel should that could not be opened. What goes to it fails with the reason, at once, so that
// the next step of an escalation is taken.
type Unusable struct {
	like   Channel
	reason *UnusableError
}

// Name is the channel's.
func (u *Unusable) Name() string { return u.like.Name() }

// Reaches tells whom the channel would reach.
func (u *Unusable) Reaches(r Recipient) bool { return u.like.Reaches(r) }

// Send says why it sends nothing.
func (u *Unusable) Send(context.Context, Message) (Receipt, error) {
	return Receipt{}, &Permanent{u.reason}
}

// Settle asks for another attempt: how an incident stands is still to be told when the secret is there, and wakes nobody.
func (u *Unusable) Settle(context.Context, Settlement) error { return u.reason }

// Rewrite asks for another attempt, as [Unusable.Settle] does.
func (u *Unusable) Rewrite(context.Context, Message, string) error { return u.reason }

// Reason says why a message was not taken, where the configuration is why; empty otherwise.
func Reason(err error) string {
	var u *UnusableError
	if errors.As(err, &u) {
		return u.Error()
	}
	return ""
}
