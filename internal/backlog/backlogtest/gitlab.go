package backlogtest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// gitlab answers GitLab's REST API v4.
func (s *Server) gitlab(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/api/v4/users" {
		list := []any{}
		if n := slices.Index(s.Users, r.URL.Query().Get("username")); n >= 0 {
			list = append(list, map[string]any{"id": n + 1, "username": s.Users[n]})
		}
		write(w, http.StatusOK, list)
		return
	}
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/api/v4/projects/"+url.PathEscape(s.Project))
	if !ok {
		notFound(w)
		return
	}
	switch parts := strings.Split(strings.Trim(rest, "/"), "/"); {
	case rest == "":
		write(w, http.StatusOK, map[string]any{"path_with_namespace": s.Project})
	case rest == "/issues" && r.Method == http.MethodPost:
		s.gitlabCreate(w, body(r))
	case rest == "/issues":
		s.gitlabList(w, r)
	case len(parts) >= 2 && parts[0] == "issues":
		i := s.find(parts[1])
		if i == nil {
			notFound(w)
			return
		}
		s.gitlabOne(w, r, i, parts[2:])
	default:
		notFound(w)
	}
}

func (s *Server) gitlabCreate(w http.ResponseWriter, b map[string]any) {
	i := &Issue{Title: text(b["title"]), Body: text(b["description"]), Labels: strings.Split(text(b["labels"]), ","), Due: text(b["due_date"])}
	if i.Title == "" || len([]rune(i.Title)) > 255 {
		write(w, http.StatusBadRequest, map[string]any{"message": map[string]any{"title": []string{"is too long (maximum is 255 characters)"}}})
		return
	}
	s.gitlabAssign(i, b)
	write(w, http.StatusCreated, s.gitlabJSON(s.add(i)))
}

func (s *Server) gitlabAssign(i *Issue, b map[string]any) {
	ids, said := b["assignee_ids"].([]any)
	if !said {
		return
	}
	i.Assignee = ""
	for _, id := range ids {
		if n, ok := id.(float64); ok && n >= 1 && int(n) <= len(s.Users) {
			i.Assignee = s.Users[int(n)-1]
		}
	}
}

func (s *Server) gitlabOne(w http.ResponseWriter, r *http.Request, i *Issue, rest []string) {
	switch {
	case len(rest) == 1 && rest[0] == "notes" && r.Method == http.MethodPost:
		i.Comments = append(i.Comments, text(body(r)["body"]))
		s.touch(i)
		write(w, http.StatusCreated, map[string]any{"body": i.Comments[len(i.Comments)-1]})
	case len(rest) == 1 && rest[0] == "notes":
		list := []any{}
		for _, c := range slices.Backward(i.Comments) {
			list = append(list, map[string]any{"body": c, "created_at": i.Updated})
		}
		write(w, http.StatusOK, list)
	case r.Method == http.MethodPut:
		b := body(r)
		i.Title, i.Due = cmp.Or(text(b["title"]), i.Title), cmp.Or(text(b["due_date"]), i.Due)
		s.gitlabAssign(i, b)
		switch b["state_event"] {
		case "close":
			i.Closed, i.ClosedBy = true, "safelight-bot"
		case "reopen":
			i.Closed, i.ClosedBy = false, ""
		}
		s.touch(i)
		write(w, http.StatusOK, s.gitlabJSON(i))
	default:
		write(w, http.StatusOK, s.gitlabJSON(i))
	}
}

func (s *Server) gitlabJSON(i *Issue) map[string]any {
	v := map[string]any{
		"id": 1000 + i.Number, "iid": i.Number, "title": i.Title, "description": i.Body, "state": "opened", "due_date": nil,
		"assignees": []any{}, "closed_by": nil, "created_at": i.Created, "updated_at": i.Updated, "web_url": s.URL + "/" + s.Project + "/-/issues/" + fmt.Sprint(i.Number),
	}
	if i.Closed {
		v["state"], v["closed_by"] = "closed", map[string]any{"id": 1, "username": i.ClosedBy}
	}
	if i.Due != "" {
		v["due_date"] = i.Due
	}
	if i.Assignee != "" {
		v["assignees"] = []any{map[string]any{"id": 1 + slices.Index(s.Users, i.Assignee), "username": i.Assignee}}
	}
	return v
}

func (s *Server) gitlabList(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	since, _ := time.Parse(time.RFC3339Nano, cmp.Or(q.Get("updated_after"), q.Get("created_after")))
	page, more := paged(s.sorted(since, q.Get("order_by") == "created_at", q.Get("sort") == "desc"), q)
	out := []any{}
	for _, i := range page {
		out = append(out, s.gitlabJSON(i))
	}
	w.Header().Set("X-Next-Page", "")
	if more {
		w.Header().Set("X-Next-Page", strconv.Itoa(pageOf(q)+1))
	}
	write(w, http.StatusOK, out)
}
