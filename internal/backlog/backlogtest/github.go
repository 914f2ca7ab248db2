package backlogtest

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// github answers GitHub's REST API, version 2022-11-28.
func (s *Server) github(w http.ResponseWriter, r *http.Request) {
	rest, ok := strings.CutPrefix(r.URL.Path, "/repos/"+s.Project)
	if !ok {
		notFound(w)
		return
	}
	switch parts := strings.Split(strings.Trim(rest, "/"), "/"); {
	case rest == "":
		write(w, http.StatusOK, map[string]any{"full_name": s.Project, "has_issues": true, "permissions": map[string]bool{"push": true}})
	case rest == "/issues" && r.Method == http.MethodPost:
		s.githubCreate(w, body(r))
	case rest == "/issues":
		s.githubList(w, r)
	case len(parts) >= 2 && parts[0] == "issues":
		i := s.find(parts[1])
		if i == nil {
			notFound(w)
			return
		}
		s.githubOne(w, r, i, parts[2:])
	default:
		notFound(w)
	}
}

func (s *Server) githubOne(w http.ResponseWriter, r *http.Request, i *Issue, rest []string) {
	switch {
	case len(rest) == 1 && rest[0] == "comments" && r.Method == http.MethodPost:
		i.Comments = append(i.Comments, text(body(r)["body"]))
		s.touch(i)
		write(w, http.StatusCreated, map[string]any{"body": i.Comments[len(i.Comments)-1]})
	case len(rest) == 1 && rest[0] == "comments":
		list := []any{}
		for _, c := range i.Comments {
			list = append(list, map[string]any{"body": c, "created_at": i.Updated})
		}
		write(w, http.StatusOK, list)
	case r.Method == http.MethodPatch:
		s.githubPatch(w, i, body(r))
	default:
		write(w, http.StatusOK, s.githubJSON(i))
	}
}

func (s *Server) githubCreate(w http.ResponseWriter, b map[string]any) {
	i := &Issue{Title: strings.TrimSpace(text(b["title"])), Body: text(b["body"]), Labels: texts(b["labels"])}
	if i.Title == "" || len([]rune(i.Title)) > 256 {
		write(w, http.StatusUnprocessableEntity, map[string]any{"message": "Validation Failed"})
		return
	}
	s.githubAssign(i, b)
	write(w, http.StatusCreated, s.githubJSON(s.add(i)))
}

// githubAssign drops those without an account silently, as GitHub does.
func (s *Server) githubAssign(i *Issue, b map[string]any) {
	if _, said := b["assignees"]; !said {
		return
	}
	i.Assignee = ""
	for _, a := range texts(b["assignees"]) {
		if slices.Contains(s.Users, a) {
			i.Assignee = a
		}
	}
}

func (s *Server) githubPatch(w http.ResponseWriter, i *Issue, b map[string]any) {
	i.Title, i.Body = cmp.Or(text(b["title"]), i.Title), cmp.Or(text(b["body"]), i.Body)
	s.githubAssign(i, b)
	switch b["state"] {
	case "closed":
		i.Closed, i.ClosedBy = true, "safelight-bot"
	case "open":
		i.Closed, i.ClosedBy = false, ""
	}
	s.touch(i)
	write(w, http.StatusOK, s.githubJSON(i))
}

func (s *Server) githubJSON(i *Issue) map[string]any {
	v := map[string]any{
		"number": i.Number, "title": i.Title, "body": i.Body, "state": "open", "state_reason": nil, "html_url": s.URL + "/issues/" + fmt.Sprint(i.Number),
		"assignees": []any{}, "assignee": nil, "closed_by": nil, "created_at": i.Created, "updated_at": i.Updated, "labels": []any{},
	}
	if i.Closed {
		v["state"], v["state_reason"] = "closed", "completed"
		v["closed_by"] = map[string]string{"login": i.ClosedBy}
	}
	if i.Assignee != "" {
		v["assignees"] = []any{map[string]any{"login": i.Assignee, "id": 1}}
	}
	if i.Pull {
		v["pull_request"] = map[string]string{"url": "…"}
	}
	return v
}

// githubList sorts, pages with a Link header and knows an ETag.
func (s *Server) githubList(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	since, _ := time.Parse(time.RFC3339, q.Get("since"))
	list := s.sorted(since, q.Get("sort") == "created", q.Get("direction") == "desc")
	page, more := paged(list, q)
	out := []any{}
	for _, i := range page {
		out = append(out, s.githubJSON(i))
	}
	data, _ := json.Marshal(out)
	tag := fmt.Sprintf(`W/"%x"`, sha256.Sum256(data))
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if more {
		next := *r.URL
		q.Set("page", strconv.Itoa(pageOf(q)+1))
		next.RawQuery = q.Encode()
		w.Header().Set("Link", fmt.Sprintf(`<%s%s>; rel="next", <%s%s>; rel="last"`, s.URL, next.String(), s.URL, next.String()))
	}
	write(w, http.StatusOK, out)
}

// sorted gives the issues that changed since then.
func (s *Server) sorted(since time.Time, created, desc bool) []*Issue {
	list := slices.DeleteFunc(slices.Clone(s.issues), func(i *Issue) bool { return i.Updated.Before(since) })
	slices.SortStableFunc(list, func(a, b *Issue) int {
		order := a.Updated.Compare(b.Updated)
		if created {
			order = a.Created.Compare(b.Created)
		}
		if desc {
			order = -order
		}
		return order
	})
	return list
}

func pageOf(q url.Values) int {
	n, _ := strconv.Atoi(q.Get("page"))
	return max(n, 1)
}

func paged(list []*Issue, q url.Values) (page []*Issue, more bool) {
	size, _ := strconv.Atoi(q.Get("per_page"))
	size = max(size, 1)
	from := min((pageOf(q)-1)*size, len(list))
	to := min(from+size, len(list))
	return list[from:to], to < len(list)
}
