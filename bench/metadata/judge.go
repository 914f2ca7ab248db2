package main

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/metadata"
)

// tally counts what an oracle finds, what we find of it, and with the same value.
type tally struct{ all, found, equal int }

func (t tally) String() string {
	if t.all == 0 {
		return "–"
	}
	share := func(n, of int) string {
		if of == 0 {
			return "–"
		}
		s := strconv.FormatFloat(math.Floor(10000*float64(n)/float64(of))/100, 'f', 2, 64)
		return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") + " %"
	}
	return fmt.Sprintf("%d: %s / %s", t.all, share(t.found, t.all), share(t.equal, t.found))
}

// row is one format's line of the table.
type row struct {
	files                       int
	exif, iptc, xmp, icc, named tally // named are tags that are personal by their name
	beyond                      int   // leaves of XMP that the toolkit has not
}

type judge struct {
	missing bool
	rows    map[string]*row
}

// personalTag tells the tags that name a person, a place or a device: by ExifTool's names and by XMP's paths.
var personalTag = regexp.MustCompile(`GPS(Lat|Long|Alt|Dest|Pos|ImgDir|Area|Track|Speed|Date|Time)|Serial|OwnerName|Artist|Author$|` +
	`^By-line$|Creator$|Writer|^Contact$|Photographer|PersonInImage|PersonDisplayName|CiEmail|CiTel|CiAdr|dc:creator|` +
	`LicensorEmail|LicensorTelephone\d|ImageCreatorName|mwg-rs:Name|Sub-?location|LocationCreated|LocationShown|HostComputer`)

func (j *judge) one(name, format string, t *truth, d *metadata.Document) {
	if j.rows == nil {
		j.rows = map[string]*row{}
	}
	if j.rows[format] == nil {
		j.rows[format] = &row{}
	}
	f := comparison{judge: j, row: j.rows[format], name: name, ours: index(d), found: personalOf(d)}
	f.files++
	for _, v := range t.exif {
		if !pointer(v) {
			f.count(&f.exif, exifKey(v), v, sameExif(v))
		}
	}
	for _, v := range t.iptc {
		for _, one := range v.text {
			v.text = []string{one}
			f.count(&f.iptc, "IPTC "+v.group+":"+strconv.Itoa(v.id), v, sameIPTC)
		}
	}
	if t.profile != "" {
		f.count(&f.icc, "ICC ProfileDescription", value{name: "ProfileDescription", text: []string{t.profile}},
			func(a, b string) bool { return a == strings.TrimSpace(b) })
	}
	f.leaves(t, d)
}

// comparison is one file being compared.
type comparison struct {
	*judge
	*row
	name  string
	ours  map[string][]string // our values by key
	found map[string]bool     // keys of what is among our findings
}

// leaves compares XMP in both directions.
func (f comparison) leaves(t *truth, d *metadata.Document) {
	matched := map[string]bool{}
	for path, text := range t.xmp {
		matched[withoutAlias(path, f.ours)] = true
		// The toolkit puts the alternatives of languages into an order of its own.
		values := f.ours["anywhere "+withoutItems.ReplaceAllString(path, "")]
		f.count(&f.xmp, "XMP "+withoutAlias(path, f.ours), value{name: path, text: []string{text}},
			func(a, b string) bool { return a == b || slices.Contains(values, b) })
	}
	for i := range d.Fields {
		if field := &d.Fields[i]; field.Standard == metadata.XMP && len(t.xmp) > 0 && !matched[field.Name] {
			f.beyond++
			f.tell("XMP "+field.Name+" is not in the toolkit's", field.Value)
		}
	}
}

// count compares one value of an oracle with ours.
func (f comparison) count(to *tally, key string, v value, same func(a, b string) bool) {
	to.all++
	have := f.ours[key]
	if len(have) > 0 {
		to.found++
	}
	if slices.ContainsFunc(have, func(h string) bool { return slices.ContainsFunc(v.text, func(w string) bool { return same(h, w) }) }) {
		to.equal++
	} else {
		f.tell(key+" "+v.name+" of ours is "+strconv.Quote(shorten(strings.Join(have, "|"))), v.text...)
	}
	if !personalTag.MatchString(v.name) || strings.TrimSpace(strings.Join(v.text, "")) == "" || strings.Contains(v.name, "/?") {
		return
	}
	f.named.all++
	if len(have) > 0 && f.found[key] {
		f.named.found++
		f.named.equal++
	} else {
		f.tell(key+" "+v.name+" is not among the findings", v.text...)
	}
}

