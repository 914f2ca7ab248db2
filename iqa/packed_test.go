package iqa

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// packedNoise is two pictures that resemble each other.
func packedNoise(w, h int, seed uint64) (ref, cand []uint8) {
	r := rand.New(rand.NewPCG(seed, 1))
	ref, cand = make([]uint8, 3*w*h), make([]uint8, 3*w*h)
	for i := range ref {
		ref[i] = uint8(r.Uint32())
		cand[i] = uint8(min(max(float64(ref[i])+20*r.NormFloat64(), 0), 255))
	}
	return ref, cand
}

func wide(pix []uint8) []uint16 {
	out := make([]uint16, len(pix))
	for i, v := range pix {
		out[i] = 257 * uint16(v)
	}
	return out
}

// channel is a weighted sum of samples as a plane.
func channel(pix []uint8, w, h int, weights [4]int16) Plane {
	p := Plane{w, h, make([]float32, w*h)}
	for i := range p.Pix {
		v := int(weights[0])*int(pix[3*i]) + int(weights[1])*int(pix[3*i+1]) + int(weights[2])*int(pix[3*i+2])
		p.Pix[i] = float32(v) / 1000
	}
	return p
}

func TestPackedPicturesMeasureAsTheirPlanes(t *testing.T) {
	t.Parallel()
	for name, k := range implementations() {
		w := Workspace{buf: new(buffers), kernels: k}
		for _, size := range [][2]int{{11, 11}, {12, 30}, {21, 11}, {tile + 10, 14}, {tile + 11, 15}, {tile + 22, 12}, {2*tile + 44, 20}} {
			width, height := size[0], size[1]
			a, b := packedNoise(width, height, 40)
			for _, c := range []struct {
				name    string
				weights [4]int16
				measure func() (float64, error)
			}{
				{"luma", luma, func() (float64, error) { return w.SSIM8(a, b, width, height) }},
				{"R′", red, func() (float64, error) { v, err := w.SSIMRGB8(a, b, width, height); return v.R, err }},
				{"G′", green, func() (float64, error) { v, err := w.SSIMRGB8(a, b, width, height); return v.G, err }},
				{"B′", blue, func() (float64, error) { v, err := w.SSIMRGB8(a, b, width, height); return v.B, err }},
			} {
				got, err := c.measure()
				want, err2 := w.SSIM(channel(a, width, height, c.weights), channel(b, width, height, c.weights))
				if err != nil || err2 != nil || math.Abs(got-want) > 2e-7 {
					t.Errorf("%s, %v: SSIM of %s is %.9f, %v; of its planes %.9f, %v", name, size, c.name, got, err, want, err2)
				}
			}
		}
	}
}

// TestBitsDoNotMatter demands equal bits of a picture in 8 and 16 bits, of a grey one and its channels, and of the
// combined measure and the single ones.
func TestBitsDoNotMatter(t *testing.T) {
	t.Parallel()
	for name, k := range implementations() {
		w := Workspace{buf: new(buffers), kernels: k}
		for _, size := range [][2]int{{11, 11}, {45, 37}, {tile + 21, 180}} {
			width, height := size[0], size[1]
			a, b := packedNoise(width, height, 41)
			all, err := w.Measure8(a, b, width, height)
			all16, err16 := w.Measure16(wide(a), wide(b), width, height)
			ssim, err1 := w.SSIM8(a, b, width, height)
			psnr, err2 := w.PSNR8(a, b, width, height)
			if err := errors.Join(err, err16, err1, err2); err != nil {
				t.Fatal(err)
			}
			if all.SSIM != all16.SSIM || all.MSSSIM != all16.MSSSIM || math.Abs(float64(all.PSNR.Overall-all16.PSNR.Overall)) > 1e-12 {
				t.Errorf("%s, %v: 8 bits measure %+v, 16 bits %+v", name, size, all, all16)
			}
			msssim, err := w.MSSSIM8(a, b, width, height)
			if ssim != all.SSIM || psnr != all.PSNR || msssim != all.MSSSIM || (err != nil) != (all.MSSSIMErr != nil) {
				t.Errorf("%s, %v: singly %v, %v, %v, %v; together %+v", name, size, ssim, msssim, err, psnr, all)
			}
			for i := range a {
				a[i], b[i] = a[i-i%3], b[i-i%3]
			}
			rgb, err := w.SSIMRGB8(a, b, width, height)
			rgb16, err16 := w.SSIMRGB16(wide(a), wide(b), width, height)
			grey, err1 := w.SSIM8(a, b, width, height)
			if err := errors.Join(err, err16, err1); err != nil {
				t.Fatal(err)
			}
			if rgb.R != grey || rgb.G != grey || rgb.B != grey || math.Abs(rgb.Mean-grey) > 1e-15 || rgb16 != rgb {
				t.Errorf("%s, %v: a grey picture measures %v, its channels %+v, in 16 bits %+v", name, size, grey, rgb, rgb16)
			}
		}
	}
}

