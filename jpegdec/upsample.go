package jpegdec

// The rules are libjpeg's (jdsample.c): samples of half the width or height are interpolated linearly between their
// centres ("fancy upsampling"), all others are repeated. Where a sum ends in one half it is rounded up or down by
// turns, so that no tone drifts: that is what the differing biases are.

// filter is how a component is brought to full size.
type filter int

const (
	filterNone filter = iota // it has full size
	filterH2V1               // interpolated between columns
	filterH1V2               // between rows
	filterH2V2               // between both
	filterBox                // repeated
)

// chooseFilter follows jinit_upsampler: interpolation needs more than one sample a block, and between columns more than
// two columns.
func chooseFilter(hx, vx, width int, fancy bool) filter {
	switch {
	case hx == 1 && vx == 1:
		return filterNone
	case hx == 2 && vx == 1 && fancy && width > 2:
		return filterH2V1
	case hx == 1 && vx == 2 && fancy:
		return filterH1V2
	case hx == 2 && vx == 2 && fancy && width > 2:
		return filterH2V2
	}
	return filterBox
}

// context says whether the rows above and below are needed.
func (f filter) context() bool { return f == filterH1V2 || f == filterH2V2 }

// h2v1 doubles the width of a row of at least two samples; dst holds twice as many.
func h2v1(dst, src []uint8) {
	last := len(src) - 1
	dst[0] = src[0]
	dst[1] = uint8((3*uint(src[0]) + uint(src[1]) + 2) >> 2)
	for i := 1; i < last; i++ {
		near := 3 * uint(src[i])
		dst[2*i] = uint8((near + uint(src[i-1]) + 1) >> 2)
		dst[2*i+1] = uint8((near + uint(src[i+1]) + 2) >> 2)
	}
	dst[2*last] = uint8((3*uint(src[last]) + uint(src[last-1]) + 1) >> 2)
	dst[2*last+1] = src[last]
}

// h1v2 mixes a row with the one above (bias 1) or below (bias 2).
func h1v2(dst, near, far []uint8, bias uint16) {
	for i := range near {
		dst[i] = uint8((3*uint(near[i]) + uint(far[i]) + uint(bias)) >> 2)
	}
}

// h2v2 mixes two rows of at least two samples and doubles their width.
func h2v2(dst, near, far []uint8) {
	far = far[:len(near)]
	last := len(near) - 1
	column := func(i int) uint { return 3*uint(near[i]) + uint(far[i]) }
	before, this := column(0), column(0)
	for i := range near {
		after := this
		if i < last {
			after = column(i + 1)
		}
		dst[2*i] = uint8((3*this + before + 8) >> 4)
		dst[2*i+1] = uint8((3*this + after + 7) >> 4)
		before, this = this, after
	}
}

// box repeats each sample n times.
func box(dst, src []uint8, n int) {
	for i, v := range src {
		for j := range n {
			dst[i*n+j] = v
		}
	}
}
