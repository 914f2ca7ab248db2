package app

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/cube"
	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/web"
)

// table makes a colour table.
func table(t *testing.T, f func(r, g, b float64) (float64, float64, float64)) *cube.LUT {
	t.Helper()
	l, err := cube.FromFunc("", 9, f)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func warm(r, g, b float64) (float64, float64, float64) { return min(1, r*1.1+0.04), g, b * 0.85 }

// gradient paints a reference of many colours and delivers it through a table.
func (h *house) gradient(name string, shift uint8, lut *cube.LUT) {
	h.t.Helper()
	for folder, l := range map[string]*cube.LUT{"reference": nil, "delivered": lut} {
		m := image.NewNRGBA(image.Rect(0, 0, 32, 32))
		for i := range 32 * 32 {
			p := []uint8{uint8(60+2*(i%32)) + shift, uint8(50 + 2*(i/32)), 150, 255}
			if l != nil {
				l.ApplyRow8(p[:3], p[:3])
			}
			copy(m.Pix[4*i:], p)
		}
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			h.t.Fatal(err)
		}
		h.write(folder+"/"+name, b.Bytes())
	}
}

// suspect adds a table to the evidence.
func (h *house) suspect(id, path string, l *cube.LUT) {
	h.t.Helper()
	var b bytes.Buffer
	if err := l.Write(&b); err != nil {
		h.t.Fatal(err)
	}
	err := h.AddEvidence(h.t.Context(), h.as("lea"), id, web.EvidenceUpload{Path: path, Kind: "lut", Data: &b})
	if err != nil {
		h.t.Fatal(err)
	}
}

// drifted gives a house whose deliveries went through the table warm, and its incident.
func drifted(t *testing.T, images ...string) (*house, string) {
	t.Helper()
	h := newHouse(t)
	for i, name := range images {
		h.gradient(name, uint8(3*i), table(t, warm))
	}
	h.sweep()
	id := h.declare()
	h.do("lea", id, postmortem.SetCause{CauseFields: postmortem.CauseFields{Kind: postmortem.Direct, Text: "the table is warm", Domain: postmortem.Data}})
	h.do("lea", id, postmortem.StateHypothesis{HypothesisFields: postmortem.HypothesisFields{
		Text: "the table is the cause", RefutedIf: "replaying it leaves the deviation", Cause: "C1",
	}})
	return h, id
}

// replay tests H1 by a table of the evidence.
func (h *house) replay(id, lut string) (postmortem.Result, error) {
	return h.RunTest(h.t.Context(), h.as("lea"), id, web.RunTest{Hypothesis: "H1", Request: experiment.Request{Kind: experiment.ReplayLUT, LUT: lut}})
}

