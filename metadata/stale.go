package metadata

import (
	"math"

	"github.com/safelight-dev/safelight/pixels"
)

// Stale is a picture within the picture that does not show it: as a rule, what the picture was before it was cropped,
// retouched or made unrecognizable.
type Stale struct {
	Picture     int     // index in Document.Pictures
	Correlation float64 // of the two in lightness, -1 to 1
}

// StaleBelow is the correlation below which a picture within the picture is stale. It was set on photographs: see the
// test. Changes of colour and contrast over the whole picture stay above it.
const StaleBelow = 0.9

// maxThumbnail bounds the pixels of a picture within the picture that is decoded here.
const maxThumbnail = 24_000_000

// StaleThumbnails gives those pictures within the picture that do not show what is shown, which is the decoded picture.
// A thumbnail may lie on its side, since cameras turn it no more than the pixels, have black bars, or show less at two
// sides; one that shows more at two sides is stale. Pictures that cannot be decoded, or have hardly any contrast, are
// passed over.
func StaleThumbnails(d *Document, shown *pixels.Image) []Stale {
	var stale []Stale
	for i, p := range d.Pictures {
		options := pixels.Options{MaxPixels: maxThumbnail}
		if len(p.Data) > 1<<20 {
			options.Denominator = 4
		}
		thumbnail, err := pixels.DecodeBytes(p.Data, options)
		if err != nil {
			continue
		}
		if c, ok := resemblance(shown, thumbnail); ok && c < StaleBelow {
			stale = append(stale, Stale{i, c})
		}
	}
	return stale
}

// rectangle is a part of a picture, in pixels.
type rectangle struct{ x, y, w, h float64 }

func whole(m *pixels.Image) rectangle { return rectangle{0, 0, float64(m.Width), float64(m.Height)} }

// gridSize is the width and the height that pictures are brought to: enough for a crop of a tenth to show. One that is
// smaller is not compared.
const gridSize = 32

// resemblance is the highest correlation of two pictures over the eight ways that one may lie. It is not ok where one
// of them has no contrast to compare, or is too small.
func resemblance(shown, thumbnail *pixels.Image) (best float64, ok bool) {
	inner := withoutBars(thumbnail)
	if min(inner.w, inner.h, float64(shown.Width), float64(shown.Height)) < gridSize {
		return 0, false
	}
	small := grid(thumbnail, inner)
	best = -1
	for turned := range 2 {
		aspect := inner.w / inner.h
		if turned == 1 {
			aspect = 1 / aspect
		}
		for _, part := range [...]rectangle{whole(shown), cropped(whole(shown), aspect)} {
			full := grid(shown, part)
			for way := turned * 4; way < turned*4+4; way++ {
				if c, varied := correlation(full, small, way); varied {
					best, ok = max(best, c), true
				}
			}
		}
	}
	return best, ok
}

// cropped is the middle of a rectangle with another ratio of its sides.
func cropped(r rectangle, aspect float64) rectangle {
	if r.w > r.h*aspect {
		w := r.h * aspect
		return rectangle{r.x + (r.w-w)/2, r.y, w, r.h}
	}
	h := r.w / aspect
	return rectangle{r.x, r.y + (r.h-h)/2, r.w, h}
}

// lightness gives that of the pixels of a row, from 0 to 255, roughly, as BT.601 weighs encoded values.
func lightness(m *pixels.Image, y int) func(x int) float64 {
	if m.Depth == 16 {
		row := m.Row16(y)
		return func(x int) float64 { return luma(row[3*x], row[3*x+1], row[3*x+2]) / 257 }
	}
	row := m.Row8(y)
	return func(x int) float64 { return luma(row[3*x], row[3*x+1], row[3*x+2]) }
}

func luma[T uint8 | uint16](r, g, b T) float64 {
	return 0.299*float64(r) + 0.587*float64(g) + 0.114*float64(b)
}

// grid averages a part of a picture over squares.
func grid(m *pixels.Image, part rectangle) *[gridSize * gridSize]float64 {
	var sums, counts [gridSize * gridSize]float64
	// At most some rows and columns of a large picture are looked at: as many as the mean of a square needs.
	const samples = 16 * gridSize
	for j := range samples {
		y := int(part.y + (float64(j)+0.5)*part.h/samples)
		light := lightness(m, min(y, m.Height-1))
		for i := range samples {
			x := min(int(part.x+(float64(i)+0.5)*part.w/samples), m.Width-1)
			at := j*gridSize/samples*gridSize + i*gridSize/samples
			sums[at] += light(x)
			counts[at]++
		}
	}
	for i := range sums {
		sums[i] /= counts[i]
	}
	return &sums
}

// correlation is Pearson's between two grids, the second one turned or mirrored in one of eight ways. It says whether
// both vary by more than noise.
func correlation(a, b *[gridSize * gridSize]float64, way int) (r float64, varied bool) {
	const n = gridSize * gridSize
	var sa, sb, saa, sbb, sab float64
	for y := range gridSize {
		for x := range gridSize {
			u, v := x, y
			if way&1 != 0 {
				u = gridSize - 1 - u
			}
			if way&2 != 0 {
				v = gridSize - 1 - v
			}
			if way&4 != 0 {
				u, v = v, u
			}
			p, q := a[y*gridSize+x], b[v*gridSize+u]
			sa, sb, saa, sbb, sab = sa+p, sb+q, saa+float64(p*p), sbb+float64(q*q), sab+float64(p*q)
		}
	}
	va, vb := saa/n-float64(sa/n*sa/n), sbb/n-float64(sb/n*sb/n)
	if va < 4 || vb < 4 {
		return 0, false
	}
	return (sab/n - float64(sa/n*sb/n)) / math.Sqrt(va*vb), true
}

// withoutBars leaves out black bars at top and bottom, or left and right, that cameras fill thumbnails up with.
func withoutBars(m *pixels.Image) rectangle {
	top := dark(m.Height, func(i int) bool { return darkRow(m, i) })
	left := dark(m.Width, func(i int) bool { return darkColumn(m, i) })
	return rectangle{float64(left), float64(top), float64(m.Width - 2*left), float64(m.Height - 2*top)}
}

// dark counts the lines that are dark at both ends alike; none where they would be a third of all or more.
func dark(n int, is func(int) bool) int {
	k := 0
	for k < n/6 && is(k) && is(n-1-k) {
		k++
	}
	if k == n/6 {
		return 0
	}
	return k
}

// black is how light a bar may be: JPEG adds some noise.
const black = 24

func darkRow(m *pixels.Image, y int) bool {
	light := lightness(m, y)
	for x := range m.Width {
		if light(x) > black {
			return false
		}
	}
	return true
}

func darkColumn(m *pixels.Image, x int) bool {
	for y := range m.Height {
		if lightness(m, y)(x) > black {
			return false
		}
	}
	return true
}
