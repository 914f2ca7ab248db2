package demo

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"testing"
)

func TestSheet(t *testing.T) {
	r, err := NewRenderer(1, 256)
	if err != nil {
		t.Fatal(err)
	}
	const cols, rows = 6, 4
	im := image.NewRGBA(image.Rect(0, 0, cols*256, rows*256))
	buf := make([]uint8, 3*256*256)
	for i := range cols * rows {
		r.Render(i, buf)
		for y := range 256 {
			for x := range 256 {
				o := (y*256 + x) * 3
				im.SetRGBA(i%cols*256+x, i/cols*256+y, color.RGBA{buf[o], buf[o+1], buf[o+2], 255})
			}
		}
	}
	f, _ := os.Create("/tmp/demo_sheet.png")
	png.Encode(f, im)
	f.Close()
}
func BenchmarkRender(b *testing.B) {
	r, _ := NewRenderer(1, 256)
	buf := make([]uint8, 3*256*256)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		r.Render(n, buf)
		n++
	}
}
