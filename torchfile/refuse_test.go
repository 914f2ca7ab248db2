package torchfile

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// TestRefusesWhatRuns: each of these is what a file would do to run something, and is refused by its name.
func TestRefusesWhatRuns(t *testing.T) {
	t.Parallel()
	for pickle, name := range map[string]string{
		"\x80\x02cos\nsystem\nU\x04true\x85R.":                             "os.system",
		"\x80\x02c__builtin__\neval\nU\x011\x85R.":                         "__builtin__.eval",
		"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.":        "posix.system",
		entry("ctorch.hub\nload_state_dict_from_url\n"):                    "torch.hub.load_state_dict_from_url",
		entry("ctorch\nload\n)R"):                                          "torch.load",
		entry("ctorch.serialization\nload\n)R"):                            "torch.serialization.load",
		entry("ccollections\nnamedtuple\n"):                                "collections.namedtuple",
		"\x80\x02(ios\nsystem\n.":                                          "INST",
		"\x80\x02(cos\nsystem\no.":                                         "os.system",
		"\x80\x02ccollections\nOrderedDict\n)\x81.":                        "NEWOBJ",
		"\x80\x02\x82\x01.":                                                "EXT1",
		"\x80\x02Pid\n.":                                                   "PERSID",
		"\x80\x02ctorch\nFloatStorage\n)R.":                                "torch.FloatStorage",
		"\x80\x02U\x02os)R.":                                               "string",
		"\x80\x02ctorch._utils\n_rebuild_parameter\n}b.":                   "global",
		"\x80\x02]}b.":                                                     "list",
		"\x80\x02ccollections\nOrderedDict.__init__\n.":                    "OrderedDict.__init__",
		"\x80\x04\x8c\x0bcollections\x8c\x18OrderedDict.__subclass__\x93.": "OrderedDict.__subclass__",
	} {
		for container, data := range map[string][]byte{"zip": inZip(t, pickle), "legacy": inLegacy(pickle)} {
			_, err := open(t, data, Limits{})
			if !errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), name) {
				t.Errorf("%s %q: %v, want ErrForbidden that names %s", container, pickle, err, name)
			}
		}
	}
	if _, err := open(t, testFile(t, "whole-module.pth"), Limits{}); !errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), "torch.nn.modules.container.Sequential") {
		t.Errorf("a whole module: %v, want ErrForbidden that names its class", err)
	}
}

// TestRefusesDamage: files that are none, and tensors that do not fit their storage.
func TestRefusesDamage(t *testing.T) {
	t.Parallel()
	tensor := func(arguments string) string { return entry(rebuild + storage0 + arguments + "tR") }
	for name, pickle := range map[string]string{
		"no dictionary":        "\x80\x02]."[:4],
		"no tensors":           "\x80\x02}.",
		"two values":           "\x80\x02}}.",
		"nothing":              "\x80\x02.",
		"an open mark":         "\x80\x02}(.",
		"underflow":            "\x80\x02s.",
		"pop below a mark":     "\x80\x02K\x01(\x85.",
		"no such memo":         "\x80\x02h\x07.",
		"odd items":            "\x80\x02}(K\x01u.",
		"append to none":       "\x80\x02}K\x01a.",
		"set keys of a list":   "\x80\x02]K\x01K\x01s.",
		"protocol 5":           "\x80\x05}.",
		"arguments are none":   entry(rebuild[:len(rebuild)-1] + "K\x01R"),
		"too few arguments":    tensor("K\x00"),
		"beyond the end":       tensor("K\x01K\x04\x85K\x01\x85"),
		"stride beyond":        tensor("K\x00K\x03\x85K\x02\x85"),
		"negative offset":      tensor("J\xff\xff\xff\xffK\x01\x85K\x01\x85"),
		"negative stride":      tensor("K\x03K\x02\x85J\xff\xff\xff\xff\x85"),
		"negative length":      tensor("K\x00J\xff\xff\xff\xff\x85K\x01\x85"),
		"strides of another":   tensor("K\x00K\x01K\x01\x86K\x01\x85"),
		"a text as length":     tensor("K\x00U\x011\x85K\x01\x85"),
		"nine dimensions":      tensor("K\x00(" + strings.Repeat("K\x01", 9) + "t(" + strings.Repeat("K\x01", 9) + "t"),
		"offset at the end":    tensor("K\x04))"),
		"no storage":           entry(rebuild + "K\x01K\x00))tR"),
		"parameter of nothing": entry("ctorch._utils\n_rebuild_parameter\n)R"),
		"an unknown storage":   entry("(U\x07storageU\x01xU\x010U\x03cpuK\x04tQ"),
		"an unknown reference": entry("U\x02idQ"),
		"two sizes":            entry(storage0 + "0" + strings.Replace(storage0, "K\x04", "K\x05", 1)),
		"huge storage":         entry(strings.Replace(storage0, "K\x04", "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", 1)),
		"a dictionary of text": entry("ccollections\nOrderedDict\nU\x01x\x85R"),
		"pairs of three":       entry("ccollections\nOrderedDict\n](]K\x01aK\x01aK\x01ae\x85R"),
		"a long integer":       "\x80\x02\x8a\x09123456789.",
	} {
		for container, data := range map[string][]byte{"zip": inZip(t, pickle), "legacy": inLegacy(pickle)} {
			_, err := open(t, data, Limits{})
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrUnsupported) {
				t.Errorf("%s, %s: %v, want ErrFormat or ErrUnsupported", name, container, err)
			}
		}
	}
	for name, data := range map[string][]byte{
		"empty": nil, "text": []byte("weights"), "a zip of nothing": []byte("PK\x05\x06" + strings.Repeat("\x00", 18)),
		"a cut zip": testFile(t, "module.pth")[:1000], "big-endian": bytes.Replace(inLegacy(entry(rebuild4)), []byte("endian\x88"), []byte("endian\x89"), 1),
		"protocol 1002": bytes.Replace(inLegacy(entry(rebuild4)), []byte("M\xe9\x03"), []byte("M\xea\x03"), 1),
		"another count": bytes.Replace(inLegacy(entry(rebuild4)), []byte("\x04\x00\x00\x00\x00\x00\x00\x00"), []byte("\x05\x00\x00\x00\x00\x00\x00\x00"), 1),
	} {
		if _, err := open(t, data, Limits{}); !errors.Is(err, ErrFormat) && !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v, want ErrFormat or ErrUnsupported", name, err)
		}
	}
}
