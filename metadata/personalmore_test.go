package metadata

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/personal"
)

// TestPersonsInXMP holds what vocabularies and names of one's own say of persons and places.
func TestPersonsInXMP(t *testing.T) {
	t.Parallel()
	const people, own = `<rdf:Bag><rdf:li>Zoé Martin</rdf:li></rdf:Bag>`, ` xmlns:q="u:own"`
	for _, row := range []struct{ xmp, want string }{
		{`<q:PatientName xmlns:q="http://ns.adobe.com/DICOM/">Zoé Martin</q:PatientName>`, "PERSON DICOM:PatientName=Zoé Martin"},
		{`<q:PatientID xmlns:q="http://ns.adobe.com/DICOM/">77</q:PatientID>`, "PERSON DICOM:PatientID=77"},
		{`<q:Personality xmlns:q="http://xmp.gettyimages.com/gift/1.0/">` + people + `</q:Personality>`, "PERSON getty:Personality[1]=Zoé Martin"},
		{`<q:People xmlns:q="http://ns.microsoft.com/expressionmedia/1.0/">` + people + `</q:People>`, "PERSON expressionmedia:People[1]=Zoé Martin"},
		{`<prism:person>Zoé Martin</prism:person>`, "PERSON prism:person=Zoé Martin"},
		{`<plus:ImageSupplierName>Zoé Martin</plus:ImageSupplierName>`, "PERSON plus:ImageSupplierName=Zoé Martin"},
		{`<cc:attributionName>Zoé Martin</cc:attributionName>`, "PERSON cc:attributionName=Zoé Martin"},
		{`<Iptc4xmpExt:PersonHeard rdf:parseType="Resource"><Iptc4xmpExt:Name>Zoé</Iptc4xmpExt:Name></Iptc4xmpExt:PersonHeard>`, "PERSON Iptc4xmpExt:PersonHeard/Iptc4xmpExt:Name=Zoé"},
		{`<xmpBJ:JobRef rdf:parseType="Resource"><stJob:name>Zoé Martin</stJob:name></xmpBJ:JobRef>`, "PERSON xmpBJ:JobRef/stJob:name=Zoé Martin"},
		{`<q:Owner` + own + `>Zoé</q:Owner>`, "PERSON q:Owner=Zoé"}, {`<q:ContactName` + own + `>Zoé</q:ContactName>`, "PERSON q:ContactName=Zoé"},
		{`<q:patient_name` + own + `>Zoé</q:patient_name>`, "PERSON q:patient_name=Zoé"},
		{`<lr:hierarchicalSubject><rdf:Bag><rdf:li>People|Zoé Martin</rdf:li><rdf:li>Places|Paris</rdf:li></rdf:Bag></lr:hierarchicalSubject>`, "PERSON lr:hierarchicalSubject[1]=Zoé Martin"},
		{`<digiKam:TagsList><rdf:Seq><rdf:li>People/Family/Zoé</rdf:li><rdf:li>People</rdf:li></rdf:Seq></digiKam:TagsList>`, "PERSON digiKam:TagsList[1]=Zoé"},
		{`<georss:point>48.8 2.2</georss:point>`, "LOCATION georss:point=48.8 2.2"}, {`<geo:location>48.8 2.2</geo:location>`, "LOCATION geo:location=48.8 2.2"},
		{`<q:lat` + own + `>48.8</q:lat><q:lng` + own + `>2.2</q:lng>`, "LOCATION q:lat=48.8|LOCATION q:lng=2.2"},
		{`<q:at` + own + ` q:Lat="-33" q:Lon="151"/>`, "LOCATION q:at/q:Lat=-33|LOCATION q:at/q:Lon=151"},
		{`<q:lat` + own + `>48.8</q:lat>`, ""}, {`<q:lat` + own + `>948</q:lat><q:lng` + own + `>2</q:lng>`, ""},
		{`<q:lat` + own + `>48</q:lat><q:b` + own + ` q:lng="2"/>`, ""}, {`<q:long` + own + `>2</q:long><q:lon` + own + `>2</q:lon>`, ""},
	} {
		found := says(mustRead(t, madeJPEG(xmpSegment(description(row.xmp)))).Personal(), personal.Possible)
		if got := strings.Join(found, "|"); got != row.want {
			t.Errorf("%s: findings are %q, want %q", row.xmp, got, row.want)
		}
	}
}

