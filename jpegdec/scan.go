package jpegdec

// scanHeader is what a SOS segment says (T.81, B.2.3).
type scanHeader struct {
	n      int    // components in the scan
	comps  [4]int // their indices
	dc, ac [4]int // their tables

	from, to  int // spectral selection
	high, low int // successive approximation
}

// scan reads a SOS segment and the entropy-coded data behind it.
func (d *Decoder) scan(body []byte, dst *[]uint8) error {
	if !d.frame.seen {
		return damaged("a scan comes before the frame header")
	}
	s, err := d.readScan(body)
	if err != nil {
		return err
	}
	stream := !d.frame.progressive && s.n == d.frame.n
	if d.scans++; d.scans > d.opt.MaxScans {
		return tooLarge("it has more than %d scans", d.opt.MaxScans)
	}
	if d.done {
		return damaged("another scan follows the one that has all its components")
	}
	if d.scans == 1 {
		if err := d.begin(stream, dst); err != nil {
			return err
		}
	} else {
		stream = false
	}
	if err := d.latch(s); err != nil {
		return err
	}
	if d.frame.progressive {
		return d.progressive(s)
	}
	for i := range s.n {
		p := &d.planes[s.comps[i]]
		if p.left == [64]int8{} {
			return damaged("component %d comes in two scans", d.frame.comps[s.comps[i]].id)
		}
		p.left = [64]int8{}
	}
	d.done = stream
	return d.sequential(s, stream)
}

func (d *Decoder) readScan(body []byte) (*scanHeader, error) {
	if len(body) < 1 || body[0] < 1 || body[0] > 4 || len(body) != 4+2*int(body[0]) {
		return nil, damaged("a scan header has the wrong length")
	}
	s := &scanHeader{n: int(body[0])}
	blocks := 0
	for i := range s.n {
		id, tables := body[1+2*i], body[2+2*i]
		at := -1
		for j := range d.frame.n {
			// Of components with the same id, the first that is not taken yet is meant.
			if d.frame.comps[j].id == id && !s.has(j, i) {
				at = j
				break
			}
		}
		if at < 0 {
			return nil, damaged("a scan names component %d, which the frame does not have or the scan has already", id)
		}
		s.comps[i], s.dc[i], s.ac[i] = at, int(tables>>4), int(tables&15)
		if s.dc[i] > 3 || s.ac[i] > 3 {
			return nil, damaged("a scan names Huffman tables %#02x, which do not exist", tables)
		}
		blocks += d.frame.comps[at].h * d.frame.comps[at].v
	}
	if s.n > 1 && blocks > len(d.slots) {
		return nil, damaged("a scan has MCUs of %d blocks; %d are allowed", blocks, len(d.slots))
	}
	tail := body[1+2*s.n:]
	s.from, s.to, s.high, s.low = int(tail[0]), int(tail[1]), int(tail[2]>>4), int(tail[2]&15)
	return s, nil
}

// has says whether component j is among the first n of the scan.
func (s *scanHeader) has(j, n int) bool {
	for _, c := range s.comps[:n] {
		if c == j {
			return true
		}
	}
	return false
}

// latch takes over the quantisation table of each component at its first scan, as libjpeg does: a later table of the
// same number is for later components.
func (d *Decoder) latch(s *scanHeader) error {
	for _, j := range s.comps[:s.n] {
		p, q := &d.planes[j], &d.quant[d.frame.comps[j].tq]
		if p.latched {
			continue
		}
		if !q.defined {
			return damaged("component %d has no quantisation table", d.frame.comps[j].id)
		}
		p.quant, p.latched = q.values, true
	}
	return nil
}

// runLength is how many MCUs are decoded before they are transformed: few enough that their coefficients stay in the
// first-level cache.
func (d *Decoder) runLength() int {
	blocks := 0
	for i := range d.frame.n {
		blocks += d.frame.comps[i].h * d.frame.comps[i].v
	}
	return max(1, 96/blocks)
}

// size is how many MCUs the scan has. Where it has one component only, an MCU is one block, and blocks that hold nothing
// of the picture are left out (T.81, A.2.2).
func (d *Decoder) size(s *scanHeader) (wide, high int) {
	if s.n == 1 {
		c := &d.frame.comps[s.comps[0]]
		return c.blocksWide, c.blocksHigh
	}
	return d.frame.mcusWide, d.frame.mcusHigh
}

