package pngdec

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/corpora"
)

// suiteGolden has a line for each file of Willem van Schaik's PngSuite: NAME WIDTH HEIGHT CHANNELS DEPTH SHA-256, or
// NAME refused, as bench/peers/libpng.c dumps them with libpng 1.6.39.
//
//go:embed testdata/pngsuite.txt
var suiteGolden string

// pixelBytes is the picture as libpng lays it out: 16-bit values big-endian.
func (p Picture) pixelBytes() []byte {
	if p.Depth == 8 {
		return p.Pix8
	}
	b := make([]byte, 0, 2*len(p.Pix16))
	for _, v := range p.Pix16 {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	return b
}

func TestPngSuite(t *testing.T) {
	dir := corpora.Dir(t, "formats", "pngsuite")
	var d Decoder
	for line := range strings.Lines(suiteGolden) {
		want := strings.TrimSpace(line)
		name, _, _ := strings.Cut(want, " ")
		data, err := os.ReadFile(dir + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		got := name + " refused"
		p, err := d.Decode(data, Options{})
		if err == nil {
			got = fmt.Sprintf("%s %d %d %d %d %x", name, p.Width, p.Height, p.Channels, p.Depth, sha256.Sum256(p.pixelBytes()))
		} else if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v, want ErrDamaged", name, err)
		} else {
			t.Log(name, err)
		}
		if got != want {
			t.Errorf("got  %s (%v)\nwant %s", got, err, want)
		}
	}
}

// TestPhotographs compares photographs with image/png.
func TestPhotographs(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(corpora.Dir(t, "photos"), "*.png"))
	if err != nil || len(names) == 0 {
		t.Fatal("no photographs", err)
	}
	var d Decoder
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Decode(data, Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if where := differs(got, want); where != "" {
			t.Errorf("%s: differs from image/png at %s", name, where)
		}
	}
}
