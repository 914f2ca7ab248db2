package container

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
)

// What application segments begin with.
const (
	headXMP       = "http://ns.adobe.com/xap/1.0/\x00"
	headExtension = "http://ns.adobe.com/xmp/extension/\x00"
	headICC       = "ICC_PROFILE\x00"
	headMPF       = "MPF\x00"
	headFlashPix  = "FPXR\x00"
	headPhotoshop = "Photoshop 3.0\x00"
	headOldShop   = "Adobe_Photoshop2.5:"
)

// jpegApps is what reading one application segment has to know of those before.
type jpegApps struct {
	exifs  int    // Exif structures begun
	mpfAt  []Span // of MPF's TIFF structures
	count  int64  // segments so far, which orders those without a number
	jumbfs map[int64]bool
}

// jpegPart takes what a segment carries.
func (r *reader) jpegPart(a *jpegApps, s segment) {
	a.count++
	switch {
	case s.marker == markerCOM:
		r.part(Part{Kind: Comment, Name: "COM", Spans: []Span{s.span}, Data: s.payload})
	case s.marker < markerAPP0 || s.marker > markerAPP0+15:
	case s.marker == markerAPP0:
		r.app0(s)
	case s.marker == markerAPP0+1:
		r.app1(a, s)
	case s.marker == markerAPP0+2:
		r.app2(a, s)
	case s.marker == markerAPP0+11 && bytes.HasPrefix(s.payload, []byte("JP")):
		r.app11(a, s)
	case s.marker == markerAPP0+13 && bytes.HasPrefix(s.payload, []byte(headPhotoshop)):
		r.join("Photoshop", Part{Kind: Photoshop, Name: "APP13"}, a.count, s.span, s.payload[len(headPhotoshop):])
	case s.marker == markerAPP0+13 && bytes.HasPrefix(s.payload, []byte(headOldShop)):
		r.join("Photoshop", Part{Kind: Photoshop, Name: "APP13"}, a.count, s.span, s.payload[max(0, bytes.Index(s.payload, []byte("8BIM"))):])
	case s.marker == markerAPP0+14 && bytes.HasPrefix(s.payload, []byte("Adobe")):
		// How the components are to be read: a part of the picture. It has twelve bytes; Photoshop writes 19 more, mostly zeros.
		if len(s.payload) > 12 && letters(s.payload[12:]) > 5 {
			r.conceals(s.span.Offset, "the APP14 segment has %d bytes more than it needs", len(s.payload)-12)
		}
	default:
		r.part(Part{Kind: Other, Name: appName(s), Spans: []Span{s.span}, Data: s.payload})
	}
}

// letters counts those of ASCII.
func letters(b []byte) (n int) {
	for _, c := range b {
		if c|0x20 >= 'a' && c|0x20 <= 'z' {
			n++
		}
	}
	return n
}

// appName is the segment's marker and the identifier that applications begin it with.
func appName(s segment) string {
	id, _, _ := bytes.Cut(s.payload[:min(len(s.payload), 24)], []byte{0})
	if len(id) == 0 || bytes.ContainsFunc(id, func(c rune) bool { return c < ' ' || c > '~' }) {
		return markerNames[s.marker]
	}
	return markerNames[s.marker] + " " + string(id)
}

// app0 takes the thumbnails of JFIF (ISO/IEC 10918-5, 6.1) and of its extension.
func (r *reader) app0(s segment) {
	p := s.payload
	switch {
	case bytes.HasPrefix(p, []byte("JFIF\x00")):
		if n := 14; len(p) >= n && p[12] > 0 && p[13] > 0 {
			size := min(len(p), n+3*int(p[12])*int(p[13]))
			r.part(Part{Kind: Preview, Name: fmt.Sprintf("JFIF thumbnail, RGB %d×%d", p[12], p[13]), Spans: []Span{s.span}, Data: p[n:size:size]})
		}
	case bytes.HasPrefix(p, []byte("JFXX\x00")) && len(p) > 6:
		r.part(Part{Kind: Preview, Name: fmt.Sprintf("JFXX thumbnail, type 0x%02x", p[5]), Spans: []Span{s.span}, Data: p[6:]})
	default:
		r.part(Part{Kind: Other, Name: appName(s), Spans: []Span{s.span}, Data: p})
	}
}

// app1 takes Exif and XMP. Some writers have up to four bytes before the header, and other cases of it.
func (r *reader) app1(a *jpegApps, s segment) {
	p := s.payload
	head := string(p[:min(len(p), 40)])
	switch lower := lowerASCII(head); {
	case strings.HasPrefix(head, headExtension):
		r.extension(s)
	case strings.Contains(head, "http://ns.adobe.com/xap/"):
		body := p[strings.Index(head, "http://ns.adobe.com/xap/"):]
		_, body, _ = bytes.Cut(body, []byte{0})
		r.part(Part{Kind: XMP, Name: "APP1", Spans: []Span{s.span}, Data: body})
	case strings.Contains(lower[:min(len(lower), 9)], "exif\x00"):
		body := p[strings.Index(lower, "exif\x00")+5:]
		r.exifSegment(a, s, body[min(1, len(body)):])
	case bytes.Contains(p[:min(len(p), 200)], []byte("<?xpacket")) || bytes.Contains(p[:min(len(p), 200)], []byte("<x:xmpmeta")):
		r.part(Part{Kind: XMP, Name: "APP1 without header", Spans: []Span{s.span}, Data: p[bytes.IndexByte(p, '<'):]})
	default:
		r.part(Part{Kind: Other, Name: appName(s), Spans: []Span{s.span}, Data: p})
	}
}

