package tiffdir

import (
	"encoding/binary"
	"testing"
)

// TestGlobalParameters follows the directory of a fax's parameters, takes it out with its pointer, and is not led in a
// circle by one that points to itself.
func TestGlobalParameters(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	made := func(to uint32) []byte {
		b := append([]byte("II*\x00\x08\x00\x00\x00"), 1, 0)
		b = le.AppendUint32(append(b, 0x90, 0x01, 4, 0, 1, 0, 0, 0), to)
		b = append(b, 0, 0, 0, 0)
		b = append(b, 1, 0, 0x3b, 0x01, 2, 0, 4, 0, 0, 0, 'A', 'n', 'a', 0)
		return append(b, 0, 0, 0, 0)
	}
	f, err := Parse(made(26), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if e, ok := f.Find("GlobParamIFD", 0x013b); !ok || string(e.Raw()) != "Ana\x00" {
		t.Fatalf("directories are %+v, problems %v", f.Directories, f.Problems)
	}
	rest := f.Without(func(d *Directory, e Entry) bool { return e.Tag == 0x013b })
	if again, err := Parse(rest.Data, Limits{}); err != nil || len(again.Directories) != 1 || len(again.Directories[0].Entries) != 0 {
		t.Errorf("%+v, %v is left", again, err)
	}
	if f, err = Parse(made(8), Limits{}); err != nil || len(f.Directories) != 1 || len(f.Problems) != 1 {
		t.Errorf("a pointer to itself gives %+v, %v", f, err)
	}
}
