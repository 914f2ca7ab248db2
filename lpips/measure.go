package lpips

import (
	"fmt"
	"math"
)

// maxTaps is the most stages that a network is compared at, SqueezeNet's.
const maxTaps = 7

// Distance is what a measurement gives.
type Distance struct {
	// Value is LPIPS: 0 for equal pictures.
	Value float64
	// Stages are its summands, one for each stage of the network that is compared, in order; the rest are 0.
	Stages [maxTaps]float64
}

// Distance measures two pictures of one size. The order of the two does not matter. Its errors are ErrInput,
// ErrTooSmall and ErrTooLarge, and ErrWeights if the weights let a figure grow beyond all bounds.
func (n *Network) Distance(w *Workspace, a, b Picture) (Distance, error) {
	if err := n.prepare(w, a, b); err != nil {
		return Distance{}, err
	}
	p := entrance(n.stages, a.Width, a.Height)
	p.data = w.features[0][:p.size()]
	p.clearMargin()
	a.scale(p, 0)
	b.scale(p, 1)
	var d Distance
	taps := 0
	for i, s := range n.stages {
		q := exit(n.stages, i, p)
		q.data = w.features[(i+1)%2][:q.size()]
		q.clearMargin()
		s.layer.run(w, n.engine, q, p)
		if s.tapped {
			d.Stages[taps] = w.compare(n.engine, q, s.head)
			d.Value += d.Stages[taps]
			taps++
		}
		p = q
	}
	if math.IsNaN(d.Value) || math.IsInf(d.Value, 0) {
		return Distance{}, fmt.Errorf("measure with network %s: the distance is %v: %w", n.kind, d.Value, ErrWeights)
	}
	return d, nil
}

// prepare checks the pictures and makes room for them.
func (n *Network) prepare(w *Workspace, a, b Picture) error {
	if err := a.check(); err != nil {
		return err
	}
	if err := b.check(); err != nil {
		return err
	}
	if a.Width != b.Width || a.Height != b.Height {
		return fmt.Errorf("compare %d×%d with %d×%d pixels: bring them to one size first: %w", a.Width, a.Height, b.Width, b.Height, ErrInput)
	}
	need, err := needs(n.kind, n.stages, a.Width, a.Height)
	if err != nil {
		return err
	}
	limit := w.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	if need.bytes() > limit {
		return fmt.Errorf("measure %d×%d pixels with network %s: it takes %d MB and %d are allowed: measure a reduced copy: %w",
			a.Width, a.Height, n.kind, need.bytes()>>20, limit>>20, ErrTooLarge)
	}
	w.grow(need)
	return nil
}

// grow makes every part of the workspace large enough.
func (w *Workspace) grow(n need) {
	for i := range w.features {
		w.features[i] = sized(w.features[i], n.features[i])
	}
	w.middle, w.line = sized(w.middle, n.middle), sized(w.line, n.line)
}

// sized returns s if it holds n values, else a new slice.
func sized(s []float32, n int64) []float32 {
	if int64(len(s)) < n {
		return make([]float32, n)
	}
	return s
}

// compare is the distance of the two pictures' features, averaged over the pixels.
func (w *Workspace) compare(e *engine, p planes, head []float32) float64 {
	sum := 0.0
	line := w.line[:p.width]
	for y := range p.height {
		e.distance(line, p.from(0, 0, y), p.from(1, 0, y), head)
		for _, v := range line {
			sum += float64(v)
		}
	}
	return sum / (float64(p.width) * float64(p.height))
}
