package demo

// ellipse adds an ellipse that turns clockwise, or the other way as a hole.
func (c *canvas) ellipse(x, y, rx, ry int, hole bool) {
	kx, ky := rx*566/1024, ry*566/1024 // 4(√2−1)/3: the cubic that is nearest a quarter circle
	if hole {
		ry, ky = -ry, -ky
	}
	c.move(x-rx, y)
	c.curve(x-rx, y-ky, x-kx, y-ry, x, y-ry)
	c.curve(x+kx, y-ry, x+rx, y-ky, x+rx, y)
	c.curve(x+rx, y+ky, x+kx, y+ry, x, y+ry)
	c.curve(x-kx, y+ry, x-rx, y+ky, x-rx, y)
	c.close()
}

// box is an upright rectangle in object units.
type box struct{ left, top, right, bottom int }

// rounded adds a rectangle with corners of a radius.
func (c *canvas) rounded(b box, radius int) {
	k := radius * 458 / 1024 // the rest of the quarter circle's handle
	c.move(b.left+radius, b.top)
	c.line(b.right-radius, b.top)
	c.curve(b.right-k, b.top, b.right, b.top+k, b.right, b.top+radius)
	c.line(b.right, b.bottom-radius)
	c.curve(b.right, b.bottom-k, b.right-k, b.bottom, b.right-radius, b.bottom)
	c.line(b.left+radius, b.bottom)
	c.curve(b.left+k, b.bottom, b.left, b.bottom-k, b.left, b.bottom-radius)
	c.line(b.left, b.top+radius)
	c.curve(b.left, b.top+k, b.left+k, b.top, b.left+radius, b.top)
	c.close()
}

// barrel adds a standing cylinder's outline: flat sides, its top and bottom edges bulging by depth.
func (c *canvas) barrel(b box, depth int) {
	third := (b.right - b.left) / 4
	c.move(b.left, b.top)
	c.curve(b.left+third/2, b.top+depth, b.right-third/2, b.top+depth, b.right, b.top)
	c.line(b.right, b.bottom)
	c.curve(b.right-third/2, b.bottom+depth, b.left+third/2, b.bottom+depth, b.left, b.bottom)
	c.close()
}

// polygon adds a contour of straight edges.
func (c *canvas) polygon(xy ...int) {
	c.move(xy[0], xy[1])
	for i := 2; i+1 < len(xy); i += 2 {
		c.line(xy[i], xy[i+1])
	}
	c.close()
}

// gleam fills a tall soft reflection of the window.
func (c *canvas) gleam(b box, alpha int) {
	c.rounded(b, (b.right-b.left)/2)
	p := c.down(newRamp(stop{0, rgb{255, 255, 255}}, stop{255, rgb{235, 240, 245}}), b.top, b.bottom)
	p.alpha = alpha
	c.fill(p)
}

// arch adds the upper half of a ring of a width, standing on y.
func (c *canvas) arch(y int, outer, inner point) {
	quarter := func(from, to, r point) { // from the horizontal axis to the vertical one, or back
		kx, ky := r.x*566/1024, r.y*566/1024
		if from.y == y {
			c.curve(from.x, y-ky, to.x+sign(from.x)*kx, to.y, to.x, to.y)
		} else {
			c.curve(from.x+sign(to.x)*kx, from.y, to.x, y-ky, to.x, to.y)
		}
	}
	c.move(-outer.x, y)
	quarter(point{-outer.x, y}, point{0, y - outer.y}, outer)
	quarter(point{0, y - outer.y}, point{outer.x, y}, outer)
	c.line(inner.x, y)
	quarter(point{inner.x, y}, point{0, y - inner.y}, inner)
	quarter(point{0, y - inner.y}, point{-inner.x, y}, inner)
	c.close()
}

func sign(x int) int {
	if x < 0 {
		return -1
	}
	return 1
}
