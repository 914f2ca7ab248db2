package metadata

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Path names a field as its file does, whatever its place in a list or its directory: Exif:GPSLatitude, IPTC:By-line,
// XMP:dc:creator, XMP:Iptc4xmpExt:LocationShown/Iptc4xmpExt:City, Text:parameters. Names of texts and of XMP are free, so
// that a path may be personal data itself: it is for whoever may see the values.
func (f Field) Path() string { return f.Standard.String() + ":" + withoutIndexes(f.Name) }

// Key is the path with names that are customary. Others, which somebody chose and may have written anything into, stand
// as other# and the beginning of their SHA-256, so that a key may be recorded and the same name has the same one.
func (f Field) Key() string { return keyOfName(f.Standard, f.Name) }

// Path is that of the field.
func (c Change) Path() string { return c.Standard.String() + ":" + c.Name }

// Key is that of the field.
func (c Change) Key() string { return keyOfName(c.Standard, c.Name) }

// Path is that of the field, or of the picture, maker note or trailer as its Name says.
func (f Finding) Path() string {
	if f.Standard == 0 {
		return f.Name
	}
	return f.Standard.String() + ":" + withoutIndexes(f.Name)
}

// Key is that of the field, or of the picture, maker note or trailer as its Name says.
func (f Finding) Key() string {
	if f.Standard == 0 {
		return f.Name
	}
	return keyOfName(f.Standard, f.Name)
}

// keyOfName makes a key of a name. Those of the other standards than XMP and texts are of tables.
func keyOfName(s Standard, name string) string {
	switch {
	case s == Text && !customaryText(name):
		name = digestName(name)
	case s == XMP:
		name = recordable(withoutIndexes(name))
	default:
		name = withoutIndexes(name)
	}
	return s.String() + ":" + name
}

// digestName stands for a name that somebody chose.
func digestName(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "other#" + hex.EncodeToString(sum[:4])
}

// recordable gives a path of XMP whose elements that are not customary stand by their digests. Numbers of items stay.
func recordable(path string) string {
	if customaryPath(path) {
		return path
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		mark := ""
		if strings.HasPrefix(part, "?") {
			mark, part = "?", part[1:]
		}
		name := withoutIndex(part)
		numbers := items(part[len(name):])
		if name+numbers != part {
			name = part
		}
		parts[i] = mark + mention(name) + numbers
	}
	return strings.Join(parts, "/")
}

// mention is a name of XMP as a problem may tell it: problems are recorded.
func mention(name string) string {
	if customaryName(name) {
		return name
	}
	return digestName(name)
}

func customaryPath(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		part = strings.TrimPrefix(part, "?")
		if name := withoutIndex(part); !customaryName(name) || items(part[len(name):]) != part[len(name):] {
			return false
		}
	}
	return true
}

// items gives the numbers behind a name, and nothing of what is none.
func items(numbers string) string {
	if strings.Trim(numbers, "[]0123456789") == "" {
		return numbers
	}
	return ""
}

// customaryName tells names of XMP that are a vocabulary's: with a known prefix, and in the form of a name. Those of
// Dublin Core are all known; pdfx is where properties that a document's author invents stand.
func customaryName(name string) bool {
	const longest, digits = 64, 4
	prefix, local, _ := strings.Cut(name, ":")
	if _, known := spaceOf[prefix]; !known || prefix == "pdfx" || local == "" || len(local) > longest {
		return false
	}
	if prefix == "dc" {
		_, known := xmpRules[name]
		return known
	}
	run := 0 // of digits: of more than a year's, a number of somebody's might stand there
	for i := range len(local) {
		c := local[i]
		switch {
		case '0' <= c && c <= '9':
			if run++; run > digits {
				return false
			}
			continue
		case 'a' <= c|0x20 && c|0x20 <= 'z', c == '_', c == '-':
		default:
			return false
		}
		run = 0
	}
	return true
}

// customaryText tells keywords of texts that are known, as textRule does, and those that programs write.
func customaryText(keyword string) bool {
	lower := strings.ToLower(keyword)
	if _, ok := textRules[lower]; ok || textNames[lower] {
		return true
	}
	name, ok := strings.CutPrefix(keyword, "exif:")
	return ok && exifTagNamed[name]
}

// exifTagNamed are the names of Exif's tags.
var exifTagNamed = func() map[string]bool {
	named := map[string]bool{}
	for _, names := range [...]map[uint16]string{exifNames, gpsNames, interopNames} {
		for _, name := range names {
			named[name] = true
		}
	}
	return named
}()

// textNames are further keywords in small letters: those that the nature of a field is told by, of the Thumbnail
// Managing Standard, of ImageMagick, and the elements and attributes of SVG that are read.
var textNames = map[string]bool{
	"caption": true, "headline": true, "subject": true, "keywords": true, "comments": true, "notes": true, "abstract": true,
	"summary": true, "rights": true, "license": true, "licence": true, "credit": true, "credits": true, "creator": true,
	"photographer": true, "owner": true, "email": true, "latitude": true, "longitude": true, "altitude": true, "gps": true,
	"location": true, "city": true, "country": true, "serialnumber": true, "make": true, "model": true, "date": true,
	"thumb::size": true, "thumb::mimetype": true, "thumb::document::pages": true, "thumb::image::width": true,
	"thumb::image::height": true, "thumb::movie::length": true,
	"icc:copyright": true, "icc:description": true, "icc:manufacturer": true, "icc:model": true, "jpeg:colorspace": true,
	"jpeg:sampling-factor": true, "tiff:endian": true, "tiff:photometric": true, "tiff:rows-per-strip": true,
	"tiff:alpha": true, "signature": true, "xml:com.adobe.xmp": true,
	"desc": true, "docname": true, "docbase": true, "export-filename": true, "absref": true, "sodipodi:docname": true,
	"sodipodi:docbase": true, "sodipodi:absref": true, "inkscape:export-filename": true, "text": true,
}
