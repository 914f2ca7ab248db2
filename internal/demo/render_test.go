package demo

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"sync"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/pixels"
)

// catalogueSize is how many pictures the demo renders.
const catalogueSize = 4200

func newRenderer(t testing.TB, seed uint64, size int) *Renderer {
	t.Helper()
	rd, err := NewRenderer(seed, size)
	if err != nil {
		t.Fatal(err)
	}
	return rd
}

func TestRenderIsAFunctionOfSeedAndNumber(t *testing.T) {
	t.Parallel()
	const n = 3 * DefaultSize * DefaultSize
	first, again, other := make([]uint8, n), bytes.Repeat([]byte{0xa5}, n), make([]uint8, n)
	rd := newRenderer(t, 7, DefaultSize)
	for number := range 24 {
		rd.Render(number, first)
		newRenderer(t, 7, DefaultSize).Render(number, again) // another renderer, another history, a used buffer
		if !bytes.Equal(first, again) {
			t.Fatalf("picture %d differs between two renderers of the same seed", number)
		}
	}
	newRenderer(t, 8, DefaultSize).Render(23, other)
	if bytes.Equal(first, other) {
		t.Error("picture 23 is the same for seeds 7 and 8")
	}
}

// The bytes are promised to be the same on every machine; this digest was made on amd64.
func TestRenderBits(t *testing.T) {
	t.Parallel()
	rd := newRenderer(t, 20250927, DefaultSize)
	pix, h := make([]uint8, 3*DefaultSize*DefaultSize), sha256.New()
	for n := range 36 {
		rd.Render(n, pix)
		h.Write(pix)
	}
	const want = "62635f224811ed0c"
	if got := fmt.Sprintf("%x", h.Sum(nil)[:8]); got != want {
		t.Errorf("digest of 36 pictures is %s, want %s: the drawing changed, or arithmetic depends on the machine", got, want)
	}
}

func TestPicturesAreDistinct(t *testing.T) {
	t.Parallel()
	count := catalogueSize
	if testing.Short() {
		count = 420
	}
	digests := make([][sha256.Size]byte, count)
	var wg sync.WaitGroup
	for worker := range 2 {
		rd := newRenderer(t, 1, DefaultSize)
		wg.Go(func() {
			pix := make([]uint8, 3*DefaultSize*DefaultSize)
			for n := worker; n < count; n += 2 {
				rd.Render(n, pix)
				digests[n] = sha256.Sum256(pix)
			}
		})
	}
	wg.Wait()
	seen := map[[sha256.Size]byte]int{}
	for n, d := range digests {
		if before, ok := seen[d]; ok {
			t.Fatalf("pictures %d and %d are the same", before, n)
		}
		seen[d] = n
	}
}

func TestRenderAtOtherSizes(t *testing.T) {
	t.Parallel()
	for _, size := range []int{257, 512, 1024} {
		rd := newRenderer(t, 1, size)
		pix := make([]uint8, 3*size*size)
		rd.Render(2, pix)
		// The logo's corner and the ribbon's start are where they are at every size.
		at := func(x, y int) rgb { return rgb(pix[(y*size/DefaultSize*size+x*size/DefaultSize)*3:][:3]) }
		if got := at(14, 14); got != brandRed {
			t.Errorf("size %d: the logo block is %v, want %v", size, got, brandRed)
		}
		if got := at(6, 230); got != brandTeal {
			t.Errorf("size %d: the ribbon is %v, want %v", size, got, brandTeal)
		}
	}
	for _, size := range []int{-1, 0, 255, MaxSize + 1} {
		if _, err := NewRenderer(1, size); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("a renderer of size %d: error %v, want ErrInvalid", size, err)
		}
	}
}

// An outline's coverage is exact for edges on pixel boundaries and proportional between them.
func TestCoverage(t *testing.T) {
	t.Parallel()
	const size = DefaultSize
	c := newCanvas(size, new([grainSide * grainSide]int16))
	c.pix = make([]uint8, 3*size*size)
	white := solid(rgb{255, 255, 255}, 256)
	c.polygon(16*10, 16*20, 16*12, 16*20, 16*12, 16*22+4, 16*10, 16*22+4) // 2 pixels by 2¼
	c.fill(white)
	c.polygon(-16*50, 16*100, 16*3+8, 16*100, 16*3+8, 16*101, -16*50, 16*101) // clipped on the left, ends mid-pixel
	c.fill(white)
	c.polygon(16*250, 16*250, 16*300, 16*250, 16*300, 16*300, 16*250, 16*300) // leaves at the lower right
	c.fill(white)
	for _, at := range []struct {
		x, y int
		want uint8
	}{
		{9, 20, 0}, {10, 20, 255}, {11, 21, 255}, {12, 21, 0}, {10, 22, 64}, {10, 23, 0}, {10, 19, 0},
		{0, 100, 255}, {2, 100, 255}, {3, 100, 128}, {4, 100, 0}, {255, 255, 255}, {249, 255, 0},
	} {
		if got := c.pix[(at.y*size+at.x)*3]; got != at.want {
			t.Errorf("pixel %d, %d is %d, want %d", at.x, at.y, got, at.want)
		}
	}
	for i, v := range c.cover {
		if v != 0 {
			t.Fatalf("coverage %d is left at %d after filling", v, i)
		}
	}
}

