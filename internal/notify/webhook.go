package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/template"
	"time"
)

const maxBody = 256 << 10 // bytes of a webhook's body

// Webhook posts messages to an address of the house, signed as Standard
// Webhooks says (https://www.standardwebhooks.com). The body is a CloudEvent
// 1.0.2 in JSON, or what the configuration's template writes.
type Webhook struct {
	provider
	name, url string
	layout    *template.Template // nil for a CloudEvent
	secret    func() []byte      // nil bytes where nothing is signed
	now       func() time.Time
}

// NewWebhook makes the channel. secret is whsec_ and Base64, or empty where the configuration names none.
func NewWebhook(c WebhookConfig, secret string) (*Webhook, error) {
	if err := (Config{Webhooks: []WebhookConfig{c}}).Validate(); err != nil {
		return nil, err
	}
	w := &Webhook{provider: newProvider("webhook " + c.Name), name: c.Name, url: c.URL, now: time.Now}
	key, err := webhookSecret(secret)
	if err != nil {
		return nil, err
	}
	w.secret = func() []byte { return key }
	if c.Body != "" {
		if w.layout, err = webhookLayout(c.Body); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// webhookSecret does not quote the secret in its error.
func webhookSecret(s string) ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
	if err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("the secret of a webhook must be whsec_ and 24 to 64 bytes in Base64")
	}
	return key, nil
}

// Name is "webhook-" and the configured name.
func (w *Webhook) Name() string { return "webhook-" + w.name }

// Reaches is true: the receiver decides whom it tells.
func (w *Webhook) Reaches(Recipient) bool { return true }

// Send posts the message. Its id (webhook-id) is the same for each attempt.
func (w *Webhook) Send(ctx context.Context, m Message) (Receipt, error) {
	key := m.Key
	if key == "" {
		key = m.Subject + "\x00" + m.Text
	}
	return w.deliver(ctx, webhookFacts(m, webhookID(key)))
}

func (w *Webhook) deliver(ctx context.Context, d webhookData) (Receipt, error) {
	at := w.now()
	body, err := w.body(d, at)
	if err != nil {
		return Receipt{}, &Permanent{err}
	}
	h := jsonHeader()
	if w.layout == nil {
		h.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	h.Set("webhook-id", d.ID)
	h.Set("webhook-timestamp", stamp)
	if key := w.secret(); key != nil {
		h.Set("webhook-signature", signWebhook(key, d.ID, stamp, body))
	}
	if _, err := w.post(ctx, w.url, h, body); err != nil {
		return Receipt{}, err
	}
	return Receipt{ID: d.ID}, nil
}

// Settle posts that an incident was acknowledged or resolved.
func (w *Webhook) Settle(ctx context.Context, s Settlement) error {
	kind := "acknowledged"
	if s.Resolved {
		kind = "resolved"
	}
	_, err := w.deliver(ctx, webhookData{ID: webhookID(s.Key), Kind: kind, Subject: s.Incident + " " + kind, Incident: s.Incident, Link: s.Link})
	return err
}

// webhookID has no full stop, which parts the signed content.
func webhookID(key string) string {
	return fmt.Sprintf("msg_%x", sha256.Sum256([]byte(key)))
}

func signWebhook(key []byte, id, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, id+"."+stamp+".") // a hash takes everything
	_, _ = mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// webhookData is what a body tells, and what a template may name. It holds no
// person: whoever needs one asks the page.
type webhookData struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"` // page, notice, acknowledged or resolved
	Subject  string `json:"subject"`
	Text     string `json:"text,omitempty"` // of a notice; that of a page holds one person's link to acknowledge by
	Incident string `json:"incident,omitempty"`
	Title    string `json:"title,omitempty"`
	Severity string `json:"severity,omitempty"`
	Pipeline string `json:"pipeline,omitempty"`
	Purpose  string `json:"purpose,omitempty"`
	Clock    string `json:"clock,omitempty"`
	Runbook  string `json:"runbook,omitempty"` // the address that the alert gives
	Steps    string `json:"steps,omitempty"`   // where the runbook is followed
	Link     string `json:"link,omitempty"`
	Since    string `json:"since,omitempty"` // RFC 3339
}

func webhookFacts(m Message, id string) webhookData {
	d := webhookData{ID: id, Kind: "notice", Subject: oneLine(m.Subject, maxSubject)}
	if m.Page == nil {
		d.Text = printable(shorten(m.Text, maxText))
		return d
	}
	f := *m.Page
	line := func(s string) string { return oneLine(s, maxLine) }
	d.Kind, d.Incident, d.Title, d.Severity = "page", line(f.Incident), line(f.Title), line(f.Severity)
	d.Pipeline, d.Purpose, d.Clock = line(f.Pipeline), line(f.Purpose), line(f.Clock)
	d.Runbook, d.Steps, d.Link = line(f.Runbook), line(f.Steps), line(f.Link)
	if !f.DetectedAt.IsZero() {
		d.Since = f.DetectedAt.UTC().Format(time.RFC3339)
	}
	return d
}

func (w *Webhook) body(data webhookData, at time.Time) ([]byte, error) {
	if w.layout != nil {
		return fill(w.layout, data)
	}
	body, err := json.Marshal(struct {
		Version string      `json:"specversion"`
		ID      string      `json:"id"`
		Source  string      `json:"source"`
		Type    string      `json:"type"`
		Subject string      `json:"subject,omitempty"`
		Time    string      `json:"time"`
		Content string      `json:"datacontenttype"`
		Data    webhookData `json:"data"`
	}{"1.0", data.ID, "/safelight", "dev.safelight." + data.Kind, data.Incident, at.UTC().Format(time.RFC3339), "application/json", data})
	if err != nil {
		return nil, fmt.Errorf("write the body of a webhook: %w", err)
	}
	return body, nil
}

// webhookLayout reads a template and tries it, so that a wrong name is found
// when the configuration is read and not in the night.
func webhookLayout(text string) (*template.Template, error) {
	t, err := template.New("body").Funcs(template.FuncMap{"json": inJSON}).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read the template of a body: %w", err)
	}
	_, err = fill(t, webhookData{Subject: `a "quoted" one`, Text: "two\nlines"})
	return t, err
}

func inJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

func fill(t *template.Template, d webhookData) ([]byte, error) {
	out := &boundedBuffer{left: maxBody}
	if err := t.Execute(out, d); err != nil {
		return nil, fmt.Errorf("fill the template of a body: %w", err)
	}
	if !json.Valid(out.Bytes()) {
		return nil, errors.New("fill the template of a body: the result is not JSON, write values as {{json .Subject}}")
	}
	return out.Bytes(), nil
}

// boundedBuffer ends a template that writes too much.
type boundedBuffer struct {
	bytes.Buffer
	left int
}

func (b *boundedBuffer) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, fmt.Errorf("more than %d bytes", maxBody)
	}
	return b.Buffer.Write(p)
}
