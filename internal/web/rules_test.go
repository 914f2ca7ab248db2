package web

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// Only what a browser may follow becomes a link: annotations are written by whoever writes rules.
func TestWebAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://runbooks/ui/color-drift": "https://runbooks/ui/color-drift", " http://a.example/b ": "http://a.example/b",
		"javascript:alert(1)": "", "data:text/html,x": "", "runbooks/ui": "", "//evil.example": "", "https:///x": "", "": "",
	} {
		if got := webAddress(text); got != want {
			t.Errorf("webAddress(%q) = %q, want %q", text, got, want)
		}
	}
	if got := withoutTemplates("Dérive ({{ $labels.pipeline }}), {{ $value }} {{ open"); got != "Dérive (…), … " {
		t.Errorf("without templates: %q", got)
	}
}

func pointsOf(from time.Time, values ...float64) (points []RulePoint) {
	for i, v := range values {
		points = append(points, RulePoint{from.Add(time.Duration(i) * time.Minute), v})
	}
	return points
}

// Lines stay inside the drawing, break where values are missing, and the highest are drawn.
func TestGraphOf(t *testing.T) {
	t.Parallel()
	from := time.Date(2025, 9, 27, 3, 0, 0, 0, time.UTC)
	limit := 5.0
	g := RuleGraph{Expr: "x", Op: ">", Limit: &limit, From: from, To: from.Add(10 * time.Minute), Step: time.Minute, Lines: []RuleLine{
		{Labels: map[string]string{"pipeline": "a", "b": "c"}, Points: append(pointsOf(from, 1, 2, math.NaN(), math.Inf(1)), pointsOf(from.Add(5*time.Minute), 4, 3)...)},
		{Points: pointsOf(from.Add(9*time.Minute), 10)},
		{Labels: map[string]string{"gone": "1"}, Points: pointsOf(from, math.NaN())},
	}}
	v := graphOf(phrase.French, Rule{Name: "r"}, g)
	if len(v.Lines) != 2 || len(v.Rows) != 2 || v.Hidden != 0 {
		t.Fatalf("%d lines, %d rows, %d hidden; want two that have values", len(v.Lines), len(v.Rows), v.Hidden)
	}
	if a := v.Lines[1]; len(a.Paths) != 2 || a.Name != `b="c", pipeline="a"` {
		t.Errorf("line %+v, want two pieces", a)
	}
	if one := v.Lines[0]; len(one.Dots) != 1 || one.Name != "—" {
		t.Errorf("line %+v, want one point without labels, drawn first since it is the highest", one)
	}
	if v.Limit == nil || v.Limit.Label != "> 5" || v.Rows[1].Max != "4" || v.Rows[1].Last != "3" || v.Rows[1].At != "03:06" {
		t.Errorf("limit %+v, rows %+v", v.Limit, v.Rows)
	}
	for _, bad := range []string{"NaN", "Inf", "-"} {
		if text := strings.Join(v.Lines[1].Paths, " ") + v.Limit.At; strings.Contains(text, bad) {
			t.Errorf("coordinates %q hold %q", text, bad)
		}
	}
}

// Whatever the values, the axis has a few round steps that hold them all.
func TestGraphScale(t *testing.T) {
	t.Parallel()
	for _, values := range [][]float64{{0}, {5, 5}, {-3, 4}, {1e-9, 2e-9}, {1e300, 2e300}, {-1e18, 1e18}, {0.1, 0.3}, {1000000, 1000001}, {-7}} {
		from := time.Unix(0, 0)
		g := RuleGraph{From: from, To: from.Add(time.Hour), Step: time.Minute, Lines: []RuleLine{{Points: pointsOf(from, values...)}}}
		v := graphOf(phrase.English, Rule{}, g)
		s := graphScaleOf(g.Lines, g)
		if n := len(v.YTicks); n < 2 || n > 12 {
			t.Errorf("%v: %d marks on the axis: %v", values, n, v.YTicks)
		}
		for _, value := range values {
			if value < s.low || value > s.high || math.IsNaN(s.y(value)) {
				t.Errorf("%v: %g lies outside %g … %g", values, value, s.low, s.high)
			}
		}
	}
}
