package lpips

import "fmt"

// Picture is a picture in encoded sRGB, packed, three values a pixel, rows from the top: what package pixels gives.
// One of RGB8 and RGB16 is set.
type Picture struct {
	Width, Height int
	RGB8          []uint8
	RGB16         []uint16
}

func (p Picture) check() error {
	n := 3 * int64(p.Width) * int64(p.Height)
	if p.Width < 1 || p.Height < 1 || p.Width > maxSide || p.Height > maxSide || int64(len(p.RGB8)) != n && int64(len(p.RGB16)) != n {
		return fmt.Errorf("measure a picture of %d×%d pixels with %d values: %w", p.Width, p.Height, max(len(p.RGB8), len(p.RGB16)), ErrInput)
	}
	return nil
}

// The networks see (v − shift)/spread of each channel, v from −1 to 1 (scaling_layer of the authors' code).
var (
	shift  = [3]float32{-.030, -.088, -.188}
	spread = [3]float32{.458, .448, .450}
)

// scaled is what the networks see of an 8-bit value, by channel.
var scaled = func() (t [3][256]float32) {
	for c := range t {
		for v := range t[c] {
			t[c][v] = see(float64(v)/127.5-1, c)
		}
	}
	return t
}()

func see(v float64, channel int) float32 { return (float32(v) - shift[channel]) / spread[channel] }

// scale writes what the network sees of the picture.
func (p Picture) scale(dst planes, i int) {
	for y := range p.Height {
		row := dst.from(i, 0, y)[:3*p.Width]
		if len(p.RGB8) > 0 {
			scale8(row, p.RGB8[3*p.Width*y:])
		} else {
			scale16(row, p.RGB16[3*p.Width*y:])
		}
	}
}

func scale8(dst []float32, src []uint8) {
	src = src[:len(dst)]
	for x := 0; x+2 < len(dst); x += 3 {
		dst[x] = scaled[0][src[x]]
		dst[x+1] = scaled[1][src[x+1]]
		dst[x+2] = scaled[2][src[x+2]]
	}
}

func scale16(dst []float32, src []uint16) {
	for x := range dst {
		dst[x] = see(float64(src[x])/32767.5-1, x%3)
	}
}
