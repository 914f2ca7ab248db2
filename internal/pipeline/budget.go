package pipeline

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/pixels"
)

// Bytes is a size. In the configuration it is a number with an optional unit:
// B, KB, MB, GB (powers of 1000, as the budgets of the web are written) or KiB, MiB, GiB.
type Bytes int64

// UnmarshalText reads "25 KB".
func (b *Bytes) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	digits := strings.TrimRight(s, "BKMGibkmg ")
	factor, ok := map[string]float64{"": 1, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30}[strings.ToUpper(strings.TrimSpace(s[len(digits):]))]
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || !ok || !(n >= 0 && n <= 1e12 && n*factor <= 1e18) { // said so that NaN is refused
		return fmt.Errorf("size %q: write a number and B, KB, MB, GB, KiB, MiB or GiB: %w", s, journal.ErrInvalid)
	}
	*b = Bytes(n * factor)
	return nil
}

// String gives the size in the largest unit that keeps it whole.
func (b Bytes) String() string {
	switch {
	case b >= 1e9 && b%1e9 == 0:
		return fmt.Sprintf("%d GB", b/1e9)
	case b >= 1e6 && b%1e6 == 0:
		return fmt.Sprintf("%d MB", b/1e6)
	case b >= 1e3 && b%1e3 == 0:
		return fmt.Sprintf("%d KB", b/1e3)
	}
	return fmt.Sprintf("%d B", int64(b))
}

// Budget holds the limits of an asset class. A zero limit is not checked.
type Budget struct {
	// DeltaE00 limits the 95th percentile of the colour difference (CIEDE2000) of one image.
	DeltaE00 float64 `yaml:"deltaE00P95"`
	// DeltaE00Local limits the mean of CIEDE2000 over the window of 1/16 of the shorter side that differs most.
	DeltaE00Local float64 `yaml:"deltaE00Local"`
	// SSIM is the least structural similarity to the reference, 0 to 1.
	SSIM float64 `yaml:"ssim"`
	// MSSSIM is the least structural similarity over five scales, 0 to 1.
	MSSSIM float64 `yaml:"msSsim"`
	// LPIPS limits the perceptual distance; it needs imported weights.
	LPIPS float64 `yaml:"lpips"`
	// RequireLPIPS makes an image fail where LPIPS cannot be measured; otherwise that is a warning.
	RequireLPIPS bool `yaml:"requireLPIPS"`
	// Palette limits the drift (CIEDE2000) of each brand colour where the reference shows it.
	Palette float64 `yaml:"palette"`
	// Fit resamples a reference of another size and the same shape to the delivered image's, in linear light: "area" or
	// "lanczos3". Empty refuses it.
	Fit pixels.Filter `yaml:"fit"`
	// AverageBytes limits the mean file size over a scan or over 24 hours.
	AverageBytes Bytes `yaml:"averageBytes"`
	// Formats that may be delivered; empty allows all.
	Formats []string `yaml:"formats"`
	// Lossless demands pixels equal to the reference's.
	Lossless bool `yaml:"lossless"`
	// Chroma is the chroma subsampling demanded of lossy formats, "4:4:4" or empty.
	Chroma string `yaml:"chroma"`
	// Metadata is what the image may carry besides its picture; nil means [DefaultMetadata].
	Metadata *MetadataPolicy `yaml:"metadata"`
}

// MetadataPolicy gives the class's policy.
func (b Budget) MetadataPolicy() MetadataPolicy {
	if b.Metadata == nil {
		return DefaultMetadata()
	}
	return *b.Metadata
}

func (b Budget) validate() error {
	within := func(v, most float64) bool { return v >= 0 && v <= most } // false for NaN, which would limit nothing
	switch {
	case !within(b.DeltaE00, 100) || !within(b.DeltaE00Local, 100) || !within(b.Palette, 100):
		return fmt.Errorf("a colour difference limit lies between 0 and 100: %w", journal.ErrInvalid)
	case !within(b.SSIM, 1):
		return fmt.Errorf("ssim %g: it lies between 0 and 1: %w", b.SSIM, journal.ErrInvalid)
	case !within(b.MSSSIM, 1):
		return fmt.Errorf("msSsim %g: it lies between 0 and 1: %w", b.MSSSIM, journal.ErrInvalid)
	case b.Fit != "" && b.Fit != pixels.Area && b.Fit != pixels.Lanczos:
		return fmt.Errorf("fit %q: write %s or %s: %w", b.Fit, pixels.Area, pixels.Lanczos, journal.ErrInvalid)
	case !within(b.LPIPS, 2):
		return fmt.Errorf("lpips %g: it lies between 0 and 2: %w", b.LPIPS, journal.ErrInvalid)
	case b.Chroma != "" && b.Chroma != "4:4:4":
		return fmt.Errorf("chroma %q: only 4:4:4 can be demanded: %w", b.Chroma, journal.ErrInvalid)
	}
	if err := b.MetadataPolicy().validate(); err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	return nil
}

// DefaultBudgets gives the budgets of the classes that come with the product.
//
// The ΔE00 limits follow what an eye sees where the class is used. A ΔE00 of
// about 1 is a just noticeable difference side by side, 2 to 3 is noticed when
// looked for, and above 3 a colour reads as another one. JPEG at 4:2:0 alone
// moves the 95th percentile of a photograph by 1 to 2.
//
//   - ui: 1.0. Flat colours beside the same colours in CSS; lossless, so anything above rounding is a defect.
//   - product: 2.0. The customer buys the colour; returns start where a difference is noticed.
//   - hero: 2.5. Large photographs, lossy, seen without the original beside them.
//   - thumbnail: 3.0. A few hundred pixels, strongly compressed; the limit only has to find another colour.
//
// The local limits are 10 to 12 where coding may lose something: JPEG of quality 75 at 4:2:0 took the worst window of
// twelve photographs of 768×512 to 6.9, and of the same at 320×213 to 8.4 (at quality 90, to 5.8 and 6.0); of 31 other
// pictures, that of a hard edge between saturated colours at 320 pixels to 11.8.
//
// The palette limits are one step tighter, since they are means over areas, where coding noise cancels out.
func DefaultBudgets() map[Class]Budget {
	return map[Class]Budget{
		Thumbnail: {DeltaE00: 3, DeltaE00Local: 12, SSIM: 0.98, LPIPS: 0.08, Palette: 2.5, AverageBytes: 25e3},
		Hero:      {DeltaE00: 2.5, DeltaE00Local: 10, SSIM: 0.95, LPIPS: 0.10, Palette: 2, AverageBytes: 180e3},
		UI:        {DeltaE00: 1, SSIM: 0.995, Palette: 1, Lossless: true, Chroma: "4:4:4", Formats: []string{"png", "webp", "gif"}},
		Product:   {DeltaE00: 2, DeltaE00Local: 10, SSIM: 0.97, LPIPS: 0.08, Palette: 1.5},
	}
}
