package metadata

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

// TestXMPLeaves holds the paths that the forms of RDF/XML lead to (XMP part 1, 7), in the notation of the Adobe XMP
// Toolkit's leaves.
func TestXMPLeaves(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ rdf, want string }{
		"attribute": {`<rdf:Description rdf:about="" dc:format="image/jpeg"/>`, "dc:format=image/jpeg"},
		"element":   {`<rdf:Description rdf:about=""><dc:format>image/jpeg </dc:format></rdf:Description>`, "dc:format=image/jpeg "},
		"bag": {`<rdf:Description><dc:subject><rdf:Bag><rdf:li>a</rdf:li><rdf:li>b</rdf:li></rdf:Bag></dc:subject></rdf:Description>`,
			"dc:subject[1]=a dc:subject[2]=b"},
		"alternatives": {`<rdf:Description><dc:title><rdf:Alt><rdf:li xml:lang="x-default">T</rdf:li><rdf:li xml:lang="FR-ca">U</rdf:li></rdf:Alt></dc:title></rdf:Description>`,
			"dc:title[1]=T dc:title[1]/?xml:lang=x-default dc:title[2]=U dc:title[2]/?xml:lang=fr-CA"},
		"structure": {`<rdf:Description><Iptc4xmpExt:LocationCreated><rdf:Bag><rdf:li rdf:parseType="Resource"><Iptc4xmpExt:City>Paris</Iptc4xmpExt:City></rdf:li></rdf:Bag></Iptc4xmpExt:LocationCreated></rdf:Description>`,
			"Iptc4xmpExt:LocationCreated[1]/Iptc4xmpExt:City=Paris"},
		"structure in attributes": {`<rdf:Description><exif:Flash exif:Fired="True" exif:Mode="1"/></rdf:Description>`,
			"exif:Flash/exif:Fired=True exif:Flash/exif:Mode=1"},
		"structure in a description": {`<rdf:Description><exif:Flash><rdf:Description exif:Fired="True"><exif:Mode>1</exif:Mode></rdf:Description></exif:Flash></rdf:Description>`,
			"exif:Flash/exif:Fired=True exif:Flash/exif:Mode=1"},
		"resource": {`<rdf:Description><plus:DataMining rdf:resource="http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED"/></rdf:Description>`,
			"plus:DataMining=http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED"},
		"qualifiers": {`<rdf:Description><xmp:Identifier><rdf:Bag><rdf:li rdf:parseType="Resource"><rdf:value>x</rdf:value><xmp:Label>l</xmp:Label></rdf:li></rdf:Bag></xmp:Identifier></rdf:Description>`,
			"xmp:Identifier[1]=x xmp:Identifier[1]/?xmp:Label=l"},
		"marked section and entities": {`<rdf:Description><dc:source><![CDATA[a<b]]>&amp;&#x20ac;&nbsp;</dc:source></rdf:Description>`,
			"dc:source=a<b&€&nbsp;"},
		"instance in about": {`<rdf:Description rdf:about="uuid:11" dc:format="x"/>`, "dc:format=x xmpMM:InstanceID=uuid:11"},
		"other prefix":      {`<rdf:Description xmlns:ns7="http://purl.org/dc/elements/1.1/" ns7:format="x"/>`, "dc:format=x"},
		"taken prefix":      {`<rdf:Description xmlns:tiff="http://example.com/" tiff:a="x"/>`, "tiff_1_:a=x"},
		"undeclared prefix": {`<rdf:Description photoshop:City="Paris"/>`, "photoshop:City=Paris"},
		"old RDF":           {`<rdf:Description about=""><dc:format>x</dc:format></rdf:Description>`, "dc:format=x"},
		"empty":             {`<rdf:Description><dc:format/><dc:subject><rdf:Bag/></dc:subject></rdf:Description>`, "dc:format= dc:subject="},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := leaves(mustRead(t, madeJPEG(xmpSegment(packet(c.rdf))))); got != c.want {
				t.Errorf("leaves are %q, want %q", got, c.want)
			}
		})
	}
}

func leaves(d *Document) string {
	var all []string
	for _, f := range d.Fields {
		if f.Standard == XMP {
			all = append(all, f.Name+"="+f.Value)
		}
	}
	return strings.Join(all, " ")
}

