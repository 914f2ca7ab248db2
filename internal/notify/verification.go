package notify

import "github.com/safelight-dev/safelight/internal/phrase"

// VerificationFacts is what a message about a new verification tells. ByPolicy
// says that the configuration declares the incident without asking.
type VerificationFacts struct {
	ID, Title, Alarm, Pipeline, Source string
	Link                               string
	ByPolicy                           bool
}

// VerificationMessage says that a trend of user signals wants to be looked at; it pages nobody.
func VerificationMessage(lang phrase.Lang, f VerificationFacts) (subject, text string) {
	subject = phrase.Say(lang, "message.verification.subject", oneLine(f.Title, maxTitle))
	p := paper{lang: lang}
	what := phrase.Key("message.verification")
	if f.ByPolicy {
		what = "message.verification.policy"
	}
	p.line(phrase.Say(lang, what))
	p.gap()
	p.fact("verification", oneLine(f.ID, maxLine))
	p.fact("alarm", oneLine(f.Alarm, maxLine))
	p.fact("pipeline", oneLine(f.Pipeline, maxLine))
	p.fact("source", oneLine(f.Source, maxLine))
	p.gap()
	p.line(phrase.Say(lang, "message.next"))
	p.step(phrase.Say(lang, "message.next.verification"))
	p.pointer("link", oneLine(f.Link, maxLine))
	return subject, p.String()
}
