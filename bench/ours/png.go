package main

import (
	"bytes"
	"fmt"
	"image/png"
	"os"

	"github.com/safelight-dev/safelight/pngdec"
)

// readAll loads files into memory.
func readAll(files []string) ([][]byte, error) {
	all := make([][]byte, len(files))
	for i, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all[i] = data
	}
	return all, nil
}

// pngKernel decodes PNG files with package pngdec; units are megapixels.
func pngKernel(files []string) (func() (float64, error), error) {
	all, err := readAll(files)
	if err != nil {
		return nil, err
	}
	var d pngdec.Decoder
	return func() (float64, error) {
		pixels := 0.0
		for i, data := range all {
			p, err := d.Decode(data, pngdec.Options{})
			if err != nil {
				return 0, fmt.Errorf("%s: %w", files[i], err)
			}
			pixels += float64(p.Width) * float64(p.Height)
		}
		return pixels / 1e6, nil
	}, nil
}

// pngStdlibKernel is the same with image/png.
func pngStdlibKernel(files []string) (func() (float64, error), error) {
	all, err := readAll(files)
	if err != nil {
		return nil, err
	}
	return func() (float64, error) {
		pixels := 0.0
		for i, data := range all {
			m, err := png.Decode(bytes.NewReader(data))
			if err != nil {
				return 0, fmt.Errorf("%s: %w", files[i], err)
			}
			pixels += float64(m.Bounds().Dx()) * float64(m.Bounds().Dy())
		}
		return pixels / 1e6, nil
	}, nil
}
