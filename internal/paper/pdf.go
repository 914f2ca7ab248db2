package paper

import (
	"bytes"
	"fmt"
	"image"
	"slices"
	"strconv"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"github.com/yuin/goldmark/ast"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gobolditalic"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
)

// Measures of an A4 page, in millimetres and points.
const (
	sideMargin   = 18.0
	topMargin    = 18.0
	bottomMargin = 20.0
	bodySize     = 10.0
	lineHeight   = 5.0 // of the body
	indent       = 6.0 // of a list
)

// letters are the characters that the fonts have; what they lack is written as ▯.
var letters = func() *sfnt.Font {
	f, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		panic(err) // the font is part of the program
	}
	return f
}()

// PDF sets the page on A4: headings, paragraphs, lists, tables whose header is repeated, code, links, the map of causes, and the pictures at
// the end. The same page gives the same bytes.
func PDF(p Page) ([]byte, error) {
	s := &setter{pdf: fpdf.New("P", "mm", "A4", ""), src: p.Markdown, causes: p.Causes, taken: map[int]bool{}}
	s.begin(p)
	doc := reader(0).Parser().Parse(text.NewReader(p.Markdown))
	s.blocks(doc)
	s.pictures(p.Pictures)
	var b bytes.Buffer
	if err := s.pdf.Output(&b); err != nil {
		return nil, fmt.Errorf("set %s as PDF: %w", p.Title, err)
	}
	return b.Bytes(), nil
}

// setter sets one document. The style of inline text is a stack of what it is inside of.
type setter struct {
	pdf          *fpdf.Fpdf
	src          []byte
	bold, italic int
	mono         bool
	size         float64
	left         float64      // where the text begins
	causes       Map          // to be drawn; nothing once it is
	across       bool         // the page lies across, for the map
	taken        map[int]bool // widths of pictures, in pixels
}

func (s *setter) begin(p Page) {
	f := s.pdf
	for _, face := range []struct {
		family, style string
		ttf           []byte
	}{
		{"go", "", goregular.TTF}, {"go", "B", gobold.TTF}, {"go", "I", goitalic.TTF}, {"go", "BI", gobolditalic.TTF}, {"mono", "", gomono.TTF},
	} {
		f.AddUTF8FontFromBytes(face.family, face.style, bytes.Clone(face.ttf)) // fpdf writes into it when it cuts the font
	}
	f.SetMargins(sideMargin, topMargin, sideMargin)
	f.SetAutoPageBreak(true, bottomMargin)
	f.SetTitle(p.Title, true)
	f.SetLang(string(p.Lang))
	f.SetCreationDate(p.At)
	f.SetModificationDate(p.At)
	f.SetCatalogSort(true)
	f.SetCellMargin(0)
	f.AliasNbPages("{pages}")
	f.SetFooterFunc(func() {
		f.SetY(-14)
		f.SetFont("go", "", 7.5)
		f.SetTextColor(90, 86, 80)
		f.CellFormat(0, 5, s.plain(p.Foot), "", 0, "L", false, 0, "")
		f.SetX(sideMargin)
		f.CellFormat(0, 5, strconv.Itoa(f.PageNo())+" / {pages}", "", 0, "R", false, 0, "")
		f.SetTextColor(0, 0, 0)
	})
	s.size, s.left = bodySize, sideMargin
	f.AddPage()
	s.style()
}

// plain gives a text that the fonts can show.
func (s *setter) plain(t string) string {
	var buf sfnt.Buffer
	return strings.Map(func(r rune) rune {
		switch i, err := letters.GlyphIndex(&buf, r); {
		case r == '\t' || r == '\n':
			return ' '
		case r < ' ' || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069:
			return -1 // marks that turn the direction of reading
		case err != nil || i == 0:
			return '▯'
		}
		return r
	}, t)
}

// style sets the font for what the text is inside of.
func (s *setter) style() {
	if s.mono {
		s.pdf.SetFont("mono", "", s.size*0.92)
		return
	}
	name := ""
	if s.bold > 0 {
		name += "B"
	}
	if s.italic > 0 {
		name += "I"
	}
	s.pdf.SetFont("go", name, s.size)
}

// room begins a new page where less than the height is left.
func (s *setter) room(height float64) {
	_, page := s.pdf.GetPageSize()
	if s.pdf.GetY()+height > page-bottomMargin {
		s.pdf.AddPage()
	}
}

func (s *setter) margin(left float64) {
	s.left = left
	s.pdf.SetLeftMargin(left)
	s.pdf.SetX(left)
}

func (s *setter) blocks(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		s.block(n)
	}
}

