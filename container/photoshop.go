package container

import (
	"bytes"
	"fmt"
)

// resource is one of Photoshop's image resources.
type resource struct {
	id    int
	whole []byte // signature, id, name and padding included
	data  []byte
}

// Resources that are metadata of a kind of their own (Adobe Photoshop File Formats Specification, 2019).
var resourceKinds = map[int]Kind{
	0x0404: IIM,
	0x0409: Preview, // BGR
	0x040c: Preview,
	0x040f: ICC,
	0x0422: Exif,
	0x0423: Exif,
	0x0424: XMP,
}

// thumbnailHead is the size of what stands before a thumbnail's JPEG file.
const thumbnailHead = 28

// resources takes the parts within the image resources of part i.
func (r *reader) resources(i int) {
	p := r.file.Parts[i]
	if !r.room(len(p.Data), "what stands within "+p.Name, offsetOf(p.Spans)) {
		return
	}
	list, rest := splitResources(p.Data)
	switch padding := len(bytes.Trim(rest, "\x00 \r\n")) == 0; {
	case !padding && len(rest) < 12 && bytes.HasPrefix(rest, []byte("8BIM")[:min(4, len(rest))]):
		r.problem(offsetOf(p.Spans), "%s ends within the head of a resource", p.Name)
	case !padding:
		r.conceals(offsetOf(p.Spans), "%s holds %d bytes that are no image resource", p.Name, len(rest))
	}
	for _, s := range list {
		kind, known := resourceKinds[s.id]
		if !known {
			continue
		}
		part := Part{Kind: kind, Name: fmt.Sprintf("%s 8BIM 0x%04x", p.Name, s.id), Spans: p.Spans, Data: s.data, within: i + 1, holder: inResource, id: s.id}
		switch {
		case kind == Preview && len(s.data) <= thumbnailHead:
			continue
		case kind == Preview:
			part.Data = s.data[thumbnailHead:]
		case kind == Exif:
			part.Data = exifIn(s.data)
		}
		r.part(part)
	}
}

// splitResources cuts a sequence of image resources; rest is what is none. Where one is damaged, reading goes on at the
// next signature.
func splitResources(data []byte) (list []resource, rest []byte) {
	for len(data) >= 12 && len(list) < 1<<14 {
		s, n := cutResource(data)
		if n > 0 {
			list, data = append(list, s), data[n:]
			continue
		}
		next := bytes.Index(data[1:], []byte("8BIM"))
		if next < 0 {
			break
		}
		rest, data = append(rest, data[:next+1]...), data[next+1:]
	}
	return list, append(rest, data...)
}

// cutResource reads the resource at the beginning and says how long it is, 0 where there is none: signature, id, name
// as a Pascal string padded to an even length, size, data padded to an even length. The last one may be cut short.
func cutResource(data []byte) (s resource, n int) {
	switch string(data[:4]) {
	case "8BIM", "PHUT", "DCSR", "AgHg", "MeSa":
	default:
		return s, 0
	}
	at := 6 + (int(data[6])+2)&^1
	if at+4 > len(data) {
		return s, 0
	}
	size, at := be32(data[at:]), at+4
	if size > int64(len(data)-at) {
		// A size that runs far beyond the end is no size.
		if bytes.Contains(data[at:], []byte("8BIM")) {
			return s, 0
		}
		size = int64(len(data) - at)
	}
	if size == 0 && len(data) > at && data[at] == 0x1c { // datasets without a size: up to the next resource
		size = int64(len(data) - at)
		if next := bytes.Index(data[at:], []byte("8BIM")); next > 0 {
			size = int64(next)
		}
	}
	n = min(at+(int(size)+1)&^1, len(data))
	return resource{int(be16(data[4:])), data[:n:n], data[at : at+int(size) : at+int(size)]}, n
}