func TestHoleIsCut(t *testing.T) {
	t.Parallel()
	const size = DefaultSize
	c := newCanvas(size, new([grainSide * grainSide]int16))
	c.pix = make([]uint8, 3*size*size)
	c.ellipse(2048, 2048, 800, 800, false)
	c.ellipse(2048, 2048, 400, 400, true)
	c.fill(solid(rgb{200, 200, 200}, 256))
	for _, at := range []struct {
		x    int
		want uint8
	}{{128, 0}, {128 + 22, 0}, {128 + 27, 200}, {128 + 47, 200}, {128 + 51, 0}, {128 - 40, 200}} {
		if got := c.pix[(128*size+at.x)*3]; got != at.want {
			t.Errorf("column %d of a ring is %d, want %d", at.x, got, at.want)
		}
	}
}

func TestSoftenKeepsFlatColoursAndLuma(t *testing.T) {
	t.Parallel()
	const size = 32
	s := newSoftener(size)
	flat := make([]uint8, 3*size*size)
	for v := range 4096 {
		c := rgb{uint8(v * 37), uint8(v * 101), uint8(v * 59)}
		for i := range flat {
			flat[i] = c[i%3]
		}
		s.apply(flat[:3*size*size])
		if got := rgb(flat[3*(size*7+9):][:3]); got != c {
			t.Fatalf("a flat %v became %v", c, got)
		}
	}
	edge := make([]uint8, 3*size*size)
	for i := range size * size {
		copy(edge[3*i:], []uint8{90, 110, 100})
		if i%size >= size/2 {
			copy(edge[3*i:], []uint8{150, 110, 130})
		}
	}
	before := append([]uint8(nil), edge...)
	s.apply(edge)
	for i := 0; i < len(edge); i += 3 {
		if d := int(lumaOf(edge[i:])) - int(lumaOf(before[i:])); d < -1 || d > 1 {
			t.Fatalf("luma of pixel %d changed by %d", i/3, d)
		}
	}
	if a, b := edge[3*(size/2-1)], before[3*(size/2-1)]; a == b {
		t.Error("red beside an edge of colour is unchanged: nothing was softened")
	}
}

func TestEncoderAgreesWithTheStandardConversion(t *testing.T) {
	t.Parallel()
	for _, size := range []int{DefaultSize, 257} {
		rd, e := newRenderer(t, 3, size), NewEncoder(size)
		pix, got, want := make([]uint8, 3*size*size), make([]uint8, 3*size*size), make([]uint8, 3*size*size)
		rd.Render(5, pix)
		file, err := e.Append([]byte("before"), pix, Quality)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(file, []byte("before")) {
			t.Fatal("what stood in the buffer was overwritten")
		}
		plain := image.NewRGBA(image.Rect(0, 0, size, size))
		for i := range size * size {
			plain.Set(i%size, i/size, color.RGBA{pix[3*i], pix[3*i+1], pix[3*i+2], 255})
		}
		var std bytes.Buffer
		if err := jpeg.Encode(&std, plain, &jpeg.Options{Quality: Quality}); err != nil {
			t.Fatal(err)
		}
		if err := e.Pixels(got, file[len("before"):]); err != nil {
			t.Fatal(err)
		}
		if err := e.Pixels(want, std.Bytes()); err != nil {
			t.Fatal(err)
		}
		sum := 0
		for i := range got {
			sum += max(int(got[i])-int(want[i]), int(want[i])-int(got[i]))
		}
		if mean := float64(sum) / float64(len(got)); mean > 0.25 {
			t.Errorf("size %d: the pictures of our planes and of the standard library's differ by %.3f steps on average, want rounding only", size, mean)
		}
	}
}

// What the recipes read must be what the measurement reads.
func TestPixelsAgreeWithTheDecoder(t *testing.T) {
	t.Parallel()
	rd, e := newRenderer(t, 3, DefaultSize), NewEncoder(DefaultSize)
	pix := make([]uint8, 3*DefaultSize*DefaultSize)
	rd.Render(11, pix)
	file, err := e.Append(nil, pix, Quality)
	if err != nil {
		t.Fatal(err)
	}
	want, err := pixels.DecodeBytes(file, pixels.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Pixels(pix, file); err != nil {
		t.Fatal(err)
	}
	for y := range DefaultSize {
		if !bytes.Equal(pix[3*y*DefaultSize:][:3*DefaultSize], want.Row8(y)) {
			t.Fatalf("row %d differs from what package pixels decodes", y)
		}
	}
}

func TestPixelsRefusesOtherFiles(t *testing.T) {
	t.Parallel()
	e, dst := NewEncoder(DefaultSize), make([]uint8, 3*DefaultSize*DefaultSize)
	if err := e.Pixels(dst, []byte("not a JPEG file")); err == nil {
		t.Error("a text was decoded")
	}
	small, err := NewEncoder(64).Append(nil, make([]uint8, 3*64*64), Quality)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Pixels(dst, small); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a picture of another size: error %v, want ErrInvalid", err)
	}
}

func BenchmarkRender(b *testing.B) {
	rd := newRenderer(b, 1, DefaultSize)
	pix := make([]uint8, 3*DefaultSize*DefaultSize)
	n := 0
	for b.Loop() {
		rd.Render(n, pix)
		n++
	}
}
