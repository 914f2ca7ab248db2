package jpegdec

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// bomb builds a progressive grey file of side×side pixels whose scans cost a few bytes: the DC scan has a bit a block, the
// others are of nothing but end-of-band runs.
func bomb(side, scans int) []byte {
	b := []byte{0xff, markSOI}
	segment := func(marker byte, body ...byte) {
		b = append(b, 0xff, marker)
		b = binary.BigEndian.AppendUint16(b, uint16(len(body)+2))
		b = append(b, body...)
	}
	segment(markDQT, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)
	segment(markSOF2, 8, byte(side>>8), byte(side), byte(side>>8), byte(side), 1, 1, 0x11, 0)
	segment(markDHT, append(append([]byte{0}, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 0)...)       // "0": no difference
	segment(markDHT, append(append([]byte{0x10}, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 0xe0)...) // "0": run of 2^14 and more
	blocks := (side + 7) / 8 * ((side + 7) / 8)
	segment(markSOS, 1, 1, 0, 0, 0, 0)
	b = append(b, make([]byte, blocks/8+1)...)
	for k := range scans - 1 {
		segment(markSOS, 1, 1, 0, byte(1+k), byte(1+k), 0)
		b = append(b, bytes.Repeat([]byte{0, 0}, blocks>>14+1)...) // 15 bits a run, and as many 0 as there are
	}
	return append(b, 0xff, markEOI)
}

// TestBombs decodes, or refuses, files that ask for much work by few bytes. All of them end soon, or the test's own time
// limit says so.
func TestBombs(t *testing.T) {
	var d Decoder
	for _, c := range []struct {
		name string
		file []byte
		kind error
	}{
		{"all scans", bomb(4096, 64), nil},
		{"a scan too many", bomb(512, 65), ErrDamaged},
		{"declared far beyond its bytes", bomb(8, 64)[:200], ErrTruncated},
	} {
		pix, h, err := d.Decode(nil, c.file, Options{})
		if c.kind == nil && err != nil || c.kind != nil && err == nil {
			t.Errorf("%s: got %v", c.name, err)
		}
		if err == nil && (len(pix) != h.Width*h.Height || pix[0] != 128 || pix[len(pix)-1] != 128) {
			t.Errorf("%s: got another picture than plain grey", c.name)
		}
	}
}

func BenchmarkBomb(b *testing.B) {
	var d Decoder
	file := bomb(16384, 64)
	b.ReportMetric(float64(len(file)), "file_bytes")
	for range b.N {
		if _, _, err := d.Decode(nil, file, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
