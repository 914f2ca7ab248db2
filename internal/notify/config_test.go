package notify

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/safelight-dev/safelight/internal/journal"
)

func TestConfigIsReadFromYAML(t *testing.T) {
	t.Parallel()
	text := "console: true\nsmtp: {addr: 'mail.example.org:587', from: 'Safelight <s@example.org>', username: robot, passwordEnv: SAFELIGHT_SMTP_PASSWORD, tls: implicit}\n"
	var got Config
	if err := yaml.NewDecoder(bytes.NewReader([]byte(text)), yaml.Strict()).Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := SMTPConfig{"mail.example.org:587", "Safelight <s@example.org>", "robot", "SAFELIGHT_SMTP_PASSWORD", TLSImplicit}
	if !got.Console || got.SMTP == nil || *got.SMTP != want || got.Validate() != nil {
		t.Errorf("read %+v, %+v, %v; want %+v", got, got.SMTP, got.Validate(), want)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*SMTPConfig)
		want   []string // what each sentence speaks of; none for a good configuration
	}{
		"good":               {func(*SMTPConfig) {}, nil},
		"no TLS":             {func(c *SMTPConfig) { c.TLS = TLSNone }, nil},
		"default TLS":        {func(c *SMTPConfig) { c.TLS = "" }, nil},
		"signed in":          {func(c *SMTPConfig) { c.Username, c.PasswordEnv = "u", "P" }, nil},
		"loopback":           {func(c *SMTPConfig) { c.Addr, c.Username, c.PasswordEnv, c.TLS = "[::1]:25", "u", "P", TLSNone }, nil},
		"password in clear":  {func(c *SMTPConfig) { c.Username, c.PasswordEnv, c.TLS = "u", "P", TLSNone }, []string{"in clear"}},
		"no port":            {func(c *SMTPConfig) { c.Addr = "mail.example.org" }, []string{"addr"}},
		"no host":            {func(c *SMTPConfig) { c.Addr = ":25" }, []string{"addr"}},
		"port 0":             {func(c *SMTPConfig) { c.Addr = "mail:0" }, []string{"addr"}},
		"port too great":     {func(c *SMTPConfig) { c.Addr = "mail:65536" }, []string{"addr"}},
		"port in words":      {func(c *SMTPConfig) { c.Addr = "mail:smtp" }, []string{"addr"}},
		"no sender":          {func(c *SMTPConfig) { c.From = "" }, []string{"from"}},
		"two senders":        {func(c *SMTPConfig) { c.From = "a@b.c, d@e.f" }, []string{"from"}},
		"injecting sender":   {func(c *SMTPConfig) { c.From = "a@b.c>\r\nBcc: <e@e" }, []string{"from"}},
		"unknown TLS":        {func(c *SMTPConfig) { c.TLS = "ssl" }, []string{"tls"}},
		"user only":          {func(c *SMTPConfig) { c.Username = "u" }, []string{"go together"}},
		"password only":      {func(c *SMTPConfig) { c.PasswordEnv = "P" }, []string{"go together"}},
		"no variable's name": {func(c *SMTPConfig) { c.Username, c.PasswordEnv = "u", "my secret" }, []string{"passwordEnv"}},
		"empty":              {func(c *SMTPConfig) { *c = SMTPConfig{} }, []string{"addr", "from"}},
		"much":               {func(c *SMTPConfig) { *c = SMTPConfig{TLS: "x", Username: "u"} }, []string{"addr", "from", "tls", "go together"}},
	} {
		c := SMTPConfig{Addr: "mail.example.org:587", From: "s@example.org", TLS: TLSStart}
		test.change(&c)
		err := Config{SMTP: &c}.Validate()
		if (err == nil) != (test.want == nil) || err != nil && !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %v, want an invalid: %t", name, err, test.want != nil)
			continue
		}
		if err == nil {
			continue
		}
		sentences := strings.Split(err.Error(), "\n")
		if len(sentences) != len(test.want) || strings.Contains(err.Error(), "my secret") {
			t.Errorf("%s: %q, want %d sentences without what may be a password", name, err, len(test.want))
			continue
		}
		for i, want := range test.want {
			if !strings.Contains(sentences[i], want) {
				t.Errorf("%s: %q does not speak of %s", name, sentences[i], want)
			}
		}
	}
	if err := (Config{Console: true}).Validate(); err != nil {
		t.Errorf("console alone: %v, want none", err)
	}
}

// TestOpen is not parallel: it changes the environment.
func TestOpen(t *testing.T) {
	const variable = "SAFELIGHT_TEST_SMTP_PASSWORD"
	t.Setenv(variable, "")
	c := Config{SMTP: &SMTPConfig{Addr: "mail.example.org:587", From: "s@example.org", Username: "u", PasswordEnv: variable}}
	if got, err := c.Open(); err != nil || len(got) != 1 || !unusable(t, got[0], "e-mail", "passwordEnv") {
		t.Errorf("Open without the variable = %v, %v; want an e-mail that cannot be used", got, err)
	}
	t.Setenv(variable, password)
	got, err := c.Open()
	if err != nil || len(got) != 1 || got[0].Name() != "e-mail" {
		t.Fatalf("Open = %v, %v; want e-mail", got, err)
	}
	s, ok := got[0].(*SMTP)
	if !ok || s.password() != password || s.config.TLS != TLSStart {
		t.Errorf("Open gives %T with TLS %q, want an SMTP with the variable's password and starttls", got[0], s.config.TLS)
	}
	for _, c := range []Config{{}, {Console: true}} {
		if got, err := c.Open(); err != nil || len(got) != 0 {
			t.Errorf("Open of %+v = %v, %v; want no channel", c, got, err)
		}
	}
	c.SMTP.Addr = "nowhere"
	if _, err := c.Open(); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("Open of a bad configuration = %v, want an invalid", err)
	}
}
