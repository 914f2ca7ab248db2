package main

import (
	"math"
	"strconv"
	"strings"
)

// sameExif compares a value with ExifTool's of -n, which has coordinates in degrees and APEX values converted.
func sameExif(v value) func(a, b string) bool {
	return func(ours, theirs string) bool {
		if strings.HasPrefix(theirs, "(Binary data") || strings.HasPrefix(theirs, "base64:") {
			return true // compared by its presence
		}
		a, b := strings.TrimRight(ours, " \x00"), strings.TrimRight(theirs, " \x00")
		if a == b || sameNumbers(a, b) {
			return true
		}
		n := numbersOf(a)
		switch {
		case len(n) == 0:
			return strings.NewReplacer("\n", ".", "\r", ".", "\t", ".").Replace(a) == strings.NewReplacer("\n", ".", "\r", ".", "\t", ".").Replace(b)
		case strings.HasSuffix(v.name, "itude") && v.group == "GPS" && len(n) == 3:
			return sameNumbers(format(n[0]+n[1]/60+n[2]/3600), b)
		case v.name == "CFAPattern" && len(n) > 4: // without the two numbers of its size
			return strings.HasSuffix(b, format(n[len(n)-2])+" "+format(n[len(n)-1]))
		case v.name == "ThumbnailOffset": // ExifTool counts from the beginning of the file
			return true
		case v.name == "GPSTimeStamp" && len(n) == 3:
			return sameNumbers(strings.ReplaceAll(b, ":", " "), a)
		case strings.HasPrefix(v.name, "ShutterSpeed"):
			return sameNumbers(format(math.Pow(2, -n[0])), b)
		case strings.Contains(v.name, "ApertureValue"):
			return sameNumbers(format(math.Pow(2, n[0]/2)), b)
		}
		return false
	}
}

func format(f float64) string { return strconv.FormatFloat(f, 'g', 12, 64) }

func numbersOf(s string) []float64 {
	var all []float64
	for _, word := range strings.Fields(s) {
		n, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return nil
		}
		all = append(all, n)
	}
	return all
}

// sameNumbers compares numbers to six digits.
func sameNumbers(a, b string) bool {
	x, y := numbersOf(a), numbersOf(b)
	if len(x) == 0 || len(x) != len(y) {
		return false
	}
	for i := range x {
		if math.Abs(x[i]-y[i]) > 1e-6*max(1e-3, math.Abs(x[i])) {
			return false
		}
	}
	return true
}

// sameIPTC compares texts; ExifTool writes dates and times with colons, and bytes as numbers.
func sameIPTC(ours, theirs string) bool {
	if strings.HasPrefix(theirs, "(Binary data") || theirs == "\x1b%G" && ours == "UTF-8" {
		return true
	}
	plain := strings.NewReplacer(":", "", " ", "", "\x00", "", "\r", "", "\n", "")
	return plain.Replace(ours) == plain.Replace(theirs)
}

// aliases are those names of XMP that the Adobe XMP Toolkit has moved to others.
var aliases = map[string][]string{
	"dc:creator[1]":         {"tiff:Artist", "photoshop:Author", "pdf:Author", "xmp:Author", "png:Author"},
	"dc:rights[1]":          {"tiff:Copyright", "photoshop:Copyright", "xmpRights:Copyright", "png:Copyright"},
	"dc:description[1]":     {"tiff:ImageDescription", "photoshop:Caption", "pdf:Subject", "xmp:Description", "png:Description"},
	"dc:title[1]":           {"photoshop:Title", "pdf:Title", "xmp:Title", "png:Title"},
	"xmp:CreatorTool":       {"tiff:Software", "pdf:Creator", "png:Software"},
	"xmp:ModifyDate":        {"tiff:DateTime", "pdf:ModDate", "png:ModificationTime"},
	"xmp:CreateDate":        {"exif:DateTimeDigitized", "pdf:CreationDate", "png:CreationTime"},
	"photoshop:DateCreated": {"exif:DateTimeOriginal"},
}

// withoutAlias gives the name under which we have a path: our reader leaves names as they are written.
func withoutAlias(path string, ours map[string][]string) string {
	if len(ours["XMP "+path]) > 0 {
		return path
	}
	base, qualifier, qualified := strings.Cut(path, "/?")
	for _, known := range aliases[base] {
		for _, name := range []string{known, known + base[len(base)-3:]} {
			if len(ours["XMP "+name]) > 0 && (!qualified || len(ours["XMP "+name+"/?"+qualifier]) > 0) {
				if qualified {
					return name + "/?" + qualifier
				}
				return name
			}
		}
	}
	return path
}
