package notify

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// listed is how many pages a message names that carries many; the rest is a number and a link.
const listed = 20

// Bundle is what a message has that carries several pages.
type Bundle struct {
	Link  string // to the list of incidents
	Ack   string // to acknowledge all of them by; may be empty
	Reply string // the address by which a reply acknowledges all of them; may be empty
}

// GravestFirst sorts pages as a message tells them; each has its facts.
func GravestFirst(pages []Message) []Message {
	pages = slices.Clone(pages)
	slices.SortStableFunc(pages, func(a, b Message) int {
		return cmp.Or(cmp.Compare(a.Page.Severity, b.Page.Severity), a.Page.DetectedAt.Compare(b.Page.DetectedAt))
	})
	return pages
}

// Together is one message in place of several pages to the same person, the gravest first; there is one at least, and each has its facts.
func Together(lang phrase.Lang, pages []Message, b Bundle) Message {
	pages = GravestFirst(pages)
	first := pages[0]
	p := paper{lang: lang}
	p.line(phrase.Say(lang, "message.together", len(pages)))
	p.pointer("ack-all", oneLine(b.Ack, maxLink))
	for _, m := range pages[:min(len(pages), listed)] {
		p.gap()
		p.line(oneLine(m.Subject, maxLine))
		p.pointer("ack", oneLine(m.Page.Ack, maxLink))
		p.pointer("link", oneLine(m.Page.Link, maxLink))
	}
	if more := len(pages) - listed; more > 0 {
		p.gap()
		p.line(phrase.Say(lang, "message.together.more", more))
	}
	p.gap()
	p.fact("link", oneLine(b.Link, maxLink))
	return Message{
		To: first.To, Text: p.String(), Key: togetherKey(pages),
		Subject: phrase.Say(lang, "message.together.subject", len(pages), untitled(oneLine(first.Subject, maxTitle))),
		Page:    &PageFacts{Severity: first.Page.Severity, DetectedAt: first.Page.DetectedAt, Purpose: first.Page.Purpose, Link: b.Link, AckAll: b.Ack, Reply: b.Reply},
	}
}

// togetherKey is the same for the same pages: another attempt may carry more of them, and is another message then.
func togetherKey(pages []Message) string {
	h := sha256.New()
	for _, m := range pages {
		fmt.Fprintf(h, "%d:%s", len(m.Key), m.Key)
	}
	return pages[0].Key + "+" + hex.EncodeToString(h.Sum(nil)[:8])
}
