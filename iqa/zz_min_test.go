package iqa

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

func TestZMin(t *testing.T) {
	if os.Getenv("ZMIN") == "" {
		return
	}
	const W, H = 768, 512
	p, q := plane(W, H, textures(1)["noise"]), plane(W, H, textures(2)["noise"])
	a8, b8 := make([]uint8, 3*W*H), make([]uint8, 3*W*H)
	a16, b16 := make([]uint16, 3*W*H), make([]uint16, 3*W*H)
	for i := range a8 {
		a8[i], b8[i] = uint8(p.Pix[i%(W*H)]), uint8(q.Pix[i*7%(W*H)])
		a16[i], b16[i] = uint16(a8[i])*257, uint16(b8[i])*257
	}
	var w Workspace
	run := func(name string, f func()) {
		var v []float64
		for range 200 {
			s := time.Now()
			f()
			v = append(v, time.Since(s).Seconds())
		}
		slices.Sort(v)
		fmt.Printf("%-10s best %6.1f  p10 %6.1f median %6.1f MP/s\n", name, W*H/1e6/v[0], W*H/1e6/v[20], W*H/1e6/v[100])
	}
	run("planes", func() { w.SSIM(p, q) })
	run("rgb8", func() { w.SSIM8(a8, b8, W, H) })
	run("rgb16", func() { w.SSIM16(a16, b16, W, H) })
	run("rgb8 ch", func() { w.SSIMRGB8(a8, b8, W, H) })
	run("ms8", func() { w.MSSSIM8(a8, b8, W, H) })
	run("psnr8", func() { w.PSNR8(a8, b8, W, H) })
	run("psnr16", func() { w.PSNR16(a16, b16, W, H) })
	run("measure8", func() { w.Measure8(a8, b8, W, H) })
	b := w.buf
	kern := func(name string, px int, f func()) {
		best := 1e9
		for range 2000 {
			s := time.Now()
			for range 20 {
				f()
			}
			best = min(best, time.Since(s).Seconds()/20)
		}
		fmt.Printf("%-10s best %6.1f ns / 8 px\n", name, best*1e9/float64(px)*8)
	}
	kern("across", 4*96, func() { w.kernels.across(b, 1, rowsOf{b.sums[:], b.diffs[:], fetch, 12, 4}) })
	kern("down", 4*96, func() { w.kernels.down(b, 1, 0, 12, &b.totals) })
	kern("mix8", 106, func() { w.kernels.mix8(b, b.sums[:106], b.diffs[:106], a8, b8) })
	kern("add", 106, func() { w.kernels.addSubtract(b.sums[:106], b.diffs[:106], p.Pix, q.Pix) })
}
