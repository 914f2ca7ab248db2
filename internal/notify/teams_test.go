package notify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

func newTeams(t testing.TB, url string) *Teams {
	t.Helper()
	c, err := NewTeams(TeamsConfig{Name: "on-call", URLEnv: "T"}, url)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// checkCard holds what a workflow takes, and what Teams shows: an envelope with one Adaptive Card of at most 28 KB, elements
// of version 1.4, at most six buttons.
func checkCard(body []byte) (texts, links []string, err error) {
	if len(body) > 28<<10 {
		return nil, nil, fmt.Errorf("%d bytes", len(body))
	}
	var m struct {
		Type        string `json:"type"`
		Attachments []struct {
			Type    string  `json:"contentType"`
			URL     *string `json:"contentUrl"`
			Content struct {
				Type     string `json:"type"`
				Schema   string `json:"$schema"`
				Version  string `json:"version"`
				Fallback string `json:"fallbackText"`
				Body     []struct {
					Type    string `json:"type"`
					Inlines []struct {
						Type   string `json:"type"`
						Text   string `json:"text"`
						Weight string `json:"weight"`
						Size   string `json:"size"`
					} `json:"inlines"`
				} `json:"body"`
				Actions []struct {
					Type  string `json:"type"`
					Title string `json:"title"`
					URL   string `json:"url"`
				} `json:"actions"`
			} `json:"content"`
		} `json:"attachments"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil || m.Type != "message" || len(m.Attachments) != 1 {
		return nil, nil, fmt.Errorf("the envelope %+v, %w", m, err)
	}
	a := m.Attachments[0]
	c := a.Content
	if a.Type != "application/vnd.microsoft.card.adaptive" || c.Type != "AdaptiveCard" || c.Version != "1.4" || len(c.Body) == 0 || len(c.Actions) > 6 {
		return nil, nil, fmt.Errorf("the card %+v", a)
	}
	for _, b := range c.Body {
		for _, r := range b.Inlines {
			if b.Type != "RichTextBlock" || r.Type != "TextRun" || r.Text == "" {
				return nil, nil, fmt.Errorf("the element %+v", b)
			}
			texts = append(texts, r.Text)
		}
	}
	for _, x := range c.Actions {
		if x.Type != "Action.OpenUrl" || x.Title == "" || !webURL(x.URL) {
			return nil, nil, fmt.Errorf("the button %+v", x)
		}
		links = append(links, x.URL)
	}
	return texts, links, nil
}

func TestTeamsSends(t *testing.T) {
	t.Parallel()
	server := receive(t, 202, nil, "")
	m := paged()
	if got, err := newTeams(t, server.URL+"/workflows/1?sig=secret").Send(t.Context(), m); err != nil || got != (Receipt{}) {
		t.Fatalf("Send = %+v, %v", got, err)
	}
	header, body := server.only(t)
	texts, links, err := checkCard(body)
	if err != nil || !strings.HasPrefix(header.Get("Content-Type"), "application/json") {
		t.Fatalf("%v, headers %v", err, header)
	}
	all := strings.Join(texts, "\n")
	if !strings.Contains(all, m.Page.Title) || !strings.Contains(all, m.Page.Pipeline) || len(links) != 2 {
		t.Errorf("it says %q with the links %q", all, links)
	}
	if strings.Contains(string(body), "/ack/") {
		t.Error("several people read one person's link to acknowledge by")
	}
}

// TestTeamsSettles says in the language of the house that an incident is taken or over.
func TestTeamsSettles(t *testing.T) {
	t.Parallel()
	for lang, want := range map[phrase.Lang]string{phrase.French: "est résolu", phrase.English: "is resolved"} {
		server := receive(t, 202, nil, "")
		err := newTeams(t, server.URL).Settle(t.Context(), Settlement{Incident: "PM-2025-09-27-01", Link: "https://safelight.example/incidents/PM-2025-09-27-01", Lang: lang, Resolved: true})
		_, body := server.only(t)
		texts, links, bad := checkCard(body)
		if err != nil || bad != nil || len(texts) != 1 || !strings.Contains(texts[0], want) || len(links) != 1 {
			t.Errorf("%s: it says %q, %v, %v", lang, texts, err, bad)
		}
	}
}

// TestTeamsRefuses what it cannot be, and tells nobody the address.
func TestTeamsRefuses(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "x", "ftp://h/x", "https://u:p@h/", "https://h/" + strings.Repeat("a", longestURL)} {
		if c, err := NewTeams(TeamsConfig{Name: "a", URLEnv: "T"}, url); err == nil || c != nil || url != "" && strings.Contains(err.Error(), url) {
			t.Errorf("%.20q gives %v", url, err)
		}
	}
	busy := receive(t, 429, map[string][]string{"Retry-After": {"7"}}, "")
	c := newTeams(t, busy.URL+"/?sig=xyzzy")
	var limited *Limited
	if _, err := c.Send(t.Context(), paged()); !errors.As(err, &limited) || limited.After != 7*time.Second || strings.Contains(err.Error(), "xyzzy") {
		t.Errorf("while it is busy: %v", err)
	}
	if s := fmt.Sprintf("%v %+v", c, c); strings.Contains(s, "xyzzy") {
		t.Errorf("printed, it tells its address: %s", s)
	}
	notice := paged()
	notice.Page = nil
	if _, err := c.Send(t.Context(), notice); !IsPermanent(err) {
		t.Errorf("a notice gives %v, want a permanent error", err)
	}
	gone := receive(t, 404, nil, "")
	if _, err := newTeams(t, gone.URL).Send(t.Context(), paged()); !IsPermanent(err) {
		t.Errorf("a workflow that was deleted gives %v, want a permanent error", err)
	}
}

func TestTeamsValidate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		list []TeamsConfig
		want string
	}{
		"good":             {[]TeamsConfig{{"a", "T"}, {"b", "T"}}, ""},
		"address in place": {[]TeamsConfig{{"a", "https://prod.logic.azure.com/xyzzy"}}, "notify.teams[0]: urlEnv"},
		"no name":          {[]TeamsConfig{{"", "T"}}, "name"},
		"twice":            {[]TeamsConfig{{"a", "T"}, {"a", "T"}}, "notify.teams[1]: name \"a\" stands twice"},
		"too many":         {make([]TeamsConfig, maxWebhooks+1), "more than"},
	} {
		checkMistake(t, name, Config{Teams: test.list}.Validate(), test.want)
	}
	c := Config{Teams: []TeamsConfig{{"a", "T"}, {"b", "T"}}}
	if shared, methods := c.Shared(), c.Methods(Recipient{}); !slices.Equal(shared, []string{"teams-a", "teams-b"}) || !slices.Equal(methods, shared) {
		t.Errorf("several people read %q, and whoever has nothing else is reached by %q", shared, methods)
	}
}

// FuzzCards: whatever people wrote, a card keeps its limits and its elements.
func FuzzCards(f *testing.F) {
	f.Add("subject", "title", "https://x")
	f.Add(strings.Repeat("é&", 400), strings.Repeat("œ&<at>x</at>\x1b**[x](javascript:1)**", 4000), "https://x/?"+strings.Repeat("&", 2000))
	f.Add("\xff\u202e", "\"\\\n", "https://u:p@x")
	f.Add("", "", "https://x/?"+strings.Repeat("&", 2000)+"\xb3\xb5\xfb\xff\x9c\x97\xd5\xd4\xf7\xd0\xf3\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80") // grows in JSON
	f.Fuzz(func(t *testing.T, subject, title, link string) {
		m := Message{Subject: "S1 " + subject, Page: &PageFacts{Title: title, Pipeline: title, Link: link, Runbook: link}}
		var c card
		c.head(oneLine(m.Subject, maxSubject))
		c.fact(phrase.French, "title", m.Page.Title)
		c.fact(phrase.French, "pipeline", m.Page.Pipeline)
		c.open(phrase.French, "link", link)
		c.open(phrase.French, "runbook", link)
		body, err := c.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := checkCard(body); err != nil {
			t.Fatal(err)
		}
	})
}
