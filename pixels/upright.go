package pixels

import "image"

// rowFunc writes row y of the stored picture as packed R′G′B′ and reports whether all of it was opaque.
type rowFunc[T uint8 | uint16] func(dst []T, y int) bool

// turnRows is the number of rows turned at once: writing a column of one pixel touches a cache line for
// three values, a column of 16 pixels fills most of it.
const turnRows = 16

// upright fills dst with the picture as the Exif orientation (CIPA DC-008, 4.6.4 A) wants it seen:
//
//	1 as stored   2 mirrored       3 half turn     4 upside down, mirrored
//	5 transposed  6 quarter right  7 transversed   8 quarter left
func upright[T uint8 | uint16](dst []T, canvas image.Rectangle, orientation int, row rowFunc[T]) bool {
	w, h := canvas.Dx(), canvas.Dy()
	if orientation >= 5 {
		return turned(dst, canvas, orientation, row)
	}
	opaque := true
	for y := range h {
		to := y
		if orientation == 3 || orientation == 4 {
			to = h - 1 - y
		}
		line := dst[3*w*to : 3*w*(to+1)]
		opaque = row(line, canvas.Min.Y+y) && opaque
		if orientation == 2 || orientation == 3 {
			mirror(line)
		}
	}
	return opaque
}

func mirror[T uint8 | uint16](line []T) {
	for i, j := 0, len(line)-3; i < j; i, j = i+3, j-3 {
		line[i], line[i+1], line[i+2], line[j], line[j+1], line[j+2] =
			line[j], line[j+1], line[j+2], line[i], line[i+1], line[i+2]
	}
}

// turned handles the orientations that swap width and height: stored row y becomes a column.
func turned[T uint8 | uint16](dst []T, canvas image.Rectangle, orientation int, row rowFunc[T]) bool {
	w, h := canvas.Dx(), canvas.Dy()
	strip := make([]T, 3*w*min(turnRows, h))
	opaque := true
	for y0 := 0; y0 < h; y0 += turnRows {
		n := min(turnRows, h-y0)
		for i := range n {
			// The column of the first row of the strip is the leftmost one, so that
			// each pass below writes towards higher addresses.
			y := y0 + i
			if orientation == 6 || orientation == 7 {
				y = h - 1 - y
			}
			opaque = row(strip[3*w*i:3*w*(i+1)], canvas.Min.Y+y) && opaque
		}
		for x := range w {
			to := x
			if orientation == 7 || orientation == 8 {
				to = w - 1 - x
			}
			out := dst[3*(to*h+y0) : 3*(to*h+y0+n)]
			for i := range n {
				copy(out[3*i:3*i+3], strip[3*(w*i+x):])
			}
		}
	}
	return opaque
}
