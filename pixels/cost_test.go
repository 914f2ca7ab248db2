package pixels

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"testing"
)

// heap is what is allocated and not collected.
func heap() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// peak decodes a file into two images again and again, as a scan does, and gives the most memory that was allocated at
// once. Nothing is collected while a file is decoded: what was let go of in the meantime counts.
func peak(t *testing.T, data []byte, o Options) int64 {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	runtime.GC()
	runtime.GC() // and what finalizers and pools held
	var d Decoder
	var a, b Image
	before, most := heap(), int64(0)
	for range 3 {
		for _, m := range []*Image{&a, &b} {
			if err := d.Decode(m, data, o); err != nil {
				t.Fatal(err)
			}
			most = max(most, heap()-before)
			runtime.GC()
		}
	}
	runtime.KeepAlive(&d)
	return most
}

// soft is a picture of few details, larger than what decoding takes besides, with alpha where it is asked for.
func soft(w, h int, set func(x, y int, v uint16)) {
	r := rand.New(rand.NewPCG(1, 2))
	for y := range h {
		for x := range w {
			set(x, y, uint16(x*40+y*20)&0xff00|uint16(r.IntN(2)))
		}
	}
}

const costWide, costHigh = 1201, 803

func softPictures() map[string]image.Image {
	box := image.Rect(0, 0, costWide, costHigh)
	opaque, clear := image.NewNRGBA(box), image.NewNRGBA(box)
	opaque16, clear16 := image.NewNRGBA64(box), image.NewNRGBA64(box)
	grey, grey16, indexed := image.NewGray(box), image.NewGray16(box), image.NewPaletted(box, color.Palette{color.NRGBA{9, 9, 9, 255}, color.NRGBA{200, 0, 9, 0}})
	soft(costWide, costHigh, func(x, y int, v uint16) {
		b := uint8(v >> 8)
		opaque.SetNRGBA(x, y, color.NRGBA{b, b, 255 - b, 255})
		clear.SetNRGBA(x, y, color.NRGBA{b, b, 255 - b, b})
		opaque16.SetNRGBA64(x, y, color.NRGBA64{v, v, v, 65535})
		clear16.SetNRGBA64(x, y, color.NRGBA64{v, v, v, v})
		grey.SetGray(x, y, color.Gray{b})
		grey16.SetGray16(x, y, color.Gray16{v})
		indexed.SetColorIndex(x, y, b>>4&1)
	})
	return map[string]image.Image{"rgb": opaque, "rgba": clear, "rgb16": opaque16, "rgba16": clear16, "grey": grey, "grey16": grey16, "indexed": indexed}
}

// costly is files of every kind that decides over memory.
func costly(t *testing.T) map[string][]byte {
	t.Helper()
	pictures, files := softPictures(), map[string][]byte{}
	for _, kind := range []string{"rgb", "rgba", "rgb16", "rgba16", "grey", "grey16", "indexed"} {
		files["png "+kind] = encode(t, "png", pictures[kind])
	}
	for _, kind := range []string{"rgb", "rgba", "rgb16", "rgba16", "grey", "grey16", "indexed"} {
		files["tiff "+kind] = encode(t, "tiff", pictures[kind])
	}
	files["jpeg"], files["jpeg grey"] = encode(t, "jpeg", pictures["rgb"]), encode(t, "jpeg", pictures["grey"])
	files["gif"] = encode(t, "gif", pictures["indexed"])
	for _, progressive := range []bool{false, true} {
		for name, comps := range map[string][]byte{"4:4:4": {0x11, 0x11, 0x11}, "4:2:0": {0x22, 0x11, 0x11}, "4:1:0": {0x42, 0x11, 0x11}, "grey": {0x22}, "cmyk": {0x11, 0x11, 0x11, 0x11}} {
			files[fmt.Sprintf("jpeg scans %s progressive=%v", name, progressive)] = flatScans(costWide, costHigh, progressive, comps)
		}
	}
	for orientation := range 9 {
		files[fmt.Sprintf("jpeg orientation %d", orientation)] = withExif(files["jpeg"], uint16(orientation))
	}
	return files
}

