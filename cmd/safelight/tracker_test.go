package main

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/safelight-dev/safelight/internal/backlog/backlogtest"
)

// trackerKey finds the tracker of a script.
type trackerKey struct{}

type scriptedTracker struct{ server *backlogtest.Server }

// scriptTracker is GitHub with the repository acme/shop: tracker start VARIABLE keeps its address; tracker title N TEXT and tracker close N are
// what people do there; tracker down and tracker up; tracker has N TEXT tells whether the title of issue N, or its state, is TEXT; tracker
// issues N how many there are.
func scriptTracker(ts *testscript.TestScript, _ bool, args []string) {
	t := ts.Value(trackerKey{}).(*scriptedTracker)
	number := 0
	if len(args) > 1 {
		number, _ = strconv.Atoi(args[1]) // of start it is none
	}
	switch args[0] {
	case "start":
		t.server = backlogtest.New("github", "acme/shop", "lead-there")
		ts.Defer(t.server.Close)
		ts.Setenv(args[1], t.server.URL)
	case "title":
		t.server.Edit(number, func(i *backlogtest.Issue) { i.Title = args[2] })
	case "close":
		t.server.Edit(number, func(i *backlogtest.Issue) { i.Closed = true })
	case "down":
		t.server.Fault(func(*http.Request) backlogtest.Fault { return backlogtest.Down })
	case "up":
		t.server.Fault(nil)
	case "issues":
		if n := len(t.server.Issues()); n != number {
			ts.Fatalf("%d issues, want %d", n, number)
		}
	case "has":
		i := t.server.Issues()[number-1]
		state := map[bool]string{false: "open", true: "closed"}[i.Closed]
		if i.Title != args[2] && state != args[2] && !strings.Contains(strings.Join(i.Comments, "\n"), args[2]) {
			ts.Fatalf("issue %d is %q, %s, with the comments %q; want %q", number, i.Title, state, i.Comments, args[2])
		}
	default:
		ts.Fatalf("tracker: there is no %q", args[0])
	}
}
