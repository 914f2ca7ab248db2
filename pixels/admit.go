package pixels

// admit refuses, before any pixel is allocated, what is over a limit, cut short or impossible.
func admit(f format, c container, data []byte, o Options) error {
	if c.frames > o.MaxFrames {
		return &Error{Kind: ErrTooManyFrames, Format: f.name, Frames: c.frames, Limit: int64(o.MaxFrames)}
	}
	if d := o.Denominator; d > 1 && f.name != "jpeg" {
		return &Error{Kind: ErrUnsupported, Format: f.name, reason: remark(NotReducible)}
	}
	if f.size == nil { // the native decoder keeps to the limit by itself
		return nil
	}
	width, height, err := f.size(data)
	w, h := int64(width), int64(height)
	switch {
	case err == nil && w > 0 && h > o.MaxPixels/w:
		return &Error{Kind: ErrTooManyPixels, Format: f.name, Width: width, Height: height, Limit: o.MaxPixels}
	case c.cut:
		return &Error{Kind: ErrTruncated, Format: f.name}
	case err != nil:
		return decoderError(f.name, err)
	case w <= 0 || h <= 0:
		return &Error{Kind: ErrDamaged, Format: f.name, reason: remark(NoPixels)}
	case c.fault != nil:
		return &Error{Kind: ErrDamaged, Format: f.name, reason: *c.fault}
	}
	return nil
}

// check holds a native decoder to what it was asked: its process may have been taken over by a hostile file.
func (p *picture) check(format string, o Options) error {
	w, h := int64(p.width), int64(p.height)
	if w <= 0 || h <= 0 || h > o.MaxPixels/w {
		return &Error{Kind: ErrTooManyPixels, Format: format, Width: p.width, Height: p.height, Limit: o.MaxPixels}
	}
	return nil
}
