package pixels

import "bytes"

// Cost estimates, from the header alone, the bytes of memory that decoding a file takes at its peak, the picture
// included. It is 0 for what will be refused before memory is taken.
func Cost(data []byte) int64 {
	f, err := identify(data, int64(len(data)))
	if err != nil {
		return 0
	}
	cfg, err := f.config(bytes.NewReader(data))
	if err != nil || cfg.Width <= 0 || cfg.Height <= 0 {
		return 0
	}
	return int64(cfg.Width) * int64(cfg.Height) * f.bytesPerPixel
}

// Memory is the number of bytes that the image's buffers hold, used or not.
func (m *Image) Memory() int64 { return int64(cap(m.buf8)) + 2*int64(cap(m.buf16)) }
