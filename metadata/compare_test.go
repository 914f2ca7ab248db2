package metadata

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

func told(changes []Change) string {
	var all []string
	for _, c := range changes {
		one := fmt.Sprintf("%s:%s=%s>%s", c.Standard, c.Name, c.From, c.To)
		if c.Elsewhere {
			one += "*"
		}
		all = append(all, one)
	}
	return strings.Join(all, " ")
}

// TestCompare says what became of each value.
func TestCompare(t *testing.T) {
	t.Parallel()
	order := binary.ByteOrder(binary.BigEndian)
	items := func(all ...string) string {
		return "<dc:subject><rdf:Bag><rdf:li>" + strings.Join(all, "</rdf:li><rdf:li>") + "</rdf:li></rdf:Bag></dc:subject>"
	}
	reference := mustRead(t, madeJPEG(
		exifSegment(madeTIFF(order, ascii(0x010f, "M"), short(order, 0x0100, 4000), ascii(0x8298, "(c)"), points(0x8825, ascii(1, "N")))),
		xmpSegment(description(items("a", "b", "c")+`<dc:creator><rdf:Seq><rdf:li>Zoé</rdf:li></rdf:Seq></dc:creator><dc:source>s</dc:source>`)),
		iimSegment(append(madeDataset(2, 80, "Zoé"), madeDataset(2, 110, "Agency")...))))
	candidate := mustRead(t, madeJPEG(
		exifSegment(madeTIFF(order, short(order, 0x0100, 400), ascii(0x8298, "(c) "), points(0x8769, ascii(0x010f, "M")))),
		xmpSegment(description(items("c", "a", "d", "a")+`<dc:creator><rdf:Seq><rdf:li>Zoé</rdf:li></rdf:Seq></dc:creator><dc:format>x</dc:format>`))))
	c := Compare(reference, candidate)
	for name, pair := range map[string][2]string{
		"lost":    {told(c.Lost), "Exif:GPSLatitudeRef=N> XMP:dc:source=s> IPTC:By-line=Zoé>* IPTC:Credit=Agency>"},
		"added":   {told(c.Added), "XMP:dc:format=>x"},
		"changed": {told(c.Changed), "XMP:dc:subject=b>d"},
		"kept":    {told(c.Kept), "Exif:Make=M>M Exif:Copyright=(c)>(c) XMP:dc:subject=a>a XMP:dc:subject=c>c XMP:dc:creator=Zoé>Zoé"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", name, pair[0], pair[1])
		}
	}
	if got := told(c.Of(Rights).Lost); got != "IPTC:By-line=Zoé>* IPTC:Credit=Agency>" {
		t.Errorf("lost rights are %q", got)
	}
	if got := reference.Says(TermCreator); len(got) != 1 || got[0] != "Zoé" {
		t.Errorf("creators are %q, want Zoé once", got)
	}
}

// TestCompareLaws holds for any two documents: nothing changes against oneself, and what one loses the other adds.
func TestCompareLaws(t *testing.T) {
	t.Parallel()
	some := []*Document{
		{}, mustRead(t, madeJPEG(xmpSegment(description("<dc:format>x</dc:format><dc:source>y</dc:source>")))),
		mustRead(t, madeJPEG(iimSegment(madeDataset(2, 80, "a")), xmpSegment(description("<dc:format>z</dc:format>")))),
		mustRead(t, madePNG(chunk("tEXt", "Author\x00a"))),
	}
	for _, a := range some {
		if c := Compare(a, a); len(c.Lost)+len(c.Added)+len(c.Changed) > 0 || len(c.Kept) != len(a.Fields) {
			t.Errorf("against itself %v gives %v", a.Fields, c)
		}
		for _, b := range some {
			there, back := Compare(a, b), Compare(b, a)
			if len(there.Lost) != len(back.Added) || len(there.Changed) != len(back.Changed) || len(there.Kept) != len(back.Kept) {
				t.Errorf("there %v, back %v", there, back)
			}
		}
	}
}
