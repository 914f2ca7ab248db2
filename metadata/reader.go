package metadata

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/container"
)

// Document is what the metadata of a file say.
type Document struct {
	Format     container.Format
	Fields     []Field
	Pictures   []Picture
	Regions    []Region
	Profile    *Profile // nil if there is none
	MakerNotes []MakerNote
	Trailers   []Trailer
	Problems   []Problem
	Parts      []Part
}

// Passed is a place in a file where something was passed over.
type Passed struct {
	Place  string // the kind of the part; empty for the file itself
	Reason string // why, in one English sentence that quotes no value
}

// Unread tells where something in the file, or in a picture within it, was passed over, so that nobody can say that it is
// clean.
func (d *Document) Unread() []Passed {
	var list []Passed
	for _, p := range d.Problems {
		switch {
		case p.Unread && p.Part >= 0 && p.Part < len(d.Parts):
			list = append(list, Passed{string(d.Parts[p.Part].Kind), p.Reason})
		case p.Unread:
			list = append(list, Passed{"", p.Reason})
		}
	}
	for _, p := range d.Pictures {
		if p.Document != nil {
			list = append(list, p.Document.Unread()...)
		}
	}
	return list
}

// Part is one part of the container, without its bytes.
type Part struct {
	Kind container.Kind
	Name string
	Size int
}

// Trailer is what follows the end of the picture's file, or data of an application that are of no known kind and hold a text.
type Trailer struct {
	Name string // as package container names it
	Size int
	Part int
}

// Read reads the metadata of an image file. The errors are those of container.Parse: a format that is not known, or
// more parts than its limits allow. Damage is among the document's problems.
func Read(data []byte, limits Limits) (*Document, error) {
	f, err := container.Parse(data, container.Limits{})
	if err != nil {
		return nil, fmt.Errorf("read metadata: %w", err)
	}
	return ReadFile(f, limits), nil
}

// ReadFile reads the metadata of a file that has been parsed.
func ReadFile(f *container.File, limits Limits) *Document {
	return readNested(f, &budget{Limits: limits.orDefault()}, 0)
}

// maxNesting bounds pictures within pictures that are looked into, and maxWithin what all of them may unpack.
const (
	maxNesting = 2
	maxWithin  = 16 << 20
)

// budget is what is left of the limits, for a file and all pictures within it: bytes of a file may be stated to be part
// of many things.
type budget struct {
	Limits
	text, fields, pictures, packets, structures, within, searched int // spent so far
	full                                                          bool
}

func readNested(f *container.File, left *budget, depth int) *Document {
	r := &reader{budget: left, doc: &Document{Format: f.Format}, format: f.Format, depth: depth}
	for _, p := range f.Problems {
		tell := r.problem
		if p.Unread {
			tell = r.passOver
		}
		tell(-1, "%s", p.Reason)
	}
	r.doc.Parts = make([]Part, len(f.Parts))
	for i, p := range f.Parts {
		r.doc.Parts[i] = Part{p.Kind, p.Name, len(p.Data)}
		r.part(i, p)
	}
	return r.doc
}

// reader collects what is found in one file.
type reader struct {
	*budget
	doc    *Document
	format container.Format
	depth  int  // of pictures within pictures
	passed bool // a problem says that something was passed over

	structure []byte // the Exif structure being read
}

func (r *reader) part(i int, p container.Part) {
	switch p.Kind {
	case container.Exif:
		r.exif(p.Data, i)
	case container.XMP, container.XMPExtended:
		r.xmp(p.Data, i)
	case container.IIM:
		r.iim(p.Data, i)
	case container.Photoshop:
		r.photoshop(p.Data, i)
	case container.ICC:
		r.icc(p.Data, i)
	case container.Text:
		r.texts(Text, p, i)
	case container.Comment:
		r.texts(Comment, p, i)
	case container.Preview:
		r.picture(Picture{Kind: "preview", Where: p.Name, Data: p.Data, Part: i})
	case container.Trailer, container.Other:
		if p.Kind == container.Other && !attached(p) {
			return
		}
		r.doc.Trailers = append(r.doc.Trailers, Trailer{p.Name, len(p.Data), i})
	}
}

// attached tells data of applications in which somebody may have written something: those that hold a text, apart from
// what programs and cameras always write.
func attached(p container.Part) bool {
	for _, known := range [...]string{"tIME", "jbrd", "APP0", "APP2 FPXR", "APP2 urn:iso:std:iso:ts:21496", "APP12 Ducky", "vpAg", "orNT", "caNv", "crtt", "mdft", "21FF ImageMagick", "uuid C2PA"} {
		if strings.HasPrefix(strings.TrimPrefix(p.Name, "jbrd "), known) {
			return false
		}
	}
	return worded(p.Data)
}

