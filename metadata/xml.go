package metadata

import (
	"fmt"
	"strings"
	"unicode"
)

// Limits of the XML of a packet. They bound time too: a name is looked up among the declarations that are in force.
const (
	maxDepth        = 64
	maxElements     = 100_000
	maxAttributes   = 100_000
	maxDeclarations = 300 // of namespaces in force at a time
	maxPieces       = 10_000
	maxPrefix       = 64       // bytes
	maxNames        = 4 << 10  // bytes of the names of elements within each other: each property repeats those around it
	maxJoined       = 64 << 20 // bytes of texts that are copied to join their pieces
	longestEnd      = 64       // of the instruction that ends a packet
)

// xmlElement is an element of a packet. Its text is the character data directly inside, in one piece.
type xmlElement struct {
	space, prefix, local string
	attrs                []xmlAttr
	kids                 []*xmlElement
	text                 string
}

type xmlAttr struct{ space, prefix, local, value string }

func (e *xmlElement) is(space, local string) bool { return e.local == local && e.space == space }

// attr gives the value of an attribute; one of RDF is also found without a prefix, as old writers have it.
func (e *xmlElement) attr(space, local string) (string, bool) {
	for i := range e.attrs {
		if a := &e.attrs[i]; a.local == local && (a.space == space || space == nsRDF && a.space == "") {
			return a.value, true
		}
	}
	return "", false
}

// mention names the element in a problem.
func (e *xmlElement) mention() string { return mention(e.prefix + ":" + e.local) }

type declaration struct{ prefix, space string }

// xmlReader reads the elements of a text, as much as is well formed.
type xmlReader struct {
	text     string
	at       int
	open     []*xmlElement
	scopes   []int // number of declarations at each open element's start
	declared []declaration
	elements int
	attrs    int
	pieces   int
	joined   int
	names    int    // bytes of the names of the open elements
	problem  string // what reading ended with, or passed over
	unread   bool   // there is text that was not read
	comments []string
}

// readXML gives an element without a name that holds all outermost ones: a part may have several packets behind each
// other. What follows a fault is not read, and the reader's problem names it.
func readXML(text string) (*xmlElement, *xmlReader) {
	root := &xmlElement{}
	r := &xmlReader{text: text, open: []*xmlElement{root}, scopes: []int{0}}
	for r.step() {
	}
	if r.problem == "" && len(r.open) > 1 {
		r.problem = fmt.Sprintf("it ends inside of %s", r.open[len(r.open)-1].mention())
	}
	return root, r
}

// step reads the text up to the next mark-up, and that.
func (r *xmlReader) step() bool {
	rest := r.text[r.at:]
	lt := strings.IndexByte(rest, '<')
	if lt < 0 {
		r.addText(unescape(lineFeeds(rest)))
		return false
	}
	if !r.addText(unescape(lineFeeds(rest[:lt]))) {
		return false
	}
	r.at += lt
	rest = rest[lt:]
	switch {
	case strings.HasPrefix(rest, "<!--"):
		from := r.at + len("<!--")
		if !r.skip("-->") {
			return false
		}
		r.comment(r.text[min(from, r.at-len("-->")) : r.at-len("-->")])
		return true
	case strings.HasPrefix(rest, "<![CDATA["):
		from := r.at + len("<![CDATA[")
		if !r.skip("]]>") {
			return false
		}
		return r.addText(r.text[from : r.at-len("]]>")])
	case strings.HasPrefix(rest, "<!"):
		return r.documentType()
	case strings.HasPrefix(rest, "<?"):
		if len(rest) < longestEnd && strings.HasPrefix(rest, "<?xpacket") && !strings.Contains(rest, "?>") {
			r.problem = "it ends within its last instruction"
			return false
		}
		return r.skip("?>")
	case strings.HasPrefix(rest, "</"):
		return r.close()
	}
	return r.start()
}

func (r *xmlReader) fail(format string, args ...any) bool {
	r.problem, r.unread = fmt.Sprintf(format, args...), true
	return false
}