func withExif(jpeg []byte, orientation uint16) []byte {
	exif := append([]byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01"), byte(orientation>>8), byte(orientation), 0, 0, 0, 0, 0, 0)
	return append(append([]byte("\xff\xd8"), jpegSegment(jpegAPP1, exif)...), jpeg[2:]...)
}

func jpegSegment(marker byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2)), body...)
}

// flatScans is a JPEG of one colour in several scans: every coefficient is zero, and every block a bit a scan.
func flatScans(w, h int, progressive bool, sampling []byte) []byte {
	f := []byte("\xff\xd8")
	f = append(f, jpegSegment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...))...)
	for _, id := range []byte{0x00, 0x10} { // symbol 0 is the code 0: no difference, end of block
		f = append(f, jpegSegment(0xc4, append([]byte{id, 1}, make([]byte, 16)...))...)
	}
	frame := []byte{8, byte(h >> 8), byte(h), byte(w >> 8), byte(w), byte(len(sampling))}
	maxH, maxV := 1, 1
	for i, s := range sampling {
		frame = append(frame, byte(i+1), s, 0)
		maxH, maxV = max(maxH, int(s>>4)), max(maxV, int(s&15))
	}
	sof := byte(jpegSOF0)
	if progressive {
		sof = jpegSOF2
	}
	f = append(f, jpegSegment(sof, frame)...)
	for i, s := range sampling {
		hs, vs := int(s>>4), int(s&15)
		if len(sampling) == 1 {
			hs, vs, maxH, maxV = 1, 1, 1, 1
		}
		blocks := ((w*hs + 8*maxH - 1) / (8 * maxH)) * ((h*vs + 8*maxV - 1) / (8 * maxV))
		spectra := [][2]byte{{0, 63}}
		perBlock := 2
		if progressive {
			spectra, perBlock = [][2]byte{{0, 0}, {1, 63}}, 1
		}
		for _, band := range spectra {
			f = append(f, jpegSegment(jpegSOS, []byte{1, byte(i + 1), 0, band[0], band[1], 0})...)
			n := blocks * perBlock
			f = append(f, make([]byte, n/8)...)
			if n%8 > 0 {
				f = append(f, byte(0xff>>(n%8)))
			}
		}
	}
	return append(f, 0xff, jpegEOI)
}

func perPixel(n int64, c Cost) float64 { return float64(n) / float64(c.Pixels()) }

// box is a box of an ISO base media file.
func box(kind string, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), kind...), body...)
}

func ispe(w, h uint32) []byte {
	return box("ispe", make([]byte, 4), binary.BigEndian.AppendUint32(nil, w), binary.BigEndian.AppendUint32(nil, h))
}

// isoFile is the header of a file with some properties.
func isoFile(brand string, properties ...[]byte) []byte {
	return append(box("ftyp", []byte(brand), make([]byte, 4)), box("meta", make([]byte, 4), box("hdlr"), box("iprp", box("ipco", properties...)))...)
}

var (
	av1C8, av1C10 = box("av1C", []byte{0x81, 0, 0, 0}), box("av1C", []byte{0x81, 0, 0x40, 0})
	hvcC10        = box("hvcC", append(make([]byte, 17), 2, 2, 0, 0))
	// jxlWide is 803 lines of 1201 pixels, then what is no default.
	jxlWide = append([]byte("\xff\x0a"), lowBits([2]int{0, 1}, [2]int{1, 2}, [2]int{803 - 1, 13}, [2]int{0, 3}, [2]int{1, 2}, [2]int{1201 - 1, 13}, [2]int{0, 1})...)
	// jxlPlain is 256×256 pixels of the default kind.
	jxlPlain = append([]byte("\xff\x0a"), lowBits([2]int{1, 1}, [2]int{31, 5}, [2]int{1, 3}, [2]int{1, 1})...)
)

// lowBits writes values of so many bits, the lowest first.
func lowBits(values ...[2]int) []byte {
	out, at := make([]byte, 16), 0
	for _, v := range values {
		for i := range v[1] {
			out[at/8] |= byte(v[0]>>i&1) << (at % 8)
			at++
		}
	}
	return out
}

