package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// Slack sends direct messages by the Web API (https://docs.slack.dev/apis/web-api).
// Slack knows no idempotency key: a message whose acceptance got lost arrives twice.
type Slack struct {
	provider
	base string
	// token is a function so that no way of printing a Slack prints it.
	token func() string
	// secret is what Slack signs the pressing of buttons with; without it they are links.
	secret func() string
}

// NewSlack makes the channel; the token is a bot's (xoxb-), the signing secret the app's, if there is one.
func NewSlack(c SlackConfig, token, signingSecret string) (*Slack, error) {
	if err := (Config{Slack: &c}).Validate(); err != nil {
		return nil, err
	}
	base := strings.TrimSuffix(c.URL, "/")
	if base == "" {
		base = "https://slack.com/api"
	}
	return &Slack{
		provider: newProvider("Slack"), base: base, token: func() string { return token }, secret: func() string { return signingSecret },
	}, nil
}

// Name is "slack".
func (s *Slack) Name() string { return "slack" }

// Reaches tells whether the person has a usable member id, or a channel is named in place of a person.
func (s *Slack) Reaches(r Recipient) bool {
	return memberID.MatchString(r.Slack) || channelID.MatchString(r.SlackChannel)
}

// Send writes to the person. The receipt is the channel and the time stamp, which name the message in the Web API.
func (s *Slack) Send(ctx context.Context, m Message) (Receipt, error) {
	if !s.Reaches(m.To) {
		return Receipt{}, &Permanent{errors.New("send to a person: there is no member id of Slack")}
	}
	var without error
	if m.Picture != nil && m.To.SlackChannel != "" {
		receipt, err := s.share(ctx, m)
		if err == nil {
			return receipt, nil
		}
		without = err // the words are worth more than the picture
	}
	receipt, err := s.write(ctx, "chat.postMessage", slackMessage{Channel: cmp.Or(m.To.SlackChannel, m.To.Slack), Text: fallback(m), Blocks: s.blocks(m)})
	receipt.Without = without
	return receipt, err
}

type slackMessage struct {
	Channel string  `json:"channel"`
	TS      string  `json:"ts,omitempty"` // of the message that is rewritten
	Text    string  `json:"text"`
	Blocks  []block `json:"blocks"`
	Unfurl  bool    `json:"unfurl_links"`
}

func (s *Slack) write(ctx context.Context, method string, m slackMessage) (Receipt, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return Receipt{}, fmt.Errorf("write a message for Slack: %w", err)
	}
	answer, err := s.call(ctx, method, body)
	if err != nil {
		return Receipt{}, err
	}
	return Receipt{ID: answer.Channel + "/" + answer.TS}, nil
}

// slackAnswer holds what is read of the answers.
type slackAnswer struct {
	OK      bool   `json:"ok"`
	Error   string `json:"error"`
	Channel string `json:"channel"`
	TS      string `json:"ts"`
	Needed  string `json:"needed"` // the scope that the token lacks
}

// forTheMoment are the errors of the Web API that another attempt can mend;
// Slack adds new ones, and those that speak of the request stay permanent.
var forTheMoment = []string{
	"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org", "accesslimited",
	"org_login_required", "message_limit_exceeded",
}

func (s *Slack) call(ctx context.Context, method string, body []byte) (slackAnswer, error) {
	h := jsonHeader()
	h.Set("Authorization", "Bearer "+s.token())
	raw, err := s.post(ctx, s.base+"/"+method, h, body)
	if err != nil {
		return slackAnswer{}, err
	}
	var answer slackAnswer
	if err := json.Unmarshal(raw, &answer); err != nil {
		return slackAnswer{}, errors.New("read the answer of Slack: it is not JSON")
	}
	return answer, answer.problem()
}

// problem says what Slack has refused, or nil.
func (a slackAnswer) problem() error {
	if a.OK {
		return nil
	}
	said := fmt.Errorf("send to Slack: it answered %s", oneLine(a.Error, 60))
	switch {
	case a.Error == "missing_scope":
		return &Permanent{fmt.Errorf("%w: the token lacks the scope %s", said, oneLine(a.Needed, 60))}
	case a.Error == "ratelimited", a.Error == "rate_limited":
		return &Limited{After: usualWait, Err: said}
	case a.Error == "", slices.Contains(forTheMoment, a.Error):
		return said
	}
	return &Permanent{said}
}

// Limits of Block Kit, in characters; sections together stay far below the
// about 13 000 at which Slack answers msg_blocks_too_long.
const (
	maxHeader        = 150
	maxSection       = 3000
	maxSections      = 3
	maxButton        = 75
	maxValue         = 2000
	maxConfirm       = 300
	maxConfirmTitle  = 100
	maxConfirmButton = 30
)

// slackPrefix begins our action ids.
const slackPrefix = "safelight."