func (s *setter) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		s.heading(n)
	case *ast.Paragraph, *ast.TextBlock:
		s.pdf.SetX(s.left)
		s.inline(n)
		s.pdf.Ln(lineHeight)
		if _, loose := n.(*ast.Paragraph); loose {
			s.pdf.Ln(1.5)
		}
	case *ast.List:
		s.list(n)
	case *ast.FencedCodeBlock:
		if s.causes.isMap(n, s.src) {
			s.drawMap(s.causes.Nodes)
			s.causes = Map{}
			return
		}
		s.code(n)
	case *ast.CodeBlock:
		s.code(n)
	case *ast.Blockquote:
		s.quote(n)
	case *tables.Table:
		s.table(n)
	case *ast.ThematicBreak:
		y := s.pdf.GetY() + 2
		s.pdf.SetDrawColor(180, 176, 170)
		s.pdf.Line(s.left, y, 210-sideMargin, y)
		s.pdf.Ln(4)
	}
}

func (s *setter) heading(n *ast.Heading) {
	sizes := []float64{18, 13.5, 11.5, 10.5, 10, 10}
	s.size = sizes[n.Level-1]
	height := s.size * 0.5
	if !s.turnFor(n) {
		s.room(height + 3*lineHeight) // a heading does not stand alone at the end of a page
	}
	if s.pdf.GetY() > topMargin+1 {
		s.pdf.Ln(height * 0.6)
	}
	s.pdf.Bookmark(s.plain(words(n, s.src)), n.Level-1, -1)
	s.bold++
	s.style()
	s.pdf.MultiCell(0, height, s.plain(words(n, s.src)), "", "L", false)
	s.bold--
	s.size = bodySize
	s.style()
	if n.Level == 1 {
		s.pdf.SetDrawColor(140, 29, 47)
		s.pdf.SetLineWidth(0.7)
		y := s.pdf.GetY() + 1
		s.pdf.Line(s.left, y, 210-sideMargin, y)
		s.pdf.SetLineWidth(0.2)
		s.pdf.Ln(3)
	}
	s.pdf.Ln(1.5)
}

func (s *setter) list(n *ast.List) {
	left, number := s.left, n.Start
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		s.room(lineHeight)
		s.pdf.SetX(left)
		if n.IsOrdered() {
			s.pdf.CellFormat(indent, lineHeight, strconv.Itoa(number)+".", "", 0, "L", false, 0, "")
			number++
		} else if box, ok := taskOf(item); ok {
			s.box(left, box)
		} else {
			s.pdf.CellFormat(indent, lineHeight, "•", "", 0, "L", false, 0, "")
		}
		s.margin(left + indent)
		s.blocks(item)
		s.margin(left)
	}
	s.pdf.Ln(1.5)
}

// taskOf gives the box of an item of a task list.
func taskOf(item ast.Node) (checked, ok bool) {
	if block := item.FirstChild(); block != nil {
		if box, is := block.FirstChild().(*tables.TaskCheckBox); is {
			return box.IsChecked, true
		}
	}
	return false, false
}

// box draws the box of a task, since the fonts have none.
func (s *setter) box(x float64, checked bool) {
	y := s.pdf.GetY() + 0.9
	s.pdf.SetDrawColor(40, 38, 36)
	s.pdf.Rect(x, y, 3.1, 3.1, "D")
	if checked {
		s.pdf.SetLineWidth(0.5)
		s.pdf.Line(x+0.6, y+1.6, x+1.3, y+2.4)
		s.pdf.Line(x+1.3, y+2.4, x+2.6, y+0.7)
		s.pdf.SetLineWidth(0.2)
	}
}

// code sets a block of code in a tinted field, each line as it is, cut where it is too long.
func (s *setter) code(n ast.Node) {
	s.mono = true
	s.size = 8.5
	s.style()
	s.pdf.SetFillColor(244, 242, 238)
	lines := n.Lines()
	for i := range lines.Len() {
		at := lines.At(i)
		line := strings.TrimRight(string(at.Value(s.src)), "\n")
		s.pdf.SetX(s.left)
		s.pdf.MultiCell(0, 4.2, s.plain(strings.ReplaceAll(line, "\t", "    ")), "", "L", true)
	}
	s.mono, s.size = false, bodySize
	s.style()
	s.pdf.Ln(2)
}

