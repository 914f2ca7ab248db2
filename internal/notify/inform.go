package notify

import (
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// InformFacts is what a message to the control board tells. What is opened,
// update or published; Situation, Mitigation and Next belong to an update.
type InformFacts struct {
	Incident, Title, Severity, Pipeline string
	DetectedAt                          time.Time
	What                                string
	Stakeholders                        []string
	Situation, Mitigation, Next, Link   string
}

// InformMessage says what the control board is told; nobody is asked to get up for it.
func InformMessage(lang phrase.Lang, f InformFacts) (subject, text string) {
	what := f.What
	if !phrase.Known(phrase.Key("message.inform." + what)) {
		what = "other"
	}
	head := heading(f.Severity, oneLine(f.Incident, maxLine))
	subject = untitled(phrase.Say(lang, phrase.Key("message.inform.subject."+what), head, oneLine(f.Title, maxTitle)))

	p := paper{lang: lang}
	p.line(phrase.Say(lang, phrase.Key("message.inform."+what), head))
	p.gap()
	p.fact("situation", part(f.Situation))
	p.fact("mitigation", part(f.Mitigation))
	p.fact("following", part(f.Next))
	p.gap()
	p.fact("title", oneLine(f.Title, maxLine))
	p.fact("pipeline", oneLine(f.Pipeline, maxLine))
	p.fact("since", since(f.DetectedAt))
	p.fact("stakeholders", oneLine(strings.Join(f.Stakeholders, ", "), maxLine))
	p.gap()
	p.line(phrase.Say(lang, "message.next"))
	p.step(phrase.Say(lang, phrase.Key("message.next."+what)))
	p.pointer("link", oneLine(f.Link, maxLine))
	return subject, p.String()
}
