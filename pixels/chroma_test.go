package pixels

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"testing"
)

func TestChromaIsTheFilesSubsampling(t *testing.T) {
	t.Parallel()
	encode := func(m image.Image, write func(*bytes.Buffer, image.Image) error) []byte {
		var b bytes.Buffer
		if err := write(&b, m); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	asJPEG := func(b *bytes.Buffer, m image.Image) error { return jpeg.Encode(b, m, nil) }
	asPNG := func(b *bytes.Buffer, m image.Image) error { return png.Encode(b, m) }
	r := image.Rect(0, 0, 16, 16)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"JPEG":      {encode(image.NewRGBA(r), asJPEG), "4:2:0"},
		"grey JPEG": {encode(image.NewGray(r), asJPEG), ""},
		"PNG":       {encode(image.NewRGBA(r), asPNG), ""},
	} {
		m, err := DecodeBytes(c.data, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if m.Chroma != c.want {
			t.Errorf("%s: chroma %q, want %q", name, m.Chroma, c.want)
		}
	}
}
