package paper

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	tables "github.com/yuin/goldmark/extension/ast"
)

// cellPad is the room on both sides of a cell's text, in millimetres.
const cellPad = 1.2

// table sets a table over the whole width: columns as wide as their text wants, the header again on each page, rows never torn apart unless
// one is higher than a page.
func (s *setter) table(n *tables.Table) {
	var rows [][]string
	for r := n.FirstChild(); r != nil; r = r.NextSibling() {
		var cells []string
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			cells = append(cells, s.plain(cellWords(c, s.src)))
		}
		rows = append(rows, cells)
	}
	if len(rows) == 0 || len(rows[0]) == 0 {
		return
	}
	size := 8.5
	if len(rows[0]) > 7 {
		size = 6.8
	}
	widths := s.widths(rows, size)
	height := size * 0.45
	s.room(s.rowHeight(rows[0], widths, size, height, true) + s.rowHeight(rows[min(1, len(rows)-1)], widths, size, height, false))
	s.row(rows[0], widths, size, height, true)
	for _, r := range rows[1:] {
		if _, page := s.pdf.GetPageSize(); s.pdf.GetY()+s.rowHeight(r, widths, size, height, false) > page-bottomMargin {
			s.pdf.AddPage()
			s.row(rows[0], widths, size, height, true)
		}
		s.row(r, widths, size, height, false)
	}
	s.style()
	s.pdf.Ln(3)
}

// cellWords is the text of a cell; a bar in it is written with a backslash.
func cellWords(c ast.Node, src []byte) string {
	return strings.ReplaceAll(strings.TrimSpace(words(c, src)), `\|`, "|")
}

// widths shares the width among the columns: each gets what its widest text wants, as far as there is room, and no less than its longest word
// up to a share.
func (s *setter) widths(rows [][]string, size float64) []float64 {
	total := 210 - sideMargin - s.left
	n := len(rows[0])
	want, least := make([]float64, n), make([]float64, n)
	for i, r := range rows {
		s.cellFont(size, i == 0)
		for c := range min(n, len(r)) {
			want[c] = max(want[c], s.pdf.GetStringWidth(r[c])+2*cellPad+0.5)
			for _, w := range strings.Fields(r[c]) {
				least[c] = max(least[c], min(s.pdf.GetStringWidth(w)+2*cellPad+0.5, total/float64(n)*1.3))
			}
		}
	}
	sum := func(list []float64) (t float64) {
		for _, v := range list {
			t += v
		}
		return t
	}
	switch wanted, needed := sum(want), sum(least); {
	case wanted <= total:
		return want
	case needed >= total:
		for c := range least {
			least[c] *= total / needed
		}
		return least
	default:
		spare := (total - needed) / (wanted - needed)
		for c := range least {
			least[c] += (want[c] - least[c]) * spare
		}
		return least
	}
}

func (s *setter) cellFont(size float64, header bool) {
	style := ""
	if header {
		style = "B"
	}
	s.pdf.SetFont("go", style, size)
}

func (s *setter) rowHeight(cells []string, widths []float64, size, line float64, header bool) float64 {
	s.cellFont(size, header)
	most := 1
	for c := range min(len(cells), len(widths)) {
		most = max(most, len(s.wrapped(cells[c], widths[c])))
	}
	return float64(most)*line + 1.6
}

// wrapped splits the text of a cell into its lines.
func (s *setter) wrapped(t string, width float64) []string {
	if t == "" {
		return nil
	}
	return s.pdf.SplitText(t, width-2*cellPad+2*s.pdf.GetCellMargin())
}

func (s *setter) row(cells []string, widths []float64, size, line float64, header bool) {
	height := s.rowHeight(cells, widths, size, line, header)
	x, y := s.left, s.pdf.GetY()
	for c := range min(len(cells), len(widths)) {
		for i, t := range s.wrapped(cells[c], widths[c]) {
			s.pdf.Text(x+cellPad, y+0.8+float64(i)*line+line*0.78, t)
		}
		x += widths[c]
	}
	if header {
		s.pdf.SetDrawColor(40, 38, 36)
	} else {
		s.pdf.SetDrawColor(217, 213, 207)
	}
	s.pdf.Line(s.left, y+height, s.left+sumOf(widths), y+height)
	s.pdf.SetXY(s.left, y+height)
}

func sumOf(list []float64) (t float64) {
	for _, v := range list {
		t += v
	}
	return t
}
