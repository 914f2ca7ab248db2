package jpegdec

// zigzag leads from the order of coefficients in the stream to their place in the block, row by row (T.81, figure 5).
// A run beyond the last coefficient lands on the last before it is noticed.
var zigzag = [64 + 16]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
	63, 63, 63, 63, 63, 63, 63, 63,
	63, 63, 63, 63, 63, 63, 63, 63,
}

// slot is one block of an MCU: what decodes it and where it goes.
//
// The assembly knows the places of the fields: see vector_amd64.go.
type slot struct {
	dc, ac *table
	first  int // place of its coefficients in the buffer, for the first MCU of a run
	step   int // how much further they are for each next MCU
	comp   int // index of the prediction
}

// mcuRun is a number of MCUs that follow each other in one segment.
type mcuRun struct {
	slots []slot
	preds *[4]int32
	coef  []int16
	mcus  int
}

// blocksGo decodes a run of MCUs of a sequential scan (T.81, F.2.2) and returns how many are whole. Fewer than asked
// for means that the segment has no more bits, or bits that mean nothing.
func (r *reader) blocksGo(run *mcuRun) int {
	for m := range run.mcus {
		for i := range run.slots {
			s := &run.slots[i]
			at := s.first + m*s.step
			if !r.block(s, &run.preds[s.comp], (*[64]int16)(run.coef[at:])) {
				return m
			}
		}
	}
	return run.mcus
}

// block decodes one block of a sequential scan into out, which it clears first.
func (r *reader) block(s *slot, pred *int32, out *[64]int16) bool {
	*out = [64]int16{}
	buf := r.buf
	c, diff, ok := r.difference(s.dc, buf)
	*pred += diff
	out[0] = int16(*pred)
	k := uint32(1)
	for ok && k < 64 {
		c = c.refill(buf)
		e := c.look(s.ac)
		if e>>16 != 0 {
			k += e >> 8 & 255
			out[zigzag[k-1]&63] = int16(e >> 16)
			c = c.skip(e & 255)
			continue
		}
		var symbol uint32
		c, symbol, ok = c.special(s.ac, e)
		run, size := symbol>>4, symbol&15
		if size == 0 {
			if run == 0 {
				break // end of block
			}
			ok = ok && run == 15 // other runs without a value do not exist in a sequential scan
			k += 16
			continue
		}
		k += run + 1
		out[zigzag[k-1]&63] = int16(extend(c.bits(size), int(size)))
		c = c.skip(size)
	}
	r.cursor = c
	return ok && k <= 64 && !r.overrun()
}
