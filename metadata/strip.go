package metadata

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/safelight-dev/safelight/container"
)

// ErrRemains means that something refused could not be taken out, and that there is no result.
var ErrRemains = errors.New("metadata remains")

// Rules say what Strip leaves in a file. The zero value leaves the picture, how it lies and its colour profile.
type Rules struct {
	// Keep says which fields stay; nil keeps none. It is not asked about tags that the pixels need.
	Keep func(Field) bool
	// Pictures keeps thumbnails and previews, unless their own metadata have fields that are refused.
	Pictures bool
	// MakerNotes keeps data of cameras' makers.
	MakerNotes bool
	// Manifests keeps C2PA manifests and other JUMBF boxes. What they sign of the file no longer matches once anything
	// else has changed.
	Manifests bool
	// Others keeps what is not known: data of applications, resources of Photoshop, what follows the end of the file.
	Others bool
	// DropProfile drops the colour profile, which changes what the pixels look like.
	DropProfile bool
}

// KeepClasses keeps fields by their class.
func KeepClasses(classes ...Class) func(Field) bool {
	return func(f Field) bool { return slices.Contains(classes, f.Class) }
}

// Strip returns the same picture with those metadata only that the rules keep: coded pixels are the same bytes. Where a
// part has fields of both kinds it is written anew: XMP with the properties that stay, IPTC with the datasets; in Exif
// what goes is overwritten where it stood. Errors are those of container.Rewrite, and [ErrRemains].
func Strip(data []byte, rules Rules) ([]byte, error) {
	f, err := container.Parse(data, container.Limits{})
	if err != nil {
		return nil, fmt.Errorf("strip metadata: %w", err)
	}
	s := stripper{rules: rules, format: f.Format}
	out, err := container.Rewrite(data, s.edit)
	if err != nil {
		return nil, fmt.Errorf("strip metadata: %w", err)
	}
	if left := s.refusedIn(out); left != "" {
		return nil, fmt.Errorf("strip metadata: %w: %s would stay", ErrRemains, left)
	}
	return out, nil
}

// stripper decides about the parts of one file.
type stripper struct {
	rules  Rules
	format container.Format
}

// keeps asks the rules about a field, whose class it fills in.
func (s stripper) keeps(f Field) bool {
	f.Class = ruleOf(&f).class
	return s.rules.Keep != nil && s.rules.Keep(f)
}

// edit gives what stays of a part. It leaves alone what it has given.
func (s stripper) edit(p container.Part) (data []byte, keep bool) {
	switch p.Kind {
	case container.Exif:
		return s.exif(p)
	case container.XMP, container.XMPExtended:
		return s.xmp(p.Data)
	case container.IIM:
		return s.iim(p.Data)
	case container.Text:
		group, name := textName(p)
		return p.Data, s.keeps(Field{Standard: Text, Group: group, Name: name, Value: p.Text()})
	case container.Comment:
		return p.Data, s.keeps(Field{Standard: Comment, Group: p.Name, Name: "Comment", Value: p.Text()})
	case container.ICC:
		return p.Data, !s.rules.DropProfile && (isProfile(p.Data) || !worded(p.Data)) // nobody shows colours by what is none
	case container.C2PA, container.JUMBF:
		return p.Data, s.rules.Manifests
	case container.Preview:
		return p.Data, s.rules.Pictures && s.refusedIn(p.Data) == ""
	case container.MPF:
		return p.Data, s.rules.Pictures
	}
	return p.Data, s.rules.Others
}

// iim writes the datasets that stay. Those that say how the others are to be read go with the last of them.
func (s stripper) iim(block []byte) (left []byte, keep bool) {
	sets, _, _ := readDatasets(block)
	decode := decoder(sets)
	for _, set := range sets {
		f := set.field(decode)
		switch {
		case f.ID == iimPreview && !s.rules.Pictures, !frames(f.ID) && f.ID != iimPreview && !s.keeps(f):
			continue
		case !frames(f.ID):
			keep = true
		}
		left = append(left, set.raw...)
	}
	if bytes.HasPrefix(block, left) && len(bytes.Trim(block[len(left):], "\x00")) == 0 {
		left = block
	}
	return left, keep
}

// frames tells the datasets of the version and of the character set.
func frames(id int) bool { return id == 1<<8 || id == 2<<8 || id == iimCharset }

// refusedIn names the first thing in a file that the rules refuse; it is empty for what is no image file.
func (s stripper) refusedIn(data []byte) string {
	f, err := container.Parse(data, container.Limits{})
	if errors.Is(err, container.ErrFormat) {
		return ""
	}
	if err != nil {
		return "what cannot be read"
	}
	d := ReadFile(f, Limits{})
	if len(d.Unread()) > 0 && !s.rules.Others {
		return "what cannot be read"
	}
	inner := stripper{rules: s.rules, format: f.Format}
	for _, field := range d.Fields {
		if !inner.stays(&field) {
			return field.Standard.String() + " " + field.Name
		}
	}
	switch {
	case len(d.MakerNotes) > 0 && !s.rules.MakerNotes:
		return "a maker note"
	case len(d.Trailers) > 0 && !s.rules.Others:
		return "what follows the end"
	}
	for _, p := range d.Pictures {
		shown := f.Format == container.SVG && p.Where == "image data" // a part of the picture, whose own parts are stripped
		if !shown && !s.rules.Pictures && p.Where != "MakerNote" && f.Format != container.TIFF {
			return "the picture " + p.Where
		}
	}
	return ""
}

// stays tells whether a field may be in the result.
func (s stripper) stays(f *Field) bool {
	switch {
	case f.Standard == ICC:
		return !s.rules.DropProfile
	case f.Standard == Exif && f.Group == groupMaker:
		return s.rules.MakerNotes
	case f.Standard == Exif && ownTags(f.Group) && (needed(f.ID) || f.ID == tagMakerNote || f.ID == tagPrivate):
		return true
	case f.Standard == IIM && frames(f.ID):
		return true
	case f.Standard == Photoshop:
		return s.rules.Others
	}
	return s.keeps(*f)
}
