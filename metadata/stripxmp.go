package metadata

import (
	"slices"
	"strconv"
	"strings"
)

// xmp writes a packet with the properties that stay. A packet that stays whole stays as it is written.
func (s stripper) xmp(packet []byte) (left []byte, keep bool) {
	root, markup := readXML(packetText(packet))
	rdf := readRDF(root)
	w := xmpWriter{stripper: s, spaces: map[string]string{}}
	whole := markup.problem == "" && len(rdf.problems) == 0 && rdf.unread == ""
	for _, text := range markup.comments {
		whole = whole && s.keeps(commentOf(text, 0))
	}
	var kept []*property
	for _, p := range rdf.top {
		if one := w.choose(p, p.name, prefixOf(p.name)); one != nil {
			kept = append(kept, one)
		}
	}
	switch {
	case len(kept) == 0:
		return nil, false
	case whole && !w.refused:
		return packet, true
	}
	return w.packet(kept), true
}

// xmpWriter writes properties as a packet.
type xmpWriter struct {
	stripper
	b       strings.Builder
	spaces  map[string]string // prefixes in use → namespaces
	refused bool
}

// choose copies what stays of a property; nil if that is nothing.
func (w *xmpWriter) choose(p *property, path, group string) *property {
	one := &property{space: p.space, name: p.name, form: p.form, value: p.value, uri: p.uri}
	if p.form == simple || len(p.kids) == 0 {
		if holdsPicture(p.name) && !w.rules.Pictures || !w.keeps(Field{Standard: XMP, Group: group, Name: path, Value: p.value}) {
			w.refused = true
			return nil
		}
	}
	for i, kid := range p.kids {
		below := path + "/" + kid.name
		if p.form != structure {
			below = path + "[" + strconv.Itoa(i+1) + "]"
		}
		if k := w.choose(kid, below, group); k != nil {
			one.kids = append(one.kids, k)
		}
	}
	if len(p.kids) > 0 && len(one.kids) == 0 {
		return nil
	}
	for _, q := range p.quals {
		if k := w.choose(q, path+"/?"+q.name, group); k != nil {
			one.quals = append(one.quals, k)
		}
	}
	return one
}

// packet writes a packet, as short as it can be, since it may have to fit into the place of the old one.
func (w *xmpWriter) packet(properties []*property) []byte {
	w.use(properties)
	w.b.WriteString("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"" + nsRDF + "\">")
	w.b.WriteString("<rdf:Description rdf:about=\"\"")
	prefixes := make([]string, 0, len(w.spaces))
	for prefix := range w.spaces {
		prefixes = append(prefixes, prefix)
	}
	slices.Sort(prefixes)
	for _, prefix := range prefixes {
		w.b.WriteString(" xmlns:" + prefix + "=\"" + escapeXML(w.spaces[prefix]) + "\"")
	}
	w.fields(properties)
	w.b.WriteString("</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>")
	return []byte(w.b.String())
}

// use collects the namespaces of properties.
func (w *xmpWriter) use(properties []*property) {
	for _, p := range properties {
		if prefix := prefixOf(p.name); p.name != "" && prefix != "xml" && prefix != "rdf" && p.space != "" {
			w.spaces[prefix] = p.space
		}
		w.use(p.kids)
		w.use(p.quals)
	}
}

// fields ends an open tag with those fields that can be attributes, and writes the others as elements.
func (w *xmpWriter) fields(properties []*property) {
	seen := map[string]bool{}
	var elements []*property
	for _, p := range properties {
		if p.form != simple || p.uri || len(p.quals) > 0 || seen[p.name] || p.space == "" {
			elements = append(elements, p)
			continue
		}
		seen[p.name] = true
		w.b.WriteString(" " + p.name + "=\"" + escapeXML(p.value) + "\"")
	}
	w.b.WriteByte('>')
	for _, p := range elements {
		if p.space != "" {
			w.element(p, p.name)
		}
	}
}

// element writes a property, or an item under the name rdf:li.
func (w *xmpWriter) element(p *property, name string) {
	w.b.WriteString("<" + name)
	quals := p.quals
	if at := slices.IndexFunc(quals, func(q *property) bool { return q.name == "xml:lang" }); at >= 0 {
		w.b.WriteString(" xml:lang=\"" + escapeXML(quals[at].value) + "\"")
		quals = slices.Delete(slices.Clone(quals), at, at+1)
	}
	switch {
	case len(quals) > 0:
		w.b.WriteString(" rdf:parseType=\"Resource\">")
		w.element(&property{space: nsRDF, form: p.form, value: p.value, uri: p.uri, kids: p.kids}, "rdf:value")
		for _, q := range quals {
			w.element(q, q.name)
		}
	case p.form == structure && len(p.kids) > 0:
		w.b.WriteString("><rdf:Description")
		w.fields(p.kids)
		w.b.WriteString("</rdf:Description>")
	case p.form >= bag:
		w.array(p)
	case p.uri:
		w.b.WriteString(" rdf:resource=\"" + escapeXML(p.value) + "\">")
	default:
		w.b.WriteString(">" + escapeXML(p.value))
	}
	w.b.WriteString("</" + name + ">")
}

func (w *xmpWriter) array(p *property) {
	kind := map[form]string{bag: "rdf:Bag", seq: "rdf:Seq", alt: "rdf:Alt"}[p.form]
	w.b.WriteString("><" + kind + ">")
	for _, kid := range p.kids {
		w.element(kid, "rdf:li")
	}
	w.b.WriteString("</" + kind + ">")
}

// escapeXML writes a text so that it can stand in an attribute or an element. Characters that XML has not are left out.
func escapeXML(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch r {
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '&':
			b.WriteString("&amp;")
		case '"':
			b.WriteString("&quot;")
		case '\n', '\t', '\r':
			b.WriteString("&#" + strconv.Itoa(int(r)) + ";")
		case 0xfffe, 0xffff:
		default:
			if r >= ' ' {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}
