package pixels

import (
	"fmt"
	"maps"
	"slices"
)

// Remark is a sentence about a file, or the half of one that says why it was refused: a kind and the arguments of its
// sentence, so that a program can say it in the language of its user. String says it in English.
type Remark struct {
	Kind RemarkKind
	// Args are strings and ints, in the order in which the English sentence takes them.
	Args []any
}

// RemarkKind names the sentence of a Remark.
type RemarkKind string

// The kinds of Image.Warnings.
const (
	WrongName        RemarkKind = "wrong-name"        // extension, format
	Unmanaged        RemarkKind = "unmanaged"         // CMYK
	GainMap          RemarkKind = "gain-map"          //
	MorePictures     RemarkKind = "more-pictures"     // how many
	LostTransparency RemarkKind = "lost-transparency" // PNG
	OtherChannels    RemarkKind = "other-channels"    // the profile's name, its channels, the picture's
	ProfileUnread    RemarkKind = "profile-unread"    // why
	SpaceUnread      RemarkKind = "space-unread"      // the colour space, why
	SpaceForm        RemarkKind = "space-form"        // the colour space
	NativeGainMap    RemarkKind = "native-gain-map"   //
	FloatSamples     RemarkKind = "float-samples"     //
	Verbatim         RemarkKind = "verbatim"          // an English sentence of a decoder
)

// The kinds of reasons of an Error.
const (
	Empty           RemarkKind = "empty"            //
	Unknown         RemarkKind = "unknown"          // the first bytes, quoted
	NoDecoder       RemarkKind = "no-decoder"       //
	NoCodec         RemarkKind = "no-codec"         //
	NotReducible    RemarkKind = "not-reducible"    //
	NoPixels        RemarkKind = "no-pixels"        //
	WasteOfTiles    RemarkKind = "waste-of-tiles"   //
	GaveUp          RemarkKind = "gave-up"          // with what
	Contradiction   RemarkKind = "contradiction"    //
	UnknownLayout   RemarkKind = "unknown-layout"   // its name
	RareFeature     RemarkKind = "rare-feature"     // its name
	RareBMP         RemarkKind = "rare-bmp"         //
	NativeMissing   RemarkKind = "native-missing"   // the command that builds it
	NativeCrash     RemarkKind = "native-crash"     // format
	NativeTime      RemarkKind = "native-time"      // format, limit
	NativeNonsense  RemarkKind = "native-nonsense"  // format
	NativeForbidden RemarkKind = "native-forbidden" // format
	NativeMemory    RemarkKind = "native-memory"    // format
)

const readAsSRGB = "; the colours were read as sRGB"

// english holds the sentence of each kind.
var english = map[RemarkKind]string{
	WrongName:        "named %s but holds %s",
	Unmanaged:        "CMYK was converted without colour management; the colours are approximate",
	GainMap:          "the file has a gain map for high dynamic range; only the base image was read",
	MorePictures:     "the file holds %d pictures; only the first was read",
	LostTransparency: "its transparency (tRNS) stands in the wrong place or has a wrong length, so that nothing shows it",
	OtherChannels:    "the embedded ICC profile %q is for %d channels and the picture has %d" + readAsSRGB,
	ProfileUnread:    "the embedded ICC profile is not applied: %s" + readAsSRGB,
	SpaceUnread:      "the colour space %s is not applied: %s" + readAsSRGB,
	SpaceForm:        "colour space %s in a form that PNG does not have" + readAsSRGB,
	NativeGainMap:    "it holds a gain map; the base image was read, as shown on an ordinary display",
	FloatSamples:     "its samples are floating-point numbers; they were limited to 0 to 1 and rounded to 16 bits",
	Verbatim:         "%s",

	Empty:           "empty",
	Unknown:         "not an image: it begins with %s",
	NoDecoder:       "this build has no decoder for it",
	NoCodec:         "it needs safelight-codec, which this program was not given",
	NotReducible:    "it cannot be decoded at a fraction of its size",
	NoPixels:        "it declares no pixels",
	WasteOfTiles:    "its tiles cover far more than the image",
	GaveUp:          "the decoder gave up: %s",
	Contradiction:   "the native decoder gave a picture that contradicts itself",
	UnknownLayout:   "its pixel layout %s is unknown",
	RareFeature:     "it uses %s",
	RareBMP:         "it is of a rare kind of BMP",
	NativeMissing:   "safelight-codec not found beside this program or on PATH: build it with `%s` and put it there",
	NativeCrash:     "the %s decoder crashed on it",
	NativeTime:      "the %s decoder exceeded the time limit of %s on it",
	NativeNonsense:  "the %s decoder answered nonsense to it",
	NativeForbidden: "the %s decoder tried on it what decoders must not do, and was stopped",
	NativeMemory:    "the %s decoder needs more memory for it than it may have",
}

// RemarkKinds lists all kinds, for tables of other languages.
func RemarkKinds() []RemarkKind { return slices.Sorted(maps.Keys(english)) }

func remark(k RemarkKind, args ...any) Remark { return Remark{k, args} }

// TextRemark is a remark of a decoder outside this package: that of a kind without arguments which has just this
// English sentence, else Verbatim.
func TextRemark(text string) Remark {
	for _, k := range RemarkKinds() {
		if english[k] == text {
			return Remark{Kind: k}
		}
	}
	return remark(Verbatim, text)
}

// String is the sentence in English.
func (r Remark) String() string {
	format, ok := english[r.Kind]
	if !ok {
		return string(r.Kind)
	}
	return fmt.Sprintf(format, r.Args...)
}

// Phrase names the sentence among those of all packages, and gives its arguments.
func (r Remark) Phrase() (key string, args []any) { return "pixels." + string(r.Kind), r.Args }
