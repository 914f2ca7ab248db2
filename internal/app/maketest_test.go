package app

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/web"
)

// scaled is the identity with a share of one channel, as a file.
func scaled(t *testing.T, name string, share float64) web.TestSubject {
	t.Helper()
	return web.TestSubject{Path: "luts/" + name, Data: tableText(t, func(r, g, b float64) (float64, float64, float64) { return r * share, g, b })}
}

// TestIncidentBecomesAnAcceptedTest in one command; a test that does not fail on the bad table, fails on the fix or on a good change, or was tried on
// too few, is refused with the reason, and nothing of it is written.
func TestIncidentBecomesAnAcceptedTest(t *testing.T) {
	t.Parallel()
	h, id := drifted(t, "0.png", "1.png", "2.png")
	bad := tableText(t, warm)
	good := func() web.MakeTest {
		return web.MakeTest{
			LUT: "luts/brand.cube", Bad: web.TestSubject{Path: "luts/bad.cube", Data: bad}, Fix: scaled(t, "fix.cube", 1),
			Controls: []web.TestSubject{scaled(t, "c1.cube", 0.999), scaled(t, "c2.cube", 0.998), scaled(t, "c3.cube", 0.997)},
		}
	}
	for want, change := range map[string]func(*web.MakeTest){
		"does not fail on the bad evidence luts/fix.cube": func(m *web.MakeTest) { m.Bad = m.Fix },
		"does not pass on the fix luts/bad.cube":          func(m *web.MakeTest) { m.Fix = m.Bad },
		"fails on the good change luts/bad.cube":          func(m *web.MakeTest) { m.Controls[1] = m.Bad },
		"tried on 2 different good changes":               func(m *web.MakeTest) { m.Controls[2] = m.Controls[1] },
		"tried on 0 different good changes": func(m *web.MakeTest) {
			for i := range m.Controls { // the fix under other titles
				m.Controls[i].Data = append([]byte(fmt.Sprintf("TITLE \"control %d\"\n", i)), m.Fix.Data...)
			}
		},
	} {
		m := good()
		change(&m)
		if err := h.MakeTest(t.Context(), h.as("lea"), id, m); !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want a refusal that says %q", err, want)
		}
	}
	if err := h.MakeTest(t.Context(), h.as("lea"), id, web.MakeTest{LUT: "x", Bad: web.TestSubject{Path: "luts/none.cube"}}); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("a table of nowhere: %v", err)
	}
	if tests, err := LoadTests(h.dir, ""); err != nil || len(tests) != 0 {
		t.Fatalf("%d tests were written by what was refused, %v", len(tests), err)
	}
	if err := h.MakeTest(t.Context(), h.as("lea"), id, good()); err != nil {
		t.Fatal(err)
	}
	tests, err := LoadTests(h.dir, "incident")
	if err != nil || len(tests) != 1 || tests[0].LUT != "luts/brand.cube" {
		t.Fatalf("%d tests, %v; want the one", len(tests), err)
	}
	c, err := h.Case(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Prevention.Tests; len(got) != 1 || got[0].SHA256 != tests[0].SHA256 || len(got[0].Bad.Violations) == 0 || len(got[0].Controls) != 3 || c.Incident.Prevented == nil {
		t.Errorf("accepted is %+v", got)
	}
	if run, err := h.TryTest(t.Context(), tests[0], tableSubject(t, bad)); err != nil || run.Passed() {
		t.Errorf("the written test on the bad table: %+v, %v", run, err)
	}
}

// same leaves colours as they are.
func same(r, g, b float64) (float64, float64, float64) { return r, g, b }

