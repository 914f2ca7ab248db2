package notify

import (
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// DrillFacts is what a message of an exercise tells.
type DrillFacts struct {
	Drill string
	At    time.Time
	Link  string
}

// DrillMessage says that this is an exercise and that nobody has to do anything, in the subject already.
func DrillMessage(lang phrase.Lang, f DrillFacts) (subject, text string) {
	id := oneLine(f.Drill, maxLine)
	subject = phrase.Say(lang, "message.drill.subject", id)
	p := paper{lang: lang}
	p.line(phrase.Say(lang, "message.drill.lead"))
	p.gap()
	p.fact("since", since(f.At))
	p.pointer("link", oneLine(f.Link, maxLink))
	return subject, p.String()
}
