package paper

import (
	"html"
	"image/color"

	"codeberg.org/go-pdf/fpdf"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"

	"github.com/safelight-dev/safelight/internal/causemap"
)

// isMap tells the Mermaid text that a map stands for: of several the first.
func (m Map) isMap(n *ast.FencedCodeBlock, src []byte) bool {
	return len(m.Nodes) > 0 && string(n.Language(src)) == "mermaid"
}

// drawings writes blocks of code, and the drawing in place of the one that is the map.
type drawings struct {
	causes Map
	drawn  bool
}

func (d *drawings) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, d.render)
}

func (d *drawings) render(w util.BufWriter, src []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n, ok := node.(*ast.FencedCodeBlock)
	if !ok || !entering {
		return ast.WalkContinue, nil
	}
	if d.causes.isMap(n, src) && !d.drawn {
		d.drawn = true
		// It scrolls where it is wider than the screen. An error of a bufio.Writer stays until Flush.
		_, _ = w.WriteString(`<div class="drawing" tabindex="0" role="group" aria-label="` + html.EscapeString(d.causes.Label) + `">`)
		_, _ = w.Write(causemap.Layout(d.causes.Nodes).SVG(d.causes.Label))
		_, _ = w.WriteString("</div>\n")
		return ast.WalkSkipChildren, nil
	}
	_, _ = w.WriteString("<pre><code>")
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		_, _ = w.Write(util.EscapeHTML(line.Value(src)))
	}
	_, _ = w.WriteString("</code></pre>\n")
	return ast.WalkSkipChildren, nil
}

// Measures of a map in a PDF.
const (
	pixel     = 25.4 / 96 // millimetres of a CSS pixel
	smallest  = 0.75      // of its size; what would be smaller gets a page across
	onePoint  = 72 / 25.4 // points of a millimetre
	headSpace = 16.0      // for the heading above it
	footSpace = 4.0
)

// scale is the size of a map that fits on the page as it lies now, in millimetres of its pixels.
func (s *setter) scale(d causemap.Drawing) float64 {
	w, h := s.pdf.GetPageSize()
	return min(pixel, (w-s.left-sideMargin)/d.Wide, (h-topMargin-bottomMargin-headSpace)/d.High)
}

// turn begins a page across where the map would be too small on this one.
func (s *setter) turn(d causemap.Drawing) {
	if !s.across && s.scale(d) < smallest*pixel {
		s.across = true
		s.pdf.AddPageFormat("L", fpdf.SizeType{Wd: 210, Ht: 297})
	}
}

// turnFor is turn before the heading of the map, which stands on its page.
func (s *setter) turnFor(heading ast.Node) bool {
	if n, ok := heading.NextSibling().(*ast.FencedCodeBlock); ok && s.causes.isMap(n, s.src) {
		s.turn(causemap.Layout(s.causes.Nodes))
	}
	return s.across
}

// drawMap sets the map over the width of the page.
func (s *setter) drawMap(nodes []causemap.Node) {
	d := causemap.Layout(nodes)
	s.turn(d)
	by := s.scale(d)
	s.room(d.High * by)
	t := tracer{pdf: s.pdf, x: s.left, y: s.pdf.GetY(), by: by, plain: s.plain}
	t.arrows(d.Arrows)
	t.boxes(d.Boxes)
	s.pdf.SetTextColor(0, 0, 0)
	s.pdf.SetLineWidth(0.2)
	if s.across {
		s.across = false
		s.pdf.AddPage()
	} else {
		s.pdf.SetXY(s.left, t.y+d.High*by+footSpace)
	}
	s.style()
}

// tracer draws a map at a place of the page.
type tracer struct {
	pdf      *fpdf.Fpdf
	x, y, by float64
	plain    func(string) string
}

func (t tracer) at(p [2]float64) (x, y float64) { return t.x + p[0]*t.by, t.y + p[1]*t.by }

func (t tracer) arrows(list []causemap.Arrow) {
	r, g, b := parts(causemap.ArrowColour)
	t.pdf.SetDrawColor(r, g, b)
	t.pdf.SetFillColor(r, g, b)
	t.pdf.SetLineWidth(1.5 * t.by)
	for _, a := range list {
		t.pdf.MoveTo(t.at(a.Points[0]))
		for i, c := range a.Curves() {
			x0, y0 := t.at(c.From)
			x1, y1 := t.at(c.To)
			x, y := t.at(a.Points[i+1])
			t.pdf.CurveBezierCubicTo(x0, y0, x1, y1, x, y)
		}
		t.pdf.DrawPath("D")
		var tip []fpdf.PointType
		for _, p := range a.Tip() {
			x, y := t.at(p)
			tip = append(tip, fpdf.PointType{X: x, Y: y})
		}
		t.pdf.Polygon(tip, "F")
	}
}

func (t tracer) boxes(list []causemap.Box) {
	shrunk := t.fitting(list)
	for _, b := range list {
		look := b.Look()
		t.pdf.SetDrawColor(parts(look.Stroke))
		t.pdf.SetFillColor(parts(look.Fill))
		t.pdf.SetTextColor(parts(look.Ink))
		t.pdf.SetLineWidth(look.Line * t.by)
		if look.Dashed {
			t.pdf.SetDashPattern([]float64{5 * t.by, 4 * t.by}, 0)
		}
		x, y := t.at([2]float64{b.X, b.Y})
		t.pdf.RoundedRect(x, y, b.Wide*t.by, b.High*t.by, 7*t.by, "1234", "FD")
		t.pdf.SetDashPattern(nil, 0)
		for _, line := range b.Texts() {
			t.font(line, shrunk)
			x, y := t.at([2]float64{line.X, line.Y})
			t.pdf.Text(x, y, t.plain(line.Text))
		}
	}
}

func (t tracer) font(line causemap.Text, shrunk float64) {
	style := ""
	if line.Bold {
		style = "B"
	}
	t.pdf.SetFont("go", style, line.Size*shrunk*t.by*onePoint)
}

// fitting is how much smaller all writing must be for the longest line to stay in its box: the layout counts letters and knows no font.
func (t tracer) fitting(list []causemap.Box) float64 {
	shrunk := 1.0
	for _, b := range list {
		for _, line := range b.Texts() {
			t.font(line, 1)
			if wide := t.pdf.GetStringWidth(t.plain(line.Text)); wide > b.Room()*t.by {
				shrunk = min(shrunk, b.Room()*t.by/wide)
			}
		}
	}
	return shrunk
}

func parts(c color.RGBA) (r, g, b int) { return int(c.R), int(c.G), int(c.B) }