func TestShapesOfNativeFormats(t *testing.T) {
	most := Options{}.withDefaults().MaxPixels
	for name, tt := range map[string]struct {
		data   []byte
		pixels int64
		depth  int
		alpha  bool
	}{
		"avif":               {isoFile("avif", ispe(300, 200), av1C8), 60_000, 8, false},
		"tiles of avif":      {isoFile("avif", ispe(300, 200), ispe(1201, 803), av1C8), 1201 * 803, 8, false},
		"avif of 10 bits":    {isoFile("avif", ispe(300, 200), av1C10), 60_000, 16, false},
		"avif with alpha":    {isoFile("avif", ispe(300, 200), av1C8, box("auxC", []byte("x"))), 60_000, 8, true},
		"heic of 10 bits":    {isoFile("heic", ispe(300, 200), hvcC10), 60_000, 16, false},
		"avif without size":  {isoFile("avif", av1C8), most, 16, true},
		"avif without depth": {isoFile("avif", ispe(300, 200)), most, 16, true},
		"jxl":                {jxlWide, 1201 * 803, 16, true},
		"plain jxl":          {jxlPlain, 256 * 256, 8, false},
		"jxl in boxes":       {append([]byte("\x00\x00\x00\x0cJXL \r\n\x87\n"), box("jxlc", jxlPlain)...), 256 * 256, 8, false},
		"jxl cut short":      {[]byte("\xff\x0a\x00"), most, 16, true},
	} {
		if c := CostOf(tt.data, Options{}); c.Pixels() != tt.pixels || c.Depth != tt.depth || c.Alpha != tt.alpha {
			t.Errorf("%s: got %d pixels of depth %d, alpha %v; want %d, %d, %v", name, c.Pixels(), c.Depth, c.Alpha, tt.pixels, tt.depth, tt.alpha)
		}
	}
	if c := CostOf(isoFile("avif", ispe(1<<31-1, 1<<31-1), av1C8), Options{}); c != (Cost{}) {
		t.Errorf("a picture over the limit is foretold to cost %+v, not nothing", c)
	}
}

// native answers every file with the same picture, in memory that it uses again.
func native(w, h, channels, depth int) NativeDecoder {
	var n Native
	return func(_ string, _ []byte, maxPixels int64) (Native, error) {
		if int64(w*h) > maxPixels {
			return Native{}, &Error{Kind: ErrTooManyPixels, Width: w, Height: h, Limit: maxPixels}
		}
		if n.Width == 0 {
			n = Native{Width: w, Height: h, Depth: depth, Channels: channels, Frames: 1}
			if depth == 8 {
				n.Pix8 = make([]uint8, w*h*channels)
			} else {
				n.Pix16 = make([]uint16, w*h*channels)
			}
		}
		return n, nil
	}
}

func TestCostOfNativeFormatsIsABound(t *testing.T) {
	alpha := box("auxC", []byte("x"))
	for _, tt := range []struct {
		data            []byte
		channels, depth int
	}{
		{isoFile("avif", ispe(costWide, costHigh), av1C8), 3, 8},
		{isoFile("avif", ispe(costWide, costHigh), av1C8, alpha), 4, 8},
		{isoFile("heic", ispe(costWide, costHigh), hvcC10), 3, 16},
		{isoFile("heic", ispe(costWide, costHigh), hvcC10, alpha), 4, 16},
		{jxlWide, 4, 16},
	} {
		o := Options{Native: native(costWide, costHigh, tt.channels, tt.depth)}
		c := CostOf(tt.data, o)
		shared := c.Pixels() * int64(tt.channels*tt.depth/8) // with the child, which takes it of the machine and not of this heap
		if said, real := 2*c.Image+c.Work, peak(t, tt.data, o)+shared; real > said || said > 2*real {
			t.Errorf("%s with %d channels of %d bits takes %d bytes; foretold were %d", c.Kind, tt.channels, tt.depth, real, said)
		}
	}
}

