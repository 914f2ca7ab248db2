package measure

import (
	"fmt"
	"strconv"

	"github.com/safelight-dev/safelight/colour"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/iqa"
	"github.com/safelight-dev/safelight/jpegdec"
	"github.com/safelight-dev/safelight/lpips"
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
	key, args := e.Phrase()
	return phrase.Say(phrase.English, phrase.Key(key), args...)
}

// Phrase gives the sentence.
func (e *DimensionError) Phrase() (key string, args []any) {
	key = "picture.dimensions"
	if e.sameShape() {
		key += ".shape"
	}
	for _, n := range []int{e.Width, e.Height, e.RefWidth, e.RefHeight} {
		args = append(args, strconv.Itoa(n)) // ungrouped, as sizes are written
	}
	return key, args
}

// sameShape tells whether the reference could be resampled: its shape is the
// image's within a pixel.
func (e *DimensionError) sameShape() bool {
	expected := (e.RefHeight*e.Width + e.RefWidth/2) / e.RefWidth
	return expected-1 <= e.Height && e.Height <= expected+1
}

// Unwrap makes it an [journal.ErrInvalid].
func (e *DimensionError) Unwrap() error { return journal.ErrInvalid }

// Source is one decoded input with what is known of its file.
type Source struct {
	Path   string
	SHA256 string
	Bytes  int64
	Data   []byte // the file, in which metadata are looked for
	Cut    bool   // Data are its beginning: it is larger than may be read
	Image  *pixels.Image
	Faces  *Faces // what a detector found in the picture; nil where none was asked
}

// Options say what a meter measures and judges.
type Options struct {
	Class   pipeline.Class
	Budget  pipeline.Budget
	Palette []colour.Swatch
	// Network measures LPIPS where the budget limits it, or with Full. Where it
	// is nil, Missing says why and what to do.
	Network *lpips.Network
	Weights string // the digest of the network's weights
	Missing NotMeasured
	// Full measures every metric, those too that the budget does not limit.
	Full bool
	// Inspector judges metadata; nil leaves them out.
	Inspector *Inspector
}

// Meter measures images of one class. It reuses its buffers, so it must not be
// used by two goroutines at once.
type Meter struct {
	o           Options
	fingerprint string

	difference *colour.Difference
	palette    *colour.PaletteDrift
	tiles      tiles
	ssim       iqa.Workspace
	lpips      lpips.Workspace
	other      [2]pixels.Image // on the second background
}

// NewMeter returns a meter.
func NewMeter(o Options) *Meter {
	if o.Missing.Reason == "" {
		o.Missing = Missing(MetricLPIPS, "missing.network")
	}
	o.Missing.Metric = MetricLPIPS
	network := ""
	if o.Network != nil && o.wantsLPIPS() {
		network = string(o.Network.Kind()) + " " + o.Weights
	}
	inspector := ""
	if o.Inspector != nil {
		inspector = fmt.Sprintf("%s %s %+v %s", MethodMetadata, MethodFaces, o.Inspector.Policy, o.Inspector.TrustDigest)
	}
	budget := o.Budget
	budget.Metadata = nil // a pointer: the inspector has what it points to
	methods := []string{MethodDeltaE00, MethodLocal, MethodSSIM, iqa.MethodMSSSIM, iqa.MethodPSNR, iqa.MethodSSIMRGB, MethodPalette, MethodLPIPS, judgeVersion, pixels.Version}
	return &Meter{o: o, fingerprint: fmt.Sprintf("%q %+v %v %v %q %v %q %q", o.Class, budget, o.Palette, o.Full, network, o.Missing, methods, inspector)}
}

// wantsLPIPS tells whether anything asks for the dearest of the metrics.
func (o Options) wantsLPIPS() bool { return o.Full || o.Budget.LPIPS > 0 || o.Budget.RequireLPIPS }

func (o Options) wantsMSSSIM() bool { return o.Full || o.Budget.MSSSIM > 0 }

// Fingerprint stands for everything but the two images that a check of this
// meter depends on: class, budget, palette and the versions of the methods.
func (m *Meter) Fingerprint() string { return m.fingerprint }

