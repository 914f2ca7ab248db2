package web

import (
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/trend"
)

// The drawing of a chart, in units of its view box.
const (
	chartWidth  = 640
	chartHeight = 170
	chartLeft   = 76
	chartRight  = 12
	chartTop    = 12
	chartBottom = 24
)

// chartView is a chart as an SVG shows it. Lines that are not known have Y below 0.
type chartView struct {
	ID, Name, State, Words, Facts string
	Alarm                         bool
	Follow                        follow
	Dots                          []dot
	Base, Limit                   mark
	Value                         dot
	HasValue                      bool
	Since                         float64 // x; below 0: no alarm
	SinceWidth                    float64
	First, Last                   string // days at the ends
	Top, Bottom, Left, Right      int
}

type dot struct {
	X, Y  string
	Class string
	Says  string // what a pointer that rests on it reads
}

// mark is a horizontal line with its label.
type mark struct {
	Y     string
	Label string
	Shown bool
}

// scale turns values into coordinates.
type scale struct {
	from, until time.Time
	top         float64 // the greatest value
}

func (s scale) x(at time.Time) float64 {
	whole := s.until.Sub(s.from)
	if whole <= 0 {
		return chartLeft
	}
	return chartLeft + (chartWidth-chartLeft-chartRight)*min(max(float64(at.Sub(s.from))/float64(whole), 0), 1)
}

func (s scale) y(v float64) string {
	return fmt.Sprintf("%.1f", chartTop+(chartHeight-chartTop-chartBottom)*(1-min(max(v/s.top, 0), 1)))
}

// chartOf draws a chart; id makes it unique on the page.
func chartOf(l phrase.Lang, id string, c Chart) chartView {
	v := chartView{
		ID: id, Name: phrase.Say(l, phrase.Key("signal.metric."+string(c.Metric))), State: string(c.State), Alarm: c.State == trend.Alarm,
		Words: phrase.Say(l, phrase.Key("signal.state."+string(c.State))), Since: -1,
		Top: chartTop, Bottom: chartHeight - chartBottom, Left: chartLeft, Right: chartWidth - chartRight,
	}
	if c.State == trend.Learning {
		v.Facts = phrase.Say(l, "signal.learning", c.Days)
	} else {
		v.Facts = phrase.Say(l, "signal.facts", intake.Figure(l, c.Metric, c.Value), intake.Figure(l, c.Metric, c.Baseline), intake.Figure(l, c.Metric, c.Limit))
	}
	if len(c.Points) == 0 {
		return v
	}
	s := scaleOf(c)
	v.First, v.Last = s.from.UTC().Format(time.DateOnly), s.until.UTC().Format(time.DateOnly)
	for _, p := range c.Points {
		if p.Value != MissingValue {
			v.Dots = append(v.Dots, pointDot(l, s, c, p))
		}
	}
	if c.State != trend.Learning {
		v.Base = mark{s.y(c.Baseline), intake.Figure(l, c.Metric, c.Baseline), true}
		v.Limit = mark{s.y(c.Limit), intake.Figure(l, c.Metric, c.Limit), true}
		v.HasValue = true
		v.Value = dot{X: fmt.Sprint(chartWidth - chartRight), Y: s.y(c.Value), Says: intake.Figure(l, c.Metric, c.Value)}
	}
	if v.Alarm && !c.Since.IsZero() {
		v.Since = s.x(c.Since)
		v.SinceWidth = chartWidth - chartRight - v.Since
	}
	return v
}

func pointDot(l phrase.Lang, s scale, c Chart, p Point) dot {
	d := dot{X: fmt.Sprintf("%.1f", s.x(p.At)), Y: s.y(p.Value)}
	layout := time.DateOnly
	if c.Metric == trend.Storm {
		layout = "2006-01-02 15:04"
	}
	d.Says = p.At.UTC().Format(layout) + ": " + intake.Figure(l, c.Metric, p.Value)
	if c.State == trend.Alarm && !p.At.Before(c.Since) {
		d.Class = "since"
	}
	return d
}

func scaleOf(c Chart) scale {
	s := scale{from: c.Points[0].At, until: c.Points[len(c.Points)-1].At, top: max(c.Value, c.Limit)}
	for _, p := range c.Points {
		s.top = max(s.top, p.Value)
	}
	s.top *= 1.08
	if s.top <= 0 {
		s.top = 1
	}
	return s
}
