package notify

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Limits of the listener for replies.
const (
	maxReplyBytes = 1 << 20 // of a mail, pictures of signatures included
	maxInbound    = 16      // connections at once; more wait
	inboundIdle   = 30 * time.Second
	inboundLife   = 2 * time.Minute // of a connection, whatever it does
	inboundBytes  = 4 << 20         // of a connection, in all
	maxReplyTo    = 5               // recipients of a mail
)

// Inbound takes replies to pages by SMTP, for our own address and for no other: it relays nothing and answers nobody.
type Inbound struct {
	Config InboundConfig
	// Acknowledge does so for the token of a page. An error is for the moment: the mail is offered again.
	Acknowledge func(ctx context.Context, token string) error
	// Refused is told why a mail acknowledged nothing, without a word of it.
	Refused func(reason error)
}

// Serve takes mail until ctx ends.
func (in *Inbound) Serve(ctx context.Context, l net.Listener) error {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &inboundSession{in: in, ctx: ctx}, nil }))
	s.Domain, s.MaxMessageBytes, s.MaxRecipients = "safelight", maxReplyBytes, maxReplyTo
	s.ReadTimeout, s.WriteTimeout, s.ErrorLog = inboundIdle, inboundIdle, log.New(io.Discard, "", 0)
	stop := context.AfterFunc(ctx, func() { _ = s.Close() }) // what was answered is done
	defer stop()
	return s.Serve(&boundedListener{l, make(chan struct{}, maxInbound)})
}

// inboundSession is what one client says.
type inboundSession struct {
	in     *Inbound
	ctx    context.Context // of the server
	from   string
	tokens []string
}

func (s *inboundSession) Reset() { s.from, s.tokens = "", nil }

func (s *inboundSession) Logout() error { return nil }

func (s *inboundSession) Mail(from string, _ *smtp.MailOptions) error {
	s.from, s.tokens = from, nil
	return nil
}

func (s *inboundSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	token, ours := s.in.Config.tokenOf(to)
	if !ours {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "This server takes replies to its own pages and relays nothing"}
	}
	s.tokens = append(s.tokens, token)
	return nil
}

// Data takes the mail whether it acknowledges or not: who sent it is not told, since senders are forged.
func (s *inboundSession) Data(r io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(r, maxReplyBytes+1))
	if err != nil {
		return err
	}
	if err := acknowledges(s.from, data); err != nil {
		s.in.Refused(err)
		return nil
	}
	for _, token := range s.tokens {
		if token == "" {
			s.in.Refused(errNoAck("its address names no page"))
			continue
		}
		if err := s.in.Acknowledge(s.ctx, token); err != nil {
			return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "It could not be done now; try again"}
		}
	}
	return nil
}

// boundedListener keeps so many connections open at once, each for a time and so many bytes.
type boundedListener struct {
	net.Listener
	places chan struct{}
}

func (l *boundedListener) Accept() (net.Conn, error) {
	l.places <- struct{}{}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	until := time.Now().Add(inboundLife)
	return &inboundConn{Conn: conn, free: l.places, until: until, left: inboundBytes}, nil
}

type inboundConn struct {
	net.Conn
	free  chan struct{}
	until time.Time
	left  int
	once  sync.Once
}

func (c *inboundConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errors.New("read a reply: the connection has sent too much")
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

// SetReadDeadline lets none be later than the connection's end.
func (c *inboundConn) SetReadDeadline(t time.Time) error {
	if t.IsZero() || t.After(c.until) {
		t = c.until
	}
	return c.Conn.SetReadDeadline(t)
}

func (c *inboundConn) Close() error {
	c.once.Do(func() { <-c.free })
	return c.Conn.Close()
}
