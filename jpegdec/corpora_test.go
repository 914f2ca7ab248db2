package jpegdec

import (
	"bytes"
	"fmt"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/safelight-dev/safelight/internal/corpora"
)

// TestCorpora decodes every JPEG of the corpora as djpeg does. A file that djpeg decodes without a warning has to come
// out the same; of another, which we may refuse, nothing but the same may come out.
func TestCorpora(t *testing.T) {
	var d Decoder
	equal, refused := 0, 0
	err := filepath.WalkDir(corpora.Dir(t), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		file, err := os.ReadFile(path)
		if err != nil || !bytes.HasPrefix(file, []byte{0xff, markSOI, 0xff}) {
			return err
		}
		if compareWarned(t, &d, path, file) {
			equal++
		} else {
			refused++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files equal at 1/1, 1/2, 1/4 and 1/8, %d refused", equal, refused)
	if equal < 50 {
		t.Errorf("only %d files were compared", equal)
	}
}

// compareWarned says whether the file was decoded, and fails the test where it should have been or came out otherwise.
func compareWarned(t *testing.T, d *Decoder, path string, file []byte) bool {
	_, _, err := d.Decode(nil, file, Options{})
	warned := exec.Command("djpeg", "-pnm", "-outfile", os.DevNull, path).Run() != nil
	if err != nil {
		t.Logf("%s: %v", path, err)
		if !warned {
			t.Errorf("%s: djpeg has nothing against it", path)
		}
		return false
	}
	for _, denominator := range scales {
		same(t, d, path, file, denominator)
	}
	return true
}

// TestPhotos makes JPEGs of the photographs as cameras and web sites do.
func TestPhotos(t *testing.T) {
	dir := corpora.Dir(t, "photos")
	names, err := filepath.Glob(filepath.Join(dir, "*.png"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no photographs in %s: %v", dir, err)
	}
	var d Decoder
	for i, name := range names {
		ppm := portable(t, name)
		for j, args := range [][]string{
			{"-quality", "90"}, {"-quality", "75", "-sample", "1x1", "-optimize"}, {"-quality", "95", "-sample", "2x1"},
			{"-quality", "40", "-progressive"}, {"-quality", "92", "-progressive", "-sample", "1x1"},
		} {
			file := tool(t, ppm, "cjpeg", args...)
			what := fmt.Sprint(filepath.Base(name), args)
			same(t, &d, what, file, 1)
			same(t, &d, what, file, scales[1+(i+j)%3])
		}
	}
}

// portable reads a PNG and writes it as PPM.
func portable(t *testing.T, name string) []byte {
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	size := m.Bounds().Size()
	ppm := fmt.Appendf(nil, "P6\n%d %d\n255\n", size.X, size.Y)
	for y := range size.Y {
		for x := range size.X {
			r, g, b, _ := m.At(x, y).RGBA()
			ppm = append(ppm, uint8(r>>8), uint8(g>>8), uint8(b>>8))
		}
	}
	return ppm
}
