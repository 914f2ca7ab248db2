package metadata

import (
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/container"
	"github.com/safelight-dev/safelight/personal"
)

// Finding is one place where the metadata say something of a person.
type Finding struct {
	Entity     personal.Entity
	Likelihood personal.Likelihood
	Standard   Standard
	Group      string // as in Field
	Name       string // as in Field; of a picture, a region, a maker note or a trailer, where it is
	Class      Class  // Rights is where a credit is wanted and personal all the same
	Value      string // what is personal: the value, or the words in it that were found
	Part       int
	Within     string // the picture within the picture that says so; empty for the file's own metadata
}

// Personal gives what the metadata say of persons. What a field is for decides first: a position, a serial number, a
// name. Addresses of e-mail are looked for in all texts; numbers and accounts only in those that people write (captions,
// keywords, credits), since everywhere else numbers are taken for them. Fields without a value are no finding, and values that stand for
// none (0, unknown) are very unlikely ones.
//
// Nothing is said of pixels.
func (d *Document) Personal() []Finding { return d.personal("", new(texts)) }

func (d *Document) personal(within string, texts *texts) []Finding {
	f := finder{d: d, within: within, texts: texts, positions: positions(d.Fields)}
	for i := range d.Fields {
		f.field(&d.Fields[i])
	}
	f.regions()
	for _, note := range d.MakerNotes {
		f.add(Finding{Entity: MakerData, Likelihood: possible, Standard: Exif, Group: "ExifIFD", Name: "MakerNote", Class: Personal,
			Value: strings.TrimSpace(note.Maker + " " + strconv.Itoa(note.Size) + " bytes"), Part: note.Part})
	}
	for _, t := range d.Trailers {
		f.add(Finding{Entity: Attachment, Likelihood: possible, Name: t.Name, Class: Personal, Value: strconv.Itoa(t.Size) + " bytes", Part: t.Part})
	}
	for _, p := range d.Pictures {
		f.add(Finding{Entity: Thumbnail, Likelihood: unlikely, Standard: Exif, Name: p.Where, Class: Personal,
			Value: p.Kind + ", " + strconv.Itoa(len(p.Data)) + " bytes", Part: p.Part})
		if p.Document != nil {
			f.found = append(f.found, p.Document.personal(p.Where, texts)...)
		}
	}
	return f.found
}

// texts are looked into for a document and all within it together, so that their number does not multiply the cost.
type texts struct {
	searched int // bytes so far
	personal.Finder
}

// finder collects findings of one document.
type finder struct {
	d      *Document
	within string
	found  []Finding
	faces  bool // a field of regions is among the findings already

	texts     *texts
	positions map[string]bool // names of fields that are coordinates by what stands beside them
}

func (f *finder) add(finding Finding) {
	finding.Within = f.within
	f.found = append(f.found, finding)
}

func (f *finder) field(field *Field) {
	r := ruleOf(field)
	value := strings.TrimSpace(field.Value)
	if value == "" || strings.Trim(value, "undefi ") == "" {
		return
	}
	if r.entity == "" && f.positions[field.Name] {
		r.entity, r.likelihood = Location, likely
	}
	at := Finding{Standard: field.Standard, Group: field.Group, Name: field.Name, Class: field.Class, Part: field.Part}
	switch {
	case r.entity == Face: // regions have findings of their own
		f.faces = true
	case r.entity != "":
		at.Entity, at.Likelihood, at.Value = r.entity, r.likelihood, value
		if vacant(value) && r.entity != DateTime && (r.entity != Location || r.likelihood == certain) {
			at.Likelihood = personal.VeryUnlikely
		}
		f.once(at)
	}
	if who := shownIn(field.Name, value); who != "" {
		at.Entity, at.Likelihood, at.Value = personal.Person, likely, who
		f.add(at)
	}
	f.text(r, at, value)
}

// once adds a finding of a field; an edit history is one, however many steps it has.
func (f *finder) once(at Finding) {
	if last := len(f.found) - 1; at.Entity == EditHistory && last >= 0 && f.found[last].Entity == EditHistory &&
		f.found[last].Likelihood == at.Likelihood && f.found[last].Part == at.Part && topOf(f.found[last].Name) == topOf(at.Name) {
		return
	}
	f.add(at)
}

