package torchfile

import (
	"archive/zip"
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func addFiles(f *testing.F, want func(string) bool) {
	files, err := filepath.Glob("testdata/*.pth")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		if want(file) {
			f.Add(testFile(f, filepath.Base(file)))
		}
	}
}

// small keeps a fuzzed file cheap; what the limits allow is what it may cost.
var small = Limits{Bytes: 1 << 20, PickleBytes: 1 << 16, Opcodes: 10_000, Depth: 1000, Memo: 1000, Tensors: 100, TensorBytes: 1 << 16}

func loadAll(t *testing.T, data []byte) {
	f, err := open(t, data, small)
	if err != nil {
		return
	}
	for _, name := range f.Names() {
		shape, ok := f.Shape(name)
		n := 1
		for _, d := range shape {
			n *= d
		}
		if v, err := f.Load(name); err == nil && (!ok || len(v) != n || 4*n > 1<<16) {
			t.Errorf("%q of shape %v gave %d values", name, shape, len(v))
		}
	}
}

func FuzzZip(f *testing.F) {
	addFiles(f, func(name string) bool { return !strings.Contains(name, "legacy") })
	f.Add(inZip(f, entry(rebuild4)))
	f.Fuzz(loadAll)
}

func FuzzLegacy(f *testing.F) {
	addFiles(f, func(name string) bool { return strings.Contains(name, "legacy") })
	f.Add(inLegacy(entry(rebuild4)))
	f.Fuzz(loadAll)
}

// FuzzUnpickle runs pickles alone, where no checksum stands in the way, and puts them into both containers.
func FuzzUnpickle(f *testing.F) {
	for _, pickle := range []string{entry(rebuild4), "\x80\x02cos\nsystem\nU\x04true\x85R.", "\x80\x04}\x94(\x8c\x01aK\x01\x8c\x01b]\x94(NN\x88eu.", "\x80\x02(lp0\n(dq\x01\x86."} {
		f.Add([]byte(pickle))
	}
	for _, name := range []string{"dictionary.pth", "protocol4.pth"} {
		z, err := zip.OpenReader(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		defer z.Close()
		r, err := z.File[0].Open()
		if err != nil {
			f.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, pickle []byte) {
		m := newMachine(bytes.NewReader(pickle), small)
		if _, err := m.run(); err != nil {
			for _, kind := range []error{ErrFormat, ErrForbidden, ErrTooLarge, ErrUnsupported} {
				if errors.Is(err, kind) {
					return
				}
			}
			t.Fatalf("an error of no kind: %v", err)
		}
		if len(m.memo) > small.Memo || m.work > small.Opcodes || m.read > small.PickleBytes {
			t.Errorf("%d values remembered, work %d, %d bytes: over a limit", len(m.memo), m.work, m.read)
		}
		loadAll(t, inZip(t, string(pickle)))
		loadAll(t, inLegacy(string(pickle)))
	})
}
