package provenance

import (
	"bytes"
	"html"

	"github.com/safelight-dev/safelight/container"
)

// maxURI bounds a URI.
const maxURI = 4 << 10

// remote is where an image's XMP says that its manifest store is kept (dcterms:provenance; C2PA 2.4, 15.5.3.1). It
// looks for the property as it is written, an attribute or an element.
func remote(f *container.File) string {
	for _, p := range f.Parts {
		if p.Kind != container.XMP {
			continue
		}
		_, after, ok := bytes.Cut(p.Data, []byte("dcterms:provenance"))
		if !ok {
			continue
		}
		after = bytes.TrimLeft(after[:min(len(after), maxURI)], " \t\r\n=>")
		end := bytes.IndexByte(after, '<')
		if len(after) > 0 && (after[0] == '"' || after[0] == '\'') {
			quote := after[0]
			after = after[1:]
			end = bytes.IndexByte(after, quote)
		}
		if end > 0 {
			return html.UnescapeString(string(bytes.TrimSpace(after[:end])))
		}
	}
	return ""
}
