package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Rewrite puts another message in the place of one that was sent. receipt is what sending it gave.
func (s *Slack) Rewrite(ctx context.Context, m Message, receipt string) error {
	channel, ts, ok := strings.Cut(receipt, "/")
	if !ok || channel == "" || ts == "" {
		return &Permanent{errors.New("rewrite a message in Slack: its receipt does not say where it lies")}
	}
	_, err := s.write(ctx, "chat.update", slackMessage{Channel: channel, TS: ts, Text: fallback(m), Blocks: s.blocks(m)})
	return err
}

// Answer says something to whoever pressed a button, and to nobody else. to is the address that the press brought.
func (s *Slack) Answer(ctx context.Context, to, text string) error {
	if !s.answerURL(to) {
		return &Permanent{errors.New("answer in Slack: the address for it is not one of Slack's")}
	}
	body, err := json.Marshal(struct {
		Type    string `json:"response_type"`
		Replace bool   `json:"replace_original"`
		Text    string `json:"text"`
	}{"ephemeral", false, escapeSlack(printable(shorten(text, maxSection)))})
	if err != nil {
		return fmt.Errorf("write an answer for Slack: %w", err)
	}
	_, err = s.post(ctx, to, jsonHeader(), body)
	return err
}

// answerURL tells whether an address is at Slack: a signed request is believed, but nothing of the house is posted to
// wherever it may point.
func (s *Slack) answerURL(to string) bool {
	u, err := url.Parse(to)
	if err != nil || !webURL(to) {
		return false
	}
	api, err := url.Parse(s.base)
	if err == nil && u.Scheme == api.Scheme && u.Host == api.Host { // where the configuration has it
		return true
	}
	host := u.Hostname()
	return u.Scheme == "https" && (strings.HasSuffix(host, ".slack.com") || strings.HasSuffix(host, ".slack-gov.com"))
}
