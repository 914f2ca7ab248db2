package report

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"io"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// The layout of a contact sheet, in pixels.
const (
	gap        = 12
	lineHeight = 18
	rowHeight  = thumbHeight + lineHeight + gap
)

// WriteSheet writes a contact sheet as JPEG: a row an image with reference,
// delivered image and heat map, its name and figures below. Its letters are
// those of ASCII; others of a name are shown as "?".
func WriteSheet(w io.Writer, entries []Entry) error {
	sheet := image.NewRGBA(image.Rect(0, 0, 3*(thumbWidth+gap)+gap, max(len(entries), 1)*rowHeight+gap))
	draw.Draw(sheet, sheet.Rect, image.NewUniform(color.Gray{0x20}), image.Point{}, draw.Src)
	for i, e := range entries {
		y := gap + i*rowHeight
		for k, m := range []image.Image{e.Pictures.Reference, e.Pictures.Candidate, e.Pictures.Heat} {
			at := image.Pt(gap+k*(thumbWidth+gap), y)
			draw.Draw(sheet, m.Bounds().Add(at), m, m.Bounds().Min, draw.Src)
		}
		text := fmt.Sprintf("%s   dE00 p95 %.2f   max %.2f", ascii(e.Check.Candidate.Path), e.Check.DeltaE00.P95, e.Check.DeltaE00.Max)
		if e.Check.SSIM != nil {
			text += fmt.Sprintf("   SSIM %.4f", *e.Check.SSIM)
		}
		label(sheet, gap, y+thumbHeight+lineHeight-5, text)
	}
	if err := jpeg.Encode(w, sheet, &jpeg.Options{Quality: 88}); err != nil {
		return fmt.Errorf("write the contact sheet: %w", err)
	}
	return nil
}

func label(m draw.Image, x, y int, text string) {
	d := font.Drawer{Dst: m, Src: image.NewUniform(color.Gray{0xe0}), Face: basicfont.Face7x13, Dot: fixed.P(x, y)}
	d.DrawString(text)
}

// ascii keeps the end of a long name, which tells images apart.
func ascii(name string) string {
	const most = 90
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, name)
	if len(name) > most {
		name = "..." + name[len(name)-most:]
	}
	return name
}
