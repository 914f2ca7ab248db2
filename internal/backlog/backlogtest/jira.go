package backlogtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const jiraLayout = "2006-01-02T15:04:05.000-0700"

// jiraAnswer answers REST v3 of Jira Cloud and v2 of Data Center.
func (s *Server) jiraAnswer(w http.ResponseWriter, r *http.Request) {
	root := "/rest/api/2"
	if s.Kind == "jira" {
		root = "/rest/api/3"
	}
	rest, ok := strings.CutPrefix(r.URL.Path, root)
	if !ok {
		notFound(w)
		return
	}
	switch parts := strings.Split(strings.Trim(rest, "/"), "/"); {
	case rest == "/project/"+s.Project:
		write(w, http.StatusOK, map[string]string{"key": s.Project, "name": "The Shop"})
	case rest == "/search/jql" && s.Kind == "jira", rest == "/search" && s.Kind != "jira":
		s.jiraSearch(w, r)
	case rest == "/search":
		write(w, http.StatusGone, map[string]any{"errorMessages": []string{"The requested API has been removed."}})
	case rest == "/issue" && r.Method == http.MethodPost:
		s.jiraCreate(w, body(r))
	case len(parts) >= 2 && parts[0] == "issue":
		i := s.find(parts[1])
		if i == nil {
			write(w, http.StatusNotFound, map[string]any{"errorMessages": []string{"Issue does not exist or you do not have permission to see it."}})
			return
		}
		s.jiraOne(w, r, i, parts[2:])
	default:
		notFound(w)
	}
}

func (s *Server) jiraCreate(w http.ResponseWriter, b map[string]any) {
	f, _ := b["fields"].(map[string]any)
	data, _ := json.Marshal(f["description"])
	i := &Issue{Body: string(data), Labels: texts(f["labels"])}
	if !s.jiraSet(w, i, f) {
		return
	}
	if _, plain := f["description"].(string); plain == (s.Kind == "jira") {
		write(w, http.StatusBadRequest, map[string]any{"errorMessages": []string{}, "errors": map[string]string{"description": "Operation value must be an Atlassian Document"}})
		return
	}
	write(w, http.StatusCreated, map[string]string{"id": "10000", "key": s.Key(s.add(i).Number)})
}

// jiraSet takes fields, and refuses somebody who cannot be assigned.
func (s *Server) jiraSet(w http.ResponseWriter, i *Issue, f map[string]any) bool {
	if u, said := f["assignee"]; said {
		user, _ := u.(map[string]any)
		who := text(user["accountId"])
		if s.Kind != "jira" {
			who = text(user["name"])
		}
		if user != nil && !slices.Contains(s.Users, who) {
			write(w, http.StatusBadRequest, map[string]any{"errorMessages": []string{}, "errors": map[string]string{"assignee": "User '" + who + "' cannot be assigned issues."}})
			return false
		}
		i.Assignee = who
	}
	if v, said := f["summary"]; said {
		i.Title = text(v)
	}
	if v, said := f["duedate"]; said {
		i.Due = text(v)
	}
	return true
}

func (s *Server) jiraOne(w http.ResponseWriter, r *http.Request, i *Issue, rest []string) {
	post := r.Method == http.MethodPost
	switch what := strings.Join(rest, "/"); {
	case what == "transitions" && post:
		t, _ := body(r)["transition"].(map[string]any)
		i.Closed = t["id"] == "31"
		i.Status = map[bool]string{true: "Done", false: "To Do"}[i.Closed]
		s.touch(i)
		w.WriteHeader(http.StatusNoContent)
	case what == "transitions":
		write(w, http.StatusOK, map[string]any{"transitions": []any{
			map[string]any{"id": "11", "name": "Back", "to": status("To Do")}, map[string]any{"id": "21", "name": "Start", "to": status("In Progress")},
			map[string]any{"id": "31", "name": "Finish", "to": status("Done")},
		}})
	case what == "comment" && post:
		data, _ := json.Marshal(body(r)["body"])
		i.Comments = append(i.Comments, string(data))
		s.touch(i)
		write(w, http.StatusCreated, map[string]string{"id": "1"})
	case what == "comment":
		list := []any{}
		for _, c := range slices.Backward(i.Comments) {
			list = append(list, map[string]any{"body": json.RawMessage(c), "created": i.Updated.Format(jiraLayout)})
		}
		write(w, http.StatusOK, map[string]any{"comments": list, "total": len(list)})
	case r.Method == http.MethodPut:
		f, _ := body(r)["fields"].(map[string]any)
		if s.jiraSet(w, i, f) {
			s.touch(i)
			w.WriteHeader(http.StatusNoContent)
		}
	default:
		write(w, http.StatusOK, s.jiraJSON(i))
	}
}

func status(name string) map[string]any {
	category := map[string]string{"To Do": "new", "In Progress": "indeterminate", "Done": "done"}[name]
	return map[string]any{"name": name, "statusCategory": map[string]any{"key": category}}
}

func (s *Server) jiraJSON(i *Issue) map[string]any {
	f := map[string]any{"summary": i.Title, "status": status(i.Status), "assignee": nil, "duedate": nil, "updated": i.Updated.Format(jiraLayout)}
	if i.Due != "" {
		f["duedate"] = i.Due
	}
	if i.Assignee != "" {
		f["assignee"] = map[string]string{"accountId": i.Assignee, "displayName": "Somebody"}
		if s.Kind != "jira" {
			f["assignee"] = map[string]string{"name": i.Assignee, "displayName": "Somebody"}
		}
	}
	return map[string]any{"id": "10000", "key": s.Key(i.Number), "fields": f}
}

var (
	byLabel = regexp.MustCompile(`labels = "([^"]+)"`)
	byTime  = regexp.MustCompile(`updated >= "-(\d+)m" ORDER BY updated DESC$`)
)

// jiraSearch knows the JQL that Safelight asks.
func (s *Server) jiraSearch(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	jql, from := q.Get("jql"), 0
	list := s.sorted(time.Time{}, false, true)
	switch m := byLabel.FindStringSubmatch(jql); {
	case m != nil:
		list = slices.DeleteFunc(list, func(i *Issue) bool { return i.notIndexed || !slices.Contains(i.Labels, m[1]) })
	case byTime.MatchString(jql):
		minutes, _ := strconv.Atoi(byTime.FindStringSubmatch(jql)[1])
		since := time.Now().Add(-time.Duration(minutes) * time.Minute)
		list = slices.DeleteFunc(list, func(i *Issue) bool { return i.notIndexed || i.Updated.Before(since) })
	default:
		write(w, http.StatusBadRequest, map[string]any{"errorMessages": []string{"Error in the JQL Query"}})
		return
	}
	size, _ := strconv.Atoi(q.Get("maxResults"))
	if s.Kind == "jira" {
		from, _ = strconv.Atoi(q.Get("nextPageToken"))
	} else {
		from, _ = strconv.Atoi(q.Get("startAt"))
	}
	from = min(from, len(list))
	to := min(from+max(size, 1), len(list))
	out := []any{}
	for _, i := range list[from:to] {
		out = append(out, s.jiraJSON(i))
	}
	answer := map[string]any{"issues": out}
	if s.Kind != "jira" {
		answer["total"], answer["startAt"] = len(list), from
	} else if to < len(list) {
		answer["nextPageToken"] = fmt.Sprint(to)
	}
	write(w, http.StatusOK, answer)
}
