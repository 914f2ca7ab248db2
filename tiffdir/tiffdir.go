// Package tiffdir walks the image file directories of TIFF and Exif within limits.
//
// It reads classic TIFF (TIFF 6.0, 1992) and BigTIFF (2007) in both byte orders, the chain of main directories, and the
// directories that entries point to: Exif, GPS and interoperability (Exif 3.0, 4.6.3), sub-images (TIFF/EP; Adobe
// PageMaker 6.0 TIFF Technical Notes). Values stay where they lie in the file and are decoded when asked for, so that
// a file that promises gigabytes costs nothing. Damage is reported as a [Problem], and what was readable is given.
package tiffdir

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrFormat means that the bytes do not begin as a TIFF does.
var ErrFormat = errors.New("not a TIFF structure")

// Limits bound what is read of one structure. A zero field stands for its default.
type Limits struct {
	Directories int // 512
	Entries     int // of all directories together: 65 536
	Problems    int // 64; further ones are not kept
}

func (l Limits) orDefault() Limits {
	for _, f := range []struct {
		v   *int
		def int
	}{{&l.Directories, 512}, {&l.Entries, 1 << 16}, {&l.Problems, 64}} {
		if *f.v <= 0 {
			*f.v = f.def
		}
	}
	return l
}

// Problem is one thing that is wrong with a structure.
type Problem struct {
	Offset int64  // from the structure's first byte
	Reason string // one clause, such as "entry 0x010f of IFD0 lies outside of the file"
	Unread bool   // what stands in the structure was passed over: it may say anything
}

// File is what was read of one structure.
type File struct {
	Order       binary.ByteOrder
	Big         bool        // BigTIFF
	Directories []Directory // depth first: IFD0, what it points to, IFD1 …
	Problems    []Problem
	data        []byte
	limits      Limits
	entries     int
	pointers    int              // to sub-images, followed or not
	unread      bool             // a problem says that something was passed over
	seen        map[int64]string // offset of a directory → its group
}

// Directory is one image file directory.
type Directory struct {
	// Group is ExifTool's name for it: IFD0, IFD1 … of the chain, ExifIFD, GPS, Interop, GlobParamIFD, SubIFD, SubIFD1 ….
	Group   string
	Parent  int   // index in File.Directories of the one that points here; -1 for the chain
	Pointer int64 // offset of the pointer that leads here
	Offset  int64 // of its count
	Length  int64 // of count, entries and the pointer to the next, as far as they lie in the file
	Next    int64 // what that pointer says; 0 at the end of the chain
	Entries []Entry
}

// Entry returns the first entry of the tag.
func (d *Directory) Entry(tag uint16) (Entry, bool) {
	for _, e := range d.Entries {
		if e.Tag == tag {
			return e, true
		}
	}
	return Entry{}, false
}

// Find returns the first entry of the tag in a directory of the group.
func (f *File) Find(group string, tag uint16) (Entry, bool) {
	for i := range f.Directories {
		if f.Directories[i].Group != group {
			continue
		}
		if e, ok := f.Directories[i].Entry(tag); ok {
			return e, true
		}
	}
	return Entry{}, false
}

// Tags that point to directories, or to embedded pictures.
const (
	TagSubIFDs         = 0x014a
	TagExif            = 0x8769
	TagGPS             = 0x8825
	TagInterop         = 0xa005
	TagGlobal          = 0x0190 // GlobalParametersIFD (TIFF-FX, RFC 3949)
	TagThumbnail       = 0x0201 // JPEGInterchangeFormat
	TagThumbnailLength = 0x0202
)

// Parse walks the directories of a structure that begins with its byte order mark: a TIFF file, or what follows
// "Exif\0\0". The only error is [ErrFormat].
//
// What writers get wrong and readers forgive, is forgiven with a Problem: a magic number other than 42 or 43, and
// directories in the other byte order than the mark says.
func Parse(data []byte, limits Limits) (*File, error) {
	f := &File{data: data, limits: limits.orDefault(), seen: map[int64]string{}}
	first, err := f.header()
	if err != nil {
		return nil, err
	}
	at := link{to: first, from: 4, parent: -1}
	if f.Big {
		at.from = 8
	}
	f.chain(at, "IFD", 0)
	return f, nil
}