// Trim lets go of the buffers, after an image of unusual size.
func (m *Meter) Trim() { *m = Meter{o: m.o, fingerprint: m.fingerprint} }

// Measure compares a delivered image with its reference.
// Dimensions that the budget's policy does not reconcile are a [*DimensionError].
func (m *Meter) Measure(ref, cand Source) (Check, error) {
	check := m.newCheck(ref, cand)
	r, c, fit, err := Fitted(ref.Image, cand.Image, m.o.Budget.Fit)
	if err != nil {
		return Check{}, err
	}
	check.Fit = fit
	if err := m.figures(&check, r, c); err != nil {
		return Check{}, err
	}
	if ref.Image.HasAlpha || cand.Image.HasAlpha {
		if err := m.onBlack(&check, ref.Image, cand.Image); err != nil {
			return Check{}, err
		}
	}
	m.judge(&check, cand.Image.Chroma)
	m.inspect(&check, ref, cand)
	return check, nil
}

// inspect adds what is to say of the metadata.
func (m *Meter) inspect(check *Check, ref, cand Source) {
	if check.Metadata = m.Inspect(ref, cand); check.Metadata == nil {
		return
	}
	check.Methods["metadata"] = MethodMetadata
	switch unsought := check.Metadata.FacesUnsought; {
	case unsought != nil:
		check.missing(*unsought)
	case cand.Faces != nil:
		check.Methods["faces"] = MethodFaces
	}
	check.Findings = append(check.Findings, check.Metadata.Findings(m.o.Class)...)
}

// Inspect judges metadata alone, for an image that cannot be measured; nil where the meter leaves them out. The
// reference's file, the decoded picture and what was found in it may be nil.
func (m *Meter) Inspect(reference, candidate Source) *Metadata {
	if m.o.Inspector == nil || candidate.Data == nil {
		return nil
	}
	return m.o.Inspector.Inspect(reference, candidate)
}

// Fitted gives a pair in one size and depth. A reference of another size is
// resampled to the candidate's where a filter is named and the shape is the
// same within a pixel, else the pair is refused with a [*DimensionError].
func Fitted(ref, cand *pixels.Image, filter pixels.Filter) (r, c *pixels.Image, fit *Fit, err error) {
	r, c = ref, cand
	if r.Width != c.Width || r.Height != c.Height {
		if other := (&DimensionError{r.Width, r.Height, c.Width, c.Height}); filter == "" || !other.sameShape() {
			return nil, nil, nil, other
		}
		if r, err = r.Resize(c.Width, c.Height, filter); err != nil {
			return nil, nil, nil, fmt.Errorf("fit the reference: %w: %w", err, journal.ErrInvalid)
		}
		fit = &Fit{filter, ref.Width, ref.Height}
	}
	if r.Depth != c.Depth {
		r, c = r.Wide(), c.Wide()
	}
	return r, c, fit, nil
}

// newCheck describes a pair before anything is measured.
func (m *Meter) newCheck(ref, cand Source) Check {
	check := Check{
		Methods:     map[string]string{"deltaE00": MethodDeltaE00, "deltaE00Local": MethodLocal, "ssim": MethodSSIM, "palette": MethodPalette},
		NotMeasured: []NotMeasured{},
		Reference:   file(ref), Candidate: file(cand),
		Bytes:    Bytes{ref.Bytes, cand.Bytes},
		Findings: []Finding{},
	}
	check.warn("warning.reference", ref.Image.Warnings)
	check.warn("warning.candidate", cand.Image.Warnings)
	return check
}

func file(s Source) File {
	m := s.Image
	return File{
		Path: s.Path, SHA256: s.SHA256, Width: m.FullWidth, Height: m.FullHeight, Format: m.Format, Colour: m.Colour,
		Chroma: m.Chroma, Quality: quality(m.Format, s.Data),
	}
}

// quality is empty for formats that have no such scale.
func quality(format string, data []byte) string {
	if format != "jpeg" || data == nil {
		return ""
	}
	q, exact, err := jpegdec.Quality(data)
	switch {
	case err != nil: // it has been decoded: a table that comes late, which the scale does not need
		return ""
	case exact:
		return strconv.Itoa(q)
	}
	return "~" + strconv.Itoa(q)
}
