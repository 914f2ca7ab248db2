package jpegdec

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The reference is libjpeg-turbo itself, through Debian's cjpeg and djpeg.

// tool runs one of libjpeg-turbo's programs from bytes to bytes.
func tool(t testing.TB, in []byte, name string, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not here: install libjpeg-turbo-progs", name)
	}
	c := exec.Command(path, args...)
	var out, diag bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(in), &out, &diag
	if err := c.Run(); err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, diag.String())
	}
	return out.Bytes()
}

// netpbm takes the pixels out of what djpeg wrote.
func netpbm(t testing.TB, file []byte) (pix []byte, width, height, channels int) {
	t.Helper()
	var kind string
	var maxval int
	if _, err := fmt.Sscanf(string(file[:min(len(file), 40)]), "%s\n%d %d\n%d", &kind, &width, &height, &maxval); err != nil {
		t.Fatalf("djpeg wrote no netpbm file: %v", err)
	}
	channels = 3
	if kind == "P5" {
		channels = 1
	}
	return file[len(file)-width*height*channels:], width, height, channels
}

// picture makes a PPM with smooth parts, edges and noise, so that all frequencies and extreme colours occur.
func picture(width, height int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := fmt.Appendf(nil, "P6\n%d %d\n255\n", width, height)
	fx, fy := r.Float64()/8, r.Float64()/8
	for y := range height {
		for x := range width {
			for c := range 3 {
				v := int(128 + 120*tri(float64(x)*fx*float64(c+1)+float64(y)*fy))
				switch (x/13 + y/11 + int(seed)) % 5 {
				case 0:
					v += r.IntN(64) - 32
				case 1:
					v = 255 * (x / 3 & 1)
				case 2:
					v = r.IntN(256)
				}
				b = append(b, uint8(min(max(v, 0), 255)))
			}
		}
	}
	return b
}

// tri is a triangle wave of period 2 from −1 to 1.
func tri(v float64) float64 {
	v -= float64(int(v/2)) * 2
	if v > 1 {
		v = 2 - v
	}
	return 2*v - 1
}

// same decodes a JPEG with both and compares every byte.
func same(t testing.TB, d *Decoder, name string, file []byte, denominator int) {
	t.Helper()
	want, width, height, channels := netpbm(t, tool(t, file, "djpeg", "-pnm", "-scale", fmt.Sprintf("1/%d", denominator)))
	got, h, err := d.Decode(nil, file, Options{Denominator: denominator})
	if err != nil {
		t.Errorf("%s at 1/%d: %v", name, denominator, err)
		return
	}
	if h.Channels == 4 {
		got, h.Channels = inkless(got), 3
	}
	if h.Width != width || h.Height != height || h.Channels != channels {
		t.Errorf("%s at 1/%d: got %dx%d with %d channels, libjpeg-turbo gives %dx%d with %d",
			name, denominator, h.Width, h.Height, h.Channels, width, height, channels)
		return
	}
	if bytes.Equal(got, want) {
		return
	}
	differ, first := 0, -1
	for i := range want {
		if got[i] != want[i] {
			differ++
			if first < 0 {
				first = i
			}
		}
	}
	at := first / channels
	t.Errorf("%s at 1/%d: %d of %d bytes differ from libjpeg-turbo's, first at x %d, y %d, channel %d: got %d, want %d",
		name, denominator, differ, len(want), at%width, at/width, first%channels, got[first], want[first])
}

// inkless is how djpeg writes CMYK into a PPM (cmyk.h of libjpeg-turbo).
func inkless(cmyk []uint8) (rgb []uint8) {
	for ; len(cmyk) >= 4; cmyk = cmyk[4:] {
		for _, c := range cmyk[:3] {
			rgb = append(rgb, uint8(float64(c)*float64(cmyk[3])/255+0.5))
		}
	}
	return rgb
}

// factors are the sampling factors of the components as cjpeg takes them.
var factors = []string{
	"1x1,1x1,1x1", "2x1,1x1,1x1", "1x2,1x1,1x1", "2x2,1x1,1x1", "4x1,1x1,1x1", "4x2,1x1,1x1", "1x4,1x1,1x1",
	"2x2,2x1,1x2", "2x2,1x2,1x1", "1x1,2x2,1x1", "2x4,1x1,1x1", "2x1,1x1,2x1", "4x1,2x1,1x1", "2x2,2x1,2x1", "1x2,1x2,1x1",
	"3x1,1x1,1x1", "1x3,1x1,1x1", "3x2,1x1,1x1",
}

// scales are all that there are.
var scales = []int{1, 2, 4, 8}

func TestSamplingFactors(t *testing.T) {
	t.Parallel()
	var d Decoder
	for i, f := range factors {
		for j, size := range [][2]int{{67, 45}, {1, 1}, {33, 9}} {
			file := tool(t, picture(size[0], size[1], 3), "cjpeg", "-sample", f, "-quality", "85")
			same(t, &d, fmt.Sprintf("%s %dx%d", f, size[0], size[1]), file, 1)
			same(t, &d, fmt.Sprintf("%s %dx%d", f, size[0], size[1]), file, scales[1+(i+j)%3])
		}
	}
}

