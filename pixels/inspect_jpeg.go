package pixels

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// JPEG markers (ITU-T T.81, table B.1).
const (
	jpegTEM  = 0x01
	jpegRST0 = 0xd0
	jpegSOF0 = 0xc0
	jpegSOF1 = 0xc1
	jpegSOF2 = 0xc2
	jpegSOI  = 0xd8
	jpegEOI  = 0xd9
	jpegSOS  = 0xda
	jpegAPP1 = 0xe1
	jpegAPP2 = 0xe2
)

// inspectJPEG walks the segments before the first scan: all of Exif, profile and index of further pictures stands there.
func inspectJPEG(data []byte) container {
	c := container{frames: 1, orientation: 1}
	seenExif := false
	var icc iccParts
	for p := 2; ; {
		marker, next := nextMarker(data, p)
		p = next
		switch {
		case marker == jpegEOI || marker == jpegSOS || marker == 0:
			c.colour.profile(icc.join())
			return c
		case marker == jpegTEM, marker >= jpegRST0 && marker <= jpegSOI:
			continue
		}
		body, ok := segment(data, p)
		if !ok {
			continue // too long for the file: no marker follows, and the decoder will say so
		}
		p += 2 + len(body)
		switch {
		case marker == jpegAPP1 && !seenExif && bytes.HasPrefix(body, exifPrefix):
			seenExif = true
			c.orientation = exifOrientation(body[len(exifPrefix):])
		case marker == jpegAPP1 && bytes.HasPrefix(body, xmpPrefix) && bytes.Contains(body, gainMapNamespace):
			c.noteGainMap()
		case marker == jpegAPP2 && bytes.HasPrefix(body, gainMapURN):
			c.noteGainMap()
		case marker == jpegAPP2 && bytes.HasPrefix(body, mpfPrefix):
			c.frames = max(mpfPictures(body[len(mpfPrefix):]), 1)
		case marker == jpegAPP2:
			icc.add(body)
		}
	}
}

var (
	mpfPrefix        = []byte("MPF\x00") // CIPA DC-007, 5.2
	xmpPrefix        = []byte("http://ns.adobe.com/xap/1.0/\x00")
	gainMapNamespace = []byte("http://ns.adobe.com/hdr-gain-map/1.0/") // Adobe, Gain Map 1.0
	gainMapURN       = []byte("urn:iso:std:iso:ts:21496:-1\x00")       // ISO 21496-1, annex C
)

// noteGainMap says that the picture has a brighter rendering for displays that can show it.
func (c *container) noteGainMap() {
	if !slices.ContainsFunc(c.notes, func(r Remark) bool { return r.Kind == GainMap }) {
		c.notes = append(c.notes, remark(GainMap))
	}
}

// mpfPictures reads the number of pictures of a multi-picture file (CIPA DC-007, 5.2.3.2), 0 if it states none.
func mpfPictures(body []byte) int {
	const tagNumberOfImages = 0xb001
	n := 0
	if t, off, ok := openTIFF(body); ok {
		t.walk(off, func(e tiffEntry) {
			if e.tag == tagNumberOfImages {
				n = int(min(e.uint(), 1000)) // a count, of which no picture but the first is read
			}
		})
	}
	return n
}

// nextMarker returns the next marker at or after p and the offset behind it, or 0 at the end of data.
func nextMarker(data []byte, p int) (marker byte, next int) {
	for p < len(data) {
		i := bytes.IndexByte(data[p:], 0xff)
		if i < 0 {
			break
		}
		p += i + 1
		for p < len(data) && data[p] == 0xff { // fill bytes (T.81, B.1.1.2)
			p++
		}
		if p < len(data) && data[p] != 0 {
			return data[p], p + 1
		}
	}
	return 0, len(data)
}

// segment returns the body of the segment whose length field is at p.
func segment(data []byte, p int) ([]byte, bool) {
	if p+2 > len(data) {
		return nil, false
	}
	n := int(binary.BigEndian.Uint16(data[p:]))
	if n < 2 || p+n > len(data) {
		return nil, false
	}
	return data[p+2 : p+n], true
}

// iccParts collects an ICC profile split over APP2 segments (ICC.1:2022, B.4).
type iccParts [256][]byte

func (parts *iccParts) add(body []byte) {
	const prefix = "ICC_PROFILE\x00"
	if len(body) > len(prefix)+2 && string(body[:len(prefix)]) == prefix {
		parts[body[len(prefix)]] = body[len(prefix)+2:]
	}
}

// join returns the profile: nil if there is none, empty if it is too large to be one.
func (parts *iccParts) join() []byte {
	var only, profile []byte
	pieces, length := 0, 0
	for _, part := range parts {
		if part != nil {
			only, pieces, length = part, pieces+1, length+len(part)
		}
	}
	switch {
	case pieces <= 1:
		return only
	case length > maxProfile:
		return []byte{}
	}
	profile = make([]byte, 0, length)
	for _, part := range parts {
		profile = append(profile, part...)
	}
	return profile
}
