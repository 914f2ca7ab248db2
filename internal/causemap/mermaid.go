package causemap

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Limits of a map that is read.
const (
	MaxBytes = 4 << 20 // drawings carry what is not read here
	maxNodes = 500
	maxEdges = 5000
	maxText  = 2000 // bytes of a cause
)

// Mermaid writes the map as a flowchart, each kind in a shape of its own, a line for each node and arrow. Nodes that lead nowhere lead to the incident.
func Mermaid(nodes []Node) []string {
	lines := []string{"graph RL"}
	for _, n := range nodes {
		lines = append(lines, "  "+n.ID+mermaidShape(n))
	}
	for _, n := range nodes {
		if n.ID == Incident {
			continue
		}
		for _, to := range n.LeadsTo {
			lines = append(lines, "  "+n.ID+" --> "+to)
		}
		if len(n.LeadsTo) == 0 {
			lines = append(lines, "  "+n.ID+" --> "+Incident)
		}
	}
	return lines
}

func mermaidShape(n Node) string {
	text := `"` + strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "`", "#96;").Replace(n.Text) + `"`
	switch {
	case n.ID == Incident:
		return "([" + text + "])"
	case n.Kind == "direct":
		return "[" + text + "]"
	case n.Kind == "contributing":
		return "(" + text + ")"
	}
	return "{{" + text + "}}"
}

// shapes are the ways to write a node, an opening that begins like another one before it.
var shapes = []struct{ open, shut, kind string }{
	{"(((", ")))", ""}, {"((", "))", ""}, {"([", "])", ""}, {"[[", "]]", ""}, {"[(", ")]", ""}, {"[/", "/]", ""}, {`[\`, `\]`, ""},
	{"{{", "}}", "systemic"}, {"[", "]", "direct"}, {"(", ")", "contributing"}, {"{", "}", ""}, {">", "]", ""},
}

var (
	mermaidHead = regexp.MustCompile(`^(?:graph|flowchart)(?:-elk)?(?:\s+(?:TB|TD|BT|RL|LR))?\s*;?$`)
	mermaidSkip = regexp.MustCompile(`^(?:classDef|class|style|linkStyle|click|subgraph|end|direction|accTitle|accDescr)\b`)
	mermaidID   = regexp.MustCompile(`^[\p{L}\p{N}_](?:[\p{L}\p{N}_.]|-[\p{L}\p{N}_])*`)
	// An arrow with its text before its head, or with none and its text behind it.
	mermaidArrow = regexp.MustCompile(`^\s*(<?(?:--|==|-\.)\s+[^-=>|]+?\s+(?:-+|=+|\.+-)[>ox]?|<?(?:-{2,}|={2,}|-\.+-)[>ox]?)\s*(?:\|[^|]*\|)?\s*`)
	ownID        = regexp.MustCompile(`^C[1-9][0-9]{0,3}$`)
)

// ParseMermaid reads a flowchart: nodes in any shape and the arrows between them. What only looks (classes, styles, subgraphs) is passed over. The
// kinds are those of the shapes in a map of ours; in another's, what leads to the incident, or nowhere, is direct, what leads to that
// contributing, and the rest systemic.
func ParseMermaid(src []byte) ([]Node, error) {
	if len(src) > MaxBytes {
		return nil, phrase.Refusal(journal.ErrTooLarge, "refusal.mermaid.bytes", len(src), MaxBytes)
	}
	if !utf8.Valid(src) {
		return nil, phrase.Refusal(journal.ErrInvalid, "refusal.mermaid.utf8")
	}
	g := graph{at: map[string]int{}, edges: map[Edge]bool{}}
	begun, front := false, false
	for i, line := range strings.Split(strings.ReplaceAll(string(src), "\r\n", "\n"), "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "---" && !begun:
			front = !front
		case front, line == "", strings.HasPrefix(line, "%%"), strings.HasPrefix(line, "```"), begun && mermaidSkip.MatchString(line):
		case !begun:
			if !mermaidHead.MatchString(line) {
				return nil, phrase.Refusal(journal.ErrInvalid, "refusal.mermaid.head", i+1, fmt.Sprintf("%.60q", line))
			}
			begun = true
		default:
			if err := g.statements(line); err != nil {
				return nil, phrase.Errorf("refusal.mermaid.line", i+1, err)
			}
		}
	}
	return g.causes()
}

// graph is what is gathered of a map that is read.
type graph struct {
	nodes   []Node
	at      map[string]int
	edges   map[Edge]bool
	foreign bool // a shape or an id that we do not write
}

// statements reads a line: node groups and the arrows between them, several statements with semicolons.
func (g *graph) statements(line string) error {
	var before []string
	for line != "" {
		group, rest, err := g.group(line)
		if err != nil {
			return err
		}
		for _, from := range before {
			for _, to := range group {
				if err := g.join(from, to); err != nil {
					return err
				}
			}
		}
		switch m := mermaidArrow.FindString(rest); {
		case rest == "":
			return nil
		case strings.HasPrefix(rest, ";"):
			before, line = nil, strings.TrimSpace(rest[1:])
		case m == "":
			return phrase.Refusal(journal.ErrInvalid, "refusal.mermaid.arrow", fmt.Sprintf("%.60q", rest))
		default:
			before, line = group, rest[len(m):]
			if line == "" {
				return phrase.Refusal(journal.ErrInvalid, "refusal.mermaid.nowhere", fmt.Sprintf("%.60q", m))
			}
		}
	}
	return nil
}

