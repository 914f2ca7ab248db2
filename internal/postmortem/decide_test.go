package postmortem

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// reach brings a new incident to a stage; "closed" is the one after the last.
func reach(t testing.TB, stage Stage) *world {
	t.Helper()
	w := newWorld(t, pipeline.S1)
	steps := []struct {
		from Stage
		do   func()
	}{
		{StageNone, func() { w.do(lead, SaveDraft{Document: note("un")}) }},
		{StageDrafting, func() { w.do(lead, Submit{SHA256: w.pm.SHA256}) }},
		{StageSubmitted, func() { w.do(brand, Approve{w.pm.SHA256}); w.do(sre, Approve{w.pm.SHA256}) }},
		{StageApproved, func() { w.publish() }},
		{StagePublished, func() {
			w.incident(lead, incident.Resolve{Text: "ok"})
			w.incident(lead, incident.Close{})
		}},
	}
	for _, s := range steps {
		if w.pm.Stage() == stage {
			return w
		}
		s.do()
	}
	return w
}

func (w *world) publish() {
	w.t.Helper()
	w.incident(people.Monitor(), incident.RecordPublished{Published: incident.Published{Revision: w.pm.Revision, SHA256: w.pm.SHA256, Commit: "c0ffee"}})
}

func TestWhichCommandIsPossibleInWhichStage(t *testing.T) {
	t.Parallel()
	const y, n = true, false
	stages := []Stage{StageNone, StageDrafting, StageSubmitted, StageApproved, StagePublished, "closed"}
	for _, c := range []struct {
		name    string
		by      people.Actor
		command func(State) Command
		want    []bool
	}{
		//                                                                                                   none draf subm appr publ closed
		{"draft", lead, func(State) Command { return SaveDraft{Document: note("deux")} }, []bool{y, y, n, n, n, n}},
		{"edit", lead, func(s State) Command { return Edit{Based: s.Revision, Document: note("deux")} }, []bool{y, y, y, y, y, n}},
		{"submit", lead, func(s State) Command { return Submit{SHA256: s.SHA256} }, []bool{n, y, y, n, n, n}},
		{"request changes", brand, func(State) Command { return RequestChanges{"plus"} }, []bool{n, n, y, n, n, n}},
		{"approve", legal, func(s State) Command { return Approve{s.SHA256} }, []bool{n, n, y, n, n, n}},
		{"add evidence", onCall, func(State) Command {
			return AddEvidence{EvidenceFields{Path: "a/b.log", SHA256: sum, Kind: HookLog}}
		}, []bool{y, y, y, y, y, n}},
		{"add a lesson", onCall, func(State) Command { return AddLesson{LessonFields{Text: "x"}} }, []bool{y, y, y, y, y, n}},
	} {
		for i, stage := range stages {
			w := reach(t, stage)
			err := w.try(c.by, c.command(w.pm))
			if (err == nil) != c.want[i] {
				t.Errorf("%s when %s: %v, want possible %v", c.name, stage, err, c.want[i])
			}
			if err != nil && !errors.Is(err, journal.ErrConflict) {
				t.Errorf("%s when %s: %v, want a conflict", c.name, stage, err)
			}
		}
	}
}

// TestRefusedAfterClosing: what is refused since the incident is closed is said in both languages.
func TestRefusedAfterClosing(t *testing.T) {
	t.Parallel()
	w := reach(t, "closed")
	for _, c := range []Command{
		AddEvidence{}, SetCause{}, RemoveCause{}, SetWhy{}, StateHypothesis{}, RecordTest{}, NoteTest{}, AddLesson{}, IntegrateLesson{}, SaveDraft{}, Edit{}, Submit{},
		OverruleProblem{}, RequestChanges{}, Approve{}, SetGap{}, CloseGap{}, LinkCauses{}, UnlinkCauses{}, TakeMap{}, LinkBoard{}, RedactEvidence{}, Restrict{}, JudgeCause{},
	} {
		err := w.try(lead, c)
		if errors.Is(err, journal.ErrForbidden) {
			err = w.try(brand, c)
		}
		fr, known := phrase.Error(phrase.French, err)
		if !known || strings.Contains(fr, "!") || !strings.HasSuffix(fr, "il est clos : plus rien ne change après la clôture") {
			t.Errorf("%T is refused by %v, in French %q", c, err, fr)
		}
	}
}

