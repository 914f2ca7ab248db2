package web

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
)

// TestLedgerOf tells of each page by each method, of those on their way as well.
func TestLedgerOf(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return night().Add(time.Duration(s) * time.Second) }
	begun := at(2)
	page := incident.Page{
		Paged:     incident.Paged{Key: "acknowledge-u-1-1", To: "u-1", Duty: people.OnCall, Purpose: incident.ToAcknowledge, Methods: []string{"e-mail", "slack"}},
		PlannedAt: at(0), Status: incident.PageSent,
		Deliveries: []incident.PageDelivery{{Method: "e-mail", Status: incident.PageSent, At: at(3), BegunAt: &begun, Attempts: 2, Together: 4, Receipt: "<1@x>", Delivered: true}},
	}
	c := Case{
		Incident: incident.State{ID: "PM-1", Pages: []incident.Page{page}, Ack: &incident.Mark{At: at(60), By: "u-1"}},
		Effects:  []Effect{{Kind: incident.EffectPage, Key: "PM-1:page:acknowledge-u-1-1:slack", State: "queued", Attempts: 3, LastError: "it answered 500"}},
	}
	lines := LedgerOf(c, []people.Person{{ID: "u-1", Name: "Ada"}})
	if len(lines) != 2 {
		t.Fatalf("%d lines, want one a method", len(lines))
	}
	mail, slack := lines[0], lines[1]
	if mail.Method != "e-mail" || mail.Status != incident.PageSent || !mail.SentAt.Equal(at(2)) || !mail.AcceptedAt.Equal(at(3)) || !mail.Delivered ||
		!mail.AcknowledgedAt.Equal(at(60)) || mail.Attempts != 2 || mail.Together != 4 || mail.Receipt != "<1@x>" {
		t.Errorf("the mail is %+v", mail)
	}
	if slack.Method != "slack" || slack.Status != incident.PagePlanned || slack.AcceptedAt != nil || slack.Attempts != 3 || slack.Problem != "it answered 500" {
		t.Errorf("the message on its way is %+v", slack)
	}
	none := LedgerOf(Case{Incident: incident.State{Pages: []incident.Page{{Paged: incident.Paged{Key: "k"}, Status: incident.PageFailed}}}}, nil)
	if len(none) != 0 {
		t.Errorf("a page without a method has the lines %+v", none)
	}
}

// TestLedgerPage shows it to whoever may read.
func TestLedgerPage(t *testing.T) {
	t.Parallel()
	m := tell(t, acknowledged)
	b := open(t, m).as("vic")
	if r := b.get("/incidents/" + theIncident + "/pages"); r.status != 200 || !strings.Contains(r.body, "Registre des appels de "+theIncident) || !strings.Contains(r.body, "Premier message remis après") {
		t.Errorf("the ledger answers %d:\n%s", r.status, r.body)
	}
	if r := b.get("/clocks"); r.status != 200 || !strings.Contains(r.body, theIncident) {
		t.Errorf("the clocks answer %d:\n%s", r.status, r.body)
	}
	if r := b.get("/clocks.csv"); !strings.HasPrefix(r.body, "incident,severity,pipeline,clock,started,due,stopped,paused_seconds,met,reminders\r\n"+theIncident+",S1,") {
		t.Errorf("the history is %q", r.body)
	}
}

// TestPauseByForm pauses a clock on the page of its incident, and lets it go on.
func TestPauseByForm(t *testing.T) {
	t.Parallel()
	m := tell(t, acknowledged)
	b := open(t, m).as("paul")
	path := "/incidents/" + theIncident
	if r := b.form(path, path+"/pause-clock", url.Values{"clock": {"publish"}, "until": {m.now.Add(24 * time.Hour).Format(momentLayout)}, "reason": {"the supplier answers tomorrow"}}); r.status != 303 {
		t.Fatalf("pausing answers %d %s", r.status, sentence(r.body))
	}
	page := b.get(path).body
	if !strings.Contains(page, "suspendue jusqu’au") || !strings.Contains(page, "resume-clock") {
		t.Error("the page does not say that the clock is paused, or has no way to let it go on")
	}
	if r := b.form(path, path+"/resume-clock", url.Values{"clock": {"publish"}}); r.status != 303 {
		t.Fatalf("letting it go on answers %d %s", r.status, sentence(r.body))
	}
	if page := b.get(path).body; strings.Contains(page, "suspendue jusqu’au 2") && strings.Contains(page, "resume-clock") {
		t.Error("the clock is still paused")
	}
}
