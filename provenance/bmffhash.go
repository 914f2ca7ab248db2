package provenance

import (
	"bytes"
	"crypto/subtle"
	"encoding/binary"
	"hash"

	"github.com/safelight-dev/safelight/cbor"
	"github.com/safelight-dev/safelight/container"
)

// manifestUUID is the extended type of the box with the manifest store (C2PA 2.4, A.5.1).
var manifestUUID = []byte{0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e, 0x48, 0x3c, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4, 0x81}

// bmffHash validates a hash over the boxes of an ISO base media file (18.6.2, 15.12.2): every root box that is not
// excluded, each behind its offset in the file. Excluded may be the manifest, ftyp, mfra and space that no box refers
// to, and of mdat what has a tree of hashes of its own; what else is, could be changed by anybody.
func (v *validation) bmffHash(b binding, a cbor.Value) {
	list, trees := a.Get("exclusions"), a.Get("merkle")
	if list.Kind() != cbor.Array || list.Len() == 0 {
		v.add(BMFFHashMalformed, b.uri, "the hash has no exclusions")
		return
	}
	excluded := map[string]bool{}
	for _, e := range list.Items() {
		path, usual := usualExclusion(e)
		if !usual || path == "/mdat" && trees.Len() == 0 {
			v.add(BMFFHashMismatch, b.uri, "the hash leaves out %q, which is not the manifest", e.Get("xpath").String())
			return
		}
		excluded[path] = true
	}
	if excluded["/free"] || excluded["/skip"] {
		v.add(BMFFExclusions, b.uri, "the hash leaves out boxes of free space")
	}
	alg := or(a.Get("alg").String(), b.of.claim.alg)
	h := newHash(alg)
	want, ok := a.Get("hash").Bytes()
	switch {
	case h == nil:
		v.add(AlgorithmUnsupported, b.uri, "hash algorithm %q is not allowed", alg)
	case !ok:
		v.add(BMFFHashMismatch, b.uri, "a hash of fragments alone is for videos")
	case !v.hashBoxes(h, excluded):
		v.add(BMFFHashMismatch, b.uri, "the file does not consist of boxes alone")
	case subtle.ConstantTimeCompare(h.Sum(nil), want) != 1:
		v.add(BMFFHashMismatch, b.uri, "the file's boxes are not those that were signed")
	case trees.Kind() != cbor.Missing && !v.merkle(trees, alg):
		v.add(BMFFHashMismatch, b.uri, "an mdat box is not the one that was signed")
	default:
		v.add(BMFFHashMatch, b.uri, "the file's boxes are those that were signed")
	}
}

// usualExclusion is the path of an exclusion that leaves out nothing that is shown (A.5.6).
func usualExclusion(e cbor.Value) (path string, ok bool) {
	for key := range e.Pairs() {
		switch k := key.String(); {
		case k == "xpath":
		case k == "data" && e.Get("xpath").String() == "/uuid", k == "subset" && e.Get("xpath").String() == "/mdat":
		case e.Get(k).Kind() != cbor.Null: // length, subset, version, flags, exact
			return "", false
		}
	}
	switch path = e.Get("xpath").String(); path {
	case "/ftyp", "/mfra", "/free", "/skip":
		return path, true
	case "/uuid":
		data := e.Get("data")
		value, _ := data.At(0).Get("value").Bytes()
		offset, known := data.At(0).Get("offset").Int()
		return path, data.Len() == 1 && known && offset == 8 && bytes.Equal(value, manifestUUID)
	case "/mdat":
		subset := e.Get("subset")
		offset, known := subset.At(0).Get("offset").Int()
		length, all := subset.At(0).Get("length").Int()
		return path, subset.Len() == 1 && known && all && offset == treeOffset && length == 0
	}
	return path, false
}

// treeOffset is where, in an mdat box, that begins which a tree hashes: what stands before is hashed with the boxes.
const treeOffset = 16

// hashBoxes hashes the root boxes. It says whether they are the whole file.
func (v *validation) hashBoxes(h hash.Hash, excluded map[string]bool) bool {
	at := int64(0)
	for _, e := range v.file.Elements {
		if e.Span.Offset != at || e.Span.Length < 8 || e.Span.End() > int64(len(v.data)) {
			return false
		}
		at = e.Span.End()
		end := e.Span.End()
		switch {
		case e.Name == "mdat" && excluded["/mdat"]:
			end = min(end, e.Span.Offset+treeOffset)
		case excluded["/"+e.Name] && (e.Name != "uuid" || v.isManifest(e)):
			continue
		}
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(e.Span.Offset)))
		h.Write(v.data[e.Span.Offset:end])
	}
	return at == int64(len(v.data))
}

// isManifest says whether the bytes at offset 8 of a box are those that exclude it.
func (v *validation) isManifest(e container.Element) bool {
	box := v.data[e.Span.Offset:e.Span.End()]
	return len(box) >= 24 && bytes.Equal(box[8:24], manifestUUID)
}
