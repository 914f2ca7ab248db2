package grade

import (
	"sync"

	"github.com/safelight-dev/safelight/colour"
)

// rampSteps divides the range 0 to 1 of a tabulated function. At 4096 the encoding of linear light, whose bend near black
// is the sharpest of all that is tabulated, is right to 2e-5: a two-hundredth of an 8-bit step.
const rampSteps = 4096

// ramp is a monotone function on 0 to 1 as a table with straight lines between its points and beyond its ends. Fits need
// a value and a slope outside the range too, where a model is on its way to the edge; the functions proper are odd or
// undefined there.
type ramp [rampSteps + 1]float64

func newRamp(f func(float64) float64) *ramp {
	r := new(ramp)
	for i := range r {
		r[i] = f(float64(i) / rampSteps)
	}
	return r
}

// at gives the value and the slope at x.
func (r *ramp) at(x float64) (value, slope float64) {
	at := x * rampSteps
	i := 0
	if at > 0 { // false for NaN too
		i = int(min(at, rampSteps-1))
	}
	step := r[i+1] - r[i]
	return r[i] + (at-float64(i))*step, step * rampSteps
}

// transfer are the transfer function of sRGB and its inverse.
type transfer struct{ linear, encoded *ramp }

// sRGB is made when the first fit needs it: every start of the program would pay for it else.
var sRGB = sync.OnceValue(func() transfer {
	return transfer{newRamp(colour.ToLinear), newRamp(colour.ToEncoded)}
})
