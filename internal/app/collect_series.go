package app

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/collect"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/telemetry"
)

// seriesOf are the expressions whose course around an incident is evidence, of one pipeline.
func seriesOf(pipeline string) [][2]string {
	own := fmt.Sprintf("{pipeline=%q}", pipeline)
	return [][2]string{
		{"images checked per second", "sum(rate(image_checks_total" + own + "[5m]))"},
		{"over a limit of ΔE00 per second", "sum(rate(image_delta_e_over_threshold_total" + own + "[5m]))"},
		{"ΔE00 p95, the 95th percentile of images", "histogram_quantile(0.95, sum by (le) (rate(image_delta_e_2000_bucket" + own + "[5m])))"},
		{"SSIM, median of images", "histogram_quantile(0.5, sum by (le) (rate(image_ssim_bucket" + own + "[5m])))"},
		{"metadata findings per second", "sum(rate(image_metadata_findings_total" + own + "[5m]))"},
	}
}

const seriesSteps = 240 // points of each course

// course is one expression with its values.
type course struct {
	name, expr string
	points     []telemetry.Point
}

// series keeps the course of the pipeline's series around the incident: as a table, and drawn.
func (c collection) series(ctx context.Context) error {
	from, to := c.span()
	pipeline := c.c.Incident.Opened.Pipeline
	step := max(to.Sub(from)/seriesSteps, 15*time.Second).Round(time.Second)
	var list []course
	found := 0
	for _, e := range seriesOf(pipeline) {
		lines, err := c.app.series.QueryRange(ctx, e[1], from, to, step)
		if err != nil {
			return fmt.Errorf("collect the series of %s: %w", pipeline, err)
		}
		one := course{name: e[0], expr: e[1]}
		for _, l := range lines { // one at most: the expressions add up
			one.points = append(one.points, l.Points...)
		}
		found += len(one.points)
		list = append(list, one)
	}
	if found == 0 {
		return fmt.Errorf("collect the series of %s: there are none %s: %w", pipeline, spanText(from, to), journal.ErrNotFound)
	}
	table := [][]string{{"time", "series", "value", "expression"}}
	for _, one := range list {
		for _, p := range one.points {
			table = append(table, []string{p.At.UTC().Format(time.RFC3339), one.name, strconv.FormatFloat(p.Value, 'g', -1, 64), one.expr})
		}
	}
	text, err := csvText(table)
	if err != nil {
		return err
	}
	take := c.take(ctx, "safelight collect series")
	source := "series of " + pipeline + " " + spanText(from, to)
	base := "series/" + c.stamp()
	if err := take(collect.File{Path: base + ".csv", Kind: string(postmortem.Series), Source: source, Data: bytes.NewReader(text)}); err != nil {
		return err
	}
	drawn := drawCourses(pipeline, list, from, to, begin(c.c.Incident), c.c.Incident.DetectedAt)
	return take(collect.File{Path: base + ".svg", Kind: string(postmortem.Series), Source: source, Data: strings.NewReader(drawn)})
}

// The drawing, in units of its view box.
const (
	seriesWidth, seriesLeft, seriesRight = 900, 60, 880
	seriesHeight, seriesTop, seriesFoot  = 130, 34, 104 // of one course
)

// drawCourses draws one course below the other over one axis of time, with the beginning and the detection of the incident.
func drawCourses(pipeline string, list []course, from, to, began, detected time.Time) string {
	var b strings.Builder
	height := 40 + len(list)*seriesHeight
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" role="img"><title>%s</title>`+"\n",
		seriesWidth, height, html.EscapeString(pipeline))
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="#fff"/><text x="%d" y="20" font-size="14" font-weight="bold">%s, %s</text>`+"\n", seriesLeft, html.EscapeString(pipeline), spanText(from, to))
	x := func(t time.Time) float64 {
		return seriesLeft + float64(seriesRight-seriesLeft)*float64(t.Sub(from))/float64(to.Sub(from))
	}
	for i, one := range list {
		fmt.Fprintf(&b, `<g transform="translate(0 %d)">`, 30+i*seriesHeight)
		drawCourse(&b, one, x)
		for _, m := range []struct {
			at    time.Time
			say   string
			color string
		}{{began, "may have begun", "#8a6d00"}, {detected, "detected", "#b3261e"}} {
			if m.at.After(from) && !m.at.After(to) {
				fmt.Fprintf(&b, `<path d="M%.1f %dV%d" stroke="%s" stroke-dasharray="3 3"/>`, x(m.at), seriesTop-8, seriesFoot, m.color)
				if i == 0 {
					fmt.Fprintf(&b, `<text x="%.1f" y="%d" fill="%s" font-size="11" text-anchor="middle">%s %s</text>`, x(m.at), seriesTop-10, m.color, m.say, m.at.UTC().Format("15:04"))
				}
			}
		}
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func drawCourse(b *strings.Builder, one course, x func(time.Time) float64) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range one.points {
		if !math.IsNaN(p.Value) && !math.IsInf(p.Value, 0) {
			low, high = min(low, p.Value), max(high, p.Value)
		}
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" fill="#333">%s</text><path d="M%d %dH%d" stroke="#999"/>`, seriesLeft, seriesTop-22, html.EscapeString(one.name), seriesLeft, seriesFoot, seriesRight)
	if math.IsInf(low, 1) {
		fmt.Fprintf(b, `<text x="%d" y="%d" fill="#777">no values</text>`, seriesLeft+10, (seriesTop+seriesFoot)/2)
		return
	}
	low = min(low, 0)
	if high == low {
		high = low + 1
	}
	y := func(v float64) float64 { return seriesFoot - (seriesFoot-seriesTop)*(v-low)/(high-low) }
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end" fill="#555">%.3g</text><text x="%d" y="%d" text-anchor="end" fill="#555">%.3g</text>`,
		seriesLeft-6, seriesTop+4, high, seriesLeft-6, seriesFoot, low)
	command, path := "M", ""
	for _, p := range one.points {
		if math.IsNaN(p.Value) || math.IsInf(p.Value, 0) {
			command = "M" // a gap
			continue
		}
		path += fmt.Sprintf("%s%.1f %.1f", command, x(p.At), y(p.Value))
		command = "L"
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="#1f5fa8" stroke-width="1.8"/>`, path)
	last := one.points[len(one.points)-1]
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end" fill="#1f5fa8" font-size="11">%s</text>`, seriesRight, seriesFoot+14, last.At.UTC().Format("2006-01-02 15:04 UTC"))
}
