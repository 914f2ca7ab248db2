package measure

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/safelight-dev/safelight/colour"
	"github.com/safelight-dev/safelight/iqa"
	"github.com/safelight-dev/safelight/lpips"
	"github.com/safelight-dev/safelight/pixels"
)

// onBlack measures a pair with transparency, which was measured on white as it
// was decoded, on black too, since each hides what the other shows. The check
// then states the worse of each figure.
func (m *Meter) onBlack(check *Check, ref, cand *pixels.Image) error {
	dark := Check{Methods: check.Methods, Candidate: check.Candidate}
	r, c, err := m.black(ref, cand)
	if err != nil {
		return err
	}
	if err := m.figures(&dark, r, c); err != nil {
		return err
	}
	check.Backgrounds = []Background{
		{"#ffffff", check.DeltaE00.P95, check.SSIM},
		{"#000000", dark.DeltaE00.P95, dark.SSIM},
	}
	local := worse(check.DeltaE00.Local, dark.DeltaE00.Local)
	if d, w := dark.DeltaE00, check.DeltaE00; d.P95 > w.P95 || d.P95 == w.P95 && d.Mean > w.Mean {
		check.DeltaE00 = d
	}
	check.DeltaE00.Local = local
	for i, s := range dark.Palette {
		if s.DeltaE00 > check.Palette[i].DeltaE00 {
			check.Palette[i] = s
		}
	}
	check.SSIM, check.MSSSIM = lower(check.SSIM, dark.SSIM), lower(check.MSSSIM, dark.MSSSIM)
	if check.PSNR != nil && dark.PSNR != nil && dark.PSNR.Overall < check.PSNR.Overall {
		check.PSNR, check.SSIMRGB = dark.PSNR, dark.SSIMRGB
	}
	if check.LPIPS != nil && dark.LPIPS != nil && dark.LPIPS.Distance > check.LPIPS.Distance {
		check.LPIPS = dark.LPIPS
	}
	return nil
}

// black gives a pair on black, in one size.
func (m *Meter) black(ref, cand *pixels.Image) (r, c *pixels.Image, err error) {
	ref.On(&m.other[0], [3]uint8{})
	cand.On(&m.other[1], [3]uint8{})
	r, c, _, err = Fitted(&m.other[0], &m.other[1], m.o.Budget.Fit)
	return r, c, err
}

func lower(a, b *float64) *float64 {
	if a == nil || b == nil || *a <= *b {
		return a
	}
	return b
}

// figures measures a pair of opaque pictures of one size and depth.
func (m *Meter) figures(check *Check, r, c *pixels.Image) error {
	m.colours(check, r, c)
	if err := m.structure(check, r, c); err != nil {
		return fmt.Errorf("measure the structure of %s: %w", check.Candidate.Path, err)
	}
	return m.perception(check, r, c)
}

// colours measures ΔE00 and the palette.
func (m *Meter) colours(check *Check, r, c *pixels.Image) {
	if m.difference == nil {
		m.difference, m.palette = colour.NewDifference(0), colour.NewPaletteDrift(m.o.Palette, paletteRadius)
	}
	m.difference.Reset(m.o.Budget.DeltaE00)
	m.palette.Reset()
	m.differences(r, c)
	if r.Depth == 16 {
		m.palette.AddRow16(r.RGB16, c.RGB16)
	} else {
		m.palette.AddRow8(r.RGB8, c.RGB8)
	}
	s := m.difference.Stats()
	check.DeltaE00 = DeltaE00{s.Mean, s.P50, s.P95, s.P99, s.Max, Over{m.o.Budget.DeltaE00, s.OverRatio}, m.tiles.worst}
	check.Palette = make([]Swatch, 0, len(m.o.Palette))
	for _, p := range m.palette.Result() {
		check.Palette = append(check.Palette, Swatch{p.Name, [3]float64{p.Lab.L, p.Lab.A, p.Lab.B}, p.DeltaE00, p.Coverage})
	}
}

// differences goes over the map of ΔE00 in strips.
func (m *Meter) differences(r, c *pixels.Image) {
	m.tiles.reset(r.Width, r.Height)
	heat, step := m.tiles.strip()
	for y := 0; y < r.Height; y += step {
		n := min(step, r.Height-y)
		from, to := 3*r.Width*y, 3*r.Width*(y+n)
		part := heat[:n*r.Width]
		if r.Depth == 16 {
			m.difference.AddRows16(y, r.RGB16[from:to], c.RGB16[from:to], r.Width, part)
		} else {
			m.difference.AddRows8(y, r.RGB8[from:to], c.RGB8[from:to], r.Width, part)
		}
		m.tiles.add(y, part)
	}
}

