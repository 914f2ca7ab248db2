package web

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

const (
	maxGraphLines = 8   // drawn; the table has them all, up to maxGraphRows
	maxGraphRows  = 100 // series in the table
)

// graphFrame is the room of a drawing, in units of its view box.
type graphFrame struct {
	Class                    string
	Width, Height            int
	Left, Right, Top, Bottom int // of what lies between the axes
	times                    int // marks on the axis of time
}

// graphFrames are the drawings of a graph, of which a page shows the one that fits: on the screen of a phone the letters
// of the wide one would be a third of their size.
func graphFrames() []graphFrame {
	return []graphFrame{
		{Class: "wide", Width: 900, Height: 280, Left: 76, Right: 886, Top: 14, Bottom: 252, times: 6},
		{Class: "narrow", Width: 360, Height: 280, Left: 70, Right: 350, Top: 14, Bottom: 252, times: 3},
	}
}

// graphView is a graph as drawings and a table show it.
type graphView struct {
	Title, Desc string
	Drawings    []graphDrawing
	Rows        []graphRow
	Hidden      int // series that are not drawn
}

// Legend names the lines; all drawings have the same.
func (v graphView) Legend() []graphLine {
	if len(v.Drawings) == 0 {
		return nil
	}
	return v.Drawings[0].Lines
}

// graphDrawing is an SVG.
type graphDrawing struct {
	graphFrame
	Lines          []graphLine
	YTicks, XTicks []tick
	Limit          *tick
}

// graphLine is one series; it has several paths where values are missing between.
type graphLine struct {
	Class, Name string
	Paths       []string
	Dots        []dot // values that stand alone
}

type graphRow struct{ Class, Name, Min, Max, Last, At string }

// tick is a mark on an axis.
type tick struct{ At, Label, Anchor string }

// graphScale turns times and values into coordinates.
type graphScale struct {
	graphFrame
	from, to  time.Time
	low, high float64
}

func (s graphScale) x(at time.Time) float64 {
	return float64(s.Left) + float64(s.Right-s.Left)*float64(at.Sub(s.from))/float64(max(s.to.Sub(s.from), 1))
}

func (s graphScale) y(v float64) float64 {
	return float64(s.Top) + float64(s.Bottom-s.Top)*(s.high-v)/(s.high-s.low)
}

func coordinate(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

// graphOf draws a graph. Values that are no finite numbers are left out.
func graphOf(l phrase.Lang, r Rule, g RuleGraph) graphView {
	v := graphView{Title: phrase.Say(l, "rules.graph.title", r.Name)}
	lines := slices.Clone(g.Lines)
	for i := range lines {
		lines[i].Points = slices.DeleteFunc(slices.Clone(lines[i].Points), func(p RulePoint) bool { return math.IsNaN(p.Value) || math.IsInf(p.Value, 0) })
	}
	lines = slices.DeleteFunc(lines, func(line RuleLine) bool { return len(line.Points) == 0 })
	slices.SortStableFunc(lines, func(a, b RuleLine) int { return cmp.Compare(highest(b), highest(a)) })
	v.Desc = phrase.Say(l, "rules.graph.desc", len(lines), g.Expr, graphTime(g.From, g), graphTime(g.To, g))
	if len(lines) == 0 {
		return v
	}
	shown := lines[:min(len(lines), maxGraphLines)]
	s := graphScaleOf(lines, g)
	for _, s.graphFrame = range graphFrames() {
		d := graphDrawing{graphFrame: s.graphFrame}
		d.axes(l, s, g)
		for i, line := range shown {
			d.Lines = append(d.Lines, drawn(line, s, g.Step, lineClass(i)))
		}
		v.Drawings = append(v.Drawings, d)
	}
	for i, line := range lines[:min(len(lines), maxGraphRows)] {
		v.Rows = append(v.Rows, rowOf(l, line, g, lineClass(i)))
	}
	v.Hidden = len(lines) - len(shown)
	return v
}

// lineClass is the colour of a series, the same in the drawing and in the table; none for one that is not drawn.
func lineClass(i int) string {
	if i >= maxGraphLines {
		return ""
	}
	return fmt.Sprintf("l%d", i)
}

func highest(l RuleLine) float64 {
	top := math.Inf(-1)
	for _, p := range l.Points {
		top = max(top, p.Value)
	}
	return top
}

func lowest(l RuleLine) float64 {
	low := math.Inf(1)
	for _, p := range l.Points {
		low = min(low, p.Value)
	}
	return low
}

// graphScaleOf takes in all values, the limit and, unless it is far away, zero.
func graphScaleOf(lines []RuleLine, g RuleGraph) graphScale {
	s := graphScale{from: g.From, to: g.To, low: math.Inf(1), high: math.Inf(-1)}
	for _, line := range lines {
		s.low, s.high = min(s.low, lowest(line)), max(s.high, highest(line))
	}
	if g.Limit != nil && !math.IsNaN(*g.Limit) && !math.IsInf(*g.Limit, 0) {
		s.low, s.high = min(s.low, *g.Limit), max(s.high, *g.Limit)
	}
	if s.low > 0 && s.low < s.high/2 {
		s.low = 0
	}
	step := tickStep(s.high - s.low)
	if s.high-s.low < step { // all the same: in the middle
		step = tickStep(max(math.Abs(s.high), 1))
		s.low, s.high = s.low-step, s.high+step
	}
	s.low, s.high = math.Floor(s.low/step)*step, math.Ceil(s.high/step)*step
	return s
}

// tickStep gives about five round steps: 1, 2 or 5 times a power of ten.
func tickStep(span float64) float64 {
	if !(span > 0) || math.IsInf(span, 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(span/5)))
	for _, times := range []float64{1, 2, 5} {
		if power*times >= span/5 {
			return power * times
		}
	}
	return power * 10
}

