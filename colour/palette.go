package colour

import "math"

// Swatch is a named colour of a brand's palette.
type Swatch struct {
	Name string
	Lab  Lab
}

// SwatchDrift is how one swatch fares in a picture.
type SwatchDrift struct {
	Name     string
	Lab      Lab     // mean of the candidate at the places of the swatch; the zero Lab where there are none
	DeltaE00 float64 // CIEDE2000 of the reference's mean and the candidate's mean at those places
	Coverage float64 // share of the picture that those places are, 0 to 1
}

// PaletteDrift measures how far the colours of a brand moved between a reference and a candidate. The places of a
// swatch are the pixels of the reference within a radius of it, each pixel going to its nearest swatch, so that a logo
// of a few pixels shows as clearly as a background. Means of Lab are compared, not pixels: noise and compression
// cancel, a drift does not.
//
// Places are chosen by the distance of CIE 1976 and not by CIEDE2000: it is a metric and so has a well-defined nearest
// swatch, it is cheap, and it only selects. The verdict is CIEDE2000.
//
// Sums are kept in fixed point, so that the order of rows and strips does not change the result. It is not safe for
// concurrent use: give each strip its own and [PaletteDrift.Merge] them.
type PaletteDrift struct {
	swatches []Swatch
	radius2  float64
	places   []swatchSum
	n        int64
	cells    [cellCount]uint8 // what is known of the colours of a cell: cellUnknown, cellFar or cellNear
	cache    paletteCache
}

// swatchSum sums the Lab of both pictures over n places, in units of 2⁻²⁰.
type swatchSum struct {
	n         int64
	ref, cand fixedLab
}

// fixedLab is Lab in units of 2⁻²⁰; a sum holds 10¹⁰ pixels.
type fixedLab [3]int64

const (
	paletteBits = 13
	fixedOne    = 1 << 20
	deep        = 1 << 63 // marks the cache keys of 16-bit colours
	used        = 1 << 62 // marks cache keys in use, black included
)

// paletteCache remembers what was computed of colours: pictures have few distinct ones. What is looked at for each
// pixel lies close together.
type paletteCache struct {
	key    [1 << paletteBits]uint64
	swatch [1 << paletteBits]int32 // index, or -1 where none is near
	lab    [1 << paletteBits]fixedLab
}

// NewPaletteDrift returns an accumulator for swatches. radius is in ΔE of CIE 1976 and includes its edge; of two
// swatches equally near, the first wins.
func NewPaletteDrift(swatches []Swatch, radius float64) *PaletteDrift {
	return &PaletteDrift{
		swatches: append([]Swatch(nil), swatches...),
		radius2:  radius * radius,
		places:   make([]swatchSum, len(swatches)),
	}
}

// Reset empties the accumulator for the next picture. What it learnt of colours it keeps.
func (d *PaletteDrift) Reset() {
	d.n = 0
	clear(d.places)
}

// AddRow8 adds a row of packed 8-bit sRGB, three samples a pixel, or several rows without gaps. It allocates nothing. It
// panics if the rows do not have the same whole number of pixels.
func (d *PaletteDrift) AddRow8(ref, cand []uint8) {
	mustPair(len(ref), len(cand))
	d.n += int64(len(ref) / 3)
	if len(d.swatches) == 0 {
		return
	}
	for i := 0; i+3 <= len(ref); i += 3 {
		p := ref[i : i+3 : i+3]
		cell := uint(p[0]>>3)<<10 | uint(p[1]>>3)<<5 | uint(p[2]>>3)
		if known := d.cells[cell]; known == cellFar || known == cellUnknown && !d.near(cell) {
			continue
		}
		if slot := d.slot(used | uint64(p[0]) | uint64(p[1])<<16 | uint64(p[2])<<32); d.cache.swatch[slot] >= 0 {
			q := cand[i : i+3 : i+3]
			d.count(slot, used|uint64(q[0])|uint64(q[1])<<16|uint64(q[2])<<32)
		}
	}
}