// topOf is the property that a path begins with.
func topOf(path string) string {
	end := strings.IndexAny(path, "[/")
	if end < 0 {
		return path
	}
	return path[:end]
}

// text looks into a text. Where none is meant to be, only addresses are looked for, which nothing else is taken for.
func (f *finder) text(r rule, at Finding, value string) {
	value = value[:min(len(value), longestText)]
	if r.text || r.class == Provenance {
		f.home(at, value)
	}
	if !searches(r, value) {
		return
	}
	if f.texts.searched += len(value); f.texts.searched > maxSearched {
		return
	}
	for _, hit := range f.texts.Find(value) {
		switch {
		case hit.Entity == r.entity: // the field is one already
			continue
		case !r.text && (hit.Entity != personal.Email || hit.Likelihood < certain):
			continue
		case hit.Entity == personal.URL && r.class != Personal: // an address of the web names a site
			continue
		case hit.Entity == personal.Person && hit.Likelihood < likely: // two capitals in a line are a title here
			continue
		}
		at.Entity, at.Likelihood, at.Value = hit.Entity, hit.Likelihood, value[hit.Start:hit.End]
		f.add(at)
	}
}

// home finds a person's folder in a text.
func (f *finder) home(at Finding, value string) {
	if name := homeOf(value); name != "" {
		at.Entity, at.Likelihood, at.Value = EditHistory, likely, name
		f.add(at)
	}
}

// searches tells whether addresses, or more, are looked for in a value.
func searches(r rule, value string) bool { return r.text || strings.IndexByte(value, '@') >= 0 }

// Looking into a text costs up to a quarter of a microsecond a byte. What is beyond is told as unread.
const (
	longestText = 256 << 10 // of one text
	maxSearched = 2 << 20   // of all texts
)

// vacant tells values that stand for none.
func vacant(value string) bool {
	switch strings.ToLower(value) {
	case "unknown", "none", "nil", "null", "n/a", "na", "default", "undefined", "(none)", "-", "anonymous", "not set", "no name", "user":
		return true
	}
	return strings.Trim(value, "0 ./-:,*?#") == ""
}

// homeOf finds the path of a person's folder in a text: that of macOS, Linux or Windows; as far as the person's name.
func homeOf(text string) string {
	for _, root := range [...]string{"/Users/", "/home/", `\Users\`, `\Documents and Settings\`, "/Users%20/", `:/Users/`} {
		at := strings.Index(text, root)
		if at < 0 {
			continue
		}
		end := at + len(root)
		name := end
		for name < len(text) && !strings.ContainsRune("/\\\"'<>|\r\n", rune(text[name])) {
			name++
		}
		if who := text[end:name]; who != "" && who != "Shared" && who != "Public" && name < len(text) {
			return text[at:name]
		}
	}
	return ""
}

// regions makes findings of regions: faces, and those that have a name.
func (f *finder) regions() {
	for _, region := range f.d.Regions {
		kind := strings.ToLower(region.Kind)
		at := Finding{Entity: Face, Standard: XMP, Group: prefixOf(region.Where), Name: region.Where, Class: Personal, Value: region.Name, Part: -1}
		switch {
		case kind == "face" || strings.Contains(kind, "human"):
			at.Likelihood = certain
		case kind == "pet" || kind == "focus" || kind == "barcode" || strings.Contains(kind, "animal"):
			continue
		case region.Name != "":
			at.Likelihood = likely
		default:
			at.Likelihood = possible
		}
		f.add(at)
	}
	if f.faces && len(f.d.Regions) == 0 {
		f.add(Finding{Entity: Face, Likelihood: possible, Standard: XMP, Name: "regions", Class: Personal, Part: -1})
	}
}

// HasC2PA tells whether a part is a C2PA manifest store, which may name persons too: package provenance reads it.
func (d *Document) HasC2PA() bool {
	for _, p := range d.Parts {
		if p.Kind == container.C2PA {
			return true
		}
	}
	return false
}
