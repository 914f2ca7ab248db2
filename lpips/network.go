package lpips

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrWeights marks tensors that are missing, of another shape, or not finite.
var ErrWeights = errors.New("unusable weights")

// Tensor is an array in row-major order; the weights of a convolution are output, input, row, column.
type Tensor struct {
	Shape []int
	Data  []float32
}

// Network is a network with its weights. It is not changed by use and may serve several goroutines.
type Network struct {
	kind   Kind
	stages []stage
	engine *engine
}

// fastest is the engine of all networks.
var fastest = engines()[0]

// New builds a network from the tensors that [Kind.Specs] lists; others are not looked at. It keeps copies. Its errors
// are ErrWeights.
func New(kind Kind, tensors map[string]Tensor) (*Network, error) {
	stages, ok := kind.stages()
	if !ok {
		return nil, fmt.Errorf("build network %q: there are alex, squeeze and vgg: %w", kind, ErrWeights)
	}
	for _, s := range kind.Specs() {
		if err := s.check(tensors); err != nil {
			return nil, fmt.Errorf("build network %s: %w", kind, err)
		}
	}
	heads := 0
	for i, s := range stages {
		for _, c := range s.layer.convs() {
			c.weights = c.pack(tensors[c.name+".weight"].Data)
			c.bias = slices.Clone(tensors[c.name+".bias"].Data)
		}
		if s.tapped {
			stages[i].head = slices.Clone(tensors[fmt.Sprintf("lin%d.model.1.weight", heads)].Data)
			heads++
		}
	}
	return &Network{kind: kind, stages: stages, engine: fastest}, nil
}

// Kind says which network it is.
func (n *Network) Kind() Kind { return n.kind }

// check compares a tensor with its specification.
func (s Spec) check(tensors map[string]Tensor) error {
	t, ok := tensors[s.Name]
	if !ok {
		return fmt.Errorf("tensor %s is missing: %w", s.Name, ErrWeights)
	}
	size := 1
	for _, n := range s.Shape {
		size *= n
	}
	if !slices.Equal(t.Shape, s.Shape) || len(t.Data) != size {
		return fmt.Errorf("tensor %s has shape %v with %d values, want %v: %w", s.Name, t.Shape, len(t.Data), s.Shape, ErrWeights)
	}
	for i, f := range t.Data {
		if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
			return fmt.Errorf("tensor %s holds %v at %d: %w", s.Name, f, i, ErrWeights)
		}
	}
	return nil
}

// pack reorders the weights from output, input, row, column to panels of 16 outputs of row, column, input.
func (c *conv) pack(w []float32) []float32 {
	packed := make([]float32, len(w))
	taps := c.side * c.side
	for o := range c.out {
		rows := packed[o/panel*panel*taps*c.in+o%panel:]
		for i := range c.in {
			for tap := range taps {
				rows[(tap*c.in+i)*panel] = w[(o*c.in+i)*taps+tap]
			}
		}
	}
	return packed
}