// TestRefusedInFrench: what people are refused is said to them in French, and nothing of it is left in English.
func TestRefusedInFrench(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxText+1)
	for _, c := range []struct {
		stage   Stage
		by      people.Actor
		command Command
		want    string
	}{
		{StageSubmitted, lead, SaveDraft{Document: note("deux")}, "rédiger le brouillon du postmortem de PM-2025-09-27-01 : il est soumis au Control Board : modifiez la révision qu’il y a"},
		{StageNone, lead, Submit{}, "soumettre le postmortem de PM-2025-09-27-01 : rédigez-en d’abord le brouillon"},
		{StageApproved, lead, Submit{}, "soumettre le postmortem de PM-2025-09-27-01 : il est approuvé, publication en route : modifiez-le d’abord"},
		{StageDrafting, brand, RequestChanges{"plus"}, "demander des changements au postmortem de PM-2025-09-27-01 : il est en rédaction : seul ce qui est soumis est renvoyé"},
		{StageSubmitted, legal, Approve{sum}, "approuver le postmortem de PM-2025-09-27-01 : le contenu n’est plus celui de l’empreinte"},
		{StageSubmitted, lead, Edit{Based: 7, Document: note("deux")}, "modifier la révision 7 du postmortem : la révision"},
		{StageDrafting, onCall, AddEvidence{EvidenceFields{Path: "../x", SHA256: sum, Kind: HookLog}}, "ajouter un élément à PM-2025-09-27-01 : chemin d’élément \"../x\""},
		{StageDrafting, onCall, SetCause{CauseFields{Text: "x", Kind: Direct, Domain: Domains()[0], LeadsTo: []string{"C9"}}}, "poser la cause \"C1\" de PM-2025-09-27-01 : elle mène à \"C9\""},
		{StageDrafting, onCall, RemoveCause{"C9"}, "retirer la cause \"C9\" de PM-2025-09-27-01 : elle n’existe pas"},
		{StageDrafting, onCall, LinkCauses{From: "C9", To: "C8"}, "lier des causes de PM-2025-09-27-01 : il n’y a pas de cause \"C9\""},
		{StageDrafting, onCall, SetWhy{WhyFields{Level: 3, Answer: "x"}}, "répondre au pourquoi 3 de PM-2025-09-27-01 : le suivant est le 1"},
		{StageDrafting, onCall, AddLesson{}, "la leçon : c’est vide ; dites-le en une phrase"},
		{StageDrafting, onCall, AddLesson{LessonFields{Text: long}}, "la leçon : 10 001 octets, la limite est de 10 000"},
		{StageDrafting, onCall, NoteTest{Hypothesis: "H1", Method: "x", Result: Refuted}, "noter un test de l’hypothèse H1 de PM-2025-09-27-01 : ajoutez aux éléments"},
		{StageDrafting, onCall, CloseGap{ID: "G1"}, "clore le manque de données \"G1\" de PM-2025-09-27-01 : il n’existe pas"},
		{StageDrafting, onCall, LinkBoard{BoardLinked{URL: "ftp://x"}}, "lier un tableau à PM-2025-09-27-01 : \"ftp://x\""},
		{StageDrafting, lead, RedactEvidence{EvidenceRedacted{Path: "x"}}, "caviarder l’élément \"x\" de PM-2025-09-27-01 : ce fichier n’existe pas"},
		{StageDrafting, lead, Restrict{Restriction{Sections: []string{"title"}, Reason: "x"}}, "restreindre le postmortem de PM-2025-09-27-01 : la section \"title\" n’est jamais retenue"},
		{StageDrafting, lead, ResolveComment{Number: 3}, "traiter le commentaire 3 du postmortem de PM-2025-09-27-01 : il n’existe pas"},
		{"closed", lead, AddComment{Text: "x"}, "commenter le postmortem de PM-2025-09-27-01 : il est clos"},
	} {
		err := reach(t, c.stage).try(c.by, c.command)
		if err == nil {
			t.Errorf("%T when %s is not refused", c.command, c.stage)
			continue
		}
		fr, known := phrase.Error(phrase.French, err)
		if !known || !strings.HasPrefix(fr, c.want) || strings.Contains(fr+err.Error(), "!") {
			t.Errorf("%T is refused by %v, in French %q, want %q", c.command, err, fr, c.want)
		}
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	w := reach(t, StageSubmitted)
	for _, c := range []struct {
		command Command
		may     []people.Actor
	}{
		{Edit{Based: 1, Document: note("deux")}, []people.Actor{lead, deputy}},
		{Submit{SHA256: w.pm.SHA256}, []people.Actor{lead, deputy}},
		{SetCause{CauseFields{Kind: Direct, Domain: Data, Text: "x"}}, []people.Actor{onCall, lead, deputy}},
		{SetWhy{WhyFields{Level: 1, Answer: "x"}}, []people.Actor{onCall, lead, deputy}},
		{Approve{w.pm.SHA256}, []people.Actor{brand, sre, legal}},
		{RequestChanges{"x"}, []people.Actor{brand, sre, legal}},
	} {
		for _, by := range []people.Actor{onCall, lead, deputy, brand, sre, legal, viewer, stranger, people.Monitor()} {
			_, err := Decide(w.pm, w.inc, c.command, w.env(by))
			want := slices.Contains(c.may, by) || by.System && !slices.Contains(c.may, brand)
			if (err == nil) != want || err != nil && !errors.Is(err, journal.ErrForbidden) {
				t.Errorf("%T by %q: %v, want allowed %v", c.command, by.ID, err, want)
			}
		}
	}
	if _, err := Decide(State{}, incident.State{}, SetWhy{}, w.env(lead)); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("a command without an incident: %v, want ErrNotFound", err)
	}
}

