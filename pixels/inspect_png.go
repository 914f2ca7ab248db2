package pixels

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// maxProfile limits an ICC profile that is decompressed or put together, in bytes. The largest printing profiles take 3 MB.
const maxProfile = 4 << 20

// inspectPNG walks the chunks to IEND (PNG, third edition, 5.3). Their order and checksums are the decoder's business.
func inspectPNG(data []byte) container {
	c := container{frames: 1, orientation: 1}
	seenData := false
	for p := len(pngSignature); len(data)-p >= 12; {
		n := int64(binary.BigEndian.Uint32(data[p:]))
		if n > int64(len(data)-p-12) {
			break
		}
		kind, body := string(data[p+4:p+8]), data[p+8:p+8+int(n)]
		p += 12 + int(n)
		switch kind {
		case "acTL":
			if n >= 4 && !seenData { // behind the first IDAT it is to be ignored (11.3.6.1)
				c.frames = int(max(binary.BigEndian.Uint32(body), 1))
			}
		case "IDAT":
			seenData = true
		case "eXIf":
			c.orientation = exifOrientation(body)
		case "IEND":
			return c
		default:
			c.colour.pngChunk(kind, body)
		}
	}
	return c
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
