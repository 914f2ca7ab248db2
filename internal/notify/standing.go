package notify

import (
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// Standing is how an incident stands that a page asked somebody to acknowledge: acknowledged, resolved.
type Standing struct {
	What string
	By   string // name of who did so
	At   time.Time
}

// StandingMessage is what takes the place of a page's message.
func StandingMessage(lang phrase.Lang, f PageFacts, s Standing) (subject, text string) {
	id := oneLine(f.Incident, maxLine)
	head := heading(f.Severity, id)
	subject = untitled(phrase.Say(lang, phrase.Key("message.standing.subject."+s.What), head, oneLine(f.Title, maxTitle)))

	p := paper{lang: lang}
	p.line(phrase.Say(lang, phrase.Key("message.standing."+s.What), head, oneLine(s.By, maxName), since(s.At)))
	p.gap()
	p.fact("title", oneLine(f.Title, maxLine))
	p.fact("pipeline", oneLine(f.Pipeline, maxLine))
	p.fact("since", since(f.DetectedAt))
	p.fact("link", oneLine(f.Link, maxLine))
	return subject, p.String()
}