func (s *setter) quote(n ast.Node) {
	left, from, page := s.left, s.pdf.GetY(), s.pdf.PageNo()
	s.pdf.SetTextColor(85, 82, 78)
	s.margin(left + 4)
	s.blocks(n)
	s.margin(left)
	s.pdf.SetTextColor(0, 0, 0)
	if s.pdf.PageNo() == page {
		s.pdf.SetDrawColor(200, 196, 190)
		s.pdf.SetLineWidth(0.8)
		s.pdf.Line(left+1, from, left+1, s.pdf.GetY()-1.5)
		s.pdf.SetLineWidth(0.2)
	}
}

// inline writes the text of a block, with the styles inside it.
func (s *setter) inline(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			s.pdf.Write(lineHeight, s.plain(string(c.Segment.Value(s.src))))
			switch {
			case c.HardLineBreak():
				s.pdf.Ln(lineHeight)
			case c.SoftLineBreak():
				s.pdf.Write(lineHeight, " ")
			}
		case *ast.String:
			s.pdf.Write(lineHeight, s.plain(string(c.Value)))
		case *ast.Emphasis:
			at := &s.italic
			if c.Level == 2 {
				at = &s.bold
			}
			*at++
			s.style()
			s.inline(c)
			*at--
			s.style()
		case *ast.CodeSpan:
			s.mono = true
			s.style()
			s.pdf.Write(lineHeight, s.plain(words(c, s.src)))
			s.mono = false
			s.style()
		case *ast.Link:
			s.link(words(c, s.src), string(c.Destination))
		case *ast.AutoLink:
			s.link(string(c.Label(s.src)), string(c.URL(s.src)))
		case *ast.Image:
			s.pdf.Write(lineHeight, s.plain("["+words(c, s.src)+"]"))
		}
	}
}

// link is clickable where its target is a web address or a mail address.
func (s *setter) link(label, target string) {
	if !strings.HasPrefix(target, "https://") && !strings.HasPrefix(target, "http://") && !strings.HasPrefix(target, "mailto:") {
		s.pdf.Write(lineHeight, s.plain(label))
		return
	}
	s.pdf.SetTextColor(140, 29, 47)
	s.pdf.WriteLinkString(lineHeight, s.plain(label), target)
	s.pdf.SetTextColor(0, 0, 0)
}

// words is the text of a node without its styles.
func words(n ast.Node, src []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(c ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch c := c.(type) {
		case *ast.Text:
			b.Write(c.Segment.Value(src))
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		case *ast.AutoLink:
			b.Write(c.Label(src))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// pictures sets each group in a row below its caption.
func (s *setter) pictures(list []Picture) {
	readable := slices.DeleteFunc(slices.Clone(list), func(p Picture) bool { _, err := shrink(p.Data, 1); return err != nil })
	for n, group := range grouped(readable) {
		width := (210 - 2*sideMargin - 2*4) / 3
		s.room(width + 3*lineHeight)
		s.pdf.Ln(2)
		s.bold++
		s.style()
		s.pdf.MultiCell(0, lineHeight, s.plain(group[0].Caption), "", "L", false)
		s.bold--
		s.style()
		y, tallest := s.pdf.GetY()+1, 0.0
		for i, p := range group[:min(3, len(group))] {
			tallest = max(tallest, s.picture(fmt.Sprintf("picture-%d-%d", n, i), p, sideMargin+float64(i)*(width+4), y, width))
		}
		s.pdf.SetXY(s.left, y+tallest+lineHeight+1)
	}
}

// picture places one picture with its label, and gives its height. One that cannot be read leaves its label alone.
func (s *setter) picture(name string, p Picture, x, y, width float64) float64 {
	height := 0.0
	if small, err := s.shrunk(p.Data); err == nil {
		height = min(width, width*float64(small.height)/float64(small.width))
		shown := height * float64(small.width) / float64(small.height)
		o := fpdf.ImageOptions{ImageType: "JPEG"}
		s.pdf.RegisterImageOptionsReader(name, o, bytes.NewReader(small.data))
		s.pdf.ImageOptions(name, x, y, shown, height, false, o, 0, "")
	}
	s.pdf.SetXY(x, y+height+0.5)
	s.pdf.SetFont("go", "", 8)
	s.pdf.CellFormat(width, lineHeight, s.plain(p.Label), "", 0, "L", false, 0, "")
	s.style()
	return height
}

// shrunk makes a picture as small as it is shown, each of another width: fpdf puts pictures into the file in the order of their widths, and
// those of one width in that of a Go map, which is another one in each run.
func (s *setter) shrunk(data []byte) (small, error) {
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return small{}, fmt.Errorf("read a picture: %w", err)
	}
	side := shownSide
	for ; side > 1; side-- {
		if w, _ := fit(config.Width, config.Height, side); !s.taken[w] {
			s.taken[w] = true
			break
		}
	}
	return shrink(data, side)
}
