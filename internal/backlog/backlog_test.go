package backlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/backlog/backlogtest"
	"github.com/safelight-dev/safelight/internal/journal"
)

var everyKind = []string{"github", "gitlab", "jira", "jira-datacenter"}

func start(t testing.TB, kind string) (*backlogtest.Server, *Client) {
	t.Helper()
	project := map[string]string{"github": "acme/shop", "gitlab": "acme/web/shop"}[kind]
	if project == "" {
		project = "SHOP"
	}
	s := backlogtest.New(kind, project, "ada-there")
	t.Cleanup(s.Close)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(backlogtest.Token), 0o600); err != nil {
		t.Fatal(err)
	}
	c := Config{Kind: kind, URL: s.URL, Project: project, TokenFile: file, People: map[string]string{"ada": "ada-there"}}
	if kind == "jira" {
		c.User = "bot@house.example"
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	client, err := Open(c, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return s, client
}

func draft(n int) Draft {
	return Draft{Title: fmt.Sprint("action ", n), Text: []string{"why"}, Link: "https://safelight.example.org/x", Marker: fmt.Sprintf("PM-2025-09-27-01/A%d/abc", n), Assignee: "ada", Due: "2025-10-01"}
}

// TestPages: of more issues than a page holds, all that changed are seen, whatever changes while one reads; and what was seen is not seen again.
func TestPages(t *testing.T) {
	t.Parallel()
	for _, kind := range everyKind {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s, c := start(t, kind)
			for n := range 250 {
				s.Add(backlogtest.Issue{Title: fmt.Sprint("issue ", n), Pull: kind == "github" && n%10 == 9})
			}
			seen := map[string]string{}
			cursor, pages := "", 0
			look := func() int {
				n := 0
				for {
					p, err := c.Changed(t.Context(), cursor)
					if err != nil {
						t.Fatal(err)
					}
					for _, i := range p.Issues {
						seen[i.Key] = i.Title
						n++
					}
					if pages++; pages == 1 { // the last issue moves to the front, or the first to the end
						s.Edit(1, func(i *backlogtest.Issue) { i.Title = "moved" })
						s.Edit(201, func(i *backlogtest.Issue) { i.Title = "moved" })
					}
					if cursor = p.Cursor; !p.More {
						return n
					}
				}
			}
			look()
			look()
			want := 250
			if kind == "github" {
				want = 225
			}
			if len(seen) != want || seen[s.Key(1)] != "moved" || seen[s.Key(201)] != "moved" {
				t.Errorf("%d issues seen, want %d; the moved ones are %q and %q", len(seen), want, seen[s.Key(1)], seen[s.Key(201)])
			}
			look()
			if n := look(); kind == "github" && n != 0 || kind == "gitlab" && n > 1 {
				t.Errorf("%d issues of which none has changed", n)
			}
		})
	}
}

// TestFind: an issue is found by its marker among others, and by nothing else.
func TestFind(t *testing.T) {
	t.Parallel()
	for _, kind := range everyKind {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s, c := start(t, kind)
			before := time.Now()
			if _, found, err := c.Find(t.Context(), draft(1).Marker, before); found || err != nil {
				t.Errorf("found %v, %v among none", found, err)
			}
			made, err := c.Create(t.Context(), draft(1))
			if err != nil || len(made.Assignees) != 1 || made.Assignees[0] != "ada" {
				t.Fatalf("made %+v, %v", made, err)
			}
			for n := range 150 {
				s.Add(backlogtest.Issue{Title: fmt.Sprint("other ", n)})
			}
			if i, found, err := c.Find(t.Context(), draft(1).Marker, before); !found || err != nil || i.Key != made.Key {
				t.Errorf("found %+v, %v, %v; want %s", i, found, err, made.Key)
			}
			if _, found, err := c.Find(t.Context(), draft(11).Marker, before); found || err != nil {
				t.Errorf("the issue of A1 is taken for that of A11: %v %v", found, err)
			}
		})
	}
}

// TestEdit: an edit changes what it names and nothing else, also of the text.
func TestEdit(t *testing.T) {
	t.Parallel()
	for _, kind := range everyKind {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s, c := start(t, kind)
			i, err := c.Create(t.Context(), draft(1))
			if err != nil {
				t.Fatal(err)
			}
			s.Edit(1, func(i *backlogtest.Issue) {
				if kind == "github" {
					i.Body = "before\n" + i.Body + "\nafter"
				}
			})
			if i, err = c.Get(t.Context(), i.Key); err != nil {
				t.Fatal(err)
			}
			title, due, nobody, yes := strings.Repeat("é", 300), "2025-12-01", "", true
			d := draft(1)
			d.Text = []string{"due " + due}
			i, err = c.Update(t.Context(), i, Edit{Title: &title, Due: &due, Assignee: &nobody, Closed: &yes, Draft: d})
			if err != nil {
				t.Fatal(err)
			}
			kept := s.Issues()[0]
			if n := len([]rune(kept.Title)); n != 255 || !i.Closed || i.Assigned || kept.Assignee != "" {
				t.Errorf("title of %d characters, %+v", n, kept)
			}
			if kind == "github" && (!strings.HasPrefix(kept.Body, "before\n<!-- safelight") || !strings.HasSuffix(kept.Body, "\nafter") || !strings.Contains(kept.Body, "due 2025-12-01")) {
				t.Errorf("the text is %q", kept.Body)
			}
			no := false
			if i, err = c.Update(t.Context(), i, Edit{Closed: &no}); err != nil || i.Closed {
				t.Errorf("reopened it is %+v, %v", i, err)
			}
			said := Comment{Key: i.Key, Marker: "m/1", Text: "hello @all", Since: time.Now()}
			for range 2 {
				if err := c.Comment(t.Context(), said); err != nil {
					t.Fatal(err)
				}
			}
			if n := len(s.Issues()[0].Comments); n != 1 {
				t.Errorf("%d comments, want 1", n)
			}
		})
	}
}

