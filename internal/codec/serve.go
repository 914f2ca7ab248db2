package codec

import (
	"errors"
	"fmt"
)

// Library is a native library that the child has loaded.
type Library struct {
	// Name and Version are its own: "libavif", "0.11.1".
	Name, Version string
	// Decode decodes a whole file into out, whose length is a limit, and refuses more than maxPixels pixels before it
	// takes memory for them. Its errors are of type *Fault.
	Decode func(in, out []byte, maxPixels int64) (Picture, error)
}

// Picture describes the pixels that a Library has written: Width × Height × Channels samples of Depth bits, packed, rows
// from the top, 16-bit samples in the order of the machine. The fields mean what they mean in pixels.Native.
type Picture struct {
	Width, Height, Depth, Channels int
	ICC                            []byte
	CICP                           [3]uint8
	Frames                         int
	Upright                        bool
	Chroma                         string
	Warnings                       []string
}

// Size is the number of bytes of the pixels.
func (p Picture) Size() int { return p.Width * p.Height * p.Channels * p.Depth / 8 }

// Fault is why a Library refused a file.
type Fault struct {
	Status Status
	// Reason completes the sentences of package pixels; Width and Height are set with StatusTooManyPixels.
	Reason        string
	Width, Height int
}

func (f *Fault) Error() string { return f.Reason }

// Faultf makes a Fault.
func Faultf(status Status, format string, args ...any) *Fault {
	return &Fault{Status: status, Reason: fmt.Sprintf(format, args...)}
}

// Admit returns nil if a picture of these dimensions may be decoded into out, and the Fault if not.
func Admit(p Picture, out []byte, maxPixels int64) error {
	w, h := int64(p.Width), int64(p.Height)
	switch {
	case w <= 0 || h <= 0:
		return Faultf(StatusDamaged, "it declares no pixels")
	case h > maxPixels/w:
		return &Fault{Status: StatusTooManyPixels, Width: p.Width, Height: p.Height}
	case int64(len(out))-int64(len(p.ICC)) < w*h*int64(p.Channels)*int64(p.Depth/8):
		return Faultf(StatusUnsupported, "its colour profile of %d bytes is too large", len(p.ICC))
	}
	return nil
}

// answer runs the library on one request and puts the profile behind the pixels.
func answer(lib Library, q request, shared []byte) message {
	out := shared[q.output:]
	p, err := lib.Decode(shared[:q.length:q.length], out, q.maxPixels)
	if err == nil && len(p.ICC) > maxICC {
		err = Faultf(StatusUnsupported, "its colour profile of %d bytes is too large", len(p.ICC))
	}
	if err != nil {
		var f *Fault
		if !errors.As(err, &f) {
			f = Faultf(StatusDamaged, "%v", err)
		}
		return message{sequence: q.sequence, status: f.Status, width: uint32(f.Width), height: uint32(f.Height), texts: []string{f.Reason}}
	}
	m := message{
		sequence: q.sequence,
		depth:    uint8(p.Depth), channels: uint8(p.Channels),
		width: uint32(p.Width), height: uint32(p.Height), frames: uint32(max(p.Frames, 1)),
		cicp: p.CICP, iccLength: uint32(len(p.ICC)),
		texts: append([]string{p.Chroma}, p.Warnings...),
	}
	if p.Upright {
		m.flags = flagUpright
	}
	copy(out[p.Size():], p.ICC)
	return m
}
