package grade

import "math"

// matrix3 is a 3×3 matrix by rows.
type matrix3 [3][3]float64

func (m matrix3) times(v [3]float64) (out [3]float64) {
	for i := range 3 {
		out[i] = dot(m[i], v)
	}
	return out
}

func (m matrix3) after(n matrix3) (out matrix3) {
	for i := range 3 {
		for j := range 3 {
			out[i][j] = m[i][0]*n[0][j] + m[i][1]*n[1][j] + m[i][2]*n[2][j]
		}
	}
	return out
}

// inverse by cofactors; the matrices of primaries are far from singular.
func (m matrix3) inverse() (out matrix3) {
	for i := range 3 {
		for j := range 3 {
			a, b, c, d := (j+1)%3, (j+2)%3, (i+1)%3, (i+2)%3
			out[i][j] = m[a][c]*m[b][d] - m[a][d]*m[b][c]
		}
	}
	det := m[0][0]*out[0][0] + m[0][1]*out[1][0] + m[0][2]*out[2][0]
	for i := range 3 {
		for j := range 3 {
			out[i][j] /= det
		}
	}
	return out
}

// space is an RGB space: chromaticities of red, green, blue and white, and its transfer function with the inverse.
type space struct {
	name       string
	xy         [4][2]float64
	toLinear   func(float64) float64
	fromLinear func(float64) float64
}

// Whites, CIE 1931 2°.
var (
	d65 = [2]float64{0.3127, 0.3290}
	d50 = [2]float64{0.3457, 0.3585}
)

// spaces are those that pictures come in beside sRGB. The numbers: Display P3 from SMPTE EG 432-1 with D65 and the transfer
// of sRGB; Adobe RGB (1998), 4.3.1 and 4.3.4; ROMM RGB (ISO 22028-2) without its toe; ITU-R BT.2020-2 with its 10-bit curve.
func spaces() []space {
	pure := func(gamma float64) (to, from func(float64) float64) {
		return tabulated(func(v float64) float64 { return math.Pow(v, gamma) }), tabulated(func(v float64) float64 { return math.Pow(v, 1/gamma) })
	}
	adobeTo, adobeFrom := pure(563. / 256)
	rommTo, rommFrom := pure(1.8)
	return []space{
		{"display-p3", [4][2]float64{{0.680, 0.320}, {0.265, 0.690}, {0.150, 0.060}, d65}, linear, encoded},
		{"adobe-rgb", [4][2]float64{{0.64, 0.33}, {0.21, 0.71}, {0.15, 0.06}, d65}, adobeTo, adobeFrom},
		{"prophoto-rgb", [4][2]float64{{0.7347, 0.2653}, {0.1596, 0.8404}, {0.0366, 0.0001}, d50}, rommTo, rommFrom},
		{"bt2020", [4][2]float64{{0.708, 0.292}, {0.170, 0.797}, {0.131, 0.046}, d65}, tabulated(bt2020Linear), tabulated(bt2020Encoded)},
	}
}

// tabulated is a function on 0 to 1 as a ramp.
func tabulated(f func(float64) float64) func(float64) float64 {
	r := newRamp(f)
	return func(v float64) float64 { y, _ := r.at(v); return y }
}

// The transfer function of BT.2020, table 4.
const bt2020Alpha, bt2020Beta = 1.099, 0.018

func bt2020Encoded(v float64) float64 {
	if v < bt2020Beta {
		return 4.5 * v
	}
	return bt2020Alpha*math.Pow(v, 0.45) - (bt2020Alpha - 1)
}

func bt2020Linear(v float64) float64 {
	if v < 4.5*bt2020Beta {
		return v / 4.5
	}
	return math.Pow((v+bt2020Alpha-1)/bt2020Alpha, 1/0.45)
}

// fromXY is the vector X, Y, Z of a chromaticity with Y = 1.
func fromXY(xy [2]float64) [3]float64 {
	return [3]float64{xy[0] / xy[1], 1, (1 - xy[0] - xy[1]) / xy[1]}
}

// toXYZ is the matrix from linear RGB to XYZ relative to D65; from another white by Bradford's transform (ICC.1:2022,
// annex E).
func (s space) toXYZ() matrix3 {
	var m matrix3
	for c := range 3 {
		v := fromXY(s.xy[c])
		for i := range 3 {
			m[i][c] = v[i]
		}
	}
	weights := m.inverse().times(fromXY(s.xy[3]))
	for i := range 3 {
		for c := range 3 {
			m[i][c] *= weights[c]
		}
	}
	if s.xy[3] == d65 {
		return m
	}
	bradford := matrix3{{0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}}
	from, to := bradford.times(fromXY(s.xy[3])), bradford.times(fromXY(d65))
	gain := matrix3{{to[0] / from[0]}, {0, to[1] / from[1]}, {0, 0, to[2] / from[2]}}
	return bradford.inverse().after(gain).after(bradford).after(m)
}

// wrongSpaces are the mistakes of taking the numbers of one space for another's, both ways for each.
func wrongSpaces() (all []known) {
	srgb := space{"srgb", [4][2]float64{{0.64, 0.33}, {0.30, 0.60}, {0.15, 0.06}, d65}, linear, encoded}
	for _, s := range spaces() {
		m := s.toXYZ().inverse().after(srgb.toXYZ())
		back := m.inverse()
		all = append(all,
			known{Named{s.name + "-read-as-srgb", Primaries, nil}, 0, func(in [3]float64) [3]float64 {
				return each(s.fromLinear)(m.times(each(linear)(in)))
			}},
			known{Named{"srgb-read-as-" + s.name, Primaries, nil}, 0, func(in [3]float64) [3]float64 {
				return each(encoded)(back.times(each(s.toLinear)(in)))
			}})
	}
	return all
}
