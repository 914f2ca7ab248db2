package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/retrospective"
)

func (m *memory) Retrospectives(ctx context.Context, by people.Actor) ([]ListedRetrospective, error) {
	var list []ListedRetrospective
	for _, id := range m.order {
		c, err := m.Case(ctx, id)
		if err != nil {
			return nil, err
		}
		if s := c.Retrospective.Stage(c.Incident); s != retrospective.None {
			of := LessonOf{id, c.Incident.Opened.Title, string(c.Incident.Severity), c.Incident.Opened.Pipeline}
			list = append(list, ListRetrospective(c.Retrospective, of, s, c.Retrospective.Deadline(c.Incident), namesOf(testPeople()).Of, by, m.now))
		}
	}
	return list, nil
}

// TestRetrospectiveOnThePage: minutes that blame are refused in the reader's language, good ones are kept with the lesson and the
// action that came of them.
func TestRetrospectiveOnThePage(t *testing.T) {
	t.Parallel()
	m := tell(t, closed)
	paul := open(t, m).as("paul")
	r := paul.act("minute-retrospective", "badly", "Une erreur humaine au déploiement")
	if r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "erreur humaine") || !strings.Contains(r.body, "compte rendu") {
		t.Errorf("minutes that blame answer %d: %s", r.status, sentence(r.body))
	}
	r = paul.act("minute-retrospective", "well", "La sonde a prouvé\r\n<i>vite</i>", "badly", "Le hook a rendu 0", "lucky", "Personne n’achète à quatre heures",
		"lessons", "Surveiller les codes de sortie", "action", "Sonder le hook", "owner", "u-oncall", "due", "2025-10-10", "domain", "operations")
	if r.status != http.StatusSeeOther {
		t.Fatalf("minutes answer %d: %s", r.status, sentence(r.body))
	}
	page := paul.get("/incidents/" + theIncident).body
	for _, want := range []string{"tenue le 2025-09-28", "leçons : 1", "actions : 1", "Personne n’achète", "&lt;i&gt;vite", "Surveiller les codes de sortie", "Sonder le hook"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if got := paul.get("/api/v1/retrospectives").body; !strings.Contains(got, `"stage":"held"`) || !strings.Contains(got, `"lessons":[2]`) {
		t.Errorf("the API gives %s", got)
	}
	late := tell(t, resolved)
	late.now = late.now.Add(20 * 24 * time.Hour)
	if page := open(t, late).as("vic").get("/retrospectives").body; !strings.Contains(page, `class="late"`) {
		t.Error("a late retrospective is not marked")
	}
}
