package measure

import (
	"fmt"
	"image"
	"image/png"
	"io"

	"github.com/safelight-dev/safelight/colour"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/pixels"
)

// Heatmap draws the ΔE00 of each pixel, dark where equal, bright from ΔE00 10
// on; of a transparent pair the worse of white and black. A reference of
// another size is resampled by the filter; see [Fitted].
func Heatmap(ref, cand *pixels.Image, filter pixels.Filter) (*image.NRGBA, error) {
	r, c, _, err := Fitted(ref, cand, filter)
	if err != nil {
		return nil, err
	}
	rows := [][2]*pixels.Image{{r, c}}
	if ref.HasAlpha || cand.HasAlpha {
		m := NewMeter(Options{Budget: pipeline.Budget{Fit: filter}})
		if r, c, err = m.black(ref, cand); err != nil {
			return nil, err
		}
		rows = append(rows, [2]*pixels.Image{r, c})
	}
	picture := image.NewNRGBA(image.Rect(0, 0, r.Width, r.Height))
	heat, worst := make([]float32, r.Width), make([]float32, r.Width)
	for y := range r.Height {
		clear(worst)
		for _, pair := range rows {
			deltaRow(heat, pair[0], pair[1], y)
			for x, d := range heat {
				worst[x] = max(worst[x], d)
			}
		}
		colour.HeatRow(picture.Pix[y*picture.Stride:][:4*len(worst)], worst)
	}
	return picture, nil
}

func deltaRow(dst []float32, r, c *pixels.Image, y int) {
	if r.Depth == 16 {
		colour.DeltaERow16(dst, r.Row16(y), c.Row16(y))
	} else {
		colour.DeltaERow8(dst, r.Row8(y), c.Row8(y))
	}
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
