package paper

import (
	"bytes"
	"fmt"
	"html/template"
	"regexp"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tasks "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/safelight-dev/safelight/internal/causemap"
)

// Map is the map of causes as it is drawn in place of its Mermaid text.
type Map struct {
	Nodes []causemap.Node
	Label string // what it shows, for those who do not see it
}

// Fragment renders a document for a page that has a heading of its own: headings sink by the given number of levels. Raw HTML is left out and
// links of unknown schemes lose their target. The map stands in the place of the first Mermaid text; without nodes that is shown as it is.
func Fragment(src []byte, sink int, causes Map) (template.HTML, error) {
	m := reader(sink, renderer.WithNodeRenderers(util.Prioritized(&drawings{causes: causes}, 100)))
	var b bytes.Buffer
	if err := m.Convert(src, &b); err != nil {
		return "", fmt.Errorf("render the document: %w", err)
	}
	return template.HTML(turning.ReplaceAllString(b.String(), "><bdi>$1</bdi><")), nil
}

// reader is how Markdown is read everywhere.
func reader(sink int, more ...renderer.Option) goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(extension.Table, extension.TaskList),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(sinking(sink), 100))),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(tickBoxes{}, 100))),
		goldmark.WithRendererOptions(more...),
	)
}

// turning is a run of text with marks that turn the direction of reading. Names have them that are to look like others; isolated they
// turn nothing around them.
var turning = regexp.MustCompile(`>([^<>]*[\x{202A}-\x{202E}\x{2066}-\x{2069}][^<>]*)<`)

// sinking fits a document into a page: its headings sink below those of the
// page, which has one h1 of its own, pictures of elsewhere become links, and L*a*b* stays what it is.
type sinking int

func (n sinking) Transform(doc *ast.Document, r text.Reader, _ parser.Context) {
	var within []*ast.Emphasis
	var images []*ast.Image
	_ = ast.Walk(doc, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		switch node := node.(type) {
		case *ast.Heading:
			if entering {
				node.Level = min(node.Level+int(n), 6)
			}
		case *ast.Image:
			if entering {
				images = append(images, node)
			}
		case *ast.Emphasis:
			if entering && withinWord(node, r.Source()) {
				within = append(within, node)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, e := range within {
		unwrap(e)
	}
	for _, i := range images {
		link(i)
	}
}

// link makes a link of a picture: neither a page nor a file loads anything from elsewhere.
func link(i *ast.Image) {
	l := ast.NewLink()
	l.Destination, l.Title = i.Destination, i.Title
	for child := i.FirstChild(); child != nil; child = i.FirstChild() {
		l.AppendChild(l, child)
	}
	i.Parent().ReplaceChild(i.Parent(), i, l)
}

// withinWord tells an emphasis that begins and ends inside one word: nobody
// writes that, but a colour space has it.
func withinWord(e *ast.Emphasis, src []byte) bool {
	before, ok1 := e.PreviousSibling().(*ast.Text)
	after, ok2 := e.NextSibling().(*ast.Text)
	if !ok1 || !ok2 || e.Level != 1 {
		return false
	}
	last, _ := utf8.DecodeLastRune(before.Segment.Value(src))
	first, _ := utf8.DecodeRune(after.Segment.Value(src))
	return unicode.IsLetter(last) && unicode.IsLetter(first)
}

// unwrap puts the asterisks of an emphasis back.
func unwrap(e *ast.Emphasis) {
	parent := e.Parent()
	parent.InsertBefore(parent, e, ast.NewString([]byte("*")))
	for child := e.FirstChild(); child != nil; child = e.FirstChild() {
		parent.InsertBefore(parent, e, child)
	}
	parent.ReplaceChild(parent, e, ast.NewString([]byte("*")))
}

// tickBoxes writes the boxes of a task list as signs: a disabled control
// would be one without a label.
type tickBoxes struct{}

func (tickBoxes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(tasks.KindTaskCheckBox, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		box, ok := n.(*tasks.TaskCheckBox)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		sign := "☐ "
		if box.IsChecked {
			sign = "☑ "
		}
		_, err := w.WriteString(sign)
		return ast.WalkContinue, err
	})
}