// sequential decodes a scan of whole coefficients. A stream is transformed and written out as it is read.
func (d *Decoder) sequential(s *scanHeader, stream bool) error {
	slots, err := d.laySlots(s)
	if err != nil {
		return err
	}
	wide, high := d.size(s)
	run := mcuRun{slots: slots, preds: &d.preds, coef: d.coef}
	longest := wide
	if stream {
		longest = d.runLength()
	}
	segment := d.openSegments(wide * high)
	for row := range high {
		for col := 0; col < wide; col += run.mcus {
			left, err := segment.left()
			if err != nil {
				return err
			}
			run.mcus = min(wide-col, longest, left)
			if stream {
				d.place(s, slots, 0, 0)
			} else {
				d.place(s, slots, row, col)
			}
			if d.reader.blocks(&run) < run.mcus {
				return d.entropyError()
			}
			segment.took(run.mcus)
			if stream {
				d.transformRun(row, col, run.mcus)
			}
		}
		if stream {
			d.out.rows(d, row)
		}
	}
	return nil
}

// laySlots describes the blocks of one MCU.
func (d *Decoder) laySlots(s *scanHeader) ([]slot, error) {
	slots := d.slots[:0]
	for i := range s.n {
		c := &d.frame.comps[s.comps[i]]
		dc, ac := &d.dc[s.dc[i]], &d.ac[s.ac[i]]
		if !d.frame.progressive {
			d.defaultTable(dc, 0, s.dc[i])
			d.defaultTable(ac, 1, s.ac[i])
		}
		if !dc.defined && s.high == 0 || !ac.defined && !d.frame.progressive {
			return nil, damaged("component %d has no Huffman table", c.id)
		}
		n := c.h * c.v
		if s.n == 1 {
			n = 1
		}
		for range n {
			slots = append(slots, slot{dc: dc, ac: ac, comp: i})
		}
	}
	return slots, nil
}

// place sets where the blocks of an MCU and of those right of it go.
func (d *Decoder) place(s *scanHeader, slots []slot, row, col int) {
	k := 0
	for i := range s.n {
		p, c := &d.planes[s.comps[i]], &d.frame.comps[s.comps[i]]
		h, v := c.h, c.v
		if s.n == 1 {
			h, v = 1, 1
		}
		for y := range v {
			for x := range h {
				slots[k].first = p.coef + ((row*v+y)*p.coefWide+col*h+x)*64
				slots[k].step = h * 64
				k++
			}
		}
	}
}

// entropyError says why the segment could not be decoded.
func (d *Decoder) entropyError() error {
	if !d.reader.overrun() {
		return damaged("its scan %d has a code that does not exist or leads beyond its block", d.scans)
	}
	if d.walk.pos >= len(d.walk.data) {
		return truncated("it ends within scan %d", d.scans)
	}
	return damaged("a segment of its scan %d ends early", d.scans)
}

// segments counts the MCUs between restart markers.
type segments struct {
	d     *Decoder
	inRun int  // MCUs left in this segment
	total int  // MCUs left in the scan
	next  byte // number of the next restart marker
	fresh bool // the segment has just begun
}

// openSegments begins a scan of so many MCUs.
func (d *Decoder) openSegments(total int) segments {
	g := segments{d: d, total: total}
	g.open()
	return g
}

func (g *segments) open() {
	d := g.d
	d.walk.pos = d.reader.open(d.walk.data, d.walk.pos)
	d.preds = [4]int32{}
	g.inRun, g.fresh = g.total, true
	if d.restart > 0 {
		g.inRun = min(g.total, d.restart)
	}
}

// left returns how many MCUs come before the next restart marker, and goes past that where it is due.
func (g *segments) left() (int, error) {
	if g.inRun > 0 {
		return g.inRun, nil
	}
	marker, err := g.d.walk.next()
	if err != nil {
		return 0, truncated("it ends within scan %d", g.d.scans)
	}
	if marker != markRST0+g.next {
		return 0, damaged("scan %d has marker %#02x in place of restart marker %d", g.d.scans, marker, g.next)
	}
	g.next = (g.next + 1) & 7
	g.open()
	return g.inRun, nil
}

func (g *segments) took(n int) {
	g.inRun -= n
	g.total -= n
}
