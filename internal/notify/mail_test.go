package notify

import (
	"io"
	"maps"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/phrase"
)

var (
	origin = &mail.Address{Name: "Safelight", Address: "safelight@example.org"}
	night  = time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC)
)

// FuzzCompose: whatever people wrote, a letter has exactly our headers, once each.
func FuzzCompose(f *testing.F) {
	f.Add("Ada", "à prendre en charge", "text\n", "PM-2025-09-27-01/a-1", "fr")
	f.Add("Ada\r\nBcc: eve@example.org", "x\r\nBcc: eve@example.org\r\n\r\nbody", "\r\n.\r\nMAIL FROM:<e@e>", "a>\r\nBcc: e@e", "fr\r\nBcc: e@e")
	f.Add("=?utf-8?q?=0D=0ABcc:_e@e?=", "=?utf-8?b?DQpCY2M6IGVAZQ==?=", "=?utf-8?q?x?=", "..", "")
	f.Add(strings.Repeat("é\"(", 300), strings.Repeat("œ ", 900), strings.Repeat("x", 5000), strings.Repeat("k", 900), "en")
	f.Add("\xff\x00\u202e", "\u2028\u0085\x1b[2J", "\xff\rlone\x00", "", "")
	want := []string{"Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}
	f.Fuzz(func(t *testing.T, name, subject, text, key, lang string) {
		m := Message{To: Recipient{Name: name, Email: "ada@example.org", Lang: phrase.Lang(lang)}, Subject: subject, Text: text, Key: key}
		data := compose(m, origin, night)
		for _, line := range strings.Split(string(data), "\r\n") {
			if len(line) > 998 || strings.ContainsAny(line, "\r\n\x00") {
				t.Fatalf("a line of %d bytes or with control characters: %q", len(line), line)
			}
		}
		read, err := mail.ReadMessage(strings.NewReader(string(data)))
		if err != nil {
			t.Fatalf("read the letter: %v\n%q", err, data)
		}
		got := slices.DeleteFunc(slices.Sorted(maps.Keys(read.Header)), func(k string) bool { return k == "Content-Language" && lang != "" })
		if !slices.Equal(got, want) {
			t.Fatalf("headers are %q, want %q", got, want)
		}
		for k, v := range read.Header {
			if len(v) != 1 {
				t.Errorf("%s stands %d times", k, len(v))
			}
		}
		to, err := read.Header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Address != "ada@example.org" {
			t.Errorf("To is %v, %v; want one address", to, err)
		}
		decoded, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject"))
		if err != nil || decoded != headerText(subject, maxSubject) || !utf8.ValidString(decoded) {
			t.Errorf("subject decodes to %q, %v; want %q", decoded, err, headerText(subject, maxSubject))
		}
		if _, err := io.ReadAll(quotedprintable.NewReader(read.Body)); err != nil {
			t.Errorf("text does not decode: %v", err)
		}
	})
}

func TestInjection(t *testing.T) {
	t.Parallel()
	server := (&mailServer{mode: TLSNone}).start(t)
	m := Message{
		To:      Recipient{Name: "Ada\r\nBcc: eve@example.org", Email: "ada@example.org"},
		Subject: "x\r\n\r\n.\r\nMAIL FROM:<eve@example.org>",
		Text:    "first\r\n.\r\nMAIL FROM:<eve@example.org>\r\n",
		Key:     "a@b>\r\nBcc: eve@example.org",
	}
	if _, err := server.channel(t, "").Send(t.Context(), m); err != nil {
		t.Fatalf("Send = %v", err)
	}
	got := server.only(t)
	if !slices.Equal(got.to, []string{"<ada@example.org>"}) {
		t.Errorf("recipients are %q, want one", got.to)
	}
	read, err := mail.ReadMessage(strings.NewReader(string(got.data)))
	if err != nil || read.Header.Get("Bcc") != "" {
		t.Fatalf("Bcc is %q, %v; want none", read.Header.Get("Bcc"), err)
	}
	if got, want := read.Header.Get("Message-Id"), "<a%40b%3E%0D%0ABcc%3A%20eve%40example%2Eorg@example.org>"; got != want {
		t.Errorf("Message-ID is %s, want %s", got, want)
	}
	if got, want := read.Header.Get("Subject"), "x . MAIL FROM:<eve@example.org>"; got != want {
		t.Errorf("subject is %q, want %q", got, want)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(read.Body))
	if want := m.Text; err != nil || string(body) != want {
		t.Errorf("text is %q, %v; want %q", body, err, want)
	}
}

// TestMessageID: equal keys give equal ids, different keys different ones.
func TestMessageID(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, key := range []string{"", "a", "A", "a/b", "a.b", ".", "..", "a%2Eb", "é", "e", " ", strings.Repeat("k", 200), strings.Repeat("k", 201), strings.Repeat("k", 202)} {
		id := messageID(Message{Key: key}, "safelight@example.org")
		if again := messageID(Message{Key: key, Subject: key}, "safelight@example.org"); key != "" && again != id {
			t.Errorf("key %q gives %s, then %s", key, id, again)
		}
		if other, twice := seen[id]; twice {
			t.Errorf("keys %q and %q share %s", key, other, id)
		}
		seen[id] = key
		if !strings.HasSuffix(id, "@example.org>") || len(id) > 220 {
			t.Errorf("key %q gives %s", key, id)
		}
	}
	if messageID(Message{Subject: "a"}, "x@y") == messageID(Message{Subject: "b"}, "x@y") {
		t.Error("two messages without a key share their id")
	}
}
