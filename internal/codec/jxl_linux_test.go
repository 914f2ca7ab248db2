package codec

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"
)

func TestJXLIsTurnedByItsOwnOrientation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, scene(64, 40, false), nil); err != nil {
		t.Fatal(err)
	}
	// Behind the start of image: Exif with the one entry Orientation = 6, a quarter turn with the clock.
	exif := "\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
	if err := writeFile(dir, "in.jpg", append([]byte("\xff\xd8"+exif), b.Bytes()[2:]...)); err != nil {
		t.Fatal(err)
	}
	tool(t, dir, "cjxl", "-d", "1", "in.jpg", "a.jxl")
	tool(t, dir, "djxl", "a.jxl", "out.png")
	got, err := pool(t, Options{}).Decode("jxl", read(t, dir, "a.jxl"), 1e6)
	if err != nil {
		t.Fatal(err)
	}
	if got.Width != 40 || got.Height != 64 || !got.Upright {
		t.Errorf("%d×%d, upright %v; want 40×64 and upright", got.Width, got.Height, got.Upright)
	}
	checkSame(t, got, readPNG(t, dir, "out.png"), nil)
}

// A lossy JPEG XL keeps a profile like that of Adobe RGB only as a name for what it was made of: libjxl decodes to
// another space, in which the pixels must mean the same.
func TestJXLKeepsColoursBeyondSRGB(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := image.NewNRGBA(image.Rect(0, 0, 64, 32))
	patches := []color.NRGBA{{0, 255, 0, 255}, {128, 128, 128, 255}}
	for y := range 32 {
		for x := range 64 {
			m.SetNRGBA(x, y, patches[x/32])
		}
	}
	writePNG(t, dir, "plain.png", m)
	if err := writeFile(dir, "in.png", withICC(read(t, dir, "plain.png"), adobeRGB())); err != nil {
		t.Fatal(err)
	}
	tool(t, dir, "cjxl", "-d", "0.3", "in.png", "a.jxl")
	got, err := pool(t, Options{}).Decode("jxl", read(t, dir, "a.jxl"), 1e6)
	if err != nil {
		t.Fatal(err)
	}
	if got.Depth != 16 || got.CICP != [3]uint8{9, 13, 0} {
		t.Fatalf("depth %d and code points %v, want 16 bits by the primaries of BT.2020 and the curve of sRGB", got.Depth, got.CICP)
	}
	// From linear Adobe RGB to linear BT.2020, by the chromaticities of both and their common white D65: the column
	// of green; and (128/255)^(563/256) for grey.
	linear := [][3]float64{{0.0775, 0.8915, 0.0430}, {0.2196, 0.2196, 0.2196}}
	for i, want := range linear {
		for c, v := range want {
			got := float64(sample(got, 16+32*i, 16, c)) / 65535
			if want := 1.055*math.Pow(v, 1/2.4) - 0.055; math.Abs(got-want) > 0.005 {
				t.Errorf("patch %d, channel %d: %.3f, want %.3f", i, c, got, want)
			}
		}
	}
}

// adobeRGB is a profile with the primaries of Adobe RGB (1998), adapted to D50, and a power of 563/256.
func adobeRGB() []byte {
	var tags, data bytes.Buffer
	const head, count = 132, 8
	add := func(name string, body []byte) {
		tags.WriteString(name)
		binary.Write(&tags, binary.BigEndian, []uint32{uint32(head + 12*count + data.Len()), uint32(len(body))})
		data.Write(body)
		data.Write(make([]byte, -len(body)&3))
	}
	xyz := func(x, y, z float64) []byte {
		b := []byte("XYZ \x00\x00\x00\x00")
		for _, v := range []float64{x, y, z} {
			b = binary.BigEndian.AppendUint32(b, uint32(math.Round(v*65536)))
		}
		return b
	}
	add("desc", append([]byte("desc\x00\x00\x00\x00\x00\x00\x00\x05test\x00"), make([]byte, 78)...))
	add("wtpt", xyz(0.9642, 1, 0.8249))
	add("rXYZ", xyz(0.60974, 0.31111, 0.01947))
	add("gXYZ", xyz(0.20528, 0.62567, 0.06087))
	add("bXYZ", xyz(0.14919, 0.06322, 0.74457))
	for _, name := range []string{"rTRC", "gTRC", "bTRC"} {
		add(name, []byte("curv\x00\x00\x00\x00\x00\x00\x00\x01\x02\x33"))
	}
	b := profile(head)
	binary.BigEndian.PutUint32(b, uint32(head+tags.Len()+data.Len()))
	copy(b[68:], xyz(0.9642, 1, 0.8249)[8:])
	binary.BigEndian.PutUint32(b[128:], count)
	return append(append(b, tags.Bytes()...), data.Bytes()...)
}
