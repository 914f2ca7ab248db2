package main

import (
	"fmt"

	"github.com/safelight-dev/safelight/colour"
)

// difference is a kernel over pairs of PPM files, REFERENCE CANDIDATE…: ΔE00 of packed sRGB to its statistics and, where
// heat is asked for, to the map. Its unit is the megapixel of a pair.
func difference(bits int, heat bool) kernel {
	return pairKernel(func(d *colour.Difference, p *colourPair) {
		var values []float32
		if heat {
			values = p.heat
		}
		d.Reset(2)
		if bits == 16 {
			d.AddRows16(0, p.ref16, p.cand16, p.width, values)
		} else {
			d.AddRows8(0, p.ref, p.cand, p.width, values)
		}
		d.Stats()
	})
}

// palette is a kernel over pairs of PPM files: the drift of six brand colours.
func palette(files []string) (func() (float64, error), error) {
	swatches := []colour.Swatch{
		{Name: "red", Lab: colour.FromSRGB8(200, 30, 40)}, {Name: "blue", Lab: colour.FromSRGB8(20, 60, 160)},
		{Name: "green", Lab: colour.FromSRGB8(20, 140, 70)}, {Name: "yellow", Lab: colour.FromSRGB8(250, 200, 20)},
		{Name: "grey", Lab: colour.FromSRGB8(128, 128, 128)}, {Name: "white", Lab: colour.FromSRGB8(255, 255, 255)},
	}
	return pairKernel(func(_ *colour.Difference, p *colourPair) {
		d := colour.NewPaletteDrift(swatches, 10)
		for y := range p.height {
			d.AddRow8(p.ref[3*p.width*y:3*p.width*(y+1)], p.cand[3*p.width*y:3*p.width*(y+1)])
		}
		d.Result()
	})(files)
}

// colourPair is a picturePair with what the kernels of colour want besides.
type colourPair struct {
	*picturePair
	ref16, cand16 []uint16
	heat          []float32
}

func pairKernel(one func(d *colour.Difference, p *colourPair)) kernel {
	return func(files []string) (func() (float64, error), error) {
		if len(files) == 0 || len(files)%2 != 0 {
			return nil, fmt.Errorf("want pairs of PPM files, REFERENCE CANDIDATE…")
		}
		var pairs []*colourPair
		for i := 0; i < len(files); i += 2 {
			p, err := readPair(files[i], files[i+1])
			if err != nil {
				return nil, err
			}
			pairs = append(pairs, &colourPair{p, widen(p.ref), widen(p.cand), make([]float32, p.width*p.height)})
		}
		d := colour.NewDifference(2)
		return func() (float64, error) {
			total := 0.0
			for total < 50 { // long enough to be timed
				for _, p := range pairs {
					one(d, p)
					total += float64(p.width*p.height) / 1e6
				}
			}
			return total, nil
		}, nil
	}
}

func widen(row []uint8) []uint16 {
	wide := make([]uint16, len(row))
	for i, v := range row {
		wide[i] = uint16(v) * 257
	}
	return wide
}
