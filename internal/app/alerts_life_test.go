package app

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

func foreign(name, severity string, more ...string) alert.Alert {
	l := alert.Labels{"alertname": name, "pipeline": "catalogue", "severity": severity}
	for i := 0; i+1 < len(more); i += 2 {
		l[more[i]] = more[i+1]
	}
	return alert.Alert{Source: alert.FromAPI, Labels: l}
}

func ending(a alert.Alert, at time.Time) alert.Alert {
	a.EndsAt = at
	return a
}

func (h *house) tick(d time.Duration) {
	h.t.Helper()
	h.move(d)
	if err := h.Tick(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// events counts the entries of a type in an incident's stream.
func (h *house) events(id, kind string) int {
	h.t.Helper()
	n := 0
	err := h.Store().Scan(h.t.Context(), journal.Query{Stream: id}, func(e journal.Entry) error {
		if e.Type == kind {
			n++
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (h *house) restart() {
	h.t.Helper()
	if err := h.Close(); err != nil {
		h.t.Fatal(err)
	}
	h.open()
}

// A group is one incident: others join it, what is sent again does nothing,
// a graver one raises it, and the end of the last is a fact on the timeline.
func TestAlertsOfAGroupAreOneIncident(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a, b, c := foreign("drift", "warning", "edge", "1"), foreign("drift", "warning", "edge", "2"), foreign("drift", "critical", "edge", "3")
	h.take(a)
	id := h.newest().ID
	if o := h.state(id).Opened; o.Severity != "S2" || o.UnknownLabel != "" || o.Group != `{alertname="drift", pipeline="catalogue"}` {
		t.Errorf("opened %+v, want S2 by the map of severities, with its group", o)
	}
	h.take(a, b)
	h.take(a, b)
	h.restart()
	h.take(a, b)
	if n, joined := len(h.incidents()), h.events(id, incident.TypeAlertJoined); n != 1 || joined != 1 {
		t.Errorf("%d incidents with %d joined, want 1 with 1, however often they are sent", n, joined)
	}
	h.take(c)
	if s := h.state(id); s.Severity != "S1" || s.AlertsJoined != 2 {
		t.Errorf("severity %s after %d joined, want S1 after 2", s.Severity, s.AlertsJoined)
	}
	h.take(foreign("other", "info"))
	if len(h.incidents()) != 2 || h.newest().Severity != "S3" {
		t.Errorf("another group did not open an incident of its own")
	}
	h.move(time.Minute)
	h.take(ending(a, h.clock()), ending(b, h.clock()))
	if h.events(id, incident.TypeAlertsResolved) != 0 {
		t.Error("the timeline says that all ended while one fires")
	}
	h.take(ending(c, h.clock()))
	if s := h.state(id); h.events(id, incident.TypeAlertsResolved) != 1 || s.Resolved != nil {
		t.Errorf("after the last ended: %d facts, resolved %v; want one fact and nothing resolved", h.events(id, incident.TypeAlertsResolved), s.Resolved)
	}
	// It fires again while the incident is open: the same incident.
	h.move(time.Minute)
	h.take(a)
	if len(h.incidents()) != 2 || h.events(id, incident.TypeAlertJoined) != 3 {
		t.Error("an alert that fired again did not join the open incident")
	}
	// What fires after the cause was removed is new harm.
	h.do("nora", id, incident.Resolve{Text: "gone"})
	h.take(ending(a, h.clock()))
	h.move(time.Minute)
	h.take(a)
	if len(h.incidents()) != 3 {
		t.Errorf("%d incidents, want a third: the cause of the first was removed", len(h.incidents()))
	}
}

// An alert that came without an end and is not sent again ends by itself; one
// of a webhook does not, since it comes again after hours only.
func TestAlertsThatAreNotSentAgainEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	hook := foreign("hook", "S3")
	hook.Source = alert.FromWebhook
	h.take(foreign("api", "S3"), hook)
	h.tick(alert.DefaultResolveTimeout - time.Second)
	if n := len(h.firingRows()); n != 2 {
		t.Fatalf("%d alerts fire before the timeout, want 2", n)
	}
	h.take(foreign("api", "S3")) // again: the time begins anew
	h.tick(2 * time.Second)
	if n := len(h.firingRows()); n != 2 {
		t.Fatalf("%d alerts fire after one was sent again, want 2", n)
	}
	h.tick(alert.DefaultResolveTimeout)
	rows := h.firingRows()
	if len(rows) != 1 || rows[0].Source != alert.FromWebhook {
		t.Errorf("%d alerts fire after the timeout, want the webhook's alone", len(rows))
	}
	// Retention forgets what ended, and nothing else.
	h.tick(alert.DefaultRetention + 2*time.Hour)
	if n := len(h.firingRows()); n != 1 {
		t.Errorf("after the retention %d alerts fire, want the one that never ended", n)
	}
}

func (h *house) silence(text string, from time.Time, lasts time.Duration) string {
	h.t.Helper()
	ms, err := alert.ParseMatchers(text)
	if err != nil {
		h.t.Fatal(err)
	}
	id, err := h.SetSilence(h.t.Context(), h.as("nora"), "", alert.Terms{Matchers: ms, StartsAt: from, EndsAt: from.Add(lasts), Comment: "deploy"}, "")
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

// A silenced alert opens nothing, is kept, and opens when the silence ends and
// it still fires, over a restart too.
func TestSilencedAlertOpensWhenTheSilenceEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.silence(`pipeline="catalogue"`, h.clock(), time.Hour)
	stays, goes := foreign("stays", "S1"), foreign("goes", "S1")
	stays.EndsAt = h.clock().Add(24 * time.Hour)
	h.take(stays, goes)
	if n := len(h.incidents()); n != 0 || len(h.firingRows()) != 2 {
		t.Fatalf("%d incidents and %d alerts kept, want none and 2", n, len(h.firingRows()))
	}
	h.tick(30 * time.Minute) // goes ends by its timeout
	h.restart()
	h.tick(29 * time.Minute)
	if n := len(h.incidents()); n != 0 {
		t.Fatalf("%d incidents while the silence holds, want none", n)
	}
	h.tick(2 * time.Minute)
	states := h.incidents()
	if len(states) != 1 || states[0].Opened.Rule != "stays" || !states[0].DetectedAt.Equal(h.clock()) {
		t.Fatalf("after the silence there are %d incidents, want one of the alert that still fires, detected now", len(states))
	}
	// Ending a silence early does the same at once.
	id := h.silence("alertname=later", h.clock(), time.Hour)
	h.take(foreign("later", "S1"))
	if err := h.ExpireSilence(t.Context(), h.as("nora"), id); err != nil {
		t.Fatal(err)
	}
	if h.newest().Opened.Rule != "later" {
		t.Error("an alert did not open its incident when its silence was ended")
	}
	if err := h.ExpireSilence(t.Context(), people.Actor{ID: "v", Role: people.Viewer}, id); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("a viewer's end of a silence gave %v, want forbidden", err)
	}
}

// What still fires when its silence ends is news, though the incident of its
// group was resolved meanwhile.
func TestSilencedAlertDoesNotJoinWhatWasResolved(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take(ending(foreign("drift", "critical", "edge", "1"), h.clock().Add(24*time.Hour)))
	id := h.newest().ID
	h.silence("edge=2", h.clock(), time.Hour)
	h.take(ending(foreign("drift", "critical", "edge", "2"), h.clock().Add(24*time.Hour)))
	h.tick(30 * time.Minute)
	h.do("nora", id, incident.Resolve{Text: "gone"})
	h.tick(31 * time.Minute)
	if last := h.newest(); last.ID == id || !last.DetectedAt.Equal(h.clock()) {
		t.Errorf("the newest incident is %s, detected at %v; want another than %s, detected now", last.ID, last.DetectedAt, id)
	}
}

// The same alert twice in one batch is told twice: its last word holds.
func TestAnAlertTwiceInABatch(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := foreign("drift", "critical")
	h.take(a, ending(a, h.clock()))
	if rows := h.firingRows(); len(rows) != 0 || len(h.incidents()) != 1 {
		t.Errorf("firing and ended at once: %d fire and %d incidents, want none and one", len(rows), len(h.incidents()))
	}
	h.move(time.Minute)
	h.take(a, ending(a, h.clock()), a)
	if rows := h.firingRows(); len(rows) != 1 || len(h.incidents()) != 1 {
		t.Errorf("firing, ended, firing: %d fire and %d incidents, want one and the one that is open", len(rows), len(h.incidents()))
	}
	h.take(ending(a, h.clock()), a, ending(a, h.clock()))
	if rows := h.firingRows(); len(rows) != 0 {
		t.Errorf("ended in the end: %d fire, want none", len(rows))
	}
}

// Maintenance windows and inhibition hold back like silences.
func TestMaintenanceAndInhibition(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, func(h *house) {
		h.config.Alerts = alert.Config{
			Maintenance: []alert.Maintenance{{Name: "rebuild", Match: []string{"alertname=rebuild"}, Start: "saturday 05:30", Duration: time.Hour, TimeZone: "Europe/Paris"}},
			Inhibit:     []alert.Inhibition{{Source: []string{"severity=critical"}, Target: []string{"severity=warning"}, Equal: []string{"pipeline"}}},
		}
	})
	h.take(foreign("cause", "critical"), foreign("symptom", "warning"), ending(foreign("rebuild", "S2"), h.clock().Add(2*time.Hour)))
	if n := len(h.incidents()); n != 1 || h.newest().Opened.Rule != "cause" {
		t.Fatalf("%d incidents, want that of the cause alone", n)
	}
	h.tick(2 * time.Minute)
	h.take(ending(foreign("cause", "critical"), h.clock()), foreign("symptom", "warning"))
	h.tick(judgeEvery)
	if n := len(h.incidents()); n != 2 || h.newest().Opened.Rule != "symptom" {
		t.Errorf("%d incidents after the cause ended, want the symptom's too, which still fires", n)
	}
	// 04:00 UTC is 06:00 in Paris, and the window is open until 06:30 there.
	h.tick(30 * time.Minute)
	if n := len(h.incidents()); n != 3 || h.newest().Opened.Rule != "rebuild" {
		t.Errorf("%d incidents after the window, want that of the alert which it held back, too", n)
	}
}

// A storm is one incident, few events and every alert counted.
func TestStormOfAlertsIsOneIncident(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var storm []alert.Alert
	for i := range 1000 {
		storm = append(storm, foreign("storm", "warning", "instance", fmt.Sprint(i)))
	}
	h.take(storm...)
	if n := len(h.incidents()); n != 1 || len(h.firingRows()) != 1000 {
		t.Fatalf("%d incidents of %d alerts, want one of 1000", n, len(h.firingRows()))
	}
	h.tick(alert.DefaultResolveTimeout)
	id := h.newest().ID
	var count int
	err := h.Store().Scan(t.Context(), journal.Query{Stream: id}, func(e journal.Entry) error {
		if e.Type == incident.TypeAlertsResolved {
			v, err := journal.Decode[incident.AlertsResolved](e)
			count = v.Count
			return err
		}
		return nil
	})
	if joined := h.events(id, incident.TypeAlertJoined); err != nil || joined > 50 || count != 1000 {
		t.Errorf("%d joined, %d counted at the end, %v; want at most 50 and 1000", joined, count, err)
	}
}

// PagerDuty's events: trigger, acknowledge by who may respond, resolve.
func TestEventsOfPagerDuty(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	site := h.site()
	token := func(login string) string {
		t.Helper()
		secret, err := h.AddToken(t.Context(), login, "events", time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	robot, err := h.AddPerson(t.Context(), people.Person{Login: "robot", Role: people.Watcher}, "")
	if err != nil {
		t.Fatal(err)
	}
	h.persons["robot"] = robot
	send := func(key, action, rest string) (int, map[string]any) {
		t.Helper()
		status, v := ask(t, http.MethodPost, site+"/v2/enqueue", fmt.Sprintf(`{"routing_key":%q,"event_action":%q,%s}`, key, action, rest))
		object, _ := v.(map[string]any)
		return status, object
	}
	const trigger = `"dedup_key":"disk","payload":{"summary":"disk is full","source":"web-1","severity":"error","custom_details":{"pipeline":"catalogue","free":3}}`
	status, answer := send(token("robot"), "trigger", trigger)
	if status != http.StatusAccepted || answer["status"] != "success" || answer["dedup_key"] != "disk" {
		t.Fatalf("trigger gave %d %v, want 202 with the key", status, answer)
	}
	s := h.newest()
	if s.Severity != "S2" || s.Opened.Title != "disk is full" || s.Opened.Pipeline != "catalogue" {
		t.Errorf("opened %+v, want the event's summary, severity and pipeline", s.Opened)
	}
	if status, _ = send(token("robot"), "acknowledge", `"dedup_key":"disk"`); status != http.StatusForbidden || h.state(s.ID).Ack != nil {
		t.Errorf("a robot's acknowledgement gave %d, want 403 and nothing acknowledged", status)
	}
	if status, _ = send(token("robot"), "resolve", `"dedup_key":"disk"`); status != http.StatusAccepted || len(h.firingRows()) != 0 {
		t.Errorf("resolve gave %d and left %d alerts, want 202 and none", status, len(h.firingRows()))
	}
	nora := token("nora")
	send(nora, "trigger", trigger)
	id := h.newest().ID
	if status, _ = send(nora, "acknowledge", `"dedup_key":"disk"`); status != http.StatusAccepted || h.state(id).Ack == nil || h.state(id).Ack.By != h.persons["nora"].ID {
		t.Errorf("the responder's acknowledgement gave %d, %+v; want 202 and acknowledged by her", status, h.state(id).Ack)
	}
	for what, body := range map[string][3]string{
		"another's key": {"wrong", "trigger", trigger}, "action": {nora, "explode", trigger}, "no key": {nora, "resolve", `"x":1`},
		"no summary": {nora, "trigger", `"payload":{"source":"a","severity":"info"}`}, "severity": {nora, "trigger", `"payload":{"summary":"a","source":"a","severity":"S1"}`},
	} {
		if status, answer := send(body[0], body[1], body[2]); status != http.StatusBadRequest || answer["status"] != "invalid event" {
			t.Errorf("%s gave %d %v, want 400 as PagerDuty has it", what, status, answer)
		}
	}
	if status, answer := send(nora, "trigger", `"payload":{"summary":"a","source":"a","severity":"info"}`); status != http.StatusAccepted || answer["dedup_key"] == "" {
		t.Errorf("without a key: %d %v, want 202 and a new key", status, answer)
	}
}

// The webhook of another Alertmanager.
func TestWebhookOfAlertmanager(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	site := h.site() + "/api/v1/alertmanager/webhook"
	body := func(status, ends string) string {
		return fmt.Sprintf(`{"version":"4","groupKey":"{}:{}","truncatedAlerts":7,"status":%q,"receiver":"safelight","alerts":[
			{"status":%[1]q,"labels":{"alertname":"hook","pipeline":"catalogue","severity":"critical"},"annotations":{"summary":"by hook"},
			"startsAt":"2025-09-27T03:00:00Z","endsAt":%q,"fingerprint":"abc"}]}`, status, ends)
	}
	if status, _ := ask(t, http.MethodPost, site, body("firing", "0001-01-01T00:00:00Z")); status != http.StatusOK {
		t.Fatalf("the webhook gave %d, want 200", status)
	}
	rows := h.firingRows()
	if len(rows) != 1 || rows[0].Annotations["truncated_alerts"] != "7" || h.newest().Opened.Title != "by hook" {
		t.Fatalf("kept %+v, want the alert that says what was left out", rows)
	}
	if status, _ := ask(t, http.MethodPost, site, body("resolved", "2025-09-27T03:59:00Z")); status != http.StatusOK || len(h.firingRows()) != 0 {
		t.Errorf("the end gave %d and left %d alerts, want 200 and none", status, len(h.firingRows()))
	}
	for _, bad := range []string{`{}`, `{"version":"9","alerts":[]}`, `{"alerts":{}}`, `[`} {
		if status, _ := ask(t, http.MethodPost, site, bad); status != http.StatusBadRequest && status != http.StatusUnprocessableEntity {
			t.Errorf("%s gave %d, want it refused", bad, status)
		}
	}
}

// Without the rights nothing is told and nothing is silenced.
func TestAlertsNeedRights(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	terms := alert.Terms{StartsAt: h.clock(), EndsAt: h.clock().Add(time.Hour)}
	ms, err := alert.ParseMatchers("a=b")
	if err != nil {
		t.Fatal(err)
	}
	terms.Matchers = ms
	for _, by := range []people.Actor{{}, {ID: "w", Role: people.Watcher}, {ID: "v", Role: people.Viewer}} {
		if _, err := h.SetSilence(t.Context(), by, "", terms, ""); !errors.Is(err, journal.ErrForbidden) {
			t.Errorf("a silence by %q gave %v, want forbidden", by.Role, err)
		}
	}
	if rows, err := h.Store().Silences(t.Context(), time.Time{}, 10); err != nil || len(rows) != 0 {
		t.Errorf("%d silences, %v; want none", len(rows), err)
	}
}
