package faces

import (
	"fmt"

	"github.com/safelight-dev/safelight/pixels"
)

// maxHeader bounds a header of PPM.
const maxHeader = 64

// ppm writes a picture as a binary PPM whose longer side is most pixels at most. Each pixel is the mean of those that it stands
// for, as coded: that is enough to find a face.
func ppm(m *pixels.Image, most int) []byte {
	w, h := shrunk(m.Width, m.Height, most)
	out := fmt.Appendf(make([]byte, 0, maxHeader+3*w*h), "P6\n%d %d\n255\n", w, h)
	for y := range h {
		top, bottom := span(y, h, m.Height)
		for x := range w {
			left, right := span(x, w, m.Width)
			if m.Depth == 16 {
				out = appendMean(out, m.RGB16, box{left, right, top, bottom, m.Width, 257})
			} else {
				out = appendMean(out, m.RGB8, box{left, right, top, bottom, m.Width, 1})
			}
		}
	}
	return out
}

// shrunk is a size with the longer side bounded.
func shrunk(w, h, most int) (int, int) {
	longer := max(w, h)
	if longer <= most {
		return w, h
	}
	return max(w*most/longer, 1), max(h*most/longer, 1)
}

// span is what the i-th of n parts takes of a length.
func span(i, n, length int) (from, to int) {
	return i * length / n, (i + 1) * length / n
}

// box is a part of a picture of a width in pixels, whose values are unit times as large as those of 8 bits.
type box struct{ left, right, top, bottom, width, unit int }

func appendMean[T uint8 | uint16](out []byte, pix []T, b box) []byte {
	var sum [3]int
	for y := b.top; y < b.bottom; y++ {
		row := pix[3*(y*b.width+b.left) : 3*(y*b.width+b.right)]
		for i := 0; i < len(row); i += 3 {
			sum[0] += int(row[i])
			sum[1] += int(row[i+1])
			sum[2] += int(row[i+2])
		}
	}
	n := (b.right - b.left) * (b.bottom - b.top) * b.unit
	return append(out, uint8((sum[0]+n/2)/n), uint8((sum[1]+n/2)/n), uint8((sum[2]+n/2)/n))
}
