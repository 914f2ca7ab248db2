// Package measure turns a delivered image and its reference into measurements and findings.
//
// A [Meter] compares decoded images under one budget and gives a [Check],
// whose JSON form is the contract of `safelight check --json`. Each
// measurement carries the version of its method and the digests of its inputs,
// so that it can be run again.
//
// An image is over its colour budget when the 95th percentile of ΔE00 exceeds
// the limit of its class: a mean hides a spoilt region, a maximum finds a
// single pixel of coding noise. A defect of less than those 5 % is found by the
// mean of ΔE00 over the window that differs most. A brand colour is over when its mean over the
// places where the reference shows it has drifted beyond the palette limit.
package measure

import (
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/iqa"
	"github.com/safelight-dev/safelight/lpips"
	"github.com/safelight-dev/safelight/pixels"
)

// The versions of the methods, as they stand in each check.
const (
	MethodDeltaE00 = "CIEDE2000, sRGB D65/2°, v2"
	MethodLocal    = "greatest mean of CIEDE2000 over windows of 1/16 of the shorter side, 16 pixels at least, half overlapping, by one pixel in four, v1"
	MethodSSIM     = iqa.MethodSSIM
	MethodPalette  = "CIEDE2000 between means where the reference is within ΔE76 10 of the brand colour, v1"
	MethodLPIPS    = "LPIPS v0.1, pictures over 1 megapixel shrunk to that by area in linear light, v1"
)

// The metrics that findings and notMeasured name.
const (
	MetricDeltaE00 = "deltaE00.p95"
	MetricLocal    = "deltaE00.local"
	MetricSSIM     = "ssim"
	MetricMSSSIM   = "msSsim"
	MetricLPIPS    = "lpips"
	MetricPalette  = "palette" // followed by a dot and the colour's name
	MetricFormat   = "format"
	MetricLossless = "lossless"
	MetricChroma   = "chroma"

	MetricAverageBytes = "averageBytes" // of a summary
)

// Check is the measurement of one delivered image against its reference.
type Check struct {
	Methods     map[string]string  `json:"methods"`
	NotMeasured []NotMeasured      `json:"notMeasured"`
	Reference   File               `json:"reference"`
	Candidate   File               `json:"candidate"`
	DeltaE00    DeltaE00           `json:"deltaE00"`
	SSIM        *float64           `json:"ssim,omitempty"`    // 1 is equal, higher is better
	SSIMRGB     *iqa.Channels      `json:"ssimRgb,omitempty"` // of each channel, with Options.Full
	MSSSIM      *float64           `json:"msSsim,omitempty"`  // 1 is equal, higher is better
	PSNR        *iqa.PSNR          `json:"psnr,omitempty"`    // dB, higher is better, with Options.Full
	LPIPS       *LPIPS             `json:"lpips,omitempty"`
	Palette     []Swatch           `json:"palette"`
	Bytes       Bytes              `json:"bytes"`
	Metadata    *Metadata          `json:"metadata,omitempty"`
	Metrics     map[string]float64 `json:"metrics"`       // flat: the value that the budget limits
	Thresholds  map[string]float64 `json:"thresholds"`    // flat, under the same names
	Fit         *Fit               `json:"fit,omitempty"` // the reference was resampled
	Backgrounds []Background       `json:"backgrounds,omitempty"`
	Screened    *Screened          `json:"screened,omitempty"` // only a reduced picture was looked at
	Warnings    []string           `json:"warnings,omitempty"` // in English
	Warned      []Warned           `json:"warned,omitempty"`   // the same, to be said in other languages
	Findings    []Finding          `json:"findings"`
}

// File names an input by its content.
type File struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Format string `json:"format"`
	Colour string `json:"colour,omitempty"` // the colour space of its values
	Chroma string `json:"chroma,omitempty"` // how finely colour is coded beside lightness: 4:2:0
	// Quality of a JPEG on the scale of libjpeg: 75 where its table is the very one, ~75 where it is nearest.
	Quality string `json:"quality,omitempty"`
}

