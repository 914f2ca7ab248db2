package notify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// slackServer is Slack as far as its documentation says what it refuses: it knows messages that it has taken, their keys,
// and the limits of Block Kit (https://docs.slack.dev/reference/block-kit).
type slackServer struct {
	*httptest.Server
	t  *testing.T
	mu sync.Mutex
	// messages by channel and time stamp, the latest text of each.
	messages map[string]slackMessage
	order    []string
	answers  []string // ephemeral ones
	down     bool
}

func newSlackServer(t *testing.T) *slackServer {
	t.Helper()
	s := &slackServer{t: t, messages: map[string]slackMessage{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/chat.postMessage", s.api(s.post))
	mux.HandleFunc("POST /api/chat.update", s.api(s.update))
	mux.HandleFunc("POST /answer/{id}", s.ephemeral)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// api reads a message as the Web API does. A token that is none, a key that it does not know, and blocks over their limits are refused.
func (s *slackServer) api(do func(slackMessage) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		var m slackMessage
		body, err := io.ReadAll(r.Body)
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		switch {
		case s.down:
			w.WriteHeader(http.StatusServiceUnavailable)
		case err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") || d.Decode(&m) != nil:
			s.t.Errorf("Slack got %s", body)
			_, _ = io.WriteString(w, `{"ok":false,"error":"invalid_json"}`)
		case r.Header.Get("Authorization") != "Bearer "+token:
			_, _ = io.WriteString(w, `{"ok":false,"error":"invalid_auth"}`)
		case checkBlocks(m) != nil:
			s.t.Errorf("Slack got %s: %v", body, checkBlocks(m))
			_, _ = io.WriteString(w, `{"ok":false,"error":"invalid_blocks"}`)
		default:
			_, _ = io.WriteString(w, do(m))
		}
	}
}

func (s *slackServer) post(m slackMessage) string {
	channel, ts := "D"+strings.TrimPrefix(m.Channel, "U"), fmt.Sprintf("1.%06d", len(s.order)+1)
	s.messages[channel+"/"+ts], s.order = m, append(s.order, channel+"/"+ts)
	return fmt.Sprintf(`{"ok":true,"channel":%q,"ts":%q}`, channel, ts)
}

func (s *slackServer) update(m slackMessage) string {
	at := m.Channel + "/" + m.TS
	if _, known := s.messages[at]; !known {
		return `{"ok":false,"error":"message_not_found"}`
	}
	s.messages[at] = m
	return fmt.Sprintf(`{"ok":true,"channel":%q,"ts":%q}`, m.Channel, m.TS)
}

func (s *slackServer) ephemeral(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var a struct {
		Type    string `json:"response_type"`
		Replace *bool  `json:"replace_original"`
		Text    string `json:"text"`
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil || a.Type != "ephemeral" || a.Replace == nil || *a.Replace || a.Text == "" {
		s.t.Errorf("the answer is %+v, %v", a, err)
		http.Error(w, "invalid", http.StatusBadRequest)
		return
	}
	s.answers = append(s.answers, a.Text)
	_, _ = io.WriteString(w, "ok")
}

// checkBlocks says what Slack would refuse.
func checkBlocks(m slackMessage) error {
	if m.Text == "" || len(m.Blocks) == 0 || len(m.Blocks) > 50 {
		return fmt.Errorf("a text of %d bytes and %d blocks", len(m.Text), len(m.Blocks))
	}
	total := 0
	for _, b := range m.Blocks {
		most := map[string]int{"header": 150, "section": 3000, "actions": 0}
		limit, known := most[b.Type]
		if !known || (b.Text == nil) != (b.Type == "actions") || (len(b.Elements) > 0) != (b.Type == "actions") || len(b.Elements) > 25 {
			return fmt.Errorf("a block %q", b.Type)
		}
		if b.Text != nil {
			if err := checkText(*b.Text, limit); err != nil {
				return err
			}
			total += utf8.RuneCountInString(b.Text.Text)
		}
		if err := checkButtons(b.Elements); err != nil {
			return err
		}
	}
	if total > 13_000 {
		return fmt.Errorf("%d characters in all", total)
	}
	return nil
}

func checkText(t slackText, most int) error {
	if n := utf8.RuneCountInString(t.Text); t.Type != "plain_text" || n == 0 || n > most {
		return fmt.Errorf("a text of type %q with %d characters, of at most %d", t.Type, n, most)
	}
	return nil
}

func checkButtons(list []slackButton) error {
	seen := map[string]bool{}
	for _, b := range list {
		if err := checkText(b.Text, 75); err != nil {
			return err
		}
		if b.Type != "button" || b.Action == "" || len(b.Action) > 255 || seen[b.Action] || len(b.URL) > 3000 || len(b.Value) > 2000 {
			return fmt.Errorf("a button %+v", b)
		}
		if b.Style != "" && b.Style != "primary" && b.Style != "danger" {
			return fmt.Errorf("the style %q", b.Style)
		}
		seen[b.Action] = true
		if c := b.Confirm; c != nil {
			for _, part := range []struct {
				text slackText
				most int
			}{{c.Title, 100}, {c.Text, 300}, {c.Confirm, 30}, {c.Deny, 30}} {
				if err := checkText(part.text, part.most); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
