package metadata

import "github.com/safelight-dev/safelight/personal"

const (
	unlikely = personal.Unlikely
	possible = personal.Possible
	likely   = personal.Likely
	certain  = personal.VeryLikely
)

// gpsRule is the rule of a tag of the GPS directory: all of it says where somebody was, but for its version.
func gpsRule(id int) rule {
	switch id {
	case 0: // version
		return rule{class: Personal}
	case 2, 4, 20, 22: // the coordinates
		return rule{Personal, Location, certain, false, ""}
	case 27, 28: // method and area are texts
		return rule{Personal, Location, likely, true, ""}
	case 7, 29: // time and date of the fix
		return rule{Personal, DateTime, likely, false, ""}
	}
	return rule{Personal, Location, likely, false, ""}
}

// exifRules are what is known of tags beside GPS. Others are technical.
var exifRules = map[uint16]rule{
	0x010d: {Description, "", 0, true, ""},                       // DocumentName, often a path
	0x010e: {Description, "", 0, true, TermDescription},          // ImageDescription
	0x013b: {Rights, personal.Person, likely, true, TermCreator}, // Artist
	0x013c: {Personal, DeviceID, possible, true, ""},             // HostComputer, often a person's machine
	0x0131: {Provenance, "", 0, true, "software"},                // Software
	0x000b: {Provenance, "", 0, true, "software"},                // ProcessingSoftware
	0x0132: {Provenance, "", 0, false, "modified"},               // DateTime
	0x800d: {Provenance, "", 0, false, ""},                       // ImageID
	0x8298: {Rights, "", 0, true, TermCopyright},                 // Copyright
	0x9003: {Provenance, DateTime, unlikely, false, "created"},   // DateTimeOriginal
	0x9004: {Provenance, "", 0, false, "digitized"},              // DateTimeDigitized
	0x927c: {Personal, "", 0, false, ""},                         // MakerNote: a finding of its own
	0xc634: {Personal, "", 0, false, ""},                         // DNGPrivateData
	0x9286: {Description, "", 0, true, "comment"},                // UserComment
	0x9213: {Provenance, EditHistory, possible, true, ""},        // ImageHistory
	0xa213: {Provenance, EditHistory, possible, true, ""},        //
	0x9c9b: {Description, "", 0, true, TermTitle},                // XPTitle
	0x9c9c: {Description, "", 0, true, "comment"},                // XPComment
	0x9c9d: {Rights, personal.Person, likely, true, TermCreator}, // XPAuthor
	0x9c9e: {Description, "", 0, true, TermKeywords},             // XPKeywords
	0x9c9f: {Description, "", 0, true, ""},                       // XPSubject
	0x4746: {Description, "", 0, false, ""},                      // Rating
	0x4749: {Description, "", 0, false, ""},                      // RatingPercent
	0xa420: {Provenance, DeviceID, unlikely, false, ""},          // ImageUniqueID
	0xa430: {Personal, personal.Person, certain, true, ""},       // CameraOwnerName
	0xa431: {Personal, DeviceID, certain, false, ""},             // BodySerialNumber
	0xa435: {Personal, DeviceID, likely, false, ""},              // LensSerialNumber
	0xa436: {Description, "", 0, true, TermTitle},                // ImageTitle
	0xa437: {Rights, personal.Person, likely, true, TermCreator}, // Photographer
	0xa438: {Rights, personal.Person, likely, true, ""},          // ImageEditor
	0xa43a: {Provenance, "", 0, true, ""},                        // RAWDevelopingSoftware
	0xa43b: {Provenance, "", 0, true, ""},                        // ImageEditingSoftware
	0xa43c: {Provenance, "", 0, true, ""},                        // MetadataEditingSoftware
	0xc62f: {Personal, DeviceID, certain, false, ""},             // CameraSerialNumber
	0xc68b: {Provenance, EditHistory, unlikely, true, ""},        // OriginalRawFileName
	0xc7a1: {Personal, DeviceID, possible, true, ""},             // CameraLabel
	0xfde8: {Personal, personal.Person, certain, true, ""},       // OwnerName
	0xfde9: {Personal, DeviceID, certain, false, ""},             // SerialNumber
	0xfe4c: {Provenance, EditHistory, unlikely, true, ""},        // RawFile
	0x9009: {Personal, personal.Person, possible, false, ""},     // GooglePlusUploadCode
	0x8482: {Personal, Location, certain, false, ""},             // ModelTiepointTag: a map's corner
	0x85d8: {Personal, Location, certain, false, ""},             // ModelTransformationTag
	0x87b1: {Personal, Location, possible, true, ""},             // GeoAsciiParamsTag
	0xc6d2: {Description, "", 0, true, TermTitle},                // PanasonicTitle
	0xc6d3: {Description, "", 0, true, ""},                       //
	0xa480: {Description, "", 0, true, ""},                       // GDALMetadata
}

