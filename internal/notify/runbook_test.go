package notify

import (
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// TestPageLeadsToTheRunbook: the runbook that is followed stands before the one that the alert names.
func TestPageLeadsToTheRunbook(t *testing.T) {
	t.Parallel()
	f := PageFacts{Incident: "PM-1", Purpose: "acknowledge", Steps: "https://s.example/incidents/PM-1/runbook", Runbook: "https://wiki/drift", Link: "https://s.example/incidents/PM-1"}
	for lang, want := range map[phrase.Lang]string{phrase.French: "Pas à pas : ", phrase.English: "Step by step: "} {
		_, text := PageMessage(lang, f)
		steps, own := strings.Index(text, want+f.Steps), strings.Index(text, f.Runbook)
		if steps < 0 || own < steps {
			t.Errorf("the page says\n%s", text)
		}
	}
	m := Message{Page: &f, To: Recipient{Lang: phrase.English}}
	if got := webhookFacts(m, "1"); got.Steps != f.Steps || got.Runbook != f.Runbook {
		t.Errorf("a webhook is told %+v", got)
	}
	var names []string
	for _, b := range (&Slack{secret: func() string { return "" }}).links(m) {
		names = append(names, strings.TrimPrefix(b.Action, slackPrefix))
	}
	if strings.Join(names, " ") != "steps runbook link" {
		t.Errorf("the buttons in Slack are %v", names)
	}
}
