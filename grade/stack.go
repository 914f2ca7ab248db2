package grade

// A stack is the model behind curves, matrix, and curves with a matrix between: encoded components go
//
//	through a curve each, to linear light, through a matrix with an offset, to encoded values, through a curve each
//
// and any of the three may be left out. Curves are corrections added to the identity: knots at equal distances, straight
// lines between them and beyond the ends. A curve through 17 knots follows a change of gamma within one 8-bit step.
const (
	knots  = 17
	before = 3 * knots         // parameters of the curves before the matrix
	middle = 12                // of the matrix and its offset
	total  = 2*before + middle // of the whole stack
)

// parts says which parts of a stack are fitted; the others are the identity.
type parts uint8

const (
	inCurves parts = 1 << iota
	matrix
	outCurves
)

// stack holds the parameters: curves before by channel, matrix by rows with the offset last, curves after by channel.
type stack struct {
	parts  parts
	params [total]float64
}

func newStack() *stack {
	s := new(stack)
	for c := range 3 {
		s.params[before+5*c] = 1
	}
	return s
}

// span gives the parameters that are fitted, as ranges of params.
func (s *stack) span() (ranges [][2]int) {
	if s.parts&inCurves != 0 {
		ranges = append(ranges, [2]int{0, before})
	}
	if s.parts&matrix != 0 {
		ranges = append(ranges, [2]int{before, before + middle})
	}
	if s.parts&outCurves != 0 {
		ranges = append(ranges, [2]int{before + middle, total})
	}
	return ranges
}

// size is the number of parameters that are fitted.
func (s *stack) size() int {
	n := 0
	for _, r := range s.span() {
		n += r[1] - r[0]
	}
	return n
}

// place is where a value lies between two knots: the lower knot and the share of the upper. Beyond the ends the share
// leaves 0 to 1, which extends the curve in a straight line.
func place(x float64) (knot int, share float64) {
	at := x * (knots - 1)
	if at > 0 {
		knot = int(min(at, knots-2))
	}
	return knot, at - float64(knot)
}

// bend applies the curve whose corrections are given, and tells the slope.
func bend(curve []float64, x float64) (value, slope float64, knot int, share float64) {
	knot, share = place(x)
	step := curve[knot+1] - curve[knot]
	return x + curve[knot] + share*step, 1 + step*(knots-1), knot, share
}

func (s *stack) apply(x [3]float64) [3]float64 {
	if s.parts&(inCurves|matrix) != 0 {
		x = s.through(x)
	}
	if s.parts&outCurves != 0 {
		for c := range 3 {
			x[c], _, _, _ = bend(s.params[before+middle+c*knots:], x[c])
		}
	}
	return x
}

// through applies the first curves and the matrix.
func (s *stack) through(x [3]float64) (out [3]float64) {
	t := sRGB()
	var light [3]float64
	for c := range 3 {
		v := x[c]
		if s.parts&inCurves != 0 {
			v, _, _, _ = bend(s.params[c*knots:], v)
		}
		light[c], _ = t.linear.at(v)
	}
	for c := range 3 {
		m := s.params[before+4*c : before+4*c+4]
		out[c], _ = t.encoded.at(m[0]*light[0] + m[1]*light[1] + m[2]*light[2] + m[3])
	}
	return out
}

// derivative is one component of the output, and its derivatives by the parameters that it depends on, in rising order
// of their numbers.
type derivative struct {
	value float64
	n     int
	index [12]int
	slope [12]float64
}

func (d *derivative) add(index int, slope float64) {
	d.index[d.n], d.slope[d.n] = index, slope
	d.n++
}

// derive computes the output with its derivatives by all parameters of a full stack.
func (s *stack) derive(x [3]float64, out *[3]derivative) {
	t := sRGB()
	var light, lightSlope, share [3]float64
	var knot [3]int
	for c := range 3 {
		var v float64
		v, _, knot[c], share[c] = bend(s.params[c*knots:], x[c])
		light[c], lightSlope[c] = t.linear.at(v)
	}
	for c := range 3 {
		d := &out[c]
		d.n = 0
		m := s.params[before+4*c : before+4*c+4]
		v, encode := t.encoded.at(m[0]*light[0] + m[1]*light[1] + m[2]*light[2] + m[3])
		value, slope, at, part := bend(s.params[before+middle+c*knots:], v)
		d.value = value
		outer := slope * encode
		for j := range 3 {
			inner := outer * m[j] * lightSlope[j]
			d.add(j*knots+knot[j], inner*(1-share[j]))
			d.add(j*knots+knot[j]+1, inner*share[j])
		}
		for j := range 3 {
			d.add(before+4*c+j, outer*light[j])
		}
		d.add(before+4*c+3, outer)
		d.add(before+middle+c*knots+at, 1-part)
		d.add(before+middle+c*knots+at+1, part)
	}
}
