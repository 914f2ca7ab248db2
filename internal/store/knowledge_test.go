package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/knowledge"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
)

// openKnowledge opens a store with the view of the search alone.
func openKnowledge(t *testing.T, dir string, views ...View) *Store {
	t.Helper()
	registry, err := journal.NewRegistry(incident.Types(), postmortem.Types())
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Options{Dir: dir, Registry: registry, Views: views})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

var leader = people.Actor{ID: "p-2", Role: people.Lead}

// analyse issues commands of the analysis to an incident.
func analyse(t *testing.T, s *Store, id string, at time.Time, commands ...postmortem.Command) {
	t.Helper()
	for _, c := range commands {
		update(t, s, func(tx *Tx) error {
			entries, err := tx.Stream(id)
			if err != nil {
				return err
			}
			inc, err := incident.Fold(entries)
			if err != nil {
				return err
			}
			pm, err := postmortem.Fold(entries)
			if err != nil {
				return err
			}
			change, err := postmortem.Decide(pm, inc, c, incident.Env{Now: at, By: leader})
			if err != nil {
				return err
			}
			_, err = tx.Append(change)
			return err
		})
	}
}

func cause(kind postmortem.CauseKind, text string) postmortem.SetCause {
	return postmortem.SetCause{CauseFields: postmortem.CauseFields{Kind: kind, Domain: postmortem.Operations, Text: text}}
}

func learned(text string) postmortem.AddLesson {
	return postmortem.AddLesson{LessonFields: postmortem.LessonFields{Text: text}}
}

// taught is a store with three incidents: of the hook, of a leak whose postmortem is restricted, and one just declared.
func taught(t *testing.T) (s *Store, hook, leak, fresh string) {
	t.Helper()
	s = openKnowledge(t, t.TempDir(), IncidentView{}, KnowledgeView{})
	hook = declare(t, s, night)
	analyse(t, s, hook, night.Add(time.Hour), cause(postmortem.Direct, "Le hook Git perd le code de sortie du validateur"), learned("Documenter les étapes de revue au cœur du dépôt"))
	leak = declare(t, s, night.AddDate(0, 1, 0))
	analyse(t, s, leak, night.AddDate(0, 1, 0), cause(postmortem.Systemic, "The optimiser copies Exif positions of the validator’s images"),
		postmortem.Restrict{Restriction: postmortem.Restriction{Reason: "customer data", Sections: []string{"causes"}}})
	fresh = declare(t, s, night.AddDate(0, 1, 1))
	return s, hook, leak, fresh
}

func ids(hits []KnowledgeHit) string {
	var list []string
	for _, h := range hits {
		list = append(list, h.Incident)
	}
	return strings.Join(list, " ")
}

func TestSearchKnowledge(t *testing.T) {
	t.Parallel()
	s, hook, leak, fresh := taught(t)
	for _, test := range []struct {
		name, words string
		filter      knowledge.Query
		want        []string
	}{
		{name: "accents are folded", words: "DERIVE etape", want: []string{hook}},
		{name: "a word begins others", words: "validat", want: []string{hook, leak}},
		{name: "a plural finds the singular", words: "validateurs", want: []string{hook}},
		{name: "ligatures", words: "coeur", want: []string{hook}},
		{name: "words of different parts", words: "dérive exif", want: []string{leak}},
		{name: "in a row", words: `"code de sortie"`, want: []string{hook}},
		{name: "not in a row", words: `"sortie de code"`},
		{name: "without", words: "dérive -validat", want: []string{fresh}},
		{name: "operators are words", words: "dérive OR NEAR(x) AND exif"},
		{name: "columns are words", words: "causes:hook"},
		{name: "none", words: "watermark"},
		{name: "everything, the newest first", want: []string{fresh, leak, hook}},
		{name: "by kind of cause", filter: knowledge.Query{Cause: postmortem.Systemic}, want: []string{leak}},
		{name: "by quarter", words: "dérive", filter: knowledge.Query{Quarter: "2025-Q3"}, want: []string{hook}},
		{name: "by severity", filter: knowledge.Query{Severity: "S0"}},
		{name: "by pipeline", filter: knowledge.Query{Pipeline: "packshot-eu", Severity: "s1", Quarter: "2025-Q3"}, want: []string{hook}},
	} {
		q := KnowledgeQuery{Query: test.filter, Lang: phrase.English}
		q.Words = test.words
		hits, total, err := s.SearchKnowledge(t.Context(), q, 0, 10)
		got := strings.Fields(ids(hits))
		if test.words != "" {
			slices.Sort(got)
		}
		if err != nil || !slices.Equal(got, test.want) || total != len(test.want) {
			t.Errorf("%s: %v of %d, %v; want %v", test.name, got, total, err, test.want)
		}
	}
	if _, _, err := s.SearchKnowledge(t.Context(), KnowledgeQuery{Query: knowledge.Query{Words: "-only"}}, 0, 10); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a search for what is not there = %v, want it refused", err)
	}
}

