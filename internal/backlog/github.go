package backlog

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// github is GitHub Issues, REST API version 2022-11-28, of github.com and of Enterprise Server.
type github struct {
	config Config
	send   *sender
	web    string // where people see it
}

const githubURL = "https://api.github.com"

func openGitHub(c Config, s *sender) service {
	web := strings.TrimSuffix(c.URL, "/api/v3")
	if c.URL == githubURL {
		web = "https://github.com"
	}
	return &github{c, s, web}
}

// githubIssue is what of an issue's JSON is read.
type githubIssue struct {
	Number    int64        `json:"number"`
	Title     string       `json:"title"`
	Body      string       `json:"body"`
	State     string       `json:"state"`
	Assignees []githubUser `json:"assignees"`
	ClosedBy  githubUser   `json:"closed_by"`
	CreatedAt time.Time    `json:"created_at"`
	UpdatedAt time.Time    `json:"updated_at"`
	// PullRequest is there where the issue is a pull request, which the same addresses serve.
	PullRequest *struct{} `json:"pull_request"`
}

type githubUser struct {
	Login string `json:"login"`
}

func (g *github) issue(i githubIssue) (Issue, error) {
	if i.Number <= 0 || i.State != "open" && i.State != "closed" {
		return Issue{}, errors.New("its answer holds an issue without a number or a state")
	}
	key := strconv.FormatInt(i.Number, 10)
	issue := Issue{Key: key, URL: g.url(key), Title: i.Title, Body: i.Body, Assigned: len(i.Assignees) > 0, Closed: i.State == "closed", Updated: i.UpdatedAt}
	for _, a := range i.Assignees {
		issue.Assignees = append(issue.Assignees, known(g.config.loginHere(a.Login))...)
	}
	if issue.Closed {
		issue.ClosedBy = g.config.loginHere(i.ClosedBy.Login)
	}
	return issue, nil
}

func known(login string) []string {
	if login == "" {
		return nil
	}
	return []string{login}
}

func (g *github) path(rest string) string { return "/repos/" + g.config.Project + rest }

func (g *github) get(ctx context.Context, key string) (Issue, error) {
	var i githubIssue
	err := g.send.ask(ctx, http.MethodGet, g.path("/issues/"+key), nil, &i)
	switch {
	case errors.Is(err, errMoved):
		return Issue{}, ErrGone // to another repository
	case err != nil:
		return Issue{}, err
	case i.PullRequest != nil:
		return Issue{}, &RefusedError{"#" + key + " is a pull request"}
	}
	return g.issue(i)
}

func (g *github) create(ctx context.Context, d Draft) (Issue, error) {
	body := map[string]any{"title": shortened(d.Title), "body": markdown(d), "labels": d.Labels}
	if login := g.config.loginThere(d.Assignee); login != "" {
		body["assignees"] = []string{login}
	}
	var i githubIssue
	if err := g.send.ask(ctx, http.MethodPost, g.path("/issues"), body, &i); err != nil {
		return Issue{}, err
	}
	return g.issue(i)
}

func (g *github) update(ctx context.Context, now Issue, e Edit) (Issue, error) {
	body := map[string]any{}
	if e.Title != nil {
		body["title"] = shortened(*e.Title)
	}
	if e.Assignee != nil {
		body["assignees"] = append([]string{}, known(g.config.loginThere(*e.Assignee))...)
	}
	if e.Closed != nil {
		body["state"] = "open"
		if *e.Closed {
			body["state"], body["state_reason"] = "closed", "completed"
		}
	}
	if text, is := rewritten(now.Body, e.Draft); e.Due != nil && is {
		body["body"] = text
	}
	if len(body) == 0 {
		return now, nil
	}
	var i githubIssue
	if err := g.send.ask(ctx, http.MethodPatch, g.path("/issues/"+now.Key), body, &i); err != nil {
		return Issue{}, err
	}
	return g.issue(i)
}

// find reads the list, which shows a new issue at once; the search does so after a while.
func (g *github) find(ctx context.Context, marker string, since time.Time) (Issue, bool, error) {
	since = since.Add(-skew)
	q := url.Values{"state": {"all"}, "sort": {"created"}, "direction": {"desc"}, "per_page": {strconv.Itoa(pageSize)}, "since": {since.UTC().Format(time.RFC3339)}}
	for page := 1; page <= maxPages; page++ {
		q.Set("page", strconv.Itoa(page))
		a, err := g.send.send(ctx, http.MethodGet, g.path("/issues?"+q.Encode()), nil, nil)
		if err != nil {
			return Issue{}, false, err
		}
		var list []githubIssue
		if err := a.read(&list); err != nil {
			return Issue{}, false, err
		}
		for _, i := range list {
			if i.CreatedAt.Before(since) {
				return Issue{}, false, nil
			}
			if i.PullRequest == nil && strings.Contains(i.Body, begins(marker)) {
				issue, err := g.issue(i)
				return issue, err == nil, err
			}
		}
		if !hasNext(a.header) {
			return Issue{}, false, nil
		}
	}
	return Issue{}, false, tooMany("look through the issues")
}

