package metadata

import (
	"slices"
	"strings"
)

// Change is what became of one value.
type Change struct {
	Standard Standard
	Group    string // as in Field
	Name     string // as in Field, without the numbers of items: an item has no place of its own
	Class    Class
	From, To string // the values; empty where there was none
	// Elsewhere says of a lost value that the candidate still states it, under another standard: IPTC's By-line in
	// dc:creator, for example.
	Elsewhere bool
}

// Changes are what became of a reference's values. Each list is in the order of the file that the values stand in.
type Changes struct {
	Lost, Added, Changed, Kept []Change
}

// Of gives the changes of one class.
func (c Changes) Of(class Class) Changes {
	of := func(all []Change) []Change {
		var some []Change
		for _, one := range all {
			if one.Class == class {
				some = append(some, one)
			}
		}
		return some
	}
	return Changes{of(c.Lost), of(c.Added), of(c.Changed), of(c.Kept)}
}

// Compare says what became of the reference's values in the candidate. A value is found by its standard and name: where
// among the items of a list, in which directory of Exif and in which of several packets it stands is no difference, nor
// is it how often. Tags that say how pixels or a thumbnail are stored are left out, since every encoding changes them.
func Compare(reference, candidate *Document) Changes {
	before, after := index(reference), index(candidate)
	var c Changes
	for _, key := range before.keys {
		from, to := before.values[key], after.values[key]
		lost := without(from, to)
		added := without(to, from)
		for _, f := range from {
			if !slices.ContainsFunc(lost, same(f)) {
				c.Kept = append(c.Kept, change(f, f.Value, f.Value))
			}
		}
		paired := min(len(lost), len(added))
		for i, f := range lost[:paired] {
			c.Changed = append(c.Changed, change(f, f.Value, added[i].Value))
		}
		for _, f := range lost[paired:] {
			gone := change(f, f.Value, "")
			gone.Elsewhere = after.says(ruleOf(f).term, f.Value)
			c.Lost = append(c.Lost, gone)
		}
		for _, f := range added[paired:] {
			c.Added = append(c.Added, change(f, "", f.Value))
		}
	}
	for _, key := range after.keys {
		if before.values[key] == nil {
			for _, f := range after.values[key] {
				c.Added = append(c.Added, change(f, "", f.Value))
			}
		}
	}
	return c
}

func change(f *Field, from, to string) Change {
	return Change{Standard: f.Standard, Group: f.Group, Name: withoutIndexes(f.Name), Class: f.Class, From: from, To: to}
}

// indexed are a document's fields by what they are compared by.
type indexed struct {
	keys   []string // in the document's order
	values map[string][]*Field
	terms  map[string][]string // the values of a term, in whatever standard
}

func index(d *Document) indexed {
	in := indexed{values: map[string][]*Field{}, terms: map[string][]string{}}
	for i := range d.Fields {
		f := &d.Fields[i]
		if structural(f) {
			continue
		}
		if term := ruleOf(f).term; term != "" {
			in.terms[term] = append(in.terms[term], comparable(f))
		}
		key := keyOf(f)
		known, again := in.values[key]
		if !again {
			in.keys = append(in.keys, key)
		}
		// A list is searched one by one, so that it has to be short; what comes after is compared all the same, by chance
		// of its place.
		const longest = 500
		if len(known) < longest && slices.ContainsFunc(known, same(f)) {
			continue
		}
		in.values[key] = append(known, f)
	}
	return in
}

func (in indexed) says(term, value string) bool {
	return term != "" && slices.Contains(in.terms[term], strings.TrimSpace(value))
}

// without gives those fields of one list whose value is not in another.
func without(some, others []*Field) []*Field {
	values := make(map[string]bool, len(others))
	for _, f := range others {
		values[comparable(f)] = true
	}
	var left []*Field
	for _, f := range some {
		if !values[comparable(f)] {
			left = append(left, f)
		}
	}
	return left
}

func same(f *Field) func(*Field) bool {
	value := comparable(f)
	return func(other *Field) bool { return comparable(other) == value }
}

// comparable is the value without blanks at its ends, which writers pad with.
func comparable(f *Field) string { return strings.TrimSpace(f.Value) }

func keyOf(f *Field) string {
	group := f.Group
	switch {
	case f.Standard == Exif && (group == "IFD0" || group == "ExifIFD"):
		group = "Exif" // writers move tags between the two
	case f.Standard == Text:
		group = "Text" // compressed or not
	}
	return f.Standard.String() + "\x00" + group + "\x00" + withoutIndexes(f.Name)
}

// withoutIndexes leaves out the numbers of items in a path.
func withoutIndexes(path string) string {
	if strings.IndexByte(path, '[') < 0 {
		return path
	}
	var b strings.Builder
	for path != "" {
		open := strings.IndexByte(path, '[')
		end := strings.IndexByte(path, ']')
		if open < 0 || end < open {
			break
		}
		b.WriteString(path[:open])
		path = path[end+1:]
	}
	b.WriteString(path)
	return b.String()
}

// structural tells tags that say how pixels, a thumbnail or the metadata themselves are stored.
func structural(f *Field) bool {
	if f.Standard != Exif {
		return f.Standard == Photoshop && f.ID == resourceDigest || f.Standard == IIM && (f.ID == iimCharset || f.ID == 2<<8)
	}
	switch f.Group {
	case groupMaker:
		return false
	case "IFD0", "ExifIFD", "GPS", "Interop":
	default:
		return true // a directory of a thumbnail, a page or a sub-image
	}
	if f.Group == "GPS" || f.Group == "Interop" {
		return false
	}
	return stored(f.ID)
}

// stored tells tags of Exif that say how pixels, or other tags, are stored.
func stored(id int) bool {
	switch {
	case id >= 0x00fe && id <= 0x0107, id == 0x010a, id == 0x0111, id >= 0x0115 && id <= 0x0119, id == 0x011c, id == 0x013d,
		id >= 0x0140 && id <= 0x0145, id == 0x014a, id == 0x0152, id == 0x0153, id >= 0x015a && id <= 0x015b,
		id >= 0x0200 && id <= 0x0214, id == 0x0190, id == 0x8769, id == 0x8825, id == 0xa005, id == 0xa002, id == 0xa003, id == 0xea1c, id == 0xea1d:
		return true
	}
	return false
}
