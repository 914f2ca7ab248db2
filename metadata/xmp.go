package metadata

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// xmp reads the packets of a part.
func (r *reader) xmp(data []byte, part int) {
	if r.packets += len(data); len(data) > r.Packet || r.packets > 2*r.Packet {
		r.passOver(part, "an XMP packet has %d bytes, more than %d or what others left of %d", len(data), r.Packet, 2*r.Packet)
		return
	}
	root, markup := readXML(packetText(data))
	switch {
	case markup.unread:
		r.passOver(part, "XMP: %s", markup.problem)
	case markup.problem != "":
		r.problem(part, "XMP: %s", markup.problem)
	}
	rdf := readRDF(root)
	for _, p := range rdf.problems {
		r.problem(part, "XMP: %s", p)
	}
	if rdf.unread != "" {
		r.passOver(part, "XMP: %s", rdf.unread)
	}
	w := leafWriter{reader: r, part: part}
	for _, text := range markup.comments {
		if r.spend(len(text), part) {
			r.add(commentOf(text, part))
		}
	}
	for _, p := range rdf.top {
		w.write(p, p.name, prefixOf(p.name))
	}
	r.regions(rdf.top)
}

// commentOf makes a field of a comment in the markup of a packet.
func commentOf(text string, part int) Field {
	return Field{Standard: Comment, Group: "XMP", Name: "Comment", Value: text, Part: part}
}

func prefixOf(name string) string {
	prefix, _, _ := strings.Cut(name, ":")
	return prefix
}

// leafWriter writes the leaves of properties as fields.
type leafWriter struct {
	*reader
	part int
}

func (w leafWriter) write(p *property, path, group string) {
	if !w.spend(len(path), w.part) {
		return
	}
	switch {
	case p.form == simple || len(p.kids) == 0:
		w.embedded(p, path)
		if w.spend(len(p.value), w.part) {
			w.add(Field{Standard: XMP, Group: group, Name: path, Value: p.value, Part: w.part})
		}
	case p.form == structure:
		for _, kid := range p.kids {
			w.write(kid, path+"/"+kid.name, group)
		}
	default:
		for i, kid := range p.kids {
			w.write(kid, path+"["+strconv.Itoa(i+1)+"]", group)
		}
	}
	for _, q := range p.quals {
		w.write(q, path+"/?"+q.name, group)
	}
}

// holdsPicture tells properties that are pictures in base 64.
func holdsPicture(name string) bool {
	switch name {
	case "xmpGImg:image", "GImage:Data", "GDepth:Data", "GCamera:Data":
		return true
	}
	return false
}

// embedded takes a property that holds a picture in base 64 (XMP part 2, 3.2: xmp:Thumbnails; Google's GImage:Data,
// the picture before it was edited, and GDepth:Data), which is no text.
func (w leafWriter) embedded(p *property, path string) {
	if !holdsPicture(p.name) {
		return
	}
	clean := strings.NewReplacer("\n", "", "\r", "", " ", "", "\t", "").Replace(p.value)
	data, err := base64.StdEncoding.DecodeString(clean)
	if err != nil {
		if data, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(clean, "=")); err != nil {
			return
		}
	}
	w.picture(Picture{Kind: "preview", Where: recordable(path), Data: data, Part: w.part})
}
