package measure

import (
	"fmt"
	"image"
	"image/png"
	"io"

	"github.com/safelight-dev/safelight/colour"
	"github.com/safelight-dev/safelight/pixels"
)

// Heatmap draws the ΔE00 of each pixel, dark where equal, bright from ΔE00 10
// on. A reference of another size is resampled by the filter; see [Fitted].
func Heatmap(ref, cand *pixels.Image, filter pixels.Filter) (*image.NRGBA, error) {
	ref, cand, _, err := Fitted(ref, cand, filter)
	if err != nil {
		return nil, err
	}
	picture := image.NewNRGBA(image.Rect(0, 0, ref.Width, ref.Height))
	row := make([]float32, ref.Width)
	for y := range ref.Height {
		if ref.Depth == 16 {
			colour.DeltaERow16(row, ref.Row16(y), cand.Row16(y))
		} else {
			colour.DeltaERow8(row, ref.Row8(y), cand.Row8(y))
		}
		colour.HeatRow(picture.Pix[y*picture.Stride:][:4*len(row)], row)
	}
	return picture, nil
}

// WriteHeatmap writes a [Heatmap] as a PNG.
func WriteHeatmap(w io.Writer, ref, cand *pixels.Image, filter pixels.Filter) error {
	picture, err := Heatmap(ref, cand, filter)
	if err != nil {
		return err
	}
	if err := png.Encode(w, picture); err != nil {
		return fmt.Errorf("write heat map: %w", err)
	}
	return nil
}
