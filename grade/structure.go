package grade

import "math"

// Structure says whether the pictures show the same thing in the same places, by what brightness does within blocks: a
// colour transform, coding and noise leave its rises and falls where they are; a shift, a mirror or another picture does
// not.
type Structure struct {
	// Textured is the share of blocks whose reference varies enough to tell. Blocks that stand out as defects do not count.
	Textured float64 `json:"textured"`
	// Agreement is the share of those in which brightness rises and falls in both pictures alike (correlation above 0.6,
	// after the transform): nearly 1 for the same picture, about 0.1 by chance. It is 1 where too few blocks tell.
	Agreement float64 `json:"agreement"`
	// Slope is the change of the candidate per change of what was expected there: 1 under noise, near 0 by chance.
	Slope float64 `json:"slope"`
	// Contrast is the candidate's variance within blocks in units of what was expected: well below 1 after blur.
	Contrast float64 `json:"contrast"`
}

// The thresholds of the rule on structure.
const (
	// textured is the deviation within a block, in 8-bit steps, that coding does not make.
	textured = 6
	// alike is the correlation within a block that eight samples reach by chance in one of fifteen.
	alike = 0.6
	// fewestTextured blocks tell.
	fewestTextured = 32
	// strayed is the agreement below which the pictures do not lie on each other: a shift by one pixel of a fine texture
	// leaves 0.5, block errors of 14 steps 0.66, blur over 3×3 pixels 0.75.
	strayed = 0.6
	// nudged is the part of what remains that a shift must explain, and unmoved the agreement that a shift disturbs.
	nudged, unmoved = 0.05, 0.97
	// displaced is the least that other content leaves in the means of blocks, in ΔE00.
	displaced = 1.5
	// Noise keeps the slope, and blur loses contrast; neither moves the means of blocks by as much as other content does.
	keptSlope, lostContrast, movesLittle = 0.7, 0.25, 8
)

// structure compares the pictures within the blocks that do not stand out.
func (f *fitting) structure(c *candidate, out []bool) Structure {
	var all variation
	blocks, agreeing := 0, 0
	for i := range f.blocks {
		b := &f.blocks[i]
		if out[i] || b.n < enoughSamples {
			continue
		}
		v := b.variation(c.held[b.fold])
		if least := float64(b.n) * textured * textured; v.reference < least || max(v.expected, v.seen) < least {
			continue // flat, or flattened by a transform that clips
		}
		blocks++
		if v.together > alike*math.Sqrt(v.expected*v.seen) {
			agreeing++
		}
		all.together, all.expected, all.seen = all.together+v.together, all.expected+v.expected, all.seen+v.seen
	}
	s := Structure{Agreement: 1, Slope: 1, Contrast: 1}
	if blocks < fewestTextured {
		return s
	}
	s.Textured = float64(blocks) / float64(len(f.blocks))
	s.Agreement = float64(agreeing) / float64(blocks)
	s.Slope, s.Contrast = all.together/max(all.expected, 1), all.seen/max(all.expected, 1)
	return s
}

// variation holds sums over the samples of a block, of what their brightness has beyond its mean, in 8-bit steps squared.
type variation struct {
	reference, expected, seen float64 // of the reference, of what the transform makes of it, of the candidate
	together                  float64 // of what is expected times what is seen
}

func (b *block) variation(t transform) (v variation) {
	var values [perBlock][3]float64
	var mean [3]float64
	for j := range b.samples[:b.n] {
		s := &b.samples[j]
		in := s.reference()
		out := t.apply(in)
		for k, weight := range [3]float64{0.25, 0.5, 0.25} {
			values[j][0] += 255 * weight * in[k]
			values[j][1] += 255 * weight * min(max(out[k], 0), 1)
			values[j][2] += 255 * weight * float64(s.cand[k]) / sampleScale
		}
		for k := range mean {
			mean[k] += values[j][k] / float64(b.n)
		}
	}
	for j := range b.n {
		r, p, q := values[j][0]-mean[0], values[j][1]-mean[1], values[j][2]-mean[2]
		v.reference, v.expected, v.seen, v.together = v.reference+r*r, v.expected+p*p, v.seen+q*q, v.together+p*q
	}
	return v
}

// elsewhere says whether the candidate shows something else, or the same in other places. level is what a transform leaves
// in all blocks.
func (s Structure) elsewhere(e Edges, level float64) bool {
	if e.Explained >= nudged && s.Agreement < unmoved {
		return true
	}
	noisyOrBlurred := level < movesLittle && (s.Slope >= keptSlope || s.Contrast < lostContrast)
	return s.Agreement < strayed && level >= displaced && !noisyOrBlurred
}
