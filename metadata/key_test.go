package metadata

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

// TestKeys holds which names may be recorded as they stand: those of vocabularies and programs.
func TestKeys(t *testing.T) {
	t.Parallel()
	const chosen = "other#"
	for _, row := range []struct {
		standard Standard
		name     string
		want     string // with other# for what stands as a digest
	}{
		{Exif, "GPSLatitude", "Exif:GPSLatitude"}, {IIM, "By-line", "IPTC:By-line"}, {Comment, "Comment", "Comment:Comment"},
		{XMP, "dc:title[1]/?xml:lang", "XMP:dc:title/?xml:lang"},
		{XMP, "Iptc4xmpExt:LocationShown[2]/Iptc4xmpExt:City", "XMP:Iptc4xmpExt:LocationShown/Iptc4xmpExt:City"},
		{XMP, "crs:ToneCurvePV2012Red[1]", "XMP:crs:ToneCurvePV2012Red"},
		{XMP, "q:AnaDuval", "XMP:other#"}, {XMP, "AnaDuval:is[1]/dc:title", "XMP:other#/dc:title"},
		{XMP, "dc:title[1]/?q:AnaDuval", "XMP:dc:title/?other#"}, {XMP, "dc:AnaDuval", "XMP:other#"}, {XMP, "pdfx:AnaDuval", "XMP:other#"},
		{XMP, "xmp:ana@example.org", "XMP:other#"}, {XMP, "xmp:Call0612345678", "XMP:other#"}, {XMP, "xmp:Ana[Duval", "XMP:other#"},
		{Text, "parameters", "Text:parameters"}, {Text, "Author", "Text:Author"}, {Text, "exif:GPSLatitude", "Text:exif:GPSLatitude"},
		{Text, "Thumb::Image::Width", "Text:Thumb::Image::Width"}, {Text, "docname", "Text:docname"},
		{Text, "Latitude of ana@example.org, 12 rue X", "Text:other#"}, {Text, "exif:AnaDuval", "Text:other#"}, {Text, "Author [Ana]", "Text:other#"},
	} {
		keys := [...]string{Field{Standard: row.standard, Name: row.name}.Key(), Finding{Standard: row.standard, Name: row.name}.Key(),
			Change{Standard: row.standard, Name: withoutIndexes(row.name)}.Key()}
		for _, key := range keys[:2] {
			if got := undigested(key); got != row.want {
				t.Errorf("the key of %s %s is %s, want %s", row.standard, row.name, key, row.want)
			}
		}
		if row.standard == XMP && keys[2] != keys[0] {
			t.Errorf("%s has the keys %s", row.name, keys)
		}
	}
	one, other := Field{Standard: Text, Name: "Ana"}, Field{Standard: Text, Name: "Bea"}
	if one.Key() != (Finding{Standard: Text, Name: "Ana"}).Key() || one.Key() == other.Key() || one.Path() != "Text:Ana" || len(one.Key()) != len("Text:"+chosen)+8 {
		t.Errorf("keys are %s and %s, the path is %s", one.Key(), other.Key(), one.Path())
	}
}

// undigested leaves the eight digits behind other# out.
func undigested(key string) string {
	head, tail, found := strings.Cut(key, "other#")
	if !found || len(tail) < 8 {
		return key
	}
	return head + "other#" + tail[8:]
}

// TestNoNameIsTold holds that no word of a name that somebody chose is in what is recorded: keys, places of pictures,
// problems.
func TestNoNameIsTold(t *testing.T) {
	t.Parallel()
	const secret = "AnaDuval"
	picture := base64.StdEncoding.EncodeToString(madeJPEG())
	for name, packet := range map[string]string{
		"a property":      description(`<q:AnaDuval xmlns:q="u:q">GPS</q:AnaDuval><q:gps xmlns:q="u:q" q:AnaDuval="1"/>`),
		"a prefix":        description(`<AnaDuval:email xmlns:AnaDuval="u:q">x</AnaDuval:email>`),
		"a picture":       description(`<q:AnaDuval xmlns:q="u:q" xmlns:g="http://ns.adobe.com/xap/1.0/g/img/" rdf:parseType="Resource"><g:image>` + picture + `</g:image></q:AnaDuval>`),
		"two values":      description(`<q:AnaDuval xmlns:q="u:q"><rdf:Bag/><rdf:Bag/></q:AnaDuval><dc:title><q:AnaDuval xmlns:q="u:q"><dc:type>x</dc:type></q:AnaDuval></dc:title>`),
		"a node":          packet(`<q:AnaDuval xmlns:q="u:q" dc:title="x"/>`),
		"a closing tag":   description(`<dc:title>x</AnaDuval>`),
		"an open element": `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description><AnaDuval>`,
		"an attribute":    description(`<dc:title AnaDuval=x/>`), "an open value": description(`<dc:title AnaDuval="x/>`),
		"no value": description(`<AnaDuval x y/>`),
	} {
		d := mustRead(t, madeJPEG(xmpSegment(packet)))
		var told []any
		for _, f := range d.Fields {
			told = append(told, f.Key())
		}
		for _, f := range d.Personal() {
			told = append(told, f.Key(), f.Within)
		}
		for _, p := range d.Pictures {
			told = append(told, p.Where)
		}
		told = append(told, d.Problems)
		if len(told) < 2 && len(d.Problems) == 0 {
			t.Errorf("%s: nothing was read", name)
		}
		if text, err := json.Marshal(told); err != nil || strings.Contains(string(text), secret) {
			t.Errorf("%s: %s, %v", name, text, err)
		}
	}
}

// TestManySpaces holds that an unknown namespace never takes the prefix of a known one, however many there are.
func TestManySpaces(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range maxDeclarations + 1 {
		space := "u:" + strings.Repeat("x", i)
		many.WriteString(`<tiff:AnaDuval xmlns:tiff="` + space + `">x</tiff:AnaDuval>`)
	}
	for _, f := range mustRead(t, madeJPEG(xmpSegment(description(many.String())))).Fields {
		if undigested(f.Key()) != "XMP:other#" {
			t.Fatalf("%s has the key %s", f.Name, f.Key())
		}
	}
}
