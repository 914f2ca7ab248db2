package measure

import (
	"fmt"
	"math"
	"sort"

	"github.com/safelight-dev/safelight/pixels"
)

// ScreenQuality is how good screening is on some pictures: what it lets pass
// that is good, and that is not.
type ScreenQuality struct {
	Denominator int        `json:"denominator"`
	Good        int        `json:"good"`    // pictures that are within their budget once coded
	Cleared     int        `json:"cleared"` // of these, let pass by screening
	Defects     []MissRate `json:"defects"`
}

// MissRate is how often screening lets a planted defect pass that the whole
// measurement finds. Each is as weak as can be for the whole measurement to
// find it: stronger ones are missed less.
type MissRate struct {
	Defect  Defect `json:"defect"`
	Planted int    `json:"planted"` // found by the whole measurement
	Missed  int    `json:"missed"`  // of these, let pass by screening
}

// plantPixels is the size to which larger references are shrunk: what is
// planted is judged by shares of the picture.
const plantPixels = 400_000

// plantSide is about the side of a square of that size.
const plantSide = 640

// The JPEG qualities of the references and of the pictures that are delivered,
// as good encoders give them.
const (
	referenceQuality = 97
	deliveryQuality  = 92
)

// NewScreenQuality begins to measure screening.
func NewScreenQuality() ScreenQuality {
	q := ScreenQuality{Denominator: ScreenDenominator}
	for _, d := range Defects() {
		q.Defects = append(q.Defects, MissRate{Defect: d})
	}
	return q
}

// Add plants every defect into a reference and notes what screening says of it.
// A reference that is over its budget once it is coded, or has not 8 bits,
// teaches nothing and adds nothing.
func (q *ScreenQuality) Add(o Options, reference []byte, limits pixels.Options) error {
	ref, err := pixels.DecodeBytes(reference, limits)
	if err != nil {
		return fmt.Errorf("plant defects: %w", err)
	}
	if ref.Depth != 8 {
		return nil
	}
	if n := ref.Width * ref.Height; n > plantPixels {
		scale := math.Sqrt(plantPixels / float64(n))
		if ref, err = ref.Resize(max(int(float64(ref.Width)*scale), 1), max(int(float64(ref.Height)*scale), 1), pixels.Area); err != nil {
			return err
		}
	}
	o.Network = nil // screening leaves LPIPS out, and a defect is planted dozens of times
	p := planter{meter: NewMeter(o), limits: pixels.Options{MaxPixels: limits.MaxPixels}}
	// The reference is coded too, so that it can be decoded at a fraction.
	if p.reference, err = encodeJPEG(ref, referenceQuality); err != nil {
		return err
	}
	if ref, err = pixels.DecodeBytes(p.reference, p.limits); err != nil {
		return err
	}
	found, cleared, err := p.look(ref)
	if found || err != nil {
		return err
	}
	q.Good++
	if cleared {
		q.Cleared++
	}
	for i, d := range Defects() {
		if err := p.plant(ref, d, &q.Defects[i]); err != nil {
			return fmt.Errorf("plant %s: %w", d, err)
		}
	}
	return nil
}

// PlantMemory is how much [ScreenQuality.Add] takes at most for a reference, in
// bytes: its picture, and dozens of small ones one after the other.
func PlantMemory(reference pixels.Cost) int64 {
	return reference.Total() + resizeBytes(reference, plantSide, plantSide) + 100*plantPixels
}

// planter measures one reference against spoilt copies of itself.
type planter struct {
	meter     *Meter
	limits    pixels.Options
	reference []byte
}

// plant finds the weakest strength of a defect that the whole measurement
// finds, and counts whether screening misses it.
func (p *planter) plant(ref *pixels.Image, d Defect, rate *MissRate) error {
	var failure error
	passedAt := map[int]bool{}
	weakest := 1 + sort.Search(plantSteps, func(i int) bool {
		spoilt, err := d.plant(ref, i+1)
		if err != nil {
			failure = err
			return true
		}
		found, passed, err := p.look(spoilt)
		if err != nil {
			failure = err
		}
		passedAt[i+1] = passed
		return found
	})
	if failure != nil || weakest > plantSteps {
		return failure
	}
	rate.Planted++
	if passedAt[weakest] {
		rate.Missed++
	}
	return nil
}

// look measures a picture, coded, in whole and by screening.
func (p *planter) look(m *pixels.Image) (found, passed bool, err error) {
	data, err := encodeJPEG(m, deliveryQuality)
	if err != nil {
		return false, false, err
	}
	decode := func(denominator int) (ref, cand Source, err error) {
		o := p.limits
		o.Denominator = denominator
		if ref.Image, err = pixels.DecodeBytes(p.reference, o); err == nil {
			cand.Image, err = pixels.DecodeBytes(data, o)
		}
		return ref, cand, err
	}
	ref, cand, err := decode(1)
	if err != nil {
		return false, false, err
	}
	check, err := p.meter.Measure(ref, cand)
	if err != nil {
		return false, false, err
	}
	if ref, cand, err = decode(ScreenDenominator); err != nil {
		return false, false, err
	}
	_, passed = p.meter.Screen(ref, cand)
	return len(check.Findings) > 0, passed, nil
}
