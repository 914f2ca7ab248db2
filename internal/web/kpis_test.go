package web

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/kpi"
)

// checkedFor gives the house half a year of checks of two pipelines; one of them gets worse.
func checkedFor(m *memory) {
	for month := time.April; month <= time.September; month++ {
		on := time.Date(2025, month, 12, 0, 0, 0, 0, time.UTC)
		over := int64(month-time.April) * 40
		m.days = append(m.days,
			kpi.Day{Pipeline: "catalogue", Day: on, Checks: 4200, Over: over, DeltaE: 4200 * 0.8, DeltaEs: 4200, SSIM: 4100 * 0.99, SSIMs: 4100},
			kpi.Day{Pipeline: "heroes", Day: on, Checks: 300, Over: 3, DeltaE: 300 * 1.1, DeltaEs: 300})
	}
}

func TestKPIsOfAPeriod(t *testing.T) {
	t.Parallel()
	m := tell(t, closed)
	checkedFor(m)
	b := open(t, m).as("vic")
	page := b.get("/kpis?period=2025-Q3&severity=S1").body
	for _, text := range []string{
		`href="/kpis.csv?period=2025-Q3&amp;severity=S1"`, `href="/api/v1/kpis?period=2025-Q3&amp;severity=S1"`, `aria-current="true">2025-Q3`,
		"Part contenue en 30 min", "contenus en 30 min ÷ (n − sans terme)", "de Kaplan-Meier", "5 min", "p90 : 5 min", "n = 12 600", "catalogue",
		`role="img" aria-labelledby="trend-quality-title-wide trend-quality-desc-wide"`, "<th scope=\"row\">2025-08</th>", "analyse complète",
	} {
		if !strings.Contains(page, text) {
			t.Errorf("the page of the quarter lacks %q", text)
		}
	}
	if none := b.get("/kpis?period=2025-Q1&severity=S0").body; strings.Contains(none, "<svg class=\"wide\"") || !strings.Contains(none, "n = 0") {
		t.Error("a quarter before all facts has a drawing, or no empty population")
	}
	if english := b.get("/kpis?period=2025-Q3&lang=en").body; !strings.Contains(english, "Share contained in 30 min") || !strings.Contains(english, "12,600") {
		t.Error("the page says nothing in English")
	}
	for _, path := range []string{"/kpis?period=Q9", "/kpis.csv?severity=high", "/api/v1/kpis?period=2025-Q9"} {
		if r := b.get(path); r.status != http.StatusBadRequest && r.status != http.StatusUnprocessableEntity {
			t.Errorf("%s gives %d, want a refusal", path, r.status)
		}
	}
}

func TestKPIsForPrograms(t *testing.T) {
	t.Parallel()
	m := tell(t, closed)
	checkedFor(m)
	b := open(t, m).as("vic")
	rows, err := csv.NewReader(strings.NewReader(b.get("/kpis.csv?period=2025-Q3").body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	of := func(period, key, thing string) (value string) {
		for _, row := range rows {
			if row[1] == key && row[7] == thing && row[14] == period {
				return row[2]
			}
		}
		return "none"
	}
	if got := of("2025-Q3", "containedIn30Min", ""); got != "1" {
		t.Errorf("contained in 30 minutes in the quarter = %s, want 1", got)
	}
	if got := of("2025-09", "budgetViolations", "heroes"); got != "0.01" {
		t.Errorf("over budget in September = %s, want 0.01", got)
	}
	f := read1[Figures](t, b.get("/api/v1/kpis?period=2025-Q3&severity=S1&severity=S0"))
	if len(f.Months) != 3 || len(f.Severities) != 2 || f.Period.Name != "2025-Q3" {
		t.Errorf("the API tells %d months, %v, %q; want 3, S0 and S1, 2025-Q3", len(f.Months), f.Severities, f.Period.Name)
	}
	for _, k := range f.Figures {
		if k.Name == "" || k.Definition == "" || k.Formula == "" {
			t.Errorf("%s of %q has no name, definition or formula", k.Key, k.Of)
		}
	}
}
