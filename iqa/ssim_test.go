package iqa

import (
	"errors"
	"math/rand/v2"
	"testing"
)

func TestSSIMOfEqualPlanesIsExactlyOne(t *testing.T) {
	t.Parallel()
	for name, f := range textures(3) {
		p := plane(61, 47, f)
		q := Plane{p.Width, p.Height, append([]float32(nil), p.Pix...)}
		if got, err := SSIM(p, q); err != nil || got != 1 {
			t.Errorf("SSIM(%s, its copy) = %.17g, %v; want exactly 1", name, got, err)
		}
	}
}

func TestSSIMIsSymmetricAndBelowOne(t *testing.T) {
	t.Parallel()
	for an, a := range textures(4) {
		for bn, b := range textures(5) {
			p, q := plane(40, 30, a), plane(40, 30, b)
			pq, err1 := SSIM(p, q)
			qp, err2 := SSIM(q, p)
			if err1 != nil || err2 != nil || pq != qp {
				t.Errorf("SSIM(%s, %s) = %v and the other way round %v (%v, %v)", an, bn, pq, qp, err1, err2)
			}
			if pq > 1 || pq < -1 {
				t.Errorf("SSIM(%s, %s) = %v, outside -1..1", an, bn, pq)
			}
		}
	}
}

func TestMoreNoiseIsNeverBetter(t *testing.T) {
	t.Parallel()
	const w, h = 96, 80
	r := rand.New(rand.NewPCG(6, 1))
	noise := make([]float64, w*h)
	for i := range noise {
		noise[i] = r.NormFloat64()
	}
	base := func(x, y int) float64 { return 90 + 0.6*float64(x) + 20*float64((x/8+y/8)%2) }
	p := plane(w, h, base)
	last := 1.0
	for amplitude := 0.5; amplitude <= 32; amplitude *= 2 {
		q := plane(w, h, func(x, y int) float64 { return base(x, y) + amplitude*noise[y*w+x] })
		got, err := SSIM(p, q)
		if err != nil || got >= last {
			t.Errorf("noise of %v gives SSIM %v, %v; half of it gave %v", amplitude, got, err, last)
		}
		last = got
	}
}

// TestSSIMReadsOnlyItsPlane gives planes that are the front part of longer slices full of poison.
func TestSSIMReadsOnlyItsPlane(t *testing.T) {
	t.Parallel()
	p, q := plane(20, 20, textures(7)["noise"]), plane(20, 20, textures(8)["noise"])
	want, err := SSIM(p, q)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		p.Pix, q.Pix = append(p.Pix, 1e30), append(q.Pix, -1e30)
	}
	if got, err := SSIM(p, q); err != nil || got != want {
		t.Errorf("SSIM with poison behind the planes = %v, %v; want %v", got, err, want)
	}
}

func TestSSIMRefuses(t *testing.T) {
	t.Parallel()
	grey := func(int, int) float64 { return 128 }
	short := plane(20, 20, grey)
	short.Pix = short.Pix[:399]
	for _, c := range []struct {
		name      string
		ref, cand Plane
		want      error
	}{
		{"other width", plane(20, 20, grey), plane(21, 20, grey), ErrDimensions},
		{"other height", plane(20, 20, grey), plane(20, 19, grey), ErrDimensions},
		{"same area", plane(20, 30, grey), plane(30, 20, grey), ErrDimensions},
		{"too narrow", plane(10, 50, grey), plane(10, 50, grey), ErrTooSmall},
		{"too low", plane(50, 10, grey), plane(50, 10, grey), ErrTooSmall},
		{"empty", Plane{}, Plane{}, ErrTooSmall},
		{"negative", Plane{Width: -20, Height: -20}, Plane{Width: -20, Height: -20}, ErrTooSmall},
		{"reference without its values", short, plane(20, 20, grey), ErrDimensions},
		{"candidate without its values", plane(20, 20, grey), short, ErrDimensions},
	} {
		if got, err := SSIM(c.ref, c.cand); !errors.Is(err, c.want) {
			t.Errorf("%s: SSIM = %v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

func TestWorkspaceAllocatesNothingInTheSteadyState(t *testing.T) {
	large, small := plane(64, 40, textures(9)["noise"]), plane(33, 60, textures(9)["step"])
	a, b := packedNoise(200, 180, 9)
	a16, b16 := wide(a), wide(b)
	var w Workspace
	var m Map
	measure := func() {
		_, err := w.SSIM(large, large)
		_, err2 := w.SSIM(small, small)
		_, err3 := w.Map8(&m, a, b, 200, 180)
		_, err4 := w.SSIMRGB8(a, b, 100, 180)
		_, err5 := w.Measure8(a, b, 180, 200)
		_, err6 := w.Measure16(a16, b16, 200, 180)
		if err := errors.Join(err, err2, err3, err4, err5, err6); err != nil {
			t.Error(err)
		}
	}
	measure()
	if n := testing.AllocsPerRun(5, measure); n != 0 {
		t.Errorf("a reused Workspace allocates %v times a measurement, want 0", n)
	}
}
