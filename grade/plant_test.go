package grade

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/safelight-dev/safelight/cube"
	"github.com/safelight-dev/safelight/pixels"
)

// picture is packed 8-bit sRGB.
type picture struct {
	width, height int
	pix           []uint8
}

func newPicture(width, height int) picture {
	return picture{width, height, make([]uint8, 3*width*height)}
}

func (p picture) at(x, y int) []uint8 { i := 3 * (y*p.width + x); return p.pix[i : i+3 : i+3] }

func (p picture) clone() picture {
	q := newPicture(p.width, p.height)
	copy(q.pix, p.pix)
	return q
}

func clamp8(v float64) uint8 { return uint8(min(max(v, 0), 255) + 0.5) }

// mapped applies a function of encoded components to every pixel.
func (p picture) mapped(f func([3]float64) [3]float64) picture {
	q := newPicture(p.width, p.height)
	for i := 0; i < len(p.pix); i += 3 {
		out := f([3]float64{float64(p.pix[i]) / 255, float64(p.pix[i+1]) / 255, float64(p.pix[i+2]) / 255})
		for c := range 3 {
			q.pix[i+c] = clamp8(255 * out[c])
		}
	}
	return q
}

func (p picture) looked(l *cube.LUT) picture {
	q := p.clone()
	l.ApplyRow8(q.pix, q.pix)
	return q
}

// coded goes through a JPEG file.
func (p picture) coded(t testing.TB, quality int) picture {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, p.width, p.height))
	for y := range p.height {
		for x := range p.width {
			copy(m.Pix[m.PixOffset(x, y):], p.at(x, y))
			m.Pix[m.PixOffset(x, y)+3] = 255
		}
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	back, err := pixels.DecodeBytes(file.Bytes(), pixels.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return picture{back.Width, back.Height, back.RGB8}
}

// scene is a generated picture with what photographs have: skies of slow gradients, areas of many hues with texture, hard
// edges, fine detail, greys, and a few clipped lights.
func scene(seed uint64, width, height int) picture {
	rnd := rand.New(rand.NewPCG(seed, 41))
	p := newPicture(width, height)
	tone := func() [3]float64 { return [3]float64{rnd.Float64(), rnd.Float64(), rnd.Float64()} }
	top, bottom := tone(), tone()
	for y := range height {
		for x := range width {
			v := float64(y) / float64(height)
			for c := range 3 {
				p.at(x, y)[c] = clamp8(255*(top[c]*(1-v)+bottom[c]*v) + 3*rnd.NormFloat64())
			}
		}
	}
	for range 60 {
		p.blob(rnd, tone())
	}
	return p
}

// blob draws a shaded, textured ellipse.
func (p picture) blob(rnd *rand.Rand, tone [3]float64) {
	cx, cy := rnd.Float64()*float64(p.width), rnd.Float64()*float64(p.height)
	rx, ry := (0.03+0.15*rnd.Float64())*float64(p.width), (0.03+0.15*rnd.Float64())*float64(p.height)
	texture, period := 25*rnd.Float64()*rnd.Float64(), 2+10*rnd.Float64()
	light := 0.4 + 1.1*rnd.Float64()
	for y := range p.height {
		for x := range p.width {
			dx, dy := (float64(x)-cx)/rx, (float64(y)-cy)/ry
			if d := dx*dx + dy*dy; d < 1 {
				shade := light * (1 - 0.6*d)
				wave := texture * (math.Sin(float64(x)/period) + math.Sin(float64(y)/period+1) + rnd.NormFloat64())
				for c := range 3 {
					p.at(x, y)[c] = clamp8(255*tone[c]*shade + wave)
				}
			}
		}
	}
}

// diagnose fits one pair.
func diagnose(t testing.TB, ref, cand picture) Fit {
	t.Helper()
	a := NewAccumulator()
	add(t, a, ref, cand)
	return a.Fit()
}

func add(t testing.TB, a *Accumulator, ref, cand picture) {
	t.Helper()
	if err := a.Begin(ref.width, ref.height); err != nil {
		t.Fatal(err)
	}
	n := 3 * ref.width
	for y := range ref.height {
		a.AddRow8(y, ref.pix[n*y:n*y+n], cand.pix[n*y:n*y+n])
	}
}

// plant is a deviation, and what the diagnosis must call it.
type plant struct {
	name    string
	make    func(p picture, rnd *rand.Rand) picture
	verdict Verdict
	kind    Kind   // empty: any
	named   string // empty: any
}

func colours(name string, kind Kind, named string, f func([3]float64) [3]float64) plant {
	return plant{name, func(p picture, _ *rand.Rand) picture { return p.mapped(f) }, Global, kind, named}
}

func places(name string, f func(p picture, rnd *rand.Rand) picture, v Verdict) plant {
	return plant{name, f, v, "", ""}
}

// look is a smooth film look: crossed curves, a hue twist and a saturation that depends on brightness.
func look(seed uint64) func([3]float64) [3]float64 {
	rnd := rand.New(rand.NewPCG(seed, 43))
	var lift, gain, twist [3]float64
	for c := range 3 {
		lift[c], gain[c], twist[c] = 0.06*rnd.Float64(), 0.8+0.35*rnd.Float64(), 0.5*rnd.NormFloat64()
	}
	return func(in [3]float64) [3]float64 {
		y := dot(bt601, in)
		var out [3]float64
		for c := range 3 {
			v := y + (in[c]-y)*(1.35-0.6*y)
			v += twist[c] * (in[(c+1)%3] - y) * (in[(c+2)%3] - y)
			v = v + 0.25*v*(1-v)*(2*v-1)*2
			out[c] = min(max(lift[c]+gain[c]*v, 0), 1)
		}
		return out
	}
}

func globals() []plant {
	find := func(name string) func([3]float64) [3]float64 {
		for _, k := range fixed() {
			if k.Name == name {
				return k.f
			}
		}
		return nil
	}
	var all []plant
	for _, name := range []string{"display-p3-read-as-srgb", "srgb-read-as-display-p3", "adobe-rgb-read-as-srgb", "srgb-read-as-adobe-rgb",
		"prophoto-rgb-read-as-srgb", "bt2020-read-as-srgb", "red-and-blue-swapped", "inverted", "limited-range-read-as-full",
		"full-range-read-as-limited", "monochrome-bt709", "bt601-read-as-bt709", "encoding-left-out", "encoded-twice"} {
		all = append(all, colours(name, "", name, find(name)))
	}
	return append(all,
		colours("gamma 1.8/2.2", Gamma, "gamma-1.8-read-as-2.2", each(func(v float64) float64 { return power(v, 2.2/1.8) })),
		colours("gamma 2.2/2.4", Gamma, "gamma-2.2-read-as-2.4", each(func(v float64) float64 { return power(v, 2.4/2.2) })),
		colours("gamma 2.2/1.8", Gamma, "gamma-2.2-read-as-1.8", each(func(v float64) float64 { return power(v, 1.8/2.2) })),
		colours("exposure", Exposure, "", scale([3]float64{0.7, 0.7, 0.7})),
		colours("white balance", WhiteBalance, "", scale([3]float64{1.1, 1, 0.75})),
		colours("desaturation", Saturation, "saturation", mix(bt601, 0.5)),
		colours("contrast curve", ToneCurve, "", each(func(v float64) float64 { return v + 0.35*v*(1-v)*(2*v-1)*2 })),
		colours("crossed curves", ChannelCurves, "", func(in [3]float64) [3]float64 {
			return [3]float64{in[0] + 0.3*in[0]*(1-in[0]), in[1] + 0.3*in[1]*(1-in[1])*(2*in[1]-1), in[2] - 0.3*in[2]*(1-in[2])}
		}),
		colours("film look 1", "", "", look(1)),
		colours("film look 2", "", "", look(2)),
	)
}

func box(p picture, rnd *rand.Rand, share float64) image.Rectangle {
	w, h := int(share*float64(p.width)), int(share*float64(p.height))
	x, y := rnd.IntN(p.width-w), rnd.IntN(p.height-h)
	return image.Rect(x, y, x+w, y+h)
}

func (p picture) within(r image.Rectangle, f func(s []uint8, x, y int)) picture {
	q := p.clone()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			f(q.at(x, y), x, y)
		}
	}
	return q
}