// harmed gives a house that has delivered four images well and then two through the table warm, and their incident.
func harmed(t *testing.T, change func(*house)) (*house, string) {
	t.Helper()
	h := newHouseWith(t, change)
	for i := range 4 {
		h.gradient(fmt.Sprintf("good-%d.png", i), uint8(10+3*i), table(t, same))
	}
	h.sweep()
	h.move(time.Minute)
	for _, folder := range []string{"reference/shoes", "delivered/shoes"} {
		if err := os.Mkdir(filepath.Join(h.dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 2 {
		h.gradient(fmt.Sprintf("shoes/%d.png", i), uint8(3*i), table(t, warm))
	}
	h.sweep()
	return h, h.declare()
}

// TestIncidentImagesBecomeATest by themselves: the bad ones were kept while they were there, the fix is what is delivered now, the good changes
// are what the pipeline has delivered well.
func TestIncidentImagesBecomeATest(t *testing.T) {
	t.Parallel()
	h, id := harmed(t, func(*house) {})
	if err := h.keepSpecimens(t.Context()); err != nil {
		t.Fatal(err)
	}
	make := func() error {
		return h.MakeTest(t.Context(), h.as("lea"), id, web.MakeTest{Images: "public/catalogue"})
	}
	if err := make(); !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), "is not the corrected image yet") {
		t.Errorf("while the bad images are delivered: %v", err)
	}
	bad := h.read("delivered/shoes/0.png")
	for i := range 2 {
		h.gradient(fmt.Sprintf("shoes/%d.png", i), uint8(3*i), table(t, same))
	}
	h.sweep()
	if err := make(); err != nil {
		t.Fatal(err)
	}
	c, err := h.Case(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Prevention.Specimens; len(got) != 2 || !slices.ContainsFunc(got, func(s prevention.Specimen) bool { return s.Delivered == digestHex(bad) }) {
		t.Errorf("kept are %+v, want the two bad images", got)
	}
	got := c.Prevention.Tests
	if len(got) != 1 || got[0].Bad.Passed() || !got[0].Fix.Passed() || len(got[0].Controls) < prevention.MinControls {
		t.Fatalf("accepted is %+v", got)
	}
	tests, err := LoadTests(h.dir, "incident")
	if err != nil || len(tests) != 1 || len(tests[0].References) != 2 {
		t.Fatalf("%+v, %v", tests, err)
	}
	run, err := h.TryTest(t.Context(), tests[0], ImagesSubject("delivered", func(name string) ([]byte, error) {
		if name == "shoes/1.png" {
			return nil, journal.ErrNotFound
		}
		return bad, nil
	}))
	if err != nil || len(run.Violations) < 2 || run.Violations[len(run.Violations)-1].Metric != "missing" && run.Violations[0].Metric != "missing" {
		t.Errorf("on one bad image and one that is not there: %+v, %v", run, err)
	}
}

// TestNamedImageBecomesATest where the incident has no pipeline's images: reference, bad image, fix and good changes are given.
func TestNamedImageBecomesATest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.declare()
	h.gradient("a.png", 0, table(t, warm))
	reference, bad := h.read("reference/a.png"), h.read("delivered/a.png")
	image := func(name string, f func(r, g, b float64) (float64, float64, float64)) web.TestSubject {
		h.gradient("a.png", 0, table(t, f))
		return web.TestSubject{Path: "images/" + name, Data: h.read("delivered/a.png")}
	}
	m := web.MakeTest{
		Images: "public", Image: "shoes/a.png", Reference: web.TestSubject{Path: "images/reference.png", Data: reference},
		Bad: web.TestSubject{Path: "images/bad.png", Data: bad}, Fix: image("fix.png", same),
	}
	for i := range 3 {
		m.Controls = append(m.Controls, image(fmt.Sprintf("c%d.png", i), func(r, g, b float64) (float64, float64, float64) { return r * (1 - float64(i+1)/200), g, b }))
	}
	if err := h.MakeTest(t.Context(), h.as("lea"), id, m); err != nil {
		t.Fatal(err)
	}
	tests, err := LoadTests(h.dir, "")
	if err != nil || len(tests) != 1 || tests[0].References[0].Name() != "shoes/a.png" {
		t.Errorf("%+v, %v", tests, err)
	}
}

// TestGenerationBecomesATest by the house's program, a model that is bad and one that is right; the good changes are other settings.
func TestGenerationBecomesATest(t *testing.T) {
	t.Parallel()
	var program string
	h, id := harmed(t, func(h *house) {
		program = filepath.Join(t.TempDir(), "generate")
		h.config.Tests = experiment.Config{"house": {
			Name: "house", Generate: []string{program, "{model}", "{seed}", "{out}"}, Parameters: map[string]string{"model": "v[0-9]+", "seed": "[0-9]+"}, Output: ".png",
			Read: []string{filepath.Dir(program)},
		}}
	})
	for name, data := range map[string][]byte{"v7": h.read("reference/shoes/0.png"), "v8": h.read("delivered/shoes/0.png")} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(program), name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script := "#!/bin/sh\n[ \"$2\" = 13 ] && exit 4\ncat \"$(dirname \"$0\")/$1\" >\"$3\"\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	m := web.MakeTest{
		Generate: &prevention.Generation{Program: "house", Parameters: map[string]string{"model": "v7", "seed": "1"}}, Image: "shoes/0.png",
		Bad: web.TestSubject{Settings: map[string]string{"model": "v8"}},
	}
	for want, change := range map[string]func(*web.MakeTest){
		"does not fail on the bad evidence house model=v7 seed=2": func(m *web.MakeTest) { m.Bad.Settings = map[string]string{"seed": "2"} },
		"generate by house: the command ended with exit code 4":   func(m *web.MakeTest) { m.Bad.Settings = map[string]string{"seed": "13"} },
		`parameter model = "x" does not fit`:                      func(m *web.MakeTest) { m.Bad.Settings = map[string]string{"model": "x"} },
		"none of that name is configured":                         func(m *web.MakeTest) { m.Generate = &prevention.Generation{Program: "other"} },
	} {
		other := m
		change(&other)
		if err := h.MakeTest(t.Context(), h.as("lea"), id, other); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want a refusal that says %q", err, want)
		}
	}
	if err := h.MakeTest(t.Context(), h.as("lea"), id, m); err != nil {
		t.Fatal(err)
	}
	tests, err := LoadTests(h.dir, "")
	if err != nil || len(tests) != 1 || tests[0].Generate.String() != "house model=v7 seed=1" {
		t.Fatalf("%+v, %v", tests, err)
	}
	for settings, passes := range map[string]bool{"v7": true, "v8": false} {
		s, err := h.engine.Generated(*tests[0].Generate, map[string]string{"model": settings})
		if err != nil {
			t.Fatal(err)
		}
		if run, err := h.TryTest(t.Context(), tests[0], s); err != nil || run.Passed() != passes {
			t.Errorf("by model %s: %+v, %v", settings, run, err)
		}
	}
}

