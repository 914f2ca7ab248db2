package jpegdec

import "math/bits"

// progressive decodes one scan of a progressive picture (T.81, G) into the coefficients.
func (d *Decoder) progressive(s *scanHeader) error {
	if err := d.advance(s); err != nil {
		return err
	}
	if s.from > 0 {
		return d.spectral(s)
	}
	slots, err := d.laySlots(s)
	if err != nil {
		return err
	}
	wide, high := d.size(s)
	run := mcuRun{slots: slots, preds: &d.preds, coef: d.coef}
	segment := d.openSegments(wide * high)
	for row := range high {
		for col := 0; col < wide; col += run.mcus {
			left, err := segment.left()
			if err != nil {
				return err
			}
			run.mcus = min(wide-col, left)
			d.place(s, slots, row, col)
			whole := false
			if s.high == 0 {
				whole = d.reader.dcFirst(&run, s.low)
			} else {
				whole = d.reader.dcRefine(&run, s.low)
			}
			if !whole {
				return d.entropyError()
			}
			segment.took(run.mcus)
		}
	}
	return nil
}

// advance checks that the scan brings the coefficients that it names the next bits that are due, and notes it.
func (d *Decoder) advance(s *scanHeader) error {
	switch {
	case s.from == 0 && s.to != 0, s.from > s.to, s.to > 63:
		return damaged("scan %d is of coefficients %d to %d, which may not go together", d.scans, s.from, s.to)
	case s.from > 0 && s.n != 1:
		return damaged("scan %d has AC coefficients of %d components; one is allowed", d.scans, s.n)
	case s.low > 13, s.high > 0 && s.low != s.high-1:
		return damaged("scan %d refines from bit %d to bit %d, which cannot be", d.scans, s.high, s.low)
	}
	for _, j := range s.comps[:s.n] {
		p := &d.planes[j]
		if s.from > 0 && p.left[0] < 0 {
			return damaged("scan %d has AC coefficients of component %d before its DC", d.scans, d.frame.comps[j].id)
		}
		due := int8(s.high)
		if s.high == 0 {
			due = -1
		}
		for k := s.from; k <= s.to; k++ {
			if p.left[k] != due {
				return damaged("scan %d has bits of coefficient %d of component %d that are not due", d.scans, k, d.frame.comps[j].id)
			}
			p.left[k] = int8(s.low)
		}
	}
	return nil
}

// dcFirst decodes the high bits of the DC coefficients of a run of MCUs.
func (r *reader) dcFirst(run *mcuRun, low int) bool {
	c := r.cursor
	for m := range run.mcus {
		for i := range run.slots {
			s := &run.slots[i]
			var diff int32
			var ok bool
			if c, diff, ok = c.difference(s.dc, r.buf); !ok {
				return false
			}
			run.preds[s.comp] += diff
			run.coef[s.first+m*s.step] = int16(run.preds[s.comp] << low)
		}
		if c.beyond(r.end) {
			break
		}
	}
	r.cursor = c
	return !r.overrun()
}

// dcRefine decodes one more bit of the DC coefficients of a run of MCUs.
func (r *reader) dcRefine(run *mcuRun, low int) bool {
	c := r.cursor
	for m := range run.mcus {
		c = c.refill(r.buf) // an MCU has ten blocks at most
		for i := range run.slots {
			s := &run.slots[i]
			run.coef[s.first+m*s.step] |= int16(c.bits(1) << low)
			c = c.skip(1)
		}
		if c.beyond(r.end) {
			break
		}
	}
	r.cursor = c
	return !r.overrun()
}

// acRun is a number of blocks that stand side by side, in a scan of some of their AC coefficients.
type acRun struct {
	table    *table
	from, to int
	low      int
	coef     []int16
	// mask has a bit for each coefficient of each block that is not zero, in the order of the stream. Refinement, which
	// has to pass by all of these and by few others, works on it.
	mask []uint64
	// eob is how many blocks still end at once: those of an end-of-band run.
	eob int
}

// spectral decodes a scan of AC coefficients.
func (d *Decoder) spectral(s *scanHeader) error {
	c, p := &d.frame.comps[s.comps[0]], &d.planes[s.comps[0]]
	run := acRun{table: &d.ac[s.ac[0]], from: s.from, to: s.to, low: s.low}
	if !run.table.defined {
		return damaged("component %d has no Huffman table", c.id)
	}
	segment := d.openSegments(c.blocksWide * c.blocksHigh)
	for row := range c.blocksHigh {
		for col := 0; col < c.blocksWide; {
			left, err := segment.left()
			if err != nil {
				return err
			}
			if segment.fresh {
				run.eob, segment.fresh = 0, false
			}
			n := min(c.blocksWide-col, left)
			at := p.coef/64 + row*p.coefWide + col
			run.coef, run.mask = d.coef[at*64:(at+n)*64], d.masks[at:at+n]
			whole := false
			if s.high == 0 {
				whole = d.reader.acFirst(&run)
			} else {
				whole = d.reader.acRefine(&run)
			}
			if !whole {
				return d.entropyError()
			}
			segment.took(n)
			col += n
		}
	}
	return nil
}

