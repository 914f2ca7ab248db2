package delivery

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// varnish bans what Varnish has stored, over its management port (varnish-cli(7)). Varnish fetches through the gateway, so
// that it has nothing to divert.
//
// Bans look at what the object was stored under, x-url and surrogate-key, and at nothing of the request, so that the ban
// lurker ends them (Varnish, Purging and banning: lurker-friendly bans).
type varnish struct {
	name   string
	admin  string // host:port of varnishd -T
	secret string // file of varnishd -S
}

func (v *varnish) abilities() Abilities {
	return Abilities{Stores: true, PurgesPrefixes: true, PurgesPaths: true, PurgesTags: true}
}

func (v *varnish) divert(context.Context, []string) error { return nil }

func (v *varnish) purge(ctx context.Context, p Purge) error {
	var bans []string
	for _, prefix := range p.Prefixes {
		bans = append(bans, "obj.http.x-url ~ ^"+pattern(prefix))
	}
	for _, path := range p.Paths {
		bans = append(bans, "obj.http.x-url ~ ^"+pattern(path)+"([?]|$)")
	}
	for _, tag := range p.Tags {
		bans = append(bans, "obj.http.surrogate-key ~ (^|[^a-z0-9-])"+pattern(tag)+"([^a-z0-9-]|$)")
	}
	return v.talk(ctx, func(c *varnishConn) error {
		for _, ban := range bans {
			if _, err := c.command("ban " + ban); err != nil {
				return err
			}
		}
		return nil
	})
}

// pattern is a regular expression for an escaped path or a tag that needs no quotes in a command. What might need them stands
// for any character: a ban that takes too much costs one fetch.
func pattern(text string) string {
	return strings.Map(func(c rune) rune {
		if c == '/' || c == '-' || c == '_' || c == '%' || c < 0x80 && isAlnum(byte(c)) {
			return c
		}
		return '.'
	}, (&url.URL{Path: text}).EscapedPath())
}

func isAlnum(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' }

func (v *varnish) check(ctx context.Context) error {
	return v.talk(ctx, func(c *varnishConn) error {
		list, err := c.command("vcl.list")
		if err != nil {
			return err
		}
		vcl, err := c.command("vcl.show -v " + activeVCL(list))
		if err == nil && !strings.Contains(vcl, "x-url") {
			err = phrase.Errorf("edge.vcl")
		}
		return err
	})
}

// activeVCL is the name at the end of the line that begins with active.
func activeVCL(list string) string {
	for line := range strings.Lines(list) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "active" {
			return f[len(f)-1]
		}
	}
	return ""
}

// talk opens the management port for some commands.
func (v *varnish) talk(ctx context.Context, do func(*varnishConn) error) error {
	conn, hangUp, err := dialEdge(ctx, "tcp", v.admin)
	if err != nil {
		return fail(phrase.Of("edge.do.management", v.admin), v.name, err)
	}
	defer hangUp()
	c := &varnishConn{conn, bufio.NewReader(conn)}
	if err := c.greet(v.secret); err != nil {
		return fail(phrase.Of("edge.do.sign-in", v.admin), v.name, err)
	}
	if err := do(c); err != nil {
		return fail(phrase.Of("edge.do.management", v.admin), v.name, err)
	}
	return nil
}

// varnishConn speaks Varnish's command line protocol.
type varnishConn struct {
	io.Writer
	in *bufio.Reader
}

// The statuses of answers that are looked at (varnish-cli(7), Status codes).
const (
	cliAuth = 107
	cliOK   = 200
)

// greet reads the banner, and answers the challenge in it: SHA-256 of the challenge, the secret and the challenge again.
func (c *varnishConn) greet(secretFile string) error {
	status, banner, err := c.answer()
	if err != nil || status == cliOK {
		return err
	}
	challenge, _, _ := strings.Cut(banner, "\n")
	if status != cliAuth || challenge == "" {
		return phrase.Errorf("edge.greeting", status)
	}
	secret, err := os.ReadFile(secretFile)
	if err != nil {
		return phrase.Errorf("edge.secret.read", err)
	}
	h := sha256.New()
	io.WriteString(h, challenge+"\n")
	h.Write(secret)
	io.WriteString(h, challenge+"\n")
	_, err = c.command("auth " + hex.EncodeToString(h.Sum(nil)))
	return err
}

// command gives a command and its answer, or why it was not obeyed.
func (c *varnishConn) command(line string) (string, error) {
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		return "", err
	}
	status, answer, err := c.answer()
	if err == nil && status != cliOK {
		verb, _, _ := strings.Cut(line, " ")
		err = phrase.Errorf("edge.varnish.status", verb, status, fmt.Sprintf("%.200s", strings.TrimSpace(answer)))
	}
	return answer, err
}

// answer reads a line of status and length, and so many bytes.
func (c *varnishConn) answer() (status int, text string, err error) {
	var line [13]byte
	if _, err := io.ReadFull(c.in, line[:]); err != nil {
		return 0, "", err
	}
	status, bad := strconv.Atoi(strings.TrimSpace(string(line[:3])))
	size, worse := strconv.Atoi(strings.TrimSpace(string(line[3:])))
	if bad != nil || worse != nil || size < 0 || size > maxReply {
		return 0, "", phrase.Errorf("edge.varnish.none")
	}
	body := make([]byte, size+1) // and a newline
	if _, err := io.ReadFull(c.in, body); err != nil {
		return 0, "", err
	}
	return status, string(body[:size]), nil
}