func TestApprovalsOfTheQuorumQueueOnePublication(t *testing.T) {
	t.Parallel()
	w := reach(t, StageSubmitted)
	w.do(brand, Approve{w.pm.SHA256})
	w.do(brand, Approve{w.pm.SHA256}) // twice is no error and counts once
	w.do(legal, Approve{w.pm.SHA256})
	if w.pm.Stage() != StageSubmitted || w.count(EffectPublish) != 0 || len(w.pm.Approvals) != 2 {
		t.Fatalf("after brand and legal of brand + SRE: %s, %d publications, %d approvals; want submitted, 0, 2",
			w.pm.Stage(), w.count(EffectPublish), len(w.pm.Approvals))
	}
	w.do(sre, Approve{w.pm.SHA256})
	w.do(sre, Approve{w.pm.SHA256})
	if w.pm.Stage() != StageApproved || w.count(EffectPublish) != 1 {
		t.Fatalf("after SRE: %s, %d publications; want approved, 1", w.pm.Stage(), w.count(EffectPublish))
	}
	e := w.effects[len(w.effects)-1]
	if want := fmt.Sprintf("%s:publish:1-%s", id, w.pm.SHA256); e.Key != want || e.Stream != id {
		t.Errorf("effect key %q of %q, want %q", e.Key, e.Stream, want)
	}
	if data, ok := e.Data.(PublishEffect); !ok || !w.pm.PublishWanted(data) {
		t.Errorf("the queued publication %+v is not wanted", e.Data)
	}
}

func TestAuthorsDoNotApprove(t *testing.T) {
	t.Parallel()
	w := reach(t, StageDrafting)
	writer := people.Actor{ID: brand.ID, Role: people.Lead}
	w.do(writer, Edit{Based: 1, Document: note("deux")})
	w.do(lead, Edit{Based: 2, Document: note("trois")})
	w.do(lead, Submit{SHA256: w.pm.SHA256})
	if err := w.try(brand, Approve{w.pm.SHA256}); !errors.Is(err, journal.ErrForbidden) {
		t.Fatalf("an earlier author approves: %v, want ErrForbidden", err)
	}
	other := people.Actor{ID: "p-brand-2", Role: people.Board, Domain: people.Brand}
	w.do(other, Approve{w.pm.SHA256})
	w.do(sre, Approve{w.pm.SHA256})
	// What has been approved is judged: whoever wrote it may judge what others add.
	w.do(lead, Edit{Based: 3, Document: note("quatre")})
	w.do(lead, Submit{SHA256: w.pm.SHA256})
	w.do(brand, Approve{w.pm.SHA256})
	if want := []people.ID{lead.ID}; !slices.Equal(w.pm.Authors, want) {
		t.Errorf("authors since the last approval = %v, want %v", w.pm.Authors, want)
	}
}

