package alertmanager

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
)

// moment is a time as clients of Alertmanager write it.
type moment struct{ time.Time }

// UnmarshalJSON reads RFC 3339, also without a zone (then UTC); empty is no time.
func (m *moment) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil || text == "" {
		return err
	}
	var err error
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateTime} {
		if m.Time, err = time.Parse(layout, text); err == nil {
			m.Time = m.UTC()
			return nil
		}
	}
	return fmt.Errorf("%.60q is no time: write it as 2006-01-02T15:04:05Z", text)
}

// MarshalJSON writes milliseconds, as Alertmanager does.
func (m moment) MarshalJSON() ([]byte, error) {
	return json.Marshal(m.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// postable is an alert as it is posted, to the API and by a webhook.
type postable struct {
	Labels       alert.Labels `json:"labels"`
	Annotations  alert.Labels `json:"annotations"`
	StartsAt     moment       `json:"startsAt"`
	EndsAt       moment       `json:"endsAt"`
	GeneratorURL string       `json:"generatorURL"`
	Status       string       `json:"status"` // of a webhook
}

func (p postable) alert(source alert.Source) alert.Alert {
	return alert.Alert{
		Source: source, Labels: p.Labels, Annotations: p.Annotations,
		StartsAt: p.StartsAt.Time, EndsAt: p.EndsAt.Time, GeneratorURL: cutURL(p.GeneratorURL),
	}
}

// maxURL keeps what a browser could follow anyway.
const maxURL = 4 << 10

func cutURL(s string) string {
	if len(s) > maxURL {
		return ""
	}
	return s
}

// parseAlerts reads the list of POST /api/v2/alerts. Its length is bounded
// before memory is taken for it.
func parseAlerts(text []byte) ([]postable, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	start, err := d.Token()
	if err != nil {
		return nil, unreadable("alerts", err)
	}
	if start == nil {
		return nil, nil // null
	}
	if start != json.Delim('[') {
		return nil, unreadable("alerts", errors.New("it is no list of alerts"))
	}
	var list []postable
	for d.More() {
		if len(list) == MaxAlerts {
			return nil, unreadable("alerts", fmt.Errorf("it has more than %d alerts: send less at once", MaxAlerts))
		}
		var p postable
		if err := d.Decode(&p); err != nil {
			return nil, unreadable("alerts", plain(err))
		}
		if p.Labels == nil {
			return nil, required(fmt.Sprintf("%d.labels", len(list)))
		}
		list = append(list, p)
	}
	if _, err := d.Token(); err != nil {
		return nil, unreadable("alerts", err)
	}
	return list, nil
}

// plain says a wrong type without the names of Go's types.
func plain(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s cannot be a %s", wrong.Field, wrong.Value)
	}
	return err
}

// webhook is version 4 of Alertmanager's webhook, and Grafana's, which says
// version 1 and has the same fields.
type webhook struct {
	Version         string          `json:"version"`
	Status          string          `json:"status"`
	GroupKey        string          `json:"groupKey"`
	TruncatedAlerts int             `json:"truncatedAlerts"`
	Alerts          json.RawMessage `json:"alerts"`
}

// parseWebhook reads the body of a webhook: its alerts, and how many the
// sender has left out.
func parseWebhook(text []byte, now time.Time) (list []alert.Alert, truncated int, err error) {
	var hook webhook
	if err := json.Unmarshal(text, &hook); err != nil {
		return nil, 0, unreadable("webhook", plain(err))
	}
	switch hook.Version {
	case "4", "1", "":
	default:
		return nil, 0, unreadable("webhook", fmt.Errorf("version %.20q is not known: send version 4", hook.Version))
	}
	if len(hook.Alerts) == 0 {
		return nil, 0, required("alerts")
	}
	posted, err := parseAlerts(hook.Alerts)
	if err != nil {
		return nil, 0, err
	}
	for _, p := range posted {
		a := p.alert(alert.FromWebhook)
		switch p.Status {
		case "resolved":
			if a.EndsAt.IsZero() || a.EndsAt.After(now) {
				a.EndsAt = now
			}
		default:
			a.EndsAt = time.Time{} // what fires ends when the sender says so
		}
		list = append(list, a)
	}
	return list, max(hook.TruncatedAlerts, 0), nil
}
