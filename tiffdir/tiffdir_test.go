package tiffdir

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func orders(t *testing.T, run func(t *testing.T, order binary.ByteOrder, big bool)) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, big := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v/big=%v", order, big), func(t *testing.T) { run(t, order, big) })
		}
	}
}

func TestDirectoriesAndValues(t *testing.T) {
	orders(t, func(t *testing.T, order binary.ByteOrder, big bool) {
		f, err := Parse(sample(order, big), Limits{})
		if err != nil || len(f.Problems) > 0 || f.Big != big || f.Order != order {
			t.Fatalf("got %v, %+v, want no problem", err, f)
		}
		var groups []string
		for _, d := range f.Directories {
			groups = append(groups, d.Group)
		}
		want := []string{"IFD0", "SubIFD", "SubIFD1", "ExifIFD", "Interop", "GPS", "IFD1"}
		if !slices.Equal(groups, want) {
			t.Fatalf("got %v, want %v", groups, want)
		}
		if p := f.Directories[4].Parent; f.Directories[p].Group != "ExifIFD" {
			t.Errorf("Interop hangs below %s", f.Directories[p].Group)
		}
		if e, _ := f.Find("IFD0", 0x010f); e.Text() != "Maker & Co" || e.Len() != 15 {
			t.Errorf("the maker is %q of %d bytes", e.Text(), e.Len())
		}
		if e, _ := f.Find("SubIFD1", 0x0100); first(e.Uint(0)) != uint64(160) {
			t.Errorf("the second sub-image is %v wide", first(e.Uint(0)))
		}
		if e, _ := f.Find("ExifIFD", 0x829a); first(e.Float(0)) != 1.0/250 {
			t.Errorf("the exposure time is %v", first(e.Float(0)))
		}
		if num, den, ok := must(f.Find("ExifIFD", 0x9204)).Fraction(0); num != -1 || den != 3 || !ok {
			t.Errorf("the exposure bias is %d/%d", num, den)
		}
		if e, _ := f.Find("GPS", 2); first(e.Float(1)) != 51.0 || e.Len() != 3 {
			t.Errorf("the latitude has %v minutes in %d values", first(e.Float(1)), e.Len())
		}
	})
}

func first[T any](v T, _ bool) T { return v }
func must(e Entry, _ bool) Entry { return e }

// TestNumbers decodes each type at its limits, and refuses what a method is not for.
func TestNumbers(t *testing.T) {
	b := &build{order: binary.BigEndian}
	for _, c := range []struct {
		typ   Type
		raw   []byte
		i     int64
		okInt bool
		u     uint64
		okU   bool
		x     float64
		okF   bool
	}{
		{Byte, []byte{255}, 255, true, 255, true, 255, true},
		{SByte, []byte{255}, -1, true, 0, false, -1, true},
		{SShort, b.number(2, 0x8000), -32768, true, 0, false, -32768, true},
		{SLong, b.number(4, math.MaxUint32), -1, true, 0, false, -1, true},
		{Long, b.number(4, math.MaxUint32), math.MaxUint32, true, math.MaxUint32, true, math.MaxUint32, true},
		{Long8, b.number(8, math.MaxUint64), 0, false, math.MaxUint64, true, math.MaxUint64, true},
		{SLong8, b.number(8, math.MaxUint64), -1, true, 0, false, -1, true},
		{Float, b.number(4, uint64(math.Float32bits(0.5))), 0, false, 0, false, 0.5, true},
		{Double, b.number(8, math.Float64bits(-0.25)), 0, false, 0, false, -0.25, true},
		{Rational, b.number(4, 7, 0), 0, false, 0, false, 0, false},
		{Rational, nil, 0, false, 0, false, 0, false},
		{ASCII, []byte("7"), 0, false, 0, false, 0, false},
		{Type(99), []byte("7"), 0, false, 0, false, 0, false},
	} {
		e := Entry{Type: c.typ, raw: c.raw, order: b.order}
		if v, ok := e.Int(0); ok != c.okInt || ok && v != c.i {
			t.Errorf("type %d: Int gives %d, %v", c.typ, v, ok)
		}
		if v, ok := e.Uint(0); ok != c.okU || ok && v != c.u {
			t.Errorf("type %d: Uint gives %d, %v", c.typ, v, ok)
		}
		if v, ok := e.Float(0); ok != c.okF || ok && v != c.x {
			t.Errorf("type %d: Float gives %v, %v", c.typ, v, ok)
		}
		if _, ok := e.Float(1); ok {
			t.Errorf("type %d has a second value", c.typ)
		}
	}
}

