package sentiment

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// The kinds of errors of this package.
var (
	// ErrTooFew is for samples that no model can be learned from.
	ErrTooFew = errors.New("too few samples")
	// ErrTooLarge is for samples or models over a limit.
	ErrTooLarge = errors.New("over a limit")
	// ErrInvalid is for labels and options that are none.
	ErrInvalid = errors.New("invalid")
	// ErrFormat is for what is no model, or a damaged one, or one of another version.
	ErrFormat = errors.New("not a readable sentiment model")
)

// Limits of what a model is trained on.
const (
	MinSamples = 20       // different texts that are negative, and as many that are not
	MaxSamples = 100_000  // texts
	MaxTrained = 32 << 20 // bytes of all texts together, which take about 1 GB of memory and a minute of CPU
)

// Sample is a text and what a person says of it.
type Sample struct {
	Text  string
	Label Label
}

// Options say how to train. The zero value is what the figures in the package's comment were reached with.
type Options struct {
	Seed   uint64
	Bits   int     // 2 to this power are the features; 10 to 22, 18 if 0
	Epochs int     // how often each sample is seen; 1 to 100, 8 if 0
	Rate   float64 // of learning; over 0 to 1, 0.05 if 0
	L2     float64 // how strongly the weights of a feature are pulled to 0 when it is seen; 0 to 1, 0.01 if 0
	Folds  int     // of the cross-validation; 2 to 20, 5 if 0
}

func (o Options) withDefaults() (Options, error) {
	o.Bits, o.Epochs, o.Folds = cmp.Or(o.Bits, 18), cmp.Or(o.Epochs, 8), cmp.Or(o.Folds, 5)
	o.Rate, o.L2 = cmp.Or(o.Rate, 0.05), cmp.Or(o.L2, 0.01)
	switch {
	case o.Bits < minBits || o.Bits > maxBits:
		return o, fmt.Errorf("train sentiment: %d bits, use %d to %d: %w", o.Bits, minBits, maxBits, ErrInvalid)
	case o.Epochs < 1 || o.Epochs > 100:
		return o, fmt.Errorf("train sentiment: %d epochs, use 1 to 100: %w", o.Epochs, ErrInvalid)
	case o.Folds < 2 || o.Folds > 20:
		return o, fmt.Errorf("train sentiment: %d folds, use 2 to 20: %w", o.Folds, ErrInvalid)
	case !(o.Rate > 0 && o.Rate <= 1) || !(o.L2 >= 0 && o.L2 <= 1):
		return o, fmt.Errorf("train sentiment: rate %g and L2 %g, use 0 to 1: %w", o.Rate, o.L2, ErrInvalid)
	}
	return o, nil
}

// cell is one feature of a sample; its number counts the features of all samples.
type cell struct {
	feature uint32
	value   float32
}

// example is a sample as the learner sees it.
type example struct {
	cells []cell
	class int
	lang  Language
	score float64 // the lexicon's compound
	group int     // of those that nearly repeat each other
}

// corpus is all samples, and which bucket of the model each of their features has.
type corpus struct {
	examples []example
	buckets  []uint32
}

// Train learns a model by logistic regression on the features of the samples, and measures it on samples that it has not
// seen, by cross-validation. The same samples and options give the same model on machines of one kind; multiplying and
// adding in one step, as some do, can move the last digits.
func Train(samples []Sample, o Options) (*Model, Report, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, Report{}, err
	}
	if err := admit(samples); err != nil {
		return nil, Report{}, err
	}
	c := prepare(samples, uint(o.Bits))
	if err := c.enough(); err != nil {
		return nil, Report{}, err
	}
	report, threshold := c.validate(o)
	all := make([]int, len(c.examples))
	for i := range all {
		all[i] = i
	}
	weights := c.fit(all, o)
	m := &Model{bits: uint(o.Bits), weights: make([]float32, len(classes)<<o.Bits), threshold: threshold, report: report}
	for feature, b := range c.buckets {
		copy(m.weights[len(classes)*int(b):][:len(classes)], weights[len(classes)*feature:])
	}
	return m, report, m.seal()
}

