package delivery

import (
	"path"
	"strings"
)

const octets = "application/octet-stream"

// contentType knows the image formats by the ending of a name. The machine's
// own table is not asked, so that the same file has the same type everywhere.
func contentType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".png":
		return "image/png"
	case ".gif":
		return "image/gif"
	case ".webp":
		return "image/webp"
	case ".avif":
		return "image/avif"
	case ".jxl":
		return "image/jxl"
	case ".heic":
		return "image/heic"
	case ".tif", ".tiff":
		return "image/tiff"
	case ".bmp":
		return "image/bmp"
	case ".ico":
		return "image/x-icon"
	case ".svg":
		return "image/svg+xml"
	}
	return octets
}

// placeholder stands in where there is no reference: a light grey square.
const placeholder = `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256" viewBox="0 0 256 256"><rect width="256" height="256" fill="#e4e4e4"/></svg>
`
