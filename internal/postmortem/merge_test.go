package postmortem

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		base, mine, theirs, want string
		conflicts                int
	}{
		"nothing":              {"a\nb\n", "a\nb\n", "a\nb\n", "a\nb\n", 0},
		"mine only":            {"a\nb\nc\n", "a\nB\nc\n", "a\nb\nc\n", "a\nB\nc\n", 0},
		"theirs only":          {"a\nb\nc\n", "a\nb\nc\n", "a\nb\nC\n", "a\nb\nC\n", 0},
		"both, apart":          {"a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", "A\nb\nC\n", 0},
		"both the same":        {"a\nb\n", "a\nX\n", "a\nX\n", "a\nX\n", 0},
		"both, same line":      {"a\nb\nc\n", "a\nX\nc\n", "a\nY\nc\n", "a\n<<<<<<< me\nX\n=======\nY\n>>>>>>> you\nc\n", 1},
		"taken out and edited": {"a\nb\nc\n", "a\nc\n", "a\nB\nc\n", "a\n<<<<<<< me\n=======\nB\n>>>>>>> you\nc\n", 1},
		"from nothing":         {"", "x\n", "", "x\n", 0},
		"last line unended":    {"a\nb", "a\nb\nc", "A\nb", "A\nb\nc\n", 0},
	} {
		got, n := Merged(Merge(c.base, c.mine, c.theirs), "me", "you")
		if got != c.want || n != c.conflicts {
			t.Errorf("%s: %q with %d conflicts, want %q with %d", name, got, n, c.want, c.conflicts)
		}
	}
}

// TestMergeLaws holds the laws of a merge on random texts: each side is found again in the hunks, what one side did alone is taken, and
// the sides may be exchanged.
func TestMergeLaws(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 1))
	text := func(lines int) []string {
		list := make([]string, lines)
		for i := range list {
			list[i] = fmt.Sprintf("%c\n", 'a'+r.IntN(6))
		}
		return list
	}
	edit := func(list []string) []string {
		out := append([]string{}, list...)
		for range r.IntN(4) {
			at := r.IntN(len(out) + 1)
			if r.IntN(2) == 0 || at == len(out) {
				out = append(out[:at:at], append(text(1+r.IntN(2)), out[at:]...)...)
			} else {
				out = append(out[:at:at], out[at+1:]...)
			}
		}
		return out
	}
	for range 20_000 {
		b := text(r.IntN(12))
		base, mine, theirs := strings.Join(b, ""), strings.Join(edit(b), ""), strings.Join(edit(b), "")
		var parts [3]string
		for _, h := range Merge(base, mine, theirs) {
			parts[0] += strings.Join(h.Base, "")
			parts[1] += strings.Join(h.Mine, "")
			parts[2] += strings.Join(h.Theirs, "")
		}
		if parts != [3]string{base, mine, theirs} {
			t.Fatalf("merge of %q: the hunks hold %q", []string{base, mine, theirs}, parts)
		}
		if got, n := Merged(Merge(base, mine, base), "", ""); got != mine || n != 0 {
			t.Fatalf("merge with an unchanged side: %q, want %q", got, mine)
		}
		_, n := Merged(Merge(base, mine, theirs), "", "")
		_, m := Merged(Merge(base, theirs, mine), "", "")
		if n != m {
			t.Fatalf("merge of %q: %d conflicts one way, %d the other", []string{base, mine, theirs}, n, m)
		}
	}
}

func TestMergeOfLongTexts(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	base := b.String()
	mine := strings.Replace(base, "line 10\n", "line ten\n", 1)
	theirs := strings.Replace(strings.Replace(base, "line 29990\n", "", 1), "line 500\n", "line 500\nmore\n", 1)
	got, n := Merged(Merge(base, mine, theirs), "", "")
	want := strings.Replace(theirs, "line 10\n", "line ten\n", 1)
	if got != want || n != 0 {
		t.Errorf("%d conflicts, %d bytes; want none, %d bytes", n, len(got), len(want))
	}
}

