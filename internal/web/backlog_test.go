package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/prevention"
)

// tellTracker gives the action of the reference incident an issue that somebody has changed meanwhile.
func tellTracker(t *testing.T) (*memory, prevention.Action) {
	t.Helper()
	m := tell(t, drafted)
	c, err := m.Case(t.Context(), theIncident)
	if err != nil || len(c.Prevention.Actions) == 0 {
		t.Fatalf("the reference incident has no action: %v", err)
	}
	a := c.Prevention.Actions[0]
	v := a.Values()
	m.do(40*time.Minute, "", prevention.NoteIssue{ID: a.ID, Tracker: "github acme/shop", Key: "42", URL: "https://github.com/acme/shop/issues/42", Ours: v, Theirs: v})
	m.do(41*time.Minute, "paul", prevention.ChangeAction{ID: a.ID, Title: "Ours <b>"})
	m.do(42*time.Minute, "", prevention.TakeIssue{ID: a.ID, Key: "42", Seen: prevention.Values{
		prevention.TitleField: "Theirs <script>", prevention.OwnerField: prevention.Stranger, prevention.DueField: v[prevention.DueField], prevention.StateField: prevention.Shut,
	}})
	return m, a
}

// TestConflictsOnThePage: the action's page shows its issue and what differs, in both languages, and each button does what it says.
func TestConflictsOnThePage(t *testing.T) {
	t.Parallel()
	m, a := tellTracker(t)
	site := open(t, m)
	b := site.as("paul")
	page := b.get("/incidents/" + theIncident).body
	for _, want := range []string{
		`<a href="https://github.com/acme/shop/issues/42" rel="noreferrer">`, "titre : ici « Ours &lt;b&gt; », là-bas « Theirs &lt;script&gt; »",
		"quelqu’un sans compte ici", "fermé sans preuve", "/incidents/" + theIncident + "/unlink-action",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(page, `/resolve-conflict"`); n != 5 { // two for the title and the state, one for the owner
		t.Errorf("%d forms to choose by, want 5", n)
	}
	for _, form := range [][]string{
		{"id", a.ID, "field", "title", "keep", "theirs"}, {"id", a.ID, "field", "owner", "keep", "ours"},
		{"id", a.ID, "field", "state", "keep", "theirs", "proof", "https://example.org/1"},
	} {
		if r := b.act("resolve-conflict", form...); r.status != http.StatusSeeOther {
			t.Errorf("%v answers %d: %s", form, r.status, sentence(r.body))
		}
	}
	// A link waits for another person, who may be of the board; whoever gave it sees that it waits and no button to confirm.
	waits := b.get("/incidents/" + theIncident).body
	if strings.Contains(waits, "/confirm-action") || !strings.Contains(waits, "/doubt-action") || !strings.Contains(waits, "preuve de Paul Martin à confirmer par une autre personne : https://example.org/1") {
		t.Error("to whoever gave the proof the page does not show that it waits for another person")
	}
	board := site.as("bea")
	if !strings.Contains(board.get("/incidents/"+theIncident).body, "/confirm-action") {
		t.Error("the board is not asked to confirm the proof")
	}
	if r := board.act("confirm-action", "id", a.ID); r.status != http.StatusSeeOther {
		t.Errorf("confirming answers %d: %s", r.status, sentence(r.body))
	}
	c, err := m.Case(t.Context(), theIncident)
	if now := c.Prevention.Actions[0]; err != nil || len(now.Conflicts) > 0 || now.Title != "Theirs <script>" || now.Closed == nil {
		t.Errorf("after choosing the action is %+v, %v", now, err)
	}
	if r := b.act("unlink-action", "id", a.ID); r.status != http.StatusSeeOther {
		t.Errorf("unlinking answers %d: %s", r.status, sentence(r.body))
	}
	if page := b.get("/actions?all=yes").body; !strings.Contains(page, "github acme/shop") {
		t.Error("the roadmap does not name the tracker")
	}
}

// TestNobodySpeaksForTheTracker: what the system notes of a tracker is no command of people.
func TestNobodySpeaksForTheTracker(t *testing.T) {
	t.Parallel()
	for _, c := range []any{prevention.TakeIssue{}, prevention.NoteIssue{}, prevention.NoteSync{}, prevention.NoteGone{}} {
		if name, ok := NameOf(c); ok {
			t.Errorf("%T is the command %s", c, name)
		}
	}
}
