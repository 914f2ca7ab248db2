package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/safelight-dev/safelight/internal/weights"
	"github.com/safelight-dev/safelight/lpips"
	"github.com/safelight-dev/safelight/pixels"
)

// lpipsKernel measures pairs of pictures: the first file is a folder of PyTorch weight files. Its units are megapixel
// pairs.
func lpipsKernel(kind lpips.Kind) kernel {
	return func(files []string) (func() (float64, error), error) {
		if len(files) < 3 || len(files)%2 == 0 {
			return nil, fmt.Errorf("usage: ours lpips-%s WEIGHTS A B [A B]…", kind)
		}
		network, err := importNetwork(kind, files[0])
		if err != nil {
			return nil, err
		}
		pictures, units, err := readPictures(files[1:])
		if err != nil {
			return nil, err
		}
		var w lpips.Workspace
		first := true
		return func() (float64, error) {
			for i := 0; i < len(pictures); i += 2 {
				d, err := network.Distance(&w, pictures[i], pictures[i+1])
				if err != nil {
					return 0, err
				}
				if first {
					fmt.Fprintf(os.Stderr, "ours %.7f\n", d.Value)
				}
			}
			first = false
			return units / 2, nil
		}, nil
	}
}

// importNetwork builds a network from all the PyTorch files of a folder.
func importNetwork(kind lpips.Kind, folder string) (*lpips.Network, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.pth"))
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "ours-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	store := weights.Open(dir)
	for _, file := range files {
		if _, err := store.Import(file, weights.Options{}); err != nil {
			return nil, err
		}
	}
	network, _, err := store.Load(kind)
	return network, err
}

// readPictures returns pictures and their megapixels.
func readPictures(files []string) (pictures []lpips.Picture, megapixels float64, err error) {
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, 0, err
		}
		m, err := pixels.DecodeBytes(data, pixels.Options{})
		if err != nil {
			return nil, 0, fmt.Errorf("decode %s: %w", file, err)
		}
		pictures = append(pictures, lpips.Picture{Width: m.Width, Height: m.Height, RGB8: m.RGB8, RGB16: m.RGB16})
		megapixels += float64(m.Width) * float64(m.Height) / 1e6
	}
	return pictures, megapixels, nil
}