// admit checks labels and limits.
func admit(samples []Sample) error {
	if len(samples) > MaxSamples {
		return fmt.Errorf("train sentiment: %d samples, give at most %d: %w", len(samples), MaxSamples, ErrTooLarge)
	}
	size := 0
	for i, s := range samples {
		if !slices.Contains(classes[:], s.Label) {
			return fmt.Errorf("train sentiment: label %.40q of sample %d, use negative, neutral or positive: %w", s.Label, i+1, ErrInvalid)
		}
		size += min(len(s.Text), MaxText)
	}
	if size > MaxTrained {
		return fmt.Errorf("train sentiment: texts of %d bytes, give at most %d: %w", size, MaxTrained, ErrTooLarge)
	}
	return nil
}

// prepare turns samples into examples.
func prepare(samples []Sample, bits uint) *corpus {
	s := New()
	r := s.pool.Get().(*reading)
	defer s.pool.Put(r)
	c := &corpus{examples: make([]example, len(samples))}
	numbers := map[uint32]uint32{}
	g := newGrouping(len(samples))
	for i, sample := range samples {
		r.cut(sample.Text)
		lang := route(r.pieces)
		sum, through := s.settle(r, lang)
		r.features(bits, through, sum)
		c.examples[i] = example{
			cells: c.cells(r.grams, numbers), class: slices.Index(classes[:], sample.Label), lang: lang, score: sum.compound,
		}
		g.add(i, r.pieces)
	}
	for i := range c.examples {
		c.examples[i].group = g.of(i)
	}
	return c
}

// cells joins the occurrences of one feature and numbers the features.
func (c *corpus) cells(grams []gram, numbers map[uint32]uint32) []cell {
	slices.SortFunc(grams, func(a, b gram) int { return cmp.Compare(a.index, b.index) })
	cells := make([]cell, 0, len(grams))
	for i, g := range grams {
		if i > 0 && grams[i-1].index == g.index {
			cells[len(cells)-1].value += g.value
			continue
		}
		number, known := numbers[g.index]
		if !known {
			number = uint32(len(c.buckets))
			numbers[g.index] = number
			c.buckets = append(c.buckets, g.index)
		}
		cells = append(cells, cell{number, g.value})
	}
	return slices.Clip(cells)
}

// fit learns the weights of three classes from the examples that are named, by stochastic gradient descent with a rate of
// its own for each weight (AdaGrad: Duchi, Hazan and Singer 2011, JMLR 12).
func (c *corpus) fit(of []int, o Options) []float32 {
	weights := make([]float32, len(classes)*len(c.buckets))
	squares := make([]float32, len(weights))
	order := slices.Clone(of)
	chance := rand.New(rand.NewPCG(o.Seed, 0x5afe119))
	rate, l2 := float32(o.Rate), float32(o.L2)
	for range o.Epochs {
		chance.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
		for _, i := range order {
			e := &c.examples[i]
			p := softmax(odds(weights, e.cells))
			p[e.class]--
			slope := [...]float32{float32(p[0]), float32(p[1]), float32(p[2])}
			for _, cell := range e.cells {
				at := len(classes) * int(cell.feature)
				w, sq := weights[at:][:len(classes)], squares[at:][:len(classes)]
				for k := range w {
					g := slope[k]*cell.value + l2*w[k]
					sq[k] += g * g
					w[k] -= rate * g / (1e-3 + float32(math.Sqrt(float64(sq[k]))))
				}
			}
		}
	}
	return weights
}

func odds(weights []float32, cells []cell) (z [len(classes)]float64) {
	for _, cell := range cells {
		w := weights[len(classes)*int(cell.feature):][:len(classes)]
		for k := range z {
			z[k] += float64(w[k]) * float64(cell.value)
		}
	}
	return z
}
