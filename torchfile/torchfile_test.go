package torchfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func open(t testing.TB, data []byte, limits Limits) (*File, error) {
	t.Helper()
	return Open(bytes.NewReader(data), int64(len(data)), limits)
}

func testFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// content is what PyTorch says of a tensor; values are texts, since JSON has no infinity.
type content struct {
	Shape  []int
	Values []string
}

// TestReadsWhatTorchSaves reads files of torch.save in both containers: types, views with strides, parameters, numbers
// without dimensions, tensors without values, attributes of dictionaries.
func TestReadsWhatTorchSaves(t *testing.T) {
	t.Parallel()
	var want map[string]map[string]content
	if err := json.Unmarshal(testFile(t, "values.json"), &want); err != nil {
		t.Fatal(err)
	}
	for file, source := range map[string]string{
		"dictionary.pth": "dictionary", "dictionary-legacy.pth": "dictionary", "protocol4.pth": "dictionary",
		"module.pth": "module", "module-legacy.pth": "module", "checkpoint.pth": "checkpoint", "checkpoint-legacy.pth": "checkpoint",
	} {
		f, err := open(t, testFile(t, file), Limits{})
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if got := len(f.Names()); got != len(want[source]) {
			t.Errorf("%s holds %q, want %d tensors", file, f.Names(), len(want[source]))
		}
		for name, tensor := range want[source] {
			compare(t, file, f, name, tensor)
		}
	}
}

func compare(t *testing.T, file string, f *File, name string, want content) {
	t.Helper()
	if shape, ok := f.Shape(name); !ok || !slices.Equal(shape, want.Shape) {
		t.Errorf("%s: %s has shape %v, want %v", file, name, shape, want.Shape)
	}
	got, err := f.Load(name)
	if name == "whole" || strings.HasSuffix(name, "num_batches_tracked") {
		if !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: whole numbers %s: %v, want ErrUnsupported", file, name, err)
		}
		return
	}
	if err != nil || len(got) != len(want.Values) {
		t.Errorf("%s: %s has %d values, want %d: %v", file, name, len(got), len(want.Values), err)
		return
	}
	for i, text := range want.Values {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got[i] != float32(v) {
			t.Errorf("%s: %s[%d] = %v, want %v", file, name, i, got[i], text)
		}
	}
}

// TestHalfIsExact compares every 16-bit pattern with its definition.
func TestHalfIsExact(t *testing.T) {
	t.Parallel()
	for h := range 1 << 16 {
		sign, exponent, fraction := 1-2*float64(h>>15), h>>10&31, float64(h&1023)
		want := sign * math.Ldexp(1024+fraction, exponent-25)
		switch {
		case exponent == 0:
			want = sign * math.Ldexp(fraction, -24)
		case exponent == 31 && fraction == 0:
			want = sign * math.Inf(1)
		case exponent == 31:
			want = math.NaN()
		}
		got := float64(fromHalf([]byte{byte(h), byte(h >> 8)}))
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) || math.Signbit(got) != (h>>15 == 1) {
			t.Fatalf("half %#04x is %v, want %v", h, got, want)
		}
	}
}

// inZip and inLegacy put a pickle into the two containers, with one storage "0" of four floats.
func inZip(t testing.TB, pickle string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range map[string]string{"archive/data.pkl": pickle, "archive/data/0": "\x00\x00\x80?\x00\x00\x00@\x00\x00@@\x00\x00\x80@"} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = w.Write([]byte(data))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func inLegacy(pickle string) []byte {
	return []byte(legacyMagic + "\x80\x02M\xe9\x03." + "\x80\x02}U\x0dlittle_endian\x88s." + pickle +
		"\x80\x02]U\x010a." + "\x04\x00\x00\x00\x00\x00\x00\x00" + "\x00\x00\x80?\x00\x00\x00@\x00\x00@@\x00\x00\x80@")
}

// storage0 pushes the storage, rebuild4 a tensor of its four values.
const (
	storage0 = "(U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x04tQ"
	rebuild  = "ctorch._utils\n_rebuild_tensor_v2\n("
	rebuild4 = rebuild + storage0 + "K\x00K\x04\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtR"
)

func entry(value string) string { return "\x80\x02}U\x01w" + value + "s." }

// TestHandMadeFilesAreGood shows that the files above fail for what they say, not for how they are made.
func TestHandMadeFilesAreGood(t *testing.T) {
	t.Parallel()
	for container, data := range map[string][]byte{"zip": inZip(t, entry(rebuild4)), "legacy": inLegacy(entry(rebuild4))} {
		f, err := open(t, data, Limits{})
		if err != nil {
			t.Errorf("%s: %v", container, err)
			continue
		}
		if got, err := f.Load("w"); err != nil || !slices.Equal(got, []float32{1, 2, 3, 4}) {
			t.Errorf("%s: %v, %v, want 1 to 4", container, got, err)
		}
		if _, err := f.Load("v"); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: an unknown name: %v, want ErrNotFound", container, err)
		}
		if _, ok := f.Shape("v"); ok {
			t.Errorf("%s: an unknown name has a shape", container)
		}
	}
}

