package icc

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/safelight-dev/safelight/colour"
	"github.com/safelight-dev/safelight/internal/corpora"
)

// peer compiles Little CMS's program once and returns its path.
func peer(t *testing.T) string {
	t.Helper()
	path, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var compiled = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "icc")
	if err != nil {
		return "", err
	}
	peerDir = dir
	path := filepath.Join(dir, "lcms")
	out, err := exec.Command("gcc", "-O2", "-o", path, filepath.Join("..", "bench", "peers", "lcms.c"), "-llcms2", "-lm").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("compile the peer: %v; install gcc and liblcms2-dev (Debian)\n%s", err, out)
	}
	return path, nil
})

var peerDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if peerDir != "" {
		os.RemoveAll(peerDir)
	}
	os.Exit(code)
}

// lcmsIntent is the number that an intent has in profiles.
func lcmsIntent(i Intent) string {
	return map[Intent]string{Perceptual: "0", Relative: "1", Saturation: "2", Absolute: "3"}[i]
}

// littleCMS converts samples of in bits to sRGB of out bits. Without an error its answer is whole.
func littleCMS(t *testing.T, profile string, intent Intent, in, out int, mode string, samples any) (result []byte, err error) {
	t.Helper()
	src, err := binary.Append(nil, binary.NativeEndian, samples)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(peer(t), "convert", profile, lcmsIntent(intent), strconv.Itoa(in), strconv.Itoa(out), mode)
	c.Stdin = bytes.NewReader(src)
	var said bytes.Buffer
	c.Stderr = &said
	if result, err = c.Output(); err != nil {
		return nil, fmt.Errorf("%v: %s", err, said.Bytes())
	}
	return result, nil
}

func littleCMS16(t *testing.T, profile string, intent Intent, samples []uint16) ([]uint16, error) {
	b, err := littleCMS(t, profile, intent, 16, 16, "exact", samples)
	if err != nil {
		return nil, err
	}
	w := make([]uint16, len(b)/2)
	_, err = binary.Decode(b, binary.NativeEndian, w)
	return w, err
}

// deviceGrid has the corners and a grid of a space, and as many colours by chance, reproducibly.
func deviceGrid(channels int) []uint16 {
	steps := map[int]int{1: 4096, 3: 17, 4: 9}[channels]
	count := 1
	for range channels {
		count *= steps
	}
	var grid []uint16
	for i := range count {
		for range channels {
			grid = append(grid, uint16(i%steps*65535/(steps-1)))
			i /= steps
		}
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range count * channels {
		grid = append(grid, uint16(random.UintN(65536)))
	}
	return grid
}

func to8(wide []uint16) []uint8 {
	narrow := make([]uint8, len(wide))
	for i, v := range wide {
		narrow[i] = uint8(v >> 8)
	}
	return narrow
}

// spread is the difference of two rows of sRGB in ΔE00: median, 99.9th percentile and maximum.
type spread struct{ p50, p999, max float64 }

func (s spread) String() string { return fmt.Sprintf("%.3f %.3f %.3f", s.p50, s.p999, s.max) }

func spreadOf[S uint8 | uint16](t *testing.T, ours, theirs []S) spread {
	t.Helper()
	if len(ours) != len(theirs) || len(ours) == 0 {
		t.Fatalf("%d samples of ours, %d of theirs", len(ours), len(theirs))
	}
	most := float64(^S(0))
	lab := func(p []S) colour.Lab {
		return colour.FromSRGB(float64(p[0])/most, float64(p[1])/most, float64(p[2])/most)
	}
	var d []float64
	for i := 0; i < len(ours); i += 3 {
		if slices.Equal(ours[i:i+3], theirs[i:i+3]) {
			d = append(d, 0)
			continue
		}
		d = append(d, colour.DeltaE2000(lab(ours[i:i+3]), lab(theirs[i:i+3])))
	}
	slices.Sort(d)
	return spread{d[len(d)/2], d[len(d)*999/1000], d[len(d)-1]}
}

// named is a profile's bytes and where they are.
type named struct{ name, path string }

// profilesOf collects the profiles of the corpora, of Debian's icc-profiles-free and colord-data, and of the folders that
// SAFELIGHT_PROFILES lists, if it is set.
func profilesOf(t *testing.T) (all []named) {
	dir := corpora.Dir(t, "formats", "icc")
	sharp := corpora.Dir(t, "formats", "sharp")
	for _, pattern := range []string{dir + "/*.icc", sharp + "/*.icc", "/usr/share/color/icc/*.ic[cm]", "/usr/share/color/icc/*.IC[CM]", "/usr/share/color/icc/*/*.icc"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			all = append(all, named{filepath.Base(path), path})
		}
	}
	for _, name := range []string{"Channel_digital_image_CMYK_color.jpg", "16-bit-grey-alpha.png", "p3.png", "prophoto.png"} {
		data, err := os.ReadFile(filepath.Join(sharp, name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name+".icc")
		if err := os.WriteFile(path, embedded(t, data), 0o600); err != nil {
			t.Fatal(err)
		}
		all = append(all, named{name, path})
	}
	for _, dir := range filepath.SplitList(os.Getenv("SAFELIGHT_PROFILES")) {
		found, err := filepath.Glob(dir + "/*.icc")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			all = append(all, named{filepath.Base(path), path})
		}
	}
	return all
}

