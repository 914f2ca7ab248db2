package lpips

import "fmt"

// Kind is one of the networks.
type Kind string

// The networks. Alex is the one that its authors recommend for measuring; VGG takes 20 times its work.
const (
	Alex    Kind = "alex"
	Squeeze Kind = "squeeze"
	VGG     Kind = "vgg"
)

// Kinds lists the networks.
func Kinds() []Kind { return []Kind{Alex, Squeeze, VGG} }

// Spec is a tensor that a network needs, named as in torchvision's state_dict ("features.0.weight") or, for the
// weights of the distance, as in the authors' ("lin0.model.1.weight").
type Spec struct {
	Name  string
	Shape []int
}

// Specs lists the tensors of the network in a fixed order: those of the convolutions, then those of the distance.
// It is empty for a kind that is none.
func (k Kind) Specs() []Spec {
	var convs, heads []Spec
	stages, _ := k.stages()
	for _, s := range stages {
		for _, c := range s.layer.convs() {
			convs = append(convs, Spec{c.name + ".weight", []int{c.out, c.in, c.side, c.side}}, Spec{c.name + ".bias", []int{c.out}})
		}
		if s.tapped {
			heads = append(heads, Spec{fmt.Sprintf("lin%d.model.1.weight", len(heads)), []int{1, s.layer.channels(), 1, 1}})
		}
	}
	return append(convs, heads...)
}

// stage is a layer, and whether its output is compared.
type stage struct {
	layer  layer
	tapped bool
	head   []float32 // weights of the comparison, one a channel
}

// layer makes one set of planes of another.
type layer interface {
	// channels is the number of channels it gives; 0 for as many as it got.
	channels() int
	// length is the width that it makes of a width, or the height of a height.
	length(int) int
	// margin is how many zeros it reads around its input.
	margin() int
	// convs lists its convolutions.
	convs() []*conv
	run(w *Workspace, e *engine, dst, src planes)
}

// stages builds the network without weights. It returns false if the kind is none.
func (k Kind) stages() ([]stage, bool) {
	switch k {
	case Alex:
		return alexNet(), true
	case Squeeze:
		return squeezeNet(), true
	case VGG:
		return vgg16(), true
	}
	return nil, false
}

// alexNet is torchvision's alexnet.features, after Krizhevsky: "One weird trick for parallelizing convolutional neural
// networks" (2014), compared after each of its five convolutions.
func alexNet() []stage {
	return []stage{
		{layer: newConv("features.0", 3, 64, 11, 4, 2), tapped: true},
		{layer: &pool{side: 3}},
		{layer: newConv("features.3", 64, 192, 5, 1, 2), tapped: true},
		{layer: &pool{side: 3}},
		{layer: newConv("features.6", 192, 384, 3, 1, 1), tapped: true},
		{layer: newConv("features.8", 384, 256, 3, 1, 1), tapped: true},
		{layer: newConv("features.10", 256, 256, 3, 1, 1), tapped: true},
	}
}

// squeezeNet is torchvision's squeezenet1_1.features (Iandola and others, 2016), compared after the first convolution,
// after the second fire module of each of the first two pairs, and after each of the last four modules.
func squeezeNet() []stage {
	return []stage{
		{layer: newConv("features.0", 3, 64, 3, 2, 0), tapped: true},
		{layer: &pool{side: 3, ceil: true}},
		{layer: newFire("features.3", 64, 16, 64)},
		{layer: newFire("features.4", 128, 16, 64), tapped: true},
		{layer: &pool{side: 3, ceil: true}},
		{layer: newFire("features.6", 128, 32, 128)},
		{layer: newFire("features.7", 256, 32, 128), tapped: true},
		{layer: &pool{side: 3, ceil: true}},
		{layer: newFire("features.9", 256, 48, 192), tapped: true},
		{layer: newFire("features.10", 384, 48, 192), tapped: true},
		{layer: newFire("features.11", 384, 64, 256), tapped: true},
		{layer: newFire("features.12", 512, 64, 256), tapped: true},
	}
}

// vgg16 is torchvision's vgg16.features (Simonyan and Zisserman, 2014), configuration D, compared at the end of each of
// its five blocks.
func vgg16() []stage {
	var stages []stage
	in, index := 3, 0
	for _, block := range [][]int{{64, 64}, {128, 128}, {256, 256, 256}, {512, 512, 512}, {512, 512, 512}} {
		if index > 0 {
			stages = append(stages, stage{layer: &pool{side: 2}})
			index++
		}
		for i, out := range block {
			c := newConv(fmt.Sprintf("features.%d", index), in, out, 3, 1, 1)
			stages = append(stages, stage{layer: c, tapped: i == len(block)-1})
			in, index = out, index+2 // each convolution is followed by its rectifier
		}
	}
	return stages
}
