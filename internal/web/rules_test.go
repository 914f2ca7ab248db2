package web

import (
	"math"
	"slices"
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
	if len(v.Legend()) != 2 || len(v.Rows) != 2 || v.Hidden != 0 {
		t.Fatalf("%d lines, %d rows, %d hidden; want two that have values", len(v.Legend()), len(v.Rows), v.Hidden)
	}
	if row := v.Rows[1]; row.Max != "4" || row.Last != "3" || row.At != "03:06" {
		t.Errorf("rows %+v", v.Rows)
	}
	for _, d := range v.Drawings {
		if a := d.Lines[1]; len(a.Paths) != 2 || a.Name != `b="c", pipeline="a"` {
			t.Errorf("%s: line %+v, want two pieces", d.Class, a)
		}
		if one := d.Lines[0]; len(one.Dots) != 1 || one.Name != "—" {
			t.Errorf("%s: line %+v, want one point without labels, drawn first since it is the highest", d.Class, one)
		}
		if d.Limit == nil || d.Limit.Label != "> 5" {
			t.Errorf("%s: limit %+v", d.Class, d.Limit)
		}
		for _, bad := range []string{"NaN", "Inf", "-"} {
			if text := strings.Join(d.Lines[1].Paths, " ") + d.Limit.At; strings.Contains(text, bad) {
				t.Errorf("%s: coordinates %q hold %q", d.Class, text, bad)
			}
		}
	}
}

// Numbers are written for people, not for programs.
func TestValueText(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{12: "12", 0.25: "0,25", 1234.5: "1 234", 12000: "12 000", -17034: "-17 030", 999999: "1 000 000", 2.5e6: "2,5e+06", 1e-7: "1e-07"} {
		if got := valueText(phrase.French, v); got != want {
			t.Errorf("%g: %q, want %q", v, got, want)
		}
	}
}

// On a phone the letters have their size: a drawing there is as wide as its screen, and its marks stand apart.
func TestGraphOnAPhone(t *testing.T) {
	t.Parallel()
	const screen, letter = 360, 8.0 // a phone less the margins of its page, a letter of a time at 15 pixels; in pixels
	from := time.Date(2025, 9, 20, 3, 0, 0, 0, time.UTC)
	v := graphOf(phrase.English, Rule{Name: "r"}, RuleGraph{From: from, To: from.Add(7 * 24 * time.Hour), Step: time.Hour, Lines: []RuleLine{{Points: pointsOf(from, 1, 2)}}})
	narrow := slices.IndexFunc(v.Drawings, func(d graphDrawing) bool { return d.Width <= screen })
	if narrow < 0 {
		t.Fatal("no drawing fits a phone")
	}
	d := v.Drawings[narrow]
	var words float64
	for _, mark := range d.XTicks {
		words += letter * float64(len(mark.Label))
	}
	if room := float64(d.Right - d.Left); len(d.XTicks) < 2 || words > room {
		t.Errorf("%d marks take %.0f of %.0f pixels", len(d.XTicks), words, room)
	}
}

// What fires comes first, then what is broken or pending; the rest stays in its groups, in their order.
func TestRulesInOrderOfUrgency(t *testing.T) {
	t.Parallel()
	rule := func(name, group, health, state string, firing, pending int) Rule {
		return Rule{Name: name, Group: group, Alerting: true, Health: health, State: state, Firing: firing, Pending: pending}
	}
	list := listRules(phrase.English, []Rule{
		rule("calm", "a", "good", "inactive", 0, 0), rule("waits", "a", "good", "pending", 0, 1), rule("fails", "a", "bad", "inactive", 0, 0),
		rule("fires", "b", "good", "firing", 2, 0), rule("fires and fails", "b", "bad", "firing", 1, 0), rule("new", "c", "unknown", "inactive", 0, 0),
	})
	names := func(rows []ruleRow) (all []string) {
		for _, r := range rows {
			all = append(all, r.Name)
		}
		return all
	}
	if got, want := names(list.Urgent), []string{"fires", "fires and fails", "fails", "waits"}; !slices.Equal(got, want) {
		t.Errorf("first %q, want %q", got, want)
	}
	if len(list.Groups) != 2 || list.Groups[0].Name != "a" || list.Groups[1].Name != "c" || !slices.Equal(names(list.Groups[0].Rules), []string{"calm"}) {
		t.Errorf("then %+v, want what is left of a and c", list.Groups)
	}
	if list.All != 6 || list.Firing != 1 || list.Broken != 2 || list.Pending != 1 {
		t.Errorf("counts %+v", list)
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
		marks := v.Drawings[0].YTicks
		if n := len(marks); n < 2 || n > 12 {
			t.Errorf("%v: %d marks on the axis: %v", values, n, marks)
		}
		for _, value := range values {
			if value < s.low || value > s.high || math.IsNaN(s.y(value)) {
				t.Errorf("%v: %g lies outside %g … %g", values, value, s.low, s.high)
			}
		}
	}
}
