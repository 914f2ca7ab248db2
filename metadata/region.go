package metadata

import (
	"strconv"
	"strings"
)

const maxRegions = 1000

// regions finds the regions that properties state, in the words of the Metadata Working Group (2.0, 5.9), Microsoft
// Photo, IPTC (2019.1 and later) and ACDSee.
func (r *reader) regions(top []*property) {
	for _, p := range top {
		switch p.name {
		case "mwg-rs:Regions", "apple-fi:Regions", "acdsee-rs:Regions":
			for i, item := range p.field(prefixOf(p.name) + ":RegionList").items() {
				r.region(areaRegion(item, prefixOf(p.name)), p.name+"["+strconv.Itoa(i+1)+"]")
			}
		case "MP:RegionInfo":
			for i, item := range p.field("MPRI:Regions").items() {
				r.region(microsoftRegion(item), p.name+"["+strconv.Itoa(i+1)+"]")
			}
		case "Iptc4xmpExt:ImageRegion":
			for i, item := range p.items() {
				r.region(iptcRegion(item), p.name+"["+strconv.Itoa(i+1)+"]")
			}
		}
	}
}

func (r *reader) region(region Region, where string) {
	if len(r.doc.Regions) < maxRegions {
		region.Where = where
		r.doc.Regions = append(r.doc.Regions, region)
	}
}

// areaRegion reads a region whose area is stated by its centre.
func areaRegion(p *property, prefix string) Region {
	area := p.field(prefix + ":Area")
	if area == nil {
		area = p.field(prefix + ":DLYArea")
	}
	w, h := area.fraction("w"), area.fraction("h")
	region := Region{Name: p.field(prefix + ":Name").first(), Kind: p.field(prefix + ":Type").first(), W: w, H: h}
	if prefix == "apple-fi" && region.Kind == "" {
		region.Kind = "Face"
	}
	region.X, region.Y = area.fraction("x")-w/2, area.fraction("y")-h/2
	return region
}

// microsoftRegion reads a rectangle "x, y, w, h". All of these regions are people.
func microsoftRegion(p *property) Region {
	region := Region{Name: p.field("MPReg:PersonDisplayName").first(), Kind: "Face"}
	numbers := strings.Split(p.field("MPReg:Rectangle").first(), ",")
	if len(numbers) == 4 {
		for i, to := range []*float64{&region.X, &region.Y, &region.W, &region.H} {
			*to, _ = strconv.ParseFloat(strings.TrimSpace(numbers[i]), 64)
		}
	}
	return region
}

// iptcRegion reads a region of the IPTC standard, of which rectangles in relative numbers have a place here.
func iptcRegion(p *property) Region {
	boundary := p.field("Iptc4xmpExt:RegionBoundary")
	region := Region{Name: p.field("Iptc4xmpExt:PersonInImage").first()}
	if region.Name == "" {
		region.Name = p.field("Iptc4xmpExt:Name").first()
	}
	kind := p.field("Iptc4xmpExt:rCtype").uriOrFirst()
	region.Kind = kind[strings.LastIndexAny(kind, "/#")+1:]
	if boundary.field("Iptc4xmpExt:rbUnit").first() == "relative" {
		region.X, region.Y = boundary.fraction("rbX"), boundary.fraction("rbY")
		region.W, region.H = boundary.fraction("rbW"), boundary.fraction("rbH")
	}
	return region
}

// field gives a field of a structure; nil if there is none.
func (p *property) field(name string) *property {
	if p == nil {
		return nil
	}
	for _, kid := range p.kids {
		if kid.name == name {
			return kid
		}
	}
	return nil
}

func (p *property) items() []*property {
	if p == nil || p.form < bag {
		return nil
	}
	return p.kids
}

// first is the value, or that of the first item or field.
func (p *property) first() string {
	for p != nil {
		if len(p.kids) == 0 {
			return strings.TrimSpace(p.value)
		}
		p = p.kids[0]
	}
	return ""
}

// uriOrFirst is the first value below that is a URI, since kinds come as names and identifiers; the first if none is.
func (p *property) uriOrFirst() string {
	if p == nil {
		return ""
	}
	if strings.Contains(p.value, "://") {
		return p.value
	}
	for _, kid := range p.kids {
		if v := kid.uriOrFirst(); strings.Contains(v, "://") {
			return v
		}
	}
	return p.first()
}

// fraction is the number of a field, whatever its prefix.
func (p *property) fraction(local string) float64 {
	if p == nil {
		return 0
	}
	for _, kid := range p.kids {
		if kid.name[strings.IndexByte(kid.name, ':')+1:] == local {
			v, _ := strconv.ParseFloat(strings.TrimSpace(kid.value), 64)
			return v
		}
	}
	return 0
}
