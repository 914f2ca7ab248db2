package grade

import (
	"cmp"
	"slices"
)

// Concentration says whether what remains is gathered in few places.
type Concentration struct {
	// Worst1 and Worst5 are the shares of the remaining energy that the worst 1 % and 5 % of blocks hold. Evenly spread
	// noise has a little over 0.01 and 0.05.
	Worst1 float64 `json:"worst1"`
	Worst5 float64 `json:"worst5"`
	// Area is the share of blocks that stand out, Energy the share in them of what remains and is systematic.
	Area   float64 `json:"area"`
	Energy float64 `json:"energy"`
	// Rest is the 85th percentile of the systematic difference of the blocks that do not stand out, in ΔE00.
	Rest float64 `json:"rest"`
	// Compact is the share of blocks that stand out in the boxes around those that touch: 1 for rectangles, little for
	// contours. It is 0 where nothing stands out, or there is more than one pair.
	Compact float64 `json:"compact"`
	// Banding is the share of the remaining energy that steps of each channel explain: near 0 for noise and for what a
	// smooth transform leaves, most of it after a picture was reduced to few levels.
	Banding float64 `json:"banding"`
	// Region is the bounding box of the connected blocks with the most energy, where blocks stand out and there is one
	// pair only.
	Region *Region `json:"region,omitempty"`

	// Of the region's blocks: their share of all, their share of the box, and their systematic difference.
	worstArea, worstFill, worstOff float64
}

// Region is a rectangle of the pictures, in pixels.
type Region struct {
	X      int `json:"x"`
	Y      int `json:"y"`
	Width  int `json:"width"`
	Height int `json:"height"`
	// DeltaE00 is the root mean square of what remains in the blocks that stand out there.
	DeltaE00 float64 `json:"deltaE00"`
	// Energy is the share of the picture's remaining energy in them.
	Energy float64 `json:"energy"`
}

// concentrate measures the concentration of what remains, given which blocks stand out.
func concentrate(sums []float64, out []bool) Concentration {
	order := slices.Clone(sums)
	slices.SortFunc(order, func(p, q float64) int { return cmp.Compare(q, p) })
	var c Concentration
	var all float64
	n := 0
	for i, v := range sums {
		all += v
		if out[i] {
			n++
		}
	}
	if all <= 0 {
		return c
	}
	share := func(part int) float64 {
		sum := 0.0
		for _, v := range order[:(len(order)+part-1)/part] {
			sum += v
		}
		return sum / all
	}
	c.Worst1, c.Worst5 = share(100), share(20)
	c.Area = float64(n) / float64(len(sums))
	return c
}

// component is a set of blocks that stand out and touch, by an edge or a corner, with the box around them in blocks.
type component struct {
	blocks         []int
	x0, y0, x1, y1 int
	energy         float64
	samples        int
}

// components finds them among the blocks of one picture.
func components(blocks []block, out []bool, cols, rows int) (all []component) {
	at := make([]int, cols*rows) // block's index plus one
	for i := range blocks {
		if out[i] {
			at[int(blocks[i].y)*cols+int(blocks[i].x)] = i + 1
		}
	}
	for start := range at {
		if at[start] != 0 {
			all = append(all, flood(at, start, cols, rows))
		}
	}
	return all
}

// flood takes the component at start out of the map.
func flood(at []int, start, cols, rows int) component {
	x, y := start%cols, start/cols
	c := component{blocks: []int{at[start] - 1}, x0: x, y0: y, x1: x, y1: y}
	at[start] = 0
	for queue := []int{start}; len(queue) > 0; queue = queue[1:] {
		x, y := queue[0]%cols, queue[0]/cols
		c.x0, c.y0, c.x1, c.y1 = min(c.x0, x), min(c.y0, y), max(c.x1, x), max(c.y1, y)
		for ny := max(y-1, 0); ny <= min(y+1, rows-1); ny++ {
			for nx := max(x-1, 0); nx <= min(x+1, cols-1); nx++ {
				if next := ny*cols + nx; at[next] != 0 {
					c.blocks = append(c.blocks, at[next]-1)
					at[next] = 0
					queue = append(queue, next)
				}
			}
		}
	}
	return c
}

// area is the number of blocks in the box.
func (c *component) area() int { return (c.x1 - c.x0 + 1) * (c.y1 - c.y0 + 1) }

// measure adds up the energy of the component.
func (c *component) measure(blocks []block, sums []float64) {
	for _, i := range c.blocks {
		c.energy += sums[i]
		c.samples += int(blocks[i].n)
	}
}
