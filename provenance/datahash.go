package provenance

import (
	"bytes"
	"crypto/subtle"
	"slices"

	"github.com/safelight-dev/safelight/cbor"
	"github.com/safelight-dev/safelight/container"
	"github.com/safelight-dev/safelight/tiffdir"
)

// manifestSpan is the place of the manifest store in the file, if it is one range.
func (v *validation) manifestSpan() (container.Span, bool) {
	if len(v.part.Spans) == 0 {
		return container.Span{}, false
	}
	whole := v.part.Spans[0]
	for _, s := range v.part.Spans[1:] {
		if s.Offset != whole.End() {
			return container.Span{}, false
		}
		whole.Length += s.Length
	}
	return whole, whole.Offset >= 0 && whole.Length > 0 && whole.End() <= int64(len(v.data))
}

// readExclusions reads ranges that must be in order and apart (15.12.1.1).
func readExclusions(list cbor.Value) ([]container.Span, bool) {
	var spans []container.Span
	for _, item := range list.Items() {
		start, ok := item.Get("start").Int()
		length, okLength := item.Get("length").Int()
		if !ok || !okLength || start < 0 || length < 0 || start+length < start {
			return nil, false
		}
		if n := len(spans); n > 0 && start < spans[n-1].End() {
			return nil, false
		}
		spans = append(spans, container.Span{Offset: start, Length: length})
	}
	return spans, true
}

// maxExclusions is more than any honest hash has.
const maxExclusions = 16

// dataHash validates a data hash (15.12.1). Only the manifest store may be left out: see the package comment.
func (v *validation) dataHash(b binding, a cbor.Value, updated bool) {
	exclusions, ok := readExclusions(a.Get("exclusions"))
	if !ok || a.Kind() != cbor.Map || len(exclusions) > maxExclusions {
		v.add(DataHashMalformed, b.uri, "the exclusions are not in order, not apart, or too many")
		return
	}
	place, one := v.manifestSpan()
	if updated && one {
		v.grow(exclusions, place)
	}
	if !one || !v.excludesManifest(exclusions, place) {
		v.add(DataHashMismatch, b.uri, "what the hash leaves out is not the manifest store, the whole of it and nothing else")
		return
	}
	h := newHash(or(a.Get("alg").String(), b.of.claim.alg))
	if h == nil {
		v.add(AlgorithmUnsupported, b.uri, "hash algorithm %q is not allowed", a.Get("alg").String())
		return
	}
	at := int64(0)
	for _, s := range exclusions {
		h.Write(v.data[at:s.Offset])
		at = s.End()
	}
	h.Write(v.data[at:])
	if want, _ := a.Get("hash").Bytes(); subtle.ConstantTimeCompare(h.Sum(nil), want) != 1 {
		v.add(DataHashMismatch, b.uri, "the file's bytes are not those that were signed")
		return
	}
	v.add(DataHashMatch, b.uri, "the file's bytes are those that were signed")
}

// grow makes the exclusion of the manifest store as long as the store is after updates, and moves those behind it
// (15.12.1.1). What stands around the store in its element, such as the tags of SVG, is as it was.
func (v *validation) grow(exclusions []container.Span, place container.Span) {
	head, tail := int64(0), int64(0)
	if v.file.Format == container.SVG {
		element := v.data[place.Offset:place.End()]
		head = int64(bytes.IndexByte(element, '>') + 1)
		tail = int64(len(element) - max(bytes.LastIndexByte(element, '<'), 0))
	}
	by := int64(0)
	for i := range exclusions {
		if exclusions[i].Offset += by; by == 0 && exclusions[i].Offset == place.Offset+head {
			by = place.Length - head - tail - exclusions[i].Length
			exclusions[i].Length += by
		}
	}
}

// excludesManifest says whether the exclusions are the manifest store's place: in JPEG all of its segments with their
// lengths (15.12.1.2), elsewhere one range within its element. In TIFF the count of its entry may be excluded beside it
// (18.5.5), since it is as long as the store is.
func (v *validation) excludesManifest(exclusions []container.Span, place container.Span) bool {
	if v.file.Format == container.TIFF {
		exclusions = slices.DeleteFunc(slices.Clone(exclusions), v.isCount)
	}
	if len(exclusions) != 1 {
		return false
	}
	e := exclusions[0]
	if v.file.Format == container.JPEG {
		return e == place
	}
	return e.Offset >= place.Offset && e.End() <= place.End()
}

// tagManifest is the tag of the manifest store in TIFF (A.3.3).
const tagManifest = 0xcd41

// isCount says whether a range is the count of the manifest store's entry: in classic TIFF bytes 4 to 8 of it.
func (v *validation) isCount(s container.Span) bool {
	f, err := tiffdir.Parse(v.data, tiffdir.Limits{})
	if err != nil {
		return false
	}
	for _, d := range f.Directories {
		for _, e := range d.Entries {
			if e.Tag == tagManifest && (s == container.Span{Offset: e.Field + 4, Length: 4} || s == container.Span{Offset: e.Field + 4, Length: 8} && f.Big) {
				return true
			}
		}
	}
	return false
}
