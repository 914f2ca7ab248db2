package metadata

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/personal"
)

// says writes findings from a likelihood on as "ENTITY name=value".
func says(found []Finding, least personal.Likelihood) []string {
	var all []string
	for _, f := range found {
		if f.Likelihood >= least {
			all = append(all, fmt.Sprintf("%s %s=%s", f.Entity, f.Name, f.Value))
		}
	}
	return all
}

// TestPersonal holds what is personal by the field that it stands in, and what by its words, and what is not.
func TestPersonal(t *testing.T) {
	t.Parallel()
	order := binary.ByteOrder(binary.BigEndian)
	exif := exifSegment(madeTIFF(order, ascii(0x010f, "Canon"), ascii(0x013b, "Zoé Martin"), ascii(0x010e, "call 06 12 34 56 78 or zoe@example.com"),
		ascii(0x0131, "192.168.1.1"),
		points(0x8769, rationals(order, 0x829d, 28, 10), ascii(0xa431, "0123456"), ascii(0xa435, "0000000"), bytesEntry(0x927c, "\x00\x01secret")),
		points(0x8825, ascii(1, "N"), rationals(order, 2, 48, 1, 51, 1, 29, 1), rationals(order, 4, 0, 0, 0, 0, 0, 0))))
	xmp := xmpSegment(description(`<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Ana</rdf:li><rdf:li> </rdf:li></rdf:Bag></Iptc4xmpExt:PersonInImage>` +
		`<xmp:CreatorTool>Tool /Users/ana/Desktop/a.psd</xmp:CreatorTool><dc:title>Call 12 of 40, 3.14159</dc:title>` +
		`<a:ownerName xmlns:a="http://example.com/">Ana</a:ownerName>`))
	d := mustRead(t, madeJPEG(exif, xmp))
	got := says(d.Personal(), personal.VeryUnlikely)
	want := []string{
		"PERSON Artist=Zoé Martin", "PHONE_NUMBER ImageDescription=06 12 34 56 78", "EMAIL_ADDRESS ImageDescription=zoe@example.com",
		"IP_ADDRESS Software=192.168.1.1", "DEVICE_ID BodySerialNumber=0123456", "DEVICE_ID LensSerialNumber=0000000",
		"LOCATION GPSLatitudeRef=N", "LOCATION GPSLatitude=48 51 29", "PERSON Iptc4xmpExt:PersonInImage[1]=Ana",
		"EDIT_HISTORY xmp:CreatorTool=/Users/ana", "PERSON a:ownerName=Ana", "MAKER_NOTE MakerNote=Canon 8 bytes",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("findings are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, f := range d.Personal() {
		if strings.Contains(f.Name, "PersonInImage[1]") && f.Key() != "XMP:Iptc4xmpExt:PersonInImage" {
			t.Errorf("the path of %s is %s", f.Name, f.Key())
		}
	}
	if surer := says(d.Personal(), personal.Unlikely); slices.Contains(surer, "DEVICE_ID LensSerialNumber=0000000") {
		t.Error("a serial number of zeros is taken for one")
	}
}

// TestPressPhotograph holds that the caption of an agency's photograph, its town and the credits are nothing to hold the
// image back for, but for a street or a house.
func TestPressPhotograph(t *testing.T) {
	t.Parallel()
	place := func(property string) string {
		return "<Iptc4xmpExt:" + property + `><rdf:Bag><rdf:li rdf:parseType="Resource"><Iptc4xmpExt:Sublocation>12 rue Oberkampf</Iptc4xmpExt:Sublocation>` +
			"<Iptc4xmpExt:City>Paris</Iptc4xmpExt:City><Iptc4xmpExt:ProvinceState>Île-de-France</Iptc4xmpExt:ProvinceState>" +
			"<Iptc4xmpExt:CountryName>France</Iptc4xmpExt:CountryName><Iptc4xmpExt:CountryCode>FRA</Iptc4xmpExt:CountryCode></rdf:li></rdf:Bag></Iptc4xmpExt:" + property + ">"
	}
	d := mustRead(t, madeJPEG(xmpSegment(description(`<dc:creator><rdf:Seq><rdf:li>Zoé Martin</rdf:li></rdf:Seq></dc:creator>`+
		`<photoshop:CaptionWriter>zm</photoshop:CaptionWriter><photoshop:City>Paris</photoshop:City><photoshop:Country>France</photoshop:Country>`+
		place("LocationShown")+place("LocationCreated")))))
	var held []string
	for _, f := range d.Personal() {
		if f.Likelihood >= personal.Likely && f.Class != Rights {
			held = append(held, f.Name)
		}
	}
	want := []string{"Iptc4xmpExt:LocationShown[1]/Iptc4xmpExt:Sublocation", "Iptc4xmpExt:LocationCreated[1]/Iptc4xmpExt:Sublocation"}
	slices.Sort(want)
	slices.Sort(held)
	if !slices.Equal(held, want) {
		t.Errorf("the photograph is held back for %q, want %q", held, want)
	}
	if credits := says(d.Personal(), personal.Likely); !slices.Contains(credits, "PERSON photoshop:CaptionWriter=zm") {
		t.Errorf("the caption's writer is not found: %q", credits)
	}
}

// TestRegions reads the regions of faces in three vocabularies.
func TestRegions(t *testing.T) {
	t.Parallel()
	mwg := `<mwg-rs:Regions xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#" rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag>` +
		`<rdf:li rdf:parseType="Resource"><mwg-rs:Name>Ana</mwg-rs:Name><mwg-rs:Type>Face</mwg-rs:Type><mwg-rs:Area stArea:x="0.5" stArea:y="0.4" stArea:w="0.2" stArea:h="0.4" stArea:unit="normalized"/></rdf:li>` +
		`<rdf:li rdf:parseType="Resource"><mwg-rs:Type>Focus</mwg-rs:Type></rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>`
	mp := `<MP:RegionInfo xmlns:MP="http://ns.microsoft.com/photo/1.2/" xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#" xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#" rdf:parseType="Resource"><MPRI:Regions><rdf:Bag>` +
		`<rdf:li MPReg:Rectangle="0.25, 0.5, 0.125, 0.25" MPReg:PersonDisplayName="Bea"/></rdf:Bag></MPRI:Regions></MP:RegionInfo>`
	iptc := `<Iptc4xmpExt:ImageRegion><rdf:Bag><rdf:li rdf:parseType="Resource"><Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Cleo</rdf:li></rdf:Bag></Iptc4xmpExt:PersonInImage>` +
		`<Iptc4xmpExt:RegionBoundary rdf:parseType="Resource"><Iptc4xmpExt:rbShape>rectangle</Iptc4xmpExt:rbShape><Iptc4xmpExt:rbUnit>relative</Iptc4xmpExt:rbUnit>` +
		`<Iptc4xmpExt:rbX>0.1</Iptc4xmpExt:rbX><Iptc4xmpExt:rbY>0.2</Iptc4xmpExt:rbY><Iptc4xmpExt:rbW>0.3</Iptc4xmpExt:rbW><Iptc4xmpExt:rbH>0.4</Iptc4xmpExt:rbH></Iptc4xmpExt:RegionBoundary>` +
		`<Iptc4xmpExt:rCtype><rdf:Bag><rdf:li rdf:parseType="Resource"><xmp:Identifier><rdf:Bag><rdf:li>http://cv.iptc.org/newscodes/imageregiontype/human</rdf:li></rdf:Bag></xmp:Identifier></rdf:li></rdf:Bag></Iptc4xmpExt:rCtype></rdf:li></rdf:Bag></Iptc4xmpExt:ImageRegion>`
	d := mustRead(t, madeJPEG(xmpSegment(description(mwg+mp+iptc))))
	var got []string
	for _, r := range d.Regions {
		got = append(got, fmt.Sprintf("%s %s %.3g %.3g %.3g %.3g", r.Kind, r.Name, r.X, r.Y, r.W, r.H))
	}
	want := []string{"Face Ana 0.4 0.2 0.2 0.4", "Focus  0 0 0 0", "Face Bea 0.25 0.5 0.125 0.25", "human Cleo 0.1 0.2 0.3 0.4"}
	if !slices.Equal(got, want) {
		t.Errorf("regions are %q, want %q", got, want)
	}
	faces := slices.DeleteFunc(says(d.Personal(), personal.VeryLikely), func(s string) bool { return !strings.HasPrefix(s, "FACE") })
	if len(faces) != 3 {
		t.Errorf("faces are %q, want those of three persons", faces)
	}
}

// TestPersonalWithin says of a picture within the picture what it tells by itself.
func TestPersonalWithin(t *testing.T) {
	t.Parallel()
	order := binary.ByteOrder(binary.LittleEndian)
	inner := madeJPEG(exifSegment(madeTIFF(order, points(0x8825, rationals(order, 2, 48, 1, 51, 1, 29, 1)))))
	d := mustRead(t, append(madeJPEG(exifSegment(madeTIFF(order, points(0x8769, bytesEntry(0x927c, string(inner)))))), "\x00\x00\x00\x18ftypmp42 and a film"...))
	var within bool
	for _, f := range d.Personal() {
		within = within || f.Entity == Location && f.Within == "MakerNote"
	}
	if !within || !slices.ContainsFunc(d.Personal(), func(f Finding) bool { return f.Entity == Attachment }) {
		t.Errorf("findings are %v, want a position within the maker note and what follows the end", d.Personal())
	}
}

// TestPersonalWithinSVG says of each picture that an SVG file shows what it tells, whatever its format is, and takes it out.
func TestPersonalWithinSVG(t *testing.T) {
	t.Parallel()
	exif := madeTIFF(binary.LittleEndian, points(0x8825, rationals(binary.LittleEndian, 2, 48, 1, 51, 1, 29, 1)))
	webp := slices.Concat([]byte("RIFF    WEBPEXIF"), binary.LittleEndian.AppendUint32(nil, uint32(len(exif))), exif)
	binary.LittleEndian.PutUint32(webp[4:], uint32(len(webp)-8))
	for name, picture := range map[string][]byte{"PNG": madePNG(chunk("eXIf", string(exif))), "WebP": webp, "JPEG": madeJPEG(exifSegment(exif)), "TIFF": exif} {
		svg := []byte(`<svg><image href="data:image/x;base64,` + base64.StdEncoding.EncodeToString(picture) + `"/></svg>`)
		places := func(d *Document) bool {
			return slices.ContainsFunc(d.Personal(), func(f Finding) bool { return f.Entity == Location && f.Within == "image data" })
		}
		if d := mustRead(t, svg); !places(d) || len(d.Unread()) > 0 {
			t.Errorf("%s: findings are %v, unread %v", name, d.Personal(), d.Unread())
		}
		if out, err := Strip(svg, Rules{}); err != nil || places(mustRead(t, out)) {
			t.Errorf("%s: stripped it is %s, %v", name, out, err)
		}
	}
	bomb := []byte(`<svg><image href="data:image/png;base64,` + base64.StdEncoding.EncodeToString(madePNG(chunk("zTXt", "Comment\x00\x00"+zipBomb(t)))) + `"/></svg>`)
	if d := mustRead(t, bomb); len(d.Unread()) == 0 {
		t.Error("a bomb within is not told")
	}
	hidden := madeJPEG(segment(0xdd, "\x00\x00"), []byte("Zoe"), segment(0xdd, "\x00\x00"))
	if d := mustRead(t, []byte(`<svg><image href="data:image/jpeg;base64,`+base64.StdEncoding.EncodeToString(hidden)+`"/></svg>`)); len(d.Unread()) == 0 {
		t.Error("bytes between the segments of a picture within are not told")
	}
}

// TestGlobalParameters finds a position below the directory of global parameters.
func TestGlobalParameters(t *testing.T) {
	t.Parallel()
	order := binary.ByteOrder(binary.LittleEndian)
	d := mustRead(t, madeJPEG(exifSegment(madeTIFF(order, points(0x0190, points(0x8825, rationals(order, 2, 48, 1, 51, 1, 29, 1)))))))
	if got := says(d.Personal(), personal.Likely); !slices.Equal(got, []string{"LOCATION GPSLatitude=48 51 29"}) {
		t.Errorf("findings are %q", got)
	}
}

// TestTextsAreTheOnlyOnesSearched holds that numbers of technical fields are taken for nothing else.
func TestTextsAreTheOnlyOnesSearched(t *testing.T) {
	t.Parallel()
	order := binary.ByteOrder(binary.BigEndian)
	d := mustRead(t, madeJPEG(exifSegment(madeTIFF(order, rationals(order, 0x011a, 612345678, 1),
		madeEntry{tag: 0x0111, kind: 4, count: 2, value: "\x24\x80\x51\x12\x24\x80\x51\x12"}, ascii(0x0110, "06 12 34 56 78"))),
		xmpSegment(description(`<a:b xmlns:a="http://example.com/">DE89370400440532013000</a:b>`))))
	if found := d.Personal(); len(found) > 0 {
		t.Errorf("findings are %v, want none", found)
	}
}
