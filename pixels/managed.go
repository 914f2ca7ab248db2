package pixels

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/safelight-dev/safelight/icc"
)

// NoProfile is Image.Colour of a file that names no colour space.
const NoProfile = "none: read as sRGB"

// maxTransforms is how many transforms a Decoder keeps. Their tables take up to some megabytes each, and pictures of
// one source have one profile, or a few.
const maxTransforms = 8

// colourTags is what a file says of its colour space.
type colourTags struct {
	icc            []byte // nil if there is none; empty if it could not be read
	srgb           bool   // PNG sRGB chunk
	gamma          uint32 // PNG gAMA × 100000, 0 if there is none
	chromaticities *[8]uint32
	cicp           bool // as follows (ITU-T H.273)
	primaries      byte
	transfer       byte
	other          bool // a cICP chunk whose samples are not full-range R′G′B′
}

// profile notes an embedded ICC profile; nil means none.
func (t *colourTags) profile(icc []byte) {
	if icc != nil {
		t.icc = icc
	}
}

func (t *colourTags) pngChunk(kind string, body []byte) {
	switch {
	case kind == "iCCP":
		t.icc = pngProfile(body)
	case kind == "sRGB":
		t.srgb = true
	case kind == "gAMA" && len(body) >= 4:
		t.gamma = binary.BigEndian.Uint32(body)
	case kind == "cHRM" && len(body) >= 32:
		t.chromaticities = new([8]uint32)
		for i := range t.chromaticities {
			t.chromaticities[i] = binary.BigEndian.Uint32(body[4*i:])
		}
	case kind == "cICP" && len(body) >= 4:
		t.cicp, t.primaries, t.transfer = true, body[0], body[1]
		t.other = body[2] != 0 || body[3] != 1
	}
}

// managed is how a picture's values become sRGB: not at all where transform is nil.
type managed struct {
	transform *icc.Transform
	colour    string // names the colour space
	warnings  []Remark
}

// manage finds what to do with the values of a picture, in the order of precedence of PNG, third edition, section 4.3:
// cICP, iCCP, sRGB, gAMA with cHRM.
func (d *Decoder) manage(t *colourTags, channels int) managed {
	m := d.tagged(t)
	if m.transform == nil {
		return m
	}
	if n := m.transform.Channels(); n != channels && !(n == 3 && channels == 1) {
		return unread(remark(OtherChannels, m.colour, n, channels))
	}
	return m
}

// unread is a colour space that could not be applied.
func unread(why Remark) managed { return managed{colour: NoProfile, warnings: []Remark{why}} }

func (d *Decoder) tagged(t *colourTags) managed {
	switch {
	case t.cicp:
		name := fmt.Sprintf("cICP %d/%d", t.primaries, t.transfer)
		if t.other {
			return unread(remark(SpaceForm, name))
		}
		return d.kept("cicp", []byte(name), name, func() (*icc.Profile, error) { return icc.FromCICP(t.primaries, t.transfer, 0, true) })
	case t.icc != nil:
		return d.kept("icc", t.icc, "", func() (*icc.Profile, error) { return icc.Parse(t.icc) })
	case t.srgb:
		return managed{colour: "sRGB"}
	case t.gamma != 0 || t.chromaticities != nil:
		name := fmt.Sprintf("gamma %.5f", float64(t.gamma)/100000)
		if t.chromaticities != nil {
			name += fmt.Sprintf(", chromaticities %v", *t.chromaticities)
		}
		return d.kept("png", []byte(name), name, func() (*icc.Profile, error) { return icc.FromPNG(t.gamma, t.chromaticities) })
	}
	return managed{colour: NoProfile}
}

// kept makes a transform, or finds the one that it made of the same profile before.
func (d *Decoder) kept(kind string, profile []byte, name string, parse func() (*icc.Profile, error)) managed {
	sum := sha256.Sum256(profile)
	key := kind + string(sum[:]) // a file chooses its profile, and could choose the text of another kind
	m, ok := d.transforms[key]
	if !ok {
		m = transformOf(name, parse)
		if d.transforms == nil || len(d.transforms) == maxTransforms {
			d.transforms = map[string]managed{}
		}
		d.transforms[key] = m
	}
	return m
}

func transformOf(name string, parse func() (*icc.Profile, error)) managed {
	p, err := parse()
	if err == nil && name == "" {
		name = p.Description()
	}
	if err == nil && p.IsSRGB() {
		return managed{colour: name}
	}
	var t *icc.Transform
	if err == nil {
		t, err = icc.NewTransform(p, icc.Relative)
	}
	if err != nil {
		if name != "" {
			return unread(remark(SpaceUnread, name, err.Error()))
		}
		return unread(remark(ProfileUnread, err.Error()))
	}
	return managed{transform: t, colour: name}
}
