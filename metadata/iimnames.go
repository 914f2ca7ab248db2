package metadata

// iimForm is how a dataset's value is written.
type iimForm uint8

const (
	iimText iimForm = iota
	iimNumber
	iimBinary
)

// iimSets are the datasets of IIM 4.2 (chapters 5 to 8) by 256 × record + number, and how their values are written.
var iimSets = map[int]struct {
	name string
	form iimForm
}{
	1 << 8: {"Model Version", iimNumber}, 1<<8 | 5: {"Destination", iimText}, 1<<8 | 20: {"File Format", iimNumber},
	1<<8 | 22: {"File Format Version", iimNumber}, 1<<8 | 30: {"Service Identifier", iimText}, 1<<8 | 40: {"Envelope Number", iimText},
	1<<8 | 50: {"Product I.D.", iimText}, 1<<8 | 60: {"Envelope Priority", iimText}, 1<<8 | 70: {"Date Sent", iimText},
	1<<8 | 80: {"Time Sent", iimText}, 1<<8 | 90: {"Coded Character Set", iimText}, 1<<8 | 100: {"UNO", iimText},
	1<<8 | 120: {"ARM Identifier", iimNumber}, 1<<8 | 122: {"ARM Version", iimNumber},

	2 << 8: {"Record Version", iimNumber}, 2<<8 | 3: {"Object Type Reference", iimText}, 2<<8 | 4: {"Object Attribute Reference", iimText},
	2<<8 | 5: {"Object Name", iimText}, 2<<8 | 7: {"Edit Status", iimText}, 2<<8 | 8: {"Editorial Update", iimText},
	2<<8 | 10: {"Urgency", iimText}, 2<<8 | 12: {"Subject Reference", iimText}, 2<<8 | 15: {"Category", iimText},
	2<<8 | 20: {"Supplemental Category", iimText}, 2<<8 | 22: {"Fixture Identifier", iimText}, 2<<8 | 25: {"Keywords", iimText},
	2<<8 | 26: {"Content Location Code", iimText}, 2<<8 | 27: {"Content Location Name", iimText}, 2<<8 | 30: {"Release Date", iimText},
	2<<8 | 35: {"Release Time", iimText}, 2<<8 | 37: {"Expiration Date", iimText}, 2<<8 | 38: {"Expiration Time", iimText},
	2<<8 | 40: {"Special Instructions", iimText}, 2<<8 | 42: {"Action Advised", iimText}, 2<<8 | 45: {"Reference Service", iimText},
	2<<8 | 47: {"Reference Date", iimText}, 2<<8 | 50: {"Reference Number", iimText}, 2<<8 | 55: {"Date Created", iimText},
	2<<8 | 60: {"Time Created", iimText}, 2<<8 | 62: {"Digital Creation Date", iimText}, 2<<8 | 63: {"Digital Creation Time", iimText},
	2<<8 | 65: {"Originating Program", iimText}, 2<<8 | 70: {"Program Version", iimText}, 2<<8 | 75: {"Object Cycle", iimText},
	2<<8 | 80: {"By-line", iimText}, 2<<8 | 85: {"By-line Title", iimText}, 2<<8 | 90: {"City", iimText}, 2<<8 | 92: {"Sublocation", iimText},
	2<<8 | 95: {"Province/State", iimText}, 2<<8 | 100: {"Country/Primary Location Code", iimText},
	2<<8 | 101: {"Country/Primary Location Name", iimText}, 2<<8 | 103: {"Original Transmission Reference", iimText},
	2<<8 | 105: {"Headline", iimText}, 2<<8 | 110: {"Credit", iimText}, 2<<8 | 115: {"Source", iimText}, 2<<8 | 116: {"Copyright Notice", iimText},
	2<<8 | 118: {"Contact", iimText}, 2<<8 | 120: {"Caption/Abstract", iimText}, 2<<8 | 121: {"Local Caption", iimText},
	2<<8 | 122: {"Writer/Editor", iimText}, 2<<8 | 125: {"Rasterized Caption", iimBinary}, 2<<8 | 130: {"Image Type", iimText},
	2<<8 | 131: {"Image Orientation", iimText}, 2<<8 | 135: {"Language Identifier", iimText}, 2<<8 | 150: {"Audio Type", iimText},
	2<<8 | 151: {"Audio Sampling Rate", iimText}, 2<<8 | 152: {"Audio Sampling Resolution", iimText}, 2<<8 | 153: {"Audio Duration", iimText},
	2<<8 | 154: {"Audio Outcue", iimText}, 2<<8 | 184: {"Job I.D.", iimText}, 2<<8 | 185: {"Master Document I.D.", iimText},
	2<<8 | 186: {"Short Document I.D.", iimText}, 2<<8 | 187: {"Unique Document I.D.", iimText}, 2<<8 | 188: {"Owner I.D.", iimText},
	2<<8 | 200: {"Object Preview File Format", iimNumber}, 2<<8 | 201: {"Object Preview File Format Version", iimNumber},
	2<<8 | 202: {"Object Preview Data", iimBinary}, 2<<8 | 221: {"Photo Mechanic Preferences", iimText},
	2<<8 | 225: {"Classify State", iimText}, 2<<8 | 228: {"Similarity Index", iimText}, 2<<8 | 230: {"Document Notes", iimText},
	2<<8 | 231: {"Document History", iimText}, 2<<8 | 232: {"Exif Camera Info", iimText}, 2<<8 | 255: {"Catalog Sets", iimText},

	3 << 8: {"News Photo Version", iimNumber}, 3<<8 | 10: {"Picture Number", iimBinary}, 3<<8 | 20: {"Pixels Per Line", iimNumber},
	3<<8 | 30: {"Number of Lines", iimNumber}, 3<<8 | 40: {"Pixel Size in Scanning Direction", iimNumber},
	3<<8 | 50: {"Pixel Size Perpendicular to Scanning Direction", iimNumber}, 3<<8 | 55: {"Supplement Type", iimNumber},
	3<<8 | 60: {"Colour Representation", iimNumber}, 3<<8 | 64: {"Interchange Colour Space", iimNumber}, 3<<8 | 65: {"Colour Sequence", iimNumber},
	3<<8 | 66: {"ICC Input Colour Profile", iimBinary}, 3<<8 | 70: {"Colour Calibration Matrix Table", iimBinary},
	3<<8 | 80: {"Lookup Table", iimBinary}, 3<<8 | 84: {"Number of Index Entries", iimNumber}, 3<<8 | 85: {"Colour Palette", iimBinary},
	3<<8 | 86: {"Number of Bits per Sample", iimNumber}, 3<<8 | 90: {"Sampling Structure", iimNumber},
	3<<8 | 100: {"Scanning Direction", iimNumber}, 3<<8 | 102: {"Image Rotation", iimNumber}, 3<<8 | 110: {"Data Compression Method", iimBinary},
	3<<8 | 120: {"Quantisation Method", iimNumber}, 3<<8 | 125: {"End Points", iimBinary}, 3<<8 | 130: {"Excursion Tolerance", iimNumber},
	3<<8 | 135: {"Bits per Component", iimNumber}, 3<<8 | 140: {"Maximum Density Range", iimNumber},
	3<<8 | 145: {"Gamma Compensated Value", iimNumber},

	7<<8 | 10: {"Size Mode", iimNumber}, 7<<8 | 20: {"Max Subfile Size", iimNumber}, 7<<8 | 90: {"ObjectData Size Announced", iimNumber},
	7<<8 | 95: {"Maximum ObjectData Size", iimNumber}, 8<<8 | 10: {"Subfile", iimBinary}, 9<<8 | 10: {"Confirmed ObjectData Size", iimNumber},
}
