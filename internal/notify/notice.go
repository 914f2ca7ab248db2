package notify

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// The kinds of notices that go to a channel where a house reads them, and to no person.
const (
	QualityNotice    = "quality"    // images over the budget of their class
	QuarantineNotice = "quarantine" // images that were taken out of delivery
)

// channelID is a channel of Slack: a public one (C) or a private one (G).
var channelID = regexp.MustCompile(`^[CG][A-Z0-9]{2,30}$`)

// NoticeMethods lists the channels of the configuration that take notices of a kind, none where they are not wanted.
func (c Config) NoticeMethods(kind string) []string {
	if c.Notices != nil && !slices.Contains(*c.Notices, kind) {
		return nil
	}
	var methods []string
	if c.Slack != nil && c.Slack.Channel != "" {
		methods = append(methods, (*Slack)(nil).Name())
	}
	for _, w := range c.Webhooks {
		methods = append(methods, (&Webhook{name: w.Name}).Name())
	}
	return methods
}

// Pictured tells whether a notice of a kind by a method is to show a picture.
func (c Config) Pictured(kind, method string) bool {
	return kind == QualityNotice && c.Slack != nil && method == (*Slack)(nil).Name() && c.Slack.Channel != "" && (c.Slack.Picture == nil || *c.Slack.Picture)
}

// NoticeTo is whom a notice goes to by any method.
func (c Config) NoticeTo(lang phrase.Lang) Recipient {
	r := Recipient{Lang: lang}
	if c.Slack != nil {
		r.SlackChannel = c.Slack.Channel
	}
	return r
}

func (c Config) noticeMistakes() []string {
	if c.Notices == nil {
		return nil
	}
	var list []string
	for _, kind := range *c.Notices {
		if kind != QualityNotice && kind != QuarantineNotice {
			list = append(list, fmt.Sprintf("notify.notices: %.40q: write quality, quarantine, both, or [] for none", kind))
		}
	}
	return list
}

// Figure is a named number.
type Figure struct{ Name, Value string }

// NoticeFacts is what a notice tells of a pipeline and a stretch of time.
type NoticeFacts struct {
	Kind, Pipeline string
	From, Until    time.Time
	Images, Of     int // how many, and of how many measured
	Figures        []Figure
	Worst          string // path of the image that is worst; empty where none is named
	Incident       string
	Link           string
}

// NoticeMessage tells, in one message, what happened in a stretch of time; it pages nobody.
func NoticeMessage(lang phrase.Lang, f NoticeFacts) (subject, text string) {
	subject = phrase.Say(lang, phrase.Key("message.notice.subject."+f.Kind), f.Images, oneLine(f.Pipeline, maxLine), f.Of)
	p := paper{lang: lang}
	p.line(subject + ".")
	p.line(phrase.Say(lang, phrase.Key("message.notice."+f.Kind)))
	p.gap()
	p.fact("period", since(f.From)+" – "+f.Until.UTC().Format("15:04 UTC"))
	for _, n := range f.Figures {
		p.line(phrase.Say(lang, "message.fact", oneLine(n.Name, maxLine), oneLine(n.Value, maxLine)))
	}
	p.fact("worst", oneLine(f.Worst, maxLine))
	p.fact("incident", oneLine(f.Incident, maxLine))
	p.gap()
	p.pointer("link", oneLine(f.Link, maxLink))
	return subject, p.String()
}
