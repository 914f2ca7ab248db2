package pngdec

import (
	"bytes"
	"compress/zlib"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/safelight-dev/safelight/internal/corpora"
)

func BenchmarkDecode(b *testing.B) {
	all := photographs(b)
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

// BenchmarkInflate expands the image data of the photographs, checksums included, beside compress/zlib.
func BenchmarkInflate(b *testing.B) {
	var all []stored
	total := int64(0)
	for _, data := range photographs(b) {
		var d Decoder
		f, in, err := d.open(data, Options{})
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, stored{f.Header, append(bytes.Clone(in.data[:in.end]), make([]byte, inputSlack)...)})
		total += f.rawBytes()
	}
	var z inflater
	for name, f := range map[string]func(stored) error{"ours": z.expand, "zlib": stored.zlib} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(total)
			for b.Loop() {
				for _, s := range all {
					if err := f(s); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// stored is the image data of a file, with inputSlack bytes behind them.
type stored struct {
	Header
	data []byte
}

func (z *inflater) expand(s stored) error {
	row := 1 + s.rowBytes(s.Width)
	if err := z.start(s.data, len(s.data)-inputSlack, s.rawBytes(), row); err != nil {
		return err
	}
	for range s.Height {
		if _, err := z.need(row); err != nil {
			return err
		}
	}
	return z.finish()
}

func (s stored) zlib() error {
	r, err := zlib.NewReader(bytes.NewReader(s.data))
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	return err
}

// photographs reads them all.
func photographs(b *testing.B) (all [][]byte) {
	names, err := filepath.Glob(filepath.Join(corpora.Dir(b, "photos"), "*.png"))
	if err != nil || len(names) == 0 {
		b.Fatal("no photographs", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, data)
	}
	return all
}
