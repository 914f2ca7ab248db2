package tiffdir

import "fmt"

// layout is what differs between classic TIFF and BigTIFF.
type layout struct{ count, entry, word int64 }

func (f *File) layout() layout {
	if f.Big {
		return layout{8, 20, 8}
	}
	return layout{2, 12, 4}
}

// link is a pointer to a directory.
type link struct {
	to, from int64 // what it says and where it stands
	parent   int   // the directory whose entry it is, or -1
}

// chain reads directories that point to their next: name0 (without the 0 for sub-images), name1 ….
func (f *File) chain(at link, name string, index int) {
	for ; at.to != 0; index++ {
		group := fmt.Sprintf("%s%d", name, index)
		if index == 0 && name != "IFD" {
			group = name
		}
		self := len(f.Directories)
		if !f.directory(at, group) {
			return
		}
		d := &f.Directories[self]
		at.to, at.from = d.Next, d.Offset+d.Length-f.layout().word
	}
}

// directory reads the directory that a pointer leads to and those that its entries point to. It is false where there is
// none, or where it has been read: pointers may form a loop.
func (f *File) directory(by link, group string) bool {
	l, at := f.layout(), by.to
	if at < 8 || at > int64(len(f.data))-l.count {
		f.problem(at, "%s lies outside of the file, at byte %d", group, at)
		return false
	}
	if before, again := f.seen[at]; again {
		f.problem(at, "%s is the directory %s again", group, before)
		return false
	}
	if len(f.Directories) >= f.limits.Directories {
		f.passOver(at, "%s is beyond the limit of %d directories", group, f.limits.Directories)
		return false
	}
	f.seen[at] = group
	count := f.counted(at, group, l)
	self := len(f.Directories)
	end := at + l.count + count*l.entry
	f.Directories = append(f.Directories, Directory{Group: group, Parent: by.parent, Pointer: by.from, Offset: at, Length: end - at})
	if !f.readEntries(self, count, l) {
		return false
	}
	if _, whole := f.Bytes(end, l.word); whole {
		f.Directories[self].Length += l.word
		f.Directories[self].Next = f.offset(end, int(l.word))
	}
	f.follow(self)
	return true
}

// counted reads a directory's number of entries, no more than lie in the file and within the limit.
func (f *File) counted(at int64, group string, l layout) int64 {
	count := int64(f.Order.Uint16(f.data[at:]))
	if f.Big {
		count = f.offset(at, 8)
	}
	if fit := (int64(len(f.data)) - at - l.count) / l.entry; count > fit || count < 0 {
		f.problem(at, "%s states %d entries, of which %d lie in the file", group, count, fit)
		count = fit
	}
	if left := int64(f.limits.Entries - f.entries); count > left {
		f.passOver(at, "%s has %d entries, and %d are left of the limit of %d", group, count, left, f.limits.Entries)
		count = left
	}
	f.entries += int(count)
	return count
}

// readEntries reads the entries of a directory. It gives up where the first one has no known type: then there is no
// directory there, though an entry of zeros may be a placeholder.
func (f *File) readEntries(self int, count int64, l layout) bool {
	d := &f.Directories[self]
	d.Entries = make([]Entry, 0, count)
	for i := range count {
		at := d.Offset + l.count + i*l.entry
		e := Entry{Tag: f.Order.Uint16(f.data[at:]), Type: Type(f.Order.Uint16(f.data[at+2:])), Field: at, order: f.Order}
		size := int64(e.Type.Size())
		if size == 0 {
			tell := f.passOver
			if i == 0 || e.Type == 0 { // nothing is there
				tell = f.problem
			}
			if tell(at, "entry 0x%04x of %s has the unknown type %d", e.Tag, d.Group, e.Type); i == 0 && (e.Tag != 0 || e.Type != 0) {
				return false
			}
			continue
		}
		e.Count = f.offset(at+4, int(l.word))
		if e.Count < 0 || e.Count > int64(len(f.data))/size {
			f.problem(at, "entry 0x%04x of %s states %d values, more than the file has room for", e.Tag, d.Group, e.Count)
			continue
		}
		e.Offset = at + 4 + l.word
		if e.Count*size > l.word {
			e.Offset = f.offset(e.Offset, int(l.word))
		}
		raw, ok := f.Bytes(e.Offset, e.Count*size)
		if !ok {
			f.problem(at, "the value of entry 0x%04x of %s lies outside of the file", e.Tag, d.Group)
			continue
		}
		e.raw = raw
		d.Entries = append(d.Entries, e)
	}
	return true
}

// maxDepth bounds directories within directories: the deepest that is known, the sub-image of a sub-image, is three.
const maxDepth = 16

// follow reads the directories that the entries of one point to.
func (f *File) follow(self int) {
	depth := 0
	for p := self; p >= 0; p = f.Directories[p].Parent {
		depth++
	}
	if depth > maxDepth {
		f.passOver(f.Directories[self].Offset, "%s lies %d directories deep, what it points to is not read", f.Directories[self].Group, depth)
		return
	}
	for _, e := range f.Directories[self].Entries {
		switch e.Tag {
		case TagExif:
			f.pointer(e, "ExifIFD", self)
		case TagGPS:
			f.pointer(e, "GPS", self)
		case TagInterop:
			f.pointer(e, "Interop", self)
		case TagGlobal:
			f.pointer(e, "GlobParamIFD", self)
		case TagSubIFDs:
			for i := range e.Len() {
				if f.pointers++; f.pointers > 2*f.limits.Directories {
					f.passOver(e.Field, "%s points to more than %d sub-images", f.Directories[self].Group, i)
					return
				}
				if at, ok := e.Uint(i); ok && at <= uint64(len(f.data)) {
					f.chain(link{int64(at), e.Offset + int64(i*e.Type.Size()), self}, "SubIFD", i)
				}
			}
		}
	}
}

func (f *File) pointer(e Entry, group string, self int) {
	at, ok := e.Uint(0)
	if !ok || at > uint64(len(f.data)) {
		f.problem(e.Field, "the pointer to %s lies outside of the file", group)
		return
	}
	f.directory(link{int64(at), e.Offset, self}, group)
}
