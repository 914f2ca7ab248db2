package main

import (
	"fmt"
	"os"

	"github.com/safelight-dev/safelight/internal/codec"
	"github.com/safelight-dev/safelight/pixels"
)

// decodeWebP decodes whole files by the child. A round starts the child and ends it, so that its CPU time is counted
// with the children's.
func decodeWebP(files []string) (func() (float64, error), error) {
	var all [][]byte
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return func() (float64, error) {
		pool := codec.New(codec.Options{})
		defer pool.Close()
		decode := pool.Decoder()
		done := 0
		for i, data := range all {
			n, err := decode("webp", data, pixels.DefaultMaxPixels)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", files[i], err)
			}
			done += n.Width * n.Height
		}
		return float64(done) / 1e6, nil
	}, nil
}