func TestEditVoidsApprovals(t *testing.T) {
	t.Parallel()
	w := reach(t, StageSubmitted)
	first := w.pm.SHA256
	w.do(brand, Approve{first})
	w.do(lead, Edit{Based: 1, Document: w.pm.Document}) // changes nothing
	if w.pm.Revision != 1 || len(w.pm.Approvals) != 1 {
		t.Fatalf("an edit that changes nothing gives revision %d and leaves %d approvals, want 1 and 1", w.pm.Revision, len(w.pm.Approvals))
	}
	w.do(deputy, Edit{Based: 1, Document: note("deux")})
	if w.pm.Stage() != StageDrafting || len(w.pm.Approvals) != 0 || w.pm.Revision != 2 {
		t.Fatalf("after an edit: %s, %d approvals, revision %d; want drafting, 0, 2", w.pm.Stage(), len(w.pm.Approvals), w.pm.Revision)
	}
	w.do(lead, Submit{SHA256: w.pm.SHA256})
	if err := w.try(brand, Approve{first}); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("approving the content before the edit: %v, want a conflict", err)
	}
	if err := w.try(lead, Submit{SHA256: first}); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("submitting the content before the edit: %v, want a conflict", err)
	}
	var revision *RevisionError
	if err := w.try(lead, Edit{Based: 1, Document: note("trois")}); !errors.As(err, &revision) || revision.Current != 2 || !errors.Is(err, journal.ErrConflict) {
		t.Errorf("an edit based on revision 1 of 2: %v, want a RevisionError", err)
	}
	if got := w.count(EffectCommitDraft); got != 2 {
		t.Errorf("%d drafts to commit, want one for each of 2 revisions", got)
	}
}

func TestContentApprovedAgainIsPublishedAgain(t *testing.T) {
	t.Parallel()
	w := reach(t, StageApproved)
	was := w.effects[len(w.effects)-1].Data.(PublishEffect)
	w.do(lead, Edit{Based: 1, Document: note("deux")})
	if w.pm.PublishWanted(was) {
		t.Error("an approved revision is still published after an edit")
	}
	w.do(lead, Edit{Based: 2, Document: note("un")})
	w.do(lead, Submit{SHA256: w.pm.SHA256})
	w.do(brand, Approve{w.pm.SHA256})
	w.do(sre, Approve{w.pm.SHA256})
	if w.count(EffectPublish) != 2 {
		t.Errorf("%d publications queued, want 2: the first was fenced off by the edit", w.count(EffectPublish))
	}
	w.publish()
	w.do(lead, Edit{Based: 3, Document: note("trois")})
	if w.pm.Stage() != StageDrafting || w.pm.Publication == nil || w.pm.Publication.Revision != 3 {
		t.Errorf("an edit after publication: %s, publication %+v; want drafting beside revision 3", w.pm.Stage(), w.pm.Publication)
	}
}

func TestSmallerQuorumLetsAnApproverComplete(t *testing.T) {
	t.Parallel()
	w := reach(t, StageSubmitted)
	w.do(brand, Approve{w.pm.SHA256})
	w.incident(onCall, incident.ChangeSeverity{To: pipeline.S2, Policy: pipeline.DefaultPolicies()[pipeline.S2], Reason: "limité"})
	w.do(brand, Approve{w.pm.SHA256})
	if w.pm.Stage() != StageApproved || w.count(EffectPublish) != 1 || len(w.pm.Approvals) != 1 {
		t.Errorf("%s, %d publications, %d approvals; want approved, 1, 1", w.pm.Stage(), w.count(EffectPublish), len(w.pm.Approvals))
	}
}

