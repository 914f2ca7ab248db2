package main

import (
	"image"
	"math/rand/v2"
)

// likePhoto draws a picture that costs decoders and kernels about what a
// photograph does: soft light of all scales, grain, and hard edges. It is the
// same on every machine, since it is made in integers. In 1000×1000 it takes
// 2.1 bits a pixel as a JPEG of quality 90 and 13.7 as a PNG; photographs take 1.6 to 3.8
// and 10 to 18.
func likePhoto(width, height int) *image.RGBA {
	r := rand.New(rand.NewPCG(3, 1000)) // any seed would do
	light, warm, green := make([]int32, width*height), make([]int32, width*height), make([]int32, width*height)
	for _, o := range []octave{{256, 70}, {64, 36}, {16, 20}, {4, 14}, {2, 6}, {1, 5}} {
		o.add(light, width, r)
	}
	for _, o := range []octave{{256, 40}, {64, 16}, {1, 2}} {
		o.add(warm, width, r)
		o.add(green, width, r)
	}
	for range 24 {
		x, y, radius := r.IntN(width), r.IntN(height), 8+r.IntN(width/8+1)
		level, tint := r.Int32N(121)-60, r.Int32N(61)-30
		inDisc(width, height, disc{x, y, radius}, func(i int) {
			light[i] += level
			warm[i] += tint
		})
	}
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range light {
		l := 124 + light[i]
		m.Pix[4*i] = clamp8(l + warm[i])
		m.Pix[4*i+1] = clamp8(l + green[i]/2)
		m.Pix[4*i+2] = clamp8(l - warm[i])
		m.Pix[4*i+3] = 255
	}
	return m
}

// warmer is the picture with a slight drift of its colours.
func warmer(m *image.RGBA) *image.RGBA {
	out := &image.RGBA{Pix: append([]uint8(nil), m.Pix...), Stride: m.Stride, Rect: m.Rect}
	for i := 0; i < len(out.Pix); i += 4 {
		out.Pix[i] = clamp8(int32(out.Pix[i]) + 3)
	}
	return out
}

func clamp8(v int32) uint8 { return uint8(min(max(v, 0), 255)) }

// octave is noise of one scale: random values up to ±amplitude on a lattice of
// size pixels, with smooth transitions between them.
type octave struct{ size, amplitude int32 }

func (o octave) add(dst []int32, width int, r *rand.Rand) {
	height := len(dst) / width
	columns, rows := width/int(o.size)+2, height/int(o.size)+2
	lattice := make([]int32, columns*rows)
	for i := range lattice {
		lattice[i] = r.Int32N(2*o.amplitude+1) - o.amplitude
	}
	for y := range height {
		above := lattice[y/int(o.size)*columns:]
		below := above[columns:]
		fy := o.smooth(int32(y) % o.size)
		for x := range width {
			i, fx := x/int(o.size), o.smooth(int32(x)%o.size)
			top := above[i]*(o.size-fx) + above[i+1]*fx
			bottom := below[i]*(o.size-fx) + below[i+1]*fx
			dst[y*width+x] += (top*(o.size-fy) + bottom*fy) / (o.size * o.size)
		}
	}
}

// smooth is size · (3 t² − 2 t³) for t = v ÷ size, in integers.
func (o octave) smooth(v int32) int32 { return v * v * (3*o.size - 2*v) / (o.size * o.size) }

// disc is a round shape with a hard edge.
type disc struct{ x, y, radius int }

// inDisc calls f with the index of each pixel inside.
func inDisc(width, height int, d disc, f func(i int)) {
	for y := max(d.y-d.radius, 0); y < min(d.y+d.radius, height); y++ {
		for x := max(d.x-d.radius, 0); x < min(d.x+d.radius, width); x++ {
			if dx, dy := x-d.x, y-d.y; dx*dx+dy*dy < d.radius*d.radius {
				f(y*width + x)
			}
		}
	}
}
