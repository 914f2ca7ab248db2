package iqa

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// referenceMS is MS-SSIM written plainly: planes halved one after the other, each measured by reference.
func referenceMS(ref, cand Plane) float64 {
	product := 1.0
	for i, exponent := range []float64{0.0448, 0.2856, 0.3001, 0.2363, 0.1333} {
		full, second := reference(ref, cand)
		if i == 4 {
			second = full
		}
		product *= math.Pow(max(second, 0), exponent)
		ref, cand = halved(ref), halved(cand)
	}
	return product
}

// halved is the mean of 2×2 pixels, an odd last row or column counting twice.
func halved(p Plane) Plane {
	w, h := (p.Width+1)/2, (p.Height+1)/2
	at := func(x, y int) float64 { return float64(p.Pix[min(y, p.Height-1)*p.Width+min(x, p.Width-1)]) }
	q := Plane{w, h, make([]float32, w*h)}
	for i := range q.Pix {
		x, y := 2*(i%w), 2*(i/w)
		q.Pix[i] = float32((at(x, y) + at(x+1, y) + at(x, y+1) + at(x+1, y+1)) / 4)
	}
	return q
}

func TestMSSSIMAgreesWithTheDefinition(t *testing.T) {
	t.Parallel()
	a, b := textures(20), textures(21)
	for _, c := range []struct {
		w, h     int
		ref, can func(x, y int) float64
	}{
		{176, 176, a["noise on grey"], b["noise on grey"]},
		{177, 179, a["gradient right"], b["fractions"]},
		{tile + 29, 181, a["step"], func(x, y int) float64 { return 200 * float64(x/9%2) }},
		{190, 189, a["noise"], b["noise"]},
		{184, 176, a["white"], b["almost white"]},
	} {
		p, q := plane(c.w, c.h, c.ref), plane(c.w, c.h, c.can)
		want := referenceMS(p, q)
		for name, k := range implementations() {
			w := Workspace{buf: new(buffers), kernels: k}
			if got, err := w.MSSSIM(p, q); err != nil || math.Abs(got-want) > tolerance {
				t.Errorf("%s, %d×%d: MS-SSIM = %.9f, %v; the definition gives %.9f", name, c.w, c.h, got, err, want)
			}
		}
	}
}

func TestMSSSIMLaws(t *testing.T) {
	t.Parallel()
	const width, height = tile + 53, 181
	r := rand.New(rand.NewPCG(22, 1))
	ref, noise := make([]uint8, 3*width*height), make([]float64, 3*width*height)
	for i := range ref {
		x, y := i/3%width, i/3/width
		ref[i] = uint8(90 + x/3 + 20*((x/8+y/8)%2))
		noise[i] = r.NormFloat64()
	}
	var w Workspace
	last := 1.0
	if got, err := w.MSSSIM8(ref, append([]uint8(nil), ref...), width, height); err != nil || got != 1 {
		t.Errorf("MS-SSIM of a copy = %v, %v; want exactly 1", got, err)
	}
	for amplitude := 1.0; amplitude <= 64; amplitude *= 2 {
		cand := make([]uint8, len(ref))
		for i, v := range ref {
			cand[i] = uint8(min(max(float64(v)+amplitude*noise[i], 0), 255))
		}
		got, err := w.MSSSIM8(ref, cand, width, height)
		back, err2 := w.MSSSIM8(cand, ref, width, height)
		if err != nil || err2 != nil || got != back {
			t.Errorf("MS-SSIM = %v and the other way round %v (%v, %v)", got, back, err, err2)
		}
		if got >= last {
			t.Errorf("noise of %v gives MS-SSIM %v, half of it gave %v", amplitude, got, last)
		}
		last = got
	}
}

func TestMSSSIMOfOppositePicturesIsZeroAndNotNaN(t *testing.T) {
	t.Parallel()
	p := plane(176, 176, textures(23)["noise"])
	q := plane(176, 176, func(x, y int) float64 { return 255 - float64(p.Pix[y*176+x]) })
	if got, err := new(Workspace).MSSSIM(p, q); err != nil || got != 0 {
		t.Errorf("MS-SSIM of a negative = %v, %v; want 0", got, err)
	}
}

func TestMSSSIMRefusesWhatHasNoFiveScales(t *testing.T) {
	t.Parallel()
	var w Workspace
	for _, size := range [][2]int{{175, 300}, {300, 175}, {11, 11}, {0, 0}, {-176, -176}} {
		n := max(0, size[0]*size[1])
		_, err := w.MSSSIM8(make([]uint8, 3*n), make([]uint8, 3*n), size[0], size[1])
		if !errors.Is(err, ErrTooSmall) || !strings.Contains(err.Error(), "176×176 are needed") {
			t.Errorf("MS-SSIM of %v says %v; want ErrTooSmall, and that 176×176 are needed", size, err)
		}
	}
	if _, err := w.MSSSIM8(make([]uint8, 3*200*200-1), make([]uint8, 3*200*200), 200, 200); !errors.Is(err, ErrDimensions) {
		t.Errorf("a short reference gives %v, want ErrDimensions", err)
	}
}
