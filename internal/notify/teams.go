package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// maxCard is what a Teams workflow takes (https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors).
const maxCard = 28 << 10

// Teams posts pages to a channel of Microsoft Teams, by a workflow of Power Automate that is triggered when a Teams webhook
// request is received. Several people read it: it gets the facts and nobody's link to acknowledge by.
type Teams struct {
	provider
	name string
	// url is a secret: whoever has it may post. A function so that no way of printing a Teams prints it.
	url func() string
}

// NewTeams makes the channel; url is the workflow's.
func NewTeams(c TeamsConfig, url string) (*Teams, error) {
	if err := (Config{Teams: []TeamsConfig{c}}).Validate(); err != nil {
		return nil, err
	}
	if !webURL(url) {
		return nil, errors.New("the address of a workflow must be one of http or https, without user and password")
	}
	return &Teams{provider: newProvider("Teams " + c.Name), name: c.Name, url: func() string { return url }}, nil
}

// Name is "teams-" and the configured name.
func (t *Teams) Name() string { return "teams-" + t.name }

// Reaches is true: who reads the channel is not known here.
func (t *Teams) Reaches(Recipient) bool { return true }

// Send posts a page. The workflow takes it (202) and posts it later: there is no receipt.
func (t *Teams) Send(ctx context.Context, m Message) (Receipt, error) {
	if m.Page == nil {
		return Receipt{}, &Permanent{errors.New("send to Teams: its channels take pages, and this is a notice to one person")}
	}
	f, lang := *m.Page, m.To.Lang
	var c card
	c.head(oneLine(m.Subject, maxSubject))
	c.fact(lang, "title", f.Title)
	c.fact(lang, "pipeline", f.Pipeline)
	c.fact(lang, "since", since(f.DetectedAt))
	c.open(lang, "link", f.Link)
	c.open(lang, "steps", f.Steps)
	c.open(lang, "runbook", f.Runbook)
	return Receipt{}, t.deliver(ctx, c)
}

// Settle posts that an incident was acknowledged or resolved.
func (t *Teams) Settle(ctx context.Context, s Settlement) error {
	what := phrase.Key("acknowledged")
	if s.Resolved {
		what = "resolved"
	}
	var c card
	c.head(phrase.Say(s.Lang, "message.settled."+what, oneLine(s.Incident, maxLine)))
	c.open(s.Lang, "link", s.Link)
	return t.deliver(ctx, c)
}

func (t *Teams) deliver(ctx context.Context, c card) error {
	body, err := c.encode()
	if err != nil {
		return &Permanent{err}
	}
	_, err = t.post(ctx, t.url(), jsonHeader(), body)
	return err
}

// card is an Adaptive Card 1.4. What people wrote stands in text runs, in which Teams interprets no Markdown.
type card struct {
	Type     string       `json:"type"`
	Schema   string       `json:"$schema"`
	Version  string       `json:"version"`
	Fallback string       `json:"fallbackText,omitempty"`
	Body     []richText   `json:"body"`
	Actions  []openAction `json:"actions,omitempty"`
}

type richText struct {
	Type  string    `json:"type"`
	Lines []textRun `json:"inlines"`
}

type textRun struct {
	Type   string `json:"type"`
	Text   string `json:"text"`
	Weight string `json:"weight,omitempty"`
	Size   string `json:"size,omitempty"`
}

type openAction struct {
	Type  string `json:"type"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

func (c *card) add(runs ...textRun) {
	c.Body = append(c.Body, richText{"RichTextBlock", runs})
}

func (c *card) head(text string) {
	c.Fallback = text
	c.add(textRun{"TextRun", text, "bolder", "medium"})
}

func (c *card) fact(lang phrase.Lang, name, value string) {
	if value = oneLine(value, maxLine); value != "" {
		label := phrase.Say(lang, "message.fact", phrase.Of(phrase.Key("message.fact."+name)), "")
		c.add(textRun{"TextRun", label, "bolder", ""}, textRun{"TextRun", value, "", ""})
	}
}

// open adds a button with a link. One that would not fit is left out: cut, it would be wrong.
func (c *card) open(lang phrase.Lang, name, url string) {
	if webURL(url) {
		c.Actions = append(c.Actions, openAction{"Action.OpenUrl", phrase.Say(lang, phrase.Key("message.fact."+name)), url})
	}
}

// encode writes the message that holds the card.
func (c card) encode() ([]byte, error) {
	c.Type, c.Schema, c.Version = "AdaptiveCard", "http://adaptivecards.io/schemas/adaptive-card.json", "1.4"
	type attachment struct {
		Type    string  `json:"contentType"`
		URL     *string `json:"contentUrl"`
		Content card    `json:"content"`
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // six bytes for each & of an address
	err := e.Encode(struct {
		Type        string       `json:"type"`
		Attachments []attachment `json:"attachments"`
	}{"message", []attachment{{"application/vnd.microsoft.card.adaptive", nil, c}}})
	if err != nil {
		return nil, fmt.Errorf("write a card for Teams: %w", err)
	}
	if b.Len() > maxCard {
		return nil, fmt.Errorf("write a card for Teams: it has %d bytes, the limit is %d", b.Len(), maxCard)
	}
	return b.Bytes(), nil
}
