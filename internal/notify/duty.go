package notify

import (
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// DutyFacts is what a message about a change of duties tells.
type DutyFacts struct {
	What     string // the type of the event, as "swap.proposed"
	By       string // who made it
	Schedule string
	Terms    []DutyTerm
	Reason   string
	AnswerBy time.Time // of a proposal
	Link     string
}

// DutyTerm is a stretch of time in the zone of the schedule, with who is on call in it.
type DutyTerm struct {
	Who         string
	From, Until time.Time
}

const dutyTime = "2006-01-02 15:04 MST"

// DutyMessage tells a person of a change of duties that somebody else made; it pages nobody.
func DutyMessage(lang phrase.Lang, f DutyFacts) (subject, text string) {
	subject = phrase.Say(lang, phrase.Key("message.duty."+f.What), oneLine(f.By, maxLine))
	p := paper{lang: lang}
	p.line(subject + ".")
	p.gap()
	p.fact("schedule", oneLine(f.Schedule, maxLine))
	for _, t := range f.Terms {
		p.fact("duty", phrase.Say(lang, "message.duty.term", oneLine(t.Who, maxLine), t.From.Format(dutyTime), t.Until.Format(dutyTime)))
	}
	p.fact("reason", oneLine(f.Reason, maxLine))
	if !f.AnswerBy.IsZero() {
		p.fact("answer-by", f.AnswerBy.Format(dutyTime))
	}
	p.gap()
	p.pointer("link", oneLine(f.Link, maxLine))
	return subject, p.String()
}
