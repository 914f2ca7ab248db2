package metadata

import (
	"strconv"
	"strings"
)

// peopleBranches are the branches of hierarchies of keywords below which programs keep those who are shown, in small
// letters: of digiKam, Lightroom, Picasa, Photos and their translations into French.
var peopleBranches = map[string]bool{
	"people": true, "persons": true, "person": true, "faces": true, "friends": true, "family": true, "personnes": true, "visages": true,
	"famille": true, "amis": true,
}

// shownIn gives the name that a keyword of a hierarchy ends in, where its first branch is that of people:
// People|Ana Duval, People/Family/Ana Duval.
func shownIn(name, keyword string) string {
	mark := "|"
	switch {
	case strings.HasPrefix(name, "lr:hierarchicalSubject"):
	case strings.HasPrefix(name, "digiKam:TagsList"), strings.HasPrefix(name, "MicrosoftPhoto:LastKeywordXMP"):
		mark = "/"
	default:
		return ""
	}
	parts := strings.Split(keyword, mark)
	if len(parts) < 2 || !peopleBranches[strings.ToLower(strings.TrimSpace(parts[0]))] {
		return ""
	}
	return strings.TrimSpace(parts[len(parts)-1])
}

// axes are names of the two coordinates beside each other, in small letters: alone lat may be anything, and lng too.
var axes = map[string]float64{"lat": 90, "lon": 180, "lng": 180, "long": 180}

// positions tells which fields of XMP are a latitude or a longitude because the other one stands beside them, in the same
// structure, and both are numbers that can be.
func positions(fields []Field) map[string]bool {
	beside := map[string][2]bool{}
	seen := func(f *Field) (at string, axis int) {
		local := strings.ToLower(leafName(f.Name))
		most, ok := axes[local]
		v, err := strconv.ParseFloat(strings.TrimSpace(f.Value), 64)
		if f.Standard != XMP || !ok || err != nil || v < -most || v > most {
			return "", -1
		}
		slash := strings.LastIndexByte(f.Name, '/')
		return f.Name[:slash+1] + prefixOf(f.Name[slash+1:]), min(1, strings.Count(local, "o")+strings.Count(local, "n"))
	}
	for i := range fields {
		if at, axis := seen(&fields[i]); axis >= 0 {
			both := beside[at]
			both[axis] = true
			beside[at] = both
		}
	}
	var names map[string]bool
	for i := range fields {
		if at, axis := seen(&fields[i]); axis >= 0 && beside[at] == [2]bool{true, true} {
			if names == nil {
				names = map[string]bool{}
			}
			names[fields[i].Name] = true
		}
	}
	return names
}
