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
	r := j.rows[format]
	if r == nil {
		r = &row{}
		j.rows[format] = r
	}
	r.files++
	ours, found := index(d), personalOf(d)
	count := func(to *tally, key string, v value, of []string, same func(a, b string) bool) {
		to.all++
		have := ours[key]
		equal := false
		switch {
		case len(have) > 0:
			to.found++
			equal = slices.ContainsFunc(have, func(h string) bool { return slices.ContainsFunc(of, func(w string) bool { return same(h, w) }) })
		}
		if equal {
			to.equal++
		} else if j.missing {
			fmt.Printf("%s\t%s %s\tours %q\twant %q\n", name, key, v.name, shorten(strings.Join(have, "|")), shorten(strings.Join(of, "|")))
		}
		if personalTag.MatchString(v.name) && strings.TrimSpace(strings.Join(of, "")) != "" && !strings.Contains(v.name, "/?") && v.name != "GPSLatitude_" {
			r.named.all++
			if len(have) > 0 && found[key] {
				r.named.found++
				r.named.equal++
			} else if j.missing {
				fmt.Printf("%s\t%s %s\tnot among the findings\t%q\n", name, key, v.name, shorten(strings.Join(of, "|")))
			}
		}
	}
	for _, v := range t.exif {
		if !pointer(v) {
			count(&r.exif, exifKey(v), v, v.text, sameExif(v))
		}
	}
	for _, v := range t.iptc {
		for _, one := range v.text {
			count(&r.iptc, "IPTC "+v.group+":"+strconv.Itoa(v.id), v, []string{one}, sameIPTC)
		}
	}
	matched := map[string]bool{}
	for path, text := range t.xmp {
		matched[withoutAlias(path, ours)] = true
		// The toolkit puts the alternatives of languages into an order of its own.
		values := ours["anywhere "+withoutItems.ReplaceAllString(path, "")]
		count(&r.xmp, "XMP "+withoutAlias(path, ours), value{name: path}, []string{text},
			func(a, b string) bool { return a == b || slices.Contains(values, b) })
	}
	for i := range d.Fields {
		if f := &d.Fields[i]; f.Standard == metadata.XMP && len(t.xmp) > 0 && !matched[f.Name] {
			r.beyond++
			if j.missing {
				fmt.Printf("%s\tXMP %s is not in the toolkit's\t%q\n", name, f.Name, shorten(f.Value))
			}
		}
	}
	if t.profile != "" {
		count(&r.icc, "ICC ProfileDescription", value{name: "ProfileDescription"}, []string{t.profile}, func(a, b string) bool { return a == strings.TrimSpace(b) })
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
