package colour

import (
	"math"
	"sync"
)

// Linear sRGB to XYZ: the columns are the BT.709 primaries (0.64, 0.33), (0.30, 0.60), (0.15, 0.06), scaled so that
// they add up to D65. Computed with rational numbers and rounded once.
const (
	xr, xg, xb = 0.4123907992659595, 0.35758433938387796, 0.1804807884018343
	yr, yg, yb = 0.21263900587151036, 0.7151686787677559, 0.07219231536073371
	zr, zg, zb = 0.01933081871559185, 0.11919477979462599, 0.9505321522496606
)

// XYZ to linear sRGB: the inverse of the matrix above.
const (
	rx, ry, rz = 3.2409699419045213, -1.5373831775700935, -0.4986107602930033
	gx, gy, gz = -0.9692436362808798, 1.8759675015077206, 0.04155505740717561
	bx, by, bz = 0.05563007969699361, -0.20397695888897657, 1.0569715142428786
)

// linear8 and linear16 hold ToLinear of every sample. The large one is made when the first 16-bit picture comes, in the
// kernels' fixed point, which halves its footprint in the cache and costs less than 3e-6 of Lab.
var (
	linear8  = linearTable8()
	linear16 = sync.OnceValue(linearTable16)
)

func linearTable8() *[256]float64 {
	t := new([256]float64)
	for i := range t {
		t[i] = ToLinear(float64(i) / 255)
	}
	return t
}

func linearTable16() *[65536]int32 {
	t := new([65536]int32)
	for i := range t {
		t[i] = int32(math.Round(ToLinear(float64(i)/65535) * unit))
	}
	return t
}

// ToLinear takes an encoded sRGB component to linear light (IEC 61966-2-1, section 5.2). It is odd: negative
// components mirror the positive ones. The bits of the result are the same on every machine.
func ToLinear(encoded float64) float64 {
	switch {
	case encoded < 0:
		return -ToLinear(-encoded)
	case encoded <= 0.04045:
		return encoded / 12.92
	}
	return power12over5((encoded + 0.055) / 1.055)
}

// power12over5 is u^2.4 as the twelfth power of the fifth root, by Newton's method: only operations that IEEE 754
// rounds correctly, with the products kept from fusing, where math.Pow may differ between processors.
func power12over5(u float64) float64 {
	y := math.Max(1, u)
	for range 64 {
		y4 := y * y * y * y
		next := y - (float64(y4*y)-u)/(5*y4)
		if !(next < y) { // from above Newton's steps only ever go down
			break
		}
		y = next
	}
	y3 := y * y * y
	return y3 * y3 * y3 * y3
}

// ToEncoded takes a linear sRGB component to its encoded value; the inverse of [ToLinear].
func ToEncoded(linear float64) float64 {
	switch {
	case linear < 0:
		return -ToEncoded(-linear)
	case linear <= 0.0031308:
		return linear * 12.92
	}
	return 1.055*math.Pow(linear, 1/2.4) - 0.055
}

// FromLinear converts linear sRGB components to XYZ.
func FromLinear(r, g, b float64) XYZ {
	return XYZ{X: xr*r + xg*g + xb*b, Y: yr*r + yg*g + yb*b, Z: zr*r + zg*g + zb*b}
}

// Linear converts XYZ to linear sRGB components; those outside 0 to 1 are outside the gamut and are not clipped.
func (c XYZ) Linear() (r, g, b float64) {
	return rx*c.X + ry*c.Y + rz*c.Z, gx*c.X + gy*c.Y + gz*c.Z, bx*c.X + by*c.Y + bz*c.Z
}

// FromSRGB converts encoded sRGB components, nominally 0 to 1, to Lab. Greys (r = g = b) are exactly neutral.
func FromSRGB(r, g, b float64) Lab { return fromLinear(ToLinear(r), ToLinear(g), ToLinear(b)) }

// FromSRGB8 converts an 8-bit sRGB colour to Lab. Greys are exactly neutral.
func FromSRGB8(r, g, b uint8) Lab { return fromLinear(linear8[r], linear8[g], linear8[b]) }

// FromSRGB16 converts a 16-bit sRGB colour to Lab. Greys are exactly neutral.
func FromSRGB16(r, g, b uint16) Lab {
	return FromSRGB(float64(r)/65535, float64(g)/65535, float64(b)/65535)
}

func fromLinear(r, g, b float64) Lab {
	if r == g && g == b {
		return Lab{L: float64(116*labF(r)) - 16}
	}
	return FromLinear(r, g, b).Lab()
}

// SRGB converts to encoded sRGB components from 0 to 1. A colour outside the gamut is clipped, component by
// component in linear light; clipped says so.
func (p Lab) SRGB() (r, g, b float64, clipped bool) {
	const rounding = 1e-9 // a colour of the gamut's surface must not count as clipped after a round trip
	r, g, b = p.XYZ().Linear()
	low, high := min(r, g, b), max(r, g, b)
	return encodeUnit(r), encodeUnit(g), encodeUnit(b), !(low >= -rounding && high <= 1+rounding)
}

// SRGB8 converts to the nearest 8-bit sRGB colour, clipping as [Lab.SRGB] does.
func (p Lab) SRGB8() (r, g, b uint8) {
	fr, fg, fb, _ := p.SRGB()
	return uint8(fr*255 + 0.5), uint8(fg*255 + 0.5), uint8(fb*255 + 0.5)
}

// SRGB16 converts to the nearest 16-bit sRGB colour, clipping as [Lab.SRGB] does.
func (p Lab) SRGB16() (r, g, b uint16) {
	fr, fg, fb, _ := p.SRGB()
	return uint16(fr*65535 + 0.5), uint16(fg*65535 + 0.5), uint16(fb*65535 + 0.5)
}

// encodeUnit encodes a linear component clipped to 0 to 1; NaN becomes 0.
func encodeUnit(linear float64) float64 {
	if !(linear > 0) {
		return 0
	}
	return min(ToEncoded(min(linear, 1)), 1)
}
