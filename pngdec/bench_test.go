package pngdec

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/safelight-dev/safelight/internal/corpora"
)

func BenchmarkDecode(b *testing.B) {
	names, err := filepath.Glob(filepath.Join(corpora.Dir(b, "photos"), "*.png"))
	if err != nil || len(names) == 0 {
		b.Fatal(err, "no photographs")
	}
	var all [][]byte
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, data)
	}
	var d Decoder
	pixels := 0
	for b.Loop() {
		for _, data := range all {
			p, err := d.Decode(data, Options{})
			if err != nil {
				b.Fatal(err)
			}
			pixels += p.Width * p.Height
		}
	}
	b.ReportMetric(float64(pixels)/1e6/b.Elapsed().Seconds(), "MP/s")
}
