package main

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"

	"github.com/safelight-dev/safelight/jpegdec"
)

// decodeJPEG is a kernel that decodes all files at a fraction of their size; its unit is the megapixel of the file.
func decodeJPEG(denominator int) kernel {
	return func(files []string) (func() (float64, error), error) {
		data, err := readAll(files)
		if err != nil {
			return nil, err
		}
		var d jpegdec.Decoder
		var pix []uint8
		return func() (float64, error) {
			total := 0.0
			for _, file := range data {
				h, err := jpegdec.ParseHeader(file)
				if err != nil {
					return 0, err
				}
				if pix, _, err = d.Decode(pix, file, jpegdec.Options{Denominator: denominator}); err != nil {
					return 0, err
				}
				total += float64(h.Width) * float64(h.Height) / 1e6
			}
			return total, nil
		}, nil
	}
}

// stdlibJPEG does with the standard library what decodeJPEG does: packed pixels, here RGBA.
func stdlibJPEG(files []string) (func() (float64, error), error) {
	data, err := readAll(files)
	if err != nil {
		return nil, err
	}
	return func() (float64, error) {
		total := 0.0
		for _, file := range data {
			m, err := jpeg.Decode(bytes.NewReader(file))
			if err != nil {
				return 0, err
			}
			rgba := image.NewRGBA(m.Bounds())
			draw.Draw(rgba, rgba.Bounds(), m, m.Bounds().Min, draw.Src)
			total += float64(rgba.Rect.Dx()) * float64(rgba.Rect.Dy()) / 1e6
		}
		return total, nil
	}, nil
}
