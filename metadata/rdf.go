package metadata

import (
	"slices"
	"strconv"
	"strings"
)

// form is the form of an XMP value (XMP part 1, 6.3).
type form uint8

const (
	simple form = iota
	structure
	bag
	seq
	alt
)

// property is a node of the XMP data model: a value with a name, or without one where it is an item.
type property struct {
	space, name string // the name with its prefix
	form        form
	value       string
	uri         bool // the value was written as a resource
	kids        []*property
	quals       []*property
}

// rdfReader turns the elements of a packet into properties (XMP part 1, 7: the subset of RDF/XML that XMP uses; and what
// writers are known to do beside it).
type rdfReader struct {
	top      []*property
	about    string
	own      map[string]string // prefixes of namespaces that are not known, as the file first declares them
	problems []string
	unread   string // the first thing that no property can hold
}

// readRDF gives the properties of all rdf:RDF elements below an element.
func readRDF(root *xmlElement) *rdfReader {
	r := &rdfReader{own: map[string]string{}}
	r.find(root)
	r.identify()
	return r
}

func (r *rdfReader) find(e *xmlElement) {
	for _, kid := range e.kids {
		if !kid.is(nsRDF, "RDF") {
			if isText(kid.text) {
				r.passOver("text stands outside of rdf:RDF")
			}
			r.find(kid)
			continue
		}
		r.alone(kid)
		for _, node := range kid.kids {
			if about, ok := node.attr(nsRDF, "about"); ok && r.about == "" {
				r.about = about
			}
			if !node.is(nsRDF, "Description") {
				r.problem("an element " + mention(node.prefix+":"+node.local) + " stands for a description")
			}
			r.top = r.node(node, r.top)
		}
	}
}

// alone notes the text of an element that may hold elements only.
func (r *rdfReader) alone(e *xmlElement) {
	if len(e.kids) == 0 && isText(e.text) {
		r.passOver("text stands where elements should")
	}
}

// passOver notes text that is there and becomes no property.
func (r *rdfReader) passOver(text string) {
	if r.unread == "" {
		r.unread = text
	}
}

func (r *rdfReader) problem(text string) {
	if len(r.problems) < 8 {
		r.problems = append(r.problems, text)
	}
}

// identify makes xmpMM:InstanceID of an rdf:about that is a UUID, as the Adobe XMP Toolkit does.
func (r *rdfReader) identify() {
	if !strings.HasPrefix(r.about, "uuid:") && !looksLikeUUID(r.about) {
		return
	}
	for _, p := range r.top {
		if p.name == "xmpMM:InstanceID" {
			p.value, p.form, p.kids = r.about, simple, nil
			return
		}
	}
	r.top = append(r.top, &property{space: nsMM, name: "xmpMM:InstanceID", value: r.about})
}

func looksLikeUUID(s string) bool {
	return len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-'
}

// node reads a node element: its attributes and its elements are properties.
func (r *rdfReader) node(e *xmlElement, into []*property) []*property {
	into = r.attributes(e, into)
	r.alone(e)
	for _, kid := range e.kids {
		if p := r.element(kid); p != nil {
			into = append(into, p)
		}
	}
	return into
}

// oldAttributes are those of RDF and XML that old writers have without a prefix.
var oldAttributes = []string{"about", "ID", "bagID", "nodeID", "resource", "parseType", "datatype", "value", "lang"}

// attributes reads the attributes of an element that are properties; those of RDF and XML are not.
func (r *rdfReader) attributes(e *xmlElement, into []*property) []*property {
	for i := range e.attrs {
		a := &e.attrs[i]
		if a.prefix == "" && !slices.Contains(oldAttributes, a.local) && isText(a.value) {
			r.passOver("an attribute has no namespace")
		}
		if a.prefix == "" || a.space == nsXML || a.space == nsRDF || a.prefix == "rdf" {
			continue
		}
		into = append(into, &property{space: a.space, name: r.qualified(a.space, a.prefix, a.local), value: a.value})
	}
	return into
}

// element reads a property element.
func (r *rdfReader) element(e *xmlElement) *property {
	p := &property{space: e.space, name: r.qualified(e.space, e.prefix, e.local)}
	r.fill(p, e)
	return p
}