// acFirst decodes the high bits of the coefficients of a run of blocks.
func (r *reader) acFirst(run *acRun) bool {
	for i := 0; i < len(run.mask); i++ {
		if run.eob > 0 {
			skip := min(run.eob, len(run.mask)-i)
			run.eob -= skip
			i += skip - 1
			continue
		}
		if !r.acFirstBlock(run, (*[64]int16)(run.coef[i*64:]), &run.mask[i]) {
			return false
		}
	}
	return true
}

func (r *reader) acFirstBlock(run *acRun, out *[64]int16, mask *uint64) bool {
	c, buf := r.cursor, r.buf
	set, k, to, ok := *mask, uint32(run.from), uint32(run.to), true
	for ok && k <= to {
		c = c.refill(buf)
		e := c.look(run.table)
		if e>>16 != 0 {
			k += e >> 8 & 255
			out[zigzag[k-1]&63] = int16(e>>16) << run.low
			set |= 1 << ((k - 1) & 63)
			c = c.skip(e & 255)
			continue
		}
		var symbol uint32
		c, symbol, ok = c.special(run.table, e)
		zeros, size := symbol>>4, symbol&15
		if size == 0 {
			if zeros < 15 {
				run.eob = 1<<zeros - 1 + int(c.bits(zeros))
				c = c.skip(zeros)
				break
			}
			k += 16
			continue
		}
		k += zeros + 1
		out[zigzag[k-1]&63] = int16(extend(c.bits(size), int(size)) << run.low)
		set |= 1 << ((k - 1) & 63)
		c = c.skip(size)
	}
	r.cursor, *mask = c, set
	return ok && k <= to+1 && !r.overrun()
}

// acRefine decodes one more bit of the coefficients of a run of blocks (T.81, G.1.2.3): of those that are not zero, and
// the signs of those that become so.
func (r *reader) acRefine(run *acRun) bool {
	band := ^uint64(0) >> (63 - run.to) &^ (1<<run.from - 1)
	c := r.cursor
	for i := range run.mask {
		out := (*[64]int16)(run.coef[i*64:])
		rest := band
		if run.eob == 0 {
			var ok bool
			if c, rest, ok = r.acRefineBlock(c, run, out, &run.mask[i], band); !ok {
				return false
			}
		}
		if run.eob > 0 {
			run.eob--
			if due := run.mask[i] & rest; due != 0 {
				c = c.correct(r.buf, out, due, run.low)
			}
		}
		if c.beyond(r.end) {
			break
		}
	}
	r.cursor = c
	return !r.overrun()
}

// acRefineBlock decodes a block up to its end of band and returns the coefficients from there on.
func (r *reader) acRefineBlock(c cursor, run *acRun, out *[64]int16, mask *uint64, band uint64) (after cursor, rest uint64, ok bool) {
	for rest = band; rest != 0; {
		c = c.refill(r.buf)
		e := c.look(run.table)
		zeros, value := e>>8&255-1, int16(e>>16)
		if value != 0 {
			c = c.skip(e & 255)
		} else {
			var symbol uint32
			if c, symbol, ok = c.special(run.table, e); !ok || symbol&15 > 1 {
				return c, 0, false
			}
			zeros = symbol >> 4
			if symbol&15 == 1 {
				value = int16(2*c.bits(1)) - 1
				c = c.skip(1)
			} else if zeros < 15 {
				run.eob = 1<<zeros + int(c.bits(zeros))
				return c.skip(zeros), rest, true
			}
		}
		// The new coefficient is the zeros-th zero from here; all that are set before it get their correction.
		free := rest &^ *mask
		for range zeros {
			free &= free - 1
		}
		at := free & -free // 0 where there are not so many, which is an error unless the run is of zeros only
		due := rest & *mask & (at - 1)
		rest &^= at | (at - 1)
		if due != 0 {
			c = c.correct(r.buf, out, due, run.low)
		}
		if value != 0 {
			if at == 0 || value != 1 && value != -1 {
				return c, 0, false
			}
			out[zigzag[bits.TrailingZeros64(at)]&63] = value << run.low
			*mask |= at
		}
	}
	return c, rest, true
}

// correct reads a bit for each coefficient that is due and moves those with a 1 away from zero.
func (c cursor) correct(buf []byte, out *[64]int16, due uint64, low int) cursor {
	for due != 0 {
		c = c.refill(buf)
		for n := 0; n < 56 && due != 0; n++ {
			v := &out[zigzag[bits.TrailingZeros64(due)]&63]
			away := (*v>>15 | 1) << low
			*v += away & -int16(c.acc>>63)
			c = c.skip(1)
			due &= due - 1
		}
	}
	return c
}
