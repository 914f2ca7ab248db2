package container

import (
	"bytes"
	"fmt"
)

// bitReader reads the fields of JPEG XL: bits from the lowest of each byte on (ISO/IEC 18181-1, B.2). Beyond the end it
// gives zeros and is bad.
type bitReader struct {
	data []byte
	at   int // in bits
	bad  bool
}

func (b *bitReader) bits(n int) (v int) {
	for i := range n {
		if b.at>>3 >= len(b.data) {
			b.bad = true
			return 0
		}
		v |= int(b.data[b.at>>3]>>(b.at&7)&1) << i
		b.at++
	}
	return v
}

// choice is one of the four ways in which a number is written: an offset and so many bits.
type choice struct{ offset, bits int }

// number reads two bits that choose, and then the number.
func (b *bitReader) number(c [4]choice) int {
	d := c[b.bits(2)]
	return d.offset + b.bits(d.bits)
}

// The distributions of the fields below (ISO/IEC 18181-2, annex A).
var (
	oneToFour   = [4]choice{{1, 0}, {2, 0}, {3, 0}, {4, 0}}
	markerTypes = [4]choice{{0, 0}, {1, 0}, {2, 1}, {4, 2}}
	huffmans    = [4]choice{{4, 0}, {2, 3}, {10, 4}, {26, 6}}
	counts      = [4]choice{{0, 0}, {1, 0}, {2, 3}, {0, 8}}
	values      = [4]choice{{0, 2}, {4, 2}, {8, 4}, {1, 8}}
	passes      = [4]choice{{0, 0}, {1, 0}, {2, 0}, {3, 3}}
	points      = [4]choice{{0, 0}, {1, 2}, {4, 4}, {20, 16}}
	blockDeltas = [4]choice{{0, 0}, {1, 3}, {9, 5}, {41, 28}}
	zeroRuns    = [4]choice{{1, 0}, {2, 2}, {5, 4}, {20, 8}}
	tails       = [4]choice{{0, 0}, {1, 8}, {257, 16}, {65793, 22}}
)

// restored is what the box jbrd says of the JPEG file that it restores, as far as it is about metadata.
type restored struct {
	apps  []int // sizes of the APP segments that stand in its stream
	coms  []int // and of the comments
	inter int   // bytes between segments, which come next
	tail  int   // bytes behind the end
}

// Bounds for a file that is restored: its segments, and the bytes of the fields.
const (
	maxMarkers = 1 << 14
	maxFields  = 4 << 20
)

// markers counts the markers of the file that is restored.
type markers struct {
	all, apps, coms, scans, inter int
	restart                       bool
}

// markers reads the order of the markers, up to EOI.
func (b *bitReader) markers() (m markers) {
	for marker := 0; marker != markerEOI && !b.bad; m.all++ {
		switch marker = 0xc0 + b.bits(6); {
		case marker&0xf0 == markerAPP0:
			m.apps++
		case marker == markerCOM:
			m.coms++
		case marker == markerSOS:
			m.scans++
		case marker == 0xff:
			m.inter++
		case marker == 0xdd:
			m.restart = true
		}
		b.bad = b.bad || m.all > maxMarkers
	}
	return m
}

// restoredHead reads the fields of the box, and says where its Brotli stream begins.
func restoredHead(data []byte) (j restored, stream int, ok bool) {
	b := &bitReader{data: data[:min(len(data), maxFields)]}
	b.bits(1) // whether it is grey
	m := b.markers()
	if b.bad {
		return j, 0, false
	}
	for range m.apps {
		kind, size := b.number(markerTypes), b.bits(16)+1
		if kind == 0 { // the others stand in boxes of their own
			j.apps = append(j.apps, size)
		}
	}
	for range m.coms {
		j.coms = append(j.coms, b.bits(16)+1)
	}
	b.tables()
	b.scans(m.scans, m.restart)
	for range m.inter {
		j.inter += b.bits(16)
	}
	j.tail = b.number(tails)
	if b.bits(1) == 1 {
		n := b.bits(24)
		if b.at += n; b.at > 8*len(b.data) {
			b.bad = true
		}
	}
	return j, (b.at + 7) / 8, !b.bad
}

// tables skips quantisation tables, components and Huffman codes.
func (b *bitReader) tables() {
	for range b.number(oneToFour) {
		b.bits(4)
	}
	components := 3
	switch kind := b.bits(2); kind {
	case 0:
		components = 1
	case 3:
		components = b.number(oneToFour)
		for range components {
			b.bits(8)
		}
	}
	b.bits(2 * components)
	for range b.number(huffmans) {
		b.bits(4)
		symbols := 0
		for range 17 {
			symbols += b.number(counts)
		}
		for range symbols {
			if b.number(values); b.bad {
				return
			}
		}
	}
}

// scans skips what is said of the scans: their components, and where their coding is unusual.
func (b *bitReader) scans(n int, restart bool) {
	for range n {
		components := b.number(oneToFour)
		b.bits(6 + 6 + 4 + 4)
		b.bits(6 * components)
		b.number(passes)
	}
	if restart {
		b.bits(16)
	}
	for range n {
		for range b.number(points) {
			b.number(blockDeltas)
		}
		for range b.number(points) {
			b.number(zeroRuns)
			b.number(blockDeltas)
		}
		if b.bad {
			return
		}
	}
}

// restoration takes what the box that restores a JPEG file (ISO/IEC 18181-2, 9.9 and annex A) keeps of its segments:
// who unpacks the file, has them all.
func (r *reader) restoration(whole Span, data []byte) {
	at := r.part(Part{Kind: Other, Name: "jbrd", Spans: []Span{whole}, Data: data})
	j, stream, ok := restoredHead(data)
	if at < 0 || !ok {
		r.conceals(whole.Offset, "the box jbrd is damaged")
		return
	}
	if len(j.apps)+len(j.coms)+j.tail == 0 {
		return
	}
	rest := r.expand(data[stream:], "the box jbrd", whole.Offset)
	var a jpegApps
	for i, size := range append(j.apps, j.coms...) {
		segment := segment{span: whole, payload: rest[:min(size, len(rest))]}
		if rest = rest[len(segment.payload):]; len(segment.payload) < 3 {
			break
		}
		segment.marker, segment.payload = segment.payload[0], segment.payload[3:]
		if i >= len(j.apps) {
			segment.marker = markerCOM
		}
		r.jpegPart(&a, segment)
	}
	r.assembled()
	if rest = rest[min(j.inter, len(rest)):]; len(bytes.Trim(rest, "\x00")) > 0 {
		r.part(Part{Kind: Trailer, Name: "data after the end", Spans: []Span{whole}, Data: rest})
	}
	for i := range r.file.Parts[at+1:] {
		p := &r.file.Parts[at+1+i]
		p.Name = fmt.Sprint("jbrd ", p.Name)
		if p.Kind == C2PA {
			p.Kind = JUMBF // it is about the JPEG file
		}
		if p.within == 0 {
			p.within = at + 1
		}
	}
}
