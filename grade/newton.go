package grade

import "math"

// The prior of a stack, in units of the weight of one sample: what the data do not speak about stays at the identity,
// and curves stay smooth. Both are far below the weight of a knot that a picture reaches, which is hundreds of samples.
const (
	priorBend   = 20   // on the squared second difference of a curve
	priorValue  = 0.5  // on the squared correction at a knot
	priorMatrix = 0.05 // on the squared distance of the matrix from the identity
)

const (
	newtonSteps = 12
	// damping is added to each parameter's own weight, as a share of it (K. Levenberg 1944): what the curves before the
	// matrix do, those after it can undo, and the steps along such directions must stay small.
	damping = 1e-3
)

// fitted is a model that was fitted to all folds and to all but each.
type fitted struct {
	full transform
	held [folds]transform // fitted without the fold
	size int              // parameters
}

// transform maps encoded components; what it gives may leave 0 to 1.
type transform interface {
	apply([3]float64) [3]float64
}

// fitStack fits the parts of a stack by damped Gauss-Newton steps on the squared error of encoded values, from the given
// start.
func fitStack(start *stack, p parts, cells []cell) *stack {
	s := *start
	s.parts = p
	energy := s.energy(cells)
	for range newtonSteps {
		next, after := s.descend(s.equations(cells), cells, energy)
		gain := energy - after
		s, energy = *next, after
		if gain <= 2e-3*energy {
			break
		}
	}
	return &s
}

// hold finishes a fit, and adds the fits that leave a fold out. Each is one more step, from equations with the fold's
// taken away: the problem is nearly linear there, so that this is the held-out fit to second order at a small part of its
// cost.
func hold(s *stack, cells []cell) fitted {
	equations := s.equations(cells)
	f := fitted{full: s.moved(s.step(equations, -1), 1), size: s.size()}
	for i := range f.held {
		f.held[i] = s.moved(s.step(equations, i), 1)
	}
	return f
}

// step solves for the step that the equations ask for, those of a fold left out.
func (s *stack) step(equations [folds]*normal, but int) []float64 {
	q := sum(equations, but).plusPrior(s).part(s.span())
	for i := range q.n {
		q.matrix[i*q.n+i] *= 1 + damping
	}
	return q.solve()
}

// descend takes as much of the step as lowers the energy.
func (s *stack) descend(equations [folds]*normal, cells []cell, energy float64) (*stack, float64) {
	step := s.step(equations, -1)
	for factor := 1.0; factor > 0.05; factor /= 2 {
		next := s.moved(step, factor)
		if after := next.energy(cells); after < energy {
			return next, after
		}
	}
	return s, energy
}

// moved is the stack with a step added to the parameters that are fitted.
func (s *stack) moved(step []float64, factor float64) *stack {
	next := *s
	k := 0
	for _, r := range s.span() {
		for i := r[0]; i < r[1]; i++ {
			next.params[i] += factor * step[k]
			k++
		}
	}
	return &next
}

// energy is what a fit makes small: the weighted squared error, and the prior.
func (s *stack) energy(cells []cell) (sum float64) {
	sum = squaredError(cells, s)
	s.prior(func(row []int, weights []float64, target, strength float64) {
		value := -target
		for i, at := range row {
			value += weights[i] * s.params[at]
		}
		sum += strength * value * value
	})
	return sum
}

// equations are the normal equations of the step from here, for each fold.
func (s *stack) equations(cells []cell) (q [folds]*normal) {
	for i := range q {
		q[i] = newNormal(total)
	}
	var d [3]derivative
	for i := range cells {
		c := &cells[i]
		s.derive(c.in, &d)
		into := q[c.fold]
		for k := range 3 {
			if r, counts := c.misses(k, d[k].value); counts {
				into.observe(&d[k], c.weight, r)
			}
		}
	}
	return q
}

// observe adds an observation: the residual that the step is to take away.
func (q *normal) observe(d *derivative, weight, residual float64) {
	for i := range d.n {
		at, slope := d.index[i], weight*d.slope[i]
		q.right[at] += slope * residual
		row := q.matrix[at*q.n:]
		for j := i; j < d.n; j++ {
			row[d.index[j]] += slope * d.slope[j]
		}
	}
}

// sum adds up the equations of all folds but one.
func sum(q [folds]*normal, but int) *normal {
	all := newNormal(q[0].n)
	for i, part := range q {
		if i != but {
			all.plus(part, 1)
		}
	}
	return all
}

// plusPrior adds the prior's equations of the step from s.
func (q *normal) plusPrior(s *stack) *normal {
	s.prior(func(row []int, weights []float64, target, strength float64) {
		for i, at := range row {
			target -= weights[i] * s.params[at]
		}
		q.expect(row, weights, target, strength)
	})
	return q
}

// expect adds the wish that a weighted sum of unknowns, by rising index, be near a target.
func (q *normal) expect(row []int, weights []float64, target, strength float64) {
	for i, at := range row {
		q.right[at] += strength * weights[i] * target
		for j := i; j < len(row); j++ {
			q.matrix[at*q.n+row[j]] += strength * weights[i] * weights[j]
		}
	}
}

// Rows of the prior's wishes.
var (
	alone   = []float64{1}
	curving = []float64{1, -2, 1}
)

// prior says what the prior wants: a weighted sum of parameters to be near a target.
func (s *stack) prior(say func(row []int, weights []float64, target, strength float64)) {
	var row [3]int
	for curve := range 6 {
		first := curve * knots
		if curve >= 3 {
			first += middle
		}
		for k := first; k < first+knots; k++ {
			row = [3]int{k, k + 1, k + 2}
			say(row[:1], alone, 0, priorValue)
			if k < first+knots-2 {
				say(row[:], curving, 0, priorBend)
			}
		}
	}
	for i := range middle {
		target := 0.0
		if i%5 == 0 {
			target = 1
		}
		row[0] = before + i
		say(row[:1], alone, target, priorMatrix)
	}
}

// condition is the ratio of the largest to the smallest eigenvalue of the moments of the reference's colours in linear
// light and the constant 1: how well a matrix with an offset can be told. Pictures in colour have 10² to 10⁴, grey and
// flat ones more than 10⁶.
func condition(cells []cell) float64 {
	var m [4][4]float64
	t := sRGB()
	for i := range cells {
		v := [4]float64{3: 1}
		for c := range 3 {
			v[c], _ = t.linear.at(cells[i].in[c])
		}
		for p := range 4 {
			for q := range 4 {
				m[p][q] += cells[i].weight * v[p] * v[q]
			}
		}
	}
	least, most := math.Inf(1), 0.0
	for _, v := range eigenvalues(m) {
		least, most = min(least, v), max(most, v)
	}
	if least <= most*1e-12 {
		return 1e12 // JSON has no infinity, and rounding no more digits
	}
	return most / least
}
