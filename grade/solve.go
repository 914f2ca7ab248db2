package grade

import "math"

// normal are normal equations: the symmetric matrix by rows, of which the upper triangle is kept, and the right side.
type normal struct {
	n      int
	matrix []float64
	right  []float64
}

func newNormal(n int) *normal {
	return &normal{n, make([]float64, n*n), make([]float64, n)}
}

// plus adds factor times o.
func (q *normal) plus(o *normal, factor float64) {
	for i, v := range o.matrix {
		q.matrix[i] += factor * v
	}
	for i, v := range o.right {
		q.right[i] += factor * v
	}
}

// part is the equations of some of the unknowns, the others held at zero.
func (q *normal) part(ranges [][2]int) *normal {
	var pick []int
	for _, r := range ranges {
		for i := r[0]; i < r[1]; i++ {
			pick = append(pick, i)
		}
	}
	p := newNormal(len(pick))
	for i, from := range pick {
		p.right[i] = q.right[from]
		for j := i; j < len(pick); j++ {
			p.matrix[i*p.n+j] = q.matrix[from*q.n+pick[j]]
		}
	}
	return p
}

// solve solves by Cholesky's decomposition, in place. A direction that nothing speaks about, to within rounding, is left
// at zero.
func (q *normal) solve() []float64 {
	q.factor()
	q.substitute()
	return q.right
}

// factor makes U of the matrix, with UᵀU the matrix; a row of zeros is a direction without data.
func (q *normal) factor() {
	n, a := q.n, q.matrix
	for i := range n {
		row := a[i*n : i*n+n]
		scale := row[i]
		for k := range i {
			u := a[k*n+i]
			if u == 0 {
				continue
			}
			for j, v := range a[k*n+i : k*n+n] {
				row[i+j] -= u * v
			}
		}
		if row[i] <= 1e-13*scale || row[i] <= 0 {
			clear(row[i:])
			continue
		}
		inv := 1 / math.Sqrt(row[i])
		for j := i; j < n; j++ {
			row[j] *= inv
		}
	}
}

// substitute solves Uᵀy = x and then Ux = y, in place.
func (q *normal) substitute() {
	n, a, x := q.n, q.matrix, q.right
	for i := range n {
		if a[i*n+i] == 0 {
			x[i] = 0
			continue
		}
		x[i] /= a[i*n+i]
		for j := i + 1; j < n; j++ {
			x[j] -= a[i*n+j] * x[i]
		}
	}
	for i := n - 1; i >= 0; i-- {
		if a[i*n+i] == 0 {
			continue
		}
		for j := i + 1; j < n; j++ {
			x[i] -= a[i*n+j] * x[j]
		}
		x[i] /= a[i*n+i]
	}
}

// eigenvalues of a small symmetric matrix, by Jacobi's rotations: C. G. J. Jacobi 1846, as in Golub and Van Loan, Matrix
// Computations, 8.5.
func eigenvalues(a [4][4]float64) (values [4]float64) {
	const n = 4
	for range 30 {
		for p := range n {
			for q := p + 1; q < n; q++ {
				if a[p][q] == 0 {
					continue
				}
				theta := (a[q][q] - a[p][p]) / (2 * a[p][q])
				t := math.Copysign(1, theta) / (math.Abs(theta) + math.Sqrt(theta*theta+1))
				c := 1 / math.Sqrt(t*t+1)
				rotate(&a, p, q, c, t*c)
			}
		}
	}
	for i := range n {
		values[i] = a[i][i]
	}
	return values
}

func rotate(a *[4][4]float64, p, q int, c, s float64) {
	for k := range 4 {
		u, v := a[k][p], a[k][q]
		a[k][p], a[k][q] = c*u-s*v, s*u+c*v
	}
	for k := range 4 {
		u, v := a[p][k], a[q][k]
		a[p][k], a[q][k] = c*u-s*v, s*u+c*v
	}
}