func TestMapHoldsTheIndexOfEachWindow(t *testing.T) {
	t.Parallel()
	g := gaussian()
	for name, k := range implementations() {
		w := Workspace{buf: new(buffers), kernels: k}
		m := Map{Index: slices.Repeat([]float32{poison}, 10_000)}
		for _, size := range [][2]int{{tile + 44, 21}, {17, 19}, {11, 11}} {
			width, height := size[0], size[1]
			a, b := packedNoise(width, height, 42)
			mean, err := w.Map8(&m, a, b, width, height)
			if err != nil || m.Width != width-10 || m.Height != height-10 || len(m.Index) != m.Width*m.Height {
				t.Fatalf("%s: map of %v is %d×%d with %d values, %v", name, size, m.Width, m.Height, len(m.Index), err)
			}
			p, q := channel(a, width, height, luma), channel(b, width, height, luma)
			sum := 0.0
			for i, v := range m.Index {
				l, cs := referenceAt(p, q, &g, i/m.Width*width+i%m.Width)
				if math.Abs(float64(v)-l*cs) > 2e-6 {
					t.Fatalf("%s: map of %v at %d is %v, want %v", name, size, i, v, l*cs)
				}
				sum += float64(v)
			}
			if math.Abs(sum/float64(len(m.Index))-mean) > 1e-7 {
				t.Errorf("%s: the map of %v has the mean %v, SSIM is %v", name, size, sum/float64(len(m.Index)), mean)
			}
			before := slices.Clone(m.Index)
			if again, err := w.Map16(&m, wide(a), wide(b), width, height); err != nil || again != mean || !slices.Equal(m.Index, before) {
				t.Errorf("%s: the map of %v in 16 bits differs (mean %v, %v)", name, size, again, err)
			}
		}
	}
}

// TestPackedReadsOnlyItsPicture gives pictures in longer slices, in a workspace that has seen worse.
func TestPackedReadsOnlyItsPicture(t *testing.T) {
	t.Parallel()
	for name, k := range implementations() {
		w := Workspace{buf: new(buffers), kernels: k}
		for _, width := range []int{11, 13, 18, tile + 11} {
			const height = 14
			a, b := packedNoise(width, height, 43)
			want, err := (&Workspace{buf: new(buffers), kernels: k}).SSIM8(a, b, width, height)
			if err != nil {
				t.Fatal(err)
			}
			nan := plane(2*tile, 30, func(int, int) float64 { return 0 })
			for i := range nan.Pix {
				nan.Pix[i] = float32(math.NaN())
			}
			if _, err := w.SSIM(nan, nan); err != nil {
				t.Fatal(err)
			}
			a, b = append(a, slices.Repeat([]uint8{255}, 500)...), append(b, make([]uint8, 500)...)
			if got, err := w.SSIM8(a, b, width, height); err != nil || got != want {
				t.Errorf("%s: SSIM with poison around a picture %d wide = %v, %v; want %v", name, width, got, err, want)
			}
		}
	}
}

func TestPackedRefuses(t *testing.T) {
	t.Parallel()
	var w Workspace
	good := make([]uint8, 3*20*20)
	for _, c := range []struct {
		name          string
		ref, cand     []uint8
		width, height int
		want          error
	}{
		{"short reference", good[:len(good)-1], good, 20, 20, ErrDimensions},
		{"short candidate", good, good[:len(good)-1], 20, 20, ErrDimensions},
		{"no candidate", good, nil, 20, 20, ErrDimensions},
		{"no reference", nil, good, 20, 20, ErrDimensions},
		{"a size that overflows", good, good, 1 << 62, 1 << 62, ErrDimensions},
		{"too narrow", good, good, 10, 20, ErrTooSmall},
		{"negative", good, good, -20, -20, ErrTooSmall},
	} {
		if _, err := w.SSIM8(c.ref, c.cand, c.width, c.height); !errors.Is(err, c.want) {
			t.Errorf("%s: SSIM8 gives %v, want %v", c.name, err, c.want)
		}
		if _, err := w.Measure8(c.ref, c.cand, c.width, c.height); !errors.Is(err, c.want) {
			t.Errorf("%s: Measure8 gives %v, want %v", c.name, err, c.want)
		}
		if _, err := w.SSIMRGB16(wide(c.ref), wide(c.cand), c.width, c.height); !errors.Is(err, c.want) {
			t.Errorf("%s: SSIMRGB16 gives %v, want %v", c.name, err, c.want)
		}
	}
}
