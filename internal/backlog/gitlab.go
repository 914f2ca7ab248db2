package backlog

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// gitlab is GitLab Issues, REST API v4, of gitlab.com and of a house's own.
type gitlab struct {
	config Config
	send   *sender

	mu  sync.Mutex
	ids map[string]int64 // of accounts, by login: issues are assigned by number
}

func openGitLab(c Config, s *sender) service {
	return &gitlab{config: c, send: s, ids: map[string]int64{}}
}

// gitlabIssue is what of an issue's JSON is read.
type gitlabIssue struct {
	IID         int64        `json:"iid"`
	Title       string       `json:"title"`
	Description string       `json:"description"`
	State       string       `json:"state"`
	Assignees   []gitlabUser `json:"assignees"`
	ClosedBy    gitlabUser   `json:"closed_by"`
	DueDate     string       `json:"due_date"`
	CreatedAt   time.Time    `json:"created_at"`
	UpdatedAt   time.Time    `json:"updated_at"`
}

type gitlabUser struct {
	ID       int64  `json:"id"`
	Username string `json:"username"`
}

func (g *gitlab) issue(i gitlabIssue) (Issue, error) {
	if i.IID <= 0 || i.State != "opened" && i.State != "closed" {
		return Issue{}, errors.New("its answer holds an issue without a number or a state")
	}
	key := strconv.FormatInt(i.IID, 10)
	issue := Issue{Key: key, URL: g.url(key), Title: i.Title, Body: i.Description, Due: i.DueDate, Assigned: len(i.Assignees) > 0, Closed: i.State == "closed", Updated: i.UpdatedAt}
	for _, a := range i.Assignees {
		issue.Assignees = append(issue.Assignees, known(g.config.loginHere(a.Username))...)
	}
	if issue.Closed {
		issue.ClosedBy = g.config.loginHere(i.ClosedBy.Username)
	}
	return issue, nil
}

func (g *gitlab) path(rest string) string {
	return "/api/v4/projects/" + url.PathEscape(g.config.Project) + rest
}

func (g *gitlab) get(ctx context.Context, key string) (Issue, error) {
	return g.one(ctx, http.MethodGet, "/issues/"+key, nil)
}

func (g *gitlab) one(ctx context.Context, method, rest string, body any) (Issue, error) {
	var i gitlabIssue
	if err := g.send.ask(ctx, method, g.path(rest), body, &i); err != nil {
		return Issue{}, err
	}
	return g.issue(i)
}

// account gives the number of an account; nothing for a login that nobody has.
func (g *gitlab) account(ctx context.Context, here string) ([]int64, error) {
	login := g.config.loginThere(here)
	if login == "" {
		return []int64{}, nil
	}
	g.mu.Lock()
	id, ok := g.ids[login]
	g.mu.Unlock()
	if ok {
		return []int64{id}, nil
	}
	var list []gitlabUser
	if err := g.send.ask(ctx, http.MethodGet, "/api/v4/users?username="+url.QueryEscape(login), nil, &list); err != nil {
		return nil, err
	}
	for _, u := range list {
		if strings.EqualFold(u.Username, login) && u.ID > 0 {
			g.mu.Lock()
			g.ids[login] = u.ID
			g.mu.Unlock()
			return []int64{u.ID}, nil
		}
	}
	return []int64{}, nil
}

func (g *gitlab) create(ctx context.Context, d Draft) (Issue, error) {
	body := map[string]any{"title": shortened(d.Title), "description": markdown(d), "labels": strings.Join(d.Labels, ","), "due_date": d.Due}
	ids, err := g.account(ctx, d.Assignee)
	if err != nil {
		return Issue{}, err
	}
	if len(ids) > 0 {
		body["assignee_ids"] = ids
	}
	return g.one(ctx, http.MethodPost, "/issues", body)
}

func (g *gitlab) update(ctx context.Context, now Issue, e Edit) (Issue, error) {
	body := map[string]any{}
	if e.Title != nil {
		body["title"] = shortened(*e.Title)
	}
	if e.Due != nil {
		body["due_date"] = *e.Due
	}
	if e.Assignee != nil {
		ids, err := g.account(ctx, *e.Assignee)
		if err != nil {
			return Issue{}, err
		}
		body["assignee_ids"] = ids
	}
	if e.Closed != nil && *e.Closed != now.Closed {
		body["state_event"] = "reopen"
		if *e.Closed {
			body["state_event"] = "close"
		}
	}
	if len(body) == 0 {
		return now, nil
	}
	return g.one(ctx, http.MethodPut, "/issues/"+now.Key, body)
}

