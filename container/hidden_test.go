package container

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// oldItem turns the entry of item 3 of a HEIF file into one of version 0, which has no type.
func oldItem(kind, mime string) []byte {
	now := "\x02\x00\x00\x00\x00\x03\x00\x00mime\x00application/rdf+xml\x00\x00"
	old := "\x00\x00\x00\x00\x00\x03\x00\x00" + kind + "\x00" + mime + "\x00\x00"
	old += strings.Repeat("\x00", max(0, len(now)-len(old)))
	return bytes.Replace(heifOf("avif", "", thing{"mime", "application/rdf+xml", "", "<x> " + secret}), []byte(now), []byte(old), 1)
}

// elsewhere says of item 3 that it lies within another item.
func elsewhere() []byte {
	return bytes.Replace(heifOf("avif", "", thing{"Exif", "", "", "\x00\x00\x00\x00" + tiffHead + secret}), []byte(u16(3)+u16(0)+"\x00\x00"+u16(1)), []byte(u16(3)+u16(2)+"\x00\x00"+u16(1)), 1)
}

// TestHidden finds what stands in places that readers seldom look at, and takes it out or refuses to.
func TestHidden(t *testing.T) {
	for _, c := range []struct {
		name    string
		data    []byte
		kind    Kind   // of the part that holds the secret; empty if none does
		refused string // what the error says; empty if the file can be stripped
	}{
		{"an item without a type", oldItem("x", "application/rdf+xml"), XMP, ""},
		{"an item named Exif", oldItem("Exif", ""), Exif, ""},
		{"an item of a type with a parameter", heifOf("heic", "", thing{"mime", "Application/RDF+XML; charset=utf-8", "", "<x>" + secret}), XMP, ""},
		{"an item within another", elsewhere(), "", "item 3 lies where nothing is"},
		{"an item that is not compressed", heifOf("heic", "", thing{"mime", "application/rdf+xml", "gzip", secret}), "", ""},
		{"the name of a profile", pngOf(block{"iCCP", secret + "\x00\x00" + deflated("p")}), Text, ""},
		{"the name of a palette", pngOf(block{"sPLT", secret + "\x00\x08"}), Text, ""},
		{"more than how often", gifOf("\x21\xff\x0bNETSCAPE2.0\x03\x01\x02\x00" + gifBlocks(secret)), Other, ""},
		{"more than a delay", gifOf("\x21\xf9\x04\x00\x00\x00\x00" + gifBlocks(secret)), "", "graphic control block"},
	} {
		t.Run(c.name, func(t *testing.T) { hidden(t, c.data, c.kind, c.refused) })
	}
}

func hidden(t *testing.T, data []byte, kind Kind, refused string) {
	t.Helper()
	if !bytes.Contains(data, []byte(secret)) {
		t.Fatal("the file holds no secret")
	}
	f, err := Parse(data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var in []Kind
	for _, p := range f.Parts {
		if bytes.Contains(p.Data, []byte(secret)) {
			in = append(in, p.Kind)
		}
	}
	if kind == "" && len(in) > 0 || kind != "" && (len(in) != 1 || in[0] != kind) {
		t.Errorf("the secret is in parts of the kinds %v, want %q", in, kind)
	}
	tiled(t, f, data)
	out, err := Strip(data, func(Part) bool { return false })
	switch {
	case refused != "" && (!errors.Is(err, ErrRemains) || !strings.Contains(err.Error(), refused)):
		t.Errorf("stripping says %v, want %q", err, refused)
	case refused == "" && (err != nil || bytes.Contains(out, []byte(secret))):
		t.Errorf("stripping says %v; the secret stays: %v", err, bytes.Contains(out, []byte(secret)))
	}
	if out, err := Strip(data, func(Part) bool { return true }); err != nil || !bytes.Equal(out, data) {
		t.Errorf("kept as it is, it becomes %d bytes of %d, %v", len(out), len(data), err)
	}
}
