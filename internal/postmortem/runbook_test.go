package postmortem

import (
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/runbook"
)

// TestStepsInTimeline: what was done by the runbook stands in the draft, what was only looked at does not.
func TestStepsInTimeline(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pipeline.S1)
	w.inc.Opened.Steps = nil
	book := runbook.Default()
	book.Steps = append(book.Steps, runbook.Step{Name: "rebuild", Text: runbook.Words{FR: "Refaire\nles dérivés", EN: "Rebuild"}, Command: []string{"x"}})
	opened := w.inc
	opened.Opened.Steps = &book
	w.inc = opened
	w.now = w.now.Add(time.Minute)
	w.step(onCall, book, incident.RunStep{Step: "scope"})
	w.step(people.Monitor(), book, incident.RecordStep{StepEnded: incident.StepEnded{Step: "scope", Run: 1, Outcome: incident.StepBad}})
	w.step(onCall, book, incident.RunStep{Step: "rebuild"})
	w.step(people.Monitor(), book, incident.RecordStep{StepEnded: incident.StepEnded{Step: "rebuild", Run: 1, Outcome: incident.StepFailed}})
	w.step(onCall, book, incident.FinishStep{Step: "evidence", Note: "kept"})
	rows := draftTimeline(DraftInput{Lang: phrase.French, Incident: w.inc, Entries: w.entries})
	var told []string
	for _, r := range rows {
		told = append(told, r.Time+" "+r.Event+" "+r.Owner)
	}
	want := "04:12 Surveillance L*a*b* dépasse le seuil MonitorBot|04:13 Runbook, échoué : Refaire les dérivés On-call|04:13 Runbook, fait : Mettre à l’abri ce qui aura disparu demain On-call"
	if got := strings.Join(told, "|"); got != want {
		t.Errorf("the timeline is\n%s, want\n%s", got, want)
	}
}

// step decides a command in an incident that was opened with a runbook.
func (w *world) step(by people.Actor, book runbook.Runbook, c incident.Command) {
	w.t.Helper()
	w.incident(by, c)
	w.inc.Opened.Steps = &book // folded again, it is gone
}
