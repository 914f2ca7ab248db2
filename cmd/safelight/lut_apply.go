package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"strconv"

	"github.com/safelight-dev/safelight/cube"
	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/pixels"
)

// lutApply writes an image with a table applied, as a PNG, which loses nothing more. What the PNG does not have of the
// file is said on standard error.
func (c *cli) lutApply(_ context.Context, args []string) error {
	f := newFlags("lut apply FILE.cube IN OUT.png")
	dir := f.String("dir", ".", "flag.dir")
	files, err := f.parse(args, 3, 3)
	if err != nil {
		return err
	}
	out := files[2]
	if err := named(out, "lut.extension", ".png"); err != nil {
		return err
	}
	if err := notAnInput(out, files[:2]); err != nil {
		return err
	}
	lut, err := readLUT(files[0])
	if err != nil {
		return err
	}
	img, err := readPicture(files[1], *dir)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := png.Encode(&file, applied(lut, img)); err != nil {
		return fmt.Errorf("encode %s: %w", out, err)
	}
	if err := app.WriteFile(out, file.Bytes()); err != nil {
		return err
	}
	c.sayApplied(out, img)
	return nil
}

// readPicture decodes a file within the limits of the configuration.
func readPicture(path, dir string) (*pixels.Image, error) {
	config, err := app.LoadWatch(dir)
	if err != nil {
		return nil, err
	}
	engine := app.NewEngine(dir, config)
	defer engine.Close()
	f, err := openRegular(path, "lut.picture.missing", "lut.picture.irregular")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	limits := engine.Pixels()
	limits.Name = path
	img, err := pixels.Decode(f, limits)
	if err != nil {
		return nil, phrase.Errorf("lut.picture.unread", path, err)
	}
	return img, nil
}

// sayApplied says what was written, and what of the file is not in it.
func (c *cli) sayApplied(out string, img *pixels.Image) {
	l := c.lang()
	kept := phrase.Key("lut.applied")
	if img.HasAlpha {
		kept = "lut.applied.alpha"
	}
	fmt.Fprintln(c.stdout, phrase.Say(l, kept, out, strconv.Itoa(img.Width), strconv.Itoa(img.Height), img.Depth))
	for _, w := range img.Warnings {
		fmt.Fprintln(c.stderr, phrase.Say(l, "cli.warning", w))
	}
	if img.Colour != pixels.NoProfile {
		fmt.Fprintln(c.stderr, phrase.Say(l, "lut.converted", img.Colour))
	}
	fmt.Fprintln(c.stderr, phrase.Say(l, "lut.lost"))
}

// applied is the picture with the table applied, in the depth of the original and with its transparency.
func applied(lut *cube.LUT, m *pixels.Image) image.Image {
	alpha, bounds := alphaOf(m), image.Rect(0, 0, m.Width, m.Height)
	if m.Depth == 16 {
		return applied16(lut, m, alpha, image.NewNRGBA64(bounds))
	}
	rgb := m.RGB8
	if alpha != nil {
		for i, v := range straight16(m, alpha) {
			rgb[i] = uint8((uint32(v) + 128) / 257)
		}
	}
	lut.ApplyRow8(rgb, rgb)
	out := image.NewNRGBA(bounds)
	for i := range m.Width * m.Height {
		copy(out.Pix[4*i:], rgb[3*i:3*i+3])
		out.Pix[4*i+3] = 255
		if alpha != nil {
			out.Pix[4*i+3] = uint8(alpha[i] / 257)
		}
	}
	return out
}

func applied16(lut *cube.LUT, m *pixels.Image, alpha []uint16, out *image.NRGBA64) image.Image {
	rgb := m.RGB16
	if alpha != nil {
		rgb = straight16(m, alpha)
	}
	put := func(at int, v uint16) { out.Pix[at], out.Pix[at+1] = uint8(v>>8), uint8(v) }
	for i := range m.Width * m.Height {
		r, g, b := lut.Apply(float64(rgb[3*i])/65535, float64(rgb[3*i+1])/65535, float64(rgb[3*i+2])/65535)
		for c, v := range [3]float64{r, g, b} {
			put(8*i+2*c, uint16(min(max(v, 0), 1)*65535+0.5))
		}
		opacity := uint16(65535)
		if alpha != nil {
			opacity = alpha[i]
		}
		put(8*i+6, opacity)
	}
	return out
}
