package grade

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestSolve(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 3))
	for _, n := range []int{1, 2, 3, 17, 40} {
		q := newNormal(n)
		want := make([]float64, n)
		for i := range want {
			want[i] = rnd.NormFloat64()
		}
		for range 3 * n { // observations of the solution
			var row [40]float64
			y := 0.0
			for i := range n {
				row[i] = rnd.NormFloat64()
				y += row[i] * want[i]
			}
			for i := range n {
				q.right[i] += row[i] * y
				for j := i; j < n; j++ {
					q.matrix[i*n+j] += row[i] * row[j]
				}
			}
		}
		for i, v := range q.solve() {
			if math.Abs(v-want[i]) > 1e-9 {
				t.Fatalf("n = %d: unknown %d is %v, want %v", n, i, v, want[i])
			}
		}
	}
	q := newNormal(2) // x + y = 2 alone: one direction is left at zero
	q.matrix, q.right = []float64{1, 1, 0, 1}, []float64{2, 2}
	if x := q.solve(); x[0]+x[1] != 2 {
		t.Errorf("an underdetermined system gives %v, want a sum of 2", x)
	}
}

func TestEigenvalues(t *testing.T) {
	t.Parallel()
	// Q·diag(1, 2, 30, 400)·Qᵀ with Q of Householder for v = (1, 1, 1, 1)/2.
	var m [4][4]float64
	for i := range 4 {
		for j := range 4 {
			for k, value := range [4]float64{1, 2, 30, 400} {
				q := func(r int) float64 {
					if r == k {
						return 0.5
					}
					return -0.5
				}
				m[i][j] += q(i) * value * q(j)
			}
		}
	}
	sum, product := 0.0, 1.0
	for _, v := range eigenvalues(m) {
		sum += v
		product *= v
	}
	if math.Abs(sum-433) > 1e-9 || math.Abs(product/24000-1) > 1e-9 {
		t.Errorf("eigenvalues of sum %v and product %v, want 433 and 24000", sum, product)
	}
}

// The slopes of a stack are those that differences show.
func TestDerivatives(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 4))
	s := newStack()
	s.parts = inCurves | matrix | outCurves
	for i := range s.params {
		s.params[i] += 0.03 * rnd.NormFloat64()
	}
	const h = 1e-6
	var d [3]derivative
	for range 200 {
		in := [3]float64{0.05 + 0.9*rnd.Float64(), 0.05 + 0.9*rnd.Float64(), 0.05 + 0.9*rnd.Float64()}
		s.derive(in, &d)
		for c, out := range s.apply(in) {
			if math.Abs(out-d[c].value) > 1e-12 {
				t.Fatalf("derive gives %v, apply %v", d[c].value, out)
			}
			for i := range d[c].n {
				up, down := *s, *s
				up.params[d[c].index[i]] += h
				down.params[d[c].index[i]] -= h
				slope := (up.apply(in)[c] - down.apply(in)[c]) / (2 * h)
				// Ramps bend at their points, where the two sides of a difference disagree by their curvature.
				if math.Abs(slope-d[c].slope[i]) > 0.02*(1+math.Abs(slope)) {
					t.Fatalf("component %d by parameter %d: slope %v, differences show %v", c, d[c].index[i], d[c].slope[i], slope)
				}
			}
		}
	}
}

func TestRamp(t *testing.T) {
	t.Parallel()
	for i := range 100_000 {
		x := float64(i) / 99_999
		if y, _ := sRGB().encoded.at(x); math.Abs(y-encodedExactly(x)) > 3e-5 {
			t.Fatalf("encoding %v gives %v, want %v", x, y, encodedExactly(x))
		}
	}
	low, slope := sRGB().linear.at(-1)
	if math.Abs(low+1/12.92) > 1e-9 || math.Abs(slope-1/12.92) > 1e-9 {
		t.Errorf("below black the line is %v with slope %v, want the toe's", low, slope)
	}
}

