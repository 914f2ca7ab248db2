package postmortem

import (
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/runbook"
)

// runbookMilestone says which command of the runbook has ended and how, and what a person has done by hand. What was looked at is in
// the journal; containments and messages are milestones of their own. Texts of the house are in the language of the draft, as all that
// the document keeps of people's words.
func runbookMilestone(e journal.Entry, in DraftInput) (phrase.Sentence, people.Duty) {
	var say phrase.Sentence
	var duty people.Duty
	if e.Type != incident.TypeStepEnded {
		return say, duty
	}
	_ = on(e, func(v incident.StepEnded) {
		step, ok := in.Incident.Runbook().Step(v.Step)
		if kind := step.Kind(); !ok || kind != runbook.KindCommand && kind != runbook.KindManual {
			return
		}
		say, duty = phrase.Of(phrase.Key("timeline.runbook-ended."+string(v.Outcome)), step.Text.In(in.Lang)), v.Duty
	})
	return say, duty
}
