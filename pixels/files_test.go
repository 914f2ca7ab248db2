package pixels

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"testing"

	"golang.org/x/image/tiff"
)

// Small WebP files, written by libwebp 1.2.4, for which Go has no encoder.
const (
	// webpLossless is 2×2 with alpha: (10,20,30,255) (250,0,9,0) / (1,2,3,128) (255,255,255,64).
	webpLossless = "UklGRj4AAABXRUJQVlA4TDIAAAAvAUAAEB9AIEARLvg/lRtiGmKTQP+mLgratmH6GYw/1AkEErXQNj/+C7FWvbELEf2PAA=="
	// webpLossy is 13×11 with soft colours.
	webpLossy = "UklGRmYAAABXRUJQVlA4IFoAAAAQAgCdASoNAAsAAoBCJbACdAEP1cMgE56AAP7r+ML94PUPnRux38lgouTkZ7+5CIgMWb+PoDLb+X6pD+Ml9n+Lo+2jezA2081v7ShV8TM/qGqYFd+9GS51QAA="
	// webpAlpha is 16×16, about (200,50,30) with alpha 128.
	webpAlpha = "UklGRlQAAABXRUJQVlA4WAoAAAAQAAAADwAADwAAQUxQSAUAAAABKGBEBABWUDggKAAAAJABAJ0BKhAAEAAEAGgloAJ0ugADmAD+5fo82exlbf/EOcQW1HWIAAA="
	// webpAnimated declares one animation frame of 1×1.
	webpAnimated = "UklGRlIAAABXRUJQVlA4WAoAAAASAAAAAAAAAAAAQU5JTQYAAAD/////AABBTk1GJgAAAAAAAAAAAAAAAAAAAGQAAABWUDhMDQAAAC8AAAAQBxAREYiI/gcA"
)

func unbase64(t testing.TB, s string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// encode writes m in a format that Go can write.
func encode(t testing.TB, format string, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "jpeg":
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: 90})
	case "png":
		err = png.Encode(&b, m)
	case "gif":
		err = gif.Encode(&b, m, nil)
	case "tiff":
		err = tiff.Encode(&b, m, &tiff.Options{Compression: tiff.Deflate})
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// noise returns an opaque picture of random colours.
func noise(w, h int) *image.NRGBA {
	r := rand.New(rand.NewPCG(uint64(w), uint64(h)))
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = uint8(r.Uint32())
		if i%4 == 3 {
			m.Pix[i] = 255
		}
	}
	return m
}

// corners is 3×2: red, green, blue / black, white, grey, told apart in every orientation.
func corners() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	for i, c := range []color.NRGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255},
		{0, 0, 0, 255}, {255, 255, 255, 255}, {128, 128, 128, 255}} {
		m.SetNRGBA(i%3, i/3, c)
	}
	return m
}

// pngWith inserts a chunk behind IHDR.
func pngWith(file []byte, kind string, body []byte) []byte {
	return splice(file, 33, pngChunk(kind, body))
}

func pngChunk(kind string, body []byte) []byte {
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	chunk = append(append(chunk, kind...), body...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
}

// greyPNG returns the front of an 8-bit grey file that declares the given size.
func greyPNG(width, height uint32) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	return append([]byte(pngSignature), pngChunk("IHDR", append(header, 8, 0, 0, 0, 0))...)
}

// jpegWith inserts a segment behind SOI.
func jpegWith(file []byte, marker byte, body []byte) []byte {
	seg := append([]byte{0xff, marker, byte((len(body) + 2) >> 8), byte(len(body) + 2)}, body...)
	return splice(file, 2, seg)
}

// webpWith appends a chunk.
func webpWith(file []byte, kind string, body []byte) []byte {
	out := append(splice(file, len(file), []byte(kind)), byte(len(body)), byte(len(body)>>8), 0, 0)
	out = append(out, body...)
	if len(body)%2 == 1 {
		out = append(out, 0)
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// tiffWith writes a new first directory with one more SHORT tag, at the end of the file.
func tiffWith(file []byte, tag, value uint16) []byte {
	le := binary.LittleEndian
	old := file[le.Uint32(file[4:]):]
	n := int(le.Uint16(old))
	entry := le.AppendUint32(le.AppendUint32(le.AppendUint16(le.AppendUint16(nil, tag), 3), 1), uint32(value))
	out := bytes.Clone(file)
	le.PutUint32(out[4:], uint32(len(out)))
	out = le.AppendUint16(out, uint16(n+1))
	placed := false
	for i := range n {
		e := old[2+12*i : 14+12*i]
		if !placed && le.Uint16(e) > tag {
			out, placed = append(out, entry...), true
		}
		out = append(out, e...)
	}
	if !placed {
		out = append(out, entry...)
	}
	return le.AppendUint32(out, 0)
}

// tiffWithProfile is tiffWith of an ICC profile, which is stored outside the directory.
func tiffWithProfile(file []byte, icc []byte) []byte {
	le := binary.LittleEndian
	out := tiffWith(file, tagICCProfile, 0)
	dir := int(le.Uint32(out[4:]))
	for p := dir + 2; ; p += 12 {
		if le.Uint16(out[p:]) == tagICCProfile {
			le.PutUint16(out[p+2:], 7)
			le.PutUint32(out[p+4:], uint32(len(icc)))
			le.PutUint32(out[p+8:], uint32(len(out)))
			return append(out, icc...)
		}
	}
}

func splice(file []byte, at int, insert []byte) []byte {
	out := append([]byte(nil), file[:at]...)
	return append(append(out, insert...), file[at:]...)
}

// exif returns a TIFF block with one orientation tag, in either byte order.
func exif(order binary.AppendByteOrder, orientation uint16) []byte {
	b := []byte("II*\x00")
	if order.String() == binary.BigEndian.String() {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, 0x10f), 2), 4) // make: "abc"
	b = append(b, "abc\x00"...)
	b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, tagOrientation), 3), 1)
	b = order.AppendUint16(order.AppendUint16(b, orientation), 0)
	return order.AppendUint32(b, 0)
}

func mustDecode(t testing.TB, data []byte, o Options) *Image {
	t.Helper()
	img, err := DecodeBytes(data, o)
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	return img
}
