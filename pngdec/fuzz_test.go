package pngdec

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"image/png"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// FuzzInflate compares inflate with compress/flate: the same streams are accepted, with the same bytes out, and as many
// consumed.
func FuzzInflate(f *testing.F) {
	rng := rand.New(rand.NewPCG(13, 14))
	for level := -2; level <= 9; level++ {
		z := deflated(newDrawing(rng, 40, 30, 2, 8).raw(), level)
		f.Add(z[2 : len(z)-4])
	}
	f.Add([]byte{3, 0})                           // an empty block of fixed codes
	f.Add([]byte{1, 0, 0, 0xff, 0xff})            // an empty stored block
	f.Add([]byte("\x05\xc0\x81\x00\x00\x00\x00")) // a dynamic one, cut short
	f.Fuzz(func(t *testing.T, data []byte) {
		rest := bytes.NewReader(data)
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(rest), 1<<22))
		if len(want) == 1<<22 {
			t.Skip("too long")
		}
		got, consumed, err := inflated(data)
		switch {
		case (err == nil) != (wantErr == nil):
			t.Fatalf("got %v, want %v", err, wantErr)
		case err == nil && !bytes.Equal(got, want):
			t.Fatalf("%d bytes differ from the %d wanted", len(got), len(want))
		case err == nil && consumed != len(data)-rest.Len():
			t.Fatalf("%d bytes consumed, want %d", consumed, len(data)-rest.Len())
		case err != nil && !errors.Is(err, ErrTruncated) && !errors.Is(err, ErrDamaged):
			t.Fatalf("%v is of another kind", err)
		}
	})
}

// inflated expands a stream without a frame.
func inflated(data []byte) (out []byte, consumed int, err error) {
	in := append([]byte{0x78, 0x9c}, data...)
	end := len(in)
	var z inflater
	if err := z.start(append(in, make([]byte, inputSlack)...), end, 1<<40, 1); err != nil {
		return nil, 0, err
	}
	for z.block != blockDone {
		z.taken = z.op
		z.slide(0)
		before := z.op
		if err := z.advance(5000); err != nil {
			return nil, 0, err
		}
		out = append(out, z.out[before:z.op]...)
	}
	return out, z.pos - int(z.held/8) - 2, nil
}

// FuzzDecode looks for panics and takes image/png's opinion: where both accept a file, the pixels are the same; what one
// of them alone accepts is named in oddities and lenient.
func FuzzDecode(f *testing.F) {
	rng := rand.New(rand.NewPCG(15, 16))
	for _, k := range kinds {
		for variant := range 4 {
			p := newDrawing(rng, 1+rng.IntN(20), 1+rng.IntN(20), k.colourType, k.depth)
			p.interlaced, p.part = variant&1 == 1, variant*5
			if variant&2 == 2 {
				p.addTransparency(rng)
			}
			f.Add(p.file(), true)
		}
	}
	var d Decoder
	f.Fuzz(func(t *testing.T, data []byte, mend bool) {
		if mend { // else the checksums would hold up every change
			data = mended(data)
		}
		got, err := d.Decode(data, Options{MaxPixels: 1 << 20})
		var named *Error
		if err != nil && !errors.As(err, &named) {
			t.Fatalf("%v is not an *Error", err)
		}
		if errors.Is(err, ErrTooLarge) {
			return
		}
		m, wantErr := png.Decode(bytes.NewReader(data))
		switch {
		case err != nil && wantErr != nil:
		case err != nil && !odd(data):
			t.Fatalf("refused (%v), and image/png accepts it", err)
		case wantErr != nil && err == nil && !lenient(wantErr):
			t.Fatalf("accepted, and image/png says %v", wantErr)
		case err == nil && wantErr == nil && !got.TransparencyIgnored && !wideKey(data, got.Header):
			if where := differs(got, m); where != "" {
				t.Fatalf("differs from image/png at %s", where)
			}
		}
	})
}

// mended returns the file with right CRCs.
func mended(data []byte) []byte {
	out := bytes.Clone(data)
	for p := len(signature); len(out)-p >= 12; {
		n := int64(binary.BigEndian.Uint32(out[p:]))
		if n > int64(len(out)-p-12) {
			break
		}
		end := p + 8 + int(n)
		chunk := appendChunk(nil, string(out[p+4:p+8]), out[p+8:end])
		copy(out[p:], chunk)
		p = end + 4
	}
	return out
}

// odd says that a file has what image/png overlooks: a critical chunk that is unknown, a chunk whose name is not of
// letters, an IDAT chunk behind another one.
func odd(data []byte) bool {
	c := chunks{data: data, next: len(signature)}
	inData, behind := false, false
	for {
		k, _, err := c.read()
		switch {
		case err != nil:
			return errors.Is(err, ErrDamaged)
		case k == kindIEND:
			return false
		case k == kindIDAT && behind:
			return true
		case k == kindIDAT:
			inData = true
		case k.critical() && k != kindIHDR && k != kindPLTE:
			return true
		}
		behind = behind || inData && k != kindIDAT
	}
}

// lenient says that image/png refuses what libpng ignores with a warning, or what has no effect.
func lenient(err error) bool {
	for _, s := range []string{
		"chunk out of order", // tRNS or PLTE where they have no effect
		"invalid checksum",   // of a text, say
		"bad tRNS length", "tRNS, color type mismatch", "bad PLTE length", "PLTE, color type mismatch", "bad IEND length",
		"too much pixel data", // bytes behind the deflate stream
	} {
		if strings.Contains(err.Error(), s) {
			return true
		}
	}
	return false
}

// wideKey says that the transparent shade of a grey picture has more bits than its samples, of which image/png does not
// disregard the upper ones.
func wideKey(data []byte, h Header) bool {
	c := chunks{data: data, next: len(signature)}
	for h.ColourType == typeGrey && h.BitDepth < 8 {
		k, body, err := c.read()
		if err != nil {
			return false
		}
		if k == kindTRNS {
			return len(body) == 2 && binary.BigEndian.Uint16(body)>>h.BitDepth != 0
		}
	}
	return false
}
