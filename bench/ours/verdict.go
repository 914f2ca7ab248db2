package main

import (
	"fmt"

	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/pixels"
)

// verdict is a kernel over pairs of image files in memory, REFERENCE CANDIDATE…: both are decoded, measured (ΔE00
// statistics and SSIM) and judged, as scan does. Without whole they are only decoded, to tell that share. Its unit is
// the megapixel of a pair.
func verdict(whole bool) kernel {
	return func(files []string) (func() (float64, error), error) {
		if len(files) == 0 || len(files)%2 != 0 {
			return nil, fmt.Errorf("want pairs of image files, REFERENCE CANDIDATE…")
		}
		data, err := readAll(files)
		if err != nil {
			return nil, err
		}
		var decoders [2]pixels.Decoder
		var pair [2]pixels.Image
		meter := measure.NewMeter(measure.Options{Class: pipeline.Product, Budget: pipeline.Budget{DeltaE00: 2, SSIM: 0.97}})
		one := func(i int) (float64, error) {
			for side := range pair {
				if err := decoders[side].Decode(&pair[side], data[i+side], pixels.Options{}); err != nil {
					return 0, fmt.Errorf("%s: %w", files[i+side], err)
				}
			}
			if whole {
				if _, err := meter.Measure(measure.Source{Image: &pair[0]}, measure.Source{Image: &pair[1]}); err != nil {
					return 0, fmt.Errorf("%s: %w", files[i], err)
				}
			}
			return float64(pair[0].Width*pair[0].Height) / 1e6, nil
		}
		return func() (float64, error) {
			total := 0.0
			for total < 30 { // long enough to be timed
				for i := 0; i < len(data); i += 2 {
					units, err := one(i)
					if err != nil {
						return 0, err
					}
					total += units
				}
			}
			return total, nil
		}, nil
	}
}