func TestThumbnail(t *testing.T) {
	b := &build{order: binary.LittleEndian}
	data := b.file(dir{}, dir{{tag: TagThumbnail, typ: Long, vals: b.number(4, 50)}, {tag: TagThumbnailLength, typ: Long, vals: b.number(4, 6)}})
	data = append(data, make([]byte, 60-len(data))...)
	copy(data[50:], "\xff\xd8\xff\xd9??")
	f, err := Parse(data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if jpeg, at, ok := f.Thumbnail(&f.Directories[1]); string(jpeg) != "\xff\xd8\xff\xd9??" || at != 50 || !ok {
		t.Errorf("got %q at %d", jpeg, at)
	}
	if _, _, ok := f.Thumbnail(&f.Directories[0]); ok {
		t.Error("IFD0 has a thumbnail, want none")
	}
}

// TestDamage gives structures that break the rules, each in one way, and looks for what is still read and what is said.
func TestDamage(t *testing.T) {
	good := sample(binary.LittleEndian, false)
	le := binary.LittleEndian
	for _, c := range []struct {
		name   string
		damage func(b []byte) []byte
		dirs   int
		says   string
	}{
		{"loop of the chain", func(b []byte) []byte { le.PutUint32(b[8+2+5*12:], 8); return b }, 6, "IFD1 is the directory IFD0 again"},
		{"Exif is IFD0", func(b []byte) []byte { le.PutUint32(b[8+2+3*12+8:], 8); return b }, 5, "ExifIFD is the directory IFD0 again"},
		{"GPS beyond the end", func(b []byte) []byte { le.PutUint32(b[8+2+4*12+8:], 1<<30); return b }, 6, "pointer to GPS lies outside"},
		{"value beyond the end", func(b []byte) []byte { le.PutUint32(b[8+2+8:], 1<<20); return b }, 7, "value of entry 0x010f of IFD0 lies outside"},
		{"4 Gi values", func(b []byte) []byte { le.PutUint32(b[8+2+4:], math.MaxUint32); return b }, 7, "states 4294967295 values"},
		{"unknown type", func(b []byte) []byte { le.PutUint16(b[8+2+12+2:], 77); return b }, 7, "entry 0x0112 of IFD0 has the unknown type 77"},
		{"no directory at all", func(b []byte) []byte { le.PutUint16(b[8+2+2:], 77); return b }, 1, "entry 0x010f of IFD0 has the unknown type 77"},
		{"too many entries", func(b []byte) []byte { return b[:8+2+12*2] }, 1, "states 5 entries, of which 2 lie in the file"},
		{"magic number", func(b []byte) []byte { b[2] = 41; return b }, 7, "magic number is 41"},
		{"mark of the other order", func(b []byte) []byte { copy(b, "MM"); return b }, 7, "other byte order"},
		{"header of the other order", func(b []byte) []byte { copy(b, "MM\x00\x2a\x00\x00\x00\x08"); return b }, 7, "other byte order"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Parse(c.damage(slices.Clone(good)), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Directories) != c.dirs {
				t.Errorf("%d directories, want %d: %+v", len(f.Directories), c.dirs, f.Problems)
			}
			if len(f.Problems) == 0 || !strings.Contains(f.Problems[0].Reason, c.says) {
				t.Errorf("got %v, want %q", f.Problems, c.says)
			}
		})
	}
}