// embedded takes the profile out of a JPEG's APP2 segments or a PNG's iCCP.
func embedded(t *testing.T, file []byte) (profile []byte) {
	t.Helper()
	if file[0] == 0xff {
		for b := file[2:]; len(b) > 4 && b[0] == 0xff && b[1] != 0xda; b = b[2+int(b[2])<<8+int(b[3]):] {
			if body, ok := bytes.CutPrefix(b[4:2+int(b[2])<<8+int(b[3])], []byte("ICC_PROFILE\x00")); ok && b[1] == 0xe2 {
				profile = append(profile, body[2:]...)
			}
		}
		return profile
	}
	_, chunk, ok := bytes.Cut(file, []byte("iCCP"))
	if !ok {
		t.Fatal("the picture has no profile")
	}
	_, deflated, _ := bytes.Cut(chunk, []byte{0, 0})
	z, err := zlib.NewReader(bytes.NewReader(deflated))
	if err != nil {
		t.Fatal(err)
	}
	if profile, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	return profile
}

// The goal: within 1 ΔE00 of Little CMS at the 99.9th percentile, on every profile and for every intent; and what
// Little CMS refuses, we refuse.
func TestLittleCMS(t *testing.T) {
	for _, p := range profilesOf(t) {
		t.Run(p.name, func(t *testing.T) {
			data, err := os.ReadFile(p.path)
			if err != nil {
				t.Fatal(err)
			}
			profile, err := Parse(data)
			if kind := string(data[12:20]); kind == "nmclLab " || kind == "abstLab " || kind == "mntrXYZ " {
				if !errors.Is(err, ErrUnsupported) {
					t.Fatalf("%s gives %v, want ErrUnsupported", kind, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, intent := range []Intent{Relative, Perceptual, Saturation, Absolute} {
				against(t, profile, p.path, intent)
			}
		})
	}
}

// against compares all rows of a transform with Little CMS, as its 16 and 8 bits are without the resampling of tables
// that it does by default, and logs how far that default is from either.
func against(t *testing.T, p *Profile, path string, intent Intent) {
	t.Helper()
	tr, err := NewTransform(p, intent)
	src := deviceGrid(p.Space().Channels())
	theirs, theirErr := littleCMS16(t, path, intent, src)
	if (err == nil) != (theirErr == nil) {
		t.Fatalf("intent %d: ours: %v; theirs: %v", intent, err, theirErr)
	}
	if err != nil {
		return
	}
	ours := make([]uint16, len(theirs))
	tr.Row16(ours, src)
	wide := spreadOf(t, ours, theirs)

	narrow, row := to8(src), make([]uint8, len(theirs))
	tr.Row8(row, narrow)
	exact, err := littleCMS(t, path, intent, 8, 8, "exact", narrow)
	if err != nil {
		t.Fatal(err)
	}
	usual, err := littleCMS(t, path, intent, 8, 8, "default", narrow)
	if err != nil {
		t.Fatal(err)
	}
	s8, fromUsual, loss := spreadOf(t, row, exact), spreadOf(t, row, usual), spreadOf(t, usual, exact)
	t.Logf("| %v | %v | %t | %v | %v | %v | %v |", p.Space(), lcmsIntent(intent), p.IsSRGB(), wide, s8, fromUsual, loss)
	if wide.p999 > 0.3 || s8.p999 > 1 || fromUsual.p999 > max(1, loss.p999+0.1) {
		t.Errorf("intent %s: 16 bits %v, 8 bits %v, from their default %v which is %v from their exact: want p99.9 of at most 0.3, 1 and 1",
			lcmsIntent(intent), wide, s8, fromUsual, loss)
	}
}