// TestFaults: what each answer of a tracker means, and that none of them names the token.
func TestFaults(t *testing.T) {
	t.Parallel()
	hour := fmt.Sprint(time.Now().Add(time.Hour).Unix())
	for name, test := range map[string]struct {
		status int
		header map[string]string
		body   string
		wait   time.Duration // about
		want   string
		is     error
	}{
		"primary limit":    {403, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": hour}, `{"message":"API rate limit exceeded"}`, time.Hour, "pause", nil},
		"secondary limit":  {403, map[string]string{"Retry-After": "30"}, `{"message":"You have exceeded a secondary rate limit"}`, 30 * time.Second, "pause", nil},
		"without a header": {403, nil, `{"message":"You have exceeded a secondary rate limit"}`, time.Minute, "pause", nil},
		"gitlab's limit":   {429, map[string]string{"RateLimit-Reset": hour}, "Retry later", time.Hour, "pause", nil},
		"a date":           {429, map[string]string{"Retry-After": time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)}, "", time.Minute, "pause", nil},
		"endless":          {429, map[string]string{"Retry-After": "99999999999"}, "", time.Minute, "pause", nil},
		"forbidden":        {403, nil, `{"message":"Resource not accessible by personal access token"}`, 0, "403 Forbidden: ", nil},
		"bad token":        {401, nil, `{"message":"Bad credentials"}`, 0, "401 Unauthorized", nil},
		"gone":             {410, nil, `{"message":"This issue was deleted"}`, 0, "not found", ErrGone},
		"not there":        {404, nil, ``, 0, "not found", ErrGone},
		"moved":            {301, map[string]string{"Location": "https://elsewhere.example/"}, ``, 0, "not found", ErrGone},
		"invalid":          {422, nil, "{\"message\":\"Validation\n\u202eFailed\"}", 0, `Validation Failed`, nil},
		"no JSON":          {200, nil, `<html>`, 0, "not the JSON", nil},
		"a pull request":   {200, nil, `{"number":1,"state":"open","pull_request":{}}`, 0, "pull request", nil},
		"no number":        {200, nil, `{}`, 0, "without a number", nil},
		"upstream":         {502, nil, `<html>`, 0, "502 Bad Gateway", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for k, v := range test.header {
					w.Header().Set(k, v)
				}
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.body)
			}))
			defer s.Close()
			file := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(file, []byte("s3cret"), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := Open(Config{Kind: "github", URL: s.URL, Project: "a/b", TokenFile: file}, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Get(t.Context(), "1")
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "s3cret") || strings.ContainsAny(err.Error(), "\n\u202e") {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("error %v is not %v", err, test.is)
			}
			var wait *WaitError
			if got := errors.As(err, &wait); got != (test.wait > 0) {
				t.Fatalf("error %v, a pause: %v", err, got)
			}
			if wait == nil {
				return
			}
			if name == "endless" {
				return
			}
			if d := time.Until(wait.Until) - test.wait; d > 5*time.Second || d < -5*time.Second {
				t.Errorf("a pause until %v, want about %v", wait.Until, test.wait)
			}
			if _, err := c.Get(t.Context(), "1"); !errors.As(err, &wait) {
				t.Errorf("within the pause it was asked again: %v", err)
			}
		})
	}
}

