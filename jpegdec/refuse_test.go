package jpegdec

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

// marker finds the place of a marker.
func marker(t *testing.T, file []byte, m byte) int {
	t.Helper()
	at := bytes.Index(file, []byte{0xff, m})
	if at < 0 {
		t.Fatalf("there is no marker %#02x", m)
	}
	return at
}

// patched is a file with bytes replaced behind a marker.
func patched(t *testing.T, file []byte, m byte, offset int, with ...byte) []byte {
	t.Helper()
	file = bytes.Clone(file)
	copy(file[marker(t, file, m)+offset:], with)
	return file
}

// inserted is a file with bytes put before a marker.
func inserted(t *testing.T, file []byte, m byte, more ...byte) []byte {
	t.Helper()
	return slices.Insert(bytes.Clone(file), marker(t, file, m), more...)
}

func TestRefusals(t *testing.T) {
	colour, progressive := load(t, "420.jpg"), load(t, "progressive.jpg")
	end := len(colour) - 2
	for _, c := range []struct {
		name   string
		file   []byte
		kind   error
		reason string
	}{
		{"nothing", nil, ErrDamaged, "begin"},
		{"another format", []byte("\x89PNG\r\n\x1a\n"), ErrDamaged, "begin"},
		{"SOI only", colour[:2], ErrTruncated, "ends"},
		{"no scan", append(bytes.Clone(colour[:marker(t, colour, markSOS)]), 0xff, markEOI), ErrTruncated, "no scan"},
		{"lossless", patched(t, colour, markSOF0, 1, 0xc3), ErrUnsupported, "lossless"},
		{"hierarchical", patched(t, colour, markSOF0, 1, 0xc5), ErrUnsupported, "hierarchical"},
		{"arithmetic", patched(t, colour, markSOF0, 1, 0xc9), ErrUnsupported, "arithmetic"},
		{"progressive arithmetic", patched(t, colour, markSOF0, 1, 0xca), ErrUnsupported, "arithmetic"},
		{"JPEG-LS", patched(t, colour, markSOF0, 1, 0xf7), ErrUnsupported, "JPEG-LS"},
		{"12 bits", patched(t, colour, markSOF0, 4, 12), ErrUnsupported, "12 bits"},
		{"height by DNL", patched(t, colour, markSOF0, 5, 0, 0), ErrUnsupported, "DNL"},
		{"no width", patched(t, colour, markSOF0, 7, 0, 0), ErrDamaged, "empty"},
		{"factor 0", patched(t, colour, markSOF0, 11, 0x20), ErrDamaged, "sampling"},
		{"factor 5", patched(t, colour, markSOF0, 11, 0x51), ErrDamaged, "sampling"},
		{"factors 3 and 2", patched(t, colour, markSOF0, 11, 0x31, 0, 2, 0x21), ErrUnsupported, "whole ratio"},
		{"too many blocks", patched(t, colour, markSOF0, 11, 0x44), ErrDamaged, "blocks"},
		{"quantisation table 4", patched(t, colour, markSOF0, 12, 4), ErrDamaged, "quantisation"},
		{"undefined quantisation table", patched(t, colour, markSOF0, 12, 3), ErrDamaged, "quantisation"},
		{"unknown component in scan", patched(t, colour, markSOS, 5, 9), ErrDamaged, "component 9"},
		{"component twice in scan", patched(t, colour, markSOS, 7, 1), ErrDamaged, "component 1"},
		{"undefined Huffman table", patched(t, colour, markSOS, 6, 0x22), ErrDamaged, "Huffman"},
		{"Huffman table 9", patched(t, colour, markSOS, 6, 0x99), ErrDamaged, "Huffman"},
		{"over-full Huffman table", patched(t, colour, markDHT, 5, 3), ErrDamaged, "Huffman"},
		{"two frames", inserted(t, colour, markDHT, colour[marker(t, colour, markSOF0):marker(t, colour, markDHT)]...), ErrDamaged, "two frame"},
		{"unknown marker", inserted(t, colour, markDHT, 0xff, 0x02, 0, 2), ErrDamaged, "marker"},
		{"second SOI", inserted(t, colour, markDHT, 0xff, markSOI), ErrDamaged, "second picture"},
		{"huge", patched(t, colour, markSOF0, 5, 0xff, 0xff, 0xff, 0xff), ErrTooLarge, "pixels"},
		{"larger than its bytes", patched(t, colour, markSOF0, 5, 0x20, 0, 0x20, 0), ErrTruncated, "cannot hold"},
		{"end within scan", colour[:len(colour)*3/4], ErrTruncated, "ends"},
		{"end marker within scan", append(bytes.Clone(colour[:len(colour)*3/4]), 0xff, markEOI), ErrDamaged, "ends early"},
		{"no end marker", colour[:end], ErrTruncated, "end marker"},
		{"second scan", slices.Insert(bytes.Clone(colour), end, colour[marker(t, colour, markSOS):end]...), ErrDamaged, "another scan"},
		{"wrong restart marker", patched(t, load(t, "restart.jpg"), markRST0+1, 1, markRST0+3), ErrDamaged, "restart"},
		{"progressive without its last scans", append(bytes.Clone(progressive[:bytes.LastIndex(progressive, []byte{0xff, markSOS})]), 0xff, markEOI), ErrTruncated, "undecided"},
		{"AC before DC", patched(t, progressive, markSOS, 3, 8, 1, 1, 0, 1, 5, 0), ErrDamaged, "scan"},
		{"component left out", append(bytes.Clone(load(t, "scans.jpg")[:bytes.LastIndex(load(t, "scans.jpg"), []byte{0xff, markSOS})]), 0xff, markEOI), ErrTruncated, "undecided"},
	} {
		var d Decoder
		pix, _, err := d.Decode(nil, c.file, Options{})
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.reason) || pix != nil {
			t.Errorf("%s: got %v, want an error of kind %q with %q", c.name, err, c.kind, c.reason)
		}
	}
}

