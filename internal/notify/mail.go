package notify

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// Limits in characters, of what stands in a header.
const (
	maxName    = 100
	maxSubject = 160
	maxAddress = 254 // RFC 5321, section 4.5.3.1.3, without the brackets
	maxID      = 200 // bytes of a Message-ID's left side, far below a line's 998
)

// checkAddress accepts one bare address (local@domain) that can stand in a
// command and in a header as it is.
func checkAddress(address string) error {
	if address == "" {
		return errors.New("there is no e-mail address")
	}
	a, err := mail.ParseAddress(address)
	odd := func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune(`<>"(),`, r)
	}
	if err != nil || a.Address != address || len(address) > maxAddress || strings.ContainsFunc(address, odd) {
		return errors.New("the e-mail address is not one bare address") // not quoted: it is personal
	}
	return nil
}

// compose writes the message as RFC 5322 and MIME want it. The addresses have been checked.
func compose(m Message, from *mail.Address, at time.Time) []byte {
	var b bytes.Buffer
	header := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	header("Date", at.Format(time.RFC1123Z))
	header("From", person(from.Name, from.Address))
	header("To", person(m.To.Name, m.To.Email))
	header("Subject", fold(mime.QEncoding.Encode("utf-8", headerText(m.Subject, maxSubject))))
	header("Message-ID", messageID(m, from.Address))
	reply := m.Page != nil && checkAddress(m.Page.Reply) == nil
	if reply {
		header("Reply-To", person("", m.Page.Reply))
	}
	header("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office replies
	if m.To.Lang != "" {
		header("Content-Language", headerText(string(m.To.Lang), maxName))
	}
	header("MIME-Version", "1.0")
	header("Content-Type", "text/plain; charset=utf-8")
	header("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	text := strings.TrimRight(printable(shorten(m.words(), maxText)), "\n") + "\n"
	if reply {
		say := phrase.Key("message.reply")
		if m.Page.AckAll != "" {
			say = "message.reply.all"
		}
		text += "\n" + phrase.Say(m.To.Lang, say) + "\n"
	}
	body := quotedprintable.NewWriter(&b)
	// Writing to memory cannot go wrong.
	_, _ = body.Write([]byte(text))
	_ = body.Close()
	return b.Bytes()
}

// person writes a name and an address for a header.
func person(name, address string) string {
	a := mail.Address{Name: headerText(name, maxName), Address: address}
	encoded := mime.BEncoding.Encode("utf-8", a.Name)
	if encoded == a.Name {
		return a.String()
	}
	// Not left to net/mail, which may choose the Q encoding and then lets a
	// backslash through (RFC 2047, section 5, rule 3, does not).
	a.Name = ""
	return fold(encoded + " " + a.String())
}

// headerText makes user text fit for an encoder of RFC 2047: one line, and
// nothing that a reader would take for an encoded word that we never wrote.
func headerText(s string, most int) string {
	return strings.ReplaceAll(oneLine(s, most), "=?", "= ?")
}

// fold puts each encoded word on a line of its own: an encoder gives them on
// one, which a long name would make longer than some servers take.
func fold(header string) string { return strings.ReplaceAll(header, "?= =?", "?=\r\n =?") }

// messageID makes the Message-ID of a message's key: the same for each
// attempt. A key that is too long, or none, is replaced by a digest.
func messageID(m Message, from string) string {
	var left strings.Builder
	for _, c := range []byte(m.Key) {
		// A dot is escaped too: it may stand neither at an end nor beside another.
		if c < 0x80 && (c == '-' || c == '_' || c == '/' || unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c))) {
			left.WriteByte(c)
		} else {
			fmt.Fprintf(&left, "%%%02X", c)
		}
	}
	id := left.String()
	switch {
	case m.Key == "":
		id = fmt.Sprintf("%x", sha256.Sum256([]byte(m.To.Email+"\x00"+m.Subject+"\x00"+m.Text)))
	case len(id) > maxID:
		id = fmt.Sprintf("%x", sha256.Sum256([]byte(m.Key)))
	}
	return "<" + id + from[strings.LastIndexByte(from, '@'):] + ">"
}
