package app

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
)

// TestDashboardAndAlertsKnowTheirSeries: what the dashboard and the alerts of deploy/ ask for is on /metrics, in a house that has lived
// a little; and Prometheus takes each expression of the dashboard.
func TestDashboardAndAlertsKnowTheirSeries(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.declare()
	h.do("lea", id, postmortem.SetCause{CauseFields: postmortem.CauseFields{Kind: postmortem.Direct, Domain: postmortem.Operations, Text: "The hook lost its exit status"}})
	h.do("lea", id, prevention.AddAction{Title: "Check the hook", Domain: postmortem.Operations, Owner: h.as("nora").ID, Due: "2025-10-01", Impact: prevention.Large, Effort: prevention.Small})
	h.sweep()
	h.audit()
	if err := h.countKPIs(t.Context()); err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	h.metrics(answer, nil)
	text := answer.Body.String()
	for _, line := range []string{
		`safelight_kpi_count{kpi="openActions",of=""} 1`, `safelight_kpi_open{kpi="containedIn30Min",of=""} 1`, `safelight_kpi_at_least{kpi="detectToContain",of="",quantile="0.5"} 1`,
		`safelight_kpi_ratio{kpi="budgetViolations",of="catalogue"} `,
	} {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("/metrics lacks %s", line)
		}
	}
	dashboard, rules := fromDeploy(t, "grafana/safelight.json"), fromDeploy(t, "prometheus/safelight.rules.yaml")
	names := regexp.MustCompile(`\b(safelight|image|user|telemetry)_[a-z0-9_]+`)
	asked := slices.Concat(names.FindAllString(dashboard, -1), names.FindAllString(rules, -1))
	slices.Sort(asked)
	if asked = slices.Compact(asked); len(asked) < 10 {
		t.Errorf("dashboard and alerts ask for %v: too few to be all", asked)
	}
	for _, name := range asked {
		if !regexp.MustCompile(`(?m)^# TYPE ` + name + ` `).MatchString(text) {
			t.Errorf("/metrics has no series %s, which deploy/ asks for", name)
		}
	}
	// No key of a figure is written wrong either.
	for _, key := range regexp.MustCompile(`kpi=\\?"([A-Za-z0-9]+)\\?"`).FindAllStringSubmatch(dashboard+rules, -1) {
		if !strings.Contains(text, `kpi="`+key[1]+`"`) {
			t.Errorf("/metrics has no figure %s, which deploy/ asks for", key[1])
		}
	}
	h.askDashboard(dashboard)
}

func fromDeploy(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("../../deploy/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// askDashboard puts each expression of a dashboard to Prometheus' engine.
func (h *house) askDashboard(dashboard string) {
	h.t.Helper()
	var d struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(dashboard), &d); err != nil {
		h.t.Fatal(err)
	}
	asked := 0
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			asked++
			query := url.Values{"query": {strings.ReplaceAll(target.Expr, "$job", ".*")}}
			answer := httptest.NewRecorder()
			h.series.PromAPI().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/api/v1/query?"+query.Encode(), nil))
			if answer.Code != http.StatusOK {
				h.t.Errorf("panel %q: %s: %s", p.Title, target.Expr, answer.Body)
			}
		}
	}
	if asked < 15 {
		h.t.Errorf("the dashboard has %d expressions: it was not read whole", asked)
	}
}
