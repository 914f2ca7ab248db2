package grade

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/colour"
	"github.com/safelight-dev/safelight/cube"
)

// confusion counts what planted deviations were called.
type confusion map[[2]string]int

func (c confusion) String() string {
	heads := []Verdict{Global, Mixed, Local, Content, Spread, Noise, Undetermined}
	var b strings.Builder
	fmt.Fprintf(&b, "%-14s", "planted")
	for _, h := range heads {
		fmt.Fprintf(&b, "%14s", h)
	}
	for _, planted := range append(heads[:6:6], "no transform") {
		fmt.Fprintf(&b, "\n%-14s", planted)
		for _, h := range heads {
			fmt.Fprintf(&b, "%14d", c[[2]string{string(planted), string(h)}])
		}
	}
	return b.String()
}

// planted fits every plant in every picture, through JPEG at quality 90, and counts.
func planted(t *testing.T, pictures []picture, plants []plant) (all confusion, right, named, kinds int) {
	t.Helper()
	all = confusion{}
	for i, p := range pictures {
		for j, pl := range plants {
			cand := pl.make(p, rand.New(rand.NewPCG(uint64(i), uint64(j)))).coded(t, 90)
			f := diagnose(t, p, cand)
			want := string(pl.verdict)
			ok := f.Verdict == pl.verdict
			if pl.verdict == "" {
				want, ok = "no transform", f.Verdict != Global && f.Verdict != Mixed
			}
			all[[2]string{want, string(f.Verdict)}]++
			if ok {
				right++
			} else {
				t.Logf("picture %d, %s: called %s %s by %s: explained %.3f, level %.2f, remaining %+v, edges %+v, structure %+v", i, pl.name, f.Verdict, f.Kind, f.Model, f.Chosen().Elsewhere, f.Level, f.Remaining, f.Edges, f.Structure)
			}
			if pl.kind == "" && pl.named == "" {
				continue
			}
			named++
			name := ""
			if f.Named != nil {
				name = f.Named.Name
			}
			if (pl.kind == "" || f.Kind == pl.kind) && (pl.named == "" || name == pl.named) {
				kinds++
			} else {
				t.Logf("picture %d, %s: named %s %q", i, pl.name, f.Kind, name)
			}
		}
	}
	return all, right, named, kinds
}

// assertPlanted demands that no defect is called a transform, and of the rest nearly all be called what they are.
func assertPlanted(t *testing.T, pictures []picture) {
	t.Helper()
	plants := append(globals(), locals()...)
	if testing.Short() { // every fourth
		kept := plants[:0]
		for i := 0; i < len(plants); i += 4 {
			kept = append(kept, plants[i])
		}
		plants = kept
	}
	all, right, named, kinds := planted(t, pictures, plants)
	n := len(pictures) * len(plants)
	t.Logf("%d of %d called right, %d of %d transforms named right\n%v", right, n, kinds, named, all)
	for _, planted := range []string{string(Local), string(Noise), string(Content), "no transform"} {
		if wrong := all[[2]string{planted, string(Global)}] + all[[2]string{planted, string(Mixed)}]; wrong > 0 {
			t.Errorf("%d defects of %q were called a transform, want none", wrong, planted)
		}
	}
	if right*100 < 97*n {
		t.Errorf("%d of %d planted deviations called right, want 97 %%", right, n)
	}
	if kinds*100 < 95*named {
		t.Errorf("%d of %d transforms named right, want 95 %%", kinds, named)
	}
}

func TestPlantedDeviationsAreCalledWhatTheyAre(t *testing.T) {
	t.Parallel()
	var pictures []picture
	seeds := uint64(2)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		pictures = append(pictures, scene(seed+1, 320, 224))
	}
	assertPlanted(t, pictures)
}

// The written table does to the colours of the picture what the true one does.
func TestTheWrittenTableReproducesTheDeviation(t *testing.T) {
	t.Parallel()
	p := scene(3, 320, 240)
	for seed := range uint64(3) {
		truth, err := cube.FromFunc("look", 33, func(r, g, b float64) (float64, float64, float64) {
			out := look(seed + 7)([3]float64{r, g, b})
			return out[0], out[1], out[2]
		})
		if err != nil {
			t.Fatal(err)
		}
		f := diagnose(t, p, p.looked(truth).coded(t, 90))
		if f.Verdict != Global || f.Chosen().Explained < 0.95 {
			t.Errorf("look %d: %s, explained %.3f, want global and 0.95", seed, f.Verdict, f.Chosen().Explained)
		}
		if mean := tablesApart(t, p, truth, written(t, f)); mean > 1 {
			t.Errorf("look %d: the written table is %.2f ΔE00 from the true one on the picture's colours, want 1", seed, mean)
		}
	}
}