// addText keeps character data of the open element. Comments and marked sections cut it into pieces; joining many
// would take time that grows with their square.
func (r *xmlReader) addText(text string) bool {
	top := r.open[len(r.open)-1]
	switch {
	case len(r.open) == 1 || len(top.kids) > 0:
		r.mixed(text)
	case text == "":
	case top.text == "":
		top.text = text
	default:
		r.pieces++
		if r.joined += len(top.text) + len(text); r.pieces > maxPieces || r.joined > maxJoined {
			return r.fail("its text is in more than %d pieces, or joining them takes more than %d bytes", maxPieces, maxJoined)
		}
		top.text += text
	}
	return true
}

// mixed notes text beside elements: no property of XMP is made of both. Zeros are padding.
func (r *xmlReader) mixed(text string) {
	if isText(text) && !r.unread {
		r.problem, r.unread = "text stands beside elements", true
	}
}

// isText tells text from padding and from what is left of it: one letter says nothing, and bytes of ones become ÿ.
func isText(text string) bool {
	letters := 0
	for _, c := range text {
		if c != 'ÿ' && c != '\ufeff' && c != '\ufffd' && (unicode.IsLetter(c) || unicode.IsDigit(c)) {
			if letters++; letters > 1 {
				return true
			}
		}
	}
	return false
}

// comment keeps a comment.
func (r *xmlReader) comment(text string) {
	if !isText(text) {
		return
	}
	if r.pieces++; r.pieces > maxPieces {
		r.fail("it has more than %d comments", maxPieces)
		return
	}
	r.comments = append(r.comments, strings.TrimSpace(text))
}

