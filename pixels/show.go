package pixels

import "image/color"

// show makes the image of a decoded picture and describes it.
func (d *Decoder) show(m *Image, p picture, f format, c container, o Options) {
	tags := &c.colour
	if p.colour != nil {
		tags = p.colour
	}
	m.Format, m.Chroma, m.Orientation, m.Frames = f.name, p.chroma, c.orientation, c.frames
	if p.upright {
		m.Orientation = 1
	}
	if p.frames > 0 {
		m.Frames = p.frames
	}
	m.Width, m.Height, m.FullWidth, m.FullHeight = p.width, p.height, p.fullWidth, p.fullHeight
	if p.fullWidth == 0 {
		m.FullWidth, m.FullHeight = m.Width, m.Height
	}
	if m.Orientation >= 5 {
		m.Width, m.Height, m.FullWidth, m.FullHeight = m.Height, m.Width, m.FullHeight, m.FullWidth
	}
	var how managed
	if s := p.source16; s != nil {
		how = d.manage(tags, s.channels)
		m.Depth = 16
		m.RGB16, m.HasAlpha = render(&m.plane16, s, frame{p.width, p.height, m.Orientation},
			convert16(how, s.channels), &d.work.pix16, &d.work.row16, wideColour(o.Background), over16)
	} else {
		s := p.source8
		how = d.manage(tags, s.channels)
		m.Depth = 8
		m.RGB8, m.HasAlpha = render(&m.plane8, s, frame{p.width, p.height, m.Orientation},
			convert8(how, s.channels), &d.work.pix8, &d.work.row8, o.Background, over)
	}
	m.Colour = how.colour
	m.warn(checkName(o.Name, f.name)...)
	m.warn(how.warnings...)
	if p.channels() == 4 && how.transform == nil {
		m.warn(remark(Unmanaged))
	}
	m.warn(c.notes...)
	m.warn(p.warnings...)
	if m.Frames > 1 {
		m.warn(remark(MorePictures, m.Frames))
	}
}

func (p *picture) channels() int {
	if p.source16 != nil {
		return p.source16.channels
	}
	return p.source8.channels
}

func (m *Image) warn(remarks ...Remark) { m.Warnings = append(m.Warnings, remarks...) }

// frame is the size of a stored picture and how it is to be turned.
type frame struct{ width, height, orientation int }

// render fills planes with a picture, converted and upright, and gives what is seen of it: its own colours where all is
// opaque, else those composited on the background.
func render[T uint8 | uint16](p *planes[T], s *source[T], f frame, convert func(rgb, stored []T),
	pix, row *[]T, background [3]T, over func(v, b, a T) T) (rgb []T, hasAlpha bool) {
	p.alpha = p.alpha[:0]
	if s.own != nil && f.orientation == 1 { // the decoder's memory becomes the image's, and the other way round
		p.colour, *pix = s.own, p.colour
		if convert != nil {
			n := 3 * f.width
			for y := range f.height {
				convert(p.colour[n*y:n*(y+1)], p.colour[n*y:n*(y+1)])
			}
		}
		return p.colour, false
	}
	p.fill(s, f, convert, row)
	if !s.alpha || opaque(p.alpha) {
		p.alpha = p.alpha[:0]
		return p.colour, false
	}
	p.shown = sized(p.shown, len(p.colour))
	composite(p.shown, p.colour, p.alpha, background, over)
	return p.shown, true
}

// fill reads the rows of a picture, converts them and puts them upright.
func (p *planes[T]) fill(s *source[T], f frame, convert func(rgb, stored []T), row *[]T) {
	n := f.width * f.height
	p.colour = sized(p.colour, 3*n)
	colour := newPlacer(p.colour, f.width, f.height, 3, f.orientation)
	var alpha placer[T]
	if s.alpha {
		p.alpha = sized(p.alpha, n)
		alpha = newPlacer(p.alpha, f.width, f.height, 1, f.orientation)
	}
	*row = sized(*row, s.channels*f.width)
	for y := range f.height {
		rgb, stored := colour.row(y), *row
		if s.channels == 3 {
			stored = rgb
		}
		var a []T
		if s.alpha {
			a = alpha.row(y)
		}
		s.read(stored, a, y)
		if convert != nil {
			convert(rgb, stored)
		}
		colour.done(y)
		if s.alpha {
			alpha.done(y)
		}
	}
}

// convert8 is what takes a row of stored values to sRGB; nil where they are that.
func convert8(m managed, channels int) func(rgb, stored []uint8) {
	t := m.transform
	switch {
	case t != nil && channels == t.Channels():
		return t.Row8
	case t != nil: // grey with an R′G′B′ profile
		return func(rgb, stored []uint8) {
			spread(rgb, stored)
			t.Row8(rgb, rgb)
		}
	case channels == 1:
		return spread[uint8]
	case channels == 4:
		return func(rgb, stored []uint8) {
			for i := 0; 4*i < len(stored); i++ {
				rgb[3*i], rgb[3*i+1], rgb[3*i+2] = color.CMYKToRGB(stored[4*i], stored[4*i+1], stored[4*i+2], stored[4*i+3])
			}
		}
	}
	return nil
}

// convert16 is convert8 in 16 bits, in which no decoder gives CMYK.
func convert16(m managed, channels int) func(rgb, stored []uint16) {
	t := m.transform
	switch {
	case t != nil && channels == t.Channels():
		return t.Row16
	case t != nil:
		return func(rgb, stored []uint16) {
			spread(rgb, stored)
			t.Row16(rgb, rgb)
		}
	case channels == 1:
		return spread[uint16]
	}
	return nil
}

// spread makes three values of each grey.
func spread[T uint8 | uint16](rgb, grey []T) {
	for i, v := range grey {
		p := rgb[3*i : 3*i+3 : 3*i+3]
		p[0], p[1], p[2] = v, v, v
	}
}
