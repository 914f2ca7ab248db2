package pixels

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/gif"
)

var gifSize = imageSize(gif.DecodeConfig)

// decodeGIF reads the first frame, which may cover only a part of the logical screen (GIF89a, sections 18 and 20).
func decodeGIF(_ *work, data []byte, _ Options) (picture, error) {
	m, err := gif.Decode(bytes.NewReader(data))
	if err != nil {
		return picture{}, err
	}
	w, h := binary.LittleEndian.Uint16(data[6:]), binary.LittleEndian.Uint16(data[8:])
	return imagePicture(m, image.Rect(0, 0, int(w), int(h)))
}

// inspectGIF walks the blocks and counts the frames (GIF89a, sections 17 to 27).
func inspectGIF(data []byte) container {
	c := container{orientation: 1, cut: true}
	if len(data) < 13 {
		return c
	}
	p := 13 + colourTable(data[10])
	for p < len(data) {
		switch data[p] {
		case 0x21: // extension: label, sub-blocks
			p = skipBlocks(data, p+2)
		case 0x2c: // frame: descriptor, local table, code size, sub-blocks
			if p+10 > len(data) {
				return c
			}
			if p = skipBlocks(data, p+10+colourTable(data[p+9])+1); p <= len(data) {
				c.frames++
			}
		default: // 0x3b ends the file; anything else is damage, which the decoder will name
			c.cut = false
			return c
		}
	}
	return c
}

// colourTable returns the size in bytes of the colour table that the flags announce.
func colourTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// skipBlocks returns the offset behind the sub-blocks at p; it lies beyond data if they are cut.
func skipBlocks(data []byte, p int) int {
	for p < len(data) {
		n := int(data[p])
		p += 1 + n
		if n == 0 {
			return p
		}
	}
	return len(data) + 1
}