func TestNativeDecoderKeepsToTheHeader(t *testing.T) {
	data := isoFile("avif", ispe(300, 200), av1C8)
	for name, tt := range map[string]struct {
		native NativeDecoder
		kind   error
	}{
		"more pixels":      {native(301, 200, 3, 8), ErrDamaged},
		"more bits":        {native(300, 200, 3, 16), ErrDamaged},
		"alpha":            {native(300, 200, 4, 8), ErrDamaged},
		"the limit itself": {native(1000, 1001, 3, 8), ErrTooManyPixels},
	} {
		if _, err := DecodeBytes(data, Options{Native: tt.native, MaxPixels: 1_000_000}); !errors.Is(err, tt.kind) {
			t.Errorf("%s than the header says: got %v, want %v", name, err, tt.kind)
		}
	}
	if _, err := DecodeBytes(data, Options{Native: native(300, 200, 3, 8)}); err != nil {
		t.Errorf("what the header says was refused: %v", err)
	}
}

// flaglessWebP is a lossless picture with alpha behind an extended header that says it has none.
func flaglessWebP(t testing.TB) []byte {
	bare := unbase64(t, webpLossless)
	file := append([]byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x01\x00\x00"), bare[12:]...)
	binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
	return file
}

func TestCostOfWebPAsksItsData(t *testing.T) {
	t.Parallel()
	file := flaglessWebP(t)
	m := mustDecode(t, file, Options{})
	if c := CostOf(file, Options{}); !m.HasAlpha || c.Image < m.Memory() {
		t.Errorf("alpha %v, the image holds %d bytes, foretold were %d", m.HasAlpha, m.Memory(), c.Image)
	}
	native := func(string, []byte, int64) (Native, error) {
		return Native{Width: 2, Height: 2, Channels: 4, Depth: 8, Pix8: make([]uint8, 16)}, nil
	}
	if _, err := DecodeBytes(file, Options{Native: native}); err != nil {
		t.Errorf("the native decoder's alpha was refused: %v", err)
	}
}

func FuzzCostOf(f *testing.F) {
	for _, data := range [][]byte{isoFile("avif", ispe(300, 200), av1C10), isoFile("heic", ispe(300, 200), hvcC10), jxlWide, jxlPlain,
		flatScans(33, 17, true, []byte{0x22, 0x11, 0x11}), []byte("\xff\xd8\xff"), unbase64(f, webpAlpha), unbase64(f, webpLossless), flaglessWebP(f)} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o := Options{MaxPixels: 1 << 20}
		c := CostOf(data, o)
		if c.Pixels() > o.MaxPixels || c.Image < 0 || c.Work < 0 || c.Total() > 100*o.MaxPixels+10*int64(len(data))+1<<30 {
			t.Errorf("got %+v", c)
		}
		m, err := DecodeBytes(data, o)
		if err != nil {
			return
		}
		if c.Image < m.Memory() {
			t.Errorf("the image holds %d bytes, foretold were %d", m.Memory(), c.Image)
		}
	})
}

func TestProfileInPieces(t *testing.T) {
	piece := func(n int, text string) []byte {
		return jpegSegment(jpegAPP2, append([]byte{'I', 'C', 'C', '_', 'P', 'R', 'O', 'F', 'I', 'L', 'E', 0, byte(n), 255}, text...))
	}
	join := func(pieces ...[]byte) []byte {
		data := append([]byte("\xff\xd8"), bytes.Join(pieces, nil)...)
		return inspectJPEG(append(data, 0xff, jpegEOI)).colour.icc
	}
	if got := join(piece(2, "two"), piece(1, "one")); string(got) != "onetwo" {
		t.Errorf("got %q, want the pieces in their order", got)
	}
	if got := join(); got != nil {
		t.Errorf("got %q of a file without a profile", got)
	}
	var hostile [][]byte
	for n := range 256 {
		hostile = append(hostile, piece(n, string(make([]byte, 65000))))
	}
	data := append(append([]byte("\xff\xd8"), bytes.Join(hostile, nil)...), 0xff, jpegEOI)
	var c container
	if got := testing.AllocsPerRun(5, func() { c = inspectJPEG(data) }); got > 2 || c.colour.icc == nil || len(c.colour.icc) > 0 {
		t.Errorf("a profile of 16 MB in 256 pieces gives %d bytes in %v allocations, want none, and the word that it is unreadable", len(c.colour.icc), got)
	}
	most := hostile[:maxProfile/65000]
	if got := join(most...); len(got) != len(most)*65000 || cap(got) > maxProfile+8192 {
		t.Errorf("%d pieces within the limit give %d bytes in memory of %d", len(most), len(got), cap(got))
	}
}
