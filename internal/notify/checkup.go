package notify

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// checkupLimit is how long a channel has to show that it would work.
const checkupLimit = 10 * time.Second

// Checkup is what was found out of a channel without sending anything to anybody.
type Checkup struct {
	Kind    string          // slack, pagerduty, teams, webhook, smtp
	Label   string          // of one of several
	Target  string          // where it is; empty where that is a secret
	Note    phrase.Sentence // what else there is to say
	Broken  error           // it does not work
	Warning error           // it works less well than it was meant to
}

// checker is a channel that can be asked whether it would work.
type checker interface {
	check(ctx context.Context, c *Checkup)
}

// Checkup asks all channels of a valid configuration at once whether they would work, each for ten seconds at most. It
// reads the environment.
func (c Config) Checkup(ctx context.Context) []Checkup {
	plans := c.plans()
	list := make([]Checkup, len(plans))
	var all sync.WaitGroup
	for i, p := range plans {
		all.Go(func() {
			limited, cancel := context.WithTimeout(ctx, checkupLimit)
			defer cancel()
			list[i] = c.checkup(limited, p)
		})
	}
	all.Wait()
	return list
}

func (c Config) checkup(ctx context.Context, p plan) Checkup {
	found := Checkup{Kind: p.kind, Label: p.label}
	switch channel := p.channel().(type) {
	case *Unusable:
		found.Broken = channel.reason.err
	case *Slack:
		channel.check(ctx, &found)
		if found.Note.IsZero() || !slices.Contains(c.NoticeMethods(QualityNotice), channel.Name()) || !c.Pictured(QualityNotice, channel.Name()) {
			found.Warning = nil // what it warns of is not asked for
		}
		if found.Broken == nil && found.Warning == nil && c.Slack.SigningSecretEnv != "" && channel.secret() == "" {
			found.Warning = errLinks()
		}
	case checker:
		channel.check(ctx, &found)
	}
	return found
}

// slackIdentity is what auth.test answers (https://docs.slack.dev/reference/methods/auth.test).
type slackIdentity struct {
	OK    bool   `json:"ok"`
	Error string `json:"error"`
	Team  string `json:"team"`
	User  string `json:"user"`
}

// badTokens are the answers that speak of the token.
var badTokens = []string{"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type"}

// check asks Slack whose token it is. Nobody sees that.
func (s *Slack) check(ctx context.Context, c *Checkup) {
	c.Target = s.base
	h := jsonHeader()
	h.Set("Authorization", "Bearer "+s.token())
	raw, header, err := s.ask(ctx, s.base+"/auth.test", h, []byte("{}"))
	if err != nil {
		c.Broken = err
		return
	}
	var who slackIdentity
	switch err := json.Unmarshal(raw, &who); {
	case err != nil:
		c.Broken = phrase.Errorf("channel.slack.json")
	case who.OK:
		c.Note = phrase.Of("doctor.note.slack", oneLine(who.Team, maxTitle), oneLine(who.User, maxTitle))
		c.Broken, c.Warning = s.scopes(header)
	case slices.Contains(badTokens, who.Error):
		c.Broken = phrase.Errorf("channel.slack.token", who.Error)
	default:
		c.Broken = phrase.Errorf("channel.slack.odd", oneLine(who.Error, 60))
	}
}

// scopes looks whether the token may do what is asked of it, where Slack says what it may.
func (s *Slack) scopes(header http.Header) (broken, warning error) {
	said := header.Get("X-OAuth-Scopes")
	if said == "" {
		return nil, nil
	}
	may := strings.FieldsFunc(said, func(r rune) bool { return r == ',' || r == ' ' })
	if !slices.Contains(may, "chat:write") {
		return phrase.Errorf("channel.slack.write"), nil
	}
	if !slices.Contains(may, "files:write") {
		return nil, phrase.Errorf("channel.slack.files")
	}
	return nil, nil
}

// check signs in to the mail server and takes leave again.
func (s *SMTP) check(ctx context.Context, c *Checkup) {
	c.Target = s.config.Addr
	t := &talk{SMTP: s}
	if c.Broken = t.within(ctx, t.entrance()); c.Broken == nil {
		if c.Note = phrase.Of(phrase.Key("doctor.note.smtp." + string(s.config.TLS))); s.config.Username != "" {
			c.Note = phrase.Of("doctor.note.smtp.signed", c.Note)
		}
	}
}

// keyLength is that of an integration key of the Events API v2, in characters.
const keyLength = 32

func (p *PagerDuty) check(ctx context.Context, c *Checkup) {
	c.Target = hostOf(p.url)
	c.resolve(ctx, p.url)
	if n := len(p.key()); c.Broken == nil && n != keyLength {
		c.Warning = phrase.Errorf("channel.pagerduty.key", n, keyLength)
	}
}

func (t *Teams) check(ctx context.Context, c *Checkup) { c.resolve(ctx, t.url()) }

func (w *Webhook) check(ctx context.Context, c *Checkup) {
	c.Target = hostOf(w.url)
	c.resolve(ctx, w.url)
}

// resolve looks for the name of an address. Nothing is sent there.
func (c *Checkup) resolve(ctx context.Context, address string) {
	if c.Broken = resolves(ctx, address); c.Broken == nil {
		c.Note = phrase.Of("doctor.note.resolves")
	}
}

// hostOf is what of an address may be shown: the rest may be a secret.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// resolves says why a name has no address, or nil; nothing is sent there. Where a proxy is asked instead, it is the proxy
// that must have one.
func resolves(ctx context.Context, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, nil)
	if err != nil || !webURL(address) {
		return phrase.Errorf("channel.address")
	}
	at, say := req.URL, phrase.Key("channel.resolve")
	if proxy, err := http.ProxyFromEnvironment(req); err != nil {
		return phrase.Errorf("channel.proxy")
	} else if proxy != nil {
		at, say = proxy, "channel.resolve.proxy"
	}
	_, err = net.DefaultResolver.LookupHost(ctx, at.Hostname())
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return phrase.Errorf(say, dns.Err) // the rest names a host, which may be a secret
	case err != nil:
		return phrase.Errorf(say, "-")
	}
	return nil
}
