package measure

import (
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/personal"
)

// MethodFaces is the version of how a detector's answers are judged.
const MethodFaces = "faces by an external detector, likelihood by the confidence of the surest, v1"

// MetricFaces is what is not measured where a detector did not answer.
const MetricFaces = "faces"

// Faces is what an external detector said of a picture.
type Faces struct {
	Surest float64 // the confidence of the surest face, 0 to 1; 0 where none was found
	// Unsought, if not nil, says why the picture was not looked at.
	Unsought *NotMeasured
}

// The reasons why faces were not looked for.
const (
	// DetectorFailed: it did not answer, or not as it should.
	DetectorFailed phrase.Key = "missing.faces.detector"
	// NothingShown: there is no decoded picture.
	NothingShown phrase.Key = "missing.faces.picture"
)

// FacesUnsought says that faces were not looked for, and why.
func FacesUnsought(reason phrase.Key, err error) *Faces {
	n := Missing(MetricFaces, reason, err.Error())
	return &Faces{Unsought: &n}
}

// judgeFaces says of a picture that it shows a face, once: how many there are, and where, is nobody's business.
func (i Inspector) judgeFaces(m *Metadata, f *Faces) {
	switch {
	case f == nil:
	case f.Unsought != nil:
		m.FacesUnsought = f.Unsought
		i.breach(m, pipeline.UnsoughtFaces, "", "")
	case f.Surest > 0:
		i.person(m, pipeline.ShownFace(likelihoodOf(f.Surest)))
	}
}

// likelihoodOf takes a detector's confidence for a likelihood. Detectors are calibrated each in its own way: a script that wraps
// one maps its scores to these steps.
func likelihoodOf(confidence float64) personal.Likelihood {
	switch {
	case confidence >= 0.9:
		return personal.VeryLikely
	case confidence >= 0.7:
		return personal.Likely
	case confidence >= 0.4:
		return personal.Possible
	case confidence >= 0.2:
		return personal.Unlikely
	}
	return personal.VeryUnlikely
}