// worded tells bytes that hold a text.
func worded(data []byte) bool {
	const word = 6 // letters and digits in a row: bytes at random seldom have as many
	run := 0
	for _, c := range data[:min(len(data), maxValueBytes)] {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '@' || c == '.' || c == ' ' {
			if run++; run >= word {
				return true
			}
		} else if c != 0 {
			run = 0
		}
	}
	return false
}

// texts takes a text chunk or a comment.
func (r *reader) texts(standard Standard, p container.Part, part int) {
	if !r.spend(len(p.Data), part) {
		return
	}
	group, name := p.Name, "Comment"
	if standard == Text {
		group, name = textName(p)
	}
	r.add(Field{Standard: standard, Group: group, Name: name, Value: strings.TrimRight(p.Text(), "\x00"), Part: part})
}

// textName cuts the name of a text into the kind of its chunk and its keyword.
func textName(p container.Part) (group, keyword string) {
	group, keyword, _ = strings.Cut(p.Name, " ")
	return group, keyword
}

// spend takes bytes of the limit of all values.
func (r *reader) spend(n, part int) bool {
	if r.text += n; r.text <= r.Text && r.fields < r.Fields {
		return true
	}
	r.fill(part)
	return false
}

// fill says, once, that there is no room for more.
func (r *reader) fill(part int) {
	if !r.full {
		r.full = true
		r.passOver(part, "there are more than %d fields or %d bytes of values: the rest is not read", r.Fields, r.Text)
	}
}

// add keeps a field, with its class.
func (r *reader) add(f Field) {
	if r.fields++; r.fields > r.Fields {
		r.fill(f.Part)
		return
	}
	rule := ruleOf(&f)
	f.Class = rule.class
	// Data in base 64, as programs keep them in XMP, hold none of these.
	if rule.text && len(f.Value) > longestText && strings.ContainsAny(f.Value[longestText:], " @") {
		r.passOver(f.Part, "a text has %d bytes, of which %d are looked into", len(f.Value), longestText)
	}
	if searches(rule, f.Value) {
		if r.searched += min(len(f.Value), longestText); r.searched > maxSearched {
			r.passOver(f.Part, "the texts have more than %d bytes; the rest is not looked into", maxSearched)
		}
	}
	r.doc.Fields = append(r.doc.Fields, f)
}

func (r *reader) problem(part int, format string, args ...any) {
	if len(r.doc.Problems) < r.Problems {
		r.doc.Problems = append(r.doc.Problems, Problem{Part: part, Reason: fmt.Sprintf(format, args...)})
	}
}

// passOver is problem, for what is there and not read. The first is kept however many problems there are: in the place of
// the last.
func (r *reader) passOver(part int, format string, args ...any) {
	if full := len(r.doc.Problems) >= r.Problems; full && r.passed {
		return
	} else if full {
		r.doc.Problems = r.doc.Problems[:r.Problems-1]
	}
	r.passed = true
	r.doc.Problems = append(r.doc.Problems, Problem{part, fmt.Sprintf(format, args...), true})
}

// picture keeps a picture within the picture, and what its own metadata say if it is a file of its own.
func (r *reader) picture(p Picture) {
	if len(p.Data) == 0 {
		return
	}
	if r.pictures++; r.pictures > r.Pictures {
		r.passOver(p.Part, "there are more than %d pictures within the picture", r.Pictures)
		return
	}
	if _, known := container.Detect(p.Data); known {
		r.pictureFile(&p)
	}
	r.doc.Pictures = append(r.doc.Pictures, p)
}

// pictureFile reads what a picture within the picture says of itself.
func (r *reader) pictureFile(p *Picture) {
	f, err := container.Parse(p.Data, container.Limits{Unpacked: max(1, maxWithin-int64(r.within))})
	switch {
	case err != nil:
		r.passOver(p.Part, "%s: %v", p.Where, err)
		return
	case f.Format != container.JPEG: // there nothing is compressed
		for _, part := range f.Parts {
			r.within += len(part.Data)
		}
	}
	switch {
	case len(f.Parts) == 0 && !slices.ContainsFunc(f.Problems, func(p container.Problem) bool { return p.Unread }):
	case r.depth < maxNesting:
		p.Document = readNested(f, r.budget, r.depth+1)
	case slices.ContainsFunc(f.Parts, func(p container.Part) bool { return p.Kind != container.ICC && p.Kind != container.Other }):
		r.passOver(p.Part, "%s: pictures lie more than %d deep within each other", p.Where, maxNesting)
	}
}

// opaque stands for bytes that are no text: their number and the beginning of their digest, by which two can be told
// apart. Of very many, those at the beginning are digested.
func opaque(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	sum := sha256.Sum256(b[:min(len(b), maxValueBytes)])
	return strconv.Itoa(len(b)) + " bytes, SHA-256 " + hex.EncodeToString(sum[:8])
}
