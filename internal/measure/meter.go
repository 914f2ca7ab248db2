package measure

import (
	"errors"
	"fmt"
	"slices"

	"github.com/safelight-dev/safelight/colour"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/iqa"
	"github.com/safelight-dev/safelight/pixels"
)

// paletteRadius is how far, in ΔE76, a pixel of the reference may lie from a
// brand colour and still be one of its places: beyond the coding noise of a
// flat area, short of the next colour of a usual palette.
const paletteRadius = 10

// DimensionError says that an image has other dimensions than its reference.
type DimensionError struct{ RefWidth, RefHeight, Width, Height int }

// Error is one sentence.
func (e *DimensionError) Error() string {
	return fmt.Sprintf("it is %d×%d, its reference %d×%d: deliver it at the reference's size or give a reference of its size",
		e.Width, e.Height, e.RefWidth, e.RefHeight)
}

// Unwrap makes it an [journal.ErrInvalid].
func (e *DimensionError) Unwrap() error { return journal.ErrInvalid }

// Source is one decoded input with what is known of its file.
type Source struct {
	Path   string
	SHA256 string
	Bytes  int64
	Image  *pixels.Image
}

// Meter measures images of one class. It reuses its buffers, so it must not be
// used by two goroutines at once.
type Meter struct {
	class    pipeline.Class
	budget   pipeline.Budget
	swatches []colour.Swatch

	fingerprint string

	row       []float32
	ref, cand []float32
	ssim      iqa.Workspace
}

// NewMeter returns a meter for a class, its budget and the brand palette.
func NewMeter(class pipeline.Class, b pipeline.Budget, palette []colour.Swatch) *Meter {
	return &Meter{
		class: class, budget: b, swatches: palette,
		fingerprint: fmt.Sprintf("%q %+v %v %q", class, b, palette, []string{MethodDeltaE00, MethodSSIM, MethodPalette, pixels.Version}),
	}
}

// Fingerprint stands for everything but the two images that a check of this
// meter depends on: class, budget, palette and the versions of the methods.
func (m *Meter) Fingerprint() string { return m.fingerprint }

// Trim lets go of the buffers, after an image of unusual size.
func (m *Meter) Trim() {
	m.row, m.ref, m.cand, m.ssim = nil, nil, nil, iqa.Workspace{}
}

// Measure compares a delivered image with its reference.
// Other dimensions are a [*DimensionError].
func (m *Meter) Measure(ref, cand Source) (Check, error) {
	r, c := ref.Image, cand.Image
	if r.Width != c.Width || r.Height != c.Height {
		return Check{}, &DimensionError{r.Width, r.Height, c.Width, c.Height}
	}
	if r.Depth != c.Depth {
		r, c = wide(r), wide(c)
	}
	check := Check{
		Methods:     map[string]string{"deltaE00": MethodDeltaE00, "ssim": MethodSSIM, "palette": MethodPalette},
		NotMeasured: []NotMeasured{},
		Reference:   file(ref), Candidate: file(cand),
		Bytes:    Bytes{ref.Bytes, cand.Bytes},
		Warnings: slices.Concat(prefixed("reference: ", ref.Image.Warnings), prefixed("candidate: ", cand.Image.Warnings)),
		Findings: []Finding{},
	}
	m.colours(&check, r, c)
	if err := m.structure(&check, r, c); err != nil {
		return Check{}, err
	}
	check.NotMeasured = append(check.NotMeasured, NotMeasured{
		Metric: MetricLPIPS, Reason: "this version has no LPIPS network", Remedy: "use a version that has `safelight models`",
	})
	m.judge(&check, cand.Image.Chroma)
	return check, nil
}

func wide(m *pixels.Image) *pixels.Image {
	if m.Depth == 16 {
		return m
	}
	return m.Wide()
}

func file(s Source) File {
	return File{Path: s.Path, SHA256: s.SHA256, Width: s.Image.Width, Height: s.Image.Height, Format: s.Image.Format}
}

func prefixed(prefix string, texts []string) []string {
	var out []string
	for _, t := range texts {
		out = append(out, prefix+t)
	}
	return out
}

