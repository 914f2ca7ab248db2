package colour

import (
	"fmt"
	"strconv"
)

// ParseHex reads an sRGB colour written #rrggbb, as in a style sheet, in either case.
func ParseHex(s string) (Lab, error) {
	if len(s) != 7 || s[0] != '#' {
		return Lab{}, fmt.Errorf("read colour %.20q: want # and six hexadecimal digits", s)
	}
	var samples [3]uint8
	for i := range samples {
		digits := s[1+2*i : 3+2*i]
		v, err := strconv.ParseUint(digits, 16, 8)
		if err != nil {
			return Lab{}, fmt.Errorf("read colour %q: %q is not a pair of hexadecimal digits", s, digits)
		}
		samples[i] = uint8(v)
	}
	return FromSRGB8(samples[0], samples[1], samples[2]), nil
}

// Hex writes the colour as #rrggbb, clipped to the gamut of 8-bit sRGB.
func (p Lab) Hex() string {
	r, g, b := p.SRGB8()
	return fmt.Sprintf("#%02x%02x%02x", r, g, b)
}
