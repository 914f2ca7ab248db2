package tiffdir

import (
	"bytes"
	"cmp"
	"slices"
)

// Range is a range of bytes in a structure.
type Range struct{ Offset, Length int64 }

func (r Range) end() int64 { return r.Offset + r.Length }

// Pixels lists where the pixels that a directory describes lie: in strips, in tiles, or in the JPEG file of a thumbnail
// (TIFF 6.0, sections 3, 15; Exif 3.0, 4.6.4). It is not exact where the directory does not say how long they are, and
// where further data lie outside of them, as in JPEG of TIFF 6.0.
func (d *Directory) Pixels() (list []Range, exact bool) {
	exact = true
	for _, tags := range [][2]uint16{{0x0111, 0x0117}, {0x0144, 0x0145}, {TagThumbnail, TagThumbnailLength}} {
		offsets, ok := d.Entry(tags[0])
		if !ok {
			continue
		}
		lengths, _ := d.Entry(tags[1])
		for i := range offsets.Len() {
			at, okAt := offsets.Uint(i)
			n, okN := lengths.Uint(i)
			if exact = exact && okAt && okN; okAt && okN && at < 1<<40 && n < 1<<40 {
				list = append(list, Range{int64(at), int64(n)})
			}
		}
	}
	for _, tag := range []uint16{0x0120, 0x0207, 0x0208, 0x0209} {
		if _, ok := d.Entry(tag); ok {
			exact = false
		}
	}
	return list, exact
}

// Rest is what Without leaves of a structure.
type Rest struct {
	Data []byte // as long as the structure was
	// Used are the parts of Data that something points to.
	Used []Range
	// Exact says that Used has all that the pixels need; makers' notes may point elsewhere still.
	Exact bool
}

// Without returns the structure without the entries that drop chooses. What stays stands where it stood, so that the
// offsets of makers' notes stay right; what goes is overwritten with zeros: values, the directories that only they
// point to, the pixels of a thumbnail. A directory of which nothing stays is taken out of its chain. Entries that could
// not be read go wherever another one of their directory does.
func (f *File) Without(drop func(d *Directory, e Entry) bool) *Rest {
	w := &without{File: f, drop: drop, out: bytes.Clone(f.data), gone: make([]bool, len(f.Directories))}
	w.force()
	w.decide()
	for i := range slices.Backward(f.Directories) {
		if w.gone[i] {
			w.unlink(&f.Directories[i])
		}
	}
	rest := &Rest{Data: w.out, Exact: true}
	w.used = append(w.used, Range{0, 8 * (1 + f.layout().word/8)})
	for i := range f.Directories {
		d := &f.Directories[i]
		pixels, exact := d.Pixels()
		switch {
		case w.gone[i]:
			continue
		case len(w.kept[i]) == len(d.Entries):
			w.leave(d)
		default:
			w.write(d, w.kept[i])
		}
		if w.keepsPixels(w.kept[i]) {
			w.used, rest.Exact = append(w.used, pixels...), rest.Exact && exact
		} else {
			w.freed = append(w.freed, pixels...)
		}
	}
	rest.Used = w.used
	w.clear(w.freed)
	return rest
}

// without is the work of Without.
type without struct {
	*File
	drop  func(*Directory, Entry) bool
	out   []byte
	gone  []bool    // by index of directory
	kept  [][]Entry // the same
	used  []Range
	freed []Range
}

// pointer is an entry that points to directories: the directory that it stands in, and its tag.
type pointer struct {
	dir int
	tag uint16
}

// pointerTo is the entry that points to directory i; ok is false for those of the chain.
func (w *without) pointerTo(i int) (p pointer, ok bool) {
	d := &w.Directories[i]
	tags := map[string]uint16{"ExifIFD": TagExif, "GPS": TagGPS, "Interop": TagInterop, "GlobParamIFD": TagGlobal}
	if tag, named := tags[d.Group]; named {
		return pointer{d.Parent, tag}, true
	}
	return pointer{d.Parent, TagSubIFDs}, d.Parent >= 0
}

// force marks directories whose pointer is dropped, and those below them.
func (w *without) force() {
	dropped := map[pointer]bool{}
	for i := range w.Directories {
		d := &w.Directories[i]
		if p, ok := w.pointerTo(i); ok {
			w.gone[i] = w.gone[d.Parent] || dropped[p]
		}
		for _, e := range d.Entries {
			switch e.Tag {
			case TagExif, TagGPS, TagInterop, TagGlobal, TagSubIFDs:
				p := pointer{i, e.Tag}
				dropped[p] = dropped[p] || w.drop(d, e)
			}
		}
	}
}

// decide chooses the entries that stay, from the directories furthest down up: a pointer goes where all that it pointed
// to do.
func (w *without) decide() {
	w.kept = make([][]Entry, len(w.Directories))
	stays := map[pointer]bool{} // false where directories were found, and all go
	for i := range slices.Backward(w.Directories) {
		d := &w.Directories[i]
		for _, e := range d.Entries {
			stay, found := stays[pointer{i, e.Tag}]
			if !w.gone[i] && !w.drop(d, e) && (stay || !found) {
				w.kept[i] = append(w.kept[i], e)
			}
		}
		if len(w.kept[i]) == 0 && len(d.Entries) > 0 && i > 0 {
			w.gone[i] = true
		}
		if p, ok := w.pointerTo(i); ok {
			stays[p] = stays[p] || !w.gone[i]
		}
	}
}

