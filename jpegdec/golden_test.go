package jpegdec

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// load reads a file of testdata.
func load(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestGolden compares with digests of what libjpeg-turbo 2.1.5 gave (testdata/golden.sh), so that the essentials are
// proven where it is not installed.
func TestGolden(t *testing.T) {
	both(t, func(t *testing.T) {
		var d Decoder
		count := 0
		for lines := bufio.NewScanner(bytes.NewReader(load(t, "golden.txt"))); lines.Scan(); count++ {
			var name, want string
			var denominator int
			if _, err := fmt.Sscan(lines.Text(), &name, &denominator, &want); err != nil {
				t.Fatal(err)
			}
			pix, h, err := d.Decode(nil, load(t, name), Options{Denominator: denominator})
			if err != nil {
				t.Errorf("%s at 1/%d: %v", name, denominator, err)
				continue
			}
			if len(pix) != h.Width*h.Height*h.Channels {
				t.Errorf("%s: %d bytes for %+v", name, len(pix), h)
			}
			if got := fmt.Sprintf("%x", sha256.Sum256(pix)); got != want {
				t.Errorf("%s at 1/%d: got digest %s, libjpeg-turbo's pixels have %s", name, denominator, got, want)
			}
		}
		if count < 100 {
			t.Errorf("golden.txt has %d lines only", count)
		}
	})
}

func TestHeader(t *testing.T) {
	for name, want := range map[string]Header{
		"grey.jpg":          {37, 29, 1, "", false, false},
		"444.jpg":           {35, 30, 3, "4:4:4", false, false},
		"422.jpg":           {35, 30, 3, "4:2:2", false, false},
		"440.jpg":           {35, 30, 3, "4:4:0", false, false},
		"420.jpg":           {67, 50, 3, "4:2:0", false, false},
		"411.jpg":           {35, 30, 3, "4:1:1", false, false},
		"410.jpg":           {35, 30, 3, "4:1:0", false, false},
		"mixed.jpg":         {35, 30, 3, "2x2 2x1 1x2", false, false},
		"chroma-larger.jpg": {35, 30, 3, "1x1 2x2 1x1", false, false},
		"progressive.jpg":   {67, 50, 3, "4:2:0", true, false},
		"cmyk.jpg":          {35, 30, 4, "4:4:4", false, false},
		"cmyk-adobe.jpg":    {35, 30, 4, "4:4:4", false, true},
		"ycck-420.jpg":      {35, 30, 4, "4:2:0", true, true},
	} {
		got, err := ParseHeader(load(t, name))
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, want)
		}
		var d Decoder
		_, decoded, err := d.Decode(nil, load(t, name), Options{Denominator: 4})
		got.Width, got.Height = (got.Width+3)/4, (got.Height+3)/4
		if err != nil || decoded != got {
			t.Errorf("%s at 1/4: got %+v, %v, want %+v", name, decoded, err, got)
		}
	}
}

// TestReuse decodes all files twice with one Decoder and into a buffer that has to be kept.
func TestReuse(t *testing.T) {
	files, err := filepath.Glob("testdata/*.jpg")
	if err != nil {
		t.Fatal(err)
	}
	var d Decoder
	room := make([]uint8, 0, 1<<16)
	for range 2 {
		for _, path := range files {
			file := load(t, filepath.Base(path))
			var fresh Decoder
			want, _, err := fresh.Decode(nil, file, Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := d.Decode(room, file, Options{})
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: a used decoder gives another picture (%v)", path, err)
			}
			if &got[0] != &room[:1][0] {
				t.Errorf("%s: the caller's buffer is large enough and was not taken", path)
			}
		}
	}
	file := load(t, "420.jpg")
	if n := testing.AllocsPerRun(20, func() { d.Decode(room, file, Options{}) }); n > 1 {
		t.Errorf("a used decoder allocates %v times a picture", n)
	}
}