func TestSearchPagesAndSnippets(t *testing.T) {
	t.Parallel()
	s, hook, _, fresh := taught(t)
	q := KnowledgeQuery{Query: knowledge.Query{Words: "hook"}, Lang: phrase.English}
	hits, _, err := s.SearchKnowledge(t.Context(), q, 0, 10)
	if err != nil || len(hits) != 1 || len(hits[0].Snippets) != 1 {
		t.Fatalf("hits = %+v, %v; want one with one place", hits, err)
	}
	want := knowledge.Span{Text: "hook", Hit: true}
	if sn := hits[0].Snippets[0]; sn.Part != knowledge.Causes || !slices.Contains(sn.Spans, want) || hits[0].Title != "Dérive couleur marque" || hits[0].Incident != hook {
		t.Errorf("the hit is %+v, want the cause with its word marked", hits[0])
	}
	first, total, err := s.SearchKnowledge(t.Context(), KnowledgeQuery{}, 0, 2)
	if err != nil || total != 3 || len(first) != 2 || first[0].Incident != fresh {
		t.Errorf("the first page is %v of %d, %v", ids(first), total, err)
	}
	second, total, err := s.SearchKnowledge(t.Context(), KnowledgeQuery{}, 2, 2)
	if err != nil || total != 3 || ids(second) != hook {
		t.Errorf("the second page is %v of %d, %v", ids(second), total, err)
	}
}