// written is the table as it comes back from a file.
func written(t testing.TB, f Fit) *cube.LUT {
	t.Helper()
	l, err := f.LUT(33)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := l.Write(&text); err != nil {
		t.Fatal(err)
	}
	back, err := cube.Read(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// tablesApart is the mean ΔE00 between what two tables make of a picture.
func tablesApart(t testing.TB, p picture, a, b *cube.LUT) float64 {
	t.Helper()
	x, y := p.looked(a), p.looked(b)
	row := make([]float32, p.width*p.height)
	colour.DeltaERow8(row, x.pix, y.pix)
	d := colour.NewDifference(0)
	d.AddRow(0, row)
	return d.Stats().Mean
}

func TestTheRegionIsWhereTheDefectIs(t *testing.T) {
	t.Parallel()
	p := scene(4, 400, 300)
	cand := p.mapped(look(1)).clone()
	for y := 120; y < 180; y++ {
		for x := 240; x < 320; x++ {
			copy(cand.at(x, y), []uint8{255, 0, 255})
		}
	}
	f := diagnose(t, p, cand)
	r := f.Remaining.Region
	if f.Verdict != Mixed || r == nil {
		t.Fatalf("%s by %s, remaining %+v, edges %+v, region %+v, want mixed with a region", f.Verdict, f.Model, f.Remaining, f.Edges, r)
	}
	if r.X > 245 || r.Y > 125 || r.X+r.Width < 315 || r.Y+r.Height < 175 || r.Width*r.Height > 2*80*60 {
		t.Errorf("region %+v, want 80×60 from 240, 120 and little more", *r)
	}
	if r.Energy < 0.8 {
		t.Errorf("the region holds %.2f of what remains, want 0.8", r.Energy)
	}
}

// A logo whose colour stands nowhere else could be a table that changes that colour only; by its place it is a defect.
func TestARecolouredLogoIsLocal(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		p := scene(seed+5, 400, 300)
		r := box(p, rand.New(rand.NewPCG(seed, 1)), 0.2)
		f := diagnose(t, logo(p, r, [3]uint8{200, 30, 40}), logo(p, r, [3]uint8{150, 60, 40}).coded(t, 90))
		if f.Verdict != Local {
			t.Errorf("scene %d: %s by %s, explained %.3f, %+v, want local", seed, f.Verdict, f.Model, f.Chosen().Elsewhere, f.Remaining)
		}
	}
}

func TestTooLittleToTell(t *testing.T) {
	t.Parallel()
	flat := func(rgb [3]uint8) picture {
		return newPicture(64, 48).mapped(func([3]float64) [3]float64 {
			return [3]float64{float64(rgb[0]) / 255, float64(rgb[1]) / 255, float64(rgb[2]) / 255}
		})
	}
	if f := diagnose(t, flat([3]uint8{200, 30, 40}), flat([3]uint8{150, 60, 40})); f.Verdict != Undetermined {
		t.Errorf("two flat colours: %s, want undetermined", f.Verdict)
	}
	if f := diagnose(t, flat([3]uint8{200, 30, 40}), flat([3]uint8{200, 30, 40})); f.Verdict != Identical {
		t.Errorf("equal flat pictures: %s, want identical", f.Verdict)
	}
	tiny := scene(1, 6, 5)
	if f := diagnose(t, tiny, tiny.mapped(look(1))); f.Verdict != Undetermined {
		t.Errorf("a picture of 6×5: %s, want undetermined", f.Verdict)
	}
	if f := NewAccumulator().Fit(); f.Verdict != Noise || f.Samples != 0 || f.Pairs != 0 {
		t.Errorf("nothing at all: %+v", f)
	}
}

// A grey picture tells a curve and no matrix.
func TestGreyPictures(t *testing.T) {
	t.Parallel()
	p := scene(2, 320, 240).mapped(mix(bt601, 0))
	f := diagnose(t, p, p.mapped(each(func(v float64) float64 { return power(v, 1.35) })))
	if f.Verdict != Global || !f.Grey() || f.Of(ModelMatrix).Name != "" || f.Of(ModelLUT).Name != "" {
		t.Errorf("%s, condition %.0f, models %v, want global from curves alone", f.Verdict, f.Condition, f.Models)
	}
}

func TestFitAsJSON(t *testing.T) {
	t.Parallel()
	p := scene(1, 200, 150)
	f := diagnose(t, p, p.mapped(mix(bt601, 0.4)))
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var back Fit
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if back.Verdict != Global || back.Kind != Saturation || back.Named.Values["saturation"] < 0.35 || back.Named.Values["saturation"] > 0.45 {
		t.Errorf("back from JSON: %+v, want a saturation of 0.4", back)
	}
	if _, err := back.LUT(33); err == nil {
		t.Error("a fit from JSON gave a table, want a refusal")
	}
	if r, g, b := back.Apply(0.1, 0.2, 0.3); r != 0.1 || g != 0.2 || b != 0.3 {
		t.Errorf("a fit from JSON maps to %v, %v, %v, want no change", r, g, b)
	}
}