// AddRow16 is [PaletteDrift.AddRow8] for 16-bit sRGB.
func (d *PaletteDrift) AddRow16(ref, cand []uint16) {
	mustPair(len(ref), len(cand))
	d.n += int64(len(ref) / 3)
	if len(d.swatches) == 0 {
		return
	}
	for i := 0; i+3 <= len(ref); i += 3 {
		p := ref[i : i+3 : i+3]
		cell := uint(p[0]>>11)<<10 | uint(p[1]>>11)<<5 | uint(p[2]>>11)
		if known := d.cells[cell]; known == cellFar || known == cellUnknown && !d.near(cell) {
			continue
		}
		if slot := d.slot(deep | used | uint64(p[0]) | uint64(p[1])<<16 | uint64(p[2])<<32); d.cache.swatch[slot] >= 0 {
			q := cand[i : i+3 : i+3]
			d.count(slot, deep|used|uint64(q[0])|uint64(q[1])<<16|uint64(q[2])<<32)
		}
	}
}

// count adds a place of the colour in the slot, where the candidate has the colour of key.
func (d *PaletteDrift) count(slot int, key uint64) {
	place := &d.places[d.cache.swatch[slot]]
	place.n++
	place.ref.add(&d.cache.lab[slot]) // before the next look-up, which may take the slot
	place.cand.add(&d.cache.lab[d.slot(key)])
}

// slot returns where Lab and nearest swatch of the colour that key packs stand, valid until the next call.
func (d *PaletteDrift) slot(key uint64) int {
	slot := int(key * 0x9e3779b97f4a7c15 >> (64 - paletteBits))
	if d.cache.key[slot] != key {
		d.fill(slot, key)
	}
	return slot
}

func (d *PaletteDrift) fill(slot int, key uint64) {
	r, g, b := uint16(key), uint16(key>>16), uint16(key>>32)
	var lab Lab
	if key&deep != 0 {
		table := linear16()
		lab.L, lab.A, lab.B = labOf(float64(table[r])/unit, float64(table[g])/unit, float64(table[b])/unit)
	} else {
		lab.L, lab.A, lab.B = labOf(linear8[uint8(r)], linear8[uint8(g)], linear8[uint8(b)])
	}
	d.cache.key[slot], d.cache.swatch[slot] = key, d.nearest(lab)
	d.cache.lab[slot] = fixedLab{toFixed(lab.L), toFixed(lab.A), toFixed(lab.B)}
}

// nearest returns the index of the nearest swatch within the radius, or -1.
func (d *PaletteDrift) nearest(p Lab) int32 {
	best, found := d.radius2, int32(-1)
	for i := range d.swatches {
		s := &d.swatches[i].Lab
		l, a, b := p.L-s.L, p.A-s.A, p.B-s.B
		if dist := float64(l*l) + float64(a*a) + float64(b*b); dist < best || dist == best && found < 0 {
			best, found = dist, int32(i)
		}
	}
	return found
}

// Merge adds what o has accumulated. o must have been made with the same swatches and radius; it panics where their
// number differs.
func (d *PaletteDrift) Merge(o *PaletteDrift) {
	if len(d.places) != len(o.places) {
		panic("colour: merging palettes of different swatches")
	}
	d.n += o.n
	for i := range d.places {
		place, other := &d.places[i], &o.places[i]
		place.n += other.n
		place.ref.add(&other.ref)
		place.cand.add(&other.cand)
	}
}

// Result returns the drift of each swatch, in the order given to [NewPaletteDrift]. A swatch without places has
// Coverage 0 and DeltaE00 0.
func (d *PaletteDrift) Result() []SwatchDrift {
	result := make([]SwatchDrift, len(d.swatches))
	for i := range d.swatches {
		result[i].Name = d.swatches[i].Name
		if place := &d.places[i]; place.n > 0 {
			ref, cand := place.ref.mean(place.n), place.cand.mean(place.n)
			result[i].Lab = cand
			result[i].DeltaE00 = DeltaE2000(ref, cand)
			result[i].Coverage = float64(place.n) / float64(d.n)
		}
	}
	return result
}

func (f *fixedLab) add(g *fixedLab) {
	f[0] += g[0]
	f[1] += g[1]
	f[2] += g[2]
}

func (f *fixedLab) mean(n int64) Lab {
	unit := 1 / (fixedOne * float64(n))
	return Lab{float64(f[0]) * unit, float64(f[1]) * unit, float64(f[2]) * unit}
}

func toFixed(v float64) int64 { return int64(math.Round(v * fixedOne)) }

func mustPair(ref, cand int) {
	if ref != cand || ref%3 != 0 {
		panic("colour: two rows of different length, or not of whole pixels")
	}
}
