package notify

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of what is looked at in a reply.
const (
	maxReplyDepth = 5
	maxReplyParts = 30
	maxReplyText  = 64 << 10 // bytes of its first text
)

// errNoAck is why a reply acknowledges nothing; the reason is for the log, and quotes nothing of the mail.
type errNoAck string

func (e errNoAck) Error() string { return "read a reply: " + string(e) }

// acknowledges says whether a mail acknowledges the page that it answers: a person wrote it, and the first line of its own
// says so. from is the sender of the envelope.
func acknowledges(from string, data []byte) error {
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return errNoAck("it is not a mail")
	}
	if automatic(from, textproto.MIMEHeader(m.Header)) {
		return errNoAck("a machine sent it")
	}
	parts := maxReplyParts
	text, err := firstText(textproto.MIMEHeader(m.Header), m.Body, maxReplyDepth, &parts)
	if err != nil {
		return err
	}
	if !isAck(ownLine(text)) {
		return errNoAck("its first line is no acknowledgement")
	}
	return nil
}

// automatic tells the mail of machines: out-of-office notes, lists, reports of delivery (RFC 3834, RFC 5321 section 4.5.5).
func automatic(from string, h textproto.MIMEHeader) bool {
	if from == "" || strings.TrimSpace(h.Get("Return-Path")) == "<>" {
		return true
	}
	for _, v := range h.Values("Auto-Submitted") {
		if word, _, _ := strings.Cut(strings.ToLower(v), ";"); strings.TrimSpace(word) != "no" {
			return true
		}
	}
	for _, v := range h.Values("Precedence") {
		if slices.Contains([]string{"bulk", "auto_reply", "auto-reply", "junk", "list"}, strings.ToLower(strings.TrimSpace(v))) {
			return true
		}
	}
	for _, name := range []string{"X-Auto-Response-Suppress", "X-Autoreply", "X-Autorespond", "X-Failed-Recipients", "List-Id"} {
		if len(h.Values(name)) > 0 {
			return true
		}
	}
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	local, _, _ := strings.Cut(strings.ToLower(from), "@")
	return kind == "multipart/report" || local == "mailer-daemon" || local == "postmaster"
}

var errNoText = errNoAck("it has no plain text")

// firstText finds the first part in plain text. Attachments are none.
func firstText(h textproto.MIMEHeader, body io.Reader, depth int, parts *int) (string, error) {
	if *parts--; *parts < 0 || depth < 0 {
		return "", errNoAck("it has too many parts")
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if h.Get("Content-Type") == "" {
		kind, err = "text/plain", nil
	}
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return "", errNoText
	}
	if strings.HasPrefix(kind, "multipart/") {
		r := multipart.NewReader(body, params["boundary"])
		for params["boundary"] != "" {
			p, err := r.NextRawPart()
			if err != nil {
				return "", errNoText
			}
			text, err := firstText(p.Header, p, depth-1, parts)
			if !errors.Is(err, errNoText) {
				return text, err
			}
		}
		return "", errNoText
	}
	place, _, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	if kind != "text/plain" || place == "attachment" {
		return "", errNoText
	}
	return decodeText(h.Get("Content-Transfer-Encoding"), params["charset"], body)
}

func decodeText(encoding, charset string, body io.Reader) (string, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	raw, err := io.ReadAll(io.LimitReader(body, maxReplyText))
	if err != nil && len(raw) == 0 {
		return "", errNoAck("its text cannot be decoded")
	}
	if utf8.Valid(raw) {
		return string(raw), nil
	}
	var b strings.Builder // the words that count are the same in all of Latin's sets
	for _, c := range raw {
		b.WriteRune(rune(c))
	}
	return b.String(), nil
}

// attribution is what programs write above what they quote, in one line or two.
var attribution = regexp.MustCompile(`(?i)^(on |le |el |am ).*(wrote|a écrit|schrieb|escribió)\s*:$|^(wrote|a écrit)\s*:$`)

