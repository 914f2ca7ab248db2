package tiffdir

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// groups lists "group tags…" of what can be read.
func groups(t *testing.T, data []byte) (list []string) {
	t.Helper()
	f, err := Parse(data, Limits{})
	if err != nil || len(f.Problems) > 0 {
		t.Fatal(err, f.Problems)
	}
	for _, d := range f.Directories {
		list = append(list, d.Group)
	}
	return list
}

// TestWithout drops each group of a structure: its values are gone, the other groups are as they were.
func TestWithout(t *testing.T) {
	orders(t, func(t *testing.T, order binary.ByteOrder, big bool) {
		data := sample(order, big)
		for drop, want := range map[string]string{
			"IFD0":    "IFD0 SubIFD SubIFD1 ExifIFD Interop GPS IFD1", // its pointers are left
			"SubIFD":  "IFD0 SubIFD1 ExifIFD Interop GPS IFD1",
			"ExifIFD": "IFD0 SubIFD SubIFD1 ExifIFD Interop GPS IFD1",
			"Interop": "IFD0 SubIFD SubIFD1 ExifIFD GPS IFD1",
			"GPS":     "IFD0 SubIFD SubIFD1 ExifIFD Interop IFD1",
			"IFD1":    "IFD0 SubIFD SubIFD1 ExifIFD Interop GPS",
		} {
			f, _ := Parse(data, Limits{})
			rest := f.Without(func(d *Directory, e Entry) bool {
				return d.Group == drop && e.Tag != TagExif && e.Tag != TagGPS && e.Tag != TagInterop && e.Tag != TagSubIFDs
			})
			got := groups(t, rest.Data)
			if strings.Join(got, " ") != want || len(rest.Data) != len(data) {
				t.Errorf("without %s: got %v, want %s", drop, got, want)
			}
		}
	})
}

// TestWithoutPointer drops what a pointer leads to, all the way down, and leaves none of its bytes.
func TestWithoutPointer(t *testing.T) {
	orders(t, func(t *testing.T, order binary.ByteOrder, big bool) {
		f, _ := Parse(sample(order, big), Limits{})
		rest := f.Without(func(_ *Directory, e Entry) bool { return e.Tag == TagExif || e.Tag == 0x010f })
		if got := groups(t, rest.Data); !slices.Equal(got, []string{"IFD0", "SubIFD", "SubIFD1", "GPS", "IFD1"}) {
			t.Errorf("got %v", got)
		}
		for _, text := range []string{"Maker", "R98"} {
			if bytes.Contains(rest.Data, []byte(text)) {
				t.Errorf("%q is still there", text)
			}
		}
		again, _ := Parse(rest.Data, Limits{})
		if e, ok := again.Find("GPS", 2); !ok || first(e.Float(1)) != 51.0 {
			t.Errorf("the latitude is %v", e.Raw())
		}
	})
}

func TestWithoutThumbnail(t *testing.T) {
	b := &build{order: binary.LittleEndian}
	data := b.file(dir{{tag: 0x0112, typ: Short, vals: b.number(2, 6)}}, dir{{tag: TagThumbnail, typ: Long, vals: b.number(4, 60)}, {tag: TagThumbnailLength, typ: Long, vals: b.number(4, 4)}})
	data = append(append(data, make([]byte, 60-len(data))...), "face, and what nothing points to"...)
	f, _ := Parse(data, Limits{})
	rest := f.Without(func(d *Directory, _ Entry) bool { return d.Group == "IFD1" })
	if got := groups(t, rest.Data); !slices.Equal(got, []string{"IFD0"}) || bytes.Contains(rest.Data, []byte("face")) {
		t.Errorf("got %v and %q", got, rest.Data[60:])
	}
	if end := rest.ClearUnused(); end != 26 || len(bytes.Trim(rest.Data[end:], "\x00")) > 0 {
		t.Errorf("in use up to %d, behind it %q", end, rest.Data[end:])
	}
	if rest = f.Without(func(*Directory, Entry) bool { return false }); !bytes.Equal(rest.Data, data) || !rest.Exact {
		t.Error("dropping nothing changes the structure")
	}
}

// FuzzWithout proves that dropping does not panic, and that what is dropped is found no more.
func FuzzWithout(f *testing.F) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		f.Add(sample(order, false), uint16(TagExif))
		f.Add(sample(order, true), uint16(TagSubIFDs))
	}
	f.Fuzz(func(t *testing.T, data []byte, tag uint16) {
		before, err := Parse(data, Limits{Directories: 30})
		if err != nil {
			return
		}
		rest := before.Without(func(_ *Directory, e Entry) bool { return e.Tag == tag })
		if len(rest.Data) != len(data) {
			t.Fatalf("%d bytes, want %d", len(rest.Data), len(data))
		}
		rest.ClearUnused()
		// Directories that overlap have no answer: only what is read where nothing was dropped is compared.
		if after, err := Parse(rest.Data, Limits{Directories: 30}); err == nil && len(before.Problems) == 0 && apart(before) {
			for _, d := range after.Directories {
				if _, found := d.Entry(tag); found {
					t.Fatalf("entry 0x%04x is still in %s", tag, d.Group)
				}
			}
		}
	})
}

// apart says that no two directories or values lie over one another.
func apart(f *File) bool {
	all := []Range{{0, 8 * (1 + f.layout().word/8)}}
	for _, d := range f.Directories {
		all = append(all, Range{d.Offset, d.Length})
		for _, e := range d.Entries {
			if e.Offset < e.Field || e.Offset > e.Field+20 {
				all = append(all, Range{e.Offset, int64(len(e.raw))})
			}
		}
		pixels, _ := d.Pixels()
		all = append(all, pixels...)
	}
	slices.SortFunc(all, func(a, b Range) int { return int(min(1, max(-1, a.Offset-b.Offset))) })
	for i := range all[1:] {
		if all[i+1].Offset < all[i].end() {
			return false
		}
	}
	return true
}