func TestRequestedChangesSendItBack(t *testing.T) {
	t.Parallel()
	w := reach(t, StageSubmitted)
	w.do(brand, Approve{w.pm.SHA256})
	w.do(sre, RequestChanges{"la durée manque"})
	if w.pm.Stage() != StageDrafting || len(w.pm.Approvals) != 0 || w.pm.Requests[0].Text != "la durée manque" {
		t.Errorf("%s with %d approvals and requests %v; want drafting, 0 and the request", w.pm.Stage(), len(w.pm.Approvals), w.pm.Requests)
	}
	w.do(lead, SaveDraft{Document: note("la durée : 42 min")})
	w.do(lead, Submit{SHA256: w.pm.SHA256})
	if w.pm.Asked == nil || w.pm.Asked.Text != "la durée manque" {
		t.Errorf("submitted again, the board has asked for %+v, want that it sees what", w.pm.Asked)
	}
	for _, by := range []people.Actor{brand, sre, legal} {
		_ = w.try(by, Approve{w.pm.SHA256})
	}
	if w.pm.Stage() != StageApproved || w.pm.Asked != nil {
		t.Errorf("%s, and the board asks for %+v; want approved, and nothing", w.pm.Stage(), w.pm.Asked)
	}
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pipeline.S1)
	other := note("x")
	other.ID = "PM-2025-09-27-02"
	if err := w.try(lead, SaveDraft{Document: other}); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a document of another incident: %v, want ErrInvalid", err)
	}
	if err := w.try(lead, SaveDraft{Document: note("a\nb")}); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a document that Markdown cannot carry: %v, want ErrInvalid", err)
	}
	if err := w.try(lead, SaveDraft{Document: note(strings.Repeat("x", journal.MaxEntry))}); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("a document larger than an entry: %v, want ErrTooLarge", err)
	}
	d := note("un")
	d.Sealed = &Sealed{Revision: 9}
	w.do(lead, SaveDraft{Document: d})
	if w.pm.Document.Sealed != nil || w.pm.SHA256 != hash(t, w.pm.Document) {
		t.Errorf("stored sealed part %v and hash %s, want none and %s", w.pm.Document.Sealed, w.pm.SHA256, hash(t, w.pm.Document))
	}
}

func TestLargestDocumentFitsIntoTheJournal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pipeline.S1)
	w.do(lead, SaveDraft{Document: note(strings.Repeat("x", maxAuthored-2000))})
	if w.pm.Revision != 1 {
		t.Errorf("revision %d, want 1", w.pm.Revision)
	}
}

