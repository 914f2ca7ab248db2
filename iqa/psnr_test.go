package iqa

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

func TestPSNRAgreesWithTheFormula(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(30, 1))
	for name, k := range implementations() {
		w := Workspace{buf: new(buffers), kernels: k}
		for _, size := range [][2]int{{1, 1}, {5, 1}, {16, 1}, {17, 3}, {61, 40}} {
			n := 3 * size[0] * size[1]
			a, b, a16, b16 := make([]uint8, n), make([]uint8, n), make([]uint16, n), make([]uint16, n)
			var sums, sums16 [3]float64
			for i := range a {
				a[i], b[i], a16[i], b16[i] = uint8(r.Uint32()), uint8(r.Uint32()), uint16(r.Uint32()), uint16(r.Uint32())
				d, d16 := float64(a[i])-float64(b[i]), float64(a16[i])-float64(b16[i])
				sums[i%3] += d * d
				sums16[i%3] += d16 * d16
			}
			got, err := w.PSNR8(a, b, size[0], size[1])
			got16, err16 := w.PSNR16(a16, b16, size[0], size[1])
			if err != nil || err16 != nil {
				t.Fatal(err, err16)
			}
			checkPSNR(t, name+" PSNR8", got, sums, 255, float64(n/3))
			checkPSNR(t, name+" PSNR16", got16, sums16, 65535, float64(n/3))
		}
	}
}

func checkPSNR(t *testing.T, name string, got PSNR, sums [3]float64, peak, n float64) {
	t.Helper()
	db := func(sum, n float64) float64 { return 10 * math.Log10(peak*peak/(sum/n)) }
	for i, c := range [][2]float64{
		{float64(got.R), db(sums[0], n)}, {float64(got.G), db(sums[1], n)}, {float64(got.B), db(sums[2], n)},
		{float64(got.Overall), db(sums[0]+sums[1]+sums[2], 3*n)},
	} {
		if math.Abs(c[0]-c[1]) > 1e-9 {
			t.Errorf("%s: figure %d is %v, want %v", name, i, c[0], c[1])
		}
	}
}

func TestPSNRInJSON(t *testing.T) {
	t.Parallel()
	a := []uint8{10, 20, 30, 40, 50, 60}
	b := []uint8{10, 21, 30, 40, 50, 63}
	p, err := new(Workspace).PSNR8(a, b, 2, 1)
	if err != nil || !math.IsInf(float64(p.R), 1) {
		t.Fatalf("PSNR = %+v, %v; want +Inf for the equal channel", p, err)
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back PSNR
	if err := json.Unmarshal(text, &back); err != nil || back != p {
		t.Errorf("%s reads back as %+v, %v; want %+v", text, back, err, p)
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil || members["r"] != "Infinity" {
		t.Errorf("the equal channel is written %v in %s, want \"Infinity\"", members["r"], text)
	}
	for _, bad := range []Decibel{Decibel(math.NaN()), Decibel(math.Inf(-1))} {
		if text, err := json.Marshal(bad); err == nil {
			t.Errorf("%v is written %s, want an error", bad, text)
		}
	}
	for _, bad := range []string{`"NaN"`, `"infinity"`, `null`, `1e999`, `true`, `""`} {
		var d Decibel
		if err := json.Unmarshal([]byte(bad), &d); err == nil {
			t.Errorf("%s is read as %v, want an error", bad, d)
		}
	}
}

func TestPSNRRefuses(t *testing.T) {
	t.Parallel()
	var w Workspace
	if _, err := w.PSNR8(nil, nil, 0, 0); !errors.Is(err, ErrTooSmall) {
		t.Errorf("no pixel: %v, want ErrTooSmall", err)
	}
	if _, err := w.PSNR16(make([]uint16, 12), make([]uint16, 11), 2, 2); !errors.Is(err, ErrDimensions) {
		t.Errorf("a short candidate: %v, want ErrDimensions", err)
	}
	const huge = 1 << 62 // whose square is 0 in 64 bits
	if _, err := w.PSNR8(make([]uint8, 12), make([]uint8, 12), huge, huge); !errors.Is(err, ErrDimensions) {
		t.Errorf("a size that overflows: %v, want ErrDimensions", err)
	}
}
