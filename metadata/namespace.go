package metadata

import "strings"

// Namespaces that the reading itself knows.
const (
	nsXML  = "http://www.w3.org/XML/1998/namespace"
	nsRDF  = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	nsX    = "adobe:ns:meta/"
	nsXMP  = "http://ns.adobe.com/xap/1.0/"
	nsMM   = "http://ns.adobe.com/xap/1.0/mm/"
	nsNote = "http://ns.adobe.com/xmp/note/"
)

// prefixes are the customary prefixes of namespaces: those of the XMP specification (parts 1 and 2), Exif (CIPA DC-010),
// IPTC, PLUS and the Metadata Working Group, and of what cameras and editors write. A path in this package begins with
// them whatever prefix the file declares.
var prefixes = map[string]string{
	nsXML: "xml", nsRDF: "rdf", nsX: "x", nsXMP: "xmp", nsMM: "xmpMM", nsNote: "xmpNote",
	"http://purl.org/dc/elements/1.1/":                         "dc",
	"http://ns.adobe.com/xap/1.0/rights/":                      "xmpRights",
	"http://ns.adobe.com/xap/1.0/bj/":                          "xmpBJ",
	"http://ns.adobe.com/xap/1.0/t/pg/":                        "xmpTPg",
	"http://ns.adobe.com/xap/1.0/t/":                           "xmpT",
	"http://ns.adobe.com/xap/1.0/g/":                           "xmpG",
	"http://ns.adobe.com/xap/1.0/g/img/":                       "xmpGImg",
	"http://ns.adobe.com/xap/1.0/sType/ResourceEvent#":         "stEvt",
	"http://ns.adobe.com/xap/1.0/sType/ResourceRef#":           "stRef",
	"http://ns.adobe.com/xap/1.0/sType/Version#":               "stVer",
	"http://ns.adobe.com/xap/1.0/sType/ManifestItem#":          "stMfs",
	"http://ns.adobe.com/xap/1.0/sType/Dimensions#":            "stDim",
	"http://ns.adobe.com/xap/1.0/sType/Font#":                  "stFnt",
	"http://ns.adobe.com/xap/1.0/sType/Job#":                   "stJob",
	"http://ns.adobe.com/xmp/sType/Area#":                      "stArea",
	"http://ns.adobe.com/xmp/Identifier/qual/1.0/":             "xmpidq",
	"http://ns.adobe.com/xmp/1.0/DynamicMedia/":                "xmpDM",
	"http://ns.adobe.com/xmp/transient/1.0/":                   "xmpx",
	"http://ns.adobe.com/iX/1.0/":                              "iX",
	"http://ns.adobe.com/photoshop/1.0/":                       "photoshop",
	"http://ns.adobe.com/pdf/1.3/":                             "pdf",
	"http://ns.adobe.com/pdfx/1.3/":                            "pdfx",
	"http://www.npes.org/pdfx/ns/id/":                          "pdfxid",
	"http://www.aiim.org/pdfa/ns/id/":                          "pdfaid",
	"http://ns.adobe.com/album/1.0/":                           "album",
	"http://ns.adobe.com/tiff/1.0/":                            "tiff",
	"http://ns.adobe.com/exif/1.0/":                            "exif",
	"http://cipa.jp/exif/1.0/":                                 "exifEX",
	"http://ns.adobe.com/exif/1.0/aux/":                        "aux",
	"http://ns.adobe.com/png/1.0/":                             "png",
	"http://ns.adobe.com/jpeg/1.0/":                            "jpeg",
	"http://ns.adobe.com/swf/1.0/":                             "swf",
	"http://ns.adobe.com/camera-raw-settings/1.0/":             "crs",
	"http://ns.adobe.com/camera-raw-saved-settings/1.0/":       "crss",
	"http://ns.adobe.com/lightroom/1.0/":                       "lr",
	"http://ns.adobe.com/dicom/":                               "DICOM",
	"http://ns.adobe.com/DICOM/":                               "DICOM",
	"http://xmp.gettyimages.com/gift/1.0/":                     "getty",
	"http://ns.microsoft.com/expressionmedia/1.0/":             "expressionmedia",
	"http://www.georss.org/georss":                             "georss",
	"http://www.georss.org/georss/":                            "georss",
	"http://ns.adobe.com/asf/1.0/":                             "asf",
	"http://ns.adobe.com/xmp/wav/1.0/":                         "wav",
	"http://ns.adobe.com/bwf/bext/1.0/":                        "bext",
	"http://ns.adobe.com/riff/info/":                           "riffinfo",
	"http://ns.adobe.com/StockPhoto/1.0/":                      "bmsp",
	"http://ns.adobe.com/creatorAtom/1.0/":                     "creatorAtom",
	"http://ns.adobe.com/exif/1.0/flash":                       "exifFlash",
	"http://ns.adobe.com/hdr-gain-map/1.0/":                    "hdrgm",
	"http://creativecommons.org/ns#":                           "cc",
	"http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/":              "Iptc4xmpCore",
	"http://iptc.org/std/Iptc4xmpExt/2008-02-29/":              "Iptc4xmpExt",
	"http://ns.useplus.org/ldf/xmp/1.0/":                       "plus",
	"http://www.metadataworkinggroup.com/schemas/regions/":     "mwg-rs",
	"http://www.metadataworkinggroup.com/schemas/keywords/":    "mwg-kw",
	"http://www.metadataworkinggroup.com/schemas/collections/": "mwg-coll",
	"http://ns.microsoft.com/photo/1.0":                        "MicrosoftPhoto",
	"http://ns.microsoft.com/photo/1.0/":                       "MicrosoftPhoto",
	"http://ns.microsoft.com/photo/1.2/":                       "MP",
	"http://ns.microsoft.com/photo/1.2/t/RegionInfo#":          "MPRI",
	"http://ns.microsoft.com/photo/1.2/t/Region#":              "MPReg",
	"http://ns.apple.com/faceinfo/1.0/":                        "apple-fi",
	"http://ns.apple.com/ImageCaptureGadget/1.0/":              "ImageCapture",
	"http://ns.google.com/photos/1.0/camera/":                  "GCamera",
	"http://ns.google.com/photos/1.0/image/":                   "GImage",
	"http://ns.google.com/photos/1.0/depthmap/":                "GDepth",
	"http://ns.google.com/photos/1.0/audio/":                   "GAudio",
	"http://ns.google.com/photos/1.0/panorama/":                "GPano",
	"http://ns.google.com/photos/1.0/creations/":               "GCreations",
	"http://ns.google.com/photos/1.0/container/":               "Container",
	"http://ns.google.com/photos/1.0/container/item/":          "Item",
	"http://www.digikam.org/ns/1.0/":                           "digiKam",
	"http://www.digikam.org/ns/kipi/1.0/":                      "kipi",
	"http://ns.acdsee.com/iptc/1.0/":                           "acdsee",
	"http://ns.acdsee.com/regions/":                            "acdsee-rs",
	"http://ns.camerabits.com/photomechanic/1.0/":              "photomechanic",
	"http://ns.iview-multimedia.com/mediapro/1.0/":             "mediapro",
	"http://ns.extensis.com/extensis/1.0/":                     "extensis",
	"http://ns.fastpictureviewer.com/fpv/1.0/":                 "fpv",
	"http://ns.dxo.com/photolab/1.0/":                          "dxo",
	"http://darktable.sf.net/":                                 "darktable",
	"http://www.gimp.org/xmp/":                                 "GIMP",
	"http://www.dji.com/drone-dji/1.0/":                        "drone-dji",
	"http://ns.nikon.com/nine/1.0/":                            "nine",
	"http://ns.nikon.com/sdc/1.0/":                             "sdc",
	"http://ns.exiftool.ca/1.0/":                               "et",
	"http://prismstandard.org/namespaces/basic/2.0/":           "prism",
	"http://www.w3.org/2003/01/geo/wgs84_pos#":                 "geo",
	"http://ns.cyanogenmod.com/Camera/":                        "cm",
}

// spaceOf is the namespace of each customary prefix, for packets that use one without declaring it.
var spaceOf = func() map[string]string {
	spaces := make(map[string]string, len(prefixes))
	for space, prefix := range prefixes {
		spaces[prefix] = space
	}
	return spaces
}()

// standardSpace mends namespaces that are known to be written in more than one way (as in the Adobe XMP Toolkit).
func standardSpace(space string) string {
	switch {
	case space == "http://purl.org/dc/1.1/":
		return "http://purl.org/dc/elements/1.1/"
	case space == "http://ns.adobe.com/iX/1.0/mm/", space == "http://ns.adobe.com/xmp/1.0/mm/":
		return nsMM
	case strings.HasPrefix(space, "http://ns.adobe.com/xmp/1.0/") && strings.HasSuffix(space, "/rights/"):
		return "http://ns.adobe.com/xap/1.0/rights/"
	}
	return space
}