var nextLink = regexp.MustCompile(`<[^>]*>;[^,]*\brel="next"`)

// hasNext reads the header Link (RFC 8288).
func hasNext(h http.Header) bool { return nextLink.MatchString(strings.Join(h.Values("Link"), ", ")) }

func (g *github) comment(ctx context.Context, c Comment) error {
	q := url.Values{"per_page": {strconv.Itoa(pageSize)}, "since": {c.Since.Add(-skew).UTC().Format(time.RFC3339)}}
	for page := 1; ; page++ {
		q.Set("page", strconv.Itoa(page))
		a, err := g.send.send(ctx, http.MethodGet, g.path("/issues/"+c.Key+"/comments?"+q.Encode()), nil, nil)
		if err != nil {
			return err
		}
		var list []struct {
			Body string `json:"body"`
		}
		if err := a.read(&list); err != nil {
			return err
		}
		for _, said := range list {
			if strings.Contains(said.Body, begins(c.Marker)) {
				return nil
			}
		}
		if !hasNext(a.header) {
			break
		}
		if page == maxPages {
			return tooMany("look through the comments")
		}
	}
	return g.send.ask(ctx, http.MethodPost, g.path("/issues/"+c.Key+"/comments"), map[string]string{"body": begins(c.Marker) + "\n" + escape(c.Text)}, nil)
}

// changed asks with the ETag of the last answer, where nothing has changed since: a 304 counts against no limit.
func (g *github) changed(ctx context.Context, text string) (Page, error) {
	c := readCursor(text, g.send.now())
	q := url.Values{
		"state": {"all"}, "sort": {"updated"}, "direction": {"asc"}, "per_page": {strconv.Itoa(pageSize)},
		"since": {c.Since.UTC().Format(time.RFC3339)}, "page": {strconv.Itoa(c.Page)},
	}
	extra := http.Header{}
	if c.ETag != "" && c.Page == 1 {
		extra.Set("If-None-Match", c.ETag)
	}
	a, err := g.send.send(ctx, http.MethodGet, g.path("/issues?"+q.Encode()), nil, extra)
	if err != nil {
		return Page{}, err
	}
	if a.status == http.StatusNotModified {
		return Page{Cursor: text}, nil
	}
	issues, last, err := g.list(a)
	if err != nil {
		return Page{}, err
	}
	next, more := c.onwards(last, hasNext(a.header), a.header.Get("Etag"))
	return Page{Issues: issues, Cursor: next.text(), More: more}, nil
}

// list reads a page of issues, pull requests left out, and when the last of them changed.
func (g *github) list(a answer) (issues []Issue, last time.Time, err error) {
	var list []githubIssue
	if err := a.read(&list); err != nil {
		return nil, last, err
	}
	for _, i := range list {
		last = i.UpdatedAt
		if i.PullRequest != nil {
			continue
		}
		issue, err := g.issue(i)
		if err != nil {
			return nil, last, err
		}
		issues = append(issues, issue)
	}
	return issues, last, nil
}

func (g *github) key(text string) (string, bool) {
	return number(strings.TrimPrefix(text, g.url("")))
}

var numbers = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)

func number(text string) (string, bool) { return text, numbers.MatchString(text) }

func (g *github) url(key string) string { return g.web + "/" + g.config.Project + "/issues/" + key }

func (g *github) check(ctx context.Context) (string, error) {
	var repository struct {
		FullName  string `json:"full_name"`
		HasIssues bool   `json:"has_issues"`
		Rights    struct {
			Push   bool `json:"push"`
			Triage bool `json:"triage"`
		} `json:"permissions"`
	}
	if err := g.send.ask(ctx, http.MethodGet, g.path(""), nil, &repository); err != nil {
		return "", err
	}
	switch {
	case !repository.HasIssues:
		return "", fmt.Errorf("the repository %s has no issues: switch them on", g.config.Project)
	case !repository.Rights.Push && !repository.Rights.Triage:
		return "", errors.New("the token may read the repository but not change its issues: give it write access to issues")
	}
	return repository.FullName, nil
}