// iimRules are what is known of datasets.
var iimRules = map[int]rule{
	1<<8 | 5: {Personal, personal.Person, possible, true, ""}, 1<<8 | 100: {Provenance, "", 0, false, ""},
	2<<8 | 5: {Description, "", 0, true, TermTitle}, 2<<8 | 7: {Description, "", 0, true, ""}, 2<<8 | 10: {Description, "", 0, false, ""},
	2<<8 | 12: {Description, "", 0, true, ""}, 2<<8 | 15: {Description, "", 0, true, ""}, 2<<8 | 20: {Description, "", 0, true, ""},
	2<<8 | 22: {Description, "", 0, true, ""}, 2<<8 | 25: {Description, "", 0, true, TermKeywords},
	2<<8 | 26: {Description, Location, unlikely, false, ""}, 2<<8 | 27: {Description, Location, possible, true, ""},
	2<<8 | 40: {Rights, "", 0, true, "instructions"}, 2<<8 | 55: {Provenance, DateTime, unlikely, false, ""}, 2<<8 | 60: {Provenance, DateTime, unlikely, false, ""},
	2<<8 | 62: {Provenance, "", 0, false, ""}, 2<<8 | 63: {Provenance, "", 0, false, ""},
	2<<8 | 65: {Provenance, "", 0, true, "software"}, 2<<8 | 70: {Provenance, "", 0, false, ""},
	2<<8 | 80: {Rights, personal.Person, likely, true, TermCreator}, 2<<8 | 85: {Rights, "", 0, true, "creator's title"},
	2<<8 | 90: {Description, Location, possible, true, "city"}, 2<<8 | 92: {Description, Location, likely, true, "sublocation"},
	2<<8 | 95: {Description, Location, possible, true, "state"}, 2<<8 | 100: {Description, "", 0, false, "country code"},
	2<<8 | 101: {Description, Location, unlikely, true, "country"}, 2<<8 | 103: {Provenance, "", 0, true, "job"},
	2<<8 | 105: {Description, "", 0, true, TermHeadline}, 2<<8 | 110: {Rights, "", 0, true, TermCredit}, 2<<8 | 115: {Rights, "", 0, true, TermSource},
	2<<8 | 116: {Rights, "", 0, true, TermCopyright}, 2<<8 | 118: {Rights, personal.Person, likely, true, "contact"},
	2<<8 | 120: {Description, "", 0, true, TermDescription}, 2<<8 | 121: {Description, "", 0, true, ""},
	2<<8 | 122: {Rights, personal.Person, likely, true, "caption writer"}, 2<<8 | 125: {Description, "", 0, false, ""},
	2<<8 | 184: {Provenance, "", 0, true, ""}, 2<<8 | 185: {Provenance, "", 0, true, ""}, 2<<8 | 186: {Provenance, "", 0, true, ""},
	2<<8 | 187: {Provenance, "", 0, true, ""}, 2<<8 | 188: {Personal, personal.Person, likely, true, ""}, 2<<8 | 230: {Description, "", 0, true, ""},
	2<<8 | 231: {Personal, EditHistory, likely, true, ""}, 2<<8 | 232: {Technical, "", 0, true, ""},
}

// textRules are those of keywords of PNG's text chunks, in small letters.
var textRules = map[string]rule{
	"title": {Description, "", 0, true, TermTitle}, "author": {Rights, personal.Person, likely, true, TermCreator},
	"artist": {Rights, personal.Person, likely, true, TermCreator}, "description": {Description, "", 0, true, TermDescription},
	"copyright": {Rights, "", 0, true, TermCopyright}, "creation time": {Provenance, "", 0, false, "created"},
	"software": {Provenance, "", 0, true, "software"}, "disclaimer": {Rights, "", 0, true, ""}, "warning": {Description, "", 0, true, ""},
	"source": {Provenance, "", 0, true, ""}, "comment": {Description, "", 0, true, "comment"}, "collection": {Description, "", 0, true, ""},
	"url": {Rights, "", 0, true, ""}, "parameters": {Provenance, "", 0, true, ""}, "prompt": {Provenance, "", 0, true, ""},
	"workflow": {Provenance, "", 0, true, ""}, "invokeai_metadata": {Provenance, "", 0, true, ""}, "invokeai_graph": {Provenance, "", 0, true, ""},
	"invokeai_workflow": {Provenance, "", 0, true, ""}, "sd-metadata": {Provenance, "", 0, true, ""}, "dream": {Provenance, "", 0, true, ""},
	"generation_data": {Provenance, "", 0, true, ""}, "date:create": {Provenance, "", 0, false, ""}, "date:modify": {Provenance, "", 0, false, ""},
	"date:timestamp": {Provenance, "", 0, false, ""}, "thumb::uri": {Personal, EditHistory, likely, true, ""},
	"contact": {Personal, personal.Person, likely, true, ""}, "contact person": {Personal, personal.Person, likely, true, ""},
	"thumb::mtime": {Provenance, "", 0, false, ""}, "document": {Description, "", 0, true, ""},
}