// TestRests: a tracker that fails again and again is left alone for a while, and asked again after it.
func TestRests(t *testing.T) {
	t.Parallel()
	s, c := start(t, "github")
	now := time.Now()
	sender := c.service.(*github).send
	sender.now = func() time.Time { return now }
	s.Fault(func(*http.Request) backlogtest.Fault { return backlogtest.Down })
	for range 20 {
		_, _ = c.Get(t.Context(), "1") // only what was asked counts
	}
	if n := len(s.Requests()); n != restAfter {
		t.Errorf("%d requests, want %d", n, restAfter)
	}
	s.Fault(nil)
	s.Add(backlogtest.Issue{Title: "x"})
	now = now.Add(restFor + time.Second)
	if _, err := c.Get(t.Context(), "1"); err != nil {
		t.Errorf("after its rest: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		_, _ = c.Get(ended, "1")
	}
	if _, err := c.Get(t.Context(), "1"); err != nil {
		t.Errorf("requests that we ended count as its failures: %v", err)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	ok := Config{Kind: "github", Project: "acme/shop", TokenFile: "token"}
	for want, change := range map[string]func(*Config){
		"":                       func(*Config) {},
		`kind "trello" is none`:  func(c *Config) { c.Kind = "trello" },
		`project "shop": write`:  func(c *Config) { c.Project = "shop" },
		"url: name the address":  func(c *Config) { c.Kind, c.Project = "jira-datacenter", "SHOP" },
		"url: write https":       func(c *Config) { c.URL = "https://user:s3cret@host" },
		"in clear over http":     func(c *Config) { c.URL = "http://github.example.org" },
		"tokenFile: name":        func(c *Config) { c.TokenFile = "" },
		"user: name the e-mail":  func(c *Config) { c.Kind, c.Project, c.URL = "jira", "SHOP", "https://a.atlassian.net" },
		"user belongs to":        func(c *Config) { c.User = "x" },
		"issueType belongs":      func(c *Config) { c.IssueType = "Bug" },
		"states belong":          func(c *Config) { c.States.Closed = "Done" },
		`unproven "ignore"`:      func(c *Config) { c.Unproven = "ignore" },
		"poll 1s is not between": func(c *Config) { c.Poll = time.Second },
		`label "a,b"`:            func(c *Config) { c.Labels = []string{"a,b"} },
		"have the same login":    func(c *Config) { c.People = map[string]string{"ada": "x", "bob": "X"} },
		`people: "ada" has no`:   func(c *Config) { c.People = map[string]string{"ada": ""} },
	} {
		c := ok
		change(&c)
		err := c.Validate()
		if want == "" && err != nil || want != "" && (!errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), want)) || err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	hub := Config{Kind: "github", Project: "acme/shop"}
	jira := Config{Kind: "jira", URL: "https://acme.atlassian.net", Project: "SHOP"}
	for _, test := range []struct {
		c         Config
		text, key string
	}{
		{hub, "42", "42"}, {hub, " #42 ", "42"}, {hub, "https://github.com/acme/shop/issues/42", "42"}, {hub, "https://github.com/acme/other/issues/42", ""},
		{hub, "0", ""}, {hub, "4/../5", ""}, {hub, "", ""}, {jira, "shop-7", "SHOP-7"}, {jira, "https://acme.atlassian.net/browse/SHOP-7", "SHOP-7"}, {jira, "OTHER-7", ""},
		{Config{}, "42", ""},
	} {
		key, url, err := test.c.Key(test.text)
		if key != test.key || (err == nil) != (test.key != "") || err == nil && !strings.HasSuffix(url, "/"+key) {
			t.Errorf("%q is %q at %q, %v; want %q", test.text, key, url, err, test.key)
		}
	}
}

// always answers every request with the same bytes.
type always []byte

func (a always) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(a))}, nil
}

// FuzzAnswers: no answer of a tracker makes a client fail otherwise than by an error, or gives an issue without a key.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"number":1,"state":"open","title":"t","assignees":[{"login":"x"}],"updated_at":"2025-10-01T10:00:00Z"}`))
	f.Add([]byte(`[{"iid":1,"state":"opened","assignees":null,"due_date":null}]`))
	f.Add([]byte(`{"issues":[{"key":"SHOP-1","fields":{"status":{"name":"x","statusCategory":{"key":"done"}},"updated":"2025-10-01T10:00:00.000+0000"}}],"nextPageToken":"t"}`))
	f.Add([]byte(`{"action":"edited","object_kind":"issue","issue":{"number":1,"key":"SHOP-1"},"repository":{"full_name":"a/b"},"webhookEvent":"jira:issue_updated","user":{"accountId":"x"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, kind := range everyKind {
			c := Config{Kind: kind, URL: "https://tracker.example.org", Project: "a/b", People: map[string]string{"ada": "x"}}
			if strings.HasPrefix(kind, "jira") {
				c.Project = "SHOP"
			}
			send := newSender(c, "token", time.Now)
			send.http.Transport = always(data)
			v := kinds[kind].open(c, send)
			if i, err := v.get(t.Context(), "SHOP-1"); err == nil && i.Key == "" {
				t.Errorf("%s: an issue without a key", kind)
			}
			p, err := v.changed(t.Context(), "")
			if err == nil && readCursor(p.Cursor, time.Now()).Since.IsZero() {
				t.Errorf("%s: no cursor after %q", kind, data)
			}
			_, _, _ = v.find(t.Context(), "m", time.Now())
			_, _ = v.notice(http.Header{"X-Github-Event": {"issues"}}, data)
			_ = v.comment(t.Context(), Comment{Key: "1", Marker: "m"})
		}
	})
}
