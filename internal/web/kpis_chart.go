package web

import (
	"fmt"
	"math"
	"time"

	"github.com/safelight-dev/safelight/internal/kpi"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// monthly is a drawing of figures by month.
type monthly struct {
	id   string
	keys []string
	each bool // of each thing that the figure is about
}

// maxTrendLines bounds the lines of one drawing; the table beside has as many.
const maxTrendLines = 6

// trendChart is figures by month, drawn and as a table.
type trendChart struct {
	ID, Title, Desc string
	Drawings        []trendDrawing
	Legend          []trendLine
	Months          []trendMonth
}

// trendMonth is a row of the table.
type trendMonth struct {
	Name  string
	Cells []string
}

// trendDrawing is an SVG. Each line has a colour, a dash and a mark of its own: one of them is enough to tell it.
type trendDrawing struct {
	graphFrame
	YTicks, XTicks []tick
	Lines          []trendLine
}

type trendLine struct {
	Class, Name string
	Paths       []string // points of polylines; broken where a month has no value
	Marks       []string // paths of shapes
}

// monthSeries is one line before it is drawn; a month without a value is NaN.
type monthSeries struct {
	name   string
	key    string
	of     string
	values []float64
	texts  []string
}

// chart draws the trend; there is none of less than two months.
func (t monthly) chart(r kpi.Report, l phrase.Lang) (trendChart, bool) {
	lines := t.series(r, l)
	if len(r.Months) < 2 || len(lines) == 0 {
		return trendChart{}, false
	}
	first, last := r.Months[0].Name, r.Months[len(r.Months)-1].Name
	c := trendChart{ID: "trend-" + t.id, Title: phrase.Say(l, phrase.Key("kpi.trend."+t.id))}
	c.Desc = phrase.Say(l, "kpi.trend.desc", c.Title, first, last)
	unit, times := trendUnit(lines, unitOf(r, lines[0]))
	s := trendScale(lines, times)
	for _, s.graphFrame = range trendFrames() {
		c.Drawings = append(c.Drawings, drawTrend(s, lines, r.Months, trendText{l, unit, times}))
	}
	for i, m := range r.Months {
		row := trendMonth{Name: m.Name}
		for _, line := range lines {
			row.Cells = append(row.Cells, line.texts[i])
		}
		c.Months = append(c.Months, row)
	}
	for i, line := range lines {
		c.Legend = append(c.Legend, trendLine{Class: lineClass(i), Name: line.name, Marks: []string{shape(i, 16, 8)}})
	}
	return c, true
}

// trendFrames are the drawings, of which a page shows the one that fits.
func trendFrames() []graphFrame {
	return []graphFrame{
		{Class: "wide", Width: 900, Height: 240, Left: 70, Right: 886, Top: 14, Bottom: 208, times: 12},
		{Class: "narrow", Width: 360, Height: 240, Left: 56, Right: 346, Top: 14, Bottom: 208, times: 4},
	}
}

// series gives the lines of the trend, with a value for each month.
func (t monthly) series(r kpi.Report, l phrase.Lang) []monthSeries {
	var lines []monthSeries
	for _, key := range t.keys {
		for _, of := range t.things(r, key) {
			line := monthSeries{key: key, of: of, name: of}
			for _, m := range r.Months {
				value, text := math.NaN(), "—"
				if f := kpi.Find(m.Figures, key, of); f != nil {
					if text = f.Text(l); f.Value != nil {
						value = *f.Value
					}
					if of == "" {
						line.name = f.Name().In(l)
					}
				}
				line.values, line.texts = append(line.values, value), append(line.texts, text)
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func (t monthly) things(r kpi.Report, key string) []string {
	if !t.each {
		return []string{""}
	}
	var list []string
	for _, f := range r.Figures {
		if f.Key == key && len(list) < maxTrendLines {
			list = append(list, f.Of)
		}
	}
	return list
}

func unitOf(r kpi.Report, line monthSeries) kpi.Unit {
	if f := kpi.Find(r.Figures, line.key, line.of); f != nil {
		return f.Unit
	}
	return kpi.Count
}

// trendUnit is what the axis counts in, and by what a value is multiplied for it.
func trendUnit(lines []monthSeries, unit kpi.Unit) (name string, times float64) {
	switch unit {
	case kpi.Ratio:
		return " %", 100
	case kpi.Seconds:
		top := 0.0
		for _, line := range lines {
			for _, v := range line.values {
				if v > top { // no number is not
					top = v
				}
			}
		}
		switch {
		case top >= 72*3600:
			return " d", 1.0 / (24 * 3600)
		case top >= 3*3600:
			return " h", 1.0 / 3600
		}
		return " min", 1.0 / 60
	}
	return "", 1
}

// trendScale begins at zero: a trend that begins elsewhere makes little look like much.
func trendScale(lines []monthSeries, times float64) graphScale {
	s := graphScale{}
	for _, line := range lines {
		for _, v := range line.values {
			if v*times > s.high {
				s.high = v * times
			}
		}
	}
	if times == 100 {
		s.high = max(s.high, 10)
	}
	step := tickStep(max(s.high, 1))
	s.high = math.Ceil(max(s.high, 1)/step) * step
	return s
}

// trendText writes the marks of the axes.
type trendText struct {
	lang  phrase.Lang
	unit  string
	times float64
}

func (t trendText) value(v float64) string {
	unit := t.unit
	if unit == " d" && t.lang == phrase.French {
		unit = " j"
	}
	if unit == " %" && t.lang == phrase.English {
		unit = "%"
	}
	return valueText(t.lang, v) + unit
}

func drawTrend(s graphScale, lines []monthSeries, months []kpi.Month, t trendText) trendDrawing {
	d := trendDrawing{graphFrame: s.graphFrame}
	x := func(i int) float64 {
		return float64(s.Left) + float64(s.Right-s.Left)*(float64(i)+0.5)/float64(len(months))
	}
	step := tickStep(s.high)
	if t.unit == "" {
		step = max(step, 1) // things are counted whole
	}
	for v := 0.0; v <= s.high+step/2; v += step {
		d.YTicks = append(d.YTicks, tick{coordinate(s.y(v)), t.value(math.Round(v/step) * step), "end"})
	}
	every := (len(months) + s.times - 1) / s.times
	for i := 0; i < len(months); i += every {
		d.XTicks = append(d.XTicks, tick{coordinate(x(i)), monthLabel(months[i].Name), "middle"})
	}
	for i, line := range lines {
		drawn := trendLine{Class: lineClass(i), Name: line.name}
		var path []string
		for j, v := range line.values {
			if math.IsNaN(v) {
				drawn.Paths, path = appendPath(drawn.Paths, path), nil
				continue
			}
			y := s.y(v * t.times)
			path = append(path, coordinate(x(j))+","+coordinate(y))
			drawn.Marks = append(drawn.Marks, shape(i, x(j), y))
		}
		drawn.Paths = appendPath(drawn.Paths, path)
		d.Lines = append(d.Lines, drawn)
	}
	return d
}

func monthLabel(name string) string {
	at, err := time.Parse("2006-01", name)
	if err != nil {
		return name
	}
	return at.Format("01/06")
}

func appendPath(paths, points []string) []string {
	if len(points) < 2 {
		return paths
	}
	text := points[0]
	for _, p := range points[1:] {
		text += " " + p
	}
	return append(paths, text)
}

// shape draws the mark of a line around a point: a disc, a square, a triangle, a diamond, a cross, a bar.
func shape(line int, x, y float64) string {
	const r = 5.0
	switch line % maxTrendLines {
	case 0:
		return fmt.Sprintf("M%.1f %.1fa%.0f %.0f 0 1 0 %.0f 0a%.0f %.0f 0 1 0 -%.0f 0z", x-r, y, r, r, 2*r, r, r, 2*r)
	case 1:
		return fmt.Sprintf("M%.1f %.1fh%.0fv%.0fh-%.0fz", x-r, y-r, 2*r, 2*r, 2*r)
	case 2:
		return fmt.Sprintf("M%.1f %.1fl%.0f %.0fh-%.0fz", x, y-r, r, 2*r, 2*r)
	case 3:
		return fmt.Sprintf("M%.1f %.1fl%.0f %.0fl-%.0f %.0fl-%.0f -%.0fz", x, y-r-1, r+1, r+1, r+1, r+1, r+1, r+1)
	case 4:
		return fmt.Sprintf("M%.1f %.1fh2v4h4v2h-4v4h-2v-4h-4v-2h4z", x-1, y-5)
	}
	return fmt.Sprintf("M%.1f %.1fh%.0fv4h-%.0fz", x-r, y-2, 2*r, 2*r)
}
