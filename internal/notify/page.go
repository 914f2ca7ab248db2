package notify

import (
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// PageFacts is what a page tells. Purpose and Clock are an
// [incident.Purpose] and an [incident.ClockName]; Clock, Runbook and Link may be empty.
type PageFacts struct {
	Incident, Title, Severity, Pipeline string
	DetectedAt                          time.Time
	Purpose, Clock, Runbook, Link       string
	Steps                               string // where the runbook is followed step by step; Runbook is the address that the alert gives
	Ack                                 string // a link to acknowledge by; empty where there is none
	AckAll                              string // a link to acknowledge all pages of the message by; empty where it carries one
	Reply                               string // the address by which a reply acknowledges; empty where none does
	// Actions are what may be done on the message itself, and Routes what would be disabled by containing.
	Actions []Action
	Routes  []string
	// Contained says in a sentence what is done about the images already; empty where nothing is.
	Contained string
}

// PageMessage says a page: what happened, since when, what to do next.
func PageMessage(lang phrase.Lang, f PageFacts) (subject, text string) {
	purpose := f.Purpose
	if !phrase.Known(phrase.Key("message.page." + purpose)) {
		purpose = "other" // of a later version: a page with fewer words is still a page
	}
	id := oneLine(f.Incident, maxLine)
	head := heading(f.Severity, id)
	clock := clockName(lang, f.Clock)
	subject = untitled(phrase.Say(lang, phrase.Key("message.page.subject."+purpose), head, oneLine(f.Title, maxTitle), clock))

	p := paper{lang: lang}
	p.line(phrase.Say(lang, phrase.Key("message.page."+purpose), head, clock))
	p.gap()
	p.fact("title", oneLine(f.Title, maxLine))
	p.fact("pipeline", oneLine(f.Pipeline, maxLine))
	p.fact("since", since(f.DetectedAt))
	p.fact("contained", oneLine(f.Contained, maxLine))
	p.gap()
	p.line(phrase.Say(lang, "message.next"))
	if k := nextStep(f); k != "" {
		p.step(phrase.Say(lang, k, id))
	}
	p.pointer("ack", oneLine(f.Ack, maxLink))
	p.pointer("steps", oneLine(f.Steps, maxLine))
	p.pointer("runbook", oneLine(f.Runbook, maxLine))
	p.pointer("link", oneLine(f.Link, maxLine))
	return subject, p.String()
}

// nextStep is the sentence that says what the person is asked to do.
func nextStep(f PageFacts) phrase.Key {
	k := phrase.Key("message.next." + f.Purpose)
	switch incident.Purpose(f.Purpose) {
	case incident.AtRisk, incident.Breached:
		k = phrase.Key("message.next." + f.Clock)
	}
	if !phrase.Known(k) {
		return "" // the page in the browser knows more
	}
	return k
}

// clockName is the clock in words; one that phrase does not know keeps its name.
func clockName(lang phrase.Lang, clock string) string {
	if k := phrase.Key("clock." + clock); phrase.Known(k) {
		return phrase.Say(lang, k)
	}
	return oneLine(clock, maxLine)
}
