package measure

import (
	"fmt"
	"image"
	"image/png"
	"io"

	"github.com/safelight-dev/safelight/colour"
	"github.com/safelight-dev/safelight/pixels"
)

// WriteHeatmap writes the ΔE00 of each pixel as a PNG, dark where equal, bright
// from ΔE00 10 on. The images must have the same dimensions.
func WriteHeatmap(w io.Writer, ref, cand *pixels.Image) error {
	if ref.Width != cand.Width || ref.Height != cand.Height {
		return &DimensionError{ref.Width, ref.Height, cand.Width, cand.Height}
	}
	if ref.Depth != cand.Depth {
		ref, cand = wide(ref), wide(cand)
	}
	picture := image.NewNRGBA(image.Rect(0, 0, ref.Width, ref.Height))
	row := make([]float32, ref.Width)
	for y := range ref.Height {
		if ref.Depth == 16 {
			colour.DeltaERow16(row, ref.Row16(y), cand.Row16(y))
		} else {
			colour.DeltaERow8(row, ref.Row8(y), cand.Row8(y))
		}
		line := picture.Pix[y*picture.Stride:]
		for x, d := range row {
			line[4*x], line[4*x+1], line[4*x+2] = colour.Heat(d)
			line[4*x+3] = 255
		}
	}
	if err := png.Encode(w, picture); err != nil {
		return fmt.Errorf("write heat map: %w", err)
	}
	return nil
}