// LPIPS is the perceptual distance: 0 is equal, about 0.1 is hard to see.
type LPIPS struct {
	Net      lpips.Kind `json:"net"`
	Weights  string     `json:"weights,omitempty"` // SHA-256 of the network's weights
	Distance float64    `json:"distance"`
	Width    int        `json:"width"` // of the pictures that were measured
	Height   int        `json:"height"`
}

// Fit says that the reference had another size and how it was resampled to the
// candidate's, in linear light.
type Fit struct {
	Filter          pixels.Filter `json:"filter"`
	ReferenceWidth  int           `json:"referenceWidth"`
	ReferenceHeight int           `json:"referenceHeight"`
}

// Background is what a pair with transparency measures on one background. The
// check states the worse of each figure.
type Background struct {
	Colour      string   `json:"colour"` // #rrggbb
	DeltaE00P95 float64  `json:"deltaE00P95"`
	SSIM        *float64 `json:"ssim,omitempty"`
}

// DeltaE00 holds the statistics of the colour difference over all pixels.
type DeltaE00 struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	Max  float64 `json:"max"`
	Over Over    `json:"over"`
	// Local is the place that differs most.
	Local Local `json:"local"`
}

// Over is the share of pixels beyond a threshold.
type Over struct {
	Threshold float64 `json:"threshold"`
	Ratio     float64 `json:"ratio"` // 0 to 1
}

// Swatch is how far one brand colour has drifted.
type Swatch struct {
	Name     string     `json:"name"`
	Lab      [3]float64 `json:"lab"` // mean of the candidate at the colour's places
	DeltaE00 float64    `json:"deltaE00"`
	Coverage float64    `json:"coverage"` // share of the reference's pixels, 0 to 1
}

// Bytes are the file sizes.
type Bytes struct {
	Reference int64 `json:"reference"`
	Candidate int64 `json:"candidate"`
}

// Overs tells which budgets a check broke, as the counters count them.
type Overs struct {
	DeltaE   bool // the 95th percentile of ΔE00
	Local    bool // ΔE00 at the worst place
	Palette  bool // any brand colour
	SSIM     bool
	MSSSIM   bool
	LPIPS    bool
	Format   bool // format, chroma or losslessness
	Metadata bool
}

// Any tells whether any of them was broken.
func (o Overs) Any() bool {
	return o.DeltaE || o.Local || o.Palette || o.SSIM || o.MSSSIM || o.LPIPS || o.Format || o.Metadata
}

// Overs derives the broken budgets from the findings.
func (c Check) Overs() Overs {
	var o Overs
	for _, f := range c.Findings {
		switch {
		case f.Metric == MetricDeltaE00:
			o.DeltaE = true
		case f.Metric == MetricLocal:
			o.Local = true
		case f.Metric == MetricSSIM:
			o.SSIM = true
		case f.Metric == MetricMSSSIM:
			o.MSSSIM = true
		case f.Metric == MetricLPIPS:
			o.LPIPS = true
		case f.Metric == MetricFormat || f.Metric == MetricChroma || f.Metric == MetricLossless:
			o.Format = true
		case strings.HasPrefix(f.Metric, MetricPalette+"."):
			o.Palette = true
		case strings.HasPrefix(f.Metric, MetricMetadata+"."):
			o.Metadata = true
		}
	}
	return o
}

// Branded tells whether the reference shows any brand colour.
func (c Check) Branded() bool {
	return slices.ContainsFunc(c.Palette, func(s Swatch) bool { return s.Coverage > 0 })
}

// WorstPalette is the greatest drift of a brand colour, 0 if there is none.
func (c Check) WorstPalette() float64 {
	worst := 0.0
	for _, s := range c.Palette {
		worst = max(worst, s.DeltaE00)
	}
	return worst
}