func (f comparison) tell(what string, values ...string) {
	if f.missing {
		fmt.Printf("%s\t%s\t%q\n", f.name, what, shorten(strings.Join(values, "|")))
	}
}

var withoutItems = regexp.MustCompile(`\[\d+\]`)

// index gives our values by key.
func index(d *metadata.Document) map[string][]string {
	ours := map[string][]string{}
	for i := range d.Fields {
		key := keyOf(&d.Fields[i])
		ours[key] = append(ours[key], d.Fields[i].Value)
		if d.Fields[i].Standard == metadata.XMP {
			anywhere := "anywhere " + withoutItems.ReplaceAllString(d.Fields[i].Name, "")
			ours[anywhere] = append(ours[anywhere], d.Fields[i].Value)
		}
	}
	for _, p := range d.Pictures {
		if p.Where == "IPTC 2:202" {
			ours["IPTC 2:202"] = append(ours["IPTC 2:202"], "(Binary data")
		}
	}
	return ours
}

func keyOf(f *metadata.Field) string {
	switch f.Standard {
	case metadata.Exif:
		return fmt.Sprintf("Exif %s %#x", f.Group, f.ID)
	case metadata.IIM:
		return fmt.Sprintf("IPTC %d:%d", f.ID>>8, f.ID&0xff)
	case metadata.XMP:
		return "XMP " + f.Name
	case metadata.ICC:
		return "ICC " + f.Name
	}
	return f.Standard.String() + " " + f.Name
}

// personalOf gives the keys of fields that are among the findings.
func personalOf(d *metadata.Document) map[string]bool {
	named := map[string]bool{}
	for _, f := range d.Personal() {
		if f.Within == "" {
			named[f.Standard.String()+f.Group+f.Name] = true
		}
	}
	keys := map[string]bool{}
	for i := range d.Fields {
		f := &d.Fields[i]
		if named[f.Standard.String()+f.Group+f.Name] {
			keys[keyOf(f)] = true
		}
	}
	return keys
}

func exifKey(v value) string {
	group := strings.TrimSuffix(v.group, "IFD")
	switch v.group {
	case "ExifIFD", "SubIFD":
		group = v.group
	}
	return fmt.Sprintf("Exif %s %#x", group, v.id)
}

// pointer tells tags that hold another structure, which are read as that: ExifTool shows some of them.
func pointer(v value) bool {
	return v.id == 0x02bc || v.id == 0x83bb || v.id == 0x8649 || v.id == 0x8773
}

// total is the sum of all rows.
func (j *judge) total() *row {
	var all row
	for _, r := range j.rows {
		all.files += r.files
		all.beyond += r.beyond
		for _, pair := range [][2]*tally{{&all.exif, &r.exif}, {&all.iptc, &r.iptc}, {&all.xmp, &r.xmp}, {&all.icc, &r.icc}, {&all.named, &r.named}} {
			pair[0].all += pair[1].all
			pair[0].found += pair[1].found
			pair[0].equal += pair[1].equal
		}
	}
	return &all
}

func (j *judge) print(title string) {
	fmt.Printf("\n%s\n\n| format | files | Exif | IPTC | XMP leaves | further leaves | ICC name | personal tags |\n|---|---|---|---|---|---|---|---|\n", title)
	for _, f := range slices.Sorted(maps.Keys(j.rows)) {
		j.rows[f].print(f)
	}
	j.total().print("all")
}

func (r *row) print(name string) {
	named, _, _ := strings.Cut(r.named.String(), " /")
	fmt.Printf("| %s | %d | %v | %v | %v | %d | %v | %s |\n", name, r.files, r.exif, r.iptc, r.xmp, r.beyond, r.icc, named)
}
