package pngdec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// photo is a small RGB picture; palette one with indices of 4 bits and some transparency.
func photo() *drawing { return newDrawing(rand.New(rand.NewPCG(20, 1)), 21, 13, 2, 8) }

func palette() *drawing {
	rng := rand.New(rand.NewPCG(20, 2))
	p := newDrawing(rng, 21, 13, 3, 4)
	p.addTransparency(rng)
	return p
}

// refused expects an error of this kind whose sentence contains a phrase.
func refused(t *testing.T, name string, data []byte, kind error, phrase string) {
	t.Helper()
	var d Decoder
	_, err := d.Decode(data, Options{})
	var named *Error
	if !errors.As(err, &named) || !errors.Is(err, kind) || !strings.Contains(err.Error(), phrase) {
		t.Errorf("%s: got %v, want %v about %q", name, err, kind, phrase)
	}
}

// TestCutAnywhere cuts a file at every byte.
func TestCutAnywhere(t *testing.T) {
	p := palette()
	p.part = 30
	data := p.file()
	for n := range data {
		refused(t, "cut", data[:n], ErrTruncated, "ends")
		if h, err := ParseHeader(data[:n]); n >= 33 && (h.Width != 21 || h.Height != 13) {
			t.Errorf("cut at %d: ParseHeader says %+v, %v", n, h, err)
		}
	}
}

// TestEveryByteCounts alters each byte in turn: of a file of critical chunks and tRNS alone no change goes unnoticed,
// unless it turns the name tRNS into that of another ancillary chunk.
func TestEveryByteCounts(t *testing.T) {
	var d Decoder
	data := palette().file()
	name := bytes.Index(data, []byte("tRNS"))
	for i := range data {
		if i >= name && i < name+4 {
			continue
		}
		for _, flip := range []byte{0x01, 0x20, 0x80, 0xff} {
			data[i] ^= flip
			if _, err := d.Decode(data, Options{}); err == nil {
				t.Errorf("byte %d of %d altered by %02x is accepted", i, len(data), flip)
			}
			data[i] ^= flip
		}
	}
}

// spliced is a file of these chunks: each is a kind, or a kind and content after a colon. "IDAT" alone is the whole
// image data.
func spliced(p *drawing, kinds ...string) []byte {
	out := []byte(signature)
	z := deflated(p.raw(), 6)
	for _, k := range kinds {
		kind, body, given := strings.Cut(k, ":")
		b := []byte(body)
		if !given {
			b = map[string][]byte{"IHDR": ihdr(p.width, p.height, p.depth, p.colourType, 0), "PLTE": p.palette, "tRNS": p.trns, "IDAT": z}[kind]
		}
		out = appendChunk(out, kind, b)
	}
	return out
}

func TestOrder(t *testing.T) {
	for _, c := range []struct {
		kinds  string
		kind   error
		phrase string
	}{
		{"PLTE IHDR tRNS IDAT IEND", ErrDamaged, "first chunk is PLTE"},
		{"IHDR IHDR PLTE IDAT IEND", ErrDamaged, "second IHDR"},
		{"IHDR PLTE PLTE IDAT IEND", ErrDamaged, "second PLTE"},
		{"IHDR PLTE IDAT IHDR IEND", ErrDamaged, "second IHDR"},
		{"IHDR PLTE IDAT PLTE IEND", ErrDamaged, "second PLTE"},
		{"IHDR IDAT PLTE IEND", ErrDamaged, "no PLTE"},
		{"IHDR IDAT IEND", ErrDamaged, "no PLTE"},
		{"IHDR PLTE IEND", ErrDamaged, "no image data"},
		{"IHDR PLTE IDAT: tEXt:a IDAT IEND", ErrDamaged, "do not follow"},
		{"IHDR PLTE IDAT", ErrTruncated, "IEND"},
		{"IHDR PLTE IDAT: IEND", ErrDamaged, "0 bytes of image data cannot hold"},
		{"IHDR PLTE: IDAT IEND", ErrDamaged, "palette has 0 bytes"},
		{"IHDR PLTE:abcd IDAT IEND", ErrDamaged, "palette has 4 bytes"},
		{"IHDR PLTE ABCD:x IDAT IEND", ErrUnsupported, "critical chunk ABCD"},
		{"IHDR PLTE IDAT ABCD:x IEND", ErrUnsupported, "critical chunk ABCD"},
		{"IHDR PLTE a1cd:x IDAT IEND", ErrDamaged, "stands no chunk"},
		{"CgBI:abcd IHDR PLTE IDAT IEND", ErrUnsupported, "Apple"},
		{"IHDR:abcd PLTE IDAT IEND", ErrDamaged, "4 bytes, not 13"},
	} {
		refused(t, c.kinds, spliced(palette(), strings.Fields(c.kinds)...), c.kind, c.phrase)
	}
}

