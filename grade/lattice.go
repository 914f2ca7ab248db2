package grade

// A lattice is a coarse 3-D table of corrections that are added to another transform, its base, by tetrahedral
// interpolation as package cube applies tables. It is fitted by regularised least squares: where there are no data the
// corrections are smooth and fade, so that the table falls back to the base.
const (
	lattice      = 9 // points along an axis
	latticeNodes = lattice * lattice * lattice
	smoothness   = 2   // on the squared difference of neighbours, in samples
	fading       = 0.2 // on the squared correction, in samples
)

// corners are the offsets from the lowest point of a cell to its eight, by the bits red, green and blue.
var corners = [8]int{0, 1, lattice, lattice + 1, lattice * lattice, lattice*lattice + 1, lattice*lattice + lattice, lattice*lattice + lattice + 1}

type table struct {
	base   transform
	values [latticeNodes][3]float64
}

// tetrahedron are the four points that a colour lies between, as the first node and the corners of its cell, in rising
// order, and their weights. Colours outside 0 to 1 count as its edge.
func tetrahedron(in [3]float64) (node int, path [4]int, weight [4]float64) {
	var frac [3]float64
	stride := [3]int{1, lattice, lattice * lattice}
	for c := range 3 {
		at := min(max(in[c], 0), 1) * (lattice - 1)
		i := min(int(at), lattice-2)
		frac[c] = at - float64(i)
		node += i * stride[c]
	}
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
	path = [4]int{0, 1 << first, 1<<first | 1<<second, 7}
	weight = [4]float64{1 - frac[first], frac[first] - frac[second], frac[second] - frac[third], frac[third]}
	return node, path, weight
}

func (t *table) apply(in [3]float64) [3]float64 {
	out := t.base.apply(in)
	node, path, weight := tetrahedron(in)
	for i, corner := range path {
		v := &t.values[node+corners[corner]]
		for c := range 3 {
			out[c] += weight[i] * v[c]
		}
	}
	return out
}

// fitTable fits a lattice over the base, and over each held-out base without its fold.
func fitTable(base fitted, cells []cell) fitted {
	f := fitted{full: newTable(base.full, cells, -1), size: base.size + 3*latticeNodes}
	for i := range f.held {
		f.held[i] = newTable(base.held[i], cells, i)
	}
	return f
}

// latticeEquations is a sparse symmetric matrix: for each node the entries to the nodes at its corners, itself first.
type latticeEquations struct {
	matrix [latticeNodes][8]float64
	right  [latticeNodes][3]float64
}

func newTable(base transform, cells []cell, but int) *table {
	q := new(latticeEquations)
	q.regularise()
	for i := range cells {
		if int(cells[i].fold) != but {
			q.observe(base, &cells[i])
		}
	}
	t := &table{base: base}
	q.solve(&t.values)
	return t
}

// regularise adds the wish for small differences between neighbours and small corrections.
func (q *latticeEquations) regularise() {
	for node := range latticeNodes {
		q.matrix[node][0] += fading
		at := [3]int{node % lattice, node / lattice % lattice, node / lattice / lattice}
		for c := range 3 {
			if at[c] < lattice-1 {
				q.matrix[node][0] += smoothness
				q.matrix[node+corners[1<<c]][0] += smoothness
				q.matrix[node][1<<c] -= smoothness
			}
		}
	}
}

// observe adds what a cell wants added to the base. A clipped component beyond which the base goes wants nothing.
func (q *latticeEquations) observe(base transform, c *cell) {
	out := base.apply(c.in)
	var want [3]float64
	for k := range 3 {
		if r, counts := c.misses(k, out[k]); counts {
			want[k] = r
		}
	}
	node, path, weight := tetrahedron(c.in)
	for i, corner := range path {
		w := c.weight * weight[i]
		at := node + corners[corner]
		for j := i; j < 4; j++ {
			q.matrix[at][path[j]&^corner] += w * weight[j]
		}
		for k := range 3 {
			q.right[at][k] += w * want[k]
		}
	}
}

// times multiplies the matrix with three vectors at once.
func (q *latticeEquations) times(out, in *[latticeNodes][3]float64) {
	*out = [latticeNodes][3]float64{}
	for node := range latticeNodes {
		row, x := &q.matrix[node], in[node]
		sum := &out[node]
		for k := range 3 {
			sum[k] += row[0] * x[k]
		}
		for corner := 1; corner < 8; corner++ {
			v := row[corner]
			if v == 0 {
				continue
			}
			y, to := &in[node+corners[corner]], &out[node+corners[corner]]
			for k := range 3 {
				sum[k] += v * y[k]
				to[k] += v * x[k]
			}
		}
	}
}

// solve is the method of conjugate gradients with the diagonal as preconditioner (Hestenes and Stiefel 1952; Golub and
// Van Loan, 11.5), for the three components side by side, until the residual is a thousandth: the corrections are then
// right to far less than their noise.
func (q *latticeEquations) solve(x *[latticeNodes][3]float64) {
	const steps = 60
	residual := q.right
	var direction, product [latticeNodes][3]float64
	var old, first [3]float64
	for step := range steps {
		var now, curvature, alpha, beta [3]float64
		for i := range residual {
			for k := range 3 {
				now[k] += residual[i][k] * residual[i][k] / q.matrix[i][0]
			}
		}
		if step == 0 {
			first = now
		}
		if now[0] <= 1e-6*first[0] && now[1] <= 1e-6*first[1] && now[2] <= 1e-6*first[2] {
			return
		}
		for k := range 3 {
			if old[k] > 0 {
				beta[k] = now[k] / old[k]
			}
		}
		for i := range direction {
			for k := range 3 {
				direction[i][k] = residual[i][k]/q.matrix[i][0] + beta[k]*direction[i][k]
			}
		}
		q.times(&product, &direction)
		for i := range direction {
			for k := range 3 {
				curvature[k] += direction[i][k] * product[i][k]
			}
		}
		for k := range 3 {
			if curvature[k] > 0 {
				alpha[k] = now[k] / curvature[k]
			}
		}
		for i := range x {
			for k := range 3 {
				x[i][k] += alpha[k] * direction[i][k]
				residual[i][k] -= alpha[k] * product[i][k]
			}
		}
		old = now
	}
}