func patch(p picture, rnd *rand.Rand) picture {
	return p.within(box(p, rnd, 0.12), func(s []uint8, _, _ int) { copy(s, []uint8{128, 128, 128}) })
}

func tinted(p picture, rnd *rand.Rand) picture {
	return p.within(box(p, rnd, 0.2), func(s []uint8, _, _ int) {
		s[0], s[2] = clamp8(float64(s[0])*1.25+20), clamp8(float64(s[2])*0.7)
	})
}

// logo paints a logo of one colour into a picture.
func logo(p picture, r image.Rectangle, rgb [3]uint8) picture {
	return p.within(r, func(s []uint8, x, y int) {
		if (x-r.Min.X)%16 < 12 && (y-r.Min.Y)%20 < 14 {
			copy(s, rgb[:])
		}
	})
}

func shifted(dx, dy int) func(picture, *rand.Rand) picture {
	return func(p picture, _ *rand.Rand) picture {
		q := newPicture(p.width, p.height)
		for y := range p.height {
			for x := range p.width {
				copy(q.at(x, y), p.at(min(max(x+dx, 0), p.width-1), min(max(y+dy, 0), p.height-1)))
			}
		}
		return q
	}
}

// placed takes each pixel from another place.
func placed(from func(width, height, x, y int) (int, int)) func(picture, *rand.Rand) picture {
	return func(p picture, _ *rand.Rand) picture {
		q := newPicture(p.width, p.height)
		for y := range p.height {
			for x := range p.width {
				copy(q.at(x, y), p.at(from(p.width, p.height, x, y)))
			}
		}
		return q
	}
}