// TestIgnored decodes what libpng accepts with a warning or without.
func TestIgnored(t *testing.T) {
	p := palette()
	opaque := *p
	opaque.trns = nil
	long := "tRNS:" + strings.Repeat("a", 17)
	for _, c := range []struct {
		kinds   string
		want    *drawing
		ignored bool
	}{
		{"IHDR PLTE tRNS IDAT IEND", p, false},
		{"IHDR tEXt:a PLTE vpAg:b tRNS IDAT: IDAT IDAT: tIME:c IEND", p, false},
		{"IHDR tRNS PLTE IDAT IEND", &opaque, true},
		{"IHDR PLTE " + long + " IDAT IEND", &opaque, true},
		{"IHDR PLTE tRNS tRNS:a IDAT IEND", p, true},
		{"IHDR PLTE tRNS IDAT IEND:x", p, false},
		{"IHDR PLTE tRNS IDAT IDAT:more IEND", p, false},
	} {
		data := append(spliced(p, strings.Fields(c.kinds)...), "behind the end"...)
		var d Decoder
		got, err := d.Decode(data, Options{})
		if err != nil || !slices.Equal(got.decoded(), c.want.values()) || got.TransparencyIgnored != c.ignored {
			t.Errorf("%s: %v, ignored %v, or other pixels", c.kinds, err, got.TransparencyIgnored)
		}
	}
}

// TestCRC alters the CRC of each chunk: it counts where the chunk bears on what is seen.
func TestCRC(t *testing.T) {
	kinds := []string{"IHDR", "gAMA:abcd", "tEXt:a", "PLTE", "tRNS", "tIME:b", "eXIf:c", "iCCP:d", "zTXt:e", "IDAT", "IEND"}
	var d Decoder
	for i, k := range kinds {
		broken := spliced(palette(), kinds[:i+1]...)
		broken[len(broken)-1] ^= 1
		data := append(broken, spliced(palette(), kinds[i+1:]...)[len(signature):]...)
		_, err := d.Decode(data, Options{})
		if text := k[0] == 't' && k != "tRNS" || k[0] == 'z'; text != (err == nil) {
			t.Errorf("%s: %v", k, err)
		} else if err != nil && !(errors.Is(err, ErrDamaged) && strings.Contains(err.Error(), "CRC of its "+k[:4])) {
			t.Errorf("%s: %v", k, err)
		}
	}
}

func TestIHDR(t *testing.T) {
	at := func(offset int, value ...byte) []byte {
		data := photo().file()
		copy(data[16+offset:], value)
		return mended(data)
	}
	refused(t, "no width", at(0, 0, 0, 0, 0), ErrDamaged, "0×13")
	refused(t, "no height", at(4, 0, 0, 0, 0), ErrDamaged, "21×0")
	refused(t, "width of 2³¹", at(0, 0x80, 0, 0, 0), ErrDamaged, "2147483648×13")
	refused(t, "3 bits", at(8, 3), ErrDamaged, "3 bits")
	refused(t, "RGB of 4 bits", at(8, 4), ErrDamaged, "colour type 2 with 4 bits")
	refused(t, "type 7", at(9, 7), ErrDamaged, "colour type 7")
	refused(t, "compression", at(10, 1), ErrUnsupported, "compression 1")
	refused(t, "filter method", at(11, 64), ErrUnsupported, "filter method 64")
	refused(t, "interlace", at(12, 2), ErrUnsupported, "interlace method 2")
}