// fill reads what a property element, or an item, has for a value.
func (r *rdfReader) fill(p *property, e *xmlElement) {
	lang, hasLang := e.attr(nsXML, "lang")
	parse, _ := e.attr(nsRDF, "parseType")
	switch {
	case parse == "Resource":
		p.form = structure
		p.kids = r.node(e, nil)
	case len(e.kids) == 0 && e.text == "":
		r.empty(p, e)
	case len(e.kids) == 0 || parse == "Literal":
		p.quals = r.attributes(e, nil)
		if p.value = e.text; len(e.kids) > 0 {
			r.passOver(mention(p.name) + " holds markup")
		}
	default:
		p.quals = r.attributes(e, nil)
		r.resource(p, e.kids[0])
		if len(e.kids) > 1 {
			r.passOver(mention(p.name) + " has more than one value")
		}
	}
	if p.form == structure {
		r.collapse(p)
	}
	if hasLang {
		qualifier := &property{space: nsXML, name: "xml:lang", value: language(lang)}
		p.quals = append([]*property{qualifier}, p.quals...)
	}
}

// empty reads an element without content: a reference, a value with qualifiers, a structure in attributes, or nothing.
func (r *rdfReader) empty(p *property, e *xmlElement) {
	if value, ok := e.attr(nsRDF, "value"); ok {
		p.value, p.quals = value, r.attributes(e, nil)
		return
	}
	if value, ok := e.attr(nsRDF, "resource"); ok {
		p.value, p.uri, p.quals = value, true, r.attributes(e, nil)
		return
	}
	if p.kids = r.attributes(e, nil); len(p.kids) > 0 {
		p.form = structure
	}
}

// resource reads a node element that is a property's value: an array, or a structure.
func (r *rdfReader) resource(p *property, e *xmlElement) {
	switch {
	case e.is(nsRDF, "Bag"):
		p.form = bag
	case e.is(nsRDF, "Seq"):
		p.form = seq
	case e.is(nsRDF, "Alt"):
		p.form = alt
	default:
		p.form = structure
		if !e.is(nsRDF, "Description") && e.local != "" {
			name := r.qualified(e.space, e.prefix, e.local)
			p.quals = append(p.quals, &property{space: nsRDF, name: "rdf:type", value: e.space + e.local, uri: true})
			r.problem(mention(p.name) + " is of the type " + mention(name))
		}
		if about, ok := e.attr(nsRDF, "about"); ok && len(e.kids) == 0 && len(e.attrs) == 1 {
			p.form, p.value, p.uri = simple, about, true
			return
		}
		p.kids = r.node(e, nil)
		return
	}
	r.alone(e)
	p.quals = r.attributes(e, p.quals)
	for _, kid := range e.kids {
		item := &property{}
		r.fill(item, kid)
		p.kids = append(p.kids, item)
	}
}

// collapse makes a value with qualifiers of a structure that has a field rdf:value (XMP part 1, 7.8).
func (r *rdfReader) collapse(p *property) {
	for i, kid := range p.kids {
		if kid.space == nsRDF && kid.name == "rdf:value" {
			quals := append(append(append([]*property{}, p.quals...), kid.quals...), p.kids[:i]...)
			quals = append(quals, p.kids[i+1:]...)
			p.form, p.value, p.uri, p.kids, p.quals = kid.form, kid.value, kid.uri, kid.kids, quals
			return
		}
	}
}

// qualified gives a name with the customary prefix of its namespace, or the prefix that the file uses.
func (r *rdfReader) qualified(space, prefix, local string) string {
	if known, ok := prefixes[space]; ok {
		return known + ":" + local
	}
	if known, ok := r.own[space]; ok {
		return known + ":" + local
	}
	if prefix == "" {
		prefix = "ns1"
	}
	if len(r.own) >= maxDeclarations {
		if _, known := spaceOf[prefix]; known {
			prefix = "ns1" // not one that stands for something else
		}
		return prefix + ":" + local
	}
	unique := prefix
	for n := 1; r.taken(unique, space); n++ {
		unique = prefix + "_" + strconv.Itoa(n) + "_"
	}
	r.own[space] = unique
	return unique + ":" + local
}

func (r *rdfReader) taken(prefix, space string) bool {
	if other, ok := spaceOf[prefix]; ok && other != space {
		return true
	}
	for known, p := range r.own {
		if p == prefix && known != space {
			return true
		}
	}
	return false
}

// language writes a language tag the way RFC 5646, 2.1.1 recommends: small letters, a region of two in capitals.
func language(tag string) string {
	tag = strings.ToLower(tag)
	if len(tag) >= 5 && tag[2] == '-' && (len(tag) == 5 || tag[5] == '-') {
		return tag[:3] + strings.ToUpper(tag[3:5]) + tag[5:]
	}
	return tag
}
