package metadata

// Standard is where a field is defined.
type Standard uint8

// The standards.
const (
	Exif      Standard = 1 + iota
	IIM                // IPTC Information Interchange Model
	XMP                //
	ICC                // the header of a colour profile
	Photoshop          // an image resource
	Text               // a text chunk of PNG, an element of SVG
	Comment            // a comment of JPEG, GIF or SVG
)

// String is the standard's name.
func (s Standard) String() string {
	switch s {
	case Exif:
		return "Exif"
	case IIM:
		return "IPTC"
	case XMP:
		return "XMP"
	case ICC:
		return "ICC"
	case Photoshop:
		return "Photoshop"
	case Text:
		return "Text"
	case Comment:
		return "Comment"
	}
	return "unknown"
}

// MarshalText writes the standard's name, for JSON.
func (s Standard) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Field is one value of a file.
type Field struct {
	Standard Standard
	// Group is the part of the standard: IFD0, ExifIFD, GPS … (as in tiffdir), MakerNote; Envelope or Application of IIM; the
	// prefix of the property's namespace in XMP; the kind of the chunk.
	Group string
	// Name is that of the standard's text. In XMP it is the path of a leaf, with customary prefixes, items counted
	// from one and qualifiers behind a question mark: dc:title[1], dc:title[1]/?xml:lang,
	// Iptc4xmpExt:LocationShown[1]/Iptc4xmpExt:City. An unknown tag is 0x and four digits, an unknown dataset 2:199.
	Name string
	// ID is the tag of Exif, 256 × record + dataset of IIM, the number of Photoshop's resource.
	ID int
	// Value is text as it was meant, whatever its character set; numbers with blanks between; a fraction as a decimal of
	// ten digits; bytes that are no text as their number and the beginning of their SHA-256.
	Value string
	Class Class
	Part  int // index in Document.Parts of the part that it came from
}

// Picture is a picture within the picture.
type Picture struct {
	Kind  string // thumbnail or preview
	Where string // IFD1, MakerNote, xmp:Thumbnails[1] …, or the container's name of the part
	Data  []byte // a file of its own, mostly JPEG; may alias the image
	Part  int
	// Document is what the picture's own metadata say; nil where it has none.
	Document *Document
}

// Region is a part of the picture that the metadata say something of, mostly that a face is there.
type Region struct {
	Name string // of the person, as recorded; may be empty
	Kind string // Face, Pet, Focus, BarCode … (Metadata Working Group); empty where none is stated
	// The rectangle around it in shares of the picture's width and height, from the left upper corner; all 0 where the
	// region is stated in another way.
	X, Y, W, H float64
	Where      string // the path of the field
}

// MakerNote says that a camera's maker wrote data of his own.
type MakerNote struct {
	Maker string // as its header says, or the camera's Make; may be empty
	Size  int
	Part  int
}

// Problem is one thing that was wrong with a file, or that was passed over.
type Problem struct {
	Part   int    // index of the container's part; -1 for the container itself
	Reason string // one clause
	Unread bool   // what stands there was passed over: it may say anything
}

// Profile is what the header of an ICC profile says (ICC.1:2022, 7.2), and its name.
type Profile struct {
	Description string
	Copyright   string
	Version     string // 4.3.0
	Class       string // mntr, prtr …
	Space       string // RGB, GRAY, CMYK, Lab
	PCS         string // XYZ, Lab
	Creator     string // signature
	Device      string // manufacturer and model, signatures
	Created     string // 2006-01-02 15:04:05; empty where it is no date
	Size        int
}

// Limits bound what is read. A zero field stands for its default.
type Limits struct {
	Fields   int // 50 000
	Text     int // bytes of all values and of the names of XMP together: 32 MiB
	Packet   int // bytes of one XMP packet: 16 MiB
	Pictures int // 64
	Problems int // 64
}

func (l Limits) orDefault() Limits {
	for _, f := range []struct {
		v   *int
		def int
	}{{&l.Fields, 50_000}, {&l.Text, 32 << 20}, {&l.Packet, 16 << 20}, {&l.Pictures, 64}, {&l.Problems, 64}} {
		if *f.v <= 0 {
			*f.v = f.def
		}
	}
	return l
}
