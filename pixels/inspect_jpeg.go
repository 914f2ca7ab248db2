package pixels

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// JPEG markers (ITU-T T.81, table B.1).
const (
	jpegTEM  = 0x01
	jpegRST0 = 0xd0
	jpegSOI  = 0xd8
	jpegEOI  = 0xd9
	jpegSOS  = 0xda
	jpegAPP1 = 0xe1
	jpegAPP2 = 0xe2
)

// maxScans bounds the work of a progressive file: each scan walks the whole picture, and a scan of
// nothing costs a few bytes. Encoders write about ten.
const maxScans = 100

// inspectJPEG walks the markers to the end of the image. Stuffed and restart markers inside the
// entropy-coded data are passed over like bytes between segments, which decoders tolerate too.
func inspectJPEG(data []byte) container {
	c := container{frames: 1, orientation: 1, cut: true}
	// A block of 8×8 pixels takes at least one bit in the first scan that covers it, so a byte
	// stands for 512 pixels at most.
	c.capacity = 512 * int64(len(data))
	scans, seenExif := 0, false
	var icc iccParts
	for p := 2; ; {
		marker, next := nextMarker(data, p)
		p = next
		switch {
		case marker == jpegEOI:
			c.cut = false
			fallthrough
		case marker == 0:
			c.colour.profile(icc.join())
			if scans > maxScans {
				c.fault = fmt.Sprintf("it has more than %d scans", maxScans)
			}
			return c
		case marker == jpegTEM, marker >= jpegRST0 && marker <= jpegSOI:
			continue
		}
		body, ok := segment(data, p)
		if !ok {
			continue // too long for the file: no marker follows, and the end will say so
		}
		p += 2 + len(body)
		switch {
		case marker == jpegSOS:
			scans++
		case marker == jpegAPP1 && !seenExif && bytes.HasPrefix(body, exifPrefix):
			seenExif = true
			c.orientation = exifOrientation(body[len(exifPrefix):])
		case marker == jpegAPP2:
			icc.add(body)
		}
	}
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

// join returns the profile, or nil if there is none.
func (parts *iccParts) join() []byte {
	var profile []byte
	for _, part := range parts {
		if profile == nil {
			profile = part
			continue
		}
		// The full slice expression keeps append from writing into the file's own bytes.
		profile = append(profile[:len(profile):len(profile)], part...)
	}
	return profile
}
