package grade

import (
	"math"

	"github.com/safelight-dev/safelight/colour"
)

// outcome is what remains of the difference when a model is applied to the references, each block by the fit that was
// made without it.
type outcome struct {
	stats colour.Stats
	// Of each block: sums of ΔE00² over its samples; means, ΔE00 between the mean of what the model gives and the mean of
	// the candidate; and systematic, an estimate of the square of that difference without noise. See evaluator.predict.
	sums, means, systematic []float64
}

// identity leaves everything as it is.
type identity struct{}

func (identity) apply(in [3]float64) [3]float64 { return in }

// everywhere is a model that needs no fit, or whose few parameters need none to be held out.
func everywhere(t transform, size int) fitted {
	f := fitted{full: t, size: size}
	for i := range f.held {
		f.held[i] = t
	}
	return f
}

// strip is how many blocks go through the kernel of package colour at a time.
const strip = 64

// evaluator holds what the evaluation of one model after another works on: rows of what a model gives and what the
// candidate has, for the samples, for the blocks' means, and for their halves.
type evaluator struct {
	blocks                []block
	got, want             []uint16
	mean, half, wantMean  []uint16
	deltas, means, halves []float32
}

func newEvaluator(blocks []block) *evaluator {
	return &evaluator{
		blocks: blocks,
		got:    make([]uint16, 3*perBlock*strip), want: make([]uint16, 3*perBlock*strip),
		mean: make([]uint16, 3*strip), half: make([]uint16, 3*strip), wantMean: make([]uint16, 3*strip),
		deltas: make([]float32, perBlock*strip), means: make([]float32, strip), halves: make([]float32, strip),
	}
}

func (e *evaluator) evaluate(f fitted) outcome {
	n := len(e.blocks)
	o := outcome{sums: make([]float64, n), means: make([]float64, n), systematic: make([]float64, n)}
	d := colour.NewDifference(0)
	for first := 0; first < n; first += strip {
		part := e.blocks[first:min(first+strip, n)]
		samples, m := e.predict(part, f), 3*len(part)
		deltas := e.deltas[:samples]
		colour.DeltaERow16(deltas, e.got[:3*samples], e.want[:3*samples])
		colour.DeltaERow16(e.means[:len(part)], e.mean[:m], e.wantMean[:m])
		colour.DeltaERow16(e.halves[:len(part)], e.half[:m], e.wantMean[:m])
		d.AddRow(0, deltas)
		for i := range part {
			for _, v := range deltas[:part[i].n] {
				o.sums[first+i] += float64(v) * float64(v)
			}
			deltas = deltas[part[i].n:]
			mean, half := float64(e.means[i]), float64(e.halves[i])
			o.means[first+i], o.systematic[first+i] = mean, mean*mean-noiseShare*half*half
		}
	}
	o.stats = d.Stats()
	return o
}

// noiseShare is how much of the noise that the halves of a block show is taken off. Independent noise would want all of
// it, but the errors of a DCT coder are zero on average over its 8×8 block and so weigh less in the mean: on photographs
// in JPEG at quality 50 to 95 the mean has 0.5 to 2.7 times what the halves show. The least of it is safe.
const noiseShare = 0.5

// predict fills the rows for some blocks. The error of a block's mean is what is systematic in it plus noise; half the
// difference between the errors of its even and odd samples is noise alone, and were it independent, of the same size.
// Added to the candidate's mean it gives a colour whose squared ΔE00 tells what to take off the first. Samples at edges
// count for less in the means.
func (e *evaluator) predict(part []block, f fitted) (samples int) {
	for i := range part {
		b := &part[i]
		t := f.held[b.fold]
		var got, want [2][3]float64
		var weight [2]float64
		for j := range b.samples[:b.n] {
			s := &b.samples[j]
			out, w := t.apply(s.reference()), s.weight()
			weight[j&1] += w
			for k := range 3 {
				v := quantise(out[k])
				e.got[3*samples+k], e.want[3*samples+k] = v, s.cand[k]
				got[j&1][k] += w * float64(v)
				want[j&1][k] += w * float64(s.cand[k])
			}
			samples++
		}
		e.average(i, got, want, weight)
	}
	return samples
}

// average fills the means of the i-th block from the sums of its even and odd samples.
func (e *evaluator) average(i int, got, want [2][3]float64, weight [2]float64) {
	for k := range 3 {
		mean := (want[0][k] + want[1][k]) / (weight[0] + weight[1])
		error := (got[0][k]+got[1][k])/(weight[0]+weight[1]) - mean
		noise := 0.0
		if weight[1] > 0 {
			noise = ((got[0][k]-want[0][k])/weight[0] - (got[1][k]-want[1][k])/weight[1]) / 2
		}
		e.wantMean[3*i+k] = quantise(mean / sampleScale)
		e.mean[3*i+k] = quantise((mean + error) / sampleScale)
		e.half[3*i+k] = quantise((mean + noise) / sampleScale)
	}
}

// reference is the reference's colour from 0 to 1.
func (s *sample) reference() [3]float64 {
	return [3]float64{float64(s.ref[0]) / sampleScale, float64(s.ref[1]) / sampleScale, float64(s.ref[2]) / sampleScale}
}

// weigh gives the weights of blocks, those of their samples added up.
func weigh(blocks []block) []float64 {
	weights := make([]float64, len(blocks))
	for i := range blocks {
		for j := range blocks[i].samples[:blocks[i].n] {
			weights[i] += blocks[i].samples[j].weight()
		}
	}
	return weights
}

// weighted adds up a figure of the blocks by their weights; use says which blocks count, nil all.
func weighted(weights []float64, use []bool, of []float64) (sum float64) {
	for i, v := range of {
		if use == nil || use[i] {
			sum += v * weights[i]
		}
	}
	return sum
}

func sumOf(values []float64) (sum float64) {
	for _, v := range values {
		sum += v
	}
	return sum
}

// quantise clips to 0 to 1 and rounds to 16 bits; NaN becomes 0.
func quantise(v float64) uint16 {
	if !(v > 0) {
		return 0
	}
	return uint16(math.Min(v, 1)*sampleScale + 0.5)
}

// cellEnergy is the weighted sum of ΔE00² over cells: a cheap judge of many candidates.
func cellEnergy(cells []cell, t transform) (sum float64) {
	var got, want [3 * strip]uint16
	var deltas [strip]float32
	for first := 0; first < len(cells); first += strip {
		part := cells[first:min(first+strip, len(cells))]
		for i := range part {
			out := t.apply(part[i].in)
			for k := range 3 {
				got[3*i+k], want[3*i+k] = quantise(out[k]), quantise(part[i].out[k])
			}
		}
		n := len(part)
		colour.DeltaERow16(deltas[:n], got[:3*n], want[:3*n])
		for i := range part {
			sum += part[i].weight * float64(deltas[i]) * float64(deltas[i])
		}
	}
	return sum
}