// TestImageData refuses what is wrong within a well-formed file.
func TestImageData(t *testing.T) {
	p := photo()
	with := func(z []byte) []byte {
		return appendChunk(appendChunk(p.head(), "IDAT", z), "IEND", nil)
	}
	raw := p.raw()
	z := deflated(raw, 6)
	altered := func(at int, flip byte) []byte {
		z := bytes.Clone(z)
		z[(at+len(z))%len(z)] ^= flip
		return z
	}
	badFilter := bytes.Clone(raw)
	badFilter[3*(1+3*21)] = 5
	refused(t, "filter type", with(deflated(badFilter, 6)), ErrDamaged, "row 3 has filter type 5")
	refused(t, "a byte too many", with(deflated(append(bytes.Clone(raw), 0), 6)), ErrDamaged, "longer than the rows")
	refused(t, "a byte too few", with(deflated(raw[:len(raw)-1], 6)), ErrDamaged, "1 bytes are missing")
	refused(t, "no rows", with(deflated(nil, 6)), ErrDamaged, "832 bytes are missing")
	refused(t, "one byte", with(z[:1]), ErrTruncated, "zlib header")
	refused(t, "Adler-32", with(altered(-1, 1)), ErrDamaged, "Adler-32")
	refused(t, "method", with(altered(0, 1)), ErrDamaged, "zlib")
	refused(t, "window", with(append([]byte{0x88, 0x1c}, z[2:]...)), ErrDamaged, "zlib")
	refused(t, "dictionary", with(append([]byte{0x78, 0xbb}, z[2:]...)), ErrDamaged, "zlib")
	refused(t, "block type", with(altered(2, 6^(z[2]&6))), ErrDamaged, "type that does not exist")
	refused(t, "stored length", with(append([]byte{0x78, 0x9c, 1, 5, 0, 5, 0}, z[2:]...)), ErrDamaged, "complement")
	for n := range z {
		if len(raw) <= 1032*n {
			refused(t, "cut stream", with(z[:n]), ErrTruncated, "end within")
		}
	}
}

// TestDamagedStream alters each bit of the image data and mends the CRC. What is accepted then has the same pixels: a few
// bits pad bytes, and some matches can be found in two places.
func TestDamagedStream(t *testing.T) {
	var d Decoder
	for _, level := range []int{0, 1, 9, -2} {
		p := photo()
		p.level = level
		data, want := p.file(), p.values()
		for i := 41; i < len(data)-16; i++ {
			for bit := range 8 {
				data[i] ^= 1 << bit
				if got, err := d.Decode(mended(data), Options{}); err == nil && !slices.Equal(got.decoded(), want) {
					t.Errorf("level %d: byte %d altered in bit %d is accepted and has other pixels", level, i, bit)
				}
				data[i] ^= 1 << bit
			}
		}
	}
}

// TestBombs declares much in few bytes, and holds much where little is declared: neither takes memory or time.
func TestBombs(t *testing.T) {
	huge := func(w, h uint32, body []byte) []byte {
		head := ihdr(1, 1, 16, 6, 0)
		binary.BigEndian.PutUint32(head, w)
		binary.BigEndian.PutUint32(head[4:], h)
		return appendChunk(appendChunk(appendChunk([]byte(signature), "IHDR", head), "IDAT", body), "IEND", nil)
	}
	zeros := deflated(make([]byte, 16<<20), 9)
	for _, c := range []struct {
		name string
		data []byte
		kind error
	}{
		{"2³¹-1 squared", huge(1<<31-1, 1<<31-1, zeros), ErrTooLarge},
		{"one wide row over the limit", huge(1<<31-1, 1, zeros), ErrTooLarge},
		{"10,000 squared in 100 bytes", huge(10000, 10000, zeros[:100]), ErrDamaged},
		{"one pixel of 16 MiB", huge(1, 1, zeros), ErrDamaged},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		refused(t, c.name, c.data, c.kind, "")
		runtime.ReadMemStats(&after)
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 1<<20 {
			t.Errorf("%s: %d bytes were allocated", c.name, taken)
		}
	}
	var d Decoder
	if _, err := d.Decode(huge(1<<31-1, 1<<31-1, zeros), Options{MaxPixels: 1 << 62}); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrTooLarge) {
		t.Errorf("without a limit: %v", err)
	}
}

