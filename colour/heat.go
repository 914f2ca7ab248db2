package colour

import "sync"

// heatStop is a point of the heat map's ramp.
type heatStop struct {
	deltaE  float32
	r, g, b float32
}

// heatStops are six equidistant colours of matplotlib's "inferno" (N. Smith and S. van der Walt, 2015, CC0). Its
// lightness rises all the way, so that the order survives every kind of colour blindness and a black-and-white print.
// The stops stand where a viewer's judgement changes: 1 is just visible, 2 to 3 is visible side by side, 5 at a glance, and
// from 10 on it is another colour.
func heatStops() [6]heatStop {
	return [6]heatStop{
		{0, 0x00, 0x00, 0x04},
		{1, 0x42, 0x0a, 0x68},
		{2, 0x93, 0x26, 0x67},
		{3, 0xdd, 0x51, 0x3a},
		{5, 0xfc, 0xa5, 0x0a},
		{10, 0xfc, 0xff, 0xa4},
	}
}

// Heat returns the sRGB colour of a ΔE00 value in a heat map, linear between these stops: 0 #000004 (nearly black),
// 1 #420a68, 2 #932667, 3 #dd513a, 5 #fca50a, 10 and more #fcffa4 (pale yellow). Negative values count as 0; NaN is
// shown as the top of the ramp.
func Heat(deltaE float32) (r, g, b uint8) {
	stops := heatStops()
	last := stops[len(stops)-1]
	if !(deltaE < last.deltaE) {
		return uint8(last.r), uint8(last.g), uint8(last.b)
	}
	deltaE = max(deltaE, 0)
	i := 1
	for deltaE >= stops[i].deltaE {
		i++
	}
	low, high := &stops[i-1], &stops[i]
	t := (deltaE - low.deltaE) / (high.deltaE - low.deltaE)
	mix := func(a, b float32) uint8 { return uint8(a + float32(t*(b-a)) + 0.5) }
	return mix(low.r, high.r), mix(low.g, high.g), mix(low.b, high.b)
}

// heatSteps is the fineness of heatRamp: steps of a ΔE00.
const heatSteps = 256

// heatRamp is [Heat] at each step up to the top of the ramp.
var heatRamp = sync.OnceValue(func() *[10*heatSteps + 1][4]uint8 {
	ramp := new([10*heatSteps + 1][4]uint8)
	for i := range ramp {
		r, g, b := Heat(float32(i) / heatSteps)
		ramp[i] = [4]uint8{r, g, b, 255}
	}
	return ramp
})

// HeatRow writes [Heat] of each value, rounded to 1/256 ΔE00, as packed RGBA of full opacity: within 1 of Heat in each
// sample. It allocates nothing. It panics if dst does not have exactly four samples for each value.
func HeatRow(dst []uint8, deltaE []float32) {
	if len(dst) != 4*len(deltaE) {
		panic("colour: a heat map needs four samples for each difference")
	}
	ramp := heatRamp()
	for i, v := range deltaE {
		step := len(ramp) - 1
		if v < 10 {
			step = int(max(v, 0)*heatSteps + 0.5)
		}
		copy(dst[4*i:4*i+4:4*i+4], ramp[step][:])
	}
}
