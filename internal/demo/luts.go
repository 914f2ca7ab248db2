package demo

import "github.com/safelight-dev/safelight/cube"

// gridSize is the side of the demo's tables.
const gridSize = 17

// matrix takes encoded RGB to encoded RGB, a row for each output.
type matrix [9]float64

// GoodLUT is the approved look of the house's deliveries: a touch of contrast and of saturation, well within the budget of
// product pictures.
func GoodLUT() (*cube.LUT, error) {
	return cube.FromFunc("Oree house look", gridSize, graded(0.02, approved))
}

// DriftedLUT is the new season's look as it was delivered by mistake: hues turned and saturated for every colour of
// the cube instead of made a little richer, so that every brand colour moves far beyond the palette's limit.
func DriftedLUT() (*cube.LUT, error) {
	return cube.FromFunc("Oree season look", gridSize, graded(0.02, drift))
}

// FixedLUT is the new season's look as it was meant: a little richer than the approved one, and within the budget.
func FixedLUT() (*cube.LUT, error) {
	return cube.FromFunc("Oree season look, corrected", gridSize, graded(0.02, richer))
}

// RegridLUT is a table sampled again at another grid size, as an export from a grading tool does. Where the new grid
// holds the old one (33 of 17), the outputs are the same to within rounding: tetrahedra refine into tetrahedra.
func RegridLUT(l *cube.LUT, size int) (*cube.LUT, error) {
	return cube.FromFunc(l.Title(), size, l.Apply)
}

// contrast bends each component by a share of the cubic step x²(3−2x), which darkens shadows and lightens highlights.
// Products are rounded one by one: the table's numbers must not depend on whether the processor fuses them.
func contrast(share float64) func(r, g, b float64) (float64, float64, float64) {
	bend := func(x float64) float64 {
		step := float64(x*x) * (3 - float64(2*x))
		return x + float64(share*(step-x))
	}
	return func(r, g, b float64) (float64, float64, float64) { return bend(r), bend(g), bend(b) }
}

// graded is contrast followed by a matrix, clipped to 0 to 1.
func graded(share float64, m matrix) func(r, g, b float64) (float64, float64, float64) {
	bend := contrast(share)
	return func(r, g, b float64) (float64, float64, float64) {
		r, g, b = bend(r, g, b)
		row := func(k int) float64 {
			sum := float64(m[k]*r) + float64(m[k+1]*g) + float64(m[k+2]*b)
			return min(max(sum, 0), 1)
		}
		return row(0), row(3), row(6)
	}
}

// drift turns hues by 9°, saturates by 10 % and tints; approved and richer saturate by 0.8 % and 2 % and leave greys as
// they are. Hues turn and saturation grows by the matrices of feColorMatrix in Filter Effects Module Level 1,
// section 9.6, luma weights 0.213, 0.715, 0.072; the tint multiplies the rows after them. A tint, however small, has no
// place in a good look: 8-bit greys would flip by one step in one component, which alone is ΔE00 1.
var (
	drift    = season(sincos9, 1.1, [3]float64{1.02, 1, 0.95})
	approved = season(sincos0, 1.008, [3]float64{1, 1, 1})
	richer   = season(sincos0, 1.02, [3]float64{1, 1, 1})
)

// Sine and cosine as constants: math.Sin may differ in its last bit between processors.
var (
	sincos0 = [2]float64{0, 1}
	sincos9 = [2]float64{0.15643446504023087, 0.9876883405951378}
)

func season(sincos [2]float64, saturation float64, tint [3]float64) matrix {
	const lr, lg, lb = 0.213, 0.715, 0.072
	sin, cos := sincos[0], sincos[1]
	luma := matrix{lr, lg, lb, lr, lg, lb, lr, lg, lb}
	turn := matrix{-lr, -lg, 1 - lb, 0.143, 0.140, -0.283, -(1 - lr), lg, lb}
	var m matrix
	for i := range m {
		unit := 0.0
		if i%4 == 0 {
			unit = 1
		}
		hue := luma[i] + float64(cos*(unit-luma[i])) + float64(sin*turn[i])
		m[i] = float64(tint[i/3] * (luma[i] + float64(saturation*(hue-luma[i]))))
	}
	return m
}
