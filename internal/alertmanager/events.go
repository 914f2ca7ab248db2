package alertmanager

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// The actions of an event.
const (
	actionTrigger     = "trigger"
	actionAcknowledge = "acknowledge"
	actionResolve     = "resolve"
)

// The limits of PagerDuty's Events API v2.
const (
	maxDedupKey = 255  // characters
	maxSummary  = 1024 // characters; more is cut
	maxKey      = 512  // bytes of a routing key; ours are shorter
)

// event is an event of PagerDuty's Events API v2.
type event struct {
	RoutingKey  string  `json:"routing_key"`
	EventAction string  `json:"event_action"`
	DedupKey    string  `json:"dedup_key"`
	Payload     payload `json:"payload"`
	ClientURL   string  `json:"client_url"`
}

type payload struct {
	Summary       string                     `json:"summary"`
	Source        string                     `json:"source"`
	Severity      string                     `json:"severity"`
	Timestamp     moment                     `json:"timestamp"`
	Component     string                     `json:"component"`
	Group         string                     `json:"group"`
	Class         string                     `json:"class"`
	CustomDetails map[string]json.RawMessage `json:"custom_details"`
}

// UnmarshalJSON passes over details that are no object: PagerDuty takes any.
func (p *payload) UnmarshalJSON(data []byte) error {
	type fields payload
	var loose struct {
		fields
		CustomDetails json.RawMessage `json:"custom_details"`
	}
	if err := json.Unmarshal(data, &loose); err != nil {
		return err
	}
	*p = payload(loose.fields)
	if len(loose.CustomDetails) > 0 && loose.CustomDetails[0] == '{' {
		return json.Unmarshal(loose.CustomDetails, &p.CustomDetails)
	}
	return nil
}

// parseEvent reads an event and lists what is wrong with it, as PagerDuty does.
func parseEvent(text []byte, now time.Time) (event, []string) {
	var e event
	if err := json.Unmarshal(text, &e); err != nil {
		return e, []string{fmt.Sprintf("the body is no event: %v", plain(err))}
	}
	var wrong []string
	demand := func(holds bool, say string) {
		if !holds {
			wrong = append(wrong, say)
		}
	}
	demand(e.RoutingKey != "" && len(e.RoutingKey) <= maxKey, "'routing_key' is missing or too long")
	demand(slices.Contains([]string{actionTrigger, actionAcknowledge, actionResolve}, e.EventAction),
		"'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')")
	demand(utf8.RuneCountInString(e.DedupKey) <= maxDedupKey, fmt.Sprintf("Length of 'dedup_key' is over %d characters", maxDedupKey))
	if e.EventAction != actionTrigger {
		demand(e.DedupKey != "", "'dedup_key' is missing or blank")
		return e, wrong
	}
	demand(strings.TrimSpace(e.Payload.Summary) != "", "'payload.summary' is missing or blank")
	demand(strings.TrimSpace(e.Payload.Source) != "", "'payload.source' is missing or blank")
	demand(slices.Contains([]string{"critical", "error", "warning", "info"}, e.Payload.Severity),
		"'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')")
	demand(!alert.Absurd(e.Payload.Timestamp.Time, now), "'payload.timestamp' is more than a year ahead: set the clock of whoever sends it right")
	return e, wrong
}

// fingerprint identifies an event's alert by its key and who sends it: two
// services may use the same key.
func (e event) fingerprint(by people.Actor) string {
	return alert.Labels{"dedup_key": e.DedupKey, "sender": string(by.ID)}.Fingerprint()
}