// structure measures the SSIM family. What an image is too small for is not measured, and says so.
func (m *Meter) structure(check *Check, r, c *pixels.Image) error {
	var s iqa.Scores
	var err error
	if m.o.wantsMSSSIM() {
		s, err = m.scores(r, c)
	} else {
		s.SSIM, err = m.ssimOf(r, c)
	}
	switch {
	case errors.Is(err, iqa.ErrTooSmall):
		check.missing(Missing(MetricSSIM, "missing.window"))
		return nil
	case err != nil:
		return err
	}
	check.SSIM = &s.SSIM
	if !m.o.wantsMSSSIM() {
		return nil
	}
	if s.MSSSIMErr != nil {
		check.missing(Missing(MetricMSSSIM, "missing.scales"))
	} else {
		check.Methods["msSsim"], check.MSSSIM = iqa.MethodMSSSIM, &s.MSSSIM
	}
	if m.o.Full {
		channels, err := m.channels(r, c)
		if err != nil {
			return err
		}
		check.Methods["psnr"], check.Methods["ssimRgb"] = iqa.MethodPSNR, iqa.MethodSSIMRGB
		check.PSNR, check.SSIMRGB = &s.PSNR, &channels
	}
	return nil
}

func (m *Meter) ssimOf(r, c *pixels.Image) (float64, error) {
	if r.Depth == 16 {
		return m.ssim.SSIM16(r.RGB16, c.RGB16, r.Width, r.Height)
	}
	return m.ssim.SSIM8(r.RGB8, c.RGB8, r.Width, r.Height)
}

func (m *Meter) scores(r, c *pixels.Image) (iqa.Scores, error) {
	if r.Depth == 16 {
		return m.ssim.Measure16(r.RGB16, c.RGB16, r.Width, r.Height)
	}
	return m.ssim.Measure8(r.RGB8, c.RGB8, r.Width, r.Height)
}

func (m *Meter) channels(r, c *pixels.Image) (iqa.Channels, error) {
	if r.Depth == 16 {
		return m.ssim.SSIMRGB16(r.RGB16, c.RGB16, r.Width, r.Height)
	}
	return m.ssim.SSIMRGB8(r.RGB8, c.RGB8, r.Width, r.Height)
}

// missing notes a metric that was not measured, once.
func (c *Check) missing(n NotMeasured) {
	if !slices.ContainsFunc(c.NotMeasured, func(o NotMeasured) bool { return o.Metric == n.Metric && o.Reason == n.Reason }) {
		c.NotMeasured = append(c.NotMeasured, n)
	}
}

// lpipsSide squared is the most pixels that LPIPS is measured on. It takes a
// hundred times the work of ΔE00 a pixel, and its networks were trained on
// pictures of a few hundred pixels a side.
const lpipsSide = 1024

// perception measures LPIPS.
func (m *Meter) perception(check *Check, r, c *pixels.Image) error {
	switch {
	case !m.o.wantsLPIPS():
		check.missing(Missing(MetricLPIPS, notLimited))
		return nil
	case m.o.Network == nil:
		check.missing(m.o.Missing)
		return nil
	}
	a, err := shrunk(r)
	if err != nil {
		return err
	}
	b, err := shrunk(c)
	if err != nil {
		return err
	}
	d, err := m.o.Network.Distance(&m.lpips, a, b)
	switch {
	case errors.Is(err, lpips.ErrTooSmall):
		side := m.o.Network.Kind().MinSide()
		check.missing(Missing(MetricLPIPS, "missing.small", side))
		return nil
	case err != nil:
		return fmt.Errorf("measure LPIPS of %s: %w", check.Candidate.Path, err)
	}
	check.Methods["lpips"] = MethodLPIPS
	check.LPIPS = &LPIPS{m.o.Network.Kind(), m.o.Weights, d.Value, a.Width, a.Height}
	return nil
}

// shrunk gives a picture for LPIPS, of at most lpipsSide² pixels.
func shrunk(m *pixels.Image) (lpips.Picture, error) {
	if n := m.Width * m.Height; n > lpipsSide*lpipsSide {
		scale := lpipsSide / math.Sqrt(float64(n))
		small, err := m.Resize(max(int(float64(m.Width)*scale), 1), max(int(float64(m.Height)*scale), 1), pixels.Area)
		if err != nil {
			return lpips.Picture{}, err
		}
		m = small
	}
	return lpips.Picture{Width: m.Width, Height: m.Height, RGB8: m.RGB8, RGB16: m.RGB16}, nil
}
