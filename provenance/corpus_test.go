package provenance

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/container"
	"github.com/safelight-dev/safelight/internal/corpora"
)

// day is when the tests take place, for certificates without a time-stamp.
var day = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func validateFile(t testing.TB, path string, o Options) *Report {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := container.Parse(data, container.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return Validate(data, f, o)
}

// TestPublicFiles holds the states of C2PA's public test files, as the official tool has them (c2pa-rs by c2pa-wasm
// 0.13.3).
func TestPublicFiles(t *testing.T) {
	t.Parallel()
	dir := corpora.Dir(t, "c2pa")
	for name, want := range map[string]State{
		"adobe-20220124-A.jpg": Absent, "adobe-20220124-I.jpg": Absent,
		"adobe-20220124-C.jpg": Valid, "adobe-20220124-CA.jpg": Valid, "adobe-20220124-CACA.jpg": Valid, "adobe-20220124-CAI.jpg": Valid,
		"adobe-20220124-CACAICAICICA.jpg": Valid, "adobe-20220124-CAIAIIICAICIICAIICICA.jpg": Valid, "adobe-20220124-CAICA.jpg": Valid,
		"adobe-20220124-CAICAI.jpg": Valid, "adobe-20220124-CI.jpg": Valid, "adobe-20220124-CICA.jpg": Valid, "adobe-20220124-CII.jpg": Valid,
		"adobe-20220124-CICACACA.jpg": Valid, "adobe-20220124-CIE-sig-CA.jpg": Valid,
		"adobe-20220124-E-clm-CAICAI.jpg": Invalid, "adobe-20220124-E-dat-CA.jpg": Invalid, "adobe-20220124-E-sig-CA.jpg": Invalid,
		"adobe-20220124-E-uri-CA.jpg": Invalid, "adobe-20220124-E-uri-CIE-sig-CA.jpg": Invalid, "adobe-20220124-XCA.jpg": Invalid,
		"adobe-20220124-XCI.jpg": Invalid, "nikon-20221019-building.jpeg": Invalid, "truepic-20230212-camera.jpg": Invalid,
		"truepic-20230212-landscape.jpg": Invalid, "truepic-20230212-library.jpg": Invalid,
	} {
		r := validateFile(t, filepath.Join(dir, name), Options{Now: day})
		if r.State != want {
			t.Errorf("%s: got %v, want %v: %+v", name, r.State, want, r.Failures())
		}
	}
}

// TestNineFormats validates what the official tool signed in each format (made anew by bench/c2pa.sh with -update),
// finds it trusted, and refuses it with a byte of the picture changed, with a byte more, and with a byte less.
func TestNineFormats(t *testing.T) {
	t.Parallel()
	root, err := os.ReadFile(filepath.Join("testdata", "root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	trust, err := NewTrustList(root, root)
	if err != nil {
		t.Fatal(err)
	}
	for _, ext := range []string{"jpg", "png", "gif", "webp", "tif", "avif", "heic", "jxl", "svg"} {
		data, err := os.ReadFile(filepath.Join("testdata", "signed."+ext))
		if err != nil {
			t.Fatal(err)
		}
		r := validate(t, data, Options{Trust: trust})
		if r.State != Trusted || !Generation(nil, r).Generated() || len(r.ActiveManifest().Authors) != 1 {
			t.Errorf("%s: got %v with %q, want Trusted, generated and one author", ext, r.State, codes(r))
		}
		f, err := container.Parse(data, container.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		part, _ := f.First(container.C2PA)
		outside := int(part.Spans[0].End()) // behind the manifest, or before it where that is the end
		if outside+3 >= len(data) {
			outside = int(part.Spans[0].Offset) / 2
		}
		for name, changed := range map[string][]byte{
			"a byte of the picture changed": slices.Concat(data[:outside+2], []byte{data[outside+2] ^ 1}, data[outside+3:]),
			"a byte more":                   append(bytes.Clone(data), ' '), "a byte less": data[:len(data)-1],
		} {
			if f, err := container.Parse(changed, container.Limits{}); err == nil && Validate(changed, f, Options{Now: day, Trust: trust}).State > Invalid {
				t.Errorf("%s, %s: accepted", ext, name)
			}
		}
	}
}

// TestHeaderLabels: a header that is named by neither an integer nor a text, or has not the type that COSE gives it, makes
// the signature none, although nothing signs it (RFC 9052, 1.5 and 3.1).
func TestHeaderLabels(t *testing.T) {
	t.Parallel()
	root, err := os.ReadFile(filepath.Join("testdata", "root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	trust, err := NewTrustList(root, root)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join("testdata", "signed.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(data, []byte("\x63pad")) // the one header that is not signed
	for label, want := range map[string]State{
		"\x63pad": Trusted, "\x63pax": Trusted,
		"\x43pad":          Invalid, // bytes
		"\xfa\x40\x49\x0f": Invalid, // a number that is no integer, of which the last byte is missing: not CBOR
	} {
		changed := slices.Concat(data[:at], []byte(label), data[at+len(label):])
		if r := validate(t, changed, Options{Trust: trust}); r.State != want {
			t.Errorf("%q: got %v with %q, want %v", label, r.State, codes(r), want)
		}
	}
}
