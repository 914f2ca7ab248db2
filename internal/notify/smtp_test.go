package notify

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

const password = "correct horse+battery"

func sample() Message {
	return Message{
		To:      Recipient{Name: "Ada Lovelace", Email: "ada@example.org", Lang: phrase.French},
		Subject: "S1 PM-2025-09-27-01 à prendre en charge : dérive de la couleur",
		Text:    "L’incident attend.\n.\n..\nFrom here\n" + strings.Repeat("é", 2000) + "\n",
		Key:     "PM-2025-09-27-01/acknowledge-1",
	}
}

func TestSMTPDelivers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		mode     TLSMode
		password string
	}{{TLSNone, ""}, {TLSNone, password}, {TLSStart, ""}, {TLSStart, password}, {TLSImplicit, password}} {
		t.Run(fmt.Sprintf("%s, signed in %t", test.mode, test.password != ""), func(t *testing.T) {
			t.Parallel()
			server := (&mailServer{mode: test.mode, auth: "LOGIN PLAIN"}).start(t)
			m := sample()
			if _, err := server.channel(t, test.password).Send(t.Context(), m); err != nil {
				t.Fatalf("Send = %v", err)
			}
			got := server.only(t)
			if want := test.mode != TLSNone; got.secured != want {
				t.Errorf("encrypted: %t, want %t", got.secured, want)
			}
			if want := "\x00robot\x00" + password; test.password != "" && got.user != want {
				t.Errorf("credentials %q, want %q", got.user, want)
			}
			if got.hello != "[127.0.0.1]" || !strings.HasPrefix(got.from, "<safelight@example.org>") || !slices.Equal(got.to, []string{"<ada@example.org>"}) {
				t.Errorf("envelope: hello %q, from %q, to %q", got.hello, got.from, got.to)
			}
			checkLetter(t, got.data, m)
		})
	}
}

// checkLetter reads a letter as a mail reader does.
func checkLetter(t *testing.T, data []byte, m Message) {
	t.Helper()
	read, err := mail.ReadMessage(strings.NewReader(string(data)))
	if err != nil {
		t.Fatalf("read the letter: %v", err)
	}
	for name, want := range map[string]string{
		"From":                      `"Safelight" <safelight@example.org>`,
		"To":                        `"Ada Lovelace" <ada@example.org>`,
		"Message-Id":                "<PM-2025-09-27-01/acknowledge-1@example.org>",
		"Auto-Submitted":            "auto-generated",
		"Content-Language":          "fr",
		"Mime-Version":              "1.0",
		"Content-Type":              "text/plain; charset=utf-8",
		"Content-Transfer-Encoding": "quoted-printable",
	} {
		if got := read.Header[name]; !slices.Equal(got, []string{want}) {
			t.Errorf("%s is %q, want %q once", name, got, want)
		}
	}
	if at, err := read.Header.Date(); err != nil || time.Since(at).Abs() > time.Minute {
		t.Errorf("Date is %v, %v; want now", at, err)
	}
	if got, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject")); err != nil || got != m.Subject {
		t.Errorf("subject decodes to %q, %v; want %q", got, err, m.Subject)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(read.Body))
	if got := strings.ReplaceAll(string(body), "\r\n", "\n"); err != nil || got != m.Text {
		t.Errorf("text decodes to %q, %v; want %q", got, err, m.Text)
	}
	for _, line := range strings.Split(string(data), "\r\n") {
		if len(line) > 100 || strings.ContainsFunc(line, func(r rune) bool { return r >= 0x80 }) {
			t.Errorf("line of %d bytes or not ASCII: %q", len(line), line)
		}
	}
}

// TestSMTPAnswers goes through every point at which a server can say no, hang or go away.
func TestSMTPAnswers(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"GREETING", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "MESSAGE"} {
		for answer, permanent := range map[string]bool{
			"421 later": false, "451 4.3.0 later": false, "550 no": true, "554-no\r\n554 never": true,
			shut: false, "nonsense": false, "999": false,
		} {
			t.Run(verb+" "+answer, func(t *testing.T) {
				t.Parallel()
				answers := map[string]string{verb: answer}
				if verb == "EHLO" {
					answers["HELO"] = answer // a client may fall back to it
				}
				server := (&mailServer{mode: TLSStart, auth: "PLAIN", answers: answers}).start(t)
				_, err := server.channel(t, password).Send(t.Context(), sample())
				if err == nil || IsPermanent(err) != permanent {
					t.Errorf("Send = %v, want an error, permanent: %t", err, permanent)
				}
				if err != nil && strings.ContainsAny(err.Error(), "\r\n") {
					t.Errorf("the error has several lines: %q", err)
				}
			})
		}
	}
}

func TestSMTPEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for _, mode := range []TLSMode{TLSStart, TLSImplicit} {
		for _, verb := range []string{"GREETING", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "MESSAGE"} {
			if verb == "STARTTLS" && mode == TLSImplicit {
				continue
			}
			t.Run(string(mode)+" "+verb, func(t *testing.T) {
				t.Parallel()
				server := (&mailServer{mode: mode, auth: "PLAIN", answers: map[string]string{verb: hang}}).start(t)
				ctx, cancel := context.WithCancel(t.Context())
				go func() {
					<-server.reached
					cancel()
				}()
				_, err := server.channel(t, password).Send(ctx, sample())
				if !errors.Is(err, context.Canceled) || IsPermanent(err) {
					t.Errorf("Send = %v, want a temporary error by the cancelled context", err)
				}
			})
		}
	}
}

func TestSMTPEndsByItself(t *testing.T) {
	t.Parallel()
	server := (&mailServer{mode: TLSNone, answers: map[string]string{"MAIL": hang}}).start(t)
	channel := server.channel(t, "")
	if channel.timeout != 20*time.Second {
		t.Errorf("a message may take %v, want 20 s", channel.timeout)
	}
	channel.timeout = 50 * time.Millisecond
	if _, err := channel.Send(t.Context(), sample()); !errors.Is(err, context.DeadlineExceeded) || IsPermanent(err) {
		t.Errorf("Send = %v, want a temporary error by the deadline", err)
	}
}

// TestSMTPHangsInHandshake: a server that accepts and never speaks TLS.
func TestSMTPHangsInHandshake(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	channel, err := NewSMTP(SMTPConfig{Addr: listener.Addr().String(), From: "a@example.org", TLS: TLSImplicit}, "")
	if err != nil {
		t.Fatal(err)
	}
	channel.timeout = 50 * time.Millisecond
	if _, err := channel.Send(t.Context(), sample()); !errors.Is(err, context.DeadlineExceeded) || IsPermanent(err) {
		t.Errorf("Send = %v, want a temporary error by the deadline", err)
	}
}

// TestSMTPFarewell: what was accepted is sent, however the server takes leave.
func TestSMTPFarewell(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{hang, shut, "500 no", "421 no"} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			server := (&mailServer{mode: TLSNone, answers: map[string]string{"QUIT": answer}}).start(t)
			if _, err := server.channel(t, "").Send(t.Context(), sample()); err != nil {
				t.Errorf("Send = %v, want none", err)
			}
			server.only(t)
		})
	}
}

func TestSMTPBoundsWhatItReads(t *testing.T) {
	t.Parallel()
	flood := strings.Repeat("250-x\r\n", maxReplies/6) + "250 x"
	server := (&mailServer{mode: TLSNone, answers: map[string]string{"EHLO": flood, "HELO": flood}}).start(t)
	if _, err := server.channel(t, "").Send(t.Context(), sample()); err == nil || IsPermanent(err) || !strings.Contains(err.Error(), "more than") {
		t.Errorf("Send = %v, want a temporary error about the size", err)
	}
}

func TestSMTPWithoutWhatItNeeds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server    *mailServer
		client    TLSMode
		roots     bool
		to, want  string
		permanent bool
	}{
		"no STARTTLS":         {&mailServer{mode: TLSNone, auth: "PLAIN"}, TLSStart, true, "ada@example.org", "STARTTLS", false},
		"no AUTH":             {&mailServer{mode: TLSStart}, TLSStart, true, "ada@example.org", "AUTH PLAIN", false},
		"no AUTH PLAIN":       {&mailServer{mode: TLSStart, auth: "LOGIN XPLAIN"}, TLSStart, true, "ada@example.org", "AUTH PLAIN", false},
		"unknown certificate": {&mailServer{mode: TLSStart, auth: "PLAIN"}, TLSStart, false, "ada@example.org", "certificate", false},
		"unknown, implicit":   {&mailServer{mode: TLSImplicit, auth: "PLAIN"}, TLSImplicit, false, "ada@example.org", "certificate", false},
		"no SMTPUTF8":         {&mailServer{mode: TLSStart, auth: "PLAIN"}, TLSStart, true, "adé@example.org", "ASCII", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.server.start(t)
			channel := test.server.channel(t, "")
			channel.config.Username, channel.config.TLS, channel.password = "robot", test.client, func() string { return password }
			if !test.roots {
				channel.roots = nil
			}
			m := sample()
			m.To.Email = test.to
			_, err := channel.Send(t.Context(), m)
			if err == nil || !strings.Contains(err.Error(), test.want) || IsPermanent(err) != test.permanent {
				t.Errorf("Send = %v, want an error about %s, permanent: %t", err, test.want, test.permanent)
			}
			test.server.mu.Lock()
			defer test.server.mu.Unlock()
			if signedIn := slices.Contains(test.server.verbs, "AUTH"); signedIn != test.permanent {
				t.Errorf("the server heard %v; the password was sent: %t", test.server.verbs, signedIn)
			}
		})
	}
}

