package pixels

import (
	"bytes"
	"encoding/binary"
)

func isWebP(data []byte) bool {
	return len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
}

// inspectWebP looks at all chunks: Exif stands behind the pixels.
func inspectWebP(data []byte) container {
	c := container{frames: 1, orientation: 1}
	anmf := 0
	c.cut = !webPChunks(data, func(kind string, body []byte) {
		switch kind {
		case "ANMF":
			anmf++
		case "ICCP":
			c.colour.profile(body)
		case "EXIF":
			// The specification wants bare TIFF; several writers put the JPEG prefix before it.
			c.orientation = exifOrientation(bytes.TrimPrefix(body, exifPrefix))
		}
	})
	if isAnimatedWebP(data) {
		c.frames = max(anmf, 1)
	}
	return c
}

// webPChunks walks the RIFF chunks (RFC 9649, section 2) and tells whether they are whole.
func webPChunks(data []byte, visit func(kind string, body []byte)) (whole bool) {
	end := 8 + int64(binary.LittleEndian.Uint32(data[4:]))
	whole = end <= int64(len(data))
	for rest := data[12:max(min(end, int64(len(data))), 12)]; len(rest) >= 8; {
		n := int64(binary.LittleEndian.Uint32(rest[4:]))
		if n > int64(len(rest)-8) {
			return false
		}
		visit(string(rest[:4]), rest[8:8+n])
		rest = rest[min(8+n+n&1, int64(len(rest))):]
	}
	return whole
}

// isAnimatedWebP reads the flag of the extended header (RFC 9649, 2.7), which stands first.
func isAnimatedWebP(data []byte) bool {
	return len(data) > 20 && string(data[12:16]) == "VP8X" && data[20]&2 != 0
}
