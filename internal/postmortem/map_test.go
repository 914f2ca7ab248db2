package postmortem

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
)

// mapped has three causes, of which C2 leads to C1 by what somebody has said.
func mapped(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, "S1")
	w.do(onCall, AddEvidence{EvidenceFields{Path: "ci.log", SHA256: strings.Repeat("a", 64), Kind: HookLog}})
	w.do(onCall, SetCause{CauseFields{ID: "C1", Kind: Direct, Domain: Operations, Text: "the hook passed"}})
	w.do(onCall, SetCause{CauseFields{ID: "C2", Kind: Contributing, Domain: Operations, Text: "no test", LeadsTo: []string{"C1"}, Evidence: []string{"ci.log"}}})
	w.do(onCall, SetCause{CauseFields{ID: "C3", Kind: Systemic, Domain: Data, Text: "no owner"}})
	return w
}

func TestArrows(t *testing.T) {
	t.Parallel()
	w := mapped(t)
	w.do(onCall, LinkCauses{From: "C3", To: "C1", Evidence: []string{"ci.log"}})
	w.do(onCall, LinkCauses{From: "C3", To: "C2"})
	if c := w.pm.Causes[2]; !slices.Equal(c.LeadsTo, []string{"C1", "C2"}) || !slices.Equal(c.Proofs["C1"], []string{"ci.log"}) || len(c.Proofs["C2"]) != 0 {
		t.Errorf("C3 is %+v", c.CauseFields)
	}
	d := w.draft("en")
	if len(d.Arrows) != 1 || d.Arrows[0].From != "C3" || d.Arrows[0].To != "C1" {
		t.Errorf("the document has the arrows %+v", d.Arrows)
	}
	if back, err := Parse(d.Markdown("en")); err != nil || len(back.Arrows) != 1 {
		t.Errorf("they come back as %+v, %v", back.Arrows, err)
	}
	w.do(onCall, UnlinkCauses{From: "C3", To: "C1"})
	if c := w.pm.Causes[2]; !slices.Equal(c.LeadsTo, []string{"C2"}) || len(c.Proofs) != 0 {
		t.Errorf("C3 is %+v", c.CauseFields)
	}
	for name, c := range map[string]struct {
		command Command
		want    error
	}{
		"a circle":          {LinkCauses{From: "C1", To: "C3"}, journal.ErrInvalid},
		"a circle by set":   {SetCause{CauseFields{ID: "C1", Kind: Direct, Domain: Operations, Text: "x", LeadsTo: []string{"C3"}}}, journal.ErrInvalid},
		"to itself":         {LinkCauses{From: "C1", To: "C1"}, journal.ErrInvalid},
		"to nothing":        {LinkCauses{From: "C1", To: "C9"}, journal.ErrNotFound},
		"from nothing":      {UnlinkCauses{From: "C9", To: "C1"}, journal.ErrNotFound},
		"unknown evidence":  {LinkCauses{From: "C3", To: "C1", Evidence: []string{"none"}}, journal.ErrNotFound},
		"proof of no arrow": {SetCause{CauseFields{ID: "C3", Kind: Systemic, Domain: Data, Text: "x", Proofs: map[string][]string{"C1": {"ci.log"}}}}, journal.ErrInvalid},
	} {
		if _, err := Decide(w.pm, w.inc, c.command, w.env(onCall)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestLeadsByKind: without an arrow the order of the kinds holds, but never against an arrow that somebody has drawn.
func TestLeadsByKind(t *testing.T) {
	t.Parallel()
	w := mapped(t)
	leads := func(id string) []string { return w.pm.Leads(w.pm.Causes[w.pm.cause(id)]) }
	if got := leads("C3"); !slices.Equal(got, []string{"C2"}) {
		t.Errorf("the systemic cause leads to %v", got)
	}
	w.do(onCall, SetCause{CauseFields{ID: "C2", Kind: Contributing, Domain: Operations, Text: "no test", LeadsTo: []string{"C3"}}})
	if got := leads("C3"); !slices.Equal(got, []string{"C1"}) {
		t.Errorf("a systemic cause that a contributing one leads to leads to %v", got)
	}
}

func TestTakeMap(t *testing.T) {
	t.Parallel()
	w := mapped(t)
	w.do(onCall, TakeMap{[]CauseFields{
		{ID: "C1", Kind: Direct, Text: "the hook passed"},
		{ID: "C2", Kind: Contributing, Text: "no test of colour", LeadsTo: []string{"C1"}},
		{ID: "C5", Kind: Systemic, Text: "nobody asked", LeadsTo: []string{"C6"}},
		{ID: "C6", Kind: Contributing, Domain: Model, Text: "an old model", LeadsTo: []string{"C1"}},
	}})
	var texts []string
	for _, c := range w.pm.Causes {
		texts = append(texts, c.ID+" "+string(c.Domain)+" "+c.Text)
	}
	want := []string{"C1 operations the hook passed", "C2 operations no test of colour", "C3 data no owner", "C5 operations nobody asked", "C6 model an old model"}
	if !slices.Equal(texts, want) {
		t.Errorf("the map is %q, want %q", texts, want)
	}
	if c := w.pm.Causes[1]; !slices.Equal(c.Evidence, []string{"ci.log"}) {
		t.Errorf("C2 has lost its evidence: %v", c.Evidence)
	}
	seq := w.pm.Seq
	w.do(onCall, TakeMap{[]CauseFields{{ID: "C1", Kind: Direct, Text: "the hook passed"}}})
	if w.pm.Seq != seq {
		t.Error("what is there already was set again")
	}
	for name, causes := range map[string][]CauseFields{
		"a circle":   {{ID: "C1", Kind: Direct, Text: "x", LeadsTo: []string{"C2"}}, {ID: "C2", Kind: Direct, Text: "y", LeadsTo: []string{"C1"}}},
		"no kind":    {{ID: "C7", Text: "x"}},
		"a bad id":   {{ID: "root", Kind: Direct, Text: "x"}},
		"no text":    {{ID: "C7", Kind: Direct}},
		"to nothing": {{ID: "C7", Kind: Direct, Text: "x", LeadsTo: []string{"C99"}}},
	} {
		if _, err := Decide(w.pm, w.inc, TakeMap{causes}, w.env(onCall)); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLinkBoard(t *testing.T) {
	t.Parallel()
	w := mapped(t)
	w.do(onCall, LinkBoard{BoardLinked{URL: "https://miro.com/app/board/x", Text: "the causes"}})
	w.do(onCall, LinkBoard{BoardLinked{URL: "https://miro.com/app/board/x", Text: "the causes", Snapshot: "ci.log"}})
	if len(w.pm.Boards) != 1 || w.pm.Boards[0].Snapshot != "ci.log" {
		t.Errorf("%+v", w.pm.Boards)
	}
	for _, b := range []BoardLinked{{URL: "http://miro.com/x"}, {URL: "javascript:alert(1)"}, {URL: "https://miro.com/x", Snapshot: "none"}, {}} {
		if _, err := Decide(w.pm, w.inc, LinkBoard{b}, w.env(onCall)); err == nil {
			t.Errorf("%+v was linked", b)
		}
	}
}
