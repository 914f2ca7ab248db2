package main

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/safelight-dev/safelight/internal/codec"
)

// boxOf puts bodies into a box.
func boxOf(kind string, bodies ...[]byte) []byte {
	body := bytes.Join(bodies, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), kind...), body...)
}

func TestBoxesTellGainMapsChromaAndCuts(t *testing.T) {
	t.Parallel()
	version := []byte{0, 0, 0, 0}
	hvcC := func(chroma byte) []byte { return boxOf("hvcC", append(make([]byte, 16), 0xfc|chroma, 0, 0)) }
	properties := func(boxes ...[]byte) []byte {
		return append(boxOf("ftyp", []byte("heic")), boxOf("meta", version, boxOf("iprp", boxOf("ipco", boxes...)))...)
	}
	for _, c := range []struct {
		name   string
		data   []byte
		gain   bool
		chroma string
		cut    bool
	}{
		{name: "nothing"},
		{name: "plain", data: properties(hvcC(1), boxOf("ispe", version)), chroma: "4:2:0"},
		{name: "with alpha", data: properties(hvcC(3), hvcC(0)), chroma: "4:4:4"},
		{name: "at odds", data: properties(hvcC(1), hvcC(2))},
		{name: "Apple's gain map", data: properties(boxOf("auxC", version, []byte("urn:com:apple:photo:2020:aux:hdrgainmap\x00"))), gain: true},
		{name: "ISO's gain map", data: boxOf("meta", version, boxOf("iinf", version, []byte{0, 1}, boxOf("infe", []byte("\x02\x00\x00\x00\x00\x01\x00\x00tmap\x00")))), gain: true},
		{name: "JPEG XL's gain map", data: append(boxOf("JXL ", []byte("\r\n\x87\n")), boxOf("jhgm", version)...), gain: true},
		{name: "to the end", data: []byte("\x00\x00\x00\x00mdat")},
		{name: "large size", data: append([]byte("\x00\x00\x00\x01mdat\x00\x00\x00\x00\x00\x00\x00\x11"), 9)},
		{name: "cut", data: []byte("\x00\x00\x00\x0amdat\x00"), cut: true},
		{name: "cut in a head", data: []byte("\x00\x00"), cut: true},
		{name: "nonsense", data: []byte("\x00\x00\x00\x03mdat\x00")},
	} {
		if got := len(gainMap(c.data)) > 0; got != c.gain {
			t.Errorf("%s: gain map %v, want %v", c.name, got, c.gain)
		}
		if got := hevcChroma(c.data); got != c.chroma {
			t.Errorf("%s: chroma %q, want %q", c.name, got, c.chroma)
		}
		if got := cut(c.data); got != c.cut {
			t.Errorf("%s: cut %v, want %v", c.name, got, c.cut)
		}
	}
}

func FuzzBoxes(f *testing.F) {
	f.Add(boxOf("meta", []byte{0, 0, 0, 0}, boxOf("iprp", boxOf("ipco", boxOf("hvcC", make([]byte, 20))))))
	f.Add([]byte("\x00\x00\x00\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPICCP\x03\x00\x00\x00abc\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		gainMap(data)
		hevcChroma(data)
		cut(data)
		riffChunk(data, "ICCP")
		for body := range boxes(data, "meta") {
			if len(body) > len(data)-8 {
				t.Fatalf("a box of %d bytes in %d", len(body), len(data))
			}
		}
	})
}

func TestRIFFChunks(t *testing.T) {
	t.Parallel()
	file := []byte("RIFF\x00\x00\x00\x00WEBPVP8X\x01\x00\x00\x00x\x00ICCP\x03\x00\x00\x00abc\x00")
	if got := riffChunk(file, "ICCP"); string(got) != "abc" {
		t.Errorf("got %q, want abc", got)
	}
	if got := riffChunk(file[:len(file)-2], "ICCP"); got != nil {
		t.Errorf("got %q of a chunk that is cut, want nothing", got)
	}
}

func TestApertures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lengthN, lengthD, offsetN, offsetD uint32
		full, begin, length                int
		ok                                 bool
	}{
		{20, 1, 0, 1, 64, 22, 20, true},
		{40, 2, 4, 1, 64, 26, 20, true},
		{21, 1, 1, 2, 64, 22, 21, true}, // half a pixel to the right makes the corner whole
		{20, 1, 1<<32 - 22, 1, 64, 0, 20, true},
		{20, 1, 1<<32 - 23, 1, 64, 0, 0, false},
		{21, 1, 0, 1, 64, 0, 0, false},
		{65, 1, 0, 1, 64, 0, 0, false},
		{0, 1, 0, 1, 64, 0, 0, false},
		{20, 0, 0, 1, 64, 0, 0, false},
		{20, 1, 0, 0, 64, 0, 0, false},
		{1<<32 - 1, 1, 1 << 31, 1<<32 - 1, 64, 0, 0, false},
	} {
		begin, length, ok := aperture(c.lengthN, c.lengthD, c.offsetN, c.offsetD, c.full)
		if ok != c.ok || ok && (begin != c.begin || length != c.length) {
			t.Errorf("%+v: got %d, %d, %v", c, begin, length, ok)
		}
	}
}

func TestWideningIsExact(t *testing.T) {
	t.Parallel()
	s := []uint16{0, 1, 511, 512, 1023, 1024, 65535}
	widen(s, 10)
	// 65535 v / 1023 rounded; what is beyond 10 bits is white.
	if want := []uint16{0, 64, 32735, 32800, 65535, 65535, 65535}; !slices.Equal(s, want) {
		t.Errorf("got %d, want %d", s, want)
	}
	s = []uint16{0, 1, 65535}
	widen(s, 16)
	if want := []uint16{0, 1, 65535}; !slices.Equal(s, want) {
		t.Errorf("16 bits became %d", s)
	}
}

func TestStraightenDividesByAlpha(t *testing.T) {
	t.Parallel()
	b := []byte{100, 50, 200, 128, 7, 8, 9, 0, 1, 2, 3, 255, 200, 0, 0, 100}
	straighten(b, codec.Picture{Width: 4, Height: 1, Channels: 4, Depth: 8})
	if want := []byte{199, 100, 255, 128, 7, 8, 9, 0, 1, 2, 3, 255, 255, 0, 0, 100}; !slices.Equal(b, want) {
		t.Errorf("got %d, want %d", b, want)
	}
}