// enlarged crops a share of each side and scales what is left to the picture's size, bilinearly.
func enlarged(share float64) func(picture, *rand.Rand) picture {
	source := func(i, n int) (int, float64) {
		at := (float64(i)+0.5)*(1-2*share) + share*float64(n) - 0.5
		low := min(max(int(at), 0), n-2)
		return low, at - float64(low)
	}
	return func(p picture, _ *rand.Rand) picture {
		q := newPicture(p.width, p.height)
		for y := range p.height {
			y0, v := source(y, p.height)
			for x := range p.width {
				x0, u := source(x, p.width)
				for c := range 3 {
					top := (1-u)*float64(p.at(x0, y0)[c]) + u*float64(p.at(x0+1, y0)[c])
					bottom := (1-u)*float64(p.at(x0, y0+1)[c]) + u*float64(p.at(x0+1, y0+1)[c])
					q.at(x, y)[c] = clamp8((1-v)*top + v*bottom)
				}
			}
		}
		return q
	}
}

func banded(p picture, _ *rand.Rand) picture {
	return p.mapped(each(func(v float64) float64 { return math.Floor(v*6+0.5) / 6 }))
}

// skyBanded quantises coarsely in one place.
func skyBanded(p picture, rnd *rand.Rand) picture {
	return p.within(box(p, rnd, 0.3), func(s []uint8, _, _ int) {
		for c := range 3 {
			s[c] = clamp8(math.Floor(float64(s[c])/255*5+0.5) / 5 * 255)
		}
	})
}

// blocky adds an error to each 8×8 block: what a broken decoder does.
func blocky(p picture, rnd *rand.Rand) picture {
	q := p.clone()
	for by := 0; by < p.height; by += 8 {
		for bx := 0; bx < p.width; bx += 8 {
			var e [3]float64
			for c := range 3 {
				e[c] = 14 * rnd.NormFloat64()
			}
			for y := by; y < min(by+8, p.height); y++ {
				for x := bx; x < min(bx+8, p.width); x++ {
					for c := range 3 {
						q.at(x, y)[c] = clamp8(float64(q.at(x, y)[c]) + e[c])
					}
				}
			}
		}
	}
	return q
}

// lostStrip repeats a line over a strip: a decoder that lost its place.
func lostStrip(p picture, rnd *rand.Rand) picture {
	y0 := rnd.IntN(p.height * 7 / 8)
	return p.within(image.Rect(0, y0, p.width, y0+p.height/10), func(s []uint8, x, _ int) { copy(s, p.at(x, y0)) })
}

func blurred(p picture, _ *rand.Rand) picture {
	q := p.clone()
	for y := 1; y < p.height-1; y++ {
		for x := 1; x < p.width-1; x++ {
			for c := range 3 {
				sum := 0
				for dy := -1; dy <= 1; dy++ {
					for dx := -1; dx <= 1; dx++ {
						sum += int(p.at(x+dx, y+dy)[c])
					}
				}
				q.at(x, y)[c] = uint8((sum + 4) / 9)
			}
		}
	}
	return q
}

func noisy(sigma float64) func(picture, *rand.Rand) picture {
	return func(p picture, rnd *rand.Rand) picture {
		q := p.clone()
		for i := range q.pix {
			q.pix[i] = clamp8(float64(q.pix[i]) + sigma*rnd.NormFloat64())
		}
		return q
	}
}

func locals() []plant {
	return []plant{
		places("nothing", func(p picture, _ *rand.Rand) picture { return p.clone() }, Noise),
		places("noise", noisy(4), Noise),
		places("grey patch", patch, Local),
		places("tinted region", tinted, Local),
		places("lost strip", lostStrip, Local),
		places("banding in a region", skyBanded, ""),
		places("banding", banded, ""),
		places("block errors", blocky, ""),
		places("crop shift 1", shifted(1, 0), Content),
		places("crop shift 3,2", shifted(3, 2), Content),
		places("crop shift 12", shifted(12, 9), Content),
		places("blur", blurred, ""),
		places("blur wide", func(p picture, rnd *rand.Rand) picture { return blurred(blurred(blurred(p, rnd), rnd), rnd) }, ""),
		places("noise, much", noisy(25), ""),
		places("shift down", shifted(0, 1), Content),
		places("shift 16", shifted(16, 0), Content),
		places("mirrored", placed(func(w, _, x, y int) (int, int) { return w - 1 - x, y }), Content),
		places("upside down", placed(func(_, h, x, y int) (int, int) { return x, h - 1 - y }), Content),
		places("turned", placed(func(w, h, x, y int) (int, int) { return w - 1 - x, h - 1 - y }), Content),
		places("cropped and scaled a little", enlarged(0.01), Content),
		places("cropped and scaled", enlarged(0.08), Content),
		places("look and shift 1", func(p picture, rnd *rand.Rand) picture { return shifted(1, 0)(p.mapped(look(1)), rnd) }, Content),
		places("look and shift 3", func(p picture, rnd *rand.Rand) picture { return shifted(3, 0)(p.mapped(look(1)), rnd) }, Content),
		{"look and patch", func(p picture, rnd *rand.Rand) picture { return patch(p.mapped(look(1)), rnd) }, Mixed, "", ""},
		{"primaries and strip", func(p picture, rnd *rand.Rand) picture {
			return lostStrip(p.mapped(wrongSpaces()[0].f), rnd)
		}, Mixed, "", ""},
	}
}
