package icc

// Intent is how colours are rendered (ICC.1:2022, 6.2). Relative is what a comparison wants, and what libvips does.
type Intent uint8

// Intents. All but Absolute put the white of the profile's medium on the white of sRGB.
const (
	// Relative keeps every colour that sRGB has, relative to the medium's white, and clips the others; black point
	// compensation is off. It is the zero value.
	Relative Intent = iota
	// Perceptual takes the profile's own rendering for pictures (A2B0) with black point compensation, which Little
	// CMS always turns on towards its sRGB, a profile of version 4.
	Perceptual
	// Saturation is Perceptual by A2B2.
	Saturation
	// Absolute keeps the white of the medium, such as yellowish paper.
	Absolute
)

// table is the tag that an intent asks for; the perceptual one stands in where it is missing (ICC.1:2022, 9.2).
func (i Intent) table() string {
	switch i {
	case Perceptual:
		return "A2B0"
	case Saturation:
		return "A2B2"
	}
	return "A2B1"
}

// model takes device values, 0 to 1, to XYZ of the connection space: relative to D50, whose Y is 1.
type model interface {
	xyz(device [4]float64) [3]float64
}

// shaper is a profile without tables: a curve for each channel, then a matrix to XYZ. Grey has one curve.
type shaper struct {
	curves []*curve
	matrix matrix // grey: of no meaning
	lab    bool   // grey: the curve gives L*, not Y
}

func (s *shaper) xyz(device [4]float64) [3]float64 {
	first := s.curves[0].at(device[0])
	switch {
	case len(s.curves) == 3:
		return s.matrix.apply([3]float64{first, s.curves[1].at(device[1]), s.curves[2].at(device[2])})
	case s.lab:
		first = labInverse((100*first + 16) / 116)
	}
	return [3]float64{first * d50[0], first * d50[1], first * d50[2]}
}

// model reads the tags that an intent asks for, in the order of Little CMS: its own table, the perceptual table,
// curves and matrix. The tables of floating-point numbers (D2Bx), which a profile must not have alone, are not read.
func (p *Profile) model(intent Intent) (model, error) {
	if p.made != nil {
		return p.made, nil
	}
	for _, name := range []string{intent.table(), "A2B0"} {
		tag, ok := p.tags[name]
		if !ok {
			continue
		}
		l, err := readLUT(tag, p.space.Channels(), p.labPCS)
		if err != nil {
			return nil, err
		}
		if p.space == Lab && string(tag[:4]) == "mft2" {
			l.scale = toFF00
		}
		return l, nil
	}
	switch p.space {
	case Gray:
		return p.grey()
	case RGB:
		return p.shaper()
	}
	return nil, damaged("it has no table A2B0 for %v", p.space)
}

func (p *Profile) grey() (model, error) {
	c, err := p.curve("kTRC")
	if err != nil {
		return nil, err
	}
	return &shaper{curves: []*curve{c}, lab: p.labPCS}, nil
}

func (p *Profile) shaper() (model, error) {
	s := new(shaper)
	for i, channel := range []string{"r", "g", "b"} {
		colorant, err := p.xyzTag(channel + "XYZ")
		if err != nil {
			return nil, err
		}
		for row := range 3 {
			s.matrix[row][i] = colorant[row]
		}
		c, err := p.curve(channel + "TRC")
		if err != nil {
			return nil, err
		}
		s.curves = append(s.curves, c)
	}
	return s, nil
}

func (p *Profile) curve(name string) (*curve, error) {
	tag, ok := p.tags[name]
	if !ok {
		return nil, damaged("it has no tag %q", name)
	}
	c, _, err := readCurve(tag)
	return c, err
}

// towards is the map from XYZ of the connection space to linear sRGB that an intent asks for.
func (p *Profile) towards(m model, intent Intent) (affine, error) {
	to := affine{matrix: toLinear}
	switch intent {
	case Relative:
	case Absolute:
		white, err := p.mediaWhite()
		if err != nil {
			return affine{}, err
		}
		to = to.times(affine{matrix: diagonal(white[0]/d50[0], white[1]/d50[1], white[2]/d50[2])})
	default:
		black, err := p.blackPoint(m, intent)
		if err != nil {
			return affine{}, err
		}
		to = to.times(compensation(black))
	}
	return to, nil
}

// mediaWhite is the white point that absolute rendering keeps. Displays of version 2 state another white there and are
// adapted to all the same.
func (p *Profile) mediaWhite() ([3]float64, error) {
	if _, ok := p.tags["wtpt"]; !ok || p.class == "mntr" && p.version < 4 {
		return d50, nil
	}
	return p.xyzTag("wtpt")
}

// blackPoint is the darkest colour that a profile renders to, as Little CMS finds it (cmsDetectBlackPoint): for tables of
// version 4 a constant, else all ink or no light, made neutral, and no lighter than L* 50. There is none for an intent
// without a table of its own. Curves and a matrix beside the tables count as every intent's own.
func (p *Profile) blackPoint(m model, intent Intent) ([3]float64, error) {
	if _, table := m.(*lut); table {
		_, own := p.tags[intent.table()]
		switch shaped := p.hasShaper(); {
		case p.version >= 4 && !shaped:
			return [3]float64{0.00336, 0.0034731, 0.00287}, nil // ICC.1:2022, 6.3.4.3
		case p.version >= 4:
			var err error
			if m, err = p.model(Relative); err != nil {
				return [3]float64{}, err
			}
		case !own && !shaped:
			return [3]float64{}, nil
		}
	}
	var darkest [4]float64
	switch p.space {
	case CMYK:
		darkest = [4]float64{1, 1, 1, 1}
	case Lab:
		darkest = [4]float64{0, 32896.0 / 65535, 32896.0 / 65535}
	}
	const y50 = 0.18418651851244416 // of L* 50
	y := max(0, min(m.xyz(darkest)[1], y50))
	return [3]float64{d50[0] * y, y, d50[2] * y}, nil
}

// hasShaper says that the profile has curves, and for RGB a matrix.
func (p *Profile) hasShaper() bool {
	names := []string{"rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC"}
	if p.space == Gray {
		names = []string{"kTRC"}
	}
	for _, name := range names {
		if _, ok := p.tags[name]; !ok {
			return false
		}
	}
	return p.space == Gray || p.space == RGB
}

// compensation takes a black point to 0 and leaves white where it is (black point compensation, ISO 18619).
func compensation(black [3]float64) affine {
	var a affine
	for i, b := range black {
		a.matrix[i][i] = d50[i] / (d50[i] - b)
		a.offset[i] = -d50[i] * b / (d50[i] - b)
	}
	return a
}
