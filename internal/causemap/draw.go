package causemap

import (
	"fmt"
	"html"
	"image/color"
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
	tipLong   = 9.0
	textSize  = 13.0
	headSize  = 11.0
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

// Curve is a piece of an arrow: from where the one before ended, by two handles (Bézier), to its end.
type Curve struct{ From, To [2]float64 } // handles

// Curves are the arrow as pieces that leave and arrive level, each between two of its points.
func (a Arrow) Curves() []Curve {
	var list []Curve
	for i, p := range a.Points[1:] {
		from := a.Points[i]
		half := (p[0] - from[0]) / 2
		list = append(list, Curve{[2]float64{from[0] + half, from[1]}, [2]float64{p[0] - half, p[1]}})
	}
	return list
}

// Tip is the triangle at the end of the arrow.
func (a Arrow) Tip() [3][2]float64 {
	end, before := a.Points[len(a.Points)-1], a.Points[len(a.Points)-2]
	back := tipLong
	if end[0] < before[0] {
		back = -back
	}
	return [3][2]float64{end, {end[0] - back, end[1] - tipLong/2}, {end[0] - back, end[1] + tipLong/2}}
}

// Path is the arrow as a path of SVG.
func (a Arrow) Path() string {
	var b strings.Builder
	fmt.Fprintf(&b, "M%.1f %.1f", a.Points[0][0], a.Points[0][1])
	for i, c := range a.Curves() {
		end := a.Points[i+1]
		if c.From[1] == c.To[1] {
			fmt.Fprintf(&b, "L%.1f %.1f", end[0], end[1])
			continue
		}
		fmt.Fprintf(&b, "C%.1f %.1f %.1f %.1f %.1f %.1f", c.From[0], c.From[1], c.To[0], c.To[1], end[0], end[1])
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
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="causemap" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" role="img" aria-label="%s" font-family="system-ui, sans-serif" font-size="%.0f">`,
		d.Wide, d.High, d.Wide, d.High, html.EscapeString(label), textSize)
	for _, a := range d.Arrows {
		t := a.Tip()
		fmt.Fprintf(&b, `<path class="arrow" d="%s" fill="none" stroke="%s" stroke-width="1.5"/><path class="tip" d="M%.1f %.1fL%.1f %.1fL%.1f %.1fz" fill="%s"/>`,
			a.Path(), hex(ArrowColour), t[0][0], t[0][1], t[1][0], t[1][1], t[2][0], t[2][1], hex(ArrowColour))
	}
	for _, box := range d.Boxes {
		box.svg(&b)
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// ArrowColour is that of the arrows.
var ArrowColour = color.RGBA{0x6b, 0x64, 0x59, 0xff}

// Look is how a box is drawn: a fill light enough for its ink, and its border.
type Look struct {
	Fill, Stroke, Ink color.RGBA
	Line              float64 // width of the border
	Dashed            bool
}

func rgb(v uint32) color.RGBA { return color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 0xff} }

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// Look tells the kind by colour and the standing by the border: what is confirmed stands out, what is refuted steps back.
func (b Box) Look() Look {
	l := Look{rgb(0x2b2722), rgb(0x2b2722), rgb(0x221f1b), 1.5, false}
	switch b.Kind {
	case "direct":
		l.Fill, l.Stroke = rgb(0xfbe3dd), rgb(0xa63a22)
	case "contributing":
		l.Fill, l.Stroke = rgb(0xf8edcf), rgb(0x8a6a12)
	case "systemic":
		l.Fill, l.Stroke = rgb(0xe2eaf4), rgb(0x35598a)
	}
	switch {
	case b.ID == Incident:
		l.Ink = rgb(0xffffff)
	case b.Standing == "refuted":
		l.Fill, l.Dashed = rgb(0xf4f1ec), true
	case b.Standing == "confirmed":
		l.Line = 3
	}
	return l
}

// Text is a line of writing, by the left end of its base line.
type Text struct {
	X, Y, Size float64
	Bold       bool
	Text       string
}

// Texts are the lines in a box: what it is called, and what it says.
func (b Box) Texts() []Text {
	y, head := b.Y+boxPad+11, b.ID
	if b.ID == Incident {
		head = b.Note
	} else if b.Note != "" {
		head += " · " + b.Note
	}
	list := []Text{{b.X + boxPad, y, headSize, true, head}}
	for _, line := range b.Lines {
		y += lineHigh
		list = append(list, Text{b.X + boxPad, y, textSize, false, line})
	}
	return list
}

// Room is how long a line in a box may be.
func (b Box) Room() float64 { return b.Wide - 2*boxPad }

func (b Box) svg(w *strings.Builder) {
	class, look, dash := "cause "+b.Kind+" "+b.Standing, b.Look(), ""
	if b.ID == Incident {
		class = "incident"
	}
	if look.Dashed {
		dash = ` stroke-dasharray="5 4"`
	}
	fmt.Fprintf(w, `<g class="%s"><rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="7" fill="%s" stroke="%s" stroke-width="%.1f"%s/>`,
		html.EscapeString(strings.TrimSpace(class)), b.X, b.Y, b.Wide, b.High, hex(look.Fill), hex(look.Stroke), look.Line, dash)
	for _, t := range b.Texts() {
		style := ""
		if t.Bold {
			style = fmt.Sprintf(` font-size="%.0f" font-weight="600"`, headSize)
		}
		fmt.Fprintf(w, `<text x="%.1f" y="%.1f" fill="%s"%s>%s</text>`, t.X, t.Y, hex(look.Ink), style, html.EscapeString(t.Text))
	}
	w.WriteString("</g>")
}
