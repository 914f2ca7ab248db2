package faces

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/safelight-dev/safelight/internal/journal"
)

// maxFaces bounds the faces of one answer.
const maxFaces = 1000

// beyond is how far a face may reach over the edge of the picture, for rounding.
const beyond = 0.001

// face is one face of an answer: the box's upper left corner, its width and height, in fractions of the picture.
type face struct{ X, Y, W, H, Confidence float64 }

// parse reads the answer of a detector. All that is not exactly as the protocol has it is an error.
func parse(answer []byte) ([]face, error) {
	var a struct {
		Faces *[]struct {
			X          *float64 `json:"x"`
			Y          *float64 `json:"y"`
			W          *float64 `json:"w"`
			H          *float64 `json:"h"`
			Confidence *float64 `json:"confidence"`
		} `json:"faces"`
	}
	d := json.NewDecoder(bytes.NewReader(answer))
	d.DisallowUnknownFields()
	// The decoder's own words quote the answer.
	if err := d.Decode(&a); err != nil || a.Faces == nil {
		return nil, fmt.Errorf(`the face detector's answer is not the JSON {"faces": […]} of the protocol: %w`, journal.ErrInvalid)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("the face detector's answer goes on behind its JSON: %w", journal.ErrInvalid)
	}
	if len(*a.Faces) > maxFaces {
		return nil, fmt.Errorf("the face detector tells of %d faces, the limit is %d: %w", len(*a.Faces), maxFaces, journal.ErrTooLarge)
	}
	var found []face
	for i, f := range *a.Faces {
		if f.X == nil || f.Y == nil || f.W == nil || f.H == nil || f.Confidence == nil {
			return nil, fmt.Errorf("the face detector's answer: face %d lacks one of x, y, w, h and confidence: %w", i+1, journal.ErrInvalid)
		}
		one := face{*f.X, *f.Y, *f.W, *f.H, *f.Confidence}
		if !one.valid() {
			return nil, fmt.Errorf("the face detector's answer: face %d is beyond the picture, or its confidence is not within 0 and 1: %w", i+1, journal.ErrInvalid)
		}
		found = append(found, one)
	}
	return found, nil
}

func (f face) valid() bool {
	return f.X >= 0 && f.Y >= 0 && f.W > 0 && f.H > 0 && f.X+f.W <= 1+beyond && f.Y+f.H <= 1+beyond && f.Confidence >= 0 && f.Confidence <= 1
}
