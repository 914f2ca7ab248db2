package pixels

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// format is the seam behind which decoders are exchanged.
type format struct {
	name    string
	matches func(data []byte) bool
	inspect func(data []byte) container
	// size reads the size as this very decoder sees it, without allocating pixels; nil where only decoding tells.
	size   func(data []byte) (width, height int, err error)
	decode func(w *work, data []byte, o Options) (picture, error)
	// shape tells what memory decoding will take. Of formats without size it bounds the picture, too.
	shape func(data []byte, o Options) (shape, error)
	// native says that Options.Native decodes it.
	native bool
}

// container is what the walk over a file's structure found. It never fails: what it cannot follow,
// it leaves to the decoder to refuse.
type container struct {
	frames      int     // or pages
	cut         bool    // the structure ends before its end mark
	fault       *Remark // a reason to refuse
	orientation int     // 1 to 8
	colour      colourTags
	notes       []Remark // warnings
}

var formats = [...]format{
	{"jpeg", prefixed("\xff\xd8\xff"), inspectJPEG, jpegSize, decodeJPEG, shapeJPEG, false},
	{"png", prefixed(pngSignature), inspectPNG, pngSize, decodePNG, shapePNG, false},
	{"webp", isWebP, inspectWebP, imageSize(webp.DecodeConfig), decodeWebP, shapeWebP, true},
	{"avif", isBrand("AVIF"), inspectNothing, nil, decodeNative("avif", shapeISO), shapeISO, true},
	{"heic", isBrand("HEIC"), inspectNothing, nil, decodeNative("heic", shapeISO), shapeISO, true},
	{"jxl", prefixed("\x00\x00\x00\x0cJXL \r\n\x87\n", "\xff\x0a"), inspectNothing, nil, decodeNative("jxl", shapeJXL), shapeJXL, true},
	{"gif", prefixed("GIF87a", "GIF89a"), inspectGIF, gifSize, decodeGIF, shapeGIF, false},
	{"tiff", prefixed("II*\x00", "MM\x00*"), inspectTIFF, imageSize(tiff.DecodeConfig), fromImage(tiff.Decode), shapeTIFF, false},
	{"bmp", isBMP, inspectNothing, imageSize(bmp.DecodeConfig), fromImage(bmp.Decode), shapeBMP, false},
}

// inspectNothing is for formats whose structure holds nothing that the decoder does not tell.
func inspectNothing([]byte) container { return container{frames: 1, orientation: 1} }

func isBrand(name string) func([]byte) bool {
	return func(data []byte) bool {
		return len(data) >= 12 && string(data[4:8]) == "ftyp" && isoBrand(data) == name
	}
}

// isBMP asks for a known header size besides the two letters, which much text begins with.
func isBMP(data []byte) bool {
	return len(data) >= 18 && string(data[:2]) == "BM" && data[14] >= 12 && data[15] == 0 && data[16] == 0 && data[17] == 0
}

// identify tells the format from the content and refuses what is empty, over the limit or no image.
func identify(data []byte, maxBytes int64) (format, error) {
	if int64(len(data)) > maxBytes {
		return format{}, &Error{Kind: ErrTooLarge, Limit: maxBytes}
	}
	if len(data) == 0 {
		return format{}, &Error{Kind: ErrNotImage, reason: remark(Empty)}
	}
	for _, f := range formats {
		if f.matches(data) {
			return f, nil
		}
	}
	if name := foreign(data); name != "" {
		return format{}, &Error{Kind: ErrUnsupported, Format: name, reason: remark(NoDecoder)}
	}
	head := data[:min(len(data), 8)]
	return format{}, &Error{Kind: ErrNotImage, reason: remark(Unknown, fmt.Sprintf("%q", head))}
}

func prefixed(signatures ...string) func([]byte) bool {
	return func(data []byte) bool {
		for _, s := range signatures {
			if len(data) >= len(s) && string(data[:len(s)]) == s {
				return true
			}
		}
		return false
	}
}

// foreignSignatures are formats that are recognised to be named, and not decoded.
var foreignSignatures = [...]struct{ signature, name string }{
	{"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"},
	{"\xff\x4f\xff\x51", "JPEG 2000"},
	{"8BPS", "Photoshop (PSD)"},
	{"\x00\x00\x01\x00", "ICO"},
	{"\x76\x2f\x31\x01", "OpenEXR"},
	{"#?RADIANCE", "Radiance HDR"},
	{"II+\x00", "BigTIFF"},
	{"MM\x00+", "BigTIFF"},
	{"II\xbc\x01", "JPEG XR"},
	{"qoif", "QOI"},
	{"%PDF-", "PDF"},
}

// foreign names a format that this package knows of and cannot decode, or returns "".
func foreign(data []byte) string {
	for _, f := range foreignSignatures {
		if bytes.HasPrefix(data, []byte(f.signature)) {
			return f.name
		}
	}
	head := bytes.ToLower(data[:min(len(data), 1024)])
	if i := bytes.Index(head, []byte("<svg")); i >= 0 && bytes.IndexByte(head, '<') <= i && !bytes.Contains(head[:i], []byte("<html")) {
		return "SVG"
	}
	return ""
}

// isoBrand names the image brand of an ISO base media file (ISO/IEC 14496-12, 4.3), or returns "".
// The major brand may be the generic mif1, so the compatible brands count too, AVIF before HEIC.
func isoBrand(data []byte) string {
	size := int(uint32(data[0])<<24 | uint32(data[1])<<16 | uint32(data[2])<<8 | uint32(data[3]))
	brands := data[8:min(len(data), max(size, 12), 256)]
	name := ""
	for ; len(brands) >= 4; brands = brands[4:] {
		switch string(brands[:4]) {
		case "avif", "avis":
			return "AVIF"
		case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1":
			name = "HEIC"
		}
	}
	return name
}

// checkName remarks on a name whose extension says another image format than the given one: not where it agrees, is
// missing or is no image extension.
func checkName(name, format string) []Remark {
	ext := strings.ToLower(path.Ext(strings.ReplaceAll(name, `\`, "/")))
	said := ""
	switch ext {
	case ".jpg", ".jpeg", ".jpe", ".jfif":
		said = "jpeg"
	case ".png", ".apng":
		said = "png"
	case ".gif", ".webp", ".avif", ".heic", ".jxl", ".bmp", ".svg", ".psd":
		said = ext[1:]
	case ".heif":
		said = "heic"
	case ".tif", ".tiff":
		said = "tiff"
	}
	if said == "" || said == format {
		return nil
	}
	return []Remark{remark(WrongName, ext, format)}
}
