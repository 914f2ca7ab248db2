package app

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/gate"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// gateSite has pictures before and after; the logo is 2.6 % of a picture.
type gateSite struct {
	t   *testing.T
	dir string
}

var (
	wall = color.NRGBA{200, 200, 196, 255}
	logo = color.NRGBA{200, 16, 46, 255}
)

func newGateSite(t *testing.T) gateSite {
	t.Helper()
	return gateSite{t, t.TempDir()}
}

// put draws a picture: a wall with a soft pattern, and a logo.
func (s gateSite) put(name string, seed int, logo color.NRGBA) {
	s.t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 256, 256))
	for y := range 256 {
		for x := range 256 {
			c := wall
			c.R += uint8((x + seed) % 16)
			if x >= 20 && x < 61 && y >= 20 && y < 61 {
				c = logo
			}
			m.SetNRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	at := filepath.Join(s.dir, name)
	if err := png.Encode(&b, m); err != nil {
		s.t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(at, b.Bytes(), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

func (s gateSite) gate(config string) Gated {
	s.t.Helper()
	return s.judge(config, GateOptions{Lang: phrase.English, Pictures: 5})
}

// judge holds the change against the base.
func (s gateSite) judge(config string, o GateOptions) Gated {
	s.t.Helper()
	c, err := Parse([]byte(config), s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	e := NewEngine(s.dir, c)
	defer e.Close()
	o.Base, o.Change, o.Class, o.Now = "base", "change", "product", time.Now()
	g, err := e.Gate(s.t.Context(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	return g
}

func verdicts(g Gated) string {
	var words []string
	for _, r := range g.Results {
		words = append(words, fmt.Sprintf("%s %s", r.Level, r.Path))
	}
	return strings.Join(words, ", ")
}

// TestGateSeesASmallLogo: a logo on less than 3 % of a picture, drifted, fails by the palette; by the worst place where no palette is
// written; and what has not changed is not measured.
func TestGateSeesASmallLogo(t *testing.T) {
	t.Parallel()
	s := newGateSite(t)
	for i := range 6 {
		s.put(fmt.Sprintf("base/%d.png", i), i, logo)
		c := logo
		if i == 2 {
			c = color.NRGBA{215, 60, 30, 255}
		}
		s.put(fmt.Sprintf("change/%d.png", i), i, c)
	}
	g := s.gate(`palette: [{name: brand red, hex: "#C8102E"}]`)
	if verdicts(g) != "fail 2.png" || g.Unchanged != 5 || g.Images != 6 || len(g.Entries) != 1 || len(g.Undrawn) != 0 {
		t.Fatalf("%s; %+v", verdicts(g), g.Report)
	}
	texts := fmt.Sprint(g.Results[0].Findings)
	if !strings.Contains(texts, "DeltaE00 (brand red)") || !strings.Contains(texts, "exceeds") || strings.Contains(texts, "deltaE00.p95") {
		t.Errorf("found %s; want the palette, and no 95th percentile, which cannot see it", texts)
	}
	if g := s.gate(""); verdicts(g) != "fail 2.png" {
		t.Errorf("without a palette: %s", verdicts(g))
	}
}

// TestGateRules: classes by path, images of nobody, what was added and removed, a file that is broken.
func TestGateRules(t *testing.T) {
	t.Parallel()
	s := newGateSite(t)
	for i, name := range []string{"hero/a.png", "hero/gone.png", "fixtures/a.png", "other/a.png", "hero/broken.png"} {
		s.put("base/"+name, i, logo)
	}
	drift := color.NRGBA{215, 60, 30, 255}
	for i, name := range []string{"hero/a.png", "hero/new.png", "fixtures/a.png", "other/a.png"} {
		s.put("change/"+name, i, drift)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "change/hero/broken.png"), []byte("\x89PNG\r\n\x1a\n broken"), 0o644); err != nil {
		t.Fatal(err)
	}
	junk := func(name, text string) {
		if err := os.WriteFile(filepath.Join(s.dir, "change", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	junk("hero/junk.png", "this is no picture")
	junk("hero/cut.jpg", "\xff\xd8\xff\xe0\x00\x10JFIF")
	s.put("base/hero/link.png", 0, logo)
	if err := os.Symlink("a.png", filepath.Join(s.dir, "change/hero/link.png")); err != nil {
		t.Fatal(err)
	}
	const rules = `
palette: [{name: brand red, hex: "#C8102E"}]
gate:
  ignore: ["fixtures/**"]
  classes: [{path: "hero/**", class: product}, {path: "fixtures/**", class: product}]
`
	g := s.gate(rules)
	if got, want := verdicts(g), "fail hero/a.png, fail hero/broken.png, fail hero/cut.jpg, fail hero/junk.png, fail hero/link.png, warn hero/gone.png, warn hero/new.png"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, r := range g.Results {
		for _, f := range r.Findings {
			if strings.Contains(f.Text, s.dir) {
				t.Errorf("%s tells where it was laid: %s", r.Path, f.Text)
			}
		}
	}
	excepted := s.gate(rules + `  exceptions: [{path: "hero/*.png", until: "2099-01-01", owner: claire, reason: the new logo}]
  removed: fail
  added: ignore
`)
	if got, want := verdicts(excepted), "fail hero/cut.jpg, accepted hero/a.png, accepted hero/broken.png, accepted hero/gone.png, accepted hero/junk.png, accepted hero/link.png, pass hero/new.png"; got != want || excepted.Failed != 1 {
		t.Errorf("with an exception: %s, want %s", got, want)
	}
	if len(excepted.Notes) != 1 || !strings.Contains(excepted.Notes[0], "more than a year") {
		t.Errorf("notes %q", excepted.Notes)
	}
	data, err := gate.BaselineOf(g.Report).Bytes()
	if err == nil {
		err = os.WriteFile(filepath.Join(s.dir, "known.json"), data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	known := s.gate(rules + "  baseline: known.json\n")
	if known.Accepted != 2 || known.Failed != 1 {
		t.Errorf("against its own baseline: %s", verdicts(known))
	}
	for _, bad := range []string{`gate: {classes: [{path: "**", class: nothing}]}`, `gate: {classes: [{path: "**", pipeline: nothing}]}`} {
		if _, err := Parse([]byte(bad), s.dir); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

// TestGateOfManyForms: an image that is delivered in two other forms at once is held against what it was in both.
func TestGateOfManyForms(t *testing.T) {
	t.Parallel()
	s := newGateSite(t)
	s.put("base/a.jpg", 1, logo) // by its bytes a PNG, which is what it is taken for
	s.put("change/a.png", 1, logo)
	s.put("change/a.tiff", 1, color.NRGBA{215, 60, 30, 255})
	g := s.gate(`palette: [{name: brand red, hex: "#C8102E"}]`)
	if got, want := verdicts(g), "fail a.tiff, pass a.png"; got != want || !strings.Contains(fmt.Sprint(g.Results[0].Findings), "DeltaE00 (brand red)") {
		t.Errorf("%s, want %s: %+v", got, want, g.Results)
	}
}
