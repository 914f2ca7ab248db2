package notify

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Config is the part of safelight.yaml that says how people are reached.
type Config struct {
	// Console writes pages and messages where the server runs.
	Console bool `yaml:"console"`
	// SMTP is the mail server, if there is one.
	SMTP *SMTPConfig `yaml:"smtp"`
	// Inbound takes replies to pages by e-mail; none are taken if it is missing.
	Inbound *InboundConfig `yaml:"inbound"`
	// Slack is the app of Slack, if there is one.
	Slack *SlackConfig `yaml:"slack"`
	// PagerDuty is the service of PagerDuty, if there is one.
	PagerDuty *PagerDutyConfig `yaml:"pagerDuty"`
	// Teams are channels of Microsoft Teams.
	Teams []TeamsConfig `yaml:"teams"`
	// Notices are the kinds of notices that go to Slack's channel and to webhooks: quality, quarantine. Both where nothing is
	// said, none for [].
	Notices *[]string `yaml:"notices"`
	// Webhooks are receivers of the house.
	Webhooks []WebhookConfig `yaml:"webhooks"`
}

// SMTPConfig names a mail server.
type SMTPConfig struct {
	// Addr is host:port of the server.
	Addr string `yaml:"addr"`
	// From is the sender: an address, with or without a name. Each installation
	// should have its own, since Message-IDs are unique within it.
	From string `yaml:"from"`
	// Username to sign in with; nobody signs in where it is empty.
	Username string `yaml:"username"`
	// PasswordEnv names the environment variable that holds the password.
	PasswordEnv string `yaml:"passwordEnv"`
	// TLS is none, starttls or implicit; starttls where it is empty.
	TLS TLSMode `yaml:"tls"`
}

// TLSMode says how a connection is encrypted.
type TLSMode string

// The modes of encryption.
const (
	TLSNone     TLSMode = "none"     // in clear
	TLSStart    TLSMode = "starttls" // by the command STARTTLS, which must be possible (RFC 3207)
	TLSImplicit TLSMode = "implicit" // from the first byte (RFC 8314)
)

// Validate says what is wrong with the configuration, one sentence for each
// mistake, or nil. It does not read the environment.
func (c Config) Validate() error {
	var errs []error
	if c.SMTP != nil {
		for _, mistake := range c.SMTP.mistakes() {
			errs = append(errs, fmt.Errorf("notify.smtp: %s: %w", mistake, journal.ErrInvalid))
		}
	}
	if c.Inbound != nil {
		mistakes := c.Inbound.mistakes()
		if c.SMTP == nil {
			mistakes = append(mistakes, "replies answer pages by e-mail: configure notify.smtp as well")
		}
		for _, mistake := range mistakes {
			errs = append(errs, fmt.Errorf("notify.inbound: %s: %w", mistake, journal.ErrInvalid))
		}
	}
	for _, mistake := range append(c.noticeMistakes(), c.providerMistakes()...) {
		errs = append(errs, fmt.Errorf("%s: %w", mistake, journal.ErrInvalid))
	}
	return errors.Join(errs...)
}

// mistakes never quotes passwordEnv: somebody will write the password itself there.
func (c SMTPConfig) mistakes() []string {
	var list []string
	host, port, err := net.SplitHostPort(c.Addr)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || host == "" || n == 0 {
		list = append(list, fmt.Sprintf("addr %q is not host:port, such as mail.example.org:587", c.Addr))
	}
	if _, err := sender(c.From); err != nil {
		list = append(list, fmt.Sprintf("from %q is not one e-mail address", c.From))
	}
	switch c.TLS {
	case "", TLSStart, TLSImplicit:
	case TLSNone:
		if c.Username != "" && !localHost(host) {
			list = append(list, fmt.Sprintf("tls none would send the password of %q in clear to %s: use starttls or implicit", c.Username, host))
		}
	default:
		list = append(list, fmt.Sprintf("tls %q is none of none, starttls, implicit", c.TLS))
	}
	switch {
	case (c.Username == "") != (c.PasswordEnv == ""):
		list = append(list, "username and passwordEnv go together: give both or neither")
	case strings.ContainsAny(c.PasswordEnv, "=$ \x00"):
		list = append(list, "passwordEnv must be the name of an environment variable, such as SAFELIGHT_SMTP_PASSWORD")
	}
	return list
}

// localHost tells the names of loopback for which [smtp.PlainAuth] signs in without TLS.
func localHost(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// sender reads the address that mail comes from; its domain goes into Message-IDs.
func sender(from string) (*mail.Address, error) {
	a, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("read the sender's address: %w", err)
	}
	return a, checkAddress(a.Address)
}
