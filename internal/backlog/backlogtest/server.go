// Package backlogtest is GitHub, GitLab and Jira as local servers that keep issues and fail on demand.
//
// They speak the documented requests and answers of the trackers' APIs as far as Safelight uses them: pages, ETags, limits, refusals,
// transitions.
package backlogtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// Token is what requests must carry.
const Token = "trackers-token"

// Issue is an issue as the server keeps it.
type Issue struct {
	Number     int
	Title      string
	Body       string
	Labels     []string
	Assignee   string
	Due        string
	Closed     bool
	ClosedBy   string
	Pull       bool // GitHub lists pull requests among its issues
	Comments   []string
	Created    time.Time
	Updated    time.Time
	Status     string // of Jira
	notIndexed bool   // Jira's search does not show it yet
}

// Fault is what happens to a request.
type Fault int

// The faults.
const (
	None     Fault = iota
	Down           // 503, and nothing is done
	Lost           // it is done, and the connection breaks before the answer
	Limited        // a limit is used up
	Refusing       // the request is found invalid
)

// Server is one project of a tracker.
type Server struct {
	*httptest.Server
	Kind    string
	Project string
	// Users are the accounts, whom issues may be assigned to.
	Users []string

	mu       sync.Mutex
	issues   []*Issue
	now      time.Time
	fault    func(*http.Request) Fault
	requests []string
	lagging  bool
}

// New starts a server of a kind that package backlog knows.
func New(kind, project string, users ...string) *Server {
	s := &Server{Kind: kind, Project: project, Users: users, now: time.Now().UTC().Truncate(time.Second)}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	return s
}

// Fault has a function decide what happens to each request; nil for nothing.
func (s *Server) Fault(f func(*http.Request) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Lag has the search of Jira not show what is made from now on, until it is called with false.
func (s *Server) Lag(lagging bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lagging = lagging
	for _, i := range s.issues {
		i.notIndexed = i.notIndexed && lagging
	}
}

// Issues gives copies of all issues.
func (s *Server) Issues() []Issue {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Issue
	for _, i := range s.issues {
		list = append(list, *i)
	}
	return list
}

// Requests gives the requests since the last call, as "METHOD path".
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.requests
	s.requests = nil
	return r
}

// Edit changes an issue as a person would in the tracker.
func (s *Server) Edit(number int, change func(*Issue)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.issues {
		if i.Number == number {
			change(i)
			s.touch(i)
		}
	}
}

// Add makes an issue as a person would in the tracker, and gives its number.
func (s *Server) Add(i Issue) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(&i).Number
}

// Delete removes an issue.
func (s *Server) Delete(number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.issues = slices.DeleteFunc(s.issues, func(i *Issue) bool { return i.Number == number })
}

// Key is the key of an issue as the tracker writes it.
func (s *Server) Key(number int) string {
	if s.jira() {
		return fmt.Sprintf("%s-%d", s.Project, number)
	}
	return fmt.Sprint(number)
}

func (s *Server) jira() bool { return strings.HasPrefix(s.Kind, "jira") }

// touch moves the server's clock on: each change has a time of its own, as by a busy tracker with whole seconds.
func (s *Server) touch(i *Issue) {
	s.now = s.now.Add(time.Second)
	i.Updated = s.now
	if i.Closed && i.Status != "Done" {
		i.Status = "Done"
	}
	if !i.Closed && (i.Status == "Done" || i.Status == "") {
		i.Status = "To Do"
	}
}

func (s *Server) add(i *Issue) *Issue {
	last := 0
	for _, o := range s.issues {
		last = max(last, o.Number)
	}
	i.Number, i.notIndexed = last+1, s.lagging
	s.touch(i)
	i.Created = i.Updated
	s.issues = append(s.issues, i)
	return i
}

func (s *Server) find(key string) *Issue {
	for _, i := range s.issues {
		if s.Key(i.Number) == key {
			return i
		}
	}
	return nil
}

// serve authenticates, lets faults happen, and answers by the kind.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.EscapedPath())
	if !s.admitted(r) {
		write(w, http.StatusUnauthorized, map[string]string{"message": "Bad credentials"})
		return
	}
	fault := None
	if s.fault != nil {
		fault = s.fault(r)
	}
	switch fault {
	case Down:
		http.Error(w, "upstream is down", http.StatusServiceUnavailable)
		return
	case Limited:
		s.limit(w)
		return
	case Refusing:
		write(w, http.StatusUnprocessableEntity, map[string]any{"message": "Validation Failed", "errors": []any{map[string]string{"field": "title", "code": "invalid"}}})
		return
	case Lost:
		s.answer(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
	s.answer(w, r)
}

func (s *Server) admitted(r *http.Request) bool {
	switch s.Kind {
	case "gitlab":
		return r.Header.Get("PRIVATE-TOKEN") == Token
	case "jira":
		user, token, _ := r.BasicAuth()
		return user == "bot@house.example" && token == Token
	}
	return r.Header.Get("Authorization") == "Bearer "+Token
}

// limit answers as GitHub does for its secondary limits, and as the others do.
func (s *Server) limit(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	if s.Kind == "github" {
		write(w, http.StatusForbidden, map[string]string{"message": "You have exceeded a secondary rate limit."})
		return
	}
	write(w, http.StatusTooManyRequests, map[string]string{"message": "429 Too Many Requests"})
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	switch s.Kind {
	case "github":
		s.github(w, r)
	case "gitlab":
		s.gitlab(w, r)
	default:
		s.jiraAnswer(w, r)
	}
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may have gone
}

func body(r *http.Request) map[string]any {
	var v map[string]any
	data, err := io.ReadAll(r.Body)
	if err != nil || len(data) > 0 && json.Unmarshal(data, &v) != nil {
		return nil
	}
	return v
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func texts(v any) (list []string) {
	all, _ := v.([]any)
	for _, o := range all {
		list = append(list, text(o))
	}
	return list
}

func notFound(w http.ResponseWriter) {
	write(w, http.StatusNotFound, map[string]string{"message": "Not Found"})
}
