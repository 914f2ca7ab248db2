package lpips

import (
	"errors"
	"fmt"
)

// The kinds of errors of a measurement.
var (
	// ErrTooSmall marks pictures that the network's windows do not fit into.
	ErrTooSmall = errors.New("picture too small")
	// ErrTooLarge marks pictures whose features would take more memory than the workspace may.
	ErrTooLarge = errors.New("picture too large")
	// ErrInput marks pictures that differ in size or lack pixels.
	ErrInput = errors.New("unusable picture")
)

// DefaultLimit is the memory of a workspace in bytes, if it says none: pairs of 19 megapixels for AlexNet, of 5 for
// SqueezeNet, of 1 for VGG16.
const DefaultLimit = 1 << 30

// maxSide keeps all products of sizes in an int64.
const maxSide = 1 << 20

// Workspace holds the memory of one measurement at a time. It is kept between measurements, so that those of pictures
// no larger than before allocate nothing. The zero value is ready; it serves one goroutine.
type Workspace struct {
	// Limit is the most memory in bytes that it takes; 0 means DefaultLimit.
	Limit int64

	features [2][]float32 // input and output of a layer, in turn
	middle   []float32    // inside a fire module
	line     []float32    // the distances of one row of pixels
	tile     tile
}

// need is how many floats each part of a workspace must hold.
type need struct {
	features     [2]int64
	middle, line int64
}

// Memory returns how many bytes a workspace takes for two pictures of a size: 4 bytes for each value of the largest
// input and the largest output of the layers, with the zeros around them, and of the largest inside of a fire module,
// for both pictures. For large pictures that is about 56 bytes a pixel for AlexNet, 200 for SqueezeNet and 1,024 for
// VGG16. It is ErrTooSmall if the network cannot take the size.
func (k Kind) Memory(width, height int) (int64, error) {
	stages, ok := k.stages()
	if !ok {
		return 0, fmt.Errorf("measure with network %q: there are alex, squeeze and vgg: %w", k, ErrWeights)
	}
	n, err := needs(k, stages, width, height)
	return n.bytes(), err
}

func (n need) bytes() int64 {
	return 4 * (n.features[0] + n.features[1] + n.middle + n.line)
}

func needs(k Kind, stages []stage, width, height int) (need, error) {
	var n need
	if width > maxSide || height > maxSide {
		return n, fmt.Errorf("measure %d×%d pixels: measure a reduced copy: %w", width, height, ErrTooLarge)
	}
	p := entrance(stages, width, height)
	n.features[0] = p.size()
	for i, s := range stages {
		if f, ok := s.layer.(*fire); ok {
			n.middle = max(n.middle, f.middle(p).size())
		}
		p = exit(stages, i, p)
		if p.width < 1 || p.height < 1 {
			return n, fmt.Errorf("measure %d×%d pixels: network %s takes %d×%d and more: %w", width, height, k, k.MinSide(), k.MinSide(), ErrTooSmall)
		}
		n.features[(i+1)%2] = max(n.features[(i+1)%2], p.size())
		n.line = max(n.line, int64(p.width))
	}
	return n, nil
}

// MinSide is the least width and height that the network takes, 0 for a kind that is none.
func (k Kind) MinSide() int {
	stages, _ := k.stages()
	least := 0
	for i := len(stages) - 1; i >= 0; i-- {
		out := max(least, 1)
		for least = out; stages[i].layer.length(least) < out; {
			least++
		}
	}
	return least
}

// entrance are the planes of the scaled pictures, without their data.
func entrance(stages []stage, width, height int) planes {
	return planes{width: width, height: height, channels: 3, margin: stages[0].layer.margin()}
}

// exit are the planes that stage i makes of p, with the margin that the next stage reads, without their data.
func exit(stages []stage, i int, p planes) planes {
	l := stages[i].layer
	out := planes{width: l.length(p.width), height: l.length(p.height), channels: l.channels()}
	if out.channels == 0 {
		out.channels = p.channels
	}
	if i+1 < len(stages) {
		out.margin = stages[i+1].layer.margin()
	}
	return out
}
