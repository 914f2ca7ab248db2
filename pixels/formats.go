package pixels

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"path"
	"strings"

	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// format is the seam behind which decoders are exchanged.
type format struct {
	name    string
	matches func(data []byte) bool
	inspect func(data []byte) container
	// config reads the size as this very decoder sees it, without allocating pixels.
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	// bytesPerPixel is the memory that decoding takes at its peak, by estimate.
	bytesPerPixel int64
}

// container is what the walk over a file's structure found. It never fails: what it cannot follow,
// it leaves to the decoder to refuse.
type container struct {
	frames      int // or pages
	animated    bool
	cut         bool   // the structure ends before its end mark
	fault       string // a reason to refuse, or empty
	orientation int    // 1 to 8
	colour      colourTags
	// canvas is the area that the picture may cover in part; empty if it covers all.
	canvas image.Rectangle
	// capacity is an upper bound of the pixels that the coded data can stand for; 0 if unknown. It refuses
	// tiny files that declare large pictures before memory is taken for them.
	capacity int64
}

var formats = [...]format{
	{"jpeg", prefixed("\xff\xd8\xff"), inspectJPEG, jpeg.DecodeConfig, jpeg.Decode, 12},
	{"png", prefixed(pngSignature), inspectPNG, png.DecodeConfig, png.Decode, 12},
	{"webp", isWebP, inspectWebP, webp.DecodeConfig, decodeWebP, 8},
	{"gif", prefixed("GIF87a", "GIF89a"), inspectGIF, gif.DecodeConfig, gif.Decode, 5},
	{"tiff", prefixed("II*\x00", "MM\x00*"), inspectTIFF, tiff.DecodeConfig, tiff.Decode, 12},
}

// identify tells the format from the content and refuses what is empty, over the limit or no image.
func identify(data []byte, maxBytes int64) (format, error) {
	if int64(len(data)) > maxBytes {
		return format{}, &Error{Kind: ErrTooLarge, Limit: maxBytes}
	}
	if len(data) == 0 {
		return format{}, &Error{Kind: ErrNotImage, reason: "empty"}
	}
	for _, f := range formats {
		if f.matches(data) {
			return f, nil
		}
	}
	if name := foreign(data); name != "" {
		return format{}, &Error{Kind: ErrUnsupported, Format: name, reason: "this build has no decoder for it"}
	}
	head := data[:min(len(data), 8)]
	return format{}, &Error{Kind: ErrNotImage, reason: fmt.Sprintf("not an image: it begins with %q", head)}
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
	{"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"},
	{"\xff\x0a", "JPEG XL"},
	{"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"},
	{"\xff\x4f\xff\x51", "JPEG 2000"},
	{"8BPS", "Photoshop (PSD)"},
	{"BM", "BMP"},
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
	if len(data) >= 12 && string(data[4:8]) == "ftyp" {
		return isoBrand(data)
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

// CheckName returns a sentence if the extension of name says another image format than the given one,
// and "" if it agrees, is missing or is no image extension.
func CheckName(name, format string) string {
	ext := strings.ToLower(path.Ext(strings.ReplaceAll(name, `\`, "/")))
	said := ""
	switch ext {
	case ".jpg", ".jpeg", ".jpe", ".jfif":
		said = "jpeg"
	case ".png", ".apng":
		said = "png"
	case ".gif", ".webp", ".avif", ".heic", ".heif", ".jxl", ".bmp", ".svg", ".psd":
		said = ext[1:]
	case ".tif", ".tiff":
		said = "tiff"
	}
	if said == "" || said == format {
		return ""
	}
	return fmt.Sprintf("named %s but holds %s", ext, format)
}