// ownLine gives the first line that the sender wrote: what is quoted above it is passed over.
func ownLine(text string) string {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.Trim(line, "\ufeff\u00a0 \r\n\t"))
		switch {
		case line == "", strings.HasPrefix(line, ">"), attribution.MatchString(line):
			continue
		case line == "--", strings.HasPrefix(line, "-----"), strings.HasPrefix(line, "_____"):
			return "" // a signature, or a whole message below: there is nothing of the sender's own
		}
		return line
	}
	return ""
}

// ackWords acknowledge, in French and in English, without accents. Nothing else does: "ok, but not tonight" is no yes.
var ackWords = []string{
	"ack", "ack'd", "acked", "acknowledge", "acknowledged", "i acknowledge", "ok", "okay", "on it", "i'm on it", "i am on it", "taking it", "i take it", "i'll take it", "i have it", "got it",
	"acquitter", "acquitte", "acquittee", "j'acquitte", "pris", "pris en charge", "prise en charge", "c'est pris", "je prends", "je le prends", "je la prends", "je prends en charge", "je m'en occupe", "je m'en charge",
}

var foldWords = strings.NewReplacer("é", "e", "è", "e", "ê", "e", "’", "'", "‘", "'", "\u00a0", " ")

// isAck tells whether a line consists of acknowledgements and nothing else.
func isAck(line string) bool {
	if len(line) > maxLine {
		return false
	}
	found := false
	for _, part := range strings.FieldsFunc(foldWords.Replace(strings.ToLower(line)), func(r rune) bool { return strings.ContainsRune(".,;:!", r) }) {
		if part = strings.Join(strings.Fields(part), " "); part == "" {
			continue
		}
		if !slices.Contains(ackWords, part) {
			return false
		}
		found = true
	}
	return found
}

// InboundConfig takes replies to pages in.
type InboundConfig struct {
	// Listen is host:port of the listener; 127.0.0.1:8325 if empty.
	Listen string `yaml:"listen"`
	// Address is where replies go: ack@safelight.example. Each page has its own form of it, ack+TOKEN@….
	Address string `yaml:"address"`
}

// maxInboundLocal leaves room for a token in the 64 bytes of a local part.
const maxInboundLocal = 12

func (c InboundConfig) mistakes() []string {
	local, _, _ := strings.Cut(c.Address, "@")
	if checkAddress(c.Address) != nil || len(local) > maxInboundLocal || strings.Contains(local, "+") {
		return []string{fmt.Sprintf("address %q is not one bare address with at most %d bytes and no + before the @", c.Address, maxInboundLocal)}
	}
	if _, port, err := net.SplitHostPort(c.Addr()); err != nil || port == "" {
		return []string{fmt.Sprintf("listen %q is not host:port, such as 127.0.0.1:8325", c.Listen)}
	}
	return nil
}

// Addr is where the listener listens.
func (c InboundConfig) Addr() string { return cmp.Or(c.Listen, "127.0.0.1:8325") }

// ReplyAddress is where a reply to the page of a token goes; empty where no replies are taken.
func (c Config) ReplyAddress(token string) string {
	if c.Inbound == nil || token == "" {
		return ""
	}
	return c.Inbound.replyAddress(token)
}

// replyAddress is the form of the address that answers one page.
func (c InboundConfig) replyAddress(token string) string {
	local, domain, _ := strings.Cut(c.Address, "@")
	return local + "+" + token + "@" + domain
}

// tokenOf takes the token from a recipient; ours tells whether it is an address of ours at all.
func (c InboundConfig) tokenOf(to string) (token string, ours bool) {
	local, domain, _ := strings.Cut(c.Address, "@")
	left, at, _ := strings.Cut(to, "@")
	name, token, _ := strings.Cut(left, "+")
	return token, strings.EqualFold(name, local) && strings.EqualFold(at, domain)
}
