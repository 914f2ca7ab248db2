package grade

// clip says of a sample of the candidate whether it stands at the end of its range, where the transform may have wanted
// to go further.
type clip uint8

const (
	unclipped clip = iota
	low
	high
)

// A coder smears clipped samples by a step.
const (
	clipLow  = 1.5 / 255
	clipHigh = 253.5 / 255
)

// cell is the mean of samples whose references lie in the same small cube of colours, that are clipped in the same way
// and held out in the same fold. Fits work on cells instead of samples: there are fewer, the noise of coding is averaged
// in them, and a transform is straight within a cube of 8×8×8 8-bit colours to less than a tenth of a step.
type cell struct {
	in, out [3]float64 // encoded, 0 to 1
	weight  float64    // samples, less where the reference is steep
	clip    [3]clip    // of out
	fold    uint8
}

// misses tells by how much a component of the model's output is off, and false where the output is clipped and the model
// goes at least as far.
func (c *cell) misses(component int, value float64) (float64, bool) {
	r := c.out[component] - value
	switch c.clip[component] {
	case low:
		return r, r < 0
	case high:
		return r, r > 0
	}
	return r, true
}

// steepness halves the weight of a sample that differs from those around it by this many 16-bit steps: at edges chroma
// subsampling, sharpening and the slightest shift count for more than colour.
const steepness = 24 * 257

// weight is how much a sample counts in fits and means.
func (s *sample) weight() float64 {
	e := float64(s.edge) / steepness
	return 1 / (1 + e*e)
}

// cellTable finds the cell of a key: open addressing, grown by doubling.
type cellTable struct {
	bits  int
	slots []int32 // index of the cell plus one
	keys  []uint32
	cells []cell
}

// Sizes of cells, in bits of each component. Coarse cells, which all folds share, lead a fit near its end; fine ones
// finish it.
const (
	coarse = 4
	fine   = 5
)

// gather puts the samples of blocks into cells. use, where it is not nil, says which blocks count. The order of the cells
// is that of their first samples.
func gather(blocks []block, use []bool, bits int) []cell {
	t := &cellTable{bits: bits, slots: make([]int32, 1<<12)}
	for i := range blocks {
		if use != nil && !use[i] {
			continue
		}
		b := &blocks[i]
		fold := b.fold
		if bits == coarse {
			fold = 0
		}
		for j := range b.samples[:b.n] {
			t.add(&b.samples[j], fold)
		}
	}
	for i := range t.cells {
		c := &t.cells[i]
		for k := range 3 {
			c.in[k] /= c.weight
			c.out[k] /= c.weight
		}
	}
	return t.cells
}

func (t *cellTable) add(s *sample, fold uint8) {
	key := uint32(fold)
	var in, out [3]float64
	var clips [3]clip
	for k := range 3 {
		key = key<<t.bits | uint32(s.ref[k]>>(16-t.bits))
		in[k], out[k] = float64(s.ref[k])/sampleScale, float64(s.cand[k])/sampleScale
		if out[k] < clipLow {
			clips[k] = low
		} else if out[k] > clipHigh {
			clips[k] = high
		}
		key = key<<2 | uint32(clips[k])
	}
	c := t.find(key)
	c.fold, c.clip = fold, clips
	w := s.weight()
	c.weight += w
	for k := range 3 {
		c.in[k] += w * in[k]
		c.out[k] += w * out[k]
	}
}

// find returns the cell of a key, a new one if there is none.
func (t *cellTable) find(key uint32) *cell {
	if 2*len(t.cells) >= len(t.slots) {
		t.grow()
	}
	slot := t.probe(key)
	if t.slots[slot] == 0 {
		t.keys = append(t.keys, key)
		t.cells = append(t.cells, cell{})
		t.slots[slot] = int32(len(t.cells))
	}
	return &t.cells[t.slots[slot]-1]
}

// probe finds the slot that holds the key or is free for it.
func (t *cellTable) probe(key uint32) int {
	mask := len(t.slots) - 1
	at := int(key*0x9e3779b1>>8) & mask
	for t.slots[at] != 0 && t.keys[t.slots[at]-1] != key {
		at = (at + 1) & mask
	}
	return at
}

func (t *cellTable) grow() {
	t.slots = make([]int32, 2*len(t.slots))
	for i, key := range t.keys {
		t.slots[t.probe(key)] = int32(i + 1)
	}
}
