package pixels

// Native is a picture that a decoder outside this package has made of a file: the formats whose decoders are native
// libraries are decoded in a process of their own, which package pixels knows nothing of.
type Native struct {
	Width, Height int
	// Depth is 8 or 16.
	Depth int
	// Channels is 1 (grey), 2 (grey, alpha), 3 (R′G′B′) or 4 (R′G′B′, straight alpha).
	Channels int
	// Pix8 or Pix16, by Depth, holds Width × Height × Channels values, packed, rows from the top. They are valid until
	// the decoder is asked again.
	Pix8  []uint8
	Pix16 []uint16
	// ICC is the embedded profile, nil if there is none.
	ICC []byte
	// CICP are the code points of ITU-T H.273 (primaries, transfer, matrix); all 0 if the file states none.
	CICP [3]uint8
	// Frames is the number of pictures in the file, of which this is the first or the primary one.
	Frames int
	// Upright says that rotations and mirrorings that the file asks for are already applied.
	Upright bool
	// Chroma is the chroma subsampling, "4:2:0" for example; empty if it is not known or there is none.
	Chroma string
	// Warnings are sentences on what the pixels do not show, such as a gain map.
	Warnings []string
}

// NativeDecoder decodes a whole file of a format by name: "webp", "avif", "heic" or "jxl". It refuses more than
// maxPixels before it takes memory for them. Its error is of type *Error.
type NativeDecoder func(format string, data []byte, maxPixels int64) (Native, error)

// NativeFormat is the format of a file as Native decodes it where there is one, and empty for all others.
func NativeFormat(data []byte) string {
	for _, f := range formats {
		if f.matches(data) {
			if f.native {
				return f.name
			}
			break
		}
	}
	return ""
}
