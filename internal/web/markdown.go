package web

import (
	"bytes"
	"fmt"
	"html/template"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tasks "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown renders a document. Raw HTML is left out and links of unknown
// schemes lose their target, so the result may stand in a page. Headings sink
// by the given number of levels, below the heading that the page has already.
func markdown(src []byte, sink int) (template.HTML, error) {
	m := goldmark.New(
		goldmark.WithExtensions(extension.Table, extension.TaskList),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(sinking(sink), 100))),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(tickBoxes{}, 100))),
	)
	var b bytes.Buffer
	if err := m.Convert(src, &b); err != nil {
		return "", fmt.Errorf("render the document: %w", err)
	}
	return template.HTML(b.String()), nil
}

// sinking lowers the headings of a document: a page has one h1 of its own.
type sinking int

func (n sinking) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	_ = ast.Walk(doc, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := node.(*ast.Heading); ok && entering {
			h.Level = min(h.Level+int(n), 6)
		}
		return ast.WalkContinue, nil
	})
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
