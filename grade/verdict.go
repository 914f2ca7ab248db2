package grade

import (
	"slices"
)

// The thresholds of the rule, in ΔE00 of what is systematic unless said otherwise.
const (
	// unchanged is what coding leaves of an unchanged picture.
	unchanged = 0.75
	// A block stands out when it is off by more than leastLocal and more than timesMedian the median.
	leastLocal  = 2.5
	timesMedian = 4
	// mostTrimmed is the share of blocks that may stand out and be left out of a fit.
	mostTrimmed = 0.4
	// globalShare must be explained for a transform to be called global, and no more than mostLeft remain in the blocks that
	// the fit saw: a table explains a part of anything, but a table that was applied leaves below 1 ΔE00 after coding, and
	// below 3 where it clips much.
	globalShare = 0.6
	mostLeft    = 3.5
	// A difference below unchanged is a transform too, where one explains what no coding leaves to be explained.
	faint, faintShare = 0.25, 0.8
	// localEnergy is the share of what remains in blocks that stand out above which defects are local.
	localEnergy = 0.5
	// localArea is the share of blocks below which those that stand out may be errors of coding: eight of a whole picture.
	localArea = 0.002
	// A simpler model is chosen if it explains little less than the best, by this much and this part of what the best
	// leaves, which is mostly coding. A named one may lack more: a name is worth it.
	lacks, lacksPart           = 0.005, 0.15
	namedLacks, namedLacksPart = 0.04, 0.2
	// independent is the share of the energy that survives in the means of blocks of eight samples below which the
	// difference has no sign of its own there: independent noise leaves an eighth.
	independent = 0.3
	// Beside a transform, a place is a defect if it is off by evident: what a smooth fit misses of a table at the edge of the
	// colours is less, and coarse coding elsewhere may hide a defect from localEnergy and quiet.
	evident = 5
	// quiet is below what nearly all of the rest of a picture with local defects must be.
	quiet = 2
	// codingNoise is the root mean square of ΔE00 over the samples above which no coder in use is to blame: JPEG at
	// quality 50 leaves up to 4.6 on photographs.
	codingNoise = 6
	// Defects are local only where they fill their places: the share of blocks that stand out in the boxes around those
	// that touch. Contours of a shifted picture are thin lines in wide boxes. Between the two it is the share of edges
	// that decides.
	compact, compactEnough = 0.25, 0.5
	fewEdges               = 0.62
	// leastSteps is the share of what remains that steps of each channel explain above which there is banding. A transform
	// explains less than noSteps of banding to seven levels; the little that a table leaves where it clips has steps too.
	leastSteps, noSteps = 0.08, 0.95
	// What remains follows the edges when a shift explains this share of it, or the steepest quarter of samples holds that
	// share.
	edgesExplained = 0.1
	edgesShare     = 0.7
)

// A block may stand out if it has this many samples, and this weight: fewer, or all at edges, do not tell noise from a
// defect.
const (
	enoughSamples = 6
	enoughWeight  = 2
)

// beyond says which blocks are far above the rest.
func beyond(o outcome) []bool {
	limit := max(leastLocal, timesMedian*quantile(o.means, 0.5))
	out := make([]bool, len(o.means))
	for i, v := range o.systematic {
		out[i] = v > limit*limit
	}
	return out
}

// standOut says which blocks are beyond, and beyond doubt.
func (f *fitting) standOut(o outcome) []bool {
	out := beyond(o)
	for i := range out {
		out[i] = out[i] && f.blocks[i].n >= enoughSamples && f.weights[i] >= enoughWeight
	}
	return out
}

// roots are the square roots of what is positive.
func roots(values []float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = root(v)
	}
	return out
}

func count(flags []bool) (n int) {
	for _, v := range flags {
		if v {
			n++
		}
	}
	return n
}

