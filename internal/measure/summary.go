package measure

import (
	"cmp"
	"slices"

	"github.com/safelight-dev/safelight/internal/pipeline"
)

// keepWorst is how many of the worst images a summary names.
const keepWorst = 10

// Summary accumulates checks in constant memory, however many there are.
type Summary struct {
	Checked     int          `json:"checked"`
	Broken      int          `json:"broken"` // files that could not be measured
	Failed      int          `json:"failed"` // images with a finding
	OverDeltaE  int          `json:"overDeltaE"`
	OverLocal   int          `json:"overLocal"`
	OverPalette int          `json:"overPalette"`
	UnderSSIM   int          `json:"underSsim"`
	UnderMSSSIM int          `json:"underMsSsim"`
	OverLPIPS   int          `json:"overLpips"`
	OffFormat   int          `json:"offFormat"`          // format, chroma or losslessness
	OffMetadata int          `json:"offMetadata"`        // metadata, provenance or consents; images that could not be measured count too
	Breaches    []Tally      `json:"breaches,omitempty"` // of metadata, by kind; images that could not be measured count too
	Screened    int          `json:"screened,omitempty"` // judged by a reduced picture only
	AverageSize float64      `json:"averageBytes"`
	Worst       []WorstOne   `json:"worst"` // over budget first, then by the 95th percentile of ΔE00
	Budget      []Finding    `json:"budget,omitempty"`
	NotMeasured []Gap        `json:"notMeasured,omitempty"` // what somebody asked for
	MedianP95   float64      `json:"medianDeltaE00P95"`
	histogram   [p95Bins]int // of the 95th percentiles
	bytes       int64
	branded     bool // some image shows a brand colour
}

// Branded tells whether any image showed a brand colour, so that there is a palette to speak of.
func (s *Summary) Branded() bool { return s.branded }

// Tally is how many images break the policy for metadata in one way.
type Tally struct {
	Kind     pipeline.Breach   `json:"kind"`
	Reaction pipeline.Reaction `json:"reaction"`
	Images   int               `json:"images"`
}

// tally counts the breaches of one image; nil has none.
func (s *Summary) tally(m *Metadata) {
	if m == nil {
		return
	}
	for _, b := range m.Breaches {
		i := slices.IndexFunc(s.Breaches, func(t Tally) bool { return t.Kind == b.Kind })
		if i < 0 {
			i = len(s.Breaches)
			s.Breaches = append(s.Breaches, Tally{Kind: b.Kind, Reaction: b.Reaction})
		}
		s.Breaches[i].Images++
	}
}

// AddBroken takes in an image that could not be measured, with what is known of its metadata: nil where that is nothing.
// Whoever is shown in it is no less shown.
func (s *Summary) AddBroken(m *Metadata) {
	s.Broken++
	s.OffMetadata += count(m != nil && len(m.Breaches) > 0)
	s.tally(m)
}

// Gap is a metric that was not measured on some images, for one reason.
type Gap struct {
	NotMeasured
	Images int `json:"images"`
}

// keepGaps bounds the reasons that a summary names: there are a few for each metric.
const keepGaps = 20

// gap counts what is missing from a check.
func (s *Summary) gap(n NotMeasured) {
	i := slices.IndexFunc(s.NotMeasured, func(g Gap) bool { return g.Metric == n.Metric && g.Reason == n.Reason })
	switch {
	case i >= 0:
		s.NotMeasured[i].Images++
	case len(s.NotMeasured) < keepGaps:
		s.NotMeasured = append(s.NotMeasured, Gap{n, 1})
	}
}

// Measured tells whether a metric was measured on any image, so that its count says something.
func (s *Summary) Measured(metric string) bool {
	missing := 0
	for _, g := range s.NotMeasured {
		if g.Metric == metric {
			missing += g.Images
		}
	}
	return missing < s.Checked
}

// WorstOne names one of the worst images.
type WorstOne struct {
	Path    string  `json:"path"`
	Ref     string  `json:"reference"` // the path of its reference
	Over    bool    `json:"over"`
	P95     float64 `json:"deltaE00P95"`
	Local   float64 `json:"deltaE00Local"`
	Palette float64 `json:"palette"`
	SSIM    float64 `json:"ssim"`
	Branded bool    `json:"-"` // shows a brand colour
}

const (
	p95Bins = 10_001
	p95Step = 0.01 // ΔE00; the last bin holds all above 100
)

// Add takes a check in.
func (s *Summary) Add(c Check) {
	s.Checked++
	s.bytes += c.Bytes.Candidate
	overs := c.Overs()
	s.Failed += count(len(c.Findings) > 0)
	s.OverDeltaE += count(overs.DeltaE)
	s.OverLocal += count(overs.Local)
	s.OverPalette += count(overs.Palette)
	s.UnderSSIM += count(overs.SSIM)
	s.UnderMSSSIM += count(overs.MSSSIM)
	s.OverLPIPS += count(overs.LPIPS)
	s.OffFormat += count(overs.Format)
	s.OffMetadata += count(overs.Metadata)
	s.tally(c.Metadata)
	s.Screened += count(c.Screened != nil)
	for _, n := range c.NotMeasured {
		if n.Wanted() {
			s.gap(n)
		}
	}
	s.histogram[min(p95Bins-1, int(c.DeltaE00.P95/p95Step))]++
	one := WorstOne{Path: c.Candidate.Path, Ref: c.Reference.Path, Over: len(c.Findings) > 0, P95: c.DeltaE00.P95, Local: c.DeltaE00.Local.Value, Palette: c.WorstPalette(), SSIM: 1}
	one.Branded = c.Branded()
	s.branded = s.branded || one.Branded
	if c.SSIM != nil {
		one.SSIM = *c.SSIM
	}
	at, _ := slices.BinarySearchFunc(s.Worst, one, func(a, b WorstOne) int {
		return cmp.Or(cmp.Compare(count(b.Over), count(a.Over)), cmp.Compare(b.P95, a.P95), cmp.Compare(a.Path, b.Path))
	})
	if at < keepWorst {
		s.Worst = slices.Insert(s.Worst, at, one)
		s.Worst = s.Worst[:min(len(s.Worst), keepWorst)]
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Finish computes what needs all checks: the median (to 0.01) and the average
// size with its budget.
func (s *Summary) Finish(class pipeline.Class, b pipeline.Budget) {
	if s.Checked == 0 {
		return
	}
	s.AverageSize = float64(s.bytes) / float64(s.Checked)
	if limit := float64(b.AverageBytes); limit > 0 && s.AverageSize > limit {
		s.Budget = append(s.Budget, Finding{Metric: MetricAverageBytes, Value: s.AverageSize, Limit: limit, Class: class})
	}
	seen := 0
	for i, n := range s.histogram {
		if seen += n; 2*seen >= s.Checked {
			s.MedianP95 = float64(i) * p95Step
			return
		}
	}
}

// Good tells whether every image was measured and kept its budget.
func (s *Summary) Good() bool {
	return s.Checked > 0 && s.Broken == 0 && s.Failed == 0 && len(s.Budget) == 0
}