func TestSMTPUTF8(t *testing.T) {
	t.Parallel()
	server := (&mailServer{mode: TLSNone, utf8: true}).start(t)
	m := sample()
	m.To.Email = "adé@exämple.org"
	if _, err := server.channel(t, "").Send(t.Context(), m); err != nil {
		t.Fatalf("Send = %v", err)
	}
	if got := server.only(t); got.to[0] != "<adé@exämple.org>" || !strings.Contains(got.from, "SMTPUTF8") {
		t.Errorf("envelope: from %q to %q, want the address as it is and SMTPUTF8", got.from, got.to)
	}
}

func TestSMTPUnreachable(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	channel, err := NewSMTP(SMTPConfig{Addr: addr, From: "a@example.org", TLS: TLSNone}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := channel.Send(t.Context(), sample()); err == nil || IsPermanent(err) {
		t.Errorf("Send = %v, want a temporary error", err)
	}
}

// TestSMTPRefusesAddresses: without a usable address nobody is called at all.
func TestSMTPRefusesAddresses(t *testing.T) {
	t.Parallel()
	server := (&mailServer{mode: TLSNone, utf8: true}).start(t)
	channel := server.channel(t, "")
	for _, address := range []string{
		"", "ada", "@example.org", "ada@", "a@b\r\nRCPT TO:<c@d>", "a@b\nBcc: c@d", "a@b, c@d", "Ada <a@b>", "<a@b>", "a b@c",
		`"a b"@c`, "a@b\x00", "a@b\u2028c", strings.Repeat("a", 250) + "@b.cd", "a@b>", "a@b\xff",
	} {
		m := sample()
		m.To.Email = address
		_, err := channel.Send(t.Context(), m)
		if !IsPermanent(err) {
			t.Errorf("Send to %q = %v, want a permanent error", address, err)
		} else if address != "" && strings.Contains(err.Error(), address) && len(address) > 4 {
			t.Errorf("the error quotes the address: %v", err)
		}
	}
	server.mu.Lock()
	defer server.mu.Unlock()
	if len(server.verbs) > 0 {
		t.Errorf("the server heard %v, want nothing", server.verbs)
	}
}

// TestSecretsStay: whatever a server answers, no error repeats the password or the recipient.
func TestSecretsStay(t *testing.T) {
	t.Parallel()
	encoded := "AHJvYm90AGNvcnJlY3QgaG9yc2UrYmF0dGVyeQ=="
	for _, verb := range []string{"AUTH", "MAIL", "RCPT", "DATA", "MESSAGE"} {
		for _, code := range []string{"535", "454", "334", "xyz", "2"} {
			t.Run(verb+" "+code, func(t *testing.T) {
				t.Parallel()
				said := code + " " + password + " " + encoded + " for <ada@example.org> " + hex.EncodeToString([]byte(password))
				server := (&mailServer{mode: TLSStart, auth: "PLAIN", answers: map[string]string{verb: said}, echo: true}).start(t)
				channel := server.channel(t, password)
				_, err := channel.Send(t.Context(), sample())
				if err == nil {
					t.Fatalf("Send = nil, want an error")
				}
				for _, printed := range []string{err.Error(), fmt.Sprintf("%+v %#v", err, err), fmt.Sprintf("%v %+v %#v", channel, *channel, channel)} {
					for _, secret := range []string{password, encoded, "ada@example.org"} {
						if strings.Contains(printed, secret) {
							t.Errorf("%q tells %q", printed, secret)
						}
					}
					// Right after it was sent, the password may come back in any form.
					if verb == "AUTH" && strings.Contains(printed, hex.EncodeToString([]byte(password))) {
						t.Errorf("%q repeats the answer to the password", printed)
					}
				}
			})
		}
	}
}

// farConn is a connection whose other end is said to be far away.
type farConn struct{ net.Conn }

func (farConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 25} }

func TestPasswordIsNotSentInClear(t *testing.T) {
	t.Parallel()
	for _, far := range []bool{false, true} {
		server := (&mailServer{mode: TLSNone, auth: "PLAIN"}).start(t)
		conn, err := net.Dial("tcp", server.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		session := &talk{SMTP: server.channel(t, password), conn: conn}
		if far {
			session.conn = farConn{conn}
		}
		if err := session.greet(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := session.signIn(t.Context()); (err != nil) != far || far && !IsPermanent(err) {
			t.Errorf("sign in to a server that is far: %t gives %v", far, err)
		}
		server.mu.Lock()
		if sent := slices.Contains(server.verbs, "AUTH"); sent == far {
			t.Errorf("far: %t, password sent: %t", far, sent)
		}
		server.mu.Unlock()
	}
}