// quantile by nearest rank; 0 of nothing.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// conclude chooses the model, measures what remains, and applies the rule.
func (f *fitting) conclude(fit Fit) Fit {
	chosen := f.choose()
	fit.Model, fit.chosen = chosen.Name, chosen.full
	for i := range f.models {
		fit.Models = append(fit.Models, f.models[i].Model)
	}
	fit.Level = f.levelOf(f.identity, f.use)
	fit.Remaining, fit.Edges = f.remaining(chosen)
	fit.Structure = f.structure(chosen, f.standOut(chosen.outcome))
	if fit.Verdict = f.plain(&fit, chosen); fit.Verdict != "" {
		return fit
	}
	global := fit.Level >= unchanged && chosen.Elsewhere >= globalShare || fit.Level >= faint && chosen.Elsewhere >= faintShare
	global = global && f.levelOf(chosen.outcome, f.use) <= mostLeft
	if global && !f.mostMoved() {
		// A table can explain a logo of a colour of its own; but then the rest of the picture would be as it was.
		r, e := f.remaining(&f.models[0])
		global = !local(r, e)
	}
	if !global {
		chosen = &f.models[0] // a transform that explains little only muddles what remains
		fit.Remaining, fit.Edges = f.remaining(chosen)
	}
	plainly := global && chosen.Elsewhere >= noSteps
	fit.Verdict = fit.judge(global, chosen.Mean >= unchanged && !plainly, f.noisy(chosen.outcome))
	if fit.Verdict == Global || fit.Verdict == Mixed {
		fit.Kind = chosen.kind()
		if chosen.named != nil {
			fit.Named = &chosen.named.Named
		}
	}
	return fit
}

// plain gives the verdicts that need no weighing of models: nothing to see, equal pictures, and pictures that do not lie
// on each other.
func (f *fitting) plain(fit *Fit, chosen *candidate) Verdict {
	switch {
	case f.a.pictures > 0 && fit.Samples == 0:
		return Undetermined // all is transparent
	case f.a.pictures > 0 && !f.a.differs:
		return Identical
	}
	few := fit.Samples < fewestSamples || fit.Colours < fewestColours
	if !few && fit.Structure.elsewhere(fit.Edges, f.levelOf(chosen.outcome, nil)) {
		return Content
	}
	return ""
}

// mostMoved says whether most of the picture is not as it was.
func (f *fitting) mostMoved() bool { return quantile(roots(f.identity.systematic), 0.6) >= unchanged }

// remaining measures what a model leaves.
func (f *fitting) remaining(c *candidate) (Concentration, Edges) {
	out := f.standOut(c.outcome)
	r := concentrate(c.outcome.sums, out)
	r.Energy = f.standing(c.outcome, out)
	if f.a.pictures == 1 && r.Area > 0 {
		f.region(&r, c.outcome, out)
	}
	var rest []float64
	for i, v := range c.outcome.systematic {
		if !out[i] {
			rest = append(rest, root(v))
		}
	}
	r.Rest = quantile(rest, 0.85)
	e, banding := f.texture(c)
	r.Banding = banding
	return r, e
}

// gathered says whether the blocks that stand out fill their places, or are no contours at least.
func gathered(r Concentration, e Edges) bool {
	return r.Compact >= compactEnough || r.Compact >= compact && e.Share < fewEdges
}

// local says whether what remains are defects in few places.
func local(r Concentration, e Edges) bool {
	return r.Area >= localArea && r.Energy >= localEnergy && r.Rest < quiet && gathered(r, e)
}

// judge is the rule. stepped says whether enough remains for banding to be told.
func (fit *Fit) judge(global, stepped, noisy bool) Verdict {
	r, e := fit.Remaining, fit.Edges
	few := fit.Samples < fewestSamples || fit.Colours < fewestColours
	here := local(r, e)
	switch {
	case few && (fit.Level >= unchanged || here):
		return Undetermined
	case global && fit.defect(here):
		return Mixed
	case !here && fit.Level >= unchanged && stepped && r.Banding >= leastSteps:
		return Spread
	case global:
		return Global
	case r.Energy >= localEnergy && fit.Level >= unchanged && !gathered(r, e):
		return Spread
	case here:
		return Local
	case fit.Level < unchanged || noisy:
		return Noise
	}
	return Spread
}

