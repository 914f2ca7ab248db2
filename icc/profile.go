package icc

import (
	"encoding/binary"
	"slices"
	"sync"
)

// Limits of what is read. Profiles of printers have about 0.5 to 3 MiB, and about 10 to 40 tags.
const (
	MaxProfile = 4 << 20
	maxTags    = 100 // as in Little CMS
	headerSize = 128
)

// Space is the colour space of the device: what the samples of the picture are.
type Space uint8

// Spaces, in the order of the samples that [Transform.Row8] takes.
const (
	Gray Space = iota + 1
	RGB
	CMYK // 0 is no ink; pictures that Adobe software wrote are the other way round, which is the caller's to undo
	Lab  // L* 0 to 100 over the whole range, a* and b* with 128 (8 bits) or 32 896 (16 bits) for 0
)

// Channels is the number of samples a pixel has.
func (s Space) Channels() int {
	switch s {
	case Gray:
		return 1
	case CMYK:
		return 4
	}
	return 3
}

func (s Space) String() string {
	switch s {
	case Gray:
		return "grey"
	case RGB:
		return "RGB"
	case CMYK:
		return "CMYK"
	case Lab:
		return "Lab"
	}
	return "unknown"
}

// Profile says what the samples of a picture mean. It is immutable and safe for concurrent use.
type Profile struct {
	description string
	space       Space
	version     byte // major
	class       string
	labPCS      bool
	tags        map[string][]byte
	made        *shaper // of a profile that colour tags describe; nil if tags do
	srgb        func() bool
}

// Parse reads header, tag table and description of a profile (ICC.1:2001-04 or ICC.1:2022, versions 2 and 4). What
// the other tags hold is read by [NewTransform]. The errors are of kind ErrDamaged and ErrUnsupported.
func Parse(profile []byte) (*Profile, error) {
	switch {
	case len(profile) > MaxProfile:
		return nil, unsupported("it has %d bytes, more than %d", len(profile), MaxProfile)
	case len(profile) < headerSize+4:
		return nil, damaged("its %d bytes are too few for a header", len(profile))
	case string(profile[36:40]) != "acsp":
		return nil, damaged("it lacks the signature of a profile")
	}
	p := &Profile{version: profile[8], class: string(profile[12:16])}
	if err := p.spaces(string(profile[16:20]), string(profile[20:24])); err != nil {
		return nil, err
	}
	// The caller's bytes may change after Parse: they are often a slice of the file.
	p.tags = tagTable(slices.Clone(profile))
	p.description = description(p.tags["desc"])
	p.srgb = sync.OnceValue(p.measuresSRGB)
	return p, nil
}

// spaces takes class, device space and connection space of the header (ICC.1:2022, 7.2.7 to 7.2.9).
func (p *Profile) spaces(device, pcs string) error {
	switch p.class {
	case "scnr", "mntr", "prtr", "spac":
	default:
		return unsupported("a profile of class %q describes no picture", p.class)
	}
	switch device {
	case "GRAY":
		p.space = Gray
	case "RGB ":
		p.space = RGB
	case "CMYK":
		p.space = CMYK
	case "Lab ":
		p.space = Lab
	default:
		return unsupported("it is for samples of %q, not of grey, RGB, CMYK or Lab", device)
	}
	switch pcs {
	case "XYZ ":
	case "Lab ":
		p.labPCS = true
	default:
		return damaged("its connection space is %q, neither XYZ nor Lab", pcs)
	}
	return nil
}

// tagTable reads the tag table (ICC.1:2022, 7.3). Like Little CMS it passes over tags that are not inside the profile,
// since most pictures with such a profile have all the tags that matter; of two tags of a name the first counts.
func tagTable(profile []byte) map[string][]byte {
	count := min(binary.BigEndian.Uint32(profile[headerSize:]), maxTags)
	tags := make(map[string][]byte, count)
	for table := profile[headerSize+4:]; count > 0 && len(table) >= 12; count, table = count-1, table[12:] {
		name := string(table[:4])
		off, size := uint64(binary.BigEndian.Uint32(table[4:])), uint64(binary.BigEndian.Uint32(table[8:]))
		if _, again := tags[name]; again || off+size > uint64(len(profile)) || size < 8 {
			continue
		}
		tags[name] = profile[off : off+size : off+size]
	}
	return tags
}

// Description is the profile's name for people, at most 80 characters of it; empty if it has none.
func (p *Profile) Description() string { return p.description }

// Space is what the samples of the picture are.
func (p *Profile) Space() Space { return p.space }

// IsSRGB says that the samples can be taken for encoded sRGB (grey: for r = g = b) as they stand: over the whole range
// of device values the difference is below 0.1 ΔE00, where the rendering is relative colorimetric, or the profile is
// one of those compact ones that stand for sRGB by name and differ only by what their few bytes cannot hold.
func (p *Profile) IsSRGB() bool { return p.srgb() }

// xyzTag reads the one XYZ number of a tag (ICC.1:2022, 10.31).
func (p *Profile) xyzTag(name string) ([3]float64, error) {
	tag, ok := p.tags[name]
	if !ok {
		return [3]float64{}, damaged("it has no tag %q", name)
	}
	if string(tag[:4]) != "XYZ " || len(tag) < 20 {
		return [3]float64{}, damaged("its tag %q holds no XYZ number", name)
	}
	return [3]float64{within(fixed(tag[8:])), within(fixed(tag[12:])), within(fixed(tag[16:]))}, nil
}

// fixed reads a s15Fixed16Number.
func fixed(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) / 65536 }