func TestAnalysisRefuses(t *testing.T) {
	t.Parallel()
	w := analysed(t)
	long := strings.Repeat("x", maxText+1)
	evidence := func(path string) Command {
		return AddEvidence{EvidenceFields{Path: path, SHA256: sum, Kind: OtherKind}}
	}
	for name, c := range map[string]struct {
		command Command
		want    error
	}{
		"path upwards":              {evidence("../x"), journal.ErrInvalid},
		"path upwards within":       {evidence("a/../../x"), journal.ErrInvalid},
		"absolute path":             {evidence("/etc/passwd"), journal.ErrInvalid},
		"unclean path":              {evidence("a//b"), journal.ErrInvalid},
		"backslash":                 {evidence(`a\b`), journal.ErrInvalid},
		"drive":                     {evidence("c:x"), journal.ErrInvalid},
		"control character":         {evidence("a\nb"), journal.ErrInvalid},
		"comma":                     {evidence("a, b"), journal.ErrInvalid},
		"empty path":                {evidence(""), journal.ErrInvalid},
		"the manifest":              {evidence("Manifest.json"), journal.ErrInvalid},
		"long path":                 {evidence(strings.Repeat("a", 301)), journal.ErrInvalid},
		"digest":                    {AddEvidence{EvidenceFields{Path: "a", SHA256: "AB", Kind: LUT}}, journal.ErrInvalid},
		"kind of evidence":          {AddEvidence{EvidenceFields{Path: "a", SHA256: sum, Kind: "mood"}}, journal.ErrInvalid},
		"size":                      {AddEvidence{EvidenceFields{Path: "a", SHA256: sum, Kind: LUT, Size: -1}}, journal.ErrInvalid},
		"other content, same path":  {AddEvidence{EvidenceFields{Path: "git/ci.yml", SHA256: strings.Repeat("cd", 32), Kind: LUT}}, journal.ErrConflict},
		"cause id":                  {SetCause{CauseFields{ID: "X1", Kind: Direct, Domain: Data, Text: "x"}}, journal.ErrInvalid},
		"cause kind":                {SetCause{CauseFields{Kind: "guilty", Domain: Data, Text: "x"}}, journal.ErrInvalid},
		"cause domain":              {SetCause{CauseFields{Kind: Direct, Domain: "moon", Text: "x"}}, journal.ErrInvalid},
		"cause without text":        {SetCause{CauseFields{Kind: Direct, Domain: Data, Text: " "}}, journal.ErrInvalid},
		"cause too long":            {SetCause{CauseFields{Kind: Direct, Domain: Data, Text: long}}, journal.ErrTooLarge},
		"cause, unknown evidence":   {SetCause{CauseFields{Kind: Direct, Domain: Data, Text: "x", Evidence: []string{"no"}}}, journal.ErrNotFound},
		"cause leading to itself":   {SetCause{CauseFields{ID: "C1", Kind: Direct, Domain: Data, Text: "x", LeadsTo: []string{"C1"}}}, journal.ErrInvalid},
		"cause leading nowhere":     {SetCause{CauseFields{Kind: Direct, Domain: Data, Text: "x", LeadsTo: []string{"C99"}}}, journal.ErrInvalid},
		"remove an unknown cause":   {RemoveCause{"C99"}, journal.ErrNotFound},
		"remove a tested cause":     {RemoveCause{"C1"}, journal.ErrConflict},
		"why 0":                     {SetWhy{WhyFields{Level: 0, Answer: "x"}}, journal.ErrInvalid},
		"why 6":                     {SetWhy{WhyFields{Level: 6, Answer: "x"}}, journal.ErrInvalid},
		"why without answer":        {SetWhy{WhyFields{Level: 1}}, journal.ErrInvalid},
		"hypothesis id":             {StateHypothesis{HypothesisFields{ID: "1", Text: "x", Cause: "C1", RefutedIf: "x"}}, journal.ErrInvalid},
		"hypothesis on nothing":     {StateHypothesis{HypothesisFields{Text: "x", Cause: "C99", RefutedIf: "x"}}, journal.ErrNotFound},
		"hypothesis not refutable":  {StateHypothesis{HypothesisFields{Text: "x", Cause: "C1"}}, journal.ErrInvalid},
		"moving the goalposts":      {StateHypothesis{HypothesisFields{ID: "H1", Text: "x", Cause: "C1", RefutedIf: "never"}}, journal.ErrConflict},
		"test of nothing":           {RecordTest{TestFields{Hypothesis: "H9", Method: "x", Result: Refuted}}, journal.ErrNotFound},
		"test without method":       {RecordTest{TestFields{Hypothesis: "H1", Result: Refuted}}, journal.ErrInvalid},
		"test without result":       {RecordTest{TestFields{Hypothesis: "H1", Method: "x"}}, journal.ErrInvalid},
		"test, no number":           {RecordTest{TestFields{Hypothesis: "H1", Method: "x", Result: Refuted, Numbers: []Number{{"n", math.NaN(), ""}}}}, journal.ErrInvalid},
		"lesson without text":       {AddLesson{}, journal.ErrInvalid},
		"lesson, script link":       {AddLesson{LessonFields{Text: "x", Link: "javascript:alert(1)"}}, journal.ErrInvalid},
		"integrate nothing":         {IntegrateLesson{LessonIntegrated{9, "docs/x.md"}}, journal.ErrNotFound},
		"integrate without link":    {IntegrateLesson{LessonIntegrated{1, ""}}, journal.ErrInvalid},
		"integrate, link of spaces": {IntegrateLesson{LessonIntegrated{1, "a b"}}, journal.ErrInvalid},
	} {
		before := len(w.entries)
		if err := w.try(lead, c.command); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if len(w.entries) != before {
			t.Errorf("%s: events were appended", name)
		}
	}
}

