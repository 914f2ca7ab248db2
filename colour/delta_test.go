package colour

import (
	"encoding/csv"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// sharma reads the published pairs: L1, a1, b1, L2, a2, b2, ΔE00.
func sharma(t *testing.T) [][7]float64 {
	t.Helper()
	f, err := os.Open("testdata/sharma2005.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	r.FieldsPerRecord = 7
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := make([][7]float64, len(records))
	for i, record := range records {
		for j, field := range record {
			if rows[i][j], err = strconv.ParseFloat(field, 64); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(rows) != 34 {
		t.Fatalf("%d published pairs, want 34", len(rows))
	}
	return rows
}

func TestDeltaE2000Published(t *testing.T) {
	t.Parallel()
	for i, v := range sharma(t) {
		p, q, want := Lab{v[0], v[1], v[2]}, Lab{v[3], v[4], v[5]}, v[6]
		if got := DeltaE2000(p, q); math.Abs(got-want) > 0.5e-4 {
			t.Errorf("pair %d: DeltaE2000(%v, %v) = %.5f, want %.4f", i+1, p, q, got, want)
		}
		if got := DeltaE2000(q, p); math.Abs(got-want) > 0.5e-4 {
			t.Errorf("pair %d reversed: DeltaE2000(%v, %v) = %.5f, want %.4f", i+1, q, p, got, want)
		}
		if got := fastDelta(p, q); math.Abs(got-want) > 0.5e-4 {
			t.Errorf("pair %d: the row kernel gives %.5f, want %.4f", i+1, got, want)
		}
		if got := fastDelta(q, p); math.Abs(got-want) > 0.5e-4 {
			t.Errorf("pair %d reversed: the row kernel gives %.5f, want %.4f", i+1, got, want)
		}
	}
}

// fastDelta is ΔE00 of the kernels.
func fastDelta(p, q Lab) float64 {
	fast := func(p Lab) fastLab {
		return fastLab{float32((p.L + 16) / lightUnit), float32(p.A), float32(p.B)}
	}
	return float64(deltaE(fast(p), fast(q)))
}

func randomLab(r *rand.Rand) Lab {
	return Lab{100 * r.Float64(), 256*r.Float64() - 128, 256*r.Float64() - 128}
}

func TestDeltaE2000Laws(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		p, q := randomLab(r), randomLab(r)
		d := DeltaE2000(p, q)
		if back := DeltaE2000(q, p); back != d {
			t.Fatalf("DeltaE2000(%v, %v) = %v, but %v the other way round", p, q, d, back)
		}
		if !(d > 0) || math.IsInf(d, 0) {
			t.Fatalf("DeltaE2000(%v, %v) = %v, want a positive number", p, q, d)
		}
		if same := DeltaE2000(p, p); same != 0 {
			t.Fatalf("DeltaE2000(%v, itself) = %v, want exactly 0", p, same)
		}
	}
}

// The row kernel computes without angles what the reference computes with them.
func TestKernelAgreesOnLab(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 300_000 {
		p, q := randomLab(r), randomLab(r)
		switch r.IntN(4) {
		case 0: // near
			q = Lab{p.L + r.NormFloat64(), p.A + r.NormFloat64(), p.B + r.NormFloat64()}
		case 1: // nearly opposite hues
			k := -r.Float64() * 2
			q.A, q.B = p.A*k+r.NormFloat64()*1e-4, p.B*k+r.NormFloat64()*1e-4
		case 2: // nearly neutral
			q.A, q.B = r.NormFloat64()*1e-3, r.NormFloat64()*1e-3
		}
		want, got := DeltaE2000(p, q), fastDelta(p, q)
		if !(math.Abs(got-want) <= 5e-5+5e-7*want) && !oppositeHues(p, q) {
			t.Fatalf("the row kernel gives %.9f for %v and %v, want %.9f", got, p, q, want)
		}
	}
}

// Exactly opposite hues and neutral colours are where the cases of equation (14) meet.
func TestKernelAtTheSeams(t *testing.T) {
	t.Parallel()
	for _, p := range []Lab{{50, 40, 0}, {50, -40, 0}, {50, 0, 40}, {50, 0, -40}, {50, 20, -30}, {50, -20, 30}, {50, -0.3, -0.7}, {50, 0, 0}} {
		for _, k := range []float64{-1, -0.5, -2, 0, 1, 2} {
			q := Lab{60, k * p.A, k * p.B}
			want := DeltaE2000(p, q)
			if got := fastDelta(p, q); math.Abs(got-want) > 1e-5 {
				t.Errorf("the row kernel gives %.9f for %v and %v, want %.9f", got, p, q, want)
			}
			if got := fastDelta(q, p); math.Abs(got-want) > 1e-5 {
				t.Errorf("the row kernel gives %.9f for %v and %v, want %.9f", got, q, p, want)
			}
		}
	}
}