// TestNewsOfTheJournal edits the draft of the night, lets the journal go on, and takes in what is new: what people wrote stays.
func TestNewsOfTheJournal(t *testing.T) {
	t.Parallel()
	w := analysed(t)
	then := w.draft("fr")
	edited := mustParse(t, strings.Replace(strings.Replace(string(then.Markdown("fr")),
		"| 04:31 |", "| 04:25 | Le studio confirme la dérive à l’œil | Studio |\n| 04:31 |", 1),
		"- Documenter les étapes de revue\n", "- Documenter les étapes de revue, avec la marque\n", 1)+"## Annexe\n\nrien\n")
	edited = edited.Inherit(then)
	w.do(lead, Edit{Document: edited, Through: int64(len(w.entries))})
	if got := NewsSince(then, w.draft("fr"), w.pm.Document); len(got) != 0 {
		t.Fatalf("news before anything happened: %+v", got)
	}
	w.do(lead, AddLesson{LessonFields{Text: "Prévenir la marque plus tôt"}})
	w.do(onCall, AddEvidence{EvidenceFields{Path: "ci-logs/late.log", SHA256: sum, Size: 9, Kind: HookLog}})
	now := w.draft("fr")
	news := NewsSince(then, now, w.pm.Document)
	if len(news) != 2 || news[0].Field != FieldLessons || news[1].Field != FieldEvidence || news[0].Replaces || news[1].Replaces {
		t.Fatalf("news = %+v, want lessons and evidence", news)
	}
	d, err := w.pm.Document.TakeIn(now, news)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	text := string(d.Markdown("fr"))
	for _, want := range []string{"Documenter les étapes de revue, avec la marque\n", "- Prévenir la marque plus tôt\n", "ci-logs/late.log", "| 04:25 | Le studio", "## Annexe\n\nrien\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the document:\n%s", want, text)
		}
	}
	if len(d.Lessons) != 3 || d.Timeline[0].Say == nil {
		t.Errorf("%d lessons, first row %+v; want 3, with its sentence", len(d.Lessons), d.Timeline[0])
	}
	w.do(lead, Edit{Based: 1, Document: d, Through: int64(len(w.entries))})
	if got := NewsSince(now, w.draft("fr"), w.pm.Document); len(got) != 0 {
		t.Errorf("news after they were taken in: %+v", got)
	}
}

// TestNewsThatPeopleHaveRewritten says that taking in replaces their words, and can be left out for good.
func TestNewsThatPeopleHaveRewritten(t *testing.T) {
	t.Parallel()
	w := analysed(t)
	then := w.draft("fr")
	with := func(old, new string) Document {
		return mustParse(t, strings.Replace(string(then.Markdown("fr")), old, new, 1))
	}
	mine := with("- Mettre à jour le runbook d’astreinte\n", "- Réécrire le runbook\n")
	now := with("- Mettre à jour le runbook d’astreinte\n", "- Mettre à jour le runbook sans attendre\n")
	mine2 := with("## Lessons Learned\n- Documenter les étapes de revue\n- Mettre à jour le runbook d’astreinte\n", "")
	for _, m := range []Document{mine, mine2} {
		news := NewsSince(then, now, m)
		if len(news) != 1 || !news[0].Replaces || news[0].Merged != news[0].Theirs {
			t.Fatalf("news = %+v, want one that replaces", news)
		}
		d, err := m.TakeIn(now, news)
		if err != nil || len(d.Lessons) != 2 || d.Lessons[1] != "Mettre à jour le runbook sans attendre" {
			t.Errorf("taken in: %q, %v", d.Lessons, err)
		}
	}
	w.do(lead, Edit{Document: mine.Inherit(then), Through: 1})
	w.do(lead, Edit{Based: 1, Document: w.pm.Document, Through: 3})
	if w.pm.Through != 3 || w.pm.Revision != 1 {
		t.Errorf("through %d, revision %d; want 3, 1: nothing was written", w.pm.Through, w.pm.Revision)
	}
}

func TestJournalWritesTheDocumentUntilSomebodyEditsIt(t *testing.T) {
	t.Parallel()
	w := analysed(t)
	if !w.pm.Living() {
		t.Fatal("without a revision, the document is not living")
	}
	first := w.draft("fr")
	w.do(lead, SaveDraft{Document: first})
	w.do(onCall, AddLesson{LessonFields{Text: "encore"}})
	second := w.draft("fr")
	if !w.pm.Living() {
		t.Fatal("after a draft that nobody edited, the document is not living")
	}
	w.do(lead, Submit{SHA256: hash(t, second), Draft: &second, Through: int64(len(w.entries))})
	if w.pm.Stage() != StageSubmitted || w.pm.Revision != 2 || w.pm.SHA256 != hash(t, second) || w.pm.Living() {
		t.Fatalf("%s, revision %d, living %v; want submitted, 2, false", w.pm.Stage(), w.pm.Revision, w.pm.Living())
	}
	if got := w.count(EffectCommitDraft); got != 2 {
		t.Errorf("%d drafts are committed, want 2: no more than were kept", got)
	}
	w.do(brand, RequestChanges{"plus"})
	if !w.pm.Living() {
		t.Error("what was sent back and never edited is not living")
	}
	w.do(lead, Edit{Based: 2, Document: note("un")})
	w.do(onCall, AddLesson{LessonFields{Text: "plus tard"}})
	if err := w.try(lead, SaveDraft{Document: w.draft("fr")}); err == nil {
		t.Error("a draft replaces what people have written")
	}
	marked := mustParse(t, string(note("un").Markdown("fr"))+"## Suite\n<<<<<<< moi\na\n=======\nb\n>>>>>>> toi\n")
	if err := w.try(lead, Edit{Based: 3, Document: marked}); err == nil {
		t.Error("marks of a conflict are taken into the document")
	}
}
