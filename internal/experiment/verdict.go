package experiment

import "slices"

// Verdict is what an outcome says of a hypothesis.
type Verdict string

// The verdicts.
const (
	Confirmed    Verdict = "confirmed"
	Refuted      Verdict = "refuted"
	Inconclusive Verdict = "inconclusive"
)

// Reproduction compares two distances, image by image: from the replay to what was delivered, and from the reference to what was
// delivered. A cause that explains the deviation leaves almost nothing of it.
type Reproduction struct {
	Remains, Deviates []float64 // ΔE00, 95th percentile
}

const (
	explained    = 0.35 // of the median deviation may remain where it is confirmed
	unexplained  = 0.75 // remains at least where it is refuted
	leastImages  = 3
	mostOf       = 0.8 // of the images, where each says yes or no
	hardlyAny    = 0.2
	leastSamples = 10 // of a series
)

// Verdict judges by the medians.
func (r Reproduction) Verdict() Verdict {
	if len(r.Remains) < leastImages || Median(r.Deviates) == 0 {
		return Inconclusive
	}
	switch share := Median(r.Remains) / Median(r.Deviates); {
	case share <= explained:
		return Confirmed
	case share >= unexplained:
		return Refuted
	}
	return Inconclusive
}

// Ballot is how many of some images, or moments, speak for the hypothesis.
type Ballot struct{ For, Of int }

// verdict judges by the share; least is how many must have been asked.
func (b Ballot) verdict(least int) Verdict {
	switch share := float64(b.For) / float64(max(b.Of, 1)); {
	case b.Of < least:
		return Inconclusive
	case share >= mostOf:
		return Confirmed
	case share <= hardlyAny:
		return Refuted
	}
	return Inconclusive
}

// OfImages judges a ballot of images.
func (b Ballot) OfImages() Verdict { return b.verdict(leastImages) }

// OfMoments judges a ballot of a series' moments.
func (b Ballot) OfMoments() Verdict { return b.verdict(leastSamples) }

// OfExit judges the exit status of a program.
func OfExit(status int) Verdict {
	switch status {
	case 0:
		return Confirmed
	case 1:
		return Refuted
	}
	return Inconclusive
}

// Median is the mean of the two in the middle where their number is even, 0 of none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
