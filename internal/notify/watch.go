package notify

import (
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// WatchFacts is what a message about Safelight itself tells.
type WatchFacts struct {
	Findings []string // sentences
	More     int      // further ones
	At       time.Time
	Link     string
}

// WatchMessage tells an administrator what is wrong with Safelight itself.
func WatchMessage(lang phrase.Lang, f WatchFacts) (subject, text string) {
	subject = phrase.Say(lang, "message.watch.subject", len(f.Findings)+f.More)
	p := paper{lang: lang}
	p.line(phrase.Say(lang, "message.watch.lead"))
	p.gap()
	for _, s := range f.Findings {
		p.step(oneLine(s, maxLine))
	}
	if f.More > 0 {
		p.step(phrase.Say(lang, "message.watch.more", f.More))
	}
	p.gap()
	p.line(phrase.Say(lang, "message.next"))
	p.step(phrase.Say(lang, "message.watch.next"))
	p.pointer("link", oneLine(f.Link, maxLink))
	return subject, p.String()
}