func TestOddSizes(t *testing.T) {
	t.Parallel()
	var d Decoder
	for n := 1; n <= 40; n++ {
		for i, f := range []string{"2x2", []string{"1x1", "2x1", "1x2"}[n%3]} {
			height := n
			if (n+i)&1 == 0 {
				height = 41 - n
			}
			file := tool(t, picture(n, height, uint64(n)), "cjpeg", "-sample", f)
			same(t, &d, fmt.Sprintf("%s %dx%d", f, n, height), file, 1)
			same(t, &d, fmt.Sprintf("%s %dx%d", f, n, height), file, scales[1+(n+i)%3])
		}
	}
}

func TestQualities(t *testing.T) {
	t.Parallel()
	var d Decoder
	ppm := picture(93, 61, 9)
	for q := 1; q <= 100; q++ {
		file := tool(t, ppm, "cjpeg", "-quality", fmt.Sprint(q))
		same(t, &d, fmt.Sprintf("quality %d", q), file, 1)
		if q%4 == 0 {
			same(t, &d, fmt.Sprintf("quality %d", q), file, scales[1+q/4%3])
		}
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	var d Decoder
	ppm := picture(150, 77, 5)
	for _, args := range [][]string{
		{"-optimize"}, {"-restart", "1"}, {"-restart", "3B"}, {"-restart", "1B"}, {"-grayscale"}, {"-grayscale", "-restart", "1"},
		{"-rgb"}, {"-rgb", "-sample", "2x2,1x1,1x1"}, {"-quality", "1"}, {"-quality", "1", "-baseline"}, {"-smooth", "50"},
		{"-grayscale", "-sample", "2x2"}, {"-dct", "float"},
	} {
		file := tool(t, ppm, "cjpeg", args...)
		for _, denominator := range scales {
			same(t, &d, fmt.Sprint(args), file, denominator)
		}
	}
}

// TestExtremeTables multiplies coefficients beyond all that an encoder writes, where libjpeg-turbo's SIMD code wraps and
// saturates.
func TestExtremeTables(t *testing.T) {
	t.Parallel()
	var d Decoder
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 24 {
		quality := []string{"1", "60", "100"}[i%3]
		file := tool(t, picture(61, 40, uint64(i)), "cjpeg", "-quality", quality, "-sample", []string{"1x1", "2x2"}[i&1])
		for at := 0; ; {
			next := bytes.Index(file[at:], []byte{0xff, markDQT})
			if next < 0 {
				break
			}
			at += next
			length := int(file[at+2])<<8 | int(file[at+3])
			for k := at + 5; k < at+2+length; k++ {
				if r.IntN(8) == 0 {
					file[k] = uint8(r.Uint32())
				}
			}
			at += 2 + length
		}
		for _, denominator := range scales {
			same(t, &d, fmt.Sprintf("extreme tables %d", i), file, denominator)
		}
	}
}

// scripts are progressions of scans as cjpeg reads them.
var scripts = map[string]string{
	"sequential, one component a scan": "0;1;2;",
	"sequential, two scans":            "0;1 2;",
	"spectral selection only":          "0 1 2: 0-0, 0, 0; 0: 1-9, 0, 0; 1: 1-63, 0, 0; 2: 1-63, 0, 0; 0: 10-63, 0, 0;",
	"many bits":                        "0: 0-0, 0, 4; 1 2: 0-0, 0, 2; 0: 0-0, 4, 3; 0: 0-0, 3, 2; 0 1 2: 0-0, 2, 1; 0 1 2: 0-0, 1, 0; 0: 1-63, 0, 3; 0: 1-63, 3, 2; 1: 1-5, 0, 1; 2: 1-63, 0, 0; 1: 6-63, 0, 2; 0: 1-63, 2, 1; 1: 6-63, 2, 1; 1: 1-63, 1, 0; 0: 1-20, 1, 0; 0: 21-63, 1, 0;",
}

func TestScanScripts(t *testing.T) {
	t.Parallel()
	var d Decoder
	for name, script := range scripts {
		path := filepath.Join(t.TempDir(), "scans")
		if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		for i, size := range [][2]int{{150, 77}, {1, 1}} {
			ppm := picture(size[0], size[1], 5)
			for j, more := range [][]string{{}, {"-restart", "1"}, {"-restart", "3B"}, {"-sample", "1x1"}, {"-quality", "30", "-sample", "2x1"}, {"-quality", "98"}} {
				file := tool(t, ppm, "cjpeg", append([]string{"-scans", path}, more...)...)
				same(t, &d, fmt.Sprint(name, more, size), file, 1)
				same(t, &d, fmt.Sprint(name, more, size), file, scales[1+(i+j)%3])
			}
		}
	}
}

func TestProgressive(t *testing.T) {
	t.Parallel()
	var d Decoder
	for i, size := range [][2]int{{150, 77}, {7, 9}, {130, 130}} {
		ppm := picture(size[0], size[1], uint64(i))
		for q := 5; q <= 100; q += 31 {
			for _, more := range [][]string{{}, {"-restart", "1"}, {"-restart", "5B"}, {"-sample", "1x1"}, {"-sample", "1x2"}, {"-grayscale"}} {
				file := tool(t, ppm, "cjpeg", append([]string{"-progressive", "-quality", fmt.Sprint(q)}, more...)...)
				same(t, &d, fmt.Sprint(size, q, more), file, 1)
			}
		}
	}
}
