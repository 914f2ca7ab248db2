package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"github.com/safelight-dev/safelight/pixels"
)

// Every value of eight bits at every alpha comes back from what shows on a background, and the alpha too.
func TestStraightColoursComeBackExactly(t *testing.T) {
	t.Parallel()
	in := image.NewNRGBA(image.Rect(0, 0, 256, 256))
	for a := range 256 {
		for v := range 256 {
			in.SetNRGBA(v, a, color.NRGBA{uint8(v), uint8(255 - v), uint8(v ^ a), uint8(a)})
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, in); err != nil {
		t.Fatal(err)
	}
	m, err := pixels.DecodeBytes(file.Bytes(), pixels.Options{})
	if err != nil {
		t.Fatal(err)
	}
	alpha := alphaOf(m)
	rgb := straight16(m, alpha)
	for i, want := range alpha {
		p := in.NRGBAAt(i%256, i/256)
		if want != 257*uint16(p.A) {
			t.Fatalf("alpha %d comes back as %d of 65535", p.A, want)
		}
		for c, v := range [3]uint8{p.R, p.G, p.B} {
			if got := uint8((uint32(rgb[3*i+c]) + 128) / 257); got != v && p.A > 0 {
				t.Fatalf("component %d of %v comes back as %d", c, p, got)
			}
		}
	}
}
