package feed

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/safelight-dev/safelight/internal/intake"
)

// documented gives the configurations that the documentation shows, as one.
func documented(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/signals-sources.md")
	if err != nil {
		t.Fatal(err)
	}
	hooks := "hooks:\n"
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		if !strings.HasPrefix(block[1], "sources:\n") {
			continue
		}
		var c struct {
			Sources Config `yaml:"sources"`
		}
		if err := yaml.NewDecoder(strings.NewReader(block[1]), yaml.Strict()).Decode(&c); err != nil {
			t.Errorf("%s\n%v", block[1], err)
		}
		if err := c.Sources.Validate([]string{"catalogue"}); err != nil {
			t.Errorf("%s\n%v", block[1], err)
		}
		if _, inner, ok := strings.Cut(block[1], "  hooks:\n"); ok {
			hooks += strings.ReplaceAll("\n"+inner, "\n    ", "\n  ")
		}
	}
	return hooks
}

// TestDocumentation: the configurations of the documentation are valid, and
// its webhooks understand what their senders send.
func TestDocumentation(t *testing.T) {
	for _, name := range []string{"ZENDESK_WEBHOOK_SECRET", "FRESHDESK_SECRET", "INTERCOM_CLIENT_SECRET", "HELPSCOUT_SECRET", "JIRA_WEBHOOK_SECRET", "SHOP_SECRET"} {
		t.Setenv(name, "s3cret")
	}
	hooks := documented(t)
	const trigger = `{"source": "zendesk", "ticket_id": "5", "subject": "Rouge", "description": "Il est fade", "created_at": "2026-11-26T11:00:00Z", "tags": "a b", "url": "https://x.example/5"}`
	const intercom = `{"topic":"conversation.user.created","data":{"item":{"id":"5","created_at":1795690800,"source":{"subject":"<p>Rouge</p>","body":"<p>Il est fade</p>"},"tags":{"type":"tag.list","tags":[{"name":"a"},{"name":"b"}]}}}}`
	const helpscout = `{"id":5,"subject":"Rouge","preview":"Il est fade","createdAt":"2026-11-26T11:00:00Z","tags":[{"id":1,"tag":"a"},{"id":2,"tag":"b"}]}`
	const jira = `{"timestamp":1,"webhookEvent":"jira:issue_created","issue":{"id":"1","key":"5","fields":{"summary":"Rouge","description":"Il est fade","created":"2026-11-26T12:00:00.000+0100","labels":["a","b"]}}}`
	for name, c := range map[string]struct {
		body    string
		headers []string
	}{
		"zendesk":   {trigger, zendesk(noon, "s3cret", trigger)},
		"freshdesk": {`{"id": "5", "subject": "Rouge", "text": "Il est fade", "url": "https://x.example/5", "tags": "a, b"}`, []string{"X-Safelight-Token", "s3cret"}},
		"intercom":  {intercom, []string{"X-Hub-Signature", "sha1=" + hex.EncodeToString(mac(sha1.New, "s3cret", intercom))}},
		"helpscout": {helpscout, []string{"X-HelpScout-Signature", base64.StdEncoding.EncodeToString(mac(sha1.New, "s3cret", helpscout))}},
		"jira":      {jira, []string{"X-Hub-Signature", "sha256=" + hex.EncodeToString(mac(sha256.New, "s3cret", jira))}},
	} {
		s := newSite(t, hooks)
		if code, answer := s.post(name, c.body, c.headers...); code != 200 || len(s.took) != 1 {
			t.Errorf("%s: %d %s", name, code, answer)
			continue
		}
		got := s.took[0]
		want := intake.Signal{Source: name, SourceID: "5", Kind: intake.Ticket, At: noon.Add(-time.Hour), Text: "Rouge\nIl est fade", Tags: []string{"a", "b"}, Pipeline: got.Pipeline, URL: got.URL}
		if name == "freshdesk" {
			want.At = noon // it sends no time
		}
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("%s: signal =\n%+v, want\n%+v", name, got, want)
		}
	}
}
