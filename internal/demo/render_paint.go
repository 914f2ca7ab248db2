package demo

import "math/rand/v2"

// rgb is an encoded sRGB colour.
type rgb [3]uint8

// rampSteps is how finely a gradient is cut.
const rampSteps = 256

// ramp holds a gradient in 1/256 of an 8-bit step.
type ramp [rampSteps][3]uint16

// paint is a linear gradient: at pixel x, y it shows step (alongX·x + alongY·y + start) / 2¹⁶ of its ramp, clamped.
type paint struct {
	ramp                  *ramp
	alongX, alongY, start int
	alpha                 int  // 0 clear to 256 opaque
	flat                  bool // without grain, for colours that must be met exactly
}

// stop is a colour of a gradient at a place from 0 to 255.
type stop struct {
	at     int
	colour rgb
}

// newRamp makes the gradient through stops, which rise from 0 to 255.
func newRamp(stops ...stop) *ramp {
	r := new(ramp)
	k := 0
	for i := range r {
		for k+2 < len(stops) && i > stops[k+1].at {
			k++
		}
		a, b := stops[k], stops[k+1]
		for ch := range 3 {
			from, to := int(a.colour[ch])<<8, int(b.colour[ch])<<8
			r[i][ch] = uint16(from + (to-from)*(i-a.at)/(b.at-a.at))
		}
	}
	return r
}

// solid is one colour, exactly.
func solid(colour rgb, alpha int) paint {
	return paint{ramp: newRamp(stop{0, colour}, stop{255, colour}), alpha: alpha, flat: true}
}

// across is a gradient from x0 to x1, in object units of the current placing.
func (c *canvas) across(r *ramp, x0, x1 int) paint {
	a, b := c.toPixels(x0, 0).x, c.toPixels(x1, 0).x
	along := rampSteps << 16 * 64 / nonZero(b-a)
	return paint{ramp: r, alongX: along, start: -along / 64 * a, alpha: 256}
}

// down is a gradient from y0 to y1, in object units of the current placing.
func (c *canvas) down(r *ramp, y0, y1 int) paint {
	a, b := c.toPixels(0, y0).y, c.toPixels(0, y1).y
	along := rampSteps << 16 * 64 / nonZero(b-a)
	return paint{ramp: r, alongY: along, start: -along / 64 * a, alpha: 256}
}

func nonZero(x int) int {
	if x == 0 {
		return 1
	}
	return x
}

// glow lays a soft elliptic blob of colour over the picture: alpha (of 256) at its centre, nothing at its edge.
func (c *canvas) glow(x, y, rx, ry, alpha int, colour rgb) {
	at, reach := c.toPixels(x, y), point{rx * c.place.scale, ry * c.place.scale}
	reach.x = nonZero(reach.x * c.size / (1024 * unitsAcross))
	reach.y = nonZero(reach.y * c.size / (1024 * unitsAcross))
	cx, cy := at.x/64, at.y/64
	for py := max(0, cy-reach.y); py < min(c.size, cy+reach.y+1); py++ {
		dy := (py - cy) * 1024 / reach.y
		grain := c.grain[py%grainSide*grainSide:][:grainSide]
		for px := max(0, cx-reach.x); px < min(c.size, cx+reach.x+1); px++ {
			dx := (px - cx) * 1024 / reach.x
			near := 1<<20 - dx*dx - dy*dy
			if near <= 0 {
				continue
			}
			near >>= 10
			weight := near * near >> 10 * alpha >> 8 // of 1024
			dst := c.pix[(py*c.size+px)*3:][:3]
			for k := range dst {
				old := int(dst[k]) << 8
				fresh := old + (int(colour[k])<<8-old)*weight>>10 + int(grain[px%grainSide])*weight>>10
				dst[k] = uint8(min(max(fresh+128, 0)>>8, 255))
			}
		}
	}
}

// mix goes from a to b, t of 256 of the way.
func mix(a, b rgb, t int) rgb {
	var out rgb
	for k := range out {
		out[k] = uint8(int(a[k]) + (int(b[k])-int(a[k]))*t/256)
	}
	return out
}

// lit is a colour under more or less light: below 100 per cent darker, above it nearer to white.
func lit(colour rgb, percent int) rgb {
	if percent <= 100 {
		return mix(rgb{}, colour, percent*256/100)
	}
	return mix(colour, rgb{255, 255, 255}, (percent-100)*256/100)
}

// round is the shading of an upright cylinder lit by a window on the left, with the rim light of a reflector on the right.
func round(base rgb) *ramp {
	return newRamp(
		stop{0, lit(base, 62)}, stop{26, lit(base, 88)}, stop{70, lit(base, 124)}, stop{110, lit(base, 104)},
		stop{170, lit(base, 78)}, stop{228, lit(base, 52)}, stop{246, lit(base, 60)}, stop{255, lit(base, 72)},
	)
}

// metal is the shading of polished metal: narrow bright and dark bands.
func metal(base rgb) *ramp {
	return newRamp(
		stop{0, lit(base, 50)}, stop{30, lit(base, 105)}, stop{60, lit(base, 165)}, stop{85, lit(base, 95)},
		stop{130, lit(base, 60)}, stop{165, lit(base, 112)}, stop{190, lit(base, 140)}, stop{225, lit(base, 62)},
		stop{255, lit(base, 90)},
	)
}

// fade is a plain gradient between two amounts of light.
func fade(base rgb, from, to int) *ramp {
	return newRamp(stop{0, lit(base, from)}, stop{255, lit(base, to)})
}

// grainSide is the side of the tile of film grain.
const grainSide = 64

// newGrain makes film grain: triangular noise of about one 8-bit step, in 1/256 of a step. It is what keeps
// gradients from banding, as a sensor's noise does.
func newGrain(seed uint64) *[grainSide * grainSide]int16 {
	r := rand.New(rand.NewPCG(seed, 0x67726169))
	g := new([grainSide * grainSide]int16)
	for i := range g {
		g[i] = int16(r.IntN(321) + r.IntN(321) - 320)
	}
	return g
}
