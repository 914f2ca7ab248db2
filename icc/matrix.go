package icc

// matrix is a linear map of three components; rows first.
type matrix [3][3]float64

func (m matrix) apply(v [3]float64) (w [3]float64) {
	for i := range w {
		w[i] = float64(m[i][0]*v[0]) + float64(m[i][1]*v[1]) + float64(m[i][2]*v[2])
	}
	return w
}

// times is the map that applies n first.
func (m matrix) times(n matrix) (r matrix) {
	for i := range r {
		for j := range r[i] {
			r[i][j] = float64(m[i][0]*n[0][j]) + float64(m[i][1]*n[1][j]) + float64(m[i][2]*n[2][j])
		}
	}
	return r
}

// inverse reports false for a matrix without one.
func (m matrix) inverse() (r matrix, ok bool) {
	for i := range r {
		for j := range r[i] {
			a, b, c, d := (j+1)%3, (j+2)%3, (i+1)%3, (i+2)%3
			r[i][j] = float64(m[a][c]*m[b][d]) - float64(m[a][d]*m[b][c])
		}
	}
	det := float64(m[0][0]*r[0][0]) + float64(m[0][1]*r[1][0]) + float64(m[0][2]*r[2][0])
	if det < 1e-9 && det > -1e-9 || det != det {
		return matrix{}, false
	}
	for i := range r {
		for j := range r[i] {
			r[i][j] /= det
		}
	}
	return r, true
}

func diagonal(x, y, z float64) matrix { return matrix{{x}, {0, y}, {0, 0, z}} }

// affine is a matrix and what is added after it.
type affine struct {
	matrix
	offset [3]float64
}

func (a affine) apply(v [3]float64) [3]float64 {
	w := a.matrix.apply(v)
	return [3]float64{w[0] + a.offset[0], w[1] + a.offset[1], w[2] + a.offset[2]}
}

// times is the map that applies b first.
func (a affine) times(b affine) affine {
	return affine{a.matrix.times(b.matrix), a.apply(b.offset)}
}
