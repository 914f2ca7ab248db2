package icc

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

var update = flag.Bool("update", false, "ask Little CMS for testdata/lcms.csv anew")

// goldenColours are few colours of a space that lie beside the nodes of grids, and its corners.
func goldenColours(channels int) (samples []uint16) {
	for i := range 1 << channels {
		for c := range channels {
			samples = append(samples, uint16(65535*(i>>c&1)))
		}
	}
	// The additive sequence of the plastic numbers covers a space evenly (M. Roberts, 2018).
	ratio := [...]float64{0.8566748838545029, 0.7338918566271259, 0.6287067210378087, 0.5385972572236101}
	for i := range 16 {
		for c := range channels {
			v := ratio[c] * float64(i+1)
			samples = append(samples, uint16(65536*(v-float64(int(v)))))
		}
	}
	return samples
}

// goldenCase is a made profile, and how Little CMS is told of it: a file, or the numbers of colour tags.
type goldenCase struct {
	name    string
	profile *Profile
	data    []byte
	numbers string
}

func goldenCases(t *testing.T) (cases []goldenCase) {
	for name, data := range madeProfiles() {
		p, err := Parse(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		cases = append(cases, goldenCase{name: name, profile: p, data: data})
	}
	tags := func(name, numbers string, p *Profile, err error) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		cases = append(cases, goldenCase{name: name, profile: p, numbers: numbers})
	}
	p, err := FromCICP(12, 13, 0, true)
	tags("cicp-12-13", "@0.3127,0.3290,0.680,0.320,0.265,0.690,0.150,0.060,0", p, err)
	p, err = FromCICP(9, 4, 0, true)
	tags("cicp-9-4", "@0.3127,0.3290,0.708,0.292,0.170,0.797,0.131,0.046,2.2", p, err)
	p, err = FromCICP(11, 8, 0, true)
	tags("cicp-11-8", "@0.314,0.351,0.680,0.320,0.265,0.690,0.150,0.060,1", p, err)
	p, err = FromCICP(4, 5, 0, true)
	tags("cicp-4-5", "@0.310,0.316,0.67,0.33,0.21,0.71,0.14,0.08,2.8", p, err)
	p, err = FromPNG(55556, &[8]uint32{31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000})
	tags("png-gamma-primaries", "@0.3127,0.3290,0.64,0.33,0.21,0.71,0.15,0.06,1.79998560011519907839", p, err)
	p, err = FromPNG(100000, nil)
	tags("png-linear", "@0.3127,0.3290,0.64,0.33,0.30,0.60,0.15,0.06,1", p, err)
	slices.SortFunc(cases, func(a, b goldenCase) int { return bytes.Compare([]byte(a.name), []byte(b.name)) })
	return cases
}

var allIntents = []Intent{Relative, Perceptual, Saturation, Absolute}

// Little CMS 2.14's answers, without its optimisations, for the profiles that this package's tests write themselves.
func TestGolden(t *testing.T) {
	path := filepath.Join("testdata", "lcms.csv")
	if *update {
		writeGolden(t, path)
	}
	answers := readGolden(t, path)
	for _, c := range goldenCases(t) {
		for _, intent := range allIntents {
			got, want := ours16(t, c, intent), answers[c.name+","+lcmsIntent(intent)]
			if len(got) != len(want) {
				t.Fatalf("%s: %d samples, %d expected: run with -update", c.name, len(got), len(want))
			}
			// Little CMS rounds between its steps to 16 bits, which is most in dark colours.
			if s := spreadOf(t, got, want); s.max > 0.1 {
				t.Errorf("%s, intent %s: differences %v, want at most 0.1 ΔE00", c.name, lcmsIntent(intent), s)
			}
		}
	}
}

// readGolden returns the answers by profile and intent.
func readGolden(t *testing.T, path string) map[string][]uint16 {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.Comment, r.FieldsPerRecord = '#', -1
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string][]uint16{}
	for _, r := range records {
		var samples []uint16
		for _, field := range r[2:] {
			v, err := strconv.ParseUint(field, 10, 16)
			if err != nil {
				t.Fatal(err)
			}
			samples = append(samples, uint16(v))
		}
		answers[r[0]+","+r[1]] = samples
	}
	return answers
}

func ours16(t *testing.T, c goldenCase, intent Intent) []uint16 {
	t.Helper()
	tr, err := NewTransform(c.profile, intent)
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	src := goldenColours(tr.Channels())
	dst := make([]uint16, 3*len(src)/tr.Channels())
	tr.Row16(dst, src)
	return dst
}

func writeGolden(t *testing.T, golden string) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("# Little CMS 2.14, exact, 16 bits: profile, intent, sRGB of the colours of goldenColours\n")
	for _, c := range goldenCases(t) {
		path := c.numbers
		if path == "" {
			path = filepath.Join(t.TempDir(), c.name)
			if err := os.WriteFile(path, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, intent := range allIntents {
			answer, err := littleCMS16(t, path, intent, goldenColours(c.profile.Space().Channels()))
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			fmt.Fprintf(&b, "%s,%s", c.name, lcmsIntent(intent))
			for _, v := range answer {
				fmt.Fprintf(&b, ",%d", v)
			}
			b.WriteByte('\n')
		}
	}
	if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
