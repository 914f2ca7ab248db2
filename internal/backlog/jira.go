package backlog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// jira is Jira: Cloud by REST API v3, whose texts are documents (ADF) and whose accounts are ids, and Data Center by v2, whose texts
// are wiki markup and whose accounts are names.
type jira struct {
	config Config
	send   *sender
	cloud  bool
	keys   *regexp.Regexp
}

func openJira(c Config, s *sender) service {
	if c.IssueType == "" {
		c.IssueType = "Task"
	}
	return &jira{c, s, c.Kind == "jira", regexp.MustCompile(`^` + c.Project + `-[1-9][0-9]{0,17}$`)}
}

// jiraIssue is what of an issue's JSON is read.
type jiraIssue struct {
	Key    string `json:"key"`
	Fields struct {
		Summary  string     `json:"summary"`
		Status   jiraStatus `json:"status"`
		Assignee *jiraUser  `json:"assignee"`
		DueDate  string     `json:"duedate"`
		Updated  jiraTime   `json:"updated"`
	} `json:"fields"`
}

type jiraStatus struct {
	Name     string `json:"name"`
	Category struct {
		Key string `json:"key"` // new, indeterminate, done
	} `json:"statusCategory"`
}

type jiraUser struct {
	AccountID string `json:"accountId"`
	Name      string `json:"name"`
}

// jiraTime is a time as Jira writes it: 2025-10-01T10:00:00.000+0000.
type jiraTime struct{ time.Time }

// UnmarshalJSON reads a time; what is none is the zero time, which is never newer than a cursor.
func (t *jiraTime) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	t.Time, _ = time.Parse("2006-01-02T15:04:05.999-0700", s)
	return nil
}

const jiraFields = "summary,status,assignee,duedate,updated"

func (j *jira) issue(i jiraIssue) (Issue, error) {
	if !j.keys.MatchString(i.Key) || i.Fields.Status.Name == "" {
		return Issue{}, errors.New("its answer holds an issue without a key of the project or a status")
	}
	issue := Issue{
		Key: i.Key, URL: j.url(i.Key), Title: i.Fields.Summary, Due: i.Fields.DueDate, Closed: j.closed(i.Fields.Status),
		Assigned: i.Fields.Assignee != nil, Updated: i.Fields.Updated.Time,
	}
	if a := i.Fields.Assignee; a != nil {
		issue.Assignees = known(j.config.loginHere(j.account(*a)))
	}
	return issue, nil
}

func (j *jira) account(u jiraUser) string {
	if j.cloud {
		return u.AccountID
	}
	return u.Name
}

// closed tells whether a status stands for closed: by its category, or because the configuration says so.
func (j *jira) closed(s jiraStatus) bool {
	if s.Name == j.config.States.Open {
		return false
	}
	return s.Category.Key == "done" || s.Name == j.config.States.Closed || slices.Contains(j.config.States.Done, s.Name)
}

func (j *jira) path(rest string) string {
	if j.cloud {
		return "/rest/api/3" + rest
	}
	return "/rest/api/2" + rest
}

func (j *jira) get(ctx context.Context, key string) (Issue, error) {
	var i jiraIssue
	if err := j.send.ask(ctx, http.MethodGet, j.path("/issue/"+key+"?fields="+jiraFields), nil, &i); err != nil {
		return Issue{}, err
	}
	if i.Key != key {
		return Issue{}, ErrGone // moved to another project: Jira answers for the old key with the new issue
	}
	return j.issue(i)
}

// text is a text as Jira takes it.
func (j *jira) text(paragraphs []string, link string) any {
	if !j.cloud {
		var escaped []string
		for _, p := range paragraphs {
			escaped = append(escaped, wiki.Replace(p))
		}
		if link != "" {
			escaped = append(escaped, link)
		}
		return strings.Join(escaped, "\n\n")
	}
	var content []any
	for _, p := range paragraphs {
		content = append(content, adf("paragraph", map[string]any{"type": "text", "text": p}))
	}
	if link != "" {
		content = append(content, adf("paragraph", map[string]any{"type": "text", "text": link, "marks": []any{map[string]any{"type": "link", "attrs": map[string]string{"href": link}}}}))
	}
	return map[string]any{"type": "doc", "version": 1, "content": content}
}

