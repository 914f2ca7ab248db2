package provenance

import (
	"crypto/subtle"
	"strings"

	"github.com/safelight-dev/safelight/cbor"
	"github.com/safelight-dev/safelight/container"
)

// namedBox is a box in the words of the general box hash (18.7.3).
type namedBox struct {
	name string
	span container.Span
}

// manifestBox is the name of the manifest store, however many elements it has.
const manifestBox = "C2PA"

// namedBoxes are the boxes of the file, in order, the manifest store's as one. ok is false where they leave bytes
// between or behind them that no name is for, but for what follows the end of the picture: "c2pa.after".
func (v *validation) namedBoxes() (boxes []namedBox, ok bool) {
	place, one := v.manifestSpan()
	at := int64(0)
	for _, e := range v.file.Elements {
		s := e.Span
		switch {
		case s.Offset != at || s.End() > int64(len(v.data)):
			return nil, false
		case one && s.Offset == place.Offset:
			boxes = append(boxes, namedBox{manifestBox, place})
		case one && s.Offset > place.Offset && s.End() <= place.End():
		case len(boxes) > 0 && (e.Name == "GCT" || e.Name == "LCT"): // belong to the block before (18.7.3.4)
			boxes[len(boxes)-1].span.Length += s.Length
		default:
			boxes = append(boxes, namedBox{v.boxName(e.Name), s})
		}
		at = s.End()
	}
	if at < int64(len(v.data)) {
		boxes = append(boxes, namedBox{"c2pa.after", container.Span{Offset: at, Length: int64(len(v.data)) - at}})
	}
	return boxes, one
}

// boxName is the name that the general box hash has for an element.
func (v *validation) boxName(name string) string {
	switch {
	case name == "trailer":
		return "c2pa.after"
	case v.file.Format == container.WebP && name == "RIFF":
		return "WEBP"
	case v.file.Format == container.JXL:
		return strings.TrimRight(name, " ")
	}
	return name
}

// boxesHash validates a general box hash (15.12.3). Every byte must belong to a listed box, and every box but the
// manifest store be hashed as a whole.
func (v *validation) boxesHash(b binding, a cbor.Value) {
	list := a.Get("boxes")
	boxes, ok := v.namedBoxes()
	switch {
	case list.Kind() != cbor.Array:
		v.add(BoxesHashMalformed, b.uri, "the hash has no list of boxes")
		return
	case !ok:
		v.add(BoxesHashUnknown, b.uri, "the file has bytes in no box, or the manifest store in more than one place")
		return
	}
	alg := or(a.Get("alg").String(), b.of.claim.alg)
	for _, entry := range list.Items() {
		var code Code
		var reason string
		if boxes, code, reason = v.entry(entry, alg, boxes); code != "" {
			v.add(code, b.uri, "%s", reason)
			return
		}
	}
	if len(boxes) > 0 {
		v.add(BoxesHashUnknown, b.uri, "the file has a box %q that was not signed", boxes[0].name)
		return
	}
	v.add(BoxesHashMatch, b.uri, "the file's boxes are those that were signed")
}

// entry takes the boxes of one entry off the file's, and holds them against its hash. The code is empty if they match.
func (v *validation) entry(entry cbor.Value, alg string, boxes []namedBox) (rest []namedBox, code Code, reason string) {
	names := entry.Get("names").Items()
	if len(names) == 0 {
		return nil, BoxesHashMalformed, "an entry names no boxes"
	}
	first := 0
	for _, n := range names {
		name, _ := n.Text()
		if first > 0 && strings.HasPrefix(name, "RST") && v.file.Format == container.JPEG {
			continue // stands within SOS here, and is hashed with it
		}
		if first >= len(boxes) || strings.TrimRight(name, " ") != strings.TrimRight(boxes[first].name, " ") {
			return nil, BoxesHashMismatch, "the file has not the boxes that were signed, in their order"
		}
		first++
	}
	rest = boxes[first:]
	if boxes[0].name == manifestBox && first == 1 {
		return rest, "", ""
	}
	for _, box := range boxes[:first] {
		if box.name == manifestBox {
			return nil, BoxesHashMalformed, "the manifest store shares an entry"
		}
	}
	if excluded, _ := entry.Get("excluded").Bool(); excluded || entry.Get("exclusions").Len() > 0 {
		return nil, BoxesHashMismatch, "the hash leaves out something that is not the manifest store"
	}
	h := newHash(or(entry.Get("alg").String(), alg))
	if h == nil {
		return nil, AlgorithmUnsupported, "a hash algorithm is not allowed"
	}
	h.Write(v.data[boxes[0].span.Offset:boxes[first-1].span.End()])
	if want, _ := entry.Get("hash").Bytes(); subtle.ConstantTimeCompare(h.Sum(nil), want) != 1 {
		return nil, BoxesHashMismatch, "a box is not as it was signed"
	}
	return rest, "", ""
}
