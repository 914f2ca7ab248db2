package provenance

import (
	"os"
	"path/filepath"
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
