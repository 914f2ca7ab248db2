// Package faces shows pictures to an external face detector, a command, and reads its answer.
//
// The command gets one picture on its standard input: a binary PPM (P6) of 8-bit sRGB, upright, its longer side bounded.
// It answers on its standard output with JSON, and ends with status 0:
//
//	{"faces": [{"x": 0.41, "y": 0.12, "w": 0.2, "h": 0.3, "confidence": 0.93}]}
//
// Coordinates are fractions of the picture's width and height. They are held against their ranges and forgotten: that there is a
// face, and how sure that is, is all that a finding needs.
package faces

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/pixels"
)

// protocol changes when the command is shown something else, or its answers are read otherwise.
const protocol = "ppm 1"

// Detector is an external detector. It is safe for concurrent use.
type Detector struct {
	c    Config
	room chan struct{}
}

// New gives the detector of a valid configuration; nil where that names none.
func New(c Config) *Detector {
	if !c.On() {
		return nil
	}
	c.Timeout, c.MaxSide = cmp.Or(c.Timeout, defaultTimeout), cmp.Or(c.MaxSide, defaultSide)
	c.AtOnce, c.Confidence = cmp.Or(c.AtOnce, 1), cmp.Or(c.Confidence, defaultConfidence)
	return &Detector{c, make(chan struct{}, c.AtOnce)}
}

// Find gives the confidence of the surest face in a picture, 0 to 1; 0 where there is none that counts. Its error says what
// the detector did wrong, and nothing that the detector wrote.
func (d *Detector) Find(ctx context.Context, m *pixels.Image) (float64, error) {
	answer, _, err := d.ask(ctx, ppm(m, d.c.MaxSide))
	if err != nil {
		return 0, err
	}
	surest := 0.0
	for _, f := range answer {
		if f.Confidence >= d.c.Confidence {
			surest = max(surest, f.Confidence)
		}
	}
	return surest, nil
}

// Version stands for all that an answer depends on besides the picture: the command line above all.
func (d *Detector) Version() string {
	// Strings and numbers are always encoded.
	text, _ := json.Marshal([]any{protocol, d.c.Command, d.c.MaxSide, d.c.Confidence})
	return fmt.Sprintf("%x", sha256.Sum256(text))
}

// Memory is what showing one picture takes at most, in bytes.
func (d *Detector) Memory() int64 {
	return 3*int64(d.c.MaxSide)*int64(d.c.MaxSide) + maxAnswer + maxHeader
}

// Try asks the detector for the faces of a plain picture of our own. Its error also says the first line that the detector
// wrote on its standard error.
func (d *Detector) Try(ctx context.Context) error {
	const side = 96
	m := &pixels.Image{Width: side, Height: side, Depth: 8, RGB8: make([]uint8, 3*side*side)}
	for i := range m.RGB8 {
		m.RGB8[i] = uint8(i / 3 % side * 2)
	}
	_, said, err := d.ask(ctx, ppm(m, d.c.MaxSide))
	if err != nil && said != "" {
		return fmt.Errorf("%s (it says: %s): %w", journal.Sentence(err), said, journal.ErrInvalid)
	}
	return err
}

// ask runs the command once.
func (d *Detector) ask(ctx context.Context, picture []byte) (found []face, said string, err error) {
	select {
	case d.room <- struct{}{}:
		defer func() { <-d.room }()
	case <-ctx.Done():
		return nil, "", ctx.Err()
	}
	answer, said, err := d.run(ctx, bytes.NewReader(picture))
	if err == nil {
		found, err = parse(answer)
	}
	return found, said, err
}
