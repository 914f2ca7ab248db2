package lpips

// resident is how many bytes of weights stay in a core's second cache beside the pictures' rows. Where they do, a row
// of pixels goes through all panels before the next, so that what it reads and writes stays near; where they do not, a
// panel goes over all rows before the next, so that each is loaded once.
const resident = 192 << 10

// tile is the work of an engine's row: adjacent output pixels of one row, into panels×16 channels. An output is the
// bias plus the sum over the filter's rows of the products of run contiguous inputs with as many rows of weights; what
// is less than 0 becomes 0. Distances are in floats.
type tile struct {
	out, in, weights, bias []float32
	outStep, inStep        int // from a pixel to the next
	runs, run              int // rows of the filter, and the inputs of each
	inRow                  int // from a row of inputs to the next
	panels                 int // 1 or 2
}

// products is the number of products in a sum, the rows of a panel.
func (t *tile) products() int { return t.runs * t.run }

func (c *conv) run(w *Workspace, e *engine, dst, src planes) { c.into(w, e, dst, src, 0) }

// into convolves src into the channels of dst from first on.
func (c *conv) into(w *Workspace, e *engine, dst, src planes, first int) {
	rows, block := 2*dst.height, 2*dst.height
	if 4*len(c.weights) <= resident {
		block = 1
	}
	w.tile = tile{
		outStep: dst.channels, inStep: c.stride * src.channels,
		runs: c.side, run: c.side * src.channels, inRow: src.row(),
	}
	for top := 0; top < rows; top += block {
		for channel := 0; channel < c.out; channel += panel * w.tile.panels {
			w.tile.panels = min(e.panels, (c.out-channel)/panel)
			for r := top; r < top+block; r++ {
				c.row(w, e, dst, src, r, channel, first)
			}
		}
	}
}

// row convolves row r of both pictures' rows into the panels from channel on.
func (c *conv) row(w *Workspace, e *engine, dst, src planes, r, channel, first int) {
	i, y := r/dst.height, r%dst.height
	t := &w.tile
	t.out = dst.from(i, 0, y)[first+channel:]
	t.in = src.from(i, -c.pad, y*c.stride-c.pad)
	t.weights, t.bias = c.weights[channel*t.products():], c.bias[channel:]
	e.row(t, dst.width)
}
