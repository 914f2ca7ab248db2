package causemap

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// Measures of a drawing, in CSS pixels.
const (
	boxWide   = 220.0
	columnGap = 70.0
	rowGap    = 22.0
	lineHigh  = 18.0
	boxPad    = 12.0
	perLine   = 29 // characters of a line, of the width of most letters
	maxLines  = 7
	laneHigh  = 10.0 // of an arrow that passes through a layer
	border    = 8.0
)

// Box is a node with its place.
type Box struct {
	Node
	X, Y, Wide, High float64
	Lines            []string
}

// Arrow is an edge with its way.
type Arrow struct {
	Edge
	Points [][2]float64 // from the middle of a side to the middle of another, and the lanes between
}

// Drawing is a map that has been laid out.
type Drawing struct {
	Wide, High float64
	Boxes      []Box
	Arrows     []Arrow
}

// Layout places nodes and arrows.
func Layout(nodes []Node) Drawing {
	edges := Edges(nodes)
	columns, ways := arrange(nodes, edges)
	d := Drawing{}
	lines := make([][]string, len(nodes))
	for i, n := range nodes {
		lines[i] = wrap(n.Text)
	}
	for _, column := range columns {
		high := 0.0
		for _, s := range column {
			s.high = laneHigh
			if s.node >= 0 {
				s.high = 2*boxPad + lineHigh*float64(1+len(lines[s.node]))
			}
			high += s.high + rowGap
		}
		d.High = max(d.High, high-rowGap)
	}
	x := func(layer int) float64 { return border + float64(len(columns)-1-layer)*(boxWide+columnGap) }
	for _, column := range columns {
		high := -rowGap
		for _, s := range column {
			high += s.high + rowGap
		}
		y := border + (d.High-high)/2
		for _, s := range column {
			s.y = y + s.high/2
			y += s.high + rowGap
		}
	}
	boxes := make([]Box, len(nodes))
	for layer, column := range columns {
		for _, s := range column {
			if s.node >= 0 {
				boxes[s.node] = Box{nodes[s.node], x(layer), s.y - s.high/2, boxWide, s.high, lines[s.node]}
			}
		}
	}
	for _, e := range edges {
		d.Arrows = append(d.Arrows, arrow(e, ways[e], x))
	}
	d.Boxes, d.Wide, d.High = boxes, 2*border+float64(len(columns))*(boxWide+columnGap)-columnGap, d.High+2*border
	if len(nodes) == 0 {
		d.Wide, d.High = 0, 0
	}
	return d
}

// arrow leads from the right side of its cause, through its lanes, to the left side of what it leads to. One that closes a circle
// goes back from left to right.
func arrow(e Edge, way []*slot, x func(int) float64) Arrow {
	a := Arrow{Edge: e}
	for i, s := range way {
		left, right := [2]float64{x(s.layer), s.y}, [2]float64{x(s.layer) + boxWide, s.y}
		switch {
		case i == 0 && len(way) == 2 && way[1].layer >= s.layer:
			a.Points = append(a.Points, left)
		case i == len(way)-1 && len(way) == 2 && way[0].layer <= s.layer:
			a.Points = append(a.Points, right)
		case i == 0:
			a.Points = append(a.Points, right)
		case i == len(way)-1:
			a.Points = append(a.Points, left)
		default:
			a.Points = append(a.Points, left, right)
		}
	}
	return a
}

// Path is the arrow as a path of SVG: a curve that leaves and arrives level.
func (a Arrow) Path() string {
	var b strings.Builder
	fmt.Fprintf(&b, "M%.1f %.1f", a.Points[0][0], a.Points[0][1])
	for i, p := range a.Points[1:] {
		from := a.Points[i]
		if from[1] == p[1] {
			fmt.Fprintf(&b, "L%.1f %.1f", p[0], p[1])
			continue
		}
		half := (p[0] - from[0]) / 2
		fmt.Fprintf(&b, "C%.1f %.1f %.1f %.1f %.1f %.1f", from[0]+half, from[1], p[0]-half, p[1], p[0], p[1])
	}
	return b.String()
}

// wrap breaks a text into lines at its spaces. A word that is longer than a line is cut; what is beyond the last line is told by an ellipsis.
func wrap(text string) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(tidy(text)) {
		for utf8.RuneCountInString(word) > perLine {
			if line != "" {
				lines, line = append(lines, line), ""
			}
			runes := []rune(word)
			lines, word = append(lines, string(runes[:perLine-1])+"-"), string(runes[perLine-1:])
		}
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= perLine:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	if len(lines) > maxLines {
		last := []rune(lines[maxLines-1])
		lines = append(lines[:maxLines-1], string(last[:min(len(last), perLine-1)])+"…")
	}
	return lines
}

// SVG draws the map. It is complete in itself, carries no style attribute, and has what it shows as text for those who do not see it. Its
// classes (cause, incident, the kind and the standing of each box) may be styled from outside; by itself it is legible in print.
// Label names the drawing.
func (d Drawing) SVG(label string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="causemap" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" role="img" aria-label="%s" font-family="system-ui, sans-serif" font-size="13">`,
		d.Wide, d.High, d.Wide, d.High, html.EscapeString(label))
	b.WriteString(`<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#6b6459"/></marker></defs>`)
	for _, a := range d.Arrows {
		fmt.Fprintf(&b, `<path class="arrow" d="%s" fill="none" stroke="#6b6459" stroke-width="1.5" marker-end="url(#tip)"/>`, a.Path())
	}
	for _, box := range d.Boxes {
		box.svg(&b)
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// colours of the kinds: a fill light enough for dark text, and its border.
func (b Box) colours() (fill, stroke string) {
	switch b.Kind {
	case "direct":
		return "#fbe3dd", "#a63a22"
	case "contributing":
		return "#f8edcf", "#8a6a12"
	case "systemic":
		return "#e2eaf4", "#35598a"
	}
	return "#2b2722", "#2b2722"
}

func (b Box) svg(w *strings.Builder) {
	fill, stroke := b.colours()
	class, ink, dash := "cause "+b.Kind+" "+b.Standing, "#221f1b", ""
	if b.ID == Incident {
		class, ink = "incident", "#ffffff"
	}
	if b.Standing == "refuted" {
		dash, fill = ` stroke-dasharray="5 4"`, "#f4f1ec"
	}
	wide := 1.5
	if b.Standing == "confirmed" {
		wide = 3
	}
	fmt.Fprintf(w, `<g class="%s"><rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="7" fill="%s" stroke="%s" stroke-width="%.1f"%s/>`,
		html.EscapeString(strings.TrimSpace(class)), b.X, b.Y, b.Wide, b.High, fill, stroke, wide, dash)
	y := b.Y + boxPad + 11
	head := b.ID
	if b.ID == Incident {
		head = b.Note
	} else if b.Note != "" {
		head += " · " + b.Note
	}
	fmt.Fprintf(w, `<text x="%.1f" y="%.1f" fill="%s" font-size="11" font-weight="600">%s</text>`, b.X+boxPad, y, ink, html.EscapeString(head))
	for _, line := range b.Lines {
		y += lineHigh
		fmt.Fprintf(w, `<text x="%.1f" y="%.1f" fill="%s">%s</text>`, b.X+boxPad, y, ink, html.EscapeString(line))
	}
	w.WriteString("</g>")
}