// TestSpecimensSayNothingOfPersons: what could leak is kept in quarantine alone.
func TestSpecimensSayNothingOfPersons(t *testing.T) {
	t.Parallel()
	h, id := harmed(t, func(*house) {})
	located := locate(h.read("delivered/shoes/0.png"))
	h.write("delivered/shoes/0.png", located)
	h.sweep()
	if err := h.keepSpecimens(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := h.Case(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Prevention.Specimens {
		if s.Delivered == digestHex(located) {
			t.Errorf("%s says where it was taken, and was kept", s.Path)
		}
	}
	if len(c.Prevention.Specimens) == 0 {
		t.Error("nothing was kept")
	}
}

// TestImagesOfAnotherSizeBecomeATest: they leave no check, since nothing of them can be compared. They are kept of the incident that is
// about them all the same, not of one that is about colours.
func TestImagesOfAnotherSizeBecomeATest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 4 {
		h.gradient(fmt.Sprintf("good-%d.png", i), uint8(10+3*i), table(t, same))
	}
	h.gradient("size.png", 3, table(t, same))
	whole := h.read("delivered/size.png")
	h.write("delivered/size.png", halved(t, whole))
	h.sweep()
	id := h.declare()
	if err := h.keepSpecimens(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := h.Case(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if kept := c.Prevention.Specimens; len(kept) != 1 || kept[0].Path != "size.png" || kept[0].Delivered != digestHex(halved(t, whole)) {
		t.Fatalf("kept are %+v, want the image of another size", kept)
	}
	h.write("delivered/size.png", whole)
	h.sweep()
	if err := h.MakeTest(t.Context(), h.as("lea"), id, web.MakeTest{Images: "public/catalogue"}); err != nil {
		t.Fatal(err)
	}
	if caught, err := h.App.Caught(t.Context(), CaughtOptions{}); err != nil || len(caught.Cases) != 1 || !caught.Cases[0].Caught() || caught.Alarms != 0 {
		t.Errorf("today's guards: %+v, %v; want it caught", caught, err)
	}

	h.write("delivered/size.png", halved(t, whole))
	h.gradient("warm.png", 6, table(t, warm))
	h.sweep()
	other := h.declare()
	if err := h.keepSpecimens(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c, err = h.Case(t.Context(), other); err != nil || len(c.Prevention.Specimens) != 1 || c.Prevention.Specimens[0].Path != "warm.png" {
		t.Errorf("of an incident of colours are kept %+v, %v", c.Prevention.Specimens, err)
	}
}

// halved is the upper half of a PNG.
func halved(t *testing.T, data []byte) []byte {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	half := m.Bounds()
	half.Max.Y /= 2
	var b bytes.Buffer
	if err := png.Encode(&b, m.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(half)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestTestsAreMadeOneAfterAnother: two people who make a test at a time get two tests; what a kill has left of a third is none; a test
// that was refused can be tried again with files of the same names.
func TestTestsAreMadeOneAfterAnother(t *testing.T) {
	t.Parallel()
	h, id := drifted(t, "0.png", "1.png", "2.png")
	bad := tableText(t, warm)
	for _, lut := range []string{"../../../etc/passwd", "/etc/passwd"} {
		m := web.MakeTest{LUT: lut, Bad: web.TestSubject{Path: "luts/bad.cube", Data: bad}, Fix: scaled(t, "fix.cube", 1)}
		if err := h.MakeTest(t.Context(), h.as("lea"), id, m); !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), "name a file of the repository") {
			t.Errorf("the table %s: %v", lut, err)
		}
	}
	made := make(chan error)
	for _, lut := range []string{"luts/brand.cube", "luts/other.cube"} {
		go func() {
			made <- h.MakeTest(t.Context(), h.as("lea"), id, web.MakeTest{
				LUT: lut, Bad: web.TestSubject{Path: "luts/bad.cube", Data: bad}, Fix: scaled(t, "fix.cube", 0.9999), // of another content than the refused one
				Controls: []web.TestSubject{scaled(t, "c1.cube", 0.999), scaled(t, "c2.cube", 0.998), scaled(t, "c3.cube", 0.997)},
			})
		}()
	}
	if err := errors.Join(<-made, <-made); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(h.dir, TestsDir, "left")
	if err := errors.Join(os.Mkdir(left, 0o755), os.WriteFile(filepath.Join(left, ".safelight-0123456789ab.tmp"), []byte("half"), 0o644)); err != nil {
		t.Fatal(err)
	}
	tests, err := LoadTests(h.dir, "")
	if err != nil || len(tests) != 2 || tests[0].LUT == tests[1].LUT {
		t.Errorf("%+v, %v; want both tests", tests, err)
	}
	if c, err := h.Case(t.Context(), id); err != nil || len(c.Prevention.Tests) != 2 || c.Prevention.Tests[0].Name == c.Prevention.Tests[1].Name {
		t.Errorf("accepted are %+v, %v", c.Prevention.Tests, err)
	}
	if err := os.Remove(filepath.Join(left, ".safelight-0123456789ab.tmp")); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadTests(h.dir, ""); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder without its test.yaml: %v, want it said", err)
	}
}
