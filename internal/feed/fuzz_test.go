package feed

import (
	"bytes"
	"encoding/csv"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
)

// keeps fails when a signal that a source gave would not be taken over: the
// bounds of this package are those of intake. Its time is the source's affair.
func keeps(t *testing.T, s intake.Signal) {
	t.Helper()
	s.Source, s.At = "fuzz", noon
	if err := s.Clean().Validate(noon); err != nil {
		t.Errorf("%+v: %v", s, err)
	}
}

func kind(err error) bool {
	return errors.Is(err, journal.ErrInvalid) || errors.Is(err, journal.ErrTooLarge)
}

// FuzzFeed: whatever a feed holds, it gives signals that can be taken over or an error of a known kind.
func FuzzFeed(f *testing.F) {
	for _, s := range []string{
		atomFeed("a", "b"), "", "<rss/>", "<feed>", `{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","content_text":"x","tags":["a"]}]}`,
		`<rss version="2.0" xmlns:im="http://itunes.apple.com/rss"><channel><item><guid>g</guid><title>Bad</title><description><![CDATA[<p>It is <i>grey</i>]]></description>
			<pubDate>Thu, 26 Nov 2026 04:12:00 GMT</pubDate><im:rating>2</im:rating><category>x</category></item></channel></rss>`,
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><item><title>t</title><link>http://x/</link></item></rdf:RDF>`,
		"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><rss><channel><item><title>\xe9t\xe9</title></item></channel></rss>",
		strings.Repeat("<feed>", 300), `<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="xhtml"><div>a<br/>b</div></content></entry></feed>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s := &syndication{name: "fuzz"}
		signals, err := s.read(body)
		if err != nil && !kind(err) {
			t.Errorf("error without a kind: %v", err)
		}
		for _, sig := range signals {
			keeps(t, sig)
		}
	})
}

// FuzzStatuses: the same of a page of Mastodon's.
func FuzzStatuses(f *testing.F) {
	for _, s := range []string{"[" + toot(10) + "," + toot(9) + "]", "[]", "null", `{"error":"x"}`, `[{"id":""}]`, `[{"id":"1","content":null,"tags":null,"reblog":{}}]`, "[[["} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m := &mastodon{name: "fuzz"}
		signals, _, _, err := m.read(body)
		if err != nil && !kind(err) {
			t.Errorf("error without a kind: %v", err)
		}
		for _, sig := range signals {
			keeps(t, sig)
		}
	})
}

// FuzzHook: the same of the bodies of webhooks, by all mappings of the tests and Zendesk's.
func FuzzHook(f *testing.F) {
	c := config(f, hooksYAML)
	var hooks []*hook
	for _, h := range c.Hooks {
		hooks = append(hooks, &hook{config: h, mappings: []Mapping{h.Mapping}})
	}
	hooks = append(hooks, &hook{mappings: zendeskMappings()})
	for _, s := range []string{
		created, `{"events":[{"eventData":{"id":1e3,"text":"x","stars":2,"createdAt":1.7e9,"tags":[{"group":"a,b"}]}}]}`, `{"ticket_id":[],"ticket_subject":"<p>x"}`,
		`{"topic":"conversation.user.created","data":{"item":{"id":null,"source":{"body":"\u0000\ud800"}}}}`, `null`, `[]`, `""`, `{"text":true}`,
		`{"source":"zendesk","ticket_id":"1","subject":"s","tags":"a b","url":"javascript:x","language":"!"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, h := range hooks {
			signals, _, err := h.read(body)
			if err != nil && !kind(err) {
				t.Errorf("error without a kind: %v", err)
			}
			for _, sig := range signals {
				keeps(t, sig)
			}
		}
	})
}

// FuzzCSV: every row is a signal that can be taken over or an error of a known
// kind, lines rise, and nothing but the header stops the reading.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{
		"id,text\n1,a\n", "id;text;date\n1;\"a\nb\";26/11/2026\n", "\xff\xfei\x00d\x00", "text\n\"", "text\r\r\na\r", "\uFEFFtext\n\xe9\n", "text\tid\n\"a\"b\n\"\"\n", "text,rating,tags,url,lang,kind\na,4.5,b c,http://x/,fr,review\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		last := 1
		err := ReadCSV(bytes.NewReader(file), DefaultCSV(), func(s intake.Told) error {
			if s.Line < last {
				t.Errorf("line %d after %d", s.Line, last)
			}
			last = s.Line
			if s.Err == nil {
				keeps(t, s.Signal)
			} else if !kind(s.Err) {
				t.Errorf("line %d: error without a kind: %v", s.Line, s.Err)
			}
			return nil
		})
		if err != nil && !kind(err) {
			t.Errorf("error without a kind: %v", err)
		}
	})
}

// FuzzCSVCells: cells that encoding/csv writes are read back to the byte.
func FuzzCSVCells(f *testing.F) {
	f.Add("a", "b\"c", "d\ne", byte(0))
	f.Add("", " é,;\t", "\r\n\"", byte(1))
	f.Fuzz(func(t *testing.T, a, b, c string, which byte) {
		cells := []string{"x" + a, b, c} // the first is no byte order mark
		for i, s := range cells {
			cells[i] = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "?")
		}
		var file bytes.Buffer
		w := csv.NewWriter(&file)
		w.Comma = []rune{',', ';', '\t'}[which%3]
		if err := w.WriteAll([][]string{cells, {"z"}}); err != nil {
			t.Fatal(err)
		}
		rs, err := newRows(&file, string(w.Comma))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range [][]string{cells, {"z"}} {
			if _, got, err := rs.next(); err != nil || !slices.Equal(got, want) {
				t.Errorf("cells = %q, %v; want %q", got, err, want)
			}
		}
	})
}

// FuzzPlain: text of HTML is valid, bounded, trimmed, and text of its own text.
func FuzzPlain(f *testing.F) {
	for _, s := range []string{"<p>a</p><p>b", "a &lt;b&gt; c", "<script>x</script>y", "<img alt='red' src=x>", "<svg><svg></svg>a</svg>b", "\x00<", "a<br>b  c\td\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := plain(s)
		if len(got) > maxText || !utf8.ValidString(got) || strings.TrimSpace(got) != got || strings.Contains(got, "\n\n") {
			t.Errorf("plain(%q) = %q", s, got)
		}
	})
}

// FuzzSignature: no header but the right one opens a hook, and none breaks it.
func FuzzSignature(f *testing.F) {
	f.Add("v1,AAAA", "2026-11-26T12:00:00Z", "{}")
	f.Add("", "-1", "")
	f.Fuzz(func(t *testing.T, signature, stamp, body string) {
		for _, s := range []*SignatureConfig{zendeskSignature(), {Header: "X-Sum", Prefix: "v1,", Encoding: "base64", Algorithm: "sha512"}, {Header: "X-Sum"}} {
			h := http.Header{}
			h.Set(s.Header, signature)
			h.Set("X-Zendesk-Webhook-Signature-Timestamp", stamp)
			if s.holds(h, []byte(body), "a secret that nobody guesses", noon) {
				t.Errorf("%q opens a hook", signature)
			}
			if s.fresh(stamp, noon) && !s.fresh(stamp, noon.Add(time.Second)) && s.fresh(stamp, noon.Add(time.Hour)) {
				t.Errorf("%q is fresh an hour later", stamp)
			}
		}
	})
}
