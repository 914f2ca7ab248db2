package container

import (
	"bytes"
	"fmt"
)

// segment is one marker segment of a JPEG file.
type segment struct {
	marker  byte
	span    Span
	payload []byte
	at      int64 // of the payload
}

// Markers (ITU-T T.81, table B.1).
const (
	markerTEM  = 0x01
	markerSOI  = 0xd8
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerAPP0 = 0xe0
	markerCOM  = 0xfe
)

var markerNames = func() (names [256]string) {
	for m := range names {
		names[m] = fmt.Sprintf("0x%02x", m)
	}
	for i := range 16 {
		names[0xc0+i] = fmt.Sprintf("SOF%d", i)
		names[markerAPP0+i] = fmt.Sprintf("APP%d", i)
	}
	for i := range 8 {
		names[0xd0+i] = fmt.Sprintf("RST%d", i)
	}
	for m, name := range map[int]string{markerTEM: "TEM", 0xc4: "DHT", 0xc8: "JPG", 0xcc: "DAC", markerSOI: "SOI", markerEOI: "EOI", markerSOS: "SOS",
		0xdb: "DQT", 0xdc: "DNL", 0xdd: "DRI", 0xde: "DHP", 0xdf: "EXP", markerCOM: "COM"} {
		names[m] = name
	}
	return names
}()

// jpeg reads a JPEG file: its segments up to the end of the image, what they carry, and what follows.
func (r *reader) jpeg() {
	var a jpegApps
	for at := int64(0); at < r.size(); {
		s, next := r.segment(at)
		if s.marker == 0 {
			break
		}
		if !r.element(markerNames[s.marker], s.span, Span{s.at, int64(len(s.payload))}) {
			return
		}
		at = next
		if s.marker == markerEOI {
			r.jpegEnd(&a, at)
			return
		}
		r.jpegPart(&a, s)
	}
	r.problem(r.size(), "the file ends before its EOI marker")
	r.jpegEnd(&a, r.size())
}

// segment reads the segment at an offset, or the next one that there is behind bytes that belong nowhere. Its marker is
// 0 at the end of the file. Fill bytes before a marker belong to the segment (T.81, B.1.1.2).
func (r *reader) segment(at int64) (s segment, next int64) {
	start := at
	for {
		i := bytes.IndexByte(r.data[at:], 0xff)
		if i < 0 {
			return segment{}, r.size()
		}
		at += int64(i)
		for at < r.size() && r.data[at] == 0xff {
			at++
		}
		if at >= r.size() {
			return segment{}, at
		}
		m := r.data[at]
		at++
		if m == 0 {
			continue
		}
		if s, next, ok := r.segmentAt(m, start, at); ok {
			return s, next
		}
	}
}

// segmentAt reads the segment of a marker that stands before the offset; it is not one if it has no length.
func (r *reader) segmentAt(m byte, start, at int64) (s segment, next int64, ok bool) {
	if lone := m == markerTEM || m >= 0xd0 && m <= markerEOI; lone {
		return segment{m, Span{start, at - start}, nil, at}, at, true
	}
	if at+2 > r.size() {
		return segment{}, 0, false
	}
	n := be16(r.data[at:])
	if n < 2 {
		r.problem(at, "the %s segment states a length of %d", markerNames[m], n)
		return segment{}, 0, false
	}
	end := at + n
	if end > r.size() {
		r.problem(start, "the file ends within its %s segment", markerNames[m])
		end = r.size()
	}
	if m == markerSOS {
		end = r.entropyEnd(end)
	}
	if gap := bytes.IndexByte(r.data[start:at], 0xff); gap > 0 {
		tell := r.problem
		if len(bytes.Trim(r.data[start:start+int64(gap)], "\x00")) > 1 { // one is what a writer has miscounted
			tell, r.gap = r.passOver, true
		}
		tell(start, "%d bytes stand between two segments", gap)
	}
	return segment{m, Span{start, end - start}, r.data[at+2 : end : end], at + 2}, end, true
}

// entropyEnd returns where entropy-coded data end: before the next marker that is no restart.
func (r *reader) entropyEnd(at int64) int64 {
	for {
		i := bytes.IndexByte(r.data[at:], 0xff)
		if i < 0 || at+int64(i)+1 >= r.size() {
			return r.size()
		}
		at += int64(i) + 1
		if m := r.data[at]; m != 0 && m != 0xff && (m < 0xd0 || m > 0xd7) {
			return at - 1
		}
	}
}