// lineFeeds makes line feeds of the other line ends (XML 1.0, 2.11).
func lineFeeds(text string) string {
	if strings.IndexByte(text, '\r') < 0 {
		return text
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
}

func (r *xmlReader) skip(end string) bool {
	n := strings.Index(r.text[r.at:], end)
	if n < 0 {
		return r.fail("it has no %q", end)
	}
	r.at += n + len(end)
	return true
}

// documentType passes over a declaration with all that it declares: entities are where a packet could grow without end.
func (r *xmlReader) documentType() bool {
	depth, subset := 0, false
	for i := r.at; i < len(r.text); i++ {
		switch r.text[i] {
		case '[':
			depth++
			subset = true
		case ']':
			depth--
		case '>':
			if depth <= 0 {
				r.at = i + 1
				r.problem, r.unread = "its document type declaration was not read", r.unread || subset
				return true
			}
		}
	}
	return r.fail("its document type declaration does not end")
}

func (r *xmlReader) close() bool {
	end := strings.IndexByte(r.text[r.at:], '>')
	if end < 0 {
		return r.fail("a tag does not end")
	}
	name := strings.TrimRight(r.text[r.at+2:r.at+end], " \t\r\n")
	top := r.open[len(r.open)-1]
	if prefix, local := cutName(name); len(r.open) == 1 || local != top.local || prefix != top.prefix {
		return r.fail("the tag %s closes nothing", mention(name))
	}
	r.at += end + 1
	r.pop()
	return true
}

func (r *xmlReader) pop() {
	n := len(r.open) - 1
	r.declared = r.declared[:r.scopes[n]]
	r.names -= len(r.open[n].prefix) + len(r.open[n].local)
	r.open, r.scopes = r.open[:n], r.scopes[:n]
}

// start reads a start tag or an empty element.
func (r *xmlReader) start() bool {
	r.at++
	name := r.name()
	if r.elements++; name == "" || r.elements > maxElements || len(r.open) > maxDepth {
		return r.fail("a tag has no name, or there are more than %d elements or %d levels", maxElements, maxDepth)
	}
	e := &xmlElement{}
	e.prefix, e.local = cutName(name)
	if !r.fits(e.prefix, e.local) {
		return false
	}
	r.names += len(e.prefix) + len(e.local)
	scope := len(r.declared)
	closed, ok := r.attributes(e)
	if !ok {
		return false
	}
	e.space = r.lookup(e.prefix)
	for i := range e.attrs {
		if a := &e.attrs[i]; a.prefix != "" {
			a.space = r.lookup(a.prefix)
		}
	}
	top := r.open[len(r.open)-1]
	if len(top.kids) == 0 {
		r.mixed(top.text)
	}
	top.kids = append(top.kids, e)
	r.open, r.scopes = append(r.open, e), append(r.scopes, scope)
	if closed {
		r.pop()
	}
	return true
}

// fits says that a name is none of those that nobody writes but to take our memory.
func (r *xmlReader) fits(prefix, local string) bool {
	if len(prefix) > maxPrefix || r.names+len(prefix)+len(local) > maxNames {
		return r.fail("a prefix has more than %d bytes, or names within each other more than %d", maxPrefix, maxNames)
	}
	return true
}

// attributes reads up to the end of the tag, and tells whether the tag closes itself.
func (r *xmlReader) attributes(e *xmlElement) (closed, ok bool) {
	for {
		r.spaces()
		if r.at >= len(r.text) {
			return false, r.fail("it ends inside of a tag")
		}
		switch {
		case r.text[r.at] == '>':
			r.at++
			return false, true
		case strings.HasPrefix(r.text[r.at:], "/>"):
			r.at += 2
			return true, true
		}
		if !r.attribute(e) {
			return false, false
		}
	}
}

func (r *xmlReader) attribute(e *xmlElement) bool {
	name := r.name()
	r.spaces()
	if name == "" || r.at >= len(r.text) || r.text[r.at] != '=' {
		return r.fail("an attribute of %s has no value", e.mention())
	}
	r.at++
	r.spaces()
	if r.at >= len(r.text) || r.text[r.at] != '"' && r.text[r.at] != '\'' {
		return r.fail("the value of %s has no quotes", mention(name))
	}
	end := strings.IndexByte(r.text[r.at+1:], r.text[r.at])
	if end < 0 {
		return r.fail("the value of %s does not end", mention(name))
	}
	value := unescape(oneLine(r.text[r.at+1 : r.at+1+end]))
	r.at += end + 2
	prefix, local := cutName(name)
	if prefix == "xmlns" || prefix == "" && local == "xmlns" {
		return r.declare(local, prefix, value)
	}
	if !r.fits(prefix, local) {
		return false
	}
	if r.attrs++; r.attrs > maxAttributes {
		return r.fail("it has more than %d attributes", maxAttributes)
	}
	e.attrs = append(e.attrs, xmlAttr{prefix: prefix, local: local, value: value})
	return true
}

func (r *xmlReader) declare(local, prefix, space string) bool {
	if prefix == "" {
		local = ""
	}
	if len(r.declared) == maxDeclarations {
		return r.fail("more than %d namespaces are declared", maxDeclarations)
	}
	r.declared = append(r.declared, declaration{local, standardSpace(space)})
	return true
}

// lookup gives the namespace of a prefix. One that is not declared is taken for what it stands for by custom.
func (r *xmlReader) lookup(prefix string) string {
	for i := len(r.declared) - 1; i >= 0; i-- {
		if r.declared[i].prefix == prefix {
			return r.declared[i].space
		}
	}
	switch prefix {
	case "":
		return ""
	case "xml":
		return nsXML
	}
	return spaceOf[prefix]
}

func (r *xmlReader) spaces() {
	for r.at < len(r.text) && isSpace(r.text[r.at]) {
		r.at++
	}
}

// name reads as far as no mark-up begins.
func (r *xmlReader) name() string {
	from := r.at
	for r.at < len(r.text) {
		c := r.text[r.at]
		if isSpace(c) || c == '=' || c == '/' || c == '>' || c == '<' || c == '"' || c == '\'' {
			break
		}
		r.at++
	}
	return r.text[from:r.at]
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func cutName(name string) (prefix, local string) {
	if prefix, local, ok := strings.Cut(name, ":"); ok {
		return prefix, local
	}
	return "", name
}

// oneLine makes blanks of the line breaks of an attribute's value (XML 1.0, 3.3.3).
func oneLine(value string) string {
	if strings.IndexByte(value, '\n') < 0 && strings.IndexByte(value, '\r') < 0 && strings.IndexByte(value, '\t') < 0 {
		return value
	}
	return strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\t", " ").Replace(value)
}