// TestSearchWithheld: who may not read a restricted postmortem sees neither a hit, nor a count, nor a snippet of it; that there
// was an incident, and what it is called, everybody sees.
func TestSearchWithheld(t *testing.T) {
	t.Parallel()
	s, hook, leak, fresh := taught(t)
	lifted := false
	search := func(q KnowledgeQuery) string {
		q.Public, q.Lang = true, phrase.English
		hits, total, err := s.SearchKnowledge(t.Context(), q, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		list := strings.Fields(ids(hits))
		slices.Sort(list)
		for _, h := range hits {
			for _, sn := range h.Snippets {
				if h.Incident == leak && !sn.Part.Open() && !lifted {
					t.Errorf("%+v quotes a restricted postmortem: %+v", q, sn)
				}
			}
		}
		return fmt.Sprint(total, list)
	}
	words := func(w string) KnowledgeQuery { return KnowledgeQuery{Query: knowledge.Query{Words: w}} }
	for _, test := range []struct {
		q    KnowledgeQuery
		want []string
	}{
		{words("exif"), nil},
		{words("validat"), []string{hook}},
		{words("dérive exif"), nil},
		{words("dérive"), []string{hook, leak, fresh}},
		{words("dérive -exif"), []string{hook, leak, fresh}}, // leaving it out would tell that the word is there
		{KnowledgeQuery{}, []string{hook, leak, fresh}},
		{KnowledgeQuery{Query: knowledge.Query{Cause: postmortem.Systemic}}, nil},
		{KnowledgeQuery{Query: knowledge.Query{Cause: postmortem.Systemic, Words: "dérive"}}, nil},
	} {
		if got := search(test.q); got != fmt.Sprint(len(test.want), test.want) {
			t.Errorf("%+v = %s, want %v", test.q.Query, got, test.want)
		}
	}
	byPolicy := words("hook")
	byPolicy.Policy = postmortem.RestrictPolicy{Severities: []pipeline.Severity{"S1"}}
	if got := search(byPolicy); got != "0 []" {
		t.Errorf("a postmortem that the policy restricts is found: %s", got)
	}
	byPolicy.Policy = postmortem.RestrictPolicy{Pipelines: []string{"packshot-eu"}}
	if got := search(byPolicy); got != "0 []" {
		t.Errorf("a postmortem that the policy restricts by its pipeline is found: %s", got)
	}
	analyse(t, s, leak, night.AddDate(0, 1, 2), postmortem.Restrict{Restriction: postmortem.Restriction{Reason: "the customer agrees"}})
	lifted = true
	if got := search(words("exif")); got != fmt.Sprint(1, []string{leak}) {
		t.Errorf("the restriction is lifted, and the search gives %s", got)
	}
}

// TestIndexFollows: what is no longer said is no longer found, and the index agrees with the texts that it is of.
func TestIndexFollows(t *testing.T) {
	t.Parallel()
	s, hook, _, _ := taught(t)
	analyse(t, s, hook, night.Add(2*time.Hour), postmortem.SetCause{CauseFields: postmortem.CauseFields{ID: "C1", Kind: postmortem.Direct, Domain: postmortem.Data, Text: "A mirror served old tables"}})
	for words, want := range map[string]int{"hook": 0, "mirror": 1} {
		if _, total, err := s.SearchKnowledge(t.Context(), KnowledgeQuery{Query: knowledge.Query{Words: words}}, 0, 10); err != nil || total != want {
			t.Errorf("%q is found %d times, %v; want %d", words, total, err, want)
		}
	}
	if err := s.RebuildViews(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.writer.Exec(`insert into knowledge_index (knowledge_index, rank) values ('integrity-check', 1)`); err != nil {
		t.Errorf("the index does not agree with its texts: %v", err)
	}
	if _, total, err := s.SearchKnowledge(t.Context(), KnowledgeQuery{Query: knowledge.Query{Words: "mirror"}}, 0, 10); err != nil || total != 1 {
		t.Errorf("after a rebuild the word is found %d times, %v", total, err)
	}
}

// TestViewIsNew: the incidents of a folder that was written before the view are found as soon as it is opened.
func TestViewIsNew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openKnowledge(t, dir, IncidentView{})
	id := declare(t, s, night)
	analyse(t, s, id, night, cause(postmortem.Direct, "The hook loses its exit status"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openKnowledge(t, dir, IncidentView{}, KnowledgeView{})
	hits, _, err := s.SearchKnowledge(t.Context(), KnowledgeQuery{Query: knowledge.Query{Words: "hook"}}, 0, 10)
	if err != nil || ids(hits) != id {
		t.Errorf("hits = %+v, %v; want the incident of before", hits, err)
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	s, hook, leak, _ := taught(t)
	all, seq, err := s.Profiles(t.Context(), 0)
	if err != nil || len(all) != 3 || all[0].ID != hook || len(all[0].Causes) != 1 {
		t.Fatalf("Profiles = %+v, %v", all, err)
	}
	if none, again, err := s.Profiles(t.Context(), seq); err != nil || len(none) != 0 || again != seq {
		t.Errorf("nothing has changed, and Profiles = %+v, %d, %v", none, again, err)
	}
	analyse(t, s, leak, night.AddDate(0, 1, 2), learned("Ask the customer first"))
	if some, later, err := s.Profiles(t.Context(), seq); err != nil || len(some) != 1 || some[0].ID != leak || later <= seq {
		t.Errorf("one incident has changed, and Profiles = %+v, %d, %v", some, later, err)
	}
}

// BenchmarkSearch looks for a word that half of 10 000 incidents have, and one that a single one has.
func BenchmarkSearch(b *testing.B) {
	registry, err := journal.NewRegistry(incident.Types(), postmortem.Types())
	if err != nil {
		b.Fatal(err)
	}
	s, err := Open(b.Context(), Options{Dir: b.TempDir(), Registry: registry})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	err = s.Update(b.Context(), func(t *Tx) error {
		for i := range 10_000 {
			inc := incident.State{ID: fmt.Sprintf("PM-2025-01-01-%05d", i), Severity: "S1", DetectedAt: night.Add(time.Duration(i) * time.Hour), Seq: int64(i), Opened: incident.Opened{Pipeline: "hero", Title: fmt.Sprint("Dérive couleur ", i)}}
			var pm postmortem.State
			if i%2 == 0 {
				pm.Causes = []postmortem.Cause{{CauseFields: postmortem.CauseFields{Text: strings.Repeat("Le hook Git perd le code de sortie du validateur. ", 20)}}}
			}
			if err := insertKnowledge(t.ctx, t.tx, inc, pm); err != nil {
				return err
			}
			for _, l := range phrase.Langs() {
				if err := replaceText(t.ctx, t.tx, inc.ID, l, knowledge.TextOf(inc, pm, prevention.State{}, l)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for name, words := range map[string]string{"common": "hook validateur", "rare": "7321"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if hits, _, err := s.SearchKnowledge(b.Context(), KnowledgeQuery{Query: knowledge.Query{Words: words}, Lang: phrase.French}, 0, 20); err != nil || len(hits) == 0 {
					b.Fatal(hits, err)
				}
			}
		})
	}
}
