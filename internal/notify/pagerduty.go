package notify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// Limits of the Events API v2, in characters.
const (
	maxDedup   = 255
	maxSummary = 1024
)

// PagerDuty raises pages as events of the Events API v2
// (https://developer.pagerduty.com/docs/events-api-v2-overview). PagerDuty
// calls whom its own service names; a notice is not for it.
type PagerDuty struct {
	provider
	url    string
	source string
	key    func() string // the routing key
}

// NewPagerDuty makes the channel; key is the integration key of a service.
func NewPagerDuty(c PagerDutyConfig, key string) (*PagerDuty, error) {
	if err := (Config{PagerDuty: &c}).Validate(); err != nil {
		return nil, err
	}
	url := c.URL
	if url == "" {
		url = "https://events.pagerduty.com/v2/enqueue"
	}
	return &PagerDuty{provider: newProvider("PagerDuty"), url: url, source: "safelight", key: func() string { return key }}, nil
}

// Name is "pagerduty".
func (p *PagerDuty) Name() string { return "pagerduty" }

// Reaches is true: whom PagerDuty calls is its own business.
func (p *PagerDuty) Reaches(Recipient) bool { return true }

// event is what the Events API takes.
type event struct {
	RoutingKey string        `json:"routing_key"`
	Action     string        `json:"event_action"`
	Dedup      string        `json:"dedup_key"`
	Client     string        `json:"client,omitempty"`
	ClientURL  string        `json:"client_url,omitempty"`
	Links      []eventLink   `json:"links,omitempty"`
	Payload    *eventPayload `json:"payload,omitempty"`
}

type eventLink struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

type eventPayload struct {
	Summary   string            `json:"summary"`
	Source    string            `json:"source"`
	Severity  string            `json:"severity"`
	Timestamp string            `json:"timestamp,omitempty"`
	Component string            `json:"component,omitempty"`
	Details   map[string]string `json:"custom_details,omitempty"`
}

// Send triggers an alert under the incident's id: all pages of an incident are
// one alert. The text stays behind, since it holds one person's link to acknowledge by.
func (p *PagerDuty) Send(ctx context.Context, m Message) (Receipt, error) {
	if m.Page == nil {
		return Receipt{}, &Permanent{errors.New("send to PagerDuty: it takes pages, and this is a notice")}
	}
	f := *m.Page
	e := event{Action: "trigger", Client: "Safelight", Payload: &eventPayload{
		Summary: cut(oneLine(m.Subject, maxSummary), maxSummary), Source: p.source, Severity: pagerSeverity(f.Severity),
		Component: oneLine(f.Pipeline, maxLine),
		Details:   map[string]string{"incident": oneLine(f.Incident, maxLine), "purpose": oneLine(f.Purpose, maxLine)},
	}}
	if !f.DetectedAt.IsZero() {
		e.Payload.Timestamp = f.DetectedAt.UTC().Format(time.RFC3339)
	}
	if webURL(f.Link) {
		e.ClientURL = f.Link
	}
	for _, link := range []eventLink{{f.Steps, phrase.Say(m.To.Lang, "message.fact.steps")}, {f.Runbook, "Runbook"}} {
		if webURL(link.Href) {
			e.Links = append(e.Links, link)
		}
	}
	return p.enqueue(ctx, cmp.Or(f.Incident, m.Key), e)
}

// Settle acknowledges or resolves the alert of an incident. PagerDuty takes no notice of one that it does not know.
func (p *PagerDuty) Settle(ctx context.Context, s Settlement) error {
	action := "acknowledge"
	if s.Resolved {
		action = "resolve"
	}
	_, err := p.enqueue(ctx, s.Incident, event{Action: action})
	return err
}

func (p *PagerDuty) enqueue(ctx context.Context, key string, e event) (Receipt, error) {
	if key == "" {
		return Receipt{}, &Permanent{errors.New("send to PagerDuty: the message has no key")}
	}
	e.RoutingKey, e.Dedup = p.key(), dedupKey(key)
	body, err := json.Marshal(e)
	if err != nil {
		return Receipt{}, fmt.Errorf("write an event for PagerDuty: %w", err)
	}
	if _, err := p.post(ctx, p.url, jsonHeader(), body); err != nil {
		return Receipt{}, err
	}
	return Receipt{ID: e.Dedup}, nil
}

// dedupKey is the message's key, or a digest of one that is too long.
func dedupKey(key string) string {
	key = strings.ToValidUTF8(key, "\ufffd")
	if len(key) <= maxDedup {
		return key
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(key)))
}

// pagerSeverity maps S0 to S3; a severity that is not known wakes like S1.
func pagerSeverity(s string) string {
	switch s {
	case "S0":
		return "critical"
	case "S2":
		return "warning"
	case "S3":
		return "info"
	}
	return "error"
}
