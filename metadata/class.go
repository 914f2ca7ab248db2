package metadata

import (
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/personal"
)

// Class is what a field is for.
type Class uint8

// The classes. A field has one; whether it is about a person is another question, which [Document.Personal] answers:
// a photographer's credit is Rights, and personal too.
const (
	Technical   Class = iota // how the picture was taken and is stored; what is not known otherwise
	Rights                   // creator, credit, copyright, licence, terms
	Description              // title, caption, keywords, place and event as described
	Personal                 // position, serial numbers, owners, persons shown, edit history
	Provenance               // what it was made from, when, with what: identifiers, source type, software, prompts
	Consent                  // releases of models and properties, minors, data mining
)

// Classes are all classes, in the order in which they are shown.
var Classes = [...]Class{Rights, Description, Technical, Personal, Provenance, Consent}

// String is the class's name.
func (c Class) String() string {
	switch c {
	case Rights:
		return "rights"
	case Description:
		return "description"
	case Personal:
		return "personal"
	case Provenance:
		return "provenance"
	case Consent:
		return "consent"
	}
	return "technical"
}

// MarshalText writes the class's name, for JSON.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Entities beside those of the package personal. Location and DateTime are Presidio's names; the others have none there.
const (
	Location    personal.Entity = "LOCATION"
	DateTime    personal.Entity = "DATE_TIME"
	Age         personal.Entity = "AGE"
	Face        personal.Entity = "FACE"         // a region of the picture, or a name given to one
	DeviceID    personal.Entity = "DEVICE_ID"    // serial numbers of cameras and lenses, identifiers of photos' sources
	MakerData   personal.Entity = "MAKER_NOTE"   // data of the camera's maker, which may be personal
	EditHistory personal.Entity = "EDIT_HISTORY" // who did what to which files
	Thumbnail   personal.Entity = "THUMBNAIL"    // a picture in the picture, which may show more than it
	Attachment  personal.Entity = "ATTACHMENT"   // data behind the end of the picture, such as a film of the moment
)

// rule is what is known of a field.
type rule struct {
	class      Class
	entity     personal.Entity     // what the value is about; empty: nobody
	likelihood personal.Likelihood // that it is
	text       bool                // free text, in which anything may stand
	term       string              // what it says, in one word for all standards; empty: nothing that others say too
}

// Terms are what fields of several standards say alike.
const (
	TermCreator     = "creator"
	TermCredit      = "credit"
	TermCopyright   = "copyright"
	TermUsage       = "terms"   // under which conditions the picture may be used
	TermLicence     = "licence" // the web page that says so
	TermSource      = "source"
	TermTitle       = "title"
	TermHeadline    = "headline"
	TermDescription = "description"
	TermKeywords    = "keywords"
)

// Says gives the values that the document has for a term, in whatever standard, each once.
func (d *Document) Says(term string) []string {
	var values []string
	for i := range d.Fields {
		f := &d.Fields[i]
		if v := strings.TrimSpace(f.Value); v != "" && ruleOf(f).term == term && !strings.Contains(f.Name, "/?") && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}

// ruleOf finds the rule of a field.
func ruleOf(f *Field) rule {
	switch f.Standard {
	case Exif:
		switch f.Group {
		case "GPS":
			return gpsRule(f.ID)
		case groupMaker:
			return makerRule(f.Name)
		}
		return exifRules[uint16(f.ID)]
	case IIM:
		return iimRules[f.ID]
	case XMP:
		return xmpRule(f.Name)
	case Photoshop:
		switch f.ID {
		case resourceCaption, resourceSlices, resourceURLs:
			return rule{class: Description, text: true}
		}
		return rule{class: Rights, text: f.ID == resourceURL}
	case Text:
		return textRule(f.Name)
	case Comment:
		return rule{class: Description, text: true, term: "comment"}
	}
	return rule{}
}

// xmpRule finds the rule of a path: that of its leaf, or of the nearest structure above, or of the namespace.
func xmpRule(path string) rule {
	qualifier := false
	if at := strings.LastIndex(path, "/?"); at >= 0 {
		qualifier = true
		path = path[:at]
	}
	found, ok := nearestRule(path)
	if !ok {
		found = nameRule(leafName(path))
	}
	if qualifier {
		return rule{class: found.class}
	}
	return found
}

func nearestRule(path string) (rule, bool) {
	for rest := path; rest != ""; {
		slash := strings.LastIndexByte(rest, '/')
		if r, ok := xmpRules[withoutIndex(rest[slash+1:])]; ok {
			return r, true
		}
		if slash < 0 {
			break
		}
		rest = rest[:slash]
	}
	if r := nameRule(leafName(path)); r.entity != "" {
		return r, true
	}
	top, _, _ := strings.Cut(path, ":")
	r, ok := xmpSpaceRules[top]
	return r, ok
}

func withoutIndex(name string) string {
	name, _, _ = strings.Cut(name, "[")
	return name
}

// leafName is the name of a path's last part that has one, without prefix.
func leafName(path string) string {
	path = withoutIndex(path[strings.LastIndexByte(path, '/')+1:])
	return path[strings.IndexByte(path, ':')+1:]
}

// nameRule judges a field that no table knows by the words of its name.
func nameRule(name string) rule {
	lower := strings.ToLower(name)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(lower, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("latitude", "longitude"):
		return rule{Personal, Location, personal.VeryLikely, true, ""}
	case has("gps", "geotag"):
		return rule{Personal, Location, personal.Likely, true, ""}
	case has("serialnumber", "serial_number", "deviceid", "imei"):
		return rule{Personal, DeviceID, personal.Likely, false, ""}
	case has("email", "e-mail"):
		return rule{Personal, personal.Email, personal.Likely, true, ""}
	case has("telephone", "phonenumber"):
		return rule{Personal, personal.Phone, personal.Likely, true, ""}
	case lower == "creator", lower == "owner", lower == "people", lower == "personality", has("patient", "ownername", "contactname", "personname", "persondisplayname", "username", "photographer", "author"):
		return rule{Personal, personal.Person, personal.Likely, true, ""}
	}
	switch lower {
	case "title", "description", "caption", "headline", "subject", "keywords", "comment", "comments", "notes", "abstract", "summary":
		return rule{class: Description, text: true}
	case "copyright", "rights", "license", "licence", "credit", "credits":
		return rule{class: Rights, text: true}
	}
	return rule{}
}

// textRule finds the rule of a PNG text chunk by its keyword (PNG, third edition, 11.3.3.2; and what programs write:
// ImageMagick copies Exif into exif:…, generators of pictures write what they were asked for).
func textRule(keyword string) rule {
	if r, ok := textRules[strings.ToLower(keyword)]; ok {
		return r
	}
	if _, name, ok := strings.Cut(keyword, "exif:"); ok {
		for tag, known := range gpsNames {
			if known == name {
				return gpsRule(int(tag))
			}
		}
		for tag, known := range exifNames {
			if known == name {
				return exifRules[tag]
			}
		}
	}
	r := nameRule(keyword)
	r.text = true
	return r
}
