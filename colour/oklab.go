package colour

import "math"

// Oklab is a colour in Oklab, white D65: L from 0 (black) to 1 (white), A from green to red, B from blue to yellow.
// B. Ottosson, "A perceptual color space for image processing", 2020, https://bottosson.github.io/posts/oklab, with the
// matrices of its correction of 2021-01-25.
type Oklab struct{ L, A, B float64 }

// OklabFromLinear converts linear sRGB components to Oklab.
func OklabFromLinear(r, g, b float64) Oklab {
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return Oklab{
		L: 0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		A: 1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		B: 0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

// OklabFromSRGB8 converts an 8-bit sRGB colour to Oklab.
func OklabFromSRGB8(r, g, b uint8) Oklab { return OklabFromLinear(linear8[r], linear8[g], linear8[b]) }

// Oklab converts from XYZ by way of linear sRGB, negative components included.
func (c XYZ) Oklab() Oklab { return OklabFromLinear(c.Linear()) }

// Linear converts to linear sRGB components; those outside 0 to 1 are outside the gamut and are not clipped.
func (p Oklab) Linear() (r, g, b float64) {
	l := p.L + 0.3963377774*p.A + 0.2158037573*p.B
	m := p.L - 0.1055613458*p.A - 0.0638541728*p.B
	s := p.L - 0.0894841775*p.A - 1.2914855480*p.B
	l, m, s = l*l*l, m*m*m, s*s*s
	return 4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s
}

// DeltaEOK is the Euclidean distance in Oklab (W3C, CSS Color Module Level 4, section "ΔE OK"): about 0.02 for a
// difference that is just visible, 1 from black to white.
func DeltaEOK(p, q Oklab) float64 {
	l, a, b := p.L-q.L, p.A-q.A, p.B-q.B
	return math.Sqrt(l*l + a*a + b*b)
}