type block struct {
	Type     string        `json:"type"`
	Text     *slackText    `json:"text,omitempty"`
	Elements []slackButton `json:"elements,omitempty"`
}

type slackText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type slackButton struct {
	Type   string    `json:"type"`
	Text   slackText `json:"text"`
	Action string    `json:"action_id"`
	URL    string    `json:"url,omitempty"`
	Value  string    `json:"value,omitempty"`
	Style  string    `json:"style,omitempty"`

	Confirm *slackConfirm `json:"confirm,omitempty"`
}

// slackConfirm is the dialog that asks back.
type slackConfirm struct {
	Title   slackText `json:"title"`
	Text    slackText `json:"text"`
	Confirm slackText `json:"confirm"`
	Deny    slackText `json:"deny"`
	Style   string    `json:"style,omitempty"`
}

// plain is text in which Slack interprets nothing: what people wrote mentions nobody.
func plain(s string, most int) slackText {
	return slackText{"plain_text", cut(s, most)}
}

// cut keeps so many characters, the mark of the cut included.
func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// fallback is what a notification shows. Slack interprets it, hence the escapes.
func fallback(m Message) string {
	return escapeSlack(oneLine(m.Subject, maxSubject))
}

// escapeSlack keeps what people wrote from being a link or a mention.
func escapeSlack(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

func (s *Slack) blocks(m Message) []block {
	var list []block
	if head := oneLine(m.Subject, maxHeader-1); head != "" {
		t := plain(head, maxHeader)
		list = append(list, block{Type: "header", Text: &t})
	}
	for _, text := range sections(strings.TrimSpace(printable(shorten(m.words(), maxText)))) {
		t := plain(text, maxSection)
		list = append(list, block{Type: "section", Text: &t})
	}
	if links := append(s.acting(m), s.links(m)...); len(links) > 0 {
		list = append(list, block{Type: "actions", Elements: links})
	}
	return list
}

// sections cuts a text at the ends of lines, so that no link is torn in two.
func sections(text string) []string {
	rest, list := []rune(cut(text, maxSection*maxSections)), []string(nil)
	for len(rest) > 0 {
		n := min(len(rest), maxSection)
		if n < len(rest) {
			for i := n - 1; i > 0; i-- {
				if rest[i] == '\n' {
					n = i + 1
					break
				}
			}
		}
		list, rest = append(list, strings.TrimRight(string(rest[:n]), "\n")), rest[n:]
	}
	return list
}

// acting gives the buttons that act by themselves, where Slack can tell us that they were pressed.
func (s *Slack) acting(m Message) []slackButton {
	if m.Page == nil || s.secret() == "" || len(m.Key) > maxValue {
		return nil
	}
	var list []slackButton
	say := func(k phrase.Key, most int, args ...any) slackText {
		return plain(phrase.Say(m.To.Lang, k, args...), most)
	}
	for _, a := range m.Page.Actions {
		b := slackButton{Type: "button", Text: say("message.do."+phrase.Key(a), maxButton), Action: slackPrefix + "do." + string(a), Value: m.Key}
		switch a {
		case Acknowledge:
			b.Style = "primary"
		case Contain:
			b.Style = "danger"
			b.Confirm = &slackConfirm{
				Title: say("message.confirm.contain", maxConfirmTitle), Confirm: say("message.confirm.yes", maxConfirmButton),
				Text: say("message.confirm.contain.text", maxConfirm, oneLine(strings.Join(m.Page.Routes, ", "), maxConfirm/2)),
				Deny: say("message.confirm.no", maxConfirmButton), Style: "danger",
			}
		}
		list = append(list, b)
	}
	return list
}

// links gives the links of a page. One that would not fit is left out: cut,
// it would be wrong.
func (s *Slack) links(m Message) []slackButton {
	if m.Page == nil && webURL(m.Seen) {
		label := plain(phrase.Say(m.To.Lang, "page.seen.do"), maxButton)
		return []slackButton{{Type: "button", Text: label, Action: slackPrefix + "seen", URL: m.Seen, Style: "primary"}}
	}
	if m.Page == nil {
		return nil
	}
	ack := m.Page.Ack
	if s.secret() != "" && slices.Contains(m.Page.Actions, Acknowledge) {
		ack = "" // the text still has it, for an installation that Slack does not reach
	}
	var list []slackButton
	for _, link := range []struct{ name, url, style string }{{"ack-all", m.Page.AckAll, "primary"}, {"ack", ack, "primary"}, {"steps", m.Page.Steps, ""}, {"runbook", m.Page.Runbook, ""}, {"link", m.Page.Link, ""}} {
		if !webURL(link.url) {
			continue
		}
		label := phrase.Say(m.To.Lang, phrase.Key("message.fact."+link.name))
		list = append(list, slackButton{Type: "button", Text: plain(label, maxButton), Action: slackPrefix + link.name, URL: link.url, Style: link.style})
	}
	return list
}
