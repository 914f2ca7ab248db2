package container

import (
	"slices"
	"strings"
	"testing"
)

// passedOver says that a problem tells of something that was not read.
func passedOver(f *File) bool {
	return slices.ContainsFunc(f.Problems, func(p Problem) bool { return p.Unread })
}

// TestUsualDamage tells what writers often get wrong, and what is read for all that or is nothing, from what was passed
// over: an image with such a place is held.
func TestUsualDamage(t *testing.T) {
	film := boxOf("ftyp", "mp42\x00\x00\x00\x00isommp42") + boxOf("mdat", strings.Repeat("x", 99)+"\xff\xd8\xff\xe0\x00\x10abcdefghijklmnopqrst\xff\xd8\xff\x02"+strings.Repeat("y", 99))
	profile := func(name string) string { return headICC + "\x01\x01" + name }
	packed := deflated("Ann")
	rdf := `<?xpacket begin="" id=""?><rdf:RDF/><?xpacket end="w"?>`
	iloc := u16(3) + u16(0) + "\x00\x00" + u16(1)
	avif := string(heifOf("avif", "", thing{"Exif", "", "", "\x00\x00\x00\x00" + tiffHead}))
	for name, c := range map[string]struct {
		data   string
		want   string // a part, empty where none is
		unread bool
	}{
		"a film in which a picture begins by chance":       {string(jpegOf()) + film, "", false},
		"a picture behind one that begins by chance":       {string(jpegOf()) + "\xff\xd8\xff\xe0\x00\x10abc" + strings.Repeat("x", 20) + string(jpegOf()), "Preview|" + string(jpegOf()), false},
		"the same profile twice":                           {string(jpegOf(seg{0xe2, profile("a")}, seg{0xe2, profile("a")})), "ICC|a", false},
		"two profiles":                                     {string(jpegOf(seg{0xe2, profile("a")}, seg{0xe2, profile("b")})), "ICC|b", false},
		"two other pieces with one number":                 {string(jpegOf(seg{0xe2, headICC + "\x01\x02a"}, seg{0xe2, headICC + "\x01\x02b"})), "ICC|a", true},
		"a compressed text of nothing":                     {string(pngOf(block{"zTXt", "Author\x00\x00"})), "Text|", false},
		"a header of zlib whose check is wrong":            {string(pngOf(block{"zTXt", "Author\x00\x00x\x9d" + packed[2:]})), "Text|Ann", false},
		"a header of zlib before what is none":             {string(pngOf(block{"zTXt", "Author\x00\x00x\x9d\xff\xff\xff\xffAnn"})), "Text|", true},
		"blanks behind image resources":                    {string(jpegOf(seg{0xed, headPhotoshop + irb(0x0404, "\x1c\x02\x50\x00\x03Ann") + "  \n"})), "IIM|", false},
		"image resources that end within a head":           {string(jpegOf(seg{0xed, headPhotoshop + irb(0x0404, "\x1c\x02\x50\x00\x03Ann") + "8BIM\x04\x04\x00\x00"})), "IIM|", false},
		"a text behind image resources":                    {string(jpegOf(seg{0xed, headPhotoshop + irb(0x0404, "\x1c\x02\x50\x00\x03Ann") + "Zoe Martin"})), "IIM|", true},
		"datasets of libvips that end before they begin":   {string(tiffOf(entry{0x83bb, 7, headPhotoshop[:11]})), "IIM|", false},
		"a byte between segments":                          {strings.Replace(string(jpegOf(seg{markerCOM, "x"}, seg{markerCOM, "y"})), "\x00\x03x", "\x00\x03x\x01", 1), "Comment|y", false},
		"a segment for components that holds more":         {string(jpegOf(seg{0xee, "Adobe\x00\x64\x00\x00\x00\x00\x01Zoe Martin"})), "", true},
		"a segment for components":                         {string(jpegOf(seg{0xee, "Adobe\x00\x64\x00\x00\x00\x00\x01"})), "", false},
		"a segment for components by Photoshop":            {string(jpegOf(seg{0xee, "Adobe\x00\x64\x40\x00\x00\x00\x01\x03\x00\x10\x03\x02\x03\x06" + strings.Repeat("\x00", 12)})), "", false},
		"an item behind the end of a file that was cut":    {avif[:strings.Index(avif, "mdat")+4], "", false},
		"an item that is made of others":                   {strings.Replace(avif, iloc, u16(3)+u16(2)+"\x00\x00"+u16(1), 1), "", true},
		"a packet without x:xmpmeta in an unknown segment": {string(jpegOf(seg{0xe5, "Foo\x00" + rdf})), "XMP|" + rdf, false},
	} {
		f, err := Parse([]byte(c.data), Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		found := c.want == ""
		for _, p := range f.Parts {
			found = found || strings.HasPrefix(string(p.Kind)+"|"+string(p.Data), c.want)
		}
		if !found || passedOver(f) != c.unread {
			t.Errorf("%s: got %v and %v, want %q, and %v that something was passed over", name, f.Parts, f.Problems, c.want, c.unread)
		}
	}
}