func TestZipIsChecked(t *testing.T) {
	t.Parallel()
	good := inZip(t, entry(rebuild4))
	flipped := bytes.Replace(good, []byte("\x00\x00\x80?"), []byte("\x00\x01\x80?"), 1)
	f, err := open(t, flipped, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := f.Load("w"); !errors.Is(err, ErrFormat) {
		t.Errorf("a flipped bit gave %v, %v, want ErrFormat of its checksum", v, err)
	}
	if _, err := open(t, bytes.ReplaceAll(good, []byte("data/0"), []byte("data/1")), Limits{}); !errors.Is(err, ErrFormat) {
		t.Errorf("a missing storage: %v, want ErrFormat", err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if w, err := z.Create("archive/data.pkl"); err != nil {
		t.Fatal(err)
	} else if _, err := w.Write([]byte(entry(rebuild4))); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, b.Bytes(), Limits{}); !errors.Is(err, ErrFormat) {
		t.Errorf("a compressed file: %v, want ErrFormat", err)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	dictionary := entry(rebuild4)
	many := "\x80\x02}(" + strings.Repeat("NN", 30) + "u."
	for name, tt := range map[string]struct {
		pickle string
		limits Limits
	}{
		"bytes":         {dictionary, Limits{Bytes: 100}},
		"pickle bytes":  {dictionary, Limits{PickleBytes: 60}},
		"opcodes":       {many, Limits{Opcodes: 50}},
		"depth":         {many, Limits{Depth: 50}},
		"marks":         {"\x80\x02" + strings.Repeat("(", 60) + ".", Limits{Depth: 50}},
		"memo":          {"\x80\x04}" + strings.Repeat("\x94", 60) + ".", Limits{Memo: 50}},
		"names":         {"\x80\x02}X\x00\x00\x10\x00" + strings.Repeat("n", 1<<20) + ".", Limits{}},
		"lines":         {"\x80\x02c" + strings.Repeat("n", 2000) + "\nx\n.", Limits{}},
		"copies":        {"\x80\x02](" + strings.Repeat("]NaNa", 9) + "eq\x00" + strings.Repeat("ccollections\nOrderedDict\nh\x00\x85R0", 9) + ".", Limits{Opcodes: 120}},
		"tensors":       {"\x80\x02}U\x01v" + rebuild4 + "sU\x01w" + rebuild4 + "s.", Limits{Tensors: 1}},
		"2^31 elements": {entry(rebuild + storage0 + "K\x00J\x00\x00\x01\x00J\x00\x00\x01\x00\x86K\x00K\x00\x86tR"), Limits{}},
	} {
		for container, data := range map[string][]byte{"zip": inZip(t, tt.pickle), "legacy": inLegacy(tt.pickle)} {
			if container == "legacy" && tt.limits.PickleBytes > 0 {
				tt.limits.PickleBytes = 60
			}
			if _, err := open(t, data, tt.limits); !errors.Is(err, ErrTooLarge) {
				t.Errorf("%s, %s: %v, want ErrTooLarge", name, container, err)
			}
		}
	}
	// A view of stride 0 makes much of little: it may be listed, not loaded.
	f, err := open(t, inZip(t, entry(rebuild+storage0+"K\x00J\x00\x00\x00\x10\x85K\x00\x85tR")), Limits{TensorBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Load("w"); !errors.Is(err, ErrTooLarge) {
		t.Errorf("2²⁸ views of one value: %v, want ErrTooLarge", err)
	}
}

// TestCutAnywhere: a cut file is an error or, where the cut only took values that are not asked for, whole.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"dictionary.pth", "dictionary-legacy.pth", "module-legacy.pth"} {
		data := testFile(t, name)
		for n := range data {
			f, err := open(t, data[:n], Limits{})
			if err != nil {
				continue
			}
			broken := false
			for _, tensor := range f.Names() {
				_, err := f.Load(tensor)
				broken = broken || errors.Is(err, ErrFormat)
			}
			if !broken {
				t.Errorf("%s, cut to %d of %d bytes, was read", name, n, len(data))
			}
		}
	}
}

// TestSharedReaders: a File may serve several goroutines.
func TestSharedReaders(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"dictionary.pth", "dictionary-legacy.pth"} {
		f, err := open(t, testFile(t, name), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		for range 8 {
			go func() {
				v, err := f.Load("transposed")
				if err == nil && (len(v) != 24 || v[1] != v[0]+4) {
					err = fmt.Errorf("read %v", v)
				}
				done <- err
			}()
		}
		for range 8 {
			if err := <-done; err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestBitFlips: a flipped bit may change a value in the older container, which has no checksums, and nothing worse.
func TestBitFlips(t *testing.T) {
	t.Parallel()
	data := inLegacy(entry(rebuild4))
	for bit := range 8 * len(data) {
		flipped := bytes.Clone(data)
		flipped[bit/8] ^= 1 << (bit % 8)
		loadAll(t, flipped)
	}
	if n := binary.LittleEndian.Uint32(data[len(data)-4:]); n != 0x40800000 {
		t.Errorf("the last value is %#x, want that of 4", n)
	}
}
