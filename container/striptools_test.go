package container

import (
	"bytes"
	"errors"
	"image"
	_ "image/gif"
	"image/jpeg"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	"github.com/safelight-dev/safelight/internal/corpora"
)

// TestStripCorpora strips the files of others of all but their profiles: the pixels are those from before, and nothing
// is left.
func TestStripCorpora(t *testing.T) {
	for _, folder := range []string{"metadata", "c2pa", "formats", "photos"} {
		err := filepath.WalkDir(corpora.Dir(t, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if err == nil {
				stripOne(t, path, data)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func stripOne(t *testing.T, path string, data []byte) {
	out, err := Strip(data, func(p Part) bool { return p.Kind == ICC })
	switch {
	case errors.Is(err, ErrFormat):
		return
	case err != nil:
		t.Errorf("%s: %v", path, err)
		return
	}
	if c, _, err := image.DecodeConfig(bytes.NewReader(data)); err != nil || c.Width*c.Height > 1<<19 {
		return // Strip has compared the coded pixels of the large ones
	}
	before, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return // one that is broken, or in a way that this decoder does not know
	}
	if after, _, err := image.Decode(bytes.NewReader(out)); err != nil || !slices.EqualFunc(samples(before), samples(after), bytes.Equal) {
		t.Errorf("%s: the pixels are others, %v", path, err)
	}
}

// samples are the bytes of all of a picture's planes.
func samples(m image.Image) (planes [][]byte) {
	v := reflect.ValueOf(m).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Uint8 {
			planes = append(planes, f.Bytes())
		}
	}
	return planes
}

// TestStripAsDecoded gives files that the formats' own programs wrote to Strip, and the result to their decoders.
func TestStripAsDecoded(t *testing.T) {
	dir := t.TempDir()
	writeInputs(t, dir)
	for _, c := range []struct{ name, encode, decode string }{
		{"avif", "avifenc --exif exif --xmp xmp -s 9 in.png out.avif", "avifdec out.avif out.png"},
		{"heic", "heif-enc -L -o out.heic in.png", "heif-convert out.heic out.png"},
		{"jxl", "cjxl in.jpg out.jxl -e 3", "djxl out.jxl out.png"},
		{"webp", "cwebp -quiet -metadata all in.jpg -o out.webp", "dwebp -quiet out.webp -o out.png"},
	} {
		t.Run(c.name, func(t *testing.T) {
			run(t, dir, c.encode)
			run(t, dir, c.decode)
			before := decoded(t, filepath.Join(dir, "out.png"))
			file := filepath.Join(dir, "out."+c.name)
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			f, err := Parse(data, Limits{})
			if _, ok := f.First(Exif); err != nil || !ok {
				t.Fatalf("%v: the encoder wrote no Exif: %v", err, found(f))
			}
			if p, ok := f.First(IIM); c.name == "jxl" && (!ok || string(p.Data) != datasets) {
				t.Errorf("what restores the JPEG file was not read: %v, %v", found(f), f.Problems)
			}
			out, err := Strip(data, func(Part) bool { return false })
			if err != nil || bytes.Contains(out, []byte(secret[:8])) {
				t.Fatalf("%v, or the secret is still there", err)
			}
			write(t, file, out)
			run(t, dir, c.decode)
			if !slices.EqualFunc(samples(before), samples(decoded(t, filepath.Join(dir, "out.png"))), bytes.Equal) {
				t.Error("the pixels are others")
			}
		})
	}
}

// writeInputs writes a picture as PNG and JPEG with metadata, and metadata alone, for the encoders.
func writeInputs(t *testing.T, dir string) {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range picture.Pix {
		picture.Pix[i] = byte(i*i/64) | byte(i%4/3*255)
	}
	var plain, photo bytes.Buffer
	if err := errors.Join(png.Encode(&plain, picture), jpeg.Encode(&photo, picture, nil)); err != nil {
		t.Fatal(err)
	}
	exif := string(tiffOf(entry{0x010e, 2, secret + "\x00"}))
	write(t, filepath.Join(dir, "exif"), []byte(exif))
	write(t, filepath.Join(dir, "xmp"), []byte("<x:xmpmeta xmlns:x='adobe:ns:meta/'>"+secret+"</x:xmpmeta>"))
	head := len(pngSignature) + 25
	full := pngOf(block{"eXIf", exif}, block{"iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00" + secret})
	chunks := full[head : bytes.Index(full, []byte("IDAT"))-4]
	write(t, filepath.Join(dir, "in.png"), slices.Concat(plain.Bytes()[:head], chunks, plain.Bytes()[head:]))
	segments := jpegOf(seg{0xe1, "Exif\x00\x00" + exif}, seg{0xe1, headXMP + secret}, seg{0xed, headPhotoshop + irb(0x0404, datasets)}, seg{0xfe, secret})
	write(t, filepath.Join(dir, "in.jpg"), slices.Concat(segments[:bytes.Index(segments, []byte("\xff\xdb"))], photo.Bytes()[2:]))
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// run runs a program of CI's packages (libavif-bin, libheif-examples, libjxl-tools, webp) in a folder.
func run(t *testing.T, dir, line string) {
	t.Helper()
	words := strings.Fields(line)
	cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", line, err, out)
	}
}

func decoded(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
