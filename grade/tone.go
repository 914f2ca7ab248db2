package grade

// fitTone fits one curve for all channels: a stack whose last curves are equal. It is linear in its parameters.
func fitTone(cells []cell) fitted {
	var equations [folds]*normal
	for i := range equations {
		equations[i] = newNormal(knots)
	}
	for i := range cells {
		c := &cells[i]
		for k := range 3 {
			// A component that is clipped counts where the identity does not go as far; the curve seldom decides otherwise.
			r, counts := c.misses(k, c.in[k])
			if !counts {
				continue
			}
			knot, share := place(c.in[k])
			d := derivative{n: 2, index: [12]int{knot, knot + 1}, slope: [12]float64{1 - share, share}}
			equations[c.fold].observe(&d, c.weight, r)
		}
	}
	f := fitted{full: toneCurve(equations, -1), size: knots}
	for i := range f.held {
		f.held[i] = toneCurve(equations, i)
	}
	return f
}

func toneCurve(equations [folds]*normal, but int) *stack {
	q := sum(equations, but)
	for k := range knots {
		q.expect([]int{k}, alone, 0, priorValue)
		if k < knots-2 {
			q.expect([]int{k, k + 1, k + 2}, curving, 0, priorBend)
		}
	}
	s := newStack()
	s.parts = outCurves
	for i, v := range q.solve() {
		for c := range 3 {
			s.params[before+middle+c*knots+i] = v
		}
	}
	return s
}