func TestAnalysisKeepsWhatWasSaid(t *testing.T) {
	t.Parallel()
	w := analysed(t)
	w.do(onCall, AddEvidence{EvidenceFields{Path: "git/ci.yml", SHA256: sum, Kind: CIConfig}}) // again
	w.do(onCall, SetCause{CauseFields{ID: "C3", Kind: Systemic, Domain: Model, Text: "autre"}})
	w.do(onCall, SetCause{CauseFields{Kind: Contributing, Domain: Data, Text: "encore"}})
	w.do(onCall, RemoveCause{"C2"})
	w.do(onCall, SetWhy{WhyFields{Level: 2, Answer: "mieux"}})
	w.do(onCall, RecordTest{TestFields{Hypothesis: "H1", Method: "rejeu", Result: Refuted}})
	w.do(lead, IntegrateLesson{LessonIntegrated{2, "https://wiki/runbook"}})
	s := w.pm
	var ids []string
	for _, c := range s.Causes {
		ids = append(ids, c.ID)
	}
	if want := []string{"C1", "C3", "C4", "C5"}; !slices.Equal(ids, want) || s.Causes[1].Text != "autre" {
		t.Errorf("causes %v (second: %q), want %v", ids, s.Causes[1].Text, want)
	}
	if len(s.Evidence) != 2 || len(s.Whys) != 5 || s.Whys[1].Answer != "mieux" || s.Lessons[1].Link != "https://wiki/runbook" {
		t.Errorf("evidence %d, whys %v, lessons %v", len(s.Evidence), s.Whys, s.Lessons)
	}
	if h := s.Hypotheses[0]; len(h.Tests) != 2 || h.Result() != Refuted {
		t.Errorf("hypothesis has %d tests, result %s; want 2, refuted", len(h.Tests), h.Result())
	}
	again, err := Fold(w.entries)
	if err != nil || !reflect.DeepEqual(again, s) {
		t.Errorf("folding the entries gives another state (%v)", err)
	}
}

// TestWalk issues random commands by random people and checks after each what must always hold.
func TestWalk(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		w := newWorld(t, pipeline.S1)
		for range 40 {
			before := len(w.entries)
			wasClosed := w.inc.Closed != nil
			step(w, r)
			if wasClosed && len(w.entries) != before {
				t.Fatalf("seed %d: something happened after closing", seed)
			}
			checkInvariants(t, w, seed)
		}
	}
}

func step(w *world, r *rand.Rand) {
	all := []people.Actor{onCall, lead, deputy, brand, sre, legal, viewer, people.Monitor(), {ID: brand.ID, Role: people.Lead}}
	by := all[r.IntN(len(all))]
	doc := note([]string{"un", "deux", "trois"}[r.IntN(3)])
	switch r.IntN(9) {
	case 0:
		_ = w.try(by, SaveDraft{Document: doc})
	case 1:
		_ = w.try(by, Edit{Based: w.pm.Revision - r.IntN(2), Document: doc})
	case 2, 3:
		_ = w.try(by, Submit{SHA256: w.pm.SHA256})
	case 4, 5, 6:
		_ = w.try(by, Approve{w.pm.SHA256})
	case 7:
		_ = w.try(by, RequestChanges{"x"})
	default:
		if w.pm.Complete {
			w.publish()
		}
		if r.IntN(3) == 0 && w.inc.Resolved == nil {
			w.incident(lead, incident.Resolve{Text: "x"})
		} else if c, err := incident.Decide(w.inc, incident.Close{}, w.env(lead)); err == nil {
			w.append(c)
		}
	}
}

func checkInvariants(t *testing.T, w *world, seed uint64) {
	t.Helper()
	s := w.pm
	var domains []people.Domain
	for _, a := range s.Approvals {
		domains = append(domains, a.Domain)
		if slices.Contains(s.Authors, a.By) {
			t.Fatalf("seed %d: author %s approved", seed, a.By)
		}
	}
	if s.Complete != (s.Revision > 0 && w.inc.Policy.Board.Met(domains)) {
		t.Fatalf("seed %d: complete is %v with approvals of %v", seed, s.Complete, domains)
	}
	if s.Revision > 0 && s.SHA256 != hash(t, s.Document) {
		t.Fatalf("seed %d: the stored hash is not that of the document", seed)
	}
	if len(domains) > 0 && s.Submitted == nil {
		t.Fatalf("seed %d: approvals of what was not submitted", seed)
	}
	completed := 0
	for _, e := range w.entries {
		if e.Type == TypeApproved && strings.Contains(string(e.Data), `"complete":true`) {
			completed++
		}
	}
	if got := w.count(EffectPublish); got != completed {
		t.Fatalf("seed %d: %d publications queued for %d complete approvals", seed, got, completed)
	}
	again, err := Fold(w.entries)
	if err != nil || !reflect.DeepEqual(again, s) {
		t.Fatalf("seed %d: folding the entries gives another state (%v)", seed, err)
	}
}
