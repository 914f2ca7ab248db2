package demo

// unitsAcross is the width of a picture in scene units; shapes are drawn in them, whatever the size in pixels.
const unitsAcross = 4096

// subLines is how many sampling lines each row of pixels has; along a line coverage is exact to 1/64 of a pixel.
const subLines = 8

// subStep is the distance of sampling lines in 1/64 of a pixel; the first lies half of it below the edge.
const subStep = 64 / subLines

// full is the coverage of a whole pixel: every sampling line, over its whole length.
const full = subLines * 64

// canvas fills outlines in a packed RGB picture with anti-aliasing. All its arithmetic is on integers, because Go may
// fuse floating-point operations on some processors and the demo's bytes must not depend on the machine.
//
// An outline is made with move, line, curve and close, and may have several contours; a contour that turns the other
// way cuts a hole. fill paints it and forgets it. The verbs take their coordinates one by one, as those of any drawing
// language do.
type canvas struct {
	size   int
	pix    []uint8
	grain  *[grainSide * grainSide]int16
	cover  []int32 // signed change of coverage at each pixel, size+2 a row; all zero between outlines
	top    int     // rows and columns touched by the outline: top ≤ y < bottom, left ≤ x < right
	bottom int
	left   int
	right  int
	place  placing
	first  point // start of the contour, in 1/64 pixel
	at     point
}

// point is a place in 1/64 of a pixel.
type point struct{ x, y int }

// placing takes an object's own units to the scene's: mirrored, scaled by scale/1024, moved to x, y.
type placing struct {
	x, y, scale int
	mirrored    bool
}

func newCanvas(size int, grain *[grainSide * grainSide]int16) *canvas {
	c := &canvas{size: size, grain: grain, cover: make([]int32, size*(size+2))}
	c.forget()
	c.place = placing{scale: 1024}
	return c
}

func (c *canvas) forget() { c.top, c.bottom, c.left, c.right = c.size, 0, c.size, 0 }

// toPixels converts a place in object units to 1/64 of a pixel.
func (c *canvas) toPixels(x, y int) point {
	if c.place.mirrored {
		x = -x
	}
	x = c.place.x*1024 + x*c.place.scale
	y = c.place.y*1024 + y*c.place.scale
	return point{x * c.size / (1024 * unitsAcross / 64), y * c.size / (1024 * unitsAcross / 64)}
}

func (c *canvas) move(x, y int) {
	c.first = c.toPixels(x, y)
	c.at = c.first
}

func (c *canvas) line(x, y int) { c.edge(c.toPixels(x, y)) }

func (c *canvas) close() { c.edge(c.first) }

// curve adds a cubic Bézier curve with control points 1 and 2, which ends at 3.
func (c *canvas) curve(x1, y1, x2, y2, x3, y3 int) {
	p0, p1, p2, p3 := c.at, c.toPixels(x1, y1), c.toPixels(x2, y2), c.toPixels(x3, y3)
	reach := abs(p1.x-p0.x) + abs(p1.y-p0.y) + abs(p2.x-p1.x) + abs(p2.y-p1.y) + abs(p3.x-p2.x) + abs(p3.y-p2.y)
	n := min(24, 3+reach/320) // chords of about five pixels leave the curve by less than a tenth of one
	for i := 1; i <= n; i++ {
		j := n - i
		b0, b1, b2, b3 := j*j*j, 3*j*j*i, 3*j*i*i, i*i*i
		d := n * n * n
		c.edge(point{
			(b0*p0.x + b1*p1.x + b2*p2.x + b3*p3.x) / d,
			(b0*p0.y + b1*p1.y + b2*p2.y + b3*p3.y) / d,
		})
	}
}

// edge adds the straight edge from the current place to q: on each sampling line that it crosses, what lies to the
// right of it gains or loses coverage.
func (c *canvas) edge(q point) {
	p := c.at
	c.at = q
	sign := int32(1)
	if p.y > q.y {
		p, q, sign = q, p, -1
	}
	from, to := max(0, sampleAt(p.y)), min(c.size*subLines, sampleAt(q.y))
	if from >= to {
		return
	}
	slope := int64(q.x-p.x) << 16 / int64(q.y-p.y)
	x := int64(p.x)<<16 + slope*int64(from*subStep+subStep/2-p.y)
	c.top, c.bottom = min(c.top, from/subLines), max(c.bottom, (to-1)/subLines+1)
	lo, hi := c.size, 0
	for k := from; k < to; k++ {
		at := min(max(int(x>>16), 0), c.size*64)
		column, part := at>>6, int32(at&63)
		row := c.cover[k/subLines*(c.size+2)+column:]
		row[0] += sign * (64 - part)
		row[1] += sign * part
		lo, hi = min(lo, column), max(hi, column+1)
		x += slope * subStep
	}
	c.left, c.right = min(c.left, lo), max(c.right, min(hi, c.size))
}

// fill paints the outline and forgets it.
func (c *canvas) fill(p paint) {
	stride := c.size + 2
	for y := c.top; y < c.bottom; y++ {
		row := c.cover[y*stride : (y+1)*stride]
		c.fillRow(row, y, p)
		clear(row[min(c.left, c.size):])
	}
	c.forget()
}

func (c *canvas) fillRow(row []int32, y int, p paint) {
	sum := int32(0)
	at := p.alongX*c.left + p.alongY*y + p.start
	dst := c.pix[(y*c.size+c.left)*3:]
	grain := c.grain[y%grainSide*grainSide:][:grainSide]
	for x := c.left; x < c.right; x++ {
		sum += row[x]
		cover := min(max(sum, -sum), full)
		if cover != 0 {
			colour := &p.ramp[min(max(at>>16, 0), rampSteps-1)]
			noise := 0
			if !p.flat {
				noise = int(grain[x%grainSide])
			}
			weight := int(cover) * p.alpha / (full / 16) // of 16·256
			for k, v := range colour {
				old := int(dst[k]) << 8
				fresh := old + (int(v)+noise-old)*weight/(16*256)
				dst[k] = uint8(min(max(fresh+128, 0)>>8, 255))
			}
		}
		dst = dst[3:]
		at += p.alongX
	}
}

func abs(x int) int { return max(x, -x) }

// sampleAt returns the number of the first sampling line at or below y.
func sampleAt(y int) int { return (y + subStep/2 - 1) >> 3 }