// lowerASCII makes small letters and leaves everything where it is: strings.ToLower writes three bytes for one that is
// no UTF-8.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// exifSegment begins an Exif structure, or goes on with the one before where the bytes do not begin as one does.
func (r *reader) exifSegment(a *jpegApps, s segment, body []byte) {
	if a.exifs == 0 || isTIFF(body) {
		a.exifs++
	}
	r.join(fmt.Sprint("Exif ", a.exifs), Part{Kind: Exif, Name: "APP1"}, a.count, s.span, body)
}

// extension takes a piece of an extended packet (XMP specification part 3, 1.1.3.1): GUID, length of all, offset.
func (r *reader) extension(s segment) {
	p := s.payload[len(headExtension):]
	if len(p) < 40 {
		r.conceals(s.span.Offset, "the extension of XMP has no room for its header")
		return
	}
	guid := string(p[:32])
	r.join("XMP "+guid, Part{Kind: XMPExtended, Name: "APP1 extension " + printable(guid)}, be32(p[36:]), s.span, p[40:])
}

func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, s)
}

// app2 takes profiles (ICC.1, B.4), the index of further pictures (CIPA DC-007) and FlashPix (Exif 3.0, 4.7.3).
func (r *reader) app2(a *jpegApps, s segment) {
	p := s.payload
	switch {
	case bytes.HasPrefix(p, []byte(headICC)) && len(p) >= len(headICC)+2:
		number, of, body := int64(p[len(headICC)]), p[len(headICC)+1], p[len(headICC)+2:]
		key := "ICC"
		if first := r.byKey[key]; first != nil && number == 1 && of == 1 && !bytes.Equal(first.pieces[0].data, body) {
			key = fmt.Sprint("ICC ", a.count) // a profile of its own
		}
		r.join(key, Part{Kind: ICC, Name: "APP2"}, number, s.span, body)
	case bytes.HasPrefix(p, []byte(headMPF)):
		a.mpfAt = append(a.mpfAt, Span{s.at + 4, int64(len(p) - 4)})
		r.part(Part{Kind: MPF, Name: "APP2 MPF", Spans: []Span{s.span}, Data: p[4:]})
	case bytes.HasPrefix(p, []byte(headFlashPix)) && len(p) >= 7:
		r.flashPix(a, s)
	default:
		r.part(Part{Kind: Other, Name: appName(s), Spans: []Span{s.span}, Data: p})
	}
}

// flashPix takes the streams of FlashPix extensions: version, type, then for type 2 the index of the stream and the
// offset within it. A stream that holds a JPEG file is a preview.
func (r *reader) flashPix(a *jpegApps, s segment) {
	p := s.payload[len(headFlashPix):]
	if p[1] != 2 || len(p) < 8 {
		r.part(Part{Kind: Other, Name: "APP2 FPXR", Spans: []Span{s.span}, Data: p})
		return
	}
	r.join(fmt.Sprint("FPXR ", be16(p[2:])), Part{Kind: Other, Name: fmt.Sprintf("APP2 FPXR stream %d", be16(p[2:]))}, be32(p[4:]), s.span, p[8:])
}

// c2paType is the content type of a C2PA manifest store (C2PA 2.2, 11.1.4.2).
var c2paType, _ = hex.DecodeString("6332706100110010800000aa00389b71")

// jumbfKind tells a manifest store from other superboxes, by the type in its description box.
func jumbfKind(box []byte) Kind {
	if len(box) >= 32 && string(box[4:8]) == "jumb" && string(box[12:16]) == "jumd" && bytes.Equal(box[16:32], c2paType) {
		return C2PA
	}
	return JUMBF
}

// app11 takes a piece of a box (ISO/IEC 19566-5, annex D): instance and sequence number, then the box's header, which
// every piece repeats.
func (r *reader) app11(a *jpegApps, s segment) {
	p := s.payload
	if len(p) < 16 {
		r.conceals(s.span.Offset, "the APP11 segment has no room for the header of a box")
		return
	}
	instance, sequence, body := be16(p[2:]), be32(p[4:]), p[8:]
	if a.jumbfs[instance] {
		head := 8
		if be32(body) == 1 {
			head = 16
		}
		body = body[min(head, len(body)):]
	}
	if a.jumbfs == nil {
		a.jumbfs = map[int64]bool{}
	}
	a.jumbfs[instance] = true
	r.join(fmt.Sprint("JUMBF ", instance), Part{Kind: JUMBF, Name: fmt.Sprintf("APP11 box %d", instance)}, sequence, s.span, body)
}

// jpegEnd takes what was spread over segments, and what follows the image.
func (r *reader) jpegEnd(a *jpegApps, end int64) {
	r.assembled()
	r.behindJPEG(a, end)
}

// assembled puts together what was spread over segments, and looks into it.
func (r *reader) assembled() {
	r.assemble()
	for i := range len(r.file.Parts) {
		switch p := &r.file.Parts[i]; {
		case p.Kind == Photoshop:
			r.resources(i)
		case p.Kind == JUMBF:
			p.Kind = jumbfKind(p.Data)
		case strings.HasPrefix(p.Name, "APP2 FPXR stream") && bytes.Contains(p.Data, []byte("\xff\xd8\xff")):
			p.Kind, p.Data = Preview, p.Data[bytes.Index(p.Data, []byte("\xff\xd8\xff")):]
		}
	}
}
