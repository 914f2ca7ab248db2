package metadata

import (
	"bytes"
	"strings"

	"github.com/safelight-dev/safelight/tiffdir"
)

// makers are what maker notes begin with. Others (Canon, some of Casio and Minolta) begin with a directory at once.
var makers = []struct{ head, maker string }{
	{"Nikon\x00", "Nikon"}, {"OLYMP", "Olympus"}, {"OM SYSTEM", "OM System"}, {"FUJIFILM", "Fujifilm"}, {"Panasonic", "Panasonic"},
	{"LEICA", "Leica"}, {"SONY ", "Sony"}, {"Apple iOS", "Apple"}, {"AOC\x00", "Pentax"}, {"PENTAX ", "Pentax"}, {"QVC\x00", "Casio"},
	{"MLT0", "Minolta"}, {"SIGMA", "Sigma"}, {"FOVEON", "Sigma"}, {"KDK", "Kodak"}, {"Ricoh", "Ricoh"}, {"RICOH", "Ricoh"},
	{"SANYO", "Sanyo"}, {"EPSON", "Epson"}, {"GE\x00", "General Imaging"}, {"HDRP", "Google"}, {"DJI", "DJI"}, {"Adobe\x00", "Adobe"},
	{"Samsung", "Samsung"}, {"STMN", "Samsung"}, {"Reconyx", "Reconyx"}, {"RECONYX", "Reconyx"}, {"MOT\x00", "Motorola"},
}

// makerNote notes that a maker wrote data of his own, and finds the preview in it.
func (r *reader) makerNote(f *tiffdir.File, e tiffdir.Entry, part int) {
	const maxNotes, longest = 64, 4 << 20
	if len(r.doc.MakerNotes) >= maxNotes {
		return
	}
	note := MakerNote{Size: len(e.Raw()), Part: part}
	for _, m := range makers {
		if bytes.HasPrefix(e.Raw(), []byte(m.head)) {
			note.Maker = m.maker
			break
		}
	}
	if camera, ok := f.Find("IFD0", tagMake); ok && note.Maker == "" {
		note.Maker = strings.TrimSpace(asciiText(camera.Raw()))
	}
	r.doc.MakerNotes = append(r.doc.MakerNotes, note)
	if len(r.doc.MakerNotes) <= 4 { // one is usual, and each may cost a copy of all
		r.makerFields(e, note.Maker, part)
	}
	if jpeg := embeddedJPEG(e.Raw()[:min(len(e.Raw()), longest)]); jpeg != nil {
		r.picture(Picture{Kind: "preview", Where: "MakerNote", Data: jpeg, Part: part})
	}
}

// embeddedJPEG finds a JPEG file among other bytes: from its start, with a marker that may come first, to the last end.
func embeddedJPEG(b []byte) []byte {
	for from := 0; ; {
		at := bytes.Index(b[from:], []byte("\xff\xd8\xff"))
		if at < 0 || from+at+4 > len(b) {
			return nil
		}
		from += at
		switch b[from+3] {
		case 0xc0, 0xc4, 0xdb, 0xe0, 0xe1, 0xe2, 0xee, 0xfe:
			if end := bytes.LastIndex(b[from:], []byte("\xff\xd9")); end > 0 {
				return b[from : from+end+2]
			}
			return b[from:]
		}
		from++
	}
}
