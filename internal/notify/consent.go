package notify

import (
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// ConsentFacts is what a message about a consent that ends soon tells. It
// names no subject: messages are not erased.
type ConsentFacts struct {
	ID             string
	Until          time.Time
	Uses, Channels []string
	Link           string
}

// ConsentMessage says that a consent ends soon; it pages nobody.
func ConsentMessage(lang phrase.Lang, f ConsentFacts) (subject, text string) {
	day := f.Until.UTC().Format(time.DateOnly)
	subject = phrase.Say(lang, "message.consent.subject", oneLine(f.ID, maxLine), day)
	p := paper{lang: lang}
	p.line(phrase.Say(lang, "message.consent"))
	p.gap()
	p.fact("consent", oneLine(f.ID, maxLine))
	p.fact("valid-until", f.Until.UTC().Format("2006-01-02 15:04 UTC"))
	p.fact("uses", oneLine(strings.Join(f.Uses, ", "), maxLine))
	p.fact("channels", oneLine(strings.Join(f.Channels, ", "), maxLine))
	p.gap()
	p.line(phrase.Say(lang, "message.next"))
	p.step(phrase.Say(lang, "message.next.consent"))
	p.pointer("link", oneLine(f.Link, maxLine))
	return subject, p.String()
}
