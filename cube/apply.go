package cube

// Interpolation says how a colour between the points of a 3-D table gets its value.
type Interpolation int

const (
	// Tetrahedral splits each cell into six tetrahedra along its grey diagonal, so that greys depend on greys only. It is what
	// grading tools use. J. Kasson, S. Nin, W. Plouffe and J. Hafner, "Performing color space conversions with
	// three-dimensional linear interpolation", Journal of Electronic Imaging 4(3), 1995.
	Tetrahedral Interpolation = iota
	// Trilinear weighs all eight corners of the cell.
	Trilinear
)

// Apply maps an encoded colour by [Tetrahedral] interpolation. Inputs outside the domain, NaN included, count as its
// edge; outputs are as the table has them and may leave 0 to 1.
func (l *LUT) Apply(r, g, b float64) (float64, float64, float64) {
	out := l.Interpolate([3]float64{r, g, b}, Tetrahedral)
	return out[0], out[1], out[2]
}

// Interpolate is [LUT.Apply] by the given interpolation. Curves (1-D) are linear between their points in either case.
func (l *LUT) Interpolate(rgb [3]float64, how Interpolation) [3]float64 {
	var cell [3]int
	var frac [3]float64
	for c := range 3 {
		cell[c], frac[c] = l.locate(c, rgb[c])
	}
	switch {
	case l.dims == 1:
		return l.curves(cell, frac)
	case how == Trilinear:
		return l.trilinear(cell, frac)
	}
	return l.tetrahedral(cell, frac)
}

// locate returns the cell of input v on the axis of component c and its place in it, 0 to 1.
func (l *LUT) locate(c int, v float64) (cell int, frac float64) {
	low, high := l.min[c], l.max[c]
	if !(v > low) {
		v = low
	}
	v = min(v, high)
	at := float64((v - low) / (high - low) * float64(l.size-1)) // not to be fused: see rowTables
	cell = min(int(at), l.size-2)
	return cell, at - float64(cell)
}

func (l *LUT) curves(cell [3]int, frac [3]float64) (out [3]float64) {
	for c := range 3 {
		low, high := float64(l.table[3*cell[c]+c]), float64(l.table[3*cell[c]+3+c])
		out[c] = float64(low*(1-frac[c])) + float64(high*frac[c])
	}
	return out
}

// strides are the distances in the table between neighbours in red, green and blue.
func (l *LUT) strides() [3]int { return [3]int{3, 3 * l.size, 3 * l.size * l.size} }

func (l *LUT) trilinear(cell [3]int, frac [3]float64) (out [3]float64) {
	stride := l.strides()
	for corner := range 8 {
		weight, at := 1.0, 0
		for c := range 3 {
			if corner>>c&1 == 1 {
				weight *= frac[c]
				at += (cell[c] + 1) * stride[c]
			} else {
				weight *= 1 - frac[c]
				at += cell[c] * stride[c]
			}
		}
		for c := range 3 {
			out[c] += weight * float64(l.table[at+c])
		}
	}
	return out
}

// tetrahedral walks from the cell's lowest corner to its highest, along the axes in falling order of frac; the four
// corners on that path are the tetrahedron, and the steps of frac their weights.
func (l *LUT) tetrahedral(cell [3]int, frac [3]float64) (out [3]float64) {
	stride := l.strides()
	first, second, third := 0, 1, 2
	if frac[first] < frac[second] {
		first, second = second, first
	}
	if frac[second] < frac[third] {
		second, third = third, second
	}
	if frac[first] < frac[second] {
		first, second = second, first
	}
	at := cell[0]*stride[0] + cell[1]*stride[1] + cell[2]*stride[2]
	weight := [4]float64{1 - frac[first], frac[first] - frac[second], frac[second] - frac[third], frac[third]}
	for i, step := range [4]int{0, stride[first], stride[second], stride[third]} {
		at += step
		for c := range 3 {
			out[c] += weight[i] * float64(l.table[at+c])
		}
	}
	return out
}