func (g *gitlab) find(ctx context.Context, marker string, since time.Time) (Issue, bool, error) {
	q := url.Values{"scope": {"all"}, "order_by": {"created_at"}, "sort": {"desc"}, "created_after": {since.Add(-skew).UTC().Format(time.RFC3339)}, "per_page": {strconv.Itoa(pageSize)}}
	for page := 1; page <= maxPages; page++ {
		q.Set("page", strconv.Itoa(page))
		a, err := g.send.send(ctx, http.MethodGet, g.path("/issues?"+q.Encode()), nil, nil)
		if err != nil {
			return Issue{}, false, err
		}
		issues, _, err := g.list(a)
		if err != nil {
			return Issue{}, false, err
		}
		for _, i := range issues {
			if strings.Contains(i.Body, begins(marker)) {
				return i, true, nil
			}
		}
		if a.header.Get("X-Next-Page") == "" {
			return Issue{}, false, nil
		}
	}
	return Issue{}, false, tooMany("look through the issues")
}

func (g *gitlab) comment(ctx context.Context, c Comment) error {
	since := c.Since.Add(-skew)
	for page := 1; page <= maxPages; page++ {
		a, err := g.send.send(ctx, http.MethodGet, g.path(fmt.Sprintf("/issues/%s/notes?order_by=created_at&sort=desc&per_page=%d&page=%d", c.Key, pageSize, page)), nil, nil)
		if err != nil {
			return err
		}
		var list []struct {
			Body      string    `json:"body"`
			CreatedAt time.Time `json:"created_at"`
		}
		if err := a.read(&list); err != nil {
			return err
		}
		old := false
		for _, said := range list {
			if strings.Contains(said.Body, begins(c.Marker)) {
				return nil
			}
			old = old || said.CreatedAt.Before(since)
		}
		if old || a.header.Get("X-Next-Page") == "" {
			return g.send.ask(ctx, http.MethodPost, g.path("/issues/"+c.Key+"/notes"), map[string]string{"body": begins(c.Marker) + "\n" + escape(c.Text)}, nil)
		}
	}
	return tooMany("look through the comments")
}

func (g *gitlab) changed(ctx context.Context, text string) (Page, error) {
	c := readCursor(text, g.send.now())
	q := url.Values{
		"scope": {"all"}, "order_by": {"updated_at"}, "sort": {"asc"}, "updated_after": {c.Since.UTC().Format(time.RFC3339Nano)},
		"per_page": {strconv.Itoa(pageSize)}, "page": {strconv.Itoa(c.Page)},
	}
	a, err := g.send.send(ctx, http.MethodGet, g.path("/issues?"+q.Encode()), nil, nil)
	if err != nil {
		return Page{}, err
	}
	issues, last, err := g.list(a)
	if err != nil {
		return Page{}, err
	}
	next, more := c.onwards(last, a.header.Get("X-Next-Page") != "", "")
	return Page{Issues: issues, Cursor: next.text(), More: more}, nil
}

func (g *gitlab) list(a answer) (issues []Issue, last time.Time, err error) {
	var list []gitlabIssue
	if err := a.read(&list); err != nil {
		return nil, last, err
	}
	for _, i := range list {
		issue, err := g.issue(i)
		if err != nil {
			return nil, last, err
		}
		issues, last = append(issues, issue), i.UpdatedAt
	}
	return issues, last, nil
}

func (g *gitlab) key(text string) (string, bool) {
	return number(strings.TrimPrefix(text, g.url("")))
}

func (g *gitlab) url(key string) string {
	return g.config.URL + "/" + g.config.Project + "/-/issues/" + key
}

func (g *gitlab) check(ctx context.Context) (string, error) {
	var project struct {
		Path string `json:"path_with_namespace"`
	}
	err := g.send.ask(ctx, http.MethodGet, g.path(""), nil, &project)
	return project.Path, err
}
