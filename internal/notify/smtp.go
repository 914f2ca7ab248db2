package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"slices"
	"strings"
	"time"
)

const (
	sendTimeout = 20 * time.Second // for one message, from dialling to acceptance
	quitTimeout = time.Second      // for the farewell, when the message has been accepted
	maxReplies  = 1 << 20          // bytes of a whole session, certificates included
)

// SMTP sends messages by e-mail, each on a connection of its own. A hanging
// server costs the context's time or 20 seconds, whichever ends first.
type SMTP struct {
	config SMTPConfig
	from   *mail.Address
	host   string
	// password is a function so that no way of printing an SMTP prints it.
	password func() string
	roots    *x509.CertPool // nil for the system's
	timeout  time.Duration
}

// NewSMTP makes the channel. The password is ignored where the configuration names no user.
func NewSMTP(c SMTPConfig, password string) (*SMTP, error) {
	if err := (Config{SMTP: &c}).Validate(); err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return nil, fmt.Errorf("read the mail server's address: %w", err)
	}
	from, err := sender(c.From)
	if err != nil {
		return nil, err
	}
	if c.TLS == "" {
		c.TLS = TLSStart
	}
	return &SMTP{config: c, from: from, host: host, password: func() string { return password }, timeout: sendTimeout}, nil
}

// Name is "e-mail".
func (s *SMTP) Name() string { return "e-mail" }

// Reaches tells whether the person has a usable address.
func (s *SMTP) Reaches(r Recipient) bool { return checkAddress(r.Email) == nil }

// Send returns the Message-ID when the server has taken the responsibility for the
// message (250 after DATA). An answer of the class 5xx and a recipient
// without a usable address are permanent; 4xx, time and network are not.
func (s *SMTP) Send(ctx context.Context, m Message) (Receipt, error) {
	if err := checkAddress(m.To.Email); err != nil {
		return Receipt{}, &Permanent{fmt.Errorf("send to a person: %w", err)}
	}
	t := &talk{SMTP: s, to: m.To.Email, mail: compose(m, s.from, time.Now())}
	if err := t.within(ctx, append(t.entrance(), t.delivery()...)); err != nil {
		return Receipt{}, err
	}
	return Receipt{ID: messageID(m, s.from.Address)}, nil
}

// within takes the steps in the time of a message.
func (t *talk) within(ctx context.Context, steps []step) error {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	err := t.dial(ctx, steps)
	if err != nil && !IsPermanent(err) && ctx.Err() != nil {
		// The deadline is the cause; what it interrupted is a detail.
		err = fmt.Errorf("%w: %w", err, ctx.Err())
	}
	return err
}

func (t *talk) dial(ctx context.Context, steps []step) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", t.config.Addr)
	if err != nil {
		return fmt.Errorf("connect to the mail server: %w", err)
	}
	defer func() { _ = conn.Close() }() // what was accepted stays accepted
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	t.conn = &boundedConn{conn, maxReplies}
	for _, step := range steps {
		if err := step.do(ctx); err != nil {
			return t.failure(step, err)
		}
	}
	stop()
	_ = conn.SetDeadline(time.Now().Add(quitTimeout))
	_ = t.client.Quit() // the message, if there is one, is theirs already
	return nil
}

// talk is one session with the server.
type talk struct {
	*SMTP
	conn   net.Conn
	client *smtp.Client
	to     string
	mail   []byte
}

// step is one exchange with the server.
type step struct {
	what   string
	secret bool // the answer may repeat a secret
	do     func(context.Context) error
}

// entrance are the steps before any message.
func (t *talk) entrance() []step {
	return []step{
		{"greet the mail server", false, t.greet},
		{"start TLS with the mail server", false, t.startTLS},
		{"sign in to the mail server", true, t.signIn},
	}
}

// delivery are the steps of a message.
func (t *talk) delivery() []step {
	return []step{
		{"name the sender to the mail server", false, t.nameSender},
		{"name the recipient to the mail server", false, func(context.Context) error { return t.client.Rcpt(t.to) }},
		{"hand the message to the mail server", false, t.handOver},
	}
}

func (t *talk) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: t.host, RootCAs: t.roots, MinVersion: tls.VersionTLS12}
}

