package backlog

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// TestNotices: the webhooks of the three trackers, in the shape that their documentation gives, are read where the secret fits.
func TestNotices(t *testing.T) {
	t.Parallel()
	sum := func(body, secret string) string {
		m := hmac.New(sha256.New, []byte(secret))
		m.Write([]byte(body))
		return fmt.Sprintf("sha256=%x", m.Sum(nil))
	}
	sign := func(name string) func(string, string) http.Header {
		return func(body, secret string) http.Header {
			h := http.Header{}
			h.Set(name, sum(body, secret))
			h.Set("X-GitHub-Event", "issues")
			return h
		}
	}
	plain := func(_, secret string) http.Header { return http.Header{"X-Gitlab-Token": {secret}} }
	for name, test := range map[string]struct {
		kind, project, body string
		sign                func(body, secret string) http.Header
		key, by             string
	}{
		"github": {"github", "acme/shop", `{"action":"closed","issue":{"number":42,"state":"closed"},"repository":{"full_name":"Acme/shop"},"sender":{"login":"Ada-There"}}`, sign("X-Hub-Signature-256"), "42", "ada"},
		"github, another repository": {"github", "acme/shop", `{"action":"closed","issue":{"number":42,"state":"closed"},"repository":{"full_name":"acme/other"},"sender":{"login":"x"}}`,
			sign("X-Hub-Signature-256"), "", ""},
		"gitlab": {"gitlab", "acme/web/shop", `{"object_kind":"issue","user":{"id":1,"username":"ada-there"},"project":{"path_with_namespace":"acme/web/shop"},"object_attributes":{"id":301,"iid":23,"action":"close"}}`,
			plain, "23", "ada"},
		"gitlab, a push": {"gitlab", "acme/web/shop", `{"object_kind":"push","user_username":"ada-there","project":{"path_with_namespace":"acme/web/shop"}}`, plain, "", ""},
		"jira":           {"jira", "SHOP", `{"timestamp":1,"webhookEvent":"jira:issue_updated","user":{"accountId":"ada-there"},"issue":{"id":"1","key":"SHOP-7"}}`, sign("X-Hub-Signature"), "SHOP-7", "ada"},
		"data center":    {"jira-datacenter", "SHOP", `{"timestamp":1,"webhookEvent":"jira:issue_deleted","user":{"name":"ada-there"},"issue":{"id":"1","key":"SHOP-7"}}`, sign("X-Hub-Signature"), "SHOP-7", "ada"},
		"a stranger":     {"jira", "SHOP", `{"webhookEvent":"jira:issue_updated","user":{"accountId":"eve"},"issue":{"key":"SHOP-7"}}`, sign("X-Hub-Signature"), "SHOP-7", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, f := range []string{"token", "hook"} {
				if err := os.WriteFile(filepath.Join(dir, f), []byte("s3cret"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			c, err := Open(Config{
				Kind: test.kind, Project: test.project, URL: "https://tracker.example.org", TokenFile: filepath.Join(dir, "token"),
				WebhookSecretFile: filepath.Join(dir, "hook"), People: map[string]string{"ada": "ada-there"},
			}, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			n, err := c.Notice(test.sign(test.body, "s3cret"), []byte(test.body))
			if err != nil || n.Key != test.key || n.Key != "" && (n.By != test.by || n.At == "") {
				t.Errorf("notice %+v, %v; want %q by %q", n, err, test.key, test.by)
			}
			for _, h := range []http.Header{test.sign(test.body, "guess"), {}, test.sign(test.body+" ", "other")} {
				if _, err := c.Notice(h, []byte(test.body)); !errors.Is(err, journal.ErrForbidden) || strings.Contains(err.Error(), "s3cret") {
					t.Errorf("without the secret it gave %v, want ErrForbidden", err)
				}
			}
			if n, err := c.Notice(test.sign("{", "s3cret"), []byte("{")); !errors.Is(err, journal.ErrInvalid) {
				t.Errorf("a broken body gave %+v, %v", n, err)
			}
		})
	}
}