// unlink puts what follows a directory in its place, and notes that all of it goes. It is called for the last first.
func (w *without) unlink(d *Directory) {
	pixels, _ := d.Pixels()
	w.freed = append(append(w.freed, Range{d.Offset, d.Length}), pixels...)
	for _, e := range d.Entries {
		w.free(e)
	}
	word := int(w.layout().word)
	next := make([]byte, word)
	if _, followed := w.seen[d.Next]; followed && w.whole(d) {
		copy(next, w.out[d.Offset+d.Length-int64(word):])
	}
	if d.Pointer+int64(word) <= int64(len(w.out)) {
		copy(w.out[d.Pointer:], next)
	}
}

// whole says that a directory has its pointer to the next.
func (w *without) whole(d *Directory) bool {
	l := w.layout()
	return (d.Length-l.count)%l.entry == l.word
}

// free notes that an entry's value goes.
func (w *without) free(e Entry) { w.freed = append(w.freed, Range{e.Offset, int64(len(e.raw))}) }

// keepsPixels says whether what says where pixels lie is among the entries.
func (w *without) keepsPixels(kept []Entry) bool {
	return slices.ContainsFunc(kept, func(e Entry) bool { return e.Tag == 0x0111 || e.Tag == 0x0144 || e.Tag == TagThumbnail })
}

// leave notes what a directory uses that stays as it is.
func (w *without) leave(d *Directory) {
	w.used = append(w.used, Range{d.Offset, d.Length})
	for _, e := range d.Entries {
		w.used = append(w.used, Range{e.Offset, int64(len(e.raw))})
	}
}

// write puts the entries that stay at the beginning of their directory.
func (w *without) write(d *Directory, kept []Entry) {
	l := w.layout()
	var next []byte
	if w.whole(d) {
		next = bytes.Clone(w.out[d.Offset+d.Length-l.word : d.Offset+d.Length])
	}
	at := d.Offset + l.count
	n := 0 // of kept, which has the order of the entries
	for _, e := range d.Entries {
		if n == len(kept) || kept[n].Field != e.Field {
			w.free(e)
			continue
		}
		n++
		if int64(len(e.raw)) > l.word {
			w.used = append(w.used, Range{e.Offset, int64(len(e.raw))})
		}
		copy(w.out[at:], w.out[e.Field:e.Field+l.entry])
		at += l.entry
	}
	if w.Big {
		w.Order.PutUint64(w.out[d.Offset:], uint64(len(kept)))
	} else {
		w.Order.PutUint16(w.out[d.Offset:], uint16(len(kept)))
	}
	room := w.out[at : d.Offset+d.Length]
	clear(room[copy(room, next):])
	w.used = append(w.used, Range{d.Offset, min(at+l.word, d.Offset+d.Length) - d.Offset})
}

// clear zeros ranges, but for what is in use.
func (w *without) clear(ranges []Range) {
	for _, r := range unused(ranges, w.used, int64(len(w.out))) {
		clear(w.out[r.Offset:r.end()])
	}
}

// unused returns what of the ranges is in none of those in use, and before the end, each byte once: the values of a hostile
// structure may all lie in one place.
func unused(ranges, used []Range, end int64) (list []Range) {
	ranges, used = merged(ranges), merged(used)
	for _, r := range ranges {
		at, stop := r.Offset, min(r.end(), end)
		i, _ := slices.BinarySearchFunc(used, at, func(u Range, at int64) int { return cmp.Compare(u.end(), at) })
		for ; i < len(used) && used[i].Offset < stop; i++ {
			if used[i].Offset > at {
				list = append(list, Range{at, used[i].Offset - at})
			}
			at = max(at, used[i].end())
		}
		if at < stop {
			list = append(list, Range{at, stop - at})
		}
	}
	return list
}

// merged sorts ranges and joins those that meet.
func merged(ranges []Range) (list []Range) {
	slices.SortFunc(ranges, func(a, b Range) int { return cmp.Compare(a.Offset, b.Offset) })
	for _, r := range ranges {
		if n := len(list); n > 0 && r.Offset <= list[n-1].end() {
			list[n-1].Length = max(list[n-1].end(), r.end()) - list[n-1].Offset
		} else {
			list = append(list, r)
		}
	}
	return list
}

// ClearUnused overwrites all that nothing points to, and says where the last of what is in use ends. It does nothing
// where that is not known exactly.
func (r *Rest) ClearUnused() (end int64) {
	all := int64(len(r.Data))
	if !r.Exact {
		return all
	}
	for _, gap := range unused([]Range{{0, all}}, r.Used, all) {
		clear(r.Data[gap.Offset:gap.end()])
	}
	for _, u := range r.Used {
		end = max(end, min(u.end(), all))
	}
	return end
}
