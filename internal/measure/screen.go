package measure

import (
	"slices"
)

// Screened says that only a picture reduced to 1/Denominator of its width and
// height was measured, and that it was clearly within the budget. The figures
// of the check are of the reduced picture.
type Screened struct {
	Denominator int `json:"denominator"`
}

// ScreenDenominator is the size at which pictures are screened: each pixel is
// the mean of a block of 8×8, which JPEG codes by itself, so that no transform
// is needed to read it.
const ScreenDenominator = 8

// The margins of screening. A reduced picture has lost noise and fine
// structure, so that its figures are better than the whole one's: it must be
// better than the budget by these to be let pass. They were set on photographs
// with planted defects ([ScreenQuality]); docs/performance.md has what they miss.
const (
	// screenP50 is the part of the ΔE00 limit that the median may reach. Coding
	// noise leaves the means of most blocks as they were; a drift moves them all.
	screenP50 = 0.12
	// screenP95 is the part that the 95th percentile may reach.
	screenP95 = 0.75
	// screenMax is the multiple that no block may exceed: a local defect stands out.
	screenMax = 1.5
	// screenLocal is the part of the local limit that no block may reach. It finds a patch of another colour; lost texture
	// leaves the means of blocks as they were, which [ScreenQuality] counts.
	screenLocal = 0.75
	// screenPalette is the part of the palette's limit that a brand colour may drift.
	screenPalette = 0.7
	// screenSSIM is the part of the distance of the SSIM limit from 1 that the
	// reduced picture may have.
	screenSSIM = 0.03
)

// ScreenVersion changes when screening may clear other images than before.
const ScreenVersion = "screen 4"

// CanScreen tells whether a reduced picture can clear images of this meter:
// not where the class asks for what only the whole picture has.
func (m *Meter) CanScreen() bool {
	b := m.o.Budget
	lpips := b.RequireLPIPS || b.LPIPS > 0 && m.o.Network != nil
	return !m.o.Full && !b.Lossless && !lpips && b.MSSSIM == 0 && b.DeltaE00 > 0
}

// Screen measures a pair that was decoded at 1/[ScreenDenominator] and tells
// whether it is clear. Where it is not, the whole pictures have to be measured.
func (m *Meter) Screen(ref, cand Source) (check Check, clear bool) {
	r, c := ref.Image, cand.Image
	if r.FullWidth != c.FullWidth || r.FullHeight != c.FullHeight || r.Depth != 8 || c.Depth != 8 || r.HasAlpha || c.HasAlpha {
		return Check{}, false
	}
	check = m.newCheck(ref, cand)
	if err := m.figures(&check, r, c); err != nil || !m.clear(&check) {
		return Check{}, false
	}
	check.Screened = &Screened{ScreenDenominator}
	check.DeltaE00.Local.enlarge(r)
	check.missing(Missing(MetricLPIPS, "missing.screened"))
	if m.judge(&check, c.Chroma); len(check.Findings) > 0 {
		return check, false
	}
	m.inspect(&check, ref, cand)
	return check, true
}

func (m *Meter) clear(check *Check) bool {
	b, d := m.o.Budget, check.DeltaE00
	overPalette := func(s Swatch) bool { return b.Palette > 0 && s.DeltaE00 > screenPalette*b.Palette }
	switch {
	case d.P50 > screenP50*b.DeltaE00 || d.P95 > screenP95*b.DeltaE00 || d.Max > screenMax*b.DeltaE00:
		return false
	case b.DeltaE00Local > 0 && d.Max > screenLocal*b.DeltaE00Local:
		return false
	case slices.ContainsFunc(check.Palette, overPalette):
		return false
	case b.SSIM == 0:
		return true
	}
	return check.SSIM != nil && 1-*check.SSIM <= screenSSIM*(1-b.SSIM)
}