func TestLimits(t *testing.T) {
	var d Decoder
	for _, c := range []struct {
		name string
		opt  Options
		kind error
	}{
		{"progressive.jpg", Options{MaxPixels: 67*50 - 1}, ErrTooLarge},
		{"progressive.jpg", Options{MaxPixels: 67 * 50}, nil},
		{"progressive.jpg", Options{MaxScans: 9}, ErrTooLarge},
		{"progressive.jpg", Options{MaxScans: 10}, nil},
		{"progressive.jpg", Options{Denominator: 3}, ErrUnsupported},
	} {
		if _, _, err := d.Decode(nil, load(t, c.name), c.opt); !errors.Is(err, c.kind) {
			t.Errorf("%s with %+v: got %v, want %v", c.name, c.opt, err, c.kind)
		}
	}
}

// TestEveryCut cuts a file everywhere: nothing but the whole file may be a picture.
func TestEveryCut(t *testing.T) {
	for _, name := range []string{"420.jpg", "progressive-restart.jpg", "scans.jpg"} {
		var d Decoder
		file := load(t, name)
		for n := range file {
			if _, _, err := d.Decode(nil, file[:n], Options{}); err == nil {
				t.Fatalf("%s cut to %d of %d bytes was decoded", name, n, len(file))
			} else if e := (*Error)(nil); !errors.As(err, &e) {
				t.Fatalf("%s cut to %d bytes: %v is no *Error", name, n, err)
			}
		}
	}
}

// TestTolerated has what libjpeg passes over without harm.
func TestTolerated(t *testing.T) {
	var d Decoder
	colour := load(t, "420.jpg")
	want, _, err := d.Decode(nil, colour, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"bytes between segments":  inserted(t, colour, markDHT, 1, 2, 3),
		"fill bytes":              inserted(t, colour, markDHT, 0xff, 0xff),
		"bytes behind the scan":   slices.Insert(bytes.Clone(colour), len(colour)-2, 7, 7),
		"bytes behind the end":    append(bytes.Clone(colour), 0xff, markSOI, 1),
		"a height that DNL tells": slices.Insert(bytes.Clone(colour), len(colour)-2, 0xff, 0xdc, 0, 4, 0, 50),
		"typical Huffman tables":  withoutTables(t, colour),
	} {
		got, _, err := d.Decode(nil, file, Options{})
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v, or another picture", name, err)
		}
	}
}

// withoutTables leaves the Huffman tables out, which are the typical ones, as Motion JPEG does.
func withoutTables(t *testing.T, file []byte) []byte {
	file = bytes.Clone(file)
	for {
		at := bytes.Index(file, []byte{0xff, markDHT})
		if at < 0 {
			return file
		}
		file = slices.Delete(file, at, at+2+int(file[at+2])<<8+int(file[at+3]))
	}
}
