package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/safelight-dev/safelight/iqa"
)

// picturePair is two pictures of one size as their files hold them.
type picturePair struct {
	width, height int
	ref, cand     []uint8
	planes        [2]iqa.Plane // of a PGM
}

// structure is a kernel over pairs of PPM or PGM files, REFERENCE CANDIDATE…; its unit is the megapixel of a pair.
func structure(one func(w *iqa.Workspace, p *picturePair) error) kernel {
	return func(files []string) (func() (float64, error), error) {
		if len(files) == 0 || len(files)%2 != 0 {
			return nil, fmt.Errorf("want pairs of PPM or PGM files, REFERENCE CANDIDATE…")
		}
		var pairs []*picturePair
		for i := 0; i < len(files); i += 2 {
			p, err := readPair(files[i], files[i+1])
			if err != nil {
				return nil, err
			}
			pairs = append(pairs, p)
		}
		var w iqa.Workspace
		return func() (float64, error) {
			total := 0.0
			for total < 50 { // long enough to be timed
				for _, p := range pairs {
					if err := one(&w, p); err != nil {
						return 0, err
					}
					total += float64(p.width*p.height) / 1e6
				}
			}
			return total, nil
		}, nil
	}
}

func readPair(ref, cand string) (*picturePair, error) {
	var p picturePair
	for i, name := range []string{ref, cand} {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var kind, depth int
		var width, height int
		if _, err := fmt.Sscanf(string(data[:min(len(data), 64)]), "P%d\n%d %d\n%d\n", &kind, &width, &height, &depth); err != nil || depth != 255 {
			return nil, fmt.Errorf("read %s: want an 8-bit PPM or PGM without comments: %v", name, err)
		}
		pix := data[bytes.Index(data, []byte("\n255\n"))+5:]
		if i == 1 && (width != p.width || height != p.height) {
			return nil, fmt.Errorf("%s and %s differ in size", ref, cand)
		}
		p.width, p.height = width, height
		if kind == 5 {
			p.planes[i] = iqa.Plane{Width: width, Height: height, Pix: make([]float32, width*height)}
			for j := range p.planes[i].Pix {
				p.planes[i].Pix[j] = float32(pix[j])
			}
		}
		if i == 0 {
			p.ref = pix
		} else {
			p.cand = pix
		}
	}
	return &p, nil
}

func ssimOfPlanes(w *iqa.Workspace, p *picturePair) error {
	_, err := w.SSIM(p.planes[0], p.planes[1])
	return err
}

func ssimOfRGB(w *iqa.Workspace, p *picturePair) error {
	_, err := w.SSIM8(p.ref, p.cand, p.width, p.height)
	return err
}

func msssimOfRGB(w *iqa.Workspace, p *picturePair) error {
	_, err := w.MSSSIM8(p.ref, p.cand, p.width, p.height)
	return err
}

func psnrOfRGB(w *iqa.Workspace, p *picturePair) error {
	_, err := w.PSNR8(p.ref, p.cand, p.width, p.height)
	return err
}

func allOfRGB(w *iqa.Workspace, p *picturePair) error {
	_, err := w.Measure8(p.ref, p.cand, p.width, p.height)
	return err
}