// TestAddressesAnywhere finds addresses of e-mail where no text is meant to be, and nothing else there.
func TestAddressesAnywhere(t *testing.T) {
	t.Parallel()
	const text = "zoe@example.org or 06 12 34 56 78"
	order := binary.ByteOrder(binary.BigEndian)
	byteText := func(tag, kind uint16) madeEntry {
		e := bytesEntry(tag, text+"\x00")
		e.kind = kind
		return e
	}
	exif := exifSegment(madeTIFF(order, ascii(0x011d, text), ascii(0x014d, text), ascii(0x0151, text), ascii(0xc614, text), ascii(0xd123, text)))
	xmp := xmpSegment(description(`<q:a xmlns:q="u:q">` + text + `</q:a><xmpMM:Manager>zoe@example.org</xmpMM:Manager><crs:Contact>` + text + `</crs:Contact>` +
		`<q:b xmlns:q="u:q">logo@2x.png</q:b><q:c xmlns:q="u:q">@zoe a@b</q:c>`))
	var want []string
	for _, name := range []string{"PageName", "InkNames", "TargetPrinter", "UniqueCameraModel", "0xd123", "q:a", "xmpMM:Manager", "crs:Contact"} {
		want = append(want, "EMAIL_ADDRESS "+name+"=zoe@example.org")
	}
	if got := says(mustRead(t, madeJPEG(exif, xmp)).Personal(), personal.VeryUnlikely); !slices.Equal(got, want) {
		t.Errorf("findings are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for kind := range map[uint16]string{1: "bytes", 6: "signed bytes", 7: "undefined"} {
		d := mustRead(t, madeJPEG(exifSegment(madeTIFF(order, byteText(0x010e, kind)))))
		if got := says(d.Personal(), personal.Likely); len(got) != 2 || d.values("ImageDescription") != text {
			t.Errorf("of a description of type %d: %q, %q", kind, got, d.values("ImageDescription"))
		}
	}
}

// TestTextBehindZero: what stands behind a zero, or in UTF-16, is looked into like any other text.
func TestTextBehindZero(t *testing.T) {
	t.Parallel()
	wide := "\xff\xfe"
	for _, c := range "a hat by zoe@example.org" {
		wide += string([]byte{byte(c), 0})
	}
	const text, far = "a hat\x00by zoe@example.org", "\x00\x00\x00a hat\x00\x00zoe@example.org\x00"
	for name, file := range map[string][]byte{
		"a comment":           madeJPEG(segment(0xfe, text)),
		"a comment, far away": madeJPEG(segment(0xfe, far)),
		"a comment in UTF-16": madeJPEG(segment(0xfe, wide)),
		"a text":              madePNG(chunk("tEXt", "Software\x00"+text)),
		"a text, far away":    madePNG(chunk("tEXt", "Comment\x00"+far)),
		"a text in UTF-16":    madePNG(chunk("tEXt", "Comment\x00"+wide)),
		"an iTXt":             madePNG(chunk("iTXt", "Title\x00\x00\x00en\x00Titel\x00"+text)),
	} {
		d := mustRead(t, file)
		found := says(d.Personal(), personal.Likely)
		if len(found) != 1 || !strings.HasPrefix(found[0], "EMAIL_ADDRESS") || !strings.HasSuffix(found[0], "=zoe@example.org") {
			t.Errorf("%s: found %q in %+v", name, found, d.Fields)
		}
	}
}

// TestContactInPNG: the keywords that name a person beside the author.
func TestContactInPNG(t *testing.T) {
	t.Parallel()
	found := says(mustRead(t, madePNG(chunk("tEXt", "Contact person\x00Zoe Martin"))).Personal(), personal.Likely)
	if len(found) != 1 || !strings.Contains(found[0], "PERSON") {
		t.Errorf("found %v", found)
	}
}