// header reads byte order, magic number and the offset of the first directory (TIFF 6.0, section 2; BigTIFF has
// offset size and a constant between).
func (f *File) header() (first int64, err error) {
	if len(f.data) < 8 {
		return 0, fmt.Errorf("%w: it has %d bytes, a header has 8", ErrFormat, len(f.data))
	}
	switch string(f.data[:2]) {
	case "II":
		f.Order = binary.LittleEndian
	case "MM":
		f.Order = binary.BigEndian
	default:
		return 0, fmt.Errorf("%w: it begins with %q, not with a byte order", ErrFormat, f.data[:2])
	}
	switch magic := f.Order.Uint16(f.data[2:]); {
	case magic == 43 && len(f.data) >= 16:
		f.Big = true
		return f.offset(8, 8), nil
	case magic == 42<<8 || magic == 43<<8:
		f.Order = reversed(f.Order)
		f.problem(0, "it is in the other byte order than its mark says")
	case magic != 42:
		f.problem(2, "the magic number is %d, not 42", magic)
	}
	first = f.offset(4, 4)
	f.mendOrder(first)
	return first, nil
}

// mendOrder turns the byte order round where the first directory makes sense in the other order alone.
func (f *File) mendOrder(first int64) {
	if other := reversed(f.Order); !plausible(f.data, first, f.Order) && plausible(f.data, first, other) {
		f.Order = other
		f.problem(0, "its directories are in the other byte order than its mark says")
	}
}

func reversed(order binary.ByteOrder) binary.ByteOrder {
	if order == binary.ByteOrder(binary.BigEndian) {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

// plausible says that a directory of known types begins there.
func plausible(data []byte, at int64, order binary.ByteOrder) bool {
	if at < 8 || at > int64(len(data))-14 {
		return false
	}
	n, t := order.Uint16(data[at:]), Type(order.Uint16(data[at+4:]))
	return n > 0 && (n < 256 || int64(n)*12 <= int64(len(data))-at) && (t.Size() > 0 || t == 0)
}

// offset reads an unsigned number of 4 or 8 bytes; beyond an int64 it is -1, which lies in no file.
func (f *File) offset(at int64, size int) int64 {
	if size == 4 {
		return int64(f.Order.Uint32(f.data[at:]))
	}
	v := f.Order.Uint64(f.data[at:])
	if v > 1<<62 {
		return -1
	}
	return int64(v)
}

func (f *File) problem(offset int64, format string, args ...any) {
	if len(f.Problems) < f.limits.Problems {
		f.Problems = append(f.Problems, Problem{Offset: offset, Reason: fmt.Sprintf(format, args...)})
	}
}

// passOver is problem, for what is there and not read. The first is kept however many problems there are: in the place of
// the last.
func (f *File) passOver(offset int64, format string, args ...any) {
	if full := len(f.Problems) >= f.limits.Problems; full && f.unread {
		return
	} else if full {
		f.Problems = f.Problems[:f.limits.Problems-1]
	}
	f.unread = true
	f.Problems = append(f.Problems, Problem{offset, fmt.Sprintf(format, args...), true})
}

// Bytes returns a part of the structure, which aliases it; ok is false where it does not lie inside.
func (f *File) Bytes(offset, length int64) (b []byte, ok bool) {
	if offset < 0 || length < 0 || offset > int64(len(f.data)) || length > int64(len(f.data))-offset {
		return nil, false
	}
	return f.data[offset : offset+length : offset+length], true
}

// Thumbnail returns the JPEG file that a directory embeds by JPEGInterchangeFormat and its length (Exif 3.0, 4.6.4), as
// IFD1 does. It aliases the structure, and is cut off where the structure ends.
func (f *File) Thumbnail(d *Directory) (jpeg []byte, offset int64, ok bool) {
	at, found := d.Entry(TagThumbnail)
	size, sized := d.Entry(TagThumbnailLength)
	if !found || !sized {
		return nil, 0, false
	}
	o, okO := at.Uint(0)
	n, okN := size.Uint(0)
	if !okO || !okN || o >= uint64(len(f.data)) || n == 0 {
		return nil, 0, false
	}
	n = min(n, uint64(len(f.data))-o)
	return f.data[o : o+n : o+n], int64(o), true
}