func (d *graphDrawing) axes(l phrase.Lang, s graphScale, g RuleGraph) {
	step := tickStep(s.high - s.low)
	for i := range 12 {
		value := s.low + float64(i)*step
		if value > s.high+step/2 {
			break
		}
		d.YTicks = append(d.YTicks, tick{coordinate(s.y(value)), valueText(l, math.Round(value/step)*step), "end"})
	}
	last := s.times - 1
	for i := range s.times {
		at, anchor := g.From.Add(g.To.Sub(g.From)*time.Duration(i)/time.Duration(last)), "middle"
		switch i {
		case 0:
			anchor = "start"
		case last:
			anchor = "end"
		}
		d.XTicks = append(d.XTicks, tick{coordinate(s.x(at)), graphTime(at, g), anchor})
	}
	if g.Limit != nil && *g.Limit >= s.low && *g.Limit <= s.high {
		d.Limit = &tick{coordinate(s.y(*g.Limit)), g.Op + " " + valueText(l, *g.Limit), "end"}
	}
}

// graphTime is a time on the axis, with the day where the graph is of more than one.
func graphTime(at time.Time, g RuleGraph) string {
	if g.To.Sub(g.From) > 24*time.Hour {
		return at.UTC().Format("01-02 15:04")
	}
	return at.UTC().Format("15:04")
}

// valueText writes four significant digits as the language does, thousands without an exponent.
func valueText(l phrase.Lang, v float64) string {
	text := strconv.FormatFloat(v, 'g', 4, 64)
	if a := math.Abs(v); a >= 1e3 && a < 1e6 {
		rounded, _ := strconv.ParseFloat(text, 64) // it was written just now
		return phrase.Integer(l, int64(rounded))
	}
	if l == phrase.French {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// drawn breaks a line where values are missing.
func drawn(line RuleLine, s graphScale, step time.Duration, class string) graphLine {
	out := graphLine{Class: class, Name: labelText(line.Labels)}
	var path []string
	end := func() {
		switch {
		case len(path) == 1:
			x, y, _ := strings.Cut(path[0], ",")
			out.Dots = append(out.Dots, dot{X: x, Y: y})
		case len(path) > 1:
			out.Paths = append(out.Paths, strings.Join(path, " "))
		}
		path = nil
	}
	for i, p := range line.Points {
		if i > 0 && p.At.Sub(line.Points[i-1].At) > step*3/2 {
			end()
		}
		path = append(path, coordinate(s.x(p.At))+","+coordinate(s.y(p.Value)))
	}
	end()
	return out
}

func rowOf(l phrase.Lang, line RuleLine, g RuleGraph, class string) graphRow {
	last := line.Points[len(line.Points)-1]
	return graphRow{class, labelText(line.Labels), valueText(l, lowest(line)), valueText(l, highest(line)), valueText(l, last.Value), graphTime(last.At, g)}
}

// labelText writes labels as PromQL does, without braces; a series without labels is an em dash.
func labelText(labels map[string]string) string {
	if len(labels) == 0 {
		return "—"
	}
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, k+"="+strconv.Quote(labels[k]))
	}
	return strings.Join(parts, ", ")
}