func TestMaxPixels(t *testing.T) {
	var d Decoder
	data := photo().file()
	if _, err := d.Decode(data, Options{MaxPixels: 21 * 13}); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if _, err := d.Decode(data, Options{MaxPixels: 21*13 - 1}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("over the limit: %v", err)
	}
}

// TestFrames counts those of an animation from acTL, which counts only before the image data.
func TestFrames(t *testing.T) {
	acTL := "acTL:\x00\x00\x00\x07\x00\x00\x00\x00"
	for _, c := range []struct {
		kinds  []string
		frames int
	}{
		{[]string{"IHDR", "IDAT", "IEND"}, 1},
		{[]string{"IHDR", acTL, "fcTL:" + strings.Repeat("x", 26), "IDAT", "fdAT:abcd", "IEND"}, 7},
		{[]string{"IHDR", "IDAT", acTL, "IEND"}, 1},
		{[]string{"IHDR", "acTL:\x00\x00\x00\x00\x00\x00\x00\x00", "IDAT", "IEND"}, 1},
	} {
		var d Decoder
		p := photo()
		got, err := d.Decode(spliced(p, c.kinds...), Options{})
		if err != nil || got.Frames != c.frames || !slices.Equal(got.decoded(), p.values()) {
			t.Errorf("%q: %d frames, %v", c.kinds, got.Frames, err)
		}
	}
}

func TestDecodeInto(t *testing.T) {
	var d Decoder
	p := photo()
	data := p.file()
	dst := bytes.Repeat([]byte{0xa5}, 21*13*3+1)
	pix, h, err := d.DecodeInto(dst, data, Options{})
	if err != nil || h.Channels != 3 || len(pix) != len(dst)-1 || &pix[0] != &dst[0] {
		t.Fatal(len(pix), h, err)
	}
	for i, v := range p.values() {
		if dst[i] != byte(v) {
			t.Fatalf("value %d is %d, want %d", i, dst[i], v)
		}
	}
	if dst[len(dst)-1] != 0xa5 {
		t.Error("it wrote behind the picture")
	}
	if pix, _, err := d.DecodeInto(make([]byte, 0, 5), data, Options{}); err != nil || !slices.Equal(pix, dst[:len(dst)-1]) {
		t.Errorf("too short a slice: %v", err)
	}
	deep := newDrawing(rand.New(rand.NewPCG(1, 1)), 3, 3, 2, 16)
	if _, _, err := d.DecodeInto(dst, deep.file(), Options{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("16 bits: %v", err)
	}
}

// TestSteadyState decodes without allocating once the buffers are there.
func TestSteadyState(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	for _, k := range kinds {
		p := newDrawing(rng, 100, 50, k.colourType, k.depth)
		p.part = 1000
		var d Decoder
		for _, p.interlaced = range []bool{false, true} {
			data := p.file()
			n := testing.AllocsPerRun(3, func() {
				if _, err := d.Decode(data, Options{}); err != nil {
					t.Fatal(err)
				}
			})
			if n != 0 {
				t.Errorf("type %d, depth %d, interlaced %v: %v allocations", k.colourType, k.depth, p.interlaced, n)
			}
		}
	}
	data := photo().file()
	if n := testing.AllocsPerRun(3, func() { ParseHeader(data) }); n != 0 {
		t.Errorf("ParseHeader: %v allocations", n)
	}
}