func adf(kind string, content ...any) map[string]any {
	return map[string]any{"type": kind, "content": content}
}

// wiki escapes what Jira's wiki markup would obey, mentions of people among it.
var wiki = strings.NewReplacer(`\`, `\\`, `{`, `\{`, `}`, `\}`, `[`, `\[`, `]`, `\]`, `*`, `\*`, `_`, `\_`, `!`, `\!`, `|`, `\|`, `^`, `\^`, `~`, `\~`, `+`, `\+`)

// label is the marker as a label: Jira's descriptions cannot be searched word by word.
func label(marker string) string { return "safelight-" + strings.ReplaceAll(marker, "/", "-") }

func (j *jira) user(login string) map[string]any {
	there := j.config.loginThere(login)
	switch {
	case there == "":
		return nil
	case j.cloud:
		return map[string]any{"accountId": there}
	}
	return map[string]any{"name": there}
}

func (j *jira) create(ctx context.Context, d Draft) (Issue, error) {
	fields := map[string]any{
		"project": map[string]string{"key": j.config.Project}, "issuetype": map[string]string{"name": j.config.IssueType},
		"summary": shortened(d.Title), "description": j.text(d.Text, d.Link), "labels": append([]string{label(d.Marker)}, d.Labels...),
	}
	if d.Due != "" {
		fields["duedate"] = d.Due
	}
	if u := j.user(d.Assignee); u != nil {
		fields["assignee"] = u
	}
	var made struct {
		Key string `json:"key"`
	}
	if err := j.send.ask(ctx, http.MethodPost, j.path("/issue"), map[string]any{"fields": fields}, &made); err != nil {
		return Issue{}, err
	}
	if !j.keys.MatchString(made.Key) {
		return Issue{}, errors.New("its answer holds no key of the project")
	}
	return j.get(ctx, made.Key)
}

func (j *jira) update(ctx context.Context, now Issue, e Edit) (Issue, error) {
	fields := map[string]any{}
	if e.Title != nil {
		fields["summary"] = shortened(*e.Title)
	}
	if e.Due != nil {
		fields["duedate"] = *e.Due
	}
	if e.Assignee != nil {
		fields["assignee"] = nil
		if u := j.user(*e.Assignee); u != nil {
			fields["assignee"] = u
		}
	}
	if len(fields) > 0 {
		if err := j.send.ask(ctx, http.MethodPut, j.path("/issue/"+now.Key), map[string]any{"fields": fields}, nil); err != nil {
			return Issue{}, err
		}
	}
	if e.Closed != nil && *e.Closed != now.Closed {
		if err := j.move(ctx, now.Key, *e.Closed); err != nil {
			return Issue{}, err
		}
	}
	return j.get(ctx, now.Key)
}

// move takes an issue through the first transition of its workflow that leads where it is to go.
func (j *jira) move(ctx context.Context, key string, closed bool) error {
	var answer struct {
		Transitions []struct {
			ID string     `json:"id"`
			To jiraStatus `json:"to"`
		} `json:"transitions"`
	}
	if err := j.send.ask(ctx, http.MethodGet, j.path("/issue/"+key+"/transitions"), nil, &answer); err != nil {
		return err
	}
	name := j.config.States.Open
	if closed {
		name = j.config.States.Closed
	}
	for _, t := range answer.Transitions {
		if name == "" && j.closed(t.To) == closed || name != "" && t.To.Name == name {
			return j.send.ask(ctx, http.MethodPost, j.path("/issue/"+key+"/transitions"), map[string]any{"transition": map[string]string{"id": t.ID}}, nil)
		}
	}
	wanted := "open"
	if closed {
		wanted = "closed"
	}
	return &RefusedError{fmt.Sprintf("no transition of the workflow leads from where %s stands to %s; name the status under backlog.states", key, wanted)}
}

// search asks for issues by JQL. Cloud pages by a token, Data Center by a number.
func (j *jira) search(ctx context.Context, jql string, c cursor) (list []jiraIssue, next cursor, more bool, err error) {
	q := url.Values{"jql": {jql}, "fields": {jiraFields}, "maxResults": {fmt.Sprint(pageSize)}}
	path := "/search/jql?"
	if c.Token != "" {
		q.Set("nextPageToken", c.Token)
	}
	if !j.cloud {
		path = "/search?"
		q.Set("startAt", fmt.Sprint((c.Page-1)*pageSize))
	}
	var answer struct {
		Issues []jiraIssue `json:"issues"`
		Token  string      `json:"nextPageToken"`
		Total  int         `json:"total"`
	}
	if err := j.send.ask(ctx, http.MethodGet, j.path(path+q.Encode()), nil, &answer); err != nil {
		return nil, c, false, err
	}
	next = c
	next.Token, next.Page = answer.Token, c.Page+1
	more = answer.Token != ""
	if !j.cloud {
		more = len(answer.Issues) > 0 && (c.Page-1)*pageSize+len(answer.Issues) < answer.Total
	}
	return answer.Issues, next, more, nil
}

func (j *jira) find(ctx context.Context, marker string, _ time.Time) (Issue, bool, error) {
	list, _, _, err := j.search(ctx, fmt.Sprintf("project = %q AND labels = %q", j.config.Project, label(marker)), cursor{Page: 1})
	if err != nil || len(list) == 0 {
		return Issue{}, false, err
	}
	i, err := j.issue(list[0])
	return i, err == nil, err
}

// comment names its marker in the text: Jira shows no comments of HTML.
func (j *jira) comment(ctx context.Context, c Comment) error {
	var answer struct {
		Comments []struct {
			Body    json.RawMessage `json:"body"`
			Created jiraTime        `json:"created"`
		} `json:"comments"`
	}
	if err := j.send.ask(ctx, http.MethodGet, j.path("/issue/"+c.Key+"/comment?orderBy=-created&maxResults="+fmt.Sprint(pageSize)), nil, &answer); err != nil {
		return err
	}
	for _, said := range answer.Comments {
		if strings.Contains(string(said.Body), label(c.Marker)) {
			return nil
		}
	}
	text := j.text([]string{c.Text, label(c.Marker)}, "")
	return j.send.ask(ctx, http.MethodPost, j.path("/issue/"+c.Key+"/comment"), map[string]any{"body": text}, nil)
}

// changed goes backwards from the newest change: while one reads, what changes goes to the front, and nothing is missed. JQL's times are in
// the account's own time zone and whole minutes, so that it is asked in minutes before now, with some to spare.
func (j *jira) changed(ctx context.Context, text string) (Page, error) {
	c := readCursor(text, j.send.now())
	minutes := int(math.Ceil(j.send.now().Sub(c.Since).Minutes())) + 5
	list, next, more, err := j.search(ctx, fmt.Sprintf(`project = %q AND updated >= "-%dm" ORDER BY updated DESC`, j.config.Project, max(minutes, 5)), c)
	var refused *RefusedError
	if errors.As(err, &refused) && c.Token != "" {
		return Page{Cursor: cursor{Since: c.Since}.text(), More: true}, nil // the token is too old: from the front again
	}
	if err != nil {
		return Page{}, err
	}
	var page Page
	for _, i := range list {
		issue, err := j.issue(i)
		if err != nil {
			return Page{}, err
		}
		page.Issues = append(page.Issues, issue)
		if issue.Updated.After(next.Top) {
			next.Top = issue.Updated
		}
	}
	if !more {
		next = cursor{Since: later(c.Since, next.Top)}
	}
	page.Cursor, page.More = next.text(), more
	return page, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (j *jira) key(text string) (string, bool) {
	text = strings.ToUpper(strings.TrimPrefix(text, j.url("")))
	return text, j.keys.MatchString(text)
}

func (j *jira) url(key string) string { return j.config.URL + "/browse/" + key }

func (j *jira) check(ctx context.Context) (string, error) {
	var project struct {
		Name string `json:"name"`
	}
	err := j.send.ask(ctx, http.MethodGet, j.path("/project/"+j.config.Project), nil, &project)
	return project.Name, err
}
