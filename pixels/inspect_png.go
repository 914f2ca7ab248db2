package pixels

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// maxProfile limits a decompressed ICC profile. The largest printing profiles take 3 MB.
const maxProfile = 4 << 20

// inspectPNG walks the chunks to IEND (PNG, third edition, 5.3). Their checksums are the decoder's business.
func inspectPNG(data []byte) container {
	c := container{frames: 1, orientation: 1, cut: true}
	var header []byte
	var idat int64
	for p := len(pngSignature); len(data)-p >= 12; {
		n := int64(binary.BigEndian.Uint32(data[p:]))
		if n > int64(len(data)-p-12) {
			break
		}
		kind, body := string(data[p+4:p+8]), data[p+8:p+8+int(n)]
		p += 12 + int(n)
		switch kind {
		case "IHDR":
			header = body
		case "acTL":
			if n >= 4 && idat == 0 { // behind the first IDAT it is to be ignored (11.3.6.1)
				c.frames = int(binary.BigEndian.Uint32(body))
				c.animated = c.frames > 1
			}
		case "IDAT":
			idat += n
		case "eXIf":
			c.orientation = exifOrientation(body)
		case "IEND":
			c.cut = false
			c.frames = max(c.frames, 1)
			c.capacity = pngCapacity(header, idat)
			return c
		default:
			c.colour.pngChunk(kind, body)
		}
	}
	return c
}

// pngCapacity bounds the pixels by what deflate can expand: 1032 to 1 at best (RFC 1951: 258 bytes in 2 bits).
func pngCapacity(header []byte, idat int64) int64 {
	if len(header) < 10 || header[8] == 0 {
		return 0
	}
	channels := [8]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[header[9]&7]
	if channels == 0 {
		return 0
	}
	return 1032 * 8 * idat / (channels * int64(header[8]))
}

// pngProfile returns the profile of an iCCP chunk (11.3.2.3); it is empty, not nil, if unreadable.
func pngProfile(body []byte) []byte {
	name := bytes.IndexByte(body, 0)
	if name < 0 || len(body) < name+2 {
		return []byte{}
	}
	z, err := zlib.NewReader(bytes.NewReader(body[name+2:]))
	if err != nil {
		return []byte{}
	}
	// What can be read of a damaged profile may still hold its name.
	profile, _ := io.ReadAll(io.LimitReader(z, maxProfile))
	return profile
}