func TestReplayTellsTheGuiltyTable(t *testing.T) {
	t.Parallel()
	h, id := drifted(t, "0.png", "1.png", "2.png")
	for path, c := range map[string]struct {
		lut  func(r, g, b float64) (float64, float64, float64)
		want postmortem.Result
	}{
		"luts/warm.cube":     {warm, postmortem.Confirmed},
		"luts/identity.cube": {func(r, g, b float64) (float64, float64, float64) { return r, g, b }, postmortem.Refuted},
		"luts/half.cube": {func(r, g, b float64) (float64, float64, float64) {
			wr, wg, wb := warm(r, g, b)
			return (r + wr) / 2, (g + wg) / 2, (b + wb) / 2
		}, postmortem.Inconclusive},
	} {
		h.suspect(id, path, table(t, c.lut))
		got, err := h.replay(id, path)
		if err != nil || got != c.want {
			t.Errorf("replaying %s gave %q, %v; want %q", path, got, err, c.want)
		}
		state, err := h.Case(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		tests := state.Analysis.Hypotheses[0].Tests
		last := tests[len(tests)-1]
		if last.Result != c.want || len(last.Numbers) != 3 || last.Numbers[0].Value != 3 || last.Evidence[0] != path {
			t.Errorf("journalled %+v, want %q over 3 images with the table as evidence", last.TestFields, c.want)
		}
	}
}

func TestReplayNeedsImagesThatAreStillThere(t *testing.T) {
	t.Parallel()
	h, id := drifted(t, "0.png", "1.png", "2.png")
	h.suspect(id, "warm.cube", table(t, warm))
	h.write("delivered/0.png", []byte("damaged since"))
	if err := os.Remove(filepath.Join(h.dir, "delivered/1.png")); err != nil {
		t.Fatal(err)
	}
	got, err := h.replay(id, "warm.cube")
	if err != nil || got != postmortem.Inconclusive {
		t.Errorf("one image of three left: %q, %v; want inconclusive", got, err)
	}
}

// One image that was delivered over and over is one witness and not many.
func TestReplayCountsAnImageOnce(t *testing.T) {
	t.Parallel()
	h, id := drifted(t, "0.png")
	h.suspect(id, "warm.cube", table(t, warm))
	for range 3 {
		later := h.clock()
		h.move(1)
		if err := os.Chtimes(filepath.Join(h.dir, "delivered/0.png"), later, later.Add(h.clock().Sub(later))); err != nil {
			t.Fatal(err)
		}
		if s := h.sweep(); s.Checked != 1 {
			t.Fatalf("the file with another time was measured %d times, want once", s.Checked)
		}
	}
	got, err := h.replay(id, "warm.cube")
	if err != nil || got != postmortem.Inconclusive {
		t.Errorf("one image measured four times: %q, %v; want inconclusive", got, err)
	}
}

func TestReplayRefusesWhatIsNoTable(t *testing.T) {
	t.Parallel()
	h, id := drifted(t, "0.png")
	err := h.AddEvidence(t.Context(), h.as("lea"), id, web.EvidenceUpload{Path: "bad.cube", Kind: "lut", Data: strings.NewReader("LUT_3D_SIZE two\n")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.replay(id, "bad.cube"); err == nil || !strings.Contains(err.Error(), "bad.cube") {
		t.Errorf("a broken table gave %v, want an error that names it", err)
	}
	if _, err := h.replay(id, "none.cube"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("a table that is not among the evidence gave %v, want ErrNotFound", err)
	}
}

func tableText(t *testing.T, f func(r, g, b float64) (float64, float64, float64)) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := table(t, f).Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tableSubject(t *testing.T, text []byte) Subject {
	t.Helper()
	s, err := TableSubject("some.cube", text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestIncidentTestFailsOnTheBadTableOnly(t *testing.T) {
	t.Parallel()
	h, id := drifted(t, "0.png", "1.png", "2.png")
	made, err := h.WriteTest(t.Context(), h.as("lea"), id, "luts/brand.cube")
	if err != nil {
		t.Fatal(err)
	}
	if len(made.References) != 3 || made.Class != "product" || made.LUT != "luts/brand.cube" {
		t.Fatalf("made %+v, want the 3 references of the incident", made.Test)
	}
	tests, err := LoadTests(h.dir, "incident")
	if err != nil || len(tests) != 1 || tests[0].SHA256 != made.SHA256 {
		t.Fatalf("loaded %d tests, %v; want the one that was made", len(tests), err)
	}
	bad := tableText(t, warm)
	run, err := h.TryTest(t.Context(), tests[0], tableSubject(t, bad))
	if err != nil || run.Passed() || run.Images != 3 || len(run.Violations) < 3 || run.SHA256 != digestOf(bad) {
		t.Errorf("on the bad table: %+v, %v; want violations on 3 images", run, err)
	}
	identity := tableSubject(t, tableText(t, func(r, g, b float64) (float64, float64, float64) { return r, g, b }))
	if run, err = h.TryTest(t.Context(), tests[0], identity); err != nil || !run.Passed() {
		t.Errorf("on the identity: %+v, %v; want it passed", run, err)
	}
	for _, c := range []struct {
		filter string
		want   int
	}{{"", 1}, {"incident", 1}, {strings.ToLower(id), 1}, {"incident-pm-2024", 0}} {
		if got, err := LoadTests(h.dir, c.filter); err != nil || len(got) != c.want {
			t.Errorf("filter %q gave %d tests, %v; want %d", c.filter, len(got), err, c.want)
		}
	}
	reference := filepath.Join(made.Dir, "1.png")
	if err := os.WriteFile(reference, h.read("delivered/1.png"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := h.TryTest(t.Context(), tests[0], identity); !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), "1.png") {
		t.Errorf("with a tampered reference: %v; want ErrInvalid that names it", err)
	}
}

// A reference that was replaced since says nothing of the incident.
func TestIncidentTestLeavesOutReplacedReferences(t *testing.T) {
	t.Parallel()
	h, id := drifted(t, "0.png", "1.png")
	h.image("reference/0.png", 30)
	made, err := h.WriteTest(t.Context(), h.as("lea"), id, "brand.cube")
	if err != nil || len(made.References) != 1 || made.References[0].File != "1.png" {
		t.Errorf("made with %+v, %v; want 1.png alone", made.References, err)
	}
}

func TestIncidentTestFilesAreReadStrictly(t *testing.T) {
	t.Parallel()
	if tests, err := LoadTests(t.TempDir(), ""); err != nil || len(tests) != 0 {
		t.Errorf("a repository without tests gave %d, %v; want none", len(tests), err)
	}
	for text, want := range map[string]string{
		"name: a\nincidnet: b\n":       `line 2: unknown field "incidnet"`,
		"name: a\nincident: b\n":       "it has no references",
		"name: a\nreferences: [{x: 1}": "line",
		"name: a\nincident: b\nlut: a.cube\nimages: b\nbudget: {deltaE00P95: 2}\nreferences: [{file: x, sha256: y}]\n":                       "it guards one of lut, images and generate",
		"name: a\nincident: b\nimages: ../b\nbudget: {deltaE00P95: 2}\nreferences: [{file: x, sha256: y}]\n":                                 "name a folder of the repository",
		"name: a\nincident: b\ngenerate: {program: g}\nbudget: {deltaE00P95: 2}\nreferences: [{file: x}, {file: y}]\n":                       "the one reference of what it makes",
		"name: a\nincident: b\nlut: a.cube\nbudget: {deltaE00P95: 2}\nreferences: [{file: ../x, sha256: " + strings.Repeat("0", 64) + "}]\n": `reference "../x"`,
	} {
		dir := t.TempDir()
		folder := filepath.Join(dir, TestsDir, "one")
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, testFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadTests(dir, ""); !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gave %v, want ErrInvalid with %q", text, err, want)
		}
	}
}
