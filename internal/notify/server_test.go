package notify

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// letter is one message that the server took.
type letter struct {
	hello, from string
	to          []string
	user        string // the credentials as PLAIN sends them
	secured     bool
	data        []byte
}

// What a server does instead of answering.
const (
	hang = "hang"
	shut = "close"
)

// mailServer is a mail server on loopback that does what it is told.
type mailServer struct {
	mode TLSMode
	auth string // AUTH mechanisms that it offers; none if empty
	utf8 bool   // SMTPUTF8
	// answers replaces the usual answer to a verb. GREETING comes first,
	// MESSAGE after the data.
	answers map[string]string
	echo    bool // repeats the credentials in each later answer

	addr     string
	identity tls.Certificate
	roots    *x509.CertPool
	reached  chan string // verbs at which it hangs
	over     chan struct{}
	sessions sync.WaitGroup

	mu      sync.Mutex
	letters []letter
	verbs   []string
	wrong   []string // what a client must not send
}

func (s *mailServer) start(t *testing.T) *mailServer {
	t.Helper()
	if s.mode != TLSNone {
		s.identify(t)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr, s.reached, s.over = listener.Addr().String(), make(chan string, 1), make(chan struct{})
	s.sessions.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.sessions.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() {
		close(s.over)
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
		s.sessions.Wait()
		for _, w := range s.wrong {
			t.Errorf("the client sent %s", w)
		}
	})
	return s
}

// identify gives the server a certificate for 127.0.0.1.
func (s *mailServer) identify(t *testing.T) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s.roots = x509.NewCertPool()
	s.roots.AddCert(cert)
	s.identity = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// session is one connection to the server.
type session struct {
	*mailServer
	conn   net.Conn
	in     *bufio.Reader
	letter letter
}

func (s *mailServer) serve(conn net.Conn) {
	done := make(chan struct{})
	defer close(done)
	s.sessions.Go(func() { // ends what waits for the client when the test is over
		select {
		case <-s.over:
		case <-done:
		}
		_ = conn.Close()
	})
	c := &session{mailServer: s, conn: conn}
	if s.mode == TLSImplicit {
		c.conn, c.letter.secured = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{s.identity}}), true
	}
	c.in = bufio.NewReader(c.conn)
	if !c.answer("GREETING", "220 test ready") {
		return
	}
	for {
		line, err := c.line()
		if err != nil || !c.command(line) {
			return
		}
	}
}

// line reads one line and checks that it is a line of SMTP.
func (c *session) line() (string, error) {
	line, err := c.in.ReadString('\n')
	if err != nil {
		return "", err
	}
	text, ok := strings.CutSuffix(line, "\r\n")
	if !ok || strings.ContainsAny(text, "\r\x00") || len(text) > 998 {
		c.mu.Lock()
		c.wrong = append(c.wrong, fmt.Sprintf("the line %q", line))
		c.mu.Unlock()
	}
	return text, nil
}

// answer tells whether the session goes on.
func (c *session) answer(verb, usual string) bool {
	c.mu.Lock()
	c.verbs = append(c.verbs, verb)
	c.mu.Unlock()
	text, told := c.answers[verb]
	switch {
	case !told:
		text = usual
	case text == hang:
		c.reached <- verb
		<-c.over
		return false
	case text == shut:
		return false
	}
	if c.echo && told {
		text += " " + c.letter.user + " " + strings.TrimLeft(c.letter.user, "\x00")
	}
	_, err := fmt.Fprintf(c.conn, "%s\r\n", text)
	return err == nil
}

func (c *session) command(line string) bool {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "EHLO", "HELO":
		c.letter.hello = rest
		return c.answer(verb, strings.Join(c.abilities(), "\r\n"))
	case "STARTTLS":
		if !c.answer(verb, "220 go on") {
			return false
		}
		if !strings.HasPrefix(c.answers[verb], "4") && !strings.HasPrefix(c.answers[verb], "5") {
			c.conn, c.letter.secured = tls.Server(c.conn, &tls.Config{Certificates: []tls.Certificate{c.identity}}), true
			c.in = bufio.NewReader(c.conn)
		}
		return true
	case "AUTH":
		raw, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
		c.letter.user = string(raw)
		return c.answer(verb, "235 welcome")
	case "MAIL":
		c.letter.from = strings.TrimPrefix(rest, "FROM:")
		return c.answer(verb, "250 ok")
	case "RCPT":
		c.letter.to = append(c.letter.to, strings.TrimPrefix(rest, "TO:"))
		return c.answer(verb, "250 ok")
	case "DATA":
		return c.answer(verb, "354 go on") && (c.answers[verb] != "" || c.data())
	case "QUIT":
		return c.answer(verb, "221 bye") && false
	}
	return c.answer(verb, "500 unknown")
}

func (c *session) abilities() []string {
	lines := []string{"250-test"}
	if c.mode == TLSStart && !c.letter.secured {
		lines = append(lines, "250-STARTTLS")
	}
	if c.auth != "" {
		lines = append(lines, "250-AUTH "+c.auth)
	}
	if c.utf8 {
		lines = append(lines, "250-SMTPUTF8")
	}
	return append(lines, "250 8BITMIME")
}

func (c *session) data() bool {
	var text bytes.Buffer
	for {
		line, err := c.line()
		if err != nil {
			return false
		}
		if line == "." {
			break
		}
		text.WriteString(strings.TrimPrefix(line, ".") + "\r\n")
	}
	if c.answers["MESSAGE"] == "" {
		c.letter.data = text.Bytes()
		c.mu.Lock()
		c.letters = append(c.letters, c.letter)
		c.mu.Unlock()
	}
	return c.answer("MESSAGE", "250 taken")
}

// channel makes an SMTP that sends to the server.
func (s *mailServer) channel(t *testing.T, password string) *SMTP {
	t.Helper()
	c := SMTPConfig{Addr: s.addr, From: "Safelight <safelight@example.org>", TLS: s.mode}
	if password != "" {
		c.Username, c.PasswordEnv = "robot", "SAFELIGHT_TEST_PASSWORD"
	}
	channel, err := NewSMTP(c, password)
	if err != nil {
		t.Fatal(err)
	}
	channel.roots = s.roots
	return channel
}

// only gives the one letter that the server must have taken.
func (s *mailServer) only(t *testing.T) letter {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.letters) != 1 {
		t.Fatalf("the server took %d letters, want one", len(s.letters))
	}
	return s.letters[0]
}
