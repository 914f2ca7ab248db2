package backlog

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
)

// MaxHookBody is the greatest body of a webhook: GitHub sends up to 25 MB, of which an issue and its text are a small part.
const MaxHookBody = 4 << 20

// Hears tells whether webhooks are taken at all.
func (c *Client) Hears() bool { return c.hook != "" }

// Notice reads a webhook after it has looked whether the tracker sent it: [journal.ErrForbidden] where it did not. The key is empty where it is
// about something else.
func (c *Client) Notice(h http.Header, body []byte) (Notice, error) {
	if !c.Hears() || !c.sent(h, body) {
		return Notice{}, fmt.Errorf("take a webhook of %s: it does not carry the secret: %w", c.Tracker(), journal.ErrForbidden)
	}
	n, err := c.service.notice(h, body)
	if err != nil {
		return Notice{}, fmt.Errorf("take a webhook of %s: the body is not the JSON that was expected: %w", c.Tracker(), journal.ErrInvalid)
	}
	n.By = c.config.loginHere(n.By)
	return n, nil
}

// sent holds the sender to the secret: GitHub and Jira sign the body, GitLab sends the secret itself.
func (c *Client) sent(h http.Header, body []byte) bool {
	switch c.config.Kind {
	case "github":
		return signed(h.Get("X-Hub-Signature-256"), body, c.hook)
	case "gitlab":
		a, b := sha256.Sum256([]byte(h.Get("X-Gitlab-Token"))), sha256.Sum256([]byte(c.hook))
		return subtle.ConstantTimeCompare(a[:], b[:]) == 1
	}
	return signed(h.Get("X-Hub-Signature"), body, c.hook)
}

func signed(signature string, body []byte, secret string) bool {
	given, err := hex.DecodeString(strings.TrimPrefix(signature, "sha256="))
	m := hmac.New(sha256.New, []byte(secret))
	m.Write(body)
	return err == nil && strings.HasPrefix(signature, "sha256=") && hmac.Equal(given, m.Sum(nil))
}

func (g *github) notice(h http.Header, body []byte) (Notice, error) {
	if h.Get("X-Github-Event") != "issues" {
		return Notice{}, nil
	}
	var v struct {
		Issue      githubIssue `json:"issue"`
		Sender     githubUser  `json:"sender"`
		Repository struct {
			FullName string `json:"full_name"`
		} `json:"repository"`
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return Notice{}, err
	}
	if !strings.EqualFold(v.Repository.FullName, g.config.Project) || v.Issue.Number <= 0 {
		return Notice{}, nil
	}
	return Notice{Key: strconv.FormatInt(v.Issue.Number, 10), By: v.Sender.Login, At: stamp(body)}, nil
}

func (g *gitlab) notice(_ http.Header, body []byte) (Notice, error) {
	var v struct {
		Kind       string     `json:"object_kind"`
		User       gitlabUser `json:"user"`
		Attributes struct {
			IID int64 `json:"iid"`
		} `json:"object_attributes"`
		Project struct {
			Path string `json:"path_with_namespace"`
		} `json:"project"`
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return Notice{}, err
	}
	if v.Kind != "issue" || !strings.EqualFold(v.Project.Path, g.config.Project) || v.Attributes.IID <= 0 {
		return Notice{}, nil
	}
	return Notice{Key: strconv.FormatInt(v.Attributes.IID, 10), By: v.User.Username, At: stamp(body)}, nil
}

func (j *jira) notice(_ http.Header, body []byte) (Notice, error) {
	var v struct {
		Event string   `json:"webhookEvent"`
		User  jiraUser `json:"user"`
		Issue struct {
			Key string `json:"key"`
		} `json:"issue"`
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return Notice{}, err
	}
	if !strings.HasPrefix(v.Event, "jira:issue_") || !j.keys.MatchString(v.Issue.Key) {
		return Notice{}, nil
	}
	return Notice{Key: v.Issue.Key, By: j.account(v.User), At: stamp(body)}, nil
}

// stamp tells one delivery from another, and not a delivery from its repetition.
func stamp(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:8])
}
