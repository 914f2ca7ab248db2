package colour

import "sync"

// A cell holds the colours that share the five high bits of R, G and B. Few cells of a picture hold colours near a
// swatch: one look at the cell spares the rest of its pixels the conversion to Lab.
const cellCount = 1 << 15

const (
	cellUnknown = iota
	cellFar     // no colour of the cell is within the radius of a swatch
	cellNear    // one may be
)

// cellBox bounds the Lab of a cell's colours, of 8 and of 16 bits.
type cellBox struct{ low, high Lab }

var cellBoxes = sync.OnceValue(func() *[cellCount]cellBox {
	boxes := new([cellCount]cellBox)
	var low, high [32]float64
	for i := range low {
		low[i] = ToLinear(float64(2048*i) / 65535)
		high[i] = ToLinear(float64(max(2048*i+2047, (8*i+7)*257)) / 65535)
	}
	for cell := range boxes {
		r, g, b := cell>>10, cell>>5&31, cell&31
		boxes[cell] = boxAround([3]float64{low[r], low[g], low[b]}, [3]float64{high[r], high[g], high[b]})
	}
	return boxes
})

// boxAround bounds the Lab of the linear sRGB from low to high. X, Y, Z and with them L* grow with each sample. a* and
// b* are bounded by the mean value theorem: they differ from those of the centre by no more than half the width of each
// sample times the largest slope, and f flattens as it grows.
func boxAround(low, high [3]float64) cellBox {
	const spare = 1e-6 // for rounding
	var middle, half [3]float64
	for i := range low {
		middle[i], half[i] = (low[i]+high[i])/2, (high[i]-low[i])/2
	}
	f := [3]float64{nxyz[0].f(middle), nxyz[1].f(middle), nxyz[2].f(middle)}
	var steep, flat [3]float64
	for i, row := range nxyz {
		steep[i], flat[i] = slopeOfF(row.f(low)), slopeOfF(row.f(high))
	}
	var a, b float64
	for i, h := range half {
		x, y, z := nxyz[0][i], nxyz[1][i], nxyz[2][i]
		a += h * max(steep[0]*x-flat[1]*y, steep[1]*y-flat[0]*x)
		b += h * max(steep[1]*y-flat[2]*z, steep[2]*z-flat[1]*y)
	}
	return cellBox{
		low:  Lab{116*nxyz[1].f(low) - 16 - spare, 500*(f[0]-f[1]-a) - spare, 200*(f[1]-f[2]-b) - spare},
		high: Lab{116*nxyz[1].f(high) - 16 + spare, 500*(f[0]-f[1]+a) + spare, 200*(f[1]-f[2]+b) + spare},
	}
}

// shares are those of linear R, G and B in X, Y or Z relative to white.
type shares [3]float64

var nxyz = [3]shares{{nxr, nxg, nxb}, {yr, yg, yb}, {nzr, nzg, nzb}}

func (s shares) f(rgb [3]float64) float64 { return fastF(s[0]*rgb[0] + s[1]*rgb[1] + s[2]*rgb[2]) }

// slopeOfF is the derivative of f where its value is v.
func slopeOfF(v float64) float64 {
	if v > 6.0/29 {
		return 1 / (3 * v * v)
	}
	return labSlope
}

// near says whether a cell may hold a place of a swatch.
func (d *PaletteDrift) near(cell uint) bool {
	if d.cells[cell] == cellUnknown {
		d.cells[cell] = cellFar
		box := &cellBoxes()[cell]
		for i := range d.swatches {
			if box.distance2(d.swatches[i].Lab) <= d.radius2 {
				d.cells[cell] = cellNear
			}
		}
	}
	return d.cells[cell] == cellNear
}

// distance2 is the square of the distance of p from the box; 0 inside.
func (b *cellBox) distance2(p Lab) float64 {
	l := max(b.low.L-p.L, p.L-b.high.L, 0)
	aa := max(b.low.A-p.A, p.A-b.high.A, 0)
	bb := max(b.low.B-p.B, p.B-b.high.B, 0)
	return l*l + aa*aa + bb*bb
}
