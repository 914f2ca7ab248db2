package pngdec

// Filter types (9.2).
const (
	filterNone    = 0
	filterSub     = 1
	filterUp      = 2
	filterAverage = 3
	filterPaeth   = 4
)

// unfilter undoes a row's filter: dst, row and above have the same length, bpp is the distance to the byte on the left.
func unfilter(filter byte, dst, row, above []byte, bpp int) {
	switch filter {
	case filterNone:
		copy(dst, row)
	case filterSub:
		unfilterSub(dst, row, bpp)
	case filterUp:
		unfilterUp(dst, row, above)
	case filterAverage:
		unfilterAverage(dst, row, above, bpp)
	case filterPaeth:
		unfilterPaeth(dst, row, above, bpp)
	}
}

func unfilterSub(dst, row []byte, bpp int) {
	i := subVector(dst, row, bpp)
	if i == 0 {
		i = copy(dst, row[:min(bpp, len(row))])
	}
	subFrom(dst, row, bpp, i)
}

func unfilterUp(dst, row, above []byte) { upFrom(dst, row, above, upVector(dst, row, above)) }

func unfilterAverage(dst, row, above []byte, bpp int) {
	i := averageVector(dst, row, above, bpp)
	for ; i < min(bpp, len(row)); i++ {
		dst[i] = row[i] + above[i]/2
	}
	averageFrom(dst, row, above, bpp, i)
}

func unfilterPaeth(dst, row, above []byte, bpp int) {
	i := paethVector(dst, row, above, bpp)
	for ; i < min(bpp, len(row)); i++ {
		dst[i] = row[i] + above[i] // Paeth of 0, above, 0
	}
	paethFrom(dst, row, above, bpp, i)
}

// The plain loops go on from byte i, which has bytes on its left.

func subFrom(dst, row []byte, bpp, i int) {
	for ; i < len(row); i++ {
		dst[i] = row[i] + dst[i-bpp]
	}
}

func upFrom(dst, row, above []byte, i int) {
	for ; i < len(row); i++ {
		dst[i] = row[i] + above[i]
	}
}

func averageFrom(dst, row, above []byte, bpp, i int) {
	for ; i < len(row); i++ {
		dst[i] = row[i] + byte((int(dst[i-bpp])+int(above[i]))/2)
	}
}

func paethFrom(dst, row, above []byte, bpp, i int) {
	for ; i < len(row); i++ {
		dst[i] = row[i] + paeth(int(dst[i-bpp]), int(above[i]), int(above[i-bpp]))
	}
}

// paeth is the predictor of 9.4 without its distances: whether a, b or c comes nearest to a+b-c depends on where 3c-a-b
// lies between the lower and the higher of a and b. TestPaeth compares all 2²⁴ cases.
func paeth(a, b, c int) byte {
	t := 3*c - a - b
	low, high := min(a, b), max(a, b)
	p := c
	if high <= t {
		p = low
	}
	if t <= low {
		p = high
	}
	return byte(p)
}