func (t *talk) greet(ctx context.Context) error {
	conn := t.conn
	if t.config.TLS == TLSImplicit {
		secured := tls.Client(conn, t.tlsConfig())
		if err := secured.HandshakeContext(ctx); err != nil {
			return err
		}
		conn = secured
	}
	var err error
	if t.client, err = smtp.NewClient(conn, t.host); err != nil {
		return err
	}
	return t.client.Hello(literal(conn.LocalAddr()))
}

// literal is how a client without a domain name presents itself (RFC 5321, section 4.1.3).
func literal(local net.Addr) string {
	a, ok := local.(*net.TCPAddr)
	switch {
	case !ok:
		return "localhost"
	case a.IP.To4() != nil:
		return "[" + a.IP.To4().String() + "]"
	}
	return "[IPv6:" + a.IP.String() + "]"
}

func (t *talk) startTLS(context.Context) error {
	if t.config.TLS != TLSStart {
		return nil
	}
	if offered, _ := t.client.Extension("STARTTLS"); !offered {
		return errors.New("it does not offer STARTTLS")
	}
	return t.client.StartTLS(t.tlsConfig())
}

func (t *talk) signIn(context.Context) error {
	if t.config.Username == "" {
		return nil
	}
	// Checked here on the connection as it is, beside the checks by name in
	// the configuration and in net/smtp: names may resolve to anything.
	if _, secured := t.client.TLSConnectionState(); !secured && !loopback(t.conn.RemoteAddr()) {
		return &Permanent{errors.New("the password is not sent in clear over a network")}
	}
	offered, mechanisms := t.client.Extension("AUTH")
	if !offered || !slices.Contains(strings.Fields(strings.ToUpper(mechanisms)), "PLAIN") {
		return errNoPlain
	}
	return t.client.Auth(smtp.PlainAuth("", t.config.Username, t.password(), t.host))
}

var errNoPlain = errors.New("it does not offer AUTH PLAIN")

func loopback(remote net.Addr) bool {
	a, ok := remote.(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}

func (t *talk) nameSender(context.Context) error {
	ascii := func(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 }) }
	if offered, _ := t.client.Extension("SMTPUTF8"); !offered && !(ascii(t.to) && ascii(t.from.Address)) {
		return &Permanent{errors.New("it takes only addresses in ASCII")}
	}
	return t.client.Mail(t.from.Address)
}

func (t *talk) handOver(context.Context) error {
	w, err := t.client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(t.mail); err != nil {
		return err
	}
	return w.Close() // waits for the answer
}

// failure says what went wrong at a step, without secrets: a server may
// answer with whatever it was sent. Errors are therefore rewritten, not wrapped.
func (t *talk) failure(s step, err error) error {
	var reply *textproto.Error
	var broken textproto.ProtocolError
	text := t.hide(err.Error())
	switch {
	case errors.As(err, &reply) && s.secret:
		text = fmt.Sprintf("it answered %03d", reply.Code)
	case errors.As(err, &reply):
		text = fmt.Sprintf("it answered %03d %s", reply.Code, t.hide(reply.Msg))
	case errors.As(err, &broken):
		text = "its answer is not SMTP"
	}
	said := fmt.Errorf("%s: %s", s.what, text)
	if reply != nil && reply.Code/100 == 5 || IsPermanent(err) {
		return &Permanent{said}
	}
	return said
}

// hide makes one printable line of a text, without the recipient's address,
// the user and the password, plain or as they are sent.
func (t *talk) hide(text string) string {
	user, password := t.config.Username, t.password()
	encode := base64.StdEncoding.EncodeToString
	var pairs []string
	if t.to != "" {
		pairs = []string{t.to, "(the recipient)"}
	}
	if user != "" && password != "" {
		pairs = append(pairs, password, "(hidden)", encode([]byte(password)), "(hidden)", encode([]byte("\x00"+user+"\x00"+password)), "(hidden)")
	}
	return oneLine(strings.NewReplacer(pairs...).Replace(text), 200)
}

// boundedConn ends a session in which the server sends too much.
type boundedConn struct {
	net.Conn
	left int // bytes that may still be read
}

func (c *boundedConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, fmt.Errorf("read from the mail server: more than %d bytes", maxReplies)
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}
