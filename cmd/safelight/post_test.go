package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// letter is one message that the mail server took.
type letter struct {
	begun, taken time.Time // when the connection was, and when it was the server's
	to, id, text string
	pages        []linkedPage // that it asks to acknowledge
}

// linkedPage is what a link to acknowledge by names.
type linkedPage struct{ incident, key string }

// postOffice is a mail server on loopback that reads what it gets.
type postOffice struct {
	addr  string
	think func() time.Duration // how long it takes over a message before it says that it has it

	mu      sync.Mutex
	letters []letter
}

func openPostOffice(t *testing.T, think func() time.Duration) *postOffice {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &postOffice{addr: l.Addr().String(), think: think}
	var sessions sync.WaitGroup
	sessions.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			sessions.Go(func() {
				defer conn.Close()
				if err := p.serve(conn); err != nil && err != io.EOF {
					t.Errorf("the mail server: %v", err)
				}
			})
		}
	})
	t.Cleanup(func() { l.Close(); sessions.Wait() })
	return p
}

// serve speaks SMTP (RFC 5321) with one client, which may be killed at any time.
func (p *postOffice) serve(conn net.Conn) error {
	it := letter{begun: time.Now()}
	in := textproto.NewReader(bufio.NewReader(conn))
	say := func(text string) { _, _ = io.WriteString(conn, text+"\r\n") } // to a dead client too
	say("220 post.example")
	for {
		line, err := in.ReadLine()
		if err != nil {
			return nil
		}
		verb, rest, _ := strings.Cut(line, " ")
		switch strings.ToUpper(verb) {
		case "RCPT":
			it.to = strings.Trim(strings.TrimPrefix(strings.ToUpper(rest), "TO:"), "<>")
			it.to = strings.ToLower(it.to)
			say("250 yes")
		case "DATA":
			say("354 go on")
			data, err := in.ReadDotBytes()
			if err != nil {
				return nil // cut off: nothing was sent
			}
			if err := it.read(string(data)); err != nil {
				return err
			}
			p.take(it)
			time.Sleep(p.think())
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return nil
		default:
			say("250 yes")
		}
	}
}

func (p *postOffice) take(it letter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	it.taken = time.Now()
	p.letters = append(p.letters, it)
}

func (p *postOffice) all() []letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]letter(nil), p.letters...)
}

var linkToAck = regexp.MustCompile(`http://[^ ]+/ack/([A-Za-z0-9_-]{20,})`)

func (l *letter) read(data string) error {
	m, err := mail.ReadMessage(strings.NewReader(data))
	if err != nil {
		return fmt.Errorf("read a message: %w", err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		return fmt.Errorf("read the body of a message: %w", err)
	}
	l.id, l.text, l.pages = m.Header.Get("Message-ID"), string(body), nil
	for _, link := range linkToAck.FindAllStringSubmatch(l.text, -1) {
		raw, err := base64.RawURLEncoding.DecodeString(link[1])
		parts := strings.Split(string(raw), "\n")
		if err != nil || len(parts) < 3 {
			return fmt.Errorf("read the link %s: it names no page", link[0])
		}
		l.pages = append(l.pages, linkedPage{parts[0], parts[1]})
	}
	return nil
}