// group reads a & b.
func (g *graph) group(s string) (ids []string, rest string, err error) {
	for {
		id, more, err := g.node(s)
		if err != nil {
			return nil, "", err
		}
		ids = append(ids, id)
		rest = strings.TrimLeft(more, " \t")
		if !strings.HasPrefix(rest, "&") {
			return ids, rest, nil
		}
		s = strings.TrimLeft(rest[1:], " \t")
	}
}

// node reads an id with its shape and class.
func (g *graph) node(s string) (id, rest string, err error) {
	if id = mermaidID.FindString(s); id == "" {
		return "", "", phrase.Refusal(journal.ErrInvalid, "refusal.mermaid.node", fmt.Sprintf("%.60q", s))
	}
	rest = s[len(id):]
	n := Node{ID: id, Text: id}
	known := false
	for _, shape := range shapes {
		inner, ok := strings.CutPrefix(rest, shape.open)
		if !ok {
			continue
		}
		text, after, err := shapeText(inner, shape.shut)
		if err != nil {
			return "", "", phrase.Errorf("refusal.mermaid.of", id, err)
		}
		n.Text, n.Kind, rest, known = text, shape.kind, after, true
		g.foreign = g.foreign || shape.kind == "" && id != Incident
		break
	}
	if class, ok := strings.CutPrefix(rest, ":::"); ok {
		rest = class[len(mermaidID.FindString(class)):]
	}
	return id, rest, g.add(n, known)
}

// shapeText reads up to the closing of a shape. In quotes anything may stand.
func shapeText(s, shut string) (text, rest string, err error) {
	if quoted, ok := strings.CutPrefix(s, `"`); ok {
		if end := strings.Index(quoted, `"`+shut); end >= 0 {
			return mermaidText(quoted[:end]), quoted[end+1+len(shut):], nil
		}
	}
	end := strings.Index(s, shut)
	if end < 0 {
		return "", "", phrase.Refusal(journal.ErrInvalid, "refusal.mermaid.shape", shut)
	}
	return mermaidText(s[:end]), s[end+len(shut):], nil
}

var (
	lineBreak = regexp.MustCompile(`(?i)<br\s*/?>|\\n`)
	entities  = strings.NewReplacer("#quot;", `"`, "#lt;", "<", "#gt;", ">", "#96;", "`", "#35;", "#", "#amp;", "&", "&quot;", `"`, "&lt;", "<", "&gt;", ">", "&amp;", "&")
)

func mermaidText(s string) string { return tidy(entities.Replace(lineBreak.ReplaceAllString(s, " "))) }

// tidy makes one line of a text.
func tidy(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

func (g *graph) add(n Node, known bool) error {
	if len(n.Text) > maxText {
		return phrase.Refusal(journal.ErrTooLarge, "refusal.mermaid.text", n.ID, len(n.Text), maxText)
	}
	i, there := g.at[n.ID]
	if there {
		if known {
			g.nodes[i].Text, g.nodes[i].Kind = n.Text, n.Kind
		}
		return nil
	}
	if len(g.nodes) >= maxNodes {
		return phrase.Refusal(journal.ErrTooLarge, "refusal.mermaid.nodes", maxNodes)
	}
	g.foreign = g.foreign || n.ID != Incident && !ownID.MatchString(n.ID)
	g.at[n.ID] = len(g.nodes)
	g.nodes = append(g.nodes, n)
	return nil
}

func (g *graph) join(from, to string) error {
	if from == to || g.edges[Edge{from, to}] {
		return nil
	}
	if len(g.edges) >= maxEdges {
		return phrase.Refusal(journal.ErrTooLarge, "refusal.mermaid.arrows", maxEdges)
	}
	g.edges[Edge{from, to}] = true
	i := g.at[from]
	g.nodes[i].LeadsTo = append(g.nodes[i].LeadsTo, to)
	return nil
}

// causes gives the nodes without the incident, with a kind each. A circle is an error.
func (g *graph) causes() ([]Node, error) {
	if c := Cycle(g.nodes); c != nil {
		return nil, phrase.Refusal(journal.ErrInvalid, "refusal.map.circle", strings.Join(c, " → "))
	}
	layer := layers(g.nodes, Edges(g.nodes))
	end := 0
	if _, ok := g.at[Incident]; ok {
		end = 1 // what leads to the incident is one layer before it
	}
	var list []Node
	for _, n := range g.nodes {
		if n.ID == Incident {
			continue
		}
		if n.Text == "" {
			n.Text = n.ID
		}
		if g.foreign || n.Kind == "" {
			n.Kind = [...]string{"direct", "contributing", "systemic"}[min(max(layer[n.ID]-end, 0), 2)]
		}
		n.LeadsTo = slices.DeleteFunc(slices.Clone(n.LeadsTo), func(id string) bool { return id == Incident })
		list = append(list, n)
	}
	if len(list) == 0 {
		return nil, phrase.Refusal(journal.ErrInvalid, "refusal.map.empty")
	}
	return list, nil
}
