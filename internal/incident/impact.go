package incident

import "time"

// ImageAt names an image by the version that was checked, and when.
type ImageAt struct {
	Path   string    `json:"path"`
	SHA256 string    `json:"sha256"`
	At     time.Time `json:"at"`
}

// PipelineImpact is the blast radius in one pipeline.
type PipelineImpact struct {
	Pipeline    string   `json:"pipeline"`
	Routes      []string `json:"routes,omitempty"`
	Checked     int      `json:"checked"`
	Affected    int      `json:"affected"`
	MedianDelta float64  `json:"medianDeltaE00"`
	WorstDelta  float64  `json:"worstDeltaE00"`
	FirstBad    *ImageAt `json:"firstBad,omitempty"`
	LastGood    *ImageAt `json:"lastGood,omitempty"` // the last within all limits before the first bad one
	// EarlierChecked and EarlierAffected are of the same span before, where it is another pipeline than the incident's.
	EarlierChecked  int `json:"earlierChecked,omitempty"`
	EarlierAffected int `json:"earlierAffected,omitempty"`
	// AsBefore says that it was over the same limits as often before: it is listed, and counted nowhere else.
	AsBefore bool `json:"asBefore,omitempty"`
}

// Share is how many of some images are affected: of an asset class, or of those that one version made.
type Share struct {
	Class    string `json:"class,omitempty"`
	Software string `json:"software,omitempty"` // by the image's own metadata
	Model    string `json:"model,omitempty"`
	Others   bool   `json:"others,omitempty"` // all that the list has no room for
	Checked  int    `json:"checked"`
	Affected int    `json:"affected"`
}

// chronic is how many times as large as before a share must be for another pipeline to count as struck by the same harm.
const chronic = 2

// SameAsBefore tells whether a pipeline was over the same limits as often in the same span before: that is its own, older
// trouble and no part of this incident.
func (p PipelineImpact) SameAsBefore() bool {
	return p.EarlierChecked > 0 && p.Checked > 0 &&
		float64(p.Affected)/float64(p.Checked) < chronic*float64(p.EarlierAffected)/float64(p.EarlierChecked)
}
