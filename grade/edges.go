package grade

import (
	"math"
	"slices"
)

// Edges says how far what remains lies on the edges of the reference, as it does after a shift, sharpening or blur, and
// never after a colour transform.
type Edges struct {
	// Share is the share of the remaining energy in the quarter of samples where the reference is steepest; 0.25 where
	// edges do not matter.
	Share float64 `json:"share"`
	// ShiftX and ShiftY are the displacement of the candidate, in pixels, that explains most of what remains in
	// brightness, to first order; Explained is the share of it that is so explained.
	ShiftX    float64 `json:"shiftX"`
	ShiftY    float64 `json:"shiftY"`
	Explained float64 `json:"explained"`
}

func root(v float64) float64 { return math.Sqrt(max(v, 0)) }

// levels counts what remains by the reference's value in one channel, at 8 bits.
type levels [256]struct{ n, sum float64 }

// window is how many levels to either side a level is compared with: less than a smooth transform needs to change, more
// than the steps of a picture of eight levels are wide.
const window = 16

// steps is the energy in the differences of the levels' means from the mean of their neighbourhood, less what noise of
// the given energy per sample leaves there.
func (l *levels) steps(noise float64) (sum float64) {
	for i := range l {
		if l[i].n == 0 {
			continue
		}
		var n, around float64
		for _, v := range l[max(i-window, 0):min(i+window+1, len(l))] {
			n += v.n
			around += v.sum
		}
		d := l[i].sum/l[i].n - around/n
		sum += l[i].n*d*d - noise*(1-l[i].n/n)
	}
	return sum
}

// texture measures what remains after a model sample by sample: against the slopes of the reference, since of a picture
// displaced by d the difference is −d·∇ to first order, and against its levels, since banding is a function of those.
func (f *fitting) texture(c *candidate) (e Edges, banding float64) {
	var byLevel [3]levels
	var energies [3]float64
	shift := newNormal(2)
	steep, sums := make([]float64, 0, perBlock*len(f.blocks)), make([]float64, 0, perBlock*len(f.blocks))
	brightness := 0.0
	for i := range f.blocks {
		b := &f.blocks[i]
		t := c.held[b.fold]
		for j := range b.samples[:b.n] {
			s := &b.samples[j]
			out := t.apply(s.reference())
			var r, sum float64
			for k, weight := range [3]float64{0.25, 0.5, 0.25} {
				v := float64(s.cand[k])/sampleScale - min(max(out[k], 0), 1)
				r += weight * v
				sum += v * v
				level := &byLevel[k][s.ref[k]>>8]
				level.n++
				level.sum += v
				energies[k] += v * v
			}
			dx, dy := 2*float64(s.dx)/sampleScale, 2*float64(s.dy)/sampleScale
			shift.observe(&derivative{n: 2, index: [12]int{0, 1}, slope: [12]float64{-dx, -dy}}, 1, r)
			brightness += r * r
			steep, sums = append(steep, dx*dx+dy*dy), append(sums, sum)
		}
	}
	all := energies[0] + energies[1] + energies[2]
	if all <= 0 {
		return e, 0
	}
	for k := range byLevel {
		banding += byLevel[k].steps(energies[k] / float64(len(sums)))
	}
	e.measure(shift, brightness)
	e.Share = steepest(steep, sums) / all
	return e, max(banding/all, 0)
}

// measure solves for the shift.
func (e *Edges) measure(shift *normal, energy float64) {
	right := slices.Clone(shift.right)
	x := shift.solve()
	e.ShiftX, e.ShiftY = x[0], x[1]
	if energy > 0 {
		e.Explained = (x[0]*right[0] + x[1]*right[1]) / energy
	}
}

// steepest adds up the energy of the steepest quarter of samples; of those as steep as the last of them, a fair share.
func steepest(steep, energy []float64) (sum float64) {
	limit := quantile(steep, 0.75)
	var above, at, atSum float64
	for i, v := range steep {
		switch {
		case v > limit:
			above++
			sum += energy[i]
		case v == limit:
			at++
			atSum += energy[i]
		}
	}
	return sum + atSum*max(0.25*float64(len(steep))-above, 0)/max(at, 1)
}

// Follow says whether what remains follows the edges of the reference more than coding noise does.
func (e Edges) Follow() bool {
	return e.Explained >= edgesExplained || e.Share >= edgesShare && e.Explained >= edgesExplained/4
}