// alert gives the alert of an event. Its class is the alert's name, so that
// events of a class can be grouped; without one each key is a name of its own.
func (e event) alert(by people.Actor, now time.Time) alert.Alert {
	a := alert.Alert{Source: alert.FromEvents, Fingerprint: e.fingerprint(by), GeneratorURL: cutURL(e.ClientURL)}
	if e.EventAction == actionResolve {
		a.Labels, a.EndsAt = alert.Labels{alert.NameLabel: cutText(e.DedupKey, maxDedupKey)}, now
		return a
	}
	p := e.Payload
	a.StartsAt = p.Timestamp.Time
	a.Labels = alert.Labels{
		alert.NameLabel: cutText(p.Class, maxDedupKey), alert.SeverityLabel: p.Severity, "source": cutText(p.Source, maxSummary),
		"component": cutText(p.Component, maxSummary), "group": cutText(p.Group, maxSummary), "dedup_key": e.DedupKey,
	}
	if p.Class == "" {
		a.Labels[alert.NameLabel] = e.DedupKey
	}
	a.Annotations = alert.Labels{"summary": cutText(p.Summary, maxSummary)}
	for name, raw := range p.CustomDetails {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw)
		}
		if name == alert.PipelineLabel {
			a.Labels[alert.PipelineLabel] = cutText(text, maxDedupKey)
		} else if name != "summary" {
			a.Annotations[name] = text
		}
	}
	return a
}

// cutText keeps so many characters of a text.
func cutText(s string, limit int) string {
	s = strings.ToValidUTF8(s, "�")
	for i := range s {
		if limit == 0 {
			return s[:i]
		}
		limit--
	}
	return s
}

// Events serves POST /v2/enqueue. The routing key is a token of ours, so this
// endpoint finds out itself who calls.
func (s *Server) Events(w http.ResponseWriter, r *http.Request) {
	r.Header.Set("Content-Type", "application/json") // PagerDuty takes any
	text, err := body(w, r, MaxEventBody, "event")
	if err != nil {
		refuseEvent(w, statusOfEvent(err), journal.Sentence(err))
		return
	}
	e, wrong := parseEvent(text, s.Now())
	if len(wrong) > 0 {
		refuseEvent(w, http.StatusBadRequest, wrong...)
		return
	}
	by, err := s.Service.ByRoutingKey(r.Context(), e.RoutingKey)
	if err == nil {
		err = by.Require(people.Ingest)
	}
	if errors.Is(err, journal.ErrNotFound) || errors.Is(err, journal.ErrForbidden) {
		refuseEvent(w, http.StatusBadRequest, "Invalid routing key: use a token whose account may send alerts")
		return
	}
	if err == nil && e.DedupKey == "" {
		e.DedupKey = rand.Text()
	}
	if err == nil {
		err = s.process(r, e, by)
	}
	if err != nil {
		s.failEvent(w, r, err)
		return
	}
	writeJSON(w, http.StatusAccepted, map[string]string{"status": "success", "message": "Event processed", "dedup_key": e.DedupKey})
}

// failEvent answers an error in PagerDuty's form, but for what is our fault.
func (s *Server) failEvent(w http.ResponseWriter, r *http.Request, err error) {
	switch status := statusOf(err); {
	case noRoom(err): // PagerDuty's clients send again after 429
		w.Header().Set("Retry-After", retryAfter)
		writeJSON(w, http.StatusTooManyRequests, map[string]any{"status": "throttle exceeded", "message": journal.Sentence(err)})
	case status != http.StatusInternalServerError:
		refuseEvent(w, status, journal.Sentence(err))
	default:
		s.fail(w, r, err)
	}
}

func (s *Server) process(r *http.Request, e event, by people.Actor) error {
	if e.EventAction == actionAcknowledge {
		return s.Service.AcknowledgeAlert(r.Context(), by, alert.FromEvents, e.fingerprint(by))
	}
	return s.Service.TakeAlerts(r.Context(), []alert.Alert{e.alert(by, s.Now())})
}

func statusOfEvent(err error) int {
	var refused *refusal
	if errors.As(err, &refused) && refused.status == http.StatusRequestEntityTooLarge {
		return refused.status
	}
	return http.StatusBadRequest
}

func refuseEvent(w http.ResponseWriter, status int, wrong ...string) {
	writeJSON(w, status, map[string]any{"status": "invalid event", "message": "Event object is invalid", "errors": wrong})
}
