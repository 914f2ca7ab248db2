package main

import (
	"bytes"
	"encoding/binary"
	"iter"

	"github.com/safelight-dev/safelight/pixels"
)

// gainMap says in a sentence, if there is one, that a file of the ISO base media kind holds a gain map: the pixels are
// those of the base image. Apple names its own by a URN, ISO 21496-1 by an item of type tmap; in JPEG XL it is a box.
func gainMap(data []byte) []string {
	meta := box(data, "meta")
	if bytes.Contains(meta, []byte("aux:hdrgainmap")) || bytes.Contains(box(meta[min(len(meta), 4):], "iinf"), []byte("tmap")) || box(data, "jhgm") != nil {
		return []string{pixels.Remark{Kind: pixels.NativeGainMap}.String()}
	}
	return nil
}

// hevcChroma is the chroma subsampling of the pictures of a HEIC file, by their decoder configurations (ISO/IEC 14496-15,
// 8.3.2.1): empty where they differ. Those without chroma, alpha for example, do not count.
func hevcChroma(data []byte) string {
	meta := box(data, "meta")
	properties := box(box(meta[min(len(meta), 4):], "iprp"), "ipco")
	format := byte(0)
	for body := range boxes(properties, "hvcC") {
		if len(body) < 17 || body[16]&3 == 0 {
			continue
		}
		if format != 0 && format != body[16]&3 {
			return ""
		}
		format = body[16] & 3
	}
	return [...]string{"", "4:2:0", "4:2:2", "4:4:4"}[format]
}

// box returns the body of the first box of that type among boxes, or nil.
func box(data []byte, kind string) []byte {
	for body := range boxes(data, kind) {
		return body
	}
	return nil
}

// boxes yields the bodies of all boxes of that type among boxes.
func boxes(data []byte, kind string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for rest := data; len(rest) >= 8; {
			head, size := measure(rest)
			if size < head || size > uint64(len(rest)) {
				return
			}
			if string(rest[4:8]) == kind && !yield(rest[head:size:size]) {
				return
			}
			rest = rest[size:]
		}
	}
}

// cut says that the last box reaches beyond the end of the file.
func cut(data []byte) bool {
	for len(data) >= 8 {
		head, size := measure(data)
		if size < head {
			return false
		}
		if size > uint64(len(data)) {
			return true
		}
		data = data[size:]
	}
	return len(data) > 0
}

// measure returns the size of a box, of at least 8 bytes, and of the head within it (ISO/IEC 14496-12, 4.2).
func measure(box []byte) (head, size uint64) {
	switch size = uint64(binary.BigEndian.Uint32(box)); {
	case size == 0: // to the end of the file
		return 8, uint64(len(box))
	case size == 1 && len(box) >= 16:
		return 16, binary.BigEndian.Uint64(box[8:])
	}
	return 8, size
}