// defect says whether what a transform leaves has a defect in it, given whether it is local. Without a place, of many
// pairs, that decides.
func (fit *Fit) defect(here bool) bool {
	r := fit.Remaining
	if r.Region == nil {
		return here
	}
	whole := r.worstArea >= localArea && r.worstFill >= compactEnough
	return r.worstOff >= evident && (here || whole)
}

// choose takes the simplest model that explains nearly as much as the best.
func (f *fitting) choose() *candidate {
	best := 0.0
	for i := range f.models {
		best = max(best, f.models[i].Elsewhere)
	}
	for i := range f.models {
		m := &f.models[i]
		lack := lacks + lacksPart*(1-best)
		if m.named != nil {
			lack = namedLacks + namedLacksPart*(1-best)
		}
		if m.Elsewhere >= best-lack {
			return m
		}
	}
	return &f.models[0]
}

// levelOf is the root mean square of what is systematic in the blocks that count.
func (f *fitting) levelOf(o outcome, use []bool) float64 {
	sum := 0.0
	for i, w := range f.weights {
		if use == nil || use[i] {
			sum += w
		}
	}
	if sum == 0 {
		return 0
	}
	return root(weighted(f.weights, use, o.systematic) / sum)
}

// noisy says whether the means of blocks agree far better than the samples do.
func (f *fitting) noisy(o outcome) bool {
	var means, samples float64
	for i, v := range o.means {
		means += v * v * float64(f.blocks[i].n)
		samples += o.sums[i]
	}
	return means < independent*samples && samples < codingNoise*codingNoise*float64(o.stats.N)
}

// region finds the box around the worst blocks that touch, and how well all boxes are filled.
func (f *fitting) region(r *Concentration, o outcome, out []bool) {
	all := components(f.blocks, out, f.a.cols, f.a.rows)
	blocks, area := 0, 0
	best, most := 0, -1.0
	for i := range all {
		c := &all[i]
		c.measure(f.blocks, o.sums)
		blocks += len(c.blocks)
		area += c.area()
		if c.energy > most {
			best, most = i, c.energy
		}
	}
	r.Compact = float64(blocks) / float64(area)
	c, size := &all[best], f.a.size
	off := 0.0
	for _, i := range c.blocks {
		off += o.systematic[i] / float64(len(c.blocks))
	}
	r.worstArea, r.worstFill, r.worstOff = float64(len(c.blocks))/float64(len(f.blocks)), float64(len(c.blocks))/float64(c.area()), root(off)
	r.Region = &Region{X: c.x0 * size, Y: c.y0 * size, DeltaE00: root(c.energy / float64(c.samples)), Energy: c.energy / sumOf(o.sums)}
	r.Region.Width = min((c.x1+1)*size, f.a.width) - r.Region.X
	r.Region.Height = min((c.y1+1)*size, f.a.height) - r.Region.Y
}

// kind tells the kind of the chosen model.
func (c *candidate) kind() Kind {
	switch c.Name {
	case ModelNamed:
		return c.named.Kind
	case ModelTone:
		return ToneCurve
	case ModelCurves:
		return ChannelCurves
	case ModelMatrix:
		return LinearMatrix
	case ModelStack:
		return CurvesAndMatrix
	}
	return Table
}

// standing is the share of what is systematic in the blocks that stand out.
func (f *fitting) standing(o outcome, out []bool) float64 {
	some, all := weighted(f.weights, out, o.systematic), weighted(f.weights, nil, o.systematic)
	if some <= 0 {
		return 0
	}
	return min(some/max(all, some), 1)
}