func encodedExactly(v float64) float64 {
	if v <= 0.0031308 {
		return 12.92 * v
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}

// Published matrices: Display P3 to sRGB as in CSS Color 4, Adobe RGB (1998) to XYZ as in its specification, 4.3.5.3.
func TestPrimaries(t *testing.T) {
	t.Parallel()
	near := func(name string, got, want matrix3, tolerance float64) {
		for i := range 3 {
			for j := range 3 {
				if math.Abs(got[i][j]-want[i][j]) > tolerance {
					t.Errorf("%s: %v, want %v", name, got, want)
					return
				}
			}
		}
	}
	srgb := space{xy: [4][2]float64{{0.64, 0.33}, {0.30, 0.60}, {0.15, 0.06}, d65}}
	all := spaces()
	near("Display P3 to sRGB", srgb.toXYZ().inverse().after(all[0].toXYZ()),
		matrix3{{1.22494, -0.22494, 0}, {-0.04206, 1.04206, 0}, {-0.01964, -0.07864, 1.09827}}, 2e-4)
	near("Adobe RGB to XYZ", all[1].toXYZ(), matrix3{{0.57667, 0.18556, 0.18823}, {0.29734, 0.62736, 0.07529}, {0.02703, 0.07069, 0.99134}}, 3e-4)
	for _, s := range all {
		if white := s.toXYZ().times([3]float64{1, 1, 1}); math.Abs(white[0]-fromXY(d65)[0]) > 1e-6 || math.Abs(white[1]-1) > 1e-6 || math.Abs(white[2]-fromXY(d65)[2]) > 1e-6 {
			t.Errorf("%s: white is %v, want D65", s.name, white)
		}
	}
}

// Mistakes that come in pairs undo each other.
func TestKnownTransformsInPairs(t *testing.T) {
	t.Parallel()
	byName := map[string]known{}
	for _, k := range fixed() {
		byName[k.Name] = k
	}
	for _, pair := range [][2]string{
		{"inverted", "inverted"}, {"full-range-read-as-limited", "limited-range-read-as-full"}, {"encoding-left-out", "encoded-twice"},
		{"bt601-read-as-bt709", "bt709-read-as-bt601"}, {"red-and-blue-swapped", "red-and-blue-swapped"},
		{"channels-rotated-gbr", "channels-rotated-brg"}, {"display-p3-read-as-srgb", "srgb-read-as-display-p3"},
		{"adobe-rgb-read-as-srgb", "srgb-read-as-adobe-rgb"}, {"prophoto-rgb-read-as-srgb", "srgb-read-as-prophoto-rgb"},
		{"bt2020-read-as-srgb", "srgb-read-as-bt2020"},
	} {
		in := [3]float64{0.3, 0.5, 0.6}
		once := byName[pair[0]].f(in)
		for c, v := range byName[pair[1]].f(once) {
			if math.Abs(v-in[c]) > 1e-3 {
				t.Errorf("%s after %s makes %v of %v", pair[1], pair[0], byName[pair[1]].f(once), in)
				break
			}
		}
	}
}

// A table takes over what a few cells say near them, and falls back to its base far away.
func TestTableFallsBackToItsBase(t *testing.T) {
	t.Parallel()
	var cells []cell
	for i := range 50 {
		in := [3]float64{0.7 + 0.002*float64(i%10), 0.2, 0.2 + 0.001*float64(i/10)}
		cells = append(cells, cell{in: in, out: [3]float64{in[0] - 0.1, in[1] + 0.05, in[2]}, weight: 100, fold: uint8(i % folds)})
	}
	f := fitTable(everywhere(identity{}, 0), cells)
	if out := f.full.apply([3]float64{0.71, 0.2, 0.202}); math.Abs(out[0]-0.61) > 0.005 || math.Abs(out[1]-0.25) > 0.005 || math.Abs(out[2]-0.202) > 0.005 {
		t.Errorf("where the data are the table gives %v, want 0.61, 0.25, 0.202", out)
	}
	if out := f.full.apply([3]float64{0.1, 0.9, 0.9}); math.Abs(out[0]-0.1) > 0.01 || math.Abs(out[1]-0.9) > 0.01 || math.Abs(out[2]-0.9) > 0.01 {
		t.Errorf("far from the data the table gives %v, want no change", out)
	}
}
