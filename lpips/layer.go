package lpips

// panel is the number of output channels whose weights lie side by side: a vector of AVX-512, two of AVX2.
const panel = 16

// conv is a convolution with bias and rectifier.
type conv struct {
	name                       string
	in, out, side, stride, pad int
	// weights are out/16 panels of side×side×in rows of 16 output channels.
	weights, bias []float32
}

func newConv(name string, in, out, side, stride, pad int) *conv {
	return &conv{name: name, in: in, out: out, side: side, stride: stride, pad: pad}
}

func (c *conv) channels() int    { return c.out }
func (c *conv) length(n int) int { return over(n+2*c.pad-c.side, c.stride) }
func (c *conv) margin() int      { return c.pad }
func (c *conv) convs() []*conv   { return []*conv{c} }

// over counts the steps of a window that has room to move.
func over(room, step int) int {
	if room < 0 {
		return 0
	}
	return room/step + 1
}

// pool takes the maximum of windows that are two pixels apart. All its inputs come from a rectifier.
type pool struct {
	side int
	ceil bool // a last window may hang over the edge
}

func (p *pool) channels() int  { return 0 }
func (p *pool) convs() []*conv { return nil }

func (p *pool) length(n int) int {
	if p.ceil && n > 1 {
		n++ // room for the window that hangs over by one pixel
	}
	return over(n-p.side, 2)
}

// margin: what hangs over reads zeros, which no maximum of rectified values notices.
func (p *pool) margin() int {
	if p.ceil {
		return 1
	}
	return 0
}

func (p *pool) run(_ *Workspace, e *engine, dst, src planes) {
	for r := range 2 * dst.height {
		i, y := r/dst.height, r%dst.height
		e.pool(dst.from(i, 0, y), src.from(i, 0, 2*y), dst.width, dst.channels, src.row(), p.side)
	}
}

// fire is SqueezeNet's module: few channels, spread again by filters of 1×1 and of 3×3, whose outputs lie side by side.
type fire struct{ squeeze, small, large *conv }

func newFire(name string, in, squeeze, expand int) *fire {
	return &fire{
		newConv(name+".squeeze", in, squeeze, 1, 1, 0),
		newConv(name+".expand1x1", squeeze, expand, 1, 1, 0),
		newConv(name+".expand3x3", squeeze, expand, 3, 1, 1),
	}
}

func (f *fire) channels() int    { return f.small.out + f.large.out }
func (f *fire) length(n int) int { return n }
func (f *fire) margin() int      { return 0 }
func (f *fire) convs() []*conv   { return []*conv{f.squeeze, f.small, f.large} }

// middle are the planes between squeeze and expand.
func (f *fire) middle(src planes) planes {
	return planes{width: src.width, height: src.height, channels: f.squeeze.out, margin: f.large.pad}
}

func (f *fire) run(w *Workspace, e *engine, dst, src planes) {
	mid := f.middle(src)
	mid.data = w.middle[:mid.size()]
	mid.clearMargin()
	f.squeeze.into(w, e, mid, src, 0)
	f.small.into(w, e, dst, mid, 0)
	f.large.into(w, e, dst, mid, f.small.out)
}
