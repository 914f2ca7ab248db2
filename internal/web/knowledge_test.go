package web

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/knowledge"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// Search looks for the words one by one, as they are written; folding and ranking are the store's.
func (m *memory) Search(ctx context.Context, _ people.Actor, q Search) (Found, error) {
	if err := q.Validate(); err != nil {
		return Found{}, err
	}
	found := Found{Incidents: []FoundIncident{}}
	for _, id := range slices.Backward(m.order) {
		c, err := m.Case(ctx, id)
		if err != nil {
			return found, err
		}
		text := knowledge.TextOf(c.Incident, c.Analysis, c.Prevention, q.Lang)
		inc := FoundIncident{ID: id, Title: c.Incident.Opened.Title, Pipeline: c.Incident.Opened.Pipeline, Severity: string(c.Incident.Severity), DetectedAt: c.Incident.DetectedAt}
		all := true
		for _, term := range knowledge.Terms(q.Words) {
			s, in := snippetOf(text, term.Spellings[0])
			all = all && in
			inc.Snippets = append(inc.Snippets, s)
		}
		if quarter := knowledge.QuarterOf(c.Incident.DetectedAt); all && (q.Quarter == "" || q.Quarter == quarter) {
			found.Incidents = append(found.Incidents, inc)
			found.Quarters = []string{quarter}
		}
	}
	found.Total = len(found.Incidents)
	return found, nil
}

func snippetOf(text knowledge.Text, word string) (Snippet, bool) {
	for _, p := range knowledge.Parts() {
		if before, after, in := strings.Cut(text[p], word); in {
			return Snippet{p, knowledge.Spans(before + knowledge.MarkBegin + word + knowledge.MarkEnd + after)}, true
		}
	}
	return Snippet{}, false
}

func (m *memory) Similar(ctx context.Context, by people.Actor, id string) ([]Similar, error) {
	corpus := knowledge.Corpus{}
	for _, one := range m.order {
		c, err := m.Case(ctx, one)
		if err != nil {
			return nil, err
		}
		corpus.Put(knowledge.ProfileOf(c.Incident, c.Analysis))
	}
	var list []Similar
	for _, l := range corpus.Similar(id, MostSimilar, func(knowledge.Profile) bool { return false }) {
		c, err := m.Case(ctx, l.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, SimilarOf(c, l))
	}
	return list, nil
}

// TestKnowledgePage: what is found is marked, and what people wrote is text and nothing else.
func TestKnowledgePage(t *testing.T) {
	t.Parallel()
	m := tell(t, published)
	m.do(40*time.Hour, "ana", incident.AddNote{Text: "seen"})
	m.do(40*time.Hour, "paul", postmortem.AddLesson{LessonFields: postmortem.LessonFields{Text: "<script>alert(1)</script> zebra & co"}})
	b := open(t, m).as("vic")
	page := b.get("/knowledge").body
	for _, want := range []string{theIncident, "Base de connaissances", "2025-Q3", `action="/knowledge"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	page = b.get("/knowledge?words=zebra").body
	for _, want := range []string{theIncident, "<mark>zebra</mark>", "&amp; co", "Leçons", `value="zebra"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the search has no %q", want)
		}
	}
	if strings.Contains(page, "<script>alert") {
		t.Error("a lesson's text became a script")
	}
	if page := b.get("/knowledge?" + url.Values{"words": {`"><script>x`}}.Encode()).body; strings.Contains(page, "<script>x") || !strings.Contains(page, "Aucun incident ne correspond") {
		t.Error("the words that were looked for became markup, or the page does not say that nothing was found")
	}
	if got := b.get("/knowledge?quarter=2025-Q1").body; !strings.Contains(got, "Aucun incident ne correspond") {
		t.Error("the filter by quarter finds another quarter")
	}
	if got := b.get("/knowledge?severity=S9"); got.status != 422 || !strings.Contains(got.body, "chercher la sévérité") {
		t.Errorf("an unknown severity answers %d", got.status)
	}
	if page := b.get("/knowledge?words=zebra&severity=S1&lang=en").body; !strings.Contains(page, `href="/knowledge?lang=fr&amp;severity=S1&amp;words=zebra"`) {
		t.Error("the other language forgets what was looked for")
	}
}

// TestSimilarOnThePage: the page of a newly opened incident says what helped when it was like this.
func TestSimilarOnThePage(t *testing.T) {
	t.Parallel()
	m := tell(t, closed)
	m.now = m.now.Add(30 * 24 * time.Hour)
	id, err := m.open(people.Monitor(), incident.Opened{
		Severity: "S1", Policy: pipeline.DefaultPolicies()["S1"], Pipeline: "catalogue", Title: "Dérive couleur marque (catalogue)", Rule: "deltaE-spike",
		ColourDrift: true, Routes: []string{"shop"}, OnCall: "u-oncall", Lead: "u-lead",
	})
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, m).as("ana")
	page := b.get("/incidents/" + id).body
	for _, want := range []string{`id="similar"`, theIncident, "points sur 100", "Sa cause : ", "Contenu par : ", "en 5 min", "Leçon : Documenter les étapes de revue", "Résolu en"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of a new incident has no %q", want)
		}
	}
	if strings.Index(page, `id="similar"`) > strings.Index(page, `id="impact"`) {
		t.Error("what helped then stands below the impact of an incident that has just been opened")
	}
	answer := b.get("/api/v1/incidents/" + id + "/similar").body
	for _, want := range []string{`"id":"` + theIncident, `"reasons":[`, `"lessons":["Documenter`} {
		if !strings.Contains(answer, want) {
			t.Errorf("the API has no %q in %s", want, answer)
		}
	}
	if answer := b.get("/api/v1/knowledge?words=hook&quarter=2025-Q3").body; !strings.Contains(answer, `"total":1`) || !strings.Contains(answer, `"hit":true`) {
		t.Errorf("the search of the API gives %s", answer)
	}
}