// TestXMPEncodings reads one packet in all encodings that XMP allows, and in one that it does not.
func TestXMPEncodings(t *testing.T) {
	t.Parallel()
	text := description("<dc:source>Zoé €</dc:source>")
	wide := func(order binary.AppendByteOrder, mark bool) string {
		var b []byte
		if mark {
			b = order.AppendUint16(b, 0xfeff)
		}
		for _, u := range utf16.Encode([]rune(text)) {
			b = order.AppendUint16(b, u)
		}
		return string(b)
	}
	wider := func(order binary.AppendByteOrder) string {
		var b []byte
		for _, r := range text {
			b = order.AppendUint32(b, uint32(r))
		}
		return string(b)
	}
	for name, encoded := range map[string]string{
		"UTF-8": text, "UTF-8 with mark": "\ufeff" + text,
		"UTF-16BE": wide(binary.BigEndian, false), "UTF-16LE with mark": wide(binary.LittleEndian, true),
		"UTF-32BE": wider(binary.BigEndian), "UTF-32LE": wider(binary.LittleEndian),
		"Windows-1252": strings.NewReplacer("é", "\xe9", "€", "\x80").Replace(text),
	} {
		if got := mustRead(t, madeJPEG(xmpSegment(encoded))).values("dc:source"); got != "Zoé €" {
			t.Errorf("%s: dc:source is %q, want %q", name, got, "Zoé €")
		}
	}
}

// TestSeveralPackets reads packets of several segments, and two in one.
func TestSeveralPackets(t *testing.T) {
	t.Parallel()
	one, two := description("<dc:source>1</dc:source>"), description("<dc:source>2</dc:source>")
	d := mustRead(t, madeJPEG(xmpSegment(one), xmpSegment(two+one)))
	if got := d.values("dc:source"); got != "1|2|1" {
		t.Errorf("dc:source is %q, want 1|2|1", got)
	}
	if d.Fields[0].Part == d.Fields[1].Part {
		t.Error("fields of two segments have one part")
	}
}

// TestDamagedXMP gives what stands before a fault.
func TestDamagedXMP(t *testing.T) {
	t.Parallel()
	whole := description("<dc:source>1</dc:source><dc:format>x</dc:format>")
	for _, cut := range []string{"</dc:format>", "<dc:format>", "x</dc:format>"} {
		d := mustRead(t, madeJPEG(xmpSegment(whole[:strings.Index(whole, cut)])))
		if d.values("dc:source") != "1" || len(d.Problems) == 0 {
			t.Errorf("cut before %s: fields %v, problems %v", cut, d.Fields, d.Problems)
		}
	}
}

// TestXMPBombs holds that hostile packets cost neither time nor memory, and that what is whole in them is read.
func TestXMPBombs(t *testing.T) {
	entities := `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>`
	for name, bomb := range map[string]string{
		"entities":   entities + description("<dc:source>&b;</dc:source>"),
		"depth":      packet(strings.Repeat("<rdf:Description><dc:a>", 100_000)),
		"elements":   description(strings.Repeat("<dc:a/>", 300_000)),
		"attributes": packet("<rdf:Description " + strings.Repeat(`dc:a="" `, 300_000) + "/>"),
		"namespaces": packet(manyNamespaces()),
		"pieces":     description("<dc:a>" + strings.Repeat("a<!---->", 300_000) + "</dc:a>"),
		"references": description("<dc:a>" + strings.Repeat("&", 3_000_000) + "</dc:a>"),
		"open tags":  strings.Repeat("<", 3_000_000),
		"prefixes":   packet(strings.Repeat(`<rdf:Description xmlns:a="http://x" a:b=""/>`, 50_000)),
	} {
		t.Run(name, func(t *testing.T) {
			r := &reader{budget: &budget{Limits: Limits{}.orDefault()}, doc: &Document{}}
			start := userTime(t)
			r.xmp([]byte(bomb), 0)
			if took := userTime(t) - start; took > most {
				t.Errorf("%d bytes took %v", len(bomb), took)
			}
			if strings.Contains(r.doc.values("dc:source"), "aa") {
				t.Error("an entity was expanded")
			}
		})
	}
}

// manyNamespaces declares as many as fit, each in an element of its own.
func manyNamespaces() string {
	var b strings.Builder
	for i := range 50_000 {
		n := strings.Repeat("a", i%7+1)
		b.WriteString(`<rdf:Description xmlns:` + n + `="http://` + strings.Repeat("b", i%1000) + `" ` + n + `:c="1"/>`)
	}
	return b.String()
}

// TestEntitiesAreTold holds that a packet which declares entities is a problem that is told: what they stand for is not
// read.
func TestEntitiesAreTold(t *testing.T) {
	t.Parallel()
	d := mustRead(t, madeJPEG(xmpSegment(`<!DOCTYPE x [<!ENTITY e "zoe@example.org">]>`+description("<dc:description>&e;</dc:description>"))))
	if len(d.Problems) != 1 || !strings.Contains(d.Problems[0].Reason, "document type") || d.values("dc:description") != "&e;" {
		t.Errorf("problems are %v, the description %q", d.Problems, d.values("dc:description"))
	}
}