func TestNoTIFF(t *testing.T) {
	for _, in := range []string{"", "II*\x00", "XX*\x00\x08\x00\x00\x00", "\xff\xd8\xff\xe0abcdefg"} {
		if _, err := Parse([]byte(in), Limits{}); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: got %v, want ErrFormat", in, err)
		}
	}
}

// TestLimits reads no more than it may of structures that are made to exhaust a reader.
func TestLimits(t *testing.T) {
	b := &build{order: binary.LittleEndian}
	many := make([]dir, 600)
	for i := range many {
		many[i] = dir{{tag: 1, typ: Short, vals: b.number(2, 1)}}
	}
	f, _ := Parse(b.file(many...), Limits{Directories: 100})
	if len(f.Directories) != 100 || len(f.Problems) != 1 {
		t.Errorf("%d directories and %v, want 100 and the limit said", len(f.Directories), f.Problems)
	}
	wide := slices.Repeat(dir{{tag: 1, typ: Short, vals: b.number(2, 1)}}, 60_000)
	if f, _ = Parse(b.file(wide), Limits{Entries: 500}); len(f.Directories[0].Entries) != 500 {
		t.Errorf("%d entries, want 500", len(f.Directories[0].Entries))
	}
	deep := dir{{tag: 1, typ: Short, vals: b.number(2, 1)}}
	for range 100 {
		deep = dir{{tag: TagSubIFDs, typ: Long, sub: []dir{deep}}}
	}
	if f, _ = Parse(b.file(deep), Limits{}); len(f.Directories) != maxDepth+1 {
		t.Errorf("%d directories deep, want %d", len(f.Directories), maxDepth+1)
	}
	// 60 000 values of 4 GiB each, in every entry another.
	bomb := b.file(wide)
	for i := range 60_000 {
		binary.LittleEndian.PutUint32(bomb[8+2+i*12+4:], math.MaxUint32)
	}
	if f, _ = Parse(bomb, Limits{}); len(f.Directories[0].Entries) != 0 || len(f.Problems) != 64 {
		t.Errorf("%d entries and %d problems, want 0 and 64", len(f.Directories[0].Entries), len(f.Problems))
	}
}

// FuzzParse proves that whatever is read lies within the file, within the limits, and is decoded without a panic.
func FuzzParse(f *testing.F) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		f.Add(sample(order, false))
		f.Add(sample(order, true))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := Limits{Directories: 20, Entries: 200, Problems: 5}
		got, err := Parse(data, limits)
		if err != nil {
			return
		}
		entries := 0
		for i := range got.Directories {
			d := &got.Directories[i]
			if _, ok := got.Bytes(d.Offset, d.Length); !ok || d.Parent >= i {
				t.Fatalf("directory %d, %s, lies at %d+%d of %d below %d", i, d.Group, d.Offset, d.Length, len(data), d.Parent)
			}
			for _, e := range d.Entries {
				entries++
				use(t, e)
			}
			got.Thumbnail(d)
		}
		if len(got.Directories) > limits.Directories || entries > limits.Entries || len(got.Problems) > limits.Problems {
			t.Fatalf("%d directories, %d entries, %d problems", len(got.Directories), entries, len(got.Problems))
		}
	})
}

// use decodes what an entry has; the values agree where the methods are for the same type.
func use(t *testing.T, e Entry) {
	if len(e.Raw()) != e.Len()*e.Type.Size() {
		t.Fatalf("%d bytes for %d values of type %d", len(e.Raw()), e.Len(), e.Type)
	}
	_ = e.Text()
	for _, i := range []int{-1, 0, e.Len() - 1, e.Len()} {
		u, okU := e.Uint(i)
		v, okInt := e.Int(i)
		if okU && okInt && (v < 0 || uint64(v) != u) {
			t.Fatalf("type %d: %d and %d", e.Type, u, v)
		}
		if _, _, ok := e.Fraction(i); ok && okInt {
			t.Fatalf("type %d is a fraction and an integer", e.Type)
		}
		e.Float(i)
	}
}
