package icc

import "github.com/safelight-dev/safelight/colour"

// Transform takes rows of a profile's samples to encoded sRGB. It is safe for concurrent use and meant to be kept: its
// tables cost more than a small picture does. Colours outside of sRGB are clipped, channel by channel in linear light.
type Transform struct {
	channels int
	rows     rows
}

// rows is what each kind of profile does fast. The slices are of a whole number of pixels and of one length in pixels.
type rows interface {
	row8(dst, src []uint8)
	row16(dst, src []uint16)
}

// exact is a transform without tables or shortcuts, from which the tables are made and which stands where none fit.
type exact struct {
	model
	to affine
}

// linear takes device values, 0 to 1, to linear sRGB that is not clipped: below 0 or above 1 it is outside of sRGB.
func (e *exact) linear(device [4]float64) [3]float64 { return e.to.apply(e.xyz(device)) }

// NewTransform reads the profile's curves and tables for an intent. The errors are of kind ErrDamaged and
// ErrUnsupported.
func NewTransform(p *Profile, intent Intent) (*Transform, error) {
	e, err := p.exact(intent)
	if err != nil {
		return nil, err
	}
	t := &Transform{channels: p.space.Channels()}
	switch m := e.model.(type) {
	case *shaper:
		if t.channels == 3 {
			t.rows = newShaperRows(m, e.to)
		}
	case *lut:
		if t.channels > 1 && m.grid != nil && m.before == nil {
			t.rows = newGridRows(m, e.to)
		}
	}
	switch {
	case t.rows != nil:
	case t.channels == 1:
		t.rows = newGreyRows(e)
	default:
		t.rows = &plainRows{exact: e, channels: t.channels}
	}
	return t, nil
}

func (p *Profile) exact(intent Intent) (exact, error) {
	m, err := p.model(intent)
	if err != nil {
		return exact{}, err
	}
	to, err := p.towards(m, intent)
	return exact{m, to}, err
}

// Channels is the number of samples that a pixel of src has.
func (t *Transform) Channels() int { return t.channels }

// Row8 writes packed 8-bit sRGB, three samples a pixel, for packed 8-bit samples of the profile's space. It writes as
// many pixels as both have, and allocates nothing. With three channels dst and src may be the same slice.
func (t *Transform) Row8(dst, src []uint8) {
	if n := min(len(dst)/3, len(src)/t.channels); n > 0 {
		t.rows.row8(dst[:3*n], src[:t.channels*n])
	}
}

// Row16 is [Transform.Row8] for 16 bits. The first call may make tables of up to 768 KiB.
func (t *Transform) Row16(dst, src []uint16) {
	if n := min(len(dst)/3, len(src)/t.channels); n > 0 {
		t.rows.row16(dst[:3*n], src[:t.channels*n])
	}
}

// measuresSRGB compares the profile's rendering with sRGB on a grid of device values and on greys.
func (p *Profile) measuresSRGB() bool {
	if p.space != RGB && p.space != Gray {
		return false
	}
	e, err := p.exact(Relative)
	if err != nil {
		return false
	}
	// A compact profile is known by its name, but no name makes another colour space sRGB.
	limit := 0.1
	if compact(p.description) {
		limit = 2
	}
	const steps, greys = 6, 64
	for i := range steps*steps*steps + greys {
		v := [4]float64{float64(i/(steps*steps)) / (steps - 1), float64(i/steps%steps) / (steps - 1), float64(i%steps) / (steps - 1)}
		if grey := i - steps*steps*steps; grey >= 0 {
			v[0] = float64(grey) / (greys - 1)
			v[1], v[2] = v[0], v[0]
		} else if p.space == Gray {
			continue
		}
		if !(difference(e.linear(v), v) < limit) {
			return false
		}
	}
	return true
}

// compact says whether a description is one of the profiles of a few hundred bytes that web image services embed in
// sRGB pictures; their short names cannot hold more.
func compact(description string) bool {
	switch description {
	case "uRGB", "nRGB", "zRGB", "c2", "c2ci", "sRGB", "sGry", "uGry", "nGry", "sGrey":
		return true
	}
	return false
}

// difference is ΔE00 between linear sRGB and an encoded sRGB colour.
func difference(linear [3]float64, encoded [4]float64) float64 {
	p := colour.FromSRGB(colour.ToEncoded(linear[0]), colour.ToEncoded(linear[1]), colour.ToEncoded(linear[2]))
	return colour.DeltaE2000(p, colour.FromSRGB(encoded[0], encoded[1], encoded[2]))
}
