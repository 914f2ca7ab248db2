package jpegdec

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// qualityPicture is something to encode.
func qualityPicture() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 32, 32))
	for y := range 32 {
		for x := range 32 {
			m.Set(x, y, color.RGBA{uint8(8 * x), uint8(8 * y), uint8(x * y), 255})
		}
	}
	return m
}

// TestQuality reads back the quality that cjpeg of libjpeg-turbo and Go's encoder were given. Where two qualities have the same
// table the higher one is told: 100 and 99 differ, but 1 and what is capped at 255 need not.
func TestQuality(t *testing.T) {
	for q := 1; q <= 100; q++ {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, qualityPicture(), &jpeg.Options{Quality: q}); err != nil {
			t.Fatal(err)
		}
		got, exact, err := Quality(b.Bytes())
		if err != nil || !exact {
			t.Fatalf("quality %d: %d, exact %v, %v", q, got, exact, err)
		}
		for i, v := range luminance {
			if min(scaled(v, got), 255) != min(scaled(v, q), 255) {
				t.Fatalf("quality %d is told as %d, whose table differs at %d", q, got, i)
			}
		}
		if q > 2 && got != q {
			t.Errorf("quality %d is told as %d", q, got)
		}
	}
}

func TestQualityOfCjpeg(t *testing.T) {
	dir := t.TempDir()
	ppm := filepath.Join(dir, "p.ppm")
	m := qualityPicture()
	text := []byte("P6 32 32 255\n")
	for y := range 32 {
		for x := range 32 {
			r, g, b, _ := m.At(x, y).RGBA()
			text = append(text, byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	if err := os.WriteFile(ppm, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, q := range []int{10, 40, 75, 82, 90, 95} {
		out, err := exec.Command("cjpeg", "-quality", strconv.Itoa(q), ppm).Output()
		if err != nil {
			t.Fatalf("%v: libjpeg-turbo-progs has cjpeg, .ci/run installs it", err)
		}
		if got, exact, err := Quality(out); got != q || !exact || err != nil {
			t.Errorf("cjpeg -quality %d is told as %d, exact %v, %v", q, got, exact, err)
		}
	}
	// A table of one's own is near a quality, and never exact.
	tables := filepath.Join(dir, "tables")
	flat := bytes.Repeat([]byte("16 "), 64)
	if err := os.WriteFile(tables, append(append(flat, '\n'), flat...), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("cjpeg", "-qtables", tables, "-quality", "50", ppm).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got, exact, err := Quality(out); exact || got < 50 || got > 95 || err != nil {
		t.Errorf("a flat table of 16 is told as %d, exact %v, %v", got, exact, err)
	}
	for _, broken := range [][]byte{nil, out[:20], bytes.Replace(out, []byte{0xff, 0xdb}, []byte{0xff, 0xed}, -1)} {
		if _, _, err := Quality(broken); err == nil {
			t.Errorf("%d bytes are told a quality of", len(broken))
		}
	}
}
