package measure

import (
	"image"

	"github.com/safelight-dev/safelight/pixels"
)

// exhibitGap is between the two pictures of an [Exhibit], in pixels.
const exhibitGap = 8

// Exhibit shows a delivered image and, beside it, where it differs from its reference, as [Heatmap] draws it; both reduced
// until no side is longer than side. It consists of nothing but pixels: no metadata, no profile.
func Exhibit(ref, cand *pixels.Image, filter pixels.Filter, side int) (*image.NRGBA, error) {
	r, c, _, err := Fitted(ref, cand, filter)
	if err != nil {
		return nil, err
	}
	if w, h := reduced(c.Width, c.Height, side); w != c.Width || h != c.Height {
		if r, err = r.Resize(w, h, pixels.Area); err != nil {
			return nil, err
		}
		if c, err = c.Resize(w, h, pixels.Area); err != nil {
			return nil, err
		}
	}
	heat, err := Heatmap(r, c, "")
	if err != nil {
		return nil, err
	}
	all := image.NewNRGBA(image.Rect(0, 0, 2*c.Width+exhibitGap, c.Height))
	for i := range all.Pix {
		all.Pix[i] = 0xff
	}
	for y := range c.Height {
		row := all.Pix[y*all.Stride:]
		shownRow(row, c, y)
		copy(row[4*(c.Width+exhibitGap):], heat.Pix[y*heat.Stride:][:4*c.Width])
	}
	return all, nil
}

// reduced gives the size in which no side is longer than side, and none shorter than a pixel.
func reduced(width, height, side int) (w, h int) {
	longer := max(width, height)
	if longer <= side {
		return width, height
	}
	return max(1, width*side/longer), max(1, height*side/longer)
}

// shownRow writes a row of an image as it is shown on white.
func shownRow(dst []uint8, m *pixels.Image, y int) {
	for x := range m.Width {
		p := dst[4*x:]
		if m.Depth == 16 {
			q := m.Row16(y)[3*x:]
			p[0], p[1], p[2] = uint8(q[0]>>8), uint8(q[1]>>8), uint8(q[2]>>8)
		} else {
			copy(p[:3], m.Row8(y)[3*x:])
		}
	}
}
