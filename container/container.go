// Package container splits an image file into the segments, chunks and boxes that carry its metadata, within limits.
//
// It knows JPEG, PNG, TIFF, WebP, GIF, AVIF, HEIC, JPEG XL and SVG. [Parse] gives two views of a file: Elements, in the order of
// the file, for those that hash or rewrite it, and Parts, the pieces of metadata, put together from as many elements as
// they were split into and unpacked. What a part says is not looked at here.
//
// Damage is no error: it is reported as a [Problem] beside everything that was readable, since readers elsewhere show
// such files, and what they show may be personal.
package container

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Kinds of error, for errors.Is.
var (
	// ErrFormat means that the file is in none of the formats.
	ErrFormat = errors.New("not a known image format")
	// ErrTooLarge means that a limit of the whole was passed.
	ErrTooLarge = errors.New("more metadata than is allowed")
)

// Format is a file's format.
type Format string

const (
	JPEG Format = "jpeg"
	PNG  Format = "png"
	TIFF Format = "tiff"
	WebP Format = "webp"
	GIF  Format = "gif"
	AVIF Format = "avif"
	HEIC Format = "heic"
	JXL  Format = "jxl"
	SVG  Format = "svg"
)

// Kind says what a part holds.
type Kind string

const (
	Exif        Kind = "Exif"        // Data is a TIFF structure, from its byte order mark on
	XMP         Kind = "XMP"         // a packet, in whatever encoding
	XMPExtended Kind = "XMPExtended" // what a JPEG's packet had no room for; Name ends in its GUID
	IIM         Kind = "IIM"         // IPTC datasets
	Photoshop   Kind = "Photoshop"   // image resources; those that are parts too (IIM, XMP …) stand in it as well
	ICC         Kind = "ICC"         // a profile
	C2PA        Kind = "C2PA"        // a manifest store, a JUMBF superbox
	JUMBF       Kind = "JUMBF"       // another JUMBF superbox
	Text        Kind = "Text"        // a text with a keyword: see Keyword and Text
	Comment     Kind = "Comment"     // a text without
	MPF         Kind = "MPF"         // the index of the pictures behind a JPEG, a TIFF structure
	Preview     Kind = "Preview"     // another picture; where it is a file, Parse reads it as well
	Trailer     Kind = "Trailer"     // what follows the end of the picture's file
	Other       Kind = "Other"       // a segment, chunk or box for applications that is none of the above; what is found in it is a part too
)

// Span is a range of bytes in the file.
type Span struct{ Offset, Length int64 }

// End is the offset behind the span.
func (s Span) End() int64 { return s.Offset + s.Length }

// Part is one piece of metadata, put together and unpacked.
type Part struct {
	Kind Kind
	Name string // in the format's own words: "APP1", "eXIf", "tEXt Comment", "Exif item 3"
	// Spans are the elements that hold it, headers included, in the order of Data. A part within another has the spans
	// of that. In a TIFF, where no element holds it, it is the value of the entry.
	Spans []Span
	Data  []byte // may alias the file

	within int // 1 + index of the part that this one stands in
	holder holder
	id     int   // of the holder, in the words of the format
	at     int64 // where the directory stands whose entry it is
}

// holder says what a part is where it is not an element of its own.
type holder byte

const (
	inElement  holder = iota
	inResource        // of Photoshop
	inEntry           // of a TIFF directory
	inDirectory
	inItem // of HEIF
	inProperty
)

// Text returns the data of a Text or Comment: as UTF-8 where that is what they are, as UTF-16 behind a byte order mark, and
// as Latin-1 otherwise. A zero ends nothing: what stands behind it is text as well.
func (p Part) Text() string {
	if wide, ok := markedUTF16(p.Data); ok {
		return string(wide)
	}
	if utf8.Valid(p.Data) {
		return string(p.Data)
	}
	runes := make([]rune, len(p.Data))
	for i, b := range p.Data {
		runes[i] = rune(b)
	}
	return string(runes)
}

// Keyword returns what the name of a Text says behind the format's word: "Comment" of "tEXt Comment".
func (p Part) Keyword() string {
	for i := range len(p.Name) {
		if p.Name[i] == ' ' {
			return p.Name[i+1:]
		}
	}
	return ""
}

// Element is one segment, chunk or box.
type Element struct {
	Name    string
	Span    Span // headers, checksums and padding included
	Payload Span
	// Children are the boxes within a box that consists of boxes.
	Children []Element
}

// Problem is one thing that is wrong with a file.
type Problem struct {
	Offset int64
	Reason string // one clause, such as "the file ends within its APP1 segment"
	Unread bool   // what stands there was passed over: it may say anything
}

// File is what was found in one file.
type File struct {
	Format   Format
	Parts    []Part
	Elements []Element
	Problems []Problem
}

// First returns the first part of the kind.
func (f *File) First(kind Kind) (Part, bool) {
	for _, p := range f.Parts {
		if p.Kind == kind {
			return p, true
		}
	}
	return Part{}, false
}

// Limits bound what is taken for one file. A zero field stands for its default.
type Limits struct {
	Elements int   // 262 144, nested ones included; beyond it the file is refused
	Parts    int   // 4 096; beyond it the file is refused
	Part     int64 // bytes of one part after unpacking: 16 MiB; the rest of it is not given
	Unpacked int64 // bytes of all that was compressed or copied: 16 MiB; beyond it nothing more is unpacked
	Problems int   // 64; further ones are not kept
}

func (l Limits) orDefault() Limits {
	set := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	set(&l.Elements, 1<<18)
	set(&l.Parts, 1<<12)
	set(&l.Problems, 64)
	if l.Part <= 0 {
		l.Part = 16 << 20
	}
	if l.Unpacked <= 0 {
		l.Unpacked = 16 << 20
	}
	return l
}

// Detect tells the format by a file's first bytes.
func Detect(data []byte) (Format, bool) {
	for _, f := range formats {
		if f.is(data) {
			return f.Format, true
		}
	}
	return "", false
}

// formats are the known ones: how they begin, and how they are read.
var formats = []struct {
	Format
	is   func([]byte) bool
	read func(*reader)
}{
	{JPEG, begins("\xff\xd8\xff"), (*reader).jpeg},
	{PNG, begins(pngSignature), (*reader).png},
	{TIFF, isTIFF, (*reader).tiff},
	{WebP, isWebP, (*reader).webp},
	{GIF, begins("GIF8"), (*reader).gif},
	{AVIF, isAVIF, (*reader).heif},
	{HEIC, isHEIC, (*reader).heif},
	{JXL, isJXL, (*reader).jxl},
	{SVG, isSVG, (*reader).svg},
}

func begins(with string) func([]byte) bool {
	return func(data []byte) bool { return bytes.HasPrefix(data, []byte(with)) }
}

// Parse finds the elements and parts of a file. The error is [ErrFormat] or [ErrTooLarge]: damage is among the
// Problems.
func Parse(data []byte, limits Limits) (*File, error) {
	r, err := parse(data, limits)
	if err != nil {
		return nil, err
	}
	return r.file, nil
}

func parse(data []byte, limits Limits) (*reader, error) {
	for _, f := range formats {
		if !f.is(data) {
			continue
		}
		r := &reader{data: data, limits: limits.orDefault(), file: &File{Format: f.Format}}
		f.read(r)
		r.lookInto()
		return r, r.err
	}
	return nil, fmt.Errorf("find metadata: %w", ErrFormat)
}
