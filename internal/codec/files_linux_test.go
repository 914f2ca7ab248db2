package codec

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"os"
	"path/filepath"
	"testing"

	"github.com/safelight-dev/safelight/pixels"
)

func writeFile(dir, name string, data []byte) error {
	return os.WriteFile(filepath.Join(dir, name), data, 0o600)
}

func asError(err error, e **pixels.Error) bool { return errors.As(err, e) }

// withICC puts a profile into a PNG, behind its header.
func withICC(png, icc []byte) []byte {
	var body bytes.Buffer
	body.WriteString("iCCPtest\x00\x00")
	z := zlib.NewWriter(&body)
	z.Write(icc)
	z.Close()
	const head = 8 + 25
	out := append([]byte(nil), png[:head]...)
	out = binary.BigEndian.AppendUint32(out, uint32(body.Len()-4))
	out = append(out, body.Bytes()...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(body.Bytes()))
	return append(out, png[head:]...)
}

// writeGIF writes an animation of n frames.
func writeGIF(t testing.TB, dir, name string, n int) {
	t.Helper()
	var g gif.GIF
	for i := range n {
		m := image.NewPaletted(image.Rect(0, 0, 32, 24), color.Palette{color.Black, color.White, color.RGBA{255, 0, 0, 255}})
		for j := range m.Pix {
			m.Pix[j] = uint8((i + j) % 3)
		}
		g.Image, g.Delay = append(g.Image, m), append(g.Delay, 10)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &g); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(dir, name, b.Bytes()); err != nil {
		t.Fatal(err)
	}
}