// colours measures ΔE00 and the palette row by row, the seam of the fast kernels.
func (m *Meter) colours(check *Check, r, c *pixels.Image) {
	m.row = slices.Grow(m.row[:0], r.Width)[:r.Width]
	difference := colour.NewDifference(m.budget.DeltaE00)
	palette := colour.NewPaletteDrift(m.swatches, paletteRadius)
	for y := range r.Height {
		if r.Depth == 16 {
			colour.DeltaERow16(m.row, r.Row16(y), c.Row16(y))
			palette.AddRow16(r.Row16(y), c.Row16(y))
		} else {
			colour.DeltaERow8(m.row, r.Row8(y), c.Row8(y))
			palette.AddRow8(r.Row8(y), c.Row8(y))
		}
		difference.AddRow(y, m.row)
	}
	s := difference.Stats()
	check.DeltaE00 = DeltaE00{s.Mean, s.P50, s.P95, s.P99, s.Max, Over{m.budget.DeltaE00, s.OverRatio}}
	check.Palette = make([]Swatch, 0, len(m.swatches))
	for _, p := range palette.Result() {
		check.Palette = append(check.Palette, Swatch{p.Name, [3]float64{p.Lab.L, p.Lab.A, p.Lab.B}, p.DeltaE00, p.Coverage})
	}
}

// structure measures SSIM on luma. An image too small for the window is not measured, and says so.
func (m *Meter) structure(check *Check, r, c *pixels.Image) error {
	m.ref, m.cand = r.Luma(m.ref), c.Luma(m.cand)
	v, err := m.ssim.SSIM(
		iqa.Plane{Width: r.Width, Height: r.Height, Pix: m.ref},
		iqa.Plane{Width: c.Width, Height: c.Height, Pix: m.cand})
	switch {
	case errors.Is(err, iqa.ErrTooSmall):
		check.NotMeasured = append(check.NotMeasured, NotMeasured{
			Metric: MetricSSIM, Reason: "the image is smaller than the window of 11×11 pixels", Remedy: "compare larger images",
		})
		return nil
	case err != nil:
		return fmt.Errorf("measure SSIM of %s: %w", check.Candidate.Path, err)
	}
	check.SSIM = &v
	return nil
}

// judge compares the measurements with the budget; chroma is the candidate's subsampling.
func (m *Meter) judge(check *Check, chroma string) {
	b := m.budget
	check.Metrics = map[string]float64{"deltaE00": check.DeltaE00.P95, "palette": check.WorstPalette()}
	check.Thresholds = map[string]float64{}
	m.limit(check, "deltaE00", MetricDeltaE00, check.DeltaE00.P95, b.DeltaE00)
	if b.Palette > 0 {
		check.Thresholds["palette"] = b.Palette
		for _, s := range check.Palette {
			if s.DeltaE00 > b.Palette {
				m.find(check, Finding{Metric: MetricPalette + "." + s.Name, Value: s.DeltaE00, Limit: b.Palette})
			}
		}
	}
	if b.SSIM > 0 {
		check.Thresholds["ssim"] = b.SSIM
	}
	if check.SSIM != nil {
		check.Metrics["ssim"] = *check.SSIM
		if b.SSIM > 0 && *check.SSIM < b.SSIM {
			m.find(check, Finding{Metric: MetricSSIM, Value: *check.SSIM, Limit: b.SSIM})
		}
	}
	if b.LPIPS > 0 {
		check.Thresholds["lpips"] = b.LPIPS
		if b.RequireLPIPS {
			m.find(check, Finding{Metric: MetricLPIPS, Limit: b.LPIPS, Text: "it was not measured, and the class demands it"})
		}
	}
	m.judgeFile(check, chroma)
}

// limit records a flat metric's threshold and a finding where it is exceeded.
func (m *Meter) limit(check *Check, flat, metric string, value, limit float64) {
	if limit <= 0 {
		return
	}
	check.Thresholds[flat] = limit
	if value > limit {
		m.find(check, Finding{Metric: metric, Value: value, Limit: limit})
	}
}

// judgeFile compares what the budget says of the file itself.
func (m *Meter) judgeFile(check *Check, chroma string) {
	b := m.budget
	if format := check.Candidate.Format; len(b.Formats) > 0 && !slices.Contains(b.Formats, format) {
		m.find(check, Finding{Metric: MetricFormat, Text: fmt.Sprintf("%s is not among the formats %v", format, b.Formats)})
	}
	// A format that has no chroma planes keeps all colour.
	if b.Chroma != "" && chroma != "" && chroma != b.Chroma {
		m.find(check, Finding{Metric: MetricChroma, Text: fmt.Sprintf("chroma is coded %s, the class demands %s", chroma, b.Chroma)})
	}
	if b.Lossless && check.DeltaE00.Max > 0 {
		m.find(check, Finding{Metric: MetricLossless, Value: check.DeltaE00.Max, Text: "pixels differ from the reference"})
	}
}

func (m *Meter) find(check *Check, f Finding) {
	f.Class = m.class
	check.Findings = append(check.Findings, f)
}
